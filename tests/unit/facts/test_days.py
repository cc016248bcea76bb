"""What everybody did, day by day: exact in any order, in the brand's zone, whatever the night has added up."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.facts import days, derive
from comptoir.model.identifier import node_of
from comptoir.warehouse import fingerprint
from tests.unit.facts.told import START, Shop, moved, open_shop, tell

WHOLE = "day_activity_whole"
PARTS = "SELECT count(*) FROM fact.day_activity"
COUNTED = "SELECT name, category, events, mentions FROM fact.day_activity_whole ORDER BY name, category"


def zoned(shop: Shop, /, **zones: str) -> Shop:
    with shop.warehouse.transaction() as cursor:
        days.follow_zones(cursor, zones)
    return shop


def merged(shop: Shop, before: date = date(2030, 1, 1)) -> int:
    with shop.warehouse.transaction() as cursor:
        groups = days.unmerged(cursor, before=before)
        for group in groups:
            days.merge(cursor, group)
    return sum(map(len, groups))


def hashed(shop: Shop) -> str:
    with shop.cursor() as cursor:
        return fingerprint.logical_hash(cursor, WHOLE)


def test_events_of_one_day_name_and_category_are_one_row() -> None:
    shop = open_shop()

    shop.tick(
        tell("a", 1, "Product Viewed", account="ann", category="Lamps"),
        tell("b", 9, "Product Viewed", account="ann", category="Lamps"),
        tell("c", 5, "Product Viewed", account="ann", category="Chairs"),
        tell("d", 5, "Home", account="ann"),
    )

    assert shop.ask(COUNTED) == [
        ("Home", "", 1, 1), ("Product Viewed", "Chairs", 1, 1), ("Product Viewed", "Lamps", 2, 2),
    ]  # fmt: skip
    assert shop.ask("SELECT first_at, last_at FROM fact.day_activity_whole WHERE category = 'Lamps'") == [
        (START + timedelta(minutes=1), START + timedelta(minutes=9))
    ]


def test_an_order_of_two_categories_is_mentioned_in_both_and_counted_once() -> None:
    shop = open_shop()

    shop.tick(
        tell("o", 1, "Order Completed", account="ann", order_id="o1", category="Lamps",
             products=(("p1", "2", "10"), ("p2", "1", "5")))
    )  # fmt: skip
    with shop.warehouse.transaction() as cursor:  # the second line is of another category
        cursor.execute("UPDATE fact.commerce SET category = 'Chairs' WHERE line_number = 1")
        days.rederive(cursor)

    assert shop.ask(COUNTED) == [("Order Completed", "Chairs", 0, 1), ("Order Completed", "Lamps", 1, 1)]
    assert shop.ask("SELECT category, quantity, amount_minor, currency FROM fact.day_activity_whole ORDER BY 1") == [
        ("Chairs", 1, 500, "EUR"), ("Lamps", 2, 2000, "EUR"),
    ]  # fmt: skip


def test_robots_nobody_and_imported_order_lines_are_left_out() -> None:
    shop = open_shop()

    shop.tick(
        tell("r", 1, "Home", browser="b1", robot_reason="agent"),
        tell("n", 1, "Home"),
        tell("l", 1, "Order Line", account="ann", order_id="o1", products=(("p1", "1", "10"),)),
    )

    assert shop.ask(PARTS) == [(0,)]


def test_a_late_event_adds_to_its_own_day() -> None:
    shop = open_shop()
    shop.tick(tell("a", 3 * 1440, "Home", account="ann"))
    assert merged(shop) == 1

    shop.tick(tell("b", 10, "Home", account="ann"), tell("c", 3 * 1440 + 5, "Home", account="ann"))

    assert shop.ask("SELECT day, events FROM fact.day_activity_whole ORDER BY day") == [
        (date(2026, 1, 1), 1), (date(2026, 1, 4), 2),
    ]  # fmt: skip


def test_a_day_is_the_brand_s_own() -> None:
    shop = zoned(open_shop(), shop="Europe/Paris", other="America/New_York")
    at = -30.0  # 23:30 UTC of the last day of 2025

    shop.tick(tell("a", at, "Home", account="ann"), tell("b", at, "Home", account="ann", brand="other"),
              tell("c", at, "Home", account="ann", brand="third"))  # fmt: skip

    assert shop.ask("SELECT brand, day FROM fact.day_activity_whole ORDER BY brand") == [
        ("other", date(2025, 12, 31)), ("shop", date(2026, 1, 1)), ("third", date(2025, 12, 31)),
    ]  # fmt: skip


def test_a_brand_that_moves_counts_its_days_anew_and_leaves_the_others() -> None:
    shop = zoned(open_shop(), shop="Europe/Paris", other="Europe/Paris")
    told = [tell("a", 23 * 60, "Home", account="ann"), tell("b", 23 * 60, "Home", account="ann", brand="other")]
    shop.tick(*told)

    zoned(shop, shop="America/New_York", other="Europe/Paris")

    assert shop.ask("SELECT brand, day FROM fact.day_activity_whole ORDER BY brand") == [
        ("other", date(2026, 1, 2)), ("shop", date(2026, 1, 1)),
    ]  # fmt: skip


def test_the_night_leaves_one_row_a_key_and_the_same_answer() -> None:
    shop = open_shop()
    for minute in range(6):
        shop.tick(tell(f"m{minute}", minute, "Product Viewed", account="ann", category="Lamps"),
                  tell(f"n{minute}", minute, "Home", browser="b1"))  # fmt: skip
    before = hashed(shop)

    assert merged(shop, date(2026, 1, 1)) == 0
    assert merged(shop) == 1

    assert hashed(shop) == before
    assert shop.ask(PARTS) == [(2,)]
    assert merged(shop) == 0


def test_the_view_knows_whose_days_they_are() -> None:
    shop = open_shop()
    shop.tick(tell("a", 1, "Home", browser="b1"), tell("b", 2, "Home", account="ann"),
              profiles={("anonymous", "b1"): "P1", ("account", "ann"): "P1"})  # fmt: skip

    assert shop.ask("SELECT profile_id, sum(events)::INT FROM day_activity GROUP BY ALL") == [("P1", 2)]


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
@given(st.lists(st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1)), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_days_are_those_of_the_calendar_of_the_zone(zone: str, instants: list[datetime]) -> None:
    events = pa.table(
        {
            "brand": pa.chunked_array([["shop"] * len(instants)]),
            "occurred_at": pa.chunked_array([pa.array(instants, pa.timestamp("us"))]),
        }
    )

    found = days.local_days(events, {"shop": zone}).to_pylist()

    assert found == [at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() for at in instants]


@given(st.data())
@settings(max_examples=4, deadline=None, derandomize=True)
def test_any_order_any_ticks_and_any_nights_count_the_same(data: st.DataObject) -> None:
    minutes = st.integers(0, 4 * 1440)
    stream = [
        tell(f"m{number}", data.draw(minutes), data.draw(st.sampled_from(("Home", "Product Viewed"))),
             account=data.draw(st.sampled_from(("ann", "bob"))),
             category=data.draw(st.sampled_from(("Lamps", "Chairs", None))))
        for number in range(data.draw(st.integers(1, 12)))
    ]  # fmt: skip
    expected: Counter[tuple[int, date, str, str]] = Counter()
    for one in stream:
        expected[one.node_id, one.at.date(), one.name, one.more["category"] or ""] += 1

    shop = open_shop()
    for one in data.draw(st.permutations(stream)):
        shop.tick(moved(one))
        if data.draw(st.integers(0, 5)) == 0:
            merged(shop, date(2026, 1, data.draw(st.integers(1, 6))))
    counted = shop.ask("SELECT node_id, day, name, category, events FROM fact.day_activity_whole")

    assert {row[:4]: row[4] for row in counted} == dict(expected)
    before = hashed(shop)
    with shop.warehouse.transaction() as cursor:
        derive.rederive_all(cursor)
    assert hashed(shop) == before
    shop.warehouse.close()


def test_a_node_keeps_its_days_when_people_are_joined() -> None:
    shop = open_shop()
    shop.tick(tell("a", 1, "Home", browser="b1"), profiles={("anonymous", "b1"): "P1"})

    shop.tick(profiles={("anonymous", "b1"): "P2"})

    assert shop.ask("SELECT node_id, profile_id FROM day_activity") == [(node_of("anonymous", "b1"), "P2")]
