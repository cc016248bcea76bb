"""Settings."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Right
from comptoir.web.routes import get
from comptoir.web.view import render


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/settings", page, Right.RUN)]


async def page(request: Request) -> Response:
    """Answer the page."""
    return render(request, "settings", "settings", {})
