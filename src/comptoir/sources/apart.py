"""Intake in a process of its own: one core reads a large file while another makes facts of its lines."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from comptoir import logs
from comptoir.clock import monotonic
from comptoir.errors import ComptoirError
from comptoir.sources import intake, packs
from comptoir.sources.intake import Progress, TakenIn
from comptoir.sources.mapping import Mapping
from comptoir.sources.shape import Run
from comptoir.spool.sqlite import SqliteSpool

LARGE_BYTES = 2_000_000
"""Files smaller than this are read before another process would have started."""
_TELL_SECONDS = 0.1
_END_SECONDS = 30

log = logs.get("intake")


class IntakeStopped(ComptoirError):
    """The process that was reading the files stopped before their end."""

    code, status = "intake_stopped", 500
    hint = "Import the files again: rows that are known already change nothing. `comptoir doctor` looks for a cause."


def is_worth_it(paths: Sequence[Path]) -> bool:
    """Say whether files are so large that a process of its own pays."""
    return sum(packs.size(path) for path in paths) >= LARGE_BYTES


def take_in(
    paths: Sequence[Path], mapping: Mapping, spool: Path, run: Run, *, progress: Progress | None = None
) -> TakenIn:
    """
    Append the rows of files to the spool of this path, as `intake.take_in` does, and wait until all are.

    What `progress` raises ends the other process too. What was appended before an error stays: the import can simply
    be run again.

    Raises: ColumnMissing, FileUnreadable; StoreUnavailable where the disk is full; IntakeStopped.
    """
    spawning = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    ours, theirs = spawning.Pipe(duplex=False)
    process = spawning.Process(
        target=_work, args=(theirs, tuple(paths), mapping, spool, run), name="comptoir-intake", daemon=True
    )
    process.start()
    theirs.close()  # so that its end is noticed
    try:
        return _heard(ours, progress)
    except EOFError as error:
        process.join(_END_SECONDS)
        raise IntakeStopped(exit_code=process.exitcode) from error
    finally:
        ours.close()
        process.terminate()
        process.join(_END_SECONDS)


def _heard(told: Connection, progress: Progress | None) -> TakenIn:
    while True:
        said = told.recv()
        if isinstance(said, TakenIn):
            return said
        if isinstance(said, Exception):
            raise said
        if progress is not None:
            progress(*said)


def _work(tell: Connection, paths: Sequence[Path], mapping: Mapping, path: Path, run: Run) -> None:
    last = float("-inf")

    def show(file: Path, position: int) -> None:
        nonlocal last
        if monotonic() - last >= _TELL_SECONDS:
            last = monotonic()
            tell.send((file, position))

    spool = SqliteSpool(path)
    try:
        answer: TakenIn | Exception = intake.take_in(paths, mapping, spool, run, progress=show)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is raised again where somebody can be told)
        answer = error if _travels(error) else IntakeStopped(because=repr(error)[:500])
    finally:
        spool.close()
    tell.send(answer)


def _travels(error: Exception) -> bool:
    """Say whether an error comes out of a pipe as it went in."""
    try:
        return str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 (our own words)
    except Exception:  # an error of another's making may be anything
        log.exception("an error that cannot be sent")
        return False
