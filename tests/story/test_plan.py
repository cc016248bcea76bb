"""A tracking plan in a shop: made of what arrives, published, broken, counted, and what it refused sent in again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from comptoir import app as apps
from comptoir import repair
from comptoir.clock import micros
from comptoir.collect.plan import declared, infer, store
from comptoir.rebuild import rebuild
from comptoir.reports import ask
from tests.shop import Shop

PLAN = """
events:
  Order Completed:
    then: refuse
    properties:
      order_id: {type: text, required: true}
      total: {type: number, required: true}
  Product Viewed:
    then: strip
    properties: {cart_id: {type: text}}
"""


@pytest.fixture
def shop(home: Path) -> Iterator[Shop]:
    made = Shop(home, acts=False)
    yield made
    made.close()


def publish(shop: Shop, text: str) -> None:
    shop.clock.advance(timedelta(seconds=5))
    with shop.app.state.write() as connection:
        store.publish(connection, "main", text, now=shop.clock.now(), by="ann")
    shop.clock.advance(timedelta(seconds=5))


def found(shop: Shop) -> list[tuple[str, str, str, int]]:
    with shop.app.state.read() as connection:
        listed = store.list_findings(connection, "main", now=shop.clock.now())
    return sorted((one.event, one.property, one.reason, one.times) for one in listed)


def order(shop: Shop, number: str, **properties: object) -> None:
    said = {"order_id": number, "total": 10, "currency": "EUR"} | properties
    shop.say(shop.line("Order Completed", user_id="ann", trust="confirmed", properties=said))


def test_what_breaks_the_plan_is_counted_once_and_what_is_refused_is_mended_and_sent_in_again(shop: Shop) -> None:
    order(shop, "1", total="ten")
    shop.tick()
    assert [row["reason"] for row in refusals(shop)] == ["bad_amount"], "without a plan the money alone is judged"
    publish(shop, PLAN)

    order(shop, "2", total="10.00")
    order(shop, "3")
    shop.say(shop.line("Product Viewed", anonymous_id="b", properties={"cart_id": 7, "product_id": "p"}))
    shop.say(shop.line("Dance Danced", anonymous_id="b"))
    shop.tick()
    shop.reopen()

    assert found(shop) == [
        ("Dance Danced", "", "unplanned_event", 1), ("Order Completed", "total", "wrong_type", 1),
        ("Product Viewed", "cart_id", "wrong_type", 1),
    ]  # fmt: skip
    assert [row["order_id"] for row in shop.ask("SELECT order_id FROM orders ORDER BY 1")] == ["3"]
    (viewed,) = shop.ask("SELECT cart_id, properties FROM events WHERE name = 'Product Viewed'")
    assert viewed == {"cart_id": None, "properties": '{"product_id":"p"}'}
    assert shop.one("SELECT count(*) FROM carts") == 0

    refused = next(row for row in refusals(shop) if row["reason"] == "off_plan")
    settings = shop.app.settings
    shop.close()
    repair.mend(settings, [str(refused["failed_id"])], reason=None, text=None, changes={"properties.total": "10.00"})
    counts = repair.replay(settings, [str(refused["failed_id"])], reason=None)
    shop.open()
    assert counts["stored"] == 1
    assert [row["order_id"] for row in shop.ask("SELECT order_id FROM orders ORDER BY 1")] == ["2", "3"]
    assert shop.equation()[0] == shop.equation()[1]


def refusals(shop: Shop) -> list[dict[str, object]]:
    settings = shop.app.settings
    with shop.warehouse.cursor() as cursor:
        rows = cursor.execute("SELECT failed_id, reason FROM fact.failed ORDER BY received_at").fetchall()
    assert settings.home == shop.home
    return [{"failed_id": failed_id, "reason": reason} for failed_id, reason in rows]


def test_a_rebuild_follows_the_plan_that_stood_at_each_tick(shop: Shop) -> None:
    for text in (PLAN, "", PLAN.replace("refuse", "count"), PLAN):
        publish(shop, text)
        order(shop, f"o{shop.said}", total="12.00")
        shop.tick()
    shop.warehouse.close()

    done = rebuild(shop.app)

    assert done.differing == []
    assert done.ticks == 4
    shop.warehouse = apps.open_warehouse_of(shop.app.settings)
    assert shop.one("SELECT count(*) FROM orders") == 2
    assert found(shop) == [("Order Completed", "total", "wrong_type", 3)]


def test_a_plan_made_of_what_arrives_holds_for_what_arrives(shop: Shop) -> None:
    for number in range(120):
        properties = {"product_id": f"p{number}", "price": 1 + number / 4, "currency": "EUR" if number % 2 else "GBP"}
        shop.say(shop.line("Product Viewed", anonymous_id="b", properties=properties))
    shop.say(shop.line("", type="identify", user_id="ann", traits={"email": "ann@example.org"}))
    shop.tick()
    since = micros(shop.clock.now() - timedelta(days=30))
    rows = ask.answer(
        shop.warehouse.cursor(),
        {"kind": "report", "name": "plan_shapes", "parameters": infer.asking(brand="main", since=since)},
    ).to_pylist()

    made = infer.infer(rows)
    publish(shop, declared.render(made))
    shop.say(shop.line("Product Viewed", anonymous_id="b", properties=properties))
    shop.say(shop.line("Product Viewed", anonymous_id="b", properties={"price": 1, "currency": "USD"}))
    shop.tick()

    viewed = made.events["Product Viewed"].properties
    assert {name: (one.type.value, one.required, one.one_of) for name, one in viewed.items()} == {
        "product_id": ("text", True, []), "price": ("number", True, []), "currency": ("text", True, ["EUR", "GBP"]),
    }  # fmt: skip
    assert made.events["identify"].properties["email"].type is declared.Kind.TEXT
    assert found(shop) == [
        ("Product Viewed", "currency", "not_allowed_value", 1), ("Product Viewed", "product_id", "missing", 1),
    ]  # fmt: skip
