"""Scenarios: what happened, what is known of an enrollment when its step decides, and what a decision says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from comptoir.model.message import PromisedLine

NodesOf = Callable[[Any, Collection[int]], Mapping[int, frozenset[int]]]
"""
Give, for each node, all nodes of its person, itself included; a node nobody knows stands alone.

The first argument is the connection of the caller's transaction in state.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something a person did that a scenario may listen to. The tick makes one an event it has stored."""

    message_id: str
    name: str
    node_id: int
    profile_id: str
    brand: str
    occurred_at: datetime
    received_at: datetime
    cart_key: str | None = None
    cart_id: str | None = None
    order_key: str | None = None
    order_id: str | None = None
    is_historical: bool = False
    properties: str = "{}"
    """Exact JSON text."""


class EnrollmentStatus(StrEnum):
    """Where a run of a scenario stands."""

    LIVE = "live"
    FINISHED = "finished"
    EXITED = "exited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom and what to ask the world about."""

    subject_id: int
    brand: str
    node_id: int
    cart_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CartFacts:
    """A cart as the warehouse knows it now. Units: `amount_minor` in minor units of `currency`."""

    state: str
    amount_minor: int = 0
    currency: str = "EUR"
    item_count: int = 0
    order_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedLine:
    """A line of the cart beside what the catalogue says of its product."""

    product: PromisedLine
    is_for_sale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldFacts:
    """What the warehouse knows of one subject now."""

    profile_id: str | None = None
    emails: tuple[str, ...] = ()
    """All addresses of the person, in a stable order."""
    language: str | None = None
    cart: CartFacts | None = None
    lines: tuple[OfferedLine, ...] = ()

    @property
    def offered(self) -> tuple[PromisedLine, ...]:
        """Give the products that are in the catalogue and for sale."""
        return tuple(line.product for line in self.lines if line.is_for_sale)


NOTHING_KNOWN = WorldFacts()


class World(Protocol):
    """Whoever can say how things stand now, for many subjects in one call."""

    def facts_of(self, subjects: Sequence[Subject]) -> Mapping[int, WorldFacts]:
        """Give the facts of each subject by its `subject_id`; one that is left out has none."""
        ...


FactsOf = Callable[[Sequence[Subject]], Mapping[int, WorldFacts]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a step may look at."""

    now: datetime
    entered_at: datetime
    arrived_at: datetime
    last_action_at: datetime
    happened: frozenset[str] = frozenset()
    """Names of what happened since the enrollment came to this step, among those the step waits for."""
    consented: frozenset[tuple[str, str]] = frozenset()
    """(purpose, channel) pairs for which one of the person's contact points has consent."""
    world: WorldFacts = NOTHING_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A step wishes to contact the person."""

    channel: str
    template: str
    purpose: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A step ends the enrollment."""

    reason: str


Effect = Proposal | Leave


@dataclass(frozen=True, slots=True)
class Go:
    """Go on: into the branch of this name, or to the next step where it is empty."""

    branch: str = ""
    effects: tuple[Effect, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Stay:
    """Stay here, and ask again at `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Goto:
    """A branch that goes to a step by its key instead of holding steps."""

    key: str


class Step(Protocol):
    """
    One step of a scenario: a frozen dataclass that decides from facts alone.

    Plug-ins enter by the group `comptoir.steps`; `read` makes one from the fields of its YAML.
    """

    @property
    def key(self) -> str:
        """Name the step inside its scenario."""
        ...

    @property
    def waits_for(self) -> str | None:
        """Name the event that wakes an enrollment which stays here."""
        ...

    @property
    def restarts(self) -> bool:
        """Say whether each new trigger of the same key makes the step decide anew."""
        ...

    @property
    def branches(self) -> Mapping[str, Block]:
        """Give the blocks that `decide` may name."""
        ...

    def decide(self, facts: Facts) -> Go | Stay:
        """Say where to go, or until when to stay. Pure: the same facts give the same answer."""
        ...


Block = tuple[Step, ...] | Goto
