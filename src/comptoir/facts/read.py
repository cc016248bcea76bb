"""Small reads the engine needs of a tick that has become facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"


def happenings(cursor: Cursor, tick_id: int, names: Sequence[str]) -> list[dict[str, Any]]:
    """
    Give what happened live in a tick, of these event names: no history, no robots.

    Shape:  the fields of `model.scenario.Happening`; instants aware, in UTC.
    Order:  none: who listens sorts.
    """
    found = load(_PACKAGE, "happenings").run(cursor, tick_id=tick_id, names=list(names))
    columns = [column[0] for column in found.description]
    return [_aware(dict(zip(columns, row, strict=True))) for row in found.fetchall()]


def _aware(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in row.items()}
