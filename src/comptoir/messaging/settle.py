"""What the sender writes down: handed over, settled, dropped; always in the transaction of its caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from comptoir.clock import instant, micros
from comptoir.messaging import bounces, reporting
from comptoir.messaging.base import Gate
from comptoir.messaging.look import Verdict
from comptoir.messaging.rows import outbox
from comptoir.model.event import Line
from comptoir.model.message import DeliveryKind, MessageClass, Outcome, Reason, Receipt
from comptoir.state.statement import Statement

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=4)
PATIENCE = timedelta(hours=72)
"""How long a message that is refused for now is tried again."""
_MOST_REPEATS = 5
"""How often a message that must arrive is sent again while nobody knows its fate."""

Row = Mapping[str, Any]

_HAND = Statement(
    update(outbox)
    .where(outbox.c.message_id == bindparam("id"))
    .values(state="handed", handed_at=bindparam("to_at"), attempts=outbox.c.attempts + 1)
)
_SET = Statement(
    update(outbox)
    .where(outbox.c.message_id == bindparam("id"))
    .values(
        state=bindparam("to_state"),
        reason=bindparam("to_reason"),
        detail=bindparam("to_detail"),
        not_before=bindparam("to_not_before"),
        settled_at=bindparam("to_settled_at"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What came of one conversation; `last` is what the last look said."""

    row: Row
    receipt: Receipt
    at: datetime
    last: Verdict = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Writes down what happens to messages."""

    gate: Gate

    def hand(self, connection: Connection, rows: Sequence[Row], now: datetime) -> None:
        """Write that conversations about these begin."""
        if rows:
            self.gate.handed_all(connection, rows, now)
            _HAND.each(connection, [{"id": row["message_id"], "to_at": micros(now)} for row in rows])

    def settle(self, connection: Connection, endings: Sequence[Ending]) -> None:
        """Write down what came of conversations, and queue the lines that report it."""
        changes: list[dict[str, Any]] = []
        lines: list[Line] = []
        settled: list[tuple[Row, DeliveryKind, datetime]] = []
        for ending in endings:
            if ending.receipt.kind == DeliveryKind.STOPPED and isinstance(ending.last, Reason):
                change, said = self._dropped(connection, ending.row, ending.last, ending.at, ending.receipt.detail)
            else:
                kind, change, said = self._ended(connection, ending)
                settled.append((ending.row, kind, ending.at))
            changes.append(change)
            lines += said
        if settled:
            self.gate.settled_all(connection, settled)
        _SET.each(connection, changes)
        reporting.queue(connection, lines)

    def drop(self, connection: Connection, drops: Sequence[tuple[Row, Reason, str]], now: datetime) -> None:
        """Write down that messages will not go, and why."""
        made = [self._dropped(connection, row, reason, now, detail) for row, reason, detail in drops]
        _SET.each(connection, [change for change, _ in made])
        reporting.queue(connection, [line for _, lines in made for line in lines])

    def _dropped(
        self, connection: Connection, row: Row, reason: Reason, now: datetime, detail: str
    ) -> tuple[dict[str, Any], list[Line]]:
        self.gate.dropped(connection, row, reason, now)
        change = _change(row, state="dropped", reason=reason.value, detail=detail or None, settled_at=micros(now))
        return change, [reporting.message_line(row, Outcome.DROPPED, reason.value, now)]

    def _ended(
        self, connection: Connection, ending: Ending
    ) -> tuple[DeliveryKind, dict[str, Any], list[Line]]:  # fmt: skip
        row, now, detail = ending.row, ending.at, ending.receipt.detail
        kind, again = _judged(row, ending.receipt, now)
        if again is not None:
            return DeliveryKind.DEFERRED, _change(row, state="queued", detail=detail, not_before=micros(again)), []
        outcome = Outcome.FAILED if kind == DeliveryKind.FAILED else Outcome.SENT
        lines = [reporting.message_line(row, outcome, None, now), reporting.delivery_line(row, kind, detail, now)]
        if kind == DeliveryKind.FAILED:
            lines += bounces.refused(connection, row, detail, now)
        return kind, _change(row, state=kind.value, detail=detail, settled_at=micros(now)), lines


def unknowns(connection: Connection) -> list[dict[str, object]]:
    """List the messages nobody knows the fate of. Order: newest first."""
    found = connection.execute(
        select(outbox).where(outbox.c.state == DeliveryKind.UNKNOWN.value).order_by(outbox.c.settled_at.desc())
    ).mappings()
    return [
        {
            "message_id": row["message_id"],
            "scenario": row["scenario"],
            "brand": row["brand"],
            "contact": row["contact"],
            "handed_at": instant(row["handed_at"]).isoformat(),
            "detail": row["detail"],
        }
        for row in found
    ]


def _judged(row: Row, receipt: Receipt, now: datetime) -> tuple[DeliveryKind, datetime | None]:
    """
    Say what an answer means, and when to try again, if so.

    A 4xx for three days at most and never beyond the moment the message is for; a 5xx never; an unknown fate only
    where the message must arrive: its reader may get it twice, with the same Message-ID.
    """
    kind = receipt.kind
    if kind == DeliveryKind.STOPPED:
        return kind, max(now, instant(row["not_before"]))
    again = now + min(FIRST_RETRY * 2 ** min(row["attempts"], 20), LONGEST_RETRY)
    if kind == DeliveryKind.DEFERRED:
        is_late = micros(again) >= row["expires_at"] or again - instant(row["queued_at"]) > PATIENCE
        return (DeliveryKind.FAILED, None) if is_late else (kind, again)
    if kind == DeliveryKind.UNKNOWN and not MessageClass(row["message_class"]).is_marketing:
        may = micros(again) < row["expires_at"] and row["attempts"] < _MOST_REPEATS
        return kind, again if may else None
    return kind, None


def _change(row: Row, **values: object) -> dict[str, Any]:
    defaults = {"reason": row["reason"], "detail": None, "not_before": row["not_before"], "settled_at": None}
    return {"id": row["message_id"]} | {f"to_{name}": value for name, value in (defaults | values).items()}
