"""
What the API takes and answers about pulls, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

RunState = Literal["cancelled", "done", "failed", "fetching", "stopped", "working"]
"""How far a run is."""


class AddPull(TypedDict):
    """A new source that is fetched."""

    name: str
    place: str
    brand: NotRequired[str]
    options: NotRequired[dict[str, str]]
    secrets: NotRequired[dict[str, str]]
    kind: NotRequired[str]
    mapping: NotRequired[str]
    streams: NotRequired[list[str]]
    schedule: NotRequired[str]
    alarm_hours: NotRequired[int]


class ChangePull(TypedDict):
    """What is to change; what is left out stays."""

    options: NotRequired[dict[str, str] | None]
    secrets: NotRequired[dict[str, str]]
    kind: NotRequired[str | None]
    mapping: NotRequired[str | None]
    streams: NotRequired[list[str] | None]
    schedule: NotRequired[str | None]
    alarm_hours: NotRequired[int | None]
    is_paused: NotRequired[bool | None]


class PlaceKind(TypedDict):
    """A kind of place rows are fetched from."""

    name: str
    options: list[PlaceOption]
    streams: list[PlaceStream]


class PlaceOption(TypedDict):
    """Something a place has to be told."""

    name: str
    says: str
    is_needed: bool
    is_secret: bool
    default: str
    one_of: list[str]


class PlaceStream(TypedDict):
    """One kind of rows a place gives; `kind` is empty where you say what they are."""

    name: str
    kind: str


class PullTold(TypedDict):
    """A source that is fetched, without its secrets."""

    name: str
    place: str
    brand: str
    kind: str
    mapping: str
    streams: list[str]
    options: dict[str, str]
    secrets: list[str]
    schedule: str
    alarm_hours: int
    is_paused: bool
    is_silent: bool
    made_at: str
    brought_at: str | None
    next_at: str | None
    last_state: RunState | None


class PullTried(TypedDict):
    """What a try gave."""

    says: str
    items: list[str]
    name: str
    fields: list[str]
    rows: list[TriedRow]
    mapping: str
    lacking: list[str]


class RunTold(TypedDict):
    """A run of a source. `made_by` is empty where its schedule asked for it."""

    id: str
    pull: str
    made_by: str
    state: RunState
    stage: str
    code: str
    problem: str
    began_at: str
    ended_at: str | None
    retry_at: str | None
    done: int
    whole: int
    bytes: int
    read: int
    stored: int
    refused: int
    duplicates: int
    skipped: int
    imports: list[str]


class TriedRow(TypedDict):
    """A row as it would be kept, or why it would be refused."""

    values: list[str]
    reason: str
    detail: str


class TryPull(TypedDict):
    """Which of its streams is looked at; the first if none is named."""

    stream: NotRequired[str]
