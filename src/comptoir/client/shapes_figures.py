"""
What the API takes and answers about figures, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Figure(TypedDict):
    """A count of the period, its change against the one before (0.1 is 10 % more), and its course."""

    name: str
    count: int
    change: float | None
    course: list[int]
    beside: dict[str, int]


class Need(TypedDict):
    """Something that needs somebody, what to do, and the page where."""

    says: str
    does: str
    link: str
    weight: Literal["danger", "news", "warn"]


class OverviewStep(TypedDict):
    """One of the first steps of an installation."""

    name: str
    is_done: bool


class QuestionsQuestion(TypedDict):
    """A question in SQL."""

    sql: str
    format: NotRequired[str]
    seconds: NotRequired[float]
    rows: NotRequired[int]


class Revenue(TypedDict):
    """One currency's revenue, and the part that Comptoir brought. Units: minor units of the currency."""

    currency: str
    order_count: int
    amount_minor: int
    change: float | None
    course: list[int]
    clicked_minor: int
    clicked_count: int
    brought_minor: int
    is_measured: bool


class Today(TypedDict):
    """What the shop did, what Comptoir brought of it, and what needs somebody."""

    now: str
    figures: list[Figure]
    revenue: list[Revenue]
    closed_until: str | None
    needs: list[Need]
    first_steps: list[OverviewStep]
