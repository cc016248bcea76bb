"""A sender over real state and spools, with messages put straight into its outbox; no scenarios."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from comptoir.clock import Clock, ManualClock, micros
from comptoir.last_look import said_since
from comptoir.messaging import links, outward, render
from comptoir.messaging.base import Channel
from comptoir.messaging.outbox import Sender, Sent, put
from comptoir.messaging.rows import outbox
from comptoir.model.consent import ConsentState, ConsentStatement
from comptoir.model.event import Line, decode, encode
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.model.message import Candidate, Discretion, MessageClass, PromisedLine
from comptoir.model.scenario import OfferedLine, Subject, World, WorldFacts
from comptoir.pressure.caps import Cap, Policy
from comptoir.pressure.ledger import PressureLedger
from comptoir.pressure.rows import candidates, reservations
from comptoir.privacy.consent import ConsentLedger
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state import rows as state_rows
from comptoir.state.base import State
from tests.stores import new_state

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
BRAND = "maison"
KEY = b"k" * 32
WORDS = {
    "subject": "Une lampe pour l’été — à découvrir", "title": "Bonjour", "lead": "Voici ce que nous avons choisi.",
    "button": "Voir", "closing": "À bientôt", "why": "Vous recevez ceci car vous l’avez demandé.",
    "unsubscribe": "Ne plus recevoir", "preheader": "",
}  # fmt: skip
PROMISE = [
    {"product_id": f"lamp{n}", "name": f"Lampe d’été n° {n}", "url": f"https://shop.example/lampe/{n}?c=1",
     "price": "49.9", "currency": "EUR", "image_url": f"https://shop.example/{n}.jpg", "category": "Luminaires"}
    for n in range(3)
]  # fmt: skip


class Nothing:
    """A world in which nobody has a cart."""

    def facts_of(self, _subjects: Sequence[Subject]) -> Mapping[int, WorldFacts]:
        return {}


class OnTheShelf:
    """A world in which nobody has a cart, and all that `PROMISE` promises is for sale at its price."""

    def __init__(self) -> None:
        lines = msgspec.convert(PROMISE, tuple[PromisedLine, ...])
        self._facts = WorldFacts(
            shelves={"product": tuple(OfferedLine(product=one, is_for_sale=True) for one in lines)}
        )

    def facts_of(self, subjects: Sequence[Subject]) -> Mapping[int, WorldFacts]:
        return {one.subject_id: self._facts for one in subjects}


def everything(_connection: Connection, rows: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(row["message_id"] for row in rows)


def nodes_of(_connection: Connection, nodes: Collection[int]) -> Mapping[int, frozenset[int]]:
    return {one: frozenset({one}) for one in nodes}


@dataclass
class Sending:
    """One installation's sending side."""

    folder: Path
    channel: Channel
    clock: Any = field(default_factory=lambda: ManualClock(NOON))
    channels: Mapping[str, Channel] = field(default_factory=dict)
    world: World = field(default_factory=Nothing)
    state: State = field(init=False)
    front: SqliteSpool = field(init=False)
    back: SqliteSpool = field(init=False)
    sender: Sender = field(init=False)
    ledger: ConsentLedger = field(default_factory=ConsentLedger)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        assert state_rows.values is not None
        self.state = new_state(self.folder / "state.db")
        self.front, self.back = SqliteSpool(self.folder / "front.db"), SqliteSpool(self.folder / "back.db")
        self.sender = self.new_sender(self.channel)

    def new_sender(self, channel: Channel, *, clock: Clock | None = None) -> Sender:
        """Start a sender over the same files, as a new process does."""
        gate = PressureLedger(policy=Policy(caps=(Cap(3, timedelta(hours=24)),), gap=timedelta(0)), nodes_of=nodes_of)
        return Sender(
            state=self.state, world=self.world, spools={"front": self.front, "back": self.back},
            applied=lambda _connection: {}, channel=channel, channels=self.channels, clock=clock or self.clock,
            report=self._report, gate=gate, consents=self.ledger, nodes_of=nodes_of,
            living=everything, said_since=said_since(self.clock),
            links=render.Links(public_url="https://c.shop.example", sign=lambda link: links.sign(KEY, link)),
            sender_of=lambda _brand: "boutique@shop.example", may_send=outward.is_sending,
        )  # fmt: skip

    def queue(
        self,
        contacts: Sequence[str],
        *,
        kind: MessageClass = MessageClass.CAMPAIGN,
        life: timedelta = timedelta(days=7),
        channel: str = "email",
        start: int = 0,
        promise: Sequence[Mapping[str, Any]] = (),
    ) -> list[str]:
        """Queue a message to each contact, with consent and a reservation; give their ids."""
        now = self.clock.now()
        ids = [f"m{start + number:06d}" for number in range(len(contacts))]
        rows = [
            self._row(one, contact, kind, now, life=life, channel=channel, promise=promise)
            for one, contact in zip(ids, contacts, strict=True)
        ]
        with self.state.write() as connection:
            put(connection, rows)
            connection.execute(insert(reservations), [_reservation(row) for row in rows])
            connection.execute(insert(candidates), [_candidate(row) for row in rows])
            self.ledger.apply(connection, [_granted(row) for row in rows])
        return ids

    def send(self) -> list[Sent]:
        return self.sender.send_due(self.clock.now())

    def after(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))

    def rows(self, table: Any = outbox) -> list[dict[str, Any]]:
        with self.state.read() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def states(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in self.rows():
            found[row["state"]] = found.get(row["state"], 0) + 1
        return found

    def reported(self) -> list[dict[str, Any]]:
        return [
            {"name": line.name, "id": line.message_id} | msgspec.json.decode(line.properties)
            for line in map(decode, self.back.read(0, 1_000_000).lines)
        ]

    def close(self) -> None:
        self.sender.close(1.0)
        self.front.close()
        self.back.close()
        self.state.close()

    def _report(self, lines: Sequence[Line]) -> None:
        self.back.append([Parcel(lines=b"\n".join(map(encode, lines)), count=len(lines))])

    def _row(
        self, message_id: str, contact: str, kind: MessageClass, now: datetime, *, life: timedelta, channel: str,
        promise: Sequence[Mapping[str, Any]],
    ) -> dict[str, Any]:  # fmt: skip
        return {
            "message_id": message_id, "message_class": kind.value, "scenario": "letter", "scenario_version": 1,
            "step": "send", "enrollment_id": 0, "brand": BRAND, "channel": channel, "purpose": "marketing",
            "contact": contact, "node_id": node_of(IdentifierKind.EMAIL, contact), "cart_key": None, "cart_id": None,
            "language": "fr", "template": "letter", "words": msgspec.json.encode(WORDS).decode(),
            "discretion": Discretion.EXACT.value, "promise": msgspec.json.encode(list(promise)).decode(),
            "rank": kind.rank, "queued_at": micros(now), "not_before": micros(now), "expires_at": micros(now + life),
            "state": "queued",
        }  # fmt: skip


def _granted(row: Mapping[str, Any]) -> ConsentStatement:
    return ConsentStatement(
        statement_id=f"c-{row['message_id']}", contact_kind="email", contact=row["contact"], brand=row["brand"],
        state=ConsentState.GRANTED, source="form", stated_at=NOON - timedelta(days=9),
    )  # fmt: skip


def _reservation(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("message_id", "node_id", "contact", "brand", "channel", "message_class", "expires_at")
    return {name: row[name] for name in names} | {
        "message_key": "letter/send", "occasion": row["message_id"], "state": "reserved", "at": row["queued_at"],
    }  # fmt: skip


def _candidate(row: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "message_id", "message_class", "scenario", "scenario_version", "step", "enrollment_id", "brand", "channel",
        "purpose", "contact", "node_id", "expires_at",
    )  # fmt: skip
    at = NOON
    wish = Candidate(
        message_id=row["message_id"], message_class=MessageClass(row["message_class"]), scenario="letter",
        scenario_version=1, step="send", enrollment_id=0, brand=row["brand"], channel=row["channel"],
        purpose="marketing", template="letter", discretion=Discretion.EXACT, language="fr", node_id=row["node_id"],
        profile_id="p", contact=row["contact"], occasion=row["message_id"], priority=0, wished_at=at,
        expires_at=at + timedelta(days=30),
    )  # fmt: skip
    return {name: row[name] for name in names} | {
        "profile_then": "p", "priority": 0, "expected_value": 0.0, "wished_at": micros(at), "outcome": "queued",
        "decided_at": micros(at), "wish": msgspec.json.encode(wish).decode(),
    }  # fmt: skip
