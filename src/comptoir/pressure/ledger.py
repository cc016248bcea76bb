"""The ledger of pressure: reserves, settles and releases contacts, and writes down what became of every candidate."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, update

from comptoir.clock import instant, micros
from comptoir.messaging import reporting
from comptoir.messaging.overlay import Hold
from comptoir.messaging.rows import outbox
from comptoir.model.consent import ConsentKey
from comptoir.model.message import Arm, Candidate, DeliveryKind, MessageClass, Outcome, Reason
from comptoir.model.scenario import NodesOf
from comptoir.pressure import ahead, arbitrate, book, control, gate, policies
from comptoir.pressure.ahead import Announcement, Coming
from comptoir.pressure.arbitrate import Around, Spent, Verdict
from comptoir.pressure.book import MARKETING
from comptoir.pressure.caps import EVERY_BRAND, Policy
from comptoir.pressure.quiet import Place
from comptoir.pressure.rows import announced, candidates, reservations
from comptoir.state.statement import IDS, as_set

Places = Callable[[Any], Mapping[str, Place]]
"""Give the zone and country of each brand; the argument is the connection of the caller's transaction."""

PausedUntil = Callable[[Any, Collection[ConsentKey]], Mapping[ConsentKey, int]]
"""Give until when people paused, in microseconds, of those of the keys that did."""

Upcoming = Callable[[Any, Collection[int], datetime, datetime], Sequence[Announcement]]
"""Give what will be wished for, for these nodes, between two instants, as it looks now."""

_MOST_DUE = 20_000
_LARGE = 5_000
_KEPT_ANNOUNCEMENTS = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureLedger:
    """
    The pressure of one installation; every method works inside the caller's transaction.

    `nodes_of` gives all nodes of each node's person, so that caps hold for people and not for cookies; `policy` holds
    for brands that have published none; `salt` draws the universal control group; an outside tool has `outside_hold`
    to say what came of a message.
    """

    policy: Policy
    nodes_of: NodesOf
    salt: str = ""
    places: Places | None = None
    paused_until: PausedUntil | None = None
    outside_hold: timedelta = timedelta(minutes=15)
    upcoming: Upcoming | None = None
    """Gives what waiting runs are on their way to, beside what was announced."""

    # ---- deciding

    def arbitrate(
        self, connection: Connection, wishes: Sequence[Candidate], now: datetime, *, arm: Arm | None = Arm.TREATED
    ) -> list[Verdict]:
        """
        Judge wishes together with the deferred ones that are due, reserve for the winners and queue them.

        The cap is checked in the transaction that reserves, so no interleaving can exceed it. A message that was
        decided for good, or is queued, is not judged again: wishing twice is wishing once.
        """
        if not wishes:
            return []
        with _uncollected(len(wishes)):
            fresh = self._fresh(connection, wishes, now, arm)
            if not fresh:
                return []
            verdicts = self._judge(connection, fresh, now)
            self._write(connection, verdicts, now, arm)
        return verdicts

    def in_universal_control(
        self, connection: Connection, wishes: Sequence[Candidate], now: datetime
    ) -> frozenset[str]:
        """
        Give the ids of those of `wishes` whose person gets no marketing at all; draws people who never were.

        Ask before a scenario draws its own arms, so that its arms hold only people who could have been written to;
        note those as held out with reason `universal_control`. `arbitrate` holds them out in any case.
        """
        if not wishes:
            return frozenset()
        share = self._policy_of(connection)(EVERY_BRAND).universal_share
        kin = self.nodes_of(connection, {one.node_id for one in wishes})
        return control.draw(connection, wishes, kin, share=share, salt=self.salt, now=now)

    def announce(self, connection: Connection, announcements: Sequence[Announcement]) -> None:
        """Say what will be wished for, so that a worse message does not take its room; the same said again replaces."""
        ahead.announce(connection, announcements)

    def is_due(self, connection: Connection, now: datetime) -> bool:
        """Say whether a deferred candidate's time has come."""
        return bool(connection.scalar(select(exists().where(_due(now)))))

    def due(self, connection: Connection, now: datetime) -> list[Candidate]:
        """Give deferred candidates whose time has come, at most 20,000. Order: as they came due."""
        c = candidates.c
        found = connection.execute(
            select(c.wish).where(_due(now)).order_by(c.deferred_until, c.wished_at, c.message_id).limit(_MOST_DUE)
        )
        return [book.wish_of(row.wish) for row in found]

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
        if not wishes:
            return
        verdicts = [Verdict(candidate=one, outcome=outcome, reason=reason) for one in wishes]
        book.put_candidates(connection, verdicts, now, arm)
        ahead.arrived(connection, wishes)
        book.report(connection, verdicts, now)

    # ---- taking back

    def cancel(self, connection: Connection, *, enrollments: Collection[int], reason: Reason, now: datetime) -> None:
        """Drop what is queued, deferred or announced for enrollments that ended."""
        if not enrollments:
            return
        self._cancel(
            connection,
            outbox.c.enrollment_id.in_(IDS),
            candidates.c.enrollment_id.in_(IDS),
            {"ids": as_set(enrollments)},
            reason=reason,
            now=now,
        )
        ahead.forget(connection, enrollments=enrollments)

    def cancel_contact(
        self, connection: Connection, *, contact: str, brand: str, channel: str, reason: Reason, now: datetime,
        tag: str | None = None,
    ) -> None:  # fmt: skip
        """Drop the marketing that is queued or deferred for an address of a brand, or only that with a tag."""
        queued = and_(outbox.c.contact == contact, outbox.c.brand == brand, outbox.c.channel == channel,
                      outbox.c.message_class.in_(MARKETING))  # fmt: skip
        waiting = and_(candidates.c.contact == contact, candidates.c.brand == brand, candidates.c.channel == channel,
                       candidates.c.message_class.in_(MARKETING))  # fmt: skip
        if tag is not None:
            asked = select(candidates.c.message_id, candidates.c.wish).where(candidates.c.contact == contact)
            about = [row.message_id for row in connection.execute(asked) if tag in book.wish_of(row.wish).tags]
            queued, waiting = queued & outbox.c.message_id.in_(about), waiting & candidates.c.message_id.in_(about)
        self._cancel(
            connection,
            queued,
            waiting,
            {},
            reason=reason,
            now=now,
        )  # fmt: skip

    def has_expired(self, connection: Connection, now: datetime) -> bool:
        """Say whether `expire` has something to do."""
        found = connection.scalar(select(or_(exists().where(self._silent(now)), exists().where(_overdue(now)))))
        return bool(found)

    def expire(self, connection: Connection, now: datetime) -> int:
        """Close what outside tools left open: waits that ended, and reservations nobody settled. Gives how many."""
        rows = connection.execute(
            select(candidates.c.wish, candidates.c.outcome).where(self._silent(now)).limit(_MOST_DUE)
        ).all()
        verdicts = [
            Verdict(
                candidate=book.wish_of(row.wish),
                outcome=Outcome.DROPPED,
                reason=Reason.TOO_LATE if row.outcome == Outcome.DEFERRED else Reason.NOT_SETTLED,
            )
            for row in rows
        ]
        for one in verdicts:
            gate.moved(connection, [one.candidate.message_id], "released")
        book.put_candidates(connection, verdicts, now, None)
        book.report(connection, verdicts, now)
        ahead.forget_before(connection, now - _KEPT_ANNOUNCEMENTS)
        return len(verdicts)

    # ---- the sender's gate

    def refusals(
        self, connection: Connection, messages: Sequence[Mapping[str, Any]], now: datetime
    ) -> dict[str, Reason | Hold]:
        """
        Say which messages that were reserved earlier may not go now, and why (`messaging.base.Gate`).

        Each is judged as if those before it that may go had been handed over. One that lives until it may go waits in
        the outbox until then.
        """
        marketing = [one for one in messages if MessageClass(one["message_class"]).is_marketing]
        if not marketing:
            return {}
        known, own = book.asked(connection, [one["message_id"] for one in marketing], now)
        wishes = [known.get(one["message_id"]) or book.as_wish(one) for one in marketing]
        around = self._around(connection, wishes, now)
        sitting = gate.Sitting(
            wishes=wishes, around=around, policy_of=around.policy_of(self.policy), nodes_of=self.nodes_of, own=own,
            now=now,
        )  # fmt: skip
        return sitting.refusals(connection)

    def refuses(self, connection: Connection, message: Mapping[str, Any], now: datetime) -> Reason | Hold | None:
        """Say why one message may not go now; None where it may. See `refusals`."""
        return self.refusals(connection, [message], now).get(message["message_id"])

    def handed(self, connection: Connection, message: Mapping[str, Any], now: datetime) -> None:
        """Note that the message is being handed over: from now on it counts, whatever comes."""
        gate.handed(connection, [message], now)

    def handed_all(self, connection: Connection, messages: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Note that messages are being handed over."""
        gate.handed(connection, messages, now)

    def settled(self, connection: Connection, message: Mapping[str, Any], kind: DeliveryKind, now: datetime) -> None:
        """Note the channel's answer: a failure releases the reservation, an unknown fate counts."""
        gate.settled(connection, [(message, kind, now)])

    def settled_all(
        self, connection: Connection, endings: Sequence[tuple[Mapping[str, Any], DeliveryKind, datetime]]
    ) -> None:
        """Note the answers of channels, each with its instant."""
        gate.settled(connection, endings)

    def dropped(self, connection: Connection, message: Mapping[str, Any], reason: Reason, now: datetime) -> None:
        """Note that a queued message will not go: its reservation is released."""
        gate.moved(connection, [message["message_id"]], "released")
        gate.decided(connection, message["message_id"], Outcome.DROPPED, reason.value, now)

    # ---- for who asks why

    def borne(
        self, connection: Connection, wish: Candidate, now: datetime
    ) -> tuple[Policy, list[Spent], frozenset[int]]:
        """Give the policy that holds for a wish, what its person and address bear now, and the person's nodes."""
        policy = self._policy_of(connection)(wish.brand)
        kin = self.nodes_of(connection, {wish.node_id})
        nodes = kin.get(wish.node_id, frozenset({wish.node_id}))
        found = book.spent(connection, nodes, [wish.contact], since=now - policy.memory, now=now)
        return policy, [one for one in found if one.message_id != wish.message_id], nodes

    # ---- inside

    def _fresh(
        self, connection: Connection, wishes: Sequence[Candidate], now: datetime, arm: Arm | None
    ) -> list[Candidate]:
        """Give those that are to be judged, and note those that are too late or said already."""
        once = {one.message_id: one for one in wishes}
        known = book.outcomes_of(connection, once)
        open_wishes = [one for one in once.values() if known.get(one.message_id, Outcome.DEFERRED) == Outcome.DEFERRED]
        said = book.said_already(connection, open_wishes)
        fresh: list[Candidate] = []
        gone: dict[Reason, list[Candidate]] = defaultdict(list)
        for one in open_wishes:
            if one.expires_at <= now:
                gone[Reason.TOO_LATE].append(one)
            elif one.message_id in said:
                gone[Reason.SAID_ALREADY].append(one)
            else:
                fresh.append(one)
        for reason, some in gone.items():
            self.note(connection, some, Outcome.DROPPED, reason, now, arm=arm)
        return fresh

    def _policy_of(self, connection: Connection) -> policies.PolicyOf:
        return Around(policies=policies.load(connection)).policy_of(self.policy)

    def _judge(self, connection: Connection, fresh: Sequence[Candidate], now: datetime) -> list[Verdict]:
        kin = self.nodes_of(connection, {one.node_id for one in fresh})
        around = self._around(connection, fresh, now, kin)
        memory = max(one.memory for one in (self.policy, *around.policies.values()))
        nodes = {node for each in kin.values() for node in each}
        spent = book.spent(connection, nodes, {one.contact for one in fresh}, since=now - memory, now=now)
        return list(arbitrate.decide(fresh, spent, kin, self.policy, now, around=around))

    def _around(
        self,
        connection: Connection,
        wishes: Sequence[Candidate],
        now: datetime,
        kin: Mapping[int, frozenset[int]] | None = None,
    ) -> Around:
        """Gather what arbitration must know; `kin` is left out where nothing is drawn and nothing looked ahead."""
        own = policies.load(connection)
        policy_of = Around(policies=own).policy_of(self.policy)
        holding = [policy_of(brand) for brand in {one.brand for one in wishes}]
        is_quiet = any(one.quiet is not None for one in holding)
        around = Around(
            policies=own,
            brands=self.places(connection) if self.places is not None and is_quiet else {},
            paused=self._paused(connection, wishes),
        )
        if kin is None:
            return around
        share = policy_of(EVERY_BRAND).universal_share
        nodes = {node for each in kin.values() for node in each}
        return Around(
            policies=around.policies,
            brands=around.brands,
            paused=around.paused,
            held_out=control.draw(connection, wishes, kin, share=share, salt=self.salt, now=now),
            coming=self._coming(connection, nodes, now, ahead.horizon_of(holding)),
        )

    def _coming(self, connection: Connection, nodes: Collection[int], now: datetime, within: timedelta) -> list[Coming]:
        found = ahead.coming(connection, nodes, now, within=within)
        if within and self.upcoming is not None:
            said = self.upcoming(connection, nodes, now, now + within)
            found += [Coming(wish=one.wish, at=one.due_at, is_announced=True) for one in said]
        return found

    def _paused(self, connection: Connection, wishes: Sequence[Candidate]) -> Mapping[ConsentKey, datetime]:
        if self.paused_until is None:
            return {}
        keys = {
            ConsentKey(one.contact, one.brand, one.purpose, one.channel)
            for one in wishes
            if one.message_class.is_marketing
        }
        return {key: instant(until) for key, until in self.paused_until(connection, keys).items()}

    def _write(self, connection: Connection, verdicts: list[Verdict], now: datetime, arm: Arm | None) -> None:
        book.put_candidates(connection, verdicts, now, arm)
        ahead.arrived(connection, [verdict.candidate for verdict in verdicts])
        for verdict in verdicts:
            moved = {one.candidate.message_id: one for one in verdict.moved}
            for loser in verdict.replaces:
                self._replace(connection, loser, moved.get(loser), verdict.candidate.message_id, now)
        winners = [verdict.candidate for verdict in verdicts if verdict.outcome == Outcome.QUEUED]
        if winners:
            book.reserve(connection, winners, now, now + self.outside_hold)
        book.report(connection, [one for one in verdicts if one.outcome in _FINAL], now)

    def _replace(self, connection: Connection, loser: str, moved: Verdict | None, winner: str, now: datetime) -> None:
        """Take a queued message out: it waits for another try where it lives long enough, else it is gone."""
        row = dict(connection.execute(select(outbox).where(outbox.c.message_id == loser)).mappings().one())
        connection.execute(
            update(outbox)
            .where(outbox.c.message_id == loser)
            .values(state="dropped", reason=Reason.BETTER.value, settled_at=micros(now))
        )
        gate.moved(connection, [loser], "released")
        if moved is not None:
            book.put_candidates(connection, [moved], now, None)
            if moved.outcome == Outcome.DEFERRED:
                return
        else:
            gate.decided(connection, loser, Outcome.REPLACED, Reason.BETTER.value, now, replaced_by=winner)
        reporting.queue(connection, [reporting.message_line(row, Outcome.REPLACED, Reason.BETTER.value, now)])

    def _cancel(
        self,
        connection: Connection,
        queued: ColumnElement[bool],
        deferred: ColumnElement[bool],
        bound: Mapping[str, object],
        *,
        reason: Reason,
        now: datetime,
    ) -> None:
        asked = select(outbox).where(outbox.c.state == "queued", queued)
        for row in map(dict, connection.execute(asked, bound).mappings().all()):
            connection.execute(
                update(outbox)
                .where(outbox.c.message_id == row["message_id"])
                .values(state="dropped", reason=reason.value, settled_at=micros(now))
            )
            self.dropped(connection, row, reason, now)
            reporting.queue(connection, [reporting.message_line(row, Outcome.DROPPED, reason.value, now)])
        waiting = connection.execute(
            select(candidates.c.wish).where(candidates.c.outcome == Outcome.DEFERRED.value, deferred), bound
        ).all()
        gone = [Verdict(candidate=book.wish_of(row.wish), outcome=Outcome.DROPPED, reason=reason) for row in waiting]
        book.put_candidates(connection, gone, now, None)
        book.report(connection, gone, now)

    def _silent(self, now: datetime) -> ColumnElement[bool]:
        """Find what outside tools left open: what waits, and what was reserved and not settled in time."""
        c, r = candidates.c, reservations.c
        unsettled = exists().where(r.message_id == c.message_id, r.state == "reserved", r.expires_at <= micros(now))
        return and_(
            c.is_outside,
            or_(
                and_(c.outcome == Outcome.DEFERRED.value, c.expires_at <= micros(now)),
                and_(c.outcome == Outcome.QUEUED.value, unsettled),
            ),
        )


@contextmanager
def _uncollected(count: int) -> Iterator[None]:
    """Keep the collector of cycles out of a large batch: it found none among its million objects, for a third more."""
    was_on = gc.isenabled() and count >= _LARGE
    if was_on:
        gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_FINAL = frozenset({Outcome.DROPPED, Outcome.REPLACED, Outcome.HELD_OUT})


def _due(now: datetime) -> ColumnElement[bool]:
    """Find deferred candidates whose time has come; another tool's are asked for again by that tool."""
    c = candidates.c
    return and_(c.outcome == Outcome.DEFERRED.value, c.deferred_until <= micros(now), c.is_outside.is_(False))


def _overdue(now: datetime) -> ColumnElement[bool]:
    return announced.c.due_at < micros(now - _KEPT_ANNOUNCEMENTS)
