"""How a scenario stands: how many wait at each step and have gone through it, who they are, and what was reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, func, select

from comptoir.clock import instant
from comptoir.model.message import Outcome
from comptoir.pressure.rows import candidates
from comptoir.scenarios import layout, runs
from comptoir.scenarios.parse import Definition
from comptoir.scenarios.rows import enrollments, goals, passed_steps
from comptoir.state import rows

PASSED_FROM = "passed_from"
"""The named value in state: until when runs began that were not counted; none, if all were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One step. Units: runs, and for `deferred` messages."""

    waiting: int = 0
    passed: int = 0
    is_least: bool = False
    """Whether more may have passed: of runs that began before steps were counted, ways that meet leave no trace."""
    deferred: int = 0
    reached: int = 0
    """Goals noted here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAt:
    """Somebody who stands at a step."""

    node_id: int
    brand: str
    version: int
    step: str
    status: str
    exit_reason: str | None
    arm: str | None
    entered_at: datetime
    due_at: datetime | None
    cart_id: str | None


def by_step(connection: Connection, definition: Definition, *, brands: Collection[str] = ()) -> dict[str, Standing]:
    """Count the runs of one version by step, of every brand or some."""
    e, c, g = enrollments.c, candidates.c, goals.c
    mine = (e.scenario == definition.scenario, e.version == definition.version, *_of(e.brand, brands))
    counted = connection.execute(select(e.step, e.status, func.count()).where(*mine).group_by(e.step, e.status)).all()
    deferred = select(c.step, func.count()).where(
        c.scenario == definition.scenario, c.scenario_version == definition.version,
        c.outcome == Outcome.DEFERRED.value, *_of(c.brand, brands),
    ).group_by(c.step)  # fmt: skip
    reached = select(g.step, func.count()).where(
        g.scenario == definition.scenario, g.version == definition.version, *_of(g.brand, brands)
    ).group_by(g.step)  # fmt: skip
    waits = {step: count for step, status, count in counted if status == runs.LIVE}
    passed = _passed(connection, definition, brands)
    is_old = _began_uncounted(connection, definition)
    if is_old:
        passed |= _surely_passed(definition, counted)
    held = {row[0]: int(row[1]) for row in connection.execute(deferred)}
    noted = {row[0]: int(row[1]) for row in connection.execute(reached)}
    unsure = _unsure(definition) if is_old else frozenset()
    return {
        key: Standing(
            waiting=waits.get(key, 0),
            passed=passed[key],
            is_least=key in unsure,
            deferred=held.get(key, 0),
            reached=noted.get(key, 0),
        )
        for key in definition.program
    }


def _passed(connection: Connection, definition: Definition, brands: Collection[str]) -> Counter[str]:
    """Give how many runs went through each step, as the engine counted."""
    c = passed_steps.c
    asked = select(c.step, func.sum(c.passed)).where(
        c.scenario == definition.scenario, c.version == definition.version, *_of(c.brand, brands)
    ).group_by(c.step).order_by(c.step)  # fmt: skip
    return Counter({step: int(count) for step, count in connection.execute(asked)})


def _began_uncounted(connection: Connection, definition: Definition) -> bool:
    """Say whether a run of this version began before steps were counted."""
    until = rows.read_value(connection, PASSED_FROM)
    if until is None:
        return False
    e = enrollments.c
    old = select(e.enrollment_id).where(
        e.scenario == definition.scenario, e.version == definition.version, e.entered_at <= int(until)
    )  # fmt: skip
    return connection.execute(old.limit(1)).first() is not None


def _surely_passed(definition: Definition, counted: Sequence[Row[str, str, int]]) -> Counter[str]:
    """Give how many runs surely went through each step, from where they stand or ended."""
    passed: Counter[str] = Counter()
    before = layout.surely_before(definition)
    for step, status, count in counted:
        for one in before.get(step, ()):
            passed[one] += count
        if status != runs.LIVE and step in definition.program and layout.ends(definition.program[step].step):
            passed[step] += count
    return passed


def in_flight(connection: Connection, scenario: str, *, brands: Collection[str] = ()) -> dict[int, int]:
    """Count the live runs of a scenario by version. Order: by version."""
    e = enrollments.c
    asked = select(e.version, func.count()).where(
        e.scenario == scenario, e.status == runs.LIVE, *_of(e.brand, brands)
    ).group_by(e.version).order_by(e.version)  # fmt: skip
    return {row[0]: row[1] for row in connection.execute(asked)}


def in_them(connection: Connection, *, brands: Collection[str] = ()) -> dict[str, int]:
    """Count the live runs of every scenario."""
    e = enrollments.c
    asked = select(e.scenario, func.count()).where(e.status == runs.LIVE, *_of(e.brand, brands)).group_by(e.scenario)
    return {row[0]: row[1] for row in connection.execute(asked)}


def people_at(
    connection: Connection,
    scenario: str,
    *,
    step: str = "",
    version: int | None = None,
    status: str = runs.LIVE,
    brands: Collection[str] = (),
    most: int = 100,
) -> list[RunAt]:
    """List who stands at a step, or anywhere in a scenario. Order: who came last first."""
    e = enrollments.c
    asked = select(enrollments).where(e.scenario == scenario, *_of(e.brand, brands))
    for column, value in ((e.step, step), (e.version, version), (e.status, status)):
        asked = asked.where(column == value) if value else asked
    rows = connection.execute(asked.order_by(e.arrived_at.desc(), e.enrollment_id).limit(most))
    return [
        RunAt(
            node_id=row.node_id,
            brand=row.brand,
            version=row.version,
            step=row.step,
            status=row.status,
            exit_reason=row.exit_reason,
            arm=row.arm,
            entered_at=instant(row.entered_at),
            due_at=None if row.due_at is None else instant(row.due_at),
            cart_id=row.cart_id,
        )
        for row in rows
    ]


def _unsure(definition: Definition) -> frozenset[str]:
    """Give the steps from which a run can come to one that others come to without them."""
    before = layout.surely_before(definition)
    after = layout.reachable(definition)
    return frozenset(key for key in definition.program if any(key not in before[later] for later in after[key]))


def _of(column: ColumnElement[str], brands: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (column.in_(sorted(brands)),) if brands else ()
