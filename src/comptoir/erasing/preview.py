"""What an erasure would take away and what it would leave, said before anybody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from comptoir.errors import ComptoirError
from comptoir.identity.profile import Profile
from comptoir.model.identifier import IdentifierKind
from comptoir.pressure.rows import candidates
from comptoir.privacy import care
from comptoir.privacy.rows import consents

Ask = Callable[[str, Mapping[str, object]], Sequence[Mapping[str, Any]]]
"""Answer a named report (`reports/sql/<name>.sql`)."""
_SPOKEN = (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.ACCOUNT, IdentifierKind.LOYALTY_CARD)


class NotConfirmed(ComptoirError, ValueError):
    """An erasure cannot be taken back, and this is not the word that confirms it."""

    code, status = "not_confirmed", 422
    hint = "Type the identifier that the preview shows, letter by letter."


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What goes and what stays of one person, counted."""

    profile_id: str
    word: str
    """What must be typed to confirm."""
    identifiers: int
    traits: int
    events: int
    carts: int
    messages: int
    points: int
    orders: int
    """They stay, with their amounts and products, and without a name."""
    consents: int
    """They stay as proof, under a hash of the address."""
    addresses: int
    """They are written to never again: a hash of each stays on the list."""


def preview(connection: Connection, ask: Ask, person: Profile) -> Preview:
    """Count what an erasure would take away and leave. Raises: EngineUnreachable, EngineSilent."""
    kinds = {row["kind"]: row["times"] for row in ask("customer_counts", {"nodes": list(person.node_ids)})}
    contacts = [contact for contact, _ in care.contacts_of(person)]
    wished = select(func.count()).select_from(candidates).where(candidates.c.node_id.in_(person.node_ids))
    said = select(func.count()).select_from(consents).where(consents.c.contact.in_(contacts))
    return Preview(
        profile_id=person.profile_id,
        word=word_of(person),
        identifiers=len(person.identifiers),
        traits=len(person.stated),
        events=kinds["events"],
        carts=kinds["carts"],
        messages=int(connection.scalar(wished) or 0),
        points=kinds["loyalty"],
        orders=kinds["orders"],
        consents=int(connection.scalar(said) or 0),
        addresses=len(contacts),
    )


def word_of(person: Profile) -> str:
    """Give what must be typed to confirm: the identifier by which people would know her, else her number."""
    return next((one.value for kind in _SPOKEN for one in person.identifiers if one.kind == kind), person.profile_id)


def check(person: Profile, typed: str) -> None:
    """Let pass whoever typed the word. Raises: NotConfirmed."""
    if typed.strip() != word_of(person):
        raise NotConfirmed
