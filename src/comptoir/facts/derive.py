"""Facts: base rows go in, and what is derived from them is derived again for the keys they touch, and no others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comptoir.clock import EPOCH
from comptoir.facts import bridge, orders, sessions
from comptoir.facts.bridge import Names, Touched
from comptoir.facts.read import naive
from comptoir.model.tick import Tick
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"
_AT, _DECIMAL, _KEY, _TEXT = pa.timestamp("us"), pa.decimal128(18, 6), pa.uint64(), pa.string()
BASE = frozenset({
    "events", "commerce", "product_records", "contact_records", "consents", "loyalty_movements", "message_records",
    "delivery_records", "failed",
})  # fmt: skip
"""Tables that a tick appends to."""
DERIVED = (
    "sessions", "session_moves", "carts", "cart_lines", "bridge_nodes", "inferred_acts", "cart_claims", "orders",
    "order_lines", "revenue_ledger", "products",
)  # fmt: skip
"""Tables that can be made again from the base tables."""
CHUNK = 200_000
"""Rows that a derivation from scratch works at once."""
_ORDERS = pa.schema({
    "order_hash": _KEY, "brand": _TEXT, "namespace": _TEXT, "order_id": _TEXT, "node_id": pa.int64(),
    "checkout_id": _TEXT, "ordered_at": _AT, "status": _TEXT, "trust": _TEXT, "currency": _TEXT,
    "gross_minor": pa.int64(), "amount_minor": pa.int64(), "channel": _TEXT, "country": _TEXT, "coupon": _TEXT,
    "source": _TEXT, "placed_at": _AT, "is_sale": pa.bool_(), "browser_nodes": pa.list_(pa.int64()),
    "cart_hashes": pa.list_(_KEY), "checkout_hashes": pa.list_(_KEY), "own_node": pa.int64(), "own_at": _AT,
})  # fmt: skip
_ORDER_LINES = pa.schema({
    "order_hash": _KEY, "brand": _TEXT, "line_key": _TEXT, "product_id": _TEXT, "variant_id": _TEXT,
    "product_name": _TEXT, "category": _TEXT, "quantity": _DECIMAL, "unit_price": _DECIMAL, "amount_minor": pa.int64(),
    "currency": _TEXT, "kind": _TEXT,
})  # fmt: skip
_MOVEMENTS = pa.schema({
    "order_hash": _KEY, "brand": _TEXT, "line_key": _TEXT, "kind": _TEXT, "revision": pa.int32(), "quantity": _DECIMAL,
    "amount_minor": pa.int64(), "tax_minor": pa.int64(), "cost_minor": pa.int64(), "currency": _TEXT,
    "fx_rate_on": pa.date32(), "product_id": _TEXT, "channel": _TEXT, "country": _TEXT, "trust": _TEXT, "source": _TEXT,
    "source_ref": _TEXT, "node_id": pa.int64(), "occurred_at": _AT,
})  # fmt: skip
_CHANGES = pa.schema({"node_id": pa.int64(), "kind": _TEXT, "value": _TEXT, "profile_id": _TEXT})


class CountsLike(Protocol):
    """What became of a tick's or an import's lines."""

    @property
    def received(self) -> int:
        """All lines."""

    @property
    def stored(self) -> int:
        """Those that became facts."""

    @property
    def refused(self) -> int:
        """Those kept aside, with a reason."""

    @property
    def consent_discarded(self) -> int:
        """Those of which only the count is left."""

    @property
    def duplicates(self) -> int:
        """Those that were known."""


class ShopRules(NamedTuple):
    """How visits and carts are read: the settings that facts depend on."""

    session_gap_minutes: int
    cart_abandoned_minutes: int
    cart_expired_days: int
    order_cart_days: int
    dedupe_days: int


# ── what the engine tells the warehouse ──


def configure(cursor: Cursor, rules: ShopRules, accepting: Iterable[str] = ()) -> None:
    """Write the shop's settings, and the sources whose claimed orders count as revenue."""
    cursor.execute("DELETE FROM fact.shop_settings")
    cursor.execute("INSERT INTO fact.shop_settings VALUES (?, ?, ?, ?, ?)", list(rules))
    cursor.execute("DELETE FROM fact.source_policy")
    for source in sorted(set(accepting)):
        cursor.execute("INSERT INTO fact.source_policy VALUES (?, TRUE)", [source])


def rules_of(cursor: Cursor) -> ShopRules:
    """Read the shop's settings."""
    columns = "session_gap_minutes, cart_abandoned_minutes, cart_expired_days, order_cart_days, dedupe_days"
    assert columns == ", ".join(ShopRules._fields)
    (row,) = cursor.execute(
        "SELECT session_gap_minutes, cart_abandoned_minutes, cart_expired_days, order_cart_days, dedupe_days"
        " FROM fact.shop_settings"
    ).fetchall()
    return ShopRules(*row)


def applied_tick(cursor: Cursor) -> int:
    """Give the last tick that was applied, 0 where none was."""
    ((tick_id,),) = cursor.execute("SELECT coalesce(max(tick_id), 0) FROM fact.applied").fetchall()
    return int(tick_id)


def seen(cursor: Cursor) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Give the message ids that must not come again, as (id hashes, body hashes), a million at a time."""
    found = load(_PACKAGE, "seen").table(cursor)
    for batch in found.to_batches(max_chunksize=1_000_000):
        yield batch.column(0).to_numpy(), batch.column(1).cast(pa.int64()).to_numpy()


def count(cursor: Cursor, tick: Tick, counts: CountsLike, imports: Mapping[str, CountsLike]) -> None:
    """Write what became of the tick's lines: their sums are the counting equation."""
    cursor.execute(
        "INSERT INTO fact.tick_counts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            tick.tick_id, str(tick.spool), tick.from_offset, tick.to_offset, naive(tick.now), counts.received,
            counts.stored, counts.refused, counts.consent_discarded, counts.duplicates,
        ],
    )  # fmt: skip
    for import_id, one in imports.items():
        cursor.execute(
            "INSERT INTO fact.import_counts VALUES (?, ?, ?, ?, ?, ?)",
            [tick.tick_id, import_id, one.received, one.stored, one.refused, one.duplicates],
        )


# ── a tick's base rows ──


def write(cursor: Cursor, tick: Tick, collected: Mapping[str, pa.Table]) -> None:
    """
    Append a tick's base rows, move the warehouse's clock to the tick's `now`, and mark the spool as applied so far.

    Shape: `collected` holds tables shaped like `fact.<name>`, by name; sessions are laid as events go in.
    """
    visits = _write_events(cursor, tick, collected["events"]) if len(collected.get("events", ())) else _NO_VISITS
    for name, rows in collected.items():
        if len(rows) == 0 or name == "events":
            continue
        if name == "commerce":
            cursor.register("visits", visits)
            _write_as(cursor, "commerce_insert", _with_optional(rows))
            cursor.unregister("visits")
        else:
            _append(cursor, name, rows)
    move_clock(cursor, tick.now)
    mark = {"spool": str(tick.spool), "offset_after": tick.to_offset, "tick_id": tick.tick_id}
    if load(_PACKAGE, "applied_mark").run(cursor, **mark).fetchall() == [(0,)]:
        load(_PACKAGE, "applied_first").run(cursor, **mark)


def move_clock(cursor: Cursor, now: datetime) -> None:
    """Set the instant that time-driven states of carts are judged at."""
    cursor.execute("DELETE FROM fact.clock")
    cursor.execute("INSERT INTO fact.clock VALUES (?)", [naive(now)])


def profiles_copied(cursor: Cursor) -> int:
    """Give the last change of identity that was copied."""
    ((change,),) = cursor.execute("SELECT max(change) FROM fact.profiles_copied").fetchall()
    return int(change)


def copy_profiles(cursor: Cursor, rows: Sequence[tuple[int, str, str, str]], *, change: int | None = None) -> list[int]:
    """
    Copy who is who of nodes that changed, as (node_id, kind, value, profile_id), and give those that are news here.

    With `change`, it is remembered as the last change that was copied.
    """
    if change is not None:
        cursor.execute("UPDATE fact.profiles_copied SET change = ?", [change])
    if not rows:
        return []
    latest = {row[0]: row for row in rows}
    cursor.register("changes", bridge.rows_to_table(latest.values(), _CHANGES))
    load(_PACKAGE, "profiles_old").run(cursor)
    cursor.unregister("changes")
    found = load(_PACKAGE, "profiles_changed").run(cursor).fetchall()
    if any(is_new for _, is_new in found):
        load(_PACKAGE, "profiles_insert").run(cursor)
    if not all(is_new for _, is_new in found):
        load(_PACKAGE, "profiles_update").run(cursor)
    return [node_id for node_id, _ in found]


def derive(cursor: Cursor, tick_id: int, now: datetime, changed_nodes: Sequence[int] = ()) -> None:
    """
    Derive again what the tick's base rows and the nodes that changed their profile can have changed.

    What is derived is a pure function of the set of base rows (and of identity): whatever order they came in, and
    however they were cut into ticks, the same rows come of it. Only `booked_at` remembers when. A tick that was derived
    before touches nothing more; the clock moves all the same.
    """
    move_clock(cursor, now)
    (news,) = [_News(*row) for row in load(_PACKAGE, "tick_news").run(cursor, tick_id=tick_id).fetchall()]
    touched = Touched(moved=_in_bridge(cursor, changed_nodes))
    if tick_id > news.derived:
        cursor.execute("UPDATE fact.derived SET tick_id = ?", [tick_id])
        if news.products:
            load(_PACKAGE, "products_upsert").run(cursor, tick_id=tick_id)
        _touch(cursor, tick_id, news, touched, now)
    if any((touched.orders, touched.carts, touched.nodes, touched.changed, touched.moved)):
        bridge.derive_carts(cursor, touched, within=timedelta(days=news.order_cart_days))


def rederive_all(cursor: Cursor) -> None:
    """Make every derived table again from the base tables alone; the same rows come of it, `booked_at` included."""
    ((now,),) = cursor.execute("SELECT max(now) FROM fact.clock").fetchall()
    for table in DERIVED:
        if table in _EMPTY:
            cursor.execute(_EMPTY[table])
    _rederive_sessions(cursor)
    load(_PACKAGE, "products_all").run(cursor)
    load(_PACKAGE, "bridge_all").run(cursor)
    instant = now or EPOCH
    for keys in _chunks(cursor, "SELECT DISTINCT order_hash FROM fact.commerce WHERE order_hash IS NOT NULL"):
        settle_orders(cursor, keys, instant, is_known=True)
    cursor.execute("DELETE FROM fact.revenue_ledger WHERE order_hash NOT IN (SELECT order_hash FROM fact.orders)")
    within = timedelta(days=rules_of(cursor).order_cart_days)
    for carts in _chunks(cursor, "SELECT DISTINCT cart_hash FROM fact.commerce WHERE cart_hash IS NOT NULL"):
        bridge.derive_carts(cursor, Touched(carts=carts), within=within)
    for nodes in _chunks(cursor, "SELECT node_id FROM fact.bridge_nodes"):
        bridge.derive_carts(cursor, Touched(changed=nodes), within=within)
    for keys in _chunks(cursor, "SELECT DISTINCT order_hash FROM fact.orders"):
        bridge.derive_carts(cursor, Touched(orders=keys), within=within)


# ── pieces ──

_EMPTY = {
    "sessions": "DELETE FROM fact.sessions",
    "carts": "DELETE FROM fact.carts",
    "cart_lines": "DELETE FROM fact.cart_lines",
    "bridge_nodes": "DELETE FROM fact.bridge_nodes",
    "inferred_acts": "DELETE FROM fact.inferred_acts",
    "cart_claims": "DELETE FROM fact.cart_claims",
    "orders": "DELETE FROM fact.orders",
    "order_lines": "DELETE FROM fact.order_lines",
    "products": "DELETE FROM fact.products",
}


def _write_events(cursor: Cursor, tick: Tick, rows: pa.Table) -> pa.Table:
    """Append events, and give the message hashes of those that lie in a session."""
    gap = timedelta(minutes=rules_of(cursor).session_gap_minutes)
    cursor.register("collected", rows)
    stamps = sessions.sessionize(cursor, tick.tick_id, rows, gap)
    _write_as(cursor, "events_insert", rows.append_column("session_id", stamps))
    return rows.select(["message_hash"]).filter(pc.is_valid(stamps))


_NO_VISITS = pa.table({"message_hash": pa.array([], pa.int64())})


def _write_as(cursor: Cursor, statement: str, rows: pa.Table) -> None:
    cursor.register("collected", rows)
    load(_PACKAGE, statement).run(cursor)
    cursor.unregister("collected")


def _append(cursor: Cursor, name: str, rows: pa.Table) -> None:
    if name not in BASE:
        raise KeyError(name)
    cursor.register("collected", rows)
    # the name is one of BASE: appending by name is the same statement for each of them
    cursor.execute(_APPEND[name])
    cursor.unregister("collected")


_APPEND = {
    "product_records": "INSERT INTO fact.product_records BY NAME SELECT * FROM collected",
    "contact_records": "INSERT INTO fact.contact_records BY NAME SELECT * FROM collected",
    "consents": "INSERT INTO fact.consents BY NAME SELECT * FROM collected",
    "loyalty_movements": "INSERT INTO fact.loyalty_movements BY NAME SELECT * FROM collected",
    "message_records": "INSERT INTO fact.message_records BY NAME SELECT * FROM collected",
    "delivery_records": "INSERT INTO fact.delivery_records BY NAME SELECT * FROM collected",
    "failed": "INSERT INTO fact.failed BY NAME SELECT * FROM collected",
}


def _with_optional(rows: pa.Table) -> pa.Table:
    for name in ("namespace", "line_kind"):
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(len(rows), _TEXT))
    return rows


class _News(NamedTuple):
    """What a tick brought that something is derived from."""

    derived: int
    commerce: int
    products: int
    deliveries: int
    moves: int
    order_cart_days: int


def _touch(cursor: Cursor, tick_id: int, news: _News, touched: Touched, now: datetime) -> None:
    """Settle the tick's orders, and add what the tick touched."""
    if news.commerce:
        rows = load(_PACKAGE, "commerce_tick").table(cursor, tick_id=tick_id)
        touched.orders.update(_distinct(rows["order_hash"]))
        for name in ("cart_hash", "other_cart_hash"):
            touched.carts.update(_distinct(rows[name]))
        touched.checkouts.update(_distinct(rows["checkout_hash"]))
        touched.nodes.update(_distinct(rows["browser_node"]))
        touched.actors.update(set(_distinct(rows["browser_node"].filter(rows["is_action"]))) - {0})
        touched.tellers.update(set(_distinct(rows["browser_node"].filter(rows["is_told"]))) - {0})
        told = set(_distinct(rows["order_hash"].filter(pc.invert(rows["is_import"]))))
        touched.settled.update(settle_orders(cursor, touched.orders, now, told=told))
    if news.deliveries:
        found = load(_PACKAGE, "clicks_tick").run(cursor, tick_id=tick_id).fetchall()
        clickers = {node for (node,) in found}
        touched.changed.update(clickers)
        touched.tellers.update(clickers)
    if news.moves:
        moves = cursor.execute("SELECT browser_node FROM fact.session_moves WHERE tick_id = ?", [tick_id]).fetchall()
        touched.changed.update(_in_bridge(cursor, [node for (node,) in moves]))
        found = load(_PACKAGE, "orders_of_moves").run(cursor, tick_id=tick_id).fetchall()
        touched.orders.update(order for (order,) in found)
    touched.nodes.discard(0)


def _distinct(column: pa.ChunkedArray) -> list[int]:
    found: list[int] = pc.drop_null(pc.unique(column)).to_pylist()
    return found


def _in_bridge(cursor: Cursor, nodes: Sequence[int]) -> set[int]:
    if not nodes:
        return set()
    with bridge.lend_keys(cursor, "wanted_nodes", "node_id", nodes, pa.int64()):
        found = cursor.execute(
            "SELECT node_id FROM fact.bridge_nodes WHERE node_id IN (SELECT node_id FROM wanted_nodes)"
        ).fetchall()
    return {node for (node,) in found}


# ── orders ──


def settle_orders(
    cursor: Cursor, touched: Collection[int], now: datetime, *, told: Collection[int] = (), is_known: bool = False
) -> dict[int, Names]:
    """
    Write the touched orders, their lines and their ledger again, as all their rows together say.

    Orders that events speak of (`told` are some of them) are settled one by one, those that only imports know in bulk.
    Gives what the former name.
    """
    if not touched:
        return {}
    with bridge.lend_keys(cursor, "touched_orders", "order_hash", touched):
        ((known,),) = load(_PACKAGE, "orders_known").run(cursor).fetchall()
        book = "ledger_book_new"
        if known or is_known:
            book = "ledger_book"
            load(_PACKAGE, "booked").run(cursor)
            for statement in ("orders_delete", "order_lines_delete", "revenue_ledger_delete"):
                load(_PACKAGE, statement).run(cursor)
        if len(told) < len(touched):
            load(_PACKAGE, "order_rows").run(cursor)
            mixed = load(_PACKAGE, "orders_mixed").run(cursor).fetchall()
        else:
            mixed = load(_PACKAGE, "orders_of_events").run(cursor).fetchall()
        settled = _settle_mixed(cursor, [orders.Row(*row) for row in mixed])
        if settled:
            load(_PACKAGE, book).run(cursor, now=naive(now))
        if len(settled) < len(touched):
            for statement in (
                "imported_lines", "imported_orders", "imported_orders_insert", "imported_lines_insert",
                "imported_ledger",
            ):  # fmt: skip
                load(_PACKAGE, statement).run(cursor)
            load(_PACKAGE, book).run(cursor, now=naive(now))
    return settled


def _settle_mixed(cursor: Cursor, rows: list[orders.Row]) -> dict[int, Names]:
    settled = [orders.settle(one) for _, one in groupby(rows, key=attrgetter("order_hash"))]
    if not settled:
        return {}
    for statement, schema, made in (
        ("orders_insert", _ORDERS, [one.order for one in settled]),
        ("order_lines_insert", _ORDER_LINES, [line for one in settled for line in one.lines]),
        ("movements_made", _MOVEMENTS, [movement for one in settled for movement in one.ledger]),
    ):
        table = bridge.rows_to_table(made, schema) if made else schema.empty_table()
        cursor.register("made", table)
        load(_PACKAGE, statement).run(cursor)
        cursor.unregister("made")
    return {
        one.order.order_hash: Names(one.order.browser_nodes, one.order.cart_hashes, one.order.checkout_hashes)
        for one in settled
    }


# ── from scratch ──


def _rederive_sessions(cursor: Cursor) -> None:
    gap = timedelta(minutes=rules_of(cursor).session_gap_minutes)
    for first, last in _tick_ranges(cursor):
        events = load(_PACKAGE, "events_between").table(cursor, first=first, last=last)
        cursor.register("collected", events)
        sessions.sessionize(cursor, last, events, gap, restamps=False)
        cursor.unregister("collected")
    load(_PACKAGE, "events_stamp_all").run(cursor)


def _tick_ranges(cursor: Cursor) -> Iterator[tuple[int, int]]:
    """Cut the ticks in stretches of about a chunk of events."""
    first, size = None, 0
    last = 0
    for last, events in load(_PACKAGE, "events_by_tick").run(cursor).fetchall():
        first, size = last if first is None else first, size + events
        if size >= CHUNK:
            yield first, last
            first, size = None, 0
    if first is not None:
        yield first, last


def _chunks(cursor: Cursor, query: str) -> Iterator[set[int]]:
    keys = [key for (key,) in cursor.execute(query).fetchall()]
    for start in range(0, len(keys), CHUNK // 10):
        yield set(keys[start : start + CHUNK // 10])
