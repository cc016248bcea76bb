"""
What the API takes and answers about dry runs, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class DryRun(TypedDict):
    """A dry run, and how far it is."""

    id: str
    scenario: str
    version: int
    days: int
    state: str
    done: int
    whole: int
    wrong: str
    started_at: str
    started_by: str


class DryrunsTry(TypedDict):
    """What is tried, and on which days."""

    definition: NotRequired[str]
    version: NotRequired[int | None]
    days: NotRequired[int]
    brand: NotRequired[str]
    with_live: NotRequired[bool]
    seed: NotRequired[int]
