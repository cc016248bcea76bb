"""What people say of consent, made to act: claims are asked to be confirmed, choices and pauses become statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from comptoir.clock import micros
from comptoir.messaging import reporting
from comptoir.messaging.rows import outbox
from comptoir.model.consent import (
    BY_LINK,
    EMAIL,
    OPEN_TRACKING,
    Confirmed,
    ConsentControl,
    ConsentKey,
    ConsentState,
    ConsentStatement,
    Opened,
    PauseAsked,
    PreferencesChanged,
    Unsubscribed,
)
from comptoir.model.event import ENVELOPE_VERSION, Line, Record, Trust, Type
from comptoir.privacy.consent import ConsentLedger
from comptoir.privacy.optin import OptIns
from comptoir.privacy.rows import pauses

SOURCE = reporting.SOURCE

JudgeOpen = Callable[[Opened, int | None], str | None]
"""Say why a pixel was fetched by a machine, given when its mail was delivered; None where it looks like a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """
    Hears the controls of a tick, inside the transaction that writes down the tick.

    Said twice is said once: each statement is named after the line that said it.
    """

    ledger: ConsentLedger
    opt_ins: OptIns
    judge_open: JudgeOpen = lambda _opened, _delivered_at: None

    def hear(self, connection: Connection, controls: Sequence[ConsentControl], now: datetime) -> list[ConsentStatement]:
        """
        Write down what was said, ask for confirmations, and give the statements for whoever must act on them.

        Order: as said.
        """
        sent = _sent(connection, controls)
        heard: list[ConsentStatement] = []
        asking: list[ConsentStatement] = []
        for one in controls:
            made = self._statements(connection, one, sent)
            self.ledger.apply(connection, made)
            heard += made
            asking += [statement for statement in made if statement.asks]
            if isinstance(one, PauseAsked):
                _pause(connection, one, sent)
            elif isinstance(one, Opened):
                self._opened(connection, one, sent, now)
            if made and not isinstance(one, ConsentStatement | Unsubscribed):  # those two are lines of their own
                reporting.queue(connection, [_line_of(statement) for statement in made])
        if asking:
            granted = self.ledger.granted(connection, {one.key for one in asking})
            self.opt_ins.ask(connection, asking, granted, now)
        return heard

    def _statements(
        self, connection: Connection, one: ConsentControl, sent: Mapping[str, Mapping[str, Any]]
    ) -> list[ConsentStatement]:
        if isinstance(one, ConsentStatement):
            return [one]
        if isinstance(one, Confirmed):
            return self.opt_ins.confirm(connection, one)
        message = sent.get(one.message_id) if isinstance(one, Unsubscribed | PreferencesChanged) else None
        if message is None:
            return []
        if isinstance(one, Unsubscribed):
            proof = f"unsubscribe link of message {one.message_id}"
            return [_said(one.statement_id, message, message["purpose"], one.stated_at, proof, is_on=False)]
        assert isinstance(one, PreferencesChanged)
        proof = f"preference page of message {one.message_id}"
        return [
            _said(
                f"{one.statement_id}:{choice.purpose}",
                message,
                choice.purpose,
                one.stated_at,
                proof,
                is_on=choice.is_on,
                text_version=choice.text_version,
            )
            for choice in one.choices
        ]

    def _opened(
        self, connection: Connection, one: Opened, sent: Mapping[str, Mapping[str, Any]], now: datetime
    ) -> None:
        """Record an open where that is agreed to, both when it happened and now; once a message."""
        message = sent.get(one.message_id)
        if message is None:
            return
        key = ConsentKey(message["contact"], message["brand"], OPEN_TRACKING, message["channel"])
        if not self.ledger.granted_at(connection, key, one.stated_at) or not self.ledger.granted(connection, [key]):
            return
        said = {
            "message_id": one.message_id,
            "kind": "opened",
            "detail": None,
            "link": None,
            "node_id": message["node_id"],
            "robot_reason": self.judge_open(one, message["settled_at"]),
        }
        suffix = "opened" if said["robot_reason"] is None else "opened-by-machine"
        at = min(one.stated_at, now)
        line = _line(Record.DELIVERY, f"{one.message_id}:{suffix}", message["brand"], said, at)
        reporting.queue(connection, [line])


def _sent(connection: Connection, controls: Sequence[ConsentControl]) -> dict[str, Mapping[str, Any]]:
    """Give what our own ledger knows of the messages that controls speak of: the door knows no address."""
    ids = {one.message_id for one in controls if not isinstance(one, ConsentStatement) and hasattr(one, "message_id")}
    o = outbox.c
    wanted = select(o.message_id, o.contact, o.brand, o.channel, o.purpose, o.node_id, o.settled_at)
    found: dict[str, Mapping[str, Any]] = {}
    asked = sorted(ids)
    for start in range(0, len(asked), 500):
        rows = connection.execute(wanted.where(o.message_id.in_(asked[start : start + 500]))).mappings()
        found |= {row["message_id"]: dict(row) for row in rows}
    return found


def _said(
    statement_id: str,
    message: Mapping[str, Any],
    purpose: str,
    at: datetime,
    proof: str,
    *,
    is_on: bool,
    text_version: str | None = None,
) -> ConsentStatement:
    """Make what the owner of an address said through a signed link of a message that was sent to it."""
    return ConsentStatement(
        statement_id=statement_id,
        contact_kind=EMAIL if message["channel"] == EMAIL else "phone",
        contact=message["contact"],
        brand=message["brand"],
        purpose=purpose,
        channel=message["channel"],
        state=ConsentState.GRANTED if is_on else ConsentState.WITHDRAWN,
        source=SOURCE,
        stated_at=at,
        acts_at_once=True,
        text_version=text_version or BY_LINK,
        proof=proof,
    )


def _pause(connection: Connection, one: PauseAsked, sent: Mapping[str, Mapping[str, Any]]) -> None:
    message = sent.get(one.message_id)
    if message is None:
        return
    row = {
        "statement_id": one.statement_id,
        "contact": message["contact"],
        "brand": message["brand"],
        "channel": message["channel"],
        "until_at": max(0, one.until),
        "stated_at": micros(one.stated_at),
    }
    connection.execute(insert(pauses).prefix_with("OR IGNORE").values(row))


def _line_of(statement: ConsentStatement) -> Line:
    """Write a statement as the record that facts are made of; it has the statement's own name, so it is no other."""
    said = {
        "contact_kind": statement.contact_kind,
        "contact": statement.contact,
        "purpose": statement.purpose,
        "channel": statement.channel,
        "state": statement.state.value,
        "text_version": statement.text_version,
        "proof": statement.proof,
    }
    return _line(Record.CONSENT, statement.statement_id, statement.brand, said, statement.stated_at)


def _line(record: Record, line_id: str, brand: str, said: Mapping[str, Any], at: datetime) -> Line:
    return Line(
        v=ENVELOPE_VERSION,
        type=Type.RECORD.value,
        source=SOURCE,
        brand=brand,
        received_at=micros(at),
        trust=Trust.CONFIRMED.value,
        dialect=SOURCE,
        message_id=line_id,
        name=record.value,
        timestamp=micros(at),
        properties=msgspec.Raw(msgspec.json.encode(said)),
    )
