"""Health: whether all is running, whether every line is accounted for, and what is backed up."""

from __future__ import annotations

import asyncio
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir import backup, doctor, engine
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.backup import Backup, Last
from comptoir.doctor import Finding, Store
from comptoir.errors import ComptoirError
from comptoir.messaging import outward
from comptoir.web import charts
from comptoir.web.routes import get, post
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, is_fragment, render, speech_of

LATE_SECONDS = 10.0
HOURS = 24
OLD_BACKUP = timedelta(days=2)
"""Age from which the last backup is worth a word."""
_DOOR_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One of the three processes: door, engine or desk."""

    name: str
    is_up: bool
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """What became of every line that was received."""

    received: int
    parts: tuple[tuple[str, int], ...]
    off_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """Requests of a source that reached a limit: `key`, all that bears it together, or `network`, one of visitors."""

    source: str
    bound: str
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the engine works. Units: seconds, bytes."""

    lag_seconds: float
    is_late: bool
    ticks: int
    tick_seconds: Mapping[str, float]
    boxes: tuple[tuple[str, float], ...]
    """Each box of the tick with its share of the time, 0–1."""
    checkpoints: int
    checkpoint_seconds: float
    wal_bytes: int
    hours: Markup
    day_received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """The backups: the last good one, those in the home's folder, and the one that is being made."""

    last: Last | None
    age: timedelta | None
    is_old: bool
    kept: tuple[Backup, ...]
    running: str
    done_share: float
    failed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All that the page shows."""

    now: datetime
    processes: tuple[Process, ...]
    equation: Equation | None
    pace: Pace | None
    turned_away: tuple[TurnedAway, ...]
    """Order: most first."""
    troubles: tuple[str, ...]
    stores: tuple[Store, ...]
    free_bytes: int
    is_short: bool
    is_fenced: bool
    is_sending: bool


@dataclass(slots=True)
class Work:
    """The backup that this desk is having made: it goes on in a thread while pages come and go."""

    name: str = ""
    failed: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, desk: Desk, name: str) -> None:
        """Have a backup made, unless one is."""
        with self.lock:
            if self.name:
                return
            self.name, self.failed = name, ""
        threading.Thread(target=self._make, args=(desk, name), name="backup", daemon=True).start()

    def _make(self, desk: Desk, name: str) -> None:
        try:
            engine.back_up(desk.settings, desk.settings.path(backup.FOLDER, name))
        except (ComptoirError, OSError) as error:  # whoever looks at the page is told
            self.failed = str(error)
        finally:
            self.name = ""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    work = Work()

    async def backups_page(request: Request) -> Response:
        """Answer the page."""
        return await show_backups(work, request)

    async def back_up(request: Request, form: FormData) -> Response:
        """Begin a backup."""
        del form
        return await start_backup(work, request)

    return [
        get("/running", page, Right.RUN, whole=True),
        get("/running/findings", findings_page, Right.RUN, whole=True),
        get("/running/backups", backups_page, Right.RUN, whole=True),
        post("/running/backups", back_up, Right.RUN, whole=True, deed=Deed.BACKUP_MADE),
        post("/running/backups/forget", forget, Right.RUN, whole=True, deed=Deed.BACKUP_FORGOTTEN),
    ]


async def page(request: Request) -> Response:
    """Answer the page."""
    return render(request, "health", "health", {"health": await load(desk_of(request), speech_of(request))})


async def load(desk: Desk, said: Speech) -> Health:
    """Gather what the page shows; an engine that is away is part of the answer."""
    status, hours, door, stores, free, is_sending = await asyncio.gather(
        run_in_threadpool(_status, desk),
        _hours(desk),
        run_in_threadpool(_door, desk),
        run_in_threadpool(doctor.stores, desk.settings),
        run_in_threadpool(doctor.free_bytes, desk.settings),
        run_in_threadpool(_is_sending, desk),
    )
    return Health(
        now=desk.clock.now(),
        processes=(door, Process(name="engine", is_up=status is not None), Process(name="desk", is_up=True)),
        equation=None if status is None else _equation(status),
        pace=None if status is None else _pace(status, hours, said),
        turned_away=_turned_away(status or {}),
        troubles=_troubles(status or {}),
        stores=tuple(stores),
        free_bytes=free,
        is_short=free < doctor.LEAST_FREE_BYTES,
        is_fenced=bool(status and status.get("is_fenced")),
        is_sending=is_sending,
    )


def _status(desk: Desk) -> Mapping[str, Any] | None:
    try:
        return desk.status()
    except ComptoirError:
        return None


def _is_sending(desk: Desk) -> bool:
    with desk.state.read() as connection:
        return outward.is_sending(connection)


async def _hours(desk: Desk) -> list[dict[str, Any]]:
    try:
        return await desk.report("health_hours", now=desk.now_micros())
    except ComptoirError:
        return []


def _door(desk: Desk) -> Process:
    """Ask the door how it is, as a balancer does."""
    door = desk.settings.door
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(door.host, door.host)  # noqa: S104 (compared, not bound)
    try:
        with urllib.request.urlopen(f"http://{host}:{door.port}/health", timeout=_DOOR_SECONDS):
            return Process(name="door", is_up=True, says=f"{door.host}:{door.port}")
    except (urllib.error.URLError, OSError):
        return Process(name="door", is_up=False, says=f"{door.host}:{door.port}")


def _equation(status: Mapping[str, Any]) -> Equation:
    counts = status.get("counts") or {}
    refused = sum((counts.get("refused") or {}).values())
    return Equation(
        received=counts.get("received", 0),
        parts=(
            ("stored", counts.get("stored", 0)),
            ("refused", refused),
            ("duplicates", counts.get("duplicates", 0)),
            ("consent_discarded", counts.get("consent_discarded", 0)),
            ("pending", sum((status.get("pending") or {}).values())),
        ),
        off_by=doctor.difference(status) if counts else 0,
    )


def _pace(status: Mapping[str, Any], hours: Sequence[Mapping[str, Any]], said: Speech) -> Pace:
    lag = float(status.get("lag_seconds") or 0)
    spent = {str(name): float(seconds) for name, seconds in (status.get("box_seconds") or {}).items()}
    whole = sum(spent.values()) or 1.0
    by_hour = {row["hours_ago"]: int(row["received"]) for row in hours}
    figures = [by_hour.get(ago, 0) for ago in range(HOURS - 1, -1, -1)]
    return Pace(
        lag_seconds=lag,
        is_late=lag > LATE_SECONDS,
        ticks=int(status.get("ticks") or 0),
        tick_seconds=status.get("tick_seconds") or {},
        boxes=tuple((name, seconds / whole) for name, seconds in sorted(spent.items(), key=lambda pair: -pair[1])),
        checkpoints=int(status.get("checkpoints") or 0),
        checkpoint_seconds=float(status.get("checkpoint_seconds") or 0),
        wal_bytes=int(status.get("wal_bytes") or 0),
        hours=charts.spark(figures, said("sources.hours", figures=", ".join(map(said.number, figures)))),
        day_received=sum(figures),
    )


def _turned_away(status: Mapping[str, Any]) -> tuple[TurnedAway, ...]:
    rows = [
        TurnedAway(source=str(row["source"]), bound=str(row["bound"]), requests=int(row["requests"]))
        for row in status.get("turned_away") or ()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.requests, row.source, row.bound)))


def _troubles(status: Mapping[str, Any]) -> tuple[str, ...]:
    # that a copy is fenced has its own words on the page
    warnings = () if status.get("is_fenced") else tuple(map(str, status.get("warnings") or ()))
    return (*warnings, *(f"{work}: {said}" for work, said in (status.get("failures") or {}).items()))


# ── what the doctor finds ──


async def findings_page(request: Request) -> Response:
    """Answer what the doctor finds: as a part of the page, or a page of its own."""
    desk = desk_of(request)
    found: list[Finding] = await run_in_threadpool(doctor.examine, desk.settings, deep=False, may_open=False)
    said = speech_of(request)
    found.sort(key=lambda one: ("wrong", "watch", "fine").index(one.state.value))
    context = {"findings": [(one, *_found(one, said)) for one in found]}
    return render(request, "health", "findings", context, block="findings" if is_fragment(request) else "")


def _found(one: Finding, said: Speech) -> tuple[str, str]:
    """Say what was found and how to mend it; what has no words here is said as the doctor says it."""
    facts = {name: said.number(value, 1) if isinstance(value, float) else value for name, value in one.facts.items()}
    found, remedy = f"found.{one.word}", f"found.{one.word}.do"
    return (
        said(found, **facts) if said.has(found) else one.says,
        said(remedy, **facts) if said.has(remedy) else one.remedy,
    )


# ── backups ──


async def show_backups(work: Work, request: Request) -> Response:
    """Answer the backups: as a part of the page, or a page of its own."""
    desk = desk_of(request)
    found = await run_in_threadpool(_backups, work, desk)
    context = {"backups": found, "folder": desk.settings.path(backup.FOLDER), "home": desk.settings.home}
    return render(request, "health", "backups", context, block="backups" if is_fragment(request) else "")


def _backups(work: Work, desk: Desk) -> Backups:
    with desk.state.read() as connection:
        last = backup.last(connection)
    age = None if last is None else desk.clock.now() - last.taken_at
    running = work.name
    return Backups(
        last=last,
        age=age,
        is_old=age is None or age > OLD_BACKUP,
        kept=tuple(one for one in backup.listing(desk.settings) if one.name != running),
        running=running,
        done_share=_copied(desk, running) if running else 0.0,
        failed=work.failed,
    )


def _copied(desk: Desk, name: str) -> float:
    """Say how much of a backup is written, by its size beside that of what is copied, 0–1."""
    copied = [one.bytes for one in doctor.stores(desk.settings) if one.name not in {"imports", backup.FOLDER}]
    return min(0.99, doctor.size_of(desk.settings.path(backup.FOLDER, name)) / max(1, sum(copied)))


async def start_backup(work: Work, request: Request) -> Response:
    """Have a backup made; it goes on if the page is left."""
    desk = desk_of(request)
    work.start(desk, f"{desk.clock.now():%Y-%m-%dT%H%M%S}")
    return go("/running/backups")


async def forget(request: Request, form: FormData) -> Response:
    """Delete a backup."""
    await run_in_threadpool(backup.forget, desk_of(request).settings, str(form.get("name", "")))
    return go("/running/backups", done="backup.forgotten")
