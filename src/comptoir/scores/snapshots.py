"""
Customers as they were at instants of the past, with what came after: what a model of who will order learns from.

No number of a snapshot looks at what happened at its instant or later (a law, and a test): a model that had seen the
future would be praised and useless.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comptoir.scores.base import Flags, Floats
from comptoir.scores.plugin import Asked
from comptoir.warehouse import sqlfile
from comptoir.warehouse.base import Cursor

FEATURES = (
    "days_since_order", "days_a_customer", "days_between", "overdue", "orders", "orders_365", "orders_90", "spent_365",
    "spent_an_order", "returns_an_order", "coupons_an_order", "days_since_visit", "visits_365", "visits_90",
    "visits_30", "visits_7", "views_90", "views_30", "added_90", "added_30", "clicks_90",
)  # fmt: skip
"""Order: as `features.sql` gives them; `propensity` says each in words."""
RECENCY = FEATURES.index("days_since_order")
MOST_LEARNED = 100_000
"""People of one instant that are learned from; of more, a part drawn by their ids."""
_PACKAGE = "comptoir.scores"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """
    Customers at one instant.

    Shape: one place a person; `features` has a column a feature, and NaN where there is nothing to count.
    Order: by profile.
    """

    at: datetime
    people: Sequence[str]
    features: Floats
    came: Flags | None = None
    """Whether they ordered in the time after it; None where that is yet to come."""

    def where(self, kept: Flags) -> Snapshot:
        """Give the people who are kept."""
        return replace(
            self,
            people=[who for who, here in zip(self.people, kept.tolist(), strict=True) if here],
            features=self.features[kept],
            came=None if self.came is None else self.came[kept],
        )


def take(cursor: Cursor, asked: Asked, *, horizon_days: int, count: int) -> Iterator[Snapshot]:
    """
    Take a snapshot of everybody at `as_of`, then `count` earlier ones, `horizon_days` apart, each with what came after.

    After it the cursor holds purchases as of the last one; `purchases` makes them those of `asked` again.
    """
    yield now(cursor, asked)
    parts = max(-(-asked.history.buyer_count // MOST_LEARNED), 1)
    for turn in range(1, count + 1):
        then = replace(asked, as_of=asked.as_of - timedelta(days=turn * horizon_days))
        ordered = sqlfile.load(_PACKAGE, "ordered_since").table(cursor, since=then.before)
        purchases(cursor, then)
        yield now(cursor, then, parts=parts, came=ordered["profile_id"].combine_chunks())


def now(cursor: Cursor, asked: Asked, *, parts: int = 1, came: pa.Array | None = None) -> Snapshot:
    """Take a snapshot of those whose purchases the cursor holds, or of one in `parts`; `came`: who ordered after."""
    table = sqlfile.load(_PACKAGE, "features").table(cursor, brand=asked.brand, before=asked.before, parts=parts)
    return Snapshot(
        at=asked.as_of,
        people=table["profile_id"].to_pylist(),
        features=np.column_stack([table[name].to_numpy() for name in FEATURES]),
        came=None if came is None else np.asarray(pc.is_in(table["profile_id"], came).to_numpy()),
    )


def purchases(cursor: Cursor, asked: Asked) -> None:
    """Make `score_purchases` those that counted at another instant."""
    sqlfile.load(_PACKAGE, "purchases").run(cursor, brand=asked.brand, zone=asked.zone, before=asked.before)
