"""Composed questions as text with parameters, ready to be asked again and again as time goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from sqlglot import exp

from comptoir.segments.asked import bind
from comptoir.warehouse.base import Cursor


@dataclass(frozen=True, slots=True)
class Composed:
    """A question's text, and the names of the instants and dates that it asks about."""

    text: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, query: exp.Select) -> Composed:
        """Write a question down, which nobody needs any more as an expression."""
        names = tuple(sorted({one.name for one in query.find_all(exp.Placeholder)}))
        return cls(query.sql(dialect="duckdb", copy=False), names)

    def table(self, cursor: Cursor, zones: tuple[str, ...], now: datetime, before: datetime | None = None) -> pa.Table:
        """Ask it as of `now`; what it compares with an earlier instant stands at `before`."""
        values = bind(self.names, now=now, before=before or now, zones=zones)
        found = cursor.sql(self.text, params=values) if values else cursor.sql(self.text)
        return found.to_arrow_table()
