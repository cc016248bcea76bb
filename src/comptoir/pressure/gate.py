"""The ledger as the sender's gate: may these messages go now, asked for many at once and answered as if one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from comptoir.clock import micros
from comptoir.messaging.overlay import Hold
from comptoir.messaging.rows import outbox
from comptoir.model.message import Candidate, DeliveryKind, Outcome, Reason
from comptoir.model.scenario import NodesOf
from comptoir.pressure import arbitrate, book
from comptoir.pressure.arbitrate import Around, Bill, Openings
from comptoir.pressure.caps import Full, Policy, Spent, room
from comptoir.pressure.policies import PolicyOf
from comptoir.pressure.rows import candidates, reservations
from comptoir.state.statement import Statement

Message = Mapping[str, Any]
Settled = tuple[Message, DeliveryKind, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """What is known when a batch of messages is looked at: the wishes behind them, and what holds around them."""

    wishes: Sequence[Candidate]
    around: Around
    policy_of: PolicyOf
    nodes_of: NodesOf
    own: Mapping[str, Spent]
    """The batch's own reservations, as they count once handed over."""
    now: datetime

    def refusals(self, connection: Connection) -> dict[str, Reason | Hold]:
        """Judge each in its turn; those before it that may go count for it. Puts off those that may go later."""
        kin = self.nodes_of(connection, {one.node_id for one in self.wishes})
        kin = {one.node_id: kin.get(one.node_id, frozenset({one.node_id})) for one in self.wishes}
        bill = self._bill(connection, {node for each in kin.values() for node in each})
        openings = Openings(self.around)
        found: dict[str, Reason | Hold] = {}
        later: list[tuple[int, str]] = []
        for wish in self.wishes:
            policy = self.policy_of(wish.brand)
            full = arbitrate.closed(wish, policy, self.around, openings, self.now)
            full = full or _crowded(wish, policy, kin[wish.node_id], bill, self.now)
            if full is None:
                if wish.message_id in self.own:
                    bill.add(self.own[wish.message_id])
                continue
            until = self._until(full, wish, policy, openings)
            if self.now < until < wish.expires_at:
                later.append((micros(until), wish.message_id))
                found[wish.message_id] = Hold.WAIT
            else:
                found[wish.message_id] = full.reason
        _PUT_OFF.each(connection, [{"until": until, "id": message_id} for until, message_id in later])
        return found

    def _bill(self, connection: Connection, nodes: set[int]) -> Bill:
        memory = max(self.policy_of(one.brand).memory for one in self.wishes)
        contacts = {one.contact for one in self.wishes}
        spent = book.spent(connection, nodes, contacts, since=self.now - memory, now=self.now)
        return Bill(one for one in spent if one.order is None)

    def _until(self, full: Full, wish: Candidate, policy: Policy, openings: Openings) -> datetime:
        if full.until >= wish.expires_at:
            return full.until
        shut = arbitrate.closed(wish, policy, self.around, openings, full.until)
        return full.until if shut is None else shut.until


def _crowded(wish: Candidate, policy: Policy, nodes: frozenset[int], bill: Bill, now: datetime) -> Full | None:
    return room(policy, wish, nodes, [one for one in bill.of(nodes, wish.contact) if one.message_id != wish.message_id],
                now)  # fmt: skip


def handed(connection: Connection, messages: Iterable[Message], now: datetime) -> None:
    """Note that messages are being handed over: from now on they count, whatever comes."""
    _HANDED.each(connection, [{"to_at": micros(now), "id": one["message_id"]} for one in messages])


def moved(connection: Connection, message_ids: Iterable[str], state: str) -> None:
    """Move reservations to a state."""
    _MOVED.each(connection, [{"to": state, "id": one} for one in message_ids])


def settled(connection: Connection, endings: Sequence[Settled]) -> None:
    """Note channels' answers: a failure releases the reservation, an unknown fate counts."""
    _MOVED.each(connection, [
        {"to": _STATES.get(kind, kind.value), "id": one["message_id"]} for one, kind, _ in endings
    ])  # fmt: skip
    _DECIDED.each(connection, [
        {
            "outcome_": (Outcome.FAILED if kind == DeliveryKind.FAILED else Outcome.SENT).value,
            "reason_": DeliveryKind.UNKNOWN.value if kind == DeliveryKind.UNKNOWN else None,
            "by_": None, "at_": micros(at), "id": one["message_id"],
        }
        for one, kind, at in endings if kind in _FINAL
    ])  # fmt: skip


def decided(
    connection: Connection, message_id: str, outcome: Outcome, reason: str | None, now: datetime,
    *, replaced_by: str | None = None,
) -> None:  # fmt: skip
    """Write what finally became of a candidate."""
    _DECIDED.each(connection, [
        {"outcome_": outcome.value, "reason_": reason, "by_": replaced_by, "at_": micros(now), "id": message_id}
    ])  # fmt: skip


_STATES = {DeliveryKind.DEFERRED: "reserved", DeliveryKind.STOPPED: "released"}
_FINAL = frozenset({DeliveryKind.ACCEPTED, DeliveryKind.UNKNOWN, DeliveryKind.FAILED})
_r = reservations.c
_HANDED = Statement(
    update(reservations).where(_r.message_id == bindparam("id")).values(state="handed", at=bindparam("to_at"))
)
_MOVED = Statement(update(reservations).where(_r.message_id == bindparam("id")).values(state=bindparam("to")))
_DECIDED = Statement(
    update(candidates)
    .where(candidates.c.message_id == bindparam("id"))
    .values(
        outcome=bindparam("outcome_"),
        reason=bindparam("reason_"),
        replaced_by=bindparam("by_"),
        decided_at=bindparam("at_"),
    )
)
_PUT_OFF = Statement(update(outbox).where(outbox.c.message_id == bindparam("id")).values(not_before=bindparam("until")))
