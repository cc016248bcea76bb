"""Table of imports in state: what was brought in from files, how far each is, and what came of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table, Text

from comptoir.state.base import metadata

imports = Table(
    "imports",
    metadata,
    Column("import_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("source", String, nullable=False),
    Column("brand", String, nullable=False),
    Column("files", Text, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("made_by", String, nullable=False),
    Column("state", String, nullable=False),
    Column("problem", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("done", BigInteger, nullable=False),
    Column("whole", BigInteger, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
)
"""
Grain: one row an import, a draft among them.

Units: `files` a JSON list of paths, `mapping` YAML, empty where none was needed; `made_at` and `ended_at` microseconds
since 1970 by the shop's clock, `moved_at` (the last sign of life) by the machine's; `done` of `whole` bytes while it
reads, lines while it works.
"""

import_columns = Table(
    "import_columns",
    metadata,
    Column("import_id", String, primary_key=True),
    Column("form", String, nullable=False),
    Column("columns", Text, nullable=False),
    Column("delimiter", String, nullable=False),
    Column("encoding", String, nullable=False),
)
"""
Grain: one row an import that was run: how its rows are written, so that refused ones can be read again.

Units: `form` csv or jsonl; `columns` a JSON list of names.
"""
