"""Watching the real engine at work: its steps and its ledger, each with a notebook beside it and nothing changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select

from comptoir.clock import micros
from comptoir.messaging.rows import outbox
from comptoir.model.message import Arm, Candidate, Outcome, Reason
from comptoir.model.scenario import Facts, Go, Leave, Stay
from comptoir.pressure.arbitrate import Verdict
from comptoir.pressure.ledger import PressureLedger
from comptoir.pressure.rows import announced, candidates, reservations
from comptoir.scenarios.history_world import ThenFacts
from comptoir.scenarios.parse import StepNamed
from comptoir.state.statement import IDS, Statement, as_set


class Trod(NamedTuple):
    """One decision of one step about one run. `branch` is empty where it simply went on."""

    at: datetime
    enrollment_id: int
    step: str
    kind: str
    arrived_at: datetime
    until: datetime | None
    """Stays until then; None where it goes on."""
    branch: str
    effects: tuple[str, ...]


class Judged(NamedTuple):
    """One verdict of the ledger, when it was said."""

    at: datetime
    message_id: str
    enrollment_id: int
    scenario: str
    outcome: str
    reason: str | None
    until: datetime | None
    replaced_by: str | None
    stood_in_the_way: tuple[str, ...]
    """Messages that counted for the same person or address, where one was refused for want of room."""


@dataclass(slots=True)
class Notebook:
    """What was seen. Order: as it happened."""

    trod: list[Trod] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class WatchedSteps:
    """Gives the same steps as `steps`, each of which also writes down what it decides (`parse.StepNamed`)."""

    steps: StepNamed
    notebook: Notebook
    made: dict[str, Any] = field(default_factory=dict)

    def __call__(self, kind: str) -> Any:
        """Give the class of a step by its kind."""
        if kind not in self.made:
            self.made[kind] = _watched(self.steps(kind), kind, self.notebook)
        return self.made[kind]


def _watched(step: Any, kind: str, notebook: Notebook) -> Any:
    def decide(self: Any, facts: Facts) -> Go | Stay:
        decision: Go | Stay = step.decide(self, facts)
        if isinstance(facts.world, ThenFacts):  # else the engine only asks when a new wait would end
            notebook.trod.append(_trod(self.key, kind, facts, facts.world.subject_id, decision))
        return decision

    return type(f"Watched{step.__name__}", (step,), {"decide": decide, "__module__": step.__module__})


def _trod(key: str, kind: str, facts: Facts, enrollment_id: int, decision: Go | Stay) -> Trod:
    if isinstance(decision, Stay):
        return Trod(facts.now, enrollment_id, key, kind, facts.arrived_at, decision.until, "", ())
    said = tuple(
        f"leave {one.reason}" if isinstance(one, Leave) else type(one).__name__.lower() for one in decision.effects
    )
    return Trod(facts.now, enrollment_id, key, kind, facts.arrived_at, None, decision.branch, said)


_FOR_ROOM = frozenset({Reason.CAPPED, Reason.GAP, Reason.BETTER, Reason.BETTER_SOON, Reason.DISCREET})


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedLedger(PressureLedger):
    """The ledger itself; it also writes down every verdict, and who stood in the way."""

    notebook: Notebook = field(default_factory=Notebook, compare=False)

    def arbitrate(
        self, connection: Connection, wishes: Sequence[Candidate], now: datetime, **options: Any
    ) -> list[Verdict]:
        """Judge, as the ledger does, and write down what it said."""
        verdicts = PressureLedger.arbitrate(self, connection, wishes, now, **options)
        for one in verdicts:
            wish = one.candidate
            stood = self._stood(connection, wish, now) if one.reason in _FOR_ROOM else ()
            self.notebook.judged.append(
                Judged(now, wish.message_id, wish.enrollment_id, wish.scenario, one.outcome.value,
                       None if one.reason is None else one.reason.value, one.until, one.replaced_by, stood)
            )  # fmt: skip
            for loser in one.replaces:
                self.notebook.judged.append(
                    Judged(now, loser, 0, "", Outcome.REPLACED.value, Reason.BETTER.value, None, wish.message_id, ())
                )
        return verdicts

    def cancel(self, connection: Connection, *, enrollments: Collection[int], reason: Reason, now: datetime) -> None:
        """Take back what ended runs left, as the ledger does; most left nothing, and then it need not be asked."""
        if enrollments and any(table.rows(connection, ids=as_set(enrollments)) for table in _LEFT):
            PressureLedger.cancel(self, connection, enrollments=enrollments, reason=reason, now=now)

    def note(
        self, connection: Connection, wishes: Sequence[Candidate], outcome: Outcome, reason: Reason, now: datetime,
        *, arm: Arm | None, **options: Any,
    ) -> None:  # fmt: skip
        """Write down a final outcome, as the ledger does, and here too."""
        PressureLedger.note(self, connection, wishes, outcome, reason, now, arm=arm, **options)
        for wish in wishes:
            self.notebook.judged.append(
                Judged(now, wish.message_id, wish.enrollment_id, wish.scenario, outcome.value, reason.value, None, None,
                       ())
            )  # fmt: skip

    def _stood(self, connection: Connection, wish: Candidate, now: datetime) -> tuple[str, ...]:
        r = reservations.c
        nodes = self.nodes_of(connection, {wish.node_id})[wish.node_id]
        counts = r.state.in_(("reserved", "handed", "accepted", "unknown"))
        asked = (
            select(r.message_id)
            .where(or_(r.node_id.in_(sorted(nodes)), r.contact == wish.contact), counts, r.at <= micros(now))
            .order_by(r.at.desc(), r.message_id)
            .limit(_MOST_NAMED)
        )
        return tuple(row.message_id for row in connection.execute(asked) if row.message_id != wish.message_id)


_MOST_NAMED = 5
_LEFT = tuple(
    Statement(select(table.c.enrollment_id).where(table.c.enrollment_id.in_(IDS)))
    for table in (outbox, candidates, announced)
)


def watched(ledger: PressureLedger, notebook: Notebook, **changes: Any) -> WatchedLedger:
    """Make the same ledger, watched."""
    kept = {one.name: getattr(ledger, one.name) for one in fields(ledger)}
    return WatchedLedger(**(kept | changes), notebook=notebook)
