"""From which weight a pair may be joined by itself: what people decided says it, with a bound for bad luck."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import takewhile

WANTED = 0.99
"""Share of joined pairs that must be one person's."""
ASKED = 3_170
"""Weight from which a pair is put before somebody while nothing is decided: the model holds nine in ten for one."""
LEAST_ASKED = -3_000
"""Weight below which nothing is ever asked: eight in nine are two people."""
_ENOUGH = 20
"""Decisions that say something of the lightest pairs."""
_WORTH = 0.25
"""Share of the pairs asked about that must be one person's for the question to be worth a look."""
_STEP = 1_000
"""How far the weight falls where the lightest pairs turn out to be one person's: one bit."""
_Z = 1.645
"""Of the normal distribution, for a bound that holds nineteen times of twenty."""


def least_weight(decided: Iterable[tuple[int, bool]], wanted: float = WANTED) -> int | None:
    """
    Give the least weight above which decisions prove the precision that is wanted; None while they do not.

    Without an error it takes 268 decisions to prove 0.99. Source: Wilson 1927, the one-sided bound.
    """
    best: int | None = None
    right = count = 0
    ordered = sorted(decided, key=lambda one: -one[0])
    for place, (weight, is_same) in enumerate(ordered):
        right, count = right + is_same, count + 1
        is_last_of_its_weight = place + 1 == len(ordered) or ordered[place + 1][0] < weight
        if is_last_of_its_weight and lower_bound(right, count) >= wanted:
            best = weight
    return best


def least_asked(decided: Iterable[tuple[int, bool]], start: int = ASKED) -> int:
    """
    Give the weight from which a pair is worth somebody's look, as decisions say.

    Decisions are looked at in bands of twenty, from the lightest. It rises above bands of whom, with all but one chance
    in twenty, less than a quarter were one person's; it falls by a bit where at least half of the lightest band were.
    Of a band that lies more than a bit above it nothing follows for lighter pairs: it stays.
    """
    ordered = sorted(decided)
    bands = [ordered[first : first + _ENOUGH] for first in range(0, len(ordered) - _ENOUGH + 1, _ENOUGH)]
    shares = [sum(is_same for _, is_same in band) for band in bands]
    useless = list(takewhile(lambda place: upper_bound(shares[place], _ENOUGH) < _WORTH, range(len(bands))))
    if useless:
        return max(start, bands[useless[-1]][-1][0] + 1)
    if bands and 2 * shares[0] >= _ENOUGH and (lightest := bands[0][0][0]) <= start + _STEP:
        return max(LEAST_ASKED, min(start, lightest) - _STEP)
    return start


def upper_bound(right: int, count: int) -> float:
    """Give the share that is true at most, with all but one chance in twenty."""
    return 1 - lower_bound(count - right, count)


def lower_bound(right: int, count: int) -> float:
    """Give the share that is true at least, with all but one chance in twenty."""
    if not count:
        return 0.0
    share, spread = right / count, _Z * _Z / count
    around = _Z * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return (share + spread / 2 - around) / (1 + spread)
