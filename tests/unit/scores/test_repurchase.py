from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from comptoir.scores.repurchase import survival, waits


def test_a_wait_ends_with_the_next_purchase_of_the_category_or_goes_on() -> None:
    category = np.array([0, 0, 1, 0, 0, 1])
    customer = np.array([7, 7, 7, 8, 7, 7])
    day = np.array([10, 25, 12, 20, 25, 40])

    found = waits(category, customer, day, until=50)

    columns = (part.tolist() for part in (found.category, found.customer, found.days, found.came))
    assert list(zip(*columns, strict=True)) == [
        (0, 7, 15, True),
        (0, 7, 25, False),
        (0, 8, 30, False),
        (1, 7, 28, True),
        (1, 7, 10, False),
    ]


def test_what_comes_after_the_last_day_is_not_known() -> None:
    found = waits(np.zeros(2, dtype=int), np.zeros(2, dtype=int), np.array([1, 9]), until=5)

    assert found.days.tolist() == [4]
    assert found.came.tolist() == [False]


def test_the_curve_is_that_of_the_textbook() -> None:
    """Freireich (1963), 6-MP: the example of Kaplan-Meier in Kalbfleisch and Prentice, and in Cox and Oakes."""
    weeks = np.array([6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
    came = np.array([True] * 9 + [False] * 12)

    curve = survival(weeks, came)

    assert curve.day.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert_allclose(curve.waiting, [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], atol=5e-4)
    # 95 % on log(-log S) at week 6 and 23, as R's survfit(conf.type = "log-log") prints
    assert_allclose([curve.low[0], curve.high[0]], [0.620, 0.952], atol=1e-3)
    assert_allclose([curve.low[-1], curve.high[-1]], [0.188, 0.680], atol=1e-3)
    assert curve.day_of(0.5) == 23
    assert curve.day_of(0.75) is None
    assert_allclose(curve.again_by(10), 1 - 0.753, atol=5e-4)
    assert curve.again_by(5) == 0.0


@given(days=st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=50))
def test_a_curve_only_falls_and_without_waits_that_go_on_it_is_the_plain_share(days: list[tuple[int, bool]]) -> None:
    length, came = (np.array(part) for part in zip(*days, strict=True))

    curve, plain = survival(length, came), survival(length, np.ones_like(came))

    assert np.all(np.diff(curve.waiting) < 0)
    assert np.all((curve.waiting >= 0) & (curve.waiting < 1))
    inside = curve.waiting > 0
    assert np.all(curve.low[inside] <= curve.waiting[inside])
    assert np.all(curve.high[inside] >= curve.waiting[inside])
    assert_allclose(plain.waiting, [(length > day).mean() for day in plain.day], atol=1e-12)


def test_counting_who_waits_as_never_or_as_now_would_be_wrong_and_the_curve_is_between() -> None:
    rng = np.random.default_rng(11)
    truth = rng.exponential(100.0, 4_000)
    seen = rng.uniform(0.0, 200.0, 4_000)
    days, came = np.minimum(truth, seen).astype(int), truth <= seen

    middle = survival(days, came).day_of(0.5)

    assert middle is not None
    assert abs(middle - 100 * np.log(2)) < 6
    assert np.median(days[came]) < middle - 15
