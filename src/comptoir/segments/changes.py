"""Writing down who entered and left: members, the list of changes, how each segment stands, and its daily count."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from comptoir.model.scenario import SEGMENT_ENTERED, SEGMENT_EXITED
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
ENTERED, EXITED = "entered", "exited"
_TEXT, _AT, _INT = pa.string(), pa.timestamp("us"), pa.int64()
_MOVES = pa.schema({"segment": _TEXT, "profile_id": _TEXT, "entered_at": _AT, "happens": pa.bool_()})
_STATES = pa.schema({"segment": _TEXT, "version": _INT, "asked_at": _AT, "members": _INT})
_COUNTS = pa.schema({"segment": _TEXT, "day": pa.date32(), "members": _INT})


class Standing(NamedTuple):
    """A row of `fact.segment_states`: how a segment stands that is followed."""

    segment: str
    version: int
    asked_at: datetime
    members: int


Move = tuple[str, str, datetime, bool]
"""Who comes or goes: segment, profile, since when it belongs (or belonged), and whether scenarios hear of it."""


def moves(rows: Iterable[Move]) -> pa.Table:
    """Make a table of moves."""
    return table(_MOVES, rows)


def moves_of(profiles: pa.ChunkedArray, segment: str, at: datetime, happens: pa.Array) -> pa.Table:
    """Make a table of moves of many people into or out of one segment."""
    count = len(profiles)
    names, since = pa.repeat(pa.scalar(segment, _TEXT), count), pa.repeat(pa.scalar(at, _AT), count)
    return pa.table([names, profiles, since, happens], schema=_MOVES)


@dataclass(slots=True)
class Changes:
    """Who came and went in a tick."""

    entered: list[pa.Table] = field(default_factory=list)
    exited: list[pa.Table] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    """How many belong to segments that were asked in full."""

    def members(self) -> dict[str, int]:
        """Give by how many the members of each segment became more."""
        found: dict[str, int] = {}
        for tables, sign in ((self.entered, 1), (self.exited, -1)):
            for one in tables:
                for counted in pc.value_counts(one["segment"]).to_pylist():
                    found[counted["values"]] = found.get(counted["values"], 0) + sign * counted["counts"]
        return found

    def write(self, cursor: Cursor, *, tick_id: int, now: datetime) -> None:
        """Write them: who left is no member any more, who entered is one, and both are in the list of changes."""
        for tables, change in ((self.exited, EXITED), (self.entered, ENTERED)):
            rows = pa.concat_tables(tables) if tables else _MOVES.empty_table()
            if not len(rows):
                continue
            cursor.register("moving", rows)
            load(_PACKAGE, "memberships_delete" if change == EXITED else "memberships_insert").run(cursor)
            load(_PACKAGE, "changes_insert").run(cursor, tick_id=tick_id, now=now, change=change)


def standings(cursor: Cursor) -> dict[str, Standing]:
    """Say how each segment that is followed stands."""
    return {row[0]: Standing(*row) for row in load(_PACKAGE, "states").run(cursor).fetchall()}


def stand(cursor: Cursor, those: Collection[Standing], day: date) -> None:
    """Write down how segments stand, and their counts of the day."""
    if not those:
        return
    keys = [one.segment for one in those]
    load(_PACKAGE, "states_delete").run(cursor, segments=keys)
    cursor.register("made", table(_STATES, those))
    load(_PACKAGE, "states_insert").run(cursor)
    load(_PACKAGE, "counts_delete").run(cursor, segments=keys, day=day)
    cursor.register("made", table(_COUNTS, [(one.segment, day, one.members) for one in those]))
    load(_PACKAGE, "counts_insert").run(cursor)


def happened(cursor: Cursor, tick_id: int) -> list[tuple[str, str, str]]:
    """List what scenarios hear of a tick's changes, as (segment, profile, name of the happening)."""
    found = load(_PACKAGE, "changes_happened").run(cursor, tick_id=tick_id).fetchall()
    return [(segment, profile, _HAPPENINGS[change]) for segment, profile, change in found]


_HAPPENINGS = {ENTERED: SEGMENT_ENTERED, EXITED: SEGMENT_EXITED}


def forget(cursor: Cursor, segments: Collection[str]) -> None:
    """Let go of the members of segments that are gone; what they were stays in the list of changes."""
    if segments:
        load(_PACKAGE, "memberships_forget").run(cursor, segments=sorted(segments))
        load(_PACKAGE, "states_delete").run(cursor, segments=sorted(segments))


SORTED_AT_ONCE = 3_000_000
"""Members that one transaction of the night writes anew: some seconds, for which ticks wait."""
_MOST = 2**64 - 1


def stretches(cursor: Cursor, most: int = SORTED_AT_ONCE) -> list[tuple[int, int]]:
    """Cut people into stretches of about so many members at most, by the numbers of their names."""
    ((count,),) = cursor.execute("SELECT count(*) FROM fact.memberships").fetchall()
    parts = -(-count // most)
    cuts = [_MOST * part // parts for part in range(1, parts + 1)]
    return [(low + 1 if low else 0, high) for low, high in pairwise([0, *cuts])]


def sort(cursor: Cursor, low: int, high: int) -> None:
    """
    Write the members of a stretch of people person by person: somebody's segments then lie together.

    Who belongs to what stays the same.
    """
    rows = load(_PACKAGE, "members_between").table(cursor, low=low, high=high)
    load(_PACKAGE, "members_between_delete").run(cursor, low=low, high=high)
    cursor.register("moving", rows)
    load(_PACKAGE, "members_written").run(cursor)


def ask_anew(cursor: Cursor) -> None:
    """Let the next tick ask every segment in full; who belongs stays until then."""
    cursor.execute("DELETE FROM fact.segment_states")


KEPT = ("memberships", "membership_changes", "segment_counts")
"""What a rebuilt warehouse takes over: who came and went, and when, is no pure function of the facts."""


def carried(cursor: Cursor) -> dict[str, pa.Table]:
    """Give what a rebuilt warehouse takes over from the one it replaces."""
    return {name: cursor.table(f"fact.{name}").to_arrow_table() for name in KEPT}


def take_over(cursor: Cursor, tables: Mapping[str, pa.Table]) -> None:
    """Write what was carried; the next tick asks every segment in full, and mends what is not so any more."""
    for name, rows in tables.items():
        cursor.register("moving", rows)
        chosen = exp.select(*map(exp.column, rows.column_names)).from_("moving")
        into = exp.insert(
            chosen,
            exp.table_(name, db="fact"),
            columns=[exp.to_identifier(one, quoted=True) for one in rows.column_names],
        )
        cursor.execute(into.sql(dialect="duckdb", identify=True))


def members_after(before: Mapping[str, Standing], found: Changes) -> dict[str, int]:
    """Give how many belong to each segment after some came and went."""
    more = found.members()
    return {key: one.members + more.get(key, 0) for key, one in before.items()} | found.counted


def table(schema: pa.Schema, rows: Iterable[tuple[object, ...]]) -> pa.Table:
    """Make a table of tuples."""
    columns = list(zip(*rows, strict=True))
    if not columns:
        return schema.empty_table()
    return pa.table([pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)], schema=schema)
