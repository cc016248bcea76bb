"""The search that ⌘K opens: people, scenarios, templates and pages, by what is typed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Principal, Right
from comptoir.web import counted, customer, menu, scenario_reach, segment_count, trait_says
from comptoir.web.routes import get
from comptoir.web.view import Desk, desk_of, is_fragment, render, speech_of, who_asks

MOST = 8
"""Of each kind shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something found: its kind (words `palette.<kind>`), what it is called, and its address."""

    kind: str
    name: str
    link: str


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/search", page, Right.ASK)]


async def page(request: Request) -> Response:
    """Answer what fits the typed words, as a fragment or a page of its own."""
    asked = request.query_params.get("q", "").strip()[:200]
    hits = await find(request, asked)
    block = "hits" if is_fragment(request) else ""
    return render(request, "palette", "search", {"asked": asked, "hits": hits}, block=block)


async def find(request: Request, asked: str) -> list[Hit]:
    """Find pages, scenarios, segments, computed traits and people. Order: in this order."""
    who, said, desk = who_asks(request), speech_of(request), desk_of(request)
    word = asked.casefold()
    hits = [
        Hit(kind="page", name=said(f"{one.key}.nav"), link=one.path)
        for one in menu.ENTRIES
        if who.may(one.right) and word in said(f"{one.key}.nav").casefold()
    ]
    if not asked:
        return hits
    if who.may(Right.CAMPAIGN):
        hits += (await run_in_threadpool(_scenarios, desk, who, word))[:MOST]
        titles = await run_in_threadpool(segment_count.titles_of, desk, who, said)
        named = sorted((title, key) for key, title in titles.items() if word in f"{title} {key}".casefold())
        hits += [Hit(kind="segment", name=title, link=f"/segments/{key}") for title, key in named[:MOST]]
        traits = await run_in_threadpool(counted.traits, desk, who)
        called = sorted((trait_says.title(one, said), key) for key, one in traits.items())
        found = [Hit(kind="trait", name=title, link=f"/traits/{key}") for title, key in called
                 if word in f"{title} {key}".casefold()]  # fmt: skip
        hits += found[:MOST]
    if who.may(Right.SEE_CUSTOMERS):
        people = await customer.search(desk, asked, brands=who.brands)
        hits += [
            Hit(kind="person", name=one.name or one.profile_id, link=f"/customers/{one.profile_id}")
            for one in people[:MOST]
        ]
    return hits


def _scenarios(desk: Desk, who: Principal, word: str) -> list[Hit]:
    with desk.state.read() as connection:
        names = scenario_reach.names(connection, who)
    return [
        Hit(kind="scenario", name=name, link=f"/scenarios/{quote(name, safe='')}")
        for name in sorted(names)
        if word in name.casefold()
    ]
