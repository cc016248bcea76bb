"""Identifiers we make: time-ordered random ones, and 64-bit hashes that any run makes again."""

from __future__ import annotations

import secrets
import uuid
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, md5

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIGN = 1 << 63
_WRAP = 1 << 64


def uuid7(now_micros: int, random_bits: int | None = None) -> uuid.UUID:
    """
    Make a UUID that sorts by time.

    Units:  `now_micros` in microseconds since 1970; `random_bits` 74 bits, drawn if not given.
    Source: RFC 9562, section 5.7.
    """
    bits = secrets.randbits(74) if random_bits is None else random_bits & ((1 << 74) - 1)
    value = ((now_micros // 1000) & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= (bits >> 62) << 64
    value |= 0b10 << 62
    value |= bits & ((1 << 62) - 1)
    return uuid.UUID(int=value)


def uuid7_micros(value: uuid.UUID) -> int | None:
    """Give the microseconds since 1970 at which a version 7 UUID was made, or None for another version."""
    return (value.int >> 80) * 1000 if value.version == 7 else None


def uuid7_made_on(value: uuid.UUID) -> str | None:
    """Give the day (ISO) on which a version 7 UUID was made, or None for another version."""
    made = uuid7_micros(value)
    return None if made is None else (_EPOCH + timedelta(microseconds=made)).date().isoformat()


def hash64(*parts: str) -> int:
    """
    Hash texts to a signed 64-bit integer, the same in every run and on every machine.

    The parts are length-prefixed, so ("ab", "c") and ("a", "bc") differ.

    Source: BLAKE2b (RFC 7693) with an 8-byte digest.
    """
    said = "".join([f"{len(part)}:{part}" for part in parts])
    digest = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def hex64(value: int) -> str:
    """Write a signed 64-bit integer as 16 hexadecimal digits."""
    return f"{value % _WRAP:016x}"


def unhex64(text: str) -> int:
    """Read back what `hex64` wrote."""
    unsigned = int(text, 16)
    return unsigned - _WRAP if unsigned >= _SIGN else unsigned


def md5_number_lower(text: str) -> int:
    """Give what DuckDB's md5_number_lower gives. md5 is no secret here: it is the one digest both sides have."""
    return int.from_bytes(md5(text.encode(), usedforsecurity=False).digest()[8:], "little")
