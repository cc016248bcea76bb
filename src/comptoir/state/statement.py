"""Statements of hot paths: compiled once, bound by place, handed straight to the driver in the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler


class Statement:
    """
    A statement compiled once: on hot paths compiling, binding by name and SQLAlchemy's results cost more than SQLite.

    It runs on the driver's connection under the caller's, so in the caller's transaction; errors are the driver's.
    """

    text: str
    names: Sequence[str]
    fixed: dict[str, Any]

    def __init__(self, statement: ClauseElement) -> None:
        """Take it; it is compiled when it is first wanted, since a command wants few of all there are."""
        self._statement = statement

    def __getattr__(self, name: str) -> Any:
        """Compile it: what only that gives is not there yet."""
        if name not in {"text", "names", "fixed"}:
            raise AttributeError(name)
        compiled = self._statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))
        assert isinstance(compiled, SQLCompiler)
        self.names = compiled.positiontup or ()
        self.fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self.text = str(compiled)
        return getattr(self, name)

    def rows(self, connection: Connection, **values: object) -> list[tuple[Any, ...]]:
        """Run it once and give its rows."""
        bound = self.fixed | values
        return driver(connection).execute(self.text, tuple([bound[name] for name in self.names])).fetchall()

    def stream(self, connection: Connection, **values: object) -> Iterator[tuple[Any, ...]]:
        """Yield its rows one by one, for those too many to hold."""
        bound = self.fixed | values
        return driver(connection).execute(self.text, tuple([bound[name] for name in self.names]))

    def mappings(self, connection: Connection, **values: object) -> list[dict[str, Any]]:
        """Run it once and give its rows by column name."""
        bound = self.fixed | values
        cursor = driver(connection).execute(self.text, tuple([bound[name] for name in self.names]))
        columns = [one[0] for one in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def many(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run it once for each row of values, which stand in the statement's own order (`names`)."""
        if rows:
            driver(connection).executemany(self.text, rows)

    def each(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it once for each row of values given by name."""
        fixed, names = self.fixed, self.names
        self.many(connection, [tuple([row[name] if name in row else fixed[name] for name in names]) for row in rows])


def driver(connection: Connection) -> sqlite3.Connection:
    """Give the driver's connection under one of SQLAlchemy's."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


LISTED = func.json_each(bindparam("ids")).table_valued("value")
"""A set bound as one JSON list named `ids` (`as_set` writes it), to be joined: any number of them is one statement."""

IDS = select(LISTED.c.value)
"""The same set, for `IN`."""


def as_set(values: Iterable[str | int]) -> str:
    """Write values as one JSON list, to be bound as a set."""
    return msgspec.json.encode(list(values)).decode()
