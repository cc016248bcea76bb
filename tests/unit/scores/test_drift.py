from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from comptoir.scores.drift import stability_index, verdict

counts = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 1_000), min_size=1)


def test_the_index_is_the_one_of_the_book() -> None:
    index = stability_index({"a": 50, "b": 50}, {"a": 60, "b": 40})

    assert index is not None
    assert math.isclose(index, 0.1 * math.log(1.2) - 0.1 * math.log(0.8))
    assert verdict(index) == "steady"
    assert verdict(0.2) == "shifted"
    assert verdict(0.3) == "moved"


def test_nobody_then_is_no_index() -> None:
    assert stability_index({}, {"a": 1}) is None


@given(counts, counts)
def test_it_is_never_below_zero_and_the_same_both_ways(before: dict[str, int], after: dict[str, int]) -> None:
    there, back = stability_index(before, after), stability_index(after, before)

    assert there is not None
    assert back is not None
    assert there >= -1e-12
    assert math.isclose(there, back, abs_tol=1e-9)


@given(counts, st.integers(1, 9))
def test_more_of_the_same_is_no_drift(before: dict[str, int], times: int) -> None:
    index = stability_index(before, {bucket: times * count for bucket, count in before.items()})

    assert index is not None
    assert abs(index) < 1e-9
