"""
Facts: what a tick costs in the warehouse (base rows, sessions, carts, orders, ledger, checkpoints), on a large table.

Each figure stands beside a bare INSERT of the same Arrow table in the same run. Run it alone:
    python benchmarks/facts.py [--events 20000000] [--home /tmp/facts] [--views]
"""

from __future__ import annotations

import argparse
import random
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from comptoir.facts import derive
from comptoir.ids import hash64
from comptoir.model.tick import Tick
from comptoir.warehouse.duckdb import DuckdbWarehouse, open_warehouse

START = datetime(2026, 1, 1)  # noqa: DTZ001 (the warehouse keeps naive UTC)
CHECKPOINT_MB = 128
PEOPLE = 60_000
WARM_UP = 12
MIX = (
    ("Product Viewed", 0.72), ("Home", 0.97), ("Product Added", 0.99), ("Checkout Started", 0.995),
    ("Order Completed", 1.0),
)  # fmt: skip
"""What people do, cumulated: 2 % of events add to a cart, 0.5 % check out, 0.5 % order (REES46: 0.9 % and 1.2 %)."""
FILL_EVENTS = """
INSERT INTO fact.events BY NAME
SELECT
    0 AS tick_id, concat('m', i) AS message_id, (hash(i) >> 1)::BIGINT AS message_hash, 1 AS body_hash, 'track' AS type,
    'Product Viewed' AS name, concat('a', person) AS anonymous_id, node AS node_id, node AS browser_node, 'shop' AS brand,
    'web' AS source, 'segment' AS dialect, 'claimed' AS trust, 'crm' AS lane, FALSE AS historical, happened AS occurred_at,
    happened AS received_at, concat('https://shop.example/p/', i % 5000) AS url, concat('p', i % 5000) AS product_id,
    concat('{"product_id":"p', i % 5000, '","price":12.5,"category":"c', i % 40, '"}') AS properties, '{}' AS traits,
    concat('s', format('{:016x}', hash(i // 8))) AS session_id
FROM (
    SELECT
        i, (i // 8) % $people AS person, (hash((i // 8) % $people + 1) >> 1)::BIGINT AS node,
        $start::TIMESTAMP - to_days(30) + to_milliseconds((i * (86400.0 * 30 * 1000 / $events))::BIGINT) AS happened
    FROM range($events) AS t (i)
) AS drawn
"""
FILL_SESSIONS = """
INSERT INTO fact.sessions BY NAME
SELECT
    session_id, brand, browser_node, browser_node AS node_id, min(occurred_at) AS started_at, max(occurred_at) AS ended_at,
    min(message_id) AS message_id, count(*) AS event_count, 0 AS page_count, count(*) AS product_view_count,
    min(occurred_at) AS entry_at, min(message_id) AS entry_by, min(url) AS entry_url
FROM fact.events GROUP BY session_id, brand, browser_node ORDER BY ended_at
"""
FILL_COMMERCE = """
INSERT INTO fact.commerce BY NAME
SELECT
    tick_id, message_id, message_hash, 0 AS line_number, 'Product Added' AS name, node_id, browser_node, brand, source, trust,
    historical, occurred_at, received_at, concat('c', browser_node % 1000000) AS cart_id, product_id, 1 AS quantity,
    12.5 AS unit_price, 1250 AS amount_minor, 'EUR' AS currency,
    fact.cart_hash(brand, concat('c', browser_node % 1000000)) AS cart_hash
FROM fact.events WHERE message_hash % 25 = 0
"""
FILL_CARTS = """
INSERT INTO fact.carts BY NAME
SELECT
    cart_hash, brand, cart_id, FALSE AS is_inferred, min(node_id) AS node_id, min(browser_node) AS browser_node,
    'web' AS source, min(occurred_at) AS opened_at, max(occurred_at) AS last_action_at, count(*) AS item_count,
    sum(amount_minor) AS amount_minor, 'EUR' AS currency, 1 AS session_count
FROM fact.commerce GROUP BY cart_hash, brand, cart_id
"""
FILL_BRIDGE = "INSERT INTO fact.bridge_nodes SELECT DISTINCT browser_node, concat('P', browser_node), TRUE, FALSE FROM fact.commerce"
FILL_PROFILES = """
INSERT INTO fact.profile_of
SELECT DISTINCT node_id, 'anonymous', anonymous_id, concat('P', node_id // 2) FROM fact.events
"""


@dataclass(slots=True)
class Site:
    """A live site: people who come back, and what they do."""

    draw: random.Random
    people: int
    run: int = 0
    made: int = 0
    nodes: dict[int, int] = field(default_factory=dict)
    ordered: dict[int, int] = field(default_factory=dict)

    def tick(self, tick_id: int, count: int, rate: float) -> dict[str, pa.Table]:
        """Draw one tick: `count` events at `rate` events a second, as MIX says."""
        begin = START + timedelta(seconds=self.made / rate)
        events, commerce = [], []
        for _ in range(count):
            self.made += 1
            events.append(self._event(tick_id, begin + timedelta(seconds=self.draw.random() * count / rate)))
            if events[-1]["name"] not in {"Home", "Product Viewed"}:
                commerce.append(_commerce(events[-1], self.draw))
        return {"events": _table("events", events), "commerce": _table("commerce", commerce)}

    def _event(self, tick_id: int, at: datetime) -> dict[str, object]:
        lot = self.draw.random()
        name = next(name for name, upto in MIX if lot < upto)
        person = int(self.draw.random() * self.people)
        node = self.nodes.setdefault(person, hash64("node", "anonymous", str(person)))
        cart = (
            {}
            if name in {"Home", "Product Viewed"}
            else {"cart_id": f"cart-{self.run}-{person}-{self.ordered.get(person, 0)}"}
        )
        if name == "Order Completed":
            self.ordered[person] = self.ordered.get(person, 0) + 1
        return cart | {
            "tick_id": tick_id, "message_id": f"live-{self.made}", "message_hash": hash64("web", str(self.made)),
            "body_hash": self.made, "type": "page" if name == "Home" else "track", "name": name,
            "anonymous_id": f"anon-{person}", "node_id": node, "browser_node": node, "brand": "shop", "source": "web",
            "dialect": "segment", "trust": "claimed", "lane": "crm", "historical": False, "occurred_at": at,
            "received_at": at, "url": f"https://shop.example/p/{self.made % 5000}", "path": f"/p/{self.made % 5000}",
            "channel": "direct" if name == "Home" else None, "product_id": f"p{self.made % 5000}", "category": f"c{self.made % 40}",
            "order_id": f"o{self.made}" if name == "Order Completed" else None, "browser": "Firefox", "os": "Linux",
            "device": "desktop", "locale": "fr-FR", "traits": "{}",
            "properties": f'{{"product_id":"p{self.made % 5000}","price":12.5,"category":"c{self.made % 40}"}}',
        }  # fmt: skip


def _commerce(event: dict[str, object], draw: random.Random) -> dict[str, object]:
    price = Decimal(draw.randrange(100, 9999)) / 100
    return event | {
        "line_number": 0, "quantity": Decimal(1), "unit_price": price, "amount_minor": int(price * 100), "currency": "EUR",
    }  # fmt: skip


SHAPES: dict[str, pa.Schema] = {}


def _table(name: str, rows: list[dict[str, object]]) -> pa.Table:
    shape = SHAPES[name]
    return pa.Table.from_pylist([{column: row.get(column) for column in shape.names} for row in rows], schema=shape)


def shapes(warehouse: DuckdbWarehouse) -> None:
    """Learn what the tick's tables look like: the base tables without what the warehouse adds."""
    added = {"session_id", "is_visit", "cart_hash", "other_cart_hash", "checkout_hash", "order_hash"}
    for name, query in (
        ("events", "SELECT * FROM fact.events LIMIT 0"),
        ("commerce", "SELECT * FROM fact.commerce LIMIT 0"),
    ):
        with warehouse.cursor() as cursor:
            whole = cursor.sql(query).to_arrow_table().schema
        SHAPES[name] = pa.schema([one for one in whole if one.name not in added])


def fill(path: Path, events: int) -> DuckdbWarehouse:
    """Open the warehouse, filled with `events` events of the last 30 days if it is new."""
    is_new = not path.exists()
    warehouse = open_warehouse(path)
    if is_new:
        began = time.perf_counter()
        people = max(events // 40, 1)
        with warehouse.transaction() as cursor:
            cursor.execute(FILL_EVENTS, {"events": events, "people": people, "start": START})
            for query in (FILL_SESSIONS, FILL_COMMERCE, FILL_CARTS, FILL_BRIDGE, FILL_PROFILES):
                cursor.execute(query)
        warehouse.checkpoint()
        print(f"filled {events:,} events in {time.perf_counter() - began:.0f} s")
    return warehouse


def measure(warehouse: DuckdbWarehouse, site: Site, size: int, ticks: int, first: int) -> None:
    """Work ticks of one size, each beside a bare INSERT, and print what they cost."""
    walls: list[float] = []
    cpus: list[float] = []
    bares: list[float] = []
    with warehouse.transaction() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS main.bare AS SELECT * FROM fact.events LIMIT 0")
    for number in range(-WARM_UP, ticks):
        tick_id = first + WARM_UP + number
        collected = site.tick(tick_id, size, rate=10_000)
        now = START.replace(tzinfo=UTC) + timedelta(seconds=site.made / 10_000)
        wall, cpu = time.perf_counter(), time.process_time()
        with warehouse.transaction() as cursor:
            news = derive.write(
                cursor, Tick(tick_id=tick_id, spool="front", from_offset=0, to_offset=site.made, now=now), collected
            )
            derive.derive(cursor, tick_id, now, (), news)
        if number < 0:
            continue
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        bares.append(_bare(warehouse, collected["events"]))
    whole = size * ticks
    print(
        f"{size:>6,} a tick: {whole / sum(walls):>9,.0f} events/s, p50 {statistics.median(walls) * 1e3:6.1f} ms, worst"
        f" {max(walls) * 1e3:6.1f} ms, {whole / sum(cpus):>9,.0f} events/cpu-s;"
        f" bare INSERT p50 {statistics.median(bares) * 1e3:5.1f} ms: ratio {statistics.median(walls) / statistics.median(bares):.2f}"
    )


def checkpoint(warehouse: DuckdbWarehouse, stop: threading.Event) -> None:
    """Checkpoint beside the ticks, as the engine does."""
    while not stop.wait(0.1):
        began = time.perf_counter()
        if warehouse.checkpoint_if_needed(mb=CHECKPOINT_MB):
            print(f"        (a checkpoint beside the ticks took {time.perf_counter() - began:.1f} s)")


def _bare(warehouse: DuckdbWarehouse, events: pa.Table) -> float:
    began = time.perf_counter()
    with warehouse.transaction() as cursor:
        cursor.register("collected", events)
        cursor.execute("INSERT INTO main.bare BY NAME SELECT * FROM collected")
        cursor.unregister("collected")
    return time.perf_counter() - began


def views(warehouse: DuckdbWarehouse) -> None:
    """Measure late-bound identity against a stamped copy of the same column."""
    with warehouse.transaction() as cursor:
        cursor.execute(
            "CREATE OR REPLACE TABLE main.stamped AS SELECT events.*, profiles.profile_id FROM fact.events AS events"
            " LEFT JOIN fact.profile_of AS profiles ON events.node_id = profiles.node_id"
        )
    warehouse.checkpoint()
    with warehouse.cursor() as cursor:
        ((one,),) = cursor.execute("SELECT profile_id FROM main.stamped LIMIT 1 OFFSET 1000").fetchall()
    for title, query in (
        ("scan, no profile asked", "SELECT name, count(*) FROM {} WHERE {} GROUP BY name"),
        (
            "scan, day by day",
            "SELECT date_trunc('day', occurred_at) AS d, count(DISTINCT product_id) FROM {} WHERE {} GROUP BY d",
        ),
        (
            "aggregate by profile",
            "SELECT count(*) FROM (SELECT profile_id, count(*) AS n FROM {} WHERE {} GROUP BY profile_id)",
        ),
        ("one profile", "SELECT count(*), max(properties) FROM {} WHERE {} AND profile_id = $one"),
    ):
        values = {"one": one} if "$one" in query else None
        late = _best(lambda query=query, values=values: _run(warehouse, query.format("main.events", "TRUE"), values))
        plain = query.format("main.stamped", "robot_reason IS NULL")
        stamped = _best(lambda plain=plain, values=values: _run(warehouse, plain, values))
        print(f"{title:24s} late {late * 1e3:8.1f} ms, stamped {stamped * 1e3:8.1f} ms: ratio {late / stamped:.2f}")


def _run(warehouse: DuckdbWarehouse, query: str, values: dict[str, object] | None = None) -> None:
    with warehouse.cursor() as cursor:
        cursor.execute(query, values).fetchall()


def _best(work: Callable[[], None]) -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--home", type=Path, default=Path("/tmp/comptoir-facts"))
    parser.add_argument("--views", action="store_true", help="measure late-bound identity too")
    parser.add_argument("--ticks", type=int, default=40)
    asked = parser.parse_args()
    asked.home.mkdir(parents=True, exist_ok=True)
    warehouse = fill(asked.home / f"facts-{asked.events}.duckdb", asked.events)
    shapes(warehouse)
    site = Site(random.Random(1), PEOPLE)
    with warehouse.cursor() as cursor:
        first = derive.applied_tick(cursor) + 1
    stop = threading.Event()
    keeper = threading.Thread(target=checkpoint, args=(warehouse, stop))
    keeper.start()
    site.run, site.made = first, first * 1_000_000
    for size in (1_000, 4_000, 20_000):
        measure(warehouse, site, size, asked.ticks, first)
        first += asked.ticks + WARM_UP
    stop.set()
    keeper.join()
    if asked.views:
        views(warehouse)
    warehouse.close()


if __name__ == "__main__":
    main()
