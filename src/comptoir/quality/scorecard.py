"""The scorecard: how good each field of each source is, how that moves, and when somebody should look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from comptoir.errors import ComptoirError
from comptoir.quality.fields import Field
from comptoir.quality.rows import watches

FEWEST = 20
"""Values below which a share says nothing."""
USUAL_GOOD_SHARE = 0.9
"""Share of good values below which a field that nobody minds is worth a look."""
FALL = 0.1
"""Fall of the share of good values, from the weeks before to the last one, that is worth a look."""
LONGEST_OWNER = 100
MOST_DAYS = 3_650
WEEKS = 8
"""Weeks of the trend, the last one the present."""


class BadWatch(ComptoirError, ValueError):
    """This cannot be watched so."""

    code, status = "bad_watch", 422
    hint = "Shares are from 0 to 1, days from 0 to 3650; the fields are listed in docs/explanation/quality.md."


class Alarm(StrEnum):
    """Why a field of a source wants somebody."""

    BAD = "bad"
    """Too few of its values are valid or corrected."""
    FALLING = "falling"
    """They have become worse of late."""
    EMPTY = "empty"
    """Too few statements fill it."""
    SILENT = "silent"
    """Nothing has come for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who minds a field of a source, and from when on an alarm is raised; 0 raises none."""

    source: str
    field: str
    owner: str = ""
    least_good_share: float = USUAL_GOOD_SHARE
    least_fill_share: float = 0.0
    most_silent_days: int = 0

    def __post_init__(self) -> None:
        shares = (self.least_good_share, self.least_fill_share)
        is_fine = all(0 <= one <= 1 for one in shares) and 0 <= self.most_silent_days <= MOST_DAYS
        if not is_fine or self.field not in set(Field) or not self.source or len(self.owner) > LONGEST_OWNER:
            raise BadWatch(source=self.source[:100], field=self.field[:100])


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One field of one source. Counts are of all time; shares 0–1, None where there is too little to say."""

    brand: str
    source: str
    field: str
    value_count: int
    valid_count: int
    corrected_count: int
    doubtful_count: int
    refused_count: int
    statement_count: int
    """Statements about people that could have held the field."""
    shared_count: int
    """Distinct values that stand for more than one person; counted for e-mail and phone."""
    distinct_count: int
    last_at: datetime
    weeks: tuple[tuple[int, int], ...]
    """Good values and all values of each of the last weeks, the last one the present."""
    watch: Watch
    alarms: tuple[Alarm, ...]

    @property
    def good_share(self) -> float:
        """Share of values that are valid or corrected."""
        return (self.valid_count + self.corrected_count) / max(1, self.value_count)

    @property
    def fill_share(self) -> float:
        """Share of statements that fill the field."""
        return min(1.0, self.value_count / max(1, self.statement_count))

    @property
    def shared_share(self) -> float:
        """Share of distinct values that stand for more than one person."""
        return self.shared_count / max(1, self.distinct_count)


def cards(
    fields: Iterable[Mapping[str, Any]],
    weeks: Iterable[Mapping[str, Any]],
    shared: Iterable[Mapping[str, Any]],
    watched: Sequence[Watch],
    now: datetime,
) -> list[Card]:
    """
    Make the scorecard of what the warehouse counted. Order: alarms first, then by source and field.

    Shape: `fields`, `weeks` and `shared` as reports/sql/quality_*.sql give them.
    """
    minded = {(one.source, one.field): one for one in watched}
    twice = {(row["brand"], row["source"], row["field"]): row for row in shared}
    by_week: dict[tuple[str, str, str], dict[int, tuple[int, int]]] = {}
    for row in weeks:
        place = by_week.setdefault((row["brand"], row["source"], row["field"]), {})
        place[row["weeks_ago"]] = (row["good_count"], row["value_count"])
    made = []
    for row in fields:
        key = (row["brand"], row["source"], row["field"])
        course = tuple(by_week.get(key, {}).get(ago, (0, 0)) for ago in range(WEEKS - 1, -1, -1))
        watch = minded.get(key[1:]) or Watch(source=row["source"], field=row["field"])
        counts = twice.get(key, {})
        made.append(_card(row, course, watch, counts, now))
    return sorted(made, key=lambda one: (not one.alarms, one.brand, one.source, list(Field).index(Field(one.field))))


def _card(
    row: Mapping[str, Any],
    course: tuple[tuple[int, int], ...],
    watch: Watch,
    shared: Mapping[str, Any],
    now: datetime,
) -> Card:
    last_at = row["last_at"].replace(tzinfo=UTC)
    return Card(
        brand=row["brand"],
        source=row["source"],
        field=row["field"],
        value_count=row["value_count"],
        valid_count=row["valid_count"],
        corrected_count=row["corrected_count"],
        doubtful_count=row["doubtful_count"],
        refused_count=row["refused_count"],
        statement_count=row["statement_count"],
        shared_count=shared.get("shared_count", 0),
        distinct_count=shared.get("distinct_count", 0),
        last_at=last_at,
        weeks=course,
        watch=watch,
        alarms=tuple(_alarms(row, course, watch, now - last_at)),
    )


def _alarms(
    row: Mapping[str, Any], course: tuple[tuple[int, int], ...], watch: Watch, silence: timedelta
) -> Iterable[Alarm]:
    good, values = _judged(row, course)
    if values >= FEWEST and good / values < watch.least_good_share:
        yield Alarm.BAD
    lately, before = course[-1], (sum(one[0] for one in course[:-1]), sum(one[1] for one in course[:-1]))
    if min(lately[1], before[1]) >= FEWEST and before[0] / before[1] - lately[0] / lately[1] > FALL:
        yield Alarm.FALLING
    if row["statement_count"] >= FEWEST and row["value_count"] / row["statement_count"] < watch.least_fill_share:
        yield Alarm.EMPTY
    if watch.most_silent_days and silence > timedelta(days=watch.most_silent_days):
        yield Alarm.SILENT


def _judged(row: Mapping[str, Any], course: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    """Give good values and all values: of the weeks of the trend, so that an alarm ends, or of all time if few came."""
    good, values = sum(one[0] for one in course), sum(one[1] for one in course)
    return (good, values) if values >= FEWEST else (row["valid_count"] + row["corrected_count"], row["value_count"])


def watched(connection: Connection) -> list[Watch]:
    """List what is minded. Order: by source and field."""
    found = connection.execute(select(watches).order_by(watches.c.source, watches.c.field)).mappings()
    return [Watch(**row) for row in found]


def mind(connection: Connection, watch: Watch) -> None:
    """Write down who minds a field of a source; what says nothing any more is taken away."""
    connection.execute(delete(watches).where(watches.c.source == watch.source, watches.c.field == watch.field))
    if watch != Watch(source=watch.source, field=watch.field):
        row = {column.name: getattr(watch, column.name) for column in watches.columns}
        connection.execute(insert(watches).values(row))
