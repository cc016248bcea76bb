"""WooCommerce, by its REST interface wc/v3: customers, orders, refunds and products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Self

from comptoir.sources.pulls import shop, tables
from comptoir.sources.pulls.base import Batch, Form, Look, Making, Option, Stream, count, text
from comptoir.sources.pulls.rest import Rest, basic
from comptoir.sources.pulls.shop import Thing, amount, day, each, instant, named
from comptoir.sources.pulls.tables import Row

PAGE = 100
CART = "_comptoir_cart"
"""The note in which our plug-in leaves the basket's id: docs/how-to/woocommerce.md."""
_SAFE = timedelta(seconds=1)
"""The interface gives what came after an instant, and not at it."""


@dataclass(slots=True, kw_only=True)
class WooCommerce:
    """A shop on WooCommerce. Source: developer.woocommerce.com, REST v3: orders, order refunds, customers, products."""

    options: ClassVar[tuple[Option, ...]] = (
        shop.ADDRESS,
        Option(name="user", says="Consumer key (ck_…).", is_needed=True),
        Option(name="password", says="Consumer secret (cs_…).", form=Form.SECRET, is_needed=True),
        shop.SINCE, shop.COUNTRIES, shop.OVERLAP,
    )  # fmt: skip
    streams: ClassVar[tuple[Stream, ...]] = (
        shop.CUSTOMERS, shop.CATEGORIES, shop.PRODUCTS, shop.ORDERS, shop.RETURNS,
    )  # fmt: skip
    is_inside: ClassVar[bool] = False

    rest: Rest
    work: Path
    overlap: int
    wanted: shop.Wanted

    @classmethod
    def made(cls, making: Making) -> Self:
        """Make one. Raises: PlaceNeeds."""
        headers = basic(text(making, "user"), text(making, "password"))
        rest = Rest.of(making, f"{shop.address(making)}/wp-json/wc/v3", headers)
        overlap = count(making, "overlap_minutes", most=100_000)
        return cls(rest=rest, work=making.work, overlap=overlap, wanted=shop.Wanted.of(making))

    def look(self) -> Look:
        """Ask for one product."""
        shop.listed(self.rest.get("products", {"per_page": 1}).body)
        return Look(says="the shop answers", items=tuple(one.name for one in self.streams))

    def fetch(self, stream: str, since: str) -> Iterator[Batch]:
        """Fetch what has changed; all customers and categories, as the interface does not say which of them have."""
        one = next(one for one in self.streams if one.name == stream)
        if stream in {"customers", "categories"}:
            ask_all = self._customers if stream == "customers" else self._categories
            row_of = _customer if stream == "customers" else _category
            everything = ((things, "") for things in shop.numbered(ask_all))
            pages = shop.rows_of(everything, lambda it: [row_of(it)] if self._wants(stream, it) else [])
        else:
            currency = self._currency() if stream == "products" else ""
            resource = "products" if stream == "products" else "orders"

            def rows(thing: Thing) -> list[Row]:
                if stream == "products":
                    return self._products(thing, currency)
                if not self._wants(stream, thing):
                    return []
                return self._returns(thing) if stream == "returns" else _lines(thing)

            def ask(at: datetime, number: int) -> Sequence[Thing]:
                return self._changed(resource, at, number)

            pages = shop.rows_of(shop.changed(since, self.overlap, ask, _changed_at), rows)
        yield from tables.batches(self.work, stream, one.columns, pages)

    def _wants(self, stream: str, thing: Thing) -> bool:
        if stream == "categories":
            return True
        if stream == "customers":
            return self.wanted.holds(country=(thing.get("billing") or {}).get("country"))
        return self.wanted.holds(ordered_at=instant(thing.get("date_created_gmt")), country=_country(thing))

    def _changed(self, resource: str, at: datetime, number: int) -> Sequence[Thing]:
        query: dict[str, object] = {
            "per_page": PAGE, "page": number, "orderby": "modified", "order": "asc", "dates_are_gmt": "true",
            "modified_after": f"{at - _SAFE:%Y-%m-%dT%H:%M:%S}" if at.year > 1970 else "1970-01-01T00:00:01",
        }  # fmt: skip
        return shop.listed(self.rest.get(resource, query).body)

    def _customers(self, number: int) -> Sequence[Thing]:
        query = {"per_page": PAGE, "page": number, "orderby": "id", "order": "asc", "role": "all"}
        return shop.listed(self.rest.get("customers", query).body)

    def _categories(self, number: int) -> Sequence[Thing]:
        query = {"per_page": PAGE, "page": number, "orderby": "id", "order": "asc"}
        return shop.listed(self.rest.get("products/categories", query).body)

    def _products(self, product: Thing, currency: str) -> list[Row]:
        """Give a product, and each variation of one that has some: they have prices and stock of their own."""
        whole = _product(product, currency)
        if product.get("type") != "variable":
            return [whole]

        def ask(number: int) -> Sequence[Thing]:
            path = f"products/{product['id']}/variations"
            query = {"per_page": PAGE, "page": number, "orderby": "id", "order": "asc"}
            return shop.listed(self.rest.get(path, query).body)

        return [whole, *(_variation(one, whole, currency) for page in shop.numbered(ask) for one in page)]

    def _currency(self) -> str:
        body = self.rest.get("data/currencies/current").body
        return str(body.get("code", "")) if isinstance(body, dict) else ""

    def _returns(self, order: Thing) -> list[Row]:
        """Ask for an order's refunds, where it says that it has some."""
        if not order.get("refunds") or not order.get("date_paid_gmt"):
            return []
        refunds = shop.listed(self.rest.get(f"orders/{order['id']}/refunds", {"per_page": PAGE}).body)
        return [row for one in refunds for row in _refund(one, order)]


def _changed_at(thing: Thing) -> str | None:
    return instant(thing.get("date_modified_gmt"))


def _country(order: Thing) -> str | None:
    return named((order.get("shipping") or {}).get("country") or (order.get("billing") or {}).get("country"))


def _head(order: Thing) -> Row:
    return {
        "order_id": named(order.get("id")),
        "currency": order.get("currency"),
        "user_id": named(order.get("customer_id")),
        "email": named((order.get("billing") or {}).get("email")),
    }


def _lines(order: Thing) -> list[Row]:
    """Give the lines of an order that was paid."""
    if not order.get("date_paid_gmt"):
        return []
    billing = order.get("billing") or {}
    head = _head(order) | {
        "total": order.get("total"),
        "tax": order.get("total_tax"),
        "shipping": order.get("shipping_total"),
        "channel": "site",
        "cart_id": next((one.get("value") for one in order.get("meta_data") or () if one.get("key") == CART), None),
        "country": _country(order),
        "coupon": next((one.get("code") for one in order.get("coupon_lines") or ()), None),
        "occurred_at": instant(order.get("date_created_gmt")),
        "phone": named(billing.get("phone")),
    }
    fees = ((str(one.get("id")), _taxed(one)) for one in order.get("fee_lines") or ())
    shipping = amount(order.get("shipping_total")) + amount(order.get("shipping_tax"))
    rows = [_line(one) for one in order.get("line_items") or ()]
    rows += [row for name, total in fees for row in shop.beside("fee", total, name=name)]
    return [head | row for row in (*rows, *shop.beside("shipping", shipping))]


def _line(line: Thing) -> Row:
    return {
        "line_id": named(line.get("id")),
        "product_id": named(line.get("product_id")),
        "variant_id": named(line.get("variation_id")) or named(line.get("product_id")),
        "product_name": line.get("name"),
        "quantity": line.get("quantity"),
        "unit_price": each(_taxed(line), line.get("quantity")),
    }


def _taxed(line: Thing) -> Decimal:
    """Give what was paid for a line: its total is after discounts and without taxes."""
    return amount(line.get("total")) + amount(line.get("total_tax"))


def _refund(refund: Thing, order: Thing) -> list[Row]:
    """Give the lines of a refund; one without lines is paid back on the whole order."""
    head = _head(order) | {"occurred_at": instant(refund.get("date_created_gmt"))}
    rows = [head | _refunded(one) for one in refund.get("line_items") or () if amount(one.get("quantity"))]
    back = abs(amount(refund.get("amount"))) - sum(
        (-amount(row["quantity"]) * amount(row["unit_price"]) for row in rows), amount(0)
    )
    if round(back, 2) > 0:
        rows.append(head | {"line_id": f"refund {refund.get('id')}", "quantity": -1, "unit_price": round(back, 2)})
    return rows


def _refunded(line: Thing) -> Row:
    whole = abs(amount(line.get("total"))) + abs(amount(line.get("total_tax")))
    number = abs(amount(line.get("quantity")))
    return {
        "line_id": f"refund {line.get('id')}",
        "product_id": named(line.get("product_id")),
        "variant_id": named(line.get("variation_id")) or named(line.get("product_id")),
        "product_name": line.get("name"),
        "quantity": -number,
        "unit_price": each(whole, number),
    }


def _customer(one: Thing) -> Row:
    home = one.get("billing") or {}
    return {
        "user_id": named(one.get("id")),
        "email": named(one.get("email")),
        "phone": named(home.get("phone")),
        "first_name": named(one.get("first_name") or home.get("first_name")),
        "last_name": named(one.get("last_name") or home.get("last_name")),
        "street": named(" ".join(filter(None, (home.get("address_1"), home.get("address_2"))))),
        "postal_code": named(home.get("postcode")),
        "city": named(home.get("city")),
        "country": named(home.get("country")),
        "company": named(home.get("company")),
        "created_on": day(one.get("date_created_gmt")),
        "occurred_at": instant(one.get("date_modified_gmt") or one.get("date_created_gmt")),
    }


def _category(one: Thing) -> Row:
    return {"category_id": named(one.get("id")), "name": one.get("name"), "parent_id": named(one.get("parent"))}


def _variation(one: Thing, whole: Row, currency: str) -> Row:
    """Give a variation: what it does not say of itself is its product's."""
    said = " · ".join(str(it.get("option")) for it in one.get("attributes") or () if it.get("option"))
    stock = one.get("stock_quantity")
    return whole | {
        "variant_id": named(one.get("id")),
        "name": f"{whole['name']} · {said}" if said else whole["name"],
        "url": named(one.get("permalink")) or whole["url"],
        "image_url": (one.get("image") or {}).get("src") or whole["image_url"],
        "price": named(one.get("price")),
        "currency": currency if named(one.get("price")) else None,
        "is_for_sale": one.get("status") == "publish" and one.get("stock_status") != "outofstock",
        "stock": stock if one.get("manage_stock") is True else None,
        "occurred_at": max(
            (at for at in (instant(one.get("date_modified_gmt")), whole["occurred_at"]) if isinstance(at, str)),
            default=None,
        ),
    }


def _product(one: Thing, currency: str) -> Row:
    return {
        "product_id": named(one.get("id")),
        "name": one.get("name"),
        "category": next((it.get("name") for it in one.get("categories") or ()), None),
        "maker": next((it.get("name") for it in one.get("brands") or ()), None),
        "url": named(one.get("permalink")),
        "image_url": next((it.get("src") for it in one.get("images") or ()), None),
        "price": named(one.get("price")),
        "currency": currency if named(one.get("price")) else None,
        "is_for_sale": one.get("status") == "publish" and one.get("stock_status") != "outofstock",
        "stock": one.get("stock_quantity"),
        "occurred_at": instant(one.get("date_modified_gmt")),
    }
