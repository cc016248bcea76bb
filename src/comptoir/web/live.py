"""Live: the latest arrivals, accepted and refused with the reason, narrowed by clicking a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Right
from comptoir.web.routes import get
from comptoir.web.view import Desk, desk_of, render

MOST = 100
"""Arrivals shown."""

LATE = timedelta(minutes=5)
"""Age on arrival from which it is worth saying."""

_LONGEST = 20_000
"""Characters of an event's content shown."""

FILTERS = ("source", "name", "profile", "what")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One line of the list."""

    received_at: datetime
    is_refused: bool
    is_historical: bool
    title: str
    source: str
    profile_id: str | None
    identifier_kind: str | None
    identifier: str | None
    trust: str | None
    robot: str | None
    late: timedelta | None
    detail: str
    reason: str | None
    content: str


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/live", page, Right.SEE_CUSTOMERS)]


async def page(request: Request) -> Response:
    """Answer the page."""
    desk = desk_of(request)
    asked = {name: request.query_params.get(name, "")[:200] for name in FILTERS}
    if asked["what"] not in {"accepted", "refused"}:
        asked["what"] = ""
    arrivals = await load(desk, asked)
    return render(
        request,
        "live",
        "live",
        {
            "arrivals": arrivals,
            "asked": asked,
            "most": MOST,
            "now": desk.clock.now(),
            "is_paused": "paused" in request.query_params,
        },
    )


async def load(desk: Desk, asked: Mapping[str, str]) -> list[Arrival]:
    """Gather the arrivals. Order: newest first. Raises: EngineUnreachable, EngineSilent."""
    return [_arrival(row) for row in await desk.report("live", most=MOST, **asked)]


def _arrival(row: Mapping[str, Any]) -> Arrival:
    late = row["received_at"] - row["occurred_at"]
    named = (row["product_id"], row["cart_id"], row["order_id"])
    return Arrival(
        received_at=row["received_at"],
        is_refused=row["outcome"] == "refused",
        is_historical=bool(row["historical"]),
        title=row["name"] or row["type"] or "",
        source=row["source"],
        profile_id=row["profile_id"],
        identifier_kind=row["identifier_kind"],
        identifier=row["identifier"],
        trust=row["trust"],
        robot=row["robot_reason"],
        late=late if late > LATE and not row["historical"] else None,
        detail=row["detail"] or " · ".join(str(part) for part in named if part) or row["url"] or "",
        reason=row["reason"],
        content=_indented(row["properties"]),
    )


def _indented(text: str) -> str:
    """Indent JSON for reading; every number and text stays as it was written."""
    if len(text) > _LONGEST:
        return f"{text[:_LONGEST]} …"
    try:
        indented = msgspec.json.format(text, indent=2)
    except msgspec.DecodeError:
        return text
    return "" if indented in {"{}", "[]"} else indented
