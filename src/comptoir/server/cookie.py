"""The own-domain cookie: an anonymous id for a browser that brought none, with its age inside."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from comptoir.ids import uuid7, uuid7_micros

MOST_DAYS = 395
"""13 months. Source: CNIL, guidelines on cookies and other tracers (2020)."""

_DAY_SECONDS = 86_400
_FUTURE_MICROS = _DAY_SECONDS * 1_000_000
"""A cookie from further ahead than this was not made by us."""


@dataclass(frozen=True, slots=True)
class Cookie:
    """How the anonymous id is kept: its name, its domain (empty for this host), its life in days."""

    name: str
    domain: str = ""
    days: int = MOST_DAYS

    def read(self, header: bytes, now_micros: int) -> str | None:
        """
        Give the anonymous id of a `Cookie` header, or None.

        The id is a UUID of version 7, which holds when it was made: so an id older than its days is not believed,
        even from a browser that kept it.
        """
        wanted = self.name.encode()
        for pair in header.split(b";"):
            name, _, value = pair.strip().partition(b"=")
            if name == wanted:
                return self._believed(value, now_micros)
        return None

    def write(self, anonymous_id: str) -> bytes:
        """Write the `Set-Cookie` header of an id just made; never for one that came, so its life is not prolonged."""
        return self._header(anonymous_id, self._life_days * _DAY_SECONDS)

    def forget(self) -> bytes:
        """Write the `Set-Cookie` header that deletes the id."""
        return self._header("", 0)

    def _header(self, value: str, seconds: int) -> bytes:
        parts = [
            f"{self.name}={value}",
            f"Max-Age={seconds}",
            "Path=/",
            *([f"Domain={self.domain}"] if self.domain else []),
            "HttpOnly",
            "Secure",
            "SameSite=Lax",
        ]
        return "; ".join(parts).encode("latin-1")

    def _believed(self, value: bytes, now_micros: int) -> str | None:
        try:
            made = uuid7_micros(UUID(value.decode("ascii")))
        except ValueError:
            return None
        oldest = now_micros - self._life_days * _FUTURE_MICROS
        if made is None or not oldest <= made <= now_micros + _FUTURE_MICROS:
            return None
        return value.decode("ascii").lower()

    @property
    def _life_days(self) -> int:
        return min(self.days, MOST_DAYS)


def mint(now_micros: int) -> str:
    """Make an anonymous id."""
    return str(uuid7(now_micros))
