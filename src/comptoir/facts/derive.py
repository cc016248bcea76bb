"""Facts: base rows go in, and what is derived from them is derived again for the keys they touch, and no others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comptoir.clock import EPOCH
from comptoir.facts import bridge, days, keys, persons, rows, sessions, settling
from comptoir.facts.bridge import Touched
from comptoir.facts.orders import IMPORTED
from comptoir.facts.read import naive
from comptoir.facts.rows import KEY, NODE, TEXT
from comptoir.model.identifier import Moved
from comptoir.model.tick import Tick
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"
BASE = frozenset({
    "events", "commerce", "product_records", "contact_records", "consents", "loyalty_movements", "message_records",
    "delivery_records", "failed", "price_records", "stock_records", "category_records", "pickup_records",
    "subscription_records", "campaign_return_records", "claim_records", "spend_records", "erased_lines",
    "field_grades",
})  # fmt: skip
"""Tables that a tick appends to."""
DERIVED = (
    "sessions", "carts", "cart_lines", "bridge_nodes", "inferred_acts", "cart_claims", "orders",
    "order_lines", "revenue_ledger", "products", "day_activity",
)  # fmt: skip
"""Tables that can be made again from the base tables."""
FIELD_COUNTS = "field_counts"
"""How many values of each field had which grade, by day."""
CHUNK = 200_000
"""Rows that a derivation from scratch works at once."""
_CHANGES = pa.schema({"node_id": NODE, "kind": TEXT, "value": TEXT, "profile_id": TEXT})


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


def configure(
    cursor: Cursor, rules: ShopRules, accepting: Iterable[str] = (), zones: Mapping[str, str] | None = None
) -> None:
    """Write the shop's settings, the sources whose claimed orders count as revenue, and the zones of the brands."""
    cursor.execute("DELETE FROM fact.shop_settings")
    cursor.execute("INSERT INTO fact.shop_settings VALUES (?, ?, ?, ?, ?)", list(rules))
    cursor.execute("DELETE FROM fact.source_policy")
    for source in sorted(set(accepting)):
        cursor.execute("INSERT INTO fact.source_policy VALUES (?, TRUE)", [source])
    if zones is not None:
        days.follow_zones(cursor, zones)


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


def looks(cursor: Cursor, *, minutes: int) -> dict[tuple[int, int], int]:
    """Count the pages that browsers turned in the last minutes, by browser and minute since 1970."""
    found = load(_PACKAGE, "looks").table(cursor, minutes=minutes).to_pylist()
    return {(one["browser_node"], one["minute"]): one["looks"] for one in found}


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


class News(NamedTuple):
    """What a tick brought that something is derived from."""

    commerce: pa.Table | None = None
    """Its rows of fact.commerce, with their keys."""
    has_products: bool = False
    clickers: frozenset[int] = frozenset()
    """Nodes that clicked in a message."""
    moved: frozenset[int] = frozenset()
    """Browsers of which a stored session got another name."""
    rules: ShopRules | None = None
    """The shop's settings, where they were read already."""


def write(cursor: Cursor, tick: Tick, collected: Mapping[str, pa.Table]) -> News:
    """
    Append a tick's base rows, move the warehouse's clock, mark the spool as applied so far, and give what is new.

    Shape: `collected` holds tables shaped like `fact.<name>`, by name; sessions are laid as events go in.
    """
    # The first statement must write: DuckDB lets a transaction that has written go on beside a checkpoint, but one that
    # has only read when it begins waits at its first write until it ends.
    move_clock(cursor, tick.now)
    rules = rules_of(cursor)
    visits, moved = None, set[int]()
    if len(collected.get("events", ())):
        visits, moved = _write_events(cursor, collected["events"], timedelta(minutes=rules.session_gap_minutes))
    commerce = _keyed(collected["commerce"], visits) if len(collected.get("commerce", ())) else None
    if commerce is not None:
        _write_as(cursor, "commerce_insert", commerce)
    if visits is not None:
        days.add(cursor, tick.tick_id, collected["events"], commerce)
    for name, table in collected.items():
        if len(table) and name not in {"events", "commerce", FIELD_COUNTS}:
            _append(cursor, name, table)
    if len(collected.get(FIELD_COUNTS, ())):
        _count_fields(cursor, collected[FIELD_COUNTS])
    load(_PACKAGE, "applied_delete").run(cursor, spool=str(tick.spool))
    load(_PACKAGE, "applied_insert").run(
        cursor, spool=str(tick.spool), offset_after=tick.to_offset, tick_id=tick.tick_id
    )
    return News(
        commerce=commerce,
        has_products=any(len(collected.get(table, ())) > 0 for table in _OF_PRODUCTS),
        clickers=_clickers(collected.get("delivery_records")),
        moved=frozenset(moved),
        rules=rules,
    )


def move_clock(cursor: Cursor, now: datetime) -> None:
    """Set the instant that time-driven states of carts are judged at."""
    cursor.execute("DELETE FROM fact.clock")
    cursor.execute("INSERT INTO fact.clock VALUES (?)", [naive(now)])


def profiles_copied(cursor: Cursor) -> int:
    """Give the last change of identity that was copied."""
    ((change,),) = cursor.execute("SELECT max(change) FROM fact.profiles_copied").fetchall()
    return int(change)


def copy_profiles(
    cursor: Cursor, changes: Sequence[tuple[int, str, str, str]], *, change: int | None = None
) -> list[Moved]:
    """
    Copy who is who of nodes that changed, as (node_id, kind, value, profile_id), and give those that are news here.

    With `change`, it is remembered as the last change that was copied.
    """
    if change is not None:
        cursor.execute("DELETE FROM fact.profiles_copied")
        cursor.execute("INSERT INTO fact.profiles_copied VALUES (?)", [change])
    if not changes:
        return []
    latest = {row[0]: row for row in changes}
    known = dict(load(_PACKAGE, "profiles_known").run(cursor, nodes=list(latest)).fetchall())
    news = [row for node, row in latest.items() if node not in known or known[node] != row[3]]
    moved = [row[0] for row in news if row[0] in known]
    if moved:
        load(_PACKAGE, "profiles_delete").run(cursor, nodes=moved)
    rows.insert(cursor, "profiles_insert", _CHANGES, news)
    persons.follow(cursor, [(row[0], row[3]) for row in news], {node: known[node] for node in moved})
    return [Moved(row[0], known.get(row[0]), row[3]) for row in news]


def derive(
    cursor: Cursor, tick_id: int, now: datetime, changed_nodes: Sequence[int] = (), news: News | None = None
) -> Touched:
    """
    Derive again what a tick's news and the nodes that changed their profile can have changed, and give what that was.

    Without news only time passed.

    What is derived is a pure function of the set of base rows (and of identity): whatever order they came in, and
    however they were cut into ticks, the same rows come of it. Only `booked_at` remembers when.
    """
    if news is None:
        move_clock(cursor, now)
    touched = Touched(moved=_in_bridge(cursor, changed_nodes))
    if news is not None:
        if news.has_products:
            load(_PACKAGE, "products_upsert").run(cursor, tick_id=tick_id)
        _touch(cursor, news, touched, now)
    if any((touched.orders, touched.carts, touched.nodes, touched.changed, touched.moved)):
        rules = news.rules if news is not None and news.rules is not None else rules_of(cursor)
        bridge.derive_carts(cursor, touched, within=timedelta(days=rules.order_cart_days))
    return touched


def insert_again(cursor: Cursor, collected: Mapping[str, pa.Table], visits: Collection[int]) -> None:
    """
    Append base rows of lines that were rewritten; `rederive_all` must follow, which lays their sessions.

    `visits` are the message hashes of the commerce rows whose events lie in a session.
    """
    for name, table in collected.items():
        if name == "events":
            _write_as(cursor, "events_insert", table.append_column("session_id", pa.nulls(len(table), TEXT)))
        elif name == "commerce":
            _write_as(cursor, "commerce_insert", _keyed(table, pa.chunked_array([pa.array(sorted(visits), NODE)])))
        elif name != FIELD_COUNTS:
            _append(cursor, name, table)


def rederive_all(cursor: Cursor) -> None:
    """Make every derived table again from the base tables alone; the same rows come of it, `booked_at` included."""
    ((now,),) = cursor.execute("SELECT max(now) FROM fact.clock").fetchall()
    for table in DERIVED:
        if table in _EMPTY:
            cursor.execute(_EMPTY[table])
    _rederive_sessions(cursor)
    days.rederive(cursor)
    load(_PACKAGE, "products_all").run(cursor)
    load(_PACKAGE, "bridge_all").run(cursor)
    instant = now or EPOCH
    for some in _chunks(cursor, "SELECT DISTINCT order_hash FROM fact.commerce WHERE order_hash IS NOT NULL"):
        settling.write_unjoined(cursor, settling.settle(cursor, some, instant))
    cursor.execute("DELETE FROM fact.revenue_ledger WHERE order_hash NOT IN (SELECT order_hash FROM fact.orders)")
    within = timedelta(days=rules_of(cursor).order_cart_days)
    for carts in _chunks(cursor, "SELECT DISTINCT cart_hash FROM fact.commerce WHERE cart_hash IS NOT NULL"):
        bridge.derive_carts(cursor, Touched(carts=carts), within=within)
    for nodes in _chunks(cursor, "SELECT node_id FROM fact.bridge_nodes"):
        bridge.derive_carts(cursor, Touched(changed=nodes), within=within)
    for some in _chunks(cursor, "SELECT DISTINCT order_hash FROM fact.orders"):
        bridge.derive_carts(cursor, Touched(orders=some), within=within)


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


def _write_events(cursor: Cursor, events: pa.Table, gap: timedelta) -> tuple[pa.ChunkedArray, set[int]]:
    """Append events; give the message hashes of those that lie in a session, and whose sessions got another name."""
    cursor.register("collected", events)
    stamps, moved = sessions.sessionize(cursor, events, gap)
    _write_as(cursor, "events_insert", events.append_column("session_id", stamps))
    return events["message_hash"].filter(pc.is_valid(stamps)), moved


def _keyed(commerce: pa.Table, visits: pa.ChunkedArray | None) -> pa.Table:
    """Add what the tick's commerce rows are looked up by, and whether their event lies in a session."""
    is_visit = (
        pc.is_in(commerce["message_hash"], value_set=visits)
        if visits is not None
        else pa.array([False] * len(commerce))
    )
    for name in ("namespace", "line_kind"):
        if name not in commerce.column_names:
            commerce = commerce.append_column(name, pa.nulls(len(commerce), TEXT))
    brand, speaks = commerce["brand"], pc.is_in(commerce["name"], value_set=_OF_ORDERS)
    of_orders = pc.if_else(speaks, commerce["order_id"], pa.scalar(None, TEXT))
    columns = {
        "is_visit": is_visit,
        "cart_hash": _keys(keys.cart_hash, brand, commerce["cart_id"]),
        "other_cart_hash": _keys(keys.cart_hash, brand, commerce["other_cart_id"]),
        "checkout_hash": _keys(keys.checkout_hash, brand, commerce["checkout_id"]),
        "order_hash": _keys(keys.order_hash, brand, of_orders, commerce["namespace"]),
    }
    for name, column in columns.items():
        commerce = commerce.append_column(name, column)
    return commerce


def _write_as(cursor: Cursor, statement: str, table: pa.Table) -> None:
    cursor.register("collected", table)
    load(_PACKAGE, statement).run(cursor)


def _append(cursor: Cursor, name: str, table: pa.Table) -> None:
    if name not in BASE:
        raise KeyError(name)
    cursor.register("collected", table)
    # the name is one of BASE: appending by name is the same statement for each of them
    cursor.execute(_APPEND[name])


def _count_fields(cursor: Cursor, counts: pa.Table) -> None:
    """Add to what was counted: a day's row is the same however its lines were cut into ticks."""
    cursor.register("collected", counts)
    summed = load(_PACKAGE, "field_counts_sum").table(cursor)
    cursor.register("collected", summed)
    load(_PACKAGE, "field_counts_delete").run(cursor)
    load(_PACKAGE, "field_counts_insert").run(cursor)


_APPEND = {
    "product_records": "INSERT INTO fact.product_records BY NAME SELECT * FROM collected",
    "contact_records": "INSERT INTO fact.contact_records BY NAME SELECT * FROM collected",
    "consents": "INSERT INTO fact.consents BY NAME SELECT * FROM collected",
    "loyalty_movements": "INSERT INTO fact.loyalty_movements BY NAME SELECT * FROM collected",
    "message_records": "INSERT INTO fact.message_records BY NAME SELECT * FROM collected",
    "delivery_records": "INSERT INTO fact.delivery_records BY NAME SELECT * FROM collected",
    "failed": "INSERT INTO fact.failed BY NAME SELECT * FROM collected",
    "price_records": "INSERT INTO fact.price_records BY NAME SELECT * FROM collected",
    "stock_records": "INSERT INTO fact.stock_records BY NAME SELECT * FROM collected",
    "category_records": "INSERT INTO fact.category_records BY NAME SELECT * FROM collected",
    "pickup_records": "INSERT INTO fact.pickup_records BY NAME SELECT * FROM collected",
    "subscription_records": "INSERT INTO fact.subscription_records BY NAME SELECT * FROM collected",
    "campaign_return_records": "INSERT INTO fact.campaign_return_records BY NAME SELECT * FROM collected",
    "claim_records": "INSERT INTO fact.claim_records BY NAME SELECT * FROM collected",
    "spend_records": "INSERT INTO fact.spend_records BY NAME SELECT * FROM collected",
    "erased_lines": "INSERT INTO fact.erased_lines BY NAME SELECT * FROM collected",
    "field_grades": "INSERT INTO fact.field_grades BY NAME SELECT * FROM collected",
}


_OF_ORDERS = pa.array(["Order Completed", "Order Updated", "Order Refunded", "Order Cancelled", IMPORTED])
"""Names of what speaks of an order."""


def _keys(key: Callable[..., int], brands: pa.ChunkedArray, *parts: pa.ChunkedArray) -> pa.Array:
    """Make a column of keys of columns of words, the same the macros of migration 0002 make; no id, no key."""
    count = len(brands)
    if parts[0].null_count == count:
        return pa.nulls(count, KEY)
    words = pa.table({str(place): column for place, column in enumerate((brands, *parts))})
    distinct = words.group_by(words.column_names, use_threads=False).aggregate([])
    rows = zip(*(column.to_pylist() for column in distinct.columns), strict=True)
    made = [None if row[1] is None else key(*(word for word in row if word is not None)) for row in rows]
    if len(made) == 1:
        return pa.repeat(pa.scalar(made[0], KEY), count)
    if _is_told_by_id(distinct):
        places = pc.index_in(parts[0], value_set=distinct["1"].combine_chunks())
        return pa.array(made, KEY).take(places)
    by_row = dict(zip(zip(*(column.to_pylist() for column in distinct.columns), strict=True), made, strict=True))
    return pa.array([by_row[row] for row in zip(*(one.to_pylist() for one in words.columns), strict=True)], KEY)


def _is_told_by_id(distinct: pa.Table) -> bool:
    """Say whether no id stands in two brands or namespaces, so that it alone tells which key is meant."""
    return len(pc.unique(distinct["1"])) == len(distinct)


_OF_PRODUCTS = ("product_records", "price_records", "stock_records")


def _clickers(deliveries: pa.Table | None) -> frozenset[int]:
    """Give who clicked, robots and nobody left out."""
    if deliveries is None:
        return frozenset()
    is_click = pc.and_(pc.equal(deliveries["kind"], "clicked"), pc.is_null(deliveries["robot_reason"]))
    return frozenset(deliveries["node_id"].filter(is_click).to_pylist()) - {0}


def _touch(cursor: Cursor, news: News, touched: Touched, now: datetime) -> None:
    """Settle the tick's orders, and add what the tick touched."""
    if news.commerce is not None:
        _touch_commerce(cursor, news.commerce, touched, now)
    touched.changed.update(news.clickers)
    touched.tellers.update(news.clickers)
    if news.moved:
        touched.changed.update(_in_bridge(cursor, news.moved))
        found = load(_PACKAGE, "orders_of_moves").run(cursor, nodes=list(news.moved)).fetchall()
        touched.orders.update(order for (order,) in found)
    touched.nodes.discard(0)


def _touch_commerce(cursor: Cursor, commerce: pa.Table, touched: Touched, now: datetime) -> None:
    is_action = pc.is_null(commerce["order_hash"])
    # it ordered, named a checkout, or acted on a cart without naming it: there is something to find out
    is_told = pc.or_(
        pc.or_(pc.invert(is_action), pc.is_null(commerce["cart_hash"])), pc.is_valid(commerce["checkout_hash"])
    )
    touched.orders.update(_distinct(commerce["order_hash"]))
    for name in ("cart_hash", "other_cart_hash"):
        touched.carts.update(_distinct(commerce[name]))
    touched.checkouts.update(_distinct(commerce["checkout_hash"]))
    touched.nodes.update(_distinct(commerce["browser_node"]))
    touched.actors.update(set(_distinct(commerce["browser_node"].filter(is_action))) - {0})
    touched.tellers.update(set(_distinct(commerce["browser_node"].filter(is_told))) - {0})
    told = set(_distinct(commerce["order_hash"].filter(pc.not_equal(commerce["name"], IMPORTED))))
    row_count = len(commerce) - commerce["order_hash"].null_count
    settled = settling.settle(cursor, touched.orders, now, told=told, row_count=row_count)
    touched.settled.update((one.order_hash, one) for one in settled)


def _distinct(column: pa.ChunkedArray) -> list[int]:
    found: list[int] = pc.drop_null(pc.unique(column)).to_pylist()
    return found


def _in_bridge(cursor: Cursor, nodes: Collection[int]) -> set[int]:
    if not nodes:
        return set()
    return {row[0] for row in load(_PACKAGE, "bridge_known").run(cursor, nodes=list(nodes)).fetchall()}


# ── from scratch ──


def _rederive_sessions(cursor: Cursor) -> None:
    gap = timedelta(minutes=rules_of(cursor).session_gap_minutes)
    for first, last in _tick_ranges(cursor):
        events = load(_PACKAGE, "events_between").table(cursor, first=first, last=last)
        cursor.register("collected", events)
        sessions.sessionize(cursor, events, gap, restamps=False)
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
    found = [key for (key,) in cursor.execute(query).fetchall()]
    for start in range(0, len(found), CHUNK // 10):
        yield set(found[start : start + CHUNK // 10])
