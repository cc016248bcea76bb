from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.reports.compare import Arm, Difference, difference, quantile_of_t, sample_ratio

T_95 = ((5, 2.5706), (10, 2.2281), (30, 2.0423), (100, 1.9840), (1_000, 1.9623))
"""Two-sided 95 % points of Student's t: Fisher and Yates, Statistical Tables, table III."""


def arm(spent: list[int]) -> Arm:
    return Arm(people=len(spent), total=sum(spent), squares=sum(one * one for one in spent))


@pytest.mark.parametrize(("freedom", "point"), T_95)
def test_the_quantile_of_t_is_the_tables(freedom: int, point: float) -> None:
    assert quantile_of_t(0.975, freedom) == pytest.approx(point, abs=5e-4)


def test_welch_gives_the_known_answer() -> None:
    """By hand: variances 720/19 and 500/19, so 36.8 degrees of freedom and a point of 2.0266."""
    treated, control = arm([9, 21] * 10), arm([7, 17] * 10)

    found = difference(treated, control)

    assert found is not None
    error = math.sqrt(treated.variance / 20 + control.variance / 20)
    assert found.a_person == 3
    assert (found.high - found.low) / 2 / error == pytest.approx(2.0266, abs=5e-4)
    assert found.total == 60


def test_too_few_people_say_nothing() -> None:
    assert difference(arm([1] * 19), arm([0] * 500)) is None
    assert difference(arm([1] * 20), arm([0] * 20)) is not None


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    draw = random.Random(20261122)
    held = 0
    for _ in range(2_000):
        treated = [draw.randrange(2_000, 9_000) if draw.random() < 0.3 else 0 for _ in range(300)]
        control = [draw.randrange(2_000, 9_000) if draw.random() < 0.3 else 0 for _ in range(60)]
        found = difference(arm(treated), arm(control))
        assert isinstance(found, Difference)
        held += found.low <= 0 <= found.high
    assert 0.935 <= held / 2_000 <= 0.965


@given(st.lists(st.integers(-(10**9), 10**9), min_size=20, max_size=60))
def test_the_same_money_in_both_arms_is_no_difference(spent: list[int]) -> None:
    found = difference(arm(spent), arm(spent))

    assert found is not None
    assert found.a_person == 0
    assert found.low <= 0 <= found.high
    assert not found.is_clear


def test_arms_as_asked_for_raise_no_alarm_and_lopsided_ones_do() -> None:
    fair = sample_ratio(900, 100, 100.0)
    lopsided = sample_ratio(930, 70, 100.0)

    assert fair == pytest.approx(1.0)
    assert lopsided is not None
    assert lopsided == pytest.approx(0.00157, abs=1e-5)  # chi-square 10.0, one degree of freedom
    assert sample_ratio(10, 1, 1.1) is None
