"""Tables of pulls in state: the places, how far each was fetched, and every run."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Table, Text

from comptoir.state.base import metadata

pulls = Table(
    "pulls",
    metadata,
    Column("name", String, primary_key=True),
    Column("place", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("streams", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("secrets", LargeBinary, nullable=False),
    Column("secret_names", Text, nullable=False),
    Column("schedule", String, nullable=False),
    Column("alarm_hours", Integer, nullable=False),
    Column("is_paused", Boolean, nullable=False),
    Column("may_look_inside", Boolean, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("brought_at", BigInteger),
)
"""
Grain: one row a place rows are fetched from; its rows are booked under its name.

Units: `mapping` YAML, empty where the header says it; `streams` a JSON list; `options` a JSON object, `secrets` one
sealed under the master key, `secret_names` the list of its names; `made_at` and `brought_at` (the last time something
new came) microseconds since 1970.
"""

cursors = Table(
    "pull_cursors",
    metadata,
    Column("pull", String, primary_key=True),
    Column("stream", String, primary_key=True),
    Column("cursor", Text, nullable=False),
)
"""Grain: one row a stream: from where its next run goes on. Written once the rows before it are in the spool."""

runs = Table(
    "pull_runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("pull", String, nullable=False, index=True),
    Column("made_by", String, nullable=False),
    Column("state", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("code", String, nullable=False),
    Column("problem", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("retry_at", BigInteger),
    Column("is_cancelled", Boolean, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("whole", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    Column("imports", Text, nullable=False),
)
"""
Grain: one row a run.

Units: `made_by` who asked for it, empty for the schedule; `moved_at`, the last sign of life, by the machine's clock,
the other instants by the shop's; `imports` a JSON list of ids of the history of imports.
"""
