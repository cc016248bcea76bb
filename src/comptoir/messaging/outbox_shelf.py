"""The outbox as people look at it: what waits, what left, what failed; and the fates that nobody but they can tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, select, update

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.messaging import reporting
from comptoir.messaging.base import Gate
from comptoir.messaging.rows import outbox
from comptoir.model.message import DeliveryKind

MOST = 50
"""Messages of one page."""
_LOOKED_BACK = 100_000
"""Messages looked through for those of a state that no index knows."""


class Shown(StrEnum):
    """Where a message stands, as a person asks. Order: as messages go."""

    WAITING = "waiting"
    DEFERRED = "deferred"
    """Refused for now, to be tried again."""
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STOPPED = "stopped"
    """Looked at again at the last second, and not sent."""


class MessageNotFound(ComptoirError, LookupError):
    """The outbox has no such message."""

    code, status = "message_not_found", 404
    hint = "Look for it by address, or by the message id that stands in the mail's headers."


class FateKnown(ComptoirError):
    """What became of this message is known."""

    code, status = "fate_known", 409
    hint = "Only a message of unknown fate can be settled by hand."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A message of the outbox."""

    message_id: str
    shown: Shown
    scenario: str
    step: str
    brand: str
    channel: str
    contact: str
    language: str
    reason: str
    detail: str
    attempts: int
    queued_at: datetime
    not_before: datetime
    expires_at: datetime
    handed_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendings:
    """One page of messages, newest first."""

    rows: tuple[Sending, ...]
    after: int | None
    """Where the next page begins; None where this is the last."""


def counts(connection: Connection, *, brands: Collection[str] = ()) -> dict[Shown, int]:
    """Count what is not settled: waiting, deferred, of unknown fate."""
    found = {}
    for shown in (Shown.WAITING, Shown.DEFERRED, Shown.UNKNOWN):
        asked = select(func.count()).select_from(outbox).where(_WHICH[shown], *_of(brands))
        found[shown] = int(connection.scalar(asked) or 0)
    return found


def listing(
    connection: Connection, shown: Shown | None, *, asked: str = "", brands: Collection[str] = (),
    before: int | None = None,
) -> Sendings:  # fmt: skip
    """
    List messages: those of a state, or those of an address or with a message id (`asked`).

    Order: newest first. Of a settled state only the newest 100,000 messages are looked through.
    """
    wanted = list(_of(brands))
    if asked:
        word = asked.strip()
        wanted.append((outbox.c.message_id == word) | (outbox.c.contact.in_([word, word.lower()])))
    elif shown is not None:
        wanted.append(_WHICH[shown])
        if shown in _SETTLED:
            newest = connection.scalar(select(func.max(_ROW)).select_from(outbox)) or 0
            wanted.append(newest - _LOOKED_BACK < _ROW)
    if before is not None:
        wanted.append(before > _ROW)
    rows = connection.execute(
        select(outbox, _ROW.label("place")).where(and_(True, *wanted)).order_by(_ROW.desc()).limit(MOST + 1)
    ).mappings().all()  # fmt: skip
    kept = rows[:MOST]
    return Sendings(
        rows=tuple(_sending(dict(one)) for one in kept), after=kept[-1]["place"] if len(rows) > MOST else None
    )


def find(connection: Connection, message_id: str) -> Sending:
    """Give one message. Raises: MessageNotFound."""
    return _sending(row_of(connection, message_id))


def row_of(connection: Connection, message_id: str) -> Mapping[str, Any]:
    """Give the row of one message, from which its mail can be made again. Raises: MessageNotFound."""
    row = connection.execute(select(outbox).where(outbox.c.message_id == message_id)).mappings().first()
    if row is None:
        raise MessageNotFound(id=message_id[:100])
    return dict(row)


def latest_nodes(connection: Connection, most: int) -> list[int]:
    """Give whom the newest messages are for, as nodes. Order: newest first."""
    return list(connection.scalars(select(outbox.c.node_id).order_by(_ROW.desc()).limit(most)))


def brands_of(connection: Connection, message_ids: Collection[str]) -> dict[str, str]:
    """Give the brand of each message that the outbox knows."""
    asked = select(outbox.c.message_id, outbox.c.brand).where(outbox.c.message_id.in_(sorted(message_ids)))
    return {row.message_id: row.brand for row in connection.execute(asked)}


def settle(connection: Connection, message_id: str, *, was_sent: bool, gate: Gate, now: datetime, by: str) -> None:
    """
    Write down what somebody found out of a message of unknown fate; it is not sent again either way.

    One that did not leave counts against no cap any more.

    Raises: MessageNotFound; FateKnown.
    """
    row = row_of(connection, message_id)
    if row["state"] != DeliveryKind.UNKNOWN.value:
        raise FateKnown(id=message_id, state=row["state"])
    kind = DeliveryKind.ACCEPTED if was_sent else DeliveryKind.FAILED
    detail = f"settled by {by}"
    gate.settled_all(connection, [(row, kind, now)])
    connection.execute(
        update(outbox)
        .where(outbox.c.message_id == message_id)
        .values(state=kind.value, detail=detail, settled_at=micros(now))
    )
    reporting.queue(connection, [reporting.delivery_line(row, kind, detail, now)])


# as text, so that partial indexes are found
_QUEUED: ColumnElement[bool] = literal_column("outbox.state = 'queued'")
_UNKNOWN: ColumnElement[bool] = literal_column("outbox.state = 'unknown'")
_ROW: ColumnElement[int] = literal_column("outbox.rowid")
_WHICH: Mapping[Shown, ColumnElement[bool]] = {
    Shown.WAITING: and_(_QUEUED, outbox.c.attempts == 0),
    Shown.DEFERRED: and_(_QUEUED, outbox.c.attempts > 0),
    Shown.SENT: outbox.c.state.in_(["accepted", "handed"]),
    Shown.FAILED: outbox.c.state == "failed",
    Shown.UNKNOWN: and_(_UNKNOWN),
    Shown.STOPPED: outbox.c.state == "dropped",
}
_SETTLED = frozenset({Shown.SENT, Shown.FAILED, Shown.STOPPED})
_SHOWN = {
    "handed": Shown.SENT, "accepted": Shown.SENT, "failed": Shown.FAILED, "unknown": Shown.UNKNOWN,
    "dropped": Shown.STOPPED,
}  # fmt: skip


def _of(brands: Collection[str]) -> list[ColumnElement[bool]]:
    return [outbox.c.brand.in_(sorted(brands))] if brands else []


def _sending(row: Mapping[str, Any]) -> Sending:
    waits = Shown.DEFERRED if row["attempts"] else Shown.WAITING
    return Sending(
        message_id=row["message_id"],
        shown=_SHOWN.get(row["state"], waits),
        scenario=row["scenario"],
        step=row["step"],
        brand=row["brand"],
        channel=row["channel"],
        contact=row["contact"],
        language=row["language"],
        reason=row["reason"] or "",
        detail=row["detail"] or "",
        attempts=row["attempts"],
        queued_at=instant(row["queued_at"]),
        not_before=instant(row["not_before"]),
        expires_at=instant(row["expires_at"]),
        handed_at=None if row["handed_at"] is None else instant(row["handed_at"]),
        settled_at=None if row["settled_at"] is None else instant(row["settled_at"]),
    )
