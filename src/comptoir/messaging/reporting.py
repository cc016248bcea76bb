"""What the sender and the pressure ledger report to the facts: record lines, queued with the effect they tell of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select

from comptoir.clock import micros
from comptoir.messaging.rows import reports
from comptoir.model.event import ENVELOPE_VERSION, Line, Record, Trust, decode, encode
from comptoir.model.event import Type as LineType
from comptoir.model.message import DeliveryKind, Outcome
from comptoir.state.statement import Statement

SOURCE = "comptoir"
_AT_ONCE = 1_000


def message_line(message: Mapping[str, Any], outcome: Outcome, reason: str | None, now: datetime) -> Line:
    """Say what finally became of a candidate. Grain: one line a message, named after it."""
    return _line(
        Record.MESSAGE,
        f"{message['message_id']}:message",
        message["brand"],
        {
            "message_id": message["message_id"],
            "outcome": outcome.value,
            "reason": reason,
            "scenario": message["scenario"],
            "scenario_version": message["scenario_version"],
            "step": message["step"],
            "enrollment_id": f"{message['enrollment_id'] % (1 << 64):016x}",
            "brand": message["brand"],
            "channel": message["channel"],
            "contact": message["contact"] or None,
            "node_id": message["node_id"],
            "cart_id": message["cart_id"],
            "wished_at": message.get("wished_at"),
        },
        now,
    )


def delivery_line(message: Mapping[str, Any], kind: DeliveryKind, detail: str, now: datetime) -> Line:
    """Say what a channel answered. Grain: one line a message and kind."""
    return _line(
        Record.DELIVERY,
        f"{message['message_id']}:{kind.value}",
        message["brand"],
        {
            "message_id": message["message_id"],
            "kind": kind.value,
            "detail": detail or None,
            "link": None,
            "node_id": message["node_id"],
            "robot_reason": None,
        },
        now,
    )


def queue(connection: Connection, lines: Sequence[Line]) -> None:
    """Queue lines to be reported, in the transaction of the effect they report; the same line twice is one."""
    _QUEUE.each(connection, [{"report_id": line.message_id, "line": encode(line)} for line in lines])


def waiting(connection: Connection) -> tuple[int, list[Line]]:
    """Give the oldest queued lines and the number to forget them by."""
    found = _WAITING.rows(connection)
    return (found[-1][0] if found else 0), [decode(line) for _, line in found]


def forget(connection: Connection, until: int) -> None:
    """Forget lines that were reported; after a crash they are reported again, and dropped as duplicates."""
    _FORGET.rows(connection, until=until)


_QUEUE = Statement(
    insert(reports).prefix_with("OR IGNORE").values(report_id=bindparam("report_id"), line=bindparam("line"))
)
_WAITING = Statement(select(reports.c.seq, reports.c.line).order_by(reports.c.seq).limit(_AT_ONCE))
_FORGET = Statement(delete(reports).where(reports.c.seq <= bindparam("until")))


def _line(record: Record, report_id: str, brand: str, properties: dict[str, Any], now: datetime) -> Line:
    return Line(
        v=ENVELOPE_VERSION,
        type=LineType.RECORD.value,
        source=SOURCE,
        brand=brand,
        received_at=micros(now),
        trust=Trust.CONFIRMED.value,
        dialect=SOURCE,
        message_id=report_id,
        name=record.value,
        timestamp=micros(now),
        properties=msgspec.Raw(msgspec.json.encode(properties)),
    )
