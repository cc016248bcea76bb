"""Brands, sources and their keys: made and changed here, then published for the door."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, false, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from comptoir.access import public
from comptoir.access.public import Grant, hash_key
from comptoir.access.roles import Principal, Role
from comptoir.access.rows import brands, keys, sources
from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.model import money
from comptoir.model.event import Trust
from comptoir.state.base import State

WRITE_PREFIX = "wk_"
SECRET_PREFIX = "sk_"  # noqa: S105 (how one begins)
DEFAULT_BRAND = "main"
OWN_SOURCE = "comptoir"
"""The source of the lines Comptoir itself writes: nobody else may have it."""
OVERLAP = timedelta(days=7)
"""How long the key that was there goes on working once a new one is made."""
_SHOWN_OF_SECRET = 7
_KEY_ID = 12
_CODE_LETTERS = 2
_NEVER = 2**63 - 1
_TRUST = {"write": Trust.CLAIMED, "secret": Trust.CONFIRMED}

Draw = Callable[[], str]


class SourceExists(ComptoirError, ValueError):
    """A source of this name exists already."""

    code, status = "source_exists", 409
    hint = "`comptoir source list` shows it with its write key; take another name, or go on with that one."


class NoSuchSource(ComptoirError, LookupError):
    """No source has this name."""

    code, status = "no_such_source", 404
    hint = "List the sources with `comptoir source list`."


class NoSuchKey(ComptoirError, LookupError):
    """This source has no such key."""

    code, status = "no_such_key", 404
    hint = "List its keys with `comptoir source keys NAME`."


class BadName(ComptoirError, ValueError):
    """A name is empty, longer than 100 characters, has characters that cannot be shown, or is Comptoir's own."""

    code, status = "bad_name", 400
    hint = "Use letters, digits, blanks and signs."


class BadOrigin(ComptoirError, ValueError):
    """This is no origin that a browser could send from."""

    code, status = "bad_origin", 422
    hint = "Write it as the browser's address bar begins, without a path: https://www.shop.example"


class BadBrand(ComptoirError, ValueError):
    """Something said of a brand cannot be."""

    code, status = "bad_brand", 422
    hint = "Country FR, currency EUR, language fr, time zone Europe/Paris, and the shop's address as https://…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand: what belongs to it and not to the person."""

    name: str
    time_zone: str = "Europe/Paris"
    currency: str = "EUR"
    country: str = "FR"
    language: str = "fr"
    url: str = ""


class Scope(StrEnum):
    """What a secret key opens."""

    ALL = "all"
    SEND = "send"
    """Events go in by it, and nothing comes out."""
    API = "api"
    """It asks and changes over the API, and sends no events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of a source, without what it says: only its hash is kept."""

    key_id: str
    """The first digits of its hash: what it is called by."""
    kind: str
    shown: str
    """The whole of a write key, which is public; the beginning of a secret one."""
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    """From when on it opens nothing; None while it is the newest."""


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source just made. The secret key is shown this once: only its hash is kept."""

    name: str
    brand: str
    write_key: str
    secret_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as it is listed."""

    name: str
    brand: str
    write_key: str
    secret_key_begins: str
    accepts_claimed_orders: bool
    origins: tuple[str, ...]
    rate_per_second: float
    """Events; 0 for no limit."""
    rate_burst: int
    is_enabled: bool


def add_brand(state: State, brand: Brand) -> None:
    """Make a brand; one of that name that exists already stays as it is."""
    with state.write() as connection:
        _add_brand(connection, brand)


def save_brand(state: State, brand: Brand) -> None:
    """Make a brand, or change what is said of it. Raises: BadName; BadBrand, which names the field."""
    check_name(brand.name)
    _check_brand(brand)
    with state.write() as connection:
        _add_brand(connection, brand)
        said = {
            "time_zone": brand.time_zone, "currency": brand.currency, "country": brand.country,
            "language": brand.language, "url": brand.url,
        }  # fmt: skip
        connection.execute(update(brands).where(brands.c.name == brand.name).values(said))


def list_brands(state: State) -> list[Brand]:
    """List the brands. Order: by name."""
    with state.read() as connection:
        return brands_in(connection)


def brands_in(connection: Connection) -> list[Brand]:
    """List the brands, for whoever reads already. Order: by name."""
    return [Brand(**row._mapping) for row in connection.execute(select(brands).order_by(brands.c.name))]  # noqa: SLF001 (SQLAlchemy's public name for it)


def add_source(
    state: State,
    *,
    name: str,
    now: datetime,
    brand: str = DEFAULT_BRAND,
    accepts_claimed_orders: bool = False,
    origins: Sequence[str] = (),
    rate_per_second: float = 0,
    rate_burst: int = 0,
    draw: Draw = lambda: secrets.token_urlsafe(24),
) -> NewSource:
    """
    Make a source with its two keys, and its brand if that is new.

    Units:  `rate_per_second` and `rate_burst` in events, 0 for no limit.
    Raises: SourceExists, and then nothing changed; BadName; BadOrigin.
    """
    check_name(name)
    check_name(brand)
    new = NewSource(name, brand, WRITE_PREFIX + draw(), SECRET_PREFIX + draw())
    with state.write() as connection:
        if connection.execute(select(sources.c.source).where(sources.c.source == name)).first():
            raise SourceExists(name=name)
        _add_brand(connection, Brand(name=brand))
        connection.execute(
            insert(sources).values(
                source=name,
                brand=brand,
                accepts_claimed_orders=accepts_claimed_orders,
                origins=" ".join(tidy_origins(origins)),
                rate_per_second=rate_per_second,
                rate_burst=rate_burst or int(2 * rate_per_second),
                is_enabled=True,
                created_at=micros(now),
            )
        )
        _add_key(connection, name, "write", key=new.write_key, shown=new.write_key, now=now)
        _add_key(connection, name, "secret", key=new.secret_key, shown=new.secret_key[:_SHOWN_OF_SECRET], now=now)
    return new


def list_sources(state: State) -> list[Source]:
    """List the sources with their write keys. Order: by name."""
    with state.read() as connection:
        rows = connection.execute(select(sources).order_by(sources.c.source)).all()
        shown = {
            (key.source, key.kind): key.shown for key in connection.execute(select(keys).order_by(keys.c.created_at))
        }
    return [
        Source(
            name=row.source,
            brand=row.brand,
            write_key=shown.get((row.source, "write"), ""),
            secret_key_begins=shown.get((row.source, "secret"), ""),
            accepts_claimed_orders=row.accepts_claimed_orders,
            origins=tuple(row.origins.split()),
            rate_per_second=row.rate_per_second,
            rate_burst=row.rate_burst,
            is_enabled=row.is_enabled,
        )
        for row in rows
    ]


def enable_source(state: State, name: str, *, is_enabled: bool) -> None:
    """Open or close a source: the door answers 403 to a closed one. Raises: NoSuchSource."""
    with state.write() as connection:
        changed = connection.execute(update(sources).where(sources.c.source == name).values(is_enabled=is_enabled))
        if not changed.rowcount:
            raise NoSuchSource(name=name)


def change_source(
    state: State,
    name: str,
    *,
    accepts_claimed_orders: bool,
    origins: Sequence[str],
    rate_per_second: float,
    rate_burst: int,
) -> None:
    """Change what a source may do; its keys stay. Raises: NoSuchSource, BadOrigin; then nothing changed."""
    said = {
        "accepts_claimed_orders": accepts_claimed_orders, "origins": " ".join(tidy_origins(origins)),
        "rate_per_second": rate_per_second, "rate_burst": rate_burst or int(2 * rate_per_second),
    }  # fmt: skip
    with state.write() as connection:
        if not connection.execute(update(sources).where(sources.c.source == name).values(said)).rowcount:
            raise NoSuchSource(name=name)


def renew_key(
    state: State,
    name: str,
    kind: Literal["write", "secret"],
    *,
    now: datetime,
    overlap: timedelta = OVERLAP,
    scope: Scope = Scope.ALL,
    draw: Draw = lambda: secrets.token_urlsafe(24),
) -> str:
    """
    Give a source another key of a kind; those it has end after the overlap, until then all of them work.

    A secret key may be narrowed to what it is for: to send events, or to ask the API.

    Raises: NoSuchSource.
    """
    key = (WRITE_PREFIX if kind == "write" else SECRET_PREFIX) + draw()
    ends = micros(now + overlap)
    with state.write() as connection:
        if not connection.execute(select(sources.c.source).where(sources.c.source == name)).first():
            raise NoSuchSource(name=name)
        living = or_(keys.c.expires_at.is_(None), keys.c.expires_at > ends)
        connection.execute(
            update(keys).where(keys.c.source == name, keys.c.kind == kind, living).values(expires_at=ends)
        )
        shown = key if kind == "write" else key[:_SHOWN_OF_SECRET]
        scope = Scope.SEND if kind == "write" else scope
        _add_key(connection, name, kind, key=key, shown=shown, now=now, scope=scope)
    return key


def list_keys(state: State, name: str) -> list[Key]:
    """List the keys of a source, those that have ended too. Order: the newest first. Raises: NoSuchSource."""
    asked = select(keys).where(keys.c.source == name).order_by(keys.c.created_at.desc(), keys.c.hash)
    with state.read() as connection:
        if not connection.execute(select(sources.c.source).where(sources.c.source == name)).first():
            raise NoSuchSource(name=name)
        return [
            Key(
                key_id=row.hash[:_KEY_ID],
                kind=row.kind,
                shown=row.shown,
                scope=Scope(row.scope),
                created_at=instant(row.created_at),
                expires_at=None if row.expires_at is None else instant(row.expires_at),
            )
            for row in connection.execute(asked)
        ]


def end_key(state: State, name: str, key_id: str, *, now: datetime) -> None:
    """End a key at once: it is known to somebody who should not have it. Raises: NoSuchKey."""
    is_meant = (keys.c.source == name) & (keys.c.hash.like(f"{key_id}%")) if key_id.isalnum() else false()
    with state.write() as connection:
        if not connection.execute(update(keys).where(is_meant).values(expires_at=micros(now))).rowcount:
            raise NoSuchKey(name=name, key=key_id[:_KEY_ID])


def tidy_origins(origins: Sequence[str]) -> tuple[str, ...]:
    """Write origins as browsers send them. Order: as given, each once. Raises: BadOrigin."""
    return tuple(dict.fromkeys(_origin(one) for one in origins))


def brands_of_sources(connection: Connection) -> dict[str, str]:
    """Give the brand of each source."""
    return {row.source: row.brand for row in connection.execute(select(sources.c.source, sources.c.brand))}


def secret_holders(connection: Connection) -> dict[str, tuple[Principal, int]]:
    """Give, by the hash of each secret key, that its source acts for its brand, and until when (microseconds)."""
    query = (
        select(keys.c.hash, keys.c.expires_at, sources.c.source, sources.c.brand)
        .join(sources, keys.c.source == sources.c.source)
        .where(keys.c.kind == "secret", keys.c.scope != Scope.SEND.value, sources.c.is_enabled)
    )
    return {
        row.hash: (
            Principal(name=row.source, role=Role.ADMIN, brands=frozenset({row.brand}), kind="source"),
            _NEVER if row.expires_at is None else row.expires_at,
        )
        for row in connection.execute(query)
    }


def publish(state: State, path: Path, *, link_keys: Sequence[bytes] | None = None) -> None:
    """
    Write `public.db`: who may send, and what verifies links. A running door sees it within a second.

    Order:  `link_keys` newest first; None leaves those that were published last.
    Raises: StoreUnavailable, and then the door goes on with what it has.
    """
    query = (
        select(keys.c.hash, keys.c.kind, keys.c.expires_at, sources)
        .join(sources, keys.c.source == sources.c.source)
        .where(keys.c.scope != Scope.API.value)
        .order_by(keys.c.hash)
    )
    with state.read() as connection:
        grants = [
            Grant(
                hash=row.hash,
                source=row.source,
                brand=row.brand,
                trust=_TRUST[row.kind],
                is_enabled=row.is_enabled,
                origins=frozenset(row.origins.split()),
                rate_per_second=row.rate_per_second,
                rate_burst=row.rate_burst,
                expires_at=row.expires_at,
            )
            for row in connection.execute(query)
        ]
    public.write(path, grants, link_keys=link_keys)


def _add_brand(connection: Connection, brand: Brand) -> None:
    connection.execute(
        insert_or(brands)
        .values(
            name=brand.name,
            time_zone=brand.time_zone,
            currency=brand.currency,
            country=brand.country,
            language=brand.language,
            url=brand.url,
        )
        .on_conflict_do_nothing()
    )


def _add_key(
    connection: Connection,
    source: str,
    kind: Literal["write", "secret"],
    *,
    key: str,
    shown: str,
    now: datetime,
    scope: Scope = Scope.ALL,
) -> None:
    row = {"hash": hash_key(key), "source": source, "kind": kind, "shown": shown, "scope": scope.value}
    connection.execute(insert(keys).values(**row, created_at=micros(now), expires_at=None))


def check_name(name: str) -> None:
    """Let pass what can name a source, a brand or a user. Raises: BadName."""
    if not name.strip() or len(name) > 100 or not name.isprintable() or name == OWN_SOURCE:
        raise BadName(name=name)


def _origin(said: str) -> str:
    try:
        parts = urlsplit(said.strip().lower())
        port = parts.port
    except ValueError as error:
        raise BadOrigin(origin=said[:200]) from error
    is_plain = parts.path in {"", "/"} and not parts.query and not parts.fragment and not parts.username
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_plain or set(parts.netloc) & set(" *,"):
        raise BadOrigin(origin=said[:200])
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, usual} else "")


def _check_brand(brand: Brand) -> None:
    def is_code(text: str) -> bool:
        return len(text) == _CODE_LETTERS and text.isascii() and text.isalpha()

    fits = {
        "country": is_code(brand.country) and brand.country.isupper(),
        "language": is_code(brand.language) and brand.language.islower(),
        "currency": brand.currency in money.EXPONENT,
        "time_zone": _is_zone(brand.time_zone),
        "url": not brand.url or (brand.url.startswith(("http://", "https://")) and " " not in brand.url),
    }
    for name, is_fit in fits.items():
        if not is_fit:
            raise BadBrand(field=name, value=str(getattr(brand, name))[:200])


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
