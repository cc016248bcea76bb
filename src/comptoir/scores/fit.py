"""Fitting by maximum likelihood: several starts, a search, and how sure the answer is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from comptoir.scores import solvers
from comptoir.scores.base import Floats

Objective = Callable[[Floats], float]
"""Gives the mean negative log-likelihood at logarithms of parameters."""

WIDEST = 7.0
"""Logarithms of parameters stay so near to where they are about: one at the edge has no best value."""
SURE = 1.959963984540054
"""Standard deviations on either side that hold 95 % of a normal distribution."""
_STEP = 1e-3
_SMALL_STEP = 1e-4
_NEWTON_STEPS = 20
_NEAR = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The parameters under which what happened is most likely."""

    parameters: Floats
    log_likelihood: float
    covariance: Floats | None
    """Of the logarithms of the parameters; None where the likelihood is flat in some direction."""

    def intervals(self) -> list[tuple[float, float]] | None:
        """
        Give the 95 % interval of each parameter.

        Source: the inverse of the observed information (Hessian) at the logarithms of the parameters; Wald.
        """
        if self.covariance is None:
            return None
        reach = SURE * np.sqrt(np.diag(self.covariance))
        middle = np.log(self.parameters)
        lows, highs = np.exp(middle - reach), np.exp(middle + reach)
        return [(float(low), float(high)) for low, high in zip(lows, highs, strict=True)]


def search(objective: Objective, starts: Sequence[Floats], about: Floats) -> Floats:
    """Give the logarithms of the best parameters that a search from each start ends at; of equals, the first."""
    ends = [_descend(objective, np.log(start), np.log(about), is_rough=True) for start in starts]
    return min(ends, key=objective)


def settle(objective: Objective, start: Floats, about: Floats, *, weight: float, rough: Objective | None = None) -> Fit:
    """
    Go on from `start` (logarithms) to the very maximum; `weight` customers say how sure it is.

    By Newton's method; `rough`, the same of fewer customers, says how the likelihood bends where asking all takes long.
    """
    middle = np.log(about)
    here = _approach(objective, start, middle, _bend(rough or objective, start))
    bend = _bend(objective, here)
    at_an_edge = bool(np.any(np.abs(here - middle) > WIDEST - 2 * _STEP))
    sure = _is_a_bowl(bend) and not at_an_edge
    covariance = np.asarray(np.linalg.inv(bend) / weight, dtype=np.float64) if sure else None
    return Fit(parameters=np.exp(here), log_likelihood=-objective(here) * weight, covariance=covariance)


def _approach(objective: Objective, start: Floats, middle: Floats, bend: Floats) -> Floats:
    """Step to the maximum as long as each step is smaller and better; search plainly where one is not."""
    here, reached = start, objective(start)
    for _ in range(_NEWTON_STEPS if _is_a_bowl(bend) else 0):
        step = np.linalg.solve(bend, _slope(objective, here))
        nearer = here - step
        better = objective(nearer)
        if np.abs(step).max() < _NEAR:
            return nearer if better < reached else here
        if better >= reached or np.any(np.abs(nearer - middle) > WIDEST):
            break
        here, reached = nearer, better
    return _descend(objective, here, middle)


def _descend(objective: Objective, start: Floats, middle: Floats, *, is_rough: bool = False) -> Floats:
    low, high = middle - WIDEST, middle + WIDEST
    bounds = list(zip(low, high, strict=True))
    return solvers.descended(objective, np.clip(start, low, high), bounds, is_rough=is_rough)


def _slope(objective: Objective, here: Floats) -> Floats:
    """Give the gradient, by central differences."""
    step = np.eye(len(here)) * _SMALL_STEP
    return np.array([(objective(here + one) - objective(here - one)) / (2 * _SMALL_STEP) for one in step])


def _bend(objective: Objective, here: Floats) -> Floats:
    """Give the Hessian, by central differences."""
    size = len(here)
    step = np.eye(size) * _STEP
    middle = objective(here)
    up = [objective(here + one) for one in step]
    down = [objective(here - one) for one in step]
    bend = np.empty((size, size))
    for i in range(size):
        bend[i, i] = (up[i] - 2 * middle + down[i]) / _STEP**2
        for j in range(i):
            both = objective(here + step[i] + step[j]) + objective(here - step[i] - step[j])
            bend[i, j] = bend[j, i] = (both - up[i] - down[i] - up[j] - down[j] + 2 * middle) / (2 * _STEP**2)
    return bend


def _is_a_bowl(bend: Floats) -> bool:
    """Say whether the likelihood falls in every direction, by more than rounding."""
    return bool(np.all(np.isfinite(bend)) and np.linalg.eigvalsh(bend).min() > 1e-7)
