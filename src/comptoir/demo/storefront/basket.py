"""A visitor's basket, kept in a cookie of the storefront: its id, and how many of what."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from comptoir.demo.shop.catalogue import Catalogue, Product
from comptoir.demo.shop.plan import House

_MOST_LINES = 20
_MOST_EACH = 20
_ID = re.compile(r"k-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What lies in it, by product id."""

    cart_id: str
    lines: dict[str, int] = field(default_factory=dict)

    def written(self) -> str:
        """Write it for the cookie."""
        return ".".join([self.cart_id, *(f"{name}_{count}" for name, count in self.lines.items())])

    def with_more(self, product_id: str, more: int) -> Basket:
        """Give the basket with more of a product, or less; never below nothing."""
        count = min(_MOST_EACH, self.lines.get(product_id, 0) + more)
        lines = {name: one for name, one in self.lines.items() if name != product_id}
        if count > 0 and len(lines) < _MOST_LINES:
            lines[product_id] = count
        return Basket(cart_id=self.cart_id, lines=lines)

    def products(self, catalogue: Catalogue) -> list[tuple[Product, int]]:
        """Give the products in it, and how many of each."""
        return [(catalogue.by_id[name], count) for name, count in self.lines.items()]


def read(cookie: str, catalogue: Catalogue, house: House) -> Basket:
    """Read a cookie; what is not of this house, or is no basket at all, is left out."""
    cart_id, *parts = cookie.split(".")
    lines: dict[str, int] = {}
    for part in parts[:_MOST_LINES]:
        name, _, count = part.partition("_")
        known = catalogue.by_id.get(name)
        if known is not None and known.house is house and count.isdecimal() and 0 < int(count) <= _MOST_EACH:
            lines[name] = int(count)
    return Basket(cart_id=cart_id if _ID.fullmatch(cart_id) else new_id(), lines=lines)


def new_id() -> str:
    """Make the id of a new basket: the pivot from the click to the order."""
    return f"k-{secrets.token_hex(8)}"
