"""Dates and schedules: who begins because of the day, served exactly once whatever clocks and daylight saving do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir import localtime
from comptoir.clock import instant, micros
from comptoir.model.scenario import NOTHING_KNOWN, Happening, Subject
from comptoir.scenarios import calendar_marks, hear, runs, walk
from comptoir.scenarios.hear import Floor, Heard
from comptoir.scenarios.parse import EVERY_BRAND, Definition
from comptoir.scenarios.rows import firings
from comptoir.scenarios.turn import Found, Turn
from comptoir.state.statement import Statement

GRACE = timedelta(days=2)
"""How late a day or a schedule that was missed is still served; what is older is let go."""
_AT_ONCE = 5_000
_MIDNIGHT = time(0, 0)


def fire(turn: Turn) -> None:
    """Begin the runs of each schedule and date whose time has come."""
    _SEEN.each(turn.connection, [{"brand": calendar_marks.NEW}])
    if turn.hands.people is None:
        return
    for definition in turn.shelf.live:
        if definition.trigger.schedule is not None or definition.trigger.date is not None:
            for brand in _brands(turn, definition):
                _serve(turn, definition, brand)


_SEEN = Statement(delete(firings).where(firings.c.brand == bindparam("brand")))


def is_due(connection: Any, at: int) -> bool:
    """Say whether a schedule or date is due."""
    f = firings.c
    return connection.execute(select(f.scenario).where(f.next_at <= at).limit(1)).first() is not None


def _brands(turn: Turn, definition: Definition) -> list[str]:
    return sorted(turn.zones) if EVERY_BRAND in definition.brands else [b for b in definition.brands if b in turn.zones]


def _serve(turn: Turn, definition: Definition, brand: str) -> None:
    zone = turn.zones[brand]
    rule = _rule(definition, zone)
    f = firings.c
    mine = (f.scenario == definition.scenario, f.brand == brand, f.rule == rule)
    row = turn.connection.execute(select(f.done_until, f.next_at).where(*mine)).first()
    if row is None:
        # a new rule looks ahead only: what was before it is not its business
        _mark(turn, definition, brand, rule=rule, until=turn.now)
        return
    if row.next_at is None or row.next_at > turn.at:
        return
    done_until = max(instant(row.done_until), turn.now - GRACE)
    _mark(turn, definition, brand, rule=rule, until=turn.now, fired_at=turn.at)
    for at in _occurrences(definition, done_until, turn.now, zone):
        people = _found(turn, definition, brand, zone, at)
        for start in range(0, len(people), _AT_ONCE):
            some = people[start : start + _AT_ONCE]
            begin(turn, definition, [happening_of(definition, brand, one, at, turn.now) for one in some])
        turn.done.fired += 1


def _rule(definition: Definition, zone: str) -> str:
    schedule, date = definition.trigger.schedule, definition.trigger.date
    if schedule is not None:
        return f"cron {schedule.cron.text} {zone}"
    assert date is not None
    return f"date {date.trait or ''} {date.since or ''} {date.days_after} {date.at:%H:%M} {zone}"


def _mark(
    turn: Turn, definition: Definition, brand: str, *, rule: str, until: datetime, fired_at: int | None = None
) -> None:
    zone = turn.zones[brand]
    following = _next(definition, until, zone)
    row = {
        "scenario": definition.scenario,
        "brand": brand,
        "rule": rule,
        "done_until": micros(until),
        "next_at": None if following is None else micros(following),
        "fired_at": fired_at,
    }
    turn.connection.execute(
        upsert(firings).values(row).on_conflict_do_update(index_elements=["scenario", "brand", "rule"], set_=row)
    )


def _next(definition: Definition, after: datetime, zone: str) -> datetime | None:
    schedule, date = definition.trigger.schedule, definition.trigger.date
    if schedule is not None:
        return schedule.cron.after(after, zone)
    assert date is not None
    return localtime.next_local(after + timedelta(microseconds=1), zone, date.at)


def _occurrences(definition: Definition, since: datetime, until: datetime, zone: str) -> list[datetime]:
    """Give what is to be served: of a schedule the last time only, of a date each of its days."""
    if definition.trigger.schedule is not None:
        last = definition.trigger.schedule.cron.last_until(since, until, zone)
        return [] if last is None else [last]
    found: list[datetime] = []
    at = _next(definition, since, zone)
    while at is not None and at <= until:
        found.append(at)
        at = _next(definition, at, zone)
    return found


def _found(turn: Turn, definition: Definition, brand: str, zone: str, at: datetime) -> Sequence[Found]:
    people = turn.hands.people
    assert people is not None
    schedule, date = definition.trigger.schedule, definition.trigger.date
    if date is not None:
        day = datetime.combine(localtime.local_date(at, zone), _MIDNIGHT)
        found = people.of_day(date, brand=brand, zone=zone, day=day)
        return _not_this_year(turn, definition, found, at, zone) if date.is_yearly else found
    assert schedule is not None
    return _asked(turn, definition, brand, people.of_audience(schedule.audience, brand=brand))


def _not_this_year(
    turn: Turn, definition: Definition, found: Sequence[Found], at: datetime, zone: str
) -> Sequence[Found]:
    """Leave out those who had their day this year already, under whatever name or date."""
    kin = turn.hands.nodes_of(turn.connection, {one.node_id for one in found}) if found else {}
    year = localtime.local_date(at, zone).year
    had = {
        one.node_id
        for one in runs.of_nodes(turn.connection, {node for some in kin.values() for node in some})
        if one.scenario == definition.scenario and localtime.local_date(instant(one.entered_at), zone).year == year
    }
    return [one for one in found if had.isdisjoint(kin.get(one.node_id, {one.node_id}))]


def _asked(turn: Turn, definition: Definition, brand: str, found: Sequence[Found]) -> list[Found]:
    """Leave out those for whom the audience's condition does not hold."""
    assert definition.trigger.schedule is not None
    condition = definition.trigger.schedule.audience.condition
    if condition is None:
        return list(found)
    kept: list[Found] = []
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        known = turn.facts_of([
            Subject(subject_id=place, brand=brand, node_id=one.node_id, cart_key=None, needs=definition.needs)
            for place, one in enumerate(some)
        ])  # fmt: skip
        worlds = [(one, known.get(place, NOTHING_KNOWN)) for place, one in enumerate(some)]
        facts = walk.facts_of_people(turn, definition, brand, [(one.node_id, world) for one, world in worlds])
        kept += [one for one, said in zip(some, facts, strict=True) if condition.holds(said)]
    return kept


def happening_of(definition: Definition, brand: str, found: Found, at: datetime, now: datetime) -> Happening:
    """Make the happening that begins a run of somebody found."""
    said = {"scenario": definition.scenario, "at": at.isoformat(), **found.said}
    return Happening(
        message_id=f"{definition.scenario}:{micros(at)}:{found.profile_id}:{found.about}",
        name="",
        node_id=found.node_id,
        profile_id=found.profile_id,
        brand=brand,
        occurred_at=now,
        received_at=now,
        order_key=found.about or None,
        cart_key=found.cart_key,
        cart_id=found.cart_id,
        properties=msgspec.json.encode(said).decode(),
    )


def begin(turn: Turn, definition: Definition, happenings: Sequence[Happening]) -> int:
    """Begin a run for each of these, unless it runs already or rests; give how many began."""
    heard = [Heard(one, micros(one.occurred_at)) for one in happenings]
    floor = Floor(turn, heard)
    began = sum(hear.enroll(turn, definition, one, floor) for one in heard)
    hear.write(turn, floor)
    return began
