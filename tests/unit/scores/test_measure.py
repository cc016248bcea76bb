from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from comptoir.scores import calibrate, measure
from comptoir.scores.base import Flags, Floats

SHARES = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=4, max_size=60).filter(
    lambda pairs: len({came for _, came in pairs}) == 2
)


def parts(pairs: list[tuple[int, bool]]) -> tuple[Floats, Flags]:
    return np.array([said / 20 for said, _ in pairs]), np.array([came for _, came in pairs])


@given(pairs=SHARES)
def test_the_area_is_the_share_of_pairs_in_the_right_order_and_a_tie_is_half(pairs: list[tuple[int, bool]]) -> None:
    said, came = parts(pairs)

    right = [
        1.0 if yes > no else 0.5 if yes == no else 0.0 for yes in said[came].tolist() for no in said[~came].tolist()
    ]

    assert_allclose(measure.auc(said, came), np.mean(right))


def test_the_standard_error_is_that_of_the_paper() -> None:
    # Hanley and McNeil (1982), table I: 58 normal and 51 abnormal images, area 0.893, standard error 0.032
    assert measure._auc_error(0.893, 51, 58) == pytest.approx(0.032, abs=1e-3)


@given(pairs=SHARES)
def test_all_of_the_people_are_in_one_band_each_and_their_means_are_those_of_all(pairs: list[tuple[int, bool]]) -> None:
    said, came = parts(pairs)

    quality = measure.judge(said, came)

    assert sum(band.people for band in quality.bands) == len(pairs)
    assert_allclose(sum(band.people * band.came for band in quality.bands), came.sum())
    assert_allclose(sum(band.people * band.said for band in quality.bands), said.sum())


def test_saying_the_mean_of_all_has_no_skill_and_no_lift() -> None:
    came = np.arange(100) % 4 == 0

    quality = measure.judge(np.full(100, 0.25), came)

    assert quality.skill == pytest.approx(0.0)
    assert quality.auc == 0.5
    assert quality.lift == pytest.approx(1.0)
    assert len(quality.bands) == 1


def test_the_first_tenth_holds_as_many_times_as_many_as_the_lift_says() -> None:
    came = np.zeros(100, dtype=bool)
    came[:20] = True
    said = np.linspace(1, 0, 100)

    assert measure.judge(said, came).lift == pytest.approx(5.0)


@given(pairs=SHARES)
def test_a_calibrated_curve_only_rises_and_is_never_certain(pairs: list[tuple[int, bool]]) -> None:
    said, came = parts(pairs)
    grid = np.linspace(-1, 2, 50)

    for curve in (calibrate.steps(said, came), calibrate.sigmoid(said, came)):
        told = curve.of(grid)
        assert np.all(np.diff(told) >= -1e-12)
        assert np.all((told > 0) & (told < 1))


@pytest.mark.parametrize("shape", [calibrate.steps, calibrate.sigmoid])
def test_what_a_curve_says_comes_true_as_often(shape: object) -> None:
    draw = np.random.default_rng(5)
    said = draw.normal(size=40_000)
    # overconfident: what is said doubles the true logarithm of the odds
    came = draw.uniform(size=40_000) < 1 / (1 + np.exp(-(said / 2 - 1)))

    curve = shape(said[:20_000], came[:20_000])  # type: ignore[operator]

    quality = measure.judge(curve.of(said[20_000:]), came[20_000:])
    for band in quality.bands:
        # four standard errors of a share among 2,000 people
        assert abs(band.said - band.came) < 4 * np.sqrt(band.said * (1 - band.said) / band.people)


def test_few_cases_get_the_curve_of_two_numbers() -> None:
    draw = np.random.default_rng(1)
    said, came = draw.normal(size=500), draw.uniform(size=500) < 0.3

    assert_allclose(calibrate.fit(said, came).true, calibrate.sigmoid(said, came).true)
