"""
Models of how often customers come back: while there they buy at random, and one day they are gone, unseen.

Source: Schmittlein, Morrison, Colombo, Management Science 33 (1987): Pareto/NBD.
Source: Fader, Hardie, Lee, Marketing Science 24 (2005): BG/NBD.
Source: Batislam, Denizel, Filiztekin, International Journal of Research in Marketing 24 (2007): MBG/NBD.
Source: Fader, Hardie, "A Note on Deriving the Pareto/NBD Model and Related Expressions" (2005).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from comptoir.scores import solvers
from comptoir.scores.base import Floats
from comptoir.scores.history import Cells
from comptoir.scores.solvers import log_gamma

NODES = 48
"""Points of the quadrature over how likely a customer is to leave: exact to rounding for what shops ask for."""
_MOST_TERMS = 400
_AT_ONCE = 4_096
"""Places that are worked out together: what they need stays in the processor's own memory."""


class CountModel(Protocol):
    """
    A model of purchases, with two parameters of buying (`r`, `alpha`) and two of leaving.

    Shape: what it gives has one place a cell; `parameters` has one a letter.
    Units: weeks.
    """

    name: str
    letters: tuple[str, ...]

    def about(self, span: float) -> Floats:
        """Say about how large parameters are, for customers known for `span` on average."""
        ...

    def starts(self, span: float) -> list[Floats]:
        """Give parameters to search from."""
        ...

    def log_likelihood(self, parameters: Floats, cells: Cells) -> Floats:
        """Give the logarithm of how likely each history is."""
        ...

    def alive(self, parameters: Floats, cells: Cells) -> Floats:
        """Give the probability that a customer with this history is still there."""
        ...

    def expected(self, parameters: Floats, cells: Cells, horizon: float) -> Floats:
        """Give the purchases to expect in the next `horizon`."""
        ...


class BetaGeometric:
    """A customer may leave after a purchase, with a probability that differs between customers (beta)."""

    letters: tuple[str, ...] = ("r", "alpha", "a", "b")

    def __init__(self, name: str, *, leaves_at_once: bool) -> None:
        self.name = name
        self._chances = 1.0 if leaves_at_once else 0.0
        """Chances to leave beside those after purchases 2, 3, …: that after the first, in the modified model."""

    def about(self, span: float) -> Floats:
        """Say about how large parameters are."""
        return np.array([1.0, span, 1.0, 1.0])

    def starts(self, span: float) -> list[Floats]:
        """Give parameters to search from."""
        leaving = ((0.8, 2.5), (0.5, 10.0), (2.0, 2.0))
        return [np.array([r, span * r, a, b]) for r, (a, b) in zip((0.25, 1.0, 3.0), leaving, strict=True)]

    def log_likelihood(self, parameters: Floats, cells: Cells) -> Floats:
        """Give the logarithm of how likely each history is. Source: Fader, Hardie, Lee (2005), section 4.1."""
        r, alpha, a, b = parameters
        more = self._chances

        def common(x: Floats) -> Floats:
            stayed = log_gamma(b + x + more) - log_gamma(a + b + x + more) + log_gamma(a + b) - log_gamma(b)
            return np.asarray(stayed + log_gamma(r + x) - log_gamma(r) + r * np.log(alpha))

        def there(x: Floats, age: Floats) -> Floats:
            return np.asarray(-(r + x) * np.log(alpha + age))

        return cells.by_frequency.of(common) + np.logaddexp(cells.by_age.of(there), self._gone(parameters, cells))

    def _gone(self, parameters: Floats, cells: Cells) -> Floats:
        """Give the logarithm of a history's likelihood with the customer gone since their last purchase."""
        r, alpha, a, b = parameters
        more = self._chances

        def gone(x: Floats, recency: Floats) -> Floats:
            left = np.log(a) - np.log(b + np.maximum(x, 1.0 - more) + more - 1.0) - (r + x) * np.log(alpha + recency)
            # in the plain model nobody leaves before a second purchase
            return np.where(x + more > 0, left, -np.inf)

        return cells.by_recency.of(gone)

    def alive(self, parameters: Floats, cells: Cells) -> Floats:
        """Give the probability of being still there."""
        r, alpha, *_ = parameters

        def there(x: Floats, age: Floats) -> Floats:
            return np.asarray(-(r + x) * np.log(alpha + age))

        return _share(cells.by_age.of(there), self._gone(parameters, cells))

    def expected(self, parameters: Floats, cells: Cells, horizon: float) -> Floats:
        """
        Give the purchases to expect: what a customer who is there will buy, averaged over p, the probability to leave.

        With p known, (1 - (1 + p t/(alpha+T))^-(r+x)) / p by t. Averaged over the beta of p this is formula (10)
        of Fader, Hardie, Lee (2005), but without its singularity at a = 1 and without a difference of large numbers.
        """
        r, alpha, a, b = parameters

        def bought(x: Floats, age: Floats) -> Floats:
            result = np.empty_like(x)
            for one in np.unique(x):
                p, share = beta_nodes(a, b + one + self._chances)
                here = x == one
                part = horizon / (alpha + age[here])
                result[here] = (-np.expm1(-(r + one) * np.log1p(np.outer(part, p))) / p) @ share
            return result

        return cells.by_age.of(bought) * self.alive(parameters, cells)


class ParetoNbd:
    """A customer may leave at any moment, at a rate that differs between customers (gamma)."""

    name = "Pareto/NBD"
    letters: tuple[str, ...] = ("r", "alpha", "s", "beta")

    def about(self, span: float) -> Floats:
        """Say about how large parameters are."""
        return np.array([1.0, span, 1.0, span])

    def starts(self, span: float) -> list[Floats]:
        """Give parameters to search from."""
        leaving = ((0.6, 0.4), (1.5, 2.0), (0.3, 0.1))
        return [np.array([r, span * r, s, span * beta]) for r, (s, beta) in zip((0.5, 1.0, 3.0), leaving, strict=True)]

    def log_likelihood(self, parameters: Floats, cells: Cells) -> Floats:
        """Give the logarithm of how likely each history is. Source: Fader, Hardie (2005), formula (20)."""
        r, alpha, s, beta = parameters

        def common(x: Floats) -> Floats:
            return np.asarray(log_gamma(r + x) - log_gamma(r) + r * np.log(alpha) + s * np.log(beta))

        return cells.by_frequency.of(common) + np.logaddexp(*self._two(parameters, cells))

    def _two(self, parameters: Floats, cells: Cells) -> tuple[Floats, Floats]:
        """Give both parts of a likelihood as logarithms: still there at the end, or gone since the last purchase."""
        r, alpha, s, beta = parameters

        def there(x: Floats, age: Floats) -> Floats:
            return np.asarray(-(r + x) * np.log(alpha + age) - s * np.log(beta + age))

        def left_after(x: Floats, instant: Floats) -> Floats:
            return np.asarray(np.log(s / (r + s + x)) + _log_tail(parameters, x, instant))

        since, until = cells.by_recency.of(left_after), cells.by_age.of(left_after)
        with np.errstate(divide="ignore"):  # a customer who bought on the last day cannot have left: logarithm of 0
            gone = since + np.log(-np.expm1(np.minimum(until - since, 0.0)))
        return cells.by_age.of(there), gone

    def alive(self, parameters: Floats, cells: Cells) -> Floats:
        """Give the probability of being still there."""
        return _share(*self._two(parameters, cells))

    def expected(self, parameters: Floats, cells: Cells, horizon: float) -> Floats:
        """Give the purchases to expect. Source: Fader, Hardie (2005), formula (41)."""
        r, alpha, s, beta = parameters

        def bought(x: Floats, age: Floats) -> Floats:
            longer = np.log1p(horizon / (beta + age))
            return np.asarray((r + x) * (beta + age) / (alpha + age) * longer * _mean_decay((s - 1.0) * longer))

        return cells.by_age.of(bought) * self.alive(parameters, cells)


BG_NBD = BetaGeometric("BG/NBD", leaves_at_once=False)
MBG_NBD = BetaGeometric("MBG/NBD", leaves_at_once=True)
PARETO_NBD = ParetoNbd()
MODELS: tuple[CountModel, ...] = (BG_NBD, PARETO_NBD, MBG_NBD)
"""Order: as they are compared; of two that are equal the first is taken."""


def median_wait(parameters: Floats, cells: Cells) -> Floats:
    """
    Give the time by which the next purchase of whoever is still there, and stays, is as likely as not to have come.

    How fast they buy is, in all three models, a gamma with shape r + x and rate alpha + T. We give the median, since
    the mean is infinite for customers with few purchases.
    """
    r, alpha = parameters[:2]

    def wait(x: Floats, age: Floats) -> Floats:
        return np.asarray((alpha + age) * np.expm1(np.log(2.0) / (r + x)))

    with np.errstate(over="ignore"):
        return cells.by_age.of(wait)


def beta_nodes(first: float, second: float, nodes: int = NODES) -> tuple[Floats, Floats]:
    """
    Give the points and shares of the Gauss quadrature for a beta distribution.

    Source: Golub, Welsch, Mathematics of Computation 23 (1969), with the recurrence of Jacobi's polynomials.
    """
    low, high = second - 1.0, first - 1.0
    n = np.arange(1, nodes, dtype=np.float64)
    both = low + high
    middle = np.empty(nodes)
    middle[0] = (high - low) / (both + 2.0)
    middle[1:] = (high * high - low * low) / ((2 * n + both) * (2 * n + both + 2))
    beside = np.empty(nodes - 1)
    beside[0] = 4 * (1 + low) * (1 + high) / ((2 + both) ** 2 * (3 + both))
    m = n[1:]
    beside[1:] = 4 * m * (m + low) * (m + high) * (m + both) / ((2 * m + both) ** 2 * ((2 * m + both) ** 2 - 1))
    points, vectors = solvers.tridiagonal(middle, np.sqrt(beside))
    share = vectors[0] ** 2
    return np.maximum((1.0 + points) / 2.0, np.finfo(np.float64).tiny), share / share.sum()


def _share(there: Floats, gone: Floats) -> Floats:
    """Give the share of the first of two parts, whose logarithms these are."""
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(gone - there)))


def _mean_decay(y: Floats) -> Floats:
    """Give (1 - e^-y) / y, which is 1 at 0."""
    near = np.abs(y) < 1e-9
    safe = np.where(near, 1.0, y)
    return np.where(near, 1.0 - y / 2.0, -np.expm1(-safe) / safe)


def _log_tail(parameters: Floats, x: Floats, instant: Floats) -> Floats:
    """
    Give the logarithm of (r+s+x) times the integral over y > instant of (alpha+y)^-(r+x) (beta+y)^-(s+1).

    By Euler's transformation the hypergeometric function of the papers becomes one whose first parameter is 1: bounded,
    of positive terms, and a continued fraction.
    """
    r, alpha, s, beta = parameters
    near_alpha, near_beta = np.log(alpha + instant), np.log(beta + instant)
    whole = r + s + x
    if alpha >= beta:
        fraction = _one_and(r + x, whole, (alpha - beta) / (alpha + instant))
        return np.asarray(-s * near_beta - (r + x) * near_alpha + np.log(fraction))
    fraction = _one_and(np.full_like(x, s + 1.0), whole, (beta - alpha) / (beta + instant))
    return np.asarray(-(s + 1.0) * near_beta - (r + x - 1.0) * near_alpha + np.log(fraction))


def _one_and(b: Floats, c: Floats, z: Floats) -> Floats:
    """Give 2F1(1, b; c + 1; z) for 0 <= z < 1: few terms where z is small, more where it is near 1."""
    needed = np.minimum(5.0 / np.sqrt(np.maximum(1.0 - z, 1e-12)) + 10.0, _MOST_TERMS)
    band = np.ceil(np.log2(needed)).astype(np.int64)
    result = np.empty_like(z)
    for one in np.unique(band):
        here = band == one
        result[here] = _continued(b[here], c[here], z[here], terms=int(needed[here].max()))
    return result


def _continued(b: Floats, c: Floats, z: Floats, *, terms: int) -> Floats:
    """Give 2F1(1, b; c + 1; z) by Gauss's continued fraction, from its far end, of which the limit is known."""
    fraction = (1.0 + np.sqrt(1.0 - z)) / 2.0
    for start in range(0, len(z), _AT_ONCE):
        here = fraction[start : start + _AT_ONCE]
        b_here, c_here, z_here = (one[start : start + _AT_ONCE] for one in (b, c, z))
        for odd, even in zip(*_parts(b_here, c_here, z_here, terms), strict=True):
            for part in (odd, even):
                np.subtract(1.0, np.divide(part, here, out=here), out=here)
    return 1.0 / fraction


def _parts(b: Floats, c: Floats, z: Floats, terms: int) -> tuple[Floats, Floats]:
    """Give the parts of the fraction, the last first, worked out at once. Shape: a row a term, a column a place."""
    n = np.arange(terms, 0, -1, dtype=np.float64)[:, None]
    twice = c + 2.0 * n
    odd = z * (n * (c - b + n)) / ((twice - 1.0) * twice)
    even = z * ((b + n - 1.0) * (c + n - 1.0)) / ((twice - 2.0) * (twice - 1.0))
    return odd, even
