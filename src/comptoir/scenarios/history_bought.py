"""What is bought beside what, as of any instant of past days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from comptoir.facts import orders
from comptoir.facts.orders import Row

_MOST = 6
Article = tuple[str, str]


@dataclass(slots=True)
class Bought:
    """All that was said of orders, taken in as time goes by."""

    rows: Sequence[tuple[datetime, Row]] = ()
    """Order: as they were seen."""
    _taken: int = 0
    _told: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    _settled: dict[int, tuple[int, frozenset[Article]]] = field(default_factory=dict)
    _with: dict[Article, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Product → the orders that ever named it."""

    def beside(self, order_hash: int, now: datetime) -> Iterator[str]:
        """Give what others bought together with what is in an order. Order: the most often first."""
        self._take(now)
        mine = self._articles(order_hash)
        own = {product for _, product in mine}
        others = {
            other
            for article in mine
            for other in self._with[article]
            if other != order_hash and article in self._articles(other)
        }
        counts = Counter(product for other in others for product in {one for _, one in self._articles(other)})
        ranked = sorted(((count, product) for product, count in counts.items() if product not in own),
                        key=lambda pair: (-pair[0], pair[1]))  # fmt: skip
        yield from (product for _, product in ranked[:_MOST])

    def _take(self, now: datetime) -> None:
        while self._taken < len(self.rows) and self.rows[self._taken][0] <= now:
            row = self.rows[self._taken][1]
            self._told[row.order_hash].append(row)
            if row.product_id is not None:
                self._with[row.brand, row.product_id].add(row.order_hash)
            self._taken += 1

    def _articles(self, order_hash: int) -> frozenset[Article]:
        told = self._told.get(order_hash, [])
        known = self._settled.get(order_hash)
        if known is None or known[0] != len(told):
            lines = orders.settle(told).lines if told else []
            found = frozenset((one.brand, one.product_id) for one in lines if one.product_id is not None)
            known = self._settled[order_hash] = (len(told), found)
        return known[1]
