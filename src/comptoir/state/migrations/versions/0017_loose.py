"""What is left of issues 4 and 5: people who are erased, and steps that are counted."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("nodes", sa.Text(), nullable=False),
        sa.Column("contacts", sa.Text(), nullable=False),
        sa.Column("sought", sa.Text()),
        sa.Column("receipt", sa.Text()),
        sa.PrimaryKeyConstraint("erasure_id"),
    )
    op.create_table(
        "scenario_passed",
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scenario", "version", "step", "brand"),
        sqlite_with_rowid=False,
    )
    # one row a reason: a hard bounce and a complaint about it are two
    op.rename_table("suppressions", "suppressions_before")
    op.create_table(
        "suppressions",
        sa.Column("contact_hash", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contact_hash", "channel", "brand", "reason"),
    )
    op.execute(
        "INSERT INTO suppressions (contact_hash, channel, brand, reason, at)"
        " SELECT contact_hash, channel, brand, reason, at FROM suppressions_before"
    )
    op.drop_table("suppressions_before")
    # runs that began before steps were counted are guessed at as before; of the others every step is known
    op.execute(
        "INSERT INTO named_values (name, value)"
        " SELECT 'passed_from', CAST(CAST(max(entered_at) AS TEXT) AS BLOB) FROM enrollments"
        " HAVING count(*) > 0"
    )
