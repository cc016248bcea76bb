"""
What the API takes and answers about tracking plan, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Example(TypedDict):
    """An event that broke its plan."""

    message_id: str
    value: str


class Finding(TypedDict):
    """Something that breaks the plan, as often as it was found."""

    source: str
    event: str
    property: str
    reason: str
    first_at: str
    last_at: str
    times: int
    examples: list[Example]
    days: list[int]
    is_new: bool


class Inferred(TypedDict):
    """A plan made of what arrived, as YAML."""

    text: str


class Name(TypedDict):
    """An event, or a property of one, that ever arrived."""

    source: str
    event: str
    property: str
    types: dict[str, int]
    times: int
    first_at: str
    last_at: str
    fill_share: float


class PageOfFinding(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Finding]
    next: str | None


class PageOfName(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Name]
    next: str | None


class PageOfVersion(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[StoreVersion]
    next: str | None


class Publish(TypedDict):
    """A plan, as YAML; empty ends the plan."""

    text: str
    note: NotRequired[str]


class StoreVersion(TypedDict):
    """A published version of a brand's plan."""

    brand: str
    version: int
    text: str
    note: str
    published_at: str
    published_by: str
