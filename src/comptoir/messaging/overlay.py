"""What the spool knows and the facts do not yet: orders and withdrawals that forbid a message about to leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from comptoir.model import consent
from comptoir.model.consent import (
    OPEN_TRACKING,
    THEME,
    TRACKING,
    ConsentState,
    ConsentStatement,
    PauseAsked,
    PreferencesChanged,
    Unreadable,
    Unsubscribed,
)
from comptoir.model.event import Line, decode
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.model.message import Reason

_ORDERED = frozenset({"Order Completed", "Order Updated", "Order Line"})
_PROOF = frozenset({"Order Completed"})


class Hold(StrEnum):
    """Not now: once the tick has applied the spool, the facts will say."""

    WAIT = "wait"


@dataclass(slots=True)
class Overlay:
    """Un-applied urgent lines, read for what they forbid. A line that cannot be read holds all marketing back."""

    unsubscribed: set[str] = field(default_factory=set)
    asking: set[str] = field(default_factory=set)
    """Messages whose reader has chosen something that the facts will know: a pause, a theme."""
    withdrawn: set[tuple[str, str, str]] = field(default_factory=set)
    """(contact, brand, channel)."""
    changing: set[tuple[str, str, str]] = field(default_factory=set)
    """(contact, brand, channel) that took back something less than being written to: opens noticed, a theme."""
    ordered_carts: set[tuple[str, str]] = field(default_factory=set)
    """(brand, cart id)."""
    ordering_nodes: set[int] = field(default_factory=set)
    is_unsure: bool = False

    @property
    def is_empty(self) -> bool:
        """Say whether nothing forbids anything."""
        return not (
            self.is_unsure
            or self.unsubscribed
            or self.asking
            or self.withdrawn
            or self.changing
            or self.ordered_carts
            or self.ordering_nodes
        )

    def joined(self, other: Overlay) -> Overlay:
        """Give what both say, as a new one."""
        return Overlay(
            unsubscribed=self.unsubscribed | other.unsubscribed,
            asking=self.asking | other.asking,
            withdrawn=self.withdrawn | other.withdrawn,
            changing=self.changing | other.changing,
            ordered_carts=self.ordered_carts | other.ordered_carts,
            ordering_nodes=self.ordering_nodes | other.ordering_nodes,
            is_unsure=self.is_unsure or other.is_unsure,
        )

    def forbids(
        self,
        message: Mapping[str, Any],
        nodes: frozenset[int],
        told: frozenset[tuple[str, str, str]],
        asking: frozenset[tuple[str, str, str]] = frozenset(),
    ) -> Reason | Hold | None:
        """
        Say what an un-applied line means for an outbox row.

        `nodes` are all nodes of its person; `told` the (contact, brand, channel) of messages unsubscribed from,
        `asking` of those whose reader chose something else.
        """
        point = (str(message["contact"]), str(message["brand"]), str(message["channel"]))
        if message["message_id"] in self.unsubscribed or point in told or point in self.withdrawn:
            return Reason.CONSENT_WITHDRAWN
        if message["cart_id"] and (message["brand"], message["cart_id"]) in self.ordered_carts:
            return Reason.ORDERED
        if self.is_unsure or point in asking or point in self.changing or not nodes.isdisjoint(self.ordering_nodes):
            return Hold.WAIT
        return None


def read(lines: Iterable[bytes]) -> Overlay:
    """Read urgent lines."""
    overlay = Overlay()
    for text in lines:
        try:
            _take(overlay, decode(text))
        except (msgspec.MsgspecError, ValueError):
            overlay.is_unsure = True
    return overlay


def _take(overlay: Overlay, line: Line) -> None:
    said = consent.read(line)
    if isinstance(said, Unsubscribed):
        overlay.unsubscribed.add(said.message_id)
    elif isinstance(said, PreferencesChanged):
        (overlay.unsubscribed if said.ends_marketing else overlay.asking).add(said.message_id)
    elif isinstance(said, PauseAsked):
        overlay.asking.add(said.message_id)
    elif isinstance(said, Unreadable):
        overlay.is_unsure = True
    elif isinstance(said, ConsentStatement):
        if said.state == ConsentState.WITHDRAWN:
            is_less = said.purpose in {OPEN_TRACKING, TRACKING} or said.purpose.startswith(THEME)
            (overlay.changing if is_less else overlay.withdrawn).add((said.contact, said.brand, said.channel))
    elif line.name in _ORDERED and not line.historical:
        _take_order(overlay, line)


def _take_order(overlay: Overlay, line: Line) -> None:
    properties = _object(line.properties)
    cart_id = properties.get("cart_id")
    if (
        line.name in _PROOF
        and isinstance(cart_id, (str, int))
        and not isinstance(cart_id, bool)
        and str(cart_id).strip()
    ):
        overlay.ordered_carts.add((line.brand, str(cart_id).strip()))
    traits = _object(line.traits)
    stated: list[tuple[IdentifierKind, object]] = [
        (IdentifierKind.ACCOUNT, line.user_id),
        (IdentifierKind.ANONYMOUS, line.anonymous_id),
        (IdentifierKind.EMAIL, properties.get("email")),
        (IdentifierKind.EMAIL, traits.get("email")),
    ]
    for kind, value in stated:
        if isinstance(value, str) and value.strip():
            tidy = value.strip().lower() if kind is IdentifierKind.EMAIL else value.strip()
            overlay.ordering_nodes.add(node_of(kind, tidy))


def _object(raw: msgspec.Raw) -> Mapping[str, Any]:
    value = msgspec.json.decode(raw)
    return value if isinstance(value, dict) else {}
