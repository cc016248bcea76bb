"""Tables of templates in state. Units: every `…_at` is whole microseconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, Text, text

from comptoir.state.base import metadata

templates = Table(
    "templates",
    metadata,
    Column("name", String, primary_key=True),
    Column("brand", String, primary_key=True),  # `*` for every brand
    Column("language", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("mjml", Text, nullable=False),
    Column("text", Text),  # the author's own; null where it is made from the HTML
    Column("discretion", String, nullable=False),
    Column("missing", String, nullable=False),  # abort | fallback
    Column("fallbacks", Text, nullable=False),  # JSON
    Column("is_marketing", Boolean, nullable=False),
    Column("compiled_html", Text, nullable=False),  # Liquid
    Column("compiled_text", Text, nullable=False),  # Liquid
    Column("published_at", BigInteger, nullable=False),
    Column("published_by", String, nullable=False, server_default=text("''")),  # empty where nobody was named
)
"""One row a published version of a template, for one brand or every brand, in one language; never changed."""

template_health = Table(
    "template_health",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("rendered", Integer, nullable=False, server_default=text("0")),
    Column("failed", Integer, nullable=False, server_default=text("0")),
    Column("last_failure", Text),
    Column("paused_at", BigInteger),
    Column("alert", Text),
)
"""One row a version of a template that was used: how its renders went, and since when and why it is paused."""

template_drafts = Table(
    "template_drafts",
    metadata,
    Column("name", String, primary_key=True),
    Column("brand", String, primary_key=True),  # `*` for every brand
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("parts", Text, nullable=False),  # JSON: the template as it is being written, a part a language
    Column("is_typed", Boolean, nullable=False),  # kept while somebody types: the next keystrokes replace it
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("is_undone", Boolean, nullable=False, server_default=text("0")),  # taken back; redo goes forward to it
)
"""
One row a state of a template that is being written.

The newest that is not undone is the draft, those before it are its undo, those after it its redo.
"""
