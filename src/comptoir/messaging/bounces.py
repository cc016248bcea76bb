"""What a bounce or a complaint does: it becomes a fact, and it may end all writing to an address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from comptoir.clock import micros
from comptoir.messaging import dsn, reporting
from comptoir.messaging.rows import bounces, outbox
from comptoir.messaging.suppression import hash_of, suppress
from comptoir.model.event import Line
from comptoir.model.message import DeliveryKind

SOFT_IN_A_ROW = 5
"""So many messages that bounced softly, with none delivered between them, end writing to an address."""
BOUNCE_DAYS = 3
"""A message accepted so long ago that has not bounced counts as delivered."""
_LAST_MESSAGES = 50

Row = Mapping[str, Any]


def note(connection: Connection, message: Row, kind: DeliveryKind, detail: str, now: datetime) -> bool:
    """
    Write down what the receiver's side said of a message, and suppress its address where that follows.

    A hard bounce ends writing for every brand at once, a complaint for the message's brand, a soft bounce after
    `SOFT_IN_A_ROW`. Says whether it was news.
    """
    row = {
        "message_id": message["message_id"],
        "kind": kind.value,
        "contact_hash": hash_of(message["contact"]),
        "at": micros(now),
        "detail": detail[:300] or None,
    }
    if connection.execute(insert(bounces).prefix_with("OR IGNORE").values(row)).rowcount == 0:
        return False
    reporting.queue(connection, [reporting.delivery_line(message, kind, detail[:300], now)])
    ends = {"contact": message["contact"], "channel": message["channel"], "now": now}
    if kind == DeliveryKind.BOUNCED or (
        kind == DeliveryKind.SOFT_BOUNCED and soft_in_a_row(connection, message, now) >= SOFT_IN_A_ROW
    ):
        suppress(connection, reason="bounce", **ends)
    elif kind == DeliveryKind.COMPLAINED:
        suppress(connection, reason="complaint", brand=message["brand"], **ends)
    return True


def refused(connection: Connection, message: Row, answer: str, now: datetime) -> list[Line]:
    """
    Learn from a refusal during the conversation: an address that does not exist is a hard bounce at once.

    The line of the refusal itself is the caller's.
    """
    if dsn.judged(answer) == dsn.Severity.HARD:
        note(connection, message, DeliveryKind.BOUNCED, answer, now)
    elif dsn.judged(answer) == dsn.Severity.SOFT:
        note(connection, message, DeliveryKind.SOFT_BOUNCED, answer, now)
    return []


def soft_in_a_row(connection: Connection, message: Row, now: datetime) -> int:
    """Count the latest messages to an address that bounced softly, back to the last that was delivered."""
    o = outbox.c
    asked = (
        select(o.message_id, o.state, o.settled_at)
        .where(o.contact == message["contact"], o.channel == message["channel"], o.handed_at.is_not(None))
        .order_by(o.handed_at.desc())
        .limit(_LAST_MESSAGES)
    )
    rows = connection.execute(asked).all()
    said = select(bounces.c.message_id).where(
        bounces.c.message_id.in_([row.message_id for row in rows]),
        bounces.c.kind == DeliveryKind.SOFT_BOUNCED.value,
    )
    soft = {row.message_id for row in connection.execute(said)}
    surely = micros(now - timedelta(days=BOUNCE_DAYS))
    count = 0
    for row in rows:
        if row.message_id in soft:
            count += 1
        elif row.state == DeliveryKind.ACCEPTED.value and row.settled_at is not None and row.settled_at < surely:
            break
    return count
