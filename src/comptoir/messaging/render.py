"""Words become a mail: Liquid with limits and no unknown name, products from the catalogue only, signed links."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from urllib.parse import quote, urlsplit, urlunsplit

import liquid
import msgspec
from liquid.exceptions import LiquidError
from markupsafe import Markup

from comptoir.clock import micros
from comptoir.messaging.links import Link
from comptoir.model.message import Discretion, Mail, PromisedLine
from comptoir.model.money import EXPONENT

LINK_LIFE = timedelta(days=365)
"""How long links in a mail work; an unsubscribe link must outlive 60 days (CASL)."""
NAMES = ("product_count", "categories", "language", "brand")
"""What words may use."""
NEEDED = ("subject", "title", "lead", "button", "closing", "why", "unsubscribe")
"""Words a template must give in each language."""
_MOST_BYTES = 256_000
_MOST_LOOPS = 10_000
_MOST_PRODUCTS = 12
_KEPT_FILTERS = frozenset({
    "at_least", "at_most", "capitalize", "ceil", "divided_by", "downcase", "escape", "first", "floor", "join", "last",
    "minus", "modulo", "plus", "round", "size", "strip", "times", "truncate", "truncatewords", "upcase",
})  # fmt: skip
"""Filters that cannot make a large text out of a small one; `replace` in a chain made 64 MB in 108 ms."""
_DROPPED_TAGS = ("include", "render", "tablerow", "increment", "decrement", "capture")


class _Liquid(liquid.Environment):
    loop_iteration_limit = _MOST_LOOPS
    output_stream_limit = _MOST_BYTES
    local_namespace_limit = 10_000
    context_depth_limit = 10


class RenderFailed(ValueError):
    """The words could not be made: a name they use has no value, or a limit was reached."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes the links of a mail: signed, so that the door can trust them, and with the campaign on them."""

    public_url: str
    sign: Callable[[Link], str]

    def click(self, letter: Letter, target: str) -> str:
        """Give the link that leads to `target` and says that it was clicked."""
        return f"{self.public_url.rstrip('/')}/c/{self._token('click', letter, with_campaign(target, letter))}"

    def unsubscribe(self, letter: Letter) -> str:
        """Give the link that ends it."""
        return f"{self.public_url.rstrip('/')}/u/{self._token('unsubscribe', letter, '')}"

    def _token(self, kind: str, letter: Letter, target: str) -> str:
        link = Link(
            kind="click" if kind == "click" else "unsubscribe",
            message_id=letter.message_id,
            target=target,
            brand=letter.brand,
            language=letter.language,
            expires_at=micros(letter.at + LINK_LIFE),
        )
        return self.sign(link)


def with_campaign(target: str, letter: Letter) -> str:
    """Add the campaign's UTM parameters to a URL, keeping what it has, byte for byte."""
    tags = {
        "utm_source": "comptoir",
        "utm_medium": "email",
        "utm_campaign": letter.scenario,
        "utm_content": letter.message_id,
    }
    parts = urlsplit(target)
    added = "&".join(f"{name}={quote(value, safe='')}" for name, value in tags.items())
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def mail(letter: Letter, links: Links) -> Mail:
    """
    Make the mail of a letter.

    Raises: RenderFailed where a word needs what is not there.
    """
    unsubscribe = links.unsubscribe(letter)
    subject = " ".join(_words(letter, {"subject": letter.words.get("subject", "")}, is_html=False)["subject"].split())
    return Mail(
        message_id=letter.message_id,
        sender=letter.sender,
        to=letter.to,
        subject=subject,
        text=_body(letter, links, unsubscribe, is_html=False),
        html=_body(letter, links, unsubscribe, is_html=True),
        at=letter.at,
        language=letter.language,
        headers=(
            ("List-Unsubscribe", f"<{unsubscribe}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ),
    )


def check(words: Mapping[str, str]) -> str | None:
    """Say what is wrong with the words of one language; None where nothing is."""
    missing = [name for name in NEEDED if not words.get(name)]
    if missing:
        return "these words are missing: " + ", ".join(missing)
    for name, text in words.items():
        try:
            template = _compiled(text, is_html=False)
            used = set(template.analyze().globals)
        except LiquidError as error:
            return f"`{name}` is no Liquid: {str(error).splitlines()[0]}"
        strange = sorted(used - set(NAMES))
        if strange:
            return f"`{name}` uses {', '.join(strange)}; words may use " + ", ".join(NAMES)
        for count in (1, 2):
            try:
                _render(template, {"product_count": count, "categories": "a, b", "language": "fr", "brand": "brand"})
            except RenderFailed as error:
                return f"`{name}` cannot be made: {error}"
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


def _body(letter: Letter, links: Links, unsubscribe: str, *, is_html: bool) -> str:
    shown = letter.promise[:_MOST_PRODUCTS] if letter.discretion == Discretion.EXACT else ()
    first = next((line.url for line in letter.promise if line.url), None)
    words = {"preheader": "", "closing": "", **letter.words}
    said = _words(letter, words, is_html=is_html)
    context = {
        "language": letter.language,
        # rendered once already, with what is inserted escaped: not a second time
        "words": {name: Markup(text) if is_html else text for name, text in said.items()},  # noqa: S704
        "products": [_product(line, letter, links) for line in shown],
        "button_url": links.click(letter, first) if first else "",
        "unsubscribe_url": unsubscribe,
    }
    return _render(_compiled(_layout(is_html=is_html), is_html=is_html), context)


def _product(line: PromisedLine, letter: Letter, links: Links) -> dict[str, str]:
    return {
        "name": line.name,
        "price": amount(line.price, line.currency or "EUR", letter.language) if line.price else "",
        "url": links.click(letter, line.url) if line.url else "",
        "image_url": line.image_url or "",
    }


def _words(letter: Letter, words: Mapping[str, str], *, is_html: bool) -> dict[str, str]:
    context = {
        "product_count": len(letter.promise),
        "categories": "" if letter.discretion == Discretion.GENERIC else _categories(letter.promise),
        "language": letter.language,
        "brand": letter.brand,
    }
    return {name: _render(_compiled(text, is_html=is_html), context) for name, text in words.items()}


def _categories(promise: Sequence[PromisedLine]) -> str:
    return ", ".join(dict.fromkeys(line.category for line in promise if line.category))


def _render(template: liquid.BoundTemplate, context: Mapping[str, object]) -> str:
    try:
        return str(template.render(**context))
    except LiquidError as error:
        raise RenderFailed(str(error).splitlines()[0]) from error


@lru_cache(maxsize=1_024)
def _compiled(text: str, *, is_html: bool) -> liquid.BoundTemplate:
    return _environment(is_html=is_html).from_string(text)


@lru_cache(maxsize=2)
def _environment(*, is_html: bool) -> liquid.Environment:
    made = _Liquid(undefined=liquid.StrictUndefined, autoescape=is_html)
    made.filters = {name: one for name, one in made.filters.items() if name in _KEPT_FILTERS}
    for tag in _DROPPED_TAGS:
        made.tags.pop(tag, None)
    return made


@lru_cache(maxsize=2)
def _layout(*, is_html: bool) -> str:
    name = "layout.html" if is_html else "layout.txt"
    return (files("comptoir.messaging") / "templates" / name).read_text(encoding="utf-8")


def letter_of(row: Mapping[str, object], *, sender: str, at: datetime) -> Letter:
    """Make the letter of an outbox row."""
    return Letter(
        message_id=str(row["message_id"]),
        scenario=str(row["scenario"]),
        brand=str(row["brand"]),
        language=str(row["language"]),
        words=msgspec.json.decode(str(row["words"]), type=dict[str, str]),
        discretion=Discretion(str(row["discretion"])),
        promise=promise_of(row),
        to=str(row["contact"]),
        sender=sender,
        at=at,
    )


def promise_of(row: Mapping[str, object]) -> tuple[PromisedLine, ...]:
    """Read what an outbox row promises."""
    return msgspec.json.decode(str(row["promise"]), type=tuple[PromisedLine, ...])
