"""The contact policy and its ledger."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables and columns of this step."""
    op.add_column("candidates", sa.Column("is_outside", sa.Boolean, nullable=False, server_default=sa.text("0")))
    op.add_column("candidates", sa.Column("deferrals", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("candidates", sa.Column("weighed", sa.Text))
    is_deferred = sa.text("outcome = 'deferred'")
    op.create_index("candidates_deferred_by_node", "candidates", ["node_id"], sqlite_where=is_deferred,
                    postgresql_where=is_deferred)  # fmt: skip
    op.create_index("candidates_deferred_by_contact", "candidates", ["contact"], sqlite_where=is_deferred,
                    postgresql_where=is_deferred)  # fmt: skip
    is_open = sa.text("is_outside AND outcome IN ('queued', 'deferred')")
    op.create_index("candidates_open_outside", "candidates", ["expires_at"], sqlite_where=is_open,
                    postgresql_where=is_open)  # fmt: skip
    op.add_column("reservations", sa.Column("tags", sa.String, nullable=False, server_default=sa.text("''")))
    op.add_column("reservations", sa.Column("reveals", sa.Boolean, nullable=False, server_default=sa.text("0")))
    op.create_table(
        "policies",
        sa.Column("brand", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "announced",
        sa.Column("occasion", sa.String, primary_key=True),
        sa.Column("message_key", sa.String, primary_key=True),
        sa.Column("enrollment_id", sa.BigInteger, nullable=False),
        sa.Column("node_id", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("wish", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("announced_by_node", "announced", ["node_id", "due_at"])
    op.create_index("announced_by_enrollment", "announced", ["enrollment_id"])
    op.create_index("announced_by_due", "announced", ["due_at"])
    op.create_table(
        "universal_draws",
        sa.Column("node_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("is_held", sa.Boolean, nullable=False),
        sa.Column("drawn_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "candidate_answers",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("idempotency_key", sa.String, primary_key=True),
        sa.Column("body_hash", sa.String, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("candidate_answers_by_at", "candidate_answers", ["at"])
