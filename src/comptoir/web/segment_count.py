"""How many people a rule finds now: asked with a limit of time, its cost told first, never waited for in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from comptoir.access.roles import Principal
from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.reports.ask import QueryTimedOut
from comptoir.reports.service import EngineSilent, EngineUnreachable
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.parse import Definition
from comptoir.web import called, segment_reach, segment_says
from comptoir.web.customer_head import path_of as customer_path
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, speech_of, who_asks

SECONDS = 2.0
"""How long a count may take unasked."""
SURE_SECONDS = 30.0
"""How long after somebody has agreed to wait."""
SAMPLE = 10
MOST_OVERLAPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """One of the people of a segment."""

    link: str
    name: str
    beside: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What a segment has in common with another. `share` of the people here, 0–1."""

    title: str
    link: str
    both: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many people a rule finds; `number` is None where it was not counted. Units: seconds."""

    number: int | None = None
    total: int = 0
    as_of: datetime | None = None
    seconds: float = 0.0
    limit: float = SECONDS
    rows: int = 0
    is_heavy: bool = False
    """Whether it was not counted because it would cost much."""
    is_late: bool = False
    """Whether counting was stopped at the limit."""
    is_old: bool = False
    """Whether the figure is of the published rule, or of an earlier moment."""
    wrong: str = ""
    people: Sequence[Somebody] = ()
    overlaps: Sequence[Overlap] = ()

    @property
    def share(self) -> float:
        """The share of all people known, 0–1."""
        return (self.number or 0) / self.total if self.total else 0.0


async def rows_of(desk: Desk, do: str, **asked: object) -> list[dict[str, Any]]:
    """Ask the engine about segments (`segments.answers`). Raises: what the engine says."""
    table = await run_in_threadpool(desk.ask, {"kind": "segment", "do": do, **asked})
    found: list[dict[str, Any]] = table.to_pylist()
    return found


async def count(request: Request, text: str, *, name: str = "", is_sure: bool = False) -> Count:
    """Count the people that a rule finds; what is dear is not counted before somebody agrees."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    if not segment_reach.may_change(segment_says.read(text), who):
        return Count(wrong=said("segment.not_yours"))
    about = {"definition": text, "brands": sorted(who.brands)}
    limit = SURE_SECONDS if is_sure else SECONDS
    try:
        if not is_sure:
            (cost,) = await rows_of(desk, "cost", **about)
            if cost["is_heavy"]:
                kept = await _kept(desk, who, name)
                return replace(kept, is_heavy=True, rows=cost["rows"], seconds=cost["seconds"])
        (found,) = await rows_of(desk, "count", **about, seconds=limit)
    except QueryTimedOut:
        return replace(await _kept(desk, who, name), is_late=True, limit=limit)
    except (EngineUnreachable, EngineSilent):
        return Count(wrong=said("segments.away"))
    except ComptoirError as error:
        return Count(wrong=said.known("wrong", error.code))
    people, overlaps = await asyncio.gather(
        sample(desk, who, said, definition=text), overlaps_of(desk, who, said, definition=text, name=name)
    )
    return Count(
        number=found["number"], total=found["total"], as_of=instant(found["as_of"]), seconds=found["seconds"],
        people=people, overlaps=overlaps,
    )  # fmt: skip


async def _kept(desk: Desk, who: Principal, name: str) -> Count:
    """Give the count of the published rule as the engine keeps it; that is told as an old one."""
    if not name:
        return Count()
    found = await rows_of(desk, "sizes", segments=[name], brands=sorted(who.brands))
    if not found:
        return Count()
    return Count(number=found[0]["number"], as_of=instant(found[0]["as_of"]), is_old=True)


async def sample(desk: Desk, who: Principal, said: Speech, **of: object) -> list[Somebody]:
    """Give some people of a segment."""
    found = await rows_of(desk, "sample", brands=sorted(who.brands), limit=SAMPLE, **of)
    return await run_in_threadpool(named, desk, said, [row["profile_id"] for row in found])


def named(desk: Desk, said: Speech, profile_ids: Collection[str]) -> list[Somebody]:
    """Name people, with how they are known. Order: as given."""
    with desk.state.read() as connection:
        found = called.sketch(desk, connection, list(profile_ids))
    return [
        Somebody(
            link=customer_path(one),
            name=found[one].name,
            beside=said("live.nobody") if found[one].is_anonymous else "",
        )
        for one in profile_ids
        if one in found
    ]


async def overlaps_of(desk: Desk, who: Principal, said: Speech, *, name: str, **of: object) -> list[Overlap]:
    """Say what a segment has in common with the live ones. Order: most first."""
    found = await rows_of(desk, "overlap", brands=sorted(who.brands), **of)
    titles = await run_in_threadpool(titles_of, desk, who, said)
    made = [
        Overlap(
            title=titles[row["segment"]],
            link=f"/segments/{row['segment']}",
            both=row["both"],
            share=row["both"] / row["mine"] if row["mine"] else 0.0,
        )
        for row in found
        if row["segment"] in titles and row["segment"] != name and row["both"]
    ]
    return sorted(made, key=lambda one: (-one.both, one.title))[:MOST_OVERLAPS]


def titles_of(desk: Desk, who: Principal, said: Speech) -> Mapping[str, str]:
    """Say what the segments are called that somebody may see."""
    with desk.state.read() as connection:
        shelf = SEGMENTS.listing(connection)
    found: Iterable[Definition] = (segment_says.read(one.text) for one in shelf)
    return {one.key: segment_says.title(one, said) for one in found if segment_reach.may_see(one, who)}
