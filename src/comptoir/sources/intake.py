"""Intake: files become parcels of canonical lines in the spool; the tick does the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from comptoir.clock import MICROSECOND
from comptoir.model.event import Record
from comptoir.sources import files, packs
from comptoir.sources.base import Sheet
from comptoir.sources.kinds import RowKind
from comptoir.sources.mapping import Mapping
from comptoir.sources.shape import Run, Shaped, Shaper
from comptoir.spool.base import Parcel, Spool

PARCEL_LINES = 1_024
APPENDED_LINES = 16_384
"""Lines that are appended in one transaction: each waits for the disk once."""
URGENT_AGE = timedelta(days=31)
"""An order older than this stops no reminder that is about to leave."""

Progress = Callable[[Path, int], None]
"""Told the file and how many of its bytes were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What an import put into the spool. `read` is the sum of `accepted`, `refused` and `skipped`."""

    read: int = 0
    accepted: int = 0
    """Rows that became lines; those known already are found by the tick."""
    refused: int = 0
    skipped: int = 0
    """Rows that the mapping's `where` leaves out."""
    head: int = 0
    """Offset of the spool after the last line."""


def take_in(
    paths: Iterable[Path], mapping: Mapping, spool: Spool, run: Run, *, progress: Progress | None = None
) -> TakenIn:
    """
    Append the rows of files to the spool, each as one canonical line, in order; refused rows too, with their reason.

    What was appended before an error stays: the import can simply be run again.

    Raises: ColumnMissing, FileUnreadable; StoreUnavailable where the disk is full.
    """
    taken, waiting = TakenIn(head=spool.head()), list[Parcel]()
    for path in paths:
        for sheet, shaped in shape_file(path, mapping, run):
            waiting += parcels(shaped, mapping.kind, run)
            taken = _add(taken, shaped)
            if sum(one.count for one in waiting) >= APPENDED_LINES:
                taken, waiting = replace(taken, head=spool.append(waiting)), []
            if progress is not None:
                progress(path, sheet.position)
    return replace(taken, head=spool.append(waiting)) if waiting else taken


def shape_file(path: Path, mapping: Mapping, run: Run) -> Iterator[tuple[Sheet, Shaped]]:
    """Read a file, or the files of a folder or a zip one by one, and shape it sheet by sheet."""
    for part in packs.parts(path):
        shaper = Shaper(mapping, run)
        for sheet in files.part_sheets(part, mapping.layout):
            yield sheet, shaper.shape(sheet)


def parcels(shaped: Shaped, kind: RowKind, run: Run) -> list[Parcel]:
    """Cut the lines of a sheet into parcels."""
    urgent = _is_urgent(shaped, kind, run)
    cuts = (shaped.lines[start : start + PARCEL_LINES] for start in range(0, len(shaped.lines), PARCEL_LINES))
    return [Parcel(lines=b"\n".join(lines), count=len(lines), urgent=urgent) for lines in cuts]


def _is_urgent(shaped: Shaped, kind: RowKind, run: Run) -> bool:
    """Say whether a line may forbid a message about to leave: a consent, or an order of late."""
    if kind.record is Record.CONSENT:
        return True
    if kind.record not in {None, Record.ORDER_LINE} or shaped.newest is None:
        return False
    return shaped.newest > run.now_micros - URGENT_AGE // MICROSECOND


def _add(taken: TakenIn, shaped: Shaped) -> TakenIn:
    accepted = len(shaped.lines) - shaped.refused
    return replace(
        taken,
        read=taken.read + len(shaped.lines) + shaped.skipped,
        accepted=taken.accepted + accepted,
        refused=taken.refused + shaped.refused,
        skipped=taken.skipped + shaped.skipped,
    )
