"""The first steps, told in order: what to do, on which page, and what one then sees."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Right
from comptoir.web.routes import get
from comptoir.web.view import render, who_asks


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: the stem of its words, the page where it is done, and the right that page wants."""

    key: str
    path: str
    right: Right


STAGES = (
    Stage("site", "/sources/new", Right.RUN),
    Stage("live", "/live", Right.SEE_CUSTOMERS),
    Stage("files", "/sources/imports/new", Right.RUN),
    Stage("sender", "/settings/senders", Right.RUN),
    Stage("mail", "/messages", Right.CAMPAIGN),
    Stage("segment", "/segments", Right.CAMPAIGN),
    Stage("scenario", "/scenarios", Right.CAMPAIGN),
    Stage("results", "/results", Right.SEE_RESULTS),
)
"""Order: as they are taken."""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/guide", page, Right.ASK)]


async def page(request: Request) -> Response:
    """Answer the page; a stage that the visitor may not go to is told without its link."""
    who = who_asks(request)
    stages = [(one, who.may(one.right)) for one in STAGES]
    return render(request, "today", "guide", {"stages": stages})
