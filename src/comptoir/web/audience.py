"""Audience: how many people came who gave no consent, and to which pages; counts by day, and nobody in particular."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Right
from comptoir.audience import store
from comptoir.audience.store import Report, Store
from comptoir.web import charts
from comptoir.web.routes import get
from comptoir.web.view import desk_of, own_brands, render, speech_of, who_asks

SPANS = (7, 28, 90, 365)
MOST = 10


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/audience", page, Right.SEE_RESULTS)]


async def page(request: Request) -> Response:
    """Answer the page."""
    return render(request, "results", "audience", await run_in_threadpool(_gathered, request))


def _gathered(request: Request) -> dict[str, Any]:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    brands = [one.name for one in own_brands(request)]
    asked, span = request.query_params.get("brand", ""), request.query_params.get("days", "")
    if asked and asked not in brands:
        who.check_brand(asked)
    brand = asked if asked in brands else brands[0]
    days = int(span) if span.isdecimal() and int(span) in SPANS else SPANS[1]
    last = desk.clock.now().date()
    found = Store(desk.settings.path(store.FOLDER)).report(brand, last - timedelta(days=days - 1), last, most=MOST)
    return {
        "report": found,
        "bars": _bars(found, said("audience.bars", figures=", ".join(said.number(one.visitors) for one in found.days))),
        "brand": brand,
        "brands": brands,
        "days": days,
        "spans": SPANS,
        "is_measured": desk.settings.audience.is_measured,
        "months": desk.settings.audience.months,
    }


def _bars(found: Report, says: str) -> Any:
    return charts.spark([one.visitors for one in found.days], says)
