"""What scenarios did and brought, in cells that add up: frozen once their day is over, restated by addition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from comptoir.clock import micros
from comptoir.reports.rows import frozen_days, frozen_measures

Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]
"""Answer a named report (`reports/sql/<name>.sql`) with its parameters; instants are microseconds since 1970."""

FIRST_DAY = date(1970, 1, 1)
_MARGIN = timedelta(days=1)
"""No zone of the world is further than this from UTC."""


class Cell(NamedTuple):
    """What a measure is of. `currency` is empty where it is no money."""

    scenario: str
    version: int
    step: str
    brand: str
    day: date
    measure: str
    currency: str


Measures = Mapping[Cell, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What stands in the ledger: up to which day it is closed, the figures, and how much of them came later."""

    closed_until: date
    """Days before this one are closed."""
    values: Measures
    restated: Measures


NOTHING_KEPT = Kept(closed_until=FIRST_DAY, values={}, restated={})


def live(ask: Ask, zones: Mapping[str, str], *, window_days: int, since: date = FIRST_DAY) -> Measures:
    """Measure the facts as they are now."""
    names = sorted(zones)
    rows = ask(
        "results_measures",
        {
            "brands": names,
            "zones": [zones[name] for name in names],
            "from_day": since.isoformat(),
            "window_days": window_days,
        },
    )
    return {
        Cell(
            row["scenario"], row["version"], row["step"], row["brand"], row["day"], row["measure"], row["currency"]
        ): int(row["value"])
        for row in rows
    }


def kept(connection: Connection, *, as_of: datetime | None = None) -> Kept:
    """Read the ledger, as it stands or as it stood at an instant."""
    days = select(frozen_days.c.day).order_by(frozen_days.c.day.desc()).limit(1)
    said = select(frozen_measures)
    if as_of is not None:
        days = days.where(frozen_days.c.frozen_at <= micros(as_of))
        said = said.where(frozen_measures.c.booked_at <= micros(as_of))
    last = connection.scalar(days)
    values: defaultdict[Cell, int] = defaultdict(int)
    restated: defaultdict[Cell, int] = defaultdict(int)
    for row in connection.execute(said):
        cell = Cell(row.scenario, row.version, row.step, row.brand, _date(row.day), row.measure, row.currency)
        values[cell] += int(row.value)
        if row.is_restatement:
            restated[cell] += int(row.value)
    return Kept(
        closed_until=FIRST_DAY if last is None else _date(last + 1),
        values={cell: value for cell, value in values.items() if value},
        restated={cell: value for cell, value in restated.items() if value},
    )


def together(closed: Kept, now: Measures) -> Measures:
    """Put closed days from the ledger beside open ones as they are now: what was said of a closed day stays said."""
    return dict(closed.values) | {cell: value for cell, value in now.items() if cell.day >= closed.closed_until}


def freeze(connection: Connection, found: Measures, *, now: datetime, window_days: int) -> int:
    """
    Write down the days that are over, and add a restatement where a written one has changed; give the rows added.

    A day is over once every order that counts for it has had its window, in every zone.
    """
    before = kept(connection)
    until = max(now.astimezone(UTC).date() - timedelta(days=window_days) - _MARGIN, before.closed_until)
    closed = {cell: value for cell, value in found.items() if cell.day < until}
    changes = [(cell, closed.get(cell, 0) - before.values.get(cell, 0)) for cell in sorted({*closed, *before.values})]
    rows = [
        _row(cell, change, now, is_restatement=cell.day < before.closed_until) for cell, change in changes if change
    ]
    if rows:
        connection.execute(insert(frozen_measures), rows)
    first = (
        min((cell.day for cell in closed), default=until) if before.closed_until == FIRST_DAY else before.closed_until
    )
    days = [{"day": day, "frozen_at": micros(now)} for day in range(_number(first), _number(until))]
    if days:
        connection.execute(insert(frozen_days), days)
    return len(rows)


def total(values: Measures, names: Sequence[str], **only: object) -> int:
    """Add up measures of these names over all cells that have the given scenario, step, brand …."""
    return sum(value for cell, value in _of(values, names, only))


def by_currency(values: Measures, name: str, **only: object) -> dict[str, int]:
    """Add up one measure of money by currency."""
    sums: defaultdict[str, int] = defaultdict(int)
    for cell, value in _of(values, (name,), only):
        sums[cell.currency] += value
    return dict(sorted(sums.items()))


def by_rest(values: Measures, start: str, **only: object) -> dict[str, int]:
    """Add up the measures whose name begins so, by the rest of their name."""
    sums: defaultdict[str, int] = defaultdict(int)
    for cell, value in values.items():
        if cell.measure.startswith(start) and _fits(cell, only):
            sums[cell.measure.removeprefix(start)] += value
    return dict(sorted(sums.items()))


def between(values: Measures, since: date, until: date) -> Measures:
    """Keep the days from `since` on and before `until`."""
    return {cell: value for cell, value in values.items() if since <= cell.day < until}


def _of(values: Measures, names: Iterable[str], only: Mapping[str, object]) -> Iterator[tuple[Cell, int]]:
    wanted = set(names)
    return ((cell, value) for cell, value in values.items() if cell.measure in wanted and _fits(cell, only))


def _fits(cell: Cell, only: Mapping[str, object]) -> bool:
    return all(wanted is None or getattr(cell, name) == wanted for name, wanted in only.items())


def _row(cell: Cell, change: int, now: datetime, *, is_restatement: bool) -> dict[str, object]:
    return {
        **cell._asdict(),
        "day": _number(cell.day),
        "value": str(change),
        "is_restatement": is_restatement,
        "booked_at": micros(now),
    }


def _number(day: date) -> int:
    return (day - FIRST_DAY).days


def _date(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)
