"""The figures on the cards of a scenario: where people stand, from state, and what became of messages, from facts."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from comptoir.clock import micros
from comptoir.reports.results import WINDOW_DAYS
from comptoir.scenarios import standing
from comptoir.scenarios.parse import Definition
from comptoir.scenarios.standing import Standing
from comptoir.web.scenario_picture import Count, Counts
from comptoir.web.view import HEADERS, Desk

DAYS = 30
"""Days that the gallery looks back."""


async def of(desk: Desk, definition: Definition | None, brands: Collection[str]) -> Counts:
    """Count for the cards of a published version; a draft that was never published has none."""
    if definition is None:
        return {}
    stands, rows = await asyncio.gather(
        run_in_threadpool(_stands, desk, definition, brands),
        steps(desk, scenario=definition.scenario, brands=brands),
    )
    mine = {row["step"]: row for row in rows if row["version"] == definition.version and not row["currency"]}
    orders: dict[str, int] = {}
    for row in rows:
        if row["version"] == definition.version and row["currency"]:
            orders[row["step"]] = orders.get(row["step"], 0) + row["order_count"]
    return {
        key: _counts(definition.program[key].step, one, mine.get(key, {}), orders.get(key, 0))
        for key, one in stands.items()
    }


async def steps(
    desk: Desk, *, scenario: str = "", brands: Collection[str] = (), since: datetime | None = None
) -> list[dict[str, Any]]:
    """Ask what scenarios did and brought, step by step. Raises: EngineUnreachable, EngineSilent."""
    return await desk.report(
        "scenario_steps",
        scenario=scenario,
        brands=sorted(brands),
        since_at=0 if since is None else micros(since),
        window_days=WINDOW_DAYS,
    )


def since(desk: Desk) -> datetime:
    """Give the first instant that the gallery looks at."""
    return desk.clock.now() - timedelta(days=DAYS)


def json(cards: Mapping[str, str]) -> Response:
    """Answer figures to the script."""
    return Response(msgspec.json.encode(cards), media_type="application/json", headers=HEADERS)


def _stands(desk: Desk, definition: Definition, brands: Collection[str]) -> dict[str, Standing]:
    with desk.state.read() as connection:
        return standing.by_step(connection, definition, brands=brands)


def _counts(step: Any, one: Standing, row: Mapping[str, Any], orders: int) -> list[Count]:
    if getattr(type(step), "kind", "") == "goal":
        return [Count(name="reached", number=one.reached)]
    found = [Count(name="waiting", number=one.waiting),
             Count(name="passed", number=one.passed, is_least=one.is_least and one.passed > 0)]  # fmt: skip
    if isinstance(getattr(step, "channel", None), str):
        found += [
            Count(name="sent", number=row.get("sent_count", 0)),
            Count(name="deferred", number=one.deferred),
            Count(name="dropped", number=row.get("dropped_count", 0)),
            Count(name="converted", number=orders),
        ]
    return found
