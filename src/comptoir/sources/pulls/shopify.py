"""Shopify, by its Admin REST interface: customers, collections, products, orders and refunds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Self

from comptoir.sources.pulls import shop, tables
from comptoir.sources.pulls.base import Batch, Form, Look, Making, Option, Stream, count, text
from comptoir.sources.pulls.rest import Rest
from comptoir.sources.pulls.shop import Thing, amount, day, each, instant, named
from comptoir.sources.pulls.tables import Row

PAGE = 250
VERSION = "2025-01"
CART = "_comptoir_cart"
"""The note in which our script leaves the basket's id: docs/how-to/shopify.md."""
_PAID = frozenset({"paid", "partially_paid", "partially_refunded", "refunded"})
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
_COLLECTIONS = ("custom_collections", "smart_collections")
_RESOURCES = {"orders": "orders", "returns": "orders", "customers": "customers", "products": "products"}


@dataclass(slots=True, kw_only=True)
class Shopify:
    """A shop on Shopify. Source: shopify.dev, Admin REST reference: orders, refunds, customers, collections, paging."""

    options: ClassVar[tuple[Option, ...]] = (
        shop.ADDRESS,
        Option(name="token", says="Access token of a custom app.", form=Form.SECRET, is_needed=True),
        Option(name="version", says="Version of the interface.", default=VERSION),
        shop.SINCE, shop.COUNTRIES, shop.OVERLAP,
    )  # fmt: skip
    streams: ClassVar[tuple[Stream, ...]] = (
        shop.CUSTOMERS, shop.CATEGORIES, shop.PRODUCTS, shop.ORDERS, shop.RETURNS,
    )  # fmt: skip
    is_inside: ClassVar[bool] = False

    rest: Rest
    url: str
    work: Path
    overlap: int
    wanted: shop.Wanted

    @classmethod
    def made(cls, making: Making) -> Self:
        """Make one. Raises: PlaceNeeds."""
        url = shop.address(making)
        base = f"{url}/admin/api/{making.options.get('version', '').strip() or VERSION}"
        rest = Rest.of(making, base, {"X-Shopify-Access-Token": text(making, "token")})
        overlap = count(making, "overlap_minutes", most=100_000)
        return cls(rest=rest, url=url, work=making.work, overlap=overlap, wanted=shop.Wanted.of(making))

    def look(self) -> Look:
        """Ask what the shop is."""
        self._currency()
        return Look(says="the shop answers", items=tuple(one.name for one in self.streams))

    def fetch(self, stream: str, since: str) -> Iterator[Batch]:
        """Fetch what has changed."""
        one = next(one for one in self.streams if one.name == stream)
        currency = self._currency() if stream == "products" else ""

        def rows(thing: Thing) -> list[Row]:
            if not self._wants(stream, thing):
                return []
            match stream:
                case "customers":
                    return [_customer(thing)]
                case "categories":
                    return [_category(thing)]
                case "products":
                    return _variants(thing, self.url, currency)
                case "returns":
                    return _returns(thing)
            return _lines(thing)

        found = self._collections() if stream == "categories" else self._pages(stream, since)
        pages = shop.rows_of(found, rows)
        yield from tables.batches(self.work, stream, one.columns, pages)

    def _wants(self, stream: str, thing: Thing) -> bool:
        if stream == "customers":
            return self.wanted.holds(country=(thing.get("default_address") or {}).get("country_code"))
        is_order = stream in {"orders", "returns"}
        return not is_order or self.wanted.holds(ordered_at=instant(thing.get("created_at")), country=_country(thing))

    def _currency(self) -> str:
        return str((self.rest.get("shop.json").body or {}).get("shop", {}).get("currency", ""))

    def _pages(self, stream: str, since: str) -> Iterator[tuple[Sequence[Thing], str]]:
        """Follow the links from page to page: they stand on what was seen last, so that nothing is passed over."""
        name, mark = _RESOURCES[stream], since
        query: dict[str, object] = {"limit": PAGE, "order": "updated_at asc"}
        if name == "orders":
            query["status"] = "any"
        if since:
            query["updated_at_min"] = shop.begin(since, self.overlap).isoformat()
        for things in self._linked(name, query):
            mark = max([mark, *(instant(one.get("updated_at")) or "" for one in things)])
            yield things, mark

    def _collections(self) -> Iterator[tuple[Sequence[Thing], str]]:
        """Give all collections, those filled by hand and those by rule: few, and known ones change nothing."""
        for name in _COLLECTIONS:
            for things in self._linked(name, {"limit": PAGE}):
                yield things, ""

    def _linked(self, name: str, query: dict[str, object]) -> Iterator[Sequence[Thing]]:
        page = self.rest.get(f"{name}.json", query)
        while True:
            yield shop.listed(page.body, name)
            further = _NEXT.search(page.headers.get("link", ""))
            if further is None:
                return
            page = self.rest.get(further[1])


def _lines(order: Thing) -> list[Row]:
    """Give the lines of an order that was paid; what an order says later of discounts and returns is not in them."""
    if order.get("financial_status") not in _PAID or order.get("test"):
        return []
    customer = order.get("customer") or {}
    shipping = order.get("total_shipping_price_set") or {}
    head = {
        "order_id": named(order.get("id")),
        "currency": order.get("currency"),
        "total": order.get("total_price"),
        "tax": order.get("total_tax"),
        "shipping": (shipping.get("shop_money") or {}).get("amount"),
        "channel": "site" if order.get("source_name") in {None, "web"} else order["source_name"],
        "country": _country(order),
        "cart_id": next(
            (one.get("value") for one in order.get("note_attributes") or () if one.get("name") == CART), None
        ),
        "coupon": next((one.get("code") for one in order.get("discount_codes") or ()), None),
        "occurred_at": instant(order.get("created_at")),
        "user_id": named(customer.get("id")),
        "email": named(order.get("email")),
        "phone": named(order.get("phone")),
    }
    rows = [_line(one, order) for one in order.get("line_items") or ()]
    return [head | row for row in (*rows, *shop.beside("shipping", _shipping(order)))]


def _country(order: Thing) -> str | None:
    return named((order.get("shipping_address") or order.get("billing_address") or {}).get("country_code"))


def _shipping(order: Thing) -> Decimal:
    """Say what was paid for shipping."""
    lines = order.get("shipping_lines")
    if lines is None:
        said = (order.get("total_shipping_price_set") or {}).get("shop_money") or {}
        return amount(said.get("amount"))
    return sum((amount(one.get("price")) - _less(one) + _taxes(one, order) for one in lines), amount(0))


def _less(line: Thing) -> Decimal:
    return sum((amount(one.get("amount")) for one in line.get("discount_allocations") or ()), amount(0))


def _taxes(line: Thing, order: Thing) -> Decimal:
    """Give the taxes that the price of a line does not contain."""
    if order.get("taxes_included"):
        return amount(0)
    return sum((amount(one.get("price")) for one in line.get("tax_lines") or ()), amount(0))


def _line(line: Thing, order: Thing) -> Row:
    total = amount(line.get("price")) * amount(line.get("quantity")) - _less(line) + _taxes(line, order)
    return {
        "line_id": named(line.get("id")),
        "product_id": named(line.get("product_id")),
        "variant_id": named(line.get("variant_id")),
        "product_name": line.get("title") or line.get("name"),
        "quantity": line.get("quantity"),
        "unit_price": each(total, line.get("quantity")),
    }


def _returns(order: Thing) -> list[Row]:
    if order.get("financial_status") not in _PAID or order.get("test"):
        return []
    customer = order.get("customer") or {}
    found: list[Row] = []
    for refund in order.get("refunds") or ():
        head = {
            "order_id": named(order.get("id")),
            "currency": order.get("currency"),
            "occurred_at": instant(refund.get("created_at")),
            "user_id": named(customer.get("id")),
            "email": named(order.get("email")),
        }
        found += [head | _returned(one, order) for one in refund.get("refund_line_items") or ()]
        found += [head | _paid_back(one) for one in refund.get("order_adjustments") or () if amount(one.get("amount"))]
    return found


def _returned(one: Thing, order: Thing) -> Row:
    line = one.get("line_item") or {}
    total = amount(one.get("subtotal"))
    if not order.get("taxes_included"):
        total += amount(one.get("total_tax"))
    return {
        "line_id": f"refund {one.get('id')}",
        "product_id": named(line.get("product_id")),
        "variant_id": named(line.get("variant_id")),
        "product_name": line.get("title"),
        "quantity": -amount(one.get("quantity")),
        "unit_price": each(total, one.get("quantity")),
    }


def _paid_back(one: Thing) -> Row:
    total = amount(one.get("amount")) + amount(one.get("tax_amount"))
    return {
        "line_id": f"adjustment {one.get('id')}",
        "product_name": one.get("kind"),
        "quantity": -1 if total < 0 else 1,
        "unit_price": abs(total),
    }


def _customer(one: Thing) -> Row:
    home = one.get("default_address") or {}
    return {
        "user_id": named(one.get("id")),
        "email": named(one.get("email")),
        "phone": named(one.get("phone") or home.get("phone")),
        "first_name": named(one.get("first_name")),
        "last_name": named(one.get("last_name")),
        "language": named(str(one.get("locale") or "")[:2]),
        "street": named(" ".join(filter(None, (home.get("address1"), home.get("address2"))))),
        "postal_code": named(home.get("zip")),
        "city": named(home.get("city")),
        "country": named(home.get("country_code")),
        "company": named(home.get("company")),
        "created_on": day(one.get("created_at")),
        "occurred_at": instant(one.get("updated_at")),
    }


def _category(one: Thing) -> Row:
    return {
        "category_id": named(one.get("id")),
        "name": named(one.get("title")),
        "is_active": one.get("published_at") is not None,
    }


def _variants(product: Thing, url: str, currency: str) -> list[Row]:
    picture = (product.get("image") or {}).get("src")
    return [
        {
            "product_id": named(product.get("id")),
            "variant_id": named(one.get("id")),
            "name": product.get("title"),
            "category": named(product.get("product_type")),
            "maker": named(product.get("vendor")),
            "url": f"{url}/products/{product['handle']}" if product.get("handle") else None,
            "image_url": picture,
            "price": one.get("price"),
            "currency": currency,
            "is_for_sale": product.get("status", "active") == "active",
            "stock": one.get("inventory_quantity"),
            "occurred_at": instant(product.get("updated_at")),
        }
        for one in product.get("variants") or ()
    ]
