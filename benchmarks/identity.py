"""Identity alone: ticks, a full resolution, reading profiles, and what binding facts to profiles late costs."""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent))

import machine

from comptoir.clock import monotonic
from comptoir.identity import profile, rows, store
from comptoir.model.identifier import node_of
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen
from comptoir.state.base import State, metadata, open_state

TICK = 10_000
READS = 20_000
RUNS = 7
SCAN_NAIVE = "SELECT count(DISTINCT profile_of.profile_id) FROM events JOIN profile_of USING (node_id)"
SCAN_BY_NODE = """
    SELECT count(DISTINCT profile_id) FROM (SELECT DISTINCT node_id FROM events) JOIN profile_of USING (node_id)
"""
SCAN_STAMPED = "SELECT count(DISTINCT profile_id) FROM events"
PER_PROFILE_NAIVE = """
    SELECT max(n) FROM (
        SELECT profile_of.profile_id, count(*) AS n FROM events JOIN profile_of USING (node_id) GROUP BY ALL
    )
"""
PER_PROFILE_BY_NODE = """
    SELECT max(n) FROM (
        SELECT profile_id, sum(n) AS n
        FROM (SELECT node_id, count(*) AS n FROM events GROUP BY node_id) JOIN profile_of USING (node_id)
        GROUP BY profile_id
    )
"""
PER_PROFILE_STAMPED = "SELECT max(n) FROM (SELECT profile_id, count(*) AS n FROM events GROUP BY profile_id)"
ONE_NAIVE = """
    SELECT count(*), max(occurred_at) FROM events LEFT JOIN profile_of USING (node_id) WHERE profile_of.profile_id = $profile
"""
ONE_BY_LIST = "SELECT count(*), max(occurred_at) FROM events WHERE list_contains($nodes::BIGINT[], node_id)"
ONE_BY_IN = """
    SELECT count(*), max(occurred_at) FROM events
    WHERE node_id IN (SELECT node_id FROM profile_of WHERE profile_id = $profile)
"""
ONE_BY_UNNEST = """
    SELECT count(*), max(occurred_at) FROM events WHERE node_id IN (SELECT unnest($nodes::BIGINT[]))
"""
ONE_STAMPED = "SELECT count(*), max(occurred_at) FROM events WHERE profile_id = $profile"


def people(records: int) -> Iterator[tuple[list[NodeSeen], list[LinkClaim], list[TraitSeen]]]:
    """Yield what each event tells, until `records` identifiers were seen: accounts, e-mails, phones, cards, browsers."""
    draw = random.Random(7)
    seen, number = 0, 0
    while seen < records:
        number += 1
        at = 1_790_000_000_000_000 + number * 1_000_000 - draw.randrange(60) * 10_000_000
        names = [("account", f"a{number}"), ("anonymous", f"b{number}")]
        names += [("email", f"{number}@shop.example")] * (draw.random() < 0.8)
        names += [("phone", f"+336{number}")] * (draw.random() < 0.4)
        names += [("anonymous", f"c{number}")] * (draw.random() < 0.5)
        if draw.random() < 0.05:  # a tablet that two people share
            names.append(("anonymous", f"b{draw.randrange(number) + 1}"))
        nodes = [NodeSeen(node_of(*one), *one, at) for one in names]
        links = [LinkClaim(nodes[0].node_id, one.node_id, "identify", "claimed", at, f"m{number}") for one in nodes[1:]]
        yield nodes, links, [TraitSeen(nodes[0].node_id, "first_name", '"Ann"', at, f"m{number}", "claimed")]
        seen += len(nodes)


def fill(state: State, records: int) -> None:
    began, links, tick, slowest = monotonic(), 0, 0, 0.0
    batch: list[tuple[list[NodeSeen], list[LinkClaim], list[TraitSeen]]] = []
    spent = 0.0

    def work() -> None:
        nonlocal tick, spent, slowest
        tick += 1
        start = monotonic()
        with state.write() as connection:
            store.apply(
                connection,
                tick_id=tick,
                spool="front",
                offset_after=tick,
                nodes=[one for nodes, _, _ in batch for one in nodes],
                links=[one for _, links, _ in batch for one in links],
                traits=[one for _, _, traits in batch for one in traits],
            )
        spent += monotonic() - start
        slowest = max(slowest, monotonic() - start)
        batch.clear()

    for event in people(records):
        batch.append(event)
        links += len(event[1])
        if len(batch) == TICK:
            work()
    work()
    events = (tick - 1) * TICK
    print(f"ticks: {tick} ticks of {TICK} identifying events (all new people), {links:,} links: {spent:.1f} s,"
          f" {events / spent:,.0f} events/s, slowest {slowest * 1e3:.0f} ms ({monotonic() - began:.1f} s with making them)")  # fmt: skip


def repeats(state: State) -> None:
    """The ordinary tick: people who are known already."""
    draw = random.Random(8)
    with state.read() as connection:
        known = connection.execute(rows.nodes.select().limit(60_000)).all()
        pairs = connection.execute(rows.links.select().limit(20_000)).all()
    kinds = {one.node_id: (one.kind, one.value) for one in known}
    said = [draw.choice(pairs) for _ in range(TICK)]
    nodes = [NodeSeen(one, *kinds.get(one, ("anonymous", "x")), 1_799_000_000_000_000)
             for link in said for one in (link.a, link.b)]  # fmt: skip
    links = [LinkClaim(one.a, one.b, one.reason, one.trust, 1_799_000_000_000_000, "again") for one in said]
    began = monotonic()
    with state.write() as connection:
        done = store.apply(
            connection, tick_id=10**6, spool="front", offset_after=1, nodes=nodes, links=links, traits=[]
        )
    spent = monotonic() - began
    print(f"a tick of {TICK} events of known people: {spent * 1e3:.0f} ms, {done.new_links} new links")


def plain_union_find(links: list[tuple[int, int]]) -> int:
    """The reference: union-find and nothing else: no order, no guard rails, no store."""
    parents: dict[int, int] = {}

    def root(node: int) -> int:
        while (parent := parents.get(node, node)) != node:
            parents[node] = parents.get(parent, parent)
            node = parents[node]
        return node

    for a, b in links:
        one, two = root(a), root(b)
        if one != two:
            parents[two] = one
    return len(parents)


def rebuild(state: State) -> None:
    with state.read() as connection:
        links = [(one.a, one.b) for one in connection.execute(rows.links.select())]
        count = connection.exec_driver_sql("SELECT count(*) FROM identity_nodes").scalar()
    began = monotonic()
    plain_union_find(links)
    reference = monotonic() - began
    del links
    began = monotonic()
    with state.write() as connection:
        moved = store.rebuild(connection)
    spent = monotonic() - began
    assert moved == 0
    print(f"full resolution of {count:,} records, read and written: {spent:.1f} s = {spent / reference:.1f} ×"
          f" plain union-find in memory ({reference:.2f} s); must < 60 s, aim < 15 s")  # fmt: skip


def reads(state: State, records: int) -> None:
    draw = random.Random(9)
    asked = [f"a{draw.randrange(records // 5) + 1}" for _ in range(READS)]
    with state.read() as connection:
        began = monotonic()
        for value in asked:
            assert profile.read(connection, "account", value) is not None
        spent = monotonic() - began
        raw = connection.connection.cursor()
        began = monotonic()
        for value in asked:
            raw.execute("SELECT founder FROM identity_nodes WHERE node_id = ?", (node_of("account", value),)).fetchone()
        reference = monotonic() - began
    print(f"profile reads by identifier: {READS / spent:,.0f}/s in one process = {spent / reference:.1f} ×"
          f" one bare SQLite look-up ({READS / reference:,.0f}/s); must > 5,000/s")  # fmt: skip


def late_bound(events: int) -> None:
    """`events` in order of time; nodes and profiles as above: a node in three is merged into another."""
    warehouse = duckdb.connect(config={"threads": 2})
    nodes = events // 20
    warehouse.execute(
        "CREATE TABLE profile_of AS SELECT hash(i)::UBIGINT::HUGEINT - 9223372036854775808 AS big,"
        " 'p' || format('{:016x}', hash(i - (i % 3 = 1)::INT)) AS profile_id FROM range($nodes) r(i)", {"nodes": nodes}
    )  # fmt: skip
    warehouse.execute("ALTER TABLE profile_of ADD COLUMN node_id BIGINT")
    warehouse.execute("UPDATE profile_of SET node_id = big::BIGINT")
    warehouse.execute("ALTER TABLE profile_of DROP COLUMN big")
    warehouse.execute("ALTER TABLE profile_of ADD PRIMARY KEY (node_id)")
    warehouse.execute(
        "CREATE TABLE events AS SELECT node_id, profile_id, TIMESTAMP '2026-01-01' + to_seconds(e) AS occurred_at,"
        " 'Product Viewed' AS name FROM (SELECT e, (hash(e) % $nodes)::BIGINT AS i FROM range($events) s(e)) JOIN"
        " (SELECT *, row_number() OVER () - 1 AS i FROM profile_of) USING (i) ORDER BY e",
        {"nodes": nodes, "events": events},
    )
    one = warehouse.execute(
        "SELECT profile_id, list(node_id) FROM profile_of GROUP BY profile_id HAVING count(*) = 2 LIMIT 1"
    ).fetchone()
    assert one is not None
    print(f"late-bound identity over {events:,} events by time, {nodes:,} nodes; medians of {RUNS}:")
    who = {"profile": one[0], "nodes": one[1]}
    _compare(
        warehouse, "distinct profiles", SCAN_STAMPED, {"naive join": SCAN_NAIVE, "by node, then map": SCAN_BY_NODE}, {}
    )
    _compare(warehouse, "events per profile", PER_PROFILE_STAMPED,
             {"naive join": PER_PROFILE_NAIVE, "by node, then map": PER_PROFILE_BY_NODE}, {})  # fmt: skip
    _compare(
        warehouse,
        "one profile",
        ONE_STAMPED,
        {
            "view with LEFT JOIN": ONE_NAIVE,
            "IN (its nodes)": ONE_BY_IN,
            "node list": ONE_BY_LIST,
            "unnest": ONE_BY_UNNEST,
        },
        who,
    )


def _compare(
    warehouse: duckdb.DuckDBPyConnection, what: str, stamped: str, forms: dict[str, str], known: dict[str, object]
) -> None:
    def bound(text: str) -> dict[str, object]:
        return {name: value for name, value in known.items() if f"${name}" in text}

    answers = {name: warehouse.execute(text, bound(text)).fetchall() for name, text in forms.items()}
    reference = warehouse.execute(stamped, bound(stamped)).fetchall()
    assert all(answer == reference for answer in answers.values()), (reference, answers)
    base = _median(lambda: warehouse.execute(stamped, bound(stamped)).fetchall())
    print(f"  {what}, stamped on the rows: {base * 1e3:.1f} ms")
    for name, text in forms.items():
        spent = _median(lambda text=text: warehouse.execute(text, bound(text)).fetchall())  # type: ignore[misc]
        print(f"    {name}: {spent * 1e3:.1f} ms = {spent / base:.2f} ×")


def _median(run: Callable[[], object]) -> float:
    spent = []
    for _ in range(RUNS):
        began = monotonic()
        run()
        spent.append(monotonic() - began)
    return statistics.median(spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--only", choices=["store", "late"])
    asked = parser.parse_args()
    machine.describe()
    if asked.only != "late":
        with tempfile.TemporaryDirectory() as folder:
            state = open_state(Path(folder) / "state.db")
            metadata.create_all(state.engine)
            fill(state, asked.records)
            repeats(state)
            rebuild(state)
            reads(state, asked.records)
            state.close()
        print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB at most")
    if asked.only != "store":
        late_bound(asked.events)


if __name__ == "__main__":
    main()
