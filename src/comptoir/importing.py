"""Importing: the files of one import become facts, and its row in the history says how far it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from comptoir.access import keys
from comptoir.app import App
from comptoir.clock import Clock, RealClock, micros, monotonic
from comptoir.config import Settings
from comptoir.ids import uuid7
from comptoir.model.tick import SpoolName
from comptoir.sources import again, apart, history, packs, propose
from comptoir.sources.history import ImportState
from comptoir.sources.intake import TakenIn, take_in
from comptoir.sources.mapping import Mapping
from comptoir.sources.shape import Run
from comptoir.state.base import State

FOLDER = "imports"
"""In the home: files that lie in it can be chosen on the page; a folder of each that was uploaded lies beside them."""
DEFAULT_SOURCE = "import"
MAPPING_FILE = "mapping.yaml"
_BEAT_SECONDS = 1.0

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the rows of an import; `read` is the sum of what follows it."""

    read: int
    accepted: int
    refused: int
    duplicates: int
    skipped: int
    pending: int


@dataclass(slots=True, kw_only=True)
class Importing:
    """One import at work: it reads its files into the spool, then waits until their rows are facts."""

    app: App
    run: Run
    files: Sequence[Path]
    how: Mapping
    machine: Clock = field(default_factory=RealClock)
    _beat: float = float("-inf")

    def take_in(self, show: Progress) -> TakenIn:
        """
        Read the files into the spool, large ones in a process of their own; `show` is told bytes.

        Raises: ColumnMissing, FileUnreadable, IntakeStopped.
        """
        sizes = {path: packs.size(path) for path in self.files}
        whole = sum(sizes.values())
        done, last = dict.fromkeys(self.files, 0), dict.fromkeys(self.files, 0)

        def move(path: Path, position: int) -> None:
            # the position begins anew with each file of a pack, and counts unpacked bytes there
            done[path] += position - last[path] if position >= last[path] else position
            last[path] = position
            read = sum(min(count, sizes[one]) for one, count in done.items())
            show(read, whole)
            self._move(ImportState.READING, read, whole)

        with self.app.state.write() as connection:
            again.remember(connection, self.run.import_id, self.files[0], self.how.layout)
        with self.app.working_beside(SpoolName.BACK):
            spool = self.app.spools[SpoolName.BACK]
            if apart.is_worth_it(self.files):
                return apart.take_in(self.files, self.how, spool.path, self.run, progress=move)
            return take_in(self.files, self.how, spool, self.run, progress=move)

    def settle(self, taken: TakenIn, show: Progress) -> Outcome:
        """Wait until the rows are facts, and say what became of them; `show` is told lines."""

        def move(done: int, whole: int) -> None:
            show(done, whole)
            self._move(ImportState.WORKING, done, whole)

        self.app.settle(SpoolName.BACK, taken.head, progress=move)
        counts = self.app.import_counts(self.run.import_id)
        settled = counts.stored + counts.refused + counts.duplicates
        outcome = Outcome(
            read=taken.read,
            accepted=counts.stored,
            refused=counts.refused,
            duplicates=counts.duplicates,
            skipped=taken.skipped,
            pending=taken.read - taken.skipped - settled,
        )
        said = {name: getattr(outcome, name) for name in ("read", "accepted", "refused", "duplicates", "skipped")}
        with self.app.state.write() as connection:
            history.end(connection, self.run.import_id, self.app.clock.now(), said)
        forget_files(self.app.settings, self.files)
        return outcome

    def _move(self, state: ImportState, done: int, whole: int) -> None:
        if monotonic() - self._beat < _BEAT_SECONDS:
            return
        self._beat = monotonic()
        with self.app.state.write() as connection:
            may_go_on = history.move(
                connection, self.run.import_id, state, done=done, whole=whole, machine_now=self.machine.now()
            )
        if not may_go_on:
            raise history.ImportHalted(import_id=self.run.import_id)


def new_run(
    state: State, clock: Clock, how: Mapping, *, source: str | None, brand: str | None, import_id: str | None = None
) -> Run:
    """Say what the rows are booked under: what is asked for, else what the mapping says, else what the source has."""
    now = micros(clock.now())
    name, whose = booked_under(state, source or how.source, brand or how.brand)
    return Run(import_id=import_id or str(uuid7(now)), source=name, brand=whose, now_micros=now)


def booked_under(state: State, source: str | None, brand: str | None) -> tuple[str, str]:
    """Give the source and brand of rows where not everything is said."""
    name = source or DEFAULT_SOURCE
    brands = {one.name: one.brand for one in keys.list_sources(state)}
    return name, brand or brands.get(name, keys.DEFAULT_BRAND)


@contextmanager
def noted(app: App, run: Run, files: Sequence[Path], kind: str, mapping: str, *, made_by: str) -> Iterator[None]:
    """Keep an import's row in the history: made here unless a page has made it, and told if the import fails."""
    machine_now = RealClock().now()
    with app.state.write() as connection:
        try:
            history.find(connection, run.import_id, machine_now=machine_now)
        except history.NoSuchImport:
            history.begin(
                connection,
                import_id=run.import_id,
                kind=kind,
                source=run.source,
                brand=run.brand,
                files=[path.resolve() for path in files],
                made_by=made_by,
                now=app.clock.now(),
                machine_now=machine_now,
                mapping=mapping,
            )
    try:
        yield
    except history.ImportHalted:
        raise
    except Exception as error:  # whatever it is: whoever watches the page is told
        with app.state.write() as connection:
            history.fail(connection, run.import_id, str(error), app.clock.now())
        raise


def draft(settings: Settings, state: State, file: Path, kind: str, *, source: str, brand: str, made_by: str) -> str:
    """
    Make the draft of an import, with the mapping that the file's header suggests; give its id.

    Raises: FileUnreadable; KeyError for a kind that is none.
    """
    clock = settings.make_clock()
    now = clock.now()
    import_id = str(uuid7(micros(now)))
    zones = {one.name: one.time_zone for one in keys.list_brands(state)}
    text = former_mapping(state, file, kind, source=source, brand=brand)
    text = text or propose.propose(file, kind, zone=zones.get(brand, "UTC")).text
    with state.write() as connection:
        history.begin(
            connection,
            import_id=import_id,
            kind=kind,
            source=source,
            brand=brand,
            files=[file],
            made_by=made_by,
            now=now,
            machine_now=RealClock().now(),
            mapping=text,
            state=ImportState.DRAFT,
        )
    return import_id


def former_mapping(state: State, file: Path, kind: str, *, source: str, brand: str) -> str:
    """Give the mapping by which rows last came in from this source, if it fits the file; else nothing."""
    with state.read() as connection:
        former = history.last_mapping(connection, kind=kind, source=source, brand=brand)
    return former if former and propose.fits(file, kind, former) else ""


def start(settings: Settings, state: State, import_id: str) -> str:
    """
    Start a drafted import in a process of its own, which goes on whatever becomes of ours; give the id it has now.

    Raises: NoSuchImport, ImportRuns.
    """
    machine_now = RealClock().now()
    with state.write() as connection:
        again_as = str(uuid7(micros(settings.make_clock().now())))
        import_id = history.start(connection, import_id, again_as=again_as, machine_now=machine_now)
        found = history.find(connection, import_id, machine_now=machine_now)
    how = settings.path(FOLDER, f"{import_id}.{MAPPING_FILE}")
    how.parent.mkdir(mode=0o700, exist_ok=True)
    how.write_text(found.mapping, encoding="utf-8")
    command = [
        sys.executable, "-m", "comptoir", "import", *(str(one) for one in found.files), "--as", found.kind,
        "--mapping", str(how), "--source", found.source, "--brand", found.brand, "--home", str(settings.home),
        "--import-id", import_id, "--json",
    ]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 (our own interpreter)
        command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    threading.Thread(target=_see_it_end, args=(process, how), name="import", daemon=True).start()
    return import_id


def stop(state: State, import_id: str, now: datetime) -> None:
    """Stop an import that is under way. Raises: NoSuchImport, ImportRests."""
    with state.write() as connection:
        history.stop(connection, import_id, now=now, machine_now=RealClock().now())


def _see_it_end(process: subprocess.Popen[bytes], how: Path) -> None:
    process.wait()
    how.unlink(missing_ok=True)


def keep_upload(settings: Settings, name: str, body: BinaryIO) -> Path:
    """Keep a file that somebody uploaded, in a folder of its own, readable by its owner alone; give its path."""
    folder = settings.path(FOLDER, str(uuid7(micros(RealClock().now()))))
    folder.mkdir(mode=0o700, parents=True)
    path = folder / _tame(name)
    with path.open("wb") as file:
        shutil.copyfileobj(body, file, 1 << 20)
    return path


def waiting_path(settings: Settings, name: str) -> Path:
    """Give where a file of this name waits to be imported, making the folder. Raises: ValueError for no such name."""
    if _tame(name) != name or name.endswith(MAPPING_FILE):
        raise ValueError(name)
    folder = settings.path(FOLDER)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / name


def waiting_files(settings: Settings) -> list[Path]:
    """List the files that lie in the home's folder of imports. Order: by name."""
    folder = settings.path(FOLDER)
    if not folder.is_dir():
        return []
    found = [one for one in folder.iterdir() if one.is_file() and not one.is_symlink()]
    return sorted(one for one in found if not one.name.startswith(".") and not one.name.endswith(MAPPING_FILE))


def forget_files(settings: Settings, files: Sequence[Path]) -> None:
    """Delete files that were uploaded for an import; those that lie elsewhere are not ours to delete."""
    for path in files:
        if path.parent.parent == settings.path(FOLDER):
            shutil.rmtree(path.parent, ignore_errors=True)


def _tame(name: str) -> str:
    """Make a file's name safe: its last part, of plain characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(one if one.isalnum() or one in "-_. " else "_" for one in last)[-100:].strip(". ")
    return kept or "rows"
