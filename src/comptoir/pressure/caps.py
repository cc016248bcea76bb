"""The contact policy: how many messages in which sliding window, and how far apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from comptoir.config import PressureSettings
from comptoir.model.message import Reason


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` messages within any `window`."""

    count: int
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a person and an address bear."""

    caps: tuple[Cap, ...]
    gap: timedelta

    @property
    def memory(self) -> timedelta:
        """Give how far back contacts matter."""
        return max([self.gap, *(cap.window for cap in self.caps)])


@dataclass(frozen=True, slots=True)
class Full:
    """There is no room now; `until` is the first instant at which there is, if nothing else comes."""

    reason: Reason
    until: datetime


def policy_of(settings: PressureSettings) -> Policy:
    """Build the default policy."""
    return Policy(
        caps=(Cap(settings.cap_count, timedelta(hours=settings.cap_hours)),),
        gap=timedelta(hours=settings.gap_hours),
    )


def room(policy: Policy, contacts: Iterable[datetime], now: datetime) -> Full | None:
    """
    Say whether one more contact fits; None where it does.

    Contacts that lie in the future (a clock stepped back) count too: a step never makes room.
    """
    past = sorted(contacts)
    blocks = [_cap_block(cap, past, now) for cap in policy.caps]
    blocks.append(_gap_block(policy.gap, past, now))
    return max((block for block in blocks if block is not None), key=lambda block: block.until, default=None)


def _cap_block(cap: Cap, past: list[datetime], now: datetime) -> Full | None:
    inside = [at for at in past if at > now - cap.window]
    if len(inside) < cap.count:
        return None
    if cap.count == 0:
        return Full(Reason.CAPPED, datetime.max.replace(tzinfo=now.tzinfo))
    return Full(Reason.CAPPED, inside[-cap.count] + cap.window)


def _gap_block(gap: timedelta, past: list[datetime], now: datetime) -> Full | None:
    if not past or past[-1] <= now - gap:
        return None
    return Full(Reason.GAP, past[-1] + gap)
