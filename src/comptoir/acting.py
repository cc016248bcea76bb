"""Acting on facts: the last box of the tick, and the sender beside it, wired over real stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, func, select

from comptoir.clock import Clock, micros
from comptoir.collect.stages import Reference
from comptoir.config import Settings
from comptoir.facts import read
from comptoir.identity import store
from comptoir.messaging import links, render
from comptoir.messaging.email import Email
from comptoir.messaging.outbox import Sender
from comptoir.messaging.rows import outbox
from comptoir.model import consent
from comptoir.model.consent import ConsentControl
from comptoir.model.event import Line, Record, Type, decode, encode
from comptoir.model.identifier import NOBODY, NodeId, founder_of
from comptoir.model.scenario import Happening, Subject, WorldFacts
from comptoir.model.tick import SpoolName, Tick
from comptoir.pressure.caps import policy_of
from comptoir.pressure.ledger import PressureLedger
from comptoir.privacy.consent import ConsentLedger
from comptoir.scenarios import definitions, world
from comptoir.scenarios.engine import Engine, applied, is_live
from comptoir.scenarios.rows import enrollments, scenarios_applied, timers
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state.base import State
from comptoir.warehouse.duckdb import Warehouse

_CONTROL = f'"type":"{Type.CONTROL}"'.encode()
_CONSENT = f'"name":"{Record.CONSENT}"'.encode()


@dataclass(frozen=True, slots=True)
class LiveWorld:
    """The world as the warehouse has it now; a cursor a question, so any thread may ask."""

    warehouse: Warehouse

    def facts_of(self, subjects: Sequence[Subject]) -> Mapping[int, WorldFacts]:
        """Give the facts of each subject by its id (`model.scenario.World`)."""
        with self.warehouse.cursor() as cursor:
            return world.over(cursor).facts_of(subjects)


@dataclass(slots=True, kw_only=True)
class Acting:
    """Scenarios, pressure and the sender of one installation."""

    settings: Settings
    state: State
    warehouse: Warehouse
    clock: Clock
    spools: Mapping[str, SqliteSpool]
    link_key: bytes
    engine: Engine = field(init=False)
    live: LiveWorld = field(init=False)

    def __post_init__(self) -> None:
        """Wire the engine of scenarios."""
        self.live = LiveWorld(self.warehouse)
        self.engine = Engine(
            pressure=PressureLedger(policy=policy_of(self.settings.pressure), nodes_of=kin),
            consents=ConsentLedger(),
            nodes_of=kin,
            salt=self.link_key.hex(),
            trigger_age=timedelta(minutes=self.settings.shop.trigger_minutes),
        )

    def applied(self) -> int:
        """Give the last tick that scenarios have had."""
        with self.state.read() as connection:
            return applied_tick(connection)

    def act(self, tick: Tick) -> None:
        """Act on the facts of a tick, in one transaction that also writes down the tick."""
        controls = self._controls(tick)
        with self.state.read() as connection:
            shelf = definitions.load(connection)
        names = sorted(frozenset().union(*(one.listens_to for one in shelf.definitions.values())))
        happenings: list[Happening] = []
        if names:
            with self.warehouse.cursor() as cursor:
                happenings = [Happening(**row) for row in read.happenings(cursor, tick.tick_id, names)]
        with self.state.write() as connection:
            self.engine.advance(
                connection,
                tick_id=tick.tick_id,
                spool=tick.spool,
                offset_after=tick.to_offset,
                now=tick.now,
                happenings=happenings,
                controls=controls,
                facts_of=self.live.facts_of,
            )

    def wake(self, now: datetime) -> None:
        """Do what is due although nothing came in."""
        with self.state.read() as connection:
            is_due = connection.scalar(select(exists().where(timers.c.due_at <= micros(now))))
            if not is_due and not self.engine.pressure.due(connection, now):
                return
        with self.state.write() as connection:
            self.engine.wake(connection, now=now, facts_of=self.live.facts_of)

    def sender(self) -> Sender:
        """Wire the sender over e-mail."""
        door = self.settings.door
        return Sender(
            state=self.state,
            world=self.live,
            spools=self.spools,
            applied=applied,
            channel=Email(self.settings.mail),
            clock=self.clock,
            report=self._report,
            gate=self.engine.pressure,
            consents=self.engine.consents,
            nodes_of=kin,
            is_live=is_live,
            links=render.Links(
                public_url=door.public_url or f"http://{door.host}:{door.port}",
                sign=lambda link: links.sign(self.link_key, link),
            ),
            sender_of=lambda _brand: self.settings.mail.sender,
            stale_after=timedelta(seconds=2 * self.settings.clock.speed),
        )

    def _controls(self, tick: Tick) -> list[ConsentControl]:
        """Read what the lines of a tick say of consent; a statement said twice is one, so a replay changes nothing."""
        if tick.to_offset == tick.from_offset:
            return []
        stretch = self.spools[tick.spool].read(tick.from_offset, tick.to_offset - tick.from_offset)
        said = (consent.read(decode(text)) for text in stretch.lines if _CONTROL in text or _CONSENT in text)
        return [one for one in said if one is not None]

    def _report(self, lines: Sequence[Line]) -> None:
        texts = [encode(line) for line in lines]
        self.spools[SpoolName.BACK].append([Parcel(lines=b"\n".join(texts), count=len(texts))])


def applied_tick(connection: Connection) -> int:
    """Give the last tick that scenarios have had."""
    return int(connection.scalar(select(func.max(scenarios_applied.c.tick_id))) or 0)


def kin(connection: Any, nodes: Collection[int]) -> Mapping[int, frozenset[int]]:
    """Give, for each node, all nodes of its person, itself included (`model.scenario.NodesOf`)."""
    founders = {node: founder_of(profile) for node, profile in store.profiles_of(connection, nodes).items()}
    people = store.nodes_of(connection, set(founders.values()))
    return {node: frozenset(people.get(founders.get(NodeId(node), NOBODY), ())) | {node} for node in nodes}


def message_references(state: State, message_ids: Sequence[str]) -> dict[str, Reference]:
    """Say whom messages were sent to, from our own ledger."""
    if not message_ids:
        return {}
    wanted = select(outbox.c.message_id, outbox.c.brand, outbox.c.channel, outbox.c.contact, outbox.c.node_id)
    with state.read() as connection:
        found = connection.execute(wanted.where(outbox.c.message_id.in_(set(message_ids))))
        return {row.message_id: Reference(row.brand, row.channel, row.contact, row.node_id) for row in found}


def counts_of(connection: Connection) -> dict[str, object]:
    """Count what acts: enrollments by status, messages by state."""
    by_status = connection.execute(select(enrollments.c.status, func.count()).group_by(enrollments.c.status))
    by_state = connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    return {
        "enrollments": {row[0]: row[1] for row in by_status},
        "messages": {row[0]: row[1] for row in by_state},
    }
