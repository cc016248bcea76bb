"""What nobody means: definitions beyond all measure are refused, and what visitors send stops no tick."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from comptoir.segments import parse
from comptoir.segments.follow import Live
from comptoir.segments.parse import BadSegment
from tests.unit.segments.history import History, definition, history, question_of

HUGE = 10**30


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[History]:
    made = history(tmp_path)
    yield made
    made.warehouse.close()


@pytest.mark.parametrize(
    "condition",
    [
        {"did": {"event": "X", "at_least": HUGE}},
        {"did": {"event": "X", "measure": "sum", "of": "price", "at_least": HUGE}},
        {"did": {"event": "X", "where": {"price": {"at_most": -HUGE}}}},
        {"ordered": {"measure": "revenue", "at_least": HUGE}},
        {"loyalty": {"at_least": HUGE}},
        {"loyalty": {"expiring": 1, "within": "9999999 days"}},
        {"stage": {"is": "lost", "for_at_least": "9999999 days"}},
        {"stage": {"is": "lost", "for_at_least": "9 days", "for_at_most": "3 days"}},
        {"stage": {"is": []}},
        {"language": {"is": []}},
        {"visit": {"device": []}},
        {"trait": {"name": "points", "at_least": HUGE}},
    ],
)
def test_a_condition_that_no_warehouse_can_answer_is_refused_with_its_place(condition: dict[str, Any]) -> None:
    with pytest.raises(BadSegment) as caught:
        parse.of_values({"version": 1, "key": "one", "name": "One", "if": {"all": [condition]}})

    assert "if.all[1]" in str(caught.value.facts["where"])


def test_a_key_that_is_a_long_number_is_compared_as_a_text(shop: History) -> None:
    key = "4" * 40
    shop.did(1, "X", shop.now, said={"key": key})
    shop.did(2, "X", shop.now, said={"key": "5"})
    live = Live.of("one", question_of(definition("one", f"did: {{event: X, within: 2 days, where: {{key: '{key}'}}}}"),
                                      shop.around))  # fmt: skip
    shop.tick([live])

    assert shop.members("one") == {"p1"}


@pytest.mark.parametrize("measure", ["sum", "average"])
def test_numbers_that_a_visitor_sends_by_malice_stop_no_tick(shop: History, measure: str) -> None:
    text = definition("spent", f"did: {{event: X, measure: {measure}, of: price, at_least: 5, within: 3 days}}")
    live = Live.of("spent", question_of(text, shop.around))
    shop.tick([live])
    for price in (9.9e28, 9.9e28, -9.9e28, "9" * 400, 1e308, "NaN"):
        shop.did(1, "X", shop.now, said={"price": price})
    shop.did(2, "X", shop.now, said={"price": 7})
    shop.tick([live])

    assert shop.members("spent") == shop.asked(live.question) == {"p2"}


@pytest.mark.parametrize("said", ["5881580-07-10", "290308-12-22 (BC)", "infinity", "0000-01-01"])
def test_a_birthday_beyond_calendars_is_none_and_stops_no_tick(shop: History, said: str) -> None:
    text = definition("soon", "trait: {name: birthday, anniversary_within: 366 days}")
    live = Live.of("soon", question_of(text, shop.around))
    shop.tick([live])
    shop.stated(1, {"birthday": said}, shop.now)
    shop.stated(2, {"birthday": "1990-03-30"}, shop.now)
    shop.now += timedelta(days=1)  # birthdays are asked for when a day begins
    shop.tick([live])

    assert shop.members("soon") == shop.asked(live.question) == {"p2"}
