"""A small house for tests of what acts: real state and spools, a world that the test tells, a fake channel."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from comptoir.clock import ManualClock, micros
from comptoir.errors import PluginNotFound
from comptoir.ids import hash64
from comptoir.last_look import said_since
from comptoir.messaging import links, render
from comptoir.messaging.base import Channel, LastLook
from comptoir.messaging.outbox import Sender, Sent
from comptoir.messaging.rows import outbox, reports, suppressions
from comptoir.model import consent
from comptoir.model.event import ENVELOPE_VERSION, Line, Type, decode, encode
from comptoir.model.identifier import IdentifierKind, NodeId, node_of, profile_named_after
from comptoir.model.message import DeliveryKind, Mail, PromisedLine, Receipt
from comptoir.model.scenario import CartFacts, Happening, OfferedLine, Subject, WorldFacts
from comptoir.pressure.caps import Cap, Policy
from comptoir.pressure.ledger import PressureLedger
from comptoir.pressure.rows import announced, candidates, policies, reservations, universal_draws
from comptoir.privacy.consent import ConsentLedger
from comptoir.privacy.rows import consents
from comptoir.scenarios import definitions, steps
from comptoir.scenarios import engine as engines
from comptoir.scenarios.engine import Advanced, Engine
from comptoir.scenarios.rows import enrollments, passed_steps, scenario_versions, scenarios, scenarios_applied, timers
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state.base import State
from tests.stores import new_state

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BRAND = "maison"
KEY = b"k" * 32
TABLES = [
    *(scenarios, scenario_versions, enrollments, timers, scenarios_applied, candidates, reservations),
    *(policies, announced, universal_draws, passed_steps),
    *(outbox, suppressions, reports, consents),
]

_STEPS: dict[str, Any] = {getattr(steps, name).kind: getattr(steps, name) for name in steps.__all__}


def built_in(kind: str) -> Any:
    """Give a step that ships with Comptoir."""
    if kind not in _STEPS:
        raise PluginNotFound(kind="comptoir.steps", name=kind, installed=sorted(_STEPS))
    return _STEPS[kind]


LAMP = PromisedLine(
    product_id="lamp", name="Lampe d’été", category="Luminaires", url="https://shop.example/lampe?c=1", price="49.9",
    currency="EUR", image_url="https://shop.example/lampe.jpg",
)  # fmt: skip


@dataclass
class Told:
    """A world that says what the test tells it."""

    facts: dict[str, WorldFacts] = field(default_factory=dict)
    """By cart key."""
    asked: int = 0

    def facts_of(self, subjects: Sequence[Subject]) -> Mapping[int, WorldFacts]:
        self.asked += 1
        return {one.subject_id: self.facts[one.cart_key] for one in subjects if one.cart_key in self.facts}


@dataclass
class Recording:
    """A channel that keeps what it was given; `hook` runs at each named point of the conversation."""

    sent: list[Mail] = field(default_factory=list)
    answer: DeliveryKind = DeliveryKind.ACCEPTED
    hook: Callable[[str], None] = lambda _point: None
    name: str = "email"

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        self.hook("connect")
        self.hook("data")
        if not may_still():
            return Receipt(kind=DeliveryKind.STOPPED)
        self.hook("dot")
        if self.answer in {DeliveryKind.ACCEPTED, DeliveryKind.UNKNOWN}:
            self.sent.append(mail)
        self.hook("after")
        return Receipt(kind=self.answer, detail="told by the test")

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class House:
    """Everything wired; `tick` is one tick of the engine, `send` one turn of the sender."""

    folder: Path
    clock: ManualClock
    state: State
    front: SqliteSpool
    back: SqliteSpool
    world: Told
    engine: Engine
    sender: Sender
    channel: Any
    kin: dict[int, frozenset[int]]
    ticks: int = 0

    def tick(self, *happenings: Happening, lines: Sequence[bytes] | None = None) -> Advanced:
        """Apply the front spool up to its head, with these happenings."""
        self.ticks += 1
        after = self.applied().get("front", 0)
        stretch = self.front.read(after, 10_000)
        said = [consent.read(decode(text)) for text in stretch.lines]
        with self.state.write() as connection:
            return self.engine.advance(
                connection, tick_id=self.ticks, spool="front", offset_after=stretch.end, now=self.clock.now(),
                happenings=happenings, controls=[one for one in said if one is not None], facts_of=self.world.facts_of,
            )  # fmt: skip

    def applied(self) -> dict[str, int]:
        with self.state.read() as connection:
            return engines.applied(connection)

    def send(self) -> list[Sent]:
        return self.sender.send_due(self.clock.now())

    def after(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))

    def publish(self, text: str) -> None:
        with self.state.write() as connection:
            definitions.publish(connection, text, self.clock.now(), steps=built_in)

    def consents_to(self, contact: str, state: str = "granted") -> None:
        self.front.append([parcel(consent_line(contact, state, self.clock))])
        self.tick()

    def shopper(self, name: str, *, product: PromisedLine = LAMP, consented: bool = True) -> str:
        """Make a person with an open cart, an address and consent; give the cart's key."""
        email = f"{name}@example.org"
        cart_key = f"{hash64('cart', name) % (1 << 64):016x}"
        self.world.facts[cart_key] = WorldFacts(
            profile_id=profile_named_after(node(name)),
            emails=(email,),
            cart=CartFacts(state="open", amount_minor=4990, currency="EUR", item_count=1),
            lines=(OfferedLine(product=product, is_for_sale=True),),
        )
        if consented:
            self.consents_to(email)
        return cart_key

    def rows(self, table: Any) -> list[dict[str, Any]]:
        with self.state.read() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def reported(self) -> list[dict[str, Any]]:
        """Give what came into the back spool."""
        return [
            {"name": line.name, "id": line.message_id} | msgspec.json.decode(line.properties)
            for line in map(decode, self.back.read(0, 100_000).lines)
        ]

    def close(self) -> None:
        self.front.close()
        self.back.close()
        self.state.close()


def node(name: str) -> NodeId:
    return node_of(IdentifierKind.EMAIL, f"{name}@example.org")


def act(name: str, person: str, cart_key: str | None, at: datetime, *, suffix: str = "") -> Happening:
    """Make a happening of a person on a cart."""
    return Happening(
        message_id=f"{name}-{person}-{micros(at)}{suffix}", name=name, node_id=node(person),
        profile_id=profile_named_after(node(person)), brand=BRAND, occurred_at=at, received_at=at, cart_key=cart_key,
        cart_id=None if cart_key is None else f"cart-{person}",
    )  # fmt: skip


def build(
    folder: Path,
    *,
    channel: Channel | None = None,
    policy: Policy | None = None,
    control_share: float = 0.0,
    at: datetime = NOON,
    definition: str | None = None,
    steps_by: Callable[[str], Any] = built_in,
) -> House:
    """Wire a house in a folder; its scenario is the shipped one, without a control group unless asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = ManualClock(at)
    state = new_state(folder / "state.db")
    front, back = SqliteSpool(folder / "front.db"), SqliteSpool(folder / "back.db")
    world = Told()
    kin: dict[int, frozenset[int]] = {}

    def nodes_of(_connection: Connection, nodes: Collection[int]) -> Mapping[int, frozenset[int]]:
        return {one: kin.get(one, frozenset({one})) for one in nodes}

    pressure = PressureLedger(
        policy=policy or Policy(caps=(Cap(2, timedelta(hours=24)),), gap=timedelta(hours=4)), nodes_of=nodes_of
    )
    ledger = ConsentLedger()
    engine = Engine(
        pressure=pressure, consents=ledger, nodes_of=nodes_of, salt="salt", trigger_age=timedelta(minutes=180),
        steps=steps_by,
    )  # fmt: skip
    chosen: Any = channel or Recording()
    sender = Sender(
        state=state, world=world, spools={"front": front, "back": back}, applied=engines.applied, channel=chosen,
        clock=clock, report=lambda lines: put_back(back, lines), gate=pressure, consents=ledger, nodes_of=nodes_of,
        living=engines.living, said_since=said_since(clock),
        links=render.Links(public_url="https://c.shop.example", sign=lambda link: links.sign(KEY, link)),
        sender_of=lambda _brand: "boutique@shop.example",
    )  # fmt: skip
    house = House(folder, clock, state, front, back, world, engine, sender, chosen, kin)
    text = definition or definitions.shipped()["abandoned-basket"]
    house.publish(text.replace("control_share: 0.1", f"control_share: {control_share}"))
    return house


def put_back(back: SqliteSpool, lines: Sequence[Line]) -> None:
    back.append([Parcel(lines=b"\n".join(map(encode, lines)), count=len(lines))])


def parcel(line: Line, *, urgent: bool = True) -> Parcel:
    return Parcel(lines=encode(line), count=1, urgent=urgent)


def consent_line(contact: str, state: str, clock: ManualClock, *, trust: str = "confirmed") -> Line:
    said = {
        "contact_kind": "email", "contact": contact, "purpose": "marketing", "channel": "email", "state": state,
        "text_version": "2026-01", "proof": "form 12",
    }  # fmt: skip
    return _line(Type.RECORD, "Consent", said, clock, trust=trust)


def withdrawal_line(contact: str, clock: ManualClock) -> Line:
    return _line(Type.CONTROL, "Consent Withdrawn", {"contact_kind": "email", "contact": contact}, clock)


def unsubscribe_line(message_id: str, clock: ManualClock) -> Line:
    return _line(Type.CONTROL, "Unsubscribed", {"message_id": message_id, "way": "one-click"}, clock)


def order_line(person: str, clock: ManualClock, *, cart_id: str | None) -> Line:
    said = {"order_id": f"o-{person}"} | ({"cart_id": cart_id} if cart_id else {})
    return _line(Type.TRACK, "Order Completed", said, clock, email=f"{person}@example.org")


_made = iter(range(10**9))


def _line(
    kind: Type,
    name: str,
    said: dict[str, Any],
    clock: ManualClock,
    *,
    trust: str = "confirmed",
    email: str | None = None,
) -> Line:
    return Line(
        v=ENVELOPE_VERSION, type=kind.value, source="site", brand=BRAND, received_at=micros(clock.now()), trust=trust,
        message_id=f"line-{next(_made)}", name=name,
        properties=msgspec.Raw(msgspec.json.encode(said | ({"email": email} if email else {}))),
    )  # fmt: skip
