"""What people did with refused events: an authored table, kept beside the facts it speaks of."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table

from comptoir.state.base import metadata

repairs = Table(
    "repairs",
    metadata,
    Column("failed_id", String, primary_key=True),
    Column("mended", LargeBinary),
    Column("mended_at_micros", BigInteger),
    Column("replayed_at_micros", BigInteger),
)
"""One row a refused event that somebody mended or sent in again."""
