"""Tables of tracking plans in the state store: versions, what broke them, and which names ever arrived."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from comptoir.state.base import metadata

plans = Table(
    "plans",
    metadata,
    Column("brand", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("note", String, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("published_by", String, nullable=False),
)
"""Grain: one row a version of a brand's plan; an empty `text` ends it. Units: microseconds since 1970."""

findings = Table(
    "plan_findings",
    metadata,
    Column("brand", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("event", String, primary_key=True),
    Column("property", String, primary_key=True),
    Column("reason", String, primary_key=True),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("times", BigInteger, nullable=False),
    Column("examples", Text, nullable=False),
)
"""
Grain: one row a source × event × property × way of breaking the plan; an empty event holds all beyond the limit.

Units: microseconds since 1970; `examples` a JSON list of message ids and values.
"""

finding_days = Table(
    "plan_finding_days",
    metadata,
    Column("brand", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("event", String, primary_key=True),
    Column("property", String, primary_key=True),
    Column("reason", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("times", BigInteger, nullable=False),
)
"""Grain: one row a finding × day (UTC, ISO)."""

looks = Table(
    "plan_looks",
    metadata,
    Column("brand", String, primary_key=True),
    Column("looked_at", BigInteger, nullable=False),
    Column("looked_by", String, nullable=False),
)
"""Grain: one row a brand whose findings somebody has seen: what was found first after that is new."""

schema_names = Table(
    "schema_names",
    metadata,
    Column("brand", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("event", String, primary_key=True),
    Column("property", String, primary_key=True),
    Column("types", Text, nullable=False),
    Column("times", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
"""
Grain: one row a source × event × property that ever arrived; an empty property is the event itself.

Names beyond the limit are counted under the event `(others)`. Units: `types` a JSON object, JSON type → how often.
"""
