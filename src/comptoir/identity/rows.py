"""Tables of identity in the state store: nodes and their profiles, links, cuts, traits, what was applied."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from comptoir.model.identifier import IdentifierKind
from comptoir.state.base import metadata

_Big = BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER PRIMARY KEY is SQLite's own row number

nodes = Table(
    "identity_nodes",
    metadata,
    Column("node_id", _Big, primary_key=True, autoincrement=False),
    Column("seq", _Big, nullable=False),
    Column("kind", String, nullable=False),
    Column("value", String, nullable=False),
    Column("first_seen_at", _Big, nullable=False),
    Column("last_seen_at", _Big, nullable=False),
    Column("founder", _Big, nullable=False),
    Column("change", _Big, nullable=False),
    Column("was_named", Integer, nullable=False, server_default="0"),
    Index("identity_nodes_by_founder", "founder"),
    Index("identity_nodes_by_change", "change"),
)
"""
One row an identifier value: this is `profile_of`.

`seq` is its place in arrival order; `founder` the node of lowest `seq` in its group, after which the profile is named;
`change` the last change that moved it; `was_named` whether a profile ever bore its name. Instants in microseconds.
"""

groups = Table(
    "identity_groups",
    metadata,
    Column("founder", _Big, primary_key=True, autoincrement=False),
    Column("settled", String, nullable=False),
    *(Column(kind.value, Integer, nullable=False) for kind in IdentifierKind),
)
"""One row a profile of two nodes or more: how many it has of each kind, and the link (JSON) that last joined it."""

links = Table(
    "identity_links",
    metadata,
    Column("a", _Big, primary_key=True),
    Column("b", _Big, primary_key=True),
    Column("reason", String, primary_key=True),
    Column("trust", String, primary_key=True),
    Column("recorded", _Big, primary_key=True),
    Column("occurred_at", _Big, nullable=False),
    Column("message_id", String, nullable=False),
    Column("weakness", Integer, nullable=False),
    Column("by", String, nullable=False, server_default=""),
    Index("identity_links_by_b", "b"),
    sqlite_with_rowid=False,
)
"""One row a link: two nodes, reason and trust, with its earliest statement; one row a statement if made by hand."""

cuts = Table(
    "identity_cuts",
    metadata,
    Column("a", _Big, primary_key=True),
    Column("b", _Big, primary_key=True),
    Column("recorded", _Big, primary_key=True),
    Column("at", _Big, nullable=False),
    Column("by", String, nullable=False),
    Index("identity_cuts_by_b", "b"),
    sqlite_with_rowid=False,
)
"""One row a cut between two nodes. Authored: kept by a rebuild."""

traits = Table(
    "identity_traits",
    metadata,
    Column("node_id", _Big, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value_json", String, nullable=False),
    Column("occurred_at", _Big, nullable=False),
    Column("message_id", String, nullable=False),
    Column("trust", String, nullable=False),
    sqlite_with_rowid=False,
)
"""One row a node and name: the statement that stands. Confirmed beats claimed, then the latest."""

applied = Table(
    "identity_applied",
    metadata,
    Column("spool", String, primary_key=True),
    Column("offset_after", _Big, nullable=False),
    Column("tick_id", _Big, nullable=False),
)
"""One row a spool: how far its lines are applied, and by which tick."""

counters = Table(
    "identity_counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", _Big, nullable=False),
)
"""One row a counter: `change` counts transactions that changed who is who, `seq` numbers nodes."""

TABLES = (nodes, groups, links, cuts, traits, applied, counters)
"""All of identity's tables."""


class Statement:
    """
    A statement compiled once: on the hot path compiling and binding by name cost more than SQLite itself.

    Reading goes past SQLAlchemy's result to the driver, in the same transaction: it doubles the rate of profile reads.
    """

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=sqlite.dialect(paramstyle="qmark"))
        assert isinstance(compiled, SQLCompiler)
        self.text = str(compiled)
        self.names: Sequence[str] = compiled.positiontup or ()
        self.fixed: dict[str, Any] = {name: value for name, value in compiled.params.items() if value is not None}
        self.writes = compiled.isinsert or compiled.isupdate or compiled.isdelete

    def rows(self, connection: Connection, **values: object) -> list[tuple[Any, ...]]:
        """Run it once and give its rows."""
        bound = self.fixed | values
        parameters = tuple([bound[name] for name in self.names])
        if self.writes:
            done = connection.exec_driver_sql(self.text, parameters)
            return [tuple(row) for row in done] if done.returns_rows else []
        return _raw(connection).execute(self.text, parameters).fetchall()

    def each(self, connection: Connection) -> Iterator[tuple[Any, ...]]:
        """Yield its rows one by one, for those too many to hold."""
        return _raw(connection).execute(self.text)

    def many(self, connection: Connection, rows: list[tuple[Any, ...]]) -> None:
        """Run it once for each row of values, which stand in the statement's own order."""
        if rows:
            connection.exec_driver_sql(self.text, rows)


def _raw(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


IDS = select(func.json_each(bindparam("ids")).table_valued("value").c.value)
"""A set of node ids, bound as one JSON list named `ids`: any number of them is one statement."""


def json_ids(node_ids: Iterable[int]) -> str:
    """Write node ids for `IDS`."""
    return msgspec.json.encode(list(node_ids)).decode()
