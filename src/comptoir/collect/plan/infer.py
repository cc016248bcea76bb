"""A tracking plan made of what arrives: types, fill rates and short lists of values become a draft to correct."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from comptoir.collect import parse
from comptoir.collect.plan.check import is_well_named
from comptoir.collect.plan.declared import MOST_EVENTS, MOST_PROPERTIES, Kind, Naming, Plan, Planned, Property

FEWEST = 20
"""Events from which a property that is always there counts as required."""
FEWEST_FOR_VALUES = 100
"""Values from which a short list of them is taken for all there are."""
MOST_VALUES = 8
REQUIRED_SHARE = 0.995
SAME_SHARE = 0.99
"""Of a property's values, those of one type, from which the others are taken for mistakes."""
_LONGEST_VALUE = 40
OTHERS = "(others)"
"""The event under which names beyond a limit are counted."""
MOST_ROWS = 20_000
"""Events and properties that are looked at, the most frequent ones."""
_EVERY_TICK = 2**62

_KINDS = {
    "VARCHAR": Kind.TEXT, "BIGINT": Kind.INTEGER, "UBIGINT": Kind.INTEGER, "HUGEINT": Kind.INTEGER,
    "DOUBLE": Kind.NUMBER, "BOOLEAN": Kind.BOOLEAN, "ARRAY": Kind.LIST, "OBJECT": Kind.OBJECT,
}  # fmt: skip


def asking(*, brand: str, since: int) -> dict[str, object]:
    """Give the parameters of `plan_shapes` for a brand's plan. Units: microseconds since 1970."""
    return {"after": 0, "upto": _EVERY_TICK, "since_at": since, "brand": brand, "most": MOST_ROWS}


def infer(rows: Sequence[Mapping[str, Any]]) -> Plan:
    """
    Make a plan of what arrived.

    Shape: rows of `reports/sql/plan_shapes.sql`: event, property (empty for the event itself), type, times, distinct
    values, some values.
    """
    times: Counter[str] = Counter()
    parts: defaultdict[str, defaultdict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["event"] == OTHERS:
            continue  # names beyond the limit, counted together
        if row["property"]:
            parts[row["event"]][row["property"]].append(row)
        else:
            times[row["event"]] += row["times"]
    names = sorted(name for name, _ in times.most_common(MOST_EVENTS) if name.strip())
    events = {
        name: Planned(properties=dict(_properties(parts[name], times[name])))
        for name in names
    }  # fmt: skip
    return Plan(naming=_naming(names), events=events)


def _properties(parts: Mapping[str, list[Mapping[str, Any]]], whole: int) -> list[tuple[str, Property]]:
    counted = {name: sum(row["times"] for row in rows if row["type"] != "NULL") for name, rows in parts.items()}
    frequent = sorted(parts, key=lambda name: (-counted[name], name))[: MOST_PROPERTIES // 2]
    return [(name, _property(parts[name], counted[name], whole)) for name in sorted(frequent) if counted[name]]


def _property(rows: Sequence[Mapping[str, Any]], count: int, whole: int) -> Property:
    kinds: Counter[Kind] = Counter()
    for row in rows:
        if row["type"] != "NULL":
            kinds[_KINDS.get(row["type"], Kind.ANY)] += row["times"]
    kind = _kind(kinds, count)
    texts = [row for row in rows if row["type"] == "VARCHAR"]
    if kind is Kind.TEXT and texts[0]["some_values"] and all(_is_instant(one) for one in texts[0]["some_values"]):
        kind = Kind.INSTANT
    return Property(
        type=kind,
        required=whole >= FEWEST and count >= REQUIRED_SHARE * whole,
        one_of=_values(texts, count) if kind is Kind.TEXT else [],
    )


def _kind(kinds: Counter[Kind], count: int) -> Kind:
    if set(kinds) == {Kind.INTEGER, Kind.NUMBER}:
        return Kind.NUMBER
    kind, times = kinds.most_common(1)[0]
    return kind if times >= SAME_SHARE * count else Kind.ANY


def _values(texts: Sequence[Mapping[str, Any]], count: int) -> list[str | int | float | bool]:
    known = sorted({str(one) for row in texts for one in row["some_values"] or ()})
    is_short = 0 < len(known) <= MOST_VALUES and all(row["distinct_count"] <= MOST_VALUES for row in texts)
    is_word = all(len(one) <= _LONGEST_VALUE and not any(sign.isdigit() for sign in one) for one in known)
    return [*known] if is_short and is_word and count >= FEWEST_FOR_VALUES else []


def _is_instant(value: str) -> bool:
    return not value.isdigit() and parse.instant(value) is not None


def _naming(names: Sequence[str]) -> Naming:
    own = [name for name in names if name not in {"page", "screen", "identify", "group"}]
    for naming in (Naming.OBJECT_ACTION, Naming.SNAKE):
        if own and all(is_well_named(name, naming) for name in own):
            return naming
    return Naming.ANY
