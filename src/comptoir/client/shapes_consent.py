"""
What the API takes and answers about consent, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Lift(TypedDict):
    """An address that may be written to again."""

    contact: str
    channel: NotRequired[str]
    brand: NotRequired[str | None]
    reason: NotRequired[str | None]


class Lifted(TypedDict):
    """How many entries were taken off the list."""

    lifted: int


class Suppress(TypedDict):
    """An address that must not be written to."""

    contact: str
    channel: NotRequired[str]
    brand: NotRequired[str | None]
    reason: NotRequired[str]
