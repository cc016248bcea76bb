"""Playing past days again: the real engine, ledger and sender over a state in memory, nothing written, nothing sent."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection

from comptoir.clock import ManualClock, instant, micros
from comptoir.identity.rules import RULES, Rules
from comptoir.messaging import render
from comptoir.messaging.base import Channel, LastLook
from comptoir.messaging.outbox import Sender
from comptoir.model.consent import THEME, ConsentState, ConsentStatement
from comptoir.model.event import Line
from comptoir.model.identifier import IdentifierKind
from comptoir.model.message import DeliveryKind, Mail, Reason, Receipt
from comptoir.model.scenario import Happening
from comptoir.scenarios import calendar_marks, definitions, dryrun_state
from comptoir.scenarios.definitions import Shelf
from comptoir.scenarios.dryrun_consents import Remembered
from comptoir.scenarios.dryrun_state import ScratchState
from comptoir.scenarios.dryrun_watch import Judged, Notebook, Trod, WatchedSteps, watched
from comptoir.scenarios.engine import Engine
from comptoir.scenarios.happenings import OUR_OWN, happenings_from
from comptoir.scenarios.history import History, Moment, Stretch, read
from comptoir.scenarios.history_carts import CartRules
from comptoir.scenarios.history_finder import HistoryPeople, Silences
from comptoir.scenarios.history_more import Ask, Asked, Select, batched_sorted
from comptoir.scenarios.history_world import HistoryWorld
from comptoir.scenarios.parse import Definition, StepNamed, parse
from comptoir.state.base import State
from comptoir.state.statement import driver

Progress = Callable[[int, int], None]
"""Told how many instants of how many are done."""

NEXT = """
SELECT min(due) FROM (
    SELECT min(due_at) AS due FROM timers
    UNION ALL SELECT min(next_at) FROM scenario_firings
    UNION ALL SELECT min(due_at) FROM scenario_alerts WHERE message_id IS NULL
    UNION ALL SELECT min(deferred_until) FROM candidates WHERE outcome = 'deferred'
    UNION ALL SELECT min(not_before) FROM outbox WHERE state = 'queued' AND not_before > ?
)
"""
_READY = "SELECT 1 FROM outbox WHERE state = 'queued' AND not_before <= ? LIMIT 1"
_TOLD_EVERY = 200
_SELDOM = 50_000, 20, 50
_SPOOL = "rehearsal"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """
    The installation a rehearsal borrows from: its real engine and sender, and where history is read.

    Neither store is written: `state` is read once, `ask` only asks.
    """

    state: State
    ask: Ask
    engine: Engine
    sender: Sender
    rules: CartRules
    guard: Rules = RULES
    zone: str = "UTC"
    """In which days begin."""
    select: Select | None = None
    """Runs an author's statement behind the guard; None where nobody does."""
    silence_years: tuple[int, int] = (3, 3)
    """After which prospects and customers are left alone."""


@dataclass(slots=True)
class Paper:
    """A channel that accepts everything and hands nothing over."""

    name: str = "email"
    count: int = 0

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        """Take the message, as a server would."""
        del mail
        if not may_still():
            return Receipt(kind=DeliveryKind.STOPPED)
        self.count += 1
        return Receipt(kind=DeliveryKind.ACCEPTED, detail="rehearsal")

    def close(self) -> None:
        """Nothing to let go of."""


class Everywhere(Mapping[str, Channel]):
    """Paper for every channel there is: no real one can be reached from a rehearsal, whatever a message names."""

    def __init__(self) -> None:
        """Begin with none."""
        self._made: dict[str, Channel] = {}

    def __getitem__(self, name: str) -> Channel:
        """Give the paper that stands for a channel."""
        return self._made.setdefault(name, Paper(name))

    def __iter__(self) -> Iterator[str]:
        """List those that were asked for."""
        return iter(self._made)

    def __len__(self) -> int:
        """Count those that were asked for."""
        return len(self._made)


@dataclass(slots=True, kw_only=True)
class Stage:
    """A rehearsal while it runs, and what it leaves: a state in memory, and what was seen."""

    definition: Definition
    live: tuple[str, ...]
    """The live scenarios that run beside it."""
    history: History
    world: HistoryWorld
    scratch: ScratchState
    """Its state store."""
    engine: Engine
    sender: Sender
    clock: ManualClock
    notebook: Notebook
    consents: Remembered
    zone: str = "UTC"
    """In which days begin."""
    can_select: bool = False
    """Whether an author's statement was run."""
    ticks: int = 0
    heard: list[Happening] = field(default_factory=list)
    _by_node: dict[int, list[Happening]] = field(default_factory=dict)
    _by_run: dict[int, list[Trod]] = field(default_factory=dict)
    _by_message: dict[str, list[Judged]] = field(default_factory=dict)

    def close(self) -> None:
        """Throw everything away."""
        self.sender.close()
        self.scratch.close()

    def run(self, progress: Progress | None = None) -> None:
        """Play all that came in, and every timer between, at its own instant."""
        moments = list(self.history.moments())
        until = micros(self.history.stretch.until)
        with _seldom_collected(), self.scratch.read() as glance:
            for place, moment in enumerate(moments):
                self._wake_until(glance, moment.at)
                self._take(glance, moment)
                if progress is not None and place % _TOLD_EVERY == 0:
                    progress(place, len(moments))
            self._wake_until(glance, until)
        if progress is not None:
            progress(len(moments), len(moments))

    def heard_by(self, nodes: Collection[int]) -> list[Happening]:
        """Give what some nodes did. Order: as it was heard."""
        self._sort()
        found = [one for node in nodes for one in self._by_node.get(node, ())]
        return sorted(found, key=lambda one: (one.occurred_at, one.message_id))

    def trod_by(self, enrollment_id: int) -> list[Trod]:
        """Give the decisions of steps about a run."""
        self._sort()
        return self._by_run.get(enrollment_id, [])

    def judged_of(self, message_id: str) -> list[Judged]:
        """Give the ledger's verdicts about a message."""
        self._sort()
        return self._by_message.get(message_id, [])

    def mail_of(self, row: Mapping[str, Any]) -> tuple[Mail | None, str]:
        """Make the mail of an outbox row again, byte for byte; else say why it cannot be made."""
        try:
            letter = render.letter_of(row, sender=self.sender.sender_of(row["brand"]), at=instant(row["handed_at"]))
            return render.mail(letter, self.sender.links), ""
        except (render.RenderFailed, msgspec.MsgspecError, ValueError) as error:
            return None, str(error)

    def _sort(self) -> None:
        if self._by_node or not self.heard:
            return
        for happening in self.heard:
            self._by_node.setdefault(happening.node_id, []).append(happening)
        for trod in self.notebook.trod:
            self._by_run.setdefault(trod.enrollment_id, []).append(trod)
        for judged in self.notebook.judged:
            self._by_message.setdefault(judged.message_id, []).append(judged)

    def _take(self, glance: Connection, moment: Moment) -> None:
        self._go(moment.at)
        for row in moment.rows:
            self.world.take(row)
        if moment.at < micros(self.history.stretch.since):
            return
        now = self.clock.now()
        told = [self.world.happening(one, received_at=now) for one in moment.heard]
        happenings = [one for one in told if one is not None] + self._our_own(moment)
        if not happenings and not moment.said and not moment.paused:
            return
        self.heard += happenings
        self.ticks += 1
        with self.scratch.write() as connection:
            self._say(connection, moment)
            self.engine.advance(
                connection,
                tick_id=self.ticks,
                spool=_SPOOL,
                offset_after=self.ticks,
                now=now,
                happenings=happenings,
                controls=[one for one in moment.said if one.is_about_writing],
                facts_of=self.world.facts_of,
            )
        self._send(glance)

    def _our_own(self, moment: Moment) -> list[Happening]:
        """Give what came in means beside its events, as for a tick that brought just this."""
        if not moment.looked and not moment.changed:
            return []
        self.world.looked, self.world.changed = moment.looked, moment.changed
        assert self.engine.shelf is not None
        shelf = self.engine.shelf.definitions.values()
        names = OUR_OWN & frozenset().union(*(one.listens_to for one in shelf))
        return happenings_from(
            self.world.answer, tick_id=self.ticks + 1, now=self.clock.now(), names=names, definitions=shelf
        )

    def _say(self, connection: Connection, moment: Moment) -> None:
        """Take in what was said of consent that is not about being written to at all: themes, opens, pauses."""
        less = [one for one in moment.said if not one.is_about_writing]
        self.consents.apply(connection, less)
        dryrun_state.put_pauses(connection, moment.paused)
        self.consents.forget(row["contact"] for row in moment.paused)
        for one in less:
            if one.purpose.startswith(THEME) and one.state == ConsentState.WITHDRAWN:
                self._drop_theme(connection, one)

    def _drop_theme(self, connection: Connection, one: ConsentStatement) -> None:
        self.engine.pressure.cancel_contact(
            connection, contact=one.contact, brand=one.brand, channel=one.channel, reason=Reason.CONSENT_WITHDRAWN,
            now=self.clock.now(), tag=one.purpose.removeprefix(THEME),
        )  # fmt: skip

    def _wake_until(self, glance: Connection, at: int) -> None:
        """Wake whoever is due before an instant, each when due."""
        stuck: int | None = None
        while True:
            now = micros(self.clock.now())
            due = driver(glance).execute(NEXT, (now,)).fetchone()[0]
            if due is None or due >= at or due == stuck:
                return  # where it is stuck nothing moves any more: it waits for something that is not in the history
            self._go(max(due, now))
            with self.scratch.write() as connection:
                woken = self.engine.wake(connection, now=self.clock.now(), facts_of=self.world.facts_of)
            sent = self._send(glance)
            is_still = due <= now and not woken.woken and not sent and not woken.candidates
            stuck = due if is_still else None

    def _send(self, glance: Connection) -> int:
        if driver(glance).execute(_READY, (micros(self.clock.now()),)).fetchone() is None:
            return 0
        return len(self.sender.send_due(self.clock.now()))

    def _go(self, at: int) -> None:
        self.clock.at = instant(at)
        self.world.move(at)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Let the collector of cycles look more seldom: it goes through all the history again and again, and finds none."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be rehearsed: the text of a definition, over which days, beside what is live or alone."""

    text: str
    stretch: Stretch
    seed: int = 1
    with_live: bool = True


def stage(house: House, wanted: Wanted) -> Stage:
    """
    Read the history and set everything up, in memory.

    Raises: BadDefinition; NotRehearsed.
    """
    definition = parse(wanted.text, steps=house.engine.steps)
    notebook = Notebook()
    steps = WatchedSteps(house.engine.steps, notebook)
    scratch = dryrun_state.scratch()
    shelf, live, zones = _copied(house, wanted, scratch, definition.scenario, steps)
    history = _read(house, wanted, scratch, shelf)
    world = history.world(house.rules, house.guard)
    clock = ManualClock(wanted.stretch.since)
    known = history.known
    emails = [known.values[node] for node, kind in known.kinds.items() if kind == IdentifierKind.EMAIL]
    consents = Remembered(house.engine.consents, emails)
    pressure = watched(
        house.engine.pressure,
        notebook,
        nodes_of=world.people.kin,
        paused_until=None if house.engine.pressure.paused_until is None else consents.paused_until,
    )
    engine = replace(
        house.engine,
        pressure=pressure,
        consents=consents,
        nodes_of=world.people.kin,
        steps=steps,
        zones=lambda _connection: zones,
        shelf=shelf,
        people=HistoryPeople(world=world, calendar=history.more.calendar),
        lapsed=None if house.engine.lapsed is None else Silences(lapses=_lapses(house)),
    )
    return Stage(
        definition=shelf.definitions[definition.scenario, definition.version],
        live=tuple(sorted(live)),
        history=history,
        world=world,
        scratch=scratch,
        engine=engine,
        sender=_on_paper(house, scratch, engine, world, clock),
        clock=clock,
        notebook=notebook,
        consents=consents,
        zone=house.zone,
        can_select=house.select is not None,
    )


def _copied(
    house: House, wanted: Wanted, scratch: ScratchState, scenario: str, steps: StepNamed
) -> tuple[Shelf, Mapping[str, object], Mapping[str, str]]:
    """Copy what people wrote into the scratch state, publish there what is rehearsed; give shelf, live ones, zones."""
    since = wanted.stretch.since
    with house.state.read() as real, scratch.write() as copy:
        live = _live(real, scenario) if wanted.with_live else {}
        zones = _of_brand(house.engine.zones(real), wanted.stretch.brand)
        dryrun_state.copy_authored(real, copy)
        dryrun_state.copy_scenarios(real, copy, live)
        dryrun_state.copy_suppressions(real, copy, since)
        definitions.publish(copy, wanted.text, since, steps=steps)
        shelf = definitions.load(copy, steps=steps)
        for one in shelf.live:
            calendar_marks.announce(copy, one, micros(since))
    return shelf, live, zones


def _read(house: House, wanted: Wanted, scratch: ScratchState, shelf: Shelf) -> History:
    """Read the history, and put into the scratch state what had been said of contacts before it."""
    asked = Asked(definitions=tuple(shelf.definitions.values()))
    history = read(house.ask, house.state, wanted.stretch, asked, house.select)
    with house.state.read() as real, scratch.write() as copy:
        dryrun_state.put_consents(copy, history.consents_before())
        dryrun_state.put_pauses(copy, history.pauses_before())
        dryrun_state.copy_contacts(real, copy, wanted.stretch.since, history.known.kinds)
    return history


def _on_paper(house: House, scratch: ScratchState, engine: Engine, world: HistoryWorld, clock: ManualClock) -> Sender:
    """Give the house's own sender, over the history, with a channel of paper."""
    return replace(
        house.sender, state=scratch, world=world, spools={}, channel=Paper(), channels=Everywhere(), may_send=_always,
        said_since=_nothing,
        clock=clock, report=_to_nobody, gate=engine.pressure, consents=engine.consents, nodes_of=world.people.kin,
        living=engine.last_second(world.facts_of, clock), sender_of=cache(house.sender.sender_of),
    )  # fmt: skip


def _of_brand(zones: Mapping[str, str], brand: str | None) -> Mapping[str, str]:
    return {name: zone for name, zone in zones.items() if brand in {None, name}}


def _lapses(house: House) -> Callable[[Collection[int], datetime], Mapping[int, datetime]]:
    prospect, customer = house.silence_years

    def lapses(nodes: Collection[int], now: datetime) -> Mapping[int, datetime]:
        found: dict[int, datetime] = {}
        for some in batched_sorted(nodes):
            table = house.ask("history_silences", {"nodes": some, "now_at": micros(now), "prospect_years": prospect,
                                                   "customer_years": customer})  # fmt: skip
            found.update(zip(table["node_id"].to_pylist(), table["lapses_at"].to_pylist(), strict=True))
        return found

    return lapses


def _live(real: Connection, scenario: str) -> Mapping[str, object]:
    running = (row for row in definitions.listing(real) if row["state"] == definitions.LIVE)
    return {str(row["scenario"]): row for row in running if row["scenario"] != scenario}


def _always(_connection: Connection) -> bool:
    """Let a rehearsal send its paper, even where sending is paused or this copy is fenced."""
    return True


def _nothing(_connection: Connection, _message: Mapping[str, Any]) -> None:
    """Say nothing more: in a rehearsal no time passes between the look at everything and the last one."""


def _to_nobody(_lines: Sequence[Line]) -> None:
    """Report to nobody: what a rehearsal sends is no fact."""
