"""Purchases as arrays: one a customer and a day, refunds taken off; then each customer's history in three numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from comptoir.scores.base import MILLIONTHS, AmountsTooLarge, Flags, Floats, Integers

DAYS_A_WEEK = 7
_WIDEST_SUM = 9e18


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases:
    """
    What customers bought.

    Shape: three arrays of one length, one place a purchase; `amount` may be missing for all.
    Units: `customer` a number from 0, `day` days since 1970, `amount` millionths of the shop's currency.
    """

    customer: Integers
    day: Integers
    amount: Integers | None = None

    def __len__(self) -> int:
        return len(self.customer)

    def where(self, kept: Flags) -> Purchases:
        """Give the purchases that are kept."""
        amount = None if self.amount is None else self.amount[kept]
        return Purchases(customer=self.customer[kept], day=self.day[kept], amount=amount)


def a_day_each(rows: Purchases) -> Purchases:
    """
    Make one purchase of all rows that a customer has on a day, and take refunds off.

    A row below zero is a refund. It lowers the purchase of its own day, then those before it, the latest first; one of
    which nothing is left never was a purchase. A purchase for nothing is one. A refund of what nobody bought is
    left out.

    Order:  by customer, then day.
    Raises: AmountsTooLarge.
    """
    order = np.lexsort((rows.day, rows.customer))
    customer, day = rows.customer[order], rows.day[order]
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = (np.diff(customer) != 0) | (np.diff(day) != 0)
    starts = np.flatnonzero(is_first)
    if rows.amount is None:
        return Purchases(customer=customer[starts], day=day[starts])
    amount = rows.amount[order]
    if np.abs(amount.astype(np.float64)).sum() > _WIDEST_SUM:
        raise AmountsTooLarge(total=f"{np.abs(amount.astype(np.float64)).sum() / MILLIONTHS:.0f}")
    if not len(starts):
        return Purchases(customer=customer, day=day, amount=amount)
    bought = np.logical_or.reduceat(amount >= 0, starts)
    refunded = np.logical_or.reduceat(amount < 0, starts)
    total = np.add.reduceat(amount, starts)
    whole = Purchases(customer=customer[starts], day=day[starts], amount=total)
    return _without_refunds(whole, bought, refunded)


def _without_refunds(days: Purchases, bought: Flags, refunded: Flags) -> Purchases:
    assert days.amount is not None
    left, kept = days.amount.copy(), bought & ~(refunded & (days.amount <= 0))
    for place in np.flatnonzero(refunded & (days.amount < 0)):
        owed, before = -left[place], place - 1
        while owed > 0 and before >= 0 and days.customer[before] == days.customer[place]:
            if kept[before] and left[before] > 0:
                taken = min(owed, left[before])
                left[before] -= taken
                owed -= taken
                kept[before] = left[before] > 0
            before -= 1
    return Purchases(customer=days.customer, day=days.day, amount=left).where(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """
    What each customer's purchases up to a day say: all that the models of lifetime value look at.

    Shape: arrays of one length, one place a customer who had bought by that day.
    Units: days.
    Order: by customer.
    """

    customer: Integers
    frequency: Integers
    """Purchases after the first."""
    recency: Integers
    """Days from the first purchase to the last; 0 where there is but one."""
    age: Integers
    """Days from the first purchase to the end of what is looked at."""
    spent: Integers | None
    """Millionths spent on the purchases after the first: the first is apart, as Fader and Hardie have it."""

    def __len__(self) -> int:
        return len(self.customer)


def summarize(purchases: Purchases, *, until: int) -> Summary:
    """Sum up what was bought up to the end of day `until`, of purchases as `a_day_each` gives them."""
    past = purchases.where(purchases.day <= until)
    customer, starts, count = np.unique(past.customer, return_index=True, return_counts=True)
    first, last = past.day[starts], past.day[starts + count - 1]
    spent = None
    if past.amount is not None:
        whole = np.add.reduceat(past.amount, starts) if len(starts) else past.amount
        spent = whole - past.amount[starts]
    return Summary(customer=customer, frequency=count - 1, recency=last - first, age=until - first, spent=spent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Values of which many are alike: what is worked out, is worked out once for each distinct one."""

    values: tuple[Floats, ...]
    """Distinct pairs (or single values), part by part."""
    at: Integers

    def of(self, worked_out: Callable[..., Floats]) -> Floats:
        """Work something out for each distinct value, and give it for every place."""
        return worked_out(*self.values)[self.at]

    @classmethod
    def make(cls, *parts: Integers, unit: float) -> Column:
        """Find the distinct combinations of whole numbers; all but the first are days, and become units."""
        key = parts[0]
        for part in parts[1:]:
            key = key * (int(part.max(initial=0)) + 1) + part
        _, first, at = np.unique(key, return_index=True, return_inverse=True)
        numbers = (part[first].astype(np.float64) for part in parts)
        values = tuple(one / unit if place else one for place, one in enumerate(numbers))
        return cls(values=values, at=at.astype(np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """
    Customers whose history is the same, counted together: a million of them have far fewer different histories.

    Shape: one place a distinct (frequency, recency, age).
    Units: `recency` and `age` in weeks.
    """

    frequency: Floats
    recency: Floats
    age: Floats
    weight: Floats
    cell_of: Integers
    """For each customer, the place of their history."""
    by_frequency: Column
    by_recency: Column
    """Distinct (frequency, recency)."""
    by_age: Column
    """Distinct (frequency, age)."""

    def __len__(self) -> int:
        return len(self.weight)


def gather(summary: Summary, *, days_a_unit: float = DAYS_A_WEEK) -> Cells:
    """Count together the customers whose history is the same."""
    return cells_of(summary.frequency, summary.recency, summary.age, days_a_unit=days_a_unit)


def cells_of(frequency: Integers, recency: Integers, age: Integers, *, days_a_unit: float = DAYS_A_WEEK) -> Cells:
    """Count together equal histories, given in days."""
    wide, deep = int(age.max(initial=0)) + 1, int(recency.max(initial=0)) + 1
    key = (frequency * deep + recency) * wide + age
    _, first, cell_of, weight = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    x, t_x, t = frequency[first], recency[first], age[first]
    return Cells(
        frequency=x.astype(np.float64),
        recency=t_x / days_a_unit,
        age=t / days_a_unit,
        weight=weight.astype(np.float64),
        cell_of=cell_of.astype(np.int64),
        by_frequency=Column.make(x, unit=days_a_unit),
        by_recency=Column.make(x, t_x, unit=days_a_unit),
        by_age=Column.make(x, t, unit=days_a_unit),
    )


def thinned(summary: Summary, most: int) -> Summary:
    """Give every n-th customer, so that at most `most` are left: enough to find where the best fit lies."""
    step = -(-len(summary) // most) if most else 1
    return Summary(
        customer=summary.customer[::step],
        frequency=summary.frequency[::step],
        recency=summary.recency[::step],
        age=summary.age[::step],
        spent=None if summary.spent is None else summary.spent[::step],
    )
