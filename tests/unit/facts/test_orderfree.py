"""The law of facts: in whatever order and ticks things are told, the same rows come of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir.facts import derive
from comptoir.warehouse import fingerprint
from tests.unit.facts.told import Shop, Told, open_shop, tell

TABLES = (
    "events", "sessions", "carts", "cart_lines", "orders", "order_lines", "revenue_ledger", "inferred_acts",
    "cart_claims", "bridge_nodes", "day_activity_whole",
)  # fmt: skip
BROWSERS, ACCOUNTS, PRODUCTS = ("b1", "b2", "b3"), ("ann", "bob"), ("p1", "p2")
CARTS, CHECKOUTS, ORDERS = ("c1", "c2"), ("k1", "k2"), ("o1", "o2", "o3")
NAMES = (
    "Home", "Product Viewed", "Product Added", "Product Added", "Product Added", "Product Removed", "Cart Viewed",
    "Cart Emptied", "Cart Merged", "Checkout Started", "Order Completed", "Order Completed", "Order Completed",
    "Order Updated", "Order Refunded", "Order Cancelled", "Order Line", "Message Clicked", "Message Clicked",
    "Message Clicked",
)  # fmt: skip


@st.composite
def said(draw: st.DrawFn, number: int) -> Told:
    name = draw(st.sampled_from(NAMES))
    browser = draw(st.sampled_from((*BROWSERS, None)))
    account = draw(st.sampled_from((*ACCOUNTS, None, None)))
    trust = draw(st.sampled_from(("claimed", "confirmed")))
    brand = draw(st.sampled_from(("shop", "shop", "shop", "other")))
    minute = draw(st.one_of(st.integers(0, 120), st.integers(0, 30 * 24 * 60)))
    more: dict[str, Any] = {}
    if name not in {"Home", "Product Viewed", "Order Line", "Message Clicked"}:
        more["cart_id"] = draw(st.sampled_from((*CARTS, None, None, None)))
        more["checkout_id"] = draw(st.sampled_from((*CHECKOUTS, None, None, None, None)))
    if name == "Cart Merged":
        more["other_cart_id"] = draw(st.sampled_from(CARTS))
    if name not in {"Home", "Message Clicked"}:
        more["category"] = draw(st.sampled_from(("Lamps", "Lamps / Desk", None)))
    if name == "Home":
        more["channel"] = draw(st.sampled_from(("search", None)))
    if name.startswith("Order"):
        more["order_id"] = draw(st.sampled_from(ORDERS))
        more["total_minor"] = draw(st.sampled_from((None, None, 1000, 2500)))
        more["shipping_minor"] = draw(st.sampled_from((None, 490)))
    if name == "Order Line":
        trust, more = "confirmed", {"order_id": more["order_id"], "category": more["category"]}
    if name == "Message Clicked":
        browser, account, more = None, account or "ann", {}
    products = draw(st.lists(
        st.tuples(st.sampled_from(PRODUCTS), st.sampled_from(("1", "2", "-1" if name == "Order Line" else "3", None)),
                  st.sampled_from(("10", "12.5", None))), max_size=2))  # fmt: skip
    if name == "Order Line":
        products = products[:1] or [("p1", "1", "10")]
    currency = draw(st.sampled_from(("EUR", "EUR", "EUR", "USD")))
    return tell(f"m{number:02d}", float(minute), name, browser=browser, account=account, trust=trust, brand=brand,
                currency=currency,
                products=tuple(products), **more)  # fmt: skip


@st.composite
def streams(draw: st.DrawFn) -> list[Told]:
    return [draw(said(number)) for number in range(draw(st.integers(1, 18)))]


WHO = [("anonymous", one) for one in BROWSERS] + [("account", one) for one in ACCOUNTS]


def tell_all(
    stream: list[Told], cuts: list[int], early: dict[tuple[str, str], str], late: dict[tuple[str, str], str]
) -> Shop:
    """Tell a stream in ticks that end at `cuts`; who is who is `early` at first and `late` at last."""
    shop = open_shop()
    ends = sorted({*(cut % (len(stream) + 1) for cut in cuts), len(stream)})
    start = 0
    for place, end in enumerate(ends):
        shop.tick(*stream[start:end], profiles=early if place == 0 else late if place == len(ends) - 1 else None)
        start = end
    shop.tick(profiles=late)
    return shop


def hashes(shop: Shop) -> dict[str, str]:
    with shop.cursor() as cursor:
        return {table: fingerprint.logical_hash(cursor, table, leave_out=("tick_id", "booked_at")) for table in TABLES}


def check(data: st.DataObject) -> None:
    stream = data.draw(streams())
    profile = st.sampled_from(("P1", "P2", "P3"))
    early = {who: data.draw(profile) for who in WHO}
    late = {who: data.draw(profile) for who in WHO}
    shuffled = data.draw(st.permutations(stream))
    cuts = data.draw(st.lists(st.integers(0, 30), max_size=5))
    ordered = tell_all(sorted(stream, key=lambda one: one.minute), [], late, late)
    jumbled = tell_all(list(shuffled), cuts, early, late)
    expected = hashes(ordered)

    assert hashes(jumbled) == expected

    with jumbled.warehouse.transaction() as cursor:
        derive.rederive_all(cursor)
    assert hashes(jumbled) == expected
    (wrong,) = jumbled.ask(
        "SELECT count(*) FROM orders o JOIN (SELECT order_key, currency, sum(amount_minor) AS whole FROM revenue_ledger"
        " GROUP BY ALL) l ON o.order_key = l.order_key AND o.currency = l.currency WHERE o.amount_minor <> l.whole"
    )
    assert wrong == (0,)
    ordered.warehouse.close()
    jumbled.warehouse.close()


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.data())
def test_any_permutation_cut_anyhow_gives_the_same_facts(data: st.DataObject) -> None:
    check(data)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(st.data())
def test_many_permutations_cut_anyhow_give_the_same_facts(data: st.DataObject) -> None:
    check(data)
