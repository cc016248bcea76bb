"""Sales by where a cart came from at first and just before the order, side by side, with the totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FIRST, LAST = "first", "last"


@dataclass(slots=True, kw_only=True)
class Sums:
    """Orders and sales credited to one place. Units: minor units."""

    orders: int = 0
    revenue_minor: int = 0
    claimed_minor: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row of the report; who may not read what is only claimed has none of it."""
        self.orders += row["orders"]
        self.revenue_minor += row["revenue_minor"]
        self.claimed_minor += row.get("claimed_minor", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere that carts came from: a channel, perhaps which one of it, perhaps a campaign."""

    channel: str
    detail: str
    campaign: str
    first: Sums = field(default_factory=Sums)
    last: Sums = field(default_factory=Sums)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touches:
    """The sales of one currency."""

    currency: str
    places: Sequence[Place]
    first: Sums
    last: Sums


def by_currency(rows: Iterable[Mapping[str, Any]]) -> list[Touches]:
    """Lay first and last contacts side by side. Order: largest currency first, in it the most sold at last contact."""
    found: defaultdict[str, dict[tuple[str, str, str], Place]] = defaultdict(dict)
    totals: defaultdict[str, dict[str, Sums]] = defaultdict(lambda: {FIRST: Sums(), LAST: Sums()})
    for row in rows:
        key = (row["channel"] or "unknown", row["detail"] or "", row["campaign"] or "")
        place = found[row["currency"]].setdefault(key, Place(channel=key[0], detail=key[1], campaign=key[2]))
        (place.first if row["touch"] == FIRST else place.last).add(row)
        totals[row["currency"]][row["touch"]].add(row)
    told = [
        Touches(
            currency=currency,
            places=sorted(
                places.values(), key=lambda one: (-one.last.revenue_minor, -one.first.revenue_minor, one.channel)
            ),
            first=totals[currency][FIRST],
            last=totals[currency][LAST],
        )
        for currency, places in found.items()
    ]
    return sorted(told, key=lambda one: (-one.last.revenue_minor, one.currency))
