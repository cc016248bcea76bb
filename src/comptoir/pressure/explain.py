"""Why did she get this, and why not that: every candidate of a person, or one message, told in sentences."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from comptoir.clock import instant
from comptoir.messaging.rows import outbox
from comptoir.model.message import Outcome, Reason
from comptoir.pressure.rows import candidates, reservations

_AT_ONCE = 500


def why(connection: Connection, *, nodes: Collection[int] = (), message_id: str | None = None) -> list[dict[str, Any]]:
    """
    Explain one message, or all candidates of a person (all `nodes` of it). Order: newest decision first.

    Grain:  one row a candidate.
    """
    if message_id is not None:
        found = _rows(connection, candidates.c.message_id == message_id)
    else:
        wanted = sorted(nodes)
        found = [
            row
            for start in range(0, len(wanted), _AT_ONCE)
            for row in _rows(connection, candidates.c.node_id.in_(wanted[start : start + _AT_ONCE]))
        ]
    return sorted(found, key=lambda row: (row["decided_at"], row["message_id"]), reverse=True)


def sentence(outcome: str, reason: str | None, *, until: str | None = None, replaced_by: str | None = None) -> str:
    """Say an outcome and its reason as a person would."""
    because = _reason(reason)
    match outcome:
        case Outcome.SENT:
            fate = " Nobody can tell whether it arrived; it will not be sent again." if reason == "unknown" else ""
            return f"It was sent.{fate}"
        case Outcome.FAILED:
            return "It was handed over, and the server refused it for good."
        case Outcome.QUEUED:
            return "It is about to leave, once everything has been looked at again."
        case Outcome.DEFERRED:
            return f"It waits until {until}: {because}"
        case Outcome.REPLACED:
            return f"Message {replaced_by} took its place. {because}"
        case Outcome.HELD_OUT:
            return "It was held out: the person is in the control group, so that we know what the message brings."
        case _:
            return f"It was not sent: {because}"


def _rows(connection: Connection, which: ColumnElement[bool]) -> list[dict[str, Any]]:
    asked = (
        select(candidates, reservations.c.state.label("reservation"), outbox.c.state.label("sending"),
               outbox.c.detail.label("answer"))
        .outerjoin(reservations, reservations.c.message_id == candidates.c.message_id)
        .outerjoin(outbox, outbox.c.message_id == candidates.c.message_id)
        .where(which)
    )  # fmt: skip
    return [_told(dict(row)) for row in connection.execute(asked).mappings()]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    until = instant(row["deferred_until"]).isoformat() if row["deferred_until"] else None
    return {
        "message_id": row["message_id"],
        "scenario": row["scenario"],
        "scenario_version": row["scenario_version"],
        "step": row["step"],
        "brand": row["brand"],
        "channel": row["channel"],
        "contact": row["contact"],
        "arm": row["arm"],
        "outcome": row["outcome"],
        "reason": row["reason"],
        "because": sentence(row["outcome"], row["reason"], until=until, replaced_by=row["replaced_by"]),
        "deferred_until": until,
        "replaced_by": row["replaced_by"],
        "wished_at": instant(row["wished_at"]).isoformat(),
        "expires_at": instant(row["expires_at"]).isoformat(),
        "decided_at": instant(row["decided_at"]).isoformat(),
        "pressure": row["reservation"],
        "sending": row["sending"],
        "answer": row["answer"],
    }


def _reason(reason: str | None) -> str:
    return _SAID.get(reason or "", reason or "no reason was written down")


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
