"""Why did she get this, and why not that: every candidate of a person, or one message, told in sentences."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Protocol

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from comptoir.clock import instant
from comptoir.messaging.rows import outbox
from comptoir.model.message import IN_FRENCH, Candidate, Outcome, Reason
from comptoir.pressure import book
from comptoir.pressure.caps import Cap, Spent, counting, room
from comptoir.pressure.ledger import PressureLedger
from comptoir.pressure.rows import candidates, reservations
from comptoir.state.statement import IDS, as_set

_MOST = 1_000

WayOf = Callable[[Any, Collection[int]], Mapping[int, Mapping[str, Any]]]
"""Give, by enrollment, the way it went: scenario, version and steps with their times."""

HeardOf = Callable[[Sequence[str]], Sequence[Mapping[str, Any]]]
"""Give what was heard of messages after they were handed over: deliveries, clicks."""


class Proofs(Protocol):
    """Whoever keeps the consents, as far as a proof is asked for."""

    def history(self, connection: Any, contact: str) -> list[dict[str, object]]:
        """List every statement about a contact point, as they took effect."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Where the whole story of a message lies; what is left out is not told."""

    ledger: PressureLedger | None = None
    proofs: Proofs | None = None
    way_of: WayOf | None = None
    heard_of: HeardOf | None = None


def why(
    connection: Connection,
    *,
    nodes: Collection[int] = (),
    message_id: str | None = None,
    lang: str = "en",
) -> list[dict[str, Any]]:
    """
    Explain one message, or all candidates of a person (all `nodes` of it). Order: newest decision first.

    Grain:  one row a candidate.
    """
    return [_told(row, lang) for row in _found(connection, nodes, message_id)]


def of_runs(connection: Connection, runs: Collection[int], *, lang: str = "en") -> dict[int, dict[str, Any]]:
    """Explain, by enrollment, the message that was decided about last; those that wished for none are left out."""
    found: dict[int, dict[str, Any]] = {}
    for row in _rows(connection, candidates.c.enrollment_id.in_(IDS), {"ids": as_set(runs)}) if runs else ():
        found.setdefault(row["enrollment_id"], _told(row, lang))
    return found


def tell(
    connection: Connection,
    archive: Archive,
    now: datetime,
    *,
    nodes: Collection[int] = (),
    message_id: str | None = None,
    lang: str = "en",
) -> list[dict[str, Any]]:
    """
    Tell the whole story: as `why`, with rivals, caps then and now, consent, the enrollment's way and what was heard.

    Grain:  one row a candidate.
    Order:  newest decision first.
    """
    rows = _found(connection, nodes, message_id)
    ways = archive.way_of(connection, {row["enrollment_id"] for row in rows}) if archive.way_of else {}
    heard: dict[str, list[Mapping[str, Any]]] = {}
    for one in archive.heard_of([row["message_id"] for row in rows]) if archive.heard_of and rows else ():
        heard.setdefault(str(one["message_id"]), []).append(one)
    statements: dict[str, list[dict[str, object]]] = {}
    told = []
    for row in rows:
        if archive.proofs is not None and row["contact"] not in statements:
            statements[row["contact"]] = archive.proofs.history(connection, row["contact"])
        wish = book.wish_of(row["wish"])
        told.append(
            _told(row, lang)
            | {
                "competed_with": _rivals(connection, archive.ledger, row, wish),
                "caps_then": _then(row),
                "caps_now": _caps_now(connection, archive.ledger, wish, now),
                "consent": _proof(row, statements.get(row["contact"], [])),
                "way": ways.get(row["enrollment_id"]),
                "heard": heard.get(row["message_id"], []),
            }
        )
    return told


# ── sentences ──


def sentence(
    outcome: str, reason: str | None, *, until: str | None = None, replaced_by: str | None = None, lang: str = "en"
) -> str:
    """Say an outcome and its reason as a person would, in English or French."""
    says = _FRENCH if lang == "fr" else _ENGLISH
    because = _because(reason, lang)
    match outcome:
        case Outcome.SENT:
            return says["sent_unknown" if reason == "unknown" else "sent"]
        case Outcome.FAILED | Outcome.QUEUED:
            return says[outcome]
        case Outcome.DEFERRED:
            return says["deferred"].format(until=until, because=because)
        case Outcome.REPLACED:
            return says["replaced"].format(by=replaced_by, because=because)
        case Outcome.HELD_OUT:
            return says["held_out_of_all" if reason == Reason.UNIVERSAL_CONTROL else "held_out"]
        case _:
            return says["dropped"].format(because=because)


_ENGLISH = {
    "sent": "It was sent.",
    "sent_unknown": "It was sent. Nobody can tell whether it arrived; it will not be sent again.",
    "failed": "It was handed over, and the server refused it for good.",
    "queued": "It is about to leave, once everything has been looked at again.",
    "deferred": "It waits until {until}: {because}",
    "replaced": "Message {by} took its place. {because}",
    "held_out": "It was held out: the person is in the control group, so that we know what the message brings.",
    "held_out_of_all": "It was held out: the person is in the universal control group, which gets no marketing at all.",
    "dropped": "It was not sent: {because}",
    "no_reason": "no reason was written down",
}
_FRENCH = {
    "sent": "Il est parti.",
    "sent_unknown": "Il est parti. Nul ne peut dire s’il est arrivé ; il ne sera pas renvoyé.",
    "failed": "Il a été remis, et le serveur l’a refusé définitivement.",
    "queued": "Il est sur le point de partir, dès que tout aura été revérifié.",
    "deferred": "Il attend jusqu’au {until} : {because}",
    "replaced": "Le message {by} a pris sa place. {because}",
    "held_out": "Il a été retenu : la personne est dans le groupe témoin, pour savoir ce que le message apporte.",
    "held_out_of_all": "Il a été retenu : la personne est dans le groupe témoin universel, qui ne reçoit aucun message"
    " commercial.",
    "dropped": "Il n’est pas parti : {because}",
    "no_reason": "aucune raison n’a été notée",
}


def _because(reason: str | None, lang: str) -> str:
    if not reason:
        return (_FRENCH if lang == "fr" else _ENGLISH)["no_reason"]
    if lang == "fr" and reason in set(Reason):
        said = IN_FRENCH.get(Reason(reason))
        if said is not None:
            return said
    return _SAID.get(reason, reason)


def _sentences() -> dict[str, str]:
    """Read the sentence below each reason: said once, in the enum, and shown to people and in the docs alike."""
    lines = [line.strip() for line in inspect.getsource(Reason).splitlines()]
    said = {}
    for line, below in pairwise(lines):
        name, equals, value = line.partition(" = ")
        if equals and name.isupper() and below.startswith('"""'):
            said[value.strip('"')] = below.strip('"')
    return said


_SAID = _sentences()


# ── rows ──


def _found(connection: Connection, nodes: Collection[int], message_id: str | None) -> list[dict[str, Any]]:
    if message_id is not None:
        return _rows(connection, candidates.c.message_id == message_id, {})
    return _rows(connection, candidates.c.node_id.in_(IDS), {"ids": as_set(nodes)})


def _rows(connection: Connection, which: ColumnElement[bool], bound: Mapping[str, object]) -> list[dict[str, Any]]:
    asked = (
        select(candidates, reservations.c.state.label("reservation"), outbox.c.state.label("sending"),
               outbox.c.detail.label("answer"), outbox.c.handed_at, outbox.c.settled_at, outbox.c.attempts)
        .outerjoin(reservations, reservations.c.message_id == candidates.c.message_id)
        .outerjoin(outbox, outbox.c.message_id == candidates.c.message_id)
        .where(which)
        .order_by(candidates.c.decided_at.desc(), candidates.c.message_id.desc())
        .limit(_MOST)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(asked, bound).mappings()]


def _told(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    until = _time(row["deferred_until"])
    return {
        "message_id": row["message_id"],
        "message_class": row["message_class"],
        "priority": row["priority"],
        "expected_value": row["expected_value"],
        "scenario": row["scenario"],
        "scenario_version": row["scenario_version"],
        "step": row["step"],
        "brand": row["brand"],
        "channel": row["channel"],
        "contact": row["contact"],
        "arm": row["arm"],
        "outcome": row["outcome"],
        "reason": row["reason"],
        "because": sentence(row["outcome"], row["reason"], until=until, replaced_by=row["replaced_by"], lang=lang),
        "deferred_until": until,
        "deferrals": row["deferrals"],
        "replaced_by": row["replaced_by"],
        "wished_at": _time(row["wished_at"]),
        "expires_at": _time(row["expires_at"]),
        "decided_at": _time(row["decided_at"]),
        "is_outside": bool(row["is_outside"]),
        "pressure": row["reservation"],
        "sending": row["sending"],
        "answer": row["answer"],
        "handed_at": _time(row["handed_at"]),
        "settled_at": _time(row["settled_at"]),
        "attempts": row["attempts"],
    }


def _time(at: int | None) -> str | None:
    return instant(at).isoformat() if at else None


def _then(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    said: Mapping[str, Any] | None = msgspec.json.decode(row["weighed"]) if row["weighed"] else None
    return said


def _rivals(
    connection: Connection, ledger: PressureLedger | None, row: Mapping[str, Any], wish: Candidate
) -> list[dict[str, Any]]:
    """Give the marketing of the same person, as it is known now, whose life overlaps this one's."""
    if not wish.message_class.is_marketing:
        return []
    kin = ledger.nodes_of(connection, {wish.node_id}) if ledger is not None else {}
    c = candidates.c
    asked = (
        select(c.message_id, c.message_class, c.scenario, c.step, c.priority, c.outcome, c.reason)
        .where(
            c.node_id.in_(IDS),
            c.message_id != row["message_id"],
            c.message_class.in_(book.MARKETING),
            c.wished_at < row["expires_at"],
            c.expires_at > row["wished_at"],
        )
        .order_by(c.wished_at, c.message_id)
        .limit(50)
    )
    nodes = kin.get(wish.node_id, frozenset({wish.node_id}))
    return [dict(one) for one in connection.execute(asked, {"ids": as_set(nodes)}).mappings()]


def _caps_now(
    connection: Connection, ledger: PressureLedger | None, wish: Candidate, now: datetime
) -> dict[str, Any] | None:
    if ledger is None or not wish.message_class.is_marketing:
        return None
    policy, spent, nodes = ledger.borne(connection, wish, now)
    full = room(policy, wish, nodes, spent, now)
    return {
        "policy": policy.name,
        "has_room": full is None,
        "until": None if full is None else full.until.isoformat(),
        "reason": None if full is None else full.reason.value,
        "caps": [_cap_now(cap, wish, nodes, spent, now) for cap in policy.caps if cap.concerns(wish)],
        "gap_hours": policy.gap.total_seconds() / 3600,
    }


def _cap_now(cap: Cap, wish: Candidate, nodes: frozenset[int], spent: Sequence[Spent], now: datetime) -> dict[str, Any]:
    inside = [one for one in counting(cap, wish, spent) if one.at > now - cap.window]
    return {
        "at_most": cap.count,
        "hours": cap.window.total_seconds() / 3600,
        "channel": cap.channel,
        "tag": cap.tag,
        "is_revealing": cap.is_revealing,
        "by_person": sum(one.node_id in nodes for one in inside),
        "by_address": sum(one.contact == wish.contact for one in inside),
    }


def _proof(row: Mapping[str, Any], statements: Sequence[Mapping[str, object]]) -> Mapping[str, object] | None:
    """Give the last statement about what the message needed consent for, up to when it was decided."""
    decided = _time(row["decided_at"]) or ""
    about = [
        one
        for one in statements
        if (one["brand"], one["purpose"], one["channel"]) == (row["brand"], row["purpose"], row["channel"])
        and str(one["effective_at"]) <= decided
    ]
    return about[-1] if about else None
