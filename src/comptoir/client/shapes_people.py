"""
What the API takes and answers about people, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Affinity(TypedDict):
    """A product or a category that was looked at; `share` is of the heaviest of its kind, 0–1."""

    name: str
    reference: str
    share: float
    times: int
    last_at: str


class CareFound(TypedDict):
    """Somebody who may be meant, and by what she was found."""

    profile_id: str
    name: str
    by: str


class CareWish(TypedDict):
    """A message that was wished for a person, what became of it, and why."""

    message_id: str
    scenario: str
    step: str
    brand: str
    channel: str
    contact: str
    outcome: str
    because: str
    wished_at: str
    decided_at: str


class Changes(TypedDict):
    """A part of the feed."""

    items: list[ChangesChange]
    next: str
    more: bool


class ChangesChange(TypedDict):
    """One change of one profile."""

    kind: Literal["changed", "cut", "erased", "listed", "merged"]
    profile_id: str
    other: str | None
    at: str | None
    fields: list[str]


class Cut(TypedDict):
    """A person, and what is not hers."""

    person: str
    identifier: str


class Erase(TypedDict):
    """Who is to be erased, and the word of the preview that confirms it."""

    person: str
    confirm: str


class Erasure(TypedDict):
    """A person who was erased, or is being; nothing says who it was."""

    erasure_id: str
    state: str
    asked_at: str
    asked_by: str
    done_at: str | None
    receipt: dict[str, Any]


class Evidence(TypedDict):
    """What one column says. Units: `bits`, above zero for one person; strangers are so alike once in `one_in`."""

    field: str
    level: str
    bits: float
    one_in: int


class FiguresCard(TypedDict):
    """A person at a glance: what she bought, when she came, what she looks at, which scenarios she is in."""

    profile_id: str
    session_count: int
    first_at: str | None
    last_at: str | None
    points: int | None
    worth: list[dict[str, Any]]
    categories: list[Affinity]
    products: list[Affinity]
    consents: list[dict[str, Any]]
    runs: list[dict[str, Any]]


class Foreseen(TypedDict):
    """What a cut would do."""

    sides: list[Side]
    cuts: int


class Hit(TypedDict):
    """Something found: a page, a scenario or a person, and its address on the desk."""

    kind: Literal["page", "person", "scenario"]
    name: str
    link: str


class Identifier(TypedDict):
    """One name of a person."""

    kind: str
    value: str
    first_seen_at: str | None


class Join(TypedDict):
    """Two who are one person."""

    person: str
    other: str


class Match(TypedDict):
    """Two people who may be one."""

    pair: str
    a: str
    b: str
    probability: float
    standing: Literal["different", "joined", "open", "same"]
    evidence: list[Evidence]
    suggested_at: str
    by: str


class Matches(TypedDict):
    """Pairs, and what became of all of them."""

    items: list[Match]
    counts: dict[str, int]
    joins_from_bits: float | None
    asks_from_bits: float


class Moment(TypedDict):
    """Something that happened with a person."""

    at: str
    kind: str
    title: str | None
    reference: str | None
    state: str | None
    place: str | None
    thing: str | None
    detail: str | None
    amount_minor: int | None
    currency: str | None


class Named(TypedDict):
    """Somebody: an e-mail, an account id, a profile id, or `kind:value`."""

    person: str


class PageOfMoment(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Moment]
    next: str | None


class Pair(TypedDict):
    """A pair, as the list names it."""

    pair: str


class Parted(TypedDict):
    """What a cut made of one person."""

    left: PeoplePerson
    restored: PeoplePerson
    cuts: int


class Pause(TypedDict):
    """Who asked for a pause, and for how long."""

    person: str
    days: NotRequired[int]
    until: NotRequired[str | None]


class PeoplePerson(TypedDict):
    """A person: all names she is known by."""

    profile_id: str
    identifiers: list[Identifier]
    traits: dict[str, Any]
    first_seen_at: str | None
    last_seen_at: str | None
    merged_from: list[str]


class Preview(TypedDict):
    """What goes and what stays of one person, counted."""

    profile_id: str
    word: str
    identifiers: int
    traits: int
    events: int
    carts: int
    messages: int
    points: int
    orders: int
    consents: int
    addresses: int


class Recent(TypedDict):
    """Somebody who was in touch lately."""

    profile_id: str
    name: str
    last_at: str
    order_count: int
    amount_minor: int | None
    currency: str | None


class Side(TypedDict):
    """Whom a cut would leave on one side: `left`, `restored`, or `other`."""

    side: str
    identifiers: list[Identifier]


class Standing(TypedDict):
    """Where a person is written to, and whether that is paused or stopped."""

    profile_id: str
    name: str
    contacts: list[str]
    paused_until: str | None
    is_stopped: bool
    is_stopped_by_hand: bool


class Suggested(TypedDict):
    """What a comparison of all people found."""

    people: int
    fresh: int
    found: int
    less_likely: int
    new: int
    joined: int
