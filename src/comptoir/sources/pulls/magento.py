"""Magento and Adobe Commerce, by their REST interface V1: customers, orders, credit memos, products and stock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Self

from comptoir.clock import Clock
from comptoir.sources.pulls import shop, stock, tables
from comptoir.sources.pulls.base import (
    Batch,
    Form,
    Look,
    Making,
    Option,
    PlaceNotThere,
    Stream,
    count,
    text,
)
from comptoir.sources.pulls.rest import Rest, bearer
from comptoir.sources.pulls.shop import Thing, amount, day, each, instant, named
from comptoir.sources.pulls.tables import Row

PAGE = 100
STOCK_PAGE = 1_000
_RESOURCES = {"orders": "orders", "returns": "creditmemos", "customers": "customers/search", "products": "products"}
_PAID = frozenset({"processing", "complete", "closed"})
_ENABLED = "1"


@dataclass(slots=True, kw_only=True)
class Magento:
    """A shop on Magento 2. Source: developer.adobe.com, Commerce REST: searchCriteria, orders, creditmemos, sources."""

    options: ClassVar[tuple[Option, ...]] = (
        shop.ADDRESS,
        Option(name="token", says="Access token of an integration.", form=Form.SECRET, is_needed=True),
        shop.SINCE, shop.COUNTRIES, shop.OVERLAP,
    )  # fmt: skip
    streams: ClassVar[tuple[Stream, ...]] = (
        shop.CUSTOMERS, shop.CATEGORIES, shop.PRODUCTS, stock.STOCK, shop.ORDERS, shop.RETURNS,
    )  # fmt: skip
    is_inside: ClassVar[bool] = False

    rest: Rest
    url: str
    work: Path
    overlap: int
    clock: Clock
    wanted: shop.Wanted
    _categories: dict[str, str] = field(default_factory=dict)
    _orders: dict[str, Thing] = field(default_factory=dict)

    @classmethod
    def made(cls, making: Making) -> Self:
        """Make one. Raises: PlaceNeeds."""
        url = shop.address(making)
        rest = Rest.of(making, f"{url}/rest/V1", bearer(text(making, "token")))
        overlap = count(making, "overlap_minutes", most=100_000)
        wanted = shop.Wanted.of(making)
        return cls(rest=rest, url=url, work=making.work, overlap=overlap, clock=making.clock, wanted=wanted)

    def look(self) -> Look:
        """Ask which currency the shop has."""
        self._currency()
        return Look(says="the shop answers", items=tuple(one.name for one in self.streams))

    def fetch(self, stream: str, since: str) -> Iterator[Batch]:
        """Fetch what has changed; of stock, which says no time, what differs from the last run."""
        one = next(one for one in self.streams if one.name == stream)
        if stream == stock.STOCK.name:
            yield from stock.batches(self.work, self._stock(), since, self.clock.now())
            return
        currency = self._currency() if stream == "products" else ""
        if stream in {"products", "categories"}:
            tree = _tree(self.rest.get("categories").body)
            self._categories = {str(it.get("id")): str(it.get("name")) for it in tree}
        if stream == "categories":
            yield from tables.batches(self.work, stream, one.columns, [([_category(it) for it in tree], "")])
            return

        def ask(at: datetime, number: int) -> Sequence[Thing]:
            return self._changed(_RESOURCES[stream], at, number)

        def rows(thing: Thing) -> list[Row]:
            if not self._wants(stream, thing):
                return []
            match stream:
                case "customers":
                    return [_customer(thing)]
                case "products":
                    return [self._product(thing, currency)]
                case "returns":
                    return self._returns(thing)
            return _lines(thing)

        pages = shop.rows_of(shop.changed(since, self.overlap, ask, _changed_at), rows)
        yield from tables.batches(self.work, stream, one.columns, pages)

    def _changed(self, resource: str, at: datetime, number: int) -> Sequence[Thing]:
        """Ask for a page; past the last one Magento gives the last again, so its own count is looked at."""
        query = {
            "searchCriteria[filter_groups][0][filters][0][field]": "updated_at",
            "searchCriteria[filter_groups][0][filters][0][value]": f"{at:%Y-%m-%d %H:%M:%S}",
            "searchCriteria[filter_groups][0][filters][0][condition_type]": "gteq",
            "searchCriteria[sortOrders][0][field]": "updated_at",
            "searchCriteria[sortOrders][0][direction]": "ASC",
            "searchCriteria[sortOrders][1][field]": "entity_id",
            "searchCriteria[sortOrders][1][direction]": "ASC",
            "searchCriteria[pageSize]": PAGE,
            "searchCriteria[currentPage]": number,
        }
        body = self.rest.get(resource, query).body
        found = shop.listed(body, "items")
        whole = int(body.get("total_count", len(found))) if isinstance(body, dict) else len(found)
        return found if (number - 1) * PAGE < whole else []

    def _wants(self, stream: str, thing: Thing) -> bool:
        if stream == "customers":
            return self.wanted.holds(country=_customer(thing)["country"])
        if stream == "products":
            return True
        order = self._order(str(thing.get("order_id"))) if stream == "returns" else thing
        country = (order.get("billing_address") or {}).get("country_id")
        return self.wanted.holds(ordered_at=instant(order.get("created_at")), country=country)

    def _stock(self) -> dict[str, Decimal]:
        """Count what lies in all sources of the house; a shop without them tells its stock with its products."""
        numbers = {str(one.get("sku")): str(one.get("id")) for one in self._all("products", "sku", "id")}
        try:
            items = list(self._all("inventory/source-items", "sku", "source_code"))
        except PlaceNotThere:
            return {}
        counts = ((numbers.get(str(one.get("sku"))), amount(one.get("quantity"))) for one in items)
        return stock.summed(stock.Count(product_id, "", number) for product_id, number in counts if product_id)

    def _all(self, resource: str, by: str, apart: str) -> Iterator[Thing]:
        """
        Page through all there is, each page from the last of the one before: what is deleted moves no other away.

        `by` is what they are in the order of; `apart` tells those apart that are one in that.
        """
        met: set[tuple[object, object]] = set()
        since: object = None
        while True:
            query: dict[str, object] = {
                "searchCriteria[sortOrders][0][field]": by, "searchCriteria[sortOrders][0][direction]": "ASC",
                "searchCriteria[pageSize]": STOCK_PAGE, "searchCriteria[currentPage]": 1,
            }  # fmt: skip
            if since is not None:
                query |= {
                    "searchCriteria[filter_groups][0][filters][0][field]": by,
                    "searchCriteria[filter_groups][0][filters][0][value]": since,
                    "searchCriteria[filter_groups][0][filters][0][condition_type]": "gteq",
                }
            found = shop.listed(self.rest.get(resource, query).body, "items")
            fresh = [one for one in found if (one.get(by), one.get(apart)) not in met]
            if not fresh:
                return
            yield from fresh
            met |= {(one.get(by), one.get(apart)) for one in fresh}
            since = found[-1].get(by)

    def _currency(self) -> str:
        body = self.rest.get("directory/currency").body
        return str(body.get("base_currency_code", "")) if isinstance(body, dict) else ""

    def _order(self, which: str) -> Thing:
        if which not in self._orders:
            found = self.rest.get(f"orders/{which}").body
            self._orders[which] = found if isinstance(found, dict) else {}
        return self._orders[which]

    def _returns(self, memo: Thing) -> list[Row]:
        """Give the lines of a credit memo; the order says its number, its currency and whose it is."""
        order = self._order(str(memo.get("order_id")))
        head = _head(order) | {"occurred_at": instant(memo.get("created_at"))}
        rows = [head | _returned(one) for one in memo.get("items") or () if amount(one.get("row_total_incl_tax"))]
        for name in ("shipping_incl_tax", "adjustment"):
            back = amount(memo.get(name))
            if back:
                line = {"line_id": f"memo {memo.get('entity_id')} {name}", "product_name": name.partition("_")[0]}
                rows.append(head | line | {"quantity": -1 if back > 0 else 1, "unit_price": abs(back)})
        return rows

    def _product(self, one: Thing, currency: str) -> Row:
        more = {it.get("attribute_code"): it.get("value") for it in one.get("custom_attributes") or ()}
        links = (one.get("extension_attributes") or {}).get("category_links") or ()
        stock = ((one.get("extension_attributes") or {}).get("stock_item") or {}).get("qty")
        key, picture = more.get("url_key"), more.get("image")
        return {
            "product_id": named(one.get("id")),
            "name": one.get("name"),
            "category": next((self._categories.get(str(it.get("category_id"))) for it in links), None),
            "maker": named(more.get("manufacturer")),
            "url": f"{self.url}/{key}.html" if key else None,
            "image_url": f"{self.url}/media/catalog/product{picture}" if picture else None,
            "price": named(one.get("price")),
            "currency": currency if named(one.get("price")) else None,
            "is_for_sale": str(one.get("status")) == _ENABLED,
            "stock": stock,
            "occurred_at": instant(one.get("updated_at")),
        }


def _changed_at(thing: Thing) -> str | None:
    return instant(thing.get("updated_at"))


def _head(order: Thing) -> Row:
    return {
        "order_id": named(order.get("increment_id")),
        "currency": order.get("order_currency_code"),
        "user_id": named(order.get("customer_id")),
        "email": named(order.get("customer_email")),
    }


def _lines(order: Thing) -> list[Row]:
    """Give the lines of an order that was paid; what a configurable product is made of stands under its own line."""
    if order.get("state") not in _PAID:
        return []
    billing = order.get("billing_address") or {}
    head = _head(order) | {
        "total": order.get("grand_total"),
        "shipping": order.get("shipping_incl_tax") or order.get("shipping_amount"),
        "channel": "site",
        "country": named(billing.get("country_id")),
        "coupon": named(order.get("coupon_code")),
        "cart_id": named(order.get("quote_id")),
        "occurred_at": instant(order.get("created_at")),
        "phone": named(billing.get("telephone")),
    }
    rows = [_line(one) for one in order.get("items") or () if not one.get("parent_item_id")]
    shipping = amount(order.get("shipping_incl_tax") or order.get("shipping_amount"))
    rows += shop.beside("shipping", shipping - abs(amount(order.get("shipping_discount_amount"))))
    return [head | row for row in rows]


def _line(line: Thing) -> Row:
    total = _paid(line)
    return {
        "line_id": named(line.get("item_id")),
        "product_id": named(line.get("product_id")),
        "product_name": line.get("name"),
        "quantity": line.get("qty_ordered"),
        "unit_price": each(total, line.get("qty_ordered")),
    }


def _paid(line: Thing) -> Decimal:
    """
    Give what was paid for a line: after its discount, with taxes, counted as Magento does where it says them apart.

    Source: developer.adobe.com, Commerce REST, items of orders and credit memos.
    """
    less = abs(amount(line.get("discount_amount")))
    if line.get("tax_amount") is None:
        return amount(line.get("row_total_incl_tax") or line.get("row_total")) - less
    taxes = amount(line.get("tax_amount")) + amount(line.get("discount_tax_compensation_amount"))
    return amount(line.get("row_total")) + taxes - less


def _returned(line: Thing) -> Row:
    total = _paid(line)
    return {
        "line_id": f"memo {line.get('parent_id')} {line.get('entity_id')}",
        "product_id": named(line.get("product_id")),
        "product_name": line.get("name"),
        "quantity": -amount(line.get("qty")),
        "unit_price": each(total, line.get("qty")),
    }


def _customer(one: Thing) -> Row:
    homes = one.get("addresses") or ()
    home = next((it for it in homes if it.get("default_billing")), homes[0] if homes else {})
    return {
        "user_id": named(one.get("id")),
        "email": named(one.get("email")),
        "phone": named(home.get("telephone")),
        "first_name": named(one.get("firstname")),
        "last_name": named(one.get("lastname")),
        "birth_on": day(one.get("dob")),
        "street": named(" ".join(home.get("street") or ())),
        "postal_code": named(home.get("postcode")),
        "city": named(home.get("city")),
        "country": named(home.get("country_id")),
        "company": named(home.get("company")),
        "created_on": day(one.get("created_at")),
        "occurred_at": instant(one.get("updated_at")),
    }


def _category(one: Thing) -> Row:
    return {
        "category_id": named(one.get("id")),
        "name": one.get("name"),
        "parent_id": named(one.get("parent_id")),
        "is_active": bool(one.get("is_active", True)),
    }


def _tree(root: Any) -> list[Thing]:
    """List every category of a tree. Order: as in the shop's menu."""
    found: list[Thing] = []
    waiting = [root]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            found.append(one)
            waiting = (one.get("children_data") or []) + waiting
    return found
