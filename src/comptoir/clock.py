"""Time, injected: the real clock, one that runs faster, and one that a test moves by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """Whoever can say what time it is."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class RealClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledClock:
    """
    A clock that left `start` when the machine's clock stood at `since`, and runs `speed` times as fast.

    Every process of an installation builds it from the same three values, so all agree.
    """

    start: datetime
    since: datetime
    speed: float

    def now(self) -> datetime:
        """Give the present instant of this clock, aware, in UTC."""
        return self.start + (datetime.now(UTC) - self.since) * self.speed


@dataclass(slots=True)
class ManualClock:
    """A clock that stands still until a test moves it."""

    at: datetime = field(default=datetime(2026, 1, 1, tzinfo=UTC))

    def now(self) -> datetime:
        """Give the instant the test has set."""
        return self.at

    def advance(self, by: timedelta) -> datetime:
        """Move the clock and give its new time."""
        self.at += by
        return self.at


def micros(at: datetime) -> int:
    """Turn an aware instant into whole microseconds since 1970, exactly."""
    return (at - EPOCH) // MICROSECOND


def instant(micros_since_epoch: int) -> datetime:
    """Turn microseconds since 1970 into an aware instant in UTC."""
    return EPOCH + timedelta(microseconds=micros_since_epoch)


def monotonic() -> float:
    """Give seconds of the machine's steady clock: for measuring how long work took, never for dates."""
    return time.perf_counter()
