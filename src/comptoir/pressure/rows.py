"""Tables of the pressure ledger in state. Units: every `…_at` is whole microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint, text

from comptoir.state.base import metadata

_WIDE = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that is SQLite's own row id, so that it costs no second tree."""

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
    Column("is_outside", Boolean, nullable=False, server_default=text("0")),  # another tool asked, and sends
    Column("deferrals", Integer, nullable=False, server_default=text("0")),  # how often it was told to wait
    Column("weighed", Text),  # JSON: the policy that was asked, and the messages that counted then
    Index("candidates_by_node", "node_id"),
    Index("candidates_by_enrollment", "enrollment_id"),
    Index("candidates_deferred", "deferred_until", sqlite_where=text("outcome = 'deferred'"),
          postgresql_where=text("outcome = 'deferred'")),
    Index("candidates_deferred_by_node", "node_id", sqlite_where=text("outcome = 'deferred'"),
          postgresql_where=text("outcome = 'deferred'")),
    Index("candidates_deferred_by_contact", "contact", sqlite_where=text("outcome = 'deferred'"),
          postgresql_where=text("outcome = 'deferred'")),
    Index("candidates_open_outside", "expires_at",
          sqlite_where=text("is_outside AND outcome IN ('queued', 'deferred')"),
          postgresql_where=text("is_outside AND outcome IN ('queued', 'deferred')")),
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
    Column("tags", String, nullable=False, server_default=text("''")),  # separated by a line feed
    Column("reveals", Boolean, nullable=False, server_default=text("0")),
    UniqueConstraint("occasion", "contact", "message_key", name="one_message_an_occasion"),
    Index("reservations_by_node", "node_id", "at"),
    Index("reservations_by_contact", "contact", "at"),
)
"""
One row a message that may count against a cap: reserved (until it expires), handed, accepted and unknown count;
failed and released do not.
"""

policies = Table(
    "policies",
    metadata,
    Column("brand", String, primary_key=True),  # * for every brand that has none of its own
    Column("version", Integer, primary_key=True),
    Column("definition", Text, nullable=False),  # the YAML as published
    Column("published_at", BigInteger, nullable=False),
    Column("published_by", String, nullable=False, server_default=text("''")),  # empty where nobody was named
)
"""One row a published version of a brand's contact policy; the newest holds, none is ever changed. Authored."""

announced = Table(
    "announced",
    metadata,
    Column("occasion", String, primary_key=True),
    Column("message_key", String, primary_key=True),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("wish", Text, nullable=False),
    Index("announced_by_node", "node_id", "due_at"),
    Index("announced_by_enrollment", "enrollment_id"),
    Index("announced_by_due", "due_at"),
    sqlite_with_rowid=False,
)
"""One row a message that somebody will wish for: what look-ahead sees besides deferred candidates."""

universal_draws = Table(
    "universal_draws",
    metadata,
    Column("node_id", _WIDE, primary_key=True, autoincrement=False),
    Column("is_held", Boolean, nullable=False),
    Column("drawn_at", BigInteger, nullable=False),
)
"""One row a node whose person was drawn for the universal control group, or not; a person's oldest draw stands."""

answers = Table(
    "candidate_answers",
    metadata,
    Column("source", String, primary_key=True),
    Column("idempotency_key", String, primary_key=True),
    Column("body_hash", String, nullable=False),
    Column("answer", Text, nullable=False),  # JSON, as it was given
    Column("at", BigInteger, nullable=False),
    Index("candidate_answers_by_at", "at"),
    sqlite_with_rowid=False,
)
"""One row a request of an outside tool that was answered: the same key gets the same answer for a day."""
