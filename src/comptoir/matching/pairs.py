"""Pairs of records, compared by Splink: those that rules find, or those named one by one."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from splink import DuckDBAPI, Linker
from sqlglot import exp

from comptoir.matching import blocking
from comptoir.matching.blocking import Rule
from comptoir.matching.comparing import Comparison
from comptoir.matching.composed import column, condition, dropped, expression, text
from comptoir.matching.model import RAREST, Model, Seen, Weights
from comptoir.matching.people import PEOPLE, RECORD, People
from comptoir.matching.roles import Role

SEED = 1
RANDOM_PAIRS = 250_000
LEARNED_FROM = 150_000
"""Most records whose pairs are compared to learn; with more, as many are taken by the hash of their number."""
_UNTRAINED = 0.1
_FRESH = "fresh_records"
_LOG = logging.getLogger("splink")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False  # it speaks of its own tables


def settings(
    comparisons: Sequence[Comparison], weights: Sequence[Weights], rules: Sequence[Rule], *, keeps_levels: bool
) -> dict[str, object]:
    """Write a model as Splink reads it."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": RECORD,
        "comparisons": [_comparison(one, told) for one, told in zip(comparisons, weights, strict=True)],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule.sql} for rule in rules],
        "retain_intermediate_calculation_columns": True,
        "retain_matching_columns": keeps_levels,
    }


def count(people: People, comparisons: Sequence[Comparison], rules: Sequence[Rule]) -> Seen:
    """Count likenesses, among the pairs that rules find and among pairs drawn at random."""
    database, step = people.database, max(1, -(-people.count // LEARNED_FROM))
    database.execute(text(_sample(step)))
    (taken,) = database.sql("SELECT count(*) FROM learned_from").fetchall()[0]
    weights = [
        Weights(m=tuple(level.expected for level in one.levels), u=(_UNTRAINED,) * len(one.levels))
        for one in comparisons
    ]
    linker = _linker(people, settings(comparisons, weights, rules, keeps_levels=True), "learned_from")
    found = _levels(
        people, comparisons, _score_named(linker, people.database.table(blocking.find(people, rules, "learned_from")))
    )
    chance = _levels(people, comparisons, _score_named(linker, _random_pairs(people)))
    rows = np.array(found, dtype=np.int64).reshape(len(found), 2 * len(comparisons) + 1)
    powers = rows[:, len(comparisons) : -1]
    seen = Seen(
        patterns=rows[:, : len(comparisons)],
        commonness=np.where(powers == 1, 0.0, np.exp2(powers)),
        counts=rows[:, -1].astype(np.float64),
        pairs=taken * (taken - 1) / 2,
        chance=[_chance(people, one, chance, place) for place, one in enumerate(comparisons)],
        floors=[_floor(people, one) for one in comparisons],
    )
    database.execute("DROP TABLE learned_from")
    return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one column says of a pair. Units: `weight` in bits (log 2 of the odds)."""

    field: str
    """The column; empty for what is known before any is looked at, and for what a household shares anyway."""
    level: str
    """How alike: the words `matching.level.<level>`."""
    weight: float
    chance: float = 1.0
    """How often two strangers are that much alike here: a share of pairs."""


class Scorer:
    """Weighs pairs by a model that has learned."""

    def __init__(self, people: People, model: Model, rules: Sequence[Rule]) -> None:
        self.people, self.model, self._rules = people, model, rules
        self._linker = _linker(people, settings(model.comparisons, model.weights, rules, keeps_levels=False), PEOPLE)

    def find(self, least: float, fresh: Sequence[int] | None = None) -> pa.Table:
        """
        Weigh the pairs that the rules find: all, or those that have one of the `fresh` records.

        Grain: one row a pair of at least this weight: records `a` < `b`, and `weight`, log 2 of the odds.
        Order: by a, b.
        """
        # Splink knows of no households, so it says more, and what it leaves out we would too
        bare = least + _log2(1 - self.model.same - self.model.household) - 1
        if fresh is not None:
            self.people.database.register(_FRESH, pa.table({RECORD: pa.array(fresh, pa.int32())}))
        found = blocking.find(self.people, self._rules, fresh="" if fresh is None else _FRESH)
        pairs = self.people.database.table(found)
        return self._weighed(_score_named(self._linker, pairs, least=bare), least)

    def weigh(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> pa.Table:
        """Weigh the pairs named: as `find`, with all of them."""
        pairs = _blocked(np.minimum(a, b), np.maximum(a, b))
        return self._weighed(_score_named(self._linker, pairs), None)

    def explain(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> dict[tuple[int, int], tuple[Part, ...]]:
        """Say of each pair what every column adds to its weight; the parts of a pair sum up to it."""
        model = self.model
        written = settings(model.comparisons, model.weights, (), keeps_levels=True)
        table = _score_named(_linker(self.people, written, PEOPLE), _blocked(np.minimum(a, b), np.maximum(a, b)))
        told = [exp.alias_(_sum([one]), f"w{place}") for place, one in enumerate(model.comparisons)]
        levels = [column(f"gamma_{one.field.name}") for one in model.comparisons]
        asked = exp.select(column(f"{RECORD}_l"), column(f"{RECORD}_r"), weight(model), *levels, *told).from_(table)
        rows = self.people.database.sql(text(asked)).fetchall()
        self.people.database.execute(text(dropped(table)))
        return {(row[0], row[1]): self._parts(row[2], row[3:]) for row in rows}

    def _parts(self, whole: float, told: Sequence[float]) -> tuple[Part, ...]:
        parts = [Part(field="", level="before", weight=_log2(self.model.same))]
        for place, one in enumerate(self.model.comparisons):
            level, weight = int(told[place]), float(told[len(self.model.comparisons) + place])
            if level >= 0:
                top = len(one.levels) - 1
                likeness = self.model.weights[place].m[top - level]
                parts.append(
                    Part(
                        field=one.field.name,
                        level=one.levels[top - level].key,
                        weight=weight,
                        chance=likeness / 2**weight,
                    )
                )
        shared = whole - sum(part.weight for part in parts)
        return (*parts, Part(field="", level="household", weight=shared))

    def _weighed(self, table: str, least: float | None) -> pa.Table:
        weighed = exp.select(
            exp.alias_(column(f"{RECORD}_l"), "a"),
            exp.alias_(column(f"{RECORD}_r"), "b"),
            exp.alias_(weight(self.model), "weight"),
        ).from_(table)
        kept = exp.select("*").from_(weighed.subquery("w")).order_by("a", "b")
        if least is not None:
            kept = kept.where(f"weight >= {least!r}")
        made = self.people.database.sql(text(kept)).to_arrow_table()
        self.people.database.execute(text(dropped(table)))
        return made


def weight(model: Model) -> exp.Expr:
    """
    Give the weight of a pair, from what Splink says of each column.

    What a household shares counts against the chance that it is one: shared evidence alone never makes one person.
    """
    own = _sum([one for one in model.comparisons if one.is_personal])
    shared = _sum([one for one in model.comparisons if not one.is_personal])
    odds = "least(SHARED, 500) + OWN + SAME - log2(HOUSEHOLD * pow(2, least(SHARED, 500)) + OTHERS)"
    figures = {"SAME": _log2(model.same), "HOUSEHOLD": model.household, "OTHERS": 1 - model.same - model.household}
    parts = {"OWN": own, "SHARED": shared} | {name: exp.Literal.number(repr(value)) for name, value in figures.items()}
    tree = expression(odds, {})
    return tree.transform(
        lambda node: parts[node.name].copy() if isinstance(node, exp.Column) and node.name in parts else node
    )


def _sum(comparisons: Sequence[Comparison]) -> exp.Expr:
    told: exp.Expr = exp.Literal.number("0")
    for one in comparisons:
        for prefix in ("mw_", "mw_tf_adj_"):
            told = exp.Add(this=told, expression=column(prefix + one.field.name))
    return exp.Paren(this=told)


def _log2(value: float) -> float:
    return float(np.log2(value))


def _comparison(one: Comparison, weights: Weights) -> dict[str, object]:
    names = _both(one)
    absent = "l IS NULL OR r IS NULL" + (f" OR ({one.moot})" if one.moot else "")
    missing = {"sql_condition": condition(absent, names), "label_for_charts": "missing", "is_null_level": True}
    levels = [
        {
            "sql_condition": "ELSE" if place == len(one.levels) - 1 else condition(level.condition, names),
            "label_for_charts": level.key,
            "m_probability": weights.m[place],
            "u_probability": weights.u[place],
        }
        for place, level in enumerate(one.levels)
    ]
    levels[0] |= {"tf_adjustment_column": one.field.name, "tf_minimum_u_value": weights.u[0] / RAREST}
    return {"output_column_name": one.field.name, "comparison_levels": [missing, *levels]}


def _both(one: Comparison) -> Mapping[str, str]:
    columns = {"": one.field.name, "other_": one.partner}
    return {f"{name}{side}": f"{column}_{side}" for name, column in columns.items() for side in ("l", "r")}


def _linker(people: People, written: dict[str, object], table: str) -> Linker:
    api = DuckDBAPI(connection=people.database)
    return Linker(api.register(people.database.table(table)), written)


def _sample(step: int) -> exp.Create:
    taken = exp.select("*").from_(PEOPLE).where(f"hash({RECORD}) % {step} = 0").order_by(RECORD)
    return exp.Create(this=exp.to_table("learned_from"), kind="TABLE", expression=taken)


def _random_pairs(people: People) -> pa.Table:
    """Draw pairs from the sample: all of them if they are few, else with a seed."""
    records = np.array(
        people.database.sql("SELECT record FROM learned_from ORDER BY record").fetchnumpy()[RECORD], dtype=np.int64
    )
    count = len(records)
    if count * (count - 1) // 2 <= RANDOM_PAIRS:
        left, right = np.triu_indices(count, 1)
    else:
        draw = np.random.default_rng(SEED).integers(0, count, size=(2, RANDOM_PAIRS))
        left, right = draw[:, draw[0] != draw[1]]
    a, b = records[left], records[right]
    return _blocked(np.minimum(a, b), np.maximum(a, b))


def _blocked(a: NDArray[np.int64], b: NDArray[np.int64]) -> pa.Table:
    return pa.table(
        {
            "match_key": pa.array(np.zeros(len(a), dtype=np.int32)).cast(pa.string()),
            "join_key_l": a.astype(np.int32),
            "join_key_r": b.astype(np.int32),
        }
    )


def _score_named(linker: Linker, pairs: pa.Table | duckdb.DuckDBPyRelation, *, least: float | None = None) -> str:
    """Compare the pairs of a table, and give the name of the one Splink made."""
    registered = linker._db_api.register(pairs)  # noqa: SLF001  # it offers no other way
    linker.table_management.register_blocked_pairs_for_predict(registered)
    return str(linker.inference.predict(threshold_match_weight=least, warning_mode="never").physical_name)


def _levels(people: People, comparisons: Sequence[Comparison], table: str) -> list[tuple[int, ...]]:
    """
    Count the patterns of a table, and drop it.

    Grain: one row a pattern: of each comparison the level (0 is the most alike, −1 missing), then of each how common
    the value agreed on is, as a power of two; last the count.
    """
    keys: list[exp.Expr] = []
    for number, one in enumerate(comparisons):
        top = len(one.levels) - 1
        level = expression(f"CASE WHEN g < 0 THEN -1 ELSE {top} - g END", {"g": f"gamma_{one.field.name}"})
        names = {"g": f"gamma_{one.field.name}", "a": f"tf_{one.field.name}_l", "b": f"tf_{one.field.name}_r"}
        common = expression(f"CASE WHEN g = {top} THEN CAST(round(log2(greatest(a, b))) AS INTEGER) ELSE 1 END", names)
        keys += [exp.alias_(level, f"g{number}"), exp.alias_(common, f"t{number}")]
    columns = [f"{letter}{number}" for letter in "gt" for number in range(len(comparisons))]
    patterns = exp.select(*keys).from_(table).subquery("s")
    counted = exp.select(*columns, "count(*)").from_(patterns).group_by(*columns).order_by(*columns)
    found = people.database.sql(text(counted)).fetchall()
    people.database.execute(text(dropped(table)))
    return found


def _chance(people: People, one: Comparison, drawn: Sequence[tuple[int, ...]], place: int) -> NDArray[np.float64]:
    """Give the share of each level at random: of equal values exactly, by their counts; of the others as drawn."""
    counts: NDArray[np.float64] = np.zeros(len(one.levels), dtype=np.float64)
    for row in drawn:
        if row[place] >= 0:
            counts[row[place]] += row[-1]
    shares: NDArray[np.float64] = counts / max(float(counts.sum()), 1.0)
    if one.moot and one.field.role is not Role.EMAIL:
        return shares  # what is moot hides equal values too
    exact = _equal(people, one)
    shares[1:] *= (1 - exact) / max(1 - float(shares[0]), 1e-9)
    shares[0] = exact
    return shares


def _equal(people: People, one: Comparison) -> float:
    """Give the share of pairs with one value, of those where neither is missing."""
    sizes = (
        exp.select(exp.alias_(exp.func("count", column(one.field.name)), "n"))
        .from_(PEOPLE)
        .group_by(column(one.field.name))
    )
    counted = expression("sum(n * (n - 1.0)) / greatest(sum(n) * (sum(n) - 1.0), 1.0)", {})
    (share,) = people.database.sql(text(exp.select(counted).from_(sizes.subquery("s")))).fetchall()[0]
    return float(share or 0.0)


def _floor(people: People, one: Comparison) -> float:
    """Give the least chance the data can speak of: a fraction of one value among all there are."""
    distinct = exp.select(exp.Count(this=exp.Distinct(expressions=[column(one.field.name)]))).from_(PEOPLE)
    (values,) = people.database.sql(text(distinct)).fetchall()[0]
    return 1 / (RAREST * max(int(values), 1))
