"""The sender: looks at everything again at the last second, hands messages over, and writes down what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from comptoir import logs
from comptoir.clock import Clock, instant, micros
from comptoir.messaging import overlay, render, reporting
from comptoir.messaging.base import Channel, Gate, IsLive
from comptoir.messaging.overlay import Hold, Overlay
from comptoir.messaging.rows import outbox
from comptoir.messaging.suppression import suppressed
from comptoir.model.consent import ConsentKey, Consents
from comptoir.model.event import Line, decode
from comptoir.model.message import DeliveryKind, MessageClass, Outcome, PromisedLine, Reason, Receipt
from comptoir.model.scenario import NOTHING_KNOWN, NodesOf, Subject, World, WorldFacts
from comptoir.spool.base import Spool
from comptoir.state.base import State

log = logs.get("sender")

FRONT = "front"
_BATCH = 50
_FIRST_RETRY = timedelta(seconds=30)
_LONGEST_RETRY = timedelta(hours=1)
_OPEN_CARTS = frozenset({"open", "checkout", "abandoned"})

Verdict = Reason | Hold | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one turn of the sender did with one message."""

    message_id: str
    outcome: str
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Sender:
    """
    One sender of one installation, called again and again from one thread.

    A message is `handed` durably before its conversation begins; what is found handed after a crash has an unknown
    fate. `report` puts lines into the back spool. `stale_after` is how far behind the spool's newest line may be.
    """

    state: State
    world: World
    spools: Mapping[str, Spool]
    applied: Callable[[Connection], Mapping[str, int]]
    channel: Channel
    clock: Clock
    report: Callable[[Sequence[Line]], None]
    gate: Gate
    consents: Consents
    nodes_of: NodesOf
    is_live: IsLive
    links: render.Links
    sender_of: Callable[[str], str]
    """Gives the From address of a brand."""
    stale_after: timedelta = timedelta(seconds=2)
    _is_recovered: bool = field(default=False)

    def send_due(self, now: datetime) -> list[Sent]:
        """Send what is ready, strongest class first, and report what became of it. Order: as handled."""
        if not self._is_recovered:
            self.recover(now)
        done: list[Sent] = []
        tried: set[str] = set()
        while True:
            with self.state.read() as connection:
                applied = self.applied(connection)
                rows = _ready(connection, now, tried)
            if not rows:
                break
            tried.update(row["message_id"] for row in rows)
            if not self._is_fresh(applied, now):
                rows = [row for row in rows if not MessageClass(row["message_class"]).is_marketing]
            # facts are read after `applied`, so the overlay of all later lines covers what they may lack
            known = self.world.facts_of([_subject(place, row) for place, row in enumerate(rows)])
            for place, row in enumerate(rows):
                outcome = self._one(row, known.get(place, NOTHING_KNOWN), applied)
                if outcome is not None:
                    done.append(outcome)
        self.flush()
        return done

    def recover(self, now: datetime) -> list[str]:
        """Call unknown whatever a crash left handed: it is listed, it counts, and it is never sent again."""
        with self.state.write() as connection:
            left = [
                dict(row) for row in connection.execute(select(outbox).where(outbox.c.state == "handed")).mappings()
            ]
            for row in left:
                self._settle(
                    connection, row, Receipt(kind=DeliveryKind.UNKNOWN, detail="found handed after a stop"), now
                )
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

    # ---- one message

    def _one(self, row: Mapping[str, Any], facts: WorldFacts, applied: Mapping[str, int]) -> Sent | None:
        message_id = str(row["message_id"])
        now = self.clock.now()
        try:
            letter = render.letter_of(row, sender=self.sender_of(row["brand"]), at=now)
            mail = render.mail(letter, self.links)
        except (render.RenderFailed, msgspec.MsgspecError, ValueError) as error:
            return self._drop(row, Reason.RENDER_FAILED, now, str(error))
        with self.state.write() as connection:
            found = connection.execute(select(outbox).where(outbox.c.message_id == message_id)).mappings().one()
            current: Mapping[str, Any] = dict(found)
            if current["state"] != "queued":
                return None
            verdict = self._look(connection, current, facts, applied, now)
            if isinstance(verdict, Reason):
                self._note_drop(connection, current, verdict, now, "")
                return Sent(message_id=message_id, outcome="dropped", detail=verdict.value)
            if verdict is Hold.WAIT:
                return None
            self._hand(connection, current, now)
        # durable: from here on a crash makes it unknown
        last: list[Verdict] = []

        def may_still() -> bool:
            last.append(self._last_look(current, applied))
            return last[-1] is None

        if may_still():
            receipt = self.channel.send(mail, may_still=may_still)
        else:
            receipt = Receipt(kind=DeliveryKind.STOPPED, detail="forbidden before the conversation")
        at = self.clock.now()
        with self.state.write() as connection:
            self._settle(connection, current, receipt, at, last[-1])
        return Sent(message_id=message_id, outcome=receipt.kind.value, detail=receipt.detail)

    def _look(
        self,
        connection: Connection,
        row: Mapping[str, Any],
        facts: WorldFacts,
        applied: Mapping[str, int],
        now: datetime,
    ) -> Verdict:
        """Look at everything again, cheapest certainty first; the first that forbids is the reason."""
        if micros(now) >= row["expires_at"]:
            return Reason.TOO_LATE
        is_marketing = MessageClass(row["message_class"]).is_marketing
        if is_marketing:
            ahead = self._overlaid(connection, row, applied)
            if ahead is not None:
                return ahead
            key = ConsentKey(row["contact"], row["brand"], row["purpose"], row["channel"])
            if key not in self.consents.granted(connection, [key]):
                return Reason.CONSENT_WITHDRAWN
        if suppressed(connection, contacts=[row["contact"]], channel=row["channel"], brand=row["brand"]):
            return Reason.SUPPRESSED_SINCE
        stands = _still_stands(row, facts)
        if stands is not None:
            return stands
        if not self.is_live(connection, row):
            return Reason.SCENARIO_STOPPED
        return self.gate.refuses(connection, row, now)

    def _overlaid(self, connection: Connection, row: Mapping[str, Any], applied: Mapping[str, int]) -> Verdict:
        ahead = self._ahead(applied)
        told = _told(connection, ahead)
        needs = bool(ahead.ordering_nodes)
        nodes = self.nodes_of(connection, {row["node_id"]})[row["node_id"]] if needs else frozenset({row["node_id"]})
        return ahead.forbids(row, nodes, told)

    def _last_look(self, row: Mapping[str, Any], applied: Mapping[str, int]) -> Verdict:
        """Look at the spools once more, with the words already on the line: somebody may have said no meanwhile."""
        if not MessageClass(row["message_class"]).is_marketing:
            return None
        if not any(spool.urgent_after(applied.get(name, 0)) for name, spool in self.spools.items()):
            return None
        with self.state.read() as connection:
            return self._overlaid(connection, row, applied)

    def _ahead(self, applied: Mapping[str, int]) -> Overlay:
        return overlay.read(
            line for name, spool in self.spools.items() for line in spool.urgent_after(applied.get(name, 0))
        )

    def _is_fresh(self, applied: Mapping[str, int], now: datetime) -> bool:
        """Say whether the front spool is applied up to less than `stale_after` before now."""
        front = self.spools.get(FRONT)
        if front is None:
            return True
        after = applied.get(FRONT, 0)
        if front.head() <= after:
            return True
        waiting = front.read(after, 1).lines
        return not waiting or now - instant(decode(waiting[0]).received_at) < self.stale_after

    # ---- what is written down

    def _hand(self, connection: Connection, row: Mapping[str, Any], now: datetime) -> None:
        connection.execute(
            update(outbox)
            .where(outbox.c.message_id == row["message_id"])
            .values(state="handed", handed_at=micros(now), attempts=outbox.c.attempts + 1)
        )
        self.gate.handed(connection, row, now)

    def _settle(
        self,
        connection: Connection,
        row: Mapping[str, Any],
        receipt: Receipt,
        now: datetime,
        last: Verdict = None,
    ) -> None:
        kind = receipt.kind
        if kind == DeliveryKind.STOPPED and isinstance(last, Reason):
            self._note_drop(connection, row, last, now, receipt.detail)
            return
        again = now + min(_FIRST_RETRY * 2 ** min(row["attempts"], 20), _LONGEST_RETRY)
        if kind == DeliveryKind.DEFERRED and micros(again) >= row["expires_at"]:
            kind = DeliveryKind.FAILED
        if kind in {DeliveryKind.DEFERRED, DeliveryKind.STOPPED}:
            not_before = micros(again) if kind == DeliveryKind.DEFERRED else row["not_before"]
            self._set(connection, row, state="queued", not_before=not_before, detail=receipt.detail)
            self.gate.settled(connection, row, DeliveryKind.DEFERRED, now)
            return
        self._set(connection, row, state=kind.value, detail=receipt.detail, settled_at=micros(now))
        self.gate.settled(connection, row, kind, now)
        reporting.queue(
            connection,
            [
                reporting.message_line(row, Outcome.FAILED if kind == DeliveryKind.FAILED else Outcome.SENT, None, now),
                reporting.delivery_line(row, kind, receipt.detail, now),
            ],
        )

    def _drop(self, row: Mapping[str, Any], reason: Reason, now: datetime, detail: str) -> Sent | None:
        with self.state.write() as connection:
            self._note_drop(connection, row, reason, now, detail)
        return Sent(message_id=str(row["message_id"]), outcome="dropped", detail=reason.value)

    def _note_drop(
        self, connection: Connection, row: Mapping[str, Any], reason: Reason, now: datetime, detail: str
    ) -> None:
        self._set(connection, row, state="dropped", reason=reason.value, detail=detail or None, settled_at=micros(now))
        self.gate.dropped(connection, row, reason, now)
        reporting.queue(connection, [reporting.message_line(row, Outcome.DROPPED, reason.value, now)])

    def _set(self, connection: Connection, row: Mapping[str, Any], **values: object) -> None:
        connection.execute(update(outbox).where(outbox.c.message_id == row["message_id"]).values(**values))


def unknowns(connection: Connection) -> list[dict[str, object]]:
    """List the messages nobody knows the fate of. Order: newest first."""
    found = connection.execute(
        select(outbox).where(outbox.c.state == DeliveryKind.UNKNOWN.value).order_by(outbox.c.settled_at.desc())
    ).mappings()
    return [
        {
            "message_id": row["message_id"],
            "scenario": row["scenario"],
            "contact": row["contact"],
            "handed_at": instant(row["handed_at"]).isoformat(),
            "detail": row["detail"],
        }
        for row in found
    ]


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Queue messages that need no arbitration, such as service mails and trials."""
    connection.execute(insert(outbox), [dict(row) for row in rows])


def _ready(connection: Connection, now: datetime, tried: set[str]) -> list[dict[str, Any]]:
    o = outbox.c
    asked = (
        select(outbox)
        .where(o.state == "queued", o.not_before <= micros(now))
        .order_by(o.rank, o.not_before, o.message_id)
        .limit(_BATCH + len(tried))
    )
    found = [dict(row) for row in connection.execute(asked).mappings()]
    return [row for row in found if row["message_id"] not in tried][:_BATCH]


def _subject(place: int, row: Mapping[str, Any]) -> Subject:
    return Subject(subject_id=place, brand=row["brand"], node_id=row["node_id"], cart_key=row["cart_key"])


def _still_stands(row: Mapping[str, Any], facts: WorldFacts) -> Reason | None:
    """Say what has changed about what the message speaks of."""
    if row["cart_key"] is None:
        return None
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


def _price(line: PromisedLine) -> tuple[str | None, str | None]:
    return line.price, line.currency


def _told(connection: Connection, ahead: Overlay) -> frozenset[tuple[str, str, str]]:
    """Give whom the messages that were unsubscribed from had been sent to."""
    if not ahead.unsubscribed:
        return frozenset()
    o = outbox.c
    asked = select(o.contact, o.brand, o.channel).where(o.message_id.in_(sorted(ahead.unsubscribed)))
    return frozenset((row.contact, row.brand, row.channel) for row in connection.execute(asked))
