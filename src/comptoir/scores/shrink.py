"""
Shares of one person from few acts: drawn towards everybody's, the more the fewer they are (empirical Bayes).

Source: Efron, Morris, "Data Analysis Using Stein's Estimator", J. of the American Statistical Association 70 (1975).
Source: Minka, "Estimating a Dirichlet distribution" (2000): the likelihood of counts whose shares follow a Dirichlet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from comptoir.scores import solvers
from comptoir.scores.base import Floats, Integers
from comptoir.scores.solvers import log_gamma

MOST = 10_000.0
"""Acts that everybody's pattern counts at most: of people who do not differ, any number is as likely."""
_LEAST = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """
    Acts of people by kind.

    Shape: arrays of one length, one place a person and kind that has acts; `person` and `kind` are numbers from 0.
    """

    person: Integers
    kind: Integers
    acts: Integers
    people: int
    kinds: int

    def of_kinds(self) -> Floats:
        """Give the share of each kind in all acts, as if each had half an act beside."""
        whole = np.bincount(self.kind, weights=self.acts, minlength=self.kinds) + 0.5
        return np.asarray(whole / whole.sum())

    def of_people(self) -> Floats:
        """Give how many acts each person has."""
        return np.bincount(self.person, weights=self.acts, minlength=self.people).astype(np.float64)


def strength(counts: Counts, crowd: Floats) -> float:
    """
    Say how many acts of one's own weigh as much as everybody's pattern: few where people differ much.

    The number under which the counts are likeliest.
    """
    acts, whole = counts.acts.astype(np.float64), counts.of_people()
    share = crowd[counts.kind]
    # what is alike is worked out once: most people have one act or two
    totals, times = np.unique(whole[whole > 0], return_counts=True)
    pairs, again = np.unique(np.column_stack([acts, share]), axis=0, return_counts=True)

    def unlikely(logarithm: float) -> float:
        weight = np.exp(logarithm)
        kinds = log_gamma(pairs[:, 0] + weight * pairs[:, 1]) - log_gamma(weight * pairs[:, 1])
        people = log_gamma(weight) - log_gamma(totals + weight)
        return -float(kinds @ again + people @ times)

    return float(np.exp(solvers.least_between(unlikely, np.log(_LEAST), np.log(MOST), near=1e-6)))


def drawn(counts: Counts, crowd: Floats, weight: float) -> Floats:
    """Give each person's shares, drawn towards everybody's. Shape: a row a person, a column a kind."""
    own = np.zeros((counts.people, counts.kinds))
    own[counts.person, counts.kind] = counts.acts
    return np.asarray((own + weight * crowd) / (own.sum(axis=1, keepdims=True) + weight))


def around(shares: Floats) -> Floats:
    """Give each hour's share with half its neighbors', round the clock: who clicks at 7:55 clicks at 8:05."""
    return np.asarray(0.5 * shares + 0.25 * np.roll(shares, 1, axis=-1) + 0.25 * np.roll(shares, -1, axis=-1))
