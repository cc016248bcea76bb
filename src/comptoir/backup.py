"""Backups: a barrier between two ticks, a copy of every store, and a copy that starts fenced."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from comptoir.app import FENCED, LAST_BACKUP, App, open_app
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.privacy import tombstones
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state import rows

MARK = "backup.json"
FOLDER = "backups"
"""In the home: where backups go that are asked for on a page or over the API."""
DATABASES = ("spool/front.db", "spool/back.db", "public.db", "state.db", "audience/store.db")
"""Of the audience no more than its counts and the views of open days, whose visitors nobody can look up."""


class NotABackup(ComptoirError, ValueError):
    """This folder holds no backup of Comptoir."""

    code, status = "not_a_backup", 400
    hint = "Give a folder that `comptoir backup` has written."


class FolderInUse(ComptoirError, ValueError):
    """Something lies in this folder already."""

    code, status = "folder_in_use", 409
    hint = "Give a folder that does not exist yet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup in the home's own folder."""

    name: str
    taken_at: datetime | None
    """None while it is being written, or where writing it was broken off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The last backup that was completed, wherever it went."""

    folder: str
    taken_at: datetime


def listing(settings: Settings) -> list[Backup]:
    """List the backups in the home's own folder. Order: the newest name first."""
    folder = settings.path(FOLDER)
    found = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    return [Backup(name=one.name, taken_at=_taken_at(one)) for one in found if one.is_dir()]


def last(connection: Connection) -> Last | None:
    """Give the last backup that was completed."""
    said = rows.read_value(connection, LAST_BACKUP)
    if said is None:
        return None
    known: dict[str, str] = msgspec.json.decode(said)
    return Last(folder=known["folder"], taken_at=datetime.fromisoformat(known["taken_at"]))


def forget(settings: Settings, name: str) -> None:
    """Delete a backup of the home's own folder. Raises: NotABackup."""
    if name not in {one.name for one in listing(settings)}:
        raise NotABackup(folder=name)
    shutil.rmtree(settings.path(FOLDER, name))


def _taken_at(folder: Path) -> datetime | None:
    try:
        mark: dict[str, str] = msgspec.json.decode((folder / MARK).read_bytes())
    except FileNotFoundError:
        return None
    return datetime.fromisoformat(mark["taken_at"])


def copy(app: App, target: Path) -> dict[str, object]:
    """
    Copy every store of an installation into `target`, and give the mark that says what is in it.

    The caller stands between two ticks and has checkpointed the warehouse. The door may go on: what it acknowledged
    before the copy of its spool began is in the backup.

    Raises: FolderInUse.
    """
    if target.exists() and any(target.iterdir()):
        raise FolderInUse(folder=str(target))
    (target / "spool").mkdir(parents=True, exist_ok=True)
    home = app.settings.home
    for name in DATABASES:
        if (home / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            _copy_database(home / name, target / name)
    shutil.copy2(home / "warehouse.duckdb", target / "warehouse.duckdb")
    for name in ("archive", "audience/archive"):
        if (home / name).exists():
            shutil.copytree(home / name, target / name, ignore=shutil.ignore_patterns("*.part"))
    for name in ("comptoir.toml", tombstones.FILE):
        if (home / name).exists():
            shutil.copy2(home / name, target / name)
    mark: dict[str, object] = {
        "version": 1,
        "taken_at": app.clock.now().isoformat(),
        "heads": {name: _head(target / "spool" / f"{name}.db") for name in app.spools},
    }
    (target / MARK).write_bytes(msgspec.json.format(msgspec.json.encode(mark), indent=2))
    with app.state.write() as connection:
        told = {"folder": str(target), "taken_at": mark["taken_at"]}
        rows.write_value(connection, LAST_BACKUP, msgspec.json.encode(told))
    return mark


def restore(source: Path, settings: Settings, *, stones: Sequence[Path] = ()) -> dict[str, object]:
    """
    Put a backup into a new home, fenced: it collects, but sends nothing until `comptoir unfence`.

    Whoever was erased since it was taken is erased again when it starts: `tombstones.jsonl` lies in the backups that
    the old home could reach, and `stones` are more such files.

    Raises: NotABackup; FolderInUse where the home is not empty.
    """
    if not (source / MARK).exists():
        raise NotABackup(folder=str(source))
    if settings.home.exists() and any(settings.home.iterdir()):
        raise FolderInUse(folder=str(settings.home))
    shutil.copytree(source, settings.home, dirs_exist_ok=True)
    app = open_app(settings)
    try:
        with app.state.write() as connection:
            rows.write_value(connection, FENCED, b"1")
            for file in (settings.path(tombstones.FILE), *stones):
                tombstones.apply(connection, tombstones.read_file(file), app.clock.now())
    finally:
        app.close()
    mark: dict[str, object] = msgspec.json.decode((source / MARK).read_bytes())
    return mark


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _head(path: Path) -> int:
    spool = SqliteSpool(path, read_only=True)
    try:
        return spool.head()
    finally:
        spool.close()
