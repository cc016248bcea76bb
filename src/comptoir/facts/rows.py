"""Rows on their way from Python into the warehouse: lent to a statement as a table, or written."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pyarrow as pa

from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"
KEY, NODE, AT, DECIMAL, TEXT = pa.uint64(), pa.int64(), pa.timestamp("us"), pa.decimal128(18, 6), pa.string()


def lend_orders(cursor: Cursor, orders: Iterable[int]) -> None:
    """
    Lend keys of orders to the several statements that follow, as `touched_orders`.

    It is never taken back: the next takes its place, and the cursor ends with its transaction.
    """
    cursor.register("touched_orders", pa.table({"order_hash": pa.array(list(orders), KEY)}))


def insert(cursor: Cursor, statement: str, schema: pa.Schema, rows: Collection[tuple[object, ...]]) -> None:
    """Write tuples by a statement that reads them as `made`; none, no statement."""
    if rows:
        cursor.register("made", to_table(rows, schema))
        load(_PACKAGE, statement).run(cursor)


def to_table(rows: Iterable[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    """Make a table of tuples."""
    columns = list(zip(*rows, strict=True))
    if not columns:
        return schema.empty_table()
    return pa.table([pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)], schema=schema)
