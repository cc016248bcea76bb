"""Consent with proof, pauses, opt-ins, pages and keys of links."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GUARDS = (
    """
CREATE TRIGGER consents_stay BEFORE UPDATE ON consents
WHEN NOT (
    NEW.contact LIKE 'erased:%' AND OLD.contact NOT LIKE 'erased:%'
    AND NEW.seq IS OLD.seq AND NEW.statement_id IS OLD.statement_id AND NEW.contact_kind IS OLD.contact_kind
    AND NEW.brand IS OLD.brand AND NEW.purpose IS OLD.purpose AND NEW.channel IS OLD.channel
    AND NEW.state IS OLD.state AND NEW.source IS OLD.source AND NEW.trust IS OLD.trust
    AND NEW.stated_at IS OLD.stated_at AND NEW.effective_at IS OLD.effective_at
    AND NEW.text_version IS OLD.text_version AND NEW.proof IS OLD.proof
)
BEGIN SELECT RAISE(ABORT, 'consents are append-only'); END
""",
    """
CREATE TRIGGER consents_are_kept BEFORE DELETE ON consents
BEGIN SELECT RAISE(ABORT, 'consents are append-only'); END
""",
    """
CREATE TRIGGER consent_texts_stay BEFORE UPDATE ON consent_texts
BEGIN SELECT RAISE(ABORT, 'texts of consent are append-only'); END
""",
    """
CREATE TRIGGER consent_texts_are_kept BEFORE DELETE ON consent_texts
BEGIN SELECT RAISE(ABORT, 'texts of consent are append-only'); END
""",
)


def upgrade() -> None:
    """Make the tables and columns of this step."""
    op.create_table(
        "consent_texts",
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "purpose", "channel", "language", "version"),
    )
    op.create_table(
        "pauses",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("statement_id", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.Column("stated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("statement_id"),
    )
    op.create_index("pauses_by_contact", "pauses", ["contact", "brand", "channel", "seq"])
    op.create_table(
        "opt_ins",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("network_hash", sa.String(), nullable=True),
        sa.Column("user_agent", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_index("opt_ins_by_contact", "opt_ins", ["contact", "asked_at"])
    op.create_index("opt_ins_by_network", "opt_ins", ["network_hash", "asked_at"])
    op.create_index("opt_ins_by_message", "opt_ins", ["message_id"])
    op.create_table(
        "brand_pages",
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("shown_name", sa.String(), nullable=False),
        sa.Column("color", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("brand"),
    )
    op.create_table(
        "themes",
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "tag", "language"),
    )
    op.create_table(
        "link_keys",
        sa.Column("key_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id"),
    )
    for guard in GUARDS:
        op.execute(guard)
