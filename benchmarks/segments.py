"""
Segments: live counts, full refreshes and ticks on a shop of a million people and a hundred million events.

Each figure stands beside the same question as somebody would put it to DuckDB by hand. Run it alone; it draws the shop
once (some minutes, some 9 GB for 100 million events) and keeps it:
    python benchmarks/segments.py [--people 1000000] [--events 100000000] [--home /tmp/comptoir-segments] [--only count]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from importlib.resources import files
from pathlib import Path

import _machine
from _big_shop import NOW, BigShop, open_shop
from sqlglot import exp

from comptoir.facts import days
from comptoir.grammar.fields import BadDefinition
from comptoir.segments import parse, predicate
from comptoir.segments.answers import question_of
from comptoir.segments.asked import Around, bind
from comptoir.warehouse.base import Cursor

ZONES = ("UTC",)
CATEGORY = "World 0 / Aisle 3"
BY_HAND: Mapping[str, str] = {
    "browsing-without-buying": """
        SELECT count(*) FROM (
            SELECT p.profile_id FROM fact.events e JOIN fact.profile_of p USING (node_id)
            WHERE e.name = 'Product Viewed' AND e.robot_reason IS NULL AND e.occurred_at >= $now - INTERVAL 30 DAY
            GROUP BY p.profile_id HAVING count(*) >= 3
            EXCEPT
            SELECT p.profile_id FROM fact.orders o JOIN fact.profile_of p USING (node_id)
            WHERE o.ordered_at >= $now - INTERVAL 30 DAY AND o.status <> 'cancelled')""",
    "interested-in-a-category": """
        SELECT count(*) FROM (
            SELECT p.profile_id FROM fact.events e JOIN fact.profile_of p USING (node_id)
            WHERE e.name = 'Product Viewed' AND e.robot_reason IS NULL AND e.occurred_at >= $now - INTERVAL 30 DAY
                AND (e.category = $category OR starts_with(e.category, $category || ' / '))
            GROUP BY p.profile_id HAVING count(*) >= 3)""",
    "b2b-interest": """
        SELECT count(DISTINCT p.profile_id) FROM fact.events e JOIN fact.profile_of p USING (node_id)
        WHERE e.name = 'Page Viewed' AND e.robot_reason IS NULL AND e.occurred_at >= $now - INTERVAL 30 DAY
            AND (e.properties ->> '$.path' LIKE '%business%' OR e.properties ->> '$.path' LIKE '%entreprise%')""",
    "cart-often-order-never": """
        SELECT count(*) FROM (
            SELECT p.profile_id FROM fact.events e JOIN fact.profile_of p USING (node_id)
            WHERE e.name = 'Product Added' AND e.robot_reason IS NULL AND e.occurred_at >= $now - INTERVAL 90 DAY
            GROUP BY p.profile_id HAVING count(DISTINCT e.occurred_at::DATE) >= 2
            EXCEPT
            SELECT p.profile_id FROM fact.orders o JOIN fact.profile_of p USING (node_id) WHERE o.status <> 'cancelled')""",
    "regulars": """
        SELECT count(*) FROM (
            SELECT p.profile_id FROM fact.orders o JOIN fact.profile_of p USING (node_id)
            WHERE o.ordered_at >= $now - INTERVAL 365 DAY AND o.status <> 'cancelled'
            GROUP BY p.profile_id HAVING count(*) >= 3)""",
    "big-spenders": """
        SELECT count(*) FROM (
            SELECT p.profile_id FROM fact.orders o JOIN fact.profile_of p USING (node_id)
            WHERE o.ordered_at >= $now - INTERVAL 365 DAY AND o.status <> 'cancelled'
            GROUP BY p.profile_id HAVING avg(o.amount_minor) >= 12000)""",
    "inactive-12-months": """
        SELECT count(*) FROM (
            SELECT p.profile_id FROM fact.orders o JOIN fact.profile_of p USING (node_id) WHERE o.status <> 'cancelled'
            GROUP BY p.profile_id HAVING max(o.ordered_at) < $now - INTERVAL 365 DAY)""",
}
"""Questions as an analyst would put them to the events and orders themselves; the others have no twin here."""


def templates() -> dict[str, parse.Definition]:
    """Read the segments that ship, and leave out those whose kinds of conditions are not installed."""
    found = {}
    for file in sorted(files("comptoir.segments").joinpath("library").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            text = file.read_text(encoding="utf-8").replace("category: Cuisson", f"category: {CATEGORY}")
            try:
                one = parse.read(text)
            except BadDefinition as error:
                print(f"  left out: {file.name} ({error.facts.get('what')})")
                continue
            found[one.key] = one
    return found


def members(one: parse.Definition) -> tuple[exp.Select, dict[str, object]]:
    """Give the question who belongs, with its parameters."""
    around = Around(brand=one.brand, zones={"shop": "UTC"}, currencies={"shop": "EUR"})
    query = predicate.members(question_of(one, around))
    names = {found.name for found in query.find_all(exp.Placeholder)}
    now = NOW.replace(tzinfo=UTC)
    return query, bind(names, now=now, before=now - timedelta(days=1), zones=ZONES)


def by_hand(cursor: Cursor, key: str) -> tuple[int]:
    """Put a question as an analyst would."""
    text = BY_HAND[key]
    values = {"now": NOW} | ({"category": CATEGORY} if "$category" in text else {})
    return cursor.execute(text, values).fetchall()[0]


def best(work: Callable[[], object], tries: int = 3) -> tuple[list[float], object]:
    """Give how long each try took, in seconds, and the answer."""
    spent, answer = [], None
    for _ in range(tries):
        began = time.perf_counter()
        answer = work()
        spent.append(time.perf_counter() - began)
    return spent, answer


def count(cursor: Cursor) -> None:
    """Measure live counts: each question three times, the first one cold."""
    everything = []
    for key, one in templates().items():
        query, values = members(one)
        counted = exp.select(exp.Count(this=exp.Star())).from_(query.subquery("counted"))
        counting = counted.sql(dialect="duckdb")
        spent, answer = best(lambda counting=counting, values=values: cursor.execute(counting, values).fetchall()[0])
        everything += spent
        line = (
            f"  {key:28s} {answer[0]:>9,} people  {statistics.median(spent) * 1e3:7.0f} ms (first {spent[0] * 1e3:.0f})"
        )
        if key in BY_HAND:
            hand, same = best(lambda key=key: by_hand(cursor, key))
            ratio = statistics.median(spent) / statistics.median(hand)
            line += f"   by hand {statistics.median(hand) * 1e3:7.0f} ms, {same[0]:,} people: ratio {ratio:.2f}"
        print(line, flush=True)
    p95 = sorted(everything)[int(len(everything) * 0.95)]
    print(
        f"live count: p50 {statistics.median(everything) * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms, worst {max(everything) * 1e3:.0f} ms"
    )


def refresh(cursor: Cursor) -> None:
    """Measure all segments asked in full, their members written to a table."""
    began, people = time.perf_counter(), 0
    cursor.execute("CREATE OR REPLACE TEMP TABLE everybody (segment VARCHAR, profile_id VARCHAR)")
    for key, one in templates().items():
        query, values = members(one)
        chosen = exp.select(exp.Literal.string(key), exp.column("profile_id")).from_(query.subquery("m"))
        inserting = exp.insert(chosen, "everybody").sql(dialect="duckdb")
        people += cursor.execute(inserting, values).fetchall()[0][0]
    print(f"full refresh: {time.perf_counter() - began:.1f} s for {people:,} memberships")


def night(shop: BigShop) -> None:
    """Measure the night's adding up of the days that ticks left in parts."""
    with shop.warehouse.cursor() as cursor:
        groups = days.unmerged(cursor, before=(NOW + timedelta(days=2)).date())
    began = time.perf_counter()
    with shop.warehouse.transaction() as cursor:
        for group in groups:
            days.merge(cursor, group)
        print(f"night: {sum(map(len, groups))} days added up in {time.perf_counter() - began:.1f} s (taken back)")
        cursor.execute("ROLLBACK")
        cursor.execute("BEGIN")


PARTS = ("count", "refresh", "night")


def main() -> None:
    """Draw, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--home", type=Path, default=Path("/tmp/comptoir-segments"))
    parser.add_argument("--only", choices=PARTS, action="append")
    asked = parser.parse_args()
    _machine.describe()
    shop = open_shop(asked.home, people=asked.people, events=asked.events)
    with shop.warehouse.cursor() as cursor:
        rows = {name: cursor.execute(query).fetchone()[0] for name, query in _SIZES.items()}
        print(", ".join(f"{rows[name]:,} {name}" for name in rows))
        for part in asked.only or PARTS:
            if part == "count":
                count(cursor)
            elif part == "refresh":
                refresh(cursor)
            else:
                night(shop)
    shop.warehouse.close()


_SIZES = {
    "events": "SELECT count(*) FROM fact.events",
    "rows of day_activity": "SELECT count(*) FROM fact.day_activity",
    "orders": "SELECT count(*) FROM fact.orders",
    "nodes": "SELECT count(*) FROM fact.profile_of",
}


if __name__ == "__main__":
    main()
