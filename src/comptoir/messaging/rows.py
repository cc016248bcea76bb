"""Tables of messaging in state. Units: every `…_at` is whole microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, text

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
    Column("wished_at", BigInteger),  # when its person was drawn into an arm
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
    Column("reason", String, primary_key=True),  # bounce | complaint | erasure | manual
    Column("at", BigInteger, nullable=False),
)
"""One row a reason why an address must not be written to; the address as a hash, so that it outlives an erasure."""

reports = Table(
    "reports",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("report_id", String, nullable=False, unique=True),
    Column("line", LargeBinary, nullable=False),
)
"""One row a canonical line that waits to be put into the back spool; written in the transaction that it reports."""

bounces = Table(
    "bounces",
    metadata,
    Column("message_id", String, primary_key=True),
    Column("kind", String, primary_key=True),  # bounced | soft_bounced | complained
    Column("contact_hash", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("detail", String),
    Index("bounces_by_contact", "contact_hash"),
)
"""One row a message and what its receiver's side said of it later; the same word twice is one."""

mail_servers = Table(
    "mail_servers",
    metadata,
    Column("name", String, primary_key=True),
    Column("brand", String, nullable=False),  # empty for every brand
    Column("host", String, nullable=False),
    Column("port", Integer, nullable=False),
    Column("security", String, nullable=False),  # none | starttls | tls; never less than what it says
    Column("user", String, nullable=False),
    Column("password", LargeBinary),  # sealed
    Column("sender", String, nullable=False),  # From
    Column("bounce_domain", String, nullable=False),  # domain of envelope senders; empty for From itself
    Column("dkim_domain", String, nullable=False),
    Column("dkim_selector", String, nullable=False),
    Column("dkim_key", LargeBinary),  # sealed PEM
    Column("priority", Integer, nullable=False),  # smallest first; the others stand in
    Column("weight", Integer, nullable=False),  # share among those of one priority
    Column("rate_per_minute", Integer, nullable=False),  # 0 for no limit
    Column("connections", Integer, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
)
"""One row an SMTP server that mails may be handed to. Without any, the settings `[mail]` say where."""

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("name", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("secret", LargeBinary, nullable=False),  # sealed
    Column("is_enabled", Boolean, nullable=False),
    Column("detail", String),  # why it was disabled
    Column("made_at", BigInteger, nullable=False),
)
"""One row an address of another system that is called."""

webhook_calls = Table(
    "webhook_calls",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("endpoint", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String, nullable=False),  # queued | done | failed
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("queued_at", BigInteger, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("status", Integer),
    Column("detail", String),
    Index("webhook_calls_ready", "endpoint", "not_before", sqlite_where=text("state = 'queued'"),
          postgresql_where=text("state = 'queued'")),
)  # fmt: skip
"""One row a call of another system; its id is the receiver's idempotency key."""

notices = Table(
    "notices",
    metadata,
    Column("message_id", String, primary_key=True),
    Column("brand", String, nullable=False),
    Column("source", String, nullable=False),  # of the browser
    Column("browser", String, nullable=False),  # its anonymous id
    Column("shown", Text, nullable=False),  # JSON: what the page shows
    Column("times", Integer, nullable=False),  # how often at most
    Column("is_live", Boolean, nullable=False),
    Column("reason", String),  # why it was taken back
    Column("change", BigInteger, nullable=False),  # counts up with each row that is added or taken back
    Column("changed_at", BigInteger, nullable=False),
    Index("notices_by_change", "change"),
    Index("notices_live", "is_live", sqlite_where=text("is_live = 1"), postgresql_where=text("is_live")),
)  # fmt: skip
"""One row a message that was put on the site for one browser; the door is told of those that are live."""

placements = Table(
    "placements",
    metadata,
    Column("brand", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("slot", String, nullable=False),
    Column("pages", Text, nullable=False),  # JSON: patterns of addresses; none for every page
    Column("words", Text, nullable=False),  # JSON: by language, then name
    Column("starts_at", BigInteger),
    Column("ends_at", BigInteger),
    Column("times", Integer, nullable=False),  # how often one browser shows it at most; 0 for always
    Column("is_on", Boolean, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", String, nullable=False),
)
"""One row a message that pages of the site show to everybody."""
