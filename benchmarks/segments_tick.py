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

from comptoir.segments import follow, predicate
from comptoir.segments import parse as reader
from comptoir.segments.asked import Around
from comptoir.segments.belonging import Belonging
from comptoir.segments.follow import Followed, News
from comptoir.segments.live import Compiler
from comptoir.warehouse.base import Cursor

SEGMENTS, PEOPLE, ROUNDS = 200, 1_000, 7
EMPTIED = (
    "DELETE FROM fact.memberships",
    "DELETE FROM fact.membership_changes",
    "DELETE FROM fact.segment_states",
    "DELETE FROM fact.segment_counts",
)
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


def texts() -> Iterator[str]:
    """Draw the rules of 200 segments, no two alike."""
    for number in range(SEGMENTS):
        said = RULES[number % len(RULES)] % (1 + number % 50, 1 + number // 6)
        yield f"version: 1\nkey: s{number}\nname: s{number}\nif: {{{said}}}"


def compiled() -> Followed:
    """Plan how the segments are followed, as the first tick does; then again as after a change of one definition."""
    around = Around(zones={"shop": "UTC"}, currencies={"shop": "EUR"})
    compiler, said = Compiler(), {reader.read(text).key: text for text in texts()}
    changed = said | {"s2": said["s2"].replace("within: 60 days", "within: 59 days")}
    for what, those in (("planned", said), ("planned again, one of another text", changed), ("and back", said)):
        began = time.perf_counter()
        found = compiler.compiled(those, set(those), lambda _brand: around)
        spent = time.perf_counter() - began
        print(f"{len(found.live)} segments of {len(found.plan.leaves)} questions {what}: {spent * 1e3:.0f} ms")
    return found


def nodes(cursor: Cursor, seed: int) -> frozenset[int]:
    """Choose whom a tick touches."""
    found = cursor.execute(
        "SELECT min(node_id) FROM fact.persons GROUP BY person ORDER BY hash(person + ?) LIMIT ?", [seed, PEOPLE]
    ).fetchall()
    return frozenset(node for (node,) in found)


def measure(shop: BigShop, those: Followed) -> None:
    """Fill the segments, then follow ticks in transactions that are taken back."""
    now, belonging = NOW.replace(tzinfo=UTC), Belonging()
    with shop.warehouse.transaction() as cursor:
        began = time.perf_counter()
        follow.follow(cursor, News(tick_id=1, now=now), those, belonging)
        print(f"all segments asked in full: {time.perf_counter() - began:.1f} s")
    with shop.warehouse.cursor() as cursor:
        ((kept,),) = cursor.execute("SELECT count(*) FROM fact.memberships").fetchall()
        began = time.perf_counter()
        belonging.begin(cursor, 2)
        print(f"{kept:,} memberships, read into memory in {time.perf_counter() - began:.1f} s")
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
            follow.follow(cursor, news, those, belonging)
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
        for statement in EMPTIED:
            cursor.execute(statement)
        ((rows,),) = cursor.execute("SELECT count(*) FROM fact.day_activity").fetchall()
    print(f"{rows:,} rows of day_activity")
    measure(shop, compiled())
    shop.warehouse.close()


if __name__ == "__main__":
    main()
