"""Today: what the shop did, what Comptoir brought of it, and what needs somebody, each with the page that mends it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Right
from comptoir.clock import micros
from comptoir.demo.home import is_demo
from comptoir.reports import brought
from comptoir.reports.brought import Brought
from comptoir.web import menu, today_needs, today_steps, tour
from comptoir.web.routes import get
from comptoir.web.today_needs import Need
from comptoir.web.today_steps import Step
from comptoir.web.view import Desk, desk_of, render, speech_of, who_asks
from comptoir.web.visit import Period, Scope

MOST_CURRENCIES = 4
"""Currencies shown; a shop that sells in more sees those it sells most in."""

_HOUR, _DAY, _WEEK = 3_600, 86_400, 604_800
PARTS = {
    Period.DAY: (24, _HOUR), Period.WEEK: (7, _DAY), Period.MONTH: (30, _DAY), Period.QUARTER: (13, _WEEK),
    Period.YEAR: (53, _WEEK),
}  # fmt: skip
"""Into how many parts a spark-line cuts each period, and how many seconds long each is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure of the period, with its change against the one before and its course."""

    key: str
    figure: int
    change: float | None
    course: tuple[int, ...] = ()
    beside: tuple[str, int] | None = None
    """The words of what is counted beside it, and how many."""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """One currency's revenue, and the part that Comptoir brought. Units: minor units of the currency."""

    currency: str
    order_count: int
    amount_minor: int
    change: float | None
    course: tuple[int, ...]
    clicked_minor: int
    """Of orders whose last touch was a click in a message."""
    clicked_count: int
    measured: Brought | None
    """What the control groups of closed days say, where they say it clearly."""

    @property
    def brought_minor(self) -> int:
        """What is said to be brought: measured if that is clear, else by the last touch."""
        return round(self.measured.total) if self.measured else self.clicked_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """All that the page shows."""

    now: datetime
    tiles: tuple[Tile, ...]
    money: tuple[Money, ...]
    closed_until: datetime | None
    needs: tuple[Need, ...]
    steps: tuple[Step, ...]
    """The first steps of an installation; none once all are done."""
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The period up to now, and as much of the one before. Units: microseconds since 1970."""

    since_at: int
    until_at: int
    before_at: int
    before_until_at: int


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/", page, Right.ASK)]


async def page(request: Request) -> Response:
    """Answer the page; whoever may not see the shop's figures is led to the first page of her own."""
    who = who_asks(request)
    if not who.may(Right.SEE_RESULTS):
        return RedirectResponse(next(one.path for one in menu.ENTRIES if who.may(one.right)), status_code=303)
    desk = desk_of(request)
    scope = desk.scope(request)
    may_tour = tour.may_take(who)
    context = {
        "today": await load(request, desk, scope),
        "may_tour": may_tour,
        "is_demo": may_tour and is_demo(desk.settings.home),
    }
    return render(request, "today", "today", context, scope=scope)


async def load(request: Request, desk: Desk, scope: Scope) -> Today:
    """Gather what the page shows. Raises: EngineUnreachable, EngineSilent."""
    who, now = who_asks(request), desk.clock.now()
    stretch, brands = stretch_of(scope, now), list(scope.brands)
    span = {
        "since_at": stretch.since_at,
        "until_at": stretch.until_at,
        "before_at": stretch.before_at,
        "before_until_at": stretch.before_until_at,
    }
    _, seconds = PARTS[scope.period]
    rows, needs, steps, (measured, closed) = await asyncio.gather(
        desk.report("today_figures", seconds=seconds, brands=brands, **span),
        today_needs.load(desk, who, scope, speech_of(request)),
        today_steps.load(desk, who),
        run_in_threadpool(_measured, desk, scope),
    )
    lines = _courses([row for row in rows if row["part"] is not None], scope, stretch)
    figures = [row for row in rows if row["part"] is None]
    money = _money([row for row in figures if row["kind"] == "revenue"], lines, measured)
    tiles = _tiles(figures, lines) if who.may(Right.SEE_CUSTOMERS) else ()
    return Today(
        now=now,
        tiles=tiles,
        money=money,
        closed_until=closed,
        needs=needs,
        steps=() if all(step.is_done for step in steps) else steps,
        is_empty=not any(step.is_done for step in steps if step.key in {"browser", "event"}),
    )


def stretch_of(scope: Scope, now: datetime) -> Stretch:
    """Cut a period off at the present, and the one before it at the same place, so that like is compared with like."""
    until = min(scope.until, now)
    return Stretch(
        since_at=micros(scope.since),
        until_at=micros(until),
        before_at=micros(scope.before),
        before_until_at=micros(until - (scope.since - scope.before)),
    )


def change_of(figure: float, before: float) -> float | None:
    """Give the change against the period before; None where there was nothing to compare with."""
    return (figure - before) / before if before > 0 else None


def _measured(desk: Desk, scope: Scope) -> tuple[dict[str, Brought], datetime | None]:
    with desk.state.read() as connection:
        closed = brought.closed_until(connection)
        if closed is None or closed < scope.first_day:
            return {}, None
        until = scope.last_day + timedelta(days=1)
        found = brought.brought(connection, since=scope.first_day, until=until, brands=scope.brands)
    told = {one.currency: one for one in found if one.is_clear}
    return told, datetime(closed.year, closed.month, closed.day, tzinfo=UTC)


def _courses(
    rows: Iterable[Mapping[str, Any]], scope: Scope, stretch: Stretch
) -> dict[tuple[str, str], tuple[int, ...]]:
    """Give the course of each kind and currency, up to the present part."""
    count, seconds = PARTS[scope.period]
    lived = min(count, 1 + max(0, stretch.until_at - stretch.since_at - 1) // (seconds * 1_000_000))
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * lived)
    for row in rows:
        if row["part"] < lived:
            figure = row["amount_minor"] if row["kind"] == "revenue" else row["times"]
            found[row["kind"], row["currency"]][row["part"]] = int(figure)
    return {key: tuple(parts) for key, parts in found.items()}


def _tiles(rows: Iterable[Mapping[str, Any]], courses: Mapping[tuple[str, str], tuple[int, ...]]) -> tuple[Tile, ...]:
    counted = {(row["stretch"], row["kind"]): int(row["times"]) for row in rows}
    counted |= {(row["stretch"], "left"): int(row["marked_times"]) for row in rows if row["kind"] == "cart"}

    def tile(key: str, *, beside: str = "", link: str = "") -> Tile:
        figure = counted.get(("now", key), 0)
        return Tile(
            key=key,
            figure=figure,
            change=change_of(figure, counted.get(("before", key), 0)),
            course=courses.get((key, ""), ()),
            beside=(beside, counted.get(("now", beside), 0)) if beside else None,
            link=link,
        )

    return (
        tile("visitor", link="/customers?who=everyone"),
        tile("cart", beside="left", link="/carts"),
        tile("sent", beside="click", link="/messages"),
    )


def _money(
    rows: Sequence[Mapping[str, Any]],
    courses: Mapping[tuple[str, str], tuple[int, ...]],
    measured: Mapping[str, Brought],
) -> tuple[Money, ...]:
    before = {row["currency"]: row for row in rows if row["stretch"] == "before"}
    return tuple(
        Money(
            currency=row["currency"],
            order_count=row["times"],
            amount_minor=row["amount_minor"],
            change=change_of(row["amount_minor"], before.get(row["currency"], {}).get("amount_minor") or 0),
            course=tuple(max(0, part) for part in courses.get(("revenue", row["currency"]), ())),
            clicked_minor=row["marked_minor"],
            clicked_count=row["marked_times"],
            measured=measured.get(row["currency"]),
        )
        for row in [row for row in rows if row["stretch"] == "now"][:MOST_CURRENCIES]
    )
