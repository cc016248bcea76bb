from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from comptoir.model.scenario import Facts, Go, Stay, WorldFacts
from tests.contract.test_step import made

MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def facts(best_hour: int | None, *, now: datetime = MONDAY) -> Facts:
    return Facts(
        now=now, entered_at=MONDAY, arrived_at=MONDAY, last_action_at=MONDAY, zone="Asia/Tokyo",
        brand_zone="Europe/Paris", world=WorldFacts(best_hour=best_hour),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "best_hour", "expected"),
    [
        ("{best_hour: true}", 20, "2026-03-02T19:00:00+00:00"),  # 20:00 where the shop's clocks hang
        ("{best_hour: true}", 0, "2026-03-02T23:00:00+00:00"),
        ("{for: 1 day, best_hour: true, on: [friday]}", 7, "2026-03-06T06:00:00+00:00"),
        ("{best_hour: true}", None, "2026-03-03T01:00:00+00:00"),  # ten o'clock where the person lives
        ("{best_hour: true, until: '18:30'}", None, "2026-03-02T09:30:00+00:00"),
        ("{until: '18:30'}", 20, "2026-03-02T09:30:00+00:00"),
    ],
)
def test_a_wait_ends_at_the_hour_at_which_the_person_answers_best_or_at_the_one_it_names(
    text: str, best_hour: int | None, expected: str
) -> None:
    step = made("wait", text)
    until = datetime.fromisoformat(expected)

    assert step.decide(facts(best_hour)) == Stay(until)
    assert step.decide(facts(best_hour, now=until)) == Go()


def test_a_wait_that_is_over_at_another_hour_since_the_scores_changed_is_kept_until_then() -> None:
    step = made("wait", "{best_hour: true}")

    assert step.decide(facts(20)) == Stay(MONDAY + timedelta(hours=12))
    assert step.decide(facts(22, now=MONDAY + timedelta(hours=12))) == Stay(MONDAY + timedelta(hours=14))
    assert step.decide(facts(9, now=MONDAY + timedelta(hours=12))) == Go()


def test_only_a_wait_for_the_best_hour_asks_for_it() -> None:
    assert made("wait", "{best_hour: true}").needs == {"person", "best_hour"}
    assert made("wait", "{until: '09:00'}").needs == {"person"}
    assert made("wait", "{for: 1 day}").needs == frozenset()
