"""Migrations of the state store, by Alembic: numbered, forward only, recorded in the store itself."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, inspect, text

from comptoir.errors import ComptoirError
from comptoir.state.base import State

HEAD = "0025"
"""The newest migration; a test holds it equal to the newest file in `migrations/versions`."""


_upgrading = threading.Lock()


class StateFromTheFuture(ComptoirError):
    """This state store was written by a newer Comptoir."""

    code, status = "state_from_the_future", 409
    hint = "Install the version that wrote it, or restore a backup made by this one."


def migrate(state: State) -> None:
    """
    Bring a state store to this version's tables; one that is there already costs one small read.

    Raises: StateFromTheFuture.
    """
    with state.read() as connection:
        version = _version(connection)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise StateFromTheFuture(version=version, known=HEAD)
    _upgrade(state)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _upgrade(state: State) -> None:
    from alembic import command  # noqa: PLC0415 (only a new or old store needs it; its import is slow)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "comptoir:state/migrations")
    # Alembic speaks through names of its module: two upgrades at once in one process would mix their stores up
    with _upgrading, state.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
