"""Lifetime value: three models of coming back, the one that foretold best what happened then, and the money."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from comptoir.scores import counting, fit, spending
from comptoir.scores.base import MILLIONTHS, Floats, Integers, NotEnoughHistory
from comptoir.scores.counting import CountModel
from comptoir.scores.fit import Fit
from comptoir.scores.history import DAYS_A_WEEK, Cells, Purchases, Summary, a_day_each, gather, summarize, thinned
from comptoir.scores.spending import Spend

FEWEST_CUSTOMERS = 20
FEWEST_RETURNERS = 10
FEWEST_DAYS = 28
FEW_CUSTOMERS = 500
FEW_DAYS = 180
"""Fewer than these, or shorter, and the answer comes with a word of caution."""
YEAR_DAYS = 365
_SEARCHED = (2_000, 20_000)
"""Customers among whom the neighborhood of the best fit is looked for; all of them then say where it is exactly."""
_SLIGHT = 1e-4

Caution = Mapping[str, str]
"""A sentence by language: `en` and `fr`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """
    What was foretold of the time after the cut, against what came.

    Units: purchases, or currency for a model of spend; `mae` and `rmse` a customer.
    """

    actual: float
    predicted: float
    mae: float
    rmse: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A model of coming back with its parameters, and how it stood the test."""

    model: CountModel
    fit: Fit
    holdout: Holdout | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """
    What is foretold of each customer.

    Shape: arrays of one length, one place a customer; what cannot be said is NaN.
    Units: purchases within the horizon; `wait_days` days from the cut; currency for money.
    """

    customer: Integers
    expected: Floats
    low: Floats
    high: Floats
    """End of the 95 % interval of the expectation: how unsure the parameters are, not how chance strikes."""
    alive: Floats
    wait_days: Floats
    """The next purchase is as likely as not to come by then, from whoever is more likely there than gone."""
    total: tuple[float, float]
    """Ends of the 95 % interval of all expectations together."""
    spend: Floats | None = None
    """Currency a purchase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """
    The whole answer.

    Units: `until` and `holdout_from` days since 1970.
    """

    summary: Summary
    until: int
    """The last day that the models have seen."""
    horizon_days: int
    tested_from: int
    """First day of the time by which they were compared."""
    models: tuple[Fitted, ...]
    chosen: Fitted
    predictions: Predictions
    spend: Spend | None
    spend_lacks: NotEnoughHistory | None
    spend_holdout: Holdout | None
    cautions: tuple[Caution, ...]


def forecast(
    rows: Purchases, *, last_day: int, holdout_from: int | None = None, horizon_days: int = YEAR_DAYS
) -> Forecast:
    """
    Fit the models on what was bought before `holdout_from`, and foretell up to `last_day` with the best of them.

    Without `holdout_from` the last quarter of the time decides which is best; then all are fitted on the whole, and the
    best foretells `horizon_days`.

    Raises: NotEnoughHistory, AmountsTooLarge.
    """
    cut = holdout_from
    if cut is None:
        first = int(rows.day.min(initial=last_day))
        cut = last_day - (last_day - first) // 4
    if last_day < cut:
        raise NotEnoughHistory(needs="a purchase on the first day of the holdout or later", found="none")
    test = _learn(rows, until=cut - 1)
    compared = tuple(_tested(one, test, rows, last_day=last_day) for one in _fit_all(test))
    best = min(range(len(compared)), key=lambda place: _error(compared[place]))
    if holdout_from is not None:
        horizon_days = last_day - cut + 1
        return _answer(
            test, rows, models=compared, chosen=compared[best], last_day=last_day, cut=cut, horizon_days=horizon_days
        )
    whole = _learn(rows, until=last_day)
    refitted = tuple(
        Fitted(model=new.model, fit=new.fit, holdout=old.holdout)
        for new, old in zip(_fit_all(whole), compared, strict=True)
    )
    return _answer(
        whole, rows, models=refitted, chosen=refitted[best], last_day=last_day, cut=cut, horizon_days=horizon_days
    )


def _error(fitted: Fitted) -> float:
    """Give the error by which models are compared: squared, for the absolute one favors who foretells too little."""
    return fitted.holdout.rmse if fitted.holdout else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known at the end of a day."""

    until: int
    summary: Summary
    cells: Cells


def _learn(rows: Purchases, *, until: int) -> _Known:
    """Sum up what was known by `until`: a refund of later is not. Raises: NotEnoughHistory."""
    bought = a_day_each(rows.where(rows.day <= until))
    summary = summarize(bought, until=until)
    returners, days = int((summary.frequency > 0).sum()), int(summary.age.max(initial=0))
    for found, fewest, what in (
        (len(summary), FEWEST_CUSTOMERS, "customers"),
        (returners, FEWEST_RETURNERS, "customers who bought on more than one day"),
        (days, FEWEST_DAYS, "days since the first purchase"),
    ):
        if found < fewest:
            raise NotEnoughHistory(needs=f"{fewest} {what}", found=found)
    return _Known(until=until, summary=summary, cells=gather(summary))


def _fit_all(known: _Known) -> list[Fitted]:
    fewer = [gather(thinned(known.summary, most)) for most in _SEARCHED if most < len(known.summary)]
    return [Fitted(model=model, fit=fit_model(model, known.cells, fewer)) for model in counting.MODELS]


def fit_model(model: CountModel, cells: Cells, fewer: Sequence[Cells] = ()) -> Fit:
    """Fit a model of coming back; `fewer` are customers among whom to look first, then more of them, before all."""
    first, *others = *fewer, cells
    span = max(float(first.age @ first.weight / first.weight.sum()), 1.0)
    about = model.about(span)
    near = fit.search(_objective(model, first), model.starts(span), about)
    for some in others[:-1]:
        near = fit.search(_objective(model, some), [np.exp(near)], about)
    rough = _objective(model, fewer[-1]) if fewer else None
    return fit.settle(_objective(model, cells), near, about, weight=float(cells.weight.sum()), rough=rough)


def _objective(model: CountModel, cells: Cells) -> Callable[[Floats], float]:
    share = cells.weight / cells.weight.sum()

    def objective(logarithms: Floats) -> float:
        likely = -float(model.log_likelihood(np.exp(logarithms), cells) @ share)
        return likely if np.isfinite(likely) else 1e6

    return objective


def _tested(fitted: Fitted, known: _Known, rows: Purchases, *, last_day: int) -> Fitted:
    weeks = (last_day - known.until) / DAYS_A_WEEK
    foretold = fitted.model.expected(fitted.fit.parameters, known.cells, weeks)[known.cells.cell_of]
    came, _ = _what_came(known, rows, last_day=last_day)
    return Fitted(model=fitted.model, fit=fitted.fit, holdout=_compare(foretold, came))


def _what_came(known: _Known, rows: Purchases, *, last_day: int) -> tuple[Floats, Floats]:
    """Count for each known customer the purchases after what was known, and what was spent on them."""
    bought = a_day_each(rows.where(rows.day <= last_day))
    after = bought.where((bought.day > known.until) & np.isin(bought.customer, known.summary.customer))
    place = np.searchsorted(known.summary.customer, after.customer)
    count = np.bincount(place, minlength=len(known.summary)).astype(np.float64)
    if after.amount is None:
        return count, np.zeros_like(count)
    return count, np.bincount(place, weights=after.amount / MILLIONTHS, minlength=len(count)).astype(np.float64)


def _compare(foretold: Floats, came: Floats) -> Holdout:
    off = foretold - came
    return Holdout(
        actual=float(came.sum()),
        predicted=float(foretold.sum()),
        mae=float(np.abs(off).mean()),
        rmse=float(np.sqrt((off * off).mean())),
    )


def _answer(
    known: _Known,
    rows: Purchases,
    *,
    models: tuple[Fitted, ...],
    chosen: Fitted,
    last_day: int,
    cut: int,
    horizon_days: int,
) -> Forecast:
    predictions = predict(chosen, known.summary, known.cells, horizon_days=horizon_days)
    spend, lacks, spend_holdout = None, None, None
    if known.summary.spent is not None:
        try:
            spend = spending.fit_spend(known.summary)
        except NotEnoughHistory as error:
            lacks = error
        else:
            each = spend.expected(known.summary)
            predictions = replace(predictions, spend=np.where(np.isfinite(each), each, np.nan))
            if known.until < last_day and np.all(np.isfinite(each)):
                spend_holdout = _compare(predictions.expected * each, _what_came(known, rows, last_day=last_day)[1])
    return Forecast(
        summary=known.summary, until=known.until, horizon_days=horizon_days, tested_from=cut, models=models,
        chosen=chosen, predictions=predictions, spend=spend, spend_lacks=lacks, spend_holdout=spend_holdout,
        cautions=_cautions(known, models, spend),
    )  # fmt: skip


def predict(fitted: Fitted, summary: Summary, cells: Cells, *, horizon_days: int) -> Predictions:
    """
    Foretell the purchases of each customer in the next `horizon_days`.

    Source: intervals by the delta method, on the logarithm of the expectation, from the Hessian of the fit.
    """
    model, parameters = fitted.model, fitted.fit.parameters
    weeks = horizon_days / DAYS_A_WEEK
    middle = model.expected(parameters, cells, weeks)
    slope = _slopes(fitted, cells, weeks)
    unsure = _unsureness(slope, fitted.fit)
    whole = float(middle @ cells.weight)
    together = float(_unsureness((slope @ (middle * cells.weight))[:, None] / max(whole, 1e-300), fitted.fit)[0])
    alive = model.alive(parameters, cells)
    wait = counting.median_wait(parameters, cells) * DAYS_A_WEEK
    cell_of = cells.cell_of
    return Predictions(
        customer=summary.customer,
        expected=middle[cell_of],
        low=(middle * np.exp(-fit.SURE * unsure))[cell_of],
        high=(middle * np.exp(fit.SURE * unsure))[cell_of],
        alive=alive[cell_of],
        total=(whole * math.exp(-fit.SURE * together), whole * math.exp(fit.SURE * together)),
        wait_days=np.where(alive >= 0.5, wait, np.nan)[cell_of],
    )


def _slopes(fitted: Fitted, cells: Cells, weeks: float) -> Floats:
    """Say how the logarithm of each expectation moves with that of each parameter. Shape: a row a parameter."""
    here = np.log(fitted.fit.parameters)
    slopes = []
    for step in np.eye(len(here)) * _SLIGHT:
        up = fitted.model.expected(np.exp(here + step), cells, weeks)
        down = fitted.model.expected(np.exp(here - step), cells, weeks)
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes.append(np.where(down > 0, np.log(up / down) / (2 * _SLIGHT), 0.0))
    return np.array(slopes)


def _unsureness(slope: Floats, how: Fit) -> Floats:
    """Give the standard errors of logarithms with these slopes; NaN where the fit does not say how sure it is."""
    if how.covariance is None:
        return np.full(slope.shape[1], np.nan)
    return np.asarray(np.sqrt(np.maximum(np.einsum("ic,ij,jc->c", slope, how.covariance, slope), 0.0)))


def _cautions(known: _Known, models: tuple[Fitted, ...], spend: Spend | None) -> tuple[Caution, ...]:
    said: list[Caution] = []
    customers, days = len(known.summary), int(known.summary.age.max(initial=0))
    if customers < FEW_CUSTOMERS:
        said.append(
            {
                "en": f"Only {customers} customers: with fewer than {FEW_CUSTOMERS} the parameters are unsure.",
                "fr": f"{customers} clients seulement : à moins de {FEW_CUSTOMERS}, les paramètres sont incertains.",
            }
        )
    if days < FEW_DAYS:
        said.append(
            {
                "en": f"Only {days} days of history: with fewer than {FEW_DAYS} a season is missing.",
                "fr": f"{days} jours d’historique seulement : à moins de {FEW_DAYS}, il manque une saison.",
            }
        )
    said += [
        {
            "en": f"{one.model.name}: the likelihood is flat in some direction, so no intervals are given.",
            "fr": f"{one.model.name} : la vraisemblance est plate dans une direction, donc sans intervalle.",
        }
        for one in models
        if one.fit.covariance is None
    ]
    if spend is not None and abs(spend.frequency_correlation) > 0.3:
        said.append(
            {
                "en": "Who buys more often spends otherwise on a purchase: the model of spend takes the two to be "
                "apart.",
                "fr": "Qui achète plus souvent dépense autrement par achat : le modèle de dépense suppose les deux "
                "indépendants.",
            }
        )
    return tuple(said)
