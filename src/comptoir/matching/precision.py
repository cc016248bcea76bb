"""From which weight a pair may be joined by itself: what people decided says it, with a bound for bad luck."""

from __future__ import annotations

import math
from collections.abc import Iterable

WANTED = 0.99
"""Share of joined pairs that must be one person's."""
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


def lower_bound(right: int, count: int) -> float:
    """Give the share that is true at least, with all but one chance in twenty."""
    if not count:
        return 0.0
    share, spread = right / count, _Z * _Z / count
    around = _Z * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return (share + spread / 2 - around) / (1 + spread)
