"""Tables of identity in the state store: nodes and their profiles, links, cuts, traits, what was applied."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

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
    Column("first_source", String, nullable=False, server_default=""),
    Index("identity_nodes_by_founder", "founder"),
    Index("identity_nodes_by_change", "change"),
)
"""
One row an identifier value: this is `profile_of`.

`seq` is its place in arrival order; `founder` the node of lowest `seq` in its group, after which the profile is named;
`change` the last change that moved it; `was_named` whether a profile ever bore its name; `first_source` where it was
seen first. Instants in microseconds.
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
    Column("source", String, primary_key=True),
    Column("brand", String, primary_key=True),
    Column("value_json", String, nullable=False),
    Column("occurred_at", _Big, nullable=False),
    Column("message_id", String, nullable=False),
    Column("trust", String, nullable=False),
    sqlite_with_rowid=False,
)
"""One row a node, name, source and brand: what the source says. Confirmed beats claimed, then the latest."""

moves = Table(
    "identity_moves",
    metadata,
    Column("move", Integer, primary_key=True),
    Column("came_from", _Big, nullable=False),
    Column("went_to", _Big, nullable=False),
)
"""One row a profile that lost identifiers to another, by their founders, until the golden record has followed."""

crowds = Table(
    "identity_crowds",
    metadata,
    Column("node_id", _Big, primary_key=True, autoincrement=False),
)
"""One row an identifier that so many people use that it can be nobody's own."""

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

TABLES = (nodes, groups, links, cuts, traits, moves, crowds, applied, counters)
"""All of identity's tables."""
