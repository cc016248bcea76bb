"""
What the API takes and answers about users, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


Right = Literal["ask", "campaign", "care", "propose_contacts", "run", "see_customers", "see_results"]
"""Something the API and the command line let a role do."""


Role = Literal["admin", "finance", "marketing", "support"]
"""A trade. Each reads its own views of the same figures (`reports.roles`)."""


class AddUser(TypedDict):
    """A new user."""

    name: str
    role: Role
    brands: NotRequired[list[str]]
    days: NotRequired[int]
    rights: NotRequired[list[Right]]


class ChangeUser(TypedDict):
    """What changes of a user."""

    role: NotRequired[Role | None]
    brands: NotRequired[list[str] | None]
    is_enabled: NotRequired[bool | None]


class Entry(TypedDict):
    """Something that somebody did."""

    seq: int
    at: str
    who: str
    door: str
    deed: str
    about: str
    brand: str


class FirstPassword(TypedDict):
    """A first password, shown this once."""

    name: str
    first_password: str


class PageOfEntry(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Entry]
    next: str | None


class PageOfUser(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[User]
    next: str | None


class User(TypedDict):
    """A user as it is listed."""

    name: str
    role: Role
    brands: list[str]
    is_enabled: bool
    keys: list[str]


class UsersKey(TypedDict):
    """A key, shown this once."""

    name: str
    key: str


class UsersNewKey(TypedDict):
    """How long the key works, and for what."""

    days: NotRequired[int]
    rights: NotRequired[list[Right]]
