"""Two arms compared: what treatment brought, with its interval, and whether chance alone can have drawn the arms so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

FEWEST = 20
"""People an arm needs before a difference is said: below, an interval would promise what it cannot keep."""
ALARM = 0.001
"""A sample ratio less likely than this by chance is an alarm."""
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """The people of one arm, with the sum and the sum of squares of what each spent, nothing included."""

    people: int
    total: int
    squares: int

    @property
    def mean(self) -> float:
        """Give what a person spent."""
        return self.total / self.people

    @property
    def variance(self) -> float:
        """Give the sample variance, from exact sums."""
        spread = self.squares * self.people - self.total * self.total
        return max(0.0, spread / (self.people * (self.people - 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """
    What treatment brought. Units: as the sums, a person and over all treated people.

    `low` and `high` hold the truth in 95 of 100 such comparisons.
    """

    a_person: float
    low: float
    high: float
    total: float
    total_low: float
    total_high: float
    is_clear: bool
    """The interval lies wholly on one side of nothing."""


def difference(treated: Arm, control: Arm) -> Difference | None:
    """
    Compare the means of two arms; None where either has too few people.

    Source: Welch, "The generalization of Student's problem" (1947); degrees of freedom after Satterthwaite (1946).
    """
    if min(treated.people, control.people) < FEWEST:
        return None
    parts = (treated.variance / treated.people, control.variance / control.people)
    error = math.sqrt(sum(parts))
    between = treated.mean - control.mean
    reach = 0.0
    if error > 0:
        freedom = sum(parts) ** 2 / (parts[0] ** 2 / (treated.people - 1) + parts[1] ** 2 / (control.people - 1))
        reach = quantile_of_t((1 + _CONFIDENCE) / 2, freedom) * error
    low, high = between - reach, between + reach
    return Difference(
        a_person=between,
        low=low,
        high=high,
        total=between * treated.people,
        total_low=low * treated.people,
        total_high=high * treated.people,
        is_clear=low > 0 or high < 0,
    )


def growth_until_clear(found: Difference) -> float | None:
    """
    Say how many times the present number of people would make a difference clear, if it stayed as large as it is.

    1 where it is clear; None where there is no difference that could become so. An interval shrinks with the square
    root of the number of people.
    """
    if found.is_clear:
        return 1.0
    if found.a_person == 0:
        return None
    return float(((found.high - found.low) / 2 / abs(found.a_person)) ** 2)


def quantile_of_t(share: float, freedom: float) -> float:
    """
    Give the quantile of Student's t from that of the normal, right to three digits from 5 degrees of freedom on.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.5.
    """
    z = NormalDist().inv_cdf(share)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160
    return z + first / freedom + second / freedom**2 + third / freedom**3 + fourth / freedom**4


def sample_ratio(treated: int, control: int, expected_control: float) -> float | None:
    """
    Give how likely chance alone draws arms so far from what was asked for; None where nothing can be said.

    Units:  `expected_control` the number of people expected in the control arm, of all that were drawn.
    Source: Fabijan et al., "Diagnosing Sample Ratio Mismatch" (KDD 2019): Pearson's chi-square, one degree of freedom.
    """
    people = treated + control
    expected_treated = people - expected_control
    if min(expected_control, expected_treated) < _FEWEST_EXPECTED:
        return None
    away = (control - expected_control) ** 2
    return math.erfc(math.sqrt((away / expected_control + away / expected_treated) / 2))


_FEWEST_EXPECTED = 5
"""Expected people below which chi-square misleads (Cochran, 1954)."""
