"""What a shop tells, as tests write it: events and imported lines that become the tick's Arrow tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from comptoir.facts import derive
from comptoir.ids import hash64
from comptoir.model.identifier import node_of
from comptoir.model.money import line_minor
from comptoir.model.tick import Tick
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.duckdb import DuckdbWarehouse, open_warehouse

START = datetime(2026, 1, 1)
_TEXT, _INT, _AT, _DECIMAL = pa.string(), pa.int64(), pa.timestamp("us"), pa.decimal128(18, 6)

EVENTS = pa.schema(
    [(name, _INT) for name in ("tick_id", "message_hash", "body_hash", "node_id", "browser_node")]
    + [
        (name, _TEXT)
        for name in (
            "message_id", "type", "name", "user_id", "anonymous_id", "group_id", "previous_id", "cart_id",
            "checkout_id", "order_id", "product_id", "category", "brand", "source", "dialect", "trust", "lane",
            "original_timestamp", "clock_flag",
            "url", "path", "title", "referrer", "channel", "channel_detail", "utm_source", "utm_medium", "utm_campaign",
            "utm_term", "utm_content", "robot_reason", "browser", "os", "device", "locale", "ip", "properties",
            "traits",
        )
    ]
    + [("historical", pa.bool_()), ("occurred_at", _AT), ("received_at", _AT), ("sent_at", _AT)]
)  # fmt: skip
COMMERCE = pa.schema(
    [(name, _INT) for name in ("tick_id", "message_hash", "node_id", "browser_node", "amount_minor", "cost_minor",
                               "total_minor", "shipping_minor", "tax_minor", "discount_minor")]
    + [(name, _TEXT) for name in ("message_id", "name", "brand", "source", "trust", "cart_id", "other_cart_id",
                                  "checkout_id", "order_id", "line_id", "product_id", "variant_id", "product_name",
                                  "category", "currency", "channel", "country", "coupon", "namespace", "line_kind")]
    + [("line_number", pa.int32()), ("historical", pa.bool_()), ("occurred_at", _AT), ("received_at", _AT),
       ("quantity", _DECIMAL), ("unit_price", _DECIMAL)]
)  # fmt: skip
DELIVERIES = pa.schema(
    [(name, _INT) for name in ("tick_id", "message_hash", "node_id")]
    + [(name, _TEXT) for name in ("report_id", "message_id", "kind", "detail", "link", "robot_reason")]
    + [("occurred_at", _AT)]
)
COMMERCIAL = frozenset({
    "Product Added", "Product Removed", "Cart Viewed", "Cart Emptied", "Cart Merged", "Checkout Started",
    "Order Completed", "Order Updated", "Order Refunded", "Order Cancelled",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that was told. `minute` counts from START; `products` are (product, quantity, price)."""

    message_id: str
    minute: float
    name: str
    browser: str | None = None
    account: str | None = None
    products: tuple[tuple[str, str | None, str | None], ...] = ()
    trust: str = "claimed"
    brand: str = "shop"
    source: str = "web"
    currency: str = "EUR"
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return START + timedelta(minutes=self.minute)

    @property
    def browser_node(self) -> int:
        return node_of("anonymous", self.browser) if self.browser else self.node_id

    @property
    def node_id(self) -> int:
        if self.account:
            return node_of("account", self.account)
        return node_of("anonymous", self.browser) if self.browser else 0


def tell(message_id: str, minute: float, name: str, **said: Any) -> Told:
    known = {key: said.pop(key) for key in list(said) if key in Told.__slots__}
    return Told(message_id=message_id, minute=minute, name=name, more=said, **known)


def tables(told: Iterable[Told], tick_id: int) -> dict[str, pa.Table]:
    events, commerce, deliveries = [], [], []
    for one in told:
        head = {
            "tick_id": tick_id, "message_id": one.message_id, "message_hash": hash64(one.source, one.message_id),
            "node_id": one.node_id, "browser_node": one.browser_node, "brand": one.brand, "source": one.source,
            "trust": one.trust, "occurred_at": one.at, "received_at": one.at, "historical": False, "name": one.name,
        }  # fmt: skip
        if one.name == "Message Clicked":
            deliveries.append(head | {"report_id": one.message_id, "kind": "clicked"} | one.more)
            continue
        if one.name != "Order Line":
            events.append(
                head | {"type": "page" if one.name == "Home" else "track", "user_id": one.account,
                        "anonymous_id": one.browser, "body_hash": 1, "dialect": "segment", "lane": "crm",
                        "properties": "{}", "traits": "{}"} | one.more
            )  # fmt: skip
        if one.name in COMMERCIAL or one.name == "Order Line":
            commerce += [head | one.more | line for line in _lines(one)]
    return {
        name: _table(rows, schema)
        for name, rows, schema in (
            ("events", events, EVENTS), ("commerce", commerce, COMMERCE), ("delivery_records", deliveries, DELIVERIES)
        )
        if rows
    }  # fmt: skip


def _lines(one: Told) -> list[dict[str, Any]]:
    if not one.products:
        return [{"line_number": 0, "currency": one.currency if "total_minor" in one.more else None}]
    lines = []
    for number, (product, quantity, price) in enumerate(one.products):
        amount = None
        if price is not None:
            amount = line_minor(Decimal(quantity or 1), Decimal(price), one.currency)
        lines.append({
            "line_number": number, "product_id": product, "currency": one.currency, "amount_minor": amount,
            "quantity": None if quantity is None else Decimal(quantity),
            "unit_price": None if price is None else Decimal(price),
        })  # fmt: skip
    return lines


def _table(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


@dataclass(slots=True)
class Shop:
    """A warehouse in memory that is told things in ticks. Profiles are said as {identifier: profile}."""

    warehouse: DuckdbWarehouse
    tick_id: int = 0

    def tick(
        self, *told: Told, profiles: dict[tuple[str, str], str] | None = None, now: datetime | None = None
    ) -> list[int]:
        self.tick_id += 1
        at = (now or START + timedelta(days=40)).replace(tzinfo=UTC)
        tick = Tick(tick_id=self.tick_id, spool="front", from_offset=0, to_offset=self.tick_id, now=at)
        with self.warehouse.transaction() as cursor:
            news = derive.write(cursor, tick, tables(told, self.tick_id))
            rows = [(node_of(*who), who[0], who[1], profile) for who, profile in (profiles or {}).items()]
            changed = [one.node_id for one in derive.copy_profiles(cursor, rows)]
            derive.derive(cursor, self.tick_id, at, changed, news)
        return changed

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.warehouse.cursor() as cursor:
            return cursor.execute(query, list(values)).fetchall()

    def cursor(self) -> Cursor:
        return self.warehouse.cursor()


def open_shop(path: Path | None = None) -> Shop:
    return Shop(open_warehouse(path or Path(":memory:"), memory_mb=512, threads=1))


def moved(one: Told, **changes: Any) -> Told:
    return replace(one, **changes)
