"""The clock of silence: who has not been in touch for so long that they must be left alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.privacy"
_SHAPE = pa.schema(
    [
        ("profile_id", pa.string()),
        ("is_customer", pa.bool_()),
        ("last_sign_at", pa.timestamp("us", "UTC")),
        ("lapses_at", pa.timestamp("us", "UTC")),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Years of silence after which people are left alone; at most three."""

    prospect_years: int = 3
    customer_years: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How long one person has been silent."""

    profile_id: str
    is_customer: bool
    last_sign_at: datetime
    lapses_at: datetime
    nodes: tuple[int, ...]


THREE_YEARS = Clock()


def lapsed(cursor: Cursor, nodes: Collection[int], now: datetime, *, clock: Clock = THREE_YEARS) -> frozenset[int]:
    """
    Give those of `nodes` whose person has kept silent for too long at `now`: they are written to no more.

    People of whom there is no sign at all are not judged.

    Source: CNIL: three years from the last contact that comes from the prospect; a click is one, an open is not.
    """
    wanted = set(nodes)
    if not wanted:
        return frozenset()
    found = _ask(cursor, wanted, now, clock, is_all=False)
    return frozenset(node for one in found if one.lapses_at <= now for node in one.nodes if node in wanted)


def listing(cursor: Cursor, now: datetime, *, clock: Clock = THREE_YEARS) -> list[Silence]:
    """List everybody who must be left alone at `now`, prospects and former customers. Order: since when."""
    return [one for one in _ask(cursor, (), now, clock, is_all=True) if one.lapses_at <= now]


def table(cursor: Cursor, request: Mapping[str, object], clock: Clock) -> pa.Table:
    """
    Answer the question `{"kind": "lapsed", "now": …}`.

    Grain: one row a person. Shape: profile_id, is_customer, last_sign_at, lapses_at. Order: since when.
    """
    with cursor:
        found = listing(cursor, datetime.fromisoformat(str(request["now"])), clock=clock)
    rows = [
        {
            "profile_id": one.profile_id,
            "is_customer": one.is_customer,
            "last_sign_at": one.last_sign_at,
            "lapses_at": one.lapses_at,
        }
        for one in found
    ]
    return pa.Table.from_pylist(rows, schema=_SHAPE)


def _ask(cursor: Cursor, nodes: Collection[int], now: datetime, clock: Clock, *, is_all: bool) -> list[Silence]:
    found = load(_PACKAGE, "silences").run(
        cursor,
        nodes=sorted(nodes),
        is_all=is_all,
        now=now.astimezone(UTC).replace(tzinfo=None),
        prospect_years=clock.prospect_years,
        customer_years=clock.customer_years,
    )
    return [
        Silence(
            profile_id=person,
            is_customer=is_customer,
            last_sign_at=last_sign_at.replace(tzinfo=UTC),
            lapses_at=lapses_at.replace(tzinfo=UTC),
            nodes=tuple(its_nodes),
        )
        for person, is_customer, last_sign_at, lapses_at, its_nodes in found.fetchall()
    ]
