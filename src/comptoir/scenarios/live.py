"""Whether the run behind a message goes on: asked by the sender at the last second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from comptoir.clock import Clock, instant
from comptoir.model.consent import ConsentKey, Consents
from comptoir.model.message import MessageClass
from comptoir.model.scenario import NOTHING_KNOWN, Facts, FactsOf, NodesOf
from comptoir.scenarios import definitions, localtime, runs, walk
from comptoir.scenarios.parse import Definition, StepNamed, parse
from comptoir.scenarios.rows import enrollments, scenario_versions, scenarios
from comptoir.scenarios.runs import Run
from comptoir.scenarios.turn import Zones
from comptoir.state.statement import Statement


def is_live(connection: Connection, message: Mapping[str, Any]) -> bool:
    """
    Say whether the scenario and the enrollment behind an outbox row still run (`messaging.base.IsLive`).

    A mail to a colleague outlives the run that it tells of.
    """
    state = _only(_STATE.rows(connection, scenario=message["scenario"]))
    if message["message_class"] == MessageClass.SERVICE.value and message["node_id"] == 0:
        return state is not None and state != definitions.ARCHIVED
    status = _only(_STATUS.rows(connection, enrollment_id=message["enrollment_id"]))
    return state == definitions.LIVE and status != runs.EXITED


def _only(rows: Sequence[tuple[Any, ...]]) -> str | None:
    return rows[0][0] if rows else None


_e, _v = enrollments.c, scenario_versions.c
_STATE = Statement(select(scenarios.c.state).where(scenarios.c.scenario == bindparam("scenario")))
_STATUS = Statement(select(_e.status).where(_e.enrollment_id == bindparam("enrollment_id")))
_RUN = Statement(select(enrollments).where(_e.enrollment_id == bindparam("enrollment_id")))
_TEXT = Statement(select(_v.definition).where(_v.scenario == bindparam("scenario"), _v.version == bindparam("version")))


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSecond:
    """
    The same, exit rules included (`messaging.base.IsLive`).

    The world is asked only for a scenario with an exit rule on more than the cart's state, which the sender looks at
    itself.
    """

    consents: Consents
    nodes_of: NodesOf
    zones: Zones
    salt: str
    facts_of: FactsOf
    clock: Clock
    steps: StepNamed

    def __call__(self, connection: Connection, message: Mapping[str, Any]) -> bool:
        """Say whether the run behind an outbox row still goes on."""
        if not is_live(connection, message):
            return False
        definition = self._definition(connection, message)
        if definition is None or not definition.asks_at_the_last_second or message["node_id"] == 0:
            return True
        found = [Run(*row) for row in _RUN.rows(connection, enrollment_id=message["enrollment_id"])]
        return all(walk.exit_rule(definition, self._facts(connection, definition, run)) is None for run in found)

    def _definition(self, connection: Connection, message: Mapping[str, Any]) -> Definition | None:
        asked = {"scenario": message["scenario"], "version": message["scenario_version"]}
        text = _only(_TEXT.rows(connection, **asked))
        return None if text is None else parse(text, steps=self.steps)

    def _facts(self, connection: Connection, definition: Definition, run: Run) -> Facts:
        world = self.facts_of([walk.subject_of(definition, run)]).get(run.enrollment_id, NOTHING_KNOWN)
        keys = {ConsentKey(email, run.brand, *pair) for email in world.emails for pair in definition.contacts_by}
        granted = self.consents.granted(connection, keys)
        zone = self.zones(connection).get(run.brand, localtime.DEFAULT_ZONE)
        return Facts(
            now=self.clock.now(),
            entered_at=instant(run.entered_at),
            arrived_at=instant(run.arrived_at),
            last_action_at=instant(run.last_action_at),
            consented=frozenset((key.purpose, key.channel) for key in granted),
            world=world,
            trigger=run.trigger,
            zone=localtime.zone_of_person(world.person.time_zone, world.person.country, zone),
            who=world.profile_id or f"node:{run.node_id}",
            salt=f"{self.salt}/{run.scenario}",
            drawn=run.draws,
        )
