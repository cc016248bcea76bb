"""The state store of a rehearsal: what is authored is copied in, ledgers begin where the days begin."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, create_engine, insert, select
from sqlalchemy.pool import StaticPool

from comptoir.clock import micros
from comptoir.messaging.rows import outbox, suppressions
from comptoir.pressure.rows import candidates, reservations
from comptoir.scenarios.rows import scenario_versions, scenarios
from comptoir.state.base import State, metadata
from comptoir.state.statement import driver

_OF_PEOPLE = frozenset({"message_id", "node_id", "enrollment_id", "contact", "contact_hash", "statement_id"})
"""A table with one of these columns tells of people: it is a ledger, and a rehearsal writes its own."""
_NOT_COPIED = frozenset({
    "scenarios", "scenario_versions", "scenario_drafts", "scenario_firings", "pauses",
    "ticks", "archived", "timers", "reports", "scenarios_applied", "scenario_passed", "audit", "erasures",
    "identity_nodes", "identity_groups", "identity_links", "identity_cuts", "identity_traits", "identity_applied",
    "identity_counters",
})  # fmt: skip
_AT_ONCE = 500
_MEMORY_MICROS = 90 * 24 * 3_600 * 1_000_000
"""How far back contacts are brought along: no cap of ours slides wider."""


@dataclass(frozen=True, slots=True)
class ScratchState(State):
    """
    A state store of a rehearsal's own, in memory, on one connection that everybody gets.

    A rehearsal has one thread: paper has one connection, and a crew of one works in its caller's thread.
    """

    connection: Connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend the connection."""
        yield self.connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Lend the connection inside one transaction, of which all is kept or nothing."""
        quick = driver(self.connection)
        quick.execute("BEGIN")
        try:
            yield self.connection
        except BaseException:
            quick.execute("ROLLBACK")
            raise
        quick.execute("COMMIT")

    def close(self) -> None:
        """Throw it away."""
        self.connection.close()
        self.engine.dispose()


def scratch() -> ScratchState:
    """Make an empty state store with every table."""
    engine = create_engine(
        "sqlite://",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "isolation_level": None, "cached_statements": 1_000},
        execution_options={"isolation_level": "AUTOCOMMIT"},
    )
    state = ScratchState(engine, engine.connect())
    driver(state.connection).execute("PRAGMA foreign_keys=ON")
    metadata.create_all(engine)
    return state


def copy_authored(real: Connection, scratch: Connection) -> None:
    """Copy what people have written (policies, templates, brands …), but for scenarios and whatever tells of people."""
    for table in metadata.sorted_tables:
        if table.name in _NOT_COPIED or _OF_PEOPLE & set(table.columns.keys()):
            continue
        _put(scratch, table, real.execute(select(table)).mappings())


def copy_scenarios(real: Connection, scratch: Connection, names: Collection[str]) -> None:
    """Copy these scenarios with all their versions."""
    for table in (scenarios, scenario_versions):
        wanted = select(table).where(table.c.scenario.in_(sorted(names)))
        _put(scratch, table, real.execute(wanted).mappings())


def copy_suppressions(real: Connection, scratch: Connection, before: datetime) -> None:
    """Copy the addresses that must not be written to, as of an instant."""
    wanted = select(suppressions).where(suppressions.c.at <= micros(before))
    _put(scratch, suppressions, real.execute(wanted).mappings())


def copy_contacts(real: Connection, scratch: Connection, before: datetime, nodes: Collection[int]) -> int:
    """
    Copy the messages that these nodes' people had had before the days begin, since they count against the caps.

    Gives how many.
    """
    until = micros(before)
    r = reservations.c
    wanted = sorted(nodes)
    copied = 0
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        kept = select(reservations).where(r.node_id.in_(some), r.at < until, r.at >= until - _MEMORY_MICROS)
        rows = [dict(row) for row in real.execute(kept).mappings() if row["state"] in {"handed", "accepted", "unknown"}]
        ids = [row["message_id"] for row in rows]
        _put(scratch, reservations, rows)
        for table in (candidates, outbox):
            for place in range(0, len(ids), _AT_ONCE):
                asked = select(table).where(table.c.message_id.in_(ids[place : place + _AT_ONCE]))
                _put(scratch, table, real.execute(asked).mappings())
        copied += len(rows)
    return copied


def put_consents(scratch: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write what had been said of consent before the days begin, as it stands in the ledger."""
    _put(scratch, metadata.tables["consents"], rows)


def put_pauses(scratch: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write pauses that were asked for, as they stand in the ledger."""
    _put(scratch, metadata.tables["pauses"], rows)


def _put(connection: Connection, table: Table, rows: Iterable[Any]) -> None:
    found = [dict(row) for row in rows]
    if found:
        connection.execute(insert(table).prefix_with("OR IGNORE"), found)
