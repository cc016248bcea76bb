"""The history of imports: each is a row from its draft to its counts, whoever started it, page or command line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import json
from sqlalchemy import Connection, Row, delete, insert, select, update

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.sources.rows import imports

SILENT = timedelta(minutes=1)
"""An import that gives no sign of life for so long was stopped: it writes one down every second."""


class ImportState(StrEnum):
    """How far an import is."""

    DRAFT = "draft"
    """Its file is there; which column is which field is being said."""
    READING = "reading"
    WORKING = "working"
    """Every row is in the spool and waits to become a fact."""
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """Its process is gone. What it had read is kept; run again, it goes on where it stopped, as rows count once."""


RUNNING = frozenset({ImportState.READING, ImportState.WORKING})


class NoSuchImport(ComptoirError, LookupError):
    """No import has this id."""

    code, status = "no_such_import", 404
    hint = "The page Sources lists the imports."


class ImportRuns(ComptoirError, ValueError):
    """This import is under way, or over."""

    code, status = "import_runs", 409
    hint = "Wait until it has ended; a new import of the same file adds only what is new."


class ImportRests(ComptoirError, ValueError):
    """This import is not under way."""

    code, status = "import_rests", 409
    hint = "It has ended meanwhile: look at its page."


class ImportHalted(ComptoirError):
    """Somebody stopped this import."""

    code, status = "import_halted", 409
    hint = "What it had read becomes facts; run again, it goes on from there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import."""

    import_id: str
    kind: str
    source: str
    brand: str
    files: tuple[Path, ...]
    mapping: str
    made_by: str
    state: ImportState
    problem: str
    made_at: datetime
    ended_at: datetime | None
    done: int
    whole: int
    read: int
    accepted: int
    refused: int
    duplicates: int
    skipped: int

    @property
    def name(self) -> str:
        """Say which files, without their folders."""
        return ", ".join(one.name for one in self.files)

    @property
    def is_running(self) -> bool:
        """Say whether it is at work."""
        return self.state in RUNNING

    @property
    def is_fetched(self) -> bool:
        """Say whether a pull has brought it in, under whose name it stands: then the pull runs again, and not it."""
        return any(not one.is_absolute() for one in self.files)

    @property
    def may_run(self) -> bool:
        """Say whether it can be started, for the first time or again."""
        return not self.is_fetched and self.state in {ImportState.DRAFT, ImportState.FAILED, ImportState.STOPPED}


def begin(
    connection: Connection,
    *,
    import_id: str,
    kind: str,
    source: str,
    brand: str,
    files: Sequence[Path],
    made_by: str,
    now: datetime,
    machine_now: datetime,
    mapping: str = "",
    state: ImportState = ImportState.READING,
) -> None:
    """Write down an import that begins, or its draft."""
    row: dict[str, Any] = {
        "import_id": import_id, "kind": kind, "source": source, "brand": brand, "made_by": made_by,
        "files": json.encode([str(one) for one in files]).decode(), "mapping": mapping, "state": state.value,
        "problem": "", "made_at": micros(now), "moved_at": micros(machine_now), "ended_at": None, "done": 0,
        "whole": 0, "read": 0, "accepted": 0, "refused": 0, "duplicates": 0, "skipped": 0,
    }  # fmt: skip
    connection.execute(insert(imports).values(row))


def start(connection: Connection, import_id: str, *, again_as: str, machine_now: datetime) -> str:
    """
    Start a draft, or one that failed or was stopped again under the id `again_as`, as counts are by id; give the id.

    Raises: NoSuchImport; ImportRuns where it is under way or over, so two starts of one are one.
    """
    found = find(connection, import_id, machine_now=machine_now)
    if not found.may_run:
        raise ImportRuns(import_id=import_id)
    fresh = import_id if found.state is ImportState.DRAFT else again_as
    _change(
        connection, import_id, import_id=fresh, state=ImportState.READING.value, problem="", ended_at=None, done=0,
        whole=0, moved_at=micros(machine_now),
    )  # fmt: skip
    return fresh


def move(
    connection: Connection, import_id: str, state: ImportState, *, done: int, whole: int, machine_now: datetime
) -> bool:
    """Write down how far an import is, which is a sign of life; say whether it may go on, or was stopped."""
    said = connection.scalar(select(imports.c.state).where(imports.c.import_id == import_id))
    if said not in RUNNING:
        return False
    _change(connection, import_id, state=state.value, done=done, whole=whole, moved_at=micros(machine_now))
    return True


def stop(connection: Connection, import_id: str, *, now: datetime, machine_now: datetime) -> None:
    """Stop an import that is under way: its process ends within seconds. Raises: NoSuchImport, ImportRests."""
    if not find(connection, import_id, machine_now=machine_now).is_running:
        raise ImportRests(import_id=import_id)
    _change(connection, import_id, state=ImportState.STOPPED.value, ended_at=micros(now))


def end(connection: Connection, import_id: str, now: datetime, counts: Mapping[str, int]) -> None:
    """Write down what came of an import: `read`, `accepted`, `refused`, `duplicates` and `skipped`."""
    _change(connection, import_id, state=ImportState.DONE.value, problem="", ended_at=micros(now), **counts)


def fail(connection: Connection, import_id: str, problem: str, now: datetime) -> None:
    """Write down why an import ended early."""
    _change(connection, import_id, state=ImportState.FAILED.value, problem=problem[:2_000], ended_at=micros(now))


def remap(connection: Connection, import_id: str, *, mapping: str, source: str, brand: str) -> None:
    """Keep another mapping, source and brand of a draft."""
    _change(connection, import_id, mapping=mapping, source=source, brand=brand)


def drop(connection: Connection, import_id: str) -> None:
    """Forget an import; its rows, if any are facts, stay."""
    connection.execute(delete(imports).where(imports.c.import_id == import_id))


def find(connection: Connection, import_id: str, *, machine_now: datetime, brands: Collection[str] = ()) -> Import:
    """Give one import, of these brands only (none named: of any). Raises: NoSuchImport."""
    row = connection.execute(select(imports).where(imports.c.import_id == import_id)).one_or_none()
    if row is None or (brands and row.brand not in brands):
        raise NoSuchImport(import_id=import_id)
    return _import(row, machine_now)


def last_mapping(connection: Connection, *, kind: str, source: str, brand: str) -> str:
    """Give the mapping by which rows of this kind last came in from a source; empty where none did."""
    query = (
        select(imports.c.mapping)
        .where(
            imports.c.kind == kind, imports.c.source == source, imports.c.brand == brand,
            imports.c.state == ImportState.DONE.value, imports.c.mapping != "",
        )
        .order_by(imports.c.made_at.desc(), imports.c.import_id.desc())
    )  # fmt: skip
    return connection.scalars(query.limit(1)).first() or ""


def listing(
    connection: Connection, *, machine_now: datetime, brands: Collection[str] = (), most: int = 100
) -> list[Import]:
    """List the imports, of these brands only (none named: of any). Order: newest first."""
    query = select(imports).order_by(imports.c.made_at.desc(), imports.c.import_id.desc()).limit(most)
    if brands:
        query = query.where(imports.c.brand.in_(sorted(brands)))
    return [_import(row, machine_now) for row in connection.execute(query)]


def _change(connection: Connection, which: str, **values: object) -> None:
    connection.execute(update(imports).where(imports.c.import_id == which).values(values))


def _import(row: Row[Any], machine_now: datetime) -> Import:
    said = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)
    moved_at, ended_at = said.pop("moved_at"), said.pop("ended_at")
    state = ImportState(said.pop("state"))
    if state in RUNNING and micros(machine_now) - moved_at > SILENT.total_seconds() * 1_000_000:
        state = ImportState.STOPPED
    return Import(
        state=state,
        files=tuple(Path(one) for one in json.decode(said.pop("files"))),
        made_at=instant(said.pop("made_at")),
        ended_at=None if ended_at is None else instant(ended_at),
        **said,
    )
