"""Scenarios: those of the shop with what they bring, and the library to begin from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Principal, Right
from comptoir.grammar.fields import Map
from comptoir.scenarios import definitions, drafts, edit, standing
from comptoir.scenarios.parse import EVERY_BRAND, Definition, parse
from comptoir.state.drafts import Draft
from comptoir.web import (
    scenario_dryrun,
    scenario_editor,
    scenario_figures,
    scenario_people,
    scenario_reach,
    scenario_telling,
    scenario_versions,
)
from comptoir.web.routes import get, post
from comptoir.web.scenario_editor import path_of
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, render, speech_of, who_asks

STATES = ("live", "paused", "draft", "archived")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A scenario of the shop. Units: people now; messages and orders of the last 30 days; revenue in minor units."""

    name: str
    title: str
    state: str
    version: int
    has_draft: bool
    starts: str
    people: int
    sent: int = 0
    orders: int = 0
    revenue: Sequence[tuple[int, str]] = field(default=())
    changed_at: datetime
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A scenario of the library."""

    name: str
    title: str
    says: str
    is_used: bool
    link: str


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/scenarios", page, Right.CAMPAIGN),
        post("/scenarios", begin, Right.CAMPAIGN, deed=None),
        *scenario_dryrun.routes(),
        *scenario_versions.routes(),
        *scenario_people.routes(),
        *scenario_editor.routes(),
    ]


async def page(request: Request) -> Response:
    """Answer the gallery."""
    return await _gallery(request)


async def begin(request: Request, form: FormData) -> Response:
    """Begin a scenario: from the library, or from nothing under a name of its own."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    shelf = definitions.shipped()
    chosen, title = str(form.get("library", "")), str(form.get("title", "")).strip()[:_LONGEST_NAME]
    if chosen in shelf:
        text = mine(shelf[chosen], who)
    elif title:
        text = blank(slug(title), title, who)
    else:
        return await _gallery(request, wrong=said("scenarios.new.missing"), status=422)
    try:
        draft = await run_in_threadpool(begin_draft, desk, text, who)
    except drafts.NameTaken as error:
        taken = str(error.facts.get("scenario", ""))
        return await _gallery(request, wrong=said("scenarios.new.taken", name=taken), title=title, status=422)
    return go(path_of(draft.key), done="scenario.begun")


def begin_draft(desk: Desk, text: str, who: Principal) -> Draft:
    """Begin a scenario as a draft. Raises: NameTaken, BadDefinition."""
    with desk.state.write() as connection:
        return drafts.begin(connection, text, desk.clock.now(), by=who.name)


def mine(text: str, who: Principal) -> str:
    """Give a definition for the visitor's brands: its own, unless she has all."""
    if not who.brands:
        return text
    return edit.write(edit.with_parts(edit.read(text), {"brands": sorted(who.brands)}))


def blank(name: str, title: str, who: Principal) -> str:
    """Give a definition to begin from nothing with."""
    brands = sorted(who.brands) or [EVERY_BRAND]
    step = Map({"wait": Map({"key": "wait", "for": "1 day"})})
    document = Map(
        {
            "format": 2, "scenario": name, "version": 1, "title": Map({"fr": title, "en": title}), "brands": brands,
            "control_share": "0.1", "trigger": Map({"events": ["Product Viewed"], "key": "person"}), "steps": [step],
        }
    )  # fmt: skip
    return edit.write(document)


def from_segment(name: str, title: str, segment: str, brand: str | None, who: Principal) -> str:
    """Give a definition that starts when somebody enters a segment, to go on from."""
    brands = [brand] if brand else sorted(who.brands) or [EVERY_BRAND]
    document = edit.read(blank(name, title, who))
    starts = Map({"segment": segment, "when": "entered"})
    return edit.write(edit.with_parts(document, {"brands": brands, "trigger": starts}))


def slug(title: str) -> str:
    """Make a scenario's name of its title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "scenario"


async def _gallery(request: Request, *, wrong: str = "", title: str = "", status: int = 200) -> Response:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    asked = request.query_params.get("q", "").strip()[:100]
    state = request.query_params.get("state", "")
    state = state if state in STATES else ""
    rows = await scenario_figures.steps(desk, brands=who.brands, since=scenario_figures.since(desk))
    tiles = await run_in_threadpool(_tiles, desk, who, said, _by_scenario(rows))
    names = {one.name for one in tiles}
    word = asked.casefold()
    context = {
        "tiles": [
            one for one in tiles
            if state in {"", one.state} and (state or one.state != "archived")
            and (word in one.title.casefold() or word in one.name.casefold())
        ],
        "library": [one for one in _library(said, names) if word in f"{one.title} {one.says}".casefold()],
        "asked": asked,
        "state": state,
        "states": [one for one in STATES if any(tile.state == one for tile in tiles)],
        "is_empty": not tiles,
        "days": scenario_figures.DAYS,
        "wrong": wrong,
        "title": title,
    }  # fmt: skip
    return render(request, "scenarios", "scenarios", context, status_code=status)


def _by_scenario(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        mine = found.setdefault(row["scenario"], {"sent": 0, "orders": 0, "revenue": {}})
        mine["sent"] += row["sent_count"]
        mine["orders"] += row["order_count"]
        if row["currency"]:
            mine["revenue"][row["currency"]] = mine["revenue"].get(row["currency"], 0) + row["revenue_minor"]
    return found


def _tiles(desk: Desk, who: Principal, said: Speech, brought: Mapping[str, Mapping[str, Any]]) -> list[Tile]:
    with desk.state.read() as connection:
        people = standing.in_them(connection, brands=who.brands)
        shelf = drafts.shelf(connection)
    found = []
    for one in shelf:
        definition = parse(one.text)
        if not scenario_reach.may_see(definition, who):
            continue
        mine = brought.get(one.key, {"sent": 0, "orders": 0, "revenue": {}})
        found.append(
            Tile(
                name=one.key, title=scenario_telling.title(definition, said), state=one.state,
                version=one.live_version, has_draft=one.has_draft and one.live_version > 0,
                starts=scenario_telling.trigger(definition.trigger, said), people=people.get(one.key, 0),
                sent=mine["sent"], orders=mine["orders"],
                revenue=[(amount, currency) for currency, amount in sorted(mine["revenue"].items())],
                changed_at=one.changed_at, link=path_of(one.key),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (STATES.index(one.state), one.title.casefold()))


@cache
def _shipped(text: str) -> Definition:
    """Read a text of the library, which never changes."""
    return parse(text)


def _library(said: Speech, names: set[str]) -> list[Shelved]:
    found = []
    for name, text in definitions.shipped().items():
        definition = _shipped(text)
        found.append(
            Shelved(
                name=name, title=scenario_telling.title(definition, said), says=said(f"scenarios.library.{name}"),
                is_used=name in names, link=path_of(name),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: one.title.casefold())
