"""What conditions must know of the shop: zones and currencies of its brands, its categories and their rhythms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from comptoir.segments.asked import Around, Rhythm
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_DEEPEST = 32
"""Levels of categories that are followed: a circle in a catalogue ends here."""


def around_of(cursor: Cursor, *, zones: Mapping[str, str], currencies: Mapping[str, str]) -> Around:
    """Gather what conditions must know, with the categories as the catalogue has them now."""
    rows = load("comptoir.segments", "category_tree").run(cursor).fetchall()
    reports = load("comptoir.segments", "rhythms").run(cursor).fetchall()
    return Around(
        zones=dict(zones),
        currencies=dict(currencies),
        below=below(rows),
        rhythms={brand: rhythms(report) for brand, report in reports},
    )


def rhythms(report: str) -> dict[str, Rhythm]:
    """Give the rhythm of each category, as a run of the score `repurchase` reported it."""
    found = msgspec.json.decode(report).get("categories", ())
    return {one["category"]: Rhythm(one["quarter_days"], one["three_quarters_days"]) for one in found}


def below(rows: Iterable[tuple[str, str, str | None]]) -> dict[str, frozenset[str]]:
    """Give each category with itself and all below it, by id and by name. Shape: rows of id, name and parent's id."""
    names: dict[str, str] = {}
    inner: dict[str, set[str]] = {}
    for one, name, parent in rows:
        names[one] = name
        if parent:
            inner.setdefault(parent, set()).add(one)
    found: dict[str, frozenset[str]] = {}
    for one, name in names.items():
        all_of = _down(one, inner)
        said = frozenset(all_of | {names[each] for each in all_of if each in names})
        found[one] = said
        found[name] = found.get(name, frozenset()) | said
    return found


def _down(one: str, inner: Mapping[str, set[str]]) -> set[str]:
    found, last = {one}, {one}
    for _ in range(_DEEPEST):
        last = {each for above in last for each in inner.get(above, ())} - found
        found |= last
    return found
