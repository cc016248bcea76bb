"""Tables of quality in state: who minds a field of a source, and corrections that were offered to customers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, String, Table

from comptoir.state.base import metadata

watches = Table(
    "quality_watches",
    metadata,
    Column("source", String, primary_key=True),
    Column("field", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("least_good_share", Float, nullable=False),
    Column("least_fill_share", Float, nullable=False),
    Column("most_silent_days", Integer, nullable=False),
)
"""
Grain: one row a source and field that somebody minds.

Units: shares 0–1; 0 of a share or of days: no alarm.
"""

corrections = Table(
    "corrections",
    metadata,
    Column("correction_id", String, primary_key=True),
    Column("brand", String, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("field", String, nullable=False),
    Column("name", String, nullable=False),
    Column("original", String, nullable=False),
    Column("proposal", String, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("answer", String),
    Column("answered_by", String),
    Column("answered_at", BigInteger),
)
"""
Grain: one row a question to a customer: a ledger, never rebuilt. `answered_by` is the message id of the answer.

Units: instants in microseconds since 1970, UTC.
"""
