"""The duplicate index."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect import seen as seen_module
from comptoir.collect.seen import ANY_BODY, Seen, Verdict

IDS = st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 3)), max_size=60)


def test_an_id_is_new_once_and_a_duplicate_ever_after() -> None:
    seen = Seen()

    first = seen.judge([7, 7], [1, 1])
    seen.remember([7], [1])

    assert first == [Verdict.NEW, Verdict.DUPLICATE]
    assert seen.judge([7], [1]) == [Verdict.DUPLICATE]


def test_an_id_that_says_something_else_is_reused_and_not_a_duplicate() -> None:
    seen = Seen()
    seen.remember([7], [1])

    assert seen.judge([7, 8, 8], [2, 5, 6]) == [Verdict.REUSED, Verdict.NEW, Verdict.REUSED]


def test_an_id_made_of_its_content_is_a_duplicate_whatever_is_known_of_its_body() -> None:
    seen = Seen()
    seen.remember([7], [ANY_BODY])

    assert seen.judge([7], [9]) == [Verdict.DUPLICATE]


@given(said=IDS, step=st.integers(1, 9), sealed=st.booleans())
def test_batches_and_sealed_runs_give_the_verdicts_of_a_plain_dictionary(
    *, said: list[tuple[int, int]], step: int, sealed: bool
) -> None:
    known: dict[int, int] = {}
    expected = []
    for one, body in said:
        former = known.setdefault(one, body)
        expected.append((one, body, former == body))

    seen, verdicts = Seen(), []
    for start in range(0, len(said), step):
        ids, bodies = [list(part) for part in zip(*said[start : start + step], strict=True)]
        judged = seen.judge(ids, bodies)
        verdicts += judged
        new = [place for place, verdict in enumerate(judged) if verdict is Verdict.NEW]
        kept = [ids[place] for place in new], [bodies[place] for place in new]
        if sealed:
            seen.load(np.array(kept[0], np.int64), np.array(kept[1], np.int64))
        else:
            seen.remember(*kept)

    assert [verdict is Verdict.REUSED for verdict in verdicts] == [not same for _, _, same in expected]
    assert sum(verdict is Verdict.NEW for verdict in verdicts) == len(known) == len(seen)


def test_the_tail_is_sealed_when_it_is_long_and_runs_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_module, "TAIL_SIZE", 100)
    seen = Seen()

    for one in range(5_000):
        seen.remember([one], [1])

    assert len(seen) == 5_000
    assert len(seen.runs) <= 8
    assert seen.judge([0, 4_999, 5_000], [1, 1, 1]) == [Verdict.DUPLICATE, Verdict.DUPLICATE, Verdict.NEW]
