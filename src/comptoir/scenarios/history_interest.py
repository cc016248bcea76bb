"""What people looked at, and what the catalogue's changes meant to whom, as of any instant of past days."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from comptoir.scenarios.history_people import Person

VIEWED = "Product Viewed"
ASKED = "Back In Stock Requested"
ADDED = "Product Added"
SIGNS = (VIEWED, ADDED, "Product Added to Wishlist", ASKED)
"""Events that show interest in a product."""
MEMORY = timedelta(days=90)
"""How long interest lasts."""
_MOST = 50


class Sign(NamedTuple):
    """An event that shows interest in a product. Order: as it was seen."""

    seen_at: datetime
    occurred_at: datetime
    message_id: str
    name: str
    brand: str
    product_id: str
    node_id: int


class Change(NamedTuple):
    """A product came back into stock or became cheaper."""

    name: str
    message_id: str
    brand: str
    product_id: str
    price_before: Any
    price: Any
    currency: str | None


class Paged(NamedTuple):
    """Somebody looked at a page."""

    message_id: str
    node_id: int
    brand: str
    occurred_at: datetime
    name: str
    path: str
    url: str
    title: str


@dataclass(slots=True)
class Interests:
    """All signs of interest, found by who showed them and by what in."""

    by_node: Mapping[int, Sequence[Sign]] = field(default_factory=dict)
    by_product: Mapping[tuple[str, str], Sequence[Sign]] = field(default_factory=dict)

    @classmethod
    def of(cls, signs: Sequence[Sign]) -> Interests:
        """Sort signs by both."""
        by_node: dict[int, list[Sign]] = defaultdict(list)
        by_product: dict[tuple[str, str], list[Sign]] = defaultdict(list)
        for one in sorted(set(signs)):
            by_node[one.node_id].append(one)
            by_product[one.brand, one.product_id].append(one)
        return cls(by_node, by_product)

    def viewed(self, person: Person, brand: str, now: datetime) -> list[tuple[str, datetime]]:
        """Give the newest products of 90 days that a person looked at. Order: the newest first."""
        last: dict[str, datetime] = {}
        for node in person.nodes:
            for one in _until(self.by_node.get(node, ()), now):
                if one.name == VIEWED and one.brand == brand and one.occurred_at >= now - MEMORY:
                    last[one.product_id] = max(one.occurred_at, last.get(one.product_id, one.occurred_at))
        return sorted(last.items(), key=lambda pair: (-pair[1].replace(tzinfo=UTC).timestamp(), pair[0]))[:_MOST]

    def in_product(
        self, change: Change, person_of: Callable[[int], Person | None], now: datetime
    ) -> Iterator[tuple[str, int, str]]:
        """Give whom a change concerns: profile, node of the latest sign, and the strongest sign. Order: by profile."""
        found: dict[str, list[Sign]] = defaultdict(list)
        for one in _until(self.by_product.get((change.brand, change.product_id), ()), now):
            person = person_of(one.node_id) if one.occurred_at >= now - MEMORY else None
            if person is not None:
                found[person.profile_id].append(one)
        for profile in sorted(found):
            names = {one.name for one in found[profile]}
            latest = max(found[profile], key=lambda one: (one.occurred_at, one.message_id))
            yield profile, latest.node_id, "asked" if ASKED in names else "cart" if ADDED in names else "viewed"


def _until(signs: Sequence[Sign], now: datetime) -> Sequence[Sign]:
    return signs[: bisect_right(signs, now, key=lambda one: one.seen_at)]
