"""A shop that reminds of abandoned baskets: a catalogue, people who agreed to mail, and a channel that is watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comptoir.clock import micros
from comptoir.messaging.base import LastLook
from comptoir.messaging.outbox import Sender
from comptoir.model.event import Line
from comptoir.model.message import DeliveryKind, Mail, Receipt
from comptoir.model.tick import SpoolName
from comptoir.scenarios import definitions
from tests.shop import START, Shop

LAMP = {
    "product_id": "lamp", "name": "Lampe d’été", "category": "Luminaires", "url": "https://shop.example/lampe",
    "price": 19.9, "currency": "EUR", "is_for_sale": True,
}  # fmt: skip
SCENARIO = definitions.shipped()["abandoned-basket"].replace("control_share: 0.1", "control_share: 0.0")


@dataclass(slots=True)
class Watched:
    """A channel that keeps what was handed to it."""

    sent: list[Mail] = field(default_factory=list)
    name: str = "email"

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        if not may_still():
            return Receipt(kind=DeliveryKind.STOPPED)
        self.sent.append(mail)
        return Receipt(kind=DeliveryKind.ACCEPTED, detail="kept")

    def close(self) -> None:
        """Nothing to let go of."""


def record(shop: Shop, name: str, properties: Mapping[str, object], **fields: Any) -> Line:
    """Make the line of an imported row, as it stood an hour before the shop's START."""
    return shop.line(
        name, type="record", trust="confirmed", historical=True, properties=dict(properties), after=-3600, **fields
    )


def people(shop: Shop, names: list[str]) -> None:
    """Publish the scenario, fill the catalogue, and make known people who agreed to mail."""
    with shop.app.state.write() as connection:
        definitions.publish(connection, SCENARIO, shop.clock.now())
    lines = [record(shop, "Product", LAMP)]
    for name in names:
        email = f"{name}@example.org"
        said = {
            "contact_kind": "email", "contact": email, "purpose": "marketing", "channel": "email", "state": "granted",
            "text_version": "2026-01", "proof": "form",
        }  # fmt: skip
        lines += [
            record(shop, "Contact", {}, user_id=name, traits={"email": email}),
            record(shop, "Consent", said),
        ]
    shop.say(*lines, spool=SpoolName.BACK)
    shop.tick()


def basket(shop: Shop, name: str, *, after: float, received_after: float | None = None) -> Line:
    """Make the line of something put into a basket `after` seconds from START, by the visitor's clock and ours."""
    received = after if received_after is None else received_after
    return shop.line(
        "Product Added", anonymous_id=f"b-{name}", user_id=name, trust="confirmed", after=after,
        received_at=micros(START) + int(received * 1e6),
        properties={"cart_id": f"cart-{name}", "product_id": "lamp", "price": 19.9, "quantity": 1},
    )  # fmt: skip


def sender_of(shop: Shop, channel: Watched) -> Sender:
    """Wire the sender of a shop over a channel that is watched."""
    sender = shop.app.acting(shop.warehouse).sender()
    sender.channel, sender.channels = channel, {}
    return sender
