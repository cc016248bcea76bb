"""One transaction of the engine: what it works with, and what it has done so far."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection

from comptoir.clock import micros
from comptoir.model.consent import Consents, LapsedAt
from comptoir.model.scenario import FactsOf, NodesOf
from comptoir.pressure.ledger import PressureLedger
from comptoir.scenarios.definitions import Shelf
from comptoir.scenarios.triggers import Audience, DateRule

Zones = Callable[[Connection], Mapping[str, str]]
"""Give the IANA zone of each brand."""
Call = Callable[..., None]
"""Queue a signed call (`messaging.webhooks.queue`)."""


@dataclass(slots=True, kw_only=True)
class Advanced:
    """What one advance did, by number."""

    is_replay: bool = False
    enrolled: int = 0
    stale: int = 0
    exited: int = 0
    merged: int = 0
    woken: int = 0
    consents: int = 0
    fired: int = 0
    alerts: int = 0
    calls: int = 0
    candidates: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Somebody whom a date or a schedule is for; `about` names the order where the key is one."""

    node_id: int
    profile_id: str
    about: str = ""
    cart_key: str | None = None
    cart_id: str | None = None
    said: Mapping[str, Any] = field(default_factory=dict)


class People(Protocol):
    """Whoever can find people by set: those whose day it is, and those of an audience."""

    def of_day(self, rule: DateRule, *, brand: str, zone: str, day: datetime) -> Sequence[Found]:
        """Give those whose day (local, at midnight, without zone) it is. Order: by profile."""
        ...

    def of_audience(self, audience: Audience, *, brand: str) -> Sequence[Found]:
        """Give those of an audience, before its condition is asked. Order: by profile."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What the engine decides and acts with."""

    pressure: PressureLedger
    consents: Consents
    nodes_of: NodesOf
    salt: str
    trigger_age: timedelta
    zones: Zones
    people: People | None
    call: Call | None
    lapsed: LapsedAt | None = None


@dataclass(slots=True, kw_only=True)
class Turn:
    """One transaction: its connection, its clock, the definitions, and who answers for the world."""

    connection: Connection
    shelf: Shelf
    now: datetime
    facts_of: FactsOf
    hands: Hands
    done: Advanced
    zones: Mapping[str, str]
    passed: Counter[tuple[str, int, str, str]] = field(default_factory=Counter)
    """How many runs went through a step just now: by scenario, version, step and brand."""
    at: int = 0
    """`now` in microseconds since 1970."""

    def __post_init__(self) -> None:
        """Count the clock once."""
        self.at = micros(self.now)
