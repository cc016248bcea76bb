from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.scores.base import MILLIONTHS, AmountsTooLarge
from comptoir.scores.history import Purchases, a_day_each, summarize, thinned


def rows(*said: tuple[int, int] | tuple[int, int, int]) -> Purchases:
    columns = [np.array(part, dtype=np.int64) for part in zip(*said, strict=True)]
    amount = columns[2] * MILLIONTHS if len(columns) > 2 else None
    return Purchases(customer=columns[0], day=columns[1], amount=amount)


def told(purchases: Purchases) -> list[tuple[int, ...]]:
    if purchases.amount is None:
        return list(zip(purchases.customer.tolist(), purchases.day.tolist(), strict=True))
    euros = (purchases.amount // MILLIONTHS).tolist()
    return list(zip(purchases.customer.tolist(), purchases.day.tolist(), euros, strict=True))


def test_purchases_of_one_day_are_one() -> None:
    assert told(a_day_each(rows((1, 5), (0, 9), (1, 5), (1, 3)))) == [(0, 9), (1, 3), (1, 5)]
    assert told(a_day_each(rows((1, 5, 10), (1, 5, 20)))) == [(1, 5, 30)]


def test_a_refund_lowers_the_purchase_before_it_and_is_none_itself() -> None:
    assert told(a_day_each(rows((0, 1, 10), (0, 5, 30), (0, 9, -5)))) == [(0, 1, 10), (0, 5, 25)]


def test_what_was_wholly_refunded_never_was_bought() -> None:
    assert told(a_day_each(rows((0, 1, 10), (0, 5, 30), (0, 9, -30)))) == [(0, 1, 10)]
    assert told(a_day_each(rows((0, 1, 10), (0, 1, -10), (0, 3, 7)))) == [(0, 3, 7)]
    assert told(a_day_each(rows((0, 1, 10), (0, 5, 30), (0, 9, -35)))) == [(0, 1, 5)]


def test_a_refund_of_more_than_was_bought_that_day_reaches_back() -> None:
    assert told(a_day_each(rows((0, 1, 50), (0, 9, 20), (0, 9, -30)))) == [(0, 1, 40)]


def test_a_refund_takes_nothing_from_another_customer_or_from_what_came_later() -> None:
    assert told(a_day_each(rows((0, 1, 10), (1, 2, -5), (1, 3, 8)))) == [(0, 1, 10), (1, 3, 8)]


def test_a_purchase_for_nothing_is_one() -> None:
    assert told(a_day_each(rows((0, 1, 0), (0, 4, 0)))) == [(0, 1, 0), (0, 4, 0)]


def test_nothing_at_all_is_nothing() -> None:
    empty = np.array([], dtype=np.int64)

    assert told(a_day_each(Purchases(customer=empty, day=empty, amount=empty))) == []


def test_what_cannot_be_added_up_exactly_is_refused() -> None:
    with pytest.raises(AmountsTooLarge):
        a_day_each(rows(*[(0, day, 10**12) for day in range(10)]))


purchases = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60), st.integers(-40, 60)), min_size=1, max_size=40)


@given(said=purchases, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_nothing(said: list[tuple[int, int, int]], seed: int) -> None:
    shuffled = [said[place] for place in np.random.default_rng(seed).permutation(len(said))]

    assert told(a_day_each(rows(*said))) == told(a_day_each(rows(*shuffled)))


@given(said=purchases)
def test_money_is_never_below_zero_nor_more_than_was_paid(said: list[tuple[int, int, int]]) -> None:
    days = a_day_each(rows(*said))

    assert all(euros >= 0 for *_, euros in told(days))
    for customer in {one for one, *_ in said}:
        kept = sum(euros for one, _, euros in told(days) if one == customer)
        paid = sum(euros for one, _, euros in said if one == customer)
        assert kept >= paid


def test_a_summary_says_purchases_after_the_first_and_the_days_between() -> None:
    days = a_day_each(rows((0, 10, 5), (0, 24, 7), (0, 31, 9), (1, 20, 4), (2, 40, 4)))

    summary = summarize(days, until=38)

    assert summary.customer.tolist() == [0, 1]
    assert summary.frequency.tolist() == [2, 0]
    assert summary.recency.tolist() == [21, 0]
    assert summary.age.tolist() == [28, 18]
    assert summary.spent is not None
    assert (summary.spent // MILLIONTHS).tolist() == [16, 0]


def test_thinning_keeps_at_most_so_many_customers() -> None:
    summary = summarize(a_day_each(rows(*[(one, 1, 1) for one in range(103)])), until=9)

    assert len(thinned(summary, 10)) == 10
    assert len(thinned(summary, 200)) == 103
