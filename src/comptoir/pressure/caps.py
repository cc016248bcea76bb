"""The contact policy: how many messages in which sliding window, how far apart, and when nobody is written to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from comptoir.config import PressureSettings
from comptoir.model.message import Candidate, Reason
from comptoir.pressure.quiet import Quiet

EVERY_BRAND = "*"
Order = tuple[int, int, float, datetime, datetime, str]


class Per(StrEnum):
    """Whose messages a cap counts: a person's over all addresses, an address's over all people, or each by itself."""

    PERSON = "person"
    ADDRESS = "address"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` messages within any `window`; where it names a channel or a tag, only such messages count."""

    count: int
    window: timedelta
    channel: str | None = None
    tag: str | None = None
    per: Per = Per.BOTH
    across_brands: bool = True
    """Whether other brands' messages count too."""
    is_revealing: bool = False
    """Whether it is the quota of "we saw you"."""

    def concerns(self, wish: Candidate) -> bool:
        """Say whether a wish must keep it."""
        return (
            (self.channel is None or self.channel == wish.channel)
            and (self.tag is None or self.tag in wish.tags)
            and (not self.is_revealing or wish.reveals)
        )


class Spent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A contact that counts already. `order` is there while it is still queued, and so may yet be replaced."""

    message_id: str
    node_id: int
    contact: str
    at: datetime
    brand: str = ""
    channel: str = "email"
    tags: tuple[str, ...] = ()
    reveals: bool = False
    order: Order | None = None
    wish: Candidate | None = None
    """The whole wish while it may be replaced, so that it can be told to wait instead."""
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a person and an address bear, and when."""

    caps: tuple[Cap, ...]
    gap: timedelta
    channel_gaps: tuple[tuple[str, timedelta], ...] = ()
    quiet: Quiet | None = None
    look_ahead: timedelta = timedelta(days=3)
    """How far ahead a better message is seen."""
    universal_share: float = 0.0
    """Share of people who get no marketing at all; one for all brands, so only the policy of all brands has it."""
    name: str = "default"
    """Brand and version, as `why` says them."""
    memory: timedelta = field(init=False)
    """How far back contacts matter."""

    def __post_init__(self) -> None:
        """Work out how far back contacts matter."""
        gaps = [self.gap, *(gap for _, gap in self.channel_gaps)]
        object.__setattr__(self, "memory", max([*gaps, *(cap.window for cap in self.caps)]))


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


def room(policy: Policy, wish: Candidate, nodes: frozenset[int], spent: Sequence[Spent], now: datetime) -> Full | None:
    """
    Say whether one more contact fits the person (`nodes`) and the address; None where it does.

    Contacts that lie in the future (a clock stepped back) count too: a step never makes room.
    """
    found: Full | None = None
    for cap in policy.caps:
        if (cap.count == 0 or len(spent) >= cap.count) and cap.concerns(wish):
            found = _later(found, _cap_block(cap, wish, nodes, spent, now))
    if spent:
        found = _later(found, _gap_block(policy.gap, wish, nodes, spent, now))
        for channel, gap in policy.channel_gaps:
            if channel == wish.channel:
                own = [one for one in spent if one.channel == channel]
                found = _later(found, _gap_block(gap, wish, nodes, own, now))
    return found


def _later(one: Full | None, other: Full | None) -> Full | None:
    if one is None or other is None:
        return one or other
    return one if one.until >= other.until else other


def counting(cap: Cap, wish: Candidate, spent: Iterable[Spent]) -> list[Spent]:
    """Give the contacts that count against a cap, whoever bears them."""
    return [
        one
        for one in spent
        if (cap.channel is None or one.channel == cap.channel)
        and (cap.tag is None or cap.tag in one.tags)
        and (cap.across_brands or one.brand == wish.brand)
        and (not cap.is_revealing or one.reveals)
    ]


def _bearers(per: Per, wish: Candidate, nodes: frozenset[int]) -> list[Callable[[Spent], bool]]:
    bearers: list[Callable[[Spent], bool]] = []
    if per != Per.ADDRESS:
        bearers.append(lambda one: one.node_id in nodes)
    if per != Per.PERSON:
        bearers.append(lambda one: one.contact == wish.contact)
    return bearers


def _cap_block(cap: Cap, wish: Candidate, nodes: frozenset[int], spent: Sequence[Spent], now: datetime) -> Full | None:
    reason = Reason.DISCREET if cap.is_revealing else Reason.CAPPED
    if cap.count == 0:
        return Full(reason, datetime.max.replace(tzinfo=now.tzinfo))
    since = now - cap.window
    inside = [one for one in counting(cap, wish, spent) if one.at > since]
    if len(inside) < cap.count:
        return None
    untils = []
    for bears in _bearers(cap.per, wish, nodes):
        own = sorted(one.at for one in inside if bears(one))
        if len(own) >= cap.count:
            untils.append(own[-cap.count] + cap.window)
    return Full(reason, max(untils)) if untils else None


def _gap_block(
    gap: timedelta, wish: Candidate, nodes: frozenset[int], spent: Sequence[Spent], now: datetime
) -> Full | None:
    since = now - gap
    near = [one.at for one in spent if one.at > since and (one.node_id in nodes or one.contact == wish.contact)]
    return Full(Reason.GAP, max(near) + gap) if gap and near else None
