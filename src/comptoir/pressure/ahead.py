"""Look-ahead: messages that somebody will wish for, and whether a worse one today would take their room."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, literal_column, select
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.clock import instant, micros
from comptoir.model.message import Candidate, Outcome
from comptoir.pressure.caps import Order, Policy, Spent, room
from comptoir.pressure.policies import PolicyOf
from comptoir.pressure.rows import announced, candidates
from comptoir.state.statement import IDS, LISTED, Statement, as_set

LATE = timedelta(minutes=10)
"""How long an announced message may be overdue and still be waited for."""

_wish = msgspec.json.Decoder(Candidate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """
    A message that will be wished for at `due_at`, if all goes as it looks now.

    Of the wish, its order, person, brand, channel, tags and discretion matter; `occasion` and `key` (scenario and
    step) must be those of the candidate to come, whose arrival takes the announcement away.
    """

    wish: Candidate
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A better message to come: a deferred candidate, or one that was announced."""

    wish: Candidate
    at: datetime
    is_announced: bool = False


def announce(connection: Connection, announcements: Sequence[Announcement]) -> None:
    """Say what will be wished for; the same occasion and message said again replaces what was said."""
    if not announcements:
        return
    row = upsert(announced)
    changing = ("enrollment_id", "node_id", "due_at", "wish")
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["occasion", "message_key"], set_={name: row.excluded[name] for name in changing}
        ),
        [
            {
                "occasion": one.wish.occasion,
                "message_key": one.wish.key,
                "enrollment_id": one.wish.enrollment_id,
                "node_id": one.wish.node_id,
                "due_at": micros(one.due_at),
                "wish": msgspec.json.encode(one.wish).decode(),
            }
            for one in announcements
        ],
    )


def forget(connection: Connection, *, enrollments: Collection[int]) -> None:
    """Take back everything these enrollments had announced."""
    if enrollments:
        _FORGET_ENROLLMENTS.rows(connection, ids=as_set(enrollments))


def arrived(connection: Connection, wishes: Iterable[Candidate]) -> None:
    """Take back what was announced of candidates that have come."""
    if connection.execute(_ANY).first() is not None:
        pairs = [{"o": one.occasion, "k": one.key} for one in wishes]
        connection.execute(
            delete(announced).where(announced.c.occasion == bindparam("o"), announced.c.message_key == bindparam("k")),
            pairs,
        )


def forget_before(connection: Connection, at: datetime) -> None:
    """Forget announcements that were due before an instant: nobody waits for them any more."""
    connection.execute(delete(announced).where(announced.c.due_at < micros(at)))


def coming(connection: Connection, nodes: Collection[int], now: datetime, *, within: timedelta) -> list[Coming]:
    """Give what is to come for these nodes: deferred candidates, and announcements that are not overdue."""
    if not within:
        return []
    until = micros(now + within)
    ids = as_set(nodes)
    found = [
        Coming(wish=_read(wish), at=instant(at))
        for wish, at in (_DEFERRED.rows(connection, ids=ids, until=until) if _is_any(connection, _ANY_DEFERRED) else ())
    ]
    if _is_any(connection, _ANY):
        since = micros(now - LATE)
        found += [
            Coming(wish=_read(wish), at=instant(at), is_announced=True)
            for wish, at in _ANNOUNCED.rows(connection, ids=ids, since=since, until=until)
        ]
    return found


def preferred(
    wish: Candidate,
    nodes: frozenset[int],
    bill: Sequence[Spent],
    to_come: Sequence[Coming],
    *,
    policy_of: PolicyOf,
    now: datetime,
) -> Coming | None:
    """
    Give the better message that a wish must leave room for; None where it may go now.

    It must where the better one would have room at its time without this one, and with it none before it expires; and
    also where the better one would merely be late but this one can wait for it.
    """
    horizon = now + policy_of(wish.brand).look_ahead
    planned = list(bill)
    mine = claim(wish, now)
    others = (one for one in to_come if (one.wish.occasion, one.wish.key) != (wish.occasion, wish.key))  # this is it
    better = sorted((one for one in others if one.wish.order < wish.order), key=lambda one: one.wish.order)
    for one in better:
        at = max(one.at, now)
        policy = policy_of(one.wish.brand)
        if at > horizon or at >= one.wish.expires_at or room(policy, one.wish, nodes, planned, at) is not None:
            continue
        crowded = room(policy, one.wish, nodes, [*planned, mine], at)
        if crowded is not None and (crowded.until >= one.wish.expires_at or resumes_at(one, now) < wish.expires_at):
            return one
        planned.append(claim(one.wish, at))
    return None


def resumes_at(one: Coming, now: datetime) -> datetime:
    """Give when a wish that made way is looked at again: with a deferred message, or once an announced one is late."""
    return max(one.at, now) + LATE if one.is_announced else max(one.at, now + timedelta(seconds=1))


def claim(wish: Candidate, at: datetime, order: Order | None = None) -> Spent:
    """Write a wish as a contact that counts from an instant on."""
    return Spent(
        message_id=wish.message_id,
        node_id=wish.node_id,
        contact=wish.contact,
        at=at,
        brand=wish.brand,
        channel=wish.channel,
        tags=wish.tags,
        reveals=wish.reveals,
        order=order or wish.order,
        wish=wish,
        is_new=True,
    )


def horizon_of(policies: Iterable[Policy]) -> timedelta:
    """Give how far ahead any of these policies looks."""
    return max((one.look_ahead for one in policies), default=timedelta())


def _is_any(connection: Connection, question: Any) -> bool:
    return connection.execute(question).first() is not None


@lru_cache(maxsize=4096)
def _read(text: str) -> Candidate:
    return _wish.decode(text)


_c, _a = candidates.c, announced.c
# as text, so that the partial indexes are found: a person's history is long, and few of it wait
_is_deferred = _c.outcome == literal_column(f"'{Outcome.DEFERRED.value}'")
_ANY = select(_a.due_at).limit(1)
_ANY_DEFERRED = select(_c.message_id).where(_is_deferred).limit(1)
_DEFERRED = Statement(
    select(_c.wish, _c.deferred_until)
    .select_from(LISTED.join(candidates, _c.node_id == LISTED.c.value))
    .where(_is_deferred, _c.deferred_until <= bindparam("until"))
)
_ANNOUNCED = Statement(
    select(_a.wish, _a.due_at)
    .select_from(LISTED.join(announced, _a.node_id == LISTED.c.value))
    .where(_a.due_at > bindparam("since"), _a.due_at <= bindparam("until"))
)
_FORGET_ENROLLMENTS = Statement(delete(announced).where(_a.enrollment_id.in_(IDS)))
