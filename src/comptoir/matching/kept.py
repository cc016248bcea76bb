"""What is kept between two comparisons: the model and its keys, and of everybody compared a hash of the record."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pyarrow as pa
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from comptoir.ids import hash64
from comptoir.matching import blocking, comparing, records
from comptoir.matching.blocking import Rule
from comptoir.matching.matcher import Learned
from comptoir.matching.model import Model, Weights
from comptoir.matching.people import People
from comptoir.matching.roles import Field
from comptoir.matching.rows import seen
from comptoir.state import rows
from comptoir.state.statement import IDS, Statement, as_set

NAME = "matching_model"
"""The model among the state's named values."""
LASTS = 7 * 86_400_000_000
"""Microseconds after which it is learned afresh, from everybody."""
_GROWTH = 1.2
"""By so much more people, or fewer, it is learned afresh too."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A model as it was learned, and from how many people. It holds columns and figures, never a value of anybody."""

    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    weights: tuple[Weights, ...]
    same: float
    household: float
    people: int
    learned_at: int

    def is_good_for(self, people: int, at: int) -> bool:
        """Say whether it still speaks for so many people. Units: `at` in microseconds since 1970."""
        return at - self.learned_at < LASTS and people <= self.people * _GROWTH and self.people <= people * _GROWTH

    def restore(self, prepared: People) -> Learned | None:
        """Give the model over these records; None where their columns, or our levels and keys, are others by now."""
        compared = comparing.comparisons(prepared.fields)
        are_the_same = (
            prepared.fields == self.fields
            and [len(one.levels) for one in compared] == [len(one.m) for one in self.weights]
            and {atom for rule in self.rules for atom in rule.atoms} <= set(blocking.pieces(prepared.fields))
        )
        if not are_the_same:
            return None
        model = Model(comparisons=compared, weights=self.weights, same=self.same, household=self.household)
        return Learned(people=prepared, model=model)


def of(learned: Learned, rules: tuple[Rule, ...], *, at: int) -> Kept:
    """Write down a model that was learned just now."""
    return Kept(
        fields=learned.people.fields,
        rules=rules,
        weights=learned.model.weights,
        same=learned.model.same,
        household=learned.model.household,
        people=learned.people.count,
        learned_at=at,
    )


def read(connection: Connection) -> Kept | None:
    """Give the model that is kept; None where there is none, or where an older Comptoir wrote it in another shape."""
    found = rows.read_value(connection, NAME)
    try:
        return None if found is None else msgspec.json.decode(found, type=Kept)
    except msgspec.ValidationError:
        return None


def write(connection: Connection, kept: Kept) -> None:
    """Keep a model in the place of the former one."""
    rows.write_value(connection, NAME, msgspec.json.encode(kept))


def digests(table: pa.Table) -> dict[int, int]:
    """Give a hash of each person's record, by the first node."""
    nodes = table[records.ID].to_pylist()
    columns = [table[name].to_pylist() for name in table.column_names if name != records.ID]
    return {
        int(node): hash64(*("" if one is None else one for one in record))
        for node, record in zip(nodes, zip(*columns, strict=True), strict=True)
    }


def seen_before(connection: Connection) -> dict[int, int]:
    """Give the hash of everybody's record as it was compared last, by node."""
    return dict(_SEEN.stream(connection))


def remember(connection: Connection, former: Mapping[int, int], now: Mapping[int, int]) -> None:
    """Write down who was compared, and forget who is no longer somebody."""
    _FORGET.rows(connection, ids=as_set(former.keys() - now.keys()))
    _REMEMBER.many(connection, [(node, digest) for node, digest in now.items() if former.get(node) != digest])


_SEEN = Statement(select(seen.c.node_id, seen.c.digest))
_FORGET = Statement(delete(seen).where(seen.c.node_id.in_(IDS)))
_kept = insert(seen)
_REMEMBER = Statement(_kept.on_conflict_do_update(index_elements=["node_id"], set_={"digest": _kept.excluded.digest}))
