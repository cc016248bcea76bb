"""When a pull runs by itself: every so many minutes, once a day at a time of the brand's zone, or never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from comptoir.errors import ComptoirError

LEAST_MINUTES: Final = 1
MOST_MINUTES: Final = 7 * 24 * 60
_HAND, _EVERY, _DAILY = "hand", "every", "daily"


class BadSchedule(ComptoirError, ValueError):
    """This is no schedule."""

    code, status = "bad_schedule", 400
    hint = "Say `hand`, `every:15` (minutes) or `daily:06:30` (by the brand's clock)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A rhythm. Neither of the two: by hand."""

    minutes: int = 0
    at: time | None = None

    @property
    def is_by_hand(self) -> bool:
        """Say whether it never runs by itself."""
        return not self.minutes and self.at is None

    def next(self, after: datetime, zone: str) -> datetime | None:
        """
        Give the first instant after another at which it is due, or None by hand.

        A time that a day skips comes later by what the clocks went forward; one that a day has twice, the first time.
        """
        if self.minutes:
            return after + timedelta(minutes=self.minutes)
        if self.at is None:
            return None
        local = after.astimezone(ZoneInfo(zone))
        for days in range(3):
            on = local.date() + timedelta(days=days)
            due = datetime.combine(on, self.at, ZoneInfo(zone)).astimezone(UTC)
            if due > after:
                return due
        return None  # cannot be: no two days pass without the time

    def text(self) -> str:
        """Write it."""
        if self.minutes:
            return f"{_EVERY}:{self.minutes}"
        return _HAND if self.at is None else f"{_DAILY}:{self.at:%H:%M}"


BY_HAND: Final = Schedule()


def parse(said: str) -> Schedule:
    """Read a schedule as `text` writes it. Raises: BadSchedule."""
    word, _, rest = said.strip().partition(":")
    try:
        match word:
            case "hand" if not rest:
                return BY_HAND
            case "every" if rest.isascii() and rest.isdigit() and LEAST_MINUTES <= int(rest) <= MOST_MINUTES:
                return Schedule(minutes=int(rest))
            case "daily":
                return Schedule(at=datetime.strptime(rest, "%H:%M").time())  # noqa: DTZ007 (a time of any day)
    except ValueError as error:
        raise BadSchedule(said=said[:40]) from error
    raise BadSchedule(said=said[:40])
