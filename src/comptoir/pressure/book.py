"""The pages of the ledger: how candidates, reservations and outbox rows are written and read, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, and_, bindparam, case, func, or_, select
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.clock import instant, micros
from comptoir.messaging import reporting
from comptoir.messaging.rows import outbox
from comptoir.model.message import Arm, Candidate, Discretion, MessageClass, Outcome
from comptoir.pressure.arbitrate import Verdict
from comptoir.pressure.caps import Spent
from comptoir.pressure.rows import candidates, reservations
from comptoir.state.statement import LISTED, Statement, as_set

MARKETING = tuple(one.value for one in MessageClass if one.is_marketing)
COUNTING = ("handed", "accepted", "unknown")

_c, _r, _o = candidates.c, reservations.c, outbox.c
_decode = msgspec.json.Decoder(Candidate).decode
_encode = msgspec.json.Encoder().encode


def wish_of(text: str) -> Candidate:
    """Read a wish as it was written down."""
    return _decode(text)


# ── writing ──


def put_candidates(connection: Connection, verdicts: Iterable[Verdict], now: datetime, arm: Arm | None) -> None:
    """Write what was decided; a candidate that was decided before (it waited) keeps what it wished."""
    at, side = micros(now), arm.value if arm else None
    # by key: a tree that grows at one end is written several times as fast as one that grows everywhere
    ordered = sorted(verdicts, key=lambda one: one.candidate.message_id)
    _PUT_CANDIDATES.many(connection, [_candidate_row(one, at, side) for one in ordered])


def reserve(connection: Connection, winners: Sequence[Candidate], now: datetime, outside_until: datetime) -> None:
    """Reserve for winners and queue those that we send ourselves; another tool's reservation ends by itself."""
    at, soon = micros(now), micros(outside_until)
    winners = sorted(winners, key=lambda one: one.message_id)
    _PUT_RESERVATIONS.many(connection, [_reservation(one, at, soon) for one in winners])
    _PUT_OUTBOX.many(connection, [_outbox_row(one, at) for one in winners if not one.is_outside])


def report(connection: Connection, verdicts: Iterable[Verdict], now: datetime) -> None:
    """Report final outcomes of candidates to the facts."""
    reporting.queue(
        connection,
        [
            reporting.message_line(_told(one.candidate), one.outcome, one.reason.value if one.reason else None, now)
            for one in verdicts
        ],
    )


def _told(one: Candidate) -> dict[str, Any]:
    return {
        "message_id": one.message_id,
        "scenario": one.scenario,
        "scenario_version": one.scenario_version,
        "step": one.step,
        "enrollment_id": one.enrollment_id,
        "brand": one.brand,
        "channel": one.channel,
        "contact": one.contact,
        "node_id": one.node_id,
        "cart_id": one.cart_id,
    }


def _candidate_row(verdict: Verdict, at: int, arm: str | None) -> tuple[Any, ...]:
    """Give the row in the order of `_CANDIDATE_NAMES`: naming 26 values for each cost as much as writing them."""
    one = verdict.candidate
    is_deferred = verdict.outcome == Outcome.DEFERRED
    return (
        one.message_id,
        one.message_class.value,
        one.scenario,
        one.scenario_version,
        one.step,
        one.enrollment_id,
        one.brand,
        one.channel,
        one.purpose,
        one.contact,
        one.node_id,
        one.profile_id,
        one.priority,
        one.expected_value,
        arm,
        micros(one.wished_at),
        micros(one.expires_at),
        verdict.outcome.value,
        verdict.reason.value if verdict.reason else None,
        micros(verdict.until) if is_deferred and verdict.until else None,
        verdict.replaced_by,
        at,
        _encode(one).decode(),
        one.is_outside,
        int(is_deferred),
        weighed(verdict),
    )


def weighed(verdict: Verdict) -> str | None:
    """Write what was looked at: the policy that held, and the messages that counted."""
    if not verdict.policy:
        return None
    return _weighed(verdict.policy, verdict.bears)


@lru_cache(maxsize=1_024)
def _weighed(policy: str, bears: tuple[str, ...]) -> str:
    return _encode({"policy": policy, "counted": bears}).decode()


def _reservation(one: Candidate, at: int, soon: int) -> tuple[Any, ...]:
    """Give the row in the order of `_RESERVATION_NAMES`."""
    expires_at = micros(one.expires_at)
    return (
        one.message_id,
        one.key,
        one.occasion,
        one.node_id,
        one.contact,
        one.brand,
        one.channel,
        one.message_class.value,
        "reserved",
        at,
        min(expires_at, soon) if one.is_outside else expires_at,
        "\n".join(one.tags),
        one.reveals,
    )


def _outbox_row(one: Candidate, at: int) -> tuple[Any, ...]:
    """Give the row in the order of `_OUTBOX_NAMES`."""
    return (
        one.message_id,
        one.message_class.value,
        one.scenario,
        one.scenario_version,
        one.step,
        one.enrollment_id,
        one.brand,
        one.channel,
        one.purpose,
        one.contact,
        one.node_id,
        one.cart_key,
        one.cart_id,
        one.language,
        one.template,
        one.words,
        one.traits,
        one.discretion.value,
        _encode(one.promise).decode(),
        one.message_class.rank,
        at,
        at,
        micros(one.expires_at),
        "queued",
    )


def as_wish(message: Mapping[str, Any]) -> Candidate:
    """Read an outbox row of which no candidate was ever written, such as a trial, as a wish."""
    return Candidate(
        **{name: message[name] for name in _SHARED},
        message_class=MessageClass(message["message_class"]),
        discretion=Discretion(message["discretion"]),
        profile_id="",
        occasion=message["message_id"],
        priority=0,
        wished_at=instant(message["queued_at"]),
        expires_at=instant(message["expires_at"]),
    )


_SHARED = (
    "message_id", "scenario", "scenario_version", "step", "enrollment_id", "brand", "channel", "purpose", "template",
    "language", "node_id", "contact",
)  # fmt: skip

_AGAIN = ("outcome", "reason", "deferred_until", "replaced_by", "decided_at", "weighed")


def _filling(table: Table, names: Iterable[str]) -> Any:
    return upsert(table).values({name: bindparam(name) for name in names})


_CANDIDATE_NAMES = (
    "message_id", "message_class", "scenario", "scenario_version", "step", "enrollment_id", "brand", "channel",
    "purpose", "contact", "node_id", "profile_then", "priority", "expected_value", "arm", "wished_at", "expires_at",
    "outcome", "reason", "deferred_until", "replaced_by", "decided_at", "wish", "is_outside", "deferrals", "weighed",
)  # fmt: skip
_RESERVATION_NAMES = (
    "message_id", "message_key", "occasion", "node_id", "contact", "brand", "channel", "message_class", "state", "at",
    "expires_at", "tags", "reveals",
)  # fmt: skip
_OUTBOX_NAMES = (
    "message_id", "message_class", "scenario", "scenario_version", "step", "enrollment_id", "brand", "channel",
    "purpose", "contact", "node_id", "cart_key", "cart_id", "language", "template", "words", "traits", "discretion",
    "promise", "rank", "queued_at", "not_before", "expires_at", "state",
)  # fmt: skip

_fresh = _filling(candidates, _CANDIDATE_NAMES)
_PUT_CANDIDATES = Statement(
    _fresh.on_conflict_do_update(
        index_elements=["message_id"],
        set_={name: _fresh.excluded[name] for name in _AGAIN}
        | {
            "deferrals": _c.deferrals + _fresh.excluded.deferrals,
            "arm": func.coalesce(_fresh.excluded.arm, _c.arm),
        },
    )
)
_PUT_RESERVATIONS = Statement(_filling(reservations, _RESERVATION_NAMES).prefix_with("OR REPLACE"))
_PUT_OUTBOX = Statement(_filling(outbox, _OUTBOX_NAMES).prefix_with("OR REPLACE"))
assert tuple(_PUT_CANDIDATES.names) == _CANDIDATE_NAMES
assert tuple(_PUT_RESERVATIONS.names) == _RESERVATION_NAMES
assert tuple(_PUT_OUTBOX.names) == _OUTBOX_NAMES


# ── reading ──


def outcomes_of(connection: Connection, message_ids: Iterable[str]) -> dict[str, str]:
    """Give what was decided of these messages before."""
    return {str(name): str(said) for name, said in _OUTCOMES.rows(connection, ids=as_set(message_ids))}


def said_already(connection: Connection, wishes: Sequence[Candidate]) -> set[str]:
    """Give those whose occasion was reserved before, by another message or by another wish of these."""
    found = _TAKEN.rows(connection, ids=as_set({one.occasion for one in wishes}))
    taken = {(contact, key, occasion): message_id for contact, key, occasion, message_id in found}
    said: set[str] = set()
    is_each_another = len({(one.contact, one.key, one.occasion) for one in wishes}) == len(wishes)
    for one in wishes if is_each_another else sorted(wishes, key=lambda wish: wish.order):
        if taken.setdefault((one.contact, one.key, one.occasion), one.message_id) != one.message_id:
            said.add(one.message_id)
    return said


def spent(
    connection: Connection, nodes: Collection[int], contacts: Collection[str], *, since: datetime, now: datetime
) -> list[Spent]:
    """Give the contacts that count since an instant, of these nodes and of these addresses."""
    times = {"since": micros(since), "now": micros(now)}
    found = _SPENT_BY_NODE.rows(connection, ids=as_set(nodes), **times)
    found += _SPENT_BY_CONTACT.rows(connection, ids=as_set(contacts), **times)
    return list({row[0]: _spent(row) for row in found}.values())


def asked(
    connection: Connection, message_ids: Iterable[str], now: datetime
) -> tuple[dict[str, Candidate], dict[str, Spent]]:
    """Give the wishes behind messages, and their own reservations as contacts that count from now on, where any are."""
    found = _ASKED.rows(connection, ids=as_set(message_ids))
    wishes = {row[0]: wish_of(row[1]) for row in found if row[1] is not None}
    at = micros(now)
    own = {row[0]: _spent((row[0], *row[2:4], at, *row[4:], None)) for row in found if row[2] is not None}
    return wishes, own


def _spent(row: tuple[Any, ...]) -> Spent:
    message_id, node_id, contact, at, brand, channel, tags, reveals, wish = row
    replaceable = None if wish is None else wish_of(wish)
    return Spent(
        message_id=message_id,
        node_id=node_id,
        contact=contact,
        at=instant(at),
        brand=brand,
        channel=channel,
        tags=tuple(tags.split("\n")) if tags else (),
        reveals=bool(reveals),
        order=None if replaceable is None else replaceable.order,
        wish=replaceable,
    )


_OUTCOMES = Statement(
    select(_c.message_id, _c.outcome).select_from(LISTED.join(candidates, _c.message_id == LISTED.c.value))
)
_TAKEN = Statement(
    select(_r.contact, _r.message_key, _r.occasion, _r.message_id).select_from(
        LISTED.join(reservations, _r.occasion == LISTED.c.value)
    )
)

_ASKED = Statement(
    select(LISTED.c.value, _c.wish, _r.node_id, _r.contact, _r.brand, _r.channel, _r.tags, _r.reveals).select_from(
        LISTED.outerjoin(candidates, _c.message_id == LISTED.c.value).outerjoin(
            reservations,
            and_(_r.message_id == LISTED.c.value, or_(*(_r.message_class == one for one in MARKETING))),
        )
    )
)


def _spent_by(column: Any) -> Statement:
    # whole wishes are read for messages still queued only: they alone may be replaced
    joined = (
        LISTED.join(reservations, column == LISTED.c.value)
        .outerjoin(outbox, and_(_r.state == "reserved", _o.message_id == _r.message_id, _o.state == "queued"))
        .outerjoin(candidates, _c.message_id == _o.message_id)
    )
    counts = or_(
        or_(*(_r.state == one for one in COUNTING)), and_(_r.state == "reserved", _r.expires_at > bindparam("now"))
    )
    wish = case((_o.message_id.is_not(None), _c.wish), else_=None)
    return Statement(
        select(_r.message_id, _r.node_id, _r.contact, _r.at, _r.brand, _r.channel, _r.tags, _r.reveals, wish)
        .select_from(joined)
        .where(_r.at > bindparam("since"), or_(*(_r.message_class == one for one in MARKETING)), counts)
    )


_SPENT_BY_NODE = _spent_by(_r.node_id)
_SPENT_BY_CONTACT = _spent_by(_r.contact)
