from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose

from comptoir.scores import lifetime, spending
from comptoir.scores.base import MILLIONTHS, Flags, Floats, NotEnoughHistory
from comptoir.scores.counting import BG_NBD, MBG_NBD, PARETO_NBD, CountModel
from comptoir.scores.fit import Fit
from comptoir.scores.history import Purchases, Summary, a_day_each, gather, summarize, thinned

DAYS = 7 * 104
CUSTOMERS = 3_000

Stays = Callable[[int, Floats], Flags]
"""Says which of a customer's purchases, days after their first, they are still there for."""


def shoppers(draw: np.random.Generator, stays: Stays) -> Purchases:
    """Customers who begin in the first quarter, buy at random at their own rate, and stay as `stays` says."""
    begin = draw.uniform(0, 90, CUSTOMERS)
    rate = draw.gamma(0.8, 1 / 9.0, CUSTOMERS)
    customer, day = [], []
    for one in range(CUSTOMERS):
        count = draw.poisson(rate[one] * (DAYS - begin[one]) / 7)
        later = np.sort(draw.uniform(begin[one], DAYS, count))
        kept = np.concatenate([[begin[one]], later[stays(one, later - begin[one])]])
        customer += [one] * len(kept)
        day += kept.astype(int).tolist()
    return Purchases(customer=np.array(customer), day=np.array(day))


def geometric(draw: np.random.Generator, *, at_once: bool) -> Stays:
    chance = draw.beta(0.9, 2.5, CUSTOMERS)

    def stay(one: int, later: Floats) -> Flags:
        last = draw.geometric(chance[one]) - (1 if at_once else 0)
        return np.asarray(np.arange(len(later)) < last)

    return stay


def at_any_moment(draw: np.random.Generator) -> Stays:
    stays = draw.exponential(1 / draw.gamma(0.9, 1 / 20.0, CUSTOMERS)) * 7
    return lambda one, later: np.asarray(later < stays[one])


WORLDS: dict[str, tuple[CountModel, Callable[[np.random.Generator], Stays], Floats]] = {
    "BG/NBD": (BG_NBD, lambda draw: geometric(draw, at_once=False), np.array([0.8, 9.0, 0.9, 2.5])),
    "MBG/NBD": (MBG_NBD, lambda draw: geometric(draw, at_once=True), np.array([0.8, 9.0, 0.9, 2.5])),
    "Pareto/NBD": (PARETO_NBD, at_any_moment, np.array([0.8, 9.0, 0.9, 20.0])),
}


@pytest.mark.parametrize("world", WORLDS)
def test_invented_customers_give_back_what_they_were_invented_with(world: str) -> None:
    model, leaves, truth = WORLDS[world]
    draw = np.random.default_rng(20261122)
    summary = summarize(a_day_each(shoppers(draw, leaves(draw))), until=DAYS)

    found = lifetime.fit_model(model, gather(summary))

    assert found.covariance is not None
    # four standard errors, in logarithms: one draw of each world, and days for instants
    errors = np.sqrt(np.diag(found.covariance))
    assert np.all(np.abs(np.log(found.parameters / truth)) < 4 * errors), (found.parameters, truth)
    assert np.all(errors < 0.5)


def test_customers_thinned_to_start_from_end_at_the_same_fit() -> None:
    draw = np.random.default_rng(3)
    summary = summarize(a_day_each(shoppers(draw, geometric(draw, at_once=False))), until=DAYS)
    cells = gather(summary)

    whole = lifetime.fit_model(BG_NBD, cells)
    by_few = lifetime.fit_model(BG_NBD, cells, [gather(thinned(summary, most)) for most in (300, 1_000)])

    assert_allclose(by_few.parameters, whole.parameters, rtol=1e-4)


def test_the_forecast_is_near_what_comes_and_its_interval_holds_it() -> None:
    draw = np.random.default_rng(17)
    bought = shoppers(draw, geometric(draw, at_once=False))

    found = lifetime.forecast(bought, last_day=DAYS, holdout_from=DAYS // 2)

    assert found.chosen.holdout is not None
    assert found.chosen.holdout.rmse == min(one.holdout.rmse for one in found.models if one.holdout)
    assert_allclose(found.chosen.holdout.predicted, found.chosen.holdout.actual, rtol=0.08)
    assert_allclose(found.predictions.expected.sum(), found.chosen.holdout.predicted)
    low, high = found.predictions.total
    assert low < found.predictions.expected.sum() < high
    assert np.all(found.predictions.low <= found.predictions.expected)
    assert np.all(found.predictions.high >= found.predictions.expected)
    assert found.horizon_days == DAYS - DAYS // 2 + 1
    assert found.spend is None
    assert found.cautions == ()


def test_without_a_day_of_holdout_the_last_quarter_decides_and_a_year_is_foretold_from_all() -> None:
    draw = np.random.default_rng(17)
    bought = shoppers(draw, geometric(draw, at_once=False))

    found = lifetime.forecast(bought, last_day=DAYS)

    assert found.tested_from == DAYS - DAYS // 4
    assert found.until == DAYS
    assert found.horizon_days == 365
    assert all(one.holdout for one in found.models)
    assert len(found.summary) == CUSTOMERS


def test_what_was_bought_after_the_cut_does_not_change_the_fit() -> None:
    draw = np.random.default_rng(8)
    bought = shoppers(draw, at_any_moment(draw))
    paid = Purchases(customer=bought.customer, day=bought.day, amount=np.full(len(bought), 20 * MILLIONTHS))
    late = np.array([0, 1, 2])
    changed = Purchases(
        customer=np.concatenate([paid.customer, late]),
        day=np.concatenate([paid.day, late + 400]),
        amount=np.concatenate([np.full(len(bought), 20 * MILLIONTHS), -late * MILLIONTHS * 30]),
    )

    plain, other = (lifetime.forecast(one, last_day=DAYS, holdout_from=380) for one in (paid, changed))

    for before, after in zip(plain.models, other.models, strict=True):
        assert before.fit.parameters.tolist() == after.fit.parameters.tolist()
    assert plain.predictions.expected.tolist() == other.predictions.expected.tolist()


def test_spend_gives_back_its_parameters_and_leans_to_the_mean() -> None:
    draw = np.random.default_rng(4)
    p, q, gamma = 6.0, 4.0, 16.0
    orders = draw.integers(0, 8, 6_000)
    nu = draw.gamma(q, 1 / gamma, 6_000)
    spent = np.array([draw.gamma(p, 1 / one, many).sum() for one, many in zip(nu, orders, strict=True)])
    zero = np.zeros(6_000, dtype=np.int64)
    summary = Summary(
        customer=np.arange(6_000), frequency=orders, recency=zero, age=zero, spent=(spent * MILLIONTHS).astype(np.int64)
    )

    found = spending.fit_spend(summary)

    assert found.fit.covariance is not None
    errors = np.sqrt(np.diag(found.fit.covariance))
    assert np.all(np.abs(np.log(found.fit.parameters / [p, q, gamma])) < 4 * errors)
    each = found.expected(summary)
    mean = found.mean_of_all()
    assert_allclose(mean, p * gamma / (q - 1), rtol=0.05)
    assert_allclose(each[orders == 0], mean)
    many = orders > 0
    observed = spent[many] / orders[many]
    assert np.all(np.sign(each[many] - mean) * np.sign(observed - mean) >= 0)
    assert np.all(np.abs(each[many] - mean) <= np.abs(observed - mean) + 1e-6)


@pytest.mark.parametrize(
    ("customers", "visits", "gap", "needs"),
    [
        (1, 5, 20, "20 customers"),
        (40, 1, 20, "10 customers who bought on more than one day"),
        (40, 3, 2, "28 days since the first purchase"),
    ],
)
def test_too_little_history_says_what_is_needed(customers: int, visits: int, gap: int, needs: str) -> None:
    customer = np.repeat(np.arange(customers), visits)
    day = np.tile(np.arange(visits) * gap, customers)

    with pytest.raises(NotEnoughHistory, match=needs):
        lifetime.forecast(Purchases(customer=customer, day=day), last_day=200, holdout_from=visits * gap)


def test_a_holdout_after_the_last_day_holds_nothing() -> None:
    with pytest.raises(NotEnoughHistory, match="holdout"):
        lifetime.forecast(Purchases(customer=np.arange(3), day=np.arange(3)), last_day=2, holdout_from=3)


def test_customers_who_are_all_alike_leave_the_likelihood_flat_and_that_is_said() -> None:
    customer = np.repeat(np.arange(60), 12)
    day = np.tile(np.arange(12) * 7, 60)

    found = lifetime.forecast(Purchases(customer=customer, day=day), last_day=84, holdout_from=60)

    assert any("flat" in one["en"] for one in found.cautions)
    flat = [one.fit for one in found.models if one.fit.covariance is None]
    assert flat
    assert all(one.intervals() is None for one in flat)
    assert np.all(np.isfinite(found.predictions.expected))


def test_an_interval_is_about_its_parameter() -> None:
    fit = Fit(parameters=np.array([2.0]), log_likelihood=-1.0, covariance=np.array([[0.01]]))

    ((low, high),) = fit.intervals() or [(0.0, 0.0)]

    assert_allclose([low, high], [2 * np.exp(-0.196), 2 * np.exp(0.196)], rtol=1e-4)
