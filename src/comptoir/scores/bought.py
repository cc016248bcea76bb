"""What a brand's people bought, from the warehouse into the arrays that the models of coming back look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comptoir.model.money import EXPONENT
from comptoir.scores.base import Integers
from comptoir.scores.history import Purchases
from comptoir.scores.plugin import ROWS, Asked
from comptoir.warehouse import sqlfile
from comptoir.warehouse.base import Cursor

EPOCH = date(1970, 1, 1)
_DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """
    The purchases of a brand in its main currency, and whose they are.

    Shape: `people` names the numbers of `purchases.customer`. Order: by profile.
    """

    people: Sequence[str]
    purchases: Purchases
    others: int
    """Orders in other currencies, which are left out."""


def days_of(on: date) -> int:
    """Count the days since 1970."""
    return (on - EPOCH).days


def date_of(days: float) -> date:
    """Give the date so many days after 1970 began."""
    return EPOCH + timedelta(days=int(days))


def last_day(asked: Asked) -> int:
    """Give the last day, in the brand's zone, of which something may be known."""
    ended = (asked.as_of - timedelta(microseconds=1)).astimezone(ZoneInfo(asked.zone))
    return days_of(ended.date())


def read(cursor: Cursor, asked: Asked) -> Bought:
    """Read the purchases that the cursor holds."""
    rows = sqlfile.load("comptoir.scores", "bought").table(cursor)
    mine = rows.filter(pc.equal(rows["currency"], asked.currency))
    names = mine["profile_id"].combine_chunks().dictionary_encode()
    unit = 10 ** (_DECIMALS - EXPONENT.get(asked.currency, 2))
    return Bought(
        people=names.dictionary.to_pylist(),
        purchases=Purchases(
            customer=integers(names.indices), day=integers(mine["day"]), amount=integers(mine["amount_minor"]) * unit
        ),
        others=len(rows) - len(mine),
    )


def integers(column: pa.Array | pa.ChunkedArray) -> Integers:
    """Give a column without holes as an array."""
    return np.asarray(column.to_numpy(), dtype=np.int64)


def rows_of(
    score: str,
    people: Sequence[str] | pa.Array,
    values: np.ndarray | None,
    labels: Sequence[str | None] | None = None,
) -> pa.Table:
    """Give the rows of one score as runs give them; a value that is no number is none, and such a row is left out."""
    size = len(people)
    table = pa.table(
        {
            "score": pa.array([score] * size, pa.string()),
            "profile_id": pa.array(people, pa.string()),
            "value": pa.nulls(size, pa.float64())
            if values is None
            else pa.array(values, pa.float64(), from_pandas=True),
            "label": pa.nulls(size, pa.string()) if labels is None else pa.array(labels, pa.string()),
            "since": pa.nulls(size, pa.date32()),
        },
        schema=ROWS,
    )
    return table if values is None else table.filter(pc.is_valid(table["value"]))


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Give the rows of several scores as one table."""
    return pa.concat_tables(tables) if tables else ROWS.empty_table()
