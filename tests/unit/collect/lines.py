"""Lines for tests of collecting: what the door would have written."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from comptoir.clock import micros
from comptoir.collect.batch import Event
from comptoir.collect.seen import Seen
from comptoir.collect.stages import World
from comptoir.model.event import ENVELOPE_VERSION, Line, encode

NOON = micros(datetime(2026, 11, 21, 12, tzinfo=UTC))
SECOND = 1_000_000


def line(**fields: object) -> Line:
    """Make a track event; JSON fields may be given as text."""
    plain: dict[str, object] = {
        "v": ENVELOPE_VERSION,
        "type": "track",
        "name": "Product Viewed",
        "source": "web",
        "brand": "main",
        "received_at": NOON,
        "timestamp": NOON,
        "message_id": "m1",
        "user_id": "ann",
    }
    json = {
        name: msgspec.Raw(str(fields.pop(name)).encode())
        for name in ("properties", "traits", "context")
        if name in fields
    }
    return Line(**(plain | fields | json))  # type: ignore[arg-type]


def event(**fields: object) -> Event:
    """Make an event that has passed no stage yet."""
    made = line(**fields)
    return Event(0, encode(made), made)


def world(seen: Seen | None = None) -> World:
    """Make a world in which nobody is blocked but `null`."""
    return World(seen=seen or Seen(), currencies={"main": "EUR"}, is_blocked=lambda _kind, value: value == "null")
