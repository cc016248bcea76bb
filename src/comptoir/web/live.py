"""Live: the latest arrivals, accepted and refused with the reason, narrowed by clicking a value, and followed."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir import repair
from comptoir.access.roles import Right
from comptoir.clock import micros, monotonic
from comptoir.web import live_repair
from comptoir.web.routes import get
from comptoir.web.view import Desk, desk_of, is_fragment, render, who_asks

MOST = 100
"""Arrivals shown."""

LATE = timedelta(minutes=5)
"""Age on arrival from which it is worth saying."""

RECENT = timedelta(days=30)
"""Age up to which refusals are counted by reason."""

FOLLOW_MILLISECONDS = 100
"""A browser's pause between an answer and its next question, which waits here until there is anything new."""

WAIT_SECONDS = 2.0
"""How long a question waits before it is told that nothing is new; a desk that stops waits for it."""

_LOOK_SECONDS = 0.02
"""Between two looks at whether anything was written: some microseconds each, and they ask the engine nothing."""

_SURE_SECONDS = 1.0
"""At least so often the engine is asked, whatever was written."""

_NO_TICK = "0"
_LONGEST = 20_000
"""Characters of an event's content shown."""

FILTERS = ("source", "dialect", "name", "profile", "thing", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One line of the list."""

    received_at: datetime
    mark: str
    """Its own name in the list: what follows asks for what is newer."""
    is_refused: bool
    is_historical: bool
    title: str
    source: str
    dialect: str
    brand: str
    profile_id: str | None
    identifier_kind: str | None
    identifier: str | None
    trust: str | None
    robot: str | None
    late: timedelta | None
    things: Sequence[str]
    """The product, cart and order it speaks of."""
    detail: str
    reason: str | None
    failed_id: str | None
    is_sent_again: bool
    message_id: str | None
    facts: Sequence[tuple[str, str]]
    """What else is worth reading: the words `live.fact.<name>` and a value."""
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Events refused for one reason that wait for somebody."""

    reason: str
    times: int
    last_at: datetime
    sources: Sequence[str]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/live", page, Right.SEE_CUSTOMERS), *live_repair.routes()]


async def page(request: Request) -> Response:
    """Answer the page; a browser that follows it gets the list alone, and 204 where nothing is new."""
    desk, who = desk_of(request), who_asks(request)
    asked = {name: request.query_params.get(name, "")[:200] for name in FILTERS}
    what = request.query_params.get("what", "")
    asked["what"] = what if what in {"accepted", "refused"} else ""
    known_tick, _, known_mark = request.query_params.get("newest", "").partition("|")
    brands = sorted(who.brands)
    until = monotonic() + (WAIT_SECONDS if is_fragment(request) and "wait" in request.query_params else 0.0)
    while True:
        tick = await _newest(desk, known_tick, until)
        if is_fragment(request) and tick == known_tick != _NO_TICK:
            return Response(status_code=204)
        arrivals = await load(desk, asked, brands)
        mark = arrivals[0].mark if arrivals else ""
        if not is_fragment(request) or not mark or mark != known_mark:
            break
        if monotonic() >= until:
            return Response(status_code=204)
        known_tick = tick  # it brought nothing of what this browser looks at
    refusals: list[Refusals] = []
    if asked["what"] == "refused" and not asked["reason"]:
        refusals = await refusals_of(desk, brands, await run_in_threadpool(_sent_again, desk))
    context = {
        "arrivals": arrivals,
        "refusals": refusals,
        "asked": asked,
        "filters": FILTERS,
        "is_filtered": any(asked.values()),
        "newest": f"{tick}|{mark}",
        "follow": FOLLOW_MILLISECONDS,
        "most": MOST,
        "now": desk.clock.now(),
        "may_mend": who.may(Right.RUN),
        "is_paused": "paused" in request.query_params,
    }
    return render(request, "live", "live", context, block="feed" if is_fragment(request) else "")


async def _newest(desk: Desk, known: str, until: float) -> str:
    """
    Give the last tick that brought anything, after a wait where that is the one known, but not beyond `until`.

    A tick is written to the state store when it is done. Raises: EngineUnreachable, EngineSilent.
    """
    with desk.state.watched() as version:
        while True:
            seen, sure_at = version(), monotonic() + _SURE_SECONDS
            tick = str((await desk.report("live_newest"))[0]["tick_id"])
            if tick != known or monotonic() >= until:
                return tick
            while version() == seen and monotonic() < min(until, sure_at):  # noqa: ASYNC110 (another process writes)
                await asyncio.sleep(_LOOK_SECONDS)


async def load(desk: Desk, asked: Mapping[str, str], brands: Sequence[str]) -> list[Arrival]:
    """Gather the arrivals. Order: newest first. Raises: EngineUnreachable, EngineSilent."""
    rows = await desk.report("live", most=MOST, brands=brands, **asked)
    shown = [row["failed_id"] for row in rows if row["failed_id"]]
    again = await run_in_threadpool(_sent_again_of, desk, shown) if shown else frozenset[str]()
    return [_arrival(row, again) for row in rows]


async def refusals_of(desk: Desk, brands: Sequence[str], again: Sequence[str]) -> list[Refusals]:
    """Count what was refused lately, by reason. Raises: EngineUnreachable, EngineSilent."""
    since = micros(desk.clock.now() - RECENT)
    rows = await desk.report("live_refusals", since_at=since, brands=brands, again=list(again))
    return [Refusals(**row) for row in rows]


def _sent_again(desk: Desk) -> list[str]:
    with desk.state.read() as connection:
        return repair.sent_again(connection, repair.MOST_AGAIN)


def _sent_again_of(desk: Desk, failed_ids: Sequence[str]) -> frozenset[str]:
    with desk.state.read() as connection:
        return repair.sent_again_of(connection, failed_ids)


def _arrival(row: Mapping[str, Any], again: frozenset[str]) -> Arrival:
    late = row["received_at"] - row["occurred_at"]
    things = [str(row[name]) for name in ("product_id", "cart_id", "order_id") if row[name]]
    is_refused = row["outcome"] == "refused"
    content = _came(row) if is_refused else _indented(row["properties"])
    return Arrival(
        received_at=row["received_at"],
        mark=f"{micros(row['received_at'].replace(tzinfo=UTC))}:{row['failed_id'] or row['message_id']}",
        is_refused=is_refused,
        is_historical=bool(row["historical"]),
        title=row["name"] or row["type"] or "",
        source=row["source"],
        dialect=row["dialect"] or "",
        brand=row["brand"],
        profile_id=row["profile_id"],
        identifier_kind=row["identifier_kind"],
        identifier=row["identifier"],
        trust=row["trust"],
        robot=row["robot_reason"],
        late=late if late > LATE and not row["historical"] else None,
        things=things,
        detail=row["detail"] or ("" if things else row["url"] or ""),
        reason=row["reason"],
        failed_id=row["failed_id"],
        is_sent_again=row["failed_id"] in again,
        message_id=row["message_id"],
        facts=_facts(row),
        content=content,
    )


def _facts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    named = ("message_id", "brand", "url", "channel", "clock_flag", "robot_reason")
    told = [(name, str(row[name])) for name in named if row[name]]
    traits = _indented(row["traits"])
    return [*told, *([("traits", traits)] if traits else [])]


def _came(row: Mapping[str, Any]) -> str:
    """Give what came of a refused event: its line, or the bytes as they were."""
    if row["raw"] is None:
        return _indented(row["properties"])
    return _indented(base64.b64decode(row["raw"]).decode("utf-8", "backslashreplace"))


def _indented(text: str) -> str:
    """Indent JSON for reading; every number and text stays as it was written."""
    if len(text) > _LONGEST:
        return f"{text[:_LONGEST]} …"
    try:
        indented = msgspec.json.format(text, indent=2)
    except msgspec.DecodeError:
        return text
    return "" if indented in {"{}", "[]"} else indented
