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

PLAIN = """
SELECT orders.node_id, sum(ledger.amount_minor)
FROM fact.orders AS orders INNER JOIN fact.revenue_ledger AS ledger USING (order_hash) GROUP BY orders.node_id
"""


def night(shop: big.BigShop, *, days: int) -> None:
    """Run nights one after the other: the first meets everybody, the next ones write what changed."""
    with shop.warehouse.cursor() as cursor:
        began = perf_counter()
        buyers = len(cursor.execute(PLAIN).fetchall())
        reference = perf_counter() - began
        ((orders,),) = cursor.execute("SELECT count(*) FROM fact.orders").fetchall()
    print(f"{shop.people:,} people, {shop.events:,} events, {orders:,} orders of {buyers:,} nodes;"
          f" one plain sum over orders {reference * 1e3:.0f} ms")  # fmt: skip
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
    asked = parser.parse_args()
    machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        shop = big.open_shop(asked.home or Path(folder), people=asked.people, events=asked.events, memory_mb=4_096)
        night(shop, days=asked.nights)
        shop.warehouse.close()


if __name__ == "__main__":
    main()
