"""Fingerprints of many lines at once: what identifies a message, and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np

from comptoir.model.event import Line, Trust

_CLAIMED = Trust.CLAIMED.value
_CLAIM = "7:claimed"


def of_messages(lines: Iterable[Line]) -> list[int]:
    """
    Hash the source and the message id of each line: `ids.hash64(line.source, line.message_id)`.

    What a public key says is hashed apart: whoever reads the site's source could otherwise use the ids of a server's
    events up before they come, and have them refused.
    """
    return _hashed([
        f"{_CLAIM if line.trust == _CLAIMED else ''}"
        f"{len(line.source)}:{line.source}{len(line.message_id)}:{line.message_id}".encode()
        for line in lines
    ])  # fmt: skip


def of_bodies(lines: Iterable[Line]) -> list[int]:
    """Hash what each line says; envelope and context may differ when it is sent again."""
    return _hashed([b"".join((_head(line), line.properties, line.traits)) for line in lines])


def _head(line: Line) -> bytes:
    when = line.original_timestamp or line.timestamp
    return f"{line.type}\0{line.name}\0{line.user_id or ''}\0{line.anonymous_id or ''}\0{when}\0".encode()


def _hashed(texts: Sequence[bytes]) -> list[int]:
    """Hash each text to a signed 64-bit integer; the digests become integers all together."""
    digests = b"".join([blake2b(text, digest_size=8).digest() for text in texts])
    hashes: list[int] = np.frombuffer(digests, ">i8").tolist()
    return hashes
