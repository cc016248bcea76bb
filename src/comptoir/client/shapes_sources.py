"""
What the API takes and answers about sources, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


Scope = Literal["all", "api", "send"]
"""What a secret key opens."""


class AddSource(TypedDict):
    """A new source of events."""

    name: str
    brand: NotRequired[str]
    origins: NotRequired[list[str]]
    accepts_claimed_orders: NotRequired[bool]
    rate_per_second: NotRequired[float]
    rate_burst: NotRequired[int]


class Brand(TypedDict):
    """A brand: what belongs to it and not to the person."""

    name: str
    time_zone: NotRequired[str]
    currency: NotRequired[str]
    country: NotRequired[str]
    language: NotRequired[str]
    url: NotRequired[str]


class ChangeBrand(TypedDict):
    """What changes of a brand."""

    time_zone: NotRequired[str]
    currency: NotRequired[str]
    country: NotRequired[str]
    language: NotRequired[str]
    url: NotRequired[str]


class KeysKey(TypedDict):
    """A key of a source, without what it says: only its hash is kept."""

    key_id: str
    kind: str
    shown: str
    scope: Scope
    created_at: str
    expires_at: str | None


class Line(TypedDict):
    """What a source sends."""

    source: str
    brand: str
    last_at: str | None
    silent_seconds: float | None
    is_quiet: bool
    day_count: int
    week_count: int
    week_refused: int


class NewSource(TypedDict):
    """A source just made. The secret key is shown this once: only its hash is kept."""

    name: str
    brand: str
    write_key: str
    secret_key: str


class PageOfBrand(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Brand]
    next: str | None


class PageOfSource(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Source]
    next: str | None


class Renew(TypedDict):
    """Which key."""

    kind: Literal["secret", "write"]


class Rules(TypedDict):
    """What changes of what a source may do. Units: events; 0 for no limit."""

    origins: NotRequired[list[str]]
    accepts_claimed_orders: NotRequired[bool]
    rate_per_second: NotRequired[int]
    rate_burst: NotRequired[int]


class SetupNewKey(TypedDict):
    """A key, shown this once where it is a secret one; the one that was there ends after the overlap."""

    source: str
    kind: Literal["secret", "write"]
    key: str
    overlap_days: int


class Source(TypedDict):
    """A source as it is listed."""

    name: str
    brand: str
    write_key: str
    secret_key_begins: str
    accepts_claimed_orders: bool
    origins: list[str]
    rate_per_second: float
    rate_burst: int
    is_enabled: bool


class SourcesSwitch(TypedDict):
    """Open or closed."""

    is_enabled: bool
