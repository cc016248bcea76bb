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
from comptoir.server.limits import Buckets
from comptoir.state.base import State

FRESH_SECONDS = 2.0
"""Seconds after which the list of keys is read again: so long does a key live that was taken away."""
BURST_SECONDS = 20.0
"""For so long may a key ask as fast as it likes, after a rest."""
STRANGERS_PER_SECOND = 5.0
"""Looks at the store for keys that nobody knows, so that guessing keeps it from no one."""

_LONGEST = 500


class NotKnown(ComptoirError, PermissionError):
    """A secret key is needed here."""

    code, status = "secret_key_needed", 401
    hint = "Send `Authorization: Bearer uk_…`, the key that `comptoir user add` showed, or a source's secret key sk_…."


class TooManyRequests(ComptoirError):
    """This key asks more often than it may."""

    code, status = "too_many_requests", 429
    hint = "Wait as long as Retry-After says; `desk.api_per_second` in the settings says how often a key may ask."

    def __init__(self, *, retry_seconds: int) -> None:
        self.retry_seconds = retry_seconds
        super().__init__(retry_seconds=retry_seconds)


@dataclass(frozen=True, slots=True)
class _Limit:
    hash: str
    rate_per_second: float
    rate_burst: int


_STRANGERS = _Limit("", STRANGERS_PER_SECOND, int(STRANGERS_PER_SECOND * BURST_SECONDS))


@dataclass(slots=True)
class SecretKeys:
    """The keys that open the API, as hashes, read again from state every few seconds."""

    state: State
    clock: Clock
    per_second: float = 0.0
    """Requests that one holder may make; 0 for no limit."""
    holders: Mapping[str, tuple[Principal, int]] = field(default_factory=dict)
    """By hash: who holds the key, and until when (microseconds since 1970)."""
    brands: frozenset[str] = frozenset()
    """All brands there are."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """The brand of each source."""
    read_at: float = float("-inf")
    buckets: Buckets = field(default_factory=Buckets)

    def check(self, authorization: str, weight: float = 1.0) -> Principal:
        """
        Give who sends an Authorization header.

        `weight` is what the request counts. Raises: NotKnown; TooManyRequests.
        """
        key = _key_in(authorization)
        if not key:
            raise NotKnown
        # a look-up by hash: how long it takes tells nothing of the keys
        hashed, now = hash_key(key), monotonic()
        is_old = now - self.read_at > FRESH_SECONDS
        # also for one that is not known: a new key works at once
        if is_old or (hashed not in self.holders and not self.buckets.wait(_STRANGERS, 1, now)):
            self._read()
        held = self.holders.get(hashed)
        if held is None or held[1] <= micros(self.clock.now()):
            raise NotKnown
        limit = _Limit(held[0].id, self.per_second, int(self.per_second * BURST_SECONDS))
        if seconds := self.buckets.wait(limit, weight, now):
            raise TooManyRequests(retry_seconds=seconds)
        return held[0]

    def _read(self) -> None:
        with self.state.read() as connection:
            self.holders = {**keys.secret_holders(connection), **users.holders(connection)}
            self.brands = frozenset(one.name for one in keys.brands_in(connection))
            self.sources = keys.brands_of_sources(connection)
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
