"""
What the API takes and answers about segments, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Belongs(TypedDict):
    """A segment that somebody belongs to, since when, and its rule in words."""

    segment: str
    name: dict[str, str]
    words: dict[str, str]
    entered_at: str


class CountNow(TypedDict):
    """A rule to be counted, and how long that may take. Units: seconds."""

    definition: str
    seconds: NotRequired[float]


class Course(TypedDict):
    """How a segment grew over 30 days, and who came and left lately."""

    days: list[Day]
    changes: list[SegmentsChange]


class Day(TypedDict):
    """How many belonged at the end of a day (UTC)."""

    day: str
    number: int


class Member(TypedDict):
    """Somebody in a segment, since when."""

    profile_id: str
    entered_at: str


class Read(TypedDict):
    """What a definition says."""

    key: str
    words: dict[str, str]


class Segment(TypedDict):
    """A segment in the list; `people` is none where it is not followed."""

    key: str
    name: dict[str, str]
    state: str
    version: int
    brand: str | None
    words: dict[str, str]
    people: int | None
    changed_at: str


class SegmentsChange(TypedDict):
    """Somebody who entered or exited."""

    profile_id: str
    change: str
    at: str


class SegmentsCount(TypedDict):
    """How many people a rule finds, of how many, and some of them. Units: seconds."""

    number: int
    total: int
    as_of: str
    seconds: float
    rows: int
    sample: list[str]


class SegmentsText(TypedDict):
    """The definition of a segment: YAML, or JSON, which is YAML."""

    definition: str


class SegmentsWritten(TypedDict):
    """A segment as its next editor finds it, with its rule in words."""

    base: str
    key: str
    state: str
    version: int
    definition: str
    words: dict[str, str]
    is_draft: bool
    can_undo: bool
    can_redo: bool
    used_by: list[str]
