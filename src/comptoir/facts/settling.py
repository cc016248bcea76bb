"""Orders settled: read all that was ever said of those a tick touched, write their lines and their ledger again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import pyarrow as pa

from comptoir.facts import orders, rows
from comptoir.facts.orders import Order, Settled
from comptoir.facts.read import naive
from comptoir.facts.rows import AT, DECIMAL, KEY, NODE, TEXT
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"
_ORDERS = pa.schema({
    "order_hash": KEY, "brand": TEXT, "namespace": TEXT, "order_id": TEXT, "node_id": NODE, "checkout_id": TEXT,
    "ordered_at": AT, "status": TEXT, "trust": TEXT, "currency": TEXT, "gross_minor": pa.int64(),
    "amount_minor": pa.int64(), "channel": TEXT, "country": TEXT, "coupon": TEXT, "source": TEXT, "placed_at": AT,
    "is_sale": pa.bool_(), "browser_nodes": pa.list_(NODE), "cart_hashes": pa.list_(KEY),
    "checkout_hashes": pa.list_(KEY), "own_node": NODE, "own_at": AT, "cart_hash": KEY, "first_touch_id": TEXT,
    "last_touch_id": TEXT,
})  # fmt: skip
_LINES = pa.schema({
    "order_hash": KEY, "brand": TEXT, "line_key": TEXT, "product_id": TEXT, "variant_id": TEXT, "product_name": TEXT,
    "category": TEXT, "quantity": DECIMAL, "unit_price": DECIMAL, "amount_minor": pa.int64(), "currency": TEXT,
    "kind": TEXT,
})  # fmt: skip
_MOVEMENTS = pa.schema({
    "order_hash": KEY, "brand": TEXT, "line_key": TEXT, "kind": TEXT, "revision": pa.int32(), "quantity": DECIMAL,
    "amount_minor": pa.int64(), "tax_minor": pa.int64(), "cost_minor": pa.int64(), "currency": TEXT,
    "fx_rate_on": pa.date32(), "product_id": TEXT, "channel": TEXT, "country": TEXT, "trust": TEXT, "source": TEXT,
    "source_ref": TEXT, "node_id": NODE, "occurred_at": AT,
})  # fmt: skip
_BOOKED = _MOVEMENTS.append(pa.field("booked_at", AT))
_UNJOINED = (None, None, None)
Joined = tuple[Order, int | None, str | None, str | None]
"""An order, the cart it joined, and its first and last touch."""


def settle(
    cursor: Cursor,
    touched: Collection[int],
    now: datetime,
    *,
    told: Collection[int] = (),
    row_count: int | None = None,
) -> list[Order]:
    """
    Write the lines and the ledger of the touched orders again, as all their rows together say.

    Orders that events speak of (`told` are some of them) are settled one by one, and given to be joined to their carts
    and written by `write`; those that only imports know are settled and written in bulk. `row_count` is how many rows
    of these orders the tick brought: where no other is found, nothing was written of them before.
    """
    if not touched:
        return []
    rows.lend_orders(cursor, touched)
    found, count = _all_said(cursor, is_mixed=len(told) < len(touched))
    is_new = count == row_count
    if not is_new:
        for statement in ("booked", "orders_delete", "order_lines_delete", "revenue_ledger_delete"):
            load(_PACKAGE, statement).run(cursor)
    settled = [orders.settle(one) for _, one in groupby(found, key=attrgetter("order_hash"))]
    rows.insert(cursor, "order_lines_insert", _LINES, [line for one in settled for line in one.lines])
    _book(cursor, settled, naive(now), is_new=is_new)
    if len(settled) < len(touched):
        _settle_imported(cursor, naive(now), is_new=is_new)
    return [one.order for one in settled]


def write(cursor: Cursor, made: Iterable[Joined]) -> None:
    """Write orders whose rows, if they had any, were taken out by `settle`."""
    rows.insert(cursor, "orders_insert", _ORDERS, [(*order, *joined) for order, *joined in made])


def write_unjoined(cursor: Cursor, made: Iterable[Order]) -> None:
    """Write orders before any cart is known."""
    write(cursor, [(order, *_UNJOINED) for order in made])


def _all_said(cursor: Cursor, *, is_mixed: bool) -> tuple[list[orders.Row], int]:
    """Give all rows of the orders that events speak of, and count the rows of all touched ones."""
    if not is_mixed:
        found = load(_PACKAGE, "orders_of_events").run(cursor).fetchall()
        return [orders.Row(*row) for row in found], len(found)
    ((count,),) = load(_PACKAGE, "order_rows").run(cursor).fetchall()
    return [orders.Row(*row) for row in load(_PACKAGE, "orders_mixed").run(cursor).fetchall()], count


def _book(cursor: Cursor, settled: Iterable[Settled], now: datetime, *, is_new: bool) -> None:
    """Book movements: now, or when they were booked before."""
    movements = [movement for one in settled for movement in one.ledger]
    if is_new:
        rows.insert(cursor, "ledger_insert", _BOOKED, [(*one, now) for one in movements])
    elif movements:
        rows.insert(cursor, "movements_made", _MOVEMENTS, movements)
        load(_PACKAGE, "ledger_book").run(cursor, now=now)


def _settle_imported(cursor: Cursor, now: datetime, *, is_new: bool) -> None:
    for statement in (
        "imported_lines", "imported_orders", "imported_orders_insert", "imported_lines_insert", "imported_ledger",
    ):  # fmt: skip
        load(_PACKAGE, statement).run(cursor)
    load(_PACKAGE, "ledger_book_new" if is_new else "ledger_book").run(cursor, now=now)
