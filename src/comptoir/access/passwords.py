"""Passwords of the desk's users, and the browsers that are signed in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import json
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from comptoir.access.public import hash_key
from comptoir.access.roles import Principal, Role
from comptoir.access.rows import passwords, sign_ins, users
from comptoir.access.users import NoSuchUser, make_user
from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.state.base import State

FIRST_USER = "admin"
"""The user that a new installation has."""

LIFE = timedelta(days=14)
"""How long a browser stays signed in."""

FIRST_LIFE = timedelta(days=7)
"""How long a first password signs in. Source: OWASP ASVS 5.0, 6.4.1."""

LEAST_LENGTH = 12
MOST_LENGTH = 200
"""Characters of a password. Source: NIST SP 800-63B-4, 3.1.1: long, and no rules on which characters."""

TRIES = 5
"""So many wrong passwords for one name from one address within `WINDOW`, and that address waits for that name."""
TRIES_OF_ADDRESS = 40
"""So many from one address, whatever the names, and the address waits."""
TRIES_OF_NAME = 100
"""So many for one name, wherever from, and only where it has signed in before may it go on."""
WINDOW = timedelta(minutes=15)

_MOST_NAMES = 10_000

Draw = Callable[[], str]


class WrongPassword(ComptoirError, PermissionError):
    """This name and this password do not go together."""

    code, status = "wrong_password", 403
    hint = "An admin gives a user a new first password with `comptoir user password NAME`."


class TooManyTries(ComptoirError, PermissionError):
    """Too many wrong passwords."""

    code, status = "too_many_tries", 429
    hint = "Wait a quarter of an hour."
    retry_seconds = 900


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
    """
    Wrong passwords lately; of this process, and forgotten when it ends.

    They count for a name at one address, for an address, and for a name from anywhere, so that a guesser waits and the
    person herself does not: where she has signed in before, what is tried from elsewhere does not count.

    Source: OWASP ASVS 5.0, 6.3.1 (no lock-out that an attacker can bring about).
    """

    wrong: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    """By name and address; the name alone, or the address alone, where the other is empty."""
    home: set[tuple[str, str]] = field(default_factory=set)
    """Names, and where they signed in from."""
    lock: Lock = field(default_factory=Lock)

    def begin(self, name: str, now: datetime, where: str = "") -> None:
        """Count a try before it is known to be wrong, so that many at once are as many. Raises: TooManyTries."""
        keys = {(name, where): TRIES, ("", where): TRIES_OF_ADDRESS}
        if (name, where) not in self.home:
            keys[name, ""] = TRIES_OF_NAME if where else TRIES
        with self.lock:
            recent = {key: [at for at in self.wrong.get(key, ()) if now - at < WINDOW] for key in keys}
            if any(len(recent[key]) >= most for key, most in keys.items()):
                raise TooManyTries
            if len(self.wrong) >= _MOST_NAMES:
                self.wrong.clear()
            self.wrong |= {key: [*at, now] for key, at in recent.items()}

    def forget(self, name: str, where: str = "") -> None:
        """Take back the tries of who signed in."""
        with self.lock:
            for key in ((name, where), (name, ""), ("", where)):
                self.wrong.pop(key, None)
            if len(self.home) >= _MOST_NAMES:
                self.home.clear()
            self.home.add((name, where))


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
    where: str = "",
    draw: Draw = lambda: secrets.token_urlsafe(32),
) -> str:
    """
    Sign a browser in; give what its cookie shall hold: a new word each time. `where` is the address it comes from.

    A name that is not known takes as long as a wrong password. Raises: WrongPassword, TooManyTries.
    """
    tries.begin(name, now, where)
    nobodys = _nobodys()  # made before it is needed, so that the first unknown name takes no longer
    query = (
        select(passwords.c.hash, passwords.c.is_first, passwords.c.changed_at)
        .join(users, users.c.name == passwords.c.name)
        .where(passwords.c.name == name, users.c.is_enabled)
    )
    with state.read() as connection:
        row = connection.execute(query).first()
    is_old = row is not None and row.is_first and now - instant(row.changed_at) > FIRST_LIFE
    if not _fits(row.hash if row else nobodys, password[:MOST_LENGTH]) or row is None or is_old:
        raise WrongPassword
    tries.forget(name, where)
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
