"""A computed trait put to the warehouse: the rows that its conditions count, and what is made of them by person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlglot import exp

from comptoir.model import money
from comptoir.segments import compare, relations
from comptoir.segments.asked import NODE, PROFILE, Around, Asked, Scope, each, mapped
from comptoir.segments.kinds.did import Did
from comptoir.segments.kinds.ordered import Ordered
from comptoir.segments.kinds.spans import local_day
from comptoir.segments.traits.definition import AMOUNT, DAY, OF_TEXTS, QUANTITY, Made, Trait, is_told_by_days

_NUMBER = exp.DataType.build("DECIMAL(38, 9)", dialect="duckdb")
_WHOLE = exp.DataType.build("DECIMAL(27, 0)", dialect="duckdb")
_OWNED = "owned"
_TEXT, _WEIGHT, _LATEST, _WORTH = "one", "weight", "latest", "worth"
_OF_LINES = frozenset({"category", "product", QUANTITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The rows that count, each with whose it is, and what its columns mean."""

    rows: exp.Select
    weight: exp.Expr
    """How often a row counts."""
    day: exp.Expr
    first: exp.Expr
    last: exp.Expr
    """The instants it begins and ends at."""
    order: exp.Expr | None = None
    """What tells the orders apart where a row is one of their lines."""

    def count(self, worth: exp.Expr | None = None) -> exp.Expr:
        """Count what was done; with `worth`, only where that number is known."""
        counted = self.order if self.order is not None else self.weight
        if worth is not None:
            counted = exp.Case().when(worth.copy().is_(exp.null()).not_(), counted.copy())
        return exp.Sum(this=counted) if self.order is None else exp.Count(this=exp.Distinct(expressions=[counted]))


def select(trait: Trait, around: Around, scope: Scope = None) -> exp.Select:
    """
    Select what a trait comes to, for everybody or the profiles that `scope` selects.

    Grain: one row a profile that has such a row. Shape: profile_id, said, number, day.
    """
    around = replace(around, brand=trait.brand or around.brand)
    if trait.made is Made.RATIO:
        return _ratio(trait, around, scope)
    if trait.made in OF_TEXTS:
        return _frequent(trait, around, scope)
    if trait.made in {Made.FIRST, Made.LAST} and trait.value != DAY:
        return _at_the_end(trait, around, scope)
    source = source_of(trait.of, trait.value, around, scope)
    return _aggregated(trait, source, around)


def _aggregated(trait: Trait, source: Source, around: Around) -> exp.Select:
    grouped = _from(source.rows)
    match trait.made:
        case Made.FIRST:
            return _of_days(grouped, exp.Min(this=source.day))
        case Made.LAST:
            return _of_days(grouped, exp.Max(this=source.day))
        case Made.DAYS_SINCE:
            today = exp.Placeholder(this=f"day_0_{around.calendars[0][0]}")
            day = exp.Max(this=source.day)
            return _of_numbers(grouped, exp.cast(_days_between(day, today), _NUMBER), day=day.copy())
        case Made.COUNT:
            return _of_numbers(grouped, exp.cast(source.count(), _NUMBER))
    worth = _worth(trait.of, trait.value, around)
    whole = exp.Sum(this=worth)
    if trait.made is Made.SUM:
        return _of_numbers(grouped, exp.TryCast(this=whole, to=_NUMBER))
    counted = exp.func("nullif", source.count(worth), exp.convert(0))
    share = exp.Div(this=exp.cast(whole, "DOUBLE"), expression=exp.cast(counted, "DOUBLE"))
    return _of_numbers(grouped, exp.TryCast(this=share, to=_NUMBER))


def _days_between(first: exp.Expr, last: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="date_diff", expressions=[exp.Literal.string("day"), first, last])


def is_quick(trait: Trait) -> bool:
    """Say whether days or orders answer it: then it follows ticks, else it is computed once a day."""
    sources = [trait.of, *([trait.over] if trait.over is not None else [])]
    return not any(_asked(of, trait.value, Around()).relation.is_heavy for of in sources)


def source_of(of: Did | Ordered, value: str, around: Around, scope: Scope) -> Source:
    """Give the rows that a condition counts, in the narrowest relation that knows `value`."""
    asked = _asked(of, value, around)
    counting = exp.select("*").from_(asked.relation.rows(_nodes(scope)).subquery("rows")).where(asked.counts())
    owned = mapped(counting, exp.Column(this=exp.Star(), table=exp.to_identifier("r")))
    order = exp.column("order_hash") if asked.relation == relations.LINES else None
    return Source(rows=owned, order=order, **_meanings(asked, of, around))


def _asked(of: Did | Ordered, value: str, around: Around) -> Asked:
    if isinstance(of, Ordered):
        return next(each(replace(of, measure="items" if value in _OF_LINES else "orders").asked(around)))
    is_narrow = is_told_by_days(of) and value in {"", DAY, "category", "event", QUANTITY, AMOUNT}
    return next(each((of if is_narrow else replace(of, measure="distinct", of=value or "product_id")).asked(around)))


def _meanings(asked: Asked, of: Did | Ordered, around: Around) -> Mapping[str, exp.Expr]:
    match asked.relation:
        case relations.DAYS:
            counted = "mentions" if isinstance(of, Did) and of.category else "events"
            return {
                "weight": exp.column(counted), "day": exp.column("day"), "first": exp.column("first_at"),
                "last": exp.column("last_at"),
            }  # fmt: skip
        case relations.EVENTS:
            column = "occurred_at"
        case _:
            column = "ordered_at"
    at = exp.column(column)
    return {"weight": exp.convert(1), "day": local_day(column, around), "first": at, "last": at.copy()}


def _nodes(scope: Scope) -> Scope:
    if scope is None:
        return None
    people = exp.table_("profile_of", db="fact")
    return exp.select(NODE).from_(people).where(exp.column(PROFILE).isin(query=scope.copy()))


def _text(value: str) -> exp.Expr:
    known: Mapping[str, str] = {
        "category": "category", "event": "name", "product": "product_id", "channel": "channel", "coupon": "coupon",
        "country": "country",
    }  # fmt: skip
    return exp.column(known[value]) if value in known else compare.property_text(value)


def _worth(of: Did | Ordered, value: str, around: Around) -> exp.Expr:
    """Give a row's number: an amount in whole units of the currency, a quantity, or a property."""
    if value == QUANTITY:
        return exp.cast(exp.column("quantity"), _NUMBER)
    if value != AMOUNT:
        return exp.TryCast(this=compare.property_text(value), to=compare.ADDED_UP)
    currency = (of.currency if isinstance(of, Ordered) else None) or around.currency
    unit = Decimal(1).scaleb(-money.EXPONENT.get(currency or "", 2))
    whole = exp.TryCast(this=exp.column("amount_minor"), to=_WHOLE)
    amount = exp.Mul(this=whole, expression=exp.cast(exp.Literal.number(f"{unit:f}"), "DECIMAL(9, 9)"))
    return exp.Case().when(exp.column("currency").eq(currency or ""), amount)


def _from(rows: exp.Select) -> exp.Select:
    return exp.select(PROFILE).from_(rows.subquery(_OWNED)).group_by(PROFILE)


def _of_numbers(grouped: exp.Select, number: exp.Expr, *, day: exp.Expr | None = None) -> exp.Select:
    """Say numbers as people write them: without zeros that say nothing."""
    text: exp.Expr = exp.cast(number.copy(), "VARCHAR")
    for trailing in ("0", "."):
        text = exp.Anonymous(this="rtrim", expressions=[text, exp.Literal.string(trailing)])
    return grouped.select(
        exp.alias_(exp.Array(expressions=[text]), "said"),
        exp.alias_(number, "number"),
        exp.alias_(exp.cast(day if day is not None else exp.null(), "DATE"), "day"),
    ).having(number.copy().is_(exp.null()).not_())


def _of_days(grouped: exp.Select, day: exp.Expr) -> exp.Select:
    return grouped.select(
        exp.alias_(exp.Array(expressions=[exp.cast(day.copy(), "VARCHAR")]), "said"),
        exp.alias_(exp.cast(exp.null(), _NUMBER), "number"),
        exp.alias_(day, "day"),
    )


def _of_texts(rows: exp.Select, said: exp.Expr) -> exp.Select:
    return rows.select(
        exp.alias_(said, "said"),
        exp.alias_(exp.cast(exp.null(), _NUMBER), "number"),
        exp.alias_(exp.cast(exp.null(), "DATE"), "day"),
    )


def _frequent(trait: Trait, around: Around, scope: Scope) -> exp.Select:
    source = source_of(trait.of, trait.value, around, scope)
    text = _text(trait.value)
    weighed = (
        exp.select(
            PROFILE, exp.alias_(text, _TEXT), exp.alias_(source.weight, _WEIGHT), exp.alias_(source.last, _LATEST)
        )
        .from_(source.rows.subquery(_OWNED))
        .where(text.copy().neq(""))
    )
    summed = (
        exp.select(
            PROFILE, _TEXT, exp.alias_(exp.Sum(this=exp.column(_WEIGHT)), _WEIGHT),
            exp.alias_(exp.Max(this=exp.column(_LATEST)), _LATEST),
        )
        .from_(weighed.subquery("weighed"))
        .group_by(PROFILE, _TEXT)
    )  # fmt: skip
    place = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column(PROFILE)],
        order=exp.Order(expressions=[
            exp.Ordered(this=exp.column(_WEIGHT), desc=True), exp.Ordered(this=exp.column(_LATEST), desc=True),
            exp.Ordered(this=exp.column(_TEXT)),
        ]),
    )  # fmt: skip
    ranked = exp.select(PROFILE, _TEXT, exp.alias_(place, "place")).from_(summed.subquery("summed"))
    most = 1 if trait.made is Made.MOST_FREQUENT else trait.most
    kept = exp.select(PROFILE).from_(ranked.subquery("ranked")).where(exp.column("place") <= most).group_by(PROFILE)
    ordered = exp.Order(this=exp.column(_TEXT), expressions=[exp.Ordered(this=exp.column("place"))])
    return _of_texts(kept, exp.ArrayAgg(this=ordered))


def _at_the_end(trait: Trait, around: Around, scope: Scope) -> exp.Select:
    source = source_of(trait.of, trait.value, around, scope)
    text = _text(trait.value)
    is_last = trait.made is Made.LAST
    place = exp.Window(
        this=exp.RowNumber(),
        partition_by=[exp.column(PROFILE)],
        order=exp.Order(expressions=[
            exp.Ordered(this=source.last if is_last else source.first, desc=is_last), exp.Ordered(this=text.copy()),
        ]),
    )  # fmt: skip
    rows = exp.select(PROFILE).from_(source.rows.subquery(_OWNED)).where(text.copy().neq("")).qualify(place.eq(1))
    return _of_texts(rows, exp.Array(expressions=[text]))


def _ratio(trait: Trait, around: Around, scope: Scope) -> exp.Select:
    assert trait.over is not None

    def counted(of: Did | Ordered) -> exp.Select:
        source = source_of(of, "", around, scope)
        return _from(source.rows).select(exp.alias_(source.count(), _WORTH))

    mine, whole = (exp.cast(exp.column(_WORTH, table=name), "DOUBLE") for name in ("mine", "whole"))
    found = exp.func("coalesce", mine, exp.convert(0))
    share = exp.TryCast(this=exp.Div(this=found, expression=whole), to=_NUMBER)
    joined = (
        exp.select(exp.column(PROFILE, table="whole"), exp.alias_(share, _WORTH))
        .from_(counted(trait.over).subquery("whole"))
        .join(counted(trait.of).subquery("mine"), using=[PROFILE], join_type="left")
    )
    return _of_numbers(_from(joined), exp.Max(this=exp.column(_WORTH)))
