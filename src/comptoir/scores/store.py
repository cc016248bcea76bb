"""What scores leave in the warehouse: a run is written in one short transaction, beside what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import pyarrow as pa
from sqlglot import exp

from comptoir.scores.plugin import Asked, Given, Score, Scored
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.scores"
State = Literal["done", "not_enough", "failed"]
KEPT = ("scores", "score_changes", "score_days", "score_runs", "score_artifacts", "affinities")
"""Tables that no event says again: what was written on which night."""
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


def write(
    cursor: Cursor, score: Score, asked: Asked, places: pa.Table, scored: Scored, *, ran_at: datetime, is_first: bool,
) -> int:  # fmt: skip
    """
    Write a run inside the caller's transaction; give how many changes it found.

    The first run of a brand changes nothing: everybody is new to it.
    """
    plugin, gives = score.name, score.gives
    names = {"brand": asked.brand, "scores": [one.name for one in gives]}
    cursor.register("ranked", places)
    changes = 0
    if not is_first:
        told = [one.name for one in gives if one.is_told]
        made = load(_PACKAGE, "changes_insert").run(cursor, **names, told=told, before=asked.before)
        changes = int(made.fetchall()[0][0])
    standing = load(_PACKAGE, "standing").table(cursor, brand=asked.brand, on=asked.on, before=asked.before)
    cursor.unregister("ranked")
    cursor.register("standing", standing)
    load(_PACKAGE, "scores_delete").run(cursor, **names)
    load(_PACKAGE, "scores_insert").run(cursor)
    load(_PACKAGE, "days_delete").run(cursor, **names, on=asked.on)
    load(_PACKAGE, "days_insert").run(cursor, on=asked.on, dates=[one.name for one in gives if one.unit == "date"])
    cursor.unregister("standing")
    if scored.affinities is not None:
        _write_affinities(cursor, asked, scored.affinities)
    _write_artifact(cursor, plugin, asked, scored.artifact)
    note(cursor, plugin, asked, "done", scored.report, ran_at=ran_at, people=_people(places), changes=changes)
    return changes


def _people(places: pa.Table) -> int:
    return len(places.column("profile_id").unique())


def _write_affinities(cursor: Cursor, asked: Asked, rows: pa.Table) -> None:
    cursor.execute("DELETE FROM fact.affinities WHERE brand = ?", [asked.brand])
    cursor.register("found", rows)
    load(_PACKAGE, "affinities_insert").run(cursor, brand=asked.brand, before=asked.before)
    cursor.unregister("found")


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
    row = cursor.execute(asked, [plugin, brand]).fetchone()
    return None if row is None else bytes(row[0])


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
