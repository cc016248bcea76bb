"""Tables of matching in the state store: pairs of people who may be one, what was decided, and who was compared."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from comptoir.state.base import metadata

_Big = BigInteger().with_variant(Integer(), "sqlite")

suggestions = Table(
    "matching_suggestions",
    metadata,
    Column("a", _Big, primary_key=True, autoincrement=False),
    Column("b", _Big, primary_key=True, autoincrement=False),
    Column("weight_milli", Integer, nullable=False),
    Column("evidence_json", String, nullable=False),
    Column("suggested_at", _Big, nullable=False),
    Column("state", String, nullable=False),
    Column("decided_at", _Big, nullable=False, server_default="0"),
    Column("by", String, nullable=False, server_default=""),
    Index("matching_suggestions_by_state", "state", "weight_milli"),
)
"""
One row a pair of nodes, each the first of its person when it was suggested; `a` < `b`.

`weight_milli` in thousandths of a bit; `evidence_json` holds columns, likenesses and weights, never a value of anybody;
`state` is one of `queue.Standing`. Authored: a rebuild keeps it.
"""

seen = Table(
    "matching_seen",
    metadata,
    Column("node_id", _Big, primary_key=True, autoincrement=False),
    Column("digest", _Big, nullable=False),
)
"""One row a person who was compared, by the first node: a hash of the record, which tells who is new or changed."""

TABLES = (suggestions, seen)
"""All of matching's tables."""
