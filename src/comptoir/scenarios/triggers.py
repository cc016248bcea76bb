"""What starts a run: an event, a segment or score, a date, a schedule, or a hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from comptoir import localtime
from comptoir.grammar import properties
from comptoir.grammar.fields import BadDefinition, Fields
from comptoir.grammar.properties import ANYTHING, Test, Where
from comptoir.localtime import Cron
from comptoir.model import money
from comptoir.model.scenario import SCORE_CHANGED, SEGMENT_ENTERED, SEGMENT_EXITED
from comptoir.scenarios import conditions
from comptoir.scenarios.conditions import Condition

KEYS = ("cart", "person", "product", "order")
DATE_BASES = ("order", "last_order", "last_visit")
FOREVER = timedelta(days=36_500)
_NINE = time(9, 0)
_KINDS = ("events", "segment", "score", "date", "schedule", "manual")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A score passes a value, upwards or downwards."""

    value: Decimal
    rises: bool

    def holds(self, said: Mapping[str, Any]) -> bool:
        """Say whether a change passes it; the first value of a score counts as coming from the other side."""
        to, before = _number(said.get("to")), _number(said.get("from"))
        if to is None:
            return False
        if self.rises:
            return to >= self.value and (before is None or before < self.value)
        return to <= self.value and (before is None or before > self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRule:
    """
    A day that each person has: every year's day of a trait, or so many days after an order or a visit.

    29 February is kept on 28 February where the year has none.
    """

    trait: str | None = None
    since: str | None = None
    days_after: int = 0
    at: time = _NINE

    @property
    def is_yearly(self) -> bool:
        """Say whether the day comes back every year."""
        return self.trait is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who a schedule is for: those of a statement, of a list, or everyone with an address; then a condition."""

    sql: str | None = None
    people: tuple[str, ...] = ()
    condition: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A crontab in each brand's zone, and for whom."""

    cron: Cron
    audience: Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """
    What starts a run, and what one run is about: a cart, a person, a product that a person is interested in, an order.

    A key may begin again `again_after` its last run that came to a wish to contact; `is_once`: never again.
    """

    events: tuple[str, ...] = ()
    where: Where = ANYTHING
    crossing: Crossing | None = None
    date: DateRule | None = None
    schedule: Schedule | None = None
    key: str = "person"
    again_after: timedelta = timedelta(days=1)
    is_once: bool = False

    def starts(self, name: str, said: Mapping[str, Any]) -> bool:
        """Say whether an event of these properties starts a run."""
        if name not in self.events or not self.where.holds(said):
            return False
        return self.crossing is None or self.crossing.holds(said)


def read(inner: Fields) -> Trigger:
    """Read a trigger. Raises: BadDefinition."""
    kinds = [kind for kind in _KINDS if inner.has(kind)]
    if len(kinds) != 1:
        raise BadDefinition(
            what="a trigger has one kind", where=inner.where, mend="write one of " + ", ".join(f"`{k}`" for k in _KINDS)
        )
    found = _READERS[kinds[0]](inner)
    inner.done()
    return found


def _events(inner: Fields) -> Trigger:
    where = properties.read(inner.raw("where"), f"{inner.where}.where") if inner.has("where") else ANYTHING
    return Trigger(events=inner.texts("events"), where=where, key=inner.choice("key", KEYS), **_again(inner))


def _segment(inner: Fields) -> Trigger:
    when = inner.choice("when", ("entered", "exited"), default="entered")
    where = Where((("segment", Test("is", (inner.text("segment"),))),))
    name = SEGMENT_ENTERED if when == "entered" else SEGMENT_EXITED
    return Trigger(events=(name,), where=where, **_again(inner))


def _score(inner: Fields) -> Trigger:
    if inner.has("rises_to") == inner.has("falls_to"):
        raise BadDefinition(what="a score rises or falls", where=inner.where, mend="write `rises_to` or `falls_to`")
    rises = inner.has("rises_to")
    value = inner.decimal("rises_to" if rises else "falls_to")
    where = Where((("score", Test("is", (inner.text("score"),))),))
    crossing = Crossing(value=value, rises=rises)
    return Trigger(events=(SCORE_CHANGED,), where=where, crossing=crossing, **_again(inner))


def _date(inner: Fields) -> Trigger:
    said = inner.inner("date")
    if said.has("trait") == said.has("since"):
        raise BadDefinition(what="a date is of a trait or of an order", where=said.where, mend="keep one of them")
    rule = DateRule(
        trait=said.text("trait") if said.has("trait") else None,
        since=said.choice("since", DATE_BASES) if said.has("since") else None,
        days_after=said.whole("days", 0),
        at=said.local_time("at", _NINE),
    )
    said.done()
    key = "order" if rule.since == "order" else "person"
    return Trigger(date=rule, key=key, **_again(inner, default="always"))


def _schedule(inner: Fields) -> Trigger:
    said = inner.inner("schedule")
    cron = localtime.read_cron(said.text("cron"))
    if cron is None:
        raise said.bad("cron", said.raw("cron"), "five fields such as `30 9 * * 1` (Mondays at half past nine)")
    audience = _audience(said.inner("audience"))
    said.done()
    return Trigger(schedule=Schedule(cron=cron, audience=audience), **_again(inner, default="always"))


def _audience(said: Fields) -> Audience:
    found = Audience(
        sql=said.text("sql") if said.has("sql") else None,
        people=said.texts("people", default=()),
        condition=conditions.read(said.raw("if"), f"{said.where}.if") if said.has("if") else None,
    )
    if found.sql is not None and found.people:
        raise BadDefinition(what="an audience is a statement or a list", where=said.where, mend="keep one of them")
    if found == Audience():
        raise BadDefinition(what="an audience is empty", where=said.where, mend="write `sql`, `people` or `if`")
    said.done()
    return found


def _manual(inner: Fields) -> Trigger:
    inner.flag("manual")
    return Trigger(key=inner.choice("key", ("person",), default="person"), **_again(inner, default="always"))


def _again(inner: Fields, default: object = None) -> dict[str, Any]:
    """Read the policy of re-entry: `once`, `always`, or `{after: 30 days}`."""
    said = inner.raw("again", default)
    if said is None:
        return {}
    if isinstance(said, str) and said in ("once", "always"):
        return {"is_once": said == "once", "again_after": FOREVER if said == "once" else timedelta()}
    policy = inner.inner("again")
    span = policy.duration("after")
    policy.done()
    return {"again_after": span}


_READERS = {
    "events": _events,
    "segment": _segment,
    "score": _score,
    "date": _date,
    "schedule": _schedule,
    "manual": _manual,
}


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        return money.parse(str(value))
    except ValueError:
        return None
