"""All pages of the desk, by the order of the menu."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from comptoir.web import (
    audience,
    carts,
    customer,
    customer_erase,
    guide,
    health,
    live,
    login,
    matching,
    messages,
    palette,
    plan,
    pressure,
    quality,
    results,
    scenarios,
    scores,
    segments,
    settings,
    sources,
    statics,
    today,
    traits,
)

_PAGES = (
    today, guide, live, customer, customer_erase, matching, carts, segments, traits, scores, scenarios, messages,
    pressure, results, audience, plan, quality, sources, health, settings, palette, login,
)  # fmt: skip


def routes() -> list[BaseRoute]:
    """Give the routes of every page and static file."""
    return [*(route for page in _PAGES for route in page.routes()), Route("/static/{name:path}", statics.answer)]
