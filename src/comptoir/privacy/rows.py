"""Tables of consent in state. Units: every `…_at` is whole microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import DDL, BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, event

from comptoir.state.base import metadata

ERASED = "erased:"
"""Begins what stands in the place of a contact that was erased: a hash of it, so that the proof outlives the person."""

consents = Table(
    "consents",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("statement_id", String, nullable=False, unique=True),
    Column("contact_kind", String, nullable=False),
    Column("contact", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("state", String, nullable=False),
    Column("source", String, nullable=False),
    Column("trust", String, nullable=False),
    Column("stated_at", BigInteger, nullable=False),
    Column("effective_at", BigInteger, nullable=False),
    Column("text_version", String),
    Column("proof", String),
    Index("consents_by_contact", "contact", "brand", "purpose", "channel", "effective_at"),
)
"""One row a statement, given or withdrawn; append-only: it is the proof."""

consent_texts = Table(
    "consent_texts",
    metadata,
    Column("brand", String, primary_key=True),
    Column("purpose", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("language", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("text", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
)
"""One row a text that people agreed to; append-only: a new wording is a new version."""

pauses = Table(
    "pauses",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("statement_id", String, nullable=False, unique=True),
    Column("contact", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("until_at", BigInteger, nullable=False),
    Column("stated_at", BigInteger, nullable=False),
    Index("pauses_by_contact", "contact", "brand", "channel", "seq"),
)
"""One row a pause that was asked for (or ended: `until_at` 0); the last one stands."""

opt_ins = Table(
    "opt_ins",
    metadata,
    Column("request_id", String, primary_key=True),
    Column("contact", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("language", String, nullable=False),
    Column("text_version", String, nullable=False),
    Column("source", String, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("network_hash", String),
    Column("user_agent", String),
    Column("outcome", String, nullable=False),
    Column("message_id", String),
    Column("confirmed_at", BigInteger),
    Index("opt_ins_by_contact", "contact", "asked_at"),
    Index("opt_ins_by_network", "network_hash", "asked_at"),
    Index("opt_ins_by_message", "message_id"),
)
"""
One row a claimed consent that asks for a confirmation, and what came of it.

`outcome`: mailed | confirmed_already | address_quota | network_quota | suppressed. `message_id` is the mail that asked.
"""

brand_pages = Table(
    "brand_pages",
    metadata,
    Column("brand", String, primary_key=True),
    Column("shown_name", String, nullable=False),
    Column("color", String, nullable=False),
)
"""One row a brand: how its public pages look. `color` is `#rrggbb`, or empty."""

themes = Table(
    "themes",
    metadata,
    Column("brand", String, primary_key=True),
    Column("tag", String, primary_key=True),
    Column("language", String, primary_key=True),
    Column("label", String, nullable=False),
)
"""One row a theme (a tag of messages) that people may choose on the preference page, in one language."""

link_keys = Table(
    "link_keys",
    metadata,
    Column("key_id", Integer, primary_key=True, autoincrement=True),
    Column("key", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)
"""One row a key that signs links, once the first was rotated; the newest signs, all verify."""

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", String, primary_key=True),
    Column("state", String, nullable=False),  # asked | gathered | cleaning | done
    Column("asked_at", BigInteger, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("done_at", BigInteger),
    Column("nodes", Text, nullable=False),  # JSON: the nodes of her identifiers, which are hashes
    Column("contacts", Text, nullable=False),  # JSON: hashes of her addresses, as the suppression list has them
    Column("sought", Text),  # JSON: what is looked for while it is under way; nothing before and after
    Column("receipt", Text),  # JSON: what went and what stayed, in numbers
)
"""One row a person who was erased: her tombstone. Nothing in it says who she was."""

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
"""
What keeps the proof: no statement is ever changed or taken away, whoever holds the connection.

One change is let through: an erasure puts a hash in the place of the contact, and nothing else moves.
"""

assert f"'{ERASED}%'" in GUARDS[0]
for _guard in GUARDS:
    _table = consent_texts if "ON consent_texts" in _guard else consents
    event.listen(_table, "after_create", DDL(_guard.replace("%", "%%")).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]
