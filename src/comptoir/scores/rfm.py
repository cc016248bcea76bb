"""
Recency, frequency and monetary value: three quintiles, and a name for each kind of customer.

Source: Hughes, Strategic Database Marketing (1994): quintiles, recency first. The names follow the R package
`rfm`; the bounds are ours, for there some customers fall under no name and others under two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from comptoir.scores.base import Floats, Integers, NotEnoughHistory
from comptoir.scores.history import Purchases, a_day_each

QUINTILES = 5
FEWEST_CUSTOMERS = 5


class Cell(StrEnum):
    """A kind of customer, by how lately and by how much they buy."""

    CHAMPIONS = "champions"
    LOYAL = "loyal"
    POTENTIAL = "potential"
    NEW = "new"
    PROMISING = "promising"
    ATTENTION = "attention"
    AT_RISK = "at_risk"
    CANNOT_LOSE = "cannot_lose"
    DRIFTING = "drifting"
    ASLEEP = "asleep"
    LOST = "lost"


NAMES: dict[Cell, tuple[str, str]] = {
    Cell.CHAMPIONS: ("Champions", "Champions"),
    Cell.LOYAL: ("Loyal", "Fidèles"),
    Cell.POTENTIAL: ("Potential loyalists", "Fidèles en devenir"),
    Cell.NEW: ("New customers", "Nouveaux clients"),
    Cell.PROMISING: ("Promising", "Prometteurs"),
    Cell.ATTENTION: ("Need attention", "À entretenir"),
    Cell.AT_RISK: ("At risk", "À risque"),
    Cell.CANNOT_LOSE: ("Cannot lose them", "À ne pas perdre"),
    Cell.DRIFTING: ("About to sleep", "En train de s’éloigner"),
    Cell.ASLEEP: ("Asleep", "Endormis"),
    Cell.LOST: ("Lost", "Perdus"),
}
"""English and French. Order: as a table of them lists them."""

_GRID = (
    # value 1       2               3               4                 5
    (Cell.LOST, Cell.LOST, Cell.AT_RISK, Cell.CANNOT_LOSE, Cell.CANNOT_LOSE),  # recency 1: longest ago
    (Cell.ASLEEP, Cell.ASLEEP, Cell.AT_RISK, Cell.AT_RISK, Cell.AT_RISK),
    (Cell.DRIFTING, Cell.ATTENTION, Cell.ATTENTION, Cell.LOYAL, Cell.LOYAL),
    (Cell.PROMISING, Cell.POTENTIAL, Cell.LOYAL, Cell.CHAMPIONS, Cell.CHAMPIONS),
    (Cell.NEW, Cell.POTENTIAL, Cell.POTENTIAL, Cell.CHAMPIONS, Cell.CHAMPIONS),  # recency 5: most lately
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """
    The scores of every customer who had bought.

    Shape: arrays of one length, one place a customer; without amounts there is no monetary value.
    Units: whole days; purchases, one a day at most; millionths of the shop's currency.
    Order: by customer.
    """

    customer: Integers
    recency_days: Integers
    frequency: Integers
    monetary: Integers | None
    r: Integers
    f: Integers
    m: Integers | None

    def cells(self) -> list[Cell]:
        """Name each customer's cell."""
        return [cell_of(*scores) for scores in zip(self.r.tolist(), self.value().tolist(), strict=True)]

    def value(self) -> Integers:
        """Give the middle of frequency and monetary value, halves up; frequency alone without amounts."""
        return self.f if self.m is None else (self.f + self.m + 1) // 2


def cell_of(recency: int, value: int) -> Cell:
    """Name the cell of a recency score and a value (both 1 to 5)."""
    return _GRID[recency - 1][value - 1]


def score(rows: Purchases, *, at: int) -> Scores:
    """
    Score every customer on what they had bought up to the end of day `at`.

    Raises: NotEnoughHistory, AmountsTooLarge.
    """
    bought = a_day_each(rows.where(rows.day <= at))
    customer, starts, frequency = np.unique(bought.customer, return_index=True, return_counts=True)
    if len(customer) < FEWEST_CUSTOMERS:
        raise NotEnoughHistory(needs=f"{FEWEST_CUSTOMERS} customers who had bought by then", found=len(customer))
    recency = at - bought.day[starts + frequency - 1]
    monetary = None if bought.amount is None else np.add.reduceat(bought.amount, starts)
    return Scores(
        customer=customer,
        recency_days=recency,
        frequency=frequency,
        monetary=monetary,
        r=quintile(-recency),
        f=quintile(frequency),
        m=None if monetary is None else quintile(monetary),
    )


def quintile(values: Integers | Floats) -> Integers:
    """
    Score values 1 (least) to 5 (most), by the share of all that are less.

    Equal values have equal scores, and the least always scores 1: of customers of whom most bought once, those who did
    score 1, however many they are. So no score depends on the order of the rows, and fifths may be of unequal size.
    """
    ordered = np.sort(values)
    less = np.searchsorted(ordered, values, side="left").astype(np.int64)
    return 1 + (QUINTILES * less) // max(len(values), 1)
