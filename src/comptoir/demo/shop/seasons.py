"""When people buy: months, weekdays, hours, Christmas, Black Friday and the sales, each house by its own calendar."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from comptoir.demo.shop.plan import House, Part, Plan, Whole, pick

_MONTHS = (1.10, 0.80, 0.90, 0.95, 1.05, 1.00, 0.90, 0.70, 1.00, 1.05, 1.40, 1.90)
_WEEKDAYS = (0.95, 0.95, 1.05, 0.95, 1.00, 1.15, 0.95)
_SITE_HOURS = (2, 1, 0.4, 0.2, 0.2, 0.5, 1.5, 3, 4, 5, 5.5, 6, 7, 6, 5, 5, 5.5, 6, 7, 8.5, 10, 9, 6, 3.5)
_STORE_HOURS = (0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 6, 5, 4, 5, 6, 7, 7, 5, 0, 0, 0, 0, 0)
_BLACK_FRIDAY = 2.6
_SALES = 1.45


def day_weights(plan: Plan, house: House) -> Part:
    """Give the weight of each day: how much is bought on it, against an ordinary one."""
    return np.array([_weight(house, plan.since.date() + timedelta(days=day)) for day in range(plan.days)])


def hour_weights(*, is_store: bool) -> Part:
    """Give the weight of each hour of the wall's clock."""
    return np.array(_STORE_HOURS if is_store else _SITE_HOURS, dtype=np.float64)


def seconds(plan: Plan, what: str, is_store: np.ndarray) -> Whole:
    """Draw a second of the day for each: stores keep their hours, the site rests while clocks are changed."""
    dice = plan.dice(f"{what} hours")
    store = pick(dice, hour_weights(is_store=True), len(is_store))
    site = pick(dice, hour_weights(is_store=False), len(is_store))
    site = np.where((site == 1) | (site == 2), 20, site)
    return np.where(is_store, store, site) * 3_600 + dice.integers(0, 3_600, len(is_store))


def is_sale(house: House, day: date) -> bool:
    """Say whether the house has its sales on this day: in France those of the law, in England those of habit."""
    if house.country == "FR":
        winter = _nth_wednesday(day.year, 1, 2)
        summer = date(day.year, 6, 24)
        return winter <= day < winter + timedelta(days=28) or summer <= day < summer + timedelta(days=28)
    return (
        day >= date(day.year, 12, 26)
        or day <= date(day.year, 1, 20)
        or date(day.year, 7, 1) <= day <= date(day.year, 7, 21)
    )


def is_black_friday(day: date) -> bool:
    """Say whether this day is in the four days of Black Friday."""
    first = date(day.year, 11, 1)
    thanksgiving = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    return thanksgiving < day <= thanksgiving + timedelta(days=4)


def is_gift_time(day: date) -> bool:
    """Say whether people buy for others."""
    return day >= date(day.year, 11, 15) and day <= date(day.year, 12, 24)


def _weight(house: House, day: date) -> float:
    weight = _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()]
    if is_black_friday(day):
        weight *= _BLACK_FRIDAY
    if is_sale(house, day):
        weight *= _SALES
    if day.month == 12 and day.day >= 25:
        weight *= 0.45
    return weight


def _nth_wednesday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(2 - first.weekday()) % 7 + 7 * (nth - 1))
