"""A large shop's warehouse, drawn by seed: people who come back by a power law, visits that stay in a category."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from comptoir.facts import days
from comptoir.warehouse.duckdb import DuckdbWarehouse, open_warehouse

NOW = datetime(2026, 11, 22, 12)  # noqa: DTZ001 (the warehouse keeps naive UTC)
DAYS = 365
VISIT = 8
"""Events of a visit."""
CATEGORIES, PER_CATEGORY = 200, 100
RECENT_DAYS = 2
"""Days that the night has not added up yet: their rows are parts of ticks."""
TICK = 20_000
BYTES_AN_EVENT = 90
"""What the file takes, with room to spare."""

MACROS = (
    # a number between 0 and 1 that is drawn by what it is of, the same in every run
    "CREATE TEMP MACRO drawn(of, what) AS (hash(of * 64 + what) >> 11)::DOUBLE / 9007199254740992.0",
    "CREATE TEMP MACRO node_of(person, device) AS (hash(person * 2 + device + 1) >> 1)::BIGINT",
)
PRODUCTS = """
CREATE TEMP TABLE shelf AS
SELECT
    number, concat('p', number) AS product_id,
    concat('World ', number // $per_world, ' / Aisle ', number // $per_category) AS category,
    (200 + (hash(number) % 18000))::BIGINT AS price_minor,
    concat('{"product_id":"p', number, '","category":"World ', number // $per_world, ' / Aisle ',
        number // $per_category, '","price":', (200 + (hash(number) % 18000)) / 100.0, '}') AS properties
FROM range($products) AS r (number)
"""
PEOPLE = """
INSERT INTO fact.profile_of BY NAME
SELECT
    node_of(person, device) AS node_id, CASE device WHEN 0 THEN 'account' ELSE 'anonymous' END AS kind,
    concat('u', person, '-', device) AS value, concat('p', format('{:016x}', node_of(person, 0))) AS profile_id
FROM range($people) AS r (person) CROSS JOIN range(2) AS d (device)
ORDER BY node_id
"""
PERSONS = """
INSERT INTO fact.persons
SELECT node_of(person, device), node_of(person, 0) FROM range($people) AS r (person) CROSS JOIN range(2) AS d (device)
ORDER BY 1
"""
NAMES = """
INSERT INTO fact.people
SELECT node_of(person, 0), concat('p', format('{:016x}', node_of(person, 0))) FROM range($people) AS r (person) ORDER BY 1
"""
DRAW = """
CREATE OR REPLACE TEMP TABLE chunk AS
WITH visits AS (
    SELECT
        i, i // $visit AS visit, floor($people * pow(drawn(i // $visit, 1), 2.5))::BIGINT AS person,
        (drawn(i // $visit, 2) < 0.35)::BIGINT AS device, drawn(i, 3) AS what,
        (i % $visit) // 4 AS half, drawn(i, 4) AS which,
        $start::TIMESTAMP + to_microseconds((i * $step)::BIGINT) AS happened
    FROM range($first::BIGINT, $last::BIGINT) AS r (i)
),

told AS (
    SELECT
        i, happened, person, node_of(person, device) AS node_id,
        CASE
            WHEN what < 0.62 THEN 'Product Viewed'
            WHEN what < 0.88 THEN 'Page Viewed'
            WHEN what < 0.95 THEN 'Product List Viewed'
            WHEN what < 0.985 THEN 'Product Added'
            WHEN what < 0.993 THEN 'Checkout Started'
            ELSE 'Order Completed'
        END AS name,
        CASE
            WHEN drawn(visit * 2 + half, 5) < 0.5 THEN person % $categories
            ELSE floor($categories * pow(drawn(visit * 2 + half, 6), 2))::BIGINT
        END * $per_category + floor($per_category * which * which)::BIGINT AS number
    FROM visits
)

SELECT
    told.i, told.happened, told.person, told.node_id, told.name, told.number,
    CASE WHEN told.name <> 'Page Viewed' THEN shelf.product_id END AS product_id,
    CASE WHEN told.name <> 'Page Viewed' THEN shelf.category END AS category, shelf.price_minor,
    CASE
        WHEN told.name <> 'Page Viewed' THEN shelf.properties
        WHEN told.i % 997 = 0 THEN '{"path":"/business/offer"}'
        ELSE '{"path":"/"}'
    END AS properties
FROM told
INNER JOIN shelf ON told.number = shelf.number
"""
EVENTS = """
INSERT INTO fact.events BY NAME
SELECT
    i // $tick + 1 AS tick_id, concat('m', i) AS message_id, (hash(i) >> 1)::BIGINT AS message_hash, i AS body_hash,
    CASE name WHEN 'Page Viewed' THEN 'page' ELSE 'track' END AS type, name, node_id, node_id AS browser_node,
    'shop' AS brand, 'web' AS source, 'segment' AS dialect, 'claimed' AS trust, 'crm' AS lane, FALSE AS historical,
    happened AS occurred_at, happened AS received_at, product_id, category, properties, '{}' AS traits,
    CASE WHEN i % 3 = 0 THEN 'desktop' ELSE 'mobile' END AS device_type, 'FR' AS country
FROM chunk
"""
COMMERCE = """
INSERT INTO fact.commerce BY NAME
SELECT
    i // $tick + 1 AS tick_id, concat('m', i) AS message_id, (hash(i) >> 1)::BIGINT AS message_hash, 0 AS line_number,
    name, node_id, node_id AS browser_node, 'shop' AS brand, 'web' AS source, 'claimed' AS trust, FALSE AS historical,
    happened AS occurred_at, happened AS received_at, product_id, category, 1 AS quantity,
    price_minor / 100.0 AS unit_price, price_minor AS amount_minor, 'EUR' AS currency,
    CASE WHEN name <> 'Order Completed' THEN hash(person * 40 + i // ($events // 24 + 1)) END AS cart_hash,
    CASE WHEN name = 'Order Completed' THEN hash(i) END AS order_hash
FROM chunk WHERE name IN ('Product Added', 'Checkout Started', 'Order Completed')
"""
ORDERS = """
INSERT INTO fact.orders BY NAME
SELECT
    hash(i) AS order_hash, 'shop' AS brand, 'shop' AS namespace, concat('o', i) AS order_id, node_id, happened AS ordered_at,
    CASE WHEN i % 50 = 0 THEN 'cancelled' ELSE 'completed' END AS status, 'confirmed' AS trust, 'EUR' AS currency,
    price_minor AS gross_minor, price_minor AS amount_minor, CASE WHEN i % 5 = 0 THEN 'store' ELSE 'web' END AS channel,
    'FR' AS country, CASE WHEN i % 7 = 0 THEN 'WELCOME' END AS coupon, 'web' AS source, happened AS placed_at,
    TRUE AS is_sale, [node_id] AS browser_nodes, []::UBIGINT[] AS cart_hashes, []::UBIGINT[] AS checkout_hashes
FROM chunk WHERE name = 'Order Completed'
"""
LINES = """
INSERT INTO fact.order_lines BY NAME
SELECT
    hash(i) AS order_hash, 'shop' AS brand, concat('l', line) AS line_key, product_id, category, 1 AS quantity,
    price_minor / 200.0 AS unit_price, price_minor // 2 AS amount_minor, 'EUR' AS currency, 'sale' AS kind
FROM chunk CROSS JOIN range(2) AS r (line) WHERE name = 'Order Completed'
"""
LEDGER = """
INSERT INTO fact.revenue_ledger BY NAME
SELECT
    hash(i) AS order_hash, 'shop' AS brand, 'l0' AS line_key, kind, 1 AS revision, 1 AS quantity,
    CASE kind WHEN 'sale' THEN price_minor ELSE -price_minor END AS amount_minor,
    CASE kind WHEN 'sale' THEN price_minor * 6 // 10 ELSE -price_minor * 6 // 10 END AS cost_minor, 'EUR' AS currency,
    product_id, 'web' AS channel, 'FR' AS country, 'confirmed' AS trust, 'web' AS source, concat('m', i) AS source_ref,
    node_id, happened AS occurred_at, happened AS booked_at
FROM chunk CROSS JOIN (VALUES ('sale'), ('return')) AS kinds (kind)
WHERE name = 'Order Completed' AND (kind = 'sale' OR i % 9 = 0)
"""
DAY_ROWS = """
INSERT INTO fact.day_activity BY NAME
SELECT
    node_id, happened::DATE AS day, 'shop' AS brand, name, coalesce(category, '') AS category,
    CASE WHEN name IN ('Product Added', 'Checkout Started', 'Order Completed') THEN 'EUR' ELSE '' END AS currency,
    count(*) AS events, count(*) AS mentions,
    count(*) FILTER (WHERE name IN ('Product Added', 'Checkout Started', 'Order Completed')) AS quantity,
    coalesce(sum(price_minor) FILTER (WHERE name IN ('Product Added', 'Checkout Started', 'Order Completed')), 0) AS amount_minor,
    min(happened) AS first_at, max(happened) AS last_at,
    CASE WHEN happened < $recent THEN 0 ELSE i // $tick + 1 END AS tick_id
FROM chunk
GROUP BY ALL
ORDER BY day, name, category, node_id
"""
CARTS = """
INSERT INTO fact.carts BY NAME
SELECT
    cart_hash, 'shop' AS brand, FALSE AS is_inferred, min(node_id) AS node_id, min(node_id) AS browser_node, 'web' AS source,
    min(occurred_at) AS opened_at, max(occurred_at) AS last_action_at, count(*) AS item_count,
    sum(amount_minor)::BIGINT AS amount_minor, 'EUR' AS currency, 1 AS session_count
FROM fact.commerce WHERE cart_hash IS NOT NULL GROUP BY cart_hash
"""
CONSENTS = """
INSERT INTO fact.consents BY NAME
SELECT
    0 AS tick_id, concat('c', person) AS message_id, (hash(person) >> 1)::BIGINT AS message_hash, 'shop' AS brand,
    'web' AS source, 'confirmed' AS trust, node_of(person, 0) AS node_id, 'email' AS contact_kind,
    concat('u', person, '@mail.example') AS contact, 'marketing' AS purpose, 'email' AS channel,
    CASE WHEN person % 11 = 0 THEN 'withdrawn' ELSE 'granted' END AS state, $start AS occurred_at, $start AS received_at
FROM range($people) AS r (person) WHERE person % 5 < 2
"""
POINTS = """
INSERT INTO fact.loyalty_movements BY NAME
SELECT
    0 AS tick_id, concat('y', person, '-', turn) AS message_id, (hash(person * 8 + turn) >> 1)::BIGINT AS message_hash,
    'shop' AS brand, 'web' AS source, node_of(person, 0) AS node_id, 'earn' AS kind, 50 + person % 400 AS points,
    ($start::TIMESTAMP + to_days((380 + turn * 90)::INTEGER))::DATE AS expires_on,
    $start::TIMESTAMP + to_days((turn * 80)::INTEGER) AS occurred_at, $start AS received_at
FROM range($people) AS r (person) CROSS JOIN range(4) AS t (turn) WHERE person % 4 = 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BigShop:
    """An opened warehouse of so many people and events."""

    warehouse: DuckdbWarehouse
    people: int
    events: int

    @property
    def last_tick(self) -> int:
        """Give the last tick that was drawn."""
        return (self.events - 1) // TICK + 1


def open_shop(home: Path, *, people: int, events: int, memory_mb: int = 6_000) -> BigShop:
    """Open the warehouse of a shop of this size, drawn first where it is not there; fewer events if the disk is small."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / f"shop-{people}-{events}.duckdb"
    if not path.exists():
        room = shutil.disk_usage(home).free // BYTES_AN_EVENT
        if room < events:
            raise SystemExit(f"the disk has room for {room:,} events: take fewer with --events")
        unfinished = path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        _draw(unfinished, people=people, events=events, memory_mb=memory_mb)
        unfinished.rename(path)
    return BigShop(warehouse=open_warehouse(path, memory_mb=memory_mb), people=people, events=events)


def _draw(path: Path, *, people: int, events: int, memory_mb: int) -> None:
    began = time.perf_counter()
    start = NOW - timedelta(days=DAYS)
    step = timedelta(days=DAYS) / timedelta(microseconds=1) / events
    warehouse = open_warehouse(path, memory_mb=memory_mb)
    with warehouse.cursor() as cursor:
        for statement in MACROS:
            cursor.execute(statement)
        cursor.execute(PRODUCTS, {
            "per_category": PER_CATEGORY, "per_world": PER_CATEGORY * 20, "products": CATEGORIES * PER_CATEGORY,
        })  # fmt: skip
        cursor.execute("INSERT INTO fact.clock VALUES ($now)", {"now": NOW})
        cursor.execute("INSERT INTO fact.shop_settings VALUES (30, 30, 30, 30, 31)")
        days.follow_zones(cursor, {"shop": "UTC"})
        for statement in (PEOPLE, PERSONS, NAMES):
            cursor.execute(statement, {"people": people})
        a_day = events // DAYS
        cuts = [*range(0, events, max(a_day * 12, 1)), events]  # whole days, so that none is counted twice
        for first, last in pairwise(cuts):
            _draw_chunk(cursor, first, last, people=people, events=events, start=start, step=step)
            warehouse.checkpoint()
            print(f"  drew {last:,} events in {time.perf_counter() - began:.0f} s", flush=True)
        cursor.execute(CARTS)
        for statement in (CONSENTS, POINTS):
            cursor.execute(statement, {"people": people, "start": start})
    warehouse.checkpoint()
    size = path.stat().st_size / 1e9
    print(f"drew {people:,} people and {events:,} events in {time.perf_counter() - began:.0f} s, {size:.1f} GB")
    warehouse.close()


def _draw_chunk(
    cursor: object, first: int, last: int, *, people: int, events: int, start: datetime, step: float
) -> None:
    run = cursor.execute  # type: ignore[attr-defined]
    run(DRAW, {
        "people": people, "first": first, "last": last, "start": start, "step": step, "visit": VISIT,
        "categories": CATEGORIES, "per_category": PER_CATEGORY,
    })  # fmt: skip
    run(EVENTS, {"tick": TICK})
    for statement in (ORDERS, LINES, LEDGER):
        run(statement)
    run(COMMERCE, {"events": events, "tick": TICK})
    run(DAY_ROWS, {"recent": NOW - timedelta(days=RECENT_DAYS), "tick": TICK})
