"""A warehouse of purchases, written without events: who bought when and for how much; and the scores of its people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from comptoir.scores.night import Nights, Ran, prepare
from comptoir.scores.plugin import Asked
from comptoir.warehouse.duckdb import Warehouse, open_warehouse

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TODAY = NOW.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """One order. Units: minor units of `currency`; `days` before TODAY."""

    who: str
    days: int
    amount: int = 5_000
    cost: int | None = None
    brand: str = "main"
    currency: str = "EUR"
    back: int = 0
    """How much of it was given back the day after."""
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What somebody did in a category on a day. `days` before TODAY."""

    who: str
    category: str
    days: int = 1
    name: str = "Product Viewed"
    times: int = 1
    brand: str = "main"
    visit: str | None = None


@cache
def _empty() -> bytes:
    """Give a warehouse with its tables and nothing in them: made once, since migrations take longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        made = open_warehouse(path)
        made.checkpoint()
        made.close()
        return path.read_bytes()


@dataclass(slots=True)
class Till:
    """A warehouse to which purchases are told."""

    warehouse: Warehouse
    nodes: dict[str, int] = field(default_factory=dict)
    orders: int = 0

    @classmethod
    def open(cls, folder: Path) -> Till:
        """Open an empty warehouse in a folder."""
        path = folder / "warehouse.duckdb"
        path.write_bytes(_empty())
        return cls(open_warehouse(path, memory_mb=1_024))

    def know(self, people: Iterable[str], kind: str = "account") -> None:
        """Know people, a node and a profile each."""
        with self.warehouse.transaction() as cursor:
            for who in people:
                if who not in self.nodes:
                    self.nodes[who] = len(self.nodes) + 1
                    row = [self.nodes[who], kind, who, f"p-{who}"]
                    cursor.execute("INSERT INTO fact.profile_of VALUES (?, ?, ?, ?)", row)

    def sell(self, bought: Sequence[Bought]) -> None:
        """Write orders and their movements."""
        self.know([one.who for one in bought])
        orders, ledger = [], []
        for one in bought:
            self.orders += 1
            at = datetime.combine(TODAY - timedelta(days=one.days), time(12))
            common = {
                "order_hash": self.orders, "brand": one.brand, "node_id": self.nodes[one.who], "trust": "confirmed",
                "source": "shop", "currency": one.currency, "channel": "site",
            }  # fmt: skip
            orders.append(common | {
                "namespace": "shop", "order_id": str(self.orders), "ordered_at": at, "placed_at": at,
                "status": "completed", "gross_minor": one.amount, "amount_minor": one.amount - one.back,
                "is_sale": True, "browser_nodes": [], "cart_hashes": [], "checkout_hashes": [],
            })  # fmt: skip
            sold = {"line_key": "1", "kind": "sale", "revision": 0, "amount_minor": one.amount, "cost_minor": one.cost,
                    "source_ref": f"m{self.orders}", "occurred_at": at, "booked_at": at}  # fmt: skip
            ledger.append(common | sold)
            if one.back:
                later = at + timedelta(days=1)
                ledger.append(common | sold | {"kind": "return", "revision": 1, "amount_minor": -one.back,
                                               "cost_minor": None, "occurred_at": later})  # fmt: skip
        with self.warehouse.transaction() as cursor:
            cursor.register("sold", pa.Table.from_pylist(orders))
            cursor.register("moved", pa.Table.from_pylist(ledger))
            cursor.execute("INSERT INTO fact.orders BY NAME SELECT * FROM sold")
            cursor.execute("INSERT INTO fact.revenue_ledger BY NAME SELECT * FROM moved")
            cursor.unregister("sold")
            cursor.unregister("moved")
            self._write_lines(cursor, [one for one in zip(orders, bought, strict=True) if one[1].category])

    def _write_lines(self, cursor: Any, sold: Sequence[tuple[dict[str, Any], Bought]]) -> None:
        for order, one in sold:
            cursor.execute(
                "INSERT INTO fact.order_lines (order_hash, brand, line_key, category, amount_minor, kind)"
                " VALUES (?, ?, '1', ?, ?, 'sale')",
                [order["order_hash"], one.brand, one.category, one.amount],
            )

    def look(self, looked: Sequence[Looked]) -> None:
        """Write what people did, as events and as days of activity."""
        self.know([one.who for one in looked])
        events, activity = [], []
        for place, one in enumerate(looked):
            at, node = datetime.combine(TODAY - timedelta(days=one.days), time(12)), self.nodes[one.who]
            event = {
                "tick_id": 1, "message_id": f"l{place}", "message_hash": place, "body_hash": 0, "type": "track",
                "name": one.name, "node_id": node, "browser_node": node, "brand": one.brand, "source": "web",
                "dialect": "segment", "trust": "claimed", "lane": "profiled", "historical": False, "occurred_at": at,
                "received_at": at, "url": "https://shop.example/p", "title": f"{one.category} no. {place}",
                "properties": "{}", "traits": "{}", "category": one.category, "session_id": one.visit,
            }  # fmt: skip
            events += [event] * one.times
            activity.append({
                "node_id": node, "day": at.date(), "brand": one.brand, "name": one.name, "category": one.category,
                "currency": "", "events": one.times, "mentions": one.times, "quantity": 0, "amount_minor": 0,
                "first_at": at, "last_at": at, "tick_id": 1,
            })  # fmt: skip
        with self.warehouse.transaction() as cursor:
            cursor.register("told", pa.Table.from_pylist(events))
            cursor.register("days", pa.Table.from_pylist(activity))
            cursor.execute("INSERT INTO fact.events BY NAME SELECT * FROM told")
            cursor.execute("INSERT INTO fact.day_activity BY NAME SELECT * FROM days")
            cursor.unregister("told")
            cursor.unregister("days")

    def join(self, who: str, other: str) -> None:
        """Make one person of two: the first one's profile stays."""
        with self.warehouse.transaction() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE moved AS SELECT node_id, kind, value, ? AS profile_id FROM fact.profile_of"
                " WHERE profile_id = ?",
                [f"p-{who}", f"p-{other}"],
            )
            cursor.execute("DELETE FROM fact.profile_of WHERE profile_id = ?", [f"p-{other}"])
            cursor.execute("INSERT INTO fact.profile_of SELECT * FROM moved")

    def asked(self, cursor: Any, *, brand: str = "main", on: date = TODAY, zone: str = "UTC", **settings: Any) -> Asked:
        """Prepare a cursor for a run at the beginning of a day."""
        as_of = datetime.combine(on, time(), UTC)
        return prepare(cursor, Asked(brand=brand, as_of=as_of, zone=zone, settings=settings))

    def night(self, *names: str, now: datetime = NOW, as_of: datetime | None = None, **settings: Any) -> list[Ran]:
        """Run scores; all of them, as every night, where none is named."""
        return Nights(warehouse=self.warehouse, settings=settings).run({"main": "UTC"}, now, names=names, as_of=as_of)

    def scores(self, score: str) -> dict[str, tuple[float | None, str | None]]:
        """Give each person's value and label of a score."""
        found = self.raw("SELECT profile_id, value, label FROM main.scores WHERE score = ? ORDER BY ALL", [score])
        return {who.removeprefix("p-"): (value, label) for who, value, label in found}

    def raw(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Look at any table."""
        with self.warehouse.cursor() as cursor:
            return list(cursor.execute(sql, list(values)).fetchall())
