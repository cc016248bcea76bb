"""Haste: who turns pages faster than anybody reads is a robot, tick by tick, and after a restart too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect.batch import Event
from comptoir.collect.pace import Pace
from comptoir.collect.stages import stages
from comptoir.model.event import Trust, Type

from .lines import NOON, SECOND, event, world

MOST = 5


def look(at: int, *, browser: int = 1, **fields: object) -> Event:
    """Make a look at a page, by its second after noon."""
    one = event(**({"type": Type.PAGE.value, "name": ""} | fields))
    one.browser_node, one.occurred_at = browser, NOON + at * SECOND
    return one


def tick(pace: Pace, batch: list[Event]) -> list[Event]:
    """Judge a tick and keep it; give those marked."""
    pace.begin()
    pace.judge(batch)
    pace.remember()
    return [one for one in batch if one.robot_reason]


def test_looks_beyond_what_a_person_takes_are_marked_with_the_reason() -> None:
    batch = [look(at) for at in range(7)]

    hasty = tick(Pace(MOST), batch)

    assert hasty == batch[5:]
    assert hasty[0].robot_reason == "more than 5 pages in a minute"


def test_the_count_goes_on_from_tick_to_tick_and_starts_again_with_the_minute() -> None:
    pace = Pace(MOST)

    assert not tick(pace, [look(at) for at in range(4)])
    assert len(tick(pace, [look(at) for at in range(10, 14)])) == 3
    assert not tick(pace, [look(60 + at) for at in range(5)])


@pytest.mark.parametrize(
    "fields", [{"trust": Trust.CONFIRMED.value}, {"historical": True}, {"type": "track", "name": "Product Added"}]
)
def test_servers_imports_and_what_is_no_look_are_nobodys_haste(fields: dict[str, Any]) -> None:
    assert not tick(Pace(MOST), [look(0, **fields) for _ in range(20)])


def test_what_a_phone_sends_after_a_day_offline_is_no_haste() -> None:
    assert not tick(Pace(MOST), [look(at * 30) for at in range(60)])


def test_old_minutes_are_forgotten() -> None:
    pace = Pace(MOST)
    for minute in range(50):
        tick(pace, [look(minute * 60, browser=minute)])

    assert len(pace.counts) == 2


@given(st.lists(st.tuples(st.integers(0, 119), st.integers(1, 2)), max_size=60), st.integers(0, 60))
def test_a_cut_into_ticks_changes_no_verdict(looks: list[tuple[int, int]], cut: int) -> None:
    looks = sorted(looks)
    whole = [look(at, browser=browser) for at, browser in looks]
    parts = [look(at, browser=browser) for at, browser in looks]
    pace = Pace(MOST)

    tick(Pace(MOST), whole)
    pace.begin()
    pace.judge(parts[:cut])
    for one in parts[:cut]:
        one.robot_reason = None  # the tick fails, and is worked again
    tick(pace, parts[:cut])
    tick(pace, parts[cut:])

    assert [one.robot_reason for one in parts] == [one.robot_reason for one in whole]


def test_zero_judges_nobody() -> None:
    around = world()
    with_pace, without = replace(around, pace=Pace(0)), around

    assert [one.__name__ for one in stages(with_pace)] == [one.__name__ for one in stages(without)]
