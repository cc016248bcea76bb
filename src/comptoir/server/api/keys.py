"""Who may ask the API: whoever holds the secret key of a source that is enabled."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from comptoir.access import rows
from comptoir.access.public import hash_key
from comptoir.clock import Clock, micros, monotonic
from comptoir.errors import ComptoirError
from comptoir.state.base import State

FRESH_SECONDS = 2.0
"""Seconds after which the list of keys is read again: so long does a key live that was taken away."""

_LONGEST = 500


class NotKnown(ComptoirError, PermissionError):
    """A secret key is needed here."""

    code, status = "secret_key_needed", 401
    hint = "Send `Authorization: Bearer sk_…`, the secret key that `comptoir source add` showed, or Basic with it."


@dataclass(slots=True)
class SecretKeys:
    """The secret keys that open the API, as hashes, read again from state every few seconds."""

    state: State
    clock: Clock
    hashes: frozenset[str] = frozenset()
    expiries: Mapping[str, int] = field(default_factory=dict)
    read_at: float = float("-inf")

    def check(self, authorization: str) -> None:
        """Let an Authorization header pass. Raises: NotKnown."""
        key = _key_in(authorization)
        if not key or not self._is_known(hash_key(key)):
            raise NotKnown

    def _is_known(self, hashed: str) -> bool:
        if monotonic() - self.read_at > FRESH_SECONDS:
            self._read()
        # a look-up by hash: how long it takes tells nothing of the keys
        ends_at = self.expiries.get(hashed)
        return hashed in self.hashes and (ends_at is None or ends_at > micros(self.clock.now()))

    def _read(self) -> None:
        with self.state.read() as connection:
            found = connection.execute(
                select(rows.keys.c.hash, rows.keys.c.expires_at)
                .join(rows.sources, rows.sources.c.source == rows.keys.c.source)
                .where(rows.keys.c.kind == "secret", rows.sources.c.is_enabled)
            ).all()
        self.hashes = frozenset(row.hash for row in found)
        self.expiries = {row.hash: row.expires_at for row in found if row.expires_at is not None}
        self.read_at = monotonic()


def _key_in(authorization: str) -> str:
    scheme, _, value = authorization[:_LONGEST].partition(" ")
    match scheme.lower():
        case "bearer":
            return value.strip()
        case "basic":
            try:
                user, _, password = b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return ""
            return password or user
    return ""
