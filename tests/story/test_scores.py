"""A shop's nights: customers are scored from their orders, scenarios hear who changed, and everybody is told why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from comptoir import app as apps
from comptoir import engine as engines
from comptoir.rebuild import rebuild
from comptoir.scenarios import definitions
from comptoir.scenarios.rows import enrollments
from tests.shop import Shop

PEOPLE = 60
GOLD = """
format: 2
scenario: welcome-gold
version: 1
title: {fr: Bienvenue, en: Welcome}
class: scenario
brands: ["*"]
priority: 40
trigger:
  events: [Score Changed]
  where: {score: gold, to: gold}
  key: person
  again: once
steps:
  - wait: {key: pause, for: 2 days}
  - exit: {key: end, reason: done}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("home"))
    for person in range(PEOPLE):
        made.say(ordered(made, person, days=200 - 3 * person, total=20 + person))
        made.say(ordered(made, person, days=160 - 2 * person, total=20 + person, order=f"b{person}"))
    made.tick()
    yield made
    made.close()


def ordered(shop: Shop, person: int, *, days: float, total: float, order: str | None = None) -> Any:
    """Make an order of somebody, some days before START."""
    return shop.line(
        "Order Completed", after=-days * 86_400, user_id=f"c{person}", trust="confirmed", source="shop",
        properties={"order_id": order or f"a{person}", "total": total, "currency": "EUR", "category": "Shoes",
                    "products": [{"product_id": "p", "price": total, "quantity": 1, "category": "Shoes"}]},
    )  # fmt: skip


def engine_of(shop: Shop) -> engines.Engine:
    acting = shop.app.acting(shop.warehouse)
    return engines.Engine(
        app=shop.app, warehouse=shop.warehouse, acting=acting, ticker=shop.ticker, sender=acting.sender(),
        outward=acting.outward(),
    )  # fmt: skip


def enrolled(shop: Shop) -> list[str]:
    with shop.app.state.read() as connection:
        return [row.scenario for row in connection.execute(enrollments.select())]


def test_nights_score_people_scenarios_hear_once_and_a_rebuild_keeps_it(shop: Shop) -> None:
    engine = engine_of(shop)
    with shop.app.state.write() as connection:
        definitions.publish(connection, GOLD, shop.clock.now())

    assert engine.nightly()
    assert not engine.nightly()
    gold = {row["profile_id"] for row in shop.ask("SELECT profile_id FROM scores WHERE label = 'gold'")}
    assert len(gold) == PEOPLE // 10
    engine.acting.wake(shop.clock.now())
    assert enrolled(shop) == []  # the first night changes nobody

    shop.clock.advance(timedelta(days=1))
    shop.say(ordered(shop, 3, days=-0.2, total=9_000, order="big"))
    shop.tick()
    shop.clock.advance(timedelta(days=1))
    assert engine.nightly()
    engine.acting.wake(shop.clock.now())
    engine.acting.wake(shop.clock.now())
    engine.acting.scores_moved.set()  # as after a stop: what was heard is not heard again
    engine.acting.wake(shop.clock.now())

    assert enrolled(shop) == ["welcome-gold"]
    told = shop.ask("SELECT score, from_label, to_label FROM score_changes WHERE to_label = 'gold'")
    assert told == [{"score": "gold", "from_label": "other", "to_label": "gold"}]

    kept = shop.ask("SELECT * EXCLUDE (profile_id) FROM scores ORDER BY ALL")
    days = shop.raw("SELECT * FROM fact.score_days ORDER BY ALL")
    shop.warehouse.close()
    shop.front.close()
    rebuild(shop.app)
    shop.open()
    assert shop.ask("SELECT * EXCLUDE (profile_id) FROM scores ORDER BY ALL") == kept
    assert shop.raw("SELECT * FROM fact.score_days ORDER BY ALL") == days
    again = engine_of(shop)
    (ran,) = again.nights.run(apps.zones_of(shop.app.state), shop.clock.now(), names=["gold"])
    assert ran.change_count == 0
    assert shop.ask("SELECT * EXCLUDE (profile_id) FROM scores ORDER BY ALL") == kept


def test_what_a_night_knows_is_what_stood_at_midnight(shop: Shop) -> None:
    (as_of,) = {row["as_of"] for row in shop.ask("SELECT DISTINCT as_of FROM scores")}

    assert as_of.replace(tzinfo=UTC) <= shop.clock.now()
    assert as_of < datetime(2026, 11, 23)
