"""The ledger of consents: append what was said, read what holds, replay any instant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from comptoir.clock import instant, micros
from comptoir.model.consent import ConsentKey, ConsentState, ConsentStatement
from comptoir.model.event import Trust
from comptoir.privacy.rows import consents

_AT_ONCE = 500
"""Contacts asked for in one statement."""


@dataclass(frozen=True, slots=True)
class ConsentLedger:
    """The consents of one installation; works inside the caller's transaction (`model.consent.Consents`)."""

    def apply(self, connection: Connection, statements: Sequence[ConsentStatement]) -> None:
        """
        Append statements; one that is there already changes nothing.

        A withdrawal said to the door takes effect after everything said before it, even where a clock stepped back.
        """
        for statement in statements:
            effective = micros(statement.stated_at)
            if statement.acts_at_once:
                effective = max(effective, 1 + _latest(connection, statement.key))
            connection.execute(insert(consents).prefix_with("OR IGNORE").values(_row(statement, effective)))

    def granted(self, connection: Connection, keys: Collection[ConsentKey]) -> frozenset[ConsentKey]:
        """Give those of `keys` whose latest word is a consent given to a confirmed source."""
        wanted = set(keys)
        latest = _standing(connection, {key.contact for key in wanted})
        return frozenset(key for key in wanted if latest.get(key) == ConsentState.GRANTED)

    def granted_at(self, connection: Connection, key: ConsentKey, at: datetime) -> bool:
        """Say what held at an instant: the proof, replayed."""
        return _standing(connection, {key.contact}, until=micros(at)).get(key) == ConsentState.GRANTED

    def history(self, connection: Connection, contact: str) -> list[dict[str, object]]:
        """List every statement about a contact point. Order: as they took effect."""
        found = connection.execute(
            select(consents).where(consents.c.contact == contact).order_by(consents.c.effective_at, consents.c.seq)
        ).mappings()
        return [
            {
                **{name: row[name] for name in _SHOWN},
                "stated_at": instant(row["stated_at"]).isoformat(),
                "effective_at": instant(row["effective_at"]).isoformat(),
            }
            for row in found
        ]


_SHOWN = (
    "statement_id", "contact_kind", "contact", "brand", "purpose", "channel", "state", "source", "trust",
    "text_version", "proof",
)  # fmt: skip


def _row(statement: ConsentStatement, effective: int) -> dict[str, Any]:
    return {
        "statement_id": statement.statement_id,
        "contact_kind": statement.contact_kind,
        "contact": statement.contact,
        "brand": statement.brand,
        "purpose": statement.purpose,
        "channel": statement.channel,
        "state": statement.state.value,
        "source": statement.source,
        "trust": statement.trust.value,
        "stated_at": micros(statement.stated_at),
        "effective_at": effective,
        "text_version": statement.text_version,
        "proof": statement.proof,
    }


def _latest(connection: Connection, key: ConsentKey) -> int:
    c = consents.c
    found = connection.execute(
        select(c.effective_at)
        .where(c.contact == key.contact, c.brand == key.brand, c.purpose == key.purpose, c.channel == key.channel)
        .order_by(c.effective_at.desc())
        .limit(1)
    ).scalar()
    return int(found) if found is not None else 0


def _standing(connection: Connection, contacts: set[str], *, until: int | None = None) -> dict[ConsentKey, str]:
    c = consents.c
    # At the same instant a withdrawal wins: "granted" sorts before "withdrawn", and the last row stands.
    ask = select(c.contact, c.brand, c.purpose, c.channel, c.state, c.trust).order_by(c.effective_at, c.state, c.seq)
    latest: dict[ConsentKey, str] = {}
    asked = sorted(contacts)
    for start in range(0, len(asked), _AT_ONCE):
        some = ask.where(c.contact.in_(asked[start : start + _AT_ONCE]))
        if until is not None:
            some = some.where(c.effective_at <= until)
        for contact, brand, purpose, channel, state, trust in connection.execute(some):
            if state == ConsentState.WITHDRAWN or trust == Trust.CONFIRMED:  # a claimed consent is no consent
                latest[ConsentKey(contact, brand, purpose, channel)] = state
    return latest
