"""Shop platforms: what their interfaces answer, written by hand after their documentation, becomes our rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from comptoir.sources.pulls.base import PlaceNeeds, PlaceStrange, Pull
from comptoir.sources.pulls.magento import Magento
from comptoir.sources.pulls.prestashop import PrestaShop
from comptoir.sources.pulls.shopify import Shopify
from comptoir.sources.pulls.woocommerce import WooCommerce
from tests.place import Asked, Place, Say, as_json, making

Rows = list[dict[str, Any]]


def fetched(pull: Pull, stream: str, since: str = "") -> tuple[Rows, str]:
    """Fetch a stream to its end: the rows, without what is empty, and the last cursor."""
    rows: Rows = []
    cursor = since
    for batch in pull.fetch(stream, since):
        lines = [json.loads(line) for line in batch.path.read_text().splitlines()]
        rows += [{name: value for name, value in row.items() if value is not None} for row in lines]
        cursor = batch.cursor or cursor
    return rows, cursor


def paid(rows: Rows) -> Decimal:
    """Add up the lines of an order."""
    return sum((round(Decimal(one["quantity"]) * Decimal(one["unit_price"]), 2) for one in rows), Decimal(0))


def by_path(answers: Mapping[str, Any]) -> Callable[[Asked], Say]:
    """Answer each path with its thing; a list is used up page by page, then there is nothing."""

    def answer(asked: Asked) -> Say:
        said = answers.get(asked.path)
        if said is None:
            return Say(status=404)
        return said(asked) if callable(said) else as_json(said)

    return answer


# ── Shopify ──

SHOPIFY_ORDER = {
    "id": 450789469, "created_at": "2026-01-10T11:00:00-05:00", "updated_at": "2026-01-12T10:00:00-05:00",
    "currency": "EUR", "financial_status": "partially_refunded", "total_price": "28.00", "total_tax": "0.00",
    "total_shipping_price_set": {"shop_money": {"amount": "5.00", "currency_code": "EUR"}}, "source_name": "web",
    "taxes_included": True, "email": "ann@example.org", "customer": {"id": 207119551},
    "discount_codes": [{"code": "DIX"}],
    "note_attributes": [{"name": "_comptoir_cart", "value": "c-1"}], "shipping_address": {"country_code": "FR"},
    "line_items": [
        {"id": 1, "product_id": 7, "variant_id": 71, "title": "Lamp", "quantity": 3, "price": "10.00",
         "discount_allocations": [{"amount": "7.00"}]},
    ],
    "refunds": [
        {"id": 509, "created_at": "2026-01-12T09:00:00-05:00",
         "refund_line_items": [{"id": 104, "line_item_id": 1, "quantity": 1, "subtotal": "7.67", "total_tax": "0.00",
                                "line_item": {"product_id": 7, "variant_id": 71, "title": "Lamp"}}],
         "order_adjustments": [{"id": 3, "amount": "-5.00", "tax_amount": "0.00", "kind": "shipping_refund"}]},
    ],
}  # fmt: skip


def shopify(tmp_path: Path, place: Place) -> Shopify:
    return Shopify.made(making(tmp_path, {"url": place.url, "token": "shpat_x", "version": "2025-01"}))


def test_orders_of_shopify_become_lines_with_their_discounts_taken_off(tmp_path: Path) -> None:
    unpaid = SHOPIFY_ORDER | {"id": 2, "financial_status": "pending"}
    answers = {"/admin/api/2025-01/orders.json": {"orders": [SHOPIFY_ORDER, unpaid]}}
    with Place(by_path(answers)) as place:
        (*rows, shipping), cursor = fetched(shopify(tmp_path, place), "orders")

    assert rows == [
        {
            "order_id": "450789469", "line_id": "1", "product_id": "7", "variant_id": "71", "product_name": "Lamp",
            "quantity": "3", "unit_price": "7.666667", "currency": "EUR", "total": "28.00", "tax": "0.00",
            "shipping": "5.00", "channel": "site", "country": "FR", "coupon": "DIX", "cart_id": "c-1",
            "user_id": "207119551",
            "email": "ann@example.org", "occurred_at": "2026-01-10T16:00:00+00:00",
        }
    ]  # fmt: skip
    assert (shipping["line_id"], shipping["line_kind"], shipping["unit_price"]) == ("shipping", "shipping", "5.00")
    assert paid([*rows, shipping]) == Decimal("28.00")
    assert cursor == "2026-01-12T15:00:00+00:00"
    assert place.asked[0].headers["x-shopify-access-token"] == "shpat_x"
    assert place.asked[0].query == {"limit": "250", "order": "updated_at asc", "status": "any"}


def test_an_order_of_shopify_without_taxes_in_its_prices_comes_to_what_was_paid(tmp_path: Path) -> None:
    order = SHOPIFY_ORDER | {
        "taxes_included": False, "total_price": "34.80",
        "line_items": [{"id": 1, "product_id": 7, "quantity": 2, "price": "12.00", "tax_lines": [{"price": "4.80"}]}],
        "shipping_lines": [{"price": "10.00", "discount_allocations": [{"amount": "5.00"}],
                            "tax_lines": [{"price": "1.00"}]}],
    }  # fmt: skip
    with Place(by_path({"/admin/api/2025-01/orders.json": {"orders": [order]}})) as place:
        rows, _ = fetched(shopify(tmp_path, place), "orders")

    assert paid(rows) == Decimal("34.80")


def test_refunds_of_shopify_are_returns_and_money_paid_back(tmp_path: Path) -> None:
    with Place(by_path({"/admin/api/2025-01/orders.json": {"orders": [SHOPIFY_ORDER]}})) as place:
        rows, _ = fetched(shopify(tmp_path, place), "returns")

    said = [(one["line_id"], one["quantity"], one["unit_price"], one.get("product_id")) for one in rows]
    assert said == [("refund 104", "-1", "7.670000", "7"), ("adjustment 3", "-1", "5.00", None)]
    assert {one["occurred_at"] for one in rows} == {"2026-01-12T14:00:00+00:00"}


def test_pages_of_shopify_are_followed_by_their_links_and_the_next_run_overlaps(tmp_path: Path) -> None:
    def page(asked: Asked) -> Say:
        if asked.query.get("page_info") == "two":
            return as_json({"customers": [{"id": 2, "updated_at": "2026-01-02T00:00:00Z"}]})
        link = f'<{place.url}{asked.path}?page_info=one&limit=250>; rel="previous", '
        link += f'<{place.url}{asked.path}?page_info=two&limit=250>; rel="next"'
        return as_json({"customers": [{"id": 1, "updated_at": "2026-01-01T00:00:00Z"}]}, Link=link)

    with Place(by_path({"/admin/api/2025-01/customers.json": page})) as place:
        rows, cursor = fetched(shopify(tmp_path, place), "customers")
        fetched(shopify(tmp_path, place), "customers", cursor)

    assert [one["user_id"] for one in rows] == ["1", "2"]
    assert place.asked[2].query["updated_at_min"] == "2026-01-01T23:50:00+00:00"


def test_collections_of_shopify_by_hand_and_by_rule_are_categories(tmp_path: Path) -> None:
    by_hand = [{"id": 841, "title": "Lamps", "published_at": "2026-01-01T00:00:00Z"}]
    by_rule = [{"id": 482, "title": "Hidden", "published_at": None}]
    answers = {
        "/admin/api/2025-01/custom_collections.json": {"custom_collections": by_hand},
        "/admin/api/2025-01/smart_collections.json": {"smart_collections": by_rule},
    }
    with Place(by_path(answers)) as place:
        rows, cursor = fetched(shopify(tmp_path, place), "categories")

    assert [(one["category_id"], one["name"], one["is_active"]) for one in rows] == [
        ("841", "Lamps", "true"), ("482", "Hidden", "false"),
    ]  # fmt: skip
    assert cursor == ""


def test_variants_of_shopify_are_products_in_the_shop_s_currency(tmp_path: Path) -> None:
    answers = {
        "/admin/api/2025-01/shop.json": {"shop": {"currency": "EUR"}},
        "/admin/api/2025-01/products.json": {
            "products": [
                {"id": 7, "title": "Lamp", "vendor": "Lum", "product_type": "Lights", "handle": "lamp",
                 "status": "active", "updated_at": "2026-01-01T00:00:00Z", "image": {"src": "https://cdn.example/l.png"},
                 "variants": [{"id": 71, "price": "19.90", "inventory_quantity": 4}, {"id": 72, "price": "21.00"}]}
            ]
        },
    }  # fmt: skip
    with Place(by_path(answers)) as place:
        rows, _ = fetched(shopify(tmp_path, place), "products")

    assert [(one["variant_id"], one["price"], one.get("stock")) for one in rows] == [
        ("71", "19.90", "4"), ("72", "21.00", None)
    ]  # fmt: skip
    assert rows[0]["url"] == f"{place.url}/products/lamp"
    assert {one["currency"] for one in rows} == {"EUR"}


# ── WooCommerce ──

WOO_ORDER = {
    "id": 727, "currency": "EUR", "total": "28.35", "total_tax": "1.35", "shipping_total": "10.00",
    "shipping_tax": "0.35", "customer_id": 0, "fee_lines": [],
    "date_created_gmt": "2026-01-22T19:28:02", "date_modified_gmt": "2026-01-22T19:28:08",
    "date_paid_gmt": "2026-01-22T19:28:08", "billing": {"email": "john@example.com", "phone": "0555", "country": "FR"},
    "shipping": {"country": ""}, "coupon_lines": [],
    "line_items": [
        {"id": 315, "name": "Woo Single", "product_id": 93, "variation_id": 0, "quantity": 2, "total": "5.00",
         "total_tax": "1.00"},
        {"id": 316, "name": "Ship", "product_id": 22, "variation_id": 23, "quantity": 3, "total": "12.00"},
    ],
    "refunds": [],
}  # fmt: skip


def woo(tmp_path: Path, place: Place) -> WooCommerce:
    return WooCommerce.made(making(tmp_path, {"url": place.url, "user": "ck_1", "password": "cs_1"}))


def changing(things: list[dict[str, Any]], when: str, size: int) -> Callable[[Asked], Say]:
    """Answer pages as WooCommerce does: what changed after an instant, oldest first, by the number of the page."""

    def answer(asked: Asked) -> Say:
        after, number = asked.query["modified_after"], int(asked.query["page"])
        found = sorted((one for one in things if one[when] > after), key=lambda one: (one[when], one["id"]))
        return as_json(found[(number - 1) * size : number * size])

    return answer


def test_orders_of_woocommerce_that_were_paid_become_lines(tmp_path: Path) -> None:
    unpaid = WOO_ORDER | {"id": 728, "date_paid_gmt": None}
    answers = {"/wp-json/wc/v3/orders": changing([WOO_ORDER, unpaid], "date_modified_gmt", 100)}
    with Place(by_path(answers)) as place:
        rows, cursor = fetched(woo(tmp_path, place), "orders")

    assert [(one["line_id"], one["quantity"], one["unit_price"], one.get("variant_id")) for one in rows] == [
        ("315", "2", "3.000000", "93"), ("316", "3", "4.000000", "23"), ("shipping", "1", "10.35", None),
    ]  # fmt: skip
    assert paid(rows) == Decimal(rows[0]["total"])
    assert rows[0]["email"] == "john@example.com"
    assert "user_id" not in rows[0]
    assert rows[0]["country"] == "FR"
    assert cursor == "2026-01-22T19:28:08+00:00"


def test_an_order_that_changes_while_its_neighbors_are_paged_through_is_not_passed_over(tmp_path: Path) -> None:
    orders = [
        WOO_ORDER | {"id": number, "date_modified_gmt": f"2026-01-22T19:{number:02}:00"} for number in range(1, 8)
    ]
    pages = changing(orders, "date_modified_gmt", 3)

    def moving(asked: Asked) -> Say:
        said = pages(asked)
        orders[0]["date_modified_gmt"] = "2026-01-22T20:00:00"  # the first one goes to the end: all others move up
        return said

    with Place(by_path({"/wp-json/wc/v3/orders": moving})) as place:
        rows, _ = fetched(woo(tmp_path, place), "orders")

    assert {one["order_id"] for one in rows} == {str(number) for number in range(1, 8)}


def test_more_orders_than_a_page_holds_in_one_instant_are_all_fetched(tmp_path: Path) -> None:
    orders = [WOO_ORDER | {"id": number} for number in range(1, 9)]
    with Place(by_path({"/wp-json/wc/v3/orders": changing(orders, "date_modified_gmt", 3)})) as place:
        rows, _ = fetched(woo(tmp_path, place), "orders")

    assert {one["order_id"] for one in rows} == {str(number) for number in range(1, 9)}


def test_refunds_of_woocommerce_are_asked_for_by_order(tmp_path: Path) -> None:
    refunds = [
        {"id": 726, "date_created_gmt": "2026-02-01T10:00:00", "amount": "8.00", "line_items": [
            {"id": 900, "product_id": 93, "variation_id": 0, "quantity": -2, "total": "-6.00", "total_tax": "0.00"}]},
        {"id": 727, "date_created_gmt": "2026-02-02T10:00:00", "amount": "1.50", "line_items": []},
    ]  # fmt: skip
    answers = {
        "/wp-json/wc/v3/orders": changing([WOO_ORDER | {"refunds": [{"id": 726}]}], "date_modified_gmt", 100),
        "/wp-json/wc/v3/orders/727/refunds": refunds,
    }
    with Place(by_path(answers)) as place:
        rows, _ = fetched(woo(tmp_path, place), "returns")

    assert [(one["line_id"], one["quantity"], one["unit_price"]) for one in rows] == [
        ("refund 900", "-2", "3.000000"), ("refund 726", "-1", "2.00"), ("refund 727", "-1", "1.50")
    ]  # fmt: skip


def test_customers_of_woocommerce_are_read_page_by_page(tmp_path: Path) -> None:
    pages = {
        "1": [{"id": 25, "email": "john@example.com", "first_name": "John", "last_name": "Doe",
               "date_created_gmt": "2026-01-01T00:00:00", "date_modified_gmt": "2026-01-02T00:00:00",
               "billing": {"address_1": "969 Market", "address_2": "", "postcode": "94103", "city": "Lyon",
                           "country": "FR"}}],
    }  # fmt: skip
    with Place(
        by_path({"/wp-json/wc/v3/customers": lambda asked: as_json(pages.get(asked.query["page"], []))})
    ) as place:
        rows, cursor = fetched(woo(tmp_path, place), "customers")

    assert rows == [
        {"user_id": "25", "email": "john@example.com", "first_name": "John", "last_name": "Doe", "street": "969 Market",
         "postal_code": "94103", "city": "Lyon", "country": "FR", "created_on": "2026-01-01",
         "occurred_at": "2026-01-02T00:00:00+00:00"}
    ]  # fmt: skip
    assert cursor == ""
    assert place.asked[0].headers["authorization"].startswith("Basic ")


def test_variations_of_woocommerce_have_prices_and_stock_of_their_own(tmp_path: Path) -> None:
    shirt = {
        "id": 7, "name": "Shirt", "type": "variable", "status": "publish", "stock_status": "instock", "price": "10.00",
        "permalink": "https://shop.example/shirt", "date_modified_gmt": "2026-01-02T00:00:00",
    }  # fmt: skip
    sizes = {"1": [
        {"id": 71, "attributes": [{"name": "Size", "option": "S"}], "price": "10.00", "status": "publish",
         "stock_status": "instock", "manage_stock": True, "stock_quantity": 3,
         "date_modified_gmt": "2026-01-03T00:00:00"},
        {"id": 72, "attributes": [], "price": "12.00", "status": "publish", "stock_status": "outofstock",
         "manage_stock": "parent", "stock_quantity": 8, "date_modified_gmt": "2026-01-01T00:00:00"}]}  # fmt: skip
    answers = {
        "/wp-json/wc/v3/products": lambda asked: as_json([shirt] if asked.query["page"] == "1" else []),
        "/wp-json/wc/v3/products/7/variations": lambda asked: as_json(sizes.get(asked.query["page"], [])),
        "/wp-json/wc/v3/data/currencies/current": {"code": "EUR"},
    }
    with Place(by_path(answers)) as place:
        rows, _ = fetched(woo(tmp_path, place), "products")

    said = [(one.get("variant_id"), one["name"], one["price"], one.get("stock"), one["is_for_sale"]) for one in rows]
    assert said == [
        (None, "Shirt", "10.00", None, "true"), ("71", "Shirt · S", "10.00", "3", "true"),
        ("72", "Shirt", "12.00", None, "false"),
    ]  # fmt: skip
    assert [one["occurred_at"][:10] for one in rows] == ["2026-01-02", "2026-01-03", "2026-01-02"]


# ── PrestaShop ──

PRESTA_ROWS = [
    {"id": "1", "product_id": "2", "product_attribute_id": "10", "product_quantity": "2", "product_name": "Mug",
     "unit_price_tax_incl": "14.280000"},
    {"id": "2", "product_id": "3", "product_attribute_id": "0", "product_quantity": "1", "product_name": "Print",
     "unit_price_tax_incl": "34.800000"},
]  # fmt: skip
PRESTA_ORDER = {
    "id": 1, "id_customer": "2", "id_currency": "1", "id_cart": "9", "valid": "1", "total_paid_tax_incl": "63.360000",
    "total_shipping_tax_incl": "0.000000", "date_add": "2026-01-15 10:30:00", "date_upd": "2026-01-15 10:31:00",
    "associations": {"order_rows": PRESTA_ROWS},
}  # fmt: skip
CURRENCIES = {"currencies": [{"id": 1, "iso_code": "EUR"}]}


def presta(tmp_path: Path, place: Place) -> PrestaShop:
    return PrestaShop.made(making(tmp_path, {"url": place.url, "key": "K3Y"}))


def once(name: str, things: list[dict[str, Any]]) -> Callable[[Asked], Say]:
    """Answer a list as PrestaShop does: pages from a place in it on; an empty list without its name."""

    def answer(asked: Asked) -> Say:
        start, _, size = asked.query.get("limit", "0,100").partition(",")
        found = things[int(start) : int(start) + int(size)]
        return as_json({name: found} if found else [])

    return answer


def test_orders_of_prestashop_are_in_the_shop_s_own_time(tmp_path: Path) -> None:
    answers = {
        "/api/orders": once("orders", [PRESTA_ORDER, PRESTA_ORDER | {"id": 2, "valid": "0"}]),
        "/api/currencies": CURRENCIES,
    }
    with Place(by_path(answers)) as place:
        rows, cursor = fetched(presta(tmp_path, place), "orders")

    assert [(one["line_id"], one["quantity"], one["unit_price"], one.get("variant_id")) for one in rows] == [
        ("1", "2", "14.280000", "10"), ("2", "1", "34.800000", None)
    ]  # fmt: skip
    assert rows[0]["occurred_at"] == "2026-01-15T09:30:00+00:00"
    assert rows[0]["currency"] == "EUR"
    assert rows[0]["cart_id"] == "9"
    assert cursor == "2026-01-15T09:31:00+00:00"
    assert place.asked[0].query["date"] == "1"


def test_vouchers_wrapping_and_shipping_of_prestashop_are_lines_of_the_order(tmp_path: Path) -> None:
    order = PRESTA_ORDER | {
        "total_discounts_tax_incl": "10.000000", "total_wrapping_tax_incl": "2.000000",
        "total_shipping_tax_incl": "4.900000", "total_paid_tax_incl": "60.260000",
    }  # fmt: skip
    answers = {"/api/orders": once("orders", [order]), "/api/currencies": CURRENCIES}
    with Place(by_path(answers)) as place:
        rows, _ = fetched(presta(tmp_path, place), "orders")

    assert [(one["line_id"], one["unit_price"]) for one in rows if "line_kind" in one] == [
        ("discount", "-10.000000"), ("fee wrapping", "2.000000"), ("shipping", "4.900000"),
    ]  # fmt: skip
    assert paid(rows) == Decimal("60.26")


def test_credit_slips_of_prestashop_are_returns_of_the_order_s_lines(tmp_path: Path) -> None:
    slip = {
        "id": 4, "id_order": "1", "id_customer": "2", "date_add": "2026-01-20 10:00:00",
        "date_upd": "2026-01-20 10:00:00", "total_shipping_tax_incl": "3.50",
        "associations": {"order_slip_details": [
            {"id": "7", "id_order_detail": "1", "product_quantity": "2", "amount_tax_incl": "28.56"}]},
    }  # fmt: skip
    answers = {
        "/api/order_slip": once("order_slips", [slip]),
        "/api/orders": once("orders", [PRESTA_ORDER]),
        "/api/currencies": CURRENCIES,
    }
    with Place(by_path(answers)) as place:
        rows, _ = fetched(presta(tmp_path, place), "returns")

    assert [(one["line_id"], one["quantity"], one["unit_price"], one.get("product_id")) for one in rows] == [
        ("slip 4 1", "-2", "14.280000", "2"), ("slip 4 shipping", "-1", "3.50", None)
    ]  # fmt: skip


def test_customers_and_products_of_prestashop_have_words_for_their_numbers(tmp_path: Path) -> None:
    answers = {
        "/api/customers": once("customers", [
            {"id": 2, "email": "pub@example.com", "firstname": "John", "lastname": "DOE", "birthday": "1970-01-15",
             "id_lang": "1", "date_add": "2026-01-01 10:00:00", "date_upd": "2026-01-01 10:00:00", "deleted": "0"},
            {"id": 3, "email": "gone@example.com", "deleted": "1", "date_upd": "2026-01-01 10:00:00"}]),
        "/api/languages": {"languages": [{"id": 1, "iso_code": "fr"}]},
        "/api/products": once("products", [
            {"id": 1, "name": [{"id": "1", "value": "Colibri"}], "price": "23.900000", "active": "1",
             "shown_price": "28.680000", "id_category_default": "4", "manufacturer_name": "Studio",
             "link_rewrite": [{"id": "1", "value": "colibri"}],
             "date_upd": "2026-01-01 10:00:00"}]),
        "/api/categories": {"categories": [{"id": 4, "name": [{"id": "1", "value": "Hommes"}]}]},
        "/api/currencies": CURRENCIES,
    }  # fmt: skip
    with Place(by_path(answers)) as place:
        people, _ = fetched(presta(tmp_path, place), "customers")
        products, _ = fetched(presta(tmp_path, place), "products")

    assert [(one["user_id"], one["language"], one["birth_on"]) for one in people] == [("2", "fr", "1970-01-15")]
    assert products[0]["category"] == "Hommes"
    assert products[0]["price"] == "28.680000"  # with taxes, as customers see it
    asked = next(one for one in place.asked if one.path == "/api/products")
    assert asked.query["price[shown_price][use_tax]"] == "1"
    assert products[0]["name"] == "Colibri"
    assert products[0]["url"] == f"{place.url}/1-colibri.html"
    assert products[0]["is_for_sale"] == "true"


def counted(*counts: tuple[int, int, int]) -> Callable[[Asked], Say]:
    """Answer stock as PrestaShop does: those whose number lies in the span that is asked for, so many at once."""

    def answer(asked: Asked) -> Say:
        low, _, high = asked.query["filter[id]"].strip("[]").partition(",")
        found = [
            {"id": 10 * product + variant, "id_product": str(product), "id_product_attribute": str(variant),
             "quantity": str(quantity)}
            for product, variant, quantity in counts
            if int(low) <= 10 * product + variant <= int(high)
        ]  # fmt: skip
        found = found[: min(2, int(asked.query["limit"]))]
        return as_json({"stock_availables": found} if found else [])

    return answer


def levels(rows: Rows) -> list[tuple[object, ...]]:
    return [(one["product_id"], one.get("variant_id"), one["stock"]) for one in rows]


def test_stock_of_prestashop_is_read_whole_and_only_what_differs_is_told(tmp_path: Path) -> None:
    answers: dict[str, Any] = {"/api/stock_availables": counted((1, 0, 7), (1, 1, 3), (1, 2, 4), (2, 0, -1))}
    with Place(by_path(answers)) as place:
        first, cursor = fetched(presta(tmp_path, place), "stock")
        again, same = fetched(presta(tmp_path, place), "stock", cursor)
        answers["/api/stock_availables"] = counted((1, 0, 6), (1, 1, 2), (1, 2, 4))
        less, after = fetched(presta(tmp_path, place), "stock", same)
        quiet, _ = fetched(presta(tmp_path, place), "stock", after)
        answers["/api/stock_availables"] = counted((1, 0, 7), (1, 1, 3), (1, 2, 4))
        back, _ = fetched(presta(tmp_path, place), "stock", after)

    assert levels(first) == [("1", None, "7"), ("1", "1", "3"), ("1", "2", "4"), ("2", None, "-1")]
    assert again == quiet == []
    assert levels(less) == [("1", None, "6"), ("1", "1", "2"), ("2", None, "0")]
    assert levels(back) == [("1", None, "7"), ("1", "1", "3")]
    assert back[0]["occurred_at"] > first[0]["occurred_at"]  # so 7 after 6 is no row that is known already


def test_stock_that_two_shops_of_one_house_keep_apart_is_added_up(tmp_path: Path) -> None:
    two = [
        {"id": 1, "id_product": "1", "id_product_attribute": "0", "quantity": "2"},
        {"id": 2, "id_product": "1", "id_product_attribute": "0", "quantity": "3"},
    ]
    answers = {"/api/stock_availables": lambda asked: as_json(
        {"stock_availables": two} if asked.query["filter[id]"].startswith("[1,") else [])}  # fmt: skip
    with Place(by_path(answers)) as place:
        rows, _ = fetched(presta(tmp_path, place), "stock")

    assert levels(rows) == [("1", None, "5")]


def test_a_list_of_stock_that_never_ends_is_strange(tmp_path: Path) -> None:
    row = {"id": 1, "id_product": "1", "id_product_attribute": "0", "quantity": "2"}
    with Place(by_path({"/api/stock_availables": {"stock_availables": [row]}})) as place, pytest.raises(PlaceStrange):
        fetched(presta(tmp_path, place), "stock")


# ── Magento ──

MAGENTO_ORDER = {
    "entity_id": 19, "increment_id": "000000019", "state": "complete", "customer_id": 5,
    "customer_email": "roni@example.com", "order_currency_code": "EUR", "grand_total": 39.64, "shipping_incl_tax": 5.00,
    "created_at": "2026-01-10 10:00:00", "updated_at": "2026-01-11 10:00:00", "quote_id": 50,
    "billing_address": {"country_id": "FR", "telephone": "0601"},
    "items": [
        {"item_id": 1, "product_id": 1, "name": "Bag", "qty_ordered": 2, "row_total_incl_tax": 38.64,
         "discount_amount": 4.00},
        {"item_id": 2, "parent_item_id": 1, "product_id": 2, "name": "Bag-S", "qty_ordered": 2, "row_total": 0},
    ],
}  # fmt: skip


def magento(tmp_path: Path, place: Place) -> Magento:
    return Magento.made(making(tmp_path, {"url": place.url, "token": "t"}))


def criteria(things: list[dict[str, Any]]) -> Callable[[Asked], Say]:
    """Answer a search as Magento does: past the last page it gives the last one again."""

    def answer(asked: Asked) -> Say:
        since = asked.query["searchCriteria[filter_groups][0][filters][0][value]"]
        found = [one for one in things if one["updated_at"] >= since]
        return as_json({"items": found, "total_count": len(found), "search_criteria": {}})

    return answer


def test_orders_of_magento_have_a_line_for_what_was_chosen_and_not_for_its_parts(tmp_path: Path) -> None:
    new = MAGENTO_ORDER | {"state": "new"}
    with Place(by_path({"/rest/V1/orders": criteria([MAGENTO_ORDER, new])})) as place:
        (*rows, shipping), cursor = fetched(magento(tmp_path, place), "orders")

    assert rows == [
        {
            "order_id": "000000019", "line_id": "1", "product_id": "1", "product_name": "Bag", "quantity": "2",
            "unit_price": "17.320000", "currency": "EUR", "total": "39.64", "shipping": "5.0", "channel": "site",
            "country": "FR", "cart_id": "50", "occurred_at": "2026-01-10T10:00:00+00:00", "user_id": "5",
            "email": "roni@example.com", "phone": "0601",
        }
    ]  # fmt: skip
    assert (shipping["line_id"], paid([*rows, shipping])) == ("shipping", Decimal("39.64"))
    assert cursor == "2026-01-11T10:00:00+00:00"


def test_a_line_of_magento_that_tells_its_taxes_apart_comes_to_what_was_paid(tmp_path: Path) -> None:
    line = {"item_id": 1, "product_id": 1, "name": "Bag", "qty_ordered": 1, "row_total": 100.0, "tax_amount": 18.0,
            "row_total_incl_tax": 120.0, "discount_amount": 10.0, "discount_tax_compensation_amount": 0}  # fmt: skip
    order = MAGENTO_ORDER | {"items": [line], "shipping_incl_tax": 0, "grand_total": 108.0}
    with Place(by_path({"/rest/V1/orders": criteria([order])})) as place:
        rows, _ = fetched(magento(tmp_path, place), "orders")

    assert paid(rows) == Decimal(108)


def test_credit_memos_of_magento_are_returns_under_the_order_s_own_number(tmp_path: Path) -> None:
    memo = {
        "entity_id": 3, "order_id": 19, "created_at": "2026-01-20 10:00:00", "updated_at": "2026-01-20 10:00:00",
        "shipping_incl_tax": 5.0, "adjustment": 0,
        "items": [{"entity_id": 8, "parent_id": 3, "product_id": 1, "name": "Bag", "qty": 1,
                   "row_total_incl_tax": 19.32,
                   "discount_amount": 2.0}],
    }  # fmt: skip
    answers = {"/rest/V1/creditmemos": criteria([memo]), "/rest/V1/orders/19": MAGENTO_ORDER}
    with Place(by_path(answers)) as place:
        rows, _ = fetched(magento(tmp_path, place), "returns")

    assert [(one["order_id"], one["line_id"], one["quantity"], one["unit_price"]) for one in rows] == [
        ("000000019", "memo 3 8", "-1", "17.320000"), ("000000019", "memo 3 shipping_incl_tax", "-1", "5.0")
    ]  # fmt: skip


def test_customers_and_products_of_magento(tmp_path: Path) -> None:
    answers = {
        "/rest/V1/customers/search": criteria([
            {"id": 5, "email": "roni@example.com", "firstname": "Roni", "lastname": "Cost", "dob": "1973-12-15",
             "created_at": "2026-01-01 10:00:00", "updated_at": "2026-01-02 10:00:00",
             "addresses": [{"street": ["6 Rue", "Bis"], "postcode": "75001", "city": "Paris", "country_id": "FR",
                            "telephone": "0601", "default_billing": True}]}]),
        "/rest/V1/products": criteria([
            {"id": 1, "sku": "bag", "name": "Bag", "price": 34.5, "status": 1, "updated_at": "2026-01-02 10:00:00",
             "custom_attributes": [{"attribute_code": "url_key", "value": "bag"}],
             "extension_attributes": {"category_links": [{"category_id": "4"}]}}]),
        "/rest/V1/categories": {"id": 2, "name": "Root", "children_data": [{"id": 4, "name": "Bags"}]},
        "/rest/V1/directory/currency": {"base_currency_code": "EUR"},
    }  # fmt: skip
    with Place(by_path(answers)) as place:
        people, _ = fetched(magento(tmp_path, place), "customers")
        products, _ = fetched(magento(tmp_path, place), "products")

    assert people[0]["street"] == "6 Rue Bis"
    assert people[0]["birth_on"] == "1973-12-15"
    assert (products[0]["category"], products[0]["price"], products[0]["currency"]) == ("Bags", "34.5", "EUR")


def test_categories_come_whole_with_their_parents(tmp_path: Path) -> None:
    pages = {"1": [{"id": 9, "name": "Clothing", "parent": 0}, {"id": 10, "name": "Hoodies", "parent": 9}]}
    answers = {
        "/wp-json/wc/v3/products/categories": lambda asked: as_json(pages.get(asked.query["page"], [])),
        "/api/categories": {"categories": [{"id": 4, "id_parent": "2", "active": "0", "name": "Hommes"}]},
        "/rest/V1/categories": {"id": 2, "name": "Root", "children_data": [
            {"id": 4, "parent_id": 2, "name": "Bags", "is_active": True}]},
    }  # fmt: skip
    with Place(by_path(answers)) as place:
        found = [fetched(shop, "categories")[0] for shop in (
            woo(tmp_path, place), presta(tmp_path, place), magento(tmp_path, place))]  # fmt: skip

    assert found == [
        [{"category_id": "9", "name": "Clothing"}, {"category_id": "10", "name": "Hoodies", "parent_id": "9"}],
        [{"category_id": "4", "name": "Hommes", "parent_id": "2", "is_active": "false"}],
        [{"category_id": "2", "name": "Root", "is_active": "true"},
         {"category_id": "4", "name": "Bags", "parent_id": "2", "is_active": "true"}],
    ]  # fmt: skip


@pytest.mark.parametrize("body", [{"oops": 1}, [1, 2], "text"])
def test_an_answer_of_another_shape_is_said_to_be_strange(tmp_path: Path, body: object) -> None:
    with Place(lambda _: as_json(body)) as place, pytest.raises(PlaceStrange):
        fetched(woo(tmp_path, place), "orders")


def by_sku(things: list[dict[str, Any]], size: int = 3) -> Callable[[Asked], Say]:
    """Answer a list in the order of its article numbers as Magento does, from one of them on."""

    def answer(asked: Asked) -> Say:
        since = asked.query.get("searchCriteria[filter_groups][0][filters][0][value]", "")
        found = sorted((one for one in things if one["sku"] >= since), key=lambda one: str(one["sku"]))
        return as_json({"items": found[:size], "total_count": len(found), "search_criteria": {}})

    return answer


def test_stock_of_magento_is_what_lies_in_all_sources_under_the_product_s_number(tmp_path: Path) -> None:
    products = [{"id": 1, "sku": "BAG"}, {"id": 2, "sku": "BELT"}, {"id": 3, "sku": "HAT"}]
    items = [
        {"sku": "BAG", "source_code": "default", "quantity": 4, "status": 1},
        {"sku": "BAG", "source_code": "paris", "quantity": 1.5, "status": 1},
        {"sku": "BELT", "source_code": "default", "quantity": 0, "status": 0},
        {"sku": "gone", "source_code": "default", "quantity": 9, "status": 1},
    ]
    answers = {"/rest/V1/products": by_sku(products), "/rest/V1/inventory/source-items": by_sku(items)}
    with Place(by_path(answers)) as place:
        rows, cursor = fetched(magento(tmp_path, place), "stock")
        again, _ = fetched(magento(tmp_path, place), "stock", cursor)

    assert levels(rows) == [("1", None, "5.5"), ("2", None, "0")]
    assert again == []


def test_a_magento_without_sources_tells_no_stock_of_its_own(tmp_path: Path) -> None:
    with Place(by_path({"/rest/V1/products": by_sku([{"id": 1, "sku": "BAG"}])})) as place:
        rows, _ = fetched(magento(tmp_path, place), "stock")

    assert rows == []


def test_orders_before_a_day_or_of_other_countries_are_left_out_with_their_returns(tmp_path: Path) -> None:
    old = SHOPIFY_ORDER | {"id": 1, "created_at": "2025-12-31T23:30:00+00:00"}  # in Paris, it is January already
    older = SHOPIFY_ORDER | {"id": 2, "created_at": "2025-12-31T22:30:00+00:00"}
    abroad = SHOPIFY_ORDER | {"id": 3, "shipping_address": {"country_code": "GB"}}
    nowhere = SHOPIFY_ORDER | {"id": 4, "shipping_address": None}
    answers = {"/admin/api/2025-01/orders.json": {"orders": [SHOPIFY_ORDER, old, older, abroad, nowhere]}}
    with Place(by_path(answers)) as place:
        options = {"url": place.url, "token": "t", "version": "2025-01", "since": "2026-01-01", "countries": "be, FR"}
        wanted = Shopify.made(making(tmp_path, options))
        sold, back = fetched(wanted, "orders")[0], fetched(wanted, "returns")[0]

    assert {one["order_id"] for one in sold} == {one["order_id"] for one in back} == {"450789469", "1"}


def test_a_credit_slip_of_an_order_that_is_too_old_is_left_out(tmp_path: Path) -> None:
    slip = {"id": 4, "id_order": "1", "date_add": "2026-02-20 10:00:00", "date_upd": "2026-02-20 10:00:00",
            "total_shipping_tax_incl": "3.50"}  # fmt: skip
    answers = {
        "/api/order_slip": once("order_slips", [slip]), "/api/orders": once("orders", [PRESTA_ORDER]),
        "/api/currencies": CURRENCIES,
    }  # fmt: skip
    with Place(by_path(answers)) as place:
        found = {
            since: len(fetched(PrestaShop.made(making(
                tmp_path, {"url": place.url, "key": "K", "since": since})), "returns")[0])
            for since in ("", "2026-01-15", "2026-01-16")
        }  # fmt: skip

    assert found == {"": 1, "2026-01-15": 1, "2026-01-16": 0}


def test_customers_and_orders_of_woocommerce_and_magento_are_wanted_by_country(tmp_path: Path) -> None:
    people = [{"id": 1, "billing": {"country": "FR"}}, {"id": 2, "billing": {"country": "DE"}}, {"id": 3}]
    answers: dict[str, Any] = {
        "/wp-json/wc/v3/customers": lambda asked: as_json(people if asked.query["page"] == "1" else []),
        "/rest/V1/orders": criteria([MAGENTO_ORDER, MAGENTO_ORDER | {
            "entity_id": 20, "increment_id": "20", "billing_address": {"country_id": "DE"}}]),
    }  # fmt: skip
    with Place(by_path(answers)) as place:
        told = {"url": place.url, "user": "u", "password": "p", "token": "t", "countries": "FR"}
        customers, _ = fetched(WooCommerce.made(making(tmp_path, told)), "customers")
        sold, _ = fetched(Magento.made(making(tmp_path, told)), "orders")

    assert [one["user_id"] for one in customers] == ["1"]
    assert {one["order_id"] for one in sold} == {"000000019"}


@pytest.mark.parametrize("said", [{"since": "yesterday"}, {"countries": "France"}])
def test_what_cannot_be_wanted_is_told(tmp_path: Path, said: dict[str, str]) -> None:
    with pytest.raises(PlaceNeeds):
        Shopify.made(making(tmp_path, {"url": "https://shop.example", "token": "t", **said}))
