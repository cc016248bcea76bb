"""Today: what the shop did since midnight, the last seven days beside it, and what needs a look."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Right
from comptoir.clock import micros
from comptoir.web.routes import get
from comptoir.web.view import Desk, desk_of, render

DAYS = 7
"""Days of the longer period, today among them."""

LATE_SECONDS = 10.0
"""Lag from which the engine is worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure: today, in the longer period, and day by day (oldest first) where that is counted."""

    key: str
    today: int
    week: int
    days: tuple[int, ...] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """One currency's orders and revenue. Units: minor units of the currency."""

    currency: str
    order_count: int = 0
    week_order_count: int = 0
    today_minor: int = 0
    week_minor: int = 0
    brought_minor: int = 0
    brought_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Something to look at: how many, of what, and the page that shows them."""

    key: str
    number: int
    link: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """All that the page shows."""

    now: datetime
    tiles: tuple[Tile, ...]
    money: tuple[Money, ...]
    attention: tuple[Attention, ...]
    is_empty: bool


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/", page, Right.SEE_RESULTS)]


async def page(request: Request) -> Response:
    """Answer the page."""
    return render(request, "today", "today", {"today": await load(desk_of(request))})


async def load(desk: Desk) -> Today:
    """Gather what the page shows. Raises: EngineUnreachable, EngineSilent."""
    now = desk.clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - timedelta(days=DAYS - 1)
    when = {"now": micros(now), "week_at": micros(first)}
    traffic, days, carts, money, status = await asyncio.gather(
        desk.report("today_traffic", today_at=micros(midnight), **when),
        desk.report("today_days", **when),
        desk.report("today_carts", today_at=micros(midnight), **when),
        desk.report("today_money", today_at=micros(midnight), **when),
        asyncio.to_thread(desk.status),
    )
    by_period = {row["period"]: row for row in traffic}
    currencies = _money(money)
    tiles = _tiles(by_period, carts, money, _by_day(days, first.date()))
    return Today(
        now=now,
        tiles=tiles,
        money=currencies,
        attention=_attention(by_period["week"], status),
        is_empty=not any(tile.week for tile in tiles) and not currencies and not by_period["week"]["refused_count"],
    )


def _tiles(
    traffic: Mapping[str, Mapping[str, Any]],
    carts: Sequence[Mapping[str, Any]],
    money: Sequence[Mapping[str, Any]],
    days: Mapping[str, tuple[int, ...]],
) -> tuple[Tile, ...]:
    def in_carts(period: str, *states: str) -> int:
        return sum(row["cart_count"] for row in carts if row["period"] == period and row["state"] in states)

    def orders(period: str) -> int:
        return sum(row["order_count"] for row in money if row["period"] == period)

    today, week = traffic["today"], traffic["week"]
    return (
        Tile(key="visitors", today=today["visitor_count"], week=week["visitor_count"], days=days["session"]),
        Tile(key="events", today=today["event_count"], week=week["event_count"], days=days["event"], link="/live"),
        Tile(key="carts_open", today=in_carts("today", "open", "checkout"), week=in_carts("week", "open", "checkout")),
        Tile(key="carts_abandoned", today=in_carts("today", "abandoned"), week=in_carts("week", "abandoned")),
        Tile(key="orders", today=orders("today"), week=orders("week"), days=days["order"]),
    )


def _by_day(rows: Sequence[Mapping[str, Any]], first: date) -> dict[str, tuple[int, ...]]:
    counted = {(row["kind"], row["day_on"]): int(row["times"]) for row in rows}
    week = [first + timedelta(days=place) for place in range(DAYS)]
    return {kind: tuple(counted.get((kind, day), 0) for day in week) for kind in ("event", "session", "order")}


def _money(rows: Sequence[Mapping[str, Any]]) -> tuple[Money, ...]:
    today = {row["currency"]: row for row in rows if row["period"] == "today"}
    return tuple(
        Money(
            currency=row["currency"],
            order_count=today.get(row["currency"], {}).get("order_count", 0),
            week_order_count=row["order_count"],
            today_minor=today.get(row["currency"], {}).get("amount_minor", 0),
            week_minor=row["amount_minor"],
            brought_minor=row["brought_minor"],
            brought_count=row["brought_count"],
        )
        for row in rows
        if row["period"] == "week"
    )


def _attention(week: Mapping[str, Any], status: Mapping[str, Any]) -> tuple[Attention, ...]:
    lag = float(status.get("lag_seconds") or 0)
    found = (
        Attention(key="lag", number=round(lag)) if lag > LATE_SECONDS else None,
        Attention(key="refused", number=week["refused_count"], link="/live?what=refused")
        if week["refused_count"]
        else None,
        Attention(key="unknown", number=week["unknown_count"]) if week["unknown_count"] else None,
        *(Attention(key="warning", number=1, text=str(said)) for said in status.get("warnings") or ()),
        *(
            Attention(key="warning", number=1, text=f"{work}: {said}")
            for work, said in (status.get("failures") or {}).items()
        ),
    )
    return tuple(one for one in found if one is not None)
