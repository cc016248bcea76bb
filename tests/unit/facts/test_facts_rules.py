"""Sessions, carts, orders and the ledger, each rule told on a few events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from comptoir.facts import derive, keys
from comptoir.model.tick import Tick
from tests.unit.facts.told import START, Shop, open_shop, tell


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = open_shop()
    yield made
    made.warehouse.close()


ANN = {("account", "ann"): "P1", ("anonymous", "b1"): "P1", ("anonymous", "b2"): "P1"}


# ── sessions ──


def test_an_idle_half_hour_ends_a_session(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Home", browser="b1"), tell("2", 30, "Home", browser="b1"), tell("3", 61, "Home", browser="b1")
    )

    assert shop.ask("SELECT event_count, page_count FROM sessions ORDER BY started_at") == [(2, 2), (1, 1)]


def test_a_late_event_that_closes_the_gap_joins_two_sessions_and_renames_their_events(shop: Shop) -> None:
    shop.tick(tell("1", 0, "Home", browser="b1"), tell("3", 50, "Home", browser="b1"))
    assert len(shop.ask("SELECT * FROM sessions")) == 2

    shop.tick(tell("2", 25, "Product Viewed", browser="b1"))

    assert shop.ask("SELECT event_count, product_view_count FROM sessions") == [(3, 1)]
    assert shop.ask("SELECT count(DISTINCT session_id), count(session_id) FROM events") == [(1, 3)]
    assert shop.ask("SELECT e.session_id = s.session_id FROM events e, sessions s") == [(True,)] * 3


def test_a_session_comes_from_where_its_first_telling_event_says(shop: Shop) -> None:
    shop.tick(
        tell("2", 5, "Home", browser="b1", channel="search", utm_source="g"),
        tell("1", 0, "Product Viewed", browser="b1"),
        tell("3", 9, "Home", browser="b1", channel="email"),
    )

    assert shop.ask("SELECT channel, utm_source, started_at FROM sessions") == [("search", "g", START)]


def test_robots_have_no_session_and_are_left_out_of_events(shop: Shop) -> None:
    shop.tick(tell("1", 0, "Home", browser="b1", robot_reason="user_agent"))

    assert shop.ask("SELECT count(*) FROM sessions") == [(0,)]
    assert shop.ask("SELECT count(*) FROM events") == [(0,)]
    assert shop.ask("SELECT robot_reason FROM events_all") == [("user_agent",)]


def test_what_a_server_says_of_an_order_is_no_visit(shop: Shop) -> None:
    shop.tick(tell("1", 0, "Order Completed", account="ann", trust="confirmed", order_id="o1", total_minor=100))

    assert shop.ask("SELECT session_id FROM events") == [(None,)]


# ── carts ──


def test_a_cart_follows_its_id_across_browsers(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Product Added", browser="b1", cart_id="c1", products=(("p1", "2", "10.00"),)),
        tell("2", 90, "Product Added", browser="b2", account="ann", cart_id="c1", products=(("p2", "1", "5.555"),)),
        now=START + timedelta(minutes=95),
    )

    assert shop.ask(
        "SELECT cart_key, cart_id, state, item_count, amount_minor, currency, session_count FROM carts"
    ) == [(keys.cart_key("shop", "c1"), "c1", "open", 3, 2556, "EUR", 2)]
    assert shop.ask("SELECT product_id, quantity, amount_minor FROM cart_lines ORDER BY 1") == [
        ("p1", 2, 2000),
        ("p2", 1, 556),
    ]


def test_removing_more_than_there_is_leaves_nothing(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Product Added", browser="b1", cart_id="c1", products=(("p1", "2", "10"),)),
        tell("2", 1, "Product Removed", browser="b1", cart_id="c1", products=(("p1", "5", None),)),
        tell("3", 2, "Product Added", browser="b1", cart_id="c1", products=(("p1", "1", None),)),
    )

    assert shop.ask("SELECT quantity, unit_price, amount_minor, added_at FROM cart_lines") == [
        (1, 10, 1000, START + timedelta(minutes=2))
    ]


def test_a_whole_cart_statement_makes_what_was_before_void(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Product Added", browser="b1", cart_id="c1", products=(("p1", "2", "10"), ("p2", "1", "3"))),
        tell("2", 1, "Cart Viewed", browser="b1", cart_id="c1", products=(("p1", "1", "9"), ("p3", None, "4"))),
    )

    assert shop.ask("SELECT product_id, quantity, amount_minor, added_at FROM cart_lines ORDER BY 1") == [
        ("p1", 1, 900, START),
        ("p3", 1, 400, START + timedelta(minutes=1)),
    ]


def test_time_alone_makes_a_cart_abandoned_and_expired_by_the_ticks_clock(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Product Added", browser="b1", products=(("p1", "1", "10"),)), now=START + timedelta(minutes=29)
    )
    states = [shop.ask("SELECT state FROM carts")]
    for minutes in (30, 30 * 24 * 60):
        shop.tick(now=START + timedelta(minutes=minutes))
        states.append(shop.ask("SELECT state FROM carts"))

    assert states == [[("open",)], [("abandoned",)], [("expired",)]]


def test_a_merged_cart_says_so(shop: Shop) -> None:
    shop.tick(tell("2", 3, "Cart Merged", browser="b1", cart_id="c2", other_cart_id="c1"))
    shop.tick(tell("1", 0, "Product Added", browser="b1", cart_id="c1", products=(("p1", "1", "10"),)))

    assert dict(shop.ask("SELECT cart_id, state FROM carts"))["c1"] == "merged"


def test_a_browser_starts_a_new_cart_after_each_order(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Product Added", browser="b1", products=(("p1", "1", "10"),)),
        tell("3", 20, "Product Added", browser="b1", products=(("p2", "1", "10"),)),
        now=START + timedelta(minutes=21),
    )
    assert shop.ask("SELECT state, item_count FROM carts") == [("open", 2)]

    shop.tick(
        tell("2", 10, "Order Completed", browser="b1", order_id="o1", total_minor=1000),
        now=START + timedelta(minutes=22),
    )

    assert shop.ask("SELECT state, item_count FROM carts ORDER BY opened_at") == [("ordered", 1), ("open", 1)]


def test_an_order_told_by_the_server_joins_the_cart_of_its_checkout(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Product Added", browser="b1", products=(("p1", "1", "10"),)),
        tell("2", 3, "Checkout Started", browser="b1", checkout_id="k1"),
        tell(
            "3",
            5,
            "Order Completed",
            account="guest",
            trust="confirmed",
            checkout_id="k1",
            order_id="o1",
            total_minor=1000,
        ),
    )

    assert shop.ask("SELECT o.cart_key = c.cart_key, c.state FROM orders o, carts c") == [(True, "ordered")]


def test_an_order_without_basket_joins_its_persons_cart_once_identity_says_who_it_is(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Product Added", browser="b1", products=(("p1", "1", "10"),)),
        tell("2", 5, "Order Completed", account="ann", trust="confirmed", order_id="o1", total_minor=1000),
        profiles={("anonymous", "b1"): "P0", ("account", "ann"): "P1"},
        now=START + timedelta(minutes=6),
    )
    before = shop.ask("SELECT state FROM carts"), shop.ask("SELECT cart_key FROM orders")

    shop.tick(profiles={("anonymous", "b1"): "P1"}, now=START + timedelta(minutes=7))
    joined = shop.ask("SELECT state FROM carts"), shop.ask("SELECT cart_key IS NOT NULL FROM orders")
    shop.tick(profiles={("anonymous", "b1"): "P0"}, now=START + timedelta(minutes=7))

    assert before == ([("open",)], [(None,)])
    assert joined == ([("ordered",)], [(True,)])
    assert (shop.ask("SELECT state FROM carts"), shop.ask("SELECT cart_key FROM orders")) == before


def test_an_order_too_long_after_joins_no_cart_of_another_browser(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Product Added", browser="b1", products=(("p1", "1", "10"),)),
        tell("2", 8 * 24 * 60, "Order Completed", account="ann", trust="confirmed", order_id="o1", total_minor=1000),
        profiles=ANN,
    )

    assert shop.ask("SELECT cart_key FROM orders") == [(None,)]


# ── touches ──


def test_the_order_inherits_first_and_last_touch_of_its_cart(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Home", browser="b1", channel="search"),
        tell("2", 5, "Product Added", browser="b1", cart_id="c1", products=(("p1", "1", "10"),)),
        tell("3", 200, "Message Clicked", account="ann"),
        tell("4", 201, "Home", browser="b1", channel="email"),
        tell("5", 210, "Order Completed", browser="b1", cart_id="c1", order_id="o1", total_minor=1000),
        profiles=ANN,
    )

    ((first, last),) = shop.ask("SELECT first_touch_id, last_touch_id FROM orders")
    touches = {
        key: (kind, channel) for key, kind, channel in shop.ask("SELECT touchpoint_id, kind, channel FROM touchpoints")
    }
    assert touches[first] == ("visit", "search")
    assert touches[last][0] == "click"
    assert shop.ask("SELECT first_touch_id, last_touch_id FROM carts") == [(first, last)]


def test_a_click_by_a_robot_touches_nothing(shop: Shop) -> None:
    shop.tick(
        tell("2", 5, "Product Added", browser="b1", cart_id="c1", products=(("p1", "1", "10"),)),
        tell("3", 200, "Message Clicked", account="ann", kind="clicked", robot_reason="prefetch"),
        profiles=ANN,
    )

    assert shop.ask("SELECT kind FROM touchpoints") == [("visit",)]


def test_a_click_told_late_touches_carts_that_name_themselves_too(shop: Shop) -> None:
    added = tell("2", 5, "Product Added", browser="b1", cart_id="c1", products=(("p1", "1", "10"),))
    click = tell("3", 200, "Message Clicked", account="ann")
    shop.tick(added, profiles={("anonymous", "b1"): "P1", ("account", "ann"): "P2"})
    shop.tick(click)
    apart = shop.ask("SELECT last_touch_id FROM carts")

    shop.tick(profiles={("account", "ann"): "P1"})

    assert shop.ask("SELECT kind FROM carts JOIN touchpoints ON last_touch_id = touchpoint_id") == [("click",)]
    shop.tick(profiles={("account", "ann"): "P2"})
    assert shop.ask("SELECT last_touch_id FROM carts") == apart


def test_a_visit_that_turns_out_to_have_begun_earlier_renames_its_carts_touch(shop: Shop) -> None:
    shop.tick(tell("2", 5, "Product Added", browser="b1", cart_id="c1", products=(("p1", "1", "10"),)))
    before = shop.ask("SELECT first_touch_id FROM carts")

    shop.tick(tell("1", 0, "Home", browser="b1"))

    assert shop.ask("SELECT first_touch_id FROM carts") != before
    assert shop.ask("SELECT occurred_at FROM carts JOIN touchpoints ON first_touch_id = touchpoint_id") == [(START,)]


def test_an_order_without_cart_has_its_own_visit_as_touch(shop: Shop) -> None:
    shop.tick(
        tell("1", 0, "Home", browser="b1", channel="search"),
        tell("2", 4, "Order Completed", browser="b1", order_id="o1", total_minor=1000),
    )

    assert shop.ask("SELECT t.channel FROM orders o JOIN touchpoints t ON o.last_touch_id = t.touchpoint_id") == [
        ("search",)
    ]


# ── orders and the ledger ──


def ledger(shop: Shop) -> list[tuple[object, ...]]:
    return shop.ask(
        "SELECT line_key, kind, amount_minor FROM revenue_ledger ORDER BY revision, kind, line_key, amount_minor"
    )


def test_the_same_order_from_browser_and_server_is_one_and_the_difference_an_adjustment(shop: Shop) -> None:
    told = {"order_id": "o1", "products": (("p1", "1", "100"),)}
    shop.tick(
        tell("s", 6, "Order Completed", account="ann", trust="confirmed", source="server", discount_minor=500, **told)
    )
    shop.tick(tell("b", 5, "Order Completed", browser="b1", **told))

    assert shop.ask("SELECT trust, amount_minor, source, ordered_at FROM orders") == [
        ("confirmed", 9500, "server", START + timedelta(minutes=6))
    ]
    assert ledger(shop) == [("p1", "sale", 10000), ("discount", "adjustment", -500)]
    assert shop.ask("SELECT sum(amount_minor) FROM revenue") == [(9500,)]


def test_a_claimed_order_stays_outside_revenue_unless_its_source_is_believed(shop: Shop) -> None:
    shop.tick(tell("b", 5, "Order Completed", browser="b1", order_id="o1", products=(("p1", "1", "100"),)))
    assert shop.ask("SELECT count(*) FROM revenue") == [(0,)]
    assert shop.ask("SELECT trust, amount_minor FROM revenue_ledger") == [("claimed", 10000)]

    with shop.warehouse.transaction() as cursor:
        derive.configure(cursor, derive.rules_of(cursor), accepting=["web"])

    assert shop.ask("SELECT sum(amount_minor) FROM revenue") == [(10000,)]


@pytest.mark.parametrize(
    ("total", "said", "booked"),
    [
        (11980, {"shipping_minor": 490, "tax_minor": 1490}, {"sale": 10000, "shipping": 490, "tax": 1490}),
        (10490, {"shipping_minor": 490, "tax_minor": 1667}, {"sale": 10000, "shipping": 490, "tax": 0}),
        (9000, {"discount_minor": 1000}, {"sale": 10000, "discount": -1000}),
        (10000, {"discount_minor": 1000}, {"sale": 10000, "discount": 0}),
        (10700, {"shipping_minor": 490}, {"sale": 10000, "shipping": 490, "adjustment": 210}),
    ],
)
def test_the_ledgers_sum_is_the_total_whether_prices_contain_tax_or_not(
    shop: Shop, total: int, said: dict[str, int], booked: dict[str, int]
) -> None:
    shop.tick(tell("s", 6, "Order Completed", account="ann", trust="confirmed", order_id="o1", total_minor=total,
                   products=(("p1", "1", "100"),), **said))  # fmt: skip

    assert dict(shop.ask("SELECT kind, amount_minor FROM revenue_ledger")) == booked
    assert shop.ask("SELECT amount_minor FROM orders") == [(total,)]


def test_an_update_is_a_revision(shop: Shop) -> None:
    shop.tick(
        tell("2", 9, "Order Updated", account="ann", trust="confirmed", order_id="o1", products=(("p1", "2", "100"),))
    )
    shop.tick(
        tell("1", 6, "Order Completed", account="ann", trust="confirmed", order_id="o1", products=(("p1", "3", "100"),))
    )

    assert ledger(shop) == [("p1", "sale", 30000), ("p1", "adjustment", -10000)]
    assert shop.ask("SELECT quantity, amount_minor FROM order_lines") == [(2, 20000)]


def test_a_refund_by_product_and_then_of_all_gives_back_all_once(shop: Shop) -> None:
    sold = tell("1", 6, "Order Completed", account="ann", trust="confirmed", order_id="o1",
                products=(("p1", "3", "100"), ("p2", "1", "7")))  # fmt: skip
    shop.tick(
        sold,
        tell("2", 9, "Order Refunded", account="ann", trust="confirmed", order_id="o1", products=(("p1", "1", None),)),
    )
    assert shop.ask("SELECT status, amount_minor, gross_minor FROM orders") == [("returned", 20700, 30700)]

    shop.tick(tell("3", 19, "Order Refunded", account="ann", trust="confirmed", order_id="o1"))

    assert shop.ask("SELECT status, amount_minor FROM orders") == [("refunded", 0)]
    assert shop.ask("SELECT line_key, amount_minor FROM revenue_ledger WHERE kind = 'return' ORDER BY 1, 2") == [
        ("p1", -20000),
        ("p1", -10000),
        ("p2", -700),
    ]


def test_a_claimed_refund_takes_nothing_from_a_confirmed_order(shop: Shop) -> None:
    shop.tick(
        tell(
            "1", 6, "Order Completed", account="ann", trust="confirmed", order_id="o1", products=(("p1", "1", "100"),)
        ),
        tell("2", 9, "Order Refunded", browser="b1", order_id="o1"),
    )

    assert shop.ask("SELECT status, amount_minor FROM orders") == [("completed", 10000)]


def test_a_cancelled_order_is_worth_nothing_even_if_refunded_too(shop: Shop) -> None:
    shop.tick(
        tell(
            "1", 6, "Order Completed", account="ann", trust="confirmed", order_id="o1", products=(("p1", "1", "100"),)
        ),
        tell("2", 9, "Order Cancelled", account="ann", trust="confirmed", order_id="o1"),
        tell("3", 10, "Order Refunded", account="ann", trust="confirmed", order_id="o1"),
    )

    assert shop.ask("SELECT status, amount_minor, gross_minor FROM orders") == [("cancelled", 0, 10000)]


def test_imported_lines_are_sales_and_returns_and_equal_lines_are_two(shop: Shop) -> None:
    same = {"order_id": "i1", "trust": "confirmed", "source": "erp", "account": "ann"}
    shop.tick(
        tell("1", 6, "Order Line", products=(("p1", "2", "2.5"),), **same),
        tell("2", 6, "Order Line", products=(("p1", "2", "2.5"),), **same),
        tell("3", 7, "Order Line", products=(("p2", "-1", "4"),), **same),
        tell("4", 7, "Order Line", products=(("fee", "1", "-1"),), line_kind="adjustment", **same),
    )

    assert shop.ask("SELECT line_key, kind, amount_minor FROM order_lines ORDER BY 1") == [
        ("3", "return", -400), ("4", "adjustment", -100), ("p1", "sale", 500), ("p1#2", "sale", 500),
    ]  # fmt: skip
    assert shop.ask("SELECT status, amount_minor, gross_minor, trust FROM orders") == [
        ("returned", 500, 1000, "confirmed")
    ]


def test_an_import_of_an_order_that_events_told_changes_nothing_where_it_agrees(shop: Shop) -> None:
    shop.tick(
        tell("1", 6, "Order Completed", browser="b1", order_id="o1", products=(("p1", "1", "100"), ("p2", "2", "1")))
    )
    for number, line in enumerate((("p2", "2", "1"), ("p1", "1", "100"))):
        shop.tick(tell(f"i{number}", 0, "Order Line", source="erp", trust="confirmed", order_id="o1", products=(line,)))

    assert ledger(shop) == [("p1", "sale", 10000), ("p2", "sale", 200)]
    assert shop.ask("SELECT DISTINCT trust, source FROM revenue_ledger") == [("confirmed", "erp")]


def test_two_currencies_stand_side_by_side(shop: Shop) -> None:
    shop.tick(
        tell("1", 6, "Order Completed", browser="b1", order_id="o1", currency="USD", products=(("p1", "1", "100"),)),
        tell("2", 7, "Order Completed", account="ann", trust="confirmed", order_id="o1", products=(("p1", "1", "90"),)),
    )

    assert shop.ask("SELECT currency, sum(amount_minor) FROM revenue GROUP BY 1 ORDER BY 1") == [
        ("EUR", 9000),
        ("USD", 0),
    ]
    assert shop.ask("SELECT currency, amount_minor FROM orders") == [("EUR", 9000)]


def test_what_was_booked_stays_booked_when_it_was(shop: Shop) -> None:
    first, later = datetime(2026, 2, 1), datetime(2026, 3, 1)
    order = {"account": "ann", "trust": "confirmed", "order_id": "o1"}
    shop.tick(tell("1", 6, "Order Completed", products=(("p1", "2", "100"),), **order), now=first)
    shop.tick(tell("2", 9, "Order Refunded", products=(("p1", "1", None),), **order), now=later)

    assert shop.ask("SELECT kind, booked_at FROM revenue_ledger ORDER BY 1") == [("return", later), ("sale", first)]


# ── late binding ──


def test_history_belongs_to_whom_identity_names_now(shop: Shop) -> None:
    shop.tick(tell("1", 0, "Home", browser="b1"), tell("2", 1, "Home"), profiles={("anonymous", "b1"): "P0"})
    before = shop.ask("SELECT profile_id FROM events ORDER BY occurred_at")

    shop.tick(profiles={("anonymous", "b1"): "P1"})

    assert before == [("P0",), (None,)]
    assert shop.ask("SELECT profile_id FROM events ORDER BY occurred_at") == [("P1",), (None,)]
    assert shop.ask("SELECT profile_id FROM sessions") == [("P1",)]


def test_a_ticks_first_statement_writes_since_one_that_only_read_would_wait_for_a_checkpoint(shop: Shop) -> None:
    said: list[str] = []

    class Listening:
        def execute(self, query: str, *values: object) -> object:
            said.append(query)
            return cursor.execute(query, *values)

        def __getattr__(self, name: str) -> object:
            return getattr(cursor, name)

    tick = Tick(tick_id=1, spool="front", from_offset=0, to_offset=1, now=datetime(2026, 1, 1, tzinfo=UTC))
    with shop.warehouse.transaction() as cursor:
        derive.write(Listening(), tick, {})  # type: ignore[arg-type]

    assert said[0].startswith(("DELETE", "INSERT"))
