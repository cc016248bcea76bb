"""Corrections offered back to customers: what was asked, of whom, and the first answer, which counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from comptoir.clock import micros
from comptoir.errors import ComptoirError
from comptoir.ids import uuid7
from comptoir.quality import email, phone
from comptoir.quality.fields import Field
from comptoir.quality.rows import corrections

LIFE = timedelta(days=14)
"""How long a link works."""


class NothingToOffer(ComptoirError, ValueError):
    """Nothing about this value is to be asked."""

    code, status = "nothing_to_offer", 422
    hint = "Only a value that was corrected, or is doubted and has a proposal, can be put to the customer."


class Choice(StrEnum):
    """What a customer answers."""

    YES = "yes"
    """The proposal is right."""
    NO = "no"
    """What was written first is right."""


class Offer(NamedTuple):
    """One correction put to a customer."""

    correction_id: str
    brand: str
    node_id: int
    field: str
    name: str
    original: str
    proposal: str
    answered_by: str | None = None
    """The message id of the answer that counts."""

    def settled(self, answer: str) -> str:
        """Give the value that an answer leaves."""
        return self.proposal if answer == Choice.YES else self.original


def make(connection: Connection, said: Mapping[str, object], *, by: str, now: datetime) -> Offer:
    """
    Write down a question to a customer about a row of the values' list.

    Raises: NothingToOffer.
    """
    original, value = str(said["original"]), str(said["value"])
    proposal = str(said["proposal"]) or (value if value != original else "")
    if not proposal or proposal == original:
        raise NothingToOffer(field=said["field"])
    offer = Offer(
        correction_id=f"correction-{uuid7(micros(now))}",
        brand=str(said["brand"]),
        node_id=int(str(said["node_id"])),
        field=str(said["field"]),
        name=str(said["name"]),
        original=original,
        proposal=proposal,
    )
    row = offer._asdict() | {"asked_by": by, "asked_at": micros(now), "expires_at": micros(now + LIFE)}
    connection.execute(insert(corrections).values(row))
    return offer


def find(connection: Connection, ids: Sequence[str]) -> dict[str, Offer]:
    """Give offers by their ids; those that are none are left out."""
    columns = [corrections.c[name] for name in Offer._fields]
    found = connection.execute(select(*columns).where(corrections.c.correction_id.in_(ids)))
    return {row[0]: Offer(*row) for row in found}


def note(connection: Connection, answers: Iterable[tuple[str, str, str, int]]) -> None:
    """Write down answers, as (offer, answer, message id, instant): the first of an offer stands."""
    c = corrections.c
    for correction_id, answer, message_id, at in answers:
        unanswered = (c.correction_id == correction_id) & c.answered_by.is_(None)
        said = {"answer": answer, "answered_by": message_id, "answered_at": at}
        connection.execute(update(corrections).where(unanswered).values(said))


def masked(field: str, value: str) -> str:
    """Write a value so that its owner knows it, and whoever else opens the link learns nothing."""
    if field == Field.EMAIL:
        return email.masked(value)
    if field == Field.PHONE:
        return phone.masked(value)
    return f"{value[:1]}…" if len(value) < 6 else f"{value[:2]}…{value[-1:]}"
