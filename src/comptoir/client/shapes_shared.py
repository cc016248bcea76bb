"""
What the API takes and answers about more than one subject, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from comptoir.client.shapes_shared import FieldsField, OutboxShelfShown, RefusalReason


class Arrived(TypedDict):
    """Which arrivals: of a source, a dialect, a name of an event, a profile, a thing, or a reason."""

    source: str
    dialect: str
    name: str
    profile: str
    thing: str
    reason: str
    what: Literal["", "accepted", "refused"]


class AskedAt(TypedDict):
    """Which address or phone, at which instant (ISO 8601)."""

    contact: str
    at: str


class AudienceLately(TypedDict):
    """Of how many days up to today."""

    days: int


class AuditAsked(TypedDict):
    """Which entries; days are of UTC, and `until` is the last one."""

    limit: int
    cursor: str | None
    who: str
    deed: str
    about: str
    since: str | None
    until: str | None


class CareLately(TypedDict):
    """Who: customers who are known by something, everyone, or who has ordered."""

    who: str


class ChangesAsked(TypedDict):
    """From where on, and how long to wait where nothing has changed."""

    after: str | None
    limit: int
    wait: float
    start: Literal["all", "now"]


class InIt(TypedDict):
    """Which runs; every status where it is empty."""

    status: Literal["", "exited", "finished", "live"]
    limit: int


class Listed(TypedDict):
    """Which carts, in parts."""

    brand: str
    country: str
    period: Literal["", "d", "m", "q", "w", "y"]
    until: str | None
    state: Literal["", "going", "left", "ordered"]
    sort: Literal["last", "opened", "worth"]
    limit: int
    cursor: str | None


class Looked(TypedDict):
    """Which values: of a source, a field, a grade (rewritten ones are `valid`)."""

    limit: int
    cursor: str | None
    source: str
    field: FieldsField | None
    grade: Literal["", "corrected", "doubtful", "refused", "valid"]


class Most(TypedDict):
    """How many rows."""

    limit: int


class OfBrand(TypedDict):
    """Whose template, where brands have one of the same name: `*` for that of every brand."""

    brand: str


class OutboxAsked(TypedDict):
    """Which messages: of a state, of an address, or with a message id."""

    state: OutboxShelfShown | None
    search: str
    cursor: str | None


class OverviewAsked(TypedDict):
    """Whether DNS is asked, which may take seconds."""

    check: bool


class PageOfRows(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[dict[str, Any]]
    next: str | None


class Paged(TypedDict):
    """How a list is asked for in parts."""

    limit: int
    cursor: str | None


class PeopleAsked(TypedDict):
    """Which address or phone."""

    contact: str


class Period(TypedDict):
    """Which brand, between which instants (ISO 8601), and how many days after a click count."""

    brand: str | None
    since: str | None
    until: str | None
    window_days: int | None


class PlansLately(TypedDict):
    """Of how many days."""

    limit: int
    cursor: str | None
    days: int


class PressureOfVersion(TypedDict):
    """Which version: the one that holds where none is named."""

    version: int | None


class Problem(TypedDict):
    """What went wrong, and how to mend it (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str


class RefusedAsked(TypedDict):
    """Which refused events."""

    limit: int
    cursor: str | None
    reason: RefusalReason | None


class ScenariosOfVersion(TypedDict):
    """Which version: the live one where none is named, 0 for the draft."""

    version: int | None


class Sought(TypedDict):
    """What is looked for: an identifier, an order, a cart, a message, or part of a name."""

    q: str


class Span(TypedDict):
    """Which brand and country, and how many days up to which: d(ay), w(eek), m(onth), q(uarter), y(ear)."""

    brand: str
    country: str
    period: Literal["", "d", "m", "q", "w", "y"]
    until: str | None


class Story(TypedDict):
    """Which moments."""

    limit: int
    cursor: str | None
    person: str
    kind: Literal["", "cart", "event", "message", "order", "points"]


class Suppressed(TypedDict):
    """Whose entries; of every address where none is named."""

    contact: str


class TemplateDraftsSeen(TypedDict):
    """A mail as one person would get it, or why it cannot be made."""

    person: str
    profile_id: str
    language: str
    to: str
    subject: str
    text: str
    html: str
    problem: str


class TemplatesOfVersion(TypedDict):
    """Which version: the newest where it is 0."""

    version: int


class Tried(TypedDict):
    """What was answered to a test."""

    is_fine: bool
    detail: str


class Which(TypedDict):
    """Which carts, and in which order: by last action, worth, or when they were opened."""

    brand: str
    country: str
    period: Literal["", "d", "m", "q", "w", "y"]
    until: str | None
    state: Literal["", "going", "left", "ordered"]
    sort: Literal["last", "opened", "worth"]
