"""
What the API takes and answers about scenarios, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Enroll(TypedDict):
    """People to enroll by hand."""

    people: list[str]
    brand: NotRequired[str]


class Enrolled(TypedDict):
    """What came of it."""

    began: int
    left_out: int
    unknown: list[str]


class Kept(TypedDict):
    """What became of a scenario."""

    scenario: str
    version: int
    state: str


class Move(TypedDict):
    """People in flight who go to another version."""

    from_version: int
    to_version: int
    mapping: NotRequired[dict[str, str]]
    is_dry: NotRequired[bool]


class PageOfScenario(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Scenario]
    next: str | None


class PageOfShipped(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Shipped]
    next: str | None


class Run(TypedDict):
    """Somebody's way through a scenario."""

    enrollment_id: str
    version: int
    brand: str
    key: str
    step: str
    status: str
    exit_reason: str | None
    arm: str | None
    entered_at: str
    due_at: str | None


class Scenario(TypedDict):
    """A scenario, in a list."""

    scenario: str
    version: int
    state: str
    waiting: int
    changed_at: str


class ScenariosChecked(TypedDict):
    """A definition that can be read."""

    scenario: str
    version: int
    steps: list[str]
    says: list[str]


class ScenariosWritten(TypedDict):
    """A definition as YAML."""

    definition: str


class Shipped(TypedDict):
    """A scenario that ships with Comptoir."""

    name: str
    definition: str
