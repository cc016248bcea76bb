"""The salt of the day: drawn each day, never kept beyond it, so that no visitor is known again tomorrow."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

_BYTES = 32
_ID_BYTES = 8


@dataclass(slots=True)
class Salts:
    """
    The salt of the present day, in memory and in one small file, so that a restart does not count a visitor twice.

    The file is written over when the day ends: from then on nobody, we included, can tell who a visitor was.
    """

    path: Path
    draw: Callable[[int], bytes] = secrets.token_bytes
    day: str = ""
    salt: bytes = b""

    def turn(self, day: str) -> None:
        """Make sure that the salt is the day's: the one in the file, or a new one."""
        if day == self.day:
            return
        kept, _, text = self._kept().partition(" ")
        if kept == day and len(text) == 2 * _BYTES:
            self.day, self.salt = day, bytes.fromhex(text)
            return
        self.day, self.salt = day, self.draw(_BYTES)
        beside = self.path.with_suffix(".part")
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w") as writer:
            writer.write(f"{day} {self.salt.hex()}")
        beside.replace(self.path)

    def hashed(self, *parts: str) -> str:
        """Hash texts under the salt of the day."""
        text = b"".join(f"{len(part)}:{part}".encode("utf-8", "surrogatepass") for part in parts)
        return blake2b(text, key=self.salt, digest_size=_ID_BYTES).hexdigest()

    def _kept(self) -> str:
        try:
            return self.path.read_text(encoding="ascii").strip()
        except (FileNotFoundError, ValueError):
            return ""


def end(path: Path, day: str) -> bool:
    """Delete the salt of another day, where the door had no visitor since to do it; say whether there was one."""
    try:
        kept = path.read_text(encoding="ascii").partition(" ")[0]
    except (FileNotFoundError, ValueError):
        return False
    if kept == day:
        return False
    path.unlink(missing_ok=True)
    return True
