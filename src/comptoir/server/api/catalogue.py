"""Every endpoint of the API. `GET /api/v1/openapi.json` describes them; docs/reference/api.md is made from them."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir.server.api import (
    audience,
    audit,
    care,
    carts,
    changes,
    dryruns,
    elsewhere,
    endpoints,
    erasures,
    figures,
    import_rows,
    imports,
    mail,
    matches,
    openapi,
    outbox,
    overview,
    people,
    placements,
    plans,
    pressure,
    pressure_trials,
    pulls,
    quality,
    refused,
    running,
    scenario_drafts,
    scenarios,
    scores,
    segments,
    setup,
    source_keys,
    sources,
    template_drafts,
    templates,
    traits,
    users,
)
from comptoir.server.api.endpoints import PREFIX, Endpoint
from comptoir.server.api.keys import SecretKeys

ENDPOINTS: tuple[Endpoint, ...] = (
    *people.ENDPOINTS,
    *care.ENDPOINTS,
    *changes.ENDPOINTS,
    *erasures.ENDPOINTS,
    *matches.ENDPOINTS,
    *carts.ENDPOINTS,
    *scenarios.ENDPOINTS,
    *scenario_drafts.ENDPOINTS,
    *dryruns.ENDPOINTS,
    *templates.ENDPOINTS,
    *template_drafts.ENDPOINTS,
    *pressure.ENDPOINTS,
    *pressure_trials.ENDPOINTS,
    *overview.ENDPOINTS,
    *figures.ENDPOINTS,
    *outbox.ENDPOINTS,
    *mail.ENDPOINTS,
    *setup.ENDPOINTS,
    *placements.ENDPOINTS,
    *sources.ENDPOINTS,
    *source_keys.ENDPOINTS,
    *imports.ENDPOINTS,
    *import_rows.ENDPOINTS,
    *pulls.ENDPOINTS,
    *refused.ENDPOINTS,
    *quality.ENDPOINTS,
    *scores.ENDPOINTS,
    *segments.ENDPOINTS,
    *traits.ENDPOINTS,
    *plans.ENDPOINTS,
    *audience.ENDPOINTS,
    *users.ENDPOINTS,
    *audit.ENDPOINTS,
    *running.ENDPOINTS,
)
"""Order: what a shop does first."""

DESCRIBED: tuple[Endpoint, ...] = (*ENDPOINTS, *elsewhere.ENDPOINTS)
"""With those that are routed elsewhere."""


def routes(keys: SecretKeys) -> list[Route]:
    """Give the routes."""
    return [
        *endpoints.routes(ENDPOINTS, keys),
        Route(f"{PREFIX}/openapi.json", describe, methods=["GET"]),
    ]


async def describe(_request: Request) -> Response:
    """Answer the description of the API: it holds nothing of the shop, so it wants no key."""
    return Response(_described(), media_type="application/json", headers={"Cache-Control": "max-age=300"})


@cache
def _described() -> bytes:
    return endpoints.encode(openapi.document(DESCRIBED, version=version("comptoir")))
