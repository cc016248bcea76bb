"""Who displaced whom: scenarios that wanted the same people at the same time, and which of them went."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from comptoir.model.message import Outcome
from comptoir.pressure.rows import candidates

LOOKED_BACK = 20_000
"""Wishes looked through: the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One scenario in the way of another."""

    winner: str
    loser: str
    replaced: int
    """Messages that went away for good."""
    deferred: int
    """Messages that wait, or waited and may have gone since."""


def displaced(connection: Connection, *, brands: Collection[str] = (), most: int = 20) -> list[Conflict]:
    """Count who made way for whom among the newest wishes. Order: the most first."""
    row: ColumnElement[int] = literal_column("candidates.rowid")
    newest = connection.scalar(select(func.max(row)).select_from(candidates)) or 0
    winner = candidates.alias("winner")
    c = candidates.c
    is_waiting = c.outcome == Outcome.DEFERRED.value
    asked = (
        select(
            winner.c.scenario.label("winner"),
            c.scenario.label("loser"),
            func.count().filter(~is_waiting).label("replaced"),
            func.count().filter(is_waiting).label("deferred"),
        )
        .select_from(candidates.join(winner, winner.c.message_id == c.replaced_by))
        .where(row > newest - LOOKED_BACK, c.replaced_by.is_not(None))
        .group_by(winner.c.scenario, c.scenario)
        .order_by(func.count().desc(), winner.c.scenario, c.scenario)
        .limit(most)
    )
    if brands:
        asked = asked.where(c.brand.in_(sorted(brands)))
    return [Conflict(**one) for one in connection.execute(asked).mappings()]
