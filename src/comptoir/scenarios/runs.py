"""Enrollments in memory during one transaction: read in bulk, changed freely, written back with their timers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, tuple_, update

from comptoir.clock import instant, micros
from comptoir.model.message import Arm
from comptoir.model.scenario import EnrollmentStatus
from comptoir.scenarios.rows import enrollments, timers

_AT_ONCE = 500
_COLUMNS = tuple(column.name for column in enrollments.columns)
_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class Run:
    """One enrollment on its way through a transaction."""

    enrollment_id: int
    scenario: str
    version: int
    brand: str
    key: str
    node_id: int
    cart_key: str | None
    cart_id: str | None
    step: str
    entered_at: datetime
    arrived_at: datetime
    last_action_at: datetime
    due_at: datetime | None = None
    waits_for: str | None = None
    happened: str | None = None
    status: EnrollmentStatus = EnrollmentStatus.LIVE
    exit_reason: str | None = None
    ended_at: datetime | None = None
    arm: Arm | None = None
    arm_of: str | None = None
    eligible_at: datetime | None = None
    is_new: bool = False
    timer_at: datetime | None = None
    """The timer that lies in the table now."""

    @property
    def is_live(self) -> bool:
        """Say whether it still runs."""
        return self.status == EnrollmentStatus.LIVE

    def end(self, status: EnrollmentStatus, reason: str, now: datetime) -> None:
        """End it."""
        self.status, self.exit_reason, self.ended_at = status, reason, now
        self.due_at, self.waits_for, self.happened = None, None, None


def live_by_key(connection: Connection, scenarios: Collection[str], keys: Collection[str]) -> list[Run]:
    """Read the live enrollments of these scenarios and keys."""
    e = enrollments.c
    found: list[Run] = []
    for some in _slices(sorted(keys)):
        asked = select(enrollments).where(e.scenario.in_(sorted(scenarios)), e.key.in_(some), e.status == "live")
        found += map(_run, connection.execute(asked))
    return found


def live_by_node(connection: Connection, nodes: Collection[int]) -> list[Run]:
    """Read the live enrollments that began with one of these nodes."""
    e = enrollments.c
    found: list[Run] = []
    for some in _slices(sorted(nodes)):
        found += map(_run, connection.execute(select(enrollments).where(e.node_id.in_(some), e.status == "live")))
    return found


@dataclass(frozen=True, slots=True)
class Ended:
    """When the last run of a key ended, and whether it had come to a wish to contact."""

    at: datetime
    was_eligible: bool


def last_ended(connection: Connection, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Ended]:
    """Give how the last run of each (scenario, key) ended."""
    e = enrollments.c
    found: dict[tuple[str, str], Ended] = {}
    for some in _slices(sorted(pairs)):
        asked = (
            select(e.scenario, e.key, e.ended_at, e.eligible_at)
            .where(tuple_(e.scenario, e.key).in_(some), e.status != "live", e.ended_at.is_not(None))
            .order_by(e.ended_at, e.enrollment_id)
        )
        for scenario, key, ended, eligible in connection.execute(asked):
            found[scenario, key] = Ended(instant(ended), eligible is not None)
    return found


def pop_due(connection: Connection, now: datetime, most: int) -> list[Run]:
    """Take the timers that are due off the table, oldest first, and read their enrollments."""
    t = timers.c
    due = connection.execute(
        select(t.due_at, t.enrollment_id).where(t.due_at <= micros(now)).order_by(t.due_at, t.enrollment_id).limit(most)
    ).all()
    if not due:
        return []
    last = due[-1]
    # a range on the clustering key: one sweep, no look-up per row
    upto = tuple_(last.due_at, last.enrollment_id)
    connection.execute(delete(timers).where(tuple_(t.due_at, t.enrollment_id) <= upto))
    runs: dict[int, Run] = {}
    for some in _slices([row.enrollment_id for row in due]):
        for row in connection.execute(select(enrollments).where(enrollments.c.enrollment_id.in_(some))):
            runs[row.enrollment_id] = _run(row)
    return [
        _popped(runs[row.enrollment_id]) for row in due if row.enrollment_id in runs and runs[row.enrollment_id].is_live
    ]


def save(connection: Connection, runs: Iterable[Run]) -> None:
    """Write enrollments back, with their timers: the ended first, so that a key that ended may begin again."""
    changed = list(runs)
    old = [
        {"was_due": micros(run.timer_at), "whose": run.enrollment_id}
        for run in changed
        if run.timer_at is not None and run.timer_at != run.due_at
    ]
    if old:
        connection.execute(
            delete(timers).where(timers.c.due_at == bindparam("was_due"), timers.c.enrollment_id == bindparam("whose")),
            old,
        )
    known = sorted((run for run in changed if not run.is_new), key=lambda run: run.is_live)
    if known:
        connection.execute(_UPDATE, [{f"new_{name}": value for name, value in _row(run).items()} for run in known])
    new = sorted((run for run in changed if run.is_new), key=lambda run: run.is_live)
    if new:
        connection.execute(insert(enrollments), [_row(run) for run in new])
    due = [
        {"due_at": micros(run.due_at), "enrollment_id": run.enrollment_id}
        for run in changed
        if run.is_live and run.due_at is not None and run.timer_at != run.due_at
    ]
    if due:
        connection.execute(insert(timers).prefix_with("OR IGNORE"), due)


_CHANGING = tuple(name for name in _COLUMNS if name not in {"enrollment_id", "scenario", "key", "entered_at"})
_UPDATE = (
    update(enrollments)
    .where(enrollments.c.enrollment_id == bindparam("new_enrollment_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)


def _popped(run: Run) -> Run:
    run.timer_at = None
    return run


def _run(row: Row[Any]) -> Run:
    due = _instant(row.due_at)
    return Run(
        enrollment_id=row.enrollment_id,
        scenario=row.scenario,
        version=row.version,
        brand=row.brand,
        key=row.key,
        node_id=row.node_id,
        cart_key=row.cart_key,
        cart_id=row.cart_id,
        step=row.step,
        entered_at=instant(row.entered_at),
        arrived_at=instant(row.arrived_at),
        last_action_at=instant(row.last_action_at),
        due_at=due,
        waits_for=row.waits_for,
        happened=row.happened,
        status=EnrollmentStatus(row.status),
        exit_reason=row.exit_reason,
        ended_at=_instant(row.ended_at),
        arm=Arm(row.arm) if row.arm else None,
        arm_of=row.arm_of,
        eligible_at=_instant(row.eligible_at),
        timer_at=due,
    )


def _row(run: Run) -> dict[str, Any]:
    return {
        "enrollment_id": run.enrollment_id,
        "scenario": run.scenario,
        "version": run.version,
        "brand": run.brand,
        "key": run.key,
        "node_id": run.node_id,
        "cart_key": run.cart_key,
        "cart_id": run.cart_id,
        "step": run.step,
        "entered_at": micros(run.entered_at),
        "arrived_at": micros(run.arrived_at),
        "last_action_at": micros(run.last_action_at),
        "due_at": _micros(run.due_at),
        "waits_for": run.waits_for,
        "happened": run.happened,
        "status": run.status.value,
        "exit_reason": run.exit_reason,
        "ended_at": _micros(run.ended_at),
        "arm": run.arm.value if run.arm else None,
        "arm_of": run.arm_of,
        "eligible_at": _micros(run.eligible_at),
    }


def _instant(at: int | None) -> datetime | None:
    return None if at is None else instant(at)


def _micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def _slices(values: list[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
