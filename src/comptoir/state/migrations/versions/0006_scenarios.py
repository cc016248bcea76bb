"""Scenarios: triggers, steps, goals."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables and columns of this step."""
    op.add_column("scenarios", sa.Column("draft", sa.Text()))
    op.add_column("enrollments", sa.Column("about", sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column("enrollments", sa.Column("said", sa.Text(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("enrollments", sa.Column("drawn", sa.Text(), nullable=False, server_default=sa.text("'{}'")))
    op.create_index("enrollments_by_node", "enrollments", ["node_id", "scenario"])
    op.create_table(
        "scenario_goals",
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column("goal", sa.String(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("reached_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("enrollment_id", "goal"),
    )
    op.create_index("scenario_goals_by_scenario", "scenario_goals", ["scenario", "reached_at"])
    op.create_table(
        "scenario_draws",
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("enrollment_id", "step"),
    )
    op.create_index("scenario_draws_by_scenario", "scenario_draws", ["scenario", "step"])
    op.create_table(
        "scenario_firings",
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("done_until", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("fired_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("scenario", "brand", "rule"),
    )
    op.create_table(
        "scenario_alerts",
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("colleague", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("message_id", sa.String()),
        sa.Column("is_digest", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id"),
    )
    op.create_index("scenario_alerts_by_colleague", "scenario_alerts", ["colleague", "raised_at"])
    op.create_index(
        "scenario_alerts_due", "scenario_alerts", ["due_at"],
        sqlite_where=sa.text("message_id IS NULL"), postgresql_where=sa.text("message_id IS NULL"),
    )  # fmt: skip
