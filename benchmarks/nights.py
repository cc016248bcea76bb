"""A night of scores over a large shop: seconds of each score, and memory, against one plain sum over its orders."""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from datetime import UTC, timedelta
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent))

import _big_shop as big
import _machine as machine

from comptoir.scores.night import Nights

EMPTIED = (
    "DELETE FROM fact.scores",
    "DELETE FROM fact.score_changes",
    "DELETE FROM fact.score_days",
    "DELETE FROM fact.score_runs",
    "DELETE FROM fact.affinities",
)
PLAIN = """
SELECT orders.node_id, sum(ledger.amount_minor)
FROM fact.orders AS orders INNER JOIN fact.revenue_ledger AS ledger USING (order_hash) GROUP BY orders.node_id
"""

# orders of everybody, the more of a person the rarer: 1 to 12, a rhythm each, over two years
MORE = """
CREATE TEMP TABLE more AS
SELECT
    hash(people.node_id, r.nth) AS order_hash, people.node_id, r.nth,
    $now::TIMESTAMP - to_hours((12 + hash(people.node_id, 'start') % 9000 + r.nth * (200 + hash(people.node_id, 'pace') % 1500))::BIGINT)
        AS ordered_at,
    (500 + hash(people.node_id, r.nth, 'sum') % 20000)::BIGINT AS amount_minor
FROM (SELECT profile_id, min(node_id) AS node_id FROM fact.profile_of WHERE kind = 'account' GROUP BY profile_id) AS people
CROSS JOIN range(12) AS r (nth)
WHERE r.nth <= 12 * pow((hash(people.node_id, 'many') % 1000) / 1000.0, 4)
"""
MORE_ORDERS = """
INSERT INTO fact.orders BY NAME
SELECT
    order_hash, 'shop' AS brand, 'more' AS namespace, order_hash::VARCHAR AS order_id, node_id, ordered_at,
    ordered_at AS placed_at, 'completed' AS status, 'confirmed' AS trust, 'EUR' AS currency,
    amount_minor AS gross_minor, amount_minor, 'file' AS source, true AS is_sale, []::BIGINT[] AS browser_nodes,
    []::UBIGINT[] AS cart_hashes, []::UBIGINT[] AS checkout_hashes
FROM more
"""
MORE_LEDGER = """
INSERT INTO fact.revenue_ledger BY NAME
SELECT
    order_hash, 'shop' AS brand, '1' AS line_key, 'sale' AS kind, 0 AS revision, amount_minor, 'EUR' AS currency,
    'confirmed' AS trust, 'file' AS source, order_hash::VARCHAR AS source_ref, node_id, ordered_at AS occurred_at,
    ordered_at AS booked_at
FROM more
"""


def everybody_buys(shop: big.BigShop) -> None:
    """Add orders of every person, as a shop of customers has them; a shop that has them already is left as it is."""
    with shop.warehouse.cursor() as cursor:
        if cursor.execute("SELECT 1 FROM fact.orders WHERE namespace = 'more' LIMIT 1").fetchone():
            return
    with shop.warehouse.transaction() as cursor:
        cursor.execute(MORE, {"now": big.NOW})
        cursor.execute(MORE_ORDERS)
        cursor.execute(MORE_LEDGER)


def night(shop: big.BigShop, *, days: int) -> None:
    """Run nights one after the other: the first meets everybody, the next ones write what changed."""
    with shop.warehouse.cursor() as cursor:
        began = perf_counter()
        buyers = len(cursor.execute(PLAIN).fetchall())
        reference = perf_counter() - began
        ((orders,),) = cursor.execute("SELECT count(*) FROM fact.orders").fetchall()
    print(f"{shop.people:,} people, {shop.events:,} events, {orders:,} orders of {buyers:,} nodes;"
          f" one plain sum over orders {reference * 1e3:.0f} ms")  # fmt: skip
    with shop.warehouse.transaction() as cursor:  # as before the first night, however often this was run
        for statement in EMPTIED:
            cursor.execute(statement)
    nights = Nights(warehouse=shop.warehouse)
    for number in range(days):
        began = perf_counter()
        now = big.NOW.replace(tzinfo=UTC) + timedelta(days=number - days + 1)
        for ran in nights.run({"shop": "Europe/Paris"}, now):
            said = ran.report.get("error", "")
            print(f"  {ran.plugin:<16} {ran.state:<10} {ran.seconds:7.2f} s, {ran.seconds / reference:6.1f} × the sum,"
                  f" {ran.people_count:>9,} people, {ran.change_count:>8,} changes {said}")  # fmt: skip
        print(f"night {number + 1}: {perf_counter() - began:.1f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


def main() -> None:
    """Draw the shop where it is not there, and run its nights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--nights", type=int, default=2)
    parser.add_argument("--home", type=Path, help="Where the drawn shop is kept; default: nowhere.")
    parser.add_argument("--all-buy", action="store_true", help="Add orders of every person over two years.")
    asked = parser.parse_args()
    machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        shop = big.open_shop(asked.home or Path(folder), people=asked.people, events=asked.events, memory_mb=4_096)
        if asked.all_buy:
            everybody_buys(shop)
        night(shop, days=asked.nights)
        shop.warehouse.close()


if __name__ == "__main__":
    main()
