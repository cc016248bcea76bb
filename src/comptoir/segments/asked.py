"""
What a condition asks of facts: which rows of which relation must be there, and how many.

One such question has two shapes (`predicate.py`, `tick.py`); both are made from what is said here and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from sqlglot import exp

from comptoir import localtime

NODE, PROFILE = "node_id", "profile_id"
PREVIOUS = "prev_"
"""Begins the names of parameters that stand for the instant a segment was last asked at."""
Scope = exp.Expr | None
"""Which nodes or profiles are asked about: what a column must satisfy, as a sub-query of keys; None asks about all."""


class Rhythm(NamedTuple):
    """How soon customers buy of a category again. Units: days after a purchase."""

    early: int
    """By which a quarter have bought again."""
    late: int | None
    """By which three quarters have; None: so many never do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a condition must know of the shop to compile."""

    brand: str | None = None
    """Whose facts are looked at; None: those of every brand."""
    zones: Mapping[str, str] = field(default_factory=dict)
    """The time zone of each brand."""
    currencies: Mapping[str, str] = field(default_factory=dict)
    """The currency of each brand."""
    below: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Each category of the tree with itself and all below it, by id and by name."""
    rhythms: Mapping[str, Mapping[str, Rhythm]] = field(default_factory=dict)
    """By brand, the categories that are bought again, as the last night learned them."""
    rankers: frozenset[str] = frozenset()
    """Brands that rank their sources their own way: other values may stand of people's traits."""
    cart_abandoned_minutes: int = 30
    cart_expired_days: int = 30

    @property
    def zone_list(self) -> tuple[str, ...]:
        """List the zones of all brands. Order: by name; a parameter names one by its place."""
        return tuple(sorted(set(self.zones.values()))) or (localtime.DEFAULT_ZONE,)

    @property
    def calendars(self) -> tuple[tuple[int, tuple[str, ...] | None], ...]:
        """Give each zone's place with the brands that live in it; None for the brands where all do in one."""
        if self.brand is not None:
            return ((self.zone_list.index(self.zones.get(self.brand, self.zone_list[0])), None),)
        if len(self.zone_list) == 1:
            return ((0, None),)
        return tuple(
            (place, tuple(sorted(brand for brand, own in self.zones.items() if own == zone)))
            for place, zone in enumerate(self.zone_list)
        )

    @property
    def ranking(self) -> str:
        """Give the brand whose values stand; empty where it ranks sources as all do."""
        return self.brand if self.brand is not None and self.brand in self.rankers else ""

    @property
    def currency(self) -> str | None:
        """Give the currency that amounts without one are meant in: the brand's, else the first brand's."""
        first = next((self.currencies[brand] for brand in sorted(self.currencies)), None)
        return first if self.brand is None else self.currencies.get(self.brand, first)


class Moment(StrEnum):
    """What a bound that moves with time is measured from; the value begins its parameter's name."""

    DAY = "day"
    """The date so many days ago, in a zone."""
    START = "start"
    """The instant at which the day so many days ago began, in a zone."""
    AGO = "ago"
    """The instant so many microseconds ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A bound that moves with time: rows whose `column` is not before it count, or, unless `is_from`, those before."""

    column: str
    moment: Moment
    back: int
    is_from: bool = True
    calendars: tuple[tuple[int, tuple[str, ...] | None], ...] = ((0, None),)

    def holds(self, prefix: str = "") -> exp.Expr:
        """Say which rows count."""
        column = exp.column(self.column)
        return self._by_zone(lambda bound: column >= bound(prefix) if self.is_from else column < bound(prefix))

    def crossed(self) -> exp.Expr:
        """Say which rows began or ceased to count since the instant before."""
        column = exp.column(self.column)
        return self._by_zone(lambda bound: exp.and_(column >= bound(PREVIOUS), column < bound("")))

    def bounds(self, now: datetime, zones: tuple[str, ...]) -> list[object]:
        """Give where the bound stands at `now`, in each calendar."""
        return [_value(self._parameter(place), now, zones) for place, _ in self.calendars]

    def _by_zone(self, said: Callable[[Callable[[str], exp.Expr]], exp.Expr]) -> exp.Expr:
        found = []
        for place, brands in self.calendars:

            def bound(prefix: str, place: int = place) -> exp.Expr:
                return exp.Placeholder(this=f"{prefix}{self._parameter(place)}")

            one = said(bound)
            found.append(one if brands is None else exp.and_(exp.column("brand").isin(*brands), one))
        return exp.or_(*found)

    def _parameter(self, place: int) -> str:
        back = f"m{-self.back}" if self.back < 0 else str(self.back)
        return f"{self.moment}_{back}" if self.moment is Moment.AGO else f"{self.moment}_{back}_{place}"


def days_back(column: str, days: int, around: Around, *, is_date: bool = False, is_from: bool = True) -> Edge:
    """Give the bound of the last so many days of the brands' calendars, today included."""
    moment = Moment.DAY if is_date else Moment.START
    return Edge(column=column, moment=moment, back=days - 1, is_from=is_from, calendars=around.calendars)


def ago(column: str, span: timedelta, *, is_from: bool = True) -> Edge:
    """Give the bound that slides: so long ago. Unless `is_from`, rows at it or before count."""
    micros = span // timedelta(microseconds=1)
    return Edge(column=column, moment=Moment.AGO, back=micros if is_from else micros - 1, is_from=is_from)


def bind(names: Iterable[str], *, now: datetime, before: datetime, zones: tuple[str, ...]) -> dict[str, object]:
    """Give the parameters of these names their values; those that begin with `prev_` stand at `before`."""
    return {name: _value(name.removeprefix(PREVIOUS), before if name.startswith(PREVIOUS) else now, zones)
            for name in names}  # fmt: skip


def _value(name: str, now: datetime, zones: tuple[str, ...]) -> object:
    if name == "now":
        return naive(now)
    moment, said, *place = name.split("_")
    back = -int(said[1:]) if said.startswith("m") else int(said)
    if moment == Moment.AGO:
        return naive(now - timedelta(microseconds=back))
    zone = zones[int(place[0])]
    day = localtime.local_date(now, zone) - timedelta(days=back)
    return day if moment == Moment.DAY else naive(localtime.start_of_day(day, zone))


def naive(at: datetime) -> datetime:
    """Write an instant as the warehouse keeps it: in UTC, without saying so."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def at_literal(day: date, around: Around, *, after: bool = False) -> exp.Expr:
    """Give the instant at which a date begins (or, `after`, the next one) in the zone of the first calendar."""
    start = localtime.start_of_day(day + timedelta(days=1) if after else day, around.zone_list[around.calendars[0][0]])
    return exp.cast(exp.Literal.string(naive(start).isoformat(sep=" ")), "TIMESTAMP")


def date_literal(day: date) -> exp.Expr:
    """Give a date as a literal."""
    return exp.cast(exp.Literal.string(day.isoformat()), "DATE")


class Of(StrEnum):
    """What is measured of the rows that count."""

    COUNT = "count"
    SUM = "sum"
    LEAST = "min"
    MOST = "max"
    DISTINCT = "distinct"
    AVERAGE = "average"


class Measure(NamedTuple):
    """A measure of rows: what, of which column or expression."""

    of: Of = Of.COUNT
    column: exp.Expr = exp.column("node_id")

    def whole(self) -> exp.Expr:
        """Measure rows in one go."""
        match self.of:
            case Of.COUNT:
                return exp.Count(this=exp.Star())
            case Of.DISTINCT:
                return exp.Count(this=exp.Distinct(expressions=[self.column.copy()]))
            case Of.AVERAGE:
                return exp.Avg(this=self.column.copy())
        return _PLAIN[self.of](this=self.column.copy())

    @property
    def adds_up(self) -> bool:
        """Say whether measures of parts give the measure of the whole."""
        return self.of not in {Of.DISTINCT, Of.AVERAGE}

    def of_parts(self, column: exp.Expr) -> exp.Expr:
        """Measure measures of parts."""
        return _PLAIN[Of.SUM if self.of is Of.COUNT else self.of](this=column)


COUNT = Measure()
_PLAIN: Mapping[Of, type[exp.AggFunc]] = {Of.SUM: exp.Sum, Of.LEAST: exp.Min, Of.MOST: exp.Max}


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """
    Rows keyed by node or by profile. Two of one name are the same.

    `rows` gives them, for those its key is `scope`d to; `hears` names what news of a tick may change them.
    """

    name: str
    by: str = NODE
    rows: Callable[[Scope], exp.Select] = field(compare=False)
    hears: frozenset[str]
    is_heavy: bool = False
    """Whether it is made of single events: then no table answers, and long spans are asked on schedule."""


class Op(StrEnum):
    """How a measure is compared."""

    AT_LEAST = ">="
    MORE_THAN = ">"
    AT_MOST = "<="


_COMPARE: Mapping[Op, type[exp.Binary]] = {Op.AT_LEAST: exp.GTE, Op.MORE_THAN: exp.GT, Op.AT_MOST: exp.LTE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The same question as a row of the tick's condition table, over `fact.day_activity`; no categories: any."""

    names: tuple[str, ...]
    categories: tuple[str, ...] = ()
    brand: str | None = None
    column: str = "events"
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    One question: does a measure of the rows that count compare so? Where no row counts, the answer is no.

    Rows count that satisfy `where` and lie within the `edges`.
    """

    relation: Relation
    where: tuple[exp.Expr, ...] = ()
    edges: tuple[Edge, ...] = ()
    measure: Measure = COUNT
    op: Op = Op.AT_LEAST
    value: Decimal = Decimal(1)
    names: frozenset[str] | None = None
    """The events it looks at; None where it does not look at them by name."""
    row: Row | None = None
    is_daily: bool = False
    """Whether it must be asked anew each day although no row crossed an edge."""

    def counts(self, prefix: str = "") -> exp.Expr:
        """Say which rows count."""
        parts = [*(one.copy() for one in self.where), *(edge.holds(prefix) for edge in self.edges)]
        return exp.and_(*parts) if parts else exp.true()

    def holds(self, measured: exp.Expr) -> exp.Expr:
        """Compare a measure."""
        return _COMPARE[self.op](this=measured, expression=number(self.value))

    @property
    def is_there(self) -> bool:
        """Say whether it only asks for one row to be there."""
        return self.measure.of is Of.COUNT and self.op is Op.AT_LEAST and self.value <= 1


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; of none, yes."""

    parts: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; of none, no."""

    parts: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class No:
    """The part does not hold."""

    part: Question


Question = Asked | Every | Some | No


def each(question: Question) -> Iterator[Asked]:
    """Give the single questions. Order: as they stand."""
    match question:
        case Asked():
            yield question
        case No():
            yield from each(question.part)
        case Every() | Some():
            for part in question.parts:
                yield from each(part)


def text_of(question: Question) -> str:
    """Write a question down: questions of one text are one question and have one answer."""
    match question:
        case Asked():
            said = [one.sql(dialect="duckdb") for one in (*question.where, question.measure.column)]
            plain = (*question.edges, question.measure.of, question.op, question.value, question.is_daily)
            return " | ".join((_relation_text(question.relation), *said, *map(repr, plain)))
        case No(part):
            return f"no({text_of(part)})"
        case Every(parts) | Some(parts):
            joined = ", ".join(map(text_of, parts))
            return f"{type(question).__name__}({joined})"


@lru_cache(maxsize=1_024)
def _relation_text(relation: Relation) -> str:
    return relation.rows(None).sql(dialect="duckdb")


def number(value: Decimal) -> exp.Expr:
    """Give an exact number as a literal."""
    return exp.convert(int(value)) if value == value.to_integral_value() else exp.Literal.number(f"{value:f}")


def mapped(rows: exp.Select, *columns: exp.Expr) -> exp.Select:
    """Add whose each row is: join rows keyed by node with the map of nodes."""
    people = exp.table_("profile_of", db="fact", alias="map")
    return (
        exp.select(exp.column(PROFILE, table="map"), *columns)
        .from_(rows.subquery("r"))
        .join(people, on=exp.column(NODE, table="map").eq(exp.column(NODE, table="r")))
        .where(exp.column(PROFILE, table="map").is_(exp.null()).not_())
    )
