"""Erasing people over the API: what would go, the deed, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.erasing import work
from comptoir.erasing.preview import NotConfirmed, Preview
from comptoir.identity.profile import PersonNotFound
from comptoir.privacy.tombstones import ErasureNotFound
from comptoir.reports.service import EngineUnreachable
from comptoir.server.api.care import person_of
from comptoir.server.api.endpoints import Call, Endpoint
from comptoir.server.api.people import Named
from comptoir.web import customer_erase
from comptoir.web.customer_head import NoSuchCustomer


class Erase(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who is to be erased, and the word of the preview that confirms it."""

    person: str
    confirm: str


class Erasure(msgspec.Struct, kw_only=True):
    """A person who was erased, or is being; nothing says who it was."""

    erasure_id: str
    state: str
    """asked, gathered, cleaning, done."""
    asked_at: datetime
    asked_by: str
    done_at: datetime | None
    receipt: dict[str, Any]
    """What went and what stayed, in numbers, once it is done."""


def foresee(call: Call) -> Preview:
    """Count what an erasure would do."""
    return customer_erase.foresee(call.desk, person_of(call, call.query.person))


def erase(call: Call) -> Erasure:
    """Ask for an erasure; the engine carries it out."""
    person = person_of(call, call.body.person)
    erasure_id = customer_erase.ask(call.desk, person, call.body.confirm, by=call.who.name)
    call.tell(about=person.profile_id)
    work.tell_engine(call.desk.settings)
    return Erasure(**customer_erase.find(call.desk, erasure_id))


def listing(call: Call) -> list[Erasure]:
    """List the erasures. Order: as asked."""
    return [Erasure(**one) for one in customer_erase.listing(call.desk)]


def find(call: Call) -> Erasure:
    """Give one erasure."""
    return Erasure(**customer_erase.find(call.desk, call.path["erasure_id"]))


_UNKNOWN = (PersonNotFound, NoSuchCustomer, EngineUnreachable)

ENDPOINTS = (
    Endpoint(
        method="GET", path="/people/erasure", tag="People", right=Right.CARE, query=Named, answer=Preview, act=foresee,
        whole=True, errors=_UNKNOWN, summary="What erasing a person would take away, what would stay, and the word.",
    ),
    Endpoint(
        method="POST", path="/people/erase", tag="People", right=Right.CARE, body=Erase, answer=Erasure, act=erase,
        whole=True, deed=Deed.PERSON_ERASED, errors=(*_UNKNOWN, NotConfirmed), status=202,
        summary="Erase a person for ever: it cannot be taken back.",
        example={"person": "ann@example.org", "confirm": "ann@example.org"},
    ),
    Endpoint(
        method="GET", path="/erasures", tag="People", right=Right.CARE, answer=list[Erasure], act=listing, whole=True,
        summary="Who was erased, by number, and what became of it.",
    ),
    Endpoint(
        method="GET", path="/erasures/{erasure_id}", tag="People", right=Right.CARE, answer=Erasure, act=find,
        whole=True, errors=(ErasureNotFound,), summary="One erasure, and its receipt once it is done.",
    ),
)  # fmt: skip
"""What the API does to forget somebody."""
