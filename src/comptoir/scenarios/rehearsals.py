"""Dry runs that go on while nobody looks: a process each, its progress and its answer as files of the home."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError

FOLDER = "rehearsals"
KEPT = timedelta(hours=24)
"""They tell of people by name, so they are not kept longer."""
MOST_AT_ONCE = 2
_WANTED, _TEXT, _PROGRESS, _ANSWER, _WRONG, _PID = (
    "wanted.json", "scenario.yaml", "progress", "answer.json", "wrong.txt", "pid",
)  # fmt: skip
_LONGEST_WRONG = 4_000


class RehearsalNotFound(ComptoirError, LookupError):
    """There is no such dry run any more."""

    code, status = "rehearsal_not_found", 404
    hint = "Dry runs are kept for a day; start another one."


class TooManyRehearsals(ComptoirError):
    """Enough dry runs are under way already."""

    code, status = "too_many_rehearsals", 409
    hint = "Wait until one of them is done, or stop one."


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for."""

    scenario: str
    version: int
    days: int
    with_live: bool
    brand: str
    seed: int
    started_at: int
    """Microseconds since 1970."""
    started_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a dry run is. Units: `done` of `whole` instants of the history."""

    rehearsal_id: str
    wanted: Wanted
    state: str
    """running, done, failed."""
    done: int
    whole: int
    wrong: str

    @property
    def started_at(self) -> datetime:
        """When it was started."""
        return instant(self.wanted.started_at)


def start(
    home: Path,
    text: str,
    *,
    scenario: str,
    version: int,
    days: int,
    now: datetime,
    with_live: bool = True,
    brand: str = "",
    seed: int = 1,
    by: str = "",
) -> str:
    """Start a dry run of a definition's text in a process of its own; give its id. Raises: TooManyRehearsals."""
    _forget_old(home, now)
    if sum(one.state == "running" for one in listing(home)) >= MOST_AT_ONCE:
        raise TooManyRehearsals
    rehearsal_id = secrets.token_hex(8)
    folder = home / FOLDER / rehearsal_id
    folder.mkdir(mode=0o700, parents=True)
    wanted = Wanted(
        scenario=scenario, version=version, days=days, with_live=with_live, brand=brand, seed=seed,
        started_at=micros(now), started_by=by,
    )  # fmt: skip
    (folder / _TEXT).write_text(text, encoding="utf-8")
    command = [
        sys.executable, "-m", "comptoir", "scenario", "dry-run", str(folder / _TEXT), "--home", str(home), "--json",
        "--days", str(days), "--seed", str(seed), "--with-live" if with_live else "--alone",
        "--progress", str(folder / _PROGRESS), *(("--brand", brand) if brand else ()),
    ]  # fmt: skip
    with (folder / f"{_ANSWER}.part").open("wb") as answer, (folder / _WRONG).open("wb") as wrong:
        process = subprocess.Popen(  # noqa: S603 (our own command, and a file that we wrote)
            command, stdin=subprocess.DEVNULL, stdout=answer, stderr=wrong, process_group=0
        )
    _running[rehearsal_id] = process
    (folder / _PID).write_text(str(process.pid))
    (folder / _WANTED).write_bytes(msgspec.json.encode(wanted))
    return rehearsal_id


_running: dict[str, subprocess.Popen[bytes]] = {}
"""The dry runs that this process has started, so that they are waited for when they end."""

_settling = threading.Lock()


def read(home: Path, rehearsal_id: str) -> Standing:
    """Say how far a dry run is. Raises: RehearsalNotFound."""
    folder = _folder(home, rehearsal_id)
    state = _state(folder)
    done, whole = _progress(folder)
    wrong = (folder / _WRONG).read_text(encoding="utf-8", errors="replace")[-_LONGEST_WRONG:]
    return Standing(
        rehearsal_id=rehearsal_id,
        wanted=msgspec.json.decode((folder / _WANTED).read_bytes(), type=Wanted),
        state=state,
        done=done,
        whole=whole,
        wrong=wrong.strip() if state == "failed" else "",
    )


def text_of(home: Path, rehearsal_id: str) -> str:
    """Give the definition that is rehearsed. Raises: RehearsalNotFound."""
    return (_folder(home, rehearsal_id) / _TEXT).read_text(encoding="utf-8")


def answer_of(home: Path, rehearsal_id: str) -> dict[str, Any]:
    """Give what a dry run found, a `dryrun_report.Rehearsal` as JSON. Raises: RehearsalNotFound until it is done."""
    file = _folder(home, rehearsal_id) / _ANSWER
    if not file.exists():
        raise RehearsalNotFound(rehearsal=rehearsal_id)
    answer: dict[str, Any] = msgspec.json.decode(file.read_bytes())
    return answer


def stop(home: Path, rehearsal_id: str) -> None:
    """End a dry run and let it go. Raises: RehearsalNotFound."""
    folder = _folder(home, rehearsal_id)
    process = _running.pop(rehearsal_id, None)
    if process is not None and process.poll() is None:
        process.terminate()
        process.wait()
    shutil.rmtree(folder)


def listing(home: Path, scenario: str = "") -> list[Standing]:
    """List the dry runs that are kept, of one scenario or all. Order: the newest first."""
    names = [one.parent.name for one in (home / FOLDER).glob(f"*/{_WANTED}")]
    found = [read(home, name) for name in names]
    mine = [one for one in found if scenario in {"", one.wanted.scenario}]
    return sorted(mine, key=lambda one: (one.wanted.started_at, one.rehearsal_id), reverse=True)


@contextmanager
def noting(file: Path) -> Iterator[Callable[[int, int], None]]:
    """Write down how far a piece of work is: call what this gives with (done, whole)."""
    part = file.with_name(f"{file.name}.part")

    def move(done: int, whole: int) -> None:
        part.write_text(f"{done} {whole}", encoding="ascii")
        part.replace(file)

    yield move


def _folder(home: Path, rehearsal_id: str) -> Path:
    is_one = len(rehearsal_id) == 16 and rehearsal_id.isalnum() and rehearsal_id.isascii()
    folder = home / FOLDER / rehearsal_id
    if not is_one or not (folder / _WANTED).exists():
        raise RehearsalNotFound(rehearsal=rehearsal_id[:40])
    return folder


def _progress(folder: Path) -> tuple[int, int]:
    file = folder / _PROGRESS
    if not file.exists():
        return 0, 0
    done, _, whole = file.read_text(encoding="ascii").partition(" ")
    return int(done), int(whole)


def _state(folder: Path) -> str:
    """Say how a dry run is; the answer is printed whole at the end, so what there is of it once it ended is all."""
    answer, part = folder / _ANSWER, folder / f"{_ANSWER}.part"
    with _settling:
        if answer.exists():
            return "done"
        if _lives(folder):
            return "running"
        if not part.stat().st_size:
            return "failed"
        part.replace(answer)
        return "done"


def _lives(folder: Path) -> bool:
    """Say whether the process of a dry run goes on; it may be another desk's."""
    process = _running.get(folder.name)
    if process is not None:
        if process.poll() is None:
            return True
        del _running[folder.name]
        return False
    try:
        os.kill(int((folder / _PID).read_text(encoding="ascii")), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _forget_old(home: Path, now: datetime) -> None:
    for one in listing(home):
        if one.state != "running" and now - one.started_at > KEPT:
            shutil.rmtree(home / FOLDER / one.rehearsal_id)
