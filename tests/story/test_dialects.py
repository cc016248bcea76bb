"""One visit in every dialect that servers and old pages speak: the same cart, the same order, the same euros."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from comptoir.clock import micros
from comptoir.collect.dialects.base import Asking, Dialect
from comptoir.collect.dialects.ga4 import Ga4
from comptoir.collect.dialects.matomo import Matomo
from comptoir.collect.dialects.segment import Segment
from comptoir.collect.dialects.till import Till
from comptoir.collect.parse import Stamp
from comptoir.model.event import Trust
from comptoir.reports import ask, results
from tests.shop import START, Shop

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
PAGE = "https://shop.fr/shoe"
FROM = "https://l.instagram.com/"
Told = tuple[Dialect, str, bytes, str]
"""The dialect, the path, the body and the query of a request."""


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """An empty shop."""
    made = Shop(tmp_path_factory.mktemp("dialects"))
    yield made
    made.close()


def tell(shop: Shop, requests: Sequence[Told], *, trust: Trust = Trust.CLAIMED) -> None:
    """Bring requests to the shop's door, a minute apart."""
    for number, (dialect, path, body, query) in enumerate(requests):
        stamp = Stamp(
            source="web", brand="main", trust=trust, received_at=micros(START + timedelta(minutes=number)),
            event_bytes=32_768, user_agent=CHROME,
        )  # fmt: skip
        parsed = dialect.read(dialect.open(Asking(dialect.routes[path].name, body, query.encode())), stamp)
        assert not parsed.refusals
        shop.say(*parsed.lines)
    shop.clock.advance(timedelta(hours=1))
    shop.tick()


def native() -> list[Told]:
    """Say a visit as our own script does."""
    item = {"product_id": "sku1", "name": "Shoe", "price": 12.5, "quantity": 2}
    order = {"order_id": "o1", "total": 28.1, "shipping": 3.1, "currency": "EUR", "products": [item]}
    page = {"page": {"url": PAGE, "referrer": FROM}}
    told = [
        {"type": "page", "context": page},
        {"type": "track", "event": "Product Viewed", "properties": item, "context": page},
        {"type": "track", "event": "Product Added", "properties": {**item, "cart_id": "c1"}},
        {"type": "track", "event": "Order Completed", "properties": {**order, "cart_id": "c1"}},
    ]
    who = {"anonymousId": "0123456789abcdef", "userId": "ann"}
    return [(Segment(), "/v1/batch", json.dumps({"batch": [one | who]}).encode(), "") for one in told]


def matomo() -> list[Told]:
    """Say it as Matomo's JavaScript does."""
    who = {"idsite": "wk_1", "rec": "1", "_id": "0123456789abcdef", "uid": "ann"}
    cart = {"idgoal": "0", "ec_items": '[["sku1","Shoe","",12.5,2]]', "cart_id": "c1", "currency": "EUR"}
    product = {"_pks": "sku1", "_pkn": "Shoe", "_pkp": "12.5"}
    told: list[dict[str, str]] = [
        {"url": PAGE, "urlref": FROM, **product},
        {**cart, "revenue": "25.00"},
        {**cart, "ec_id": "o1", "revenue": "28.10", "ec_sh": "3.10"},
    ]
    return [(Matomo(), "/matomo.php", b"", urlencode({**who, **one, "rand": str(at)})) for at, one in enumerate(told)]


def ga4() -> list[Told]:
    """Say it as a server does to Google."""
    item = {"item_id": "sku1", "item_name": "Shoe", "price": 12.5, "quantity": 2}
    page = {"page_location": PAGE, "page_referrer": FROM}
    cart = {"cart_id": "c1", "currency": "EUR", "items": [item]}
    told = [
        ("page_view", page),
        ("view_item", {**page, "items": [item]}),
        ("add_to_cart", cart),
        ("purchase", {**cart, "transaction_id": "o1", "value": 25, "shipping": 3.1}),
    ]
    who = {"client_id": "0123456789abcdef", "user_id": "ann", "user_agent": CHROME}
    bodies = [json.dumps({**who, "events": [{"name": name, "params": params}]}).encode() for name, params in told]
    return [(Ga4(), "/mp/collect", body, "") for body in bodies]


def outcome(shop: Shop) -> dict[str, Any]:
    """Give what a visit became."""
    return {
        "people": shop.one("SELECT count(DISTINCT profile_id) AS n FROM events"),
        "visit": shop.ask("SELECT channel, channel_detail, product_view_count FROM sessions"),
        "cart": shop.ask("SELECT cart_id, state, item_count, amount_minor, currency FROM carts"),
        "order": shop.ask("SELECT order_id, status, amount_minor, currency FROM orders"),
        "euros": shop.ask("SELECT kind, quantity, amount_minor FROM revenue_ledger ORDER BY ALL"),
    }


@pytest.mark.parametrize("say", [matomo, ga4])
def test_a_visit_becomes_the_same_cart_order_and_euros_as_our_own(
    tmp_path_factory: pytest.TempPathFactory, shop: Shop, say: Callable[[], list[Told]]
) -> None:
    ours = Shop(tmp_path_factory.mktemp("ours"))
    tell(ours, native())
    wanted = outcome(ours)
    ours.close()

    tell(shop, say())

    assert outcome(shop) == wanted
    assert wanted["people"] == 1
    assert wanted["visit"][0]["channel_detail"] == "Instagram"
    assert wanted["cart"] == [
        {"cart_id": "c1", "state": "ordered", "item_count": 2, "amount_minor": 2_500, "currency": "EUR"}
    ]


def test_a_ticket_with_a_card_is_an_order_of_who_has_the_card(shop: Shop) -> None:
    who = {"type": "identify", "userId": "ann", "traits": {"loyalty_card": "C-9"}}
    ticket = {
        "ticket": 17, "shop": "Lyon", "at": START.isoformat(), "card": "C-9", "currency": "EUR",
        "lines": [{"product_id": "sku1", "quantity": 2, "price": 12.5}, {"product_id": "sku2", "price": 3.1}],
    }  # fmt: skip
    identify: Told = (Segment(), "/v1/batch", json.dumps({"batch": [who]}).encode(), "")
    sold: Told = (Till(), "/till/v1/ticket", json.dumps(ticket).encode(), "")

    tell(shop, [identify, sold, sold], trust=Trust.CONFIRMED)

    (order,) = shop.ask("SELECT order_id, amount_minor, channel, trust, profile_id FROM orders")
    assert (order["order_id"], order["amount_minor"], order["channel"], order["trust"]) == (
        "Lyon/17", 2_810, "shop", "confirmed",
    )  # fmt: skip
    assert order["profile_id"] == shop.one("SELECT profile_id FROM events WHERE type = 'identify'")


def test_which_social_network_brings_visits_and_which_brings_engaged_ones_is_told(shop: Shop) -> None:
    for number in range(4):
        facebook = {"page": {"url": PAGE, "referrer": "https://l.facebook.com/"}}
        shop.say(shop.line("", type="page", anonymous_id=f"f{number}", context=facebook))
    for number in range(2):
        instagram = {"page": {"url": PAGE, "referrer": FROM}}
        shop.say(shop.line("", type="page", anonymous_id=f"i{number}", context=instagram))
        shop.say(shop.line("", type="page", anonymous_id=f"i{number}", after=60, context=instagram))
    shop.say(shop.line("Product Added", anonymous_id="i0", after=90, properties={"product_id": "p", "price": 1}))
    shop.tick()

    def asks(name: str, of: Mapping[str, object]) -> list[dict[str, Any]]:
        asked = {"kind": "report", "name": name, "parameters": of}
        rows: list[dict[str, Any]] = ask.answer(shop.warehouse.cursor(), asked).to_pylist()
        return rows

    rows = results.results(asks, until=START + timedelta(days=1))["visits"]

    told = [(one["detail"], one["visits"], one["people"], one["engaged_share"], one["carts"]) for one in rows]
    assert told == [("Facebook", 4, 4, 0.0, 0), ("Instagram", 2, 2, 1.0, 1)]
    assert [one["pages_a_visit"] for one in rows] == [1.0, 2.0]
