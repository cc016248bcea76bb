"""Tables of access in the state store: brands, sources and their keys."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    event,
)

from comptoir.state.base import metadata

brands = Table(
    "brands",
    metadata,
    Column("name", String, primary_key=True),
    Column("time_zone", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("country", String, nullable=False),
    Column("language", String, nullable=False),
    Column("url", String, nullable=False),
)
"""Grain: one row a brand. `url` is where its shop lives."""

sources = Table(
    "sources",
    metadata,
    Column("source", String, primary_key=True),
    Column("brand", String, ForeignKey("brands.name"), nullable=False),
    Column("accepts_claimed_orders", Boolean, nullable=False),
    Column("origins", String, nullable=False),
    Column("rate_per_second", Float, nullable=False),
    Column("rate_burst", Integer, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""
Grain: one row a source of events.

Units: `origins` separated by a blank, none for any; `rate_per_second` and `rate_burst` in events, 0 for no limit;
`created_at` microseconds since 1970.
"""

keys = Table(
    "keys",
    metadata,
    Column("hash", String, primary_key=True),
    Column("source", String, ForeignKey("sources.source"), nullable=False),
    Column("kind", String, nullable=False),
    Column("shown", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("scope", String, nullable=False, server_default="all"),
)
"""
Grain: one row a key; `hash` is its SHA-256. `kind` is write or secret; `scope` is all, send (the door only) or api.

`shown` is the whole of a write key, which is public, and only the beginning of a secret key.
"""

users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("brands", String, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""
Grain: one row a person, or a program, that may ask the desk.

Units: `brands` a JSON list, empty for every brand; `created_at` microseconds since 1970.
"""

user_keys = Table(
    "user_keys",
    metadata,
    Column("hash", String, primary_key=True),
    Column("name", String, ForeignKey("users.name"), nullable=False),
    Column("shown", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("rights", String, nullable=False, server_default="[]"),
)
"""
Grain: one row a key of a user; `hash` is its SHA-256, `shown` its beginning. Two overlap while one is renewed.

Units: `rights` a JSON list of those of the role that the key has; empty for all of them.
"""

passwords = Table(
    "passwords",
    metadata,
    Column("name", String, ForeignKey("users.name"), primary_key=True),
    Column("hash", String, nullable=False),
    Column("is_first", Boolean, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
"""
Grain: one row a user who signs in.

`hash` is Argon2id's; `is_first`: it opens nothing but the page that replaces it.
"""

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("hash", String, primary_key=True),
    Column("name", String, ForeignKey("users.name"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""Grain: one row a browser that is signed in; `hash` is the SHA-256 of what its cookie holds. Units: microseconds."""

api_answers = Table(
    "api_answers",
    metadata,
    Column("who", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request_hash", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("answered_at", BigInteger, nullable=False),
)
"""Grain: one row a write over the API that named an idempotency key: what was asked (a hash) and answered (sealed)."""

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", String, nullable=False),
    Column("door", String, nullable=False),
    Column("deed", String, nullable=False),
    Column("about", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("chain", String, nullable=False),
)
"""
Grain: one row a deed: who changed what, when, and by which door (page, api, command). Append-only: the store itself
refuses to change or delete a row.

`who` says its kind too, such as `user:claire`; `about` is an id or a name, never a person's address; `brand` is empty
for the whole installation; `chain` is a SHA-256 over the row and the `chain` before it, so that a row that was changed,
or taken out of the middle, shows. Units: `at` microseconds since 1970.
"""

AUDIT_STANDS = (
    "CREATE TRIGGER audit_stands_u BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    "CREATE TRIGGER audit_stands_d BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
)
"""What keeps the audit as it was written; the migration that makes the table runs the same."""

for _statement in AUDIT_STANDS:
    event.listen(audit, "after_create", DDL(_statement).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call] # SQLAlchemy does not say
