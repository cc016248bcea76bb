"""The keys that sign links: the newest signs, the older ones go on verifying until their links have expired."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from comptoir.clock import instant, micros
from comptoir.privacy.rows import link_keys
from comptoir.state.base import State

KEPT = timedelta(days=400)
"""How long a key verifies after the next one came: longer than any link lives."""
_BYTES = 32


def newest_first(connection: Connection, first: bytes) -> list[bytes]:
    """List the keys; `first` is the installation's own, which stands alone until one is rotated."""
    found = [row.key for row in connection.execute(select(link_keys.c.key).order_by(link_keys.c.key_id.desc()))]
    return found or [first]


def rotate(
    connection: Connection, first: bytes, now: datetime, *, revoke: bool = False, draw: bytes | None = None
) -> int:
    """
    Make a new key, and let go of those whose links have all expired; give how many verify now.

    With `revoke`, every older key is let go of at once: the links of all mails sent so far stop working.
    """
    k = link_keys.c
    found = connection.execute(select(k.key_id, k.made_at).order_by(k.key_id)).all()
    if not found:
        connection.execute(insert(link_keys).values(key=first, made_at=0))
        found = connection.execute(select(k.key_id, k.made_at).order_by(k.key_id)).all()
    # a key was in use until the next one was made
    ends = [row.made_at for row in found[1:]] + [micros(now)]
    gone = [row.key_id for row, end in zip(found, ends, strict=True) if revoke or instant(end) + KEPT <= now]
    if gone:
        connection.execute(delete(link_keys).where(k.key_id.in_(gone)))
    key = draw or secrets.token_bytes(_BYTES)
    connection.execute(insert(link_keys).values(key=key, made_at=micros(now)))
    return len(found) - len(gone) + 1


@dataclass(slots=True)
class Keyring:
    """The newest key, kept at hand for whoever signs; `refresh` sees what another process rotated."""

    state: State
    first: bytes
    newest: bytes = b""

    def __post_init__(self) -> None:
        """Read the newest key."""
        self.refresh()

    def refresh(self) -> None:
        """Read the newest key again."""
        with self.state.read() as connection:
            self.newest = newest_first(connection, self.first)[0]
