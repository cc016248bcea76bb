"""Who asks the API: the holder of a user's key, with its role, or of the secret key of a source, for its brand."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field

from comptoir.access import keys, users
from comptoir.access.public import hash_key
from comptoir.access.roles import Principal
from comptoir.clock import Clock, micros, monotonic
from comptoir.errors import ComptoirError
from comptoir.state.base import State

FRESH_SECONDS = 2.0
"""Seconds after which the list of keys is read again: so long does a key live that was taken away."""

_LONGEST = 500


class NotKnown(ComptoirError, PermissionError):
    """A secret key is needed here."""

    code, status = "secret_key_needed", 401
    hint = "Send `Authorization: Bearer uk_…`, the key that `comptoir user add` showed, or a source's secret key sk_…."


@dataclass(slots=True)
class SecretKeys:
    """The keys that open the API, as hashes, read again from state every few seconds."""

    state: State
    clock: Clock
    holders: Mapping[str, tuple[Principal, int]] = field(default_factory=dict)
    """By hash: who holds the key, and until when (microseconds since 1970)."""
    read_at: float = float("-inf")

    def check(self, authorization: str) -> Principal:
        """Give who sends an Authorization header. Raises: NotKnown."""
        key = _key_in(authorization)
        if not key:
            raise NotKnown
        # a look-up by hash: how long it takes tells nothing of the keys
        hashed = hash_key(key)
        if hashed not in self.holders or monotonic() - self.read_at > FRESH_SECONDS:
            self._read()  # also for one that is not known: a new key works at once
        held = self.holders.get(hashed)
        if held is None or held[1] <= micros(self.clock.now()):
            raise NotKnown
        return held[0]

    def _read(self) -> None:
        with self.state.read() as connection:
            self.holders = {**keys.secret_holders(connection), **users.holders(connection)}
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
