"""Local time without surprises: an hour that is skipped or comes twice, each zone's own days, and crontabs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DEFAULT_ZONE = "UTC"
_MOST_DAYS = 1_500
"""Days a crontab is searched ahead: four years and more, so that 29 February is found."""
_MIDNIGHT = time(0, 0)

_COUNTRY_ZONES = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "CH": "Europe/Zurich", "CZ": "Europe/Prague",
    "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki", "FR": "Europe/Paris", "GB": "Europe/London", "GR": "Europe/Athens",
    "HR": "Europe/Zagreb", "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IN": "Asia/Kolkata",
    "IT": "Europe/Rome", "JP": "Asia/Tokyo", "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga", "MA": "Africa/Casablanca", "MC": "Europe/Monaco", "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo", "NP": "Asia/Kathmandu", "PL": "Europe/Warsaw", "PT": "Europe/Lisbon",
    "RE": "Indian/Reunion", "RO": "Europe/Bucharest", "SE": "Europe/Stockholm", "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava", "TN": "Africa/Tunis",
}  # fmt: skip
"""Countries that have one zone, or one that nearly everybody lives in."""


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """Give a zone by its IANA name; UTC for a name nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)


def is_zone(name: str) -> bool:
    """Say whether a zone has this name."""
    return name == DEFAULT_ZONE or zone_of(name).key != DEFAULT_ZONE


def zone_of_person(own: str | None, country: str | None, brand_zone: str) -> str:
    """Give the name of a person's zone: its own before its country's before the brand's."""
    if own and is_zone(own):
        return own
    return _COUNTRY_ZONES.get((country or "").upper(), brand_zone)


def instant_of(local: datetime, zone: str) -> datetime:
    """
    Give the instant at which clocks of a zone show `local` (without zone).

    A time that comes twice is its first coming; one that is skipped is the moment the clocks are set forward.
    """
    tz = zone_of(zone)
    first = local.replace(tzinfo=tz, fold=0)
    at = first.astimezone(UTC)
    if at.astimezone(tz).replace(tzinfo=None) == local:
        return at
    # skipped: fold 0 takes the offset before the gap, fold 1 the one after it; the gap is as wide as they differ
    before, after = first.utcoffset(), local.replace(tzinfo=tz, fold=1).utcoffset()
    assert before is not None
    assert after is not None
    return _first_after_gap(at - (after - before), at, tz, after)


def _first_after_gap(low: datetime, high: datetime, tz: ZoneInfo, offset: timedelta) -> datetime:
    """Find the moment between two instants at which the offset becomes `offset`, to the second."""
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(tz).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def next_local(after: datetime, zone: str, at: time, weekdays: frozenset[int] = frozenset()) -> datetime:
    """Give the first instant not before `after` at which clocks of a zone show `at` on one of some week days."""
    day = after.astimezone(zone_of(zone)).date()
    for ahead in range(-1, 9):
        candidate = day + timedelta(days=ahead)
        if weekdays and candidate.weekday() not in weekdays:
            continue
        found = instant_of(datetime.combine(candidate, at), zone)
        if found >= after:
            return found
    raise AssertionError(at)


def local_date(at: datetime, zone: str) -> date:
    """Give the date that people of a zone write at an instant."""
    return at.astimezone(zone_of(zone)).date()


def start_of_day(day: date, zone: str) -> datetime:
    """Give the instant at which a day begins."""
    return instant_of(datetime.combine(day, _MIDNIGHT), zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """
    A crontab line of five fields: minute, hour, day of month, month, day of week (0 or 7 is Sunday).

    Source: crontab(5); where both days are given, either is enough.
    """

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def is_on(self, day: date) -> bool:
        """Say whether it runs on a day."""
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (in_month or in_week) if self.either_day else (in_month and in_week)

    def after(self, at: datetime, zone: str) -> datetime | None:
        """Give the first instant after `at` at which it runs; None where that is years away."""
        day = local_date(at, zone)
        for ahead in range(-1, _MOST_DAYS):
            candidate = day + timedelta(days=ahead)
            if self.is_on(candidate):
                for found in self._instants(candidate, zone):
                    if found > at:
                        return found
        return None

    def last_until(self, since: datetime, until: datetime, zone: str) -> datetime | None:
        """Give the last instant after `since` and not after `until` at which it runs."""
        day = local_date(until, zone)
        least = local_date(since, zone)
        while day >= least - timedelta(days=1):
            if self.is_on(day):
                found = [one for one in self._instants(day, zone) if since < one <= until]
                if found:
                    return found[-1]
            day -= timedelta(days=1)
        return None

    def _instants(self, day: date, zone: str) -> list[datetime]:
        # what falls into a gap happens once, when it is over; what comes twice happens the first time
        shown = (time(hour, minute) for hour in self.hours for minute in self.minutes)
        return sorted({instant_of(datetime.combine(day, one), zone) for one in shown})


def read_cron(text: str) -> Cron | None:
    """Read a crontab line; None where it is none."""
    parts = text.split()
    if len(parts) != 5:
        return None
    ranges = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    try:
        minutes, hours, days, months, weekdays = (
            frozenset(_values(part, *limits)) for part, limits in zip(parts, ranges, strict=True)
        )
    except ValueError:
        return None
    return Cron(
        text=" ".join(parts),
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=frozenset(one % 7 for one in weekdays),
        either_day=not parts[2].startswith("*") and not parts[4].startswith("*"),
    )


def _values(part: str, least: int, most: int) -> Iterator[int]:
    for one in part.split(","):
        span, _, step = one.partition("/")
        every = int(step) if step else 1
        low, _, high = span.partition("-")
        first = least if span == "*" else int(low)
        last = most if span == "*" or (step and not high) else int(high or low)
        if not least <= first <= last <= most or every < 1:
            raise ValueError(part)
        yield from range(first, last + 1, every)
