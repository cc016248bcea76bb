"""Who was compared with everybody, so that the next comparison looks at who is new or changed."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "matching_seen",
        sa.Column("node_id", big, autoincrement=False, nullable=False),
        sa.Column("digest", big, nullable=False),
        sa.PrimaryKeyConstraint("node_id"),
    )
