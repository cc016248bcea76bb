from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from comptoir.segments.around import around_of, rhythms
from comptoir.segments.asked import Rhythm
from comptoir.segments.follow import Live
from tests.unit.segments.history import History, days, definition, history, question_of

AT_ONCE = {"due": "due: Coffee", "early": "due: {category: Coffee, when: early}",
           "late": "due: {category: Coffee, when: late}"}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[History]:
    made = history(tmp_path)
    yield made
    made.warehouse.close()


def live(shop: History) -> list[Live]:
    return [Live.of(key, question_of(definition(key, said), shop.around)) for key, said in AT_ONCE.items()]


def test_time_alone_makes_somebody_due_and_then_late_and_an_order_begins_anew(shop: History) -> None:
    shop.ordered(1, 1, shop.now, 1000)
    stood = []
    for _ in range(7):
        shop.tick(live(shop))
        stood.append([key for key in AT_ONCE if shop.members(key) == {"p1"}])
        shop.now += timedelta(days=1)
    shop.ordered(1, 3, shop.now, 1000)
    shop.tick(live(shop))

    assert stood == [["early"]] * 2 + [["due"]] * 3 + [["late"]] * 2
    assert shop.members("early") == {"p1"}
    assert shop.members("late") == set()


def test_what_was_given_back_or_is_of_another_category_was_not_bought(shop: History) -> None:
    shop.ordered(1, 1, shop.now - days(3), 1000, "refunded")
    shop.ordered(2, 2, shop.now - days(3), 1000)  # shoes
    shop.ordered(3, 3, shop.now - days(3), 1000)
    shop.tick(live(shop))

    assert shop.members("due") == {"p3"}


def test_a_line_without_a_category_is_of_its_products(shop: History) -> None:
    shop.ordered(1, 1, shop.now - days(3), 1000)
    shop.rows.append(("UPDATE fact.order_lines SET category = NULL, product_id = 'beans'", []))
    shop.rows.append((
        ("INSERT INTO fact.products (brand, product_id, variant_id, category, updated_at, message_id)"
        " VALUES ('m', 'beans', '', 'Coffee', now()::TIMESTAMP, 'x')"), [],
    ))  # fmt: skip
    shop.tick(live(shop))

    assert shop.members("due") == {"p1"}


def test_who_is_due_below_a_category_is_due_in_it_and_other_rhythms_ask_everybody_anew(shop: History) -> None:
    shop.around = replace(shop.around, below={"Drinks": frozenset({"Drinks", "Coffee"})})
    shop.ordered(1, 1, shop.now - days(3), 1000)
    text = definition("drinks", "due: Drinks")
    shop.tick([Live.of("drinks", question_of(text, shop.around))])
    found = [shop.members("drinks")]
    shop.around = replace(shop.around, rhythms={"m": {"Coffee": Rhythm(10, None)}})
    shop.tick([Live.of("drinks", question_of(text, shop.around))])
    found.append(shop.members("drinks"))
    shop.now += timedelta(days=400)
    shop.tick([Live.of("drinks", question_of(text, shop.around))])
    found.append(shop.members("drinks"))

    assert found == [{"p1"}, set(), {"p1"}]  # of a category without a last day, nobody is ever late


def test_of_a_category_without_a_rhythm_nobody_is_due_or_late(shop: History) -> None:
    shop.around = replace(shop.around, rhythms={})
    shop.ordered(1, 1, shop.now - days(3), 1000)
    shop.tick(live(shop))

    assert not any(shop.members(key) for key in AT_ONCE)


def test_rhythms_are_read_from_the_last_run_that_was_done(shop: History) -> None:
    def report(early: int) -> str:
        said = {"category": "Coffee", "quarter_days": early, "half_days": 30, "three_quarters_days": None}
        return msgspec.json.encode({"categories": [said]}).decode()

    with shop.warehouse.transaction() as cursor:
        for run_id, state, early in ((1, "done", 10), (2, "done", 20), (3, "failed", 30)):
            cursor.execute(
                "INSERT INTO fact.score_runs VALUES (?, 'repurchase', 'm', now(), now(), ?, 1, 0, ?)",
                [run_id, state, report(early)],
            )
        found = around_of(cursor, zones={}, currencies={}).rhythms

    assert found == {"m": {"Coffee": Rhythm(20, None)}}
    assert rhythms("{}") == {}
