"""
What the API takes and answers about template drafts, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Discretion = Literal["category", "exact", "generic"]
"""How much a message reveals of what we saw. Order: least first."""


Missing = Literal["abort", "fallback"]
"""What happens where a value that the words use is missing for a person."""


TemplateBlocksKind = Literal[
    "answers", "button", "cart", "columns", "divider", "footer", "image", "markup", "products", "text", "title"
]
"""What a stretch of a mail is. Order: as a mail is mostly written."""


class Block(TypedDict):
    """One block of a mail: its kind, and its fields."""

    kind: TemplateBlocksKind
    fields: NotRequired[dict[str, str]]


class ChangeBlock(TypedDict):
    """What is done to one block."""

    do: Literal["add", "change", "copy", "down", "remove", "up"]
    place: NotRequired[int]
    kind: NotRequired[TemplateBlocksKind]
    fields: NotRequired[dict[str, str]]


class GoBack(TypedDict):
    """A published version."""

    version: int


class Look(TypedDict):
    """As whom a mail is looked at, and in which language."""

    brand: NotRequired[str]
    seen_as: NotRequired[str]
    language: NotRequired[str]
    definition: NotRequired[str]


class Part(TypedDict):
    """A template in one language."""

    language: str
    subject: str
    preheader: str
    mjml: str
    blocks: list[Block] | None
    text: str | None
    fallbacks: dict[str, str]
    problem: str


class Sent(TypedDict):
    """What the mail server answered."""

    kind: str
    detail: str


class Speak(TypedDict):
    """A language that a template is to speak too."""

    language: str


class TemplateDraftsBegin(TypedDict):
    """A new template."""

    name: str
    languages: NotRequired[list[str]]
    brand: NotRequired[str]


class TemplateDraftsChange(TypedDict):
    """What changes of a template in one language; what is left out stays."""

    subject: NotRequired[str]
    preheader: NotRequired[str]
    mjml: NotRequired[str]
    blocks: NotRequired[list[Block]]
    text: NotRequired[str | None]
    fallbacks: NotRequired[dict[str, str]]
    discretion: NotRequired[Discretion]
    missing: NotRequired[Missing]
    is_marketing: NotRequired[bool]


class TemplateDraftsDraft(TypedDict):
    """A template as it is being written: the draft, or where there is none its newest version."""

    base: str
    name: str
    brand: str
    revision: int
    version: int
    discretion: Discretion
    missing: Missing
    is_marketing: bool
    changed_at: str | None
    changed_by: str
    can_undo: bool
    can_redo: bool
    parts: list[Part]


class TemplateDraftsPublished(TypedDict):
    """What was published."""

    template: str
    version: int
    languages: list[str]


class TemplateDraftsTry(TypedDict):
    """Where a trial goes, and as whose mail."""

    brand: NotRequired[str]
    seen_as: NotRequired[str]
    language: NotRequired[str]
    definition: NotRequired[str]
    to: str


class TemplateDraftsVersion(TypedDict):
    """A published version."""

    version: int
    published_at: str
    published_by: str | None
    subject: str
