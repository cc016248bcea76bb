"""What conditions must know of the shop beside its facts: its brands, and when a cart is abandoned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from comptoir.segments.around import around_of
from comptoir.segments.asked import Around
from comptoir.segments.resolve import AroundOf
from comptoir.warehouse.base import Cursor


class BrandLike(Protocol):
    """What a segment must know of a brand."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def time_zone(self) -> str:
        """Where its days begin."""

    @property
    def currency(self) -> str:
        """What its amounts are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What conditions must know of the shop beside its facts."""

    brands: Callable[[], Iterable[BrandLike]]
    cart_abandoned_minutes: int = 30
    cart_expired_days: int = 30
    rankers: frozenset[str] = frozenset()
    """Brands that rank their sources their own way."""

    def around(self, cursor: Cursor) -> AroundOf:
        """Give what a condition must know, for a brand or for all."""
        brands = sorted(self.brands(), key=lambda one: one.name)
        whole = around_of(
            cursor,
            zones={one.name: one.time_zone for one in brands},
            currencies={one.name: one.currency for one in brands},
        )
        whole = replace(
            whole,
            cart_abandoned_minutes=self.cart_abandoned_minutes,
            cart_expired_days=self.cart_expired_days,
            rankers=self.rankers,
        )

        def of(brand: str | None) -> Around:
            return replace(whole, brand=brand)

        return of
