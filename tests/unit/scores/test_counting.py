from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import beta as beta_function
from scipy.special import gammaln, hyp2f1

from comptoir.scores import counting
from comptoir.scores.base import Floats, Integers
from comptoir.scores.counting import BG_NBD, MBG_NBD, MODELS, PARETO_NBD, CountModel
from comptoir.scores.history import Cells, cells_of

CDNOW = {
    "BG/NBD": np.array([0.243, 4.414, 0.793, 2.426]),
    "Pareto/NBD": np.array([0.553, 10.578, 0.606, 11.669]),
    "MBG/NBD": np.array([0.525, 6.183, 0.891, 1.614]),
}

parameter = st.floats(0.05, 20.0)
parameters = st.tuples(parameter, parameter, parameter, parameter).map(np.array)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Integers, Integers, Integers]:
    size = draw(st.integers(1, 12))
    age = draw(st.lists(st.integers(0, 900), min_size=size, max_size=size))
    recency = [draw(st.integers(0, one)) for one in age]
    # who bought again did so on another day, so at most once a day
    frequency = [draw(st.integers(1, min(one, 60))) if one else 0 for one in recency]
    return np.array(frequency), np.array(recency), np.array(age)


def one(frequency: int, recency: int, age: int) -> Cells:
    return cells_of(*(np.array([part], dtype=np.int64) for part in (frequency, recency, age)))


def said(values: Floats, cells: Cells) -> Floats:
    return values[cells.cell_of]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@given(histories=histories(), parameters=parameters)
def test_the_likelihood_of_cells_is_that_of_their_rows(
    model: CountModel, histories: tuple[Integers, Integers, Integers], parameters: Floats
) -> None:
    doubled = [np.concatenate([part, part]) for part in histories]
    cells = cells_of(*doubled)

    together = model.log_likelihood(parameters, cells) @ cells.weight
    row_by_row = sum(
        2 * float(model.log_likelihood(parameters, one(*row))[0])
        for row in zip(*(part.tolist() for part in histories), strict=True)
    )

    assert_allclose(together, row_by_row, rtol=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@given(histories=histories(), parameters=parameters)
def test_who_is_there_is_a_probability_and_silence_makes_it_less(
    model: CountModel, histories: tuple[Integers, Integers, Integers], parameters: Floats
) -> None:
    frequency, recency, age = histories
    now = cells_of(frequency, recency, age)
    later = cells_of(frequency, recency, age + 70)

    alive, still = said(model.alive(parameters, now), now), said(model.alive(parameters, later), later)

    assert np.all((alive >= 0) & (alive <= 1))
    assert np.all(still <= alive + 1e-9)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@given(histories=histories(), parameters=parameters, weeks=st.floats(0.1, 100.0), more=st.floats(0.1, 100.0))
def test_more_is_expected_of_a_longer_time_and_nothing_of_none(
    model: CountModel, histories: tuple[Integers, Integers, Integers], parameters: Floats, weeks: float, more: float
) -> None:
    cells = cells_of(*histories)

    none, some, longer = (model.expected(parameters, cells, one) for one in (0.0, weeks, weeks + more))

    assert_allclose(none, 0.0, atol=1e-12)
    assert np.all(some >= 0)
    assert np.all(longer >= some * (1 - 1e-9))
    assert np.all(np.isfinite(longer))


def test_the_expectation_is_that_of_the_paper_where_its_formula_can_be_worked_out() -> None:
    r, alpha, a, b = CDNOW["BG/NBD"]
    x, t_x, age, weeks = 2, 30.43, 38.86, 39.0
    z = weeks / (alpha + age + weeks)
    top = 1 - ((alpha + age) / (alpha + age + weeks)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    bottom = 1 + a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x)

    here = cells_of(*(np.array([n]) for n in (x, round(t_x * 7), round(age * 7))))
    expected = BG_NBD.expected(CDNOW["BG/NBD"], here, weeks)

    assert_allclose(expected, (a + b + x - 1) / (a - 1) * top / bottom, rtol=1e-4)
    # "1.226", Fader, Hardie, Lee (2005), section 4.3
    assert_allclose(expected, 1.226, atol=5e-4)


def pareto_by_quadrature(parameters: Floats, x: int, t_x: float, age: float) -> float:
    r, alpha, s, beta = parameters
    gone, _ = quad(lambda y: s * (alpha + y) ** -(r + x) * (beta + y) ** -(s + 1), t_x, age, epsabs=0, epsrel=1e-11)
    there = (alpha + age) ** -(r + x) * (beta + age) ** -s
    constant = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return float(constant + np.log(there + gone))


@given(x=st.integers(0, 8), split=st.floats(0.0, 0.95), age=st.integers(7, 700), parameters=parameters)
@settings(deadline=None)
def test_paretos_likelihood_is_the_integral_over_when_they_left(
    x: int, split: float, age: int, parameters: Floats
) -> None:
    recency = max(1, int(split * age)) if x else 0

    worked_out = PARETO_NBD.log_likelihood(parameters, one(x, recency, age))

    assert_allclose(worked_out, pareto_by_quadrature(parameters, x, recency / 7, age / 7), rtol=1e-7, atol=1e-7)


def test_a_very_frequent_customer_overflows_nothing() -> None:
    for model in MODELS:
        busy = one(3_000, 3_500, 3_600)

        assert np.isfinite(model.log_likelihood(CDNOW[model.name], busy)).all()
        assert 0 <= model.alive(CDNOW[model.name], busy)[0] <= 1
        assert 0 < model.expected(CDNOW[model.name], busy, 52.0)[0] < 52 * 7


def test_only_in_the_modified_model_somebody_who_bought_once_may_be_gone() -> None:
    once = one(0, 0, 270)

    assert BG_NBD.alive(CDNOW["BG/NBD"], once)[0] == 1.0
    assert MBG_NBD.alive(CDNOW["MBG/NBD"], once)[0] < 0.7


@given(first=st.floats(0.02, 50.0), second=st.floats(0.02, 500.0))
def test_the_quadrature_knows_the_moments_of_a_beta(first: float, second: float) -> None:
    points, share = counting.beta_nodes(first, second)

    for power in (1, 2, 5):
        exact = np.exp(np.log(beta_function(first + power, second)) - np.log(beta_function(first, second)))
        assert_allclose(points**power @ share, exact, rtol=1e-8, atol=1e-14)


def test_half_of_those_who_stay_have_bought_by_the_median_wait() -> None:
    r, alpha = CDNOW["BG/NBD"][:2]
    wait = float(counting.median_wait(CDNOW["BG/NBD"], one(3, 200, 270))[0])
    drawn = np.random.default_rng(5).gamma(r + 3, 1 / (alpha + 270 / 7), 200_000)

    assert_allclose(np.exp(-drawn * wait).mean(), 0.5, atol=0.005)
