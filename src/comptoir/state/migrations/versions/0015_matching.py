"""Pairs of people who may be one, and what was decided of them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "matching_suggestions",
        sa.Column("a", big, autoincrement=False, nullable=False),
        sa.Column("b", big, autoincrement=False, nullable=False),
        sa.Column("weight_milli", sa.Integer(), nullable=False),
        sa.Column("evidence_json", sa.String(), nullable=False),
        sa.Column("suggested_at", big, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_at", big, server_default="0", nullable=False),
        sa.Column("by", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("a", "b"),
    )
    op.create_index("matching_suggestions_by_state", "matching_suggestions", ["state", "weight_milli"])
