"""Drafts of templates: a step that was taken back is kept, to be done again."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the column of this step."""
    op.add_column("template_drafts", sa.Column("is_undone", sa.Boolean(), nullable=False, server_default=sa.text("0")))
