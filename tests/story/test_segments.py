from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from comptoir import app as apps
from comptoir.model.tick import SpoolName
from comptoir.rebuild import rebuild
from comptoir.scenarios import definitions
from comptoir.scenarios.rows import enrollments
from comptoir.segments.drafts import SEGMENTS
from tests.shop import Shop

LOOKERS = """
version: 1
key: lookers
name: {fr: Curieux, en: Lookers}
if:
  did: {event: Product Viewed, at_least: 3, within: 2 days}
"""
OTHERS = """
version: 1
key: others
name: {fr: Autres, en: Others}
if:
  all: [{did: {event: Product Viewed}}, {not: {segment: lookers}}]
"""
STARTS = """
scenario: welcome-lookers
version: 1
title: {fr: Curieux, en: Lookers}
brands: ["*"]
trigger: {segment: lookers, when: entered}
steps:
  - exit: {key: end, reason: done}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "home")
    yield made
    made.close()


def publish(shop: Shop, text: str) -> None:
    with shop.app.state.write() as connection:
        SEGMENTS.publish_text(connection, text, shop.clock.now())


def members(shop: Shop, segment: str) -> list[str]:
    rows = shop.raw("SELECT segment, profile_id FROM fact.memberships ORDER BY profile_id")
    return [profile for key, profile in rows if key == segment]


def belonging(shop: Shop) -> list[tuple[object, ...]]:
    """List who belongs by node, since a profile's name is no fact."""
    return shop.raw(
        "SELECT kept.segment, nodes.node_id, kept.entered_at FROM fact.memberships AS kept"
        " INNER JOIN fact.profile_of AS nodes ON kept.profile_id = nodes.profile_id ORDER BY ALL"
    )


def changes(shop: Shop) -> list[tuple[object, ...]]:
    return shop.raw("SELECT segment, change, happens FROM fact.membership_changes ORDER BY tick_id, segment, change")


def look(shop: Shop, who: str, *, times: int = 1, **fields: Any) -> None:
    shop.say(*(shop.line(anonymous_id=who, user_id=who, **fields) for _ in range(times)))


def runs(shop: Shop) -> int:
    with shop.app.state.read() as connection:
        return len(connection.execute(select(enrollments.c.enrollment_id)).fetchall())


def test_who_looks_often_enters_and_a_scenario_begins_once_even_when_the_engine_comes_back(shop: Shop) -> None:
    publish(shop, LOOKERS)
    with shop.app.state.write() as connection:
        definitions.publish(connection, STARTS, shop.clock.now())
    look(shop, "ada", times=2)
    shop.tick()
    assert members(shop, "lookers") == []

    look(shop, "ada")
    shop.tick()
    shop.reopen()
    shop.tick()

    assert len(members(shop, "lookers")) == 1
    assert changes(shop) == [("lookers", "entered", True)]
    assert runs(shop) == 1


def test_time_alone_makes_them_leave_with_a_tick_that_has_no_line(shop: Shop) -> None:
    publish(shop, LOOKERS)
    look(shop, "ada", times=3)
    shop.tick()
    assert len(members(shop, "lookers")) == 1

    shop.clock.advance(timedelta(days=2, hours=1))
    assert shop.tick() == 1
    assert shop.tick() == 0

    assert members(shop, "lookers") == []
    assert changes(shop) == [("lookers", "entered", False), ("lookers", "exited", True)]


def test_the_first_filling_and_history_begin_nothing(shop: Shop) -> None:
    look(shop, "ada", times=3)
    shop.tick()
    publish(shop, LOOKERS)
    shop.clock.advance(timedelta(minutes=1))
    shop.tick()
    assert changes(shop) == [("lookers", "entered", False)]

    look(shop, "bob", times=3, historical=True)
    shop.tick()

    assert len(members(shop, "lookers")) == 2
    assert changes(shop) == [("lookers", "entered", False)] * 2


def test_a_browser_that_turns_out_to_be_somebody_known_brings_its_looks_along(shop: Shop) -> None:
    publish(shop, LOOKERS)
    shop.say(*(shop.line(anonymous_id="browser", user_id=None) for _ in range(2)), shop.line(user_id="ada"))
    shop.tick()
    assert members(shop, "lookers") == []

    shop.say(shop.line("Signed In", type="identify", anonymous_id="browser", user_id="ada"))
    shop.tick()

    assert len(members(shop, "lookers")) == 1
    assert changes(shop) == [("lookers", "entered", True)]


def test_after_a_rebuild_the_same_people_belong_since_when_they_did_and_what_was_not_so_is_mended(shop: Shop) -> None:
    publish(shop, LOOKERS)
    publish(shop, OTHERS)
    look(shop, "ada", times=3)
    look(shop, "bob")
    shop.tick()
    shop.clock.advance(timedelta(minutes=5))
    look(shop, "bob", times=2)
    shop.tick()
    kept, told = belonging(shop), len(shop.raw("SELECT 1 FROM fact.membership_changes WHERE happens"))
    assert len({node for segment, node, _ in kept if segment == "lookers"}) == 4  # two people, an account and a browser
    somebody = kept[0][1]
    with shop.warehouse.transaction() as cursor:  # as if something had gone wrong
        theirs = "DELETE FROM fact.memberships USING fact.profile_of AS n WHERE n.profile_id = memberships.profile_id"
        cursor.execute(theirs + " AND n.node_id = ?", [somebody])
        cursor.execute("UPDATE fact.memberships SET segment = 'others' WHERE segment = 'lookers'")

    shop.warehouse.close()
    shop.front.close()
    rebuild(shop.app)
    shop.open()
    shop.clock.advance(timedelta(minutes=1))
    assert shop.tick() == 1

    after = belonging(shop)
    assert [(segment, node) for segment, node, _ in after] == [(segment, node) for segment, node, _ in kept]
    assert told == len(shop.raw("SELECT 1 FROM fact.membership_changes WHERE happens")) > 0

    shop.warehouse.close()  # now that nothing is wrong, not even the times change
    shop.front.close()
    rebuild(shop.app)
    shop.open()
    assert shop.tick() == 1
    assert belonging(shop) == after


def test_a_paused_segment_stands_still_and_catches_up_when_it_goes_on(shop: Shop) -> None:
    publish(shop, LOOKERS)
    look(shop, "ada", times=3)
    shop.tick()
    with shop.app.state.write() as connection:
        SEGMENTS.pause(connection, "lookers", shop.clock.now())
    look(shop, "bob", times=3)
    shop.tick()
    assert len(members(shop, "lookers")) == 1

    with shop.app.state.write() as connection:
        SEGMENTS.resume(connection, "lookers", shop.clock.now())
    shop.clock.advance(timedelta(minutes=1))
    shop.tick()

    assert len(members(shop, "lookers")) == 2
    assert changes(shop)[-1] == ("lookers", "entered", False)


def test_a_segment_that_is_deleted_has_no_members(shop: Shop) -> None:
    publish(shop, LOOKERS)
    look(shop, "ada", times=3)
    shop.tick()
    with shop.app.state.write() as connection:
        SEGMENTS.delete(connection, "lookers")
    look(shop, "bob")
    shop.tick()

    assert members(shop, "lookers") == []
    assert shop.raw("SELECT * FROM fact.segment_states") == []


def test_without_a_live_segment_nothing_is_asked_of_the_facts(shop: Shop) -> None:
    look(shop, "ada")
    shop.tick()
    assert shop.ticker.segments is not None
    shop.ticker.segments.shop = None  # type: ignore[assignment]  # whoever compiled anything would stumble here
    look(shop, "ada")
    shop.tick()

    assert shop.app.spools[SpoolName.BACK].head() == 0


def learned(shop: Shop, run_id: int, early: int, late: int) -> None:
    """Write down a run of the score `repurchase`, as a night does."""
    report = f'{{"categories": [{{"category": "Coffee", "quarter_days": {early}, "three_quarters_days": {late}}}]}}'
    with shop.warehouse.transaction() as cursor:
        cursor.execute(
            "INSERT INTO fact.score_runs SELECT ?, 'repurchase', brand, now(), now(), 'done', 1, 0, ?"
            " FROM (SELECT DISTINCT brand FROM fact.orders)",
            [run_id, report],
        )


def test_who_is_due_in_a_category_follows_what_the_last_night_learned_of_it(shop: Shop) -> None:
    bought = {"product_id": "p", "price": 9, "quantity": 1, "category": "Coffee"}
    for who, days in (("ann", 10), ("bob", 40)):
        said = {"order_id": f"of-{who}", "total": 9, "currency": "EUR", "products": [bought]}
        shop.say(shop.line("Order Completed", after=-days * 86_400, user_id=who, trust="confirmed", properties=said))
    publish(shop, "version: 1\nkey: due\nname: Due\nif: {due: Coffee}\n")
    shop.tick()
    found = [members(shop, "due")]
    for run_id, early, late in ((1, 5, 20), (2, 30, 60)):
        learned(shop, run_id, early, late)
        look(shop, "zoe")
        shop.tick()
        found.append(members(shop, "due"))

    owners = dict(shop.raw("SELECT value, profile_id FROM fact.profile_of"))
    ann, bob = [owners["ann"]], [owners["bob"]]
    assert found == [[], ann, bob]


def test_a_live_count_takes_a_cart_for_abandoned_when_ticks_do(shop: Shop) -> None:
    said = {"cart_id": "c", "product_id": "p", "price": 9, "quantity": 1, "currency": "EUR"}
    shop.say(shop.line("Product Added", after=-3_600, anonymous_id="ann", properties=said))
    shop.tick()
    patient = replace(shop.app.settings, shop=replace(shop.app.settings.shop, cart_abandoned_minutes=120))
    definition = "version: 1\nkey: left\nname: Left\nif: {cart: abandoned}\n"
    request = {"kind": "segment", "do": "count", "definition": definition}

    found = [
        apps.answer_of_segments(app.state, app.shop(), shop.warehouse, request, now=shop.clock.now())[
            "number"
        ].to_pylist()
        for app in (shop.app, replace(shop.app, settings=patient))
    ]

    assert found == [[1], [0]]
