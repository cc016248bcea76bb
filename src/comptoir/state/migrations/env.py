"""Alembic's environment: it works on the connection it is given, inside the caller's transaction."""

from __future__ import annotations

from alembic import context

from comptoir.state.base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller holds the transaction
)
context.run_migrations()
