"""Pulling: rows are fetched from a place, part by part, and become facts; a run that dies goes on from its cursor."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import json
from sqlalchemy.exc import SQLAlchemyError

from comptoir.access import keys
from comptoir.app import App
from comptoir.clock import Clock, RealClock, micros, monotonic
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.ids import uuid7
from comptoir.model.tick import SpoolName
from comptoir.safe_http import Client
from comptoir.sources import history, intake, mapping, preview, propose
from comptoir.sources.base import ColumnMissing, FileUnreadable, MappingBroken, MappingNeeded
from comptoir.sources.draft import Draft
from comptoir.sources.kinds import KINDS
from comptoir.sources.mapping import Mapping as How
from comptoir.sources.mapping import Template
from comptoir.sources.preview import Head, Preview
from comptoir.sources.pulls import base, runs, shelf
from comptoir.sources.pulls.base import Batch, Fate, Look, Making, Pull, RunCancelled, Stream
from comptoir.sources.pulls.runs import RunState
from comptoir.sources.pulls.shelf import Kept
from comptoir.sources.shape import Run
from comptoir.state.base import State
from comptoir.state.sealing import master_key

FOLDER = "pulls"
"""In the home: what is being fetched, a folder a run, readable by its owner alone."""
BEAT_SECONDS = 1.0
HTTP_SECONDS = 30.0
TRY_SECONDS = 2.0
"""What a try waits at most for somebody who is busy."""
FILE_FAULTS = (FileUnreadable, ColumnMissing, MappingNeeded, MappingBroken)
"""What is wrong with one file is no reason to leave the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a try gave: what is there, and the first rows as they would be stored."""

    look: Look
    name: str = ""
    seen: Preview | None = None
    mapping: str = ""
    """The one they were read with, or the one that their columns suggest."""
    lacking: tuple[str, ...] = ()
    """Fields that the suggested mapping still lacks."""
    head: Head | None = None
    """The first rows as they stand there, where a person says which column is which field."""


# ── making a place ──


@contextmanager
def opened(
    settings: Settings, state: State, pull: Kept, *, pause: base.Pause, run_of: str = ""
) -> Iterator[tuple[Pull, Path]]:
    """
    Make the place of a pull, and lend the folder it fetches into.

    Raises: PlaceNeeds, PlaceBarred, PartMissing.
    """
    with state.read() as connection:
        secrets = shelf.opened(connection, pull.name, master_key(settings.home))
    place = shelf.place_of(pull.place)
    said = settings.pulls
    own_hosts = said.private_hosts if pull.may_look_inside else ()
    if place.is_inside and not pull.may_look_inside:
        raise base.PlaceBarred(name=pull.name, why="whoever saved it has not every brand")
    work = _work_folder(settings, run_of)
    try:
        making = Making(
            options={one.name: one.default for one in place.options} | dict(pull.options) | secrets,
            work=work,
            http=Client(private_hosts=own_hosts, seconds=HTTP_SECONDS),
            clock=RealClock(),  # the other side's, whatever the shop plays
            pause=pause,
            home=settings.home,
            folders=tuple((settings.home / one).resolve() for one in said.folders),
            database_hosts=frozenset(one.lower() for one in said.database_hosts),
            zone=zone_of(state, pull.brand),
        )
        yield place.made(making), work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _work_folder(settings: Settings, run_of: str) -> Path:
    """Make a folder to fetch into: that of a source's runs is always the same, so what a dead one left is gone."""
    folder = settings.path(FOLDER)
    folder.mkdir(mode=0o700, exist_ok=True)
    if not run_of:
        return Path(tempfile.mkdtemp(dir=folder, prefix="try-"))
    work = folder / f"run-{sha256(run_of.encode()).hexdigest()[:16]}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    return work


def zone_of(state: State, brand: str) -> str:
    """Give the time zone of a brand."""
    return next((one.time_zone for one in keys.list_brands(state) if one.name == brand), "UTC")


def mapping_of(
    stream: Stream, pull: Kept, path: Path, row_id: str = "", *, state: State | None = None
) -> tuple[How, str]:
    """
    Say which column is which field of a stream's rows, and that as YAML: as said, else as at its last run, if it fits.

    Raises: MappingNeeded, with a proposal, where neither the place nor the person nor the columns say it.
    """
    if stream.kind:
        text = Draft(kind=KINDS[stream.kind], columns={name: name for name in stream.columns}).text()
        how = mapping.parse(text)
    elif pull.mapping:
        text, how = pull.mapping, mapping.parse(pull.mapping)
    elif state is not None and (former := _former(state, pull, path)):
        text, how = former, mapping.parse(former)
    else:
        how = propose.obvious(path, pull.kind)
        text = propose.propose(path, pull.kind).text
    row_id = stream.row_id or row_id
    return (replace(how, id=Template.parse(row_id)) if row_id and how.id is None else how), text


def _former(state: State, pull: Kept, path: Path) -> str:
    with state.read() as connection:
        former = history.last_mapping(connection, kind=pull.kind, source=pull.name, brand=pull.brand)
    return former if former and propose.fits(path, pull.kind, former) else ""


def streams_of(pull: Kept) -> list[Stream]:
    """Give the streams that are wanted of a pull. Order: as the place has them."""
    return [one for one in shelf.place_of(pull.place).streams if one.name in pull.streams]


# ── trying ──


def try_out(settings: Settings, state: State, pull: Kept, stream: str = "") -> Tried:
    """Look at a place, and show the first rows of a stream as they would be stored; nothing is kept or moved on."""
    wanted = next((one for one in streams_of(pull) if stream in {"", one.name}), None)
    with opened(settings, state, pull, pause=_hardly_wait) as (place, _):
        look = place.look()
        if wanted is None:
            return Tried(look=look)
        found = _sample(place, wanted)
        return Tried(look=look) if found is None else _shown(settings, pull, wanted, found, look)


def _hardly_wait(seconds: float) -> None:
    """Wait a moment; whoever looks on is rather told than kept waiting. Raises: PlaceAway."""
    if seconds > TRY_SECONDS:
        raise base.PlaceAway(why="it is busy, or broken")
    time.sleep(seconds)


def _sample(place: Pull, stream: Stream) -> Batch | None:
    """Fetch the first part that has rows; a place that moves what it gives only shows it."""
    parts = place.peek(stream.name) if isinstance(place, base.Peeks) else place.fetch(stream.name, "")
    return next((one for one in parts if one.path.stat().st_size), None)


def _shown(settings: Settings, pull: Kept, stream: Stream, found: Batch, look: Look) -> Tried:
    run = Run(import_id="try", source=pull.name, brand=pull.brand, now_micros=micros(settings.make_clock().now()))
    head = None if stream.kind else preview.head(found.path)
    try:
        how, text = mapping_of(stream, pull, found.path, found.row_id)
    except MappingNeeded as needed:
        lacking = propose.propose(found.path, pull.kind).lacking
        return Tried(look=look, name=found.name, mapping=needed.proposal, lacking=lacking, head=head)
    return Tried(look=look, name=found.name, mapping=text, seen=preview.preview(found.path, how, run), head=head)


# ── running ──


@dataclass(slots=True, kw_only=True)
class Running:
    """One run at work."""

    app: App
    pull: Kept
    run_id: str
    made_by: str
    machine: Clock = field(default_factory=RealClock)
    totals: dict[str, int] = field(default_factory=dict)
    stage: str = ""
    done: int = 0
    whole: int = 0
    state: RunState = RunState.FETCHING
    imports: list[str] = field(default_factory=list)
    problems: list[ComptoirError] = field(default_factory=list)
    taking: _Taking | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    may_go_on: bool = True
    pause: base.Pause | None = None
    """How to wait for who is busy; a second at a time, as long as the run may go on, if nothing is said."""

    def work(self) -> None:
        """Fetch every stream; what is wrong with one file is told at the end. Raises: what the place raises."""
        beat = threading.Thread(target=self._beat, name="pull beat", daemon=True)
        beat.start()
        try:
            pause = self.pause or self._pause
            with opened(self.app.settings, self.app.state, self.pull, pause=pause, run_of=self.pull.name) as (place, _):
                for stream in streams_of(self.pull):
                    self._stream(place, stream)
        finally:
            self.ended.set()
            beat.join()
            self._tell()
        if self.problems:
            raise self.problems[0]

    def _stream(self, place: Pull, stream: Stream) -> None:
        with self.app.state.read() as connection:
            since = shelf.cursor(connection, self.pull.name, stream.name)
        for batch in place.fetch(stream.name, since):
            self._check()
            if self.taking is None or self.taking.name != batch.name:
                self._settle()
                self.taking = _Taking(name=batch.name)
            self.stage, self.done, self.whole, self.state = batch.name, batch.done, batch.whole, RunState.FETCHING
            self._take(self.taking, stream, batch)
            if batch.cursor is not None:
                with self.app.state.write() as connection:
                    shelf.go_on_from(connection, self.pull.name, stream.name, batch.cursor)
        self._settle()
        self._check()

    def _take(self, taking: _Taking, stream: Stream, batch: Batch) -> None:
        taking.settled = batch.settled
        size = batch.path.stat().st_size
        if not size and batch.is_ours:
            return
        try:
            how, text = mapping_of(stream, self.pull, batch.path, batch.row_id, state=self.app.state)
            self._note(taking, stream.kind or self.pull.kind, text)
            run = Run(
                import_id=taking.import_id,
                source=self.pull.name,
                brand=self.pull.brand,
                now_micros=micros(self.app.clock.now()),
            )

            def show(_path: Path, _position: int) -> None:
                self._check()

            taken = intake.take_in([batch.path], how, self.app.spools[SpoolName.BACK], run, progress=show)
            taking.read += taken.read
            taking.skipped += taken.skipped
            taking.head = taken.head
            self._add(bytes=size, read=taken.read, skipped=taken.skipped)
        except FILE_FAULTS as error:
            taking.problem = error
            self.problems.append(error)
        finally:
            if batch.is_ours:
                batch.path.unlink(missing_ok=True)

    def _note(self, taking: _Taking, kind: str, text: str) -> None:
        """Write the import of a file or stream into the history, once it has rows."""
        if taking.import_id:
            return
        taking.import_id = str(uuid7(micros(self.app.clock.now())))
        self.imports.append(taking.import_id)
        with self.app.state.write() as connection:
            history.begin(
                connection, import_id=taking.import_id, kind=kind, source=self.pull.name, brand=self.pull.brand,
                files=[Path(taking.name)], made_by=self.made_by or self.pull.name, now=self.app.clock.now(),
                machine_now=self.machine.now(), mapping=text,
            )  # fmt: skip

    def _settle(self) -> None:
        """Wait until the rows of a file or stream are facts, and say what became of them."""
        taking = self.taking
        if taking is None:
            return
        fate = Fate(problem=str(taking.problem)) if taking.problem else Fate()
        if taking.import_id:
            self.state = RunState.WORKING
            if taking.read > taking.skipped:
                self.app.settle(SpoolName.BACK, taking.head)
            counts = self.app.import_counts(taking.import_id)
            fate = replace(
                fate, read=taking.read, stored=counts.stored, refused=counts.refused, duplicates=counts.duplicates,
                skipped=taking.skipped,
            )  # fmt: skip
            self._close(taking, fate)
            self._add(stored=fate.stored, refused=fate.refused, duplicates=fate.duplicates)
        if taking.settled is not None:
            taking.settled(fate)
        self.taking = None

    def _close(self, taking: _Taking, fate: Fate) -> None:
        now = self.app.clock.now()
        with self.app.state.write() as connection:
            if taking.problem is not None:
                history.fail(connection, taking.import_id, str(taking.problem), now)
            else:
                said = {"accepted": fate.stored} | {
                    name: getattr(fate, name) for name in ("read", "refused", "duplicates", "skipped")
                }
                history.end(connection, taking.import_id, now, said)
            if fate.stored:
                shelf.brought(connection, self.pull.name, now)

    # ── signs of life ──

    def _add(self, **counts: int) -> None:
        for name, number in counts.items():
            self.totals[name] = self.totals.get(name, 0) + number

    def _beat(self) -> None:
        while not self.ended.wait(BEAT_SECONDS):
            self._tell()

    def _tell(self) -> None:
        values: dict[str, Any] = {
            "state": self.state.value, "stage": self.stage[:200], "done": self.done, "whole": self.whole,
            "imports": json.encode(self.imports).decode(), **self.totals,
        }  # fmt: skip
        taking, machine_now = self.taking, self.machine.now()
        with suppress(SQLAlchemyError), self.app.state.write() as connection:  # a busy store: the next beat says it
            self.may_go_on = runs.move(connection, self.run_id, machine_now, values)
            if taking is not None and taking.import_id:
                is_fetching = self.state is RunState.FETCHING
                state = history.ImportState.READING if is_fetching else history.ImportState.WORKING
                history.move(
                    connection, taking.import_id, state, done=self.done, whole=self.whole, machine_now=machine_now
                )

    def _check(self) -> None:
        if not self.may_go_on:
            raise RunCancelled(name=self.pull.name)

    def _pause(self, seconds: float) -> None:
        """Wait, but not longer than the run may go on."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            self._check()
            time.sleep(min(left, BEAT_SECONDS))


@dataclass(slots=True, kw_only=True)
class _Taking:
    """A file, or a stream, that is being taken in."""

    name: str
    import_id: str = ""
    read: int = 0
    skipped: int = 0
    head: int = 0
    problem: ComptoirError | None = None
    settled: Any = None


def begin(settings: Settings, state: State, name: str, *, made_by: str) -> str:
    """Write down that a pull runs now, and give the run's id. Raises: PullNotFound; PullRuns."""
    now = settings.make_clock().now()
    run_id = str(uuid7(micros(now)))
    with state.write() as connection:
        shelf.find(connection, name)
        runs.begin(connection, run_id=run_id, pull=name, made_by=made_by, now=now, machine_now=RealClock().now())
    return run_id


def work(app: App, name: str, run_id: str, *, pause: base.Pause | None = None) -> None:
    """Do a run that has begun, and write down how it ended. Raises: what it ended with."""
    with app.state.read() as connection:
        pull = shelf.find(connection, name)
        made_by = runs.find(connection, run_id, machine_now=RealClock().now()).made_by
    running = Running(app=app, pull=pull, run_id=run_id, made_by=made_by, pause=pause)
    state, code, problem, is_passing = RunState.FAILED, "", "", False
    try:
        running.work()
        state = RunState.DONE
    except RunCancelled:
        state = RunState.CANCELLED
        raise
    except ComptoirError as error:
        code, problem, is_passing = error.code, str(error), isinstance(error, base.TRANSIENT)
        raise
    except Exception as error:  # whatever it is: whoever watches the page is told
        code, problem = "unexpected", f"{type(error).__name__}: {error}"
        raise
    finally:
        now = app.clock.now()
        with app.state.write() as connection:
            for one in running.imports:
                if history.find(connection, one, machine_now=RealClock().now()).ended_at is None:
                    history.fail(connection, one, problem or state.value, now)
            runs.end(connection, run_id, state, now, code=code, problem=problem, is_passing=is_passing)


def start(settings: Settings, state: State, name: str, *, made_by: str) -> str:
    """
    Run a pull in a process of its own, which goes on whatever becomes of ours, and disturbs no tick; give the run's id.

    Raises: PullNotFound; PullRuns.
    """
    run_id = begin(settings, state, name, made_by=made_by)
    command = [
        sys.executable, "-m", "comptoir", "pull", "run", name, "--run-id", run_id, "--home", str(settings.home),
        "--json",
    ]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 (our own interpreter)
        command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    threading.Thread(target=process.wait, name="pull", daemon=True).start()
    return run_id


def due(settings: Settings, state: State) -> list[Kept]:
    """List the pulls that are to run now. Order: by name."""
    now, machine_now = settings.make_clock().now(), RealClock().now()
    zones: Mapping[str, str] = {one.name: one.time_zone for one in keys.list_brands(state)}
    found = []
    with state.read() as connection:
        for one in shelf.listing(connection):
            last = runs.latest(connection, one.name, machine_now=machine_now)
            at = runs.due_at(one, last, zones.get(one.brand, "UTC"), now)
            if at is not None and at <= now:
                found.append(one)
    return found


def start_due(settings: Settings, state: State) -> list[str]:
    """Start what is due, as far as so many may run at once; give the names."""
    wanted = due(settings, state)
    if not wanted:
        return []
    with state.read() as connection:
        room = settings.pulls.at_once - len(runs.under_way(connection, machine_now=RealClock().now()))
    started = []
    for one in wanted[: max(0, room)]:
        with suppress(runs.PullRuns):  # somebody was quicker by hand
            start(settings, state, one.name, made_by="")
            started.append(one.name)
    return started
