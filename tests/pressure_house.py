"""A pressure ledger over a real store, with people the test joins and parts, and a clock the test moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from comptoir.messaging.overlay import Hold
from comptoir.messaging.rows import outbox
from comptoir.model.consent import ConsentKey
from comptoir.model.message import Candidate, DeliveryKind, Discretion, MessageClass, Reason
from comptoir.pressure import policies
from comptoir.pressure.arbitrate import Verdict
from comptoir.pressure.caps import Cap, Policy
from comptoir.pressure.ledger import PressureLedger
from comptoir.pressure.quiet import Place
from comptoir.pressure.rows import candidates, reservations
from comptoir.state.base import State, metadata, open_state

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)  # a Tuesday
BRAND = "maison"
DAY = Policy(caps=(Cap(2, timedelta(hours=24)),), gap=timedelta(hours=4))
_NEEDED = ("candidates", "reservations", "policies", "announced", "universal_draws", "outbox", "reports")


def wish(
    name: str, *, node: int = 1, contact: str | None = None, priority: int = 50, at: datetime = NOON, hours: float = 48,
    kind: MessageClass = MessageClass.SCENARIO, discretion: Discretion = Discretion.GENERIC, **more: Any,
) -> Candidate:  # fmt: skip
    """Make a wish; its message id, occasion and step are its name."""
    said: dict[str, Any] = {"brand": BRAND, "channel": "email", "enrollment_id": node, "scenario": "s"} | more
    return Candidate(
        message_id=name, message_class=kind, scenario_version=1, step=name, purpose="marketing", template="t",
        discretion=discretion, language="fr", node_id=node, profile_id="", occasion=name, priority=priority,
        contact=contact if contact is not None else f"n{node}@example.org", wished_at=at,
        expires_at=at + timedelta(hours=hours), **said,
    )  # fmt: skip


@dataclass
class Ledger:
    """The ledger and what stands around it."""

    state: State
    policy: Policy = DAY
    kin: dict[int, frozenset[int]] = field(default_factory=dict)
    paused: dict[ConsentKey, int] = field(default_factory=dict)
    now: datetime = NOON
    ledger: PressureLedger = field(init=False)

    def __post_init__(self) -> None:
        def nodes_of(_connection: Connection, nodes: Collection[int]) -> Mapping[int, frozenset[int]]:
            return {one: self.kin.get(one, frozenset({one})) for one in nodes}

        self.ledger = PressureLedger(
            policy=self.policy, nodes_of=nodes_of, salt="salt",
            places=lambda _connection: {BRAND: Place(zone="Europe/Paris", country="FR")},
            paused_until=lambda _connection, keys: {key: self.paused[key] for key in keys if key in self.paused},
        )  # fmt: skip

    def publish(self, text: str) -> None:
        with self.state.write() as connection:
            policies.publish(connection, text, self.now)

    def join(self, *nodes: int) -> None:
        for one in nodes:
            self.kin[one] = frozenset(nodes)

    def part(self, *nodes: int) -> None:
        for one in nodes:
            self.kin[one] = frozenset({one})

    def ask(self, *wishes: Candidate) -> dict[str, Verdict]:
        with self.state.write() as connection:
            found = self.ledger.arbitrate(connection, wishes, self.now)
        return {one.candidate.message_id: one for one in found}

    def retry(self) -> dict[str, Verdict]:
        """Do what the engine does with deferred candidates."""
        with self.state.write() as connection:
            found = self.ledger.arbitrate(connection, self.ledger.due(connection, self.now), self.now)
        return {one.candidate.message_id: one for one in found}

    def hand(self, name: str, kind: DeliveryKind | None = DeliveryKind.ACCEPTED) -> Reason | Hold | str | None:
        """Do what the sender does with one message; None where it was handed over."""
        with self.state.write() as connection:
            row = connection.execute(select(outbox).where(outbox.c.message_id == name)).mappings().first()
            if row is None or row["state"] != "queued":
                return "not queued"
            message = dict(row)
            if message["not_before"] > int(self.now.timestamp() * 1_000_000):
                return "not yet"
            refusal = self.ledger.refuses(connection, message, self.now)
            if refusal is not None:
                if isinstance(refusal, Reason):
                    connection.execute(outbox.update().where(outbox.c.message_id == name).values(state="dropped"))
                    self.ledger.dropped(connection, message, refusal, self.now)
                return refusal
            connection.execute(
                outbox.update().where(outbox.c.message_id == name).values(state=kind.value if kind else "handed")
            )
            self.ledger.handed(connection, message, self.now)
            if kind is not None:
                self.ledger.settled(connection, message, kind, self.now)
        return None

    def outcome(self, name: str) -> tuple[str, str | None]:
        (row,) = [one for one in self.rows(candidates) if one["message_id"] == name]
        return row["outcome"], row["reason"]

    def rows(self, table: Any) -> list[dict[str, Any]]:
        with self.state.read() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def counting(self, name: str) -> str:
        (row,) = [one for one in self.rows(reservations) if one["message_id"] == name]
        return str(row["state"])


def build(folder: Path, *, policy: Policy = DAY) -> Ledger:
    """Open a ledger in a folder; opening it twice is two processes' view of one store."""
    folder.mkdir(parents=True, exist_ok=True)
    state = open_state(folder / "state.db")
    metadata.create_all(state.engine, tables=[metadata.tables[name] for name in _NEEDED])
    return Ledger(state=state, policy=policy)
