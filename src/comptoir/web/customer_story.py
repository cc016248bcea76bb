"""A customer's story: moments by day, narrowed by kind, a page after the other."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

import msgspec

from comptoir.access.roles import Principal
from comptoir.clock import micros
from comptoir.identity.profile import Profile
from comptoir.web.view import Desk

MOST = 100
"""Moments of a page of the story."""

KINDS = ("event", "cart", "order", "message", "consent", "points")
"""Moments a story can be narrowed to; what became of a message goes with it."""

ICONS = {"event": "•", "cart": "◪", "order": "✓", "message": "✉", "delivery": "↪", "consent": "§", "points": "★"}

_FOR_EVER = 253_402_300_799_999_999
"""The last instant there is, in microseconds: before it is everything."""

Place = tuple[int, str, str]
"""Where a page of the story ended: its last moment's instant, kind and reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A page of a story."""

    days: Sequence[tuple[date, Sequence[Mapping[str, Any]]]]
    kind: str
    """What it is narrowed to; empty for everything."""
    kinds: Sequence[str]
    icons: Mapping[str, str]
    after: str
    """Where the next page begins; empty on the last one."""
    is_first: bool


async def load(
    desk: Desk, who: Principal, person: Profile, asked: Mapping[str, str], day_of: Callable[[datetime], date]
) -> Story:
    """Read a page of a story; `day_of` gives the day of an instant. Raises: EngineUnreachable, EngineSilent."""
    kind = asked.get("kind", "")
    kind = kind if kind in KINDS else ""
    place = _read(asked.get("after", ""))
    at, of_kind, reference = place or (_FOR_EVER, "", "")
    rows = await desk.report(
        "customer_story",
        nodes=list(person.node_ids),
        brands=sorted(who.brands),
        kind=kind,
        before_at=at,
        before_kind=of_kind,
        before_reference=reference,
        most=MOST + 1,
    )
    shown = rows[:MOST]
    return Story(
        days=[(day, list(moments)) for day, moments in groupby(shown, key=lambda row: day_of(row["happened_at"]))],
        kind=kind,
        kinds=KINDS,
        icons=ICONS,
        after=_written(shown[-1]) if len(rows) > MOST else "",
        is_first=place is None,
    )


def _written(row: Mapping[str, Any]) -> str:
    place = (micros(row["happened_at"].replace(tzinfo=UTC)), row["kind"], row["reference"] or "")
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _read(text: str) -> Place | None:
    """Read where a page ended; what was not written by us begins the story anew."""
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Place)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
    return found if 0 <= found[0] <= _FOR_EVER else None
