"""One segment that is followed: how it grows, who came and left, what it shares with others, and its list to take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.reports import export
from comptoir.segments.parse import Definition
from comptoir.segments.traits.definition import Trait
from comptoir.state.shelf import DefinitionNotFound
from comptoir.web import (
    called,
    charts,
    counted,
    scenarios,
    segment_count,
    segment_editor,
    segment_reach,
    segment_says,
    segment_uses,
)
from comptoir.web.routes import get, post, tell
from comptoir.web.scenario_editor import path_of as scenario_path
from comptoir.web.segment_count import Overlap, Somebody
from comptoir.web.segment_editor import Shown, path_of
from comptoir.web.speech import Speech
from comptoir.web.view import HEADERS, Desk, desk_of, go, render, speech_of, who_asks

DAYS = 30
MOST_MOVES = 20
BATCH = 5_000
"""People of a list that are read at a time."""
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Somebody who entered or left."""

    link: str
    name: str
    change: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the page shows."""

    home: str
    title: str
    description: str
    shown: Shown
    people: int | None
    total: int
    share: float
    change: int | None
    entered: int
    left: int
    span: int
    days: Sequence[tuple[date, int]]
    trend: Markup
    moves: Sequence[Move]
    sample: Sequence[Somebody]
    overlaps: Sequence[Overlap]
    used: Sequence[tuple[str, str, str]]
    """What stands on it: its kind, its name, its address."""
    words: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, str]]
    wrong: str
    may_name: bool
    may_take: bool


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/segments/{name}", page, Right.CAMPAIGN),
        get("/segments/{name}/members.{kind}", members, Right.CAMPAIGN, deed=Deed.SEGMENT_EXPORTED),
        post("/segments/{name}/scenario", to_scenario, Right.CAMPAIGN, deed=Deed.SCENARIO_DRAFTED),
    ]


def week(days: Sequence[int]) -> int | None:
    """Say by how much a count has changed over seven days; None where it is not followed for so long."""
    return days[-1] - days[-1 - _WEEK] if len(days) > _WEEK else None


async def page(request: Request) -> Response:
    """Answer the page; of a segment that was never published, its rule."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(segment_editor.load, desk, name, who, live=True)
    if not shown.draft.live_version:
        return go(f"{path_of(name)}/rule")
    figures, wrong = Figures(), ""
    try:
        figures = await _figures(desk, who, said, name)
    except ComptoirError:
        wrong = said("segments.away")
    definition = shown.live or shown.definition
    used = await run_in_threadpool(used_by, desk, who, said, name)
    counts = [number for _, number in figures.days]
    shown_days = [(said.day(day), number) for day, number in figures.days]
    context = Page(
        home=path_of(name), title=segment_says.title(definition, said),
        description=segment_says.description(definition, said), shown=shown, people=figures.people,
        total=figures.total, share=(figures.people or 0) / figures.total if figures.total else 0.0,
        change=week(counts), entered=figures.entered, left=figures.left, span=DAYS, days=figures.days,
        trend=charts.trend(shown_days, said.number, said("segment.trend")), moves=figures.moves,
        sample=figures.sample, overlaps=figures.overlaps, used=used, words=segment_says.words(definition, said),
        facts=segment_says.facts(definition, shown.draft.live_version, said), wrong=wrong,
        may_name=who.may(Right.SEE_CUSTOMERS), may_take=who.may(Right.CAMPAIGN),
    )  # fmt: skip
    return render(request, "segments", "segment", {"page": context})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the engine knows of a segment that is followed."""

    people: int | None = None
    total: int = 0
    entered: int = 0
    left: int = 0
    days: Sequence[tuple[date, int]] = ()
    moves: Sequence[Move] = ()
    sample: Sequence[Somebody] = ()
    overlaps: Sequence[Overlap] = ()


async def _figures(desk: Desk, who: Principal, said: Speech, name: str) -> Figures:
    about = {"segment": name, "brands": sorted(who.brands)}
    sizes, days, changes, people, overlaps = await asyncio.gather(
        segment_count.rows_of(desk, "sizes", segments=[name], brands=sorted(who.brands)),
        segment_count.rows_of(desk, "history", **about, days=DAYS),
        segment_count.rows_of(desk, "changes", **about, days=DAYS, limit=MOST_MOVES),
        segment_count.sample(desk, who, said, segment=name),
        segment_count.overlaps_of(desk, who, said, segment=name, name=name),
    )
    size: Mapping[str, Any] = sizes[0] if sizes else {"number": None, "total": 0, "entered": 0, "exited": 0}
    return Figures(
        people=size["number"], total=size["total"], entered=size["entered"], left=size["exited"],
        days=[(row["day"], row["number"]) for row in days], sample=people, overlaps=overlaps,
        moves=await run_in_threadpool(_moves, desk, changes),
    )  # fmt: skip


def _moves(desk: Desk, rows: Sequence[Mapping[str, Any]]) -> list[Move]:
    with desk.state.read() as connection:
        found = called.sketch(desk, connection, [row["profile_id"] for row in rows])
    return [
        Move(
            link=f"/customers/{row['profile_id']}", name=found[row["profile_id"]].name, change=row["change"],
            at=instant(row["at"]),
        )
        for row in rows
        if row["profile_id"] in found
    ]  # fmt: skip


def used_by(desk: Desk, who: Principal, said: Speech, name: str) -> list[tuple[str, str, str]]:
    """List what stands on a segment: its kind, its name and its address. Order: by kind, then by name."""
    with desk.state.read() as connection:
        found = segment_uses.used_by(connection, name)
    titles = segment_count.titles_of(desk, who, said)
    homes = {"segment": "/segments/", "scenario": "/scenarios/", "trait": "/segments/traits/"}
    return sorted((kind, titles.get(key, key), f"{homes.get(kind, '/')}{key}") for kind, key in found)


# ── the list, to take away ──


async def members(request: Request) -> Response:
    """Answer everybody in a segment as CSV or Parquet, as fast as it is read."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(segment_editor.load, desk, name, who, live=True)
    kind = request.path_params["kind"]
    if kind not in {"csv", "parquet"} or not shown.draft.live_version:
        raise DefinitionNotFound(kind="segment", key=name[:63])
    tell(request, about=name, brand=(shown.live or shown.definition).brand)
    media = "text/csv; charset=utf-8" if kind == "csv" else "application/vnd.apache.parquet"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{said("segments.file")}-{name}.{kind}"'}
    columns = await run_in_threadpool(_columns, desk, who, shown.live or shown.definition)
    batches = _batches(desk, who, name, columns)
    first = await anext(batches)  # what fails at the start is an error page, and no half file
    writer = _csv(first, batches) if kind == "csv" else _parquet(first, batches)
    return _Streamed(writer, media_type=media, headers=headers)


class _Streamed(StreamingResponse):
    """A file that is sent as it is made; a browser that goes away is noticed when something is sent to it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        del scope, receive
        await self.stream_response(send)


_SCHEMA = pa.schema([
    ("profile_id", pa.string()), ("name", pa.string()), ("email", pa.string()), ("phone", pa.string()),
    ("account", pa.string()), ("entered_at", pa.timestamp("us", tz="UTC")), ("service_level", pa.string()),
])  # fmt: skip
"""The columns of every list; a column a computed trait follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What stands in a list beside who somebody is: the computed traits, and whose service levels count."""

    traits: Mapping[str, Trait]
    brands: frozenset[str]

    @property
    def schema(self) -> pa.Schema:
        """The columns of the list."""
        return pa.schema([*_SCHEMA, *(pa.field(*counted.field(one)) for one in self.traits.values())])


def _columns(desk: Desk, who: Principal, definition: Definition) -> Columns:
    brands = frozenset({definition.brand}) if definition.brand else who.brands
    return Columns(traits=counted.traits(desk, who), brands=brands)


async def _batches(desk: Desk, who: Principal, name: str, columns: Columns) -> AsyncIterator[pa.Table]:
    """Give the members, batch by batch, the first of which may be empty. Order: by profile."""
    after: str | None = ""
    while after is not None:
        made, after = await run_in_threadpool(_batch, Listing(desk, who, name, columns), after)
        yield made


@dataclass(frozen=True, slots=True)
class Listing:
    """Who takes the list of which segment away, with which columns."""

    desk: Desk
    who: Principal
    name: str
    columns: Columns


def _batch(one: Listing, after: str) -> tuple[pa.Table, str | None]:
    """Give the members behind a place, and the place of the next batch; None where this is the last."""
    request = {"kind": "segment", "do": "members", "segment": one.name, "brands": sorted(one.who.brands)}
    rows: list[dict[str, Any]] = one.desk.ask(request | {"after": after, "limit": BATCH}).to_pylist()
    return _table(one.desk, rows, one.columns), rows[-1]["profile_id"] if len(rows) == BATCH else None


def write_csv(desk: Desk, who: Principal, name: str, file: BinaryIO) -> int:
    """Write the members of a segment as CSV; give how many there are."""
    count, after = 0, ""
    columns = _columns(desk, who, segment_editor.load(desk, name, who, live=True).definition)
    while True:
        made, onward = _batch(Listing(desk, who, name, columns), after)
        said = b"".join(export.as_csv(made))
        file.write(said.partition(b"\n")[2] if after else said)
        count += len(made)
        if onward is None:
            return count
        after = onward


def _table(desk: Desk, rows: Sequence[Mapping[str, Any]], columns: Columns) -> pa.Table:
    people = [row["profile_id"] for row in rows]
    values = counted.values(desk, columns.traits, people)
    levels = counted.levels(desk, columns.brands, people)
    with desk.state.read() as connection:
        found = called.sketch(desk, connection, people)
    made: list[dict[str, Any]] = []
    for row in rows:
        sketch = found.get(row["profile_id"])
        known = {} if sketch is None else {str(one.kind): one.value for one in reversed(sketch.identifiers)}
        told = {"name": "" if sketch is None else sketch.name, "profile_id": row["profile_id"]}
        told |= {kind: known.get(kind, "") for kind in ("email", "phone", "account")}
        told["service_level"] = counted.best(levels.get(row["profile_id"], {}))
        mine = values.get(row["profile_id"], {})
        cells = {counted.field(one)[0]: counted.cell(one, mine.get(key)) for key, one in columns.traits.items()}
        made.append({**told, **cells, "entered_at": instant(row["entered_at"])})
    return pa.Table.from_pylist(made, schema=columns.schema)


async def _csv(first: pa.Table, rest: AsyncIterator[pa.Table]) -> AsyncIterator[bytes]:
    yield b"".join(export.as_csv(first))
    async for batch in rest:
        yield b"".join(export.as_csv(batch)).partition(b"\n")[2]


async def _parquet(first: pa.Table, rest: AsyncIterator[pa.Table]) -> AsyncIterator[bytes]:
    spill = _Spill()
    with pq.ParquetWriter(spill, first.schema) as writer:
        writer.write_table(first)
        yield spill.take()
        async for batch in rest:
            writer.write_table(batch)
            yield spill.take()
    yield spill.take()


class _Spill:
    """A file that is read while it is written: what was written since it was asked last."""

    def __init__(self) -> None:
        self.closed = False
        self._held = bytearray()
        self._place = 0

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._held += data
        self._place += len(data)
        return len(data)

    def take(self) -> bytes:
        """Give what was written since."""
        given, self._held = bytes(self._held), bytearray()
        return given

    def tell(self) -> int:
        """Say how much was written."""
        return self._place

    def flush(self) -> None:
        """Do nothing: whoever asks gets all there is."""

    def close(self) -> None:
        """Close."""
        self.closed = True


# ── a scenario that begins here ──


async def to_scenario(request: Request, form: FormData) -> Response:
    """Begin a scenario that starts when somebody enters the segment."""
    del form
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(segment_editor.load, desk, name, who, live=True)
    segment_reach.check(shown.definition, shown.live, who)
    title = segment_says.title(shown.live or shown.definition, said)
    text = scenarios.from_segment(f"segment-{name}"[:60], title, name, (shown.live or shown.definition).brand, who)
    begun = await run_in_threadpool(scenarios.begin_draft, desk, text, who)
    tell(request, about=begun.key)
    return go(scenario_path(begun.key), done="scenario.begun")
