"""
What the API takes and answers about refused events, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

RefusalReason = Literal[
    "bad_amount",
    "bad_currency",
    "bad_date",
    "bad_envelope",
    "bad_json",
    "bad_row",
    "duplicate_key",
    "event_too_large",
    "lone_surrogate",
    "message_id_reused",
    "missing_group",
    "missing_identifier",
    "missing_name",
    "missing_order_id",
    "missing_previous",
    "not_allowed",
    "number_out_of_range",
    "off_plan",
    "poison",
    "too_deep",
    "too_many_keys",
]
"""Why an event was kept aside. Every reason is a counter and a line in docs/reference/refusals.md."""


class Arrival(TypedDict):
    """An event as it came in."""

    received_at: str
    is_refused: bool
    is_historical: bool
    title: str
    source: str
    brand: str
    profile_id: str | None
    identifier_kind: str | None
    identifier: str | None
    trust: str | None
    robot: str | None
    late_seconds: float | None
    things: list[str]
    detail: str
    reason: str | None
    failed_id: str | None
    is_sent_again: bool
    message_id: str | None
    content: str


class FiguresText(TypedDict):
    """Another text of a refused event; empty for the one that came."""

    text: NotRequired[str]


class Mend(TypedDict):
    """How refused events are mended: by the whole event, or field by field."""

    ids: NotRequired[list[str]]
    reason: NotRequired[RefusalReason | None]
    event: NotRequired[dict[str, Any] | None]
    set: NotRequired[dict[str, Any]]


class Mended(TypedDict):
    """How many were mended."""

    repaired: int


class Outlook(TypedDict):
    """What would come of a refused event if it were sent in now."""

    text: str
    is_taken: bool
    reason: str
    detail: str
    fault: list[int]
    line: dict[str, Any]


class PageOfRefused(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Refused]
    next: str | None


class Refusals(TypedDict):
    """Events refused for one reason that wait for somebody."""

    reason: str
    times: int
    last_at: str
    sources: list[str]


class Refused(TypedDict):
    """A refused event, in a list."""

    failed_id: str
    reason: str
    detail: str
    source: str
    message_id: str | None
    row_number: int | None
    received_at: str
    state: str


class Replay(TypedDict):
    """Which refused events are sent in again; all that were mended where nothing is named."""

    ids: NotRequired[list[str]]
    reason: NotRequired[RefusalReason | None]


class Replayed(TypedDict):
    """What came of those sent in again."""

    replayed: int
    stored: int
    refused: int


class Unmend(TypedDict):
    """Whose mending is taken back."""

    reason: RefusalReason


class Unmended(TypedDict):
    """How many are as they came again."""

    undone: int
