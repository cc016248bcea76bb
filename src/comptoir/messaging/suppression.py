"""Addresses that must not be written to, kept as hashes so that the list outlives an erasure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select

from comptoir.clock import instant, micros
from comptoir.messaging.rows import suppressions
from comptoir.state.statement import Statement, as_set

ERASURE = "erasure"
"""The reason that outlives everything known of a person."""
_HASHES = func.json_each(bindparam("hashes")).table_valued("value")
_LISTED = Statement(
    select(suppressions.c.contact_hash).where(
        suppressions.c.contact_hash.in_(select(_HASHES.c.value)),
        suppressions.c.channel == bindparam("channel"),
        or_(suppressions.c.brand == "", suppressions.c.brand == bindparam("brand")),
    )
)

_BARRED = Statement(
    select(suppressions.c.at)
    .where(
        suppressions.c.contact_hash == bindparam("contact_hash"),
        suppressions.c.channel == bindparam("channel"),
        or_(suppressions.c.brand == "", suppressions.c.brand == bindparam("brand")),
    )
    .limit(1)
)


def suppress(
    connection: Connection, *, contact: str, channel: str, reason: str, now: datetime, brand: str = ""
) -> None:
    """Put an address on the list, for one brand or (empty) for every brand."""
    suppress_all(connection, [contact], channel=channel, reason=reason, now=now, brand=brand)


def suppress_all(
    connection: Connection, contacts: Iterable[str], *, channel: str, reason: str, now: datetime, brand: str = ""
) -> int:
    """Put addresses on the list, given as they are or as 64 hexadecimal digits of their hash; say how many."""
    rows = [
        {"contact_hash": _hash_or_own(one), "channel": channel, "brand": brand, "reason": reason, "at": micros(now)}
        for one in contacts
        if one.strip()
    ]
    if rows:
        connection.execute(insert(suppressions).prefix_with("OR IGNORE"), rows)
    return len(rows)


def lift(
    connection: Connection, *, contact: str, channel: str, brand: str | None = None, reason: str | None = None
) -> int:
    """
    Take an address off the list, for one brand or (None) all, of one reason or any; say how many entries.

    One reason lifted leaves the others. That its person was erased is lifted by that reason alone.
    """
    c = suppressions.c
    wanted = delete(suppressions).where(c.contact_hash == hash_of(contact), c.channel == channel)
    wanted = wanted if brand is None else wanted.where(c.brand == brand)
    wanted = wanted.where(c.reason != ERASURE) if reason is None else wanted.where(c.reason == reason)
    return int(connection.execute(wanted).rowcount)


def suppressed(connection: Connection, *, contacts: Collection[str], channel: str, brand: str) -> frozenset[str]:
    """Give those of `contacts` that are on the list."""
    by_hash = {hash_of(contact): contact for contact in contacts}
    found = _LISTED.rows(connection, hashes=as_set(by_hash), channel=channel, brand=brand)
    return frozenset(by_hash[contact_hash] for (contact_hash,) in found)


def is_suppressed(connection: Connection, contact: str, *, channel: str, brand: str) -> bool:
    """Say whether one address is on the list."""
    return bool(_BARRED.rows(connection, contact_hash=hash_of(contact), channel=channel, brand=brand))


def listing(connection: Connection, *, contact: str | None = None, most: int = 1_000) -> list[dict[str, object]]:
    """List entries, newest first, one a reason; those of one address where it is given."""
    c = suppressions.c
    asked = select(suppressions).order_by(c.at.desc(), c.contact_hash, c.channel, c.brand, c.reason).limit(most)
    if contact is not None:
        asked = asked.where(c.contact_hash == hash_of(contact))
    return [
        {
            "contact_hash": row.contact_hash,
            "channel": row.channel,
            "brand": row.brand or None,
            "reason": row.reason,
            "at": instant(row.at).isoformat(),
        }
        for row in connection.execute(asked)
    ]


def hash_of(contact: str) -> str:
    """Give what the list keeps of an address."""
    return sha256(contact.strip().lower().encode()).hexdigest()


def _hash_or_own(said: str) -> str:
    tidy = said.strip().lower()
    is_hash = len(tidy) == 64 and all(character in "0123456789abcdef" for character in tidy)
    return tidy if is_hash else hash_of(said)
