"""
When customers buy of a category again: a survival curve, in which who has not yet counts as not yet.

Source: Kaplan, Meier, Journal of the American Statistical Association 53 (1958).
Source: Kalbfleisch, Prentice, The Statistical Analysis of Failure Time Data (1980): the interval, on log(-log S).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from comptoir.scores.base import Flags, Floats, Integers
from comptoir.scores.fit import SURE

FEWEST_REPURCHASES = 20
"""Below so many nothing is said of a category but how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """
    The share of those who have not bought again, day by day.

    Shape: arrays of one length, one place a day on which somebody bought again.
    Units: days since a purchase; shares 0 to 1.
    Order: by day.
    """

    day: Integers
    at_risk: Integers
    """Purchases after which that long was seen, without another before."""
    again: Integers
    waiting: Floats
    """Share who have not bought again by the end of that day."""
    low: Floats
    high: Floats

    def day_of(self, share: float) -> int | None:
        """Give the day by which `share` have bought again; None if fewer were seen to."""
        reached = np.flatnonzero(self.waiting <= 1.0 - share + 1e-12)
        return int(self.day[reached[0]]) if len(reached) else None

    def again_by(self, day: int) -> float:
        """Give the share that have bought again by the end of a day."""
        place = int(np.searchsorted(self.day, day, side="right"))
        return 1.0 - float(self.waiting[place - 1]) if place else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """
    The time after each purchase until the next of the same customer in the same category.

    Shape: arrays of one length, one place a purchase.
    Units: days; `came` says whether a next one was seen, else the wait goes on.
    Order: by category, customer, day.
    """

    category: Integers
    customer: Integers
    days: Integers
    came: Flags


def waits(category: Integers, customer: Integers, day: Integers, *, until: int) -> Waits:
    """Give the waits after all purchases up to the end of day `until`; of a category on one day they are one."""
    known = day <= until
    category, customer, day = category[known], customer[known], day[known]
    order = np.lexsort((day, customer, category))
    category, customer, day = category[order], customer[order], day[order]
    is_first = np.ones(len(day), dtype=np.bool_)
    same = (np.diff(category) == 0) & (np.diff(customer) == 0)
    is_first[1:] = ~(same & (np.diff(day) == 0))
    category, customer, day = category[is_first], customer[is_first], day[is_first]
    came = np.zeros(len(day), dtype=np.bool_)
    came[:-1] = (np.diff(category) == 0) & (np.diff(customer) == 0)
    following = np.append(day[1:], until)
    return Waits(category=category, customer=customer, days=np.where(came, following, until) - day, came=came)


def survival(days: Integers, came: Flags) -> Curve:
    """Estimate the survival curve of waits, those that go on among them. Source: Kaplan, Meier (1958)."""
    times, at = np.unique(days, return_inverse=True)
    again = np.bincount(at, weights=came, minlength=len(times)).astype(np.int64)
    ended = np.bincount(at, minlength=len(times)).astype(np.int64)
    at_risk = len(days) - np.cumsum(ended) + ended
    seen = again > 0
    times, again, at_risk = times[seen], again[seen], at_risk[seen]
    waiting = np.cumprod(1.0 - again / at_risk).astype(np.float64)
    low, high = _interval(waiting, again, at_risk)
    return Curve(day=times, at_risk=at_risk, again=again, waiting=waiting, low=low, high=high)


def _interval(waiting: Floats, again: Integers, at_risk: Integers) -> tuple[Floats, Floats]:
    """Give the 95 % interval at each day: Greenwood's variance on log(-log S), which stays within 0 and 1; NaN at 0."""
    inside = (waiting > 0) & (waiting < 1)
    left = np.maximum(at_risk - again, 1)
    spread = np.cumsum(np.where(at_risk > again, again / (at_risk * left), 0.0))
    log_waiting = np.log(np.where(inside, waiting, 0.5))
    reach = SURE * np.sqrt(spread) / np.abs(log_waiting)
    low = np.where(inside, np.exp(log_waiting * np.exp(reach)), np.nan)
    high = np.where(inside, np.exp(log_waiting * np.exp(-reach)), np.nan)
    return low, high
