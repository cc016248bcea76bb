"""The engine of scenarios: controls, happenings and timers in, enrollments and candidates out, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.clock import micros
from comptoir.ids import hash64, hex64
from comptoir.messaging.rows import outbox
from comptoir.messaging.suppression import suppressed
from comptoir.model.consent import ConsentControl, ConsentKey, Consents, ConsentState, ConsentStatement, Unsubscribed
from comptoir.model.message import Arm, Candidate, Outcome, Reason
from comptoir.model.scenario import (
    NOTHING_KNOWN,
    EnrollmentStatus,
    Facts,
    FactsOf,
    Go,
    Happening,
    Leave,
    NodesOf,
    Proposal,
    Stay,
    Subject,
    WorldFacts,
)
from comptoir.pressure.ledger import PressureLedger
from comptoir.scenarios import definitions, runs
from comptoir.scenarios.parse import Definition, StepNamed, by_entry_point
from comptoir.scenarios.rows import enrollments, scenarios, scenarios_applied
from comptoir.scenarios.runs import Run

_MOST_HOPS = 100
"""Steps one enrollment may take in one transaction; a circle of gotos waits a minute after it."""
_BATCH = 2_000
_MOST = 20_000
_WHOLE = 1 << 64


@dataclass(slots=True, kw_only=True)
class Advanced:
    """What one advance did, by number."""

    is_replay: bool = False
    enrolled: int = 0
    stale: int = 0
    exited: int = 0
    woken: int = 0
    consents: int = 0
    candidates: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """A proposal with the run that made it, the step it came from and what is known."""

    run: Run
    step: str
    arrived_at: datetime
    definition: Definition
    proposal: Proposal
    world: WorldFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """
    One engine for all scenarios.

    `salt` draws control groups; `trigger_age` is the age beyond which an event starts nothing.
    """

    pressure: PressureLedger
    consents: Consents
    nodes_of: NodesOf
    salt: str
    trigger_age: timedelta
    steps: StepNamed = by_entry_point

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
        shelf = definitions.load(connection, steps=self.steps)
        if shelf.definitions:
            self._hear(connection, shelf, happenings, now, done)
            self._wake(connection, shelf, now, facts_of, done)
        return done

    def wake(self, connection: Connection, *, now: datetime, facts_of: FactsOf) -> Advanced:
        """Do only what is due, without a tick. Doing it twice is doing it once: a timer is popped by who acts on it."""
        done = Advanced()
        shelf = definitions.load(connection, steps=self.steps)
        if shelf.definitions:
            self._wake(connection, shelf, now, facts_of, done)
        return done

    # ---- controls

    def _apply_controls(
        self, connection: Connection, controls: Sequence[ConsentControl], now: datetime, done: Advanced
    ) -> None:
        statements = [one for one in (_as_statement(connection, control) for control in controls) if one is not None]
        self.consents.apply(connection, statements)
        done.consents = len(statements)
        withdrawn = {one.key for one in statements if one.state == ConsentState.WITHDRAWN}
        for key in sorted(withdrawn - self.consents.granted(connection, withdrawn)):
            self.pressure.cancel_contact(
                connection, contact=key.contact, brand=key.brand, channel=key.channel,
                reason=Reason.CONSENT_WITHDRAWN, now=now,
            )  # fmt: skip

    # ---- happenings

    def _hear(
        self,
        connection: Connection,
        shelf: definitions.Shelf,
        happenings: Sequence[Happening],
        now: datetime,
        done: Advanced,
    ) -> None:
        names = frozenset().union(*(one.listens_to for one in shelf.definitions.values()))
        heard = sorted(
            (one for one in happenings if one.name in names and not one.is_historical),
            key=lambda one: (one.occurred_at, one.message_id),
        )
        if not heard:
            return
        floor = _Floor(connection, shelf, heard, self.nodes_of)
        for one in heard:
            for run in floor.concerned(one):
                _exit_or_wake(run, shelf, one, now)
            for definition in shelf.live:
                if one.name in definition.trigger.events and definition.is_for(one.brand):
                    self._trigger(floor, definition, one, now, done)
        exited = [run for run in floor.changed() if run.status == EnrollmentStatus.EXITED]
        done.exited += len(exited)
        runs.save(connection, floor.changed())
        self.pressure.cancel(
            connection,
            enrollments=[run.enrollment_id for run in exited if not run.is_new],
            reason=Reason.EXITED,
            now=now,
        )

    def _trigger(self, floor: _Floor, definition: Definition, one: Happening, now: datetime, done: Advanced) -> None:
        key = one.cart_key if definition.trigger.key == "cart" else one.profile_id
        if not key:
            return
        at = min(one.occurred_at, now)
        run = floor.live(definition.scenario, key)
        if run is None:
            if now - one.occurred_at > self.trigger_age:
                done.stale += 1
                return
            if floor.is_resting(definition, key, at):
                return
            run = floor.add(_new_run(definition, key, one, at, now))
            done.enrolled += 1
        run.last_action_at = max(run.last_action_at, at)
        own = floor.shelf.definitions[run.scenario, run.version]
        step = own.program[run.step].step if run.step in own.program else None
        if step is not None and (step.restarts or run.is_new):
            decision = step.decide(_facts(run, now, NOTHING_KNOWN, frozenset())) if step.restarts else Go()
            run.due_at = decision.until if isinstance(decision, Stay) else now

    # ---- timers

    def _wake(
        self, connection: Connection, shelf: definitions.Shelf, now: datetime, facts_of: FactsOf, done: Advanced
    ) -> None:
        self._retry_deferred(connection, now, done)
        while done.woken < _MOST:
            due = runs.pop_due(connection, now, _BATCH)
            if not due:
                return
            done.woken += len(due)
            known = facts_of([_subject(run) for run in due])
            granted = self._granted(connection, shelf, due, known)
            wishes: list[_Wish] = []
            for run in due:
                self._walk(shelf, run, known.get(run.enrollment_id, NOTHING_KNOWN), granted, now=now, wishes=wishes)
            self._propose(connection, wishes, granted, now, done)
            runs.save(connection, due)
            exited = [run.enrollment_id for run in due if run.status == EnrollmentStatus.EXITED]
            done.exited += len(exited)
            self.pressure.cancel(connection, enrollments=exited, reason=Reason.EXITED, now=now)

    def _walk(
        self,
        shelf: definitions.Shelf,
        run: Run,
        world: WorldFacts,
        granted: frozenset[ConsentKey],
        *,
        now: datetime,
        wishes: list[_Wish],
    ) -> None:
        definition = shelf.definitions.get((run.scenario, run.version))
        if definition is None or run.step not in definition.program:
            run.end(EnrollmentStatus.EXITED, "definition_lost", now)
            return
        consented = frozenset(
            (purpose, channel)
            for purpose, channel in definition.contacts_by
            for email in world.emails
            if ConsentKey(email, run.brand, purpose, channel) in granted
        )
        rule = next(
            (
                rule
                for rule in definition.exits
                if rule.condition is not None and rule.condition.holds(_facts(run, now, world, consented))
            ),
            None,
        )
        if rule is not None:
            run.end(EnrollmentStatus.EXITED, rule.reason, now)
            return
        for _ in range(_MOST_HOPS):
            place = definition.program[run.step]
            decision = place.step.decide(_facts(run, now, world, consented))
            if isinstance(decision, Stay):
                # never in the past, whatever a step says: a negative delay would spin
                run.due_at = max(decision.until, now + timedelta(microseconds=1))
                run.waits_for = place.step.waits_for
                return
            for effect in decision.effects:
                if isinstance(effect, Leave):
                    run.end(EnrollmentStatus.FINISHED if effect.reason == "done" else EnrollmentStatus.EXITED,
                            effect.reason, now)  # fmt: skip
                    return
                wishes.append(
                    _Wish(run=run, step=run.step, arrived_at=run.arrived_at, definition=definition, proposal=effect,
                          world=world)
                )  # fmt: skip
            target = place.into.get(decision.branch, place.after) if decision.branch else place.after
            if target is None:
                run.end(EnrollmentStatus.FINISHED, "done", now)
                return
            run.step, run.arrived_at, run.happened, run.waits_for = target, now, None, None
        run.due_at = now + timedelta(minutes=1)

    # ---- wishes

    def _granted(
        self, connection: Connection, shelf: definitions.Shelf, due: Sequence[Run], known: Mapping[int, WorldFacts]
    ) -> frozenset[ConsentKey]:
        pairs = frozenset().union(*(definition.contacts_by for definition in shelf.definitions.values()))
        keys = {
            ConsentKey(email, run.brand, purpose, channel)
            for run in due
            for email in known.get(run.enrollment_id, NOTHING_KNOWN).emails
            for purpose, channel in pairs
        }
        return self.consents.granted(connection, keys)

    def _propose(
        self,
        connection: Connection,
        wishes: Sequence[_Wish],
        granted: frozenset[ConsentKey],
        now: datetime,
        done: Advanced,
    ) -> None:
        blocked = _suppressed(connection, wishes)
        refused: dict[Reason, list[Candidate]] = defaultdict(list)
        held: list[Candidate] = []
        treated: list[Candidate] = []
        for wish in wishes:
            candidate, reason = self._candidate(wish, granted, blocked, now)
            if reason is not None:
                refused[reason].append(candidate)
                continue
            self._draw(wish, candidate, now)
            (held if wish.run.arm == Arm.CONTROL else treated).append(candidate)
        for reason, some in refused.items():
            self.pressure.note(connection, some, Outcome.DROPPED, reason, now, arm=None)
            done.candidates[reason.value] += len(some)
        self.pressure.note(connection, held, Outcome.HELD_OUT, Reason.CONTROL, now, arm=Arm.CONTROL)
        done.candidates[Outcome.HELD_OUT.value] += len(held)
        for verdict in self.pressure.arbitrate(connection, treated, now):
            done.candidates[verdict.outcome.value] += 1

    def _candidate(
        self, wish: _Wish, granted: frozenset[ConsentKey], blocked: frozenset[tuple[str, str, str]], now: datetime
    ) -> tuple[Candidate, Reason | None]:
        run, definition, proposal, world = wish.run, wish.definition, wish.proposal, wish.world
        contact, reason = _contact(wish, granted, blocked)
        if reason is None and run.cart_key is not None and not world.offered:
            reason = Reason.NOTHING_TO_SHOW
        languages = definition.words[proposal.template]
        language = world.language if world.language in languages else next(iter(languages))
        candidate = Candidate(
            message_id="m"
            + hex64(hash64("message", hex64(run.enrollment_id), wish.step, str(micros(wish.arrived_at)))),
            message_class=definition.message_class,
            scenario=run.scenario,
            scenario_version=run.version,
            step=wish.step,
            enrollment_id=run.enrollment_id,
            brand=run.brand,
            channel=proposal.channel,
            purpose=proposal.purpose,
            template=proposal.template,
            discretion=definition.discretion,
            language=str(language),
            node_id=run.node_id,
            profile_id=world.profile_id or "",
            contact=contact,
            occasion=hex64(run.enrollment_id),
            priority=definition.priority,
            expected_value=definition.expected_value,
            wished_at=now,
            expires_at=proposal.expires_at,
            cart_key=run.cart_key,
            cart_id=run.cart_id,
            promise=world.offered,
            words=msgspec.json.encode(dict(languages[str(language)])).decode(),
        )
        return candidate, reason

    def _draw(self, wish: _Wish, candidate: Candidate, now: datetime) -> None:
        """Put the person in an arm, once for this run, at the moment a message would really go (intention to treat)."""
        run = wish.run
        if run.arm is not None:
            return
        who = candidate.profile_id or f"node:{run.node_id}"
        drawn = (hash64("arm", self.salt, run.scenario, who) % _WHOLE) / _WHOLE
        run.arm = Arm.CONTROL if drawn < wish.definition.control_share else Arm.TREATED
        run.arm_of, run.eligible_at = who, now

    def _retry_deferred(self, connection: Connection, now: datetime, done: Advanced) -> None:
        due = self.pressure.due(connection, now)
        if not due:
            return
        keys = {ConsentKey(one.contact, one.brand, one.purpose, one.channel) for one in due}
        granted = self.consents.granted(connection, keys)
        gone = [
            one
            for one in due
            if one.message_class.is_marketing
            and ConsentKey(one.contact, one.brand, one.purpose, one.channel) not in granted
        ]
        self.pressure.note(connection, gone, Outcome.DROPPED, Reason.CONSENT_WITHDRAWN, now, arm=Arm.TREATED)
        done.candidates[Reason.CONSENT_WITHDRAWN.value] += len(gone)
        for verdict in self.pressure.arbitrate(connection, [one for one in due if one not in gone], now):
            done.candidates[verdict.outcome.value] += 1


class _Floor:
    """The enrollments a tick's happenings may concern, found by key and by person, old and new."""

    def __init__(
        self, connection: Connection, shelf: definitions.Shelf, heard: Sequence[Happening], nodes_of: NodesOf
    ) -> None:
        self.shelf = shelf
        names = {name for name, _ in shelf.definitions}
        keys = {key for one in heard for key in (one.cart_key, one.profile_id) if key}
        self._kin = nodes_of(connection, {one.node_id for one in heard if not one.cart_key and one.node_id})
        found = {run.enrollment_id: run for run in runs.live_by_key(connection, names, keys)}
        for run in runs.live_by_node(connection, {node for nodes in self._kin.values() for node in nodes}):
            found.setdefault(run.enrollment_id, run)
        self._runs = found
        self._by_node: dict[int, list[Run]] = defaultdict(list)
        self._by_key: dict[str, list[Run]] = defaultdict(list)
        self._latest: dict[tuple[str, str], Run] = {}
        for run in found.values():
            self._place(run)
        pairs = {(one.scenario, key) for one in shelf.live for key in keys}
        self._ended = runs.last_ended(connection, pairs)

    def live(self, scenario: str, key: str) -> Run | None:
        """Give the live run of a scenario and key."""
        run = self._latest.get((scenario, key))
        return run if run is not None and run.is_live else None

    def is_resting(self, definition: Definition, key: str, at: datetime) -> bool:
        """
        Say whether a key may not begin again yet.

        A late event never reopens a run that ended after it; one that came to a wish to contact rests `again_after`.
        """
        pair = (definition.scenario, key)
        run = self._latest.get(pair)
        ended = self._ended.get(pair)
        if run is not None and run.ended_at is not None:
            ended = runs.Ended(run.ended_at, run.eligible_at is not None)
        if ended is None:
            return False
        return at <= ended.at + (definition.trigger.again_after if ended.was_eligible else timedelta())

    def add(self, run: Run) -> Run:
        """Take a new run in."""
        self._runs[run.enrollment_id] = run
        self._place(run)
        return run

    def concerned(self, one: Happening) -> list[Run]:
        """Give the live runs of the happening's cart or profile; where it names no cart, of its person."""
        found = {run.enrollment_id: run for key in (one.cart_key, one.profile_id) if key for run in self._by_key[key]}
        if not one.cart_key:
            for node in self._kin.get(one.node_id, ()):
                for run in self._by_node[node]:
                    if one.occurred_at >= run.entered_at:
                        found[run.enrollment_id] = run
        return [run for run in found.values() if run.is_live]

    def changed(self) -> Iterable[Run]:
        """Give all runs, to be written back."""
        return list(self._runs.values())

    def _place(self, run: Run) -> None:
        self._by_node[run.node_id].append(run)
        self._by_key[run.key].append(run)
        if run.cart_key and run.cart_key != run.key:
            self._by_key[run.cart_key].append(run)
        self._latest[run.scenario, run.key] = run


def _exit_or_wake(run: Run, shelf: definitions.Shelf, one: Happening, now: datetime) -> None:
    definition = shelf.definitions.get((run.scenario, run.version))
    if definition is None:
        return
    rule = next((rule for rule in definition.exits if rule.event == one.name), None)
    if rule is not None:
        run.end(EnrollmentStatus.EXITED, rule.reason, now)
    elif run.waits_for == one.name and one.occurred_at >= run.entered_at:
        run.happened, run.due_at = one.name, now


def _new_run(definition: Definition, key: str, one: Happening, at: datetime, now: datetime) -> Run:
    return Run(
        enrollment_id=hash64("enrollment", definition.scenario, key, one.message_id),
        scenario=definition.scenario,
        version=definition.version,
        brand=one.brand,
        key=key,
        node_id=one.node_id,
        cart_key=one.cart_key,
        cart_id=one.cart_id,
        step=definition.first,
        entered_at=at,
        arrived_at=now,
        last_action_at=at,
        is_new=True,
    )


def _facts(run: Run, now: datetime, world: WorldFacts, consented: frozenset[tuple[str, str]]) -> Facts:
    return Facts(
        now=now,
        entered_at=run.entered_at,
        arrived_at=run.arrived_at,
        last_action_at=run.last_action_at,
        happened=frozenset({run.happened} if run.happened else ()),
        consented=consented,
        world=world,
    )


def _subject(run: Run) -> Subject:
    return Subject(subject_id=run.enrollment_id, brand=run.brand, node_id=run.node_id, cart_key=run.cart_key)


def _contact(
    wish: _Wish, granted: frozenset[ConsentKey], blocked: frozenset[tuple[str, str, str]]
) -> tuple[str, Reason | None]:
    emails, proposal, brand = wish.world.emails, wish.proposal, wish.run.brand
    if not emails:
        return "", Reason.NO_CONTACT
    allowed = [
        email
        for email in emails
        if not wish.definition.message_class.is_marketing
        or ConsentKey(email, brand, proposal.purpose, proposal.channel) in granted
    ]
    if not allowed:
        return emails[0], Reason.NO_CONSENT
    free = [email for email in allowed if (email, proposal.channel, brand) not in blocked]
    return (free[0], None) if free else (allowed[0], Reason.SUPPRESSED)


def _suppressed(connection: Connection, wishes: Sequence[_Wish]) -> frozenset[tuple[str, str, str]]:
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for wish in wishes:
        asked[wish.proposal.channel, wish.run.brand].update(wish.world.emails)
    return frozenset(
        (contact, channel, brand)
        for (channel, brand), contacts in asked.items()
        for contact in suppressed(connection, contacts=contacts, channel=channel, brand=brand)
    )


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
    a = scenarios_applied.c
    newest = connection.execute(select(func.max(a.tick_id))).scalar()
    if newest is not None and tick_id <= newest:
        return False
    row = {"spool": spool, "offset_after": offset_after, "tick_id": tick_id, "applied_at": micros(now)}
    connection.execute(upsert(scenarios_applied).values(row).on_conflict_do_update(index_elements=["spool"], set_=row))
    return True


def applied(connection: Connection) -> dict[str, int]:
    """Give how far each spool is applied."""
    a = scenarios_applied.c
    return {row.spool: row.offset_after for row in connection.execute(select(a.spool, a.offset_after))}


def is_live(connection: Connection, message: Mapping[str, Any]) -> bool:
    """Say whether the scenario and the enrollment behind an outbox row still run (`messaging.base.IsLive`)."""
    state = connection.execute(select(scenarios.c.state).where(scenarios.c.scenario == message["scenario"])).scalar()
    ended = connection.execute(
        select(enrollments.c.status).where(enrollments.c.enrollment_id == message["enrollment_id"])
    ).scalar()
    return state == definitions.LIVE and ended != EnrollmentStatus.EXITED.value
