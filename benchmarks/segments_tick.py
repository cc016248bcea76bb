"""
Segments in the tick: 200 live ones and 1,000 touched people over a large shop's facts, beside the same put plainly.

It stands on the shop that `benchmarks/segments.py` draws:
    python benchmarks/segments_tick.py [--people 1000000] [--events 40000000] [--home /tmp/comptoir-segments-tick]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

import _machine
from _big_shop import NOW, BigShop, open_shop

from comptoir.segments import follow, predicate, resolve
from comptoir.segments import parse as reader
from comptoir.segments.asked import Around
from comptoir.segments.follow import Followed, Live, News
from comptoir.warehouse.base import Cursor

SEGMENTS, PEOPLE, ROUNDS = 200, 1_000, 7
RULES = (
    "did: {event: Product Viewed, at_least: 3, within: %d days, category: World %d}",
    "all: [{did: {event: Product Viewed, at_least: 2, within: %d days}}, {not: {ordered: {within: %d days}}}]",
    "did: {event: Product Added, at_least: %d, within: 60 days, category: World 0 / Aisle %d}",
    "ordered: {measure: revenue, at_least: %d, within: %d days}",
    (
        "all: [{ordered: {at_least: 1}}, {not: {ordered: {within: %d days}}},"
        " {did: {event: Product Viewed, within: %d days}}]"
    ),
    (
        "any: [{did: {event: Product Viewed, exactly: %d, within: 7 days}},"
        " {did: {event: Product Added, at_most: %d, within: 30 days}}]"
    ),
)


def definitions() -> Iterator[reader.Definition]:
    """Draw the rules of 200 segments, no two alike."""
    for number in range(SEGMENTS):
        said = RULES[number % len(RULES)] % (1 + number % 50, 1 + number // 6)
        yield reader.read(f"version: 1\nkey: s{number}\nname: s{number}\nif: {{{said}}}")


def compiled() -> Followed:
    """Plan how the segments are followed, as a tick does after a change of definitions."""
    around = Around(zones={"shop": "UTC"}, currencies={"shop": "EUR"})
    began = time.perf_counter()
    live = [Live.of(one.key, resolve.resolve(one, {}, lambda _brand: around)) for one in definitions()]
    those = follow.followed(live, around.zone_list)
    questions = len(those.plan.leaves)
    print(f"{len(live)} segments of {questions} questions planned in {time.perf_counter() - began:.2f} s")
    return those


def nodes(cursor: Cursor, seed: int) -> frozenset[int]:
    """Choose whom a tick touches."""
    found = cursor.execute(
        "SELECT min(node_id) FROM fact.persons GROUP BY person ORDER BY hash(person + ?) LIMIT ?", [seed, PEOPLE]
    ).fetchall()
    return frozenset(node for (node,) in found)


def measure(shop: BigShop, those: Followed) -> None:
    """Fill the segments, then follow ticks in transactions that are taken back."""
    now = NOW.replace(tzinfo=UTC)
    with shop.warehouse.transaction() as cursor:
        began = time.perf_counter()
        follow.follow(cursor, News(tick_id=1, now=now), those)
        print(f"all segments asked in full: {time.perf_counter() - began:.1f} s")
    with shop.warehouse.cursor() as cursor:
        ((kept,),) = cursor.execute("SELECT count(*) FROM fact.memberships").fetchall()
        print(f"{kept:,} memberships")
    spent = []
    for turn in range(ROUNDS):
        with shop.warehouse.cursor() as cursor:
            chosen = nodes(cursor, turn)
        news = News(
            tick_id=2 + turn, now=now + timedelta(seconds=30 * turn + 1), nodes=chosen,
            heard=frozenset({"events", "commerce"}), events=frozenset({"Product Viewed", "Product Added"}),
        )  # fmt: skip
        with shop.warehouse.transaction() as cursor:
            began = time.perf_counter()
            follow.follow(cursor, news, those)
            spent.append(time.perf_counter() - began)
    print(f"tick: p50 {statistics.median(spent) * 1e3:.0f} ms, worst {max(spent) * 1e3:.0f} ms ({ROUNDS} ticks)")
    with shop.warehouse.cursor() as cursor:
        print(f"the same put plainly, a predicate a segment: {_plainly(cursor, those) * 1e3:.0f} ms")


def _plainly(cursor: Cursor, those: Followed) -> float:
    """Ask ten of the segments of everybody as predicates, and scale up to all."""
    some = list(those.live.values())[::20]
    began = time.perf_counter()
    for one in some:
        follow.run(cursor, predicate.members(one.question), those.plan.zones, NOW.replace(tzinfo=UTC))
    return (time.perf_counter() - began) / len(some) * len(those.live)


def main() -> None:
    """Draw, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=40_000_000)
    parser.add_argument("--home", type=Path, default=Path("/tmp/comptoir-segments-tick"))
    asked = parser.parse_args()
    _machine.describe()
    shop = open_shop(asked.home, people=asked.people, events=asked.events)
    with shop.warehouse.transaction() as cursor:
        for table in ("memberships", "membership_changes", "segment_states", "segment_counts"):
            cursor.execute(f"DELETE FROM fact.{table}")
        ((rows,),) = cursor.execute("SELECT count(*) FROM fact.day_activity").fetchall()
    print(f"{rows:,} rows of day_activity")
    measure(shop, compiled())
    shop.warehouse.close()


if __name__ == "__main__":
    main()
