"""The mark that has the engine look at a schedule or date that was published, so that its first time is known."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.scenarios.parse import Definition
from comptoir.scenarios.rows import firings

NEW = ""
"""The brand of the row that says that a definition is new."""


def announce(connection: Connection, definition: Definition, at: int) -> None:
    """Mark a definition that begins by the calendar. Units: `at` in microseconds since 1970."""
    if definition.trigger.schedule is not None or definition.trigger.date is not None:
        row = {"scenario": definition.scenario, "brand": NEW, "rule": "", "done_until": at, "next_at": at}
        connection.execute(upsert(firings).values(row).on_conflict_do_nothing())
