"""
How much a customer spends on a purchase, from the few of theirs that are known: the Gamma-Gamma model.

Source: Fader, Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from comptoir.scores import fit
from comptoir.scores.base import MILLIONTHS, Flags, Floats, NotEnoughHistory
from comptoir.scores.fit import Fit
from comptoir.scores.history import Summary
from comptoir.scores.solvers import log_gamma

NAME = "Gamma-Gamma"
LETTERS = ("p", "q", "gamma")
FEWEST_SPENDERS = 10
"""Customers with a paid purchase after their first, below which no spend is forecast."""
_SEARCHED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """
    The fitted model of spend.

    Units: currency, for money; `frequency_correlation` is Pearson's, which the model takes to be near 0.
    """

    fit: Fit
    customers: int
    frequency_correlation: float

    def mean_of_all(self) -> float:
        """Give what an unknown customer spends on a purchase; infinite where the model has no mean."""
        p, q, gamma = self.fit.parameters
        return float(p * gamma / (q - 1.0)) if q > 1.0 else float("inf")

    def expected(self, summary: Summary) -> Floats:
        """Give what each customer spends on a purchase. Source: Fader, Hardie (2013), formula (5)."""
        assert summary.spent is not None
        p, q, gamma = self.fit.parameters
        counted = spenders(summary)
        x = np.where(counted, summary.frequency, 0).astype(np.float64)
        spent = np.where(counted, summary.spent, 0) / MILLIONTHS
        below = p * x + q - 1.0
        with np.errstate(divide="ignore"):
            return np.where(below > 0, p * (gamma + spent) / below, np.inf)


def spenders(summary: Summary) -> Flags:
    """Say who has paid for a purchase after the first: the others say nothing of spend."""
    assert summary.spent is not None
    return np.asarray((summary.frequency > 0) & (summary.spent > 0))


def fit_spend(summary: Summary) -> Spend:
    """Fit the model of spend. Raises: NotEnoughHistory."""
    assert summary.spent is not None
    counted = spenders(summary)
    customers = int(counted.sum())
    if customers < FEWEST_SPENDERS:
        raise NotEnoughHistory(
            needs=f"{FEWEST_SPENDERS} customers with a paid purchase after their first", found=customers
        )
    x = summary.frequency[counted].astype(np.float64)
    z = summary.spent[counted] / MILLIONTHS / x
    step = -(-customers // _SEARCHED)
    mean = float(z.mean())
    starts = [np.array([p, q, mean * (q - 1.0) / p]) for p, q in ((1.0, 2.0), (6.0, 4.0), (2.0, 12.0))]
    about = np.array([1.0, 1.0, mean])
    near = fit.search(_objective(x[::step], z[::step]), starts, about)
    found = fit.settle(_objective(x, z), near, about, weight=customers)
    apart = bool(np.ptp(x) > 0 and np.ptp(z) > 0)
    together = float(np.corrcoef(x, z)[0, 1]) if apart else 0.0
    return Spend(fit=found, customers=customers, frequency_correlation=together)


def _objective(x: Floats, z: Floats) -> Callable[[Floats], float]:
    """Make the mean negative log-likelihood of mean spends `z` over `x` purchases. Source: formula (1a)."""
    purchases, at = np.unique(x, return_inverse=True)
    # what does not depend on a parameter, or only by a factor, is summed once
    logs = np.log(z) + np.log(x)
    mean_log_z, mean_x_logs = float(np.log(z).mean()), float((x * logs).mean())

    def objective(logarithms: Floats) -> float:
        p, q, gamma = np.exp(logarithms)
        by_purchases = log_gamma(p * purchases + q) - log_gamma(p * purchases)
        parts = by_purchases[at] - (p * x + q) * np.log(gamma + x * z)
        fixed = q * np.log(gamma) - log_gamma(q) + p * mean_x_logs - mean_log_z
        return -float(parts.mean() + fixed)

    return objective
