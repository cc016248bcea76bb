"""When nobody is written to: nights, Sundays and public holidays, by the clock on the wall where the person lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_SUNDAY = 6
_MIDNIGHT = time()
_MOST_TURNS = 100
"""Turns of quiet that may follow each other; longer than any row of holidays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """The quiet of a policy; `begins` equal to `ends` is no night at all. Times are the person's own."""

    begins: time = _MIDNIGHT
    ends: time = _MIDNIGHT
    sundays: bool = False
    holidays: bool = False
    channels: frozenset[str] = frozenset()
    """The channels that keep it; empty for all."""
    zones: tuple[tuple[str, str], ...] = ()
    """Country and zone, for people of whom only the country is known."""

    def keeps(self, channel: str) -> bool:
        """Say whether a channel keeps quiet."""
        return not self.channels or channel in self.channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody lives, as far as it is known."""

    zone: str | None = None
    country: str | None = None


NOWHERE = Place()


def place_of(quiet: Quiet, person: Place, brand: Place) -> tuple[ZoneInfo, str | None]:
    """Give the zone and the country that hold: the person's own zone, then their country's, then the brand's."""
    own = dict(quiet.zones)
    country = person.country or brand.country
    named = (
        person.zone,
        own.get(person.country or "") or ZONES.get(person.country or ""),
        brand.zone,
        own.get(brand.country or "") or ZONES.get(brand.country or ""),
    )
    zone = next((found for name in named if name and (found := zone_named(name)) is not None), None)
    return zone or ZoneInfo("UTC"), country


def opens_at(quiet: Quiet, zone: ZoneInfo, country: str | None, at: datetime) -> datetime:
    """Give the first instant from `at` on that is not quiet; `at` itself where it is not."""
    for _ in range(_MOST_TURNS):
        turn = _turn(quiet, zone, country, at)
        if turn is None:
            return at
        at = turn
    return at


def first_instant(on: date, at: time, zone: ZoneInfo, *, after: datetime | None = None) -> datetime:
    """
    Give the first instant at which a wall clock shows `at` or later on a day.

    A time that the change to summer time leaves out is the end of the hole; of one that comes twice, the first that
    lies after `after` is meant.
    """
    early, late = (datetime.combine(on, at, tzinfo=zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if early > late:  # in the hole: the offset before it gives the later instant
        return _change_between(late, early, zone)
    return late if after is not None and early <= after else early


def is_holiday(country: str, on: date) -> bool:
    """Say whether a day is a public holiday of a country; a country nobody knows has none."""
    return on in _holidays(country, on.year)


@lru_cache(maxsize=512)
def zone_named(name: str) -> ZoneInfo | None:
    """Give the zone of an IANA name; None where there is no such zone."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None


def _turn(quiet: Quiet, zone: ZoneInfo, country: str | None, at: datetime) -> datetime | None:
    """Give when the present stretch of quiet ends; None where it is not quiet."""
    local = at.astimezone(zone)
    today, wall = local.date(), local.time()
    if (quiet.sundays and local.weekday() == _SUNDAY) or (
        quiet.holidays and country is not None and is_holiday(country, today)
    ):
        return first_instant(today + timedelta(days=1), _MIDNIGHT, zone)
    if quiet.begins <= quiet.ends:
        is_night = quiet.begins <= wall < quiet.ends
        return first_instant(today, quiet.ends, zone, after=at) if is_night else None
    if wall >= quiet.begins:
        return first_instant(today + timedelta(days=1), quiet.ends, zone)
    return first_instant(today, quiet.ends, zone, after=at) if wall < quiet.ends else None


def _change_between(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """Find the instant at which a zone's offset changes, to the second."""
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


@lru_cache(maxsize=1024)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 (half a second, and only a policy that asks for holidays needs it)

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


ZONES = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CH": "Europe/Zurich", "CZ": "Europe/Prague",
    "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "FI": "Europe/Helsinki",
    "FR": "Europe/Paris", "GB": "Europe/London", "GP": "America/Guadeloupe", "GF": "America/Cayenne",
    "GR": "Europe/Athens", "HR": "Europe/Zagreb", "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IN": "Asia/Kolkata",
    "IT": "Europe/Rome", "JP": "Asia/Tokyo", "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg", "LV": "Europe/Riga",
    "MA": "Africa/Casablanca", "MC": "Europe/Monaco", "MQ": "America/Martinique", "NC": "Pacific/Noumea",
    "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "NP": "Asia/Kathmandu", "PL": "Europe/Warsaw",
    "RE": "Indian/Reunion",
    "RO": "Europe/Bucharest", "SE": "Europe/Stockholm", "SI": "Europe/Ljubljana", "SK": "Europe/Bratislava",
    "SN": "Africa/Dakar", "TN": "Africa/Tunis", "YT": "Indian/Mayotte",
}  # fmt: skip
"""Countries of one zone; in the others (Spain, Portugal, the United States …) a country does not tell the hour."""
