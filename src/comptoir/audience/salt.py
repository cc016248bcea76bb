"""The salt of the day: drawn each day, in memory alone, so that nobody is known again tomorrow, nor looked up today."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

_BYTES = 32
_ID_BYTES = 8


@dataclass(slots=True)
class Salts:
    """
    The salt of the present day, nowhere but in the door's memory.

    Whoever read it could try the 256 addresses that a truncated one stands for, with the agent that another store keeps
    beside it, and would find the visitor. So it is never written, and a door that starts anew counts visitors anew.
    """

    draw: Callable[[int], bytes] = secrets.token_bytes
    day: str = ""
    salt: bytes = b""

    def turn(self, day: str) -> None:
        """Make sure that the salt is the day's."""
        if day != self.day:
            self.day, self.salt = day, self.draw(_BYTES)

    def hashed(self, *parts: str) -> str:
        """Hash texts under the salt of the day."""
        text = b"".join(f"{len(part)}:{part}".encode("utf-8", "surrogatepass") for part in parts)
        return blake2b(text, key=self.salt, digest_size=_ID_BYTES).hexdigest()
