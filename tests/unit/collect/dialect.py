"""A dialect without its door: what a request becomes."""

from __future__ import annotations

from typing import Any

import msgspec

from comptoir.collect.dialects.base import Asking, Dialect, Opened
from comptoir.collect.parse import Parsed, Stamp
from comptoir.model.event import Line, Trust

NOW = 1_795_290_410_000_000


def stamped(**known: Any) -> Stamp:
    """Make what the door knows of a request."""
    said: dict[str, Any] = {
        "source": "site", "brand": "main", "trust": Trust.CLAIMED, "received_at": NOW, "event_bytes": 32_768,
        "mint": lambda: "minted",
    } | known  # fmt: skip
    return Stamp(**said)


def opened(dialect: Dialect, path: str, body: bytes = b"", query: str = "") -> Opened:
    """Open a request as it comes to a path."""
    return dialect.open(Asking(dialect.routes[path].name, body, query.encode()))


def read(dialect: Dialect, path: str, body: bytes = b"", query: str = "", **known: Any) -> Parsed:
    """Read a request as it comes to a path."""
    return dialect.read(opened(dialect, path, body, query), stamped(**known))


def properties(line: Line) -> dict[str, Any]:
    """Read a line's properties."""
    said: dict[str, Any] = msgspec.json.decode(line.properties)
    return said


def context(line: Line) -> dict[str, Any]:
    """Read a line's context."""
    said: dict[str, Any] = msgspec.json.decode(line.context)
    return said
