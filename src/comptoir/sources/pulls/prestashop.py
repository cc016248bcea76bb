"""PrestaShop, by its webservice: customers, orders, credit slips, products, their categories and stock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from comptoir.clock import Clock
from comptoir.sources.pulls import shop, stock, tables
from comptoir.sources.pulls.base import Batch, Form, Look, Making, Option, PlaceNeeds, PlaceStrange, Stream, count, text
from comptoir.sources.pulls.rest import Rest, basic
from comptoir.sources.pulls.shop import Thing, amount, day, each, instant, named
from comptoir.sources.pulls.tables import Row

PAGE = 100
STOCK_PAGE = 5_000
"""Counts of stock are short, and all are read at every run."""
_LAST = 2**31 - 1
_SHOWN = "shown_price"
SHOWN_PRICE = {f"price[{_SHOWN}][use_tax]": 1, f"price[{_SHOWN}][use_reduction]": 1}
"""What customers see: the price a product itself has is without taxes."""
_RESOURCES = {"orders": "orders", "returns": "order_slip", "customers": "customers", "products": "products"}
_LISTS = {"order_slip": "order_slips"}
"""Under which name a resource's list comes, where it is not the resource's own."""


@dataclass(slots=True, kw_only=True)
class PrestaShop:
    """A shop on PrestaShop. Source: devdocs.prestashop-project.org, webservice: list parameters and resources."""

    options: ClassVar[tuple[Option, ...]] = (
        shop.ADDRESS,
        Option(name="key", says="Key of the webservice.", form=Form.SECRET, is_needed=True),
        Option(name="zone", says="Time zone of the shop; empty: the brand's."),
        shop.SINCE, shop.OVERLAP,
    )  # fmt: skip
    streams: ClassVar[tuple[Stream, ...]] = (
        shop.CUSTOMERS, shop.CATEGORIES, shop.PRODUCTS, stock.STOCK, shop.ORDERS, shop.RETURNS,
    )  # fmt: skip
    is_inside: ClassVar[bool] = False

    rest: Rest
    url: str
    work: Path
    overlap: int
    zone: str
    clock: Clock
    wanted: shop.Wanted
    _names: dict[str, dict[str, str]] = field(default_factory=dict)
    _orders: dict[str, Thing] = field(default_factory=dict)

    @classmethod
    def made(cls, making: Making) -> Self:
        """Make one. Raises: PlaceNeeds."""
        zone = making.options.get("zone", "").strip() or making.zone
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise PlaceNeeds(option="zone", takes="Europe/Paris") from error
        url = shop.address(making)
        rest = Rest.of(making, f"{url}/api", basic(text(making, "key"), ""))
        overlap = count(making, "overlap_minutes", most=100_000)
        wanted = shop.Wanted.of(making)
        return cls(
            rest=rest, url=url, work=making.work, overlap=overlap, zone=zone, clock=making.clock, wanted=wanted
        )  # fmt: skip

    def look(self) -> Look:
        """Ask for one product."""
        self._list("products", {"display": "[id]", "limit": 1})
        return Look(says="the shop answers", items=tuple(one.name for one in self.streams))

    def fetch(self, stream: str, since: str) -> Iterator[Batch]:
        """Fetch what has changed; of stock, which says no time, what differs from the last run."""
        one = next(one for one in self.streams if one.name == stream)

        if stream == stock.STOCK.name:
            counts = stock.summed(count for page in self._stock_pages() for count in map(_count, page))
            yield from stock.batches(self.work, counts, since, self.clock.now())
            return
        if stream == "categories":
            found = shop.listed(self._list("categories", {"display": "full"}))
            yield from tables.batches(self.work, stream, one.columns, [([_category(it) for it in found], "")])
            return

        def ask(at: datetime, number: int) -> Sequence[Thing]:
            return self._changed(_RESOURCES[stream], at, number)

        def rows(thing: Thing) -> list[Row]:
            match stream:
                case "customers":
                    return self._customer(thing)
                case "products":
                    return [self._product(thing)]
                case "returns":
                    return self._returns(thing)
            return self._lines(thing)

        pages = shop.rows_of(shop.changed(since, self.overlap, ask, self._changed_at), rows)
        yield from tables.batches(self.work, stream, one.columns, pages)

    def _changed_at(self, thing: Thing) -> str | None:
        return instant(thing.get("date_upd"), self.zone)

    def _changed(self, resource: str, at: datetime, number: int) -> Sequence[Thing]:
        local = at.astimezone(ZoneInfo(self.zone)) if at.year > 1970 else at
        query: dict[str, object] = {
            "display": "full", "date": 1, "sort": "[date_upd_ASC,id_ASC]", "limit": f"{(number - 1) * PAGE},{PAGE}",
            "filter[date_upd]": f"[{local:%Y-%m-%d %H:%M:%S},9999-12-31 23:59:59]",
        }  # fmt: skip
        return self._list(resource, query | (SHOWN_PRICE if resource == "products" else {}))

    def _stock_pages(self) -> Iterator[Sequence[Thing]]:
        """Page through all counts by their numbers: one that is deleted meanwhile moves no other out of sight."""
        last = 0
        while found := self._list("stock_availables", {
            "display": "[id,id_product,id_product_attribute,quantity]", "sort": "[id_ASC]", "limit": STOCK_PAGE,
            "filter[id]": f"[{last + 1},{_LAST}]",
        }):  # fmt: skip
            yield found
            reached = max(int(amount(one.get("id"))) for one in found)
            if reached <= last:
                raise PlaceStrange(why="it gives the same stock again and again")
            last = reached

    def _list(self, resource: str, query: Mapping[str, object]) -> Sequence[Thing]:
        body = self.rest.get(resource, {"output_format": "JSON", **query}).body
        if not body:  # no rows: an empty list stands in the object's place
            return []
        return shop.listed(body, _LISTS.get(resource, resource))

    def _name(self, resource: str, which: object, name: str) -> str | None:
        """Look up what a number stands for, in a list that is asked for once."""
        key = named(which)
        if key is None:
            return None
        if resource not in self._names:
            found = self._list(resource, {"display": f"[id,{name}]"})
            self._names[resource] = {str(one.get("id")): _said(one.get(name)) or "" for one in found}
        return self._names[resource].get(key) or None

    def _lines(self, order: Thing) -> list[Row]:
        """Give the lines of an order that counts as paid, taxes included."""
        if str(order.get("valid")) != "1" or not self._wants(order):
            return []
        head = {
            "order_id": named(order.get("id")),
            "currency": self._name("currencies", order.get("id_currency"), "iso_code"),
            "total": order.get("total_paid_tax_incl"),
            "shipping": order.get("total_shipping_tax_incl"),
            "channel": "site",
            "cart_id": named(order.get("id_cart")),
            "occurred_at": instant(order.get("date_add"), self.zone),
            "user_id": named(order.get("id_customer")),
        }
        lines = shop.listed((order.get("associations") or {}).get("order_rows") or [])
        rows = [
            *map(_line, lines),
            *shop.beside("discount", -amount(order.get("total_discounts_tax_incl"))),
            *shop.beside("fee", amount(order.get("total_wrapping_tax_incl")), name="wrapping"),
            *shop.beside("shipping", amount(order.get("total_shipping_tax_incl"))),
        ]
        return [head | row for row in rows]

    def _wants(self, order: Thing) -> bool:
        return self.wanted.holds(ordered_at=instant(order.get("date_add"), self.zone))

    def _returns(self, slip: Thing) -> list[Row]:
        """Give the lines of a credit slip; the order says which products they are."""
        order = self._order(str(slip.get("id_order")))
        if not self._wants(order):
            return []
        sold = {
            str(one.get("id")): one for one in shop.listed((order.get("associations") or {}).get("order_rows") or [])
        }
        head = {
            "order_id": named(slip.get("id_order")),
            "currency": self._name("currencies", order.get("id_currency"), "iso_code"),
            "occurred_at": instant(slip.get("date_add"), self.zone),
            "user_id": named(slip.get("id_customer")),
        }
        found: list[Row] = []
        for one in shop.listed((slip.get("associations") or {}).get("order_slip_details") or []):
            line = sold.get(str(one.get("id_order_detail")), {})
            number = amount(one.get("product_quantity"))
            found.append(
                head
                | _line(line)
                | {
                    "line_id": f"slip {slip.get('id')} {one.get('id_order_detail')}",
                    "quantity": -number,
                    "unit_price": each(amount(one.get("amount_tax_incl")), number),
                }
            )
        if amount(slip.get("total_shipping_tax_incl")):
            back = {"line_id": f"slip {slip.get('id')} shipping", "product_name": "shipping", "quantity": -1}
            found.append(head | back | {"unit_price": amount(slip.get("total_shipping_tax_incl"))})
        return found

    def _order(self, which: str) -> Thing:
        if which not in self._orders:
            found = self._list("orders", {"display": "full", "filter[id]": f"[{which}]"})
            self._orders[which] = found[0] if found else {}
        return self._orders[which]

    def _customer(self, one: Thing) -> list[Row]:
        if str(one.get("deleted")) == "1":
            return []
        language = self._name("languages", one.get("id_lang"), "iso_code")
        return [
            {
                "user_id": named(one.get("id")),
                "email": named(one.get("email")),
                "first_name": named(one.get("firstname")),
                "last_name": named(one.get("lastname")),
                "birth_on": day(one.get("birthday")),
                "language": language,
                "company": named(one.get("company")),
                "created_on": day(one.get("date_add")),
                "occurred_at": instant(one.get("date_upd"), self.zone),
            }
        ]

    def _product(self, one: Thing) -> Row:
        price = named(one.get(_SHOWN)) or named(one.get("price"))
        rewritten = _said(one.get("link_rewrite"))
        return {
            "product_id": named(one.get("id")),
            "name": _said(one.get("name")),
            "category": self._name("categories", one.get("id_category_default"), "name"),
            "maker": named(one.get("manufacturer_name")),
            "url": f"{self.url}/{one.get('id')}-{rewritten}.html" if rewritten else None,
            "price": price,
            "currency": next(iter(self._currencies().values()), None) if price else None,
            "is_for_sale": str(one.get("active")) == "1",
            "occurred_at": instant(one.get("date_upd"), self.zone),
        }

    def _currencies(self) -> Mapping[str, str]:
        self._name("currencies", 1, "iso_code")
        return self._names["currencies"]


def _count(one: Thing) -> stock.Count:
    """Give a count; the one without a variant is that of all variants together, which PrestaShop keeps as their sum."""
    which = named(one.get("id_product_attribute"))
    return stock.Count(str(one.get("id_product")), which or "", amount(one.get("quantity")))


def _category(one: Thing) -> Row:
    return {
        "category_id": named(one.get("id")),
        "name": _said(one.get("name")),
        "parent_id": named(one.get("id_parent")),
        "is_active": str(one.get("active")) == "1",
    }


def _line(line: Thing) -> Row:
    return {
        "line_id": named(line.get("id")),
        "product_id": named(line.get("product_id")),
        "variant_id": named(line.get("product_attribute_id")),
        "product_name": line.get("product_name"),
        "quantity": line.get("product_quantity"),
        "unit_price": line.get("unit_price_tax_incl"),
    }


def _said(value: object) -> str | None:
    """Give a text; of one in several languages, the first."""
    if isinstance(value, list):
        value = next((one.get("value") for one in value if isinstance(one, dict) and one.get("value")), None)
    return named(value)
