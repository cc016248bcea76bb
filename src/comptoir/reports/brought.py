"""What Comptoir brought in a stretch of days, where the control groups of closed days can say it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection, func, select

from comptoir.clock import micros
from comptoir.reports import compare, measures
from comptoir.reports.measures import Cell, Measures
from comptoir.reports.results import EVERYTHING
from comptoir.reports.rows import frozen_days, frozen_measures

_ARMS = ("treated", "control")
_MEASURES = tuple(f"{what}:{arm}" for what in ("people", "revenue", "squares") for arm in _ARMS)
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """
    Revenue that would not have come without the messages. Units: minor units of the currency.

    `low` and `high` hold the truth in 95 of 100 such comparisons.
    """

    currency: str
    total: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Say whether the interval lies wholly on one side of nothing."""
        return self.low > 0 or self.high < 0


def brought(connection: Connection, *, since: date, until: date, brands: Sequence[str]) -> list[Brought]:
    """
    Compare treated people with those held out, over the closed days of a stretch (`until` is not of it).

    All marketing beside the universal control group, where there is one; else the scenarios added up, their intervals
    by the root of the sum of squares, as their draws are independent. What has too few people is left out.

    Grain:  one row a currency. Order: by currency.
    """
    found = _measured(connection, since, until, brands)
    scenarios = {cell.scenario for cell in found}
    chosen = {EVERYTHING} if EVERYTHING in scenarios else scenarios
    parts: defaultdict[str, list[compare.Difference]] = defaultdict(list)
    for scenario in sorted(chosen):
        mine = {cell: value for cell, value in found.items() if cell.scenario == scenario}
        for currency in sorted({cell.currency for cell in mine if cell.currency}):
            told = compare.difference(_arm(mine, "treated", currency), _arm(mine, "control", currency))
            if told is not None:
                parts[currency].append(told)
    return [_added(currency, differences) for currency, differences in sorted(parts.items())]


def closed_until(connection: Connection) -> date | None:
    """Give the last day whose results are written; None where none is."""
    last = connection.scalar(select(func.max(frozen_days.c.day)))
    return None if last is None else _date(last)


def closed_since(connection: Connection, at: datetime) -> int:
    """Say how many days had their results written since an instant."""
    asked = select(func.count()).where(frozen_days.c.frozen_at >= micros(at))
    return int(connection.scalar(asked) or 0)


def _measured(connection: Connection, since: date, until: date, brands: Sequence[str]) -> Measures:
    m = frozen_measures.c
    asked = select(m.scenario, m.version, m.step, m.brand, m.day, m.measure, m.currency, m.value).where(
        m.day >= _number(since), m.day < _number(until), m.measure.in_(_MEASURES)
    )
    if brands:
        asked = asked.where(m.brand.in_(brands))
    values: defaultdict[Cell, int] = defaultdict(int)
    for scenario, version, step, brand, day, measure, currency, value in connection.execute(asked):
        values[Cell(scenario, version, step, brand, _date(day), measure, currency)] += int(value)
    return values


def _arm(values: Measures, arm: str, currency: str) -> compare.Arm:
    return compare.Arm(
        people=measures.total(values, (f"people:{arm}",)),
        total=measures.total(values, (f"revenue:{arm}",), currency=currency),
        squares=measures.total(values, (f"squares:{arm}",), currency=currency),
    )


def _added(currency: str, differences: Sequence[compare.Difference]) -> Brought:
    total = sum(one.total for one in differences)
    reach = math.sqrt(sum(((one.total_high - one.total_low) / 2) ** 2 for one in differences))
    return Brought(currency=currency, total=total, low=total - reach, high=total + reach)


def _number(day: date) -> int:
    return (day - _EPOCH).days


def _date(number: int) -> date:
    return datetime.fromtimestamp(number * 86_400, UTC).date()
