"""Tables of consent in state. Units: every `…_at` is whole microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from comptoir.state.base import metadata

consents = Table(
    "consents",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("statement_id", String, nullable=False, unique=True),
    Column("contact_kind", String, nullable=False),
    Column("contact", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("state", String, nullable=False),
    Column("source", String, nullable=False),
    Column("trust", String, nullable=False),
    Column("stated_at", BigInteger, nullable=False),
    Column("effective_at", BigInteger, nullable=False),
    Column("text_version", String),
    Column("proof", String),
    Index("consents_by_contact", "contact", "brand", "purpose", "channel", "effective_at"),
)
"""One row a statement, given or withdrawn; append-only: it is the proof."""
