"""Tables of the pressure ledger in state. Units: every `…_at` is whole microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint, text

from comptoir.state.base import metadata

candidates = Table(
    "candidates",
    metadata,
    Column("message_id", String, primary_key=True),
    Column("message_class", String, nullable=False),
    Column("scenario", String, nullable=False),
    Column("scenario_version", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("brand", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("contact", String, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("profile_then", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("expected_value", Float, nullable=False),
    Column("arm", String),
    Column("wished_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("outcome", String, nullable=False),
    Column("reason", String),
    Column("detail", String),
    Column("deferred_until", BigInteger),
    Column("replaced_by", String),
    Column("decided_at", BigInteger, nullable=False),
    Column("wish", Text, nullable=False),  # the whole candidate, for another try
    Index("candidates_by_node", "node_id"),
    Index("candidates_by_enrollment", "enrollment_id"),
    Index("candidates_deferred", "deferred_until", sqlite_where=text("outcome = 'deferred'"),
          postgresql_where=text("outcome = 'deferred'")),
)  # fmt: skip
"""One row a wish to contact somebody, with what became of it and why. It is never deleted."""

reservations = Table(
    "reservations",
    metadata,
    Column("message_id", String, primary_key=True),
    Column("message_key", String, nullable=False),
    Column("occasion", String, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("contact", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("message_class", String, nullable=False),
    Column("state", String, nullable=False),  # reserved | handed | accepted | failed | unknown | released
    Column("at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    UniqueConstraint("occasion", "contact", "message_key", name="one_message_an_occasion"),
    Index("reservations_by_node", "node_id", "at"),
    Index("reservations_by_contact", "contact", "at"),
)
"""
One row a message that may count against a cap: reserved (until it expires), handed, accepted and unknown count;
failed and released do not.
"""
