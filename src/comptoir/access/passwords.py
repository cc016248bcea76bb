"""Passwords of the desk's users, and the browsers that are signed in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import json
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from comptoir.access.public import hash_key
from comptoir.access.roles import Principal, Role
from comptoir.access.rows import passwords, sign_ins, users
from comptoir.access.users import NoSuchUser, make_user
from comptoir.clock import micros
from comptoir.errors import ComptoirError
from comptoir.state.base import State

FIRST_USER = "admin"
"""The user that a new installation has."""

LIFE = timedelta(days=14)
"""How long a browser stays signed in."""

LEAST_LENGTH = 12
MOST_LENGTH = 200
"""Characters of a password. Source: NIST SP 800-63B-4, 3.1.1: long, and no rules on which characters."""

TRIES = 5
WINDOW = timedelta(minutes=15)
"""So many wrong passwords for one name within this time, and it has to wait."""

_MOST_NAMES = 10_000

Draw = Callable[[], str]


class WrongPassword(ComptoirError, PermissionError):
    """This name and this password do not go together."""

    code, status = "wrong_password", 403
    hint = "An admin gives a user a new first password with `comptoir user password NAME`."


class TooManyTries(ComptoirError, PermissionError):
    """Too many wrong passwords for this name."""

    code, status = "too_many_tries", 429
    hint = "Wait a quarter of an hour, or let an admin run `comptoir user password NAME`."


class WeakPassword(ComptoirError, ValueError):
    """This password is too easy to guess."""

    code, status = "weak_password", 422
    hint = "Take at least 12 characters; three words you would not say together do well."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A browser that is signed in: who it acts for, and whether the password must be replaced first."""

    principal: Principal
    must_change: bool


@dataclass(slots=True)
class Tries:
    """Wrong passwords lately, by name; of this process, and forgotten when it ends."""

    wrong: dict[str, list[datetime]] = field(default_factory=dict)

    def check(self, name: str, now: datetime) -> None:
        """Let pass a name that may try again. Raises: TooManyTries."""
        recent = [at for at in self.wrong.get(name, ()) if now - at < WINDOW]
        if len(recent) >= TRIES:
            raise TooManyTries(name=name[:100])

    def note(self, name: str, now: datetime) -> None:
        """Remember a wrong one."""
        if len(self.wrong) >= _MOST_NAMES:
            self.wrong.clear()
        self.wrong[name] = [at for at in self.wrong.get(name, ()) if now - at < WINDOW] + [now]

    def forget(self, name: str) -> None:
        """Forget those of a name that signed in."""
        self.wrong.pop(name, None)


def add_first_user(state: State, now: datetime) -> str:
    """Make the first user of a new installation, an admin, and give its first password."""
    with state.write() as connection:
        make_user(connection, name=FIRST_USER, role=Role.ADMIN, now=now)
    return first_password(state, FIRST_USER, now)


def first_password(state: State, name: str, now: datetime, draw: Draw = lambda: secrets.token_urlsafe(9)) -> str:
    """
    Give a user a first password, shown this once: it signs in, and must then be replaced. Ends all its sign-ins.

    Raises: NoSuchUser.
    """
    word = draw()
    _keep(state, name, word, now, is_first=True)
    return word


def change(state: State, name: str, password: str, now: datetime) -> None:
    """Set a user's own password, and end all its sign-ins. Raises: WeakPassword, NoSuchUser."""
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH or len(set(password)) < LEAST_LENGTH // 2 or name in password:
        raise WeakPassword(least=LEAST_LENGTH)
    _keep(state, name, password, now, is_first=False)


def sign_in(
    state: State,
    name: str,
    password: str,
    *,
    now: datetime,
    tries: Tries,
    draw: Draw = lambda: secrets.token_urlsafe(32),
) -> str:
    """
    Sign a browser in; give what its cookie shall hold.

    A name that is not known takes as long as a wrong password. Raises: WrongPassword, TooManyTries.
    """
    tries.check(name, now)
    query = (
        select(passwords.c.hash)
        .join(users, users.c.name == passwords.c.name)
        .where(passwords.c.name == name, users.c.is_enabled)
    )
    with state.read() as connection:
        kept = connection.execute(query).scalar()
    if not _fits(kept or _nobodys(), password[:MOST_LENGTH]) or kept is None:
        tries.note(name, now)
        raise WrongPassword
    tries.forget(name)
    token = draw()
    with state.write() as connection:
        connection.execute(delete(sign_ins).where(sign_ins.c.expires_at <= micros(now)))
        connection.execute(
            sign_ins.insert().values(
                hash=hash_key(token), name=name, created_at=micros(now), expires_at=micros(now + LIFE)
            )
        )
    return token


def sign_out(state: State, token: str) -> None:
    """End one browser's sign-in."""
    with state.write() as connection:
        connection.execute(delete(sign_ins).where(sign_ins.c.hash == hash_key(token)))


def signed_in(connection: Connection, token: str, now: datetime) -> SignedIn | None:
    """Give who a browser with this cookie acts for; None if it is not signed in (any more)."""
    query = (
        select(users.c.name, users.c.role, users.c.brands, passwords.c.is_first)
        .join(sign_ins, sign_ins.c.name == users.c.name)
        .join(passwords, passwords.c.name == users.c.name)
        .where(sign_ins.c.hash == hash_key(token), sign_ins.c.expires_at > micros(now), users.c.is_enabled)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    who = Principal(name=row.name, role=Role(row.role), brands=frozenset(json.decode(row.brands)))
    return SignedIn(principal=who, must_change=row.is_first)


def _keep(state: State, name: str, password: str, now: datetime, *, is_first: bool) -> None:
    hashed = _hasher().hash(password)
    with state.write() as connection:
        if not connection.execute(select(users.c.name).where(users.c.name == name)).first():
            raise NoSuchUser(name=name)
        values = {"hash": hashed, "is_first": is_first, "changed_at": micros(now)}
        connection.execute(
            insert_or(passwords).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
        )
        connection.execute(delete(sign_ins).where(sign_ins.c.name == name))


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # Argon2id with RFC 9106's parameters for limited memory


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
