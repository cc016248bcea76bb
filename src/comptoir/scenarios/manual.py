"""Enrolling people by hand or from another system, without the engine: the run waits for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from comptoir.clock import micros
from comptoir.errors import ComptoirError
from comptoir.model.scenario import NodesOf
from comptoir.scenarios import definitions, runs
from comptoir.scenarios.parse import StepNamed, by_entry_point
from comptoir.scenarios.rows import scenarios
from comptoir.scenarios.runs import Run


class NotForPeople(ComptoirError, ValueError):
    """A run of this scenario is about a cart, a product or an order, and not about a person alone."""

    code, status = "scenario_not_for_people", 400
    hint = "Enroll people in a scenario with `trigger: {manual: true}` or `key: person`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to enroll: the node one of its identifiers gives, and the name of its profile."""

    node_id: int
    profile_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """How many began, and how many were in it already or may not begin again."""

    began: int
    left_out: int


def enroll(
    connection: Connection,
    *,
    scenario: str,
    people: Sequence[Person],
    brand: str,
    now: datetime,
    nodes_of: NodesOf,
    said: Mapping[str, Any] | None = None,
    by: str = "manual",
    steps: StepNamed = by_entry_point,
) -> Enrolled:
    """
    Begin a run for each person who is not in it and does not rest; the engine takes it up with its next turn.

    `by` names the occasion: the same person is enrolled once for it.

    Raises: ScenarioNotFound; NotPublished where it is not live; NotForPeople.
    """
    state = connection.scalar(select(scenarios.c.state).where(scenarios.c.scenario == scenario))
    if state is None:
        raise definitions.ScenarioNotFound(scenario=scenario)
    shelf = definitions.load(connection, steps=steps)
    definition = next((one for one in shelf.live if one.scenario == scenario), None)
    if definition is None:
        raise definitions.NotPublished(scenario=scenario, state=state)
    if definition.trigger.key != "person":
        raise NotForPeople(scenario=scenario, key=definition.trigger.key)
    kin = nodes_of(connection, {one.node_id for one in people})
    taken = _taken(connection, kin, definition.scenario, definition.trigger.is_once)
    at, text = micros(now), msgspec.json.encode({"by": by, **(said or {})}).decode()
    new: dict[int, Run] = {}
    for one in people:
        person = min(kin.get(one.node_id, {one.node_id}))
        if person in taken or person in new:
            continue
        new[person] = Run(
            enrollment_id=runs.name_of(scenario, one.profile_id, f"{by}:{at}", at),
            scenario=scenario,
            version=definition.version,
            brand=brand,
            key=one.profile_id,
            node_id=one.node_id,
            cart_key=None,
            cart_id=None,
            step=definition.first,
            entered_at=at,
            arrived_at=at,
            last_action_at=at,
            due_at=at,
            said=text,
            is_new=True,
        )
    runs.save(connection, new.values())
    return Enrolled(began=len(new), left_out=len(people) - len(new))


def _taken(connection: Connection, kin: Mapping[int, frozenset[int]], scenario: str, is_once: bool) -> set[int]:  # noqa: FBT001
    """Give those who are in it, or were where once is for ever; a person is named by its smallest node."""
    person = {node: min(nodes) for nodes in kin.values() for node in nodes}
    return {
        person[one.node_id]
        for one in runs.of_nodes(connection, list(person))
        if one.scenario == scenario and (one.ended_at is None or is_once)
    }
