"""Migrations of the warehouse: numbered files, forward only, each recorded in the transaction that applies it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import duckdb

from comptoir.errors import ComptoirError


class WarehouseFromTheFuture(ComptoirError):
    """This warehouse was written by a newer Comptoir."""

    code, status = "warehouse_from_the_future", 409
    hint = "Install the version that wrote it, or restore a backup made by this one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step: `number` counts from 1."""

    number: int
    name: str
    text: str


def all_migrations() -> list[Migration]:
    """List the migrations that ship with this version. Order: by number."""
    return sorted(_read(), key=lambda one: one.number)


def migrate(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    """
    Bring a warehouse to this version and name what was applied; one that is there already is left alone.

    Raises: WarehouseFromTheFuture where a migration was applied that this version does not know.
    """
    cursor.execute(
        "CREATE TABLE IF NOT EXISTS main.schema_migrations (number INTEGER PRIMARY KEY, name VARCHAR NOT NULL)"
    )
    done = {number for (number,) in cursor.execute("SELECT number FROM main.schema_migrations").fetchall()}
    known = all_migrations()
    if unknown := sorted(done - {one.number for one in known}):
        raise WarehouseFromTheFuture(migrations=unknown)
    return [_apply(cursor, one) for one in known if one.number not in done]


def _apply(cursor: duckdb.DuckDBPyConnection, one: Migration) -> str:
    cursor.execute("BEGIN")
    try:
        cursor.execute(one.text)
        cursor.execute("INSERT INTO main.schema_migrations VALUES (?, ?)", [one.number, one.name])
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")
    return one.name


def _read() -> Iterator[Migration]:
    for file in files("comptoir.warehouse").joinpath("migrations").iterdir():
        if file.name.endswith(".sql"):
            yield Migration(
                number=int(file.name[:4]), name=file.name.removesuffix(".sql"), text=file.read_text(encoding="utf-8")
            )
