"""What protects the door: how much a body may hold, how fast a source may send, how slow a client may be."""

from __future__ import annotations

import asyncio
import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from comptoir.collect import addresses
from comptoir.model.event import Trust
from comptoir.server.problems import (
    BodyTooLarge,
    EncodingNotSupported,
    NetworkTooFast,
    TooManyEvents,
    TooMuchHalfSent,
)

GZIP_MAGIC = b"\x1f\x8b"
REQUEST_SECONDS = 20.0
"""A client has this long to bring a whole request, headers and body."""
SWEEP_SECONDS = 1.0
DRAIN_BYTES = 64 << 20
DRAIN_SECONDS = 3.0
HALF_SENT_BYTES = 64 << 20
"""Bytes of half-sent bodies that the door holds at most, of all connections together."""
_NO_LIMIT = 1 << 62
_CLAIMED = Trust.CLAIMED  # to ask an enumeration for a member takes as long as a look into a dict
MOST_NETWORKS = 50_000
"""Networks whose buckets are at hand at most; who was not here lately comes with a full bucket, as anybody new."""
NETWORK_SECONDS = 20
"""What a network may send at once, in seconds of what it may send for long."""

_GZIP = 31
_ZLIB = 15
_RAW_DEFLATE = -15


class NotInflatable(ValueError):
    """The compressed body is cut, or is no gzip or deflate."""


@dataclass(slots=True)
class HalfSent:
    """
    Bytes of bodies whose end has not come, of all connections together: slow senders must not fill the memory.

    A body that comes whole in one piece is never counted.
    """

    most: int = HALF_SENT_BYTES
    held: int = 0

    def hold(self, count: int) -> None:
        """Hold so many more bytes. Raises: TooMuchHalfSent."""
        if self.held + count > self.most:
            raise TooMuchHalfSent(most_bytes=self.most)
        self.held += count


async def read_body(receive: Any, most: int, half_sent: HalfSent | None = None) -> bytes | None:
    """
    Read a request's body; None where the client went away before its end.

    Raises: BodyTooLarge, as soon as it is; TooMuchHalfSent.
    """
    message = await receive()
    if message["type"] != "http.request":
        return None
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if len(body) > most:
            raise BodyTooLarge(most_bytes=most)
        return body
    whole = HalfSent(most=_NO_LIMIT) if half_sent is None else half_sent
    return await _rest(receive, body, most, whole)


async def _rest(receive: Any, first: bytes, most: int, half_sent: HalfSent) -> bytes | None:
    parts, size, held = [first], len(first), 0
    try:
        while True:
            if size > most:
                raise BodyTooLarge(most_bytes=most)
            half_sent.hold(len(parts[-1]))
            held += len(parts[-1])
            message = await receive()
            if message["type"] != "http.request":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if not message.get("more_body", False):
                break
        if size > most:
            raise BodyTooLarge(most_bytes=most)
        return b"".join(parts)
    finally:
        half_sent.held -= held


async def drain(receive: Any) -> None:
    """Let a client finish what it is sending, unread, for a while: else it may lose the answer with the connection."""
    left = DRAIN_BYTES
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def inflated(body: bytes, encoding: bytes, most: int) -> bytes:
    """
    Undo the compression of a body, once. Gzip is known by its first bytes: what a client says of it is often wrong.

    Never holds more than `most` bytes and one; gzip inside gzip stays as it is.

    Raises: BodyTooLarge, EncodingNotSupported, NotInflatable.
    """
    said = encoding.strip().lower()
    if said not in {b"", b"identity", b"gzip", b"x-gzip", b"deflate"}:
        raise EncodingNotSupported(encoding=said.decode("latin-1")[:40])
    if body.startswith(GZIP_MAGIC):
        return _inflate(body, _GZIP, most)
    if said == b"deflate" and not body.lstrip().startswith((b"{", b"[")):
        try:
            return _inflate(body, _ZLIB, most)
        except NotInflatable:
            return _inflate(body, _RAW_DEFLATE, most)
    return body


def _inflate(body: bytes, form: int, most: int) -> bytes:
    parts: list[bytes] = []
    left = most + 1
    while body:
        machine = zlib.decompressobj(form)
        try:
            parts.append(machine.decompress(body, left))
        except zlib.error as error:
            raise NotInflatable(str(error)) from error
        left -= len(parts[-1])
        if left <= 0:
            raise BodyTooLarge(most_bytes=most)
        if not machine.eof:
            raise NotInflatable("the compressed body is cut")
        body = machine.unused_data if form == _GZIP else b""
    return b"".join(parts)


class Limit(Protocol):
    """Whose bucket, how fast it fills, and how much it holds."""

    @property
    def hash(self) -> str:
        """What tells one key, or one holder, from another."""

    @property
    def rate_per_second(self) -> float:
        """Tokens that come in a second; 0 for no limit."""

    @property
    def rate_burst(self) -> int:
        """Tokens it holds at most."""


@dataclass(slots=True)
class Buckets:
    """
    One bucket of tokens a key, an event a token: who floods with the public key leaves the server's key its own.

    For keys of the API a request is a token.

    A batch larger than what is left passes once and leaves a debt, so that a burst is never cut into pieces.

    Source: token bucket; Tanenbaum, Computer Networks, 5.4.
    """

    _levels: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, grant: Limit, events: float, now_seconds: float) -> None:
        """Take a token an event. Raises: TooManyEvents, with the seconds to wait."""
        if seconds := self.wait(grant, events, now_seconds):
            raise TooManyEvents(retry_seconds=seconds)

    def wait(self, limit: Limit, tokens: float, now_seconds: float) -> int:
        """Take tokens; or give the seconds to wait where there are none left, which is never 0."""
        if limit.rate_per_second <= 0:
            return 0
        most = float(max(limit.rate_burst, 1))
        level, at = self._levels.get(limit.hash, (most, now_seconds))
        level = min(most, level + (now_seconds - at) * limit.rate_per_second)
        if level <= 0:
            self._levels[limit.hash] = (level, now_seconds)
            return max(1, math.ceil((1 - level) / limit.rate_per_second))
        self._levels[limit.hash] = (level - tokens, now_seconds)
        return 0


class PublicLimit(Limit, Protocol):
    """The limit of a key that knows how far its holder is believed."""

    @property
    def trust(self) -> Trust:
        """Whether the key is public."""


@dataclass(slots=True)
class Networks:
    """
    One bucket a public key and network of visitors, which is emptied before the key's own.

    A public key is everybody's: who floods with it must not use up what the other visitors need. So one network has a
    share of the key's limit, and a limit of its own where the key has none. A secret key's holder is known, and has the
    key's limit alone.

    Units: `per_second` events, 0 for no limit; `share` of the key's limit, 0-1, where 1 says no bound.
    """

    share: float = 1.0
    per_second: float = 0.0
    most: int = MOST_NETWORKS
    _young: dict[tuple[str, str], float] = field(default_factory=dict)
    """Key and network → when its bucket will be full again: one number says how full it is at any moment."""
    _old: dict[tuple[str, str], float] = field(default_factory=dict)
    """Buckets that nobody asked for since the young ones were half of all there may be."""
    _grant: PublicLimit | None = None
    _pace: float = 0.0
    _span: float = 0.0
    _burst: float = 0.0
    """Of the key that came last, as a rule the next's too: seconds for a token, and for a bucket; tokens of one."""

    def take(self, grant: PublicLimit, network: str | None, events: int, now_seconds: float) -> float:
        """
        Take a token an event; give how many of them the key's own bucket answers for.

        A batch that is larger than the network's whole bucket passes once, and what it is larger by is a debt of the
        network alone: else one such batch would empty the key's bucket for everybody.

        Raises: NetworkTooFast.
        Source: generic cell rate algorithm; ITU-T I.371, annex A. It is a bucket of tokens that needs one number.
        """
        if network is None or grant.trust is not _CLAIMED:
            return events
        if grant is not self._grant:
            self._turn_to(grant)
        if not self._span:
            return events
        key = grant.hash, network
        full_at = self._young.get(key)
        if full_at is None:
            if addresses.is_near(network):
                return events
            full_at = self._fetch(key)
        if full_at <= now_seconds:
            full_at = now_seconds
        elif full_at - now_seconds >= self._span:
            missing = full_at - now_seconds - self._span + self._pace
            raise NetworkTooFast(retry_seconds=max(1, math.ceil(missing)))
        self._young[key] = full_at + events * self._pace
        return events if events < self._burst else self._burst  # noqa: FURB136 (`min` takes as long as half of this)

    def __len__(self) -> int:
        """Give how many buckets are at hand."""
        return len(self._young) + len(self._old)

    def _turn_to(self, grant: PublicLimit) -> None:
        rate, burst = self.per_second, self.per_second * NETWORK_SECONDS
        if grant.rate_per_second > 0 and self.share < 1:
            own = self.share * grant.rate_per_second
            if rate <= 0 or own < rate:
                rate, burst = own, self.share * grant.rate_burst
        self._grant, self._burst = grant, max(1.0, burst)
        self._pace = 1 / rate if rate > 0 else 0.0
        self._span = self._burst * self._pace

    def _fetch(self, key: tuple[str, str]) -> float:
        """Give the bucket of who was here before the young ones, or a full one, and count it among the young."""
        full_at = self._old.pop(key, 0.0)
        if len(self._young) * 2 >= self.most:
            self._old, self._young = self._young, {}
        self._young[key] = full_at
        return full_at


class PatientProtocol(HttpToolsProtocol):
    """Uvicorn's connection, which knows since when it waits for its client: uvicorn itself waits for ever."""

    waits_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.waits_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Begin to wait for the rest of a request at its first byte."""
        is_idle = self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]
        if self.waits_since is None and is_idle:
            self.waits_since = self.loop.time()
        super().data_received(data)

    def on_message_complete(self) -> None:
        """Wait no longer: the request is whole."""
        self.waits_since = None
        super().on_message_complete()


async def sweep(connections: Iterable[Any], patience: float = REQUEST_SECONDS) -> None:
    """Drop, once a second and for ever, the connections whose client takes too long to say its request."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(min(SWEEP_SECONDS, patience))
        oldest = loop.time() - patience
        for connection in list(connections):
            since = getattr(connection, "waits_since", None)
            if since is not None and since < oldest and connection.transport is not None:
                connection.transport.abort()
