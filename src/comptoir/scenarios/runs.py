"""Enrollments in memory during one transaction: read in bulk, changed freely, written back with their timers."""

# ruff: noqa: FLY002 (texts are joined, since no f-string holds SQL)

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.ids import hash64
from comptoir.scenarios.rows import enrollments, passed_steps
from comptoir.state.statement import Statement, driver

LIVE = "live"
FINISHED = "finished"
EXITED = "exited"
_EMPTY: Mapping[str, Any] = {}
_SPAN_BITS = 37
_HASH_BITS = 48
_HASH_MASK = (1 << _HASH_BITS) - 1


@dataclass(slots=True)
class Run:
    """One enrollment on its way through a transaction. Units: every instant is microseconds since 1970."""

    enrollment_id: int
    scenario: str
    version: int
    brand: str
    key: str
    node_id: int
    cart_key: str | None
    cart_id: str | None
    step: str
    entered_at: int
    arrived_at: int
    last_action_at: int
    due_at: int | None = None
    waits_for: str | None = None
    happened: str | None = None
    status: str = LIVE
    exit_reason: str | None = None
    ended_at: int | None = None
    arm: str | None = None
    arm_of: str | None = None
    eligible_at: int | None = None
    about: str = ""
    said: str = "{}"
    drawn: str = "{}"
    is_new: bool = False
    timer_at: int | None = None
    """The timer that lies in the table now."""
    was_in: str = LIVE
    """Its status as it lies in the table."""
    _said: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def is_live(self) -> bool:
        """Say whether it still runs."""
        return self.status == LIVE

    @property
    def trigger(self) -> Mapping[str, Any]:
        """Give the properties of the event that began it."""
        if self._said is None:
            self._said = _EMPTY if self.said == "{}" else object_of(self.said)
        return self._said

    @property
    def draws(self) -> dict[str, str]:
        """Give what was drawn before, by step."""
        return {} if self.drawn == "{}" else msgspec.json.decode(self.drawn, type=dict[str, str])

    def end(self, status: str, reason: str, now: int) -> None:
        """End it."""
        self.status, self.exit_reason, self.ended_at = status, reason, now
        self.due_at, self.waits_for, self.happened = None, None, None


def name_of(scenario: str, key: str, occasion: str, at: int) -> int:
    """
    Name a run: the same key, occasion and moment give the same name in any run of ours.

    Its upper 15 bits are the day and a half in which it began, its lower 48 a hash: runs that begin together lie
    together on disk, and as a rule they wake together.
    """
    return ((at >> _SPAN_BITS) << _HASH_BITS) | (hash64("enrollment", scenario, key, occasion) & _HASH_MASK)


def object_of(text: str) -> Mapping[str, Any]:
    """Read a JSON object; what is none is empty."""
    try:
        said = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return _EMPTY
    return said if isinstance(said, dict) else _EMPTY


# One row's columns in the order of the table, which is the order of Run's fields.
_COLUMNS = ", ".join(f"e.{column.name}" for column in enrollments.columns)
_LIVE_BY_KEY = " ".join(("SELECT", _COLUMNS, """
FROM json_each(?) AS asked
CROSS JOIN enrollments AS e ON e.scenario = asked.value ->> 0 AND e.key = asked.value ->> 1
WHERE e.status = 'live'
"""))  # fmt: skip
_LIVE_BY_NODE = " ".join(("SELECT", _COLUMNS, """
FROM json_each(?) AS asked
CROSS JOIN enrollments AS e ON e.node_id = asked.value
WHERE e.status = 'live'
"""))  # fmt: skip
_AT_STEP = " ".join(("SELECT", _COLUMNS, """
FROM enrollments AS e
WHERE e.scenario = ? AND e.version = ? AND e.step = ? AND e.status = 'live'
ORDER BY e.enrollment_id
"""))  # fmt: skip
_ENDED = """
SELECT e.scenario, e.key, max(e.ended_at), e.eligible_at IS NOT NULL
FROM json_each(?) AS asked
CROSS JOIN enrollments AS e ON e.scenario = asked.value ->> 0 AND e.key = asked.value ->> 1
WHERE e.status <> 'live' AND e.ended_at IS NOT NULL
GROUP BY e.scenario, e.key
"""
_OF_NODES = """
SELECT e.node_id, e.scenario, e.about, e.ended_at, e.eligible_at IS NOT NULL, e.entered_at
FROM json_each(?) AS asked
CROSS JOIN enrollments AS e ON e.node_id = asked.value
ORDER BY e.entered_at, e.enrollment_id
"""
_DUE = " ".join(("SELECT t.due_at, t.enrollment_id,", _COLUMNS, """
FROM (SELECT due_at, enrollment_id FROM timers WHERE due_at <= ? ORDER BY due_at, enrollment_id LIMIT ?) AS t
LEFT JOIN enrollments AS e ON e.enrollment_id = t.enrollment_id
ORDER BY t.due_at, t.enrollment_id
"""))  # fmt: skip
_POP = "DELETE FROM timers WHERE (due_at, enrollment_id) <= (?, ?)"
_DROP_TIMER = "DELETE FROM timers WHERE due_at = ? AND enrollment_id = ?"
_NAMED = """
SELECT e.enrollment_id, e.scenario, e.key
FROM json_each(?) AS asked
CROSS JOIN enrollments AS e ON e.enrollment_id = asked.value
"""
_pass = upsert(passed_steps).values([{one.name: bindparam(one.name) for one in passed_steps.c}])
_PASSED = Statement(
    _pass.on_conflict_do_update(
        index_elements=list(passed_steps.primary_key.columns.keys()),
        set_={"passed": passed_steps.c.passed + _pass.excluded.passed},
    )
)
_SET_TIMER = "INSERT OR IGNORE INTO timers (due_at, enrollment_id) VALUES (?, ?)"
# While a run goes on, no column of an index changes: only its own page is written.
_GO_ON = """
UPDATE enrollments SET
    version = ?, step = ?, arrived_at = ?, last_action_at = ?, due_at = ?, waits_for = ?, happened = ?, arm = ?,
    arm_of = ?, eligible_at = ?, drawn = ?
WHERE enrollment_id = ?
"""
_END = """
UPDATE enrollments SET
    version = ?, step = ?, arrived_at = ?, last_action_at = ?, due_at = NULL, waits_for = NULL, happened = NULL,
    status = ?, exit_reason = ?, ended_at = ?, arm = ?, arm_of = ?, eligible_at = ?, drawn = ?
WHERE enrollment_id = ?
"""
_NEW = " ".join((
    "INSERT OR IGNORE INTO enrollments (", ", ".join(column.name for column in enrollments.columns), ") VALUES (",
    ", ".join("?" for _ in enrollments.columns), ")",
))  # fmt: skip


def live_by_key(connection: Connection, pairs: Collection[tuple[str, str]]) -> list[Run]:
    """Read the live enrollments of these (scenario, key)."""
    return [_run(row) for row in _ask(connection, _LIVE_BY_KEY, sorted(pairs))]


def live_by_node(connection: Connection, nodes: Collection[int]) -> list[Run]:
    """Read the live enrollments that began with one of these nodes."""
    return [_run(row) for row in _ask(connection, _LIVE_BY_NODE, sorted(nodes))]


def at_step(connection: Connection, scenario: str, version: int, step: str) -> list[Run]:
    """Read the live enrollments of a version that stand at a step. Order: by enrollment."""
    return [_run(row) for row in driver(connection).execute(_AT_STEP, (scenario, version, step))]


@dataclass(frozen=True, slots=True)
class Ended:
    """When the last run of a key ended, and whether it had come to a wish to contact."""

    at: int
    was_eligible: bool


def last_ended(connection: Connection, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Ended]:
    """Give how the last run of each (scenario, key) ended."""
    found = _ask(connection, _ENDED, sorted(pairs))
    return {(scenario, key): Ended(at, bool(eligible)) for scenario, key, at, eligible in found}


@dataclass(frozen=True, slots=True)
class Former:
    """A run of a node, as far as re-entry looks at it; `ended_at` None: it lives."""

    node_id: int
    scenario: str
    about: str
    ended_at: int | None
    was_eligible: bool
    entered_at: int


def of_nodes(connection: Connection, nodes: Collection[int]) -> list[Former]:
    """List all runs that began with one of these nodes. Order: as they began."""
    return [
        Former(node, scenario, about, ended, bool(eligible), entered)
        for node, scenario, about, ended, eligible, entered in _ask(connection, _OF_NODES, sorted(nodes))
    ]


def pop_due(connection: Connection, now: int, most: int) -> tuple[int, list[Run]]:
    """Take the timers that are due off the table, oldest first; give how many, and the live enrollments behind them."""
    quick = driver(connection)
    due = quick.execute(_DUE, (now, most)).fetchall()
    if not due:
        return 0, []
    # a range on the clustering key: one sweep, no look-up per row
    quick.execute(_POP, (due[-1][0], due[-1][1]))
    return len(due), [_run(row, popped=True) for row in due if row[2] is not None and row[17] == LIVE]


def save(connection: Connection, runs: Iterable[Run]) -> None:
    """Write enrollments back, with their timers: the ended first, so that a key that ended may begin again."""
    changed = list(runs)
    _many(connection, _DROP_TIMER, [
        (run.timer_at, run.enrollment_id)
        for run in changed
        if run.timer_at is not None and run.timer_at != run.due_at
    ])  # fmt: skip
    known = [run for run in changed if not run.is_new and run.was_in == LIVE]
    _many(connection, _END, [_ended(run) for run in known if run.status != LIVE])
    _many(connection, _GO_ON, [_going(run) for run in known if run.status == LIVE])
    new = [run for run in changed if run.is_new]
    _set_apart(connection, new)
    _many(connection, _NEW, [_row(run) for run in sorted(new, key=lambda run: run.status == LIVE)])
    _many(connection, _SET_TIMER, [
        (run.due_at, run.enrollment_id)
        for run in changed
        if run.status == LIVE and run.due_at is not None and run.timer_at != run.due_at
    ])  # fmt: skip
    for run in changed:
        run.is_new, run.timer_at, run.was_in = False, run.due_at if run.status == LIVE else None, run.status


def count(connection: Connection, passed: Counter[tuple[str, int, str, str]]) -> None:
    """Add up who went through which step: scenario, version, step, brand; what is counted is taken off the counter."""
    _PASSED.many(connection, [(*place, times) for place, times in sorted(passed.items())])
    passed.clear()


def _set_apart(connection: Connection, new: Sequence[Run]) -> None:
    """Give a new run another name where its own is another run's: rare, and it must not be lost."""
    taken = {row[0]: tuple(row[1:]) for row in _ask(connection, _NAMED, [run.enrollment_id for run in new])}
    for run in new:
        while taken.setdefault(run.enrollment_id, (run.scenario, run.key)) != (run.scenario, run.key):
            run.enrollment_id += 1
            taken |= {row[0]: tuple(row[1:]) for row in _ask(connection, _NAMED, [run.enrollment_id])}


def _ask(connection: Connection, statement: str, asked: list[Any]) -> list[Any]:
    if not asked:
        return []
    return driver(connection).execute(statement, (msgspec.json.encode(asked).decode(),)).fetchall()


def _many(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        driver(connection).executemany(statement, rows)


def _run(row: Any, *, popped: bool = False) -> Run:
    run = Run(*row[2:]) if popped else Run(*row)
    run.timer_at = None if popped else run.due_at
    run.was_in = run.status
    return run


def _going(run: Run) -> tuple[Any, ...]:
    return (
        run.version, run.step, run.arrived_at, run.last_action_at, run.due_at, run.waits_for, run.happened, run.arm,
        run.arm_of, run.eligible_at, run.drawn, run.enrollment_id,
    )  # fmt: skip


def _ended(run: Run) -> tuple[Any, ...]:
    return (
        run.version, run.step, run.arrived_at, run.last_action_at, run.status, run.exit_reason, run.ended_at, run.arm,
        run.arm_of, run.eligible_at, run.drawn, run.enrollment_id,
    )  # fmt: skip


def _row(run: Run) -> tuple[Any, ...]:
    return (
        run.enrollment_id, run.scenario, run.version, run.brand, run.key, run.node_id, run.cart_key, run.cart_id,
        run.step, run.entered_at, run.arrived_at, run.last_action_at, run.due_at, run.waits_for, run.happened,
        run.status, run.exit_reason, run.ended_at, run.arm, run.arm_of, run.eligible_at, run.about, run.said,
        run.drawn,
    )  # fmt: skip
