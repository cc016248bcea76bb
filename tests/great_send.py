"""A send to very many people: their house on disk, the sender as a process of its own, and a sink that remembers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Connection, update

from comptoir.acting import kin
from comptoir.clock import RealClock, micros
from comptoir.config import MailSettings
from comptoir.identity import store
from comptoir.last_look import said_since
from comptoir.messaging import links, outward, render, servers, suppression
from comptoir.messaging.outbox import Sender
from comptoir.messaging.rows import mail_servers
from comptoir.model.consent import ConsentState, ConsentStatement
from comptoir.model.event import Line, encode
from comptoir.model.identifier import node_of, profile_named_after
from comptoir.model.message import Candidate, Discretion, MessageClass
from comptoir.model.sighting import LinkClaim, NodeSeen
from comptoir.pressure import policies
from comptoir.pressure.caps import Policy
from comptoir.pressure.ledger import PressureLedger
from comptoir.privacy.consent import ConsentLedger
from comptoir.scenarios import engine as engines
from comptoir.scenarios.rows import scenarios
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state.base import State, metadata, open_state
from comptoir.state.sealing import MasterKey
from tests.sending_house import BRAND, WORDS, Nothing

POLICY = """
brand: "*"
universal_control: 0.01
caps:
  - {at_most: 1, hours: 24, across_brands: true}
"""
KEY = MasterKey(b"m" * 32)
REFUSED, BARRED, NEVER_ASKED, TWICE = range(4)
"""Of each hundred people: whose address is gone, is barred once all is queued, never agreed, is wished for twice."""
_AT_ONCE = 10_000


def contact_of(number: int) -> str:
    """Give a person's address; those whose address is gone are with one provider."""
    where = "gone.example" if number % 100 == REFUSED else f"d{number % 40}.example"
    return f"p{number}@{where}"


def ledger() -> PressureLedger:
    """Give the ledger that decides, and keeps the sender's gate."""
    return PressureLedger(policy=Policy(caps=(), gap=timedelta(0)), nodes_of=kin, salt="salt")


def build(folder: Path, people: int, port: int, connections: int) -> State:
    """Make the house: people of two identifiers each, their consents, and what the ledger says of a wish for each."""
    now = RealClock().now()
    state = open_state(folder / "state.db")
    with state.write() as connection:
        metadata.create_all(connection)
        policies.publish(connection, POLICY, now)
        servers.save(connection, servers.MailServer(
            name="main", host="127.0.0.1", port=port, security="none", connections=connections,
        ), KEY)  # fmt: skip
        connection.execute(scenarios.insert().values(
            scenario="letter", live_version=1, state="live", changed_at=micros(now)
        ))  # fmt: skip
    for start in range(0, people, _AT_ONCE):
        some = range(start, min(people, start + _AT_ONCE))
        with state.write() as connection:
            _make_known(connection, some, now)
            ledger().arbitrate(connection, _wishes(some, now), now)
            for number in some:
                if number % 100 == BARRED:
                    suppression.suppress(
                        connection, contact=contact_of(number), channel="email", reason="manual", now=now
                    )
    return state


def set_rate(state: State, per_minute: int) -> None:
    """Edit the rate of the mail server."""
    with state.write() as connection:
        connection.execute(update(mail_servers).values(rate_per_minute=per_minute))


def set_pause(state: State, *, is_paused: bool) -> None:
    """Pause all sending, or go on."""
    with state.write() as connection:
        outward.pause(connection, is_paused=is_paused)


def _make_known(connection: Connection, some: range, now: datetime) -> None:
    at = micros(now)
    nodes: list[NodeSeen] = []
    claims: list[LinkClaim] = []
    for number in some:
        names = [("account", f"a{number}"), ("email", contact_of(number))]
        own = [NodeSeen(node_of(*one), *one, at) for one in names]
        nodes += own
        claims.append(LinkClaim(own[0].node_id, own[1].node_id, "identify", "confirmed", at, f"m{number}"))
    store.apply(
        connection, tick_id=some.start, spool="front", offset_after=0, nodes=nodes, links=claims, traits=[]
    )  # fmt: skip
    ConsentLedger().apply(connection, [
        ConsentStatement(
            statement_id=f"c{number}", contact_kind="email", contact=contact_of(number), brand=BRAND,
            state=ConsentState.GRANTED, source="form", stated_at=now - timedelta(days=9),
        )
        for number in some if number % 100 != NEVER_ASKED
    ])  # fmt: skip


def _wishes(some: range, now: datetime) -> list[Candidate]:
    words = msgspec.json.encode(WORDS).decode()

    def wish(number: int, step: str) -> Candidate:
        account = node_of("account", f"a{number}")
        return Candidate(
            message_id=f"{step}-{number}", message_class=MessageClass.CAMPAIGN, scenario="letter", scenario_version=1,
            step=step, enrollment_id=number, brand=BRAND, channel="email", purpose="marketing", template="letter",
            discretion=Discretion.GENERIC, language="fr", node_id=account, profile_id=profile_named_after(account),
            contact=contact_of(number), occasion="autumn", priority=1, wished_at=now,
            expires_at=now + timedelta(hours=12), words=words,
        )  # fmt: skip

    return [wish(number, "send") for number in some] + [
        wish(number, "again") for number in some if number % 100 == TWICE
    ]


def send(folder: Path) -> None:
    """Be the sender's process: send until nothing is queued, or until asked to stop."""
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    state = open_state(folder / "state.db")
    front, back = SqliteSpool(folder / "front.db"), SqliteSpool(folder / "back.db")

    def report(lines: Sequence[Line]) -> None:
        back.append([Parcel(lines=b"\n".join(map(encode, lines)), count=len(lines))])

    pressure, clock = ledger(), RealClock()
    goes_on = engines.Engine(
        pressure=pressure, consents=ConsentLedger(), nodes_of=kin, salt="salt", trigger_age=timedelta(hours=3)
    ).last_second(Nothing().facts_of, clock)
    sender = Sender(
        state=state, world=Nothing(), spools={"front": front, "back": back}, applied=engines.applied,
        channel=servers.Servers(
            state=state, key=lambda: KEY, fallback=MailSettings(timeout_seconds=20), verp_key=b"v" * 32
        ),
        clock=clock, report=report, gate=pressure, consents=ConsentLedger(), nodes_of=kin, living=goes_on,
        said_since=said_since(clock),
        links=render.Links(public_url="https://c.shop.example", sign=lambda link: links.sign(b"k" * 32, link)),
        sender_of=lambda _brand: "boutique@shop.example", may_send=outward.is_sending,
    )  # fmt: skip
    while not asked and _is_open(state):
        sender.send_due(clock.now())
        asked or signal.sigtimedwait([signal.SIGUSR1], 0.02)  # rests a moment; a SIGTERM ends it at once
    sender.close(20.0)
    state.close()


def _is_open(state: State) -> bool:
    with state.read() as connection:
        asked = "SELECT 1 FROM outbox WHERE state IN ('queued', 'handed') LIMIT 1"
        return connection.exec_driver_sql(asked).first() is not None


class Sink(asyncio.Protocol):
    """One connection of an SMTP server that refuses who is gone, and writes down each mail before it says yes."""

    def __init__(self, log: int) -> None:
        """Remember where to write."""
        self._log = log
        self._rest, self._to, self._is_mail, self._is_refused = b"", b"", False, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer commands, and take a mail up to its dot."""
        self._rest += data
        while self._rest:
            if self._is_mail:
                head, dot, rest = self._rest.partition(b"\r\n.\r\n")
                if not dot:
                    return
                self._rest, self._is_mail = rest, False
                ids = [line for line in head[:4_000].split(b"\r\n") if line.lower().startswith(b"message-id:")]
                os.write(self._log, self._to + b" " + ids[0].partition(b"<")[2].partition(b"@")[0] + b"\n")
                self._transport.write(b"250 kept\r\n")
                continue
            line, end, rest = self._rest.partition(b"\r\n")
            if not end:
                return
            self._rest = rest
            self._transport.write(self._answer(line))

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            return b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
        if verb == b"RCPT":
            self._to = line.partition(b"<")[2].partition(b">")[0]
            self._is_refused = self._to.endswith(b"@gone.example")
            return b"550 5.1.1 gone\r\n" if self._is_refused else b"250 ok\r\n"
        if verb == b"DATA":
            self._is_mail = not self._is_refused
            return b"554 nobody to give it to\r\n" if self._is_refused else b"354 go on\r\n"
        return b"250 ok\r\n"


async def _listen(log: Path) -> None:
    place = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    server = await asyncio.get_running_loop().create_server(lambda: Sink(place), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "sink":
        asyncio.run(_listen(Path(sys.argv[2])))
    else:
        send(Path(sys.argv[2]))
