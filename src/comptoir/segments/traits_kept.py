"""The traits of people in the warehouse: of each person and trait the value that stands, kept up by every tick."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import pyarrow as pa

from comptoir.quality.fields import name_of
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
_OF_BRAND = "\x1f"
"""Parts the brand from the trait in names of brands that rank their sources their own way."""
_ROWS = pa.schema({
    "node_id": pa.int64(), "name": pa.string(), "value": pa.string(), "occurred_at": pa.int64(),
    "message_id": pa.string(),
})  # fmt: skip


class Stood(NamedTuple):
    """What stands of a trait of a person. Units: `at` in microseconds since 1970."""

    founder: int
    """The node the person's profile is named after."""
    name: str
    """As `kept_as` writes it."""
    value_json: str
    at: int
    message_id: str


def kept_as(name: str, brand: str = "") -> str:
    """Name a trait as it is kept: by its one spelling; apart for a brand that ranks its sources its own way."""
    return f"{brand}{_OF_BRAND}{name_of(name)}" if brand else name_of(name)


def is_kept(name: str) -> bool:
    """Say whether a trait can be asked for: a name that looks like another brand's is nobody's."""
    return _OF_BRAND not in name


def replace(cursor: Cursor, founders: Collection[int], stood: Iterable[Stood]) -> None:
    """Put what stands of some people's traits in the place of what stood; `founders` also names those who are gone."""
    if founders:
        cursor.register("gone", pa.table({"node_id": pa.array(sorted(founders), pa.int64())}))
        load(_PACKAGE, "traits_delete").run(cursor)
    rows = list(stood)
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.register("stood", pa.table(columns, schema=_ROWS))
        load(_PACKAGE, "traits_insert").run(cursor)


def clear(cursor: Cursor) -> None:
    """Forget everybody's."""
    cursor.execute("DELETE FROM fact.traits")
