"""Tables of the golden record in the state store: the record itself, the feed of changes, and who is told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from comptoir.state.base import metadata

_Big = BigInteger().with_variant(Integer(), "sqlite")

records = Table(
    "golden_records",
    metadata,
    Column("founder", _Big, primary_key=True, autoincrement=False),
    Column("brand", String, primary_key=True),
    Column("kin", _Big, nullable=False),
    Column("known", Text, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""
One row a profile, by its founder, and brand with an order of sources of its own; brand is empty for all others.

`known` (JSON) lists the identifiers that say who it is and `kin` stands for their nodes; `body` (JSON) is the fields.
"""

changes = Table(
    "golden_changes",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", _Big, nullable=False),
    Column("kind", String, nullable=False),
    Column("founder", _Big, nullable=False),
    Column("other", _Big),
    Column("fields", Text, nullable=False),
    Column("sources", Text, nullable=False),
    Column("brands", Text, nullable=False),
    Index("golden_changes_by_time", "at"),
    sqlite_autoincrement=True,
)
"""
One row a change of a profile, in the order in which they are told: changed, merged (into `other`), cut or erased.

`fields`, `sources` and `brands` are JSON lists: what changed, on whose word, and for which brands. Instants in
microseconds.
"""

marks = Table(
    "golden_marks",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", _Big, nullable=False),
)
"""
One row a mark: `followed` is the last change of identity the records know of; `pruned` the last forgotten seq;
`copied` stands for the ranks by which the records were chosen that the warehouse has.
"""

subscribers = Table(
    "golden_subscribers",
    metadata,
    Column("endpoint", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("told_to", _Big, nullable=False),
    Column("asked_to", _Big, nullable=False),
    Column("call_id", String, nullable=False),
)
"""
One row a webhook endpoint that is told what changes; what `source` itself said is not told to it.

`told_to` is the last seq it has acknowledged; `asked_to` the last one of the call under way, `call_id`, if any.
"""

TABLES = (records, changes, marks, subscribers)
"""All of the golden record's tables."""
