"""Tables of scenarios in state. Units: every `…_at` is whole microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, text

from comptoir.state.base import metadata

_WIDE = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that is SQLite's own row id, so that it costs no second tree."""

scenarios = Table(
    "scenarios",
    metadata,
    Column("scenario", String, primary_key=True),
    Column("live_version", Integer, nullable=False),
    Column("state", String, nullable=False),  # live | paused
    Column("changed_at", BigInteger, nullable=False),
)
"""One row a scenario: which version new enrollments get, and whether it runs."""

scenario_versions = Table(
    "scenario_versions",
    metadata,
    Column("scenario", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("definition", Text, nullable=False),  # the YAML as published
    Column("published_at", BigInteger, nullable=False),
)
"""One row a published version: never changed, so people in flight finish on theirs."""

enrollments = Table(
    "enrollments",
    metadata,
    Column("enrollment_id", _WIDE, primary_key=True),
    Column("scenario", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("brand", String, nullable=False),
    Column("key", String, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("cart_key", String),
    Column("cart_id", String),
    Column("step", String, nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Column("arrived_at", BigInteger, nullable=False),
    Column("last_action_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("waits_for", String),
    Column("happened", String),
    Column("status", String, nullable=False),
    Column("exit_reason", String),
    Column("ended_at", BigInteger),
    Column("arm", String),
    Column("arm_of", String),  # the profile whose name was drawn, as it was then
    Column("eligible_at", BigInteger),
    Index("enrollments_by_key", "scenario", "key", "entered_at"),
    Index("enrollments_live", "scenario", "key", unique=True, sqlite_where=text("status = 'live'"),
          postgresql_where=text("status = 'live'")),
    Index("enrollments_live_by_node", "node_id", sqlite_where=text("status = 'live'"),
          postgresql_where=text("status = 'live'")),
)  # fmt: skip
"""
One row a run of a scenario for one key. It keeps the node it began with; the profile is resolved on reading.

`happened` is the event that woke it; at most one live run a scenario and key.
"""

timers = Table(
    "timers",
    metadata,
    Column("due_at", BigInteger, primary_key=True),
    Column("enrollment_id", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)
"""One row an enrollment that waits, clustered by when it is due: popped by range, 880,000 a second measured."""

scenarios_applied = Table(
    "scenarios_applied",
    metadata,
    Column("spool", String, primary_key=True),
    Column("offset_after", BigInteger, nullable=False),
    Column("tick_id", BigInteger, nullable=False),
    Column("applied_at", BigInteger, nullable=False),
)
"""One row a spool: how far scenarios have applied it, written in the transaction of its effects."""
