"""
What the API takes and answers about imports, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


ImportState = Literal["done", "draft", "failed", "reading", "stopped", "working"]
"""How far an import is."""


class Column(TypedDict):
    """A column of the file, and its first values."""

    name: str
    samples: list[str]


class File(TypedDict):
    """A file that waits to be imported."""

    name: str
    bytes: int


class ImportRowsField(TypedDict):
    """A field that rows of this kind can have, and what fills it with the mapping as it is."""

    name: str
    is_needed: bool
    column: str
    constant: str


class ImportRowsRow(TypedDict):
    """One of the first rows as it would become: the values of `fields`, or why it would be refused."""

    line: int
    values: list[str]
    reason: str
    detail: str


class ImportRowsSeen(TypedDict):
    """The first rows of a file: its columns, and what they become with the mapping."""

    mapping: str
    columns: list[Column]
    choices: list[ImportRowsField]
    lacking: list[str]
    fields: list[str]
    rows: list[ImportRowsRow]
    skipped: int
    problem: str


class ImportsDraft(TypedDict):
    """A file, what its rows are, and what they are booked under."""

    file: str
    kind: Literal["consents", "contacts", "events", "loyalty", "orders", "products"]
    source: NotRequired[str]
    brand: NotRequired[str]
    mapping: NotRequired[str]


class Rejected(TypedDict):
    """A row that was refused, as it came."""

    line: int | None
    reason: str
    detail: str
    row: str


class Remap(TypedDict):
    """What changes of a drafted import; what is left out stays."""

    mapping: NotRequired[str]
    brand: NotRequired[str]
    source: NotRequired[str]


class Told(TypedDict):
    """An import, and how far it is."""

    id: str
    kind: str
    source: str
    brand: str
    state: ImportState
    files: list[str]
    mapping: str
    made_by: str
    made_at: str
    ended_at: str | None
    done: int
    whole: int
    read: int
    accepted: int
    refused: int
    duplicates: int
    problem: str
