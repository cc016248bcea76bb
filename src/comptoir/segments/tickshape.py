"""
The second shape of a question: rows of a condition table, and columns of one question a relation, for touched people.

What a tick touched is restricted once for each relation; then one statement answers all conditions that look at it.
Trees of conditions are joined afterwards, over arrays of yes and no.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlglot import exp

from comptoir.segments import relations
from comptoir.segments.asked import (
    NODE,
    PROFILE,
    Asked,
    Edge,
    Every,
    Moment,
    No,
    Op,
    Question,
    Relation,
    Row,
    Scope,
    Some,
    bind,
    text_of,
)  # fmt: skip
from comptoir.segments.composed import Composed
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
_ALWAYS = date(1, 1, 1)
_NEVER_ENDS = date(9999, 12, 31)
LIVE_DAYS = 31
"""Days that single events are looked at in a tick; a condition that looks further back is asked on schedule."""
_CONDITIONS = pa.schema({
    "leaf": pa.int32(), "name": pa.string(), "category": pa.string(), "is_any": pa.bool_(), "brand": pa.string(),
    "first_day": pa.date32(), "last_day": pa.date32(), "least": pa.decimal128(38, 9), "is_more": pa.bool_(),
})  # fmt: skip

Tree = int | tuple[type[Every | Some | No], tuple["Tree", ...]]
"""A question over the places of its parts: a place, or how parts are joined, and the parts."""
Truth = NDArray[np.bool_]
"""Yes and no, by leaf and person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Whom a tick asks about. Order: by profile; `place` in the tables lent to statements is the place in this list."""

    profiles: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wide:
    """One statement that answers all questions of a relation for the touched people: columns `l0`, `l1` and on."""

    query: Composed
    leaves: tuple[int, ...]
    """Which leaf each column answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All questions of the segments that are live, each once, and how a tick answers them."""

    zones: tuple[str, ...]
    leaves: tuple[Asked, ...]
    trees: tuple[Tree, ...]
    """The questions that were planned, made of places among the leaves. Order: as they were given."""
    wide: tuple[Wide, ...]
    rows: tuple[int, ...]
    """The leaves that are rows of the condition table."""

    def answer(self, cursor: Cursor, touched: Touched, now: datetime, needed: frozenset[int]) -> Truth:
        """
        Answer the questions that are needed for the touched people, and perhaps others of the same relations.

        `touched_nodes` and `touched_people` are lent to the cursor.
        """
        truth = np.zeros((len(self.leaves), len(touched.profiles)), np.bool_)
        for one in self.wide:
            if not needed & frozenset(one.leaves):
                continue
            answers = one.query.table(cursor, self.zones, now)
            places = answers["place"].to_numpy()
            for column, leaf in enumerate(one.leaves):
                truth[leaf, places] = pc.fill_null(answers[f"l{column}"], fill_value=False).to_numpy()
        rows = [leaf for leaf in self.rows if leaf in needed]
        if rows:
            self._answer_rows(cursor, truth, now, rows)
        return truth

    def _answer_rows(self, cursor: Cursor, truth: Truth, now: datetime, leaves: Sequence[int]) -> None:
        firsts = {leaf: _first_day(self.leaves[leaf], now, self.zones) for leaf in leaves}
        names = sorted({name for leaf in leaves for name in _row(self.leaves[leaf]).names})
        cursor.register("asked_names", pa.table({"name": names}))
        done = load(_PACKAGE, "touched_days").table(cursor, since=min(firsts.values()))
        if not len(done):
            return
        table = _condition_table(self.leaves, firsts, pc.unique(done["category"]).to_pylist())
        cursor.register("done", done)
        cursor.register("conditions", table)
        found = load(_PACKAGE, "condition_table").table(cursor)
        truth[found["leaf"].to_numpy(), found["place"].to_numpy()] = True


def holds(tree: Tree, truth: Truth) -> Truth:
    """Join the answers of a question's parts. Shape: one answer a person."""
    if isinstance(tree, int):
        one: Truth = truth[tree]
        return one
    joint, parts = tree
    if joint is No:
        return ~holds(parts[0], truth)
    found = np.full(truth.shape[1], joint is Every)
    for part in parts:
        found = found & holds(part, truth) if joint is Every else found | holds(part, truth)
    return found


def leaves_of(tree: Tree) -> Iterator[int]:
    """Give the places of a question's parts."""
    if isinstance(tree, int):
        yield tree
    else:
        for part in tree[1]:
            yield from leaves_of(part)


@dataclass(slots=True)
class Planner:
    """
    Plans how ticks answer questions. What was planned before and is still asked is taken over, not compiled again.

    A question is known again by being the same object.
    """

    _pieces: dict[str, _Piece] = field(default_factory=dict)
    _wide: dict[tuple[str, ...], Composed] = field(default_factory=dict)

    def plan(self, questions: Mapping[str, Question], zones: tuple[str, ...]) -> Plan:
        """Plan how ticks answer these questions, each under a name."""
        self._pieces = {key: self._piece(key, question) for key, question in questions.items()}
        leaves: dict[str, Asked] = {}
        for piece in self._pieces.values():
            leaves |= {text: asked for text, asked in piece.leaves.items() if text not in leaves}
        places = {text: place for place, text in enumerate(leaves)}
        groups: dict[str, list[str]] = {}
        for text, asked in leaves.items():
            if asked.row is None:
                groups.setdefault(asked.relation.name, []).append(text)
        self._wide = {tuple(group): self._statement(tuple(group), leaves) for group in groups.values()}
        return Plan(
            zones=zones,
            leaves=tuple(leaves.values()),
            trees=tuple(_placed(piece.tree, places) for piece in self._pieces.values()),
            wide=tuple(Wide(query=query, leaves=tuple(places[text] for text in group))
                       for group, query in self._wide.items()),
            rows=tuple(places[text] for text, asked in leaves.items() if asked.row is not None),
        )  # fmt: skip

    def _piece(self, key: str, question: Question) -> _Piece:
        known = self._pieces.get(key)
        return known if known is not None and known.question is question else _Piece.of(question)

    def _statement(self, group: tuple[str, ...], leaves: Mapping[str, Asked]) -> Composed:
        known = self._wide.get(group)
        return known if known is not None else _wide([leaves[text] for text in group])


_Texts = str | tuple[type[Every | Some | No], tuple["_Texts", ...]]
"""A question over the texts of its parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One question, taken apart."""

    question: Question
    tree: _Texts
    leaves: Mapping[str, Asked]

    @classmethod
    def of(cls, question: Question) -> _Piece:
        leaves: dict[str, Asked] = {}

        def apart(part: Question) -> _Texts:
            match part:
                case Every(parts) | Some(parts):
                    return (type(part), tuple(map(apart, parts)))
                case No(inner):
                    return (No, (apart(inner),))
            text = text_of(part)
            leaves.setdefault(text, part)
            return text

        return cls(question=question, tree=apart(question), leaves=leaves)


def _placed(tree: _Texts, places: Mapping[str, int]) -> Tree:
    if isinstance(tree, str):
        return places[tree]
    joint, parts = tree
    return (joint, tuple(_placed(part, places) for part in parts))


def _wide(group: Sequence[Asked]) -> Composed:
    rows = _touched_rows(group[0].relation, group)
    columns: list[exp.Expr] = [exp.column("place")]
    for number, asked in enumerate(group):
        measured = exp.Filter(this=asked.measure.whole(), expression=exp.Where(this=asked.counts()))
        columns.append(exp.alias_(asked.holds(measured), f"l{number}", copy=False))
    query = exp.Select(expressions=columns).from_(rows.subquery("owned", copy=False), copy=False)
    return Composed.of(query.group_by("place", copy=False))


def _touched_rows(relation: Relation, group: Sequence[Asked]) -> exp.Select:
    """Give the rows of a relation that belong to touched people, with their places."""
    key, lent = (NODE, "touched_nodes") if relation.by == NODE else (PROFILE, "touched_people")
    scope: Scope = exp.select(key).from_(exp.table_(lent))
    rows = relation.rows(scope)
    bound = _bound(group) if relation is relations.EVENTS else None
    if bound is not None:
        rows = rows.where(bound)
    everything = exp.Column(this=exp.Star(), table=exp.to_identifier("r"))
    return (
        exp.select(everything, exp.column("place", table="t"))
        .from_(rows.subquery("r"))
        .join(exp.table_(lent, alias="t"), on=exp.column(key, table="t").eq(exp.column(key, table="r")))
    )


def _bound(group: Sequence[Asked]) -> exp.Expr | None:
    """Give a bound that all rows that count satisfy, so that old events are not even looked at."""
    spans = [_span(asked) for asked in group]
    if None in spans:
        return None
    most = max(span for span in spans if span is not None)
    micros = most // timedelta(microseconds=1)
    return Edge(column="occurred_at", moment=Moment.AGO, back=micros).holds()


def _span(asked: Asked) -> timedelta | None:
    """Give how far back a question looks at most, days rounded up; None without end."""
    spans = []
    for edge in asked.edges:
        if edge.is_from:
            is_span = edge.moment is Moment.AGO
            spans.append(timedelta(microseconds=edge.back) if is_span else timedelta(days=edge.back + 2))
    return min(spans, default=None)


def is_scheduled(asked: Asked) -> bool:
    """Say whether no table answers a question fast enough for every tick: it looks at single events of a long time."""
    if not asked.relation.is_heavy:
        return False
    span = _span(asked)
    return span is None or span > timedelta(days=LIVE_DAYS + 2)


def _row(asked: Asked) -> Row:
    assert asked.row is not None
    return asked.row


def _first_day(asked: Asked, now: datetime, zones: tuple[str, ...]) -> date:
    row = _row(asked)
    days = [row.since] if row.since is not None else []
    for edge in asked.edges:
        days += [one for one in edge.bounds(now, zones) if isinstance(one, date)]
    return max(days, default=_ALWAYS)


def _condition_table(leaves: Sequence[Asked], firsts: Mapping[int, date], categories: Sequence[str]) -> pa.Table:
    rows = []
    for leaf, first in firsts.items():
        asked, row = leaves[leaf], _row(leaves[leaf])
        under = tuple(f"{one} / " for one in row.categories)
        wanted = (
            [one for one in categories if one in row.categories or one.startswith(under)] if row.categories else [""]
        )
        rows += [
            (leaf, name, category, not row.categories, row.brand, first, row.until or _NEVER_ENDS,
             asked.value.quantize(Decimal(1)), asked.op is Op.MORE_THAN)
            for name in row.names for category in wanted
        ]  # fmt: skip
    columns = list(zip(*rows, strict=True))
    if not columns:
        return _CONDITIONS.empty_table()
    arrays = [pa.array(column, one.type) for column, one in zip(columns, _CONDITIONS, strict=True)]
    return pa.table(arrays, schema=_CONDITIONS)


@lru_cache(maxsize=1_024)
def days_of(now: datetime, zones: tuple[str, ...]) -> tuple[date, ...]:
    """Give the date in each zone."""
    names = [f"{Moment.DAY}_0_{place}" for place in range(len(zones))]
    found = bind(names, now=now if now.tzinfo else now.replace(tzinfo=UTC), before=now, zones=zones)
    return tuple(one for one in found.values() if isinstance(one, date))
