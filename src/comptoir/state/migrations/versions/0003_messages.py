"""Sending: servers, bounces, webhooks."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables and columns of this step."""
    op.add_column("outbox", sa.Column("traits", sa.Text(), nullable=False, server_default=sa.text("'{}'")))
