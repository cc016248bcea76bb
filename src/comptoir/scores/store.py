"""What scores leave in the warehouse: what a run found, beside what it changed, written in short transactions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from comptoir.scores.plugin import Asked, Given, Score, Scored
from comptoir.warehouse.base import Cursor, Warehouse
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.scores"
State = Literal["done", "not_enough", "failed"]
KEPT = ("scores", "score_changes", "score_days", "score_runs", "score_artifacts", "affinities")
"""Tables that no event says again: what was written on which night."""
STRETCH = 200_000
"""Rows that are written at once: a tick that comes meanwhile waits for so many at most."""
LAST = "\U0010ffff"
"""Comes after every profile's name."""
MOST_ARTIFACT = 2 << 20
"""Bytes a fitted model may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The last run of a plug-in for a brand."""

    plugin: str
    brand: str
    state: State
    as_of: datetime
    ran_at: datetime
    people_count: int
    change_count: int
    report: Mapping[str, Any]
    done_as_of: datetime | None
    """As of when the scores stand that are shown now."""
    done_report: Mapping[str, Any]


def runs(cursor: Cursor) -> dict[tuple[str, str], Run]:
    """Give the last run of each plug-in and brand."""
    found = load(_PACKAGE, "runs_last").table(cursor).to_pylist()
    return {(row["plugin"], row["brand"]): _run(row) for row in found}


def _run(row: dict[str, Any]) -> Run:
    return Run(**row | {
        "as_of": row["as_of"].replace(tzinfo=UTC),
        "ran_at": row["ran_at"].replace(tzinfo=UTC),
        "report": msgspec.json.decode(row["report"]),
        "done_as_of": row["done_as_of"] and row["done_as_of"].replace(tzinfo=UTC),
        "done_report": msgspec.json.decode(row["done_report"] or "{}"),
    })  # fmt: skip


def ranked(cursor: Cursor, rows: pa.Table, gives: Sequence[Given]) -> pa.Table:
    """
    Give people their places among all.

    Grain: one row a score and person.
    """
    cursor.register("found", rows)
    try:
        return load(_PACKAGE, "ranked").table(cursor, ranked=[one.name for one in gives if one.is_ranked])
    finally:
        cursor.unregister("found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a run leaves, worked out before anything is written. Order of each table: by person."""

    standing: pa.Table
    changes: pa.Table
    drawn: pa.Table | None


def prepared(cursor: Cursor, score: Score, asked: Asked, scored: Scored, *, is_first: bool) -> Written:
    """
    Work out what a run leaves, beside what stands.

    The first run of a brand changes nothing: everybody is new to it.
    """
    names = {"brand": asked.brand, "scores": [one.name for one in score.gives]}
    cursor.register("ranked", ranked(cursor, scored.rows, score.gives))
    told = [one.name for one in score.gives if one.is_told]
    shares = [one.name for one in score.gives if one.unit == "share"]
    changes = load(_PACKAGE, "changes").table(cursor, **names, shares=shares, told=told, before=asked.before)
    standing = load(_PACKAGE, "standing").table(cursor, brand=asked.brand, on=asked.on, before=asked.before)
    cursor.unregister("ranked")
    drawn = None
    if scored.affinities is not None:
        cursor.register("found", scored.affinities)
        drawn = load(_PACKAGE, "affinities").table(cursor, brand=asked.brand, before=asked.before)
        cursor.unregister("found")
    return Written(standing=standing, changes=changes.slice(0, 0) if is_first else changes, drawn=drawn)


def write(warehouse: Warehouse, score: Score, asked: Asked, made: Written, scored: Scored, *, ran_at: datetime) -> None:
    """
    Write a run, a stretch of people at a time, so that no tick waits long; each person's rows change at once.

    What ends it, the run's own row, comes last: a run that breaks off is made again, and finds those that were written.
    """
    names = [one.name for one in score.gives]
    for low, high, (standing, changes) in stretches(made.standing, made.changes):
        with warehouse.transaction() as cursor:
            load(_PACKAGE, "scores_delete").run(cursor, brand=asked.brand, scores=names, low=low, high=high)
            _insert(cursor, "scores_insert", standing=standing)
            _insert(cursor, "changes_insert", changes=changes)
    if made.drawn is not None:
        for low, high, (drawn,) in stretches(made.drawn):
            with warehouse.transaction() as cursor:
                load(_PACKAGE, "affinities_delete").run(cursor, brand=asked.brand, low=low, high=high)
                _insert(cursor, "affinities_insert", drawn=drawn)
    with warehouse.transaction() as cursor:
        load(_PACKAGE, "days_delete").run(cursor, brand=asked.brand, scores=names, on=asked.on)
        dates = [one.name for one in score.gives if one.unit == "date"]
        _insert(cursor, "days_insert", {"on": asked.on, "dates": dates}, standing=made.standing)
        _write_artifact(cursor, score.name, asked, scored.artifact)
        load(_PACKAGE, "segments_due").run(cursor)
        note(
            cursor, score.name, asked, "done", scored.report, ran_at=ran_at, people=people_count(made.standing),
            changes=len(made.changes),
        )  # fmt: skip


def _insert(cursor: Cursor, name: str, values: Mapping[str, Any] | None = None, **rows: pa.Table) -> None:
    for place, table in rows.items():
        cursor.register(place, table)
    load(_PACKAGE, name).run(cursor, **(values or {}))
    for place in rows:
        cursor.unregister(place)


def stretches(
    first: pa.Table, *others: pa.Table, most: int = STRETCH
) -> Iterator[tuple[str, str, tuple[pa.Table, ...]]]:
    """Cut tables that are ordered by person: from which one to before which one, and their rows; all people are in."""
    tables = (first, *others)
    begins, low = [0] * len(tables), ""
    while True:
        end = min(begins[0] + most, len(first))
        ids = first.column("profile_id")
        while 0 < end < len(first) and ids[end] == ids[end - 1]:
            end += 1
        high = ids[end].as_py() if end < len(first) else LAST
        ends = [end, *(_before(table, high) for table in others)]
        parts = zip(tables, begins, ends, strict=True)
        yield low, high, tuple(table.slice(start, stop - start) for table, start, stop in parts)
        if end >= len(first):
            return
        begins, low = ends, high


def _before(table: pa.Table, high: str) -> int:
    """Count the rows of people before one."""
    return int(pc.sum(pc.less(table["profile_id"], high)).as_py() or 0)


def people_count(standing: pa.Table) -> int:
    """Count the people of a table that is ordered by person."""
    return len(standing.column("profile_id").unique())


def _write_artifact(cursor: Cursor, plugin: str, asked: Asked, artifact: bytes | None) -> None:
    cursor.execute("DELETE FROM fact.score_artifacts WHERE plugin = ? AND brand = ?", [plugin, asked.brand])
    if artifact is not None:
        if len(artifact) > MOST_ARTIFACT:
            raise ValueError(plugin, len(artifact))
        row = [plugin, asked.brand, asked.before, artifact]
        cursor.execute("INSERT INTO fact.score_artifacts VALUES (?, ?, ?, ?)", row)


def artifact_of(cursor: Cursor, plugin: str, brand: str) -> bytes | None:
    """Give the model that the last run fitted."""
    asked = "SELECT artifact FROM fact.score_artifacts WHERE plugin = ? AND brand = ?"
    rows = cursor.execute(asked, [plugin, brand]).fetchall()  # all of it: an unfinished answer blocks the next
    return bytes(rows[0][0]) if rows else None


def note(
    cursor: Cursor, plugin: str, asked: Asked, state: State, report: Mapping[str, Any], *, ran_at: datetime,
    people: int = 0, changes: int = 0,
) -> None:  # fmt: skip
    """Write down how a run ended."""
    load(_PACKAGE, "runs_insert").run(
        cursor, plugin=plugin, brand=asked.brand, before=asked.before,
        ran_at=ran_at.astimezone(UTC).replace(tzinfo=None), state=state, people=people, changes=changes,
        report=msgspec.json.encode(dict(report), enc_hook=str).decode(),
    )  # fmt: skip


def told_after(cursor: Cursor, after: int, most: int) -> list[dict[str, Any]]:
    """List changes of which scenarios hear, after one they heard of. Order: as they were written."""
    found: list[dict[str, Any]] = load(_PACKAGE, "told").table(cursor, after=after, most=most).to_pylist()
    return found


def last_change(cursor: Cursor) -> int:
    """Give the number of the last change; 0 where none was written."""
    ((found,),) = cursor.execute("SELECT coalesce(max(change_id), 0) FROM fact.score_changes").fetchall()
    return int(found)


def carried(cursor: Cursor) -> dict[str, pa.Table]:
    """Give what a rebuilt warehouse takes over from the one it replaces."""
    return {name: cursor.table(f"fact.{name}").to_arrow_table() for name in KEPT}


def take_over(cursor: Cursor, tables: Mapping[str, pa.Table]) -> None:
    """Write what was carried, under the profiles that its nodes belong to now; what has none stays behind."""
    people = exp.table_("profile_of", db="fact", alias="nodes")
    for name, table in tables.items():
        cursor.register("carried", table)
        chosen = exp.select(*(exp.column(one, "carried") for one in table.column_names)).from_("carried")
        if "profile_id" in table.column_names:
            same_node = exp.column("node_id", "nodes").eq(exp.column("node_id", "carried"))
            named = [exp.column(one, "nodes" if one == "profile_id" else "carried") for one in table.column_names]
            chosen = exp.select(*named).from_("carried").join(people, on=same_node)
            chosen = chosen.where(exp.column("profile_id", "nodes").is_(exp.null()).not_())
        into = exp.insert(chosen, exp.table_(name, db="fact"), columns=table.column_names)
        cursor.execute(into.sql(dialect="duckdb"))
        cursor.unregister("carried")
