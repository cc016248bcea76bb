"""Arbitration alone: candidates of a campaign against a real history, and what a bare insert of as many rows costs."""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine
from sqlalchemy import Column, MetaData, Table, insert, select

from comptoir.acting import kin
from comptoir.clock import micros, monotonic
from comptoir.identity import store
from comptoir.model.identifier import node_of, profile_named_after
from comptoir.model.message import Candidate, Discretion, MessageClass
from comptoir.model.sighting import LinkClaim, NodeSeen
from comptoir.pressure import policies
from comptoir.pressure.caps import Cap, Policy
from comptoir.pressure.ledger import PressureLedger
from comptoir.pressure.quiet import Place
from comptoir.pressure.rows import candidates, reservations
from comptoir.state.base import State, metadata, open_state
from comptoir.state.statement import Statement

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
POLICY = """
brand: main
caps:
  - {at_most: 2, hours: 24, across_brands: true}
  - {at_most: 5, days: 7, channel: email}
  - {at_most: 1, days: 7, tag: sale}
gap_hours: 4
quiet: {from: "21:00", until: "08:00", sundays: true, holidays: true}
i_saw_you: {at_most: 2, days: 7}
look_ahead_days: 3
"""


def people(state: State, count: int) -> None:
    """Write people of three identifiers each: an account, an e-mail and a browser."""
    at = micros(NOW - timedelta(days=90))
    for start in range(0, count, 10_000):
        nodes, links = [], []
        for number in range(start, min(count, start + 10_000)):
            names = [("account", f"a{number}"), ("email", f"{number}@shop.example"), ("anonymous", f"b{number}")]
            own = [NodeSeen(node_of(*one), *one, at) for one in names]
            nodes += own
            links += [
                LinkClaim(own[0].node_id, one.node_id, "identify", "confirmed", at, f"m{number}") for one in own[1:]
            ]
        with state.write() as connection:
            store.apply(
                connection, tick_id=start, spool="front", offset_after=start, nodes=nodes, links=links, traits=[]
            )


def wishes(count: int, folk: int, at: datetime, run: str, *, hours: int = 48) -> list[Candidate]:
    """Draw candidates: one in ten of a scenario that saw something, the others of a campaign."""
    draw = random.Random(run)
    drawn = []
    for number in range(count):
        who = draw.randrange(folk)
        is_scenario = draw.random() < 0.1
        account = node_of("account", f"a{who}")
        drawn.append(
            Candidate(
                message_id=f"{run}-{number}", message_class=MessageClass.SCENARIO if is_scenario else MessageClass.CAMPAIGN,
                scenario="basket" if is_scenario else "autumn", scenario_version=1, step="send", enrollment_id=number,
                brand="main", channel="email", purpose="marketing", template="t",
                discretion=Discretion.EXACT if is_scenario else Discretion.GENERIC, language="fr",
                node_id=account if draw.random() < 0.7 else node_of("anonymous", f"b{who}"),
                profile_id=profile_named_after(account), contact=f"{who}@shop.example", occasion=f"{run}-{number}",
                priority=draw.randrange(100), expected_value=draw.random(), wished_at=at,
                expires_at=at + timedelta(hours=hours), tags=("sale",) if draw.random() < 0.2 else (),
                words='{"subject": "Bonjour", "intro": "Vous nous manquez"}',
            )
        )  # fmt: skip
    return drawn


def history(state: State, ledger: PressureLedger, rows: int, folk: int) -> None:
    """Fill the ledger with what an earlier quarter left: sent, replaced and dropped."""
    for week in range(12, 0, -1):
        at = NOW - timedelta(weeks=week, hours=-1)
        with state.write() as connection:
            ledger.arbitrate(connection, wishes(rows // 12, folk, at, f"w{week}"), at)
            connection.execute(reservations.update().where(reservations.c.state == "reserved").values(state="accepted"))
            connection.exec_driver_sql("UPDATE outbox SET state = 'accepted' WHERE state = 'queued'")
            connection.exec_driver_sql("UPDATE candidates SET outcome = 'sent' WHERE outcome = 'queued'")


def bare(state: State, count: int) -> float:
    """The reference: as many candidate rows, copied into a bare table with nothing but its key."""
    columns = [Column(one.name, one.type, primary_key=one.primary_key) for one in candidates.columns]
    alone = Table("bare", MetaData(), *columns)
    with state.write() as connection:
        alone.create(connection)
        rows = [tuple(row) for row in connection.execute(select(candidates).limit(count))]
    began = time.process_time()
    with state.write() as connection:
        Statement(insert(alone)).many(connection, rows)
    spent = time.process_time() - began
    with state.write() as connection:
        alone.drop(connection)
    return spent * count / max(1, len(rows))


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--history", type=int, default=300_000)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    machine.describe()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        state = open_state(Path(folder) / "state.db")
        metadata.create_all(state.engine)
        with state.write() as connection:
            policies.publish(connection, POLICY, NOW - timedelta(days=100))
        ledger = PressureLedger(
            policy=Policy(caps=(Cap(2, timedelta(hours=24)),), gap=timedelta(hours=4)), nodes_of=kin, salt="salt",
            places=lambda _connection: {"main": Place(zone="Europe/Paris", country="FR")},
        )  # fmt: skip
        began = monotonic()
        people(state, given.people)
        history(state, ledger, given.history, given.people)
        with state.read() as connection:
            kept = connection.scalar(select(reservations.c.message_id).limit(1)) is not None
        assert kept
        print(
            f"history of {given.history:,} candidates of {given.people:,} people: {monotonic() - began:.0f} s to write"
        )
        drawn = wishes(given.candidates, given.people, NOW, "now")
        profiler = None
        if given.profile:
            import cProfile

            profiler = cProfile.Profile()
            profiler.enable()
        wall, cpu = monotonic(), time.process_time()
        with state.write() as connection:
            verdicts = ledger.arbitrate(connection, drawn, NOW)
        wall, cpu = monotonic() - wall, time.process_time() - cpu
        if profiler is not None:
            import pstats

            profiler.disable()
            pstats.Stats(profiler).sort_stats("tottime").print_stats(35)
        reference = bare(state, given.candidates)
        outcomes = Counter(f"{one.outcome}{f'/{one.reason}' if one.reason else ''}" for one in verdicts)
        print(f"arbitration of {given.candidates:,}: {cpu:.2f} s of processor, {wall:.2f} s on the wall (must < 10 s);"
              f" {cpu / reference:.1f} × a bare insert of as many rows ({reference:.2f} s)")  # fmt: skip
        print("outcomes: " + ", ".join(f"{name} {count:,}" for name, count in outcomes.most_common()))
        print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")
        state.close()


if __name__ == "__main__":
    main()
