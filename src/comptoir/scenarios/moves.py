"""Moving people in flight from one version of a scenario to another, by a mapping that is shown before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from comptoir.clock import micros
from comptoir.errors import ComptoirError
from comptoir.model.message import Reason
from comptoir.pressure.ledger import PressureLedger
from comptoir.scenarios import definitions, runs
from comptoir.scenarios.parse import StepNamed, by_entry_point, parse
from comptoir.scenarios.rows import enrollments

LEAVES = "exit"
"""Mapped to this, people leave instead of being moved."""
_REASON = "version_moved"


class StepNotMapped(ComptoirError, ValueError):
    """People stand at a step that the other version does not have, or a step is mapped to one that is not there."""

    code, status = "scenario_step_not_mapped", 400
    hint = "Map it: --map OLD=NEW, or --map OLD=exit to let them leave."


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What becomes of those who stand at one step. `to_step` None: nobody said where to."""

    from_step: str
    to_step: str | None
    people: int


def plan(
    connection: Connection,
    *,
    scenario: str,
    from_version: int,
    to_version: int,
    mapping: Mapping[str, str] | None = None,
    steps: StepNamed = by_entry_point,
) -> list[Moved]:
    """
    Say who would go where. A step that both versions have leads to itself, unless it is mapped.

    Raises: ScenarioNotFound; NotPublished. Order: by step.
    """
    target = parse(definitions.text_of(connection, scenario, to_version), steps=steps)
    asked = dict(mapping or {})
    e = enrollments.c
    counted = connection.execute(
        select(e.step, func.count())
        .where(e.scenario == scenario, e.version == from_version, e.status == runs.LIVE)
        .group_by(e.step)
        .order_by(e.step)
    ).all()
    wrong = sorted(one for one in asked.values() if one != LEAVES and one not in target.program)
    if wrong:
        raise StepNotMapped(scenario=scenario, version=to_version, no_such_step=wrong)
    return [
        Moved(from_step=step, to_step=asked.get(step, step if step in target.program else None), people=people)
        for step, people in counted
    ]


def move(
    connection: Connection,
    *,
    scenario: str,
    from_version: int,
    to_version: int,
    mapping: Mapping[str, str] | None = None,
    now: datetime,
    pressure: PressureLedger | None = None,
    steps: StepNamed = by_entry_point,
) -> list[Moved]:
    """
    Move people in flight.

    Who stays at a step of the same name keeps how long it has waited; a step it comes to anew begins now. What they
    had queued still goes, but for those who leave.

    Raises: StepNotMapped, as soon as one person would have no place; ScenarioNotFound; NotPublished.
    """
    asked = {"scenario": scenario, "from_version": from_version, "to_version": to_version}
    planned = plan(connection, **asked, mapping=mapping, steps=steps)  # type: ignore[arg-type]
    lost = [one.from_step for one in planned if one.to_step is None]
    if lost:
        raise StepNotMapped(scenario=scenario, version=to_version, steps=lost)
    at = micros(now)
    left: list[int] = []
    for one in planned:
        assert one.to_step is not None
        found = runs.at_step(connection, scenario, from_version, one.from_step)
        for run in found:
            run.version = to_version
            if one.to_step == LEAVES:
                run.end(runs.EXITED, _REASON, at)
                left.append(run.enrollment_id)
                continue
            if one.to_step != run.step:
                run.step, run.arrived_at, run.happened = one.to_step, at, None
            run.due_at, run.waits_for = at, None
        runs.save(connection, found)
    if pressure is not None:
        pressure.cancel(connection, enrollments=left, reason=Reason.EXITED, now=now)
    return planned
