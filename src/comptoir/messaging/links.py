"""Signed links: a token that says which message it stands in and where it leads, and that nobody else can make."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

VERSION = b"\x01"
MAC_BYTES = 16
MOST_TOKEN_CHARACTERS = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of one message."""

    kind: Literal["click", "unsubscribe"]
    message_id: str
    target: str
    """Where a click leads, byte for byte; empty for an unsubscribe link."""
    brand: str
    language: str
    expires_at: int
    """Units: microseconds since 1970, UTC."""


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[Literal["click", "unsubscribe"], str, str, str, str, int]).decode


def sign(key: bytes, link: Link) -> str:
    """
    Write the token of a link, safe in a URL's path.

    Raises: ValueError where the target holds control characters, which no header may carry.
    Source: HMAC-SHA256 (RFC 2104), cut to 128 bits.
    """
    if any(character < " " or character == "\x7f" for character in link.target):
        raise ValueError(link.target)
    said = _pack((link.kind, link.message_id, link.target, link.brand, link.language, link.expires_at))
    return urlsafe_b64encode(VERSION + _mac(key, said) + said).rstrip(b"=").decode("ascii")


def verify(keys: Sequence[bytes], token: str, now_micros: int) -> Link | None:
    """Read a token that one of `keys` signed and that has not expired; None for any other text."""
    if len(token) > MOST_TOKEN_CHARACTERS or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (BadBase64, ValueError):
        return None
    # The last character has spare bits: one token is written in one way only.
    if raw[:1] != VERSION or urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != token:
        return None
    mac, said = raw[1 : 1 + MAC_BYTES], raw[1 + MAC_BYTES :]
    if not any([hmac.compare_digest(_mac(key, said), mac) for key in keys]):  # noqa: C419 (every key takes its time)
        return None
    try:
        kind, message_id, target, brand, language, expires_at = _unpack(said)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if expires_at <= now_micros:
        return None
    return Link(kind=kind, message_id=message_id, target=target, brand=brand, language=language, expires_at=expires_at)


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, VERSION + said, "sha256")[:MAC_BYTES]
