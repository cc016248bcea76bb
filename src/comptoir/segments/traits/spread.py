"""How people are spread over a computed trait: over stretches of a number, over months, or over the commonest texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from comptoir.segments.answers import of_brands
from comptoir.segments.asked import PROFILE
from comptoir.warehouse.base import Cursor

MOST_BARS = 8
"""Stretches of a number that are told apart; the last one has no end."""
MOST_TEXTS = 10
_MONTHS = 12
_VALUE = "value"
SPREAD = pa.schema([
    ("trait", pa.string()), ("kind", pa.string()), ("low", pa.float64()), ("high", pa.float64()), ("says", pa.string()),
    ("people", pa.int64()),
])  # fmt: skip
"""`kind` is number, month or text; a stretch goes from `low` to below `high`, the last one on and on."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Stretches of equal width from `start` on."""

    start: float
    step: float

    def edges(self, place: int) -> tuple[float, float | None]:
        """Give where a stretch begins and ends."""
        low = self.start + place * self.step
        return low, None if place == MOST_BARS - 1 else low + self.step


def scale_of(least: float, high: float, *, is_whole: bool) -> Scale:
    """
    Choose stretches that people read easily (1, 2 or 5 times a power of ten) from the least value to a high one.

    What lies beyond belongs to the last stretch: one strange value does not squeeze all others into a bar.
    """
    wanted = max(high - least, 1e-9) / MOST_BARS
    power: float = 10.0 ** math.floor(math.log10(wanted))
    step = next(power * one for one in (1, 2, 5, 10) if power * one >= wanted * (1 - 1e-9))
    step = max(step, 1.0) if is_whole else step
    return Scale(math.floor(least / step) * step, step)


def values(trait: str, brands: Sequence[str]) -> exp.Select:
    """Select what a trait comes to, of everybody or of who has to do with some brands."""
    kept = exp.select(PROFILE, "said", "number", "day", "as_of").from_(exp.table_("computed_traits", db="fact"))
    kept = kept.where(exp.column("trait").eq(trait))
    return kept.where(exp.column(PROFILE).isin(query=of_brands(brands))) if brands else kept


def spread(cursor: Cursor, trait: str, brands: Sequence[str]) -> list[dict[str, object]]:
    """Say how many people have what. Grain: one row a stretch, month or text. Order: as it is drawn."""
    least, high, distinct, is_whole, days = _summary(cursor, values(trait, brands))
    if distinct:
        scale = None if distinct <= MOST_BARS else scale_of(least, high, is_whole=is_whole)
        found = _few(cursor, trait, brands) if scale is None else _many(cursor, trait, brands, scale)
        return [{**_NOTHING, "trait": trait, "kind": "number", "low": low, "high": end, "people": people}
                for low, end, people in found]  # fmt: skip
    texts, kind = (_months(cursor, trait, brands), "month") if days else (_texts(cursor, trait, brands), "text")
    return [{**_NOTHING, "trait": trait, "kind": kind, "says": says, "people": people} for says, people in texts]


_NOTHING = {"low": None, "high": None, "says": None}


def _summary(cursor: Cursor, kept: exp.Select) -> tuple[float, float, int, bool, int]:
    number = exp.cast(exp.column("number"), "DOUBLE")
    query = exp.select(
        exp.func("min", number), exp.func("quantile_cont", number.copy(), exp.Literal.number("0.95")),
        exp.Count(this=exp.Distinct(expressions=[exp.column("number")])),
        exp.func("coalesce", exp.func("bool_and", number.copy().eq(exp.func("floor", number.copy()))), exp.false()),
        exp.Count(this=exp.column("day")),
    ).from_(kept.subquery("kept"))  # fmt: skip
    ((least, high, distinct, is_whole, days),) = cursor.sql(query.sql(dialect="duckdb")).fetchall()
    return least or 0.0, high or 0.0, distinct, is_whole, days


def _few(cursor: Cursor, trait: str, brands: Sequence[str]) -> list[tuple[float, float | None, int]]:
    """Give each value there is: so few are told one by one."""
    number = exp.alias_(exp.cast(exp.column("number"), "DOUBLE"), _VALUE)
    found = exp.select(number, exp.alias_(exp.Count(this=exp.Star()), "people"))
    kept = values(trait, brands).where("number IS NOT NULL").subquery("kept")
    rows = cursor.sql(found.from_(kept).group_by(_VALUE).order_by(_VALUE).sql(dialect="duckdb")).fetchall()
    return [(value, value, people) for value, people in rows]


def _many(cursor: Cursor, trait: str, brands: Sequence[str], scale: Scale) -> list[tuple[float, float | None, int]]:
    """Count stretches of equal width; one that nobody is in is told too, so that the picture is true."""
    at = exp.Sub(this=exp.cast(exp.column("number"), "DOUBLE"), expression=exp.convert(scale.start))
    place = exp.func("floor", exp.Div(this=exp.paren(at), expression=exp.convert(scale.step)))
    bounded = exp.cast(exp.func("least", place, exp.convert(MOST_BARS - 1)), "INTEGER")
    found = exp.select(exp.alias_(bounded, _VALUE), exp.alias_(exp.Count(this=exp.Star()), "people"))
    kept = values(trait, brands).where("number IS NOT NULL").subquery("kept")
    counts = dict(cursor.sql(found.from_(kept).group_by(_VALUE).sql(dialect="duckdb")).fetchall())
    return [(*scale.edges(one), counts.get(one, 0)) for one in range(max(counts, default=0) + 1)]


def _months(cursor: Cursor, trait: str, brands: Sequence[str]) -> list[tuple[str, int]]:
    """Give the latest months. Order: by month."""
    month = exp.func("strftime", exp.column("day"), exp.Literal.string("%Y-%m"))
    found = exp.select(exp.alias_(month, _VALUE), exp.alias_(exp.Count(this=exp.Star()), "people"))
    kept = values(trait, brands).where("day IS NOT NULL").subquery("kept")
    latest = found.from_(kept).group_by(_VALUE).order_by(f"{_VALUE} DESC").limit(_MONTHS)
    return [(str(says), people) for says, people in reversed(cursor.sql(latest.sql(dialect="duckdb")).fetchall())]


def _texts(cursor: Cursor, trait: str, brands: Sequence[str]) -> list[tuple[str, int]]:
    """Give the texts that most people have. Order: most first."""
    one = exp.alias_(exp.func("unnest", exp.column("said")), _VALUE)
    said = exp.select(one).from_(values(trait, brands).subquery("kept"))
    found = exp.select(_VALUE, exp.alias_(exp.Count(this=exp.Star()), "people")).from_(said.subquery("said"))
    query = found.group_by(_VALUE).order_by("people DESC", _VALUE).limit(MOST_TEXTS)
    return [(str(says), people) for says, people in cursor.sql(query.sql(dialect="duckdb")).fetchall()]
