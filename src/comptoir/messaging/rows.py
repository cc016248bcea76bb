"""Tables of messaging in state. Units: every `…_at` is whole microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text, text

from comptoir.state.base import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("message_id", String, primary_key=True),
    Column("message_class", String, nullable=False),
    Column("scenario", String, nullable=False),
    Column("scenario_version", Integer, nullable=False),
    Column("step", String, nullable=False),
    Column("enrollment_id", BigInteger, nullable=False),
    Column("brand", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("contact", String, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("cart_key", String),
    Column("cart_id", String),
    Column("language", String, nullable=False),
    Column("template", String, nullable=False),
    Column("words", Text, nullable=False),  # JSON: the words of the template in that language
    Column("traits", Text, nullable=False, server_default=text("'{}'")),  # JSON: what the words may say of the person
    Column("discretion", String, nullable=False),
    Column("promise", Text, nullable=False),  # JSON: the products as the catalogue had them
    Column("rank", Integer, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("state", String, nullable=False),  # queued | handed | accepted | failed | unknown | dropped
    Column("reason", String),
    Column("detail", String),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("handed_at", BigInteger),
    Column("settled_at", BigInteger),
    Index("outbox_ready", "rank", "not_before", sqlite_where=text("state = 'queued'"),
          postgresql_where=text("state = 'queued'")),
    Index("outbox_open", "state", sqlite_where=text("state IN ('queued', 'handed')"),
          postgresql_where=text("state IN ('queued', 'handed')")),
    Index("outbox_unknown", "state", "settled_at", sqlite_where=text("state = 'unknown'"),
          postgresql_where=text("state = 'unknown'")),
    Index("outbox_by_contact", "contact"),
    Index("outbox_by_enrollment", "enrollment_id"),
)  # fmt: skip
"""One row a message that won: what it will say, to whom, until when, and where its sending stands."""

suppressions = Table(
    "suppressions",
    metadata,
    Column("contact_hash", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("brand", String, primary_key=True),  # empty for every brand
    Column("reason", String, nullable=False),  # bounce | complaint | erasure | manual
    Column("at", BigInteger, nullable=False),
)
"""One row an address that must not be written to, as a hash, so that it outlives an erasure."""

reports = Table(
    "reports",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("report_id", String, nullable=False, unique=True),
    Column("line", LargeBinary, nullable=False),
)
"""One row a canonical line that waits to be put into the back spool; written in the transaction that it reports."""
