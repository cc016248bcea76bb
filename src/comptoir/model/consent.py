"""Consent: who may be written to, for what, on which channel; each statement with its proof, none ever changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import msgspec

from comptoir.clock import instant
from comptoir.model.event import Control, Line, Record, Trust
from comptoir.model.event import Type as LineType

MARKETING = "marketing"
EMAIL = "email"


class ConsentState(StrEnum):
    """What a statement says."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class ConsentKey(NamedTuple):
    """What a consent is about: a contact point × brand × purpose × channel. A merge of profiles never widens it."""

    contact: str
    brand: str
    purpose: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStatement:
    """Somebody gave or withdrew a consent."""

    statement_id: str
    """The message id of the line that said it."""
    contact_kind: str
    contact: str
    brand: str
    purpose: str = MARKETING
    channel: str = EMAIL
    state: ConsentState
    source: str
    trust: Trust = Trust.CONFIRMED
    stated_at: datetime
    acts_at_once: bool = False
    """Said to the door by the person, so it is the latest word whatever the clocks say; no row of a ledger."""
    text_version: str | None = None
    proof: str | None = None

    @property
    def key(self) -> ConsentKey:
        """Give what the statement is about."""
        return ConsentKey(self.contact, self.brand, self.purpose, self.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribed:
    """Somebody used the unsubscribe link of a message; whom it was sent to, our own ledger knows."""

    statement_id: str
    message_id: str
    brand: str
    source: str
    stated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A control line that this version does not understand: until it is applied, no marketing leaves."""

    statement_id: str
    name: str


ConsentControl = ConsentStatement | Unsubscribed | Unreadable


class Consents(Protocol):
    """Whoever keeps the consents. Reading and writing happen inside the caller's transaction."""

    def apply(self, connection: Any, statements: Sequence[ConsentStatement]) -> None:
        """Append statements; one that is there already changes nothing."""
        ...

    def granted(self, connection: Any, keys: Collection[ConsentKey]) -> frozenset[ConsentKey]:
        """Give those of `keys` whose latest word is a consent given to a confirmed source."""
        ...


def contact_of(kind: str, value: str) -> str:
    """Write a contact point as it is compared: an e-mail in lower case without spaces around."""
    return value.strip().lower() if kind == EMAIL else value.strip()


def read(line: Line) -> ConsentControl | None:
    """
    Read what a line says of consent; None where it says nothing of it.

    Consents are records named `Consent` and controls named `Consent Withdrawn` or `Unsubscribed`.
    """
    if line.type == LineType.RECORD and line.name == Record.CONSENT:
        return _statement(line, state=None)
    if line.type != LineType.CONTROL or line.name == Control.MESSAGE_CLICKED:
        return None
    if line.name == Control.CONSENT_WITHDRAWN:
        return _statement(line, state=ConsentState.WITHDRAWN) or _unreadable(line)
    if line.name == Control.UNSUBSCRIBED:
        return _unsubscribed(line) or _unreadable(line)
    return _unreadable(line)


def _unreadable(line: Line) -> Unreadable:
    return Unreadable(statement_id=line.message_id, name=line.name)


def _unsubscribed(line: Line) -> ConsentControl | None:
    said = _properties(line)
    message_id = said.get("message_id")
    if not isinstance(message_id, str) or not message_id:
        return _statement(line, state=ConsentState.WITHDRAWN)
    return Unsubscribed(
        statement_id=line.message_id,
        message_id=message_id,
        brand=str(said.get("brand") or line.brand),
        source=line.source,
        stated_at=_stated_at(line),
    )


def _statement(line: Line, *, state: ConsentState | None) -> ConsentStatement | None:
    said = _properties(line)
    looks_like_email = "@" in str(said.get("contact") or said.get("email") or "")
    kind = str(said.get("contact_kind") or (EMAIL if looks_like_email else ""))
    contact = said.get("contact") or said.get("email") or said.get("phone")
    wanted = said.get("state") if state is None else state
    if not isinstance(contact, str) or not isinstance(wanted, str) or wanted not in set(ConsentState):
        return None
    return ConsentStatement(
        statement_id=line.message_id,
        contact_kind=kind or "phone",
        contact=contact_of(kind, contact),
        brand=str(said.get("brand") or line.brand),
        purpose=str(said.get("purpose") or MARKETING),
        channel=str(said.get("channel") or EMAIL),
        state=ConsentState(wanted),
        source=line.source,
        trust=Trust(line.trust),
        stated_at=_stated_at(line),
        acts_at_once=line.type == LineType.CONTROL,
        text_version=_text(said.get("text_version")),
        proof=_text(said.get("proof")),
    )


def _stated_at(line: Line) -> datetime:
    return instant(line.received_at if line.timestamp is None else min(line.timestamp, line.received_at))


def _properties(line: Line) -> Mapping[str, object]:
    said = msgspec.json.decode(line.properties)
    return said if isinstance(said, dict) else {}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
