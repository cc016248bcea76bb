from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.scores import rfm
from comptoir.scores.base import MILLIONTHS, NotEnoughHistory
from comptoir.scores.history import Purchases
from comptoir.scores.rfm import Cell, quintile


def test_fifths_of_distinct_values_are_fifths() -> None:
    assert quintile(np.arange(10)).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_equal_values_score_the_same_and_the_least_score_1() -> None:
    assert quintile(np.array([1, 1, 1, 1, 1, 1, 2, 3, 9, 4])).tolist() == [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]
    assert quintile(np.array([7, 7, 7])).tolist() == [1, 1, 1]


@given(values=st.lists(st.integers(-5, 5), min_size=1, max_size=60), seed=st.integers(0, 2**32 - 1))
def test_scores_follow_values_whatever_their_order(values: list[int], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(values))
    given_values = np.array(values)
    scores = quintile(given_values)

    assert quintile(given_values[order]).tolist() == scores[order].tolist()
    assert scores.min() == 1
    assert scores.max() <= 5
    ranked = sorted(zip(values, scores.tolist(), strict=True))
    assert [score for _, score in ranked] == sorted(score for _, score in ranked)


def test_every_pair_of_scores_has_a_name_and_every_name_is_somebodys() -> None:
    named = {rfm.cell_of(recency, value) for recency in range(1, 6) for value in range(1, 6)}

    assert named == set(Cell) == set(rfm.NAMES)


def test_who_buys_lately_and_much_is_a_champion_and_who_did_long_ago_is_not_to_be_lost() -> None:
    days = {0: [1], 1: [2, 90], 2: [3, 95, 97], 3: [100], 4: [5, 6, 7, 8, 9], 5: range(80, 100)}
    bought = [(customer, day) for customer, its in days.items() for day in its]
    customer, day = (np.array(part, dtype=np.int64) for part in zip(*bought, strict=True))

    scores = rfm.score(Purchases(customer=customer, day=day, amount=np.full(len(day), 10 * MILLIONTHS)), at=100)

    cells = dict(zip(scores.customer.tolist(), scores.cells(), strict=True))
    assert cells[5] is Cell.CHAMPIONS
    assert cells[4] is Cell.CANNOT_LOSE
    assert cells[3] is Cell.NEW
    assert cells[0] is Cell.LOST
    assert scores.recency_days.tolist() == [99, 10, 3, 0, 91, 1]
    assert scores.monetary is not None
    assert (scores.monetary // MILLIONTHS).tolist() == [10, 20, 30, 10, 50, 200]


def test_later_purchases_do_not_count() -> None:
    customer = np.array([0, 1, 2, 3, 4, 4, 5], dtype=np.int64)
    day = np.array([1, 2, 3, 4, 5, 60, 60], dtype=np.int64)

    scores = rfm.score(Purchases(customer=customer, day=day), at=50)

    assert scores.customer.tolist() == [0, 1, 2, 3, 4]
    assert scores.frequency.tolist() == [1] * 5
    assert scores.m is None
    assert scores.value().tolist() == scores.f.tolist()


def test_four_customers_make_no_fifths() -> None:
    four = np.arange(4)

    with pytest.raises(NotEnoughHistory, match="5 customers"):
        rfm.score(Purchases(customer=four, day=four), at=9)
