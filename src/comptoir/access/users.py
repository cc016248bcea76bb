"""Users of the desk and its API: their role, their brands, and keys that expire and can be renewed with an overlap."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec import json
from sqlalchemy import Connection, Row, insert, select, update

from comptoir.access.keys import check_name
from comptoir.access.public import hash_key
from comptoir.access.roles import Principal, Right, Role
from comptoir.access.rows import brands, user_keys, users
from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.state.base import State

PREFIX = "uk_"
LIFE = timedelta(days=365)
OVERLAP = timedelta(days=7)
"""How long the keys a user has go on working once a new one is made."""
_SHOWN = 7

Draw = Callable[[], str]


class UserExists(ComptoirError, ValueError):
    """A user of this name exists already."""

    code, status = "user_exists", 409
    hint = "`comptoir user list` shows the users; `comptoir user key NAME` makes a new key for one."


class NoSuchUser(ComptoirError, LookupError):
    """No user has this name."""

    code, status = "no_such_user", 404
    hint = "List the users with `comptoir user list`."


class NoSuchBrand(ComptoirError, LookupError):
    """No brand has this name."""

    code, status = "no_such_brand", 404
    hint = "A brand is made by `comptoir init --brand` or by the first source that names it."


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user as it is listed."""

    name: str
    role: Role
    brands: tuple[str, ...]
    is_enabled: bool
    keys: tuple[str, ...]
    """The beginnings of the keys that still work."""


def add_user(
    state: State,
    *,
    name: str,
    role: Role,
    now: datetime,
    for_brands: Sequence[str] = (),
    life: timedelta = LIFE,
    rights: Collection[Right] = (),
    draw: Draw = lambda: secrets.token_urlsafe(24),
) -> str:
    """
    Make a user and give its key, which is shown this once: only its hash is kept.

    The key may do all that the role may, or only what `rights` names of it.

    Raises: UserExists, NoSuchBrand, BadName; then nothing changed.
    """
    with state.write() as connection:
        make_user(connection, name=name, role=role, now=now, for_brands=for_brands)
        return _make_key(connection, _Key(name=name, now=now, life=life, rights=rights), draw)


def make_user(connection: Connection, *, name: str, role: Role, now: datetime, for_brands: Sequence[str] = ()) -> None:
    """Make a user that has no key yet. Raises: UserExists, NoSuchBrand, BadName."""
    check_name(name)
    if connection.execute(select(users.c.name).where(users.c.name == name)).first():
        raise UserExists(name=name)
    row = {
        "name": name, "role": role.value, "brands": _brands(connection, for_brands), "is_enabled": True,
        "created_at": micros(now),
    }  # fmt: skip
    connection.execute(insert(users).values(row))


def new_key(
    state: State,
    name: str,
    *,
    now: datetime,
    life: timedelta = LIFE,
    overlap: timedelta = OVERLAP,
    rights: Collection[Right] = (),
    draw: Draw = lambda: secrets.token_urlsafe(24),
) -> str:
    """Give a user another key, narrowed to `rights` if any; those it has end after the overlap. Raises: NoSuchUser."""
    with state.write() as connection:
        _check_known(connection, name)
        ends = micros(now + overlap)
        connection.execute(
            update(user_keys).where(user_keys.c.name == name, user_keys.c.expires_at > ends).values(expires_at=ends)
        )
        return _make_key(connection, _Key(name=name, now=now, life=life, rights=rights), draw)


def change_user(
    state: State,
    name: str,
    *,
    role: Role | None = None,
    is_enabled: bool | None = None,
    for_brands: Sequence[str] | None = None,
) -> None:
    """
    Give a user another role or other brands, or open or close its access; it takes effect within two seconds.

    Raises: NoSuchUser, NoSuchBrand.
    """
    said: dict[str, object] = {} if role is None else {"role": role.value}
    if is_enabled is not None:
        said["is_enabled"] = is_enabled
    with state.write() as connection:
        _check_known(connection, name)
        if for_brands is not None:
            said["brands"] = _brands(connection, for_brands)
        if said:
            connection.execute(update(users).where(users.c.name == name).values(said))


def list_users(state: State, *, now: datetime) -> list[User]:
    """List the users. Order: by name."""
    with state.read() as connection:
        rows = connection.execute(select(users).order_by(users.c.name)).all()
        keys = connection.execute(
            select(user_keys).where(user_keys.c.expires_at > micros(now)).order_by(user_keys.c.created_at)
        ).all()
    return [
        User(
            name=row.name,
            role=Role(row.role),
            brands=tuple(json.decode(row.brands)),
            is_enabled=row.is_enabled,
            keys=tuple(_shown(key) for key in keys if key.name == row.name),
        )
        for row in rows
    ]


def holders(connection: Connection) -> Mapping[str, tuple[Principal, int]]:
    """Give, by the hash of each user's key, who holds it and until when (microseconds since 1970)."""
    query = (
        select(user_keys.c.hash, user_keys.c.expires_at, user_keys.c.rights, users.c.name, users.c.role, users.c.brands)
        .join(users, users.c.name == user_keys.c.name)
        .where(users.c.is_enabled)
    )
    return {
        row.hash: (
            Principal(
                name=row.name,
                role=Role(row.role),
                brands=frozenset(json.decode(row.brands)),
                only=frozenset(map(Right, json.decode(row.rights))),
            ),
            row.expires_at,
        )
        for row in connection.execute(query)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    name: str
    now: datetime
    life: timedelta
    rights: Collection[Right]


def _make_key(connection: Connection, wanted: _Key, draw: Draw) -> str:
    key = PREFIX + draw()
    row = {
        "hash": hash_key(key), "name": wanted.name, "shown": key[:_SHOWN], "created_at": micros(wanted.now),
        "expires_at": micros(wanted.now + wanted.life),
        "rights": json.encode(sorted(right.value for right in wanted.rights)).decode(),
    }  # fmt: skip
    connection.execute(insert(user_keys).values(row))
    return key


def _shown(key: Row[Any]) -> str:
    narrowed = ", ".join(json.decode(key.rights))
    return f"{key.shown}… until {instant(key.expires_at):%Y-%m-%d}" + (f", only {narrowed}" if narrowed else "")


def _brands(connection: Connection, names: Sequence[str]) -> str:
    known = set(connection.execute(select(brands.c.name)).scalars())
    if unknown := sorted(set(names) - known):
        raise NoSuchBrand(brands=unknown, known=sorted(known))
    return json.encode(sorted(set(names))).decode()


def _check_known(connection: Connection, name: str) -> None:
    if not connection.execute(select(users.c.name).where(users.c.name == name)).first():
        raise NoSuchUser(name=name)
