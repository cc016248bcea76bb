"""The ledger of pressure: reserves, settles and releases contacts, and writes down what became of every candidate."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, insert, or_, select, update

from comptoir.clock import instant, micros
from comptoir.messaging import reporting
from comptoir.messaging.rows import outbox
from comptoir.model.message import Arm, Candidate, DeliveryKind, MessageClass, Outcome, Reason
from comptoir.model.scenario import NodesOf
from comptoir.pressure import arbitrate
from comptoir.pressure.arbitrate import Spent, Verdict
from comptoir.pressure.caps import Policy, room
from comptoir.pressure.rows import candidates, reservations

_AT_ONCE = 400
_COUNTING = ("handed", "accepted", "unknown")
_MARKETING = tuple(one.value for one in MessageClass if one.is_marketing)

_T = TypeVar("_T")

_wish = msgspec.json.Decoder(Candidate)


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureLedger:
    """
    The pressure of one installation; every method works inside the caller's transaction.

    `nodes_of` gives all nodes of each node's person, so that caps hold for people and not for cookies.
    """

    policy: Policy
    nodes_of: NodesOf

    def arbitrate(
        self, connection: Connection, wishes: Sequence[Candidate], now: datetime, *, arm: Arm | None = Arm.TREATED
    ) -> list[Verdict]:
        """
        Judge wishes together with the deferred ones that are due, reserve for the winners and queue them.

        The cap is checked in the transaction that reserves, so no interleaving can exceed it.
        """
        late = [one for one in wishes if one.expires_at <= now]
        said = self._said_already(connection, wishes)
        self.note(connection, late, Outcome.DROPPED, Reason.TOO_LATE, now, arm=arm)
        twice = [one for one in wishes if one.expires_at > now and one.message_id in said]
        self.note(connection, twice, Outcome.DROPPED, Reason.SAID_ALREADY, now, arm=arm)
        fresh = [one for one in wishes if one.expires_at > now and one.message_id not in said]
        if not fresh:
            return []
        kin = self.nodes_of(connection, {one.node_id for one in fresh})
        spent = self._spent(connection, kin, {one.contact for one in fresh}, now)
        verdicts = list(arbitrate.decide(fresh, spent, kin, self.policy, now))
        self._write(connection, verdicts, now, arm)
        return verdicts

    def due(self, connection: Connection, now: datetime) -> list[Candidate]:
        """Give the deferred candidates whose time has come. Order: as they were wished."""
        c = candidates.c
        found = connection.execute(
            select(c.wish)
            .where(c.outcome == Outcome.DEFERRED.value, c.deferred_until <= micros(now))
            .order_by(c.wished_at, c.message_id)
        )
        return [_wish.decode(row.wish) for row in found]

    def note(
        self,
        connection: Connection,
        wishes: Sequence[Candidate],
        outcome: Outcome,
        reason: Reason,
        now: datetime,
        *,
        arm: Arm | None,
    ) -> None:
        """Write down a final outcome of candidates that never came to a reservation, and report it."""
        verdicts = [Verdict(candidate=one, outcome=outcome, reason=reason) for one in wishes]
        _put_candidates(connection, verdicts, now, arm)
        _report(connection, verdicts, now)

    def cancel(self, connection: Connection, *, enrollments: Collection[int], reason: Reason, now: datetime) -> None:
        """Drop what is queued or deferred for enrollments that ended."""
        for some in _slices(sorted(enrollments)):
            self._cancel(
                connection, outbox.c.enrollment_id.in_(some), candidates.c.enrollment_id.in_(some), reason, now
            )

    def cancel_contact(
        self, connection: Connection, *, contact: str, brand: str, channel: str, reason: Reason, now: datetime
    ) -> None:
        """Drop the marketing that is queued or deferred for an address of a brand."""
        self._cancel(
            connection,
            and_(outbox.c.contact == contact, outbox.c.brand == brand, outbox.c.channel == channel,
                 outbox.c.message_class.in_(_MARKETING)),
            and_(candidates.c.contact == contact, candidates.c.brand == brand, candidates.c.channel == channel,
                 candidates.c.message_class.in_(_MARKETING)),
            reason,
            now,
        )  # fmt: skip

    def refuses(self, connection: Connection, message: Mapping[str, Any], now: datetime) -> Reason | None:
        """Say why the caps forbid a message that was reserved earlier; None where it may go (`messaging.base.Gate`)."""
        if not MessageClass(message["message_class"]).is_marketing:
            return None
        kin = self.nodes_of(connection, {message["node_id"]})
        spent = self._spent(connection, kin, {message["contact"]}, now)
        others = [one.at for one in spent if one.message_id != message["message_id"] and one.order is None]
        full = room(self.policy, others, now)
        return None if full is None else full.reason

    def handed(self, connection: Connection, message: Mapping[str, Any], now: datetime) -> None:
        """Note that the message is being handed over: from now on it counts, whatever comes."""
        self._move(connection, message, "handed", now)

    def settled(self, connection: Connection, message: Mapping[str, Any], kind: DeliveryKind, now: datetime) -> None:
        """Note the channel's answer: a failure releases the reservation, an unknown fate counts."""
        state = {DeliveryKind.DEFERRED: "reserved", DeliveryKind.STOPPED: "released"}.get(kind, kind.value)
        self._move(connection, message, state, now)
        if kind in {DeliveryKind.ACCEPTED, DeliveryKind.UNKNOWN, DeliveryKind.FAILED}:
            outcome = Outcome.FAILED if kind == DeliveryKind.FAILED else Outcome.SENT
            reason = DeliveryKind.UNKNOWN.value if kind == DeliveryKind.UNKNOWN else None
            _decide(connection, message["message_id"], outcome, reason, now)

    def dropped(self, connection: Connection, message: Mapping[str, Any], reason: Reason, now: datetime) -> None:
        """Note that a queued message will not go: its reservation is released."""
        self._move(connection, message, "released", now)
        _decide(connection, message["message_id"], Outcome.DROPPED, reason.value, now)

    def _move(self, connection: Connection, message: Mapping[str, Any], state: str, now: datetime) -> None:
        c = reservations.c
        values: dict[str, Any] = {"state": state} | ({"at": micros(now)} if state == "handed" else {})
        connection.execute(update(reservations).where(c.message_id == message["message_id"]).values(values))

    def _said_already(self, connection: Connection, wishes: Sequence[Candidate]) -> set[str]:
        """Give those whose occasion was reserved before, by another message or by another wish of these."""
        taken: dict[tuple[str, str, str], str] = {}
        c = reservations.c
        for some in _slices(sorted({one.occasion for one in wishes})):
            asked = select(c.contact, c.message_key, c.occasion, c.message_id).where(c.occasion.in_(some))
            taken |= {(row.contact, row.message_key, row.occasion): row.message_id for row in connection.execute(asked)}
        said: set[str] = set()
        for one in sorted(wishes, key=lambda wish: wish.order):
            if taken.setdefault((one.contact, one.key, one.occasion), one.message_id) != one.message_id:
                said.add(one.message_id)
        return said

    def _spent(
        self, connection: Connection, kin: Mapping[int, frozenset[int]], contacts: set[str], now: datetime
    ) -> list[Spent]:
        c = reservations.c
        since = micros(now - self.policy.memory)
        counts = and_(
            c.message_class.in_(_MARKETING),
            c.at > since,
            or_(c.state.in_(_COUNTING), and_(c.state == "reserved", c.expires_at > micros(now))),
        )
        ask: Select[Any] = select(
            c.message_id, c.node_id, c.contact, c.at, c.state, candidates.c.wish, outbox.c.state.label("sending")
        ).select_from(
            reservations.join(candidates, candidates.c.message_id == c.message_id).outerjoin(
                outbox, outbox.c.message_id == c.message_id
            )
        )
        found: dict[str, Spent] = {}
        nodes = sorted({node for each in kin.values() for node in each})
        for some in _slices(nodes):
            found |= _spent_rows(connection, ask.where(c.node_id.in_(some), counts))
        for names in _slices(sorted(contacts)):
            found |= _spent_rows(connection, ask.where(c.contact.in_(names), counts))
        return list(found.values())

    def _write(self, connection: Connection, verdicts: list[Verdict], now: datetime, arm: Arm | None) -> None:
        _put_candidates(connection, verdicts, now, arm)
        winners = [verdict.candidate for verdict in verdicts if verdict.outcome == Outcome.QUEUED]
        for verdict in verdicts:
            for loser in verdict.replaces:
                self._replace(connection, loser, verdict.candidate.message_id, now)
        if winners:
            connection.execute(
                insert(reservations).prefix_with("OR REPLACE"), [_reservation(one, now) for one in winners]
            )
            connection.execute(insert(outbox).prefix_with("OR REPLACE"), [_outbox_row(one, now) for one in winners])
        _report(connection, [one for one in verdicts if one.outcome in {Outcome.DROPPED, Outcome.REPLACED}], now)

    def _replace(self, connection: Connection, loser: str, winner: str, now: datetime) -> None:
        row = dict(connection.execute(select(outbox).where(outbox.c.message_id == loser)).mappings().one())
        connection.execute(
            update(outbox)
            .where(outbox.c.message_id == loser)
            .values(state="dropped", reason=Reason.BETTER.value, settled_at=micros(now))
        )
        self._move(connection, row, "released", now)
        _decide(connection, loser, Outcome.REPLACED, Reason.BETTER.value, now, replaced_by=winner)
        reporting.queue(connection, [reporting.message_line(row, Outcome.REPLACED, Reason.BETTER.value, now)])

    def _cancel(
        self,
        connection: Connection,
        queued: ColumnElement[bool],
        deferred: ColumnElement[bool],
        reason: Reason,
        now: datetime,
    ) -> None:
        rows = connection.execute(select(outbox).where(outbox.c.state == "queued", queued)).mappings().all()
        for row in map(dict, rows):
            connection.execute(
                update(outbox)
                .where(outbox.c.message_id == row["message_id"])
                .values(state="dropped", reason=reason.value, settled_at=micros(now))
            )
            self.dropped(connection, row, reason, now)
            reporting.queue(connection, [reporting.message_line(row, Outcome.DROPPED, reason.value, now)])
        waiting = connection.execute(
            select(candidates.c.wish).where(candidates.c.outcome == Outcome.DEFERRED.value, deferred)
        )
        for wish in [_wish.decode(row.wish) for row in waiting]:
            _decide(connection, wish.message_id, Outcome.DROPPED, reason.value, now)
            _report(connection, [Verdict(candidate=wish, outcome=Outcome.DROPPED, reason=reason)], now)


def _decide(
    connection: Connection,
    message_id: str,
    outcome: Outcome,
    reason: str | None,
    now: datetime,
    *,
    replaced_by: str | None = None,
) -> None:
    connection.execute(
        update(candidates)
        .where(candidates.c.message_id == message_id)
        .values(outcome=outcome.value, reason=reason, replaced_by=replaced_by, decided_at=micros(now))
    )


def _put_candidates(connection: Connection, verdicts: Iterable[Verdict], now: datetime, arm: Arm | None) -> None:
    rows = [_candidate_row(one, now, arm) for one in verdicts]
    if rows:
        connection.execute(insert(candidates).prefix_with("OR REPLACE"), rows)


def _report(connection: Connection, verdicts: Iterable[Verdict], now: datetime) -> None:
    reporting.queue(
        connection,
        [
            reporting.message_line(_candidate_row(one, now, None) | {"cart_id": one.candidate.cart_id}, one.outcome,
                                   one.reason.value if one.reason else None, now)
            for one in verdicts
        ],
    )  # fmt: skip


def _candidate_row(verdict: Verdict, now: datetime, arm: Arm | None) -> dict[str, Any]:
    one = verdict.candidate
    return {
        "message_id": one.message_id,
        "message_class": one.message_class.value,
        "scenario": one.scenario,
        "scenario_version": one.scenario_version,
        "step": one.step,
        "enrollment_id": one.enrollment_id,
        "brand": one.brand,
        "channel": one.channel,
        "purpose": one.purpose,
        "contact": one.contact,
        "node_id": one.node_id,
        "profile_then": one.profile_id,
        "priority": one.priority,
        "expected_value": one.expected_value,
        "arm": arm.value if arm else None,
        "wished_at": micros(one.wished_at),
        "expires_at": micros(one.expires_at),
        "outcome": verdict.outcome.value,
        "reason": verdict.reason.value if verdict.reason else None,
        "detail": None,
        "deferred_until": micros(verdict.until) if verdict.outcome == Outcome.DEFERRED and verdict.until else None,
        "replaced_by": verdict.replaced_by,
        "decided_at": micros(now),
        "wish": msgspec.json.encode(one).decode(),
    }


def _reservation(one: Candidate, now: datetime) -> dict[str, Any]:
    return {
        "message_id": one.message_id,
        "message_key": one.key,
        "occasion": one.occasion,
        "node_id": one.node_id,
        "contact": one.contact,
        "brand": one.brand,
        "channel": one.channel,
        "message_class": one.message_class.value,
        "state": "reserved",
        "at": micros(now),
        "expires_at": micros(one.expires_at),
    }


def _outbox_row(one: Candidate, now: datetime) -> dict[str, Any]:
    return {
        "message_id": one.message_id,
        "message_class": one.message_class.value,
        "scenario": one.scenario,
        "scenario_version": one.scenario_version,
        "step": one.step,
        "enrollment_id": one.enrollment_id,
        "brand": one.brand,
        "channel": one.channel,
        "purpose": one.purpose,
        "contact": one.contact,
        "node_id": one.node_id,
        "cart_key": one.cart_key,
        "cart_id": one.cart_id,
        "language": one.language,
        "template": one.template,
        "words": one.words,
        "traits": one.traits,
        "discretion": one.discretion.value,
        "promise": msgspec.json.encode(one.promise).decode(),
        "rank": one.message_class.rank,
        "queued_at": micros(now),
        "not_before": micros(now),
        "expires_at": micros(one.expires_at),
        "state": "queued",
    }


def _spent_rows(connection: Connection, ask: Select[Any]) -> dict[str, Spent]:
    found = {}
    for row in connection.execute(ask).mappings():
        is_replaceable = row["state"] == "reserved" and row["sending"] == "queued"
        found[str(row["message_id"])] = Spent(
            message_id=row["message_id"],
            node_id=row["node_id"],
            contact=row["contact"],
            at=instant(row["at"]),
            order=_wish.decode(row["wish"]).order if is_replaceable else None,
        )
    return found


def _slices(values: list[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
