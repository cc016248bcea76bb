"""What each source says of a person, the golden record made of it, and the feed of what changed."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and columns of this step; what was stated before is of a source that nobody noted."""
    op.add_column("identity_nodes", sa.Column("first_source", sa.String(), nullable=False, server_default=""))
    op.rename_table("identity_traits", "identity_traits_before")
    op.create_table(
        "identity_traits",
        sa.Column("node_id", BIG, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("value_json", sa.String(), nullable=False),
        sa.Column("occurred_at", BIG, nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("trust", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("node_id", "name", "source", "brand"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO identity_traits SELECT node_id, name, '', '', value_json, occurred_at, message_id, trust "
        "FROM identity_traits_before"
    )
    op.drop_table("identity_traits_before")
    op.create_table(
        "identity_moves",
        sa.Column("move", sa.Integer(), nullable=False),
        sa.Column("came_from", BIG, nullable=False),
        sa.Column("went_to", BIG, nullable=False),
        sa.PrimaryKeyConstraint("move"),
    )
    op.create_table(
        "identity_crowds",
        sa.Column("node_id", BIG, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("node_id"),
    )
    op.create_table(
        "golden_records",
        sa.Column("founder", BIG, nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("kin", BIG, nullable=False),
        sa.Column("known", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("founder", "brand"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "golden_changes",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("founder", BIG, nullable=False),
        sa.Column("other", BIG),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("brands", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("golden_changes_by_time", "golden_changes", ["at"])
    op.create_table(
        "golden_marks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "golden_subscribers",
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("told_to", BIG, nullable=False),
        sa.Column("asked_to", BIG, nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint"),
    )
