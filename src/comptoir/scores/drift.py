"""Drift: how far people are spread otherwise than before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

_LEAST = 1e-4
"""Share that an empty stretch is taken to hold: the logarithm of nothing is no number."""
SHIFTED, MOVED = 0.1, 0.25

Verdict = Literal["steady", "shifted", "moved"]


def stability_index(before: Mapping[str, int], after: Mapping[str, int]) -> float | None:
    """
    Give the population stability index of two counts by bucket; None where one of them counted nobody.

    Source: Siddiqi, Credit Risk Scorecards (2006), chapter 8.
    """
    whole_before, whole_after = sum(before.values()), sum(after.values())
    if not whole_before or not whole_after:
        return None
    index = 0.0
    for bucket in sorted(before.keys() | after.keys()):
        was = max(before.get(bucket, 0) / whole_before, _LEAST)
        now = max(after.get(bucket, 0) / whole_after, _LEAST)
        index += (now - was) * math.log(now / was)
    return index


def verdict(index: float) -> Verdict:
    """Say what an index means, by the usual lines: below 0.1 nothing, above 0.25 much."""
    if index < SHIFTED:
        return "steady"
    return "shifted" if index < MOVED else "moved"
