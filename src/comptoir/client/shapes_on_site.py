"""
What the API takes and answers about on site, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class PutPlacement(TypedDict):
    """What a message says, where, on which pages and when (ISO 8601 with its zone)."""

    words: dict[str, dict[str, str]]
    slot: NotRequired[str]
    pages: NotRequired[list[str]]
    starts_at: NotRequired[str | None]
    ends_at: NotRequired[str | None]
    times: NotRequired[int]
    is_on: NotRequired[bool]
