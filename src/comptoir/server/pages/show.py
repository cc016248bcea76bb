"""The public pages as bytes: plain HTML that works without JavaScript, in the brand's name and color."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import jinja2

from comptoir.access.public import BrandPage
from comptoir.clock import instant
from comptoir.messaging import links
from comptoir.messaging.links import Answer, Link
from comptoir.model.consent import MARKETING, OPEN_TRACKING, THEME, Known
from comptoir.server.pages.words import Words, words
from comptoir.server.problems import Answer as Reply
from comptoir.server.problems import Headers

DEFAULT_COLOR = "#1c6b52"
PURPOSES = (MARKETING, OPEN_TRACKING)
"""What a preference page asks beside themes. Order: as shown."""
CHOICES = frozenset({"yes", "no"})
"""What can be answered to "is this still right?": the proposal is, or what was written."""
_LIGHT, _DARK = "#ffffff", "#000000"
_PAGE: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing a preference page asks about."""

    purpose: str
    title: str
    text: str = ""
    version: str = ""
    is_on: bool | None = None
    """How it stood when the mail was made; None where the link does not say."""


def gone(accept_language: bytes) -> Reply:
    """Say that a link is not, or no longer, one of ours."""
    said = words(accept_language.decode("latin-1") or "fr")
    return _page("page.html", said, None, said.gone_title, [said.gone_text], status=404)


def ask_to_stop(link: Link, brand: BrandPage) -> Reply:
    """Show the page with the button: opening it changes nothing, as scanners open links too."""
    said = words(link.language)
    return _page("button.html", said, brand, said.stop_title, [said.stop_text], button=said.stop_button, quotes=())


def stopped(link: Link, brand: BrandPage) -> Reply:
    """Say that the unsubscription is written down."""
    said = words(link.language)
    return _page("page.html", said, brand, said.stopped_title, [said.stopped_text])


def ask_to_confirm(link: Link, brand: BrandPage) -> Reply:
    """Show the button of a double opt-in, with the words it is about where they are still the newest."""
    said = words(link.language)
    quotes = [
        text.text
        for asked in link.target.split()
        for text in brand.texts
        if text.language == said.language and f"{text.purpose}:{text.version}" == asked
    ]
    return _page(
        "button.html", said, brand, said.confirm_title, [said.confirm_text], button=said.confirm_button, quotes=quotes
    )


def ask_if_right(link: Link, brand: BrandPage) -> Reply:
    """Show what was written and what is proposed, both masked; only the button writes."""
    said = words(link.language)
    field, written, proposed = links.read_correction(link.target)
    choices = [("yes", proposed), ("no", written)]
    return _page(
        "correct.html", said, brand, said.correct_title, [said.correct_text],
        field=said.fields.get(field, ""), choices=choices,
    )  # fmt: skip


def corrected(link: Link, brand: BrandPage) -> Reply:
    """Say that the answer is written down."""
    said = words(link.language)
    return _page("page.html", said, brand, said.thanks_title, [said.corrected_text])


def confirmed(link: Link, brand: BrandPage) -> Reply:
    """Say that the confirmation is written down."""
    said = words(link.language)
    return _page("page.html", said, brand, said.confirmed_title, [said.confirmed_text])


def subjects(link: Link, brand: BrandPage, known: Known) -> list[Subject]:
    """List what a preference page asks about. Order: purposes, then themes."""
    said = words(link.language)
    titles = {MARKETING: said.marketing, OPEN_TRACKING: said.open_tracking}
    newest = {text.purpose: text for text in brand.texts if text.language == said.language}
    found = [
        Subject(
            purpose=purpose,
            title=titles[purpose],
            text=newest[purpose].text if purpose in newest else "",
            version=newest[purpose].version if purpose in newest else "",
            is_on=_is_on(purpose, known),
        )
        for purpose in PURPOSES
    ]
    labels: dict[str, str] = {}
    for theme in brand.themes:
        if theme.language == said.language or theme.tag not in labels:
            labels[theme.tag] = theme.label
    themes = [(f"{THEME}{tag}", label) for tag, label in labels.items()]
    return found + [Subject(purpose=one, title=label, is_on=_is_on(one, known)) for one, label in themes]


def preferences(link: Link, brand: BrandPage, known: Known, now: datetime) -> Reply:
    """Show what was on when the mail was made, and let all of it be chosen anew."""
    said = words(link.language)
    asked = subjects(link, brand, known)
    texts = [said.choose_text]
    if known.at:
        texts.append(said.choose_since.replace("{date}", said.date(instant(known.at))))
    ends = instant(known.paused_until) if known.paused_until else datetime.fromtimestamp(0, UTC)
    return _page(
        "preferences.html",
        said,
        brand,
        said.choose_title,
        texts,
        purposes=[one for one in asked if not one.purpose.startswith(THEME)],
        themes=[one for one in asked if one.purpose.startswith(THEME)],
        pause_ends=said.date(ends) if ends > now else "",
    )


def saved(link: Link, brand: BrandPage, kept: Sequence[tuple[str, bool]], here: str) -> Reply:
    """Say which choices are written down."""
    said = words(link.language)
    text = said.saved_text if kept else said.saved_nothing
    return _page("saved.html", said, brand, said.saved_title, [text], kept=kept, here=here)


def paused(link: Link, brand: BrandPage, until: datetime | None, here: str) -> Reply:
    """Say that a pause, or its end, is written down."""
    said = words(link.language)
    title, text = (said.paused_title, said.paused_text) if until else (said.resumed_title, said.resumed_text)
    shown = text.replace("{date}", said.date(until)) if until else text
    return _page("saved.html", said, brand, title, [shown], kept=(), here=here)


def thanks(link: Link, brand: BrandPage, answer: Answer, *, is_again: bool = False) -> Reply:
    """Thank for an answer, and let it be changed or explained."""
    said = words(link.language)
    others = [(answer.value, answer.label or answer.value), *answer.others] if answer.others else []
    text = said.thanks_again if is_again else said.thanks_text
    chosen = answer.value
    return _page(
        "answer.html", said, brand, said.thanks_title, [text], label=answer.label, others=others, chosen=chosen
    )


def _is_on(purpose: str, known: Known) -> bool | None:
    return purpose in known.on if known.at else None


def _page(
    template: str,
    said: Words,
    brand: BrandPage | None,
    title: str,
    texts: Sequence[str],
    *,
    status: int = 200,
    **more: object,
) -> Reply:
    name = brand.name if brand else ""
    color = (brand.color if brand else "") or DEFAULT_COLOR
    context: Mapping[str, object] = {
        "words": said,
        "name": name,
        "title": title,
        "texts": [text.replace("{brand}", name) for text in texts],
        "brand_color": color,
        "on_brand": readable_on(color),
        **more,
    }
    html = _templates().get_template(template).render(context)
    return Reply(status, html.encode("utf-8"), list(_PAGE))


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("comptoir.server.pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=256)
def readable_on(color: str) -> str:
    """
    Give the letter color, light or dark, that is read best on a color; its contrast is always 4.5 or more.

    Source: WCAG 2.2, relative luminance and contrast ratio.
    """
    return max((_LIGHT, _DARK), key=lambda ink: contrast(ink, color))


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colors `#rrggbb`, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
