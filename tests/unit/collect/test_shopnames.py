"""Names that shops give to what happens in them."""

from __future__ import annotations

import json

import pytest

from comptoir.collect import commerce
from comptoir.collect.dialects import parts, shopnames


def read(name: str, said: dict[str, object]) -> tuple[str, dict[str, object]]:
    ours, found = shopnames.read(name, parts.read(json.dumps(said)))
    told: dict[str, object] = json.loads(bytes(parts.raw(found)))
    return ours, told


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("add_to_cart", "Product Added"),
        ("Added to Cart", "Product Added"),
        ("product-viewed", "Product Viewed"),
        ("Product Viewed", "Product Viewed"),
        ("begin_checkout", "Checkout Started"),
        ("Newsletter Read", "Newsletter Read"),
    ],
)
def test_an_event_is_known_by_any_of_its_names(name: str, ours: str) -> None:
    assert read(name, {})[0] == ours


def test_a_purchase_without_an_order_keeps_its_name() -> None:
    assert read("purchase", {"value": 3}) == ("purchase", {"value": 3})
    assert read("purchase", {"transaction_id": "O1"}) == ("Order Completed", {"order_id": "O1"})
    assert read("Order Completed", {"value": 3}) == ("Order Completed", {"value": 3})


def test_products_are_read_by_their_own_names_and_amounts_keep_their_digits() -> None:
    text = b'{"items":[{"item_id":"P1","item_name":"Boot","unit_price":10.100,"qty":2}],"orderId":"O1","amount":20.20}'
    name, found = shopnames.read("order placed", parts.read(text))

    assert name == "Order Completed"
    assert bytes(parts.raw(found["products"])) == (b'[{"product_id":"P1","name":"Boot","price":10.100,"quantity":2}]')
    assert (found["order_id"], str(found["total"])) == ("O1", "20.20")


def test_what_stands_under_our_name_is_not_written_over() -> None:
    assert read("view_item", {"product_id": "P1", "item_id": "X"})[1] == {"product_id": "P1", "item_id": "X"}


def test_a_list_that_is_none_of_products_stays_as_it_is() -> None:
    assert read("view_cart", {"items": [1, 2]})[1] == {"products": [1, 2]}


def test_every_name_leads_to_one_that_is_known_to_carts_and_orders_or_to_browsing() -> None:
    browsing = {"Product List Viewed", "Products Searched", "Product Clicked", "Product Viewed"}

    assert set(shopnames.NAMES) <= commerce.CART_NAMES | commerce.ORDER_NAMES | browsing
