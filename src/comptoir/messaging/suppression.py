"""Addresses that must not be written to, kept as hashes so that the list outlives an erasure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, bindparam, insert, or_, select

from comptoir.clock import micros
from comptoir.messaging.rows import suppressions

_AT_ONCE = 500
_LISTED = select(suppressions.c.contact_hash).where(
    suppressions.c.contact_hash.in_(bindparam("hashes", expanding=True)),
    suppressions.c.channel == bindparam("channel"),
    or_(suppressions.c.brand == "", suppressions.c.brand == bindparam("brand")),
)


def suppress(
    connection: Connection, *, contact: str, channel: str, reason: str, now: datetime, brand: str = ""
) -> None:
    """Put an address on the list, for one brand or (empty) for every brand."""
    row = {"contact_hash": _hash(contact), "channel": channel, "brand": brand, "reason": reason, "at": micros(now)}
    connection.execute(insert(suppressions).prefix_with("OR IGNORE").values(row))


def suppressed(connection: Connection, *, contacts: Collection[str], channel: str, brand: str) -> frozenset[str]:
    """Give those of `contacts` that are on the list."""
    by_hash = {_hash(contact): contact for contact in contacts}
    hashes = sorted(by_hash)
    found: set[str] = set()
    for start in range(0, len(hashes), _AT_ONCE):
        some = {"hashes": hashes[start : start + _AT_ONCE], "channel": channel, "brand": brand}
        found |= {by_hash[row.contact_hash] for row in connection.execute(_LISTED, some)}
    return frozenset(found)


def _hash(contact: str) -> str:
    return sha256(contact.strip().lower().encode()).hexdigest()
