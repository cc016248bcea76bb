"""The model: how likely each likeness is between records of one person, of one household, and of two strangers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comptoir.matching.comparing import Comparison

Numbers = NDArray[np.float64]
Levels = NDArray[np.int64]
_PRIOR_PAIRS = 20.0
"""How many pairs of one person what is expected counts for, beside those seen; and at least this share of those:"""
_PRIOR_SHARE = 0.05
_LEAST_HOUSEHOLDS = 0.1
"""Pairs of one household there are at least, for each pair of one person: who lives together shares much."""
RAREST = 4.0
"""A value that was seen once may be rarer still: by so much at most."""
_ROUNDS = 200
_CLOSE_ENOUGH = 1e-6
_DIGITS = 7
"""Figures kept of each probability, so that the order in which sums were made leaves no trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One comparison's probabilities, by level: between records of one person (m), and of two (u)."""

    m: tuple[float, ...]
    u: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What was learned."""

    comparisons: tuple[Comparison, ...]
    weights: tuple[Weights, ...]
    same: float
    """Share of all pairs of records that are one person's."""
    household: float
    """Share of all pairs that are two people's of one household; 0 where no column tells them apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was counted before learning."""

    patterns: Levels
    """Grain: one row a pattern; the level of each comparison, 0 for the most alike; −1 where a value is missing."""
    commonness: Numbers
    """By pattern and comparison: how common the value is on which a pair agrees; 0 where it does not agree wholly."""
    counts: Numbers
    """Pairs of each pattern among those that the rules find."""
    pairs: float
    """All pairs there are."""
    chance: Sequence[Numbers]
    """By comparison and level: its share among pairs drawn at random, missing ones apart."""
    floors: Sequence[float]
    """By comparison: the least chance of a level that the data can speak of."""


@dataclass(slots=True)
class _Guess:
    m: list[Numbers]
    u: list[Numbers]
    same: float
    household: float


def learn(comparisons: Sequence[Comparison], seen: Seen) -> Model:
    """
    Learn by expectation and maximization over the pairs that all rules find, each held against all pairs there are.

    What is expected of a level counts as some pairs seen, so that few data lead nowhere odd. Pairs drawn at random
    hold some of one person's too; their part is taken out of u.

    Source: Fellegi & Sunter 1969; Winkler 2000 for u kept apart from m; the household as a third class is ours.
    """
    expected = [np.array([level.expected for level in one.levels]) for one in comparisons]
    personal = np.array([one.is_personal for one in comparisons])
    start = min(0.5, 0.5 * float(seen.counts.sum()) / seen.pairs)
    told_apart = bool(personal.any() and not personal.all())
    guess = _Guess([one.copy() for one in expected], [], start, start if told_apart else 0.0)
    guess.u = _others(seen, guess)
    for _ in range(_ROUNDS):
        same, household = (share * seen.counts for share in _shares(seen, guess, personal))
        former = guess.m
        guess.m = [_levels(seen.patterns[:, place], same, one) for place, one in enumerate(expected)]
        guess.same = max(float(same.sum()), 1.0) / seen.pairs
        if told_apart:
            guess.household = max(float(household.sum()) / seen.pairs, _LEAST_HOUSEHOLDS * guess.same)
        guess.u = _others(seen, guess)
        if max(float(np.abs(a - b).max()) for a, b in zip(guess.m, former, strict=True)) < _CLOSE_ENOUGH:
            break
    return Model(
        comparisons=tuple(comparisons),
        weights=tuple(Weights(m=_rounded(a), u=_rounded(b)) for a, b in zip(guess.m, guess.u, strict=True)),
        same=_rounded([guess.same])[0],
        household=_rounded([guess.household])[0],
    )


def _shares(seen: Seen, guess: _Guess, personal: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Give the probability of each pattern to be one person's, and one household's."""
    own, shared = np.zeros(len(seen.counts)), np.zeros(len(seen.counts))
    for place, (one, other) in enumerate(zip(guess.m, guess.u, strict=True)):
        ratios = np.append(np.log(one / other), 0.0)  # the last, at -1, is a missing value: it says nothing
        told = ratios[seen.patterns[:, place]]
        agreeing = seen.patterns[:, place] == 0
        told[agreeing] = np.log(one[0] / np.maximum(seen.commonness[agreeing, place], other[0] / RAREST))
        if personal[place]:
            own += told
        else:
            shared += told
    same, household = guess.same * np.exp(own + shared), guess.household * np.exp(shared)
    total = same + household + (1 - guess.same - guess.household)
    return same / total, household / total


def _levels(levels: Levels, matches: Numbers, expected: Numbers) -> Numbers:
    known = levels >= 0
    counted = np.bincount(levels[known], weights=matches[known], minlength=len(expected)).astype(np.float64)
    counted = counted + max(_PRIOR_PAIRS, _PRIOR_SHARE * float(counted.sum())) * expected
    return np.asarray(counted / counted.sum())


def _others(seen: Seen, guess: _Guess) -> list[Numbers]:
    """Take one person's pairs out of what pairs at random show."""
    found = []
    for chance, m, floor in zip(seen.chance, guess.m, seen.floors, strict=True):
        others = np.maximum((chance - guess.same * m) / (1 - guess.same), floor)
        found.append(np.asarray(others / others.sum()))
    return found


def _rounded(values: Sequence[float] | Numbers) -> tuple[float, ...]:
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)
