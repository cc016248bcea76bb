"""The loyalty programme: a point for each whole euro or pound of an order with a card, and ten off for two hundred."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from comptoir.demo.shop.people import People
from comptoir.demo.shop.plan import DAY, Plan, Whole
from comptoir.demo.shop.sales import Sales

SPENT = 200
EXPIRES_DAYS = 365
_EARNED_AFTER = 60
_SPENT_AFTER = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """Every movement of points. Order: by instant."""

    person: Whole
    order: Whole
    at: Whole
    points: Whole
    """Positive if earned, negative if spent."""


def make(plan: Plan, people: People, sales: Sales) -> Movements:
    """Make the movements of a plan: whoever has two hundred points spends them with the order that brings them."""
    order = np.flatnonzero(people.has_card[sales.orders.person])
    points = (sales.totals() // 100)[order]
    order, points = order[points > 0], points[points > 0]
    person, at = sales.orders.person[order], sales.orders.at[order]
    before, after = _running(person, points)
    spends = np.flatnonzero(after // SPENT > before // SPENT)
    times = (after // SPENT - before // SPENT)[spends]
    moved = Movements(
        person=np.concatenate([person, person[spends]]),
        order=np.concatenate([order, order[spends]]),
        at=np.concatenate([at + _EARNED_AFTER, at[spends] + _SPENT_AFTER]),
        points=np.concatenate([points, -SPENT * times]),
    )
    kept = np.flatnonzero(moved.at < plan.end)
    kept = kept[np.argsort(moved.at[kept], kind="stable")]
    return Movements(person=moved.person[kept], order=moved.order[kept], at=moved.at[kept], points=moved.points[kept])


def expiry(movements: Movements) -> Whole:
    """Give the day on which earned points expire, counted from 1970; 0 for those that are spent."""
    return np.where(movements.points > 0, movements.at // DAY + EXPIRES_DAYS, 0)


def _running(person: Whole, points: Whole) -> tuple[Whole, Whole]:
    """Add up the points of each person in the order they came: before each order, and after it."""
    place = np.argsort(person, kind="stable")
    total = np.cumsum(points[place])
    starts = (
        np.concatenate([[True], person[place][1:] != person[place][:-1]]) if len(place) else np.zeros(0, dtype=bool)
    )
    base = np.maximum.accumulate(np.where(starts, total - points[place], 0))
    after = np.empty_like(points)
    after[place] = total - base
    return after - points, after
