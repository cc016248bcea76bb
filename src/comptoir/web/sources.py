"""Sources: where events come from, their keys, and the snippet that goes into a site."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.keys import BadName, BadOrigin, NoSuchSource, Source, SourceExists
from comptoir.access.roles import Principal, Right
from comptoir.clock import RealClock
from comptoir.collect.tracker import script
from comptoir.sources import history
from comptoir.sources.history import Import
from comptoir.web import charts, imports, pulls
from comptoir.web.routes import get, post, tell
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, render, speech_of, who_asks

HOURS = 24
QUIET = timedelta(days=1)
"""Silence after which a source that has sent before is worth a look."""
MOST_RATE = 1_000_000
_NO_ROWS: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A source and what it sends."""

    source: Source
    last_at: datetime | None
    silence: timedelta | None
    is_quiet: bool
    day_count: int
    week_count: int
    week_refused: int
    hours: Markup
    """Its last day as a spark-line."""

    @property
    def refused_share(self) -> float:
        """Give the share of what it sent in a week that was refused, 0–1."""
        return self.week_refused / max(1, self.week_refused + self.week_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The list of sources, and the latest imports."""

    lines: tuple[Line, ...]
    imports: tuple[Import, ...]
    pulls: tuple[pulls.Line, ...]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What somebody entered of a source, and what is wrong with it: field → words."""

    name: str = ""
    brand: str = ""
    origins: str = ""
    rate_per_second: str = ""
    rate_burst: str = ""
    accepts_claimed_orders: bool = False
    errors: Mapping[str, str]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/sources", page, Right.RUN),
        get("/sources/new", new_page, Right.RUN),
        post("/sources/new", make, Right.RUN, deed=Deed.SOURCE_ADDED),
        get("/sources/source/{name:path}", source_page, Right.RUN),
        post("/sources/change", change, Right.RUN, deed=Deed.SOURCE_CHANGED),
        post("/sources/switch", switch, Right.RUN, deed=Deed.SOURCE_SWITCHED),
        post("/sources/renew", renew, Right.RUN, deed=Deed.SOURCE_KEY),
        post("/sources/end-key", end_key, Right.RUN, deed=Deed.SOURCE_KEY),
        *imports.routes(),
        *pulls.routes(),
    ]


async def page(request: Request) -> Response:
    """Answer the list."""
    return render(request, "sources", "sources", {"overview": await load(desk_of(request), request)})


async def load(desk: Desk, request: Request) -> Overview:
    """Gather the list. Raises: EngineUnreachable, EngineSilent."""
    who, said, now = who_asks(request), speech_of(request), desk.clock.now()
    figures, hours, listed, taken, fetched = await asyncio.gather(
        desk.report("sources_figures", now=desk.now_micros()),
        desk.report("sources_hours", now=desk.now_micros()),
        run_in_threadpool(_own, desk, who),
        run_in_threadpool(_imports, desk, who),
        run_in_threadpool(pulls.lines, desk, who),
    )
    by_source = {row["source"]: row for row in figures}
    return Overview(
        lines=tuple(_line(one, by_source.get(one.name, {}), hours, now, said) for one in listed),
        imports=tuple(taken),
        pulls=tuple(fetched),
        now=now,
    )


def _own(desk: Desk, who: Principal) -> list[Source]:
    return [one for one in keys.list_sources(desk.state) if not who.brands or one.brand in who.brands]


def _imports(desk: Desk, who: Principal) -> list[Import]:
    with desk.state.read() as connection:
        return history.listing(connection, machine_now=RealClock().now(), brands=who.brands, most=imports.LATEST)


def _line(
    source: Source, row: Mapping[str, Any], hours: Sequence[Mapping[str, Any]], now: datetime, said: Speech
) -> Line:
    counted = {one["hours_ago"]: one["event_count"] for one in hours if one["source"] == source.name}
    figures = [counted.get(ago, 0) for ago in range(HOURS - 1, -1, -1)]
    last_at = row["last_at"].replace(tzinfo=UTC) if row.get("last_at") else None
    silence = None if last_at is None else now - last_at
    return Line(
        source=source,
        last_at=last_at,
        silence=silence,
        is_quiet=source.is_enabled and silence is not None and silence > QUIET,
        day_count=row.get("day_count", 0),
        week_count=row.get("week_count", 0),
        week_refused=row.get("week_refused", 0),
        hours=charts.spark(figures, said("sources.hours", figures=", ".join(map(said.number, figures)))),
    )


# ── one source ──


async def source_page(request: Request) -> Response:
    """Answer the page of one source."""
    return await _show(request, await run_in_threadpool(_find, desk_of(request), request, request.path_params["name"]))


async def _show(
    request: Request,
    source: Source,
    *,
    entered: Entered | None = None,
    secret_key: str = "",
    is_new: bool = False,
) -> Response:
    desk, said = desk_of(request), speech_of(request)
    if is_new:  # nothing can have come yet
        figures, hours, refusals = _NO_ROWS, _NO_ROWS, _NO_ROWS
    else:
        figures, hours, refusals = await asyncio.gather(
            desk.report("sources_figures", now=desk.now_micros()),
            desk.report("sources_hours", now=desk.now_micros()),
            desk.report("sources_refusals", source=source.name, now=desk.now_micros()),
        )
    row = next((one for one in figures if one["source"] == source.name), {})
    context = {
        "line": _line(source, row, hours, desk.clock.now(), said),
        "refusals": refusals,
        "entered": entered or _entered_of(source),
        "door_url": door_url(desk),
        "snippet": script.snippet(source.write_key, door_url(desk)),
        "secret_key": secret_key,
        "is_new": is_new,
        "overlap_days": keys.OVERLAP.days,
        "living": await run_in_threadpool(_living, desk, source.name),
    }
    return render(request, "sources", "source", context, status_code=422 if entered else 200)


def _living(desk: Desk, name: str) -> list[keys.Key]:
    now = desk.clock.now()
    return [one for one in keys.list_keys(desk.state, name) if one.expires_at is None or one.expires_at > now]


def door_url(desk: Desk) -> str:
    """Give where browsers reach the door."""
    door = desk.settings.door
    return door.public_url or f"http://{door.host}:{door.port}"


def _find(desk: Desk, request: Request, name: str) -> Source:
    """Give a source that the visitor may see. Raises: NoSuchSource."""
    found = next((one for one in _own(desk, who_asks(request)) if one.name == name), None)
    if found is None:
        raise NoSuchSource(name=name)
    return found


def _entered_of(source: Source) -> Entered:
    return Entered(
        name=source.name,
        brand=source.brand,
        origins="\n".join(source.origins),
        rate_per_second=f"{source.rate_per_second:g}" if source.rate_per_second else "",
        rate_burst=str(source.rate_burst) if source.rate_per_second and source.rate_burst else "",
        accepts_claimed_orders=source.accepts_claimed_orders,
        errors={},
    )


# ── making and changing ──


async def new_page(request: Request) -> Response:
    """Answer the form of a new source."""
    return _ask_new(request, Entered(errors={}))


async def make(request: Request, form: FormData) -> Response:
    """Make a source, and show its keys: the secret one this once."""
    desk, entered = desk_of(request), read(request, form)
    who_asks(request).check_brand(entered.brand)
    if entered.errors:
        return _ask_new(request, entered)
    try:
        made = await run_in_threadpool(
            keys.add_source, desk.state, name=entered.name, brand=entered.brand, now=desk.clock.now(), **_told(entered)
        )
    except (SourceExists, BadName, BadOrigin) as error:
        return _ask_new(request, _with_error(request, entered, error.code))
    await run_in_threadpool(lambda: desk.app().publish())
    source = await run_in_threadpool(_find, desk, request, made.name)
    tell(request, brand=source.brand)
    return await _show(request, source, secret_key=made.secret_key, is_new=True)


async def change(request: Request, form: FormData) -> Response:
    """Change what a source may do."""
    desk, entered = desk_of(request), read(request, form)
    source = await run_in_threadpool(_find, desk, request, entered.name)
    if entered.errors:
        return await _show(request, source, entered=entered)
    try:
        await run_in_threadpool(keys.change_source, desk.state, source.name, **_told(entered))
    except BadOrigin as error:
        return await _show(request, source, entered=_with_error(request, entered, error.code))
    await run_in_threadpool(lambda: desk.app().publish())
    tell(request, brand=source.brand)
    return go(address(source.name), done="source.changed")


async def switch(request: Request, form: FormData) -> Response:
    """Open or close a source."""
    desk, is_enabled = desk_of(request), form.get("open") == "yes"
    source = await run_in_threadpool(_find, desk, request, str(form.get("name", "")))
    await run_in_threadpool(keys.enable_source, desk.state, source.name, is_enabled=is_enabled)
    await run_in_threadpool(lambda: desk.app().publish())
    tell(request, brand=source.brand)
    return go(address(source.name), done="source.opened" if is_enabled else "source.closed")


async def renew(request: Request, form: FormData) -> Response:
    """Make another key of a kind; a secret one is shown this once."""
    desk = desk_of(request)
    source = await run_in_threadpool(_find, desk, request, str(form.get("name", "")))
    kind: Literal["write", "secret"] = "secret" if form.get("kind") == "secret" else "write"
    key = await run_in_threadpool(keys.renew_key, desk.state, source.name, kind, now=desk.clock.now())
    await run_in_threadpool(lambda: desk.app().publish())
    tell(request, about=f"{source.name} {kind}", brand=source.brand)
    if kind == "write":
        return go(address(source.name), done="source.renewed")
    return await _show(request, await run_in_threadpool(_find, desk, request, source.name), secret_key=key)


async def end_key(request: Request, form: FormData) -> Response:
    """End a key at once."""
    desk = desk_of(request)
    source = await run_in_threadpool(_find, desk, request, str(form.get("name", "")))
    key_id = str(form.get("key_id", ""))
    await run_in_threadpool(keys.end_key, desk.state, source.name, key_id, now=desk.clock.now())
    await run_in_threadpool(desk.app().publish)
    return go(address(source.name), done="source.key_ended")


def address(name: str) -> str:
    """Give the address of a source's page."""
    return f"/sources/source/{quote(name)}"


def read(request: Request, form: FormData) -> Entered:
    """Read what was entered, with the words for what is wrong."""
    said = speech_of(request)
    rate, burst = (str(form.get(name, "")).strip() for name in ("rate_per_second", "rate_burst"))
    name, brand = (str(form.get(one, "")).strip() for one in ("name", "brand"))
    wrong = {
        "name": not name,
        "brand": not brand,
        "rate_per_second": bool(rate) and not _is_count(rate),
        "rate_burst": bool(burst) and not _is_count(burst),
    }
    return Entered(
        name=name,
        brand=brand,
        origins=str(form.get("origins", "")),
        rate_per_second=rate,
        rate_burst=burst,
        accepts_claimed_orders=form.get("accepts_claimed_orders") == "yes",
        errors={one: said(_WRONG[one]) for one, is_wrong in wrong.items() if is_wrong},
    )


_WRONG = {
    "name": "sources.wrong.name",
    "brand": "sources.wrong.brand",
    "rate_per_second": "sources.wrong.count",
    "rate_burst": "sources.wrong.count",
    "source_exists": "sources.wrong.taken",
    "bad_name": "sources.wrong.name",
    "bad_origin": "sources.wrong.origin",
}
_FIELD_OF = {"source_exists": "name", "bad_name": "name", "bad_origin": "origins"}


def _with_error(request: Request, entered: Entered, code: str) -> Entered:
    return Entered(
        name=entered.name,
        brand=entered.brand,
        origins=entered.origins,
        rate_per_second=entered.rate_per_second,
        rate_burst=entered.rate_burst,
        accepts_claimed_orders=entered.accepts_claimed_orders,
        errors={_FIELD_OF[code]: speech_of(request)(_WRONG[code])},
    )


def _told(entered: Entered) -> dict[str, Any]:
    return {
        "origins": entered.origins.split(),
        "rate_per_second": float(entered.rate_per_second or 0),
        "rate_burst": int(entered.rate_burst or 0),
        "accepts_claimed_orders": entered.accepts_claimed_orders,
    }


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8 and 0 < int(text) <= MOST_RATE


def _ask_new(request: Request, entered: Entered) -> Response:
    context = {"entered": entered}
    return render(request, "sources", "source_new", context, status_code=422 if entered.errors else 200)
