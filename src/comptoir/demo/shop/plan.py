"""What the synthetic shop is to be: how many customers, over how long, and the dice, all from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from comptoir.ids import hash64

Whole = NDArray[np.int64]
Part = NDArray[np.float64]
Truth = NDArray[np.bool_]

DAY = 86_400
OPENS = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
"""A Tuesday morning in the busiest week of the year: where history ends and the demonstration's clock begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One of the two brands."""

    key: str
    title: str
    language: str
    country: str
    currency: str
    zone: str
    prefix: str
    """What the ids of its products begin with."""
    path: str
    """Where its pages lie in the storefront."""
    sender: str
    rate: float
    """Its price of a thing that costs one euro."""
    stores: tuple[str, ...]


HOUSES = (
    House(
        key="maison-ardoise",
        title="Maison Ardoise",
        language="fr",
        country="FR",
        currency="EUR",
        zone="Europe/Paris",
        prefix="MA",
        path="fr",
        sender="Maison Ardoise <bonjour@maison-ardoise.example>",
        rate=1.0,
        stores=("Lyon", "Nantes", "Lille"),
    ),
    House(
        key="slate-and-co",
        title="Slate & Co",
        language="en",
        country="GB",
        currency="GBP",
        zone="Europe/London",
        prefix="SC",
        path="en",
        sender="Slate & Co <hello@slate-and-co.example>",
        rate=0.9,
        stores=("Bath", "York"),
    ),
)
FRENCH_SHARE = 0.65


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One shop. The same plan makes the same shop, to the byte."""

    customers: int = 20_000
    months: int = 18
    seed: int = 7
    until: datetime = OPENS
    browsing_days: int = 30
    """Days before `until` of which visits are kept; orders are kept for all months."""
    shop_url: str = "http://127.0.0.1:8142"

    def dice(self, what: str) -> np.random.Generator:
        """Give the dice for one thing, so that a change in one part of the shop leaves the others as they were."""
        return np.random.default_rng([self.seed, abs(hash64("demo shop", what))])

    @cached_property
    def since(self) -> datetime:
        """The first midnight of the history."""
        first = self.until - timedelta(days=round(self.months * 30.4375))
        return first.replace(hour=0, minute=0, second=0, microsecond=0)

    @cached_property
    def days(self) -> int:
        """How many days there are, the last one unfinished."""
        return (self.until - self.since).days + 1

    @property
    def end(self) -> int:
        """`until` in seconds since 1970."""
        return int(self.until.timestamp())

    @property
    def browsing_since(self) -> int:
        """The instant from which visits are kept, in seconds since 1970."""
        return self.end - self.browsing_days * DAY

    def utc(self, house: House, day: Whole, second: Whole) -> Whole:
        """
        Turn a day and a second of the wall's clock into an instant.

        Units: seconds since 1970; `second` from midnight. No shop is open in the hours in which clocks are changed.
        """
        return int(self.since.timestamp()) + day * DAY + second - self.offsets(house)[day]

    def offsets(self, house: House) -> Whole:
        """Give by how many seconds the house's wall clock is ahead of UTC, each day at noon."""
        zone = ZoneInfo(house.zone)
        noon = self.since + timedelta(hours=12)
        found = [(noon + timedelta(days=day)).astimezone(zone).utcoffset() for day in range(self.days + 1)]
        return np.array([int(one.total_seconds()) if one else 0 for one in found], dtype=np.int64)

    def day_of(self, instants: Whole) -> Whole:
        """Give the day of an instant, counted from `since`."""
        return (instants - int(self.since.timestamp())) // DAY


def pick(dice: np.random.Generator, weights: Part, count: int) -> Whole:
    """Draw `count` places by their weights."""
    edges = np.cumsum(weights / weights.sum())
    return np.searchsorted(edges, dice.random(count), side="right").clip(max=len(weights) - 1)


def pick_each(dice: np.random.Generator, weights: Part) -> Whole:
    """Draw one column for each row, by the row's weights."""
    edges = np.cumsum(weights, axis=1)
    drawn = dice.random(len(weights)) * edges[:, -1]
    place: Whole = (edges <= drawn[:, None]).sum(axis=1).clip(max=weights.shape[1] - 1)
    return place
