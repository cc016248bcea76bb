"""
What the API takes and answers about results, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import TypedDict


class Report(TypedDict):
    """The audience of a brand over some days."""

    days: list[StoreCount]
    tops: dict[str, list[StoreCount]]


class StoreCount(TypedDict):
    """Views and visitors of a day, or of a value. A visitor who comes on two days counts on both."""

    value: str
    views: int
    visitors: int
