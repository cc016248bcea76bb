"""Carts and orders: money exact, or refused with the reason."""

from __future__ import annotations

from decimal import Decimal

import pytest

from comptoir.collect import commerce
from comptoir.collect.batch import Event
from comptoir.model.event import RefusalReason

from .lines import event


def _read(properties: str, name: str = "Order Completed") -> tuple[Event, list[tuple[RefusalReason, str]]]:
    one = event(name=name, properties=properties)
    commerce.read_ids(one)
    outcome = commerce.read_commerce([one], {"main": "EUR"})
    return one, [(refused.reason, refused.detail) for refused in outcome.refused]


def test_an_order_has_a_row_a_product_and_its_own_totals() -> None:
    one, refused = _read(
        '{"order_id":"o1","cart_id":"c1","currency":"EUR","total":31.5,"shipping":"1.50","coupon":"NOEL",'
        '"products":[{"product_id":"p1","price":10.005,"quantity":2},{"sku":17,"price":"9.99"}]}'
    )

    assert not refused
    assert [line["product_id"] for line in one.commerce] == ["p1", "17"]
    assert [line["amount_minor"] for line in one.commerce] == [2001, 999]
    assert [line["total_minor"] for line in one.commerce] == [3150, 3150]
    assert one.commerce[0]["shipping_minor"] == 150
    assert one.commerce[0]["quantity"] == Decimal(2)


def test_a_half_cent_goes_to_the_even_neighbour() -> None:
    one, _ = _read('{"order_id":"o1","products":[{"product_id":"a","price":0.125},{"product_id":"b","price":0.135}]}')

    assert [line["amount_minor"] for line in one.commerce] == [12, 14]


def test_revenue_grows_by_shipping_and_tax_where_no_total_is_said() -> None:
    one, _ = _read('{"order_id":"o1","revenue":10,"shipping":2,"tax":1.2}')

    assert one.commerce[0]["total_minor"] == 1320


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ('{"total": 3}', RefusalReason.MISSING_ORDER_ID),
        ('{"order_id": "", "total": 3}', RefusalReason.MISSING_ORDER_ID),
        ('{"order_id": "o1", "total": "12,50"}', RefusalReason.BAD_AMOUNT),
        ('{"order_id": "o1", "total": 1e300}', RefusalReason.BAD_AMOUNT),
        ('{"order_id": "o1", "products": [{"price": {}}]}', RefusalReason.BAD_AMOUNT),
        ('{"order_id": "o1", "total": 3, "currency": "EURO"}', RefusalReason.BAD_CURRENCY),
    ],
)
def test_an_order_whose_money_cannot_be_read_is_refused_with_the_reason(properties: str, reason: RefusalReason) -> None:
    _, refused = _read(properties)

    assert [one for one, _ in refused] == [reason]


def test_a_product_view_with_a_strange_price_is_kept() -> None:
    one, refused = _read(
        '{"product_id": 18446744073709551616, "price": "on demand", "cart_id": ["c"]}', "Product Viewed"
    )

    assert not refused
    assert one.product_id == "18446744073709551616"
    assert one.cart_id is None


def test_yen_has_no_minor_digits_and_dinars_have_three() -> None:
    yen, _ = _read('{"order_id":"o","currency":"JPY","total":1200.5}')
    dinar, _ = _read('{"order_id":"o","currency":"KWD","total":"1.2345"}')

    assert (yen.commerce[0]["total_minor"], dinar.commerce[0]["total_minor"]) == (1200, 1234)


@pytest.mark.parametrize(
    ("said", "read"), [("eur", "EUR"), (" EUR ", "EUR"), ("€", "EUR"), ("£", "GBP"), ("zł", "PLN")]
)
def test_a_currency_may_be_written_by_its_sign(said: str, read: str) -> None:
    event, refused = _read(f'{{"order_id": "o", "currency": "{said}", "total": 1}}')

    assert refused == []
    assert event.commerce[0]["currency"] == read


@pytest.mark.parametrize("said", ["$", "kr", "points", "\u20bf"])
def test_a_sign_that_several_currencies_share_is_none(said: str) -> None:
    _, refused = _read(f'{{"order_id": "o", "currency": "{said}", "total": 1}}')

    assert [reason for reason, _ in refused] == [RefusalReason.BAD_CURRENCY]
