"""The engine of scenarios: controls, happenings and timers in, enrollments and candidates out, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, literal_column, select
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.clock import Clock, micros
from comptoir.messaging.rows import outbox
from comptoir.model.consent import (
    ConsentControl,
    Consents,
    ConsentState,
    ConsentStatement,
    LapsedAt,
    Unsubscribed,
    needed,
)
from comptoir.model.message import Arm, Outcome, Reason
from comptoir.model.scenario import FactsOf, Happening, NodesOf
from comptoir.pressure.ledger import PressureLedger
from comptoir.pressure.rows import candidates
from comptoir.scenarios import alerts, calendar, definitions, hear, live, runs, walk
from comptoir.scenarios.definitions import Shelf
from comptoir.scenarios.live import living
from comptoir.scenarios.parse import StepNamed, by_entry_point
from comptoir.scenarios.rows import alerts as alert_rows
from comptoir.scenarios.rows import scenarios_applied, timers
from comptoir.scenarios.turn import Advanced, Call, Hands, People, Turn, Zones
from comptoir.state.statement import Statement

__all__ = ["Advanced", "Engine", "applied", "living"]

_MOST = 5_000
"""Runs woken in one transaction, a second or two: the others come in the next, so that nobody waits for long."""


def _no_zones(_connection: Connection) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """
    One engine for all scenarios.

    `salt` draws control groups and random ways; `trigger_age` is the age beyond which an event starts nothing; `zones`
    gives each brand's; `people` finds those a date or a schedule is for (None: nobody); `call` queues signed calls.
    """

    pressure: PressureLedger
    consents: Consents
    nodes_of: NodesOf
    salt: str
    trigger_age: timedelta
    steps: StepNamed = by_entry_point
    zones: Zones = _no_zones
    people: People | None = None
    call: Call | None = None
    lapsed: LapsedAt | None = None
    shelf: Shelf | None = None
    """The definitions, where it is known that nobody changes them meanwhile; else they are read each time."""

    def advance(
        self,
        connection: Connection,
        *,
        tick_id: int,
        spool: str,
        offset_after: int,
        now: datetime,
        happenings: Sequence[Happening],
        controls: Sequence[ConsentControl],
        facts_of: FactsOf,
    ) -> Advanced:
        """
        Apply one tick: controls first, then happenings, then what is due. A tick that was applied changes nothing.

        Works inside the caller's transaction in state, and writes how far the spool is applied there.
        """
        done = Advanced()
        if not _mark_applied(connection, spool, offset_after, tick_id, now):
            done.is_replay = True
            return done
        self._apply_controls(connection, controls, now, done)
        turn = self._turn(connection, now, facts_of, done)
        if turn.shelf.definitions:
            hear.all_of(turn, happenings)
            self._wake(turn)
        return done

    def hear(
        self, connection: Connection, happenings: Sequence[Happening], *, now: datetime, facts_of: FactsOf
    ) -> Advanced:
        """
        Take in what happened beside the ticks, such as a score that changed at night.

        Works inside the caller's transaction in state, which also writes down that it was heard.
        """
        done = Advanced()
        turn = self._turn(connection, now, facts_of, done)
        if turn.shelf.definitions:
            hear.all_of(turn, happenings)
        return done

    def wake(self, connection: Connection, *, now: datetime, facts_of: FactsOf) -> Advanced:
        """Do only what is due, without a tick. Doing it twice is doing it once: a timer is popped by who acts on it."""
        done = Advanced()
        turn = self._turn(connection, now, facts_of, done)
        if turn.shelf.definitions:
            self._wake(turn)
        return done

    def enroll(
        self, connection: Connection, *, scenario: str, people: Sequence[Happening], now: datetime, facts_of: FactsOf
    ) -> Advanced:
        """
        Begin runs by hand: one for each happening's person (or cart, order, product, whatever the scenario's key is).

        Who is in it already, or rests, is left out. Raises: ScenarioNotFound where it is not live.
        """
        done = Advanced()
        turn = self._turn(connection, now, facts_of, done)
        definition = next((one for one in turn.shelf.live if one.scenario == scenario), None)
        if definition is None:
            raise definitions.ScenarioNotFound(scenario=scenario)
        calendar.begin(turn, definition, people)
        return done

    def is_due(self, connection: Connection, now: datetime) -> bool:
        """Say whether `wake` has something to do."""
        at = micros(now)
        if connection.execute(select(timers.c.due_at).where(timers.c.due_at <= at).limit(1)).first() is not None:
            return True
        if calendar.is_due(connection, at) or self.pressure.is_due(connection, now):
            return True
        a = alert_rows.c
        return connection.execute(
            select(a.alert_id).where(a.message_id.is_(None), a.due_at <= at).limit(1)
        ).first() is not None  # fmt: skip

    def last_second(self, facts_of: FactsOf, clock: Clock) -> live.LastSecond:
        """Give what the sender asks at the last second: whether the run goes on, exit rules included."""
        return live.LastSecond(consents=self.consents, nodes_of=self.nodes_of, zones=self.zones, salt=self.salt,
                               facts_of=facts_of, clock=clock, steps=self.steps)  # fmt: skip

    def _turn(self, connection: Connection, now: datetime, facts_of: FactsOf, done: Advanced) -> Turn:
        hands = Hands(
            pressure=self.pressure,
            consents=self.consents,
            nodes_of=self.nodes_of,
            salt=self.salt,
            trigger_age=self.trigger_age,
            zones=self.zones,
            people=self.people,
            call=self.call,
            lapsed=self.lapsed,
        )
        return Turn(
            connection=connection,
            shelf=self.shelf or definitions.load(connection, steps=self.steps),
            now=now,
            facts_of=facts_of,
            hands=hands,
            done=done,
            zones=self.zones(connection),
        )

    def _apply_controls(
        self, connection: Connection, controls: Sequence[ConsentControl], now: datetime, done: Advanced
    ) -> None:
        if not controls:
            return
        statements = [one for one in (_as_statement(connection, control) for control in controls) if one is not None]
        self.consents.apply(connection, statements)
        done.consents = len(statements)
        withdrawn = {one.key for one in statements if one.state == ConsentState.WITHDRAWN}
        for key in sorted(withdrawn - self.consents.granted(connection, withdrawn)):
            self.pressure.cancel_contact(
                connection, contact=key.contact, brand=key.brand, channel=key.channel,
                reason=Reason.CONSENT_WITHDRAWN, now=now,
            )  # fmt: skip

    def _wake(self, turn: Turn) -> None:
        calendar.fire(turn)
        if _DEFERRED.rows(turn.connection, at=turn.at):
            self._retry_deferred(turn)
        while turn.done.woken < _MOST:
            popped, due = runs.pop_due(turn.connection, turn.at, _MOST)
            if not popped:
                break
            turn.done.woken += popped
            walk.due(turn, due)
        alerts.flush(turn)

    def _retry_deferred(self, turn: Turn) -> None:
        due = self.pressure.due(turn.connection, turn.now)
        if not due:
            return
        asked = {one.message_id: needed(one.contact, one.brand, one.purpose, one.channel) for one in due}
        granted = self.consents.granted(turn.connection, set(asked.values()))
        gone = {
            one.message_id: one
            for one in due
            if one.message_class.is_marketing and asked[one.message_id] not in granted
        }
        self.pressure.note(turn.connection, list(gone.values()), Outcome.DROPPED, Reason.CONSENT_WITHDRAWN, turn.now,
                           arm=Arm.TREATED)  # fmt: skip
        turn.done.candidates[Reason.CONSENT_WITHDRAWN.value] += len(gone)
        still = [one for one in due if one.message_id not in gone]
        for verdict in self.pressure.arbitrate(turn.connection, still, turn.now):
            turn.done.candidates[verdict.outcome.value] += 1


def _as_statement(connection: Connection, control: ConsentControl) -> ConsentStatement | None:
    """Give what a control says of consent; an unsubscribe means the address our own ledger sent that message to."""
    if isinstance(control, ConsentStatement):
        return control
    if not isinstance(control, Unsubscribed):
        return None
    sent = connection.execute(select(outbox).where(outbox.c.message_id == control.message_id)).first()
    if sent is None:
        return None
    return ConsentStatement(
        statement_id=control.statement_id,
        contact_kind=sent.channel,
        contact=sent.contact,
        brand=sent.brand,
        purpose=sent.purpose,
        channel=sent.channel,
        state=ConsentState.WITHDRAWN,
        source=control.source,
        stated_at=control.stated_at,
        acts_at_once=True,
        proof=f"unsubscribe link of message {control.message_id}",
    )


def _mark_applied(connection: Connection, spool: str, offset_after: int, tick_id: int, now: datetime) -> bool:
    """Write how far the spool is applied; say no where this tick was applied before."""
    ((newest,),) = _NEWEST.rows(connection)
    if newest is not None and tick_id <= newest:
        return False
    row = {"spool": spool, "offset_after": offset_after, "tick_id": tick_id, "applied_at": micros(now)}
    _MARK.each(connection, [row])
    return True


_a, _c = scenarios_applied.c, candidates.c
_NEWEST = Statement(select(func.max(_a.tick_id)))
_APPLIED = Statement(select(_a.spool, _a.offset_after))
_put = upsert(scenarios_applied).values({one.name: bindparam(one.name) for one in _a})
_MARK = Statement(
    _put.on_conflict_do_update(index_elements=["spool"], set_={one.name: _put.excluded[one.name] for one in _a})
)
_DEFERRED = Statement(
    select(_c.message_id)
    .where(_c.outcome == literal_column(f"'{Outcome.DEFERRED.value}'"), _c.deferred_until <= bindparam("at"))
    .limit(literal_column("1"))
)
"""Asked first, as almost always nothing is: what is deferred and may be due (the ledger says which of it is ours)."""


def applied(connection: Connection) -> dict[str, int]:
    """Give how far each spool is applied."""
    return dict(_APPLIED.rows(connection))
