"""
What the API takes and answers about scenario drafts, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Down(TypedDict):
    """Move a step down."""

    do: Literal["down"]
    step: str


class Insert(TypedDict):
    """Put a new step in."""

    do: Literal["insert"]
    kind: str
    fields: NotRequired[dict[str, Any]]
    parent: NotRequired[str]
    way: NotRequired[str]
    place: NotRequired[int]


class Lead(TypedDict):
    """Let an empty way lead to a step; to none, let it end leading anywhere."""

    do: Literal["lead"]
    parent: str
    way: str
    target: NotRequired[str]


class MoveTo(TypedDict):
    """Move a step to a place."""

    do: Literal["move"]
    step: str
    parent: NotRequired[str]
    way: NotRequired[str]
    place: NotRequired[int]


class Parts(TypedDict):
    """Give the scenario other fields at its top: title, trigger, words, brands…; null takes one away."""

    do: Literal["parts"]
    parts: dict[str, Any]


class Remove(TypedDict):
    """Take a step away, with all that its ways hold."""

    do: Literal["remove"]
    step: str


class ScenarioDraftsBegin(TypedDict):
    """A new scenario: one of the library, or from nothing under a title."""

    library: NotRequired[str]
    title: NotRequired[str]


class ScenarioDraftsCard(TypedDict):
    """The figures on the card of a step: waiting, passed, sent, deferred, dropped, converted, reached."""

    step: str
    counts: dict[str, int]
    at_least: list[str]


class ScenarioDraftsChange(TypedDict):
    """Give a step other fields; what its ways hold stays."""

    do: Literal["change"]
    step: str
    fields: NotRequired[dict[str, Any]]
    ways: NotRequired[dict[str, list[Way]]]


class ScenarioDraftsDraft(TypedDict):
    """A scenario as its next editor finds it: the draft, or where there is none the version that is published."""

    base: str
    scenario: str
    state: str
    live_version: int
    revision: int | None
    definition: str
    what: str
    saved_at: str | None
    saved_by: str
    can_undo: bool
    can_redo: bool
    steps: list[ScenarioDraftsStep]


class ScenarioDraftsField(TypedDict):
    """One field of the form of a kind of step."""

    name: str
    kind: str
    label: dict[str, str]
    is_required: bool
    options: list[str]


class ScenarioDraftsMade(TypedDict):
    """A draft after a change."""

    base: str
    scenario: str
    state: str
    live_version: int
    revision: int | None
    definition: str
    what: str
    saved_at: str | None
    saved_by: str
    can_undo: bool
    can_redo: bool
    steps: list[ScenarioDraftsStep]
    step: str


class ScenarioDraftsPublished(TypedDict):
    """What was published."""

    scenario: str
    version: int


class ScenarioDraftsStep(TypedDict):
    """A step of a draft, and where it stands: before which place of which way of which step."""

    key: str
    kind: str
    parent: str
    way: str
    place: int
    fields: dict[str, Any]


class ScenarioDraftsVersion(TypedDict):
    """A published version, and how it differs from the one before it."""

    version: int
    published_at: str
    published_by: str
    definition: str
    changes: list[str]


class ScenarioDraftsWritten(TypedDict):
    """The whole draft as YAML."""

    definition: str


class StepKind(TypedDict):
    """A kind of step, and the form that it declares."""

    kind: str
    fields: list[ScenarioDraftsField]


class Up(TypedDict):
    """Move a step up."""

    do: Literal["up"]
    step: str


class Way(TypedDict):
    """One way of a step that lists ways."""

    fields: dict[str, Any]
    was: NotRequired[int | None]
