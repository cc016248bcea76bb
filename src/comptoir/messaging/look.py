"""The look at everything again before messages go: once for many, and for each once more at the last moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, select

from comptoir.clock import micros
from comptoir.messaging import overlay, render
from comptoir.messaging.base import Gate, Living, SaidSince
from comptoir.messaging.overlay import Hold, Overlay
from comptoir.messaging.rows import outbox
from comptoir.messaging.suppression import is_suppressed, suppressed
from comptoir.model.consent import ConsentKey, Consents, needed
from comptoir.model.message import MessageClass, PromisedLine, Reason
from comptoir.model.scenario import NodesOf, OfferedLine, WorldFacts
from comptoir.spool.base import Spool
from comptoir.state.base import State

_OPEN_CARTS = frozenset({"open", "checkout", "abandoned"})

Row = Mapping[str, Any]
Verdict = Reason | Hold | None
_Told = frozenset[tuple[str, str, str]]
Seen = tuple[Overlay, tuple[_Told, _Told]]
"""What un-applied lines say, and whom the messages were sent to that they speak of."""


@dataclass(slots=True, kw_only=True)
class Ahead:
    """
    What the spools hold beyond what is applied; read again only where a spool's head has moved.

    Several threads may ask. `applied` is how far the facts go that the messages were looked at with.
    """

    state: State
    spools: Mapping[str, Spool]
    applied: Mapping[str, int]
    nodes_of: NodesOf
    said_since: SaidSince
    _heads: dict[str, int] = field(default_factory=dict)
    _overlay: Overlay = field(default_factory=Overlay)
    _told: tuple[_Told, _Told] = (frozenset(), frozenset())
    _lock: Lock = field(default_factory=Lock)

    def forbids(self, row: Row, connection: Connection | None = None, *, seen: Seen | None = None) -> Verdict:
        """Say what an un-applied line means for a message, as the spools stand this very moment, or stood when seen."""
        found, told = seen or self.see()
        if found.is_empty:
            return None
        if not found.ordering_nodes:
            return found.forbids(row, frozenset({row["node_id"]}), *told)
        if connection is not None:
            return found.forbids(row, self.nodes_of(connection, {row["node_id"]})[row["node_id"]], *told)
        with self.state.read() as own:
            return found.forbids(row, self.nodes_of(own, {row["node_id"]})[row["node_id"]], *told)

    def last(self, row: Row) -> Verdict:
        """Say what forbids a message right before its dot: a line, applied or not, an address barred, a standstill."""
        coming = self.forbids(row) if _is_marketing(row) else None
        if coming is not None:
            return coming
        with self.state.read() as own:
            return self.said_since(own, row)

    def see(self) -> Seen:
        """Read what the spools hold this very moment."""
        # the head is asked before the lock: what was acknowledged before the call is in it
        heads = {name: spool.head() for name, spool in self.spools.items()}
        with self._lock:
            moved = [name for name, head in heads.items() if head > self._heads.get(name, self.applied.get(name, 0))]
            if moved:
                lines = [
                    line
                    for name in moved
                    for line in self.spools[name].urgent_after(self._heads.get(name, self.applied.get(name, 0)))
                ]
                if lines:
                    self._take(lines)
                self._heads |= {name: heads[name] for name in moved}
            return self._overlay, self._told

    def _take(self, lines: Sequence[bytes]) -> None:
        # a new one, so that a thread that holds the former reads it whole
        more = self._overlay.joined(overlay.read(lines))
        told = self._told
        if more.unsubscribed != self._overlay.unsubscribed or more.asking != self._overlay.asking:
            with self.state.read() as connection:
                told = _sent_to(connection, more.unsubscribed), _sent_to(connection, more.asking)
        self._overlay, self._told = more, told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What one reading of the state says of many messages."""

    granted: frozenset[ConsentKey]
    paused: Mapping[ConsentKey, int]
    barred: frozenset[tuple[str, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Looks at everything again, cheapest certainty first; the first that forbids is the reason."""

    gate: Gate
    consents: Consents
    living: Living
    said_since: SaidSince

    def verdicts(
        self,
        connection: Connection,
        rows: Sequence[Row],
        now: datetime,
        *,
        facts_of: Callable[[Row], WorldFacts],
        ahead_of: Callable[[Row], Ahead],
    ) -> list[Verdict]:
        """
        Judge messages in the transaction that will hand over those that may go.

        Order:  as `rows`.
        """
        keys = {_key(row) for row in rows if _is_marketing(row)}
        known = _Known(
            granted=self.consents.granted(connection, keys) if keys else frozenset(),
            paused=self.consents.paused_until(connection, keys) if keys else {},
            barred=_suppressed(connection, rows),
        )
        aheads = {id(ahead_of(row)): ahead_of(row) for row in rows}
        seen = {key: ahead.see() for key, ahead in aheads.items()} if keys else {}
        found: list[Verdict] = []
        for row in rows:
            ahead = ahead_of(row)
            coming = ahead.forbids(row, connection, seen=seen[id(ahead)]) if _is_marketing(row) else None
            found.append(_one(row, now, facts=facts_of(row), coming=coming, known=known))
        left = [row for row, verdict in zip(rows, found, strict=True) if verdict is None]
        refused = self._refused(connection, left, now) if left else {}
        return [
            refused.get(row["message_id"]) if verdict is None else verdict
            for row, verdict in zip(rows, found, strict=True)
        ]

    def _refused(self, connection: Connection, rows: Sequence[Row], now: datetime) -> Mapping[str, Verdict]:
        living = self.living(connection, rows)
        stopped = {
            row["message_id"]: _why_stopped(self.said_since(connection, row))
            for row in rows
            if row["message_id"] not in living
        }
        # the gate last: it counts each that it lets go against those after it
        left = [row for row in rows if row["message_id"] in living]
        return stopped | dict(self.gate.refusals(connection, left, now) if left else {})


def _why_stopped(said: Verdict) -> Reason:
    """Tell a scenario that somebody stopped from a run that ended: on its own scenario, which still runs."""
    return Reason.SCENARIO_STOPPED if said is Reason.SCENARIO_STOPPED else Reason.EXITED


def _one(row: Row, now: datetime, *, facts: WorldFacts, coming: Verdict, known: _Known) -> Verdict:
    if micros(now) >= row["expires_at"]:
        return Reason.TOO_LATE
    if _is_marketing(row):
        if coming is not None:
            return coming
        key = _key(row)
        if key not in known.granted:
            return Reason.CONSENT_WITHDRAWN
        if known.paused.get(key, 0) > micros(now):
            return Reason.PAUSED if known.paused[key] >= row["expires_at"] else Hold.WAIT
    if (row["contact"], row["channel"], row["brand"]) in known.barred:
        return Reason.SUPPRESSED_SINCE
    return still_stands(row, facts)


def barred_since(connection: Connection, row: Row) -> Verdict:
    """Say whether a message's address was barred since (`messaging.base.SaidSince`): the least there is to ask."""
    is_barred = is_suppressed(connection, row["contact"], channel=row["channel"], brand=row["brand"])
    return Reason.SUPPRESSED_SINCE if is_barred else None


def still_stands(row: Row, facts: WorldFacts) -> Reason | None:
    """Say what has changed about what the message speaks of."""
    if row["cart_key"] is None:
        return _still_offered(row, {line.product.product_id: line for line in facts.shelves.get("product", ())})
    if facts.cart is None or facts.cart.state == "ordered":
        return Reason.ORDERED if facts.cart is not None else Reason.CART_CLOSED
    if facts.cart.state not in _OPEN_CARTS:
        return Reason.CART_CLOSED
    offered = {(line.product.product_id, line.product.variant_id): line for line in facts.lines}
    for promised in render.promise_of(row):
        line = offered.get((promised.product_id, promised.variant_id))
        if line is None or not line.is_for_sale:
            return Reason.NOT_FOR_SALE
        if _price(line.product) != _price(promised):
            return Reason.PRICE_CHANGED
    return None


def _still_offered(row: Row, offered: Mapping[str, OfferedLine]) -> Reason | None:
    """Look at what a message promises that speaks of no cart: one variant of each product stands for it."""
    if not _is_marketing(row) or row["promise"] == "[]":
        return None
    for promised in render.promise_of(row):
        line = offered.get(promised.product_id)
        if line is None or not line.is_for_sale:
            return Reason.NOT_FOR_SALE
        if line.product.variant_id == promised.variant_id and _price(line.product) != _price(promised):
            return Reason.PRICE_CHANGED
    return None


def _sent_to(connection: Connection, message_ids: set[str]) -> _Told:
    """Give whom messages had been sent to."""
    if not message_ids:
        return frozenset()
    o = outbox.c
    asked = select(o.contact, o.brand, o.channel).where(o.message_id.in_(sorted(message_ids)))
    return frozenset((row.contact, row.brand, row.channel) for row in connection.execute(asked))


def _is_marketing(row: Row) -> bool:
    return MessageClass(row["message_class"]).is_marketing


def _key(row: Row) -> ConsentKey:
    return needed(row["contact"], row["brand"], row["purpose"], row["channel"])


def _suppressed(connection: Connection, rows: Sequence[Row]) -> frozenset[tuple[str, str, str]]:
    contacts: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        contacts[row["channel"], row["brand"]].add(row["contact"])
    return frozenset(
        (contact, channel, brand)
        for (channel, brand), some in contacts.items()
        for contact in suppressed(connection, contacts=some, channel=channel, brand=brand)
    )


def _price(line: PromisedLine) -> tuple[str | None, str | None]:
    return line.price, line.currency
