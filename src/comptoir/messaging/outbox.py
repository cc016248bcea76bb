"""The sender: looks at everything again at the last second, hands messages over, and writes down what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from comptoir import logs
from comptoir.clock import Clock, micros, monotonic
from comptoir.messaging import render, reporting
from comptoir.messaging.base import Channel, Gate, Living, SaidSince, Wide
from comptoir.messaging.crew import Crew, Task
from comptoir.messaging.look import Looker, Row, barred_since
from comptoir.messaging.ready import Ready, Waiting
from comptoir.messaging.rows import outbox
from comptoir.messaging.settle import Book, Ending, unknowns
from comptoir.messaging.template import TemplatePaused
from comptoir.messaging.throttle import Throttle
from comptoir.model.consent import Consents
from comptoir.model.event import Line
from comptoir.model.message import DeliveryKind, Mail, Reason, Receipt
from comptoir.model.scenario import NodesOf, World
from comptoir.spool.base import Spool
from comptoir.state.base import State
from comptoir.state.statement import LISTED, Statement, as_set

__all__ = ["Sender", "Sent", "put", "unknowns"]

log = logs.get("sender")

SLICE_SECONDS = 10.0
"""After so long a turn takes up nothing new, so that stronger classes queued meanwhile come first."""
_WAIT_SECONDS = 0.5
_FLUSH_AFTER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one turn of the sender did with one message."""

    message_id: str
    outcome: str
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Sender:
    """
    One sender of one installation, called again and again from one thread, which alone writes to the state.

    A message is `handed` durably before its conversation begins; what is found handed after a crash has an unknown
    fate. `report` puts lines into the back spool. `stale_after` is how far behind the spool's newest line may be.
    """

    state: State
    world: World
    spools: Mapping[str, Spool]
    applied: Callable[[Connection], Mapping[str, int]]
    channel: Channel
    """The channel of messages whose own one is not among `channels`; its name must then be theirs."""
    clock: Clock
    report: Callable[[Sequence[Line]], None]
    gate: Gate
    consents: Consents
    nodes_of: NodesOf
    living: Living
    links: render.Links
    sender_of: Callable[[str], str]
    """Gives the From address of a brand."""
    stale_after: timedelta = timedelta(seconds=2)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    """Other channels, by the name that an outbox row gives."""
    may_send: Callable[[Connection], bool] = lambda _: True
    """Asked in the transaction that hands over: False while sending is paused, or where this copy is fenced."""
    said_since: SaidSince = barred_since
    """Asked of each message again right before it cannot be taken back."""
    _is_recovered: bool = field(default=False)
    _crew: Crew = field(init=False)

    def __post_init__(self) -> None:
        """Take as many hands as the channels have connections."""
        self._crew = self._new_crew()

    def send_due(self, now: datetime) -> list[Sent]:
        """
        Send what is ready, strongest class first, and report what became of it. Order: as it ended.

        Conversations with slow providers may still be under way when it returns; a later call writes them down.
        """
        if not self._is_recovered:
            self.recover(now)
        self._resize()
        done: list[Sent] = []
        ready = Ready(
            state=self.state, world=self.world, spools=self.spools, applied=self.applied, nodes_of=self.nodes_of,
            now=now, stale_after=self.stale_after, consents=self.consents,
            said_since=self.said_since,
        )  # fmt: skip
        deadline = monotonic() + SLICE_SECONDS
        reported = 0
        while True:
            endings = self._crew.endings(_WAIT_SECONDS if self._crew.busy_quickly else 0.0)
            waiting = self._choose(ready) if monotonic() < deadline else []
            done += self._turn(endings, waiting)
            if len(done) - reported >= _FLUSH_AFTER:
                reported = len(done)
                self.flush()
            if not waiting and not endings and not self._crew.busy_quickly:
                break
        self.flush()
        return done

    def recover(self, now: datetime) -> list[str]:
        """Settle whatever a crash left handed: unknown, listed, counted; marketing is never sent again."""
        self._crew = self._new_crew()
        with self.state.write() as connection:
            left = [
                dict(row) for row in connection.execute(select(outbox).where(outbox.c.state == "handed")).mappings()
            ]
            receipt = Receipt(kind=DeliveryKind.UNKNOWN, detail="found handed after a stop")
            self._book.settle(connection, [Ending(row=row, receipt=receipt, at=now) for row in left])
        self._is_recovered = True
        if left:
            log.warning("messages of unknown fate", count=len(left))
        return [str(row["message_id"]) for row in left]

    def flush(self) -> int:
        """Report what waits to be reported; after a crash in between it is reported again, and dropped as duplicate."""
        total = 0
        while True:
            with self.state.read() as connection:
                until, lines = reporting.waiting(connection)
            if not lines:
                return total
            self.report(lines)
            with self.state.write() as connection:
                reporting.forget(connection, until)
            total += len(lines)

    def close(self, wait_seconds: float = 5.0) -> None:
        """Wait a little for conversations under way, write down how they ended, and let go of the channels."""
        deadline = monotonic() + wait_seconds
        while self._crew.busy and monotonic() < deadline:
            self._turn(self._crew.endings(_WAIT_SECONDS), [])
        self._crew.rest()
        for channel in {id(one): one for one in (self.channel, *self.channels.values())}.values():
            channel.close()
        self.flush()

    # ---- one turn: settle what ended, look at what may begin, hand it over, all in one transaction

    @property
    def _book(self) -> Book:
        return Book(gate=self.gate)

    def _turn(self, endings: Sequence[Ending], waiting: Sequence[Waiting]) -> list[Sent]:
        now = self.clock.now()
        mails, drops = self._rendered(waiting, now)
        if not endings and not mails and not drops:
            return []
        done = [Sent(message_id=row["message_id"], outcome="dropped", detail=why.value) for row, why, _ in drops]
        tasks: list[Task] = []
        with self.state.write() as connection:
            self._book.settle(connection, endings)
            self._book.drop(connection, drops, now)
            if mails and self.may_send(connection):
                tasks, refused = self._hand(connection, mails, now)
                done += refused
        # durable: from here on a crash makes them unknown
        for task in tasks:
            self._crew.begin(task)
        ended = [
            Sent(message_id=one.row["message_id"], outcome=one.receipt.kind.value, detail=one.receipt.detail)
            for one in endings
        ]
        return ended + done

    def _hand(
        self, connection: Connection, mails: Mapping[str, tuple[Waiting, Mail]], now: datetime
    ) -> tuple[list[Task], list[Sent]]:
        queued = {tuple(row) for row in _STILL.rows(connection, ids=as_set(mails))}
        # one that was changed since it was read, and its mail made, is left for a later turn
        rows = [one.row for one, _ in mails.values() if tuple(one.row[name] for name in _UNCHANGED) in queued]
        looker = Looker(gate=self.gate, consents=self.consents, living=self.living, said_since=self.said_since)
        verdicts = looker.verdicts(
            connection,
            rows,
            now,
            facts_of=lambda row: mails[row["message_id"]][0].facts,
            ahead_of=lambda row: mails[row["message_id"]][0].ahead,
        )
        going = [row for row, verdict in zip(rows, verdicts, strict=True) if verdict is None]
        drops = [(row, one, "") for row, one in zip(rows, verdicts, strict=True) if isinstance(one, Reason)]
        self._book.hand(connection, going, now)
        self._book.drop(connection, drops, now)
        tasks = [self._task(row, *mails[row["message_id"]]) for row in going]
        return tasks, [Sent(message_id=row["message_id"], outcome="dropped", detail=why.value) for row, why, _ in drops]

    def _task(self, row: Row, waiting: Waiting, mail: Mail) -> Task:
        return Task(row=row, mail=mail, channel=self._channel_of(row), ahead=waiting.ahead, group=waiting.group)

    def _rendered(
        self, waiting: Sequence[Waiting], now: datetime
    ) -> tuple[dict[str, tuple[Waiting, Mail]], list[tuple[Row, Reason, str]]]:
        mails: dict[str, tuple[Waiting, Mail]] = {}
        drops: list[tuple[Row, Reason, str]] = []
        for one in waiting:
            try:
                sender = self.sender_of(one.row["brand"])
                letter = render.letter_of(one.row, sender=sender, at=now, known=one.known)
                mails[one.row["message_id"]] = one, render.mail(letter, self.links)
            except TemplatePaused as error:  # it waits until somebody has mended the template, as long as it may
                if micros(now) >= one.row["expires_at"]:
                    drops.append((one.row, Reason.TOO_LATE, str(error)))
            except (render.RenderFailed, msgspec.MsgspecError, ValueError, ArithmeticError) as error:
                drops.append((one.row, Reason.RENDER_FAILED, str(error)))
        return mails, drops

    # ---- who may begin

    def _choose(self, ready: Ready) -> list[Waiting]:
        throttle = self._crew.throttle
        room: dict[tuple[str, str], int] = {}
        begun: dict[str, int] = {}
        chosen: list[Waiting] = []

        def may(one: Waiting) -> bool:
            key = one.row["channel"], one.row["brand"]
            if key not in room:
                room[key] = self._room(self._channel_of(one.row), one.row["brand"])
            if room[key] <= 0 or not throttle.may(one.group, begun.get(one.group, 0), len(chosen)):
                return False
            room[key] -= 1
            begun[one.group] = begun.get(one.group, 0) + 1
            chosen.append(one)
            return True

        most = throttle.lanes
        if most <= 0:
            return []
        ready.take(may, lambda: len(chosen) < most)
        return chosen

    def _channel_of(self, row: Row) -> Channel:
        return self.channels.get(row["channel"], self.channel)

    def _room(self, channel: Channel, brand: str) -> int:
        if isinstance(channel, Wide):
            return channel.room(brand)
        return 0 if self._crew.holds(channel) else 1

    def _size(self) -> int:
        channels = (self.channel, *self.channels.values())
        return max(one.connections if isinstance(one, Wide) else 1 for one in channels)

    def _new_crew(self) -> Crew:
        size = self._size()
        return Crew(size=size, clock=self.clock, throttle=Throttle(most=size))

    def _resize(self) -> None:
        """Take more or fewer hands where connections were added or taken away."""
        size = self._size()
        if size == self._crew.size:
            return
        if 1 in {size, self._crew.size}:
            if self._crew.busy:
                return  # from the caller's thread to others, or back, only between conversations
            self._crew.rest()
            self._crew = self._new_crew()
        else:
            self._crew.size = self._crew.throttle.most = size


_UNCHANGED = ("message_id", "queued_at", "not_before", "attempts")
_STILL = Statement(
    select(*(outbox.c[name] for name in _UNCHANGED))
    .select_from(LISTED.join(outbox, outbox.c.message_id == LISTED.c.value))
    .where(outbox.c.state == "queued")
)


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Queue messages that need no arbitration, such as service mails and trials."""
    connection.execute(insert(outbox), [dict(row) for row in rows])
