"""Pressure: the rules of contact of each brand, how much people bear by them, and who displaces whom."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.keys import Brand
from comptoir.access.roles import Principal, Right
from comptoir.clock import micros
from comptoir.pressure import conflicts, policies
from comptoir.pressure.caps import EVERY_BRAND, Cap, Policy, policy_of
from comptoir.pressure.conflicts import Conflict
from comptoir.reports import export
from comptoir.web import called, charts, pressure_policy, scenario_names
from comptoir.web.pressure_words import cap_in_words, in_words
from comptoir.web.routes import get
from comptoir.web.speech import Speech
from comptoir.web.view import HEADERS, Desk, desk_of, own_brands, render, speech_of, who_asks
from comptoir.web.visit import Period, Scope

MOST_MESSAGES = 6
"""So many messages a week, or more, are one bar."""
MOST_NEAR = 12
"""People shown who are near a cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The rules that hold for a brand."""

    brand: str
    """`*` for the brands that have none of their own."""
    version: int
    """0 where the settings hold."""
    published_at: datetime | None
    published_by: str
    sentences: Sequence[str]
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """People who got so many messages in a week."""

    message_count: int
    is_more: bool
    person_weeks: int
    share: float
    tired_count: int
    tired_share: float
    worth: Sequence[tuple[str, int]]
    """Currency, and what one of them bought that week on average, in minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A cap, and who is near it."""

    brand: str
    words: str
    at_most: int
    full_count: int
    near_count: int
    people: Sequence[tuple[str, str, int, datetime]]
    """Number, name, messages, the last one."""


def routes() -> list[BaseRoute]:
    """Give the routes of this page and of those below it."""
    return [get("/pressure", page, Right.CAMPAIGN), *pressure_policy.routes()]


async def page(request: Request) -> Response:
    """Answer the page."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    scope = desk.scope(request, default=Period.QUARTER)
    brands = _brands(own_brands(request), scope)
    weeks, held, rivals, names, near = await asyncio.gather(
        _week_rows(desk, scope),
        run_in_threadpool(_held, desk, said, brands, who),
        run_in_threadpool(_conflicts, desk, scope),
        run_in_threadpool(scenario_names.load, desk, said),
        near_caps(desk, said, brands, who),
    )
    if request.query_params.get("format") == "csv":
        return _csv(weeks, said("pressure.weeks.file"))
    counted = _weeks(weeks)
    context = {
        "held": held,
        "weeks": counted,
        "picture": _picture(said, counted),
        "conflicts": rivals,
        "looked_back": conflicts.LOOKED_BACK,
        "near": near,
        "most_near": MOST_NEAR,
        "every": EVERY_BRAND,
        "names": names,
    }
    return render(request, "pressure", "pressure", context, scope=scope)


def _csv(rows: Sequence[Mapping[str, Any]], name: str) -> Response:
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}.csv"'}
    body = b"".join(export.as_csv(pa.Table.from_pylist([dict(row) for row in rows], schema=_CSV)))
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


_CSV = pa.schema(
    [
        ("message_count", pa.int64()),
        ("person_weeks", pa.int64()),
        ("tired_count", pa.int64()),
        ("currency", pa.string()),
        ("amount_minor", pa.int64()),
    ]
)
"""What the file of weeks holds: one row a number of messages and currency."""


def _policies(desk: Desk) -> Mapping[str, Policy]:
    with desk.state.read() as connection:
        return policies.load(connection)


def _brands(brands: Sequence[Brand], scope: Scope) -> list[str]:
    """Give the brands that the page is about."""
    return [one.name for one in brands if not scope.brands or one.name in scope.brands]


def _held(desk: Desk, said: Speech, brands: Sequence[str], who: Principal) -> list[Held]:
    with desk.state.read() as connection:
        newest = {one.brand: one for one in reversed(policies.listing(connection))}
        own = policies.load(connection)
    found = []
    for brand in [*([] if who.brands else [EVERY_BRAND]), *(one for one in brands if one in own)]:
        published = newest.get(brand)
        found.append(
            Held(
                brand=brand,
                version=published.version if published else 0,
                published_at=published.published_at if published else None,
                published_by=published.published_by if published else "",
                sentences=in_words(said, own.get(brand) or policy_of(desk.settings.pressure)),
                link=pressure_policy.address_of(brand),
            )
        )
    without = [one for one in brands if one not in own]
    if who.brands:
        default = own.get(EVERY_BRAND) or policy_of(desk.settings.pressure)
        found += [
            Held(
                brand=one, version=0, published_at=None, published_by="", sentences=in_words(said, default),
                link=pressure_policy.address_of(one),
            )
            for one in without
        ]  # fmt: skip
    return found


def _conflicts(desk: Desk, scope: Scope) -> list[Conflict]:
    with desk.state.read() as connection:
        return conflicts.displaced(connection, brands=scope.brands)


async def weeks_of(desk: Desk, scope: Scope) -> list[Week]:
    """Count people by the messages they got in a week. Order: fewest messages first. Raises: EngineUnreachable."""
    return _weeks(await _week_rows(desk, scope))


async def _week_rows(desk: Desk, scope: Scope) -> list[dict[str, Any]]:
    return await desk.report(
        "pressure_weeks", since_at=micros(scope.since), until_at=micros(scope.until), brands=list(scope.brands),
        most=MOST_MESSAGES,
    )  # fmt: skip


def _weeks(rows: Sequence[Mapping[str, Any]]) -> list[Week]:
    by_count: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_count.setdefault(row["message_count"], []).append(row)
    total = sum(own[0]["person_weeks"] for own in by_count.values())
    return [
        Week(
            message_count=count,
            is_more=count == MOST_MESSAGES,
            person_weeks=own[0]["person_weeks"],
            share=own[0]["person_weeks"] / total,
            tired_count=own[0]["tired_count"],
            tired_share=own[0]["tired_count"] / own[0]["person_weeks"],
            worth=[
                (row["currency"], round(row["amount_minor"] / own[0]["person_weeks"])) for row in own if row["currency"]
            ],
        )
        for count, own in sorted(by_count.items())
    ]


def _picture(said: Speech, weeks: Sequence[Week]) -> Markup:
    return charts.histogram(
        [
            (f"{week.message_count}{'+' if week.is_more else ''}", week.person_weeks, said.percent(week.share))
            for week in weeks
        ],
        says=said("pressure.weeks.picture"),
    )


async def near_caps(desk: Desk, said: Speech, brands: Sequence[str], who: Principal) -> list[Near]:
    """
    Tell of each cap of these brands who has had as many messages as it allows, or one fewer.

    Raises: EngineUnreachable, EngineSilent.
    """
    own = await run_in_threadpool(_policies, desk)
    default = own.get(EVERY_BRAND) or policy_of(desk.settings.pressure)
    # a cap that counts every brand's messages says the same of all brands that have it: it is told once
    caps: dict[tuple[Cap, str], list[str]] = {}
    for brand in brands:
        for cap in own.get(brand, default).caps:
            if cap.tag is None and not cap.is_revealing and cap.count:
                caps.setdefault((cap, "" if cap.across_brands else brand), []).append(brand)
    return await asyncio.gather(*(_near(desk, said, holders, cap, who) for (cap, _), holders in caps.items()))


async def _near(desk: Desk, said: Speech, brands: Sequence[str], cap: Cap, who: Principal) -> Near:
    # a cap over all brands counts all of them; somebody who is for some is shown what these alone sent
    counted = sorted(who.brands) if cap.across_brands else list(brands)
    rows = await desk.report(
        "pressure_near",
        since_at=micros(desk.clock.now() - cap.window),
        at_most=cap.count,
        channel=cap.channel or "",
        brands=counted,
        most=MOST_NEAR,
    )
    names = await run_in_threadpool(_names, desk, [row["profile_id"] for row in rows])
    return Near(
        brand=", ".join(brands),
        words=cap_in_words(said, cap),
        at_most=cap.count,
        full_count=rows[0]["full_count"] if rows else 0,
        near_count=rows[0]["near_count"] if rows else 0,
        people=[(row["profile_id"], names[row["profile_id"]], row["message_count"], row["last_at"]) for row in rows],
    )


def _names(desk: Desk, profile_ids: Sequence[str]) -> dict[str, str]:
    with desk.state.read() as connection:
        found = called.sketch(desk, connection, profile_ids)
    return {one: (found[one].name if one in found else "") or one for one in profile_ids}
