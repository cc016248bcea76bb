"""Users and their keys over the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import msgspec

from comptoir.access import passwords, users
from comptoir.access.audit import Deed
from comptoir.access.keys import BadName
from comptoir.access.roles import Right, Role
from comptoir.access.users import NoSuchBrand, NoSuchUser, User, UserExists
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import Call, Endpoint, Page, Paged

Days = Annotated[int, msgspec.Meta(ge=1, le=3_650)]


class AddUser(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new user."""

    name: str
    role: Role
    brands: list[str] = []
    """Only these; none: every brand."""
    days: Days = 365
    """How long its first key works."""
    rights: list[Right] = []
    """Narrows the key to some of the role's rights; none: all of them."""


class ChangeUser(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What changes of a user."""

    role: Role | None = None
    brands: list[str] | None = None
    """Only these; an empty list: every brand."""
    is_enabled: bool | None = None


class NewKey(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How long the key works, and for what."""

    days: Days = 365
    rights: list[Right] = []
    """Narrows the key to some of the role's rights; none: all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key, shown this once."""

    name: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPassword:
    """A first password, shown this once."""

    name: str
    first_password: str


def listed(call: Call) -> Page[User]:
    """List the users, with the beginnings of their keys."""
    found = users.list_users(call.desk.state, now=call.desk.clock.now())
    return cursors.sliced(found, call.query, lambda one: one.name)


def add(call: Call) -> Key:
    """Make a user."""
    said: AddUser = call.body
    made = users.add_user(
        call.desk.state,
        name=said.name,
        role=said.role,
        for_brands=said.brands,
        life=timedelta(days=said.days),
        rights=said.rights,
        now=call.desk.clock.now(),
    )
    call.tell(brand="")
    return Key(name=said.name, key=made)


def change(call: Call) -> User:
    """Give a user another role, or open or close its access."""
    said: ChangeUser = call.body
    users.change_user(
        call.desk.state, call.path["name"], role=said.role, is_enabled=said.is_enabled, for_brands=said.brands
    )
    found = users.list_users(call.desk.state, now=call.desk.clock.now())
    return next(one for one in found if one.name == call.path["name"])


def new_key(call: Call) -> Key:
    """Make another key for a user; those it has end in a week."""
    name, life, now = call.path["name"], timedelta(days=call.body.days), call.desk.clock.now()
    return Key(name=name, key=users.new_key(call.desk.state, name, now=now, life=life, rights=call.body.rights))


def first_password(call: Call) -> FirstPassword:
    """Give a user a first password for the screens."""
    name = call.path["name"]
    word = passwords.first_password(call.desk.state, name, call.desk.clock.now())
    return FirstPassword(name=name, first_password=word)


ENDPOINTS = (
    Endpoint(
        method="GET", path="/users", whole=True,
        tag="Users", right=Right.RUN, query=Paged, answer=Page[User], act=listed,
        summary="The users, their roles and the beginnings of their keys.",
    ),
    Endpoint(
        method="POST", path="/users", whole=True, deed=Deed.USER_ADDED,
        tag="Users", right=Right.RUN, body=AddUser, answer=Key, act=add, status=201,
        summary="Make a user; its key is shown this once.", errors=(UserExists, NoSuchBrand, BadName),
        example={"name": "claire", "role": "marketing", "brands": ["maison"]},
    ),
    Endpoint(
        method="PATCH", path="/users/{name}", whole=True, deed=Deed.USER_CHANGED,
        tag="Users", right=Right.RUN, body=ChangeUser, answer=User, act=change,
        summary="Give a user another role or other brands, or open or close its access.",
        errors=(NoSuchUser, NoSuchBrand),
        example={"role": "finance"},
    ),
    Endpoint(
        method="POST", path="/users/{name}/keys", whole=True, deed=Deed.USER_KEY,
        tag="Users", right=Right.RUN, body=NewKey, answer=Key, act=new_key,
        status=201, summary="Make another key; those the user has end in a week.", errors=(NoSuchUser,),
        example={"days": 90},
    ),
    Endpoint(
        method="POST", path="/users/{name}/first-password", whole=True, deed=Deed.USER_PASSWORD,
        tag="Users", right=Right.RUN, answer=FirstPassword,
        act=first_password, status=201, summary="Give a user a first password for the screens, shown this once.",
        errors=(NoSuchUser,),
    ),
)  # fmt: skip
"""What the API says of users."""
