"""What models have scipy do, loaded when the first of them is fitted: a process that fits none starts without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from comptoir.scores.base import Floats, Integers

# scipy is imported where it is used: it takes a third of the time in which a command starts


def log_gamma(values: Floats | float) -> Floats:
    """Give the logarithm of the gamma function of each value."""
    from scipy.special import gammaln  # noqa: PLC0415 (see above)

    return np.asarray(gammaln(values), dtype=np.float64)


def tridiagonal(middle: Floats, beside: Floats) -> tuple[Floats, Floats]:
    """Give the eigenvalues, rising, and the eigenvectors, as columns, of a symmetric matrix of three diagonals."""
    from scipy.linalg import eigh_tridiagonal  # noqa: PLC0415 (see above)

    values, vectors = eigh_tridiagonal(middle, beside)
    return values, vectors


def pools(values: Floats, weights: Floats) -> Integers:
    """Give where each pool of neighbors begins whose means only rise, nearest to `values`: isotonic regression."""
    from scipy.optimize import isotonic_regression  # noqa: PLC0415 (see above)

    return np.asarray(isotonic_regression(values, weights=weights).blocks[:-1], dtype=np.int64)


def least_between(objective: Callable[[float], float], low: float, high: float, *, near: float) -> float:
    """Give where between two bounds `objective` is least, found to `near`."""
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 (see above)

    return float(minimize_scalar(objective, bounds=(low, high), method="bounded", options={"xatol": near}).x)


def descended(
    objective: Callable[[Floats], float], start: Floats, bounds: Sequence[tuple[float, float]], *, is_rough: bool
) -> Floats:
    """Go down from `start` to where `objective` is least nearby, within `bounds`, by L-BFGS-B."""
    from scipy.optimize import minimize  # noqa: PLC0415 (see above)

    ended = minimize(
        objective,
        start,
        method="L-BFGS-B",
        jac="2-point" if is_rough else "3-point",
        bounds=bounds,
        options={"maxiter": 100, "ftol": 1e-9 if is_rough else 1e-11, "gtol": 1e-6 if is_rough else 1e-8},
    )
    return np.asarray(ended.x, dtype=np.float64)
