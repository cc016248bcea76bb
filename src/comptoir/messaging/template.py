"""A template of mails: what its author wrote, what was made of it once, and what is ready to be rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

from comptoir.errors import ComptoirError
from comptoir.messaging import mjml, plaintext, sandbox
from comptoir.messaging.mjml import BadMarkup
from comptoir.messaging.sandbox import NotLiquid, Program, RenderFailed
from comptoir.model.message import Discretion
from comptoir.model.service import SERVICE_LEVEL

EVERY_BRAND = "*"
CUSTOMER = "customer."
NAMES: Mapping[str, str] = MappingProxyType({
    "language": "Language of the message: `fr`, `en`.",
    "brand": "Name of the brand.",
    "customer": "What is known of the person, by name: `customer.first_name`. May be missing: see the policy. "
    "`customer.service_level` never is: `gold` or `standard`.",
    "product_count": "How many products the message is about.",
    "categories": "Their categories in a line; empty at discretion `generic`.",
    "products": "The products, at most twelve: `name`, `price`, `url`, `image_url`, `category`, `quantity`, `total`, "
    "`product_id`. Empty unless discretion is `exact`.",
    "cart": "`cart.lines` (as `products`), `cart.count`, `cart.total` (empty where prices are unknown).",
    "button_url": "Address of the first product, or empty.",
    "unsubscribe_url": "Ends marketing mail in one click.",
    "preferences_url": "Leads to the page where people choose what they get, and pause it.",
    "confirm_url": "Confirms a consent (double opt-in). A mail that uses it asks for consent: no pixel, bare links.",
    "subject": "The subject, in the body only.",
    "preheader": "The line that mailboxes show after the subject, in the body only.",
})  # fmt: skip
"""What templates may use."""
INTERNAL = frozenset({"pixel", "words", "answers"})
"""What only our own layout and the renderer use."""


class BadTemplate(ComptoirError, ValueError):
    """This template cannot be used."""

    code, status = "bad_template", 422
    hint = "Correct it and try again: `comptoir template check FILE`."


class TemplateNotFound(ComptoirError, LookupError):
    """No template has this name, version and language."""

    code, status = "template_not_found", 404
    hint = "List the templates with `comptoir template list`."


class TemplateVersionTaken(ComptoirError):
    """This version was published before, with another content."""

    code, status = "template_version_taken", 409
    hint = "Raise `version:` by one; what is queued keeps its version."


class TemplatePaused(RenderFailed):
    """Too many mails of this template's version could not be made, so it is paused."""


class Missing(StrEnum):
    """What happens where a value that the words use is missing for a person."""

    ABORT = "abort"
    """The mail is not made, and the reason names the value."""
    FALLBACK = "fallback"
    """The template says another word: in its table, or by the filter `default`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One version of a template in one language, as its author wrote it."""

    name: str
    version: int
    language: str
    brand: str = EVERY_BRAND
    subject: str
    preheader: str = ""
    mjml: str
    text: str | None = None
    """The author's own text part; without it one is made from the HTML."""
    discretion: Discretion = Discretion.CATEGORY
    missing: Missing = Missing.ABORT
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    """Name, such as `customer.first_name`, → what is said where it is missing."""
    is_marketing: bool = True
    """Whether it must let people unsubscribe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What is made of a template once: Liquid of each part."""

    html: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A template whose parts were read, ready for anybody."""

    subject: Program
    preheader: Program
    html: Program
    text: Program
    discretion: Discretion
    fallbacks: Mapping[str, str]
    """By the last part of the name: `first_name`."""

    @property
    def asks_consent(self) -> bool:
        """Say whether its mail asks for a consent."""
        return "confirm_url" in self.html.names


@dataclass(frozen=True, slots=True)
class Ref:
    """Which stored template a message is made with; version 0 is the newest."""

    name: str
    version: int = 0


class Templates(Protocol):
    """Whoever keeps templates."""

    def ready(self, ref: Ref, *, brand: str, language: str) -> Ready:
        """Give a template ready to be rendered. Raises: TemplateNotFound; TemplatePaused."""
        ...

    def rendered(self, ref: Ref, failure: str | None) -> None:
        """Be told that a mail was made, or why it could not be."""
        ...


def compile_once(template: Template) -> Compiled:
    """
    Compile a template.

    Raises: BadTemplate, which says what is wrong with which part.
    """
    part = "mjml"
    try:
        markup = mjml.compiled(template.mjml, language=template.language)
        html = markup.liquid()
        part = "text"
        if template.text is None:
            text = plaintext.from_html(markup.html, markup.marks, language=template.language)
        else:
            text = plaintext.from_author(template.text)
    except (BadMarkup, RecursionError) as error:
        raise BadTemplate(template=template.name, part=part, what=str(error)) from error
    return Compiled(html=html, text=text)


def read(template: Template, compiled: Compiled) -> Ready:
    """
    Read the parts of a compiled template.

    Raises: BadTemplate.
    """
    parts: dict[str, Program] = {}
    for part, text, is_html in (
        ("subject", template.subject, False), ("preheader", template.preheader, False),
        ("html", compiled.html, True), ("text", compiled.text, False),
    ):  # fmt: skip
        try:
            parts[part] = sandbox.program(text, is_html=is_html)
        except NotLiquid as error:
            raise BadTemplate(template=template.name, part=part, what=str(error)) from error
    fallbacks = {name.removeprefix(CUSTOMER): said for name, said in template.fallbacks.items()}
    return Ready(**parts, discretion=template.discretion, fallbacks=fallbacks)


def check(template: Template) -> Compiled:
    """
    Look at everything that can be known before anybody gets a mail, and give what was compiled.

    Raises: BadTemplate.
    """
    compiled = compile_once(template)
    ready = read(template, compiled)
    for part in ("subject", "preheader", "html", "text"):
        _check_names(template, part, getattr(ready, part))
    strange = [name for name in template.fallbacks if not name.startswith(CUSTOMER)]
    if strange:
        raise BadTemplate(
            template=template.name, part="fallbacks", what=f"only customer.… may be missing: {strange[0]}"
        )
    if template.is_marketing and not ready.asks_consent and "unsubscribe_url" not in ready.html.names:
        raise BadTemplate(
            template=template.name, part="mjml", what="nobody can unsubscribe: add `{% render 'footer' %}`"
        )
    return compiled


def _check_names(template: Template, part: str, program: Program) -> None:
    allowed = set(NAMES) - ({"subject", "preheader"} if part in {"subject", "preheader"} else set())
    strange = sorted({name.partition(".")[0] for name in program.names} - allowed - {"pixel"})
    if strange:
        raise BadTemplate(
            template=template.name, part=part,
            what=f"it uses {', '.join(strange)}; templates may use {', '.join(sorted(allowed))}",
        )  # fmt: skip
    if template.missing is Missing.ABORT:
        return
    known = {*template.fallbacks, f"{CUSTOMER}{SERVICE_LEVEL}"}
    bare = sorted(one for one in program.needs if one.startswith(CUSTOMER) and one not in known)
    if bare:
        raise BadTemplate(
            template=template.name, part=part,
            what=f"{bare[0]} may be missing: give it `| default: '…'` or a line under `fallbacks`",
        )  # fmt: skip


@lru_cache(maxsize=8)
def layout(language: str) -> Ready:
    """Give the built-in layout, which scenarios fill with words."""
    made = Template(
        name="@layout", version=1, language=language, subject="{{ words.subject }}", preheader="{{ words.preheader }}",
        mjml=mjml.part("layout.mjml"), discretion=Discretion.EXACT,
    )  # fmt: skip
    return read(made, compile_once(made))
