"""The runs of pulls: which are under way, what came of each, and which pull is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from msgspec import json
from sqlalchemy import Connection, Row, delete, insert, select, update

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.sources.pulls.rows import runs
from comptoir.sources.pulls.shelf import Kept

SILENT: Final = timedelta(seconds=30)
"""A run that gives no sign of life for so long was stopped: it gives one every second or two."""
KEPT_RUNS: Final = 500
"""Runs of a pull that are remembered."""
RETRIES: Final = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""How long after the first, second … failure in a row it is tried again, where it may pass by itself."""
SAID: Final = 2_000


class RunState(StrEnum):
    """How far a run is."""

    FETCHING = "fetching"
    WORKING = "working"
    """Every row is in the spool and waits to become a fact."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    """Its process is gone. The next run goes on from where it was, as rows count once."""


RUNNING = frozenset({RunState.FETCHING, RunState.WORKING})


class PullRuns(ComptoirError, ValueError):
    """This source is being fetched at this moment."""

    code, status = "pull_runs", 409
    hint = "Wait until the run has ended, or cancel it."


class RunNotFound(ComptoirError, LookupError):
    """No run is under way here."""

    code, status = "run_not_found", 404
    hint = "It has ended meanwhile: look at the history."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run."""

    run_id: str
    pull: str
    made_by: str
    """Who asked for it; empty for the schedule."""
    state: RunState
    stage: str
    """The file or stream it is at."""
    code: str
    """Of the error it ended with."""
    problem: str
    began_at: datetime
    ended_at: datetime | None
    retry_at: datetime | None
    is_cancelled: bool
    done: int
    whole: int
    bytes: int
    read: int
    stored: int
    refused: int
    duplicates: int
    skipped: int
    imports: tuple[str, ...]

    @property
    def is_running(self) -> bool:
        """Say whether it is at work."""
        return self.state in RUNNING

    @property
    def took(self) -> timedelta | None:
        """Say how long it took, once it has ended."""
        return None if self.ended_at is None else self.ended_at - self.began_at


def begin(
    connection: Connection, *, run_id: str, pull: str, made_by: str, now: datetime, machine_now: datetime
) -> None:
    """Write down a run that begins. Raises: PullRuns, where another one is at work."""
    last = latest(connection, pull, machine_now=machine_now)
    if last is not None and last.is_running:
        raise PullRuns(name=pull)
    connection.execute(  # what was stopped stays so, whatever its process writes down if it should wake
        update(runs)
        .where(runs.c.pull == pull, runs.c.state.in_(sorted(RUNNING)))
        .values(state=RunState.STOPPED.value, ended_at=micros(now))
    )
    counts = dict.fromkeys(("done", "whole", "bytes", "read", "stored", "refused", "duplicates", "skipped"), 0)
    row: dict[str, Any] = {
        "run_id": run_id, "pull": pull, "made_by": made_by, "state": RunState.FETCHING.value, "stage": "", "code": "",
        "problem": "", "began_at": micros(now), "moved_at": micros(machine_now), "ended_at": None, "retry_at": None,
        "is_cancelled": False, "imports": "[]", **counts,
    }  # fmt: skip
    connection.execute(insert(runs).values(row))
    _forget(connection, pull)


def move(connection: Connection, run_id: str, machine_now: datetime, values: Mapping[str, object]) -> bool:
    """Write down how far a run is, which is a sign of life; say whether it may go on."""
    row = connection.execute(select(runs.c.state, runs.c.is_cancelled).where(runs.c.run_id == run_id)).one_or_none()
    if row is None or row.state not in RUNNING:
        return False
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(moved_at=micros(machine_now), **values))
    return not row.is_cancelled


def cancel(connection: Connection, pull: str, *, machine_now: datetime) -> Ran:
    """Ask the run of a pull to end. Raises: RunNotFound."""
    last = latest(connection, pull, machine_now=machine_now)
    if last is None or not last.is_running:
        raise RunNotFound(name=pull)
    connection.execute(update(runs).where(runs.c.run_id == last.run_id).values(is_cancelled=True))
    return last


def end(
    connection: Connection, run_id: str, state: RunState, now: datetime, *, code: str = "", problem: str = "",
    is_passing: bool = False,
) -> None:  # fmt: skip
    """Write down how a run ended; one that failed for something that passes is tried again."""
    row = connection.execute(select(runs.c.pull, runs.c.state).where(runs.c.run_id == run_id)).one_or_none()
    if row is None or row.state not in RUNNING:
        return
    retry_at = None
    if state is RunState.FAILED and is_passing:
        failed = _failures(connection, row.pull)
        retry_at = micros(now + RETRIES[failed]) if failed < len(RETRIES) else None
    connection.execute(
        update(runs)
        .where(runs.c.run_id == run_id)
        .values(state=state.value, ended_at=micros(now), code=code, problem=problem[:SAID], retry_at=retry_at)
    )


def find(connection: Connection, run_id: str, *, machine_now: datetime) -> Ran:
    """Give one run. Raises: RunNotFound."""
    row = connection.execute(select(runs).where(runs.c.run_id == run_id)).one_or_none()
    if row is None:
        raise RunNotFound(run_id=run_id[:100])
    return _ran(row, machine_now)


def latest(connection: Connection, pull: str, *, machine_now: datetime) -> Ran | None:
    """Give the last run of a pull."""
    return next(iter(listing(connection, pull, machine_now=machine_now, most=1)), None)


def listing(connection: Connection, pull: str, *, machine_now: datetime, most: int = 50) -> list[Ran]:
    """List the runs of a pull. Order: newest first."""
    question = select(runs).where(runs.c.pull == pull).order_by(runs.c.began_at.desc(), runs.c.run_id.desc())
    return [_ran(row, machine_now) for row in connection.execute(question.limit(most))]


def under_way(connection: Connection, *, machine_now: datetime) -> list[Ran]:
    """List the runs that are at work. Order: oldest first."""
    question = select(runs).where(runs.c.state.in_(sorted(RUNNING))).order_by(runs.c.began_at, runs.c.run_id)
    return [one for one in (_ran(row, machine_now) for row in connection.execute(question)) if one.is_running]


def due_at(pull: Kept, last: Ran | None, zone: str, now: datetime) -> datetime | None:
    """Say when a pull runs next by itself; None while it runs, rests, or runs by hand only."""
    if pull.is_paused or pull.schedule.is_by_hand or (last is not None and last.is_running):
        return None
    if last is None:
        return pull.made_at if pull.schedule.minutes else pull.schedule.next(pull.made_at, zone)
    if last.state is RunState.STOPPED:
        return now
    planned = pull.schedule.next(last.began_at, zone)
    return planned if last.retry_at is None or planned is None else min(planned, last.retry_at)


def is_silent(pull: Kept, now: datetime) -> bool:
    """Say whether a pull has brought nothing new for its alarm period."""
    if not pull.alarm_hours or pull.is_paused or pull.schedule.is_by_hand:
        return False
    return now - (pull.brought_at or pull.made_at) > timedelta(hours=pull.alarm_hours)


def _failures(connection: Connection, pull: str) -> int:
    """Count the failures in a row before this one."""
    question = (
        select(runs.c.state)
        .where(runs.c.pull == pull, runs.c.state.not_in(sorted(RUNNING)))
        .order_by(runs.c.began_at.desc(), runs.c.run_id.desc())
        .limit(len(RETRIES))
    )
    states: Sequence[str] = connection.scalars(question).all()
    return next((number for number, one in enumerate(states) if one != RunState.FAILED), len(states))


def _forget(connection: Connection, pull: str) -> None:
    old = (
        select(runs.c.run_id)
        .where(runs.c.pull == pull)
        .order_by(runs.c.began_at.desc(), runs.c.run_id.desc())
        .offset(KEPT_RUNS)
    )
    connection.execute(delete(runs).where(runs.c.run_id.in_(old.limit(-1).scalar_subquery())))


def _ran(row: Row[Any], machine_now: datetime) -> Ran:
    said = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)
    moved_at, state = said.pop("moved_at"), RunState(said.pop("state"))
    if state in RUNNING and micros(machine_now) - moved_at > SILENT.total_seconds() * 1_000_000:
        state = RunState.STOPPED
    for name in ("began_at", "ended_at", "retry_at"):
        said[name] = None if said[name] is None else instant(said[name])
    return Ran(state=state, imports=tuple(json.decode(said.pop("imports"))), **said)
