"""Identity alone: ticks, a full resolution, reading profiles, and what binding facts to profiles late costs."""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine

from comptoir.clock import monotonic
from comptoir.identity import profile, rows, store
from comptoir.model.identifier import node_of
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen
from comptoir.state.base import State, metadata, open_state

TICK = 10_000
READS = 20_000
RUNS = 7
SCANS = {
    "stamped on the rows": "SELECT count(DISTINCT stamped_id) FROM events",
    "stamped as a number": "SELECT count(DISTINCT stamped_number) FROM events",
    "by node, then map": "SELECT count(DISTINCT profile_id) FROM (SELECT DISTINCT node_id FROM events)"
    " JOIN profile_of USING (node_id)",
    "view with LEFT JOIN": "SELECT count(DISTINCT profile_id) FROM events LEFT JOIN profile_of USING (node_id)",
}
PER_PROFILE = {
    "stamped on the rows": "SELECT max(n) FROM (SELECT stamped_id, count(*) AS n FROM events GROUP BY stamped_id)",
    "stamped as a number": "SELECT max(n) FROM (SELECT stamped_number, count(*) AS n FROM events GROUP BY ALL)",
    "by node, then map": "SELECT max(n) FROM (SELECT profile_id, sum(n) AS n FROM (SELECT node_id, count(*) AS n"
    " FROM events GROUP BY node_id) JOIN profile_of USING (node_id) GROUP BY profile_id)",
    "view with LEFT JOIN": "SELECT max(n) FROM (SELECT profile_id, count(*) AS n FROM events"
    " LEFT JOIN profile_of USING (node_id) GROUP BY profile_id)",
}
ONE = {
    "stamped on the rows": "SELECT count(*), max(occurred_at) FROM events WHERE stamped_id = $profile",
    "stamped as a number": "SELECT count(*), max(occurred_at) FROM events WHERE stamped_number = $number",
    "node IN (its nodes)": "SELECT count(*), max(occurred_at) FROM events"
    " WHERE node_id IN (SELECT node_id FROM profile_of WHERE profile_id = $profile)",
    "node = $a OR node = $b": "SELECT count(*), max(occurred_at) FROM events WHERE node_id = $a OR node_id = $b",
    "view with INNER JOIN": "SELECT count(*), max(occurred_at) FROM events JOIN profile_of USING (node_id)"
    " WHERE profile_id = $profile",
    "view with LEFT JOIN": "SELECT count(*), max(occurred_at) FROM events LEFT JOIN profile_of USING (node_id)"
    " WHERE profile_id = $profile",
}
"""The first of each is the reference: the id of the profile written on every row, and rewritten at every merge."""


def people(records: int) -> Iterator[tuple[list[NodeSeen], list[LinkClaim], list[TraitSeen]]]:
    """Yield what each event tells, until `records` identifiers were seen."""
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
    links, tick, slowest = 0, 0, 0.0
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
    rate = (tick - 1) * TICK / spent
    print(f"ticks: {tick} of {TICK:,} identifying events, all of new people, {links:,} links: {spent:.1f} s,"
          f" {rate:,.0f} events/s, slowest {slowest * 1e3:.0f} ms")  # fmt: skip


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
    """`events` in order of time; a node in three belongs to another's profile, as after a merge."""
    folder = tempfile.TemporaryDirectory()
    warehouse = duckdb.connect(str(Path(folder.name) / "warehouse.duckdb"), config={"threads": 2})
    nodes = events // 20
    warehouse.execute(
        "CREATE TABLE profile_of AS SELECT (hash(i) >> 1)::BIGINT AS node_id,"
        " 'p' || format('{:016x}', hash(i - (i % 3 = 1)::INT) >> 1) AS profile_id FROM range($nodes) nodes(i)",
        {"nodes": nodes},
    )
    warehouse.execute("ALTER TABLE profile_of ADD PRIMARY KEY (node_id)")
    warehouse.execute(
        "CREATE TABLE events AS SELECT node_id, profile_id AS stamped_id, hash(profile_id) AS stamped_number,"
        " TIMESTAMP '2026-01-01' + to_seconds(e) AS occurred_at, 'Product Viewed' AS name"
        " FROM (SELECT e, (hash(e) % $nodes)::BIGINT AS i FROM range($events) events(e))"
        " JOIN (SELECT *, row_number() OVER () - 1 AS i FROM profile_of) USING (i) ORDER BY e",
        {"nodes": nodes, "events": events},
    )
    warehouse.execute("CHECKPOINT")  # as it lies on disk: in memory nothing is compressed
    one = warehouse.execute(
        "SELECT profile_id, list(node_id) FROM profile_of GROUP BY profile_id HAVING count(*) = 2 LIMIT 1"
    ).fetchone()
    assert one is not None
    number = warehouse.execute("SELECT hash($profile)", {"profile": one[0]}).fetchall()[0][0]
    known = {"profile": one[0], "number": number, "a": one[1][0], "b": one[1][1]}
    print(f"late-bound identity over {events:,} events by time, {nodes:,} nodes; best (middle) of {RUNS}, in turns:")
    for what, forms in (("distinct profiles", SCANS), ("events per profile", PER_PROFILE), ("one profile", ONE)):
        print(f"  {what}:")
        _compare(warehouse, forms, known)
    warehouse.close()
    folder.cleanup()


def _compare(warehouse: duckdb.DuckDBPyConnection, forms: dict[str, str], known: dict[str, object]) -> None:
    spent: dict[str, list[float]] = {name: [] for name in forms}
    answers = set()
    for _ in range(RUNS):
        for name, text in forms.items():  # in turns, so that a noisy machine is noisy for all
            bound = {key: value for key, value in known.items() if f"${key}" in text}
            began = monotonic()
            answers.add(tuple(warehouse.execute(text, bound).fetchall()))
            spent[name].append(monotonic() - began)
    assert len(answers) == 1, answers
    best, middle = (min(next(iter(spent.values()))), statistics.median(next(iter(spent.values()))))
    for name, times in spent.items():
        print(f"    {name:24} {min(times) * 1e3:8.1f} ms = {min(times) / best:.2f} ×"
              f"   ({statistics.median(times) * 1e3:.1f} ms = {statistics.median(times) / middle:.2f} ×)")  # fmt: skip


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
