"""
What the API takes and answers about pressure, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Back(TypedDict):
    """A version that held before."""

    version: int


class Batch(TypedDict):
    """At most 1,000 of them."""

    candidates: list[CandidatesWish]


class Came(TypedDict):
    """What came of one."""

    outcome: Literal["failed", "not_sent", "sent"]
    detail: NotRequired[str]


class CandidatesPerson(TypedDict):
    """Somebody, by one identifier."""

    kind: str
    value: str


class CandidatesWish(TypedDict):
    """A message that an outside tool would send."""

    key: str
    person: CandidatesPerson
    expires_at: str
    campaign: NotRequired[str]
    contact: NotRequired[str | None]
    brand: NotRequired[str | None]
    channel: NotRequired[str]
    purpose: NotRequired[str]
    message_class: NotRequired[str]
    priority: NotRequired[int]
    expected_value: NotRequired[float]
    tags: NotRequired[list[str]]
    discretion: NotRequired[str]
    language: NotRequired[str]
    country: NotRequired[str | None]
    time_zone: NotRequired[str | None]


class CloseTo(TypedDict):
    """Somebody who has had as many messages as a cap allows, or one fewer."""

    profile_id: str
    name: str
    message_count: int
    last_at: str


class Conflict(TypedDict):
    """One scenario in the way of another."""

    winner: str
    loser: str
    replaced: int
    deferred: int


class Fates(TypedDict):
    """What became of wishes: sent (of these some late), dropped, still waiting, held out."""

    sent: int
    late: int
    dropped: int
    waiting: int
    held_out: int


class Held(TypedDict):
    """The rules that hold for a brand, in words and as YAML to begin a draft from."""

    brand: str
    sentences: list[str]
    definition: str


class NearCap(TypedDict):
    """A cap, and who is near it: `full_count` have had all it allows, `near_count` those and who lacks one."""

    brand: str
    words: str
    at_most: int
    full_count: int
    near_count: int
    people: list[CloseTo]


class Policy(TypedDict):
    """A version of a brand's policy."""

    brand: str
    version: int
    definition: str
    published_at: str | None


class PressureChecked(TypedDict):
    """A policy that can be read."""

    brand: str
    caps: int


class PressureTrialsFound(TypedDict):
    """What a trial found."""

    total: PressureTrialsRow
    rows: list[PressureTrialsRow]
    reasons: list[Why]
    most_a_week_before: int
    most_a_week_after: int
    since: str
    until: str
    is_cut: bool


class PressureTrialsRow(TypedDict):
    """One scenario: what really happened, what today's rules would have done, and what the tried ones would have."""

    scenario: str
    wishes: int
    really: Fates
    before: Fates
    after: Fates


class PressureWritten(TypedDict):
    """A policy as YAML, which names its brand."""

    definition: str


class Trial(TypedDict):
    """Rules tried on the wishes of last month: how far that is, and what it found once it is over."""

    id: str
    brand: str
    definition: str
    state: Literal["done", "failed", "running"]
    done: int
    whole: int
    started_at: str
    found: PressureTrialsFound | None


class Week(TypedDict):
    """People who got so many messages in a week, what one of them bought on average, and how many had enough."""

    message_count: int
    is_more: bool
    person_weeks: int
    share: float
    tired_count: int
    tired_share: float
    amount_minor: dict[str, int]


class Why(TypedDict):
    """How many wishes did not go at once for a reason, by today's rules and by the tried ones."""

    reason: str
    before: int
    after: int
