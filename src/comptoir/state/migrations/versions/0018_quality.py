"""Quality: who minds which field of a source, corrections offered to customers, and how imported rows are written."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables of this step."""
    op.create_table(
        "quality_watches",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("least_good_share", sa.Float(), nullable=False),
        sa.Column("least_fill_share", sa.Float(), nullable=False),
        sa.Column("most_silent_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "field"),
    )
    op.create_table(
        "corrections",
        sa.Column("correction_id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("correction_id"),
    )
    op.create_table(
        "import_columns",
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("delimiter", sa.String(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("import_id"),
    )
