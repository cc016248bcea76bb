"""Scenarios: what happened, what is known of an enrollment when its step decides, and what a decision says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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


SEGMENT_ENTERED = "Segment Entered"
"""A happening: the person belongs to a segment now; properties: `segment`."""
SEGMENT_EXITED = "Segment Exited"
SCORE_CHANGED = "Score Changed"
"""A happening: a score of the person moved; properties: `score`, `from`, `to`."""
MESSAGE_ANSWERED = "Message Answered"
"""An event: one-click answer in a message; properties: `message_id`, `question`, `answer`, `scenario`, `step`."""
BACK_IN_STOCK = "Product Back In Stock"
"""A happening: a product the person looked at, put in a cart or asked for can be bought again."""
PRICE_DROPPED = "Price Dropped"
"""A happening: a product the person looked at, put in a cart or asked for costs less; properties: `from`, `to`."""
PAGE_VIEWED = "Page Viewed"
"""A happening: any page of the site, whatever its name; properties: `path`, `url`, `title`, `name`."""


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
    needs: frozenset[str] = frozenset()
    """Which of the dearer answers are wanted, among `NEEDS`; an address, a language and the cart always are."""
    product_ids: tuple[str, ...] = ()
    """Products the run is about, for the shelf `product`."""
    order_key: str | None = None
    """The order the run is about, for the shelves `order` and `complements`."""
    acted_at: int = 0
    """When the person last did what the run follows, for the browser it was done in. Units: microseconds since 1970."""


NEEDS = (
    "person",
    "best_hour",
    "orders",
    "views",
    "browser",
    "shelf:product",
    "shelf:viewed",
    "shelf:order",
    "shelf:complements",
)
"""What a subject may ask for beside its addresses, language and cart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserFacts:
    """The browser in which something was done, and the products that it knows because it named them itself."""

    anonymous_id: str
    source: str
    product_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """Who the person is, as stated last. `traits` holds everything stated, by name."""

    first_name: str | None = None
    last_name: str | None = None
    country: str | None = None
    """ISO 3166 alpha-2."""
    time_zone: str | None = None
    """IANA name."""
    birthday: date | None = None
    phones: tuple[str, ...] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """One of the person's orders. Units: `amount_minor` in minor units of `currency`."""

    order_key: str
    ordered_at: datetime
    amount_minor: int
    currency: str
    product_ids: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFacts:
    """A product the person looked at, when it did last."""

    product_id: str
    category: str | None
    viewed_at: datetime


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
    """What lies in the cart."""
    person: PersonFacts = PersonFacts()
    order_count: int = 0
    orders: tuple[OrderFacts, ...] = ()
    """The newest first, a few of them."""
    views: tuple[ViewFacts, ...] = ()
    """The newest first, a few of them."""
    shelves: Mapping[str, tuple[OfferedLine, ...]] = field(default_factory=dict)
    """Products by why they are here: product, viewed, order, complements."""
    browser: BrowserFacts | None = None
    """The browser in which the person did what the run follows; None where that was no browser."""
    best_hour: int | None = None
    """The hour, 0 to 23 by the brand's clocks, at which the person answers best; None while nobody can tell."""

    def shown(self, shelf: str) -> tuple[PromisedLine, ...]:
        """Give the products of a shelf (`cart` is one too) that are for sale."""
        lines = self.lines if shelf == "cart" else self.shelves.get(shelf, ())
        return tuple(line.product for line in lines if line.is_for_sale)

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
    trigger: Mapping[str, Any] = field(default_factory=dict)
    """The properties of the event that began the run."""
    zone: str = "UTC"
    """IANA name of the person's zone: its own, else its country's, else the brand's."""
    brand_zone: str = "UTC"
    """IANA name of the brand's zone."""
    who: str = ""
    """Names the person for draws; the same person has the same name as long as it is one person."""
    salt: str = ""
    """Makes draws of this installation and scenario its own."""
    drawn: Mapping[str, str] = field(default_factory=dict)
    """What was drawn before in this run, by step."""

    def since(self, name: str) -> datetime:
        """Give an instant that steps count from: `arrival`, `last_action` or `entry`."""
        return {"arrival": self.arrived_at, "last_action": self.last_action_at, "entry": self.entered_at}[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A step wishes to contact the person."""

    channel: str
    template: str
    purpose: str
    expires_at: datetime
    stored_version: int | None = None
    """The template is a stored one of this version; None: its words stand in the scenario."""
    message_class: str | None = None
    """Another class than the scenario's."""
    tags: tuple[str, ...] = ()
    shelf: str | None = None
    """Which products it speaks of: cart, product, viewed, order, complements, none; None: what the run is about."""
    slot: str = ""
    """Where on the site it is shown."""
    times: int = 0
    """How often it is shown there at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A step ends the enrollment."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A step wishes that another system is told, by a signed call."""

    endpoint: str
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A step wishes that colleagues are told of this person: at once, then in a digest. Units: quotas a day."""

    to: tuple[str, ...]
    template: str
    digest_after: timedelta
    most_a_person: int
    most_a_colleague: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A step states a trait of the person; it comes back as a fact."""

    trait: str
    value: str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The run reached a goal."""

    goal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A step drew one of its ways; it is remembered, so that the same run always goes the same way."""

    arm: str
    is_experiment: bool


Effect = Proposal | Leave | Call | Alert | Claim | Reached | Drawn


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


class FieldKind(StrEnum):
    """What a field of a form takes; the screens know how to draw each."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    WHOLE = "whole"
    SHARE = "share"
    FLAG = "flag"
    DURATION = "duration"
    LOCAL_TIME = "local_time"
    WEEKDAYS = "weekdays"
    CHOICE = "choice"
    EVENT = "event"
    WHERE = "where"
    CONDITION = "condition"
    TEMPLATE = "template"
    ADDRESSES = "addresses"
    TAGS = "tags"
    MAPPING = "mapping"
    BLOCK = "block"
    CASES = "cases"
    WEIGHTS = "weights"
    DECIMAL = "decimal"
    DATE = "date"
    CATEGORY = "category"
    PRODUCT = "product"
    TRAIT = "trait"
    SCORE = "score"
    SEGMENT = "segment"
    LABELS = "labels"
    LABEL = "label"
    STAGES = "stages"
    TIERS = "tiers"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a step's form, as a screen draws it. `label` and `help` by language."""

    name: str
    kind: FieldKind
    label: Mapping[str, str]
    help: Mapping[str, str] = field(default_factory=dict)
    default: object = None
    is_required: bool = False
    options: tuple[str, ...] = ()


class Step(Protocol):
    """
    One step of a scenario: a frozen dataclass that decides from facts alone.

    Plug-ins enter by the group `comptoir.steps`. A class has `kind`, its name in the YAML; `read(fields)`, which makes
    a step from the fields of its YAML; `form()`, which describes those fields to the screens; and `label`, by language.
    It may have `condition` or `conditions` (asked), `where` (which events wake it) and `template` (words it needs).
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
