"""Tombstones: who was erased, kept without saying who it was, and taken along wherever an old copy may come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.identity.profile import Profile
from comptoir.ids import uuid7
from comptoir.messaging import suppression
from comptoir.privacy import care
from comptoir.privacy.rows import erasures

FILE = "tombstones.jsonl"
"""In the home, and in every backup that lay there when somebody was erased: one line a tombstone."""
ASKED, GATHERED, CLEANING, DONE = "asked", "gathered", "cleaning", "done"


class ErasureNotFound(ComptoirError, LookupError):
    """There is no such erasure."""

    code, status = "erasure_not_found", 404
    hint = "`comptoir person erasures` lists them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A person who was erased, or is being."""

    erasure_id: str
    state: str
    """asked, gathered (it is known what is looked for), cleaning (files are being overwritten), done."""
    asked_at: datetime
    asked_by: str
    done_at: datetime | None
    nodes: tuple[int, ...]
    contacts: tuple[str, ...]
    sought: Mapping[str, Any] | None
    receipt: Mapping[str, Any]


class Tombstone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tombstone as a file has it. Units: `asked_at` microseconds since 1970."""

    erasure_id: str
    asked_at: int
    nodes: tuple[int, ...]
    contacts: tuple[str, ...]


def ask(connection: Connection, person: Profile, now: datetime, *, by: str) -> str:
    """
    Write down that a person is to be erased, and write to none of her addresses from now on; give the erasure's id.

    The caller's transaction makes both true at once; `erasing.work` does the rest. Asked twice, it is one erasure.
    """
    nodes = sorted(person.node_ids)
    for one in pending(connection):
        if not set(one.nodes).isdisjoint(nodes):
            return one.erasure_id
    contacts = care.contacts_of(person)
    for contact, _ in contacts:
        for channel in sorted({*care.CHANNELS.values()}):
            suppression.suppress(connection, contact=contact, channel=channel, reason=suppression.ERASURE, now=now)
    erasure_id = str(uuid7(micros(now)))
    hashes = sorted({suppression.hash_of(contact) for contact, _ in contacts})
    stone = Tombstone(erasure_id=erasure_id, asked_at=micros(now), nodes=tuple(nodes), contacts=tuple(hashes))
    _write(connection, stone, by=by)
    return erasure_id


def pending(connection: Connection) -> list[Erasure]:
    """List the erasures that are not done. Order: as asked."""
    return [one for one in listing(connection) if one.state != DONE]


def listing(connection: Connection) -> list[Erasure]:
    """List every erasure. Order: as asked."""
    c = erasures.c
    return [_read(row) for row in connection.execute(select(erasures).order_by(c.asked_at, c.erasure_id))]


def find(connection: Connection, erasure_id: str) -> Erasure:
    """Give one erasure. Raises: ErasureNotFound."""
    row = connection.execute(select(erasures).where(erasures.c.erasure_id == erasure_id)).first()
    if row is None:
        raise ErasureNotFound(erasure_id=erasure_id[:50])
    return _read(row)


def move(connection: Connection, erasure_id: str, state: str, **said: Any) -> None:
    """Write down how far an erasure is; columns of JSON are given as what they say."""
    told = {
        name: _json(value) if name in {"nodes", "contacts", "sought", "receipt"} else value
        for name, value in said.items()
    }
    connection.execute(update(erasures).where(erasures.c.erasure_id == erasure_id).values(state=state, **told))


def write_file(connection: Connection, folder: Path) -> None:
    """Write all tombstones of an installation into a folder, beside what lies there."""
    known = {one.erasure_id: one for one in read_file(folder / FILE)}
    for one in listing(connection):
        known[one.erasure_id] = Tombstone(
            erasure_id=one.erasure_id, asked_at=micros(one.asked_at), nodes=one.nodes, contacts=one.contacts
        )
    text = b"".join(msgspec.json.encode(known[name]) + b"\n" for name in sorted(known))
    beside = folder / f"{FILE}.part"
    beside.write_bytes(text)
    beside.replace(folder / FILE)


def read_file(file: Path) -> list[Tombstone]:
    """Read a file of tombstones; one that is not there holds none."""
    lines = file.read_bytes().splitlines() if file.exists() else []
    return [msgspec.json.decode(line, type=Tombstone) for line in lines if line.strip()]


def apply(connection: Connection, stones: Iterable[Tombstone], now: datetime) -> int:
    """Ask again for the erasures that this copy does not know, or knows as asked later; give how many."""
    known = {one.erasure_id for one in listing(connection)}
    fresh = [one for one in stones if one.erasure_id not in known]
    for one in fresh:
        _write(connection, one, by="tombstone")
        for channel in sorted({*care.CHANNELS.values()}):
            suppression.suppress_all(connection, one.contacts, channel=channel, reason=suppression.ERASURE, now=now)
    return len(fresh)


def _write(connection: Connection, stone: Tombstone, *, by: str) -> None:
    row = {
        "erasure_id": stone.erasure_id, "state": ASKED, "asked_at": stone.asked_at, "asked_by": by, "done_at": None,
        "nodes": _json(list(stone.nodes)), "contacts": _json(list(stone.contacts)), "sought": None, "receipt": None,
    }  # fmt: skip
    connection.execute(insert(erasures).values(row))


def _read(row: Any) -> Erasure:
    return Erasure(
        erasure_id=row.erasure_id,
        state=row.state,
        asked_at=instant(row.asked_at),
        asked_by=row.asked_by,
        done_at=None if row.done_at is None else instant(row.done_at),
        nodes=tuple(msgspec.json.decode(row.nodes)),
        contacts=tuple(msgspec.json.decode(row.contacts)),
        sought=None if row.sought is None else msgspec.json.decode(row.sought),
        receipt={} if row.receipt is None else msgspec.json.decode(row.receipt),
    )


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
