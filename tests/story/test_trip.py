"""The trip of an event, over real stores: from the spool to facts, once, whatever order it came in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = Shop(tmp_path / "home")
    yield opened
    opened.close()


def test_history_before_identification_belongs_to_the_person_after_it(shop: Shop) -> None:
    shop.say(shop.line(anonymous_id="b1", after=1, properties={"product_id": "lamp"}))
    shop.tick()
    before = shop.one("SELECT profile_id FROM events")

    shop.say(
        shop.line("", type="identify", anonymous_id="b1", user_id="ann", traits={"email": "ann@shop.fr"}, after=60)
    )
    shop.tick()

    profiles = {row["profile_id"] for row in shop.ask("SELECT profile_id FROM events")}
    assert profiles == {before}


def test_the_basket_id_leads_from_the_click_to_the_order_and_the_euro(shop: Shop) -> None:
    visit = {"page": {"url": "https://shop.fr/?utm_source=news&utm_medium=email"}}
    item = {"product_id": "lamp", "price": 19.9, "quantity": 1}
    shop.say(
        shop.line("Home", type="page", anonymous_id="b1", context=visit, after=1),
        shop.line("Product Added", anonymous_id="b1", properties={"cart_id": "c1", **item}, after=10),
    )
    shop.tick()
    order = {"order_id": "o1", "cart_id": "c1", "currency": "EUR", "total": 19.9, "products": [item]}
    shop.say(shop.line("Order Completed", user_id="ann", trust="confirmed", properties=order, after=7_200))
    shop.tick()

    (cart,) = shop.ask("SELECT state, order_key, amount_minor FROM carts")
    (booked,) = shop.ask("SELECT order_key, sum(amount_minor) AS euro FROM revenue_ledger GROUP BY order_key")
    (touch,) = shop.ask("SELECT t.channel FROM orders o JOIN touchpoints t ON t.touchpoint_id = o.first_touch_id")
    assert (cart["state"], cart["order_key"]) == ("ordered", booked["order_key"])
    assert booked["euro"] == cart["amount_minor"] == 1990
    assert touch["channel"] == "email"


def test_the_same_event_ten_times_is_one_and_everything_is_counted(shop: Shop) -> None:
    event = shop.line(anonymous_id="b1")
    for _ in range(5):
        shop.say(event, event)
        shop.tick()

    assert shop.one("SELECT count(*) FROM events") == 1
    received, counted = shop.equation()
    assert received == counted == 10


def test_a_message_id_that_says_something_else_the_second_time_is_kept_aside(shop: Shop) -> None:
    shop.say(shop.line(anonymous_id="b1", message_id="same", properties={"product_id": "lamp"}))
    shop.tick()
    shop.reopen()
    shop.say(shop.line(anonymous_id="b1", message_id="same", properties={"product_id": "sofa"}))
    shop.tick()

    assert shop.one("SELECT product_id FROM events") == "lamp"
    assert shop.raw("SELECT reason FROM fact.failed") == [("message_id_reused",)]


def test_robots_are_stored_with_their_reason_and_left_out_of_the_view(shop: Shop) -> None:
    agent = {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    shop.say(shop.line(anonymous_id="b1", context=agent))
    shop.tick()

    assert shop.one("SELECT count(*) FROM events") == 0
    assert "crawler" in shop.one("SELECT robot_reason FROM events_all")


def test_one_event_that_the_warehouse_cannot_take_is_kept_aside_and_its_neighbours_are_stored(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from comptoir.facts import derive

    write = derive.write

    def stumbles(cursor: object, tick: object, tables: dict[str, object]) -> None:
        import duckdb

        if "poison" in str(tables["events"].column("message_id").to_pylist() if "events" in tables else ""):  # type: ignore[attr-defined]
            raise duckdb.ConversionException("cannot take this")
        write(cursor, tick, tables)  # type: ignore[arg-type]

    monkeypatch.setattr(derive, "write", stumbles)
    shop.say(
        *[
            shop.line(anonymous_id=f"b{number}", message_id="poison" if number == 613 else f"n{number}")
            for number in range(2_000)
        ]
    )
    shop.tick()

    assert shop.one("SELECT count(*) FROM events") == 1_999
    ((reason, message_id),) = shop.raw("SELECT reason, message_id FROM fact.failed")
    assert (reason, message_id) == ("poison", "poison")
    received, counted = shop.equation()
    assert received == counted


def test_an_event_that_comes_late_is_counted_where_it_happened(shop: Shop) -> None:
    day = 86_400
    shop.say(shop.line(anonymous_id="b1", after=0), shop.line(anonymous_id="b1", after=600))
    shop.tick()
    shop.say(shop.line(anonymous_id="b1", after=300), shop.line(anonymous_id="b1", after=-400 * day))
    shop.tick()

    sizes = [row["event_count"] for row in shop.ask("SELECT event_count FROM sessions ORDER BY started_at")]
    assert sizes == [1, 3]
