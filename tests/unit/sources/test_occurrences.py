from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from comptoir.sources.occurrences import Occurrences


@given(st.lists(st.lists(st.integers(0, 20), max_size=40), max_size=12))
def test_each_row_is_numbered_by_how_often_it_came_before(chunks: list[list[int]]) -> None:
    occurrences, before = Occurrences(), Counter[int]()

    for chunk in chunks:
        expected = []
        for one in chunk:
            expected.append(before[one])
            before[one] += 1
        assert occurrences.number([one.to_bytes(16, "little") for one in chunk]) == expected

    assert len(occurrences.runs) <= 12
