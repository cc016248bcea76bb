"""Whether the runs behind messages go on: asked by the sender at the last second."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from comptoir import localtime
from comptoir.clock import Clock, instant
from comptoir.model.consent import ConsentKey, Consents
from comptoir.model.message import MessageClass
from comptoir.model.scenario import NOTHING_KNOWN, Facts, FactsOf, NodesOf, WorldFacts
from comptoir.scenarios import definitions, runs, walk
from comptoir.scenarios.parse import Definition, StepNamed, parse
from comptoir.scenarios.rows import enrollments, scenario_versions, scenarios
from comptoir.scenarios.runs import Run
from comptoir.scenarios.turn import Zones
from comptoir.state.statement import LISTED, Statement, as_set

Message = Mapping[str, Any]


def living(connection: Connection, messages: Sequence[Message]) -> frozenset[str]:
    """
    Give those outbox rows behind which the scenario and the enrollment still run (`messaging.base.Living`).

    A mail to a colleague outlives the run that it tells of.
    """
    states = dict(_STATES.rows(connection, ids=as_set({one["scenario"] for one in messages})))
    exited = {row[0] for row in _EXITED.rows(connection, ids=as_set({one["enrollment_id"] for one in messages}))}
    return frozenset(one["message_id"] for one in messages if lives(one, states.get(one["scenario"]), exited))


def lives(message: Message, state: str | None, exited: Collection[int]) -> bool:
    """Say whether a message still goes whose scenario stands so; `exited` are enrollments that ended."""
    if message["message_class"] == MessageClass.SERVICE.value and message["node_id"] == 0:
        return state is not None and state != definitions.ARCHIVED
    return state == definitions.LIVE and message["enrollment_id"] not in exited


_e, _s, _v = enrollments.c, scenarios.c, scenario_versions.c
_STATES = Statement(select(_s.scenario, _s.state).select_from(LISTED.join(scenarios, _s.scenario == LISTED.c.value)))
_EXITED = Statement(
    select(_e.enrollment_id)
    .select_from(LISTED.join(enrollments, _e.enrollment_id == LISTED.c.value))
    .where(_e.status == runs.EXITED)
)
_RUNS = Statement(select(enrollments).select_from(LISTED.join(enrollments, _e.enrollment_id == LISTED.c.value)))
_TEXT = Statement(select(_v.definition).where(_v.scenario == bindparam("scenario"), _v.version == bindparam("version")))


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSecond:
    """
    The same, exit rules included (`messaging.base.Living`).

    The world is asked, once for many, only about a scenario with an exit rule on more than the cart's state, which the
    sender looks at itself.
    """

    consents: Consents
    nodes_of: NodesOf
    zones: Zones
    salt: str
    facts_of: FactsOf
    clock: Clock
    steps: StepNamed

    def __call__(self, connection: Connection, messages: Sequence[Message]) -> frozenset[str]:
        """Give those behind which the run still goes on."""
        alive = living(connection, messages)
        asked = {
            one["enrollment_id"]: definition
            for one in messages
            if one["message_id"] in alive and one["node_id"] != 0
            for definition in self._definition(connection, one["scenario"], one["scenario_version"])
            if definition.asks_at_the_last_second
        }
        ended = self._ended(connection, asked) if asked else set()
        # a mail to a colleague names the enrollment it tells of, and outlives it
        gone = {one["message_id"] for one in messages if one["enrollment_id"] in ended and one["node_id"] != 0}
        return alive - gone

    def _ended(self, connection: Connection, asked: Mapping[int, Definition]) -> set[int]:
        """Give the enrollments for which an exit rule holds."""
        found = [(Run(*row), asked[row[0]]) for row in _RUNS.rows(connection, ids=as_set(asked))]
        facts = self.facts_of([walk.subject_of(definition, run) for run, definition in found])
        worlds = {run.enrollment_id: facts.get(run.enrollment_id, NOTHING_KNOWN) for run, _ in found}
        keys = {
            run.enrollment_id: {
                ConsentKey(email, run.brand, *pair)
                for email in worlds[run.enrollment_id].emails
                for pair in definition.contacts_by
            }
            for run, definition in found
        }
        granted = self.consents.granted(connection, set().union(*keys.values()))
        zones = self.zones(connection)
        ended = set()
        for run, definition in found:
            own = granted & keys[run.enrollment_id]
            if walk.exit_rule(definition, self._facts(run, worlds[run.enrollment_id], own, zones)) is not None:
                ended.add(run.enrollment_id)
        return ended

    def _definition(self, connection: Connection, scenario: str, version: int) -> list[Definition]:
        found = _TEXT.rows(connection, scenario=scenario, version=version)
        return [parse(text, steps=self.steps) for (text,) in found]

    def _facts(self, run: Run, world: WorldFacts, granted: Collection[ConsentKey], zones: Mapping[str, str]) -> Facts:
        zone = zones.get(run.brand, localtime.DEFAULT_ZONE)
        return Facts(
            now=self.clock.now(),
            entered_at=instant(run.entered_at),
            arrived_at=instant(run.arrived_at),
            last_action_at=instant(run.last_action_at),
            consented=frozenset((key.purpose, key.channel) for key in granted),
            world=world,
            trigger=run.trigger,
            zone=localtime.zone_of_person(world.person.time_zone, world.person.country, zone),
            brand_zone=zone,
            who=world.profile_id or f"node:{run.node_id}",
            salt=f"{self.salt}/{run.scenario}",
            drawn=run.draws,
        )
