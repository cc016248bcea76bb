"""Words become a mail: Liquid with limits and no unknown name, products from the catalogue only, signed links."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import msgspec
from markupsafe import Markup

from comptoir.clock import micros
from comptoir.messaging import confirming, mjml, pixel, plaintext, sandbox, template
from comptoir.messaging.links import MOST_TOKEN_CHARACTERS, Kind, Link, address, known_target
from comptoir.messaging.sandbox import NotLiquid, Program, RenderFailed
from comptoir.messaging.template import Ready, Ref, Templates
from comptoir.model.consent import NOTHING_ON, Known, Standing
from comptoir.model.message import Discretion, Mail, MessageClass, Notice, NoticeItem, PromisedLine
from comptoir.model.money import EXPONENT
from comptoir.model.service import SERVICE_LEVEL, STANDARD

LINK_LIFE = timedelta(days=365)
"""How long links in a mail work; an unsubscribe link must outlive 60 days (CASL)."""
NAMES = ("product_count", "categories", "language", "brand", "customer")
"""What words may use."""
_ON_SITE = tuple(name for name in NAMES if name != "customer")
"""What words on the site may use: nothing of who the person is."""
CLOSE = {"fr": "Fermer", "en": "Close"}
_SHOWN_OF_ITEM = ("name", "price", "url", "image_url")
NEEDED = ("subject", "title", "lead", "button", "closing", "why", "unsubscribe")
"""Words a template must give in each language."""
NEEDED_ON_SITE = ("title", "lead")
"""Words a message on the site must give in each language."""
SLOT, TIMES, SOURCE = "@slot", "@times", "@source"
TEMPLATE, VERSION, BUTTON = "@template", "@version", "@button"
"""Keys of an outbox row's words that are no words."""
_MOST_PRODUCTS = 12
_WEB = ("http://", "https://")
_REVEALED = {one: place for place, one in enumerate(Discretion)}

__all__ = [
    "LINK_LIFE", "NAMES", "NEEDED", "Letter", "Links", "RenderFailed", "amount", "check", "letter_of", "mail",
    "promise_of", "with_campaign",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """All that a mail is made of. The same letter gives the same bytes, so a preview equals what is sent."""

    message_id: str
    scenario: str
    brand: str
    language: str
    words: Mapping[str, str]
    discretion: Discretion
    promise: tuple[PromisedLine, ...]
    to: str
    sender: str
    at: datetime
    traits: Mapping[str, object] = field(default_factory=dict)
    """What is known of the person; what is missing or empty counts as missing."""
    may_track_opens: bool = False
    known: Known = NOTHING_ON
    """How things stood with the address when the mail was made: the preference link says it."""
    template: Ref | None = None
    """A stored template, in place of words for the built-in layout."""
    message_class: MessageClass = MessageClass.SCENARIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes the links of a mail: signed, so that the door can trust them, and with the campaign on them."""

    public_url: str
    sign: Callable[[Link], str]
    templates: Templates | None = None
    """Who keeps stored templates."""

    def click(self, letter: Letter, target: str) -> str:
        """
        Give the link that leads to `target` and says that it was clicked.

        An address too long for a token leads there itself.
        """
        tagged = with_campaign(target, letter)
        token = self._token("click", letter, tagged)
        return tagged if len(token) > MOST_TOKEN_CHARACTERS else address(self.public_url, token, "click")

    def unsubscribe(self, letter: Letter) -> str:
        """Give the link that ends it."""
        return self._address("unsubscribe", letter, "")

    def preferences(self, letter: Letter) -> str:
        """Give the link to the page of choices."""
        return self._address("preferences", letter, _standing(letter.known) if letter.known.at else "")

    def confirm(self, letter: Letter) -> str:
        """Give the link that confirms a consent."""
        return self._address("confirm", letter, "")

    def answer(self, letter: Letter, question: str, value: str) -> str:
        """Give the link that answers a question of the mail by one click."""
        return self.answer_to(letter, f"{quote(question, safe='')}={quote(value, safe='')}")

    def answer_to(self, letter: Letter, target: str) -> str:
        """Give the link of an answer whose target is written already (`links.answer_target`)."""
        return self._address("answer", letter, target)

    def pixel(self, letter: Letter) -> str:
        """Give the address of the picture that records an opening."""
        return self._address("open", letter, "1")

    def _address(self, kind: Kind, letter: Letter, target: str) -> str:
        return address(self.public_url, self._token(kind, letter, target), kind)

    def _token(self, kind: Kind, letter: Letter, target: str) -> str:
        link = Link(
            kind=kind,
            message_id=letter.message_id,
            target=target,
            brand=letter.brand,
            language=letter.language,
            expires_at=_expires(letter.at),
        )
        return self.sign(link)


def with_campaign(target: str, letter: Letter) -> str:
    """Add the campaign's UTM parameters to a web address, keeping what it has, byte for byte; its own UTM stay."""
    if not target.lower().startswith(_WEB):
        return target
    before, hash_sign, fragment = target.partition("#")
    query = before.partition("?")[2]
    if "utm_" in query:
        has = {one.partition("=")[0] for one in query.split("&")}
        tags = _tags(letter.scenario, letter.message_id).split("&")
        added = "&".join(one for one in tags if one.partition("=")[0] not in has)
        if not added:
            return target
    else:
        added = _tags(letter.scenario, letter.message_id)
    glue = "" if before.endswith(("?", "&")) else "&" if "?" in before else "?"
    return f"{before}{glue}{added}{hash_sign}{fragment}"


@lru_cache(maxsize=64)
def _expires(at: datetime) -> int:
    return micros(at + LINK_LIFE)


@lru_cache(maxsize=256)
def _standing(known: Known) -> str:
    """Write how things stand once for all addresses with which they stand so: a campaign's are much alike."""
    return known_target(known)


@lru_cache(maxsize=64)
def _tags(scenario: str, message_id: str) -> str:
    said = quote(scenario, safe=""), quote(message_id, safe="")
    return f"utm_source=comptoir&utm_medium=email&utm_campaign={said[0]}&utm_content={said[1]}"


def mail(letter: Letter, links: Links) -> Mail:
    """
    Make the mail of a letter: the one way bytes are made, for previews, trials and sending.

    Raises: RenderFailed where a word needs what is not there.
    """
    if confirming.MARK in letter.words:
        return confirming.mail(
            letter.words, message_id=letter.message_id, brand=letter.brand, language=letter.language,
            sender=letter.sender, to=letter.to, at=letter.at, public_url=links.public_url, sign=links.sign,
        )  # fmt: skip
    if SLOT in letter.words:
        return _Making(letter, links, template.layout(letter.language)).for_site()
    if letter.template is None:
        return _Making(letter, links, template.layout(letter.language)).mail()
    if links.templates is None:
        raise RenderFailed(f"nobody here keeps templates: {letter.template.name}")
    try:
        ready = links.templates.ready(letter.template, brand=letter.brand, language=letter.language)
    except template.TemplateNotFound as error:
        raise RenderFailed(str(error)) from error
    try:
        made = _Making(letter, links, ready).mail()
    except RenderFailed as error:
        links.templates.rendered(letter.template, str(error))
        raise
    links.templates.rendered(letter.template, None)
    return made


class _Making:
    """One mail in the making: its names, and its links, each signed once."""

    def __init__(self, letter: Letter, links: Links, ready: Ready) -> None:
        self._letter = letter
        self._links = links
        self._ready = ready
        self._common = common_names(letter, ready)
        self._words = {} if letter.template is not None else self._rendered(is_html=False)
        self._asks = ready.asks_consent or letter.words.get(BUTTON) == "confirm"
        self._made: dict[str, str] = {}

    def mail(self) -> Mail:
        letter, ready = self._letter, self._ready
        names = self._names()
        subject = " ".join(ready.subject.render(names).split())
        names["subject"] = subject
        names["preheader"] = " ".join(ready.preheader.render(names).split())
        text = plaintext.tidy(ready.text.render(names))
        if self._words:
            names["words"] = self._rendered(is_html=True)
        return Mail(
            message_id=letter.message_id,
            brand=letter.brand,
            sender=letter.sender,
            to=letter.to,
            subject=subject,
            text=text,
            html=ready.html.render(names),
            at=letter.at,
            language=letter.language,
            headers=self._headers(names),
        )

    def for_site(self) -> Mail:
        """Make what a page of the site shows: plain texts, and addresses that lead there straight."""
        letter, words = self._letter, self._words
        products: list[dict[str, str]] = self._common["products"]
        first = next((line.url for line in letter.promise if line.url), None)
        notice = Notice(
            slot=letter.words[SLOT],
            times=int(letter.words[TIMES]),
            title=words.get("title", ""),
            text=words.get("lead", ""),
            button=words.get("button", ""),
            url=page_address(words.get("url") or first),
            close=words.get("close") or CLOSE.get(letter.language, CLOSE["en"]),
            items=tuple(NoticeItem(**{name: one[name] for name in _SHOWN_OF_ITEM}) for one in products),
            sells=bool(letter.promise),
            language=letter.language,
        )
        shown = "\n".join(one for one in (notice.title, notice.text, *(item.name for item in notice.items)) if one)
        return Mail(
            message_id=letter.message_id, brand=letter.brand, sender=letter.sender, to=letter.to, subject=notice.title,
            text=shown, html="", at=letter.at, language=letter.language, notice=notice,
            source=letter.words.get(SOURCE, ""),
        )  # fmt: skip

    def _headers(self, names: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        if self._asks or not self._letter.message_class.is_marketing:
            return ()
        return (
            ("List-Unsubscribe", f"<{names['unsubscribe_url']}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        )

    def _names(self) -> dict[str, Any]:
        letter = self._letter
        used = self._ready.html.names | self._ready.text.names
        names = dict(self._common)
        first = next((line.url for line in letter.promise if line.url), None)
        names |= {
            "words": self._words,
            "answers": self._answers(),
            "button_url": _web(first),
            "unsubscribe_url": self._own(self._links.unsubscribe(letter)),
            "pixel": self._pixel(),
            sandbox.LINK: self.link,
        }
        if "preferences_url" in used:
            names["preferences_url"] = "" if self._asks else self._own(self._links.preferences(letter))
        if self._asks:
            names["confirm_url"] = self._own(self._links.confirm(letter))
        button = letter.words.get(BUTTON)
        if button in {"confirm", "preferences"}:
            made = self._links.confirm(letter) if button == "confirm" else self._links.preferences(letter)
            names["button_url"] = self._own(made)
        return names

    def _rendered(self, *, is_html: bool) -> dict[str, str]:
        """Render the words of the built-in layout, as they may stand in text or, as markup, in HTML."""
        fixed, changing = _words(tuple(self._letter.words.items()), is_html=is_html)
        made: dict[str, str] = dict(fixed)
        for name, one in changing:
            # rendered once already, with what is inserted escaped: not a second time
            text = one.render(self._common)
            made[name] = Markup(text) if is_html else text  # noqa: S704
        return made

    def _pixel(self) -> str:
        standing = Standing.GRANTED if self._letter.may_track_opens else Standing.NOT_ASKED
        if not pixel.is_allowed(standing, self._letter.message_class, asks_consent=self._asks):
            return ""
        return pixel.image(self._links.pixel(self._letter))

    def _answers(self) -> list[dict[str, str]]:
        question, choices = self._words.get("question", ""), self._words.get("answers", "")
        if not question or not choices:
            return []
        targets = mjml.answer_targets(question, mjml.read_choices(choices) or [])
        return [{"label": label, "url": mjml.ANSWER + target} for label, target in targets]

    def _own(self, url: str) -> str:
        """Remember that an address is ours: no link leads through another."""
        self._made[url] = url
        return url

    def link(self, target: str) -> str:
        """Make the link of an address; what a mail must keep as it is stays, and what it may not hold is empty."""
        made = self._made.get(target)
        if made is None:
            made = self._made[target] = self._new_link(target.strip())
        return made

    def _new_link(self, target: str) -> str:
        if target in self._made:
            return self._made[target]
        if target.startswith(mjml.ANSWER):
            return self._links.answer_to(self._letter, target.removeprefix(mjml.ANSWER))
        if target.startswith("#"):
            return target
        if not target.lower().startswith(mjml.KEPT) or not _is_plain(target):
            return ""
        if not target.lower().startswith(_WEB) or self._asks:
            return target
        return self._links.click(self._letter, target)


def common_names(letter: Letter, ready: Ready) -> dict[str, Any]:
    """Give what words may say of the person and of the products, as far as discretion lets them."""
    discretion = min(letter.discretion, ready.discretion, key=_REVEALED.__getitem__)
    shown = letter.promise[:_MOST_PRODUCTS] if discretion is Discretion.EXACT else ()
    lines = [_product(line, letter) for line in shown]
    return {
        "language": letter.language,
        "brand": letter.brand,
        "customer": customer_of(letter.traits, ready.fallbacks),
        "product_count": len(letter.promise),
        "categories": "" if discretion is Discretion.GENERIC else _categories(letter.promise),
        "products": lines,
        "cart": {"lines": lines, "count": len(lines), "total": _total(shown, letter.language)},
    }


def customer_of(traits: Mapping[str, object], fallbacks: Mapping[str, str]) -> dict[str, object]:
    """Give what is known of a person: what is empty is missing, and what is missing may have a fallback."""
    known = {name: value for name, value in traits.items() if value is not None and str(value).strip()}
    return {SERVICE_LEVEL: STANDARD, **fallbacks, **known}


def check(words: Mapping[str, str], *, is_on_site: bool = False) -> str | None:
    """Say what is wrong with the words of one language; None where nothing is."""
    missing = [name for name in (NEEDED_ON_SITE if is_on_site else NEEDED) if not words.get(name)]
    if missing:
        return "these words are missing: " + ", ".join(missing)
    if bool(words.get("question")) != bool(words.get("answers")):
        return "`question` and `answers` go together"
    if words.get("answers") and mjml.read_choices(words["answers"]) is None:
        return "`answers` is written `value=Words | value=Words`"
    for name, text in words.items():
        problem = _problem(text, _ON_SITE if is_on_site else NAMES)
        if problem is not None:
            return f"`{name}` {problem}"
    return None


def _problem(text: str, allowed: Sequence[str]) -> str | None:
    try:
        read = sandbox.program(text, is_html=False)
    except NotLiquid as error:
        return f"is no Liquid: {error}"
    strange = sorted({one.partition(".")[0] for one in read.names} - set(allowed))
    if strange:
        return f"uses {', '.join(strange)}; words may use " + ", ".join(allowed)
    for count in (1, 2):
        try:
            read.render(
                {"product_count": count, "categories": "a, b", "language": "fr", "brand": "brand", "customer": {}}
            )
        except RenderFailed as error:
            return f"cannot be made: {error}"
    return None


def amount(price: str, currency: str, language: str) -> str:
    """Write a price as people of the language do."""
    digits = EXPONENT.get(currency, 2)
    text = f"{Decimal(price):,.{digits}f}"
    if language == "fr":
        text = text.replace(",", "\u202f").replace(".", ",")
        return f"{text}\u00a0{_SIGNS.get(currency, currency)}"
    sign = _SIGNS.get(currency)
    return f"{sign}{text}" if sign else f"{text}\u00a0{currency}"


_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


_NO_WORDS = {"preheader": "", "closing": "", "subject": ""}


@lru_cache(maxsize=256)
def _words(
    words: tuple[tuple[str, str], ...], *, is_html: bool
) -> tuple[Mapping[str, str], tuple[tuple[str, Program], ...]]:
    """Read the words of a message once for all who get it: those that say the same to everybody, and the others."""
    fixed: dict[str, str] = {}
    changing: list[tuple[str, Program]] = []
    for name, text in {**_NO_WORDS, **dict(words)}.items():
        if name.startswith("@"):
            continue
        one = _program(text, is_html=is_html)
        if one.fixed is None:
            changing.append((name, one))
        else:
            fixed[name] = Markup(one.fixed) if is_html else one.fixed  # noqa: S704 (the author's own words)
    return MappingProxyType(fixed), tuple(changing)


def _program(text: str, *, is_html: bool) -> Program:
    try:
        return sandbox.program(text, is_html=is_html)
    except NotLiquid as error:
        raise RenderFailed(str(error)) from error


@lru_cache(maxsize=4_096)
def _priced(price: str, currency: str, language: str) -> str:
    try:
        return amount(price, currency, language)
    except InvalidOperation:
        return ""


def _product(line: PromisedLine, letter: Letter) -> dict[str, Any]:
    currency = line.currency or "EUR"
    return {
        "product_id": line.product_id,
        "name": line.name,
        "category": line.category or "",
        "price": _priced(line.price, currency, letter.language) if line.price else "",
        "quantity": line.quantity,
        "total": _priced(_times(line.price, line.quantity), currency, letter.language) if line.price else "",
        "url": _web(line.url),
        "image_url": _web(line.image_url),
    }


@lru_cache(maxsize=4_096)
def _times(price: str, quantity: str) -> str:
    try:
        return str(Decimal(price) * Decimal(quantity))
    except InvalidOperation:
        return price


def _total(lines: Sequence[PromisedLine], language: str) -> str:
    """Add lines up where all have a price in one currency."""
    currencies = {line.currency or "EUR" for line in lines}
    prices = [line.price for line in lines if line.price]
    if len(currencies) != 1 or len(prices) != len(lines):
        return ""
    total = sum((Decimal(_times(line.price or "0", line.quantity)) for line in lines), Decimal(0))
    return amount(str(total), currencies.pop(), language)


def _categories(promise: Sequence[PromisedLine]) -> str:
    return ", ".join(dict.fromkeys(line.category for line in promise if line.category))


def _web(url: str | None) -> str:
    """Give a web address as it is; anything else is none."""
    return url if url is not None and url.lower().startswith(_WEB) and _is_plain(url) else ""


def page_address(url: str | None) -> str:
    """Give a web address or a path of the site as it is; anything else is none."""
    said = (url or "").strip()
    is_path = said.startswith("/") and not said.startswith(("//", "/\\"))
    return said if is_path and _is_plain(said) else _web(said)


def _is_plain(url: str) -> bool:
    return url.isprintable() or not any(one < " " or one == "\x7f" for one in url)


def letter_of(row: Mapping[str, object], *, sender: str, at: datetime, known: Known = NOTHING_ON) -> Letter:
    """Make the letter of an outbox row. Raises: msgspec.MsgspecError where its JSON is none."""
    said = _said(str(row["words"]))
    name = said.get(TEMPLATE)
    return Letter(
        message_id=str(row["message_id"]),
        scenario=str(row["scenario"]),
        brand=str(row["brand"]),
        language=str(row["language"]),
        words={key: str(one) for key, one in said.items()} if name is None else {},
        discretion=Discretion(str(row["discretion"])),
        promise=promise_of(row),
        to=str(row["contact"]),
        sender=sender,
        at=at,
        traits=msgspec.json.decode(str(row.get("traits") or "{}"), type=dict[str, Any]),
        may_track_opens=known.may_track_opens,
        known=known,
        template=None if name is None else Ref(str(name), int(said.get(VERSION) or 0)),
        message_class=MessageClass(str(row.get("message_class") or MessageClass.SCENARIO.value)),
    )


def promise_of(row: Mapping[str, object]) -> tuple[PromisedLine, ...]:
    """Read what an outbox row promises."""
    return _promise(str(row["promise"]))


@lru_cache(maxsize=4_096)
def _promise(text: str) -> tuple[PromisedLine, ...]:
    """Read a promise once: each is asked for when it is made ready, written and looked at."""
    return msgspec.json.decode(text, type=tuple[PromisedLine, ...])


@lru_cache(maxsize=256)
def _said(text: str) -> Mapping[str, str | int]:
    return MappingProxyType(msgspec.json.decode(text, type=dict[str, str | int]))
