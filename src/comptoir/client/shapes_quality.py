"""
What the API takes and answers about quality, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

FieldsField = Literal[
    "birth_on",
    "city",
    "company",
    "country",
    "currency",
    "email",
    "first_name",
    "language",
    "last_name",
    "name",
    "phone",
    "postal_code",
    "siren",
    "siret",
    "street",
    "title",
    "vat_number",
]
"""A kind of field that is graded."""


class Asking(TypedDict):
    """Which value is put to its customer."""

    message_id: str
    name: str


class Given(TypedDict):
    """Fields of one person, and the country they are of."""

    fields: dict[str, str]
    country: NotRequired[str]


class Graded(TypedDict):
    """What became of the fields, and the lines an envelope bears."""

    fields: list[Judged]
    lines: list[str]


class Judged(TypedDict):
    """What became of one field."""

    field: str
    grade: str
    reasons: list[str]
    original: str
    value: str
    proposal: str
    detail: str


class Minded(TypedDict):
    """Who minds a field, and from when on an alarm is raised; 0 raises none."""

    field: FieldsField
    owner: NotRequired[str]
    least_good_share: NotRequired[float]
    least_fill_share: NotRequired[float]
    most_silent_days: NotRequired[int]


class Origin(TypedDict):
    """Where an address or number came from: first, and latest."""

    kind: str
    value: str
    first_source: str
    first_form: str
    first_shop: str
    first_at: str
    last_source: str
    last_form: str
    last_shop: str
    last_at: str


class PageOfValue(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Value]
    next: str | None


class QualityQuestion(TypedDict):
    """The signed link to send to the customer; it works for 14 days, and the first answer counts."""

    url: str


class Scored(TypedDict):
    """One field of one source: how many values had which grade, and what wants a look. Shares are 0–1."""

    brand: str
    source: str
    field: str
    value_count: int
    valid_count: int
    corrected_count: int
    doubtful_count: int
    refused_count: int
    good_share: float
    fill_share: float
    shared_share: float
    last_at: str
    weeks: list[list[Any]]
    owner: str
    alarms: list[str]


class Value(TypedDict):
    """A value that was rewritten, corrected, doubted or refused."""

    message_id: str
    name: str
    brand: str
    source: str
    field: str
    grade: str
    reasons: list[str]
    original: str
    value: str
    proposal: str
    profile_id: str | None
    import_id: str | None
    row_number: int | None
    received_at: str
    place: str
