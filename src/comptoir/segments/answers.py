"""
Questions about segments, answered as tables: how many, whom, what it would cost, and what was written down of members.

Who has only some brands is told of people only who have to do with one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from sqlglot import exp

from comptoir.clock import micros, monotonic
from comptoir.errors import ComptoirError
from comptoir.ids import md5_number_lower
from comptoir.segments import changes, parse, predicate, resolve
from comptoir.segments.asked import NODE, PROFILE, Around, Question, bind, naive
from comptoir.segments.parse import Definition
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
_NO_SHELF: Mapping[str, Definition] = {}
ROWS_A_SECOND = 40_000_000
"""How many rows of facts two cores read in a second where nothing else works (benchmarks/segments.py)."""
HEAVY_SECONDS = 1.0
"""From which cost on somebody is asked before a rule is counted."""
MOST = 10_000
OF_PERSON = "of_person"
"""The segments that somebody belongs to, and since when. Grain: one row a segment. Order: by key."""
_OWN = pa.schema({"segment": pa.string(), "entered_at": pa.int64()})
_BRANDED = ("day_activity", "orders", "consents", "contact_records")
"""The tables that say which brands somebody has to do with."""


class BadQuestion(ComptoirError, ValueError):
    """Nothing can be answered to this question about segments."""

    code, status = "bad_segment_question", 400
    hint = "Name a segment that is followed, or give a definition."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question about segments: on which facts, what is known of the shop, as of when."""

    cursor: Cursor
    around: Around
    now: datetime
    request: Mapping[str, Any]
    shelf: Mapping[str, Definition] = field(default_factory=dict)
    """The segments that are published: a condition may ask for the members of another one."""

    @property
    def brands(self) -> list[str]:
        """The brands that the asker has; none: all."""
        return [str(one) for one in self.request.get("brands", ())]

    @property
    def limit(self) -> int:
        """How many rows are wanted at most."""
        return min(MOST, max(0, int(self.request.get("limit", MOST))))

    def run(self, query: exp.Select) -> pa.Table:
        """Answer a composed question as of now."""
        names = sorted({one.name for one in query.find_all(exp.Placeholder)})
        values = bind(names, now=self.now, before=self.now, zones=self.around.zone_list)
        text = query.sql(dialect="duckdb")
        return (self.cursor.sql(text, params=values) if values else self.cursor.sql(text)).to_arrow_table()

    def members(self) -> exp.Select:
        """Select the people that are asked about: of a definition, or of a segment that is followed."""
        if "segment" in self.request:
            kept = exp.select(PROFILE).from_(exp.table_("memberships", db="fact"))
            return self._theirs(kept.where(exp.column("segment").eq(str(self.request["segment"]))))
        if "definition" not in self.request:
            raise BadQuestion(asked=sorted(self.request))
        definition = parse.read(str(self.request["definition"]))
        return self._theirs(predicate.members(question_of(definition, self.around, self.shelf)))

    def everybody(self) -> exp.Select:
        """Select everybody who may be told of."""
        return self._theirs(predicate.everybody())

    def _theirs(self, people: exp.Select) -> exp.Select:
        if not self.brands:
            return people
        found = exp.select(PROFILE).from_(people.subquery("m"))
        return found.where(exp.column(PROFILE, table="m").isin(query=of_brands(self.brands)))


def question_of(definition: Definition, around: Around, shelf: Mapping[str, Definition] = _NO_SHELF) -> Question:
    """Compile a definition, on the facts of its brand where it names one. Raises: as `resolve.resolve`."""
    return resolve.resolve(definition, shelf, lambda brand: replace(around, brand=brand))


def of_brands(brands: Sequence[str]) -> exp.Select:
    """Select the people who have to do with one of some brands."""
    touched = [
        exp.select(NODE).from_(exp.table_(table, db="fact")).where(exp.column("brand").isin(*brands))
        for table in _BRANDED
    ]
    nodes = exp.or_(*(exp.column(NODE, table="map").isin(query=one) for one in touched))
    people = exp.table_("profile_of", db="fact", alias="map")
    return exp.select(exp.column(PROFILE, table="map")).from_(people).where(nodes)


def written(cursor: Cursor, request: Mapping[str, Any]) -> pa.Table | None:
    """
    Answer a question that asks for nothing but what was written down of somebody; None where it asks for more.

    It needs no definition, no tree of categories and no clock, so that it can be asked at every look at a customer.
    """
    if request.get("do") != OF_PERSON:
        return None
    who = str(request["profile_id"])
    found = load(_PACKAGE, OF_PERSON).run(cursor, profile_hash=md5_number_lower(who), profile_id=who)
    return changes.table(
        _OWN, sorted(found.fetchall())
    )  # of so few rows, Arrow made by DuckDB costs as much as the look


def answer(asking: Asking) -> pa.Table:
    """Answer a question; `do` says which. Raises: BadQuestion, BadSegment."""
    does = _ANSWERS.get(str(asking.request.get("do")))
    if does is None:
        raise BadQuestion(do=str(asking.request.get("do"))[:40])
    return does(asking)


def _count(asking: Asking) -> pa.Table:
    """Grain: one row. Units: seconds; `as_of` in microseconds since 1970."""
    began = monotonic()
    number = _number(asking, asking.members())
    seconds = monotonic() - began
    total = _number(asking, asking.everybody())
    return pa.table(
        {"number": [number], "total": [total], "as_of": [micros(asking.now)], "seconds": [seconds]}
    )  # fmt: skip


def _number(asking: Asking, people: exp.Select) -> int:
    counted = exp.select(exp.Count(this=exp.Star())).from_(people.subquery("counted"))
    return int(asking.run(counted).column(0)[0].as_py())


def _sample(asking: Asking) -> pa.Table:
    """Grain: one row a profile. Order: as a hash throws them, the same as long as they are the same people."""
    people = asking.members().subquery("some")
    wanted = exp.select(PROFILE).from_(people)
    return asking.run(wanted.order_by(exp.func("md5", exp.column(PROFILE))).limit(asking.limit))


def _cost(asking: Asking) -> pa.Table:
    """Say how many rows of facts a count reads at most. Grain: one row. Units: seconds."""
    tables = {one.name for one in asking.members().find_all(exp.Table) if one.db == "fact"}
    rows = sum(_sizes(asking.cursor).get(name, 0) for name in tables)
    seconds = rows / ROWS_A_SECOND
    return pa.table({"rows": [rows], "seconds": [seconds], "is_heavy": [seconds >= HEAVY_SECONDS]})


def _sizes(cursor: Cursor) -> dict[str, int]:
    return dict(load(_PACKAGE, "table_sizes").run(cursor).fetchall())


def _overlap(asking: Asking) -> pa.Table:
    """Compare with every segment that is followed. Grain: one row a segment. Order: by key."""
    kept = exp.table_("memberships", db="fact", alias="k")
    mine = asking.members().subquery("mine")
    both = (
        exp.select(exp.column("segment", table="k"), exp.alias_(exp.Count(this=exp.Star()), "both"))
        .from_(kept)
        .join(mine, on=exp.column(PROFILE, table="mine").eq(exp.column(PROFILE, table="k")))
        .group_by(exp.column("segment", table="k"))
        .order_by(exp.column("segment", table="k"))
    )
    found = asking.run(both)
    number = _number(asking, asking.members())
    return found.append_column("mine", pa.array([number] * len(found), pa.int64()))


def _sized(asking: Asking) -> pa.Table:
    """
    Tell how segments that are followed stand. Grain: one row a segment. Order: by key.

    Columns: segment, number, total, entered and exited of the last 30 days, days (counts, oldest first), as_of.
    """
    names = [str(one) for one in asking.request.get("segments", ())]
    found = load(_PACKAGE, "sizes").table(
        asking.cursor, segments=names, since=naive(asking.now - _MONTH), today=asking.now.astimezone(UTC).date()
    )
    total = _number(asking, asking.everybody())
    numbers = found["number"].to_pylist()
    if asking.brands:
        numbers = [_number(replace(asking, request={"segment": key, "brands": asking.brands}), _kept(asking, key))
                   for key in found["segment"].to_pylist()]  # fmt: skip
        found = found.set_column(found.schema.get_field_index("number"), "number", pa.array(numbers, pa.int64()))
    return found.append_column("total", pa.array([total] * len(found), pa.int64()))


_MONTH = timedelta(days=30)


def _kept(asking: Asking, segment: str) -> exp.Select:
    return replace(asking, request={"segment": segment, "brands": asking.brands}).members()


def _history(asking: Asking) -> pa.Table:
    """Give the counts of the last days. Grain: one row a day. Order: by day."""
    since = asking.now.astimezone(UTC).date() - timedelta(days=int(asking.request.get("days", 30)))
    return load(_PACKAGE, "history").table(asking.cursor, segment=str(asking.request["segment"]), since=since)


def _changes(asking: Asking) -> pa.Table:
    """Give who entered and left lately. Grain: one row a change. Order: the latest first."""
    found = load(_PACKAGE, "changes_latest").table(
        asking.cursor, segment=str(asking.request["segment"]), most=asking.limit
    )
    return _only_theirs(asking, found)


def _members(asking: Asking) -> pa.Table:
    """Give the members behind a place. Grain: one row a profile. Order: by profile. Units: microseconds since 1970."""
    since = exp.alias_(exp.func("epoch_us", exp.column("entered_at")), "entered_at")
    kept = exp.select(PROFILE, since).from_(exp.table_("memberships", db="fact"))
    kept = kept.where(
        exp.column("segment").eq(str(asking.request["segment"])),
        exp.column(PROFILE) > exp.Literal.string(str(asking.request.get("after", ""))),
    )
    if asking.brands:
        kept = kept.where(exp.column(PROFILE).isin(query=of_brands(asking.brands)))
    return asking.run(kept.order_by(PROFILE).limit(asking.limit))


def _only_theirs(asking: Asking, found: pa.Table) -> pa.Table:
    if not asking.brands or not len(found):
        return found
    named = exp.column(PROFILE).isin(*sorted(set(found[PROFILE].to_pylist())))
    theirs = asking.run(exp.select(PROFILE).from_(of_brands(asking.brands).subquery("p")).where(named))
    return found.filter(pa.compute.is_in(found[PROFILE], value_set=theirs[PROFILE].combine_chunks()))


_ANSWERS: Mapping[str, Callable[[Asking], pa.Table]] = {
    "count": _count, "sample": _sample, "cost": _cost, "overlap": _overlap, "sizes": _sized, "history": _history,
    "changes": _changes, "members": _members,
}  # fmt: skip
