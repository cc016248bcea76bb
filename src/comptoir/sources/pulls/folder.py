"""A drop folder: a file is taken when it no longer grows, and lies in done/ or refused/ then, a report beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import ClassVar, Self

from comptoir.clock import Clock, RealClock
from comptoir.sources.pulls.base import Batch, Fate, Look, Making, Option, PlaceNotThere, Stream, count, inside, text

TAKING, DONE, REFUSED = "taking", "done", "refused"
SHOWN = 10


@dataclass(slots=True, kw_only=True)
class Folder:
    """A folder that somebody, or another program, puts files into."""

    options: ClassVar[tuple[Option, ...]] = (
        Option(name="folder", says="Folder, in the home or in one of `pulls.folders`.", is_needed=True, default="drop"),
        Option(name="pattern", says="Names of the files, such as `orders*.csv`.", default="*"),
        Option(name="quiet_seconds", says="Seconds for which a file must have been left alone.", default="10"),
    )
    streams: ClassVar[tuple[Stream, ...]] = (Stream(name="files"),)
    is_inside: ClassVar[bool] = True

    folder: Path
    pattern: str
    quiet: timedelta
    clock: Clock

    @classmethod
    def made(cls, making: Making) -> Self:
        """Make one. Raises: PlaceNeeds; PlaceBarred."""
        folder = inside(making, text(making, "folder"))
        if folder.is_relative_to(making.home.resolve()):  # one outside is somebody else's to make
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(
            folder=folder,
            pattern=making.options.get("pattern", "").strip() or "*",
            quiet=timedelta(seconds=count(making, "quiet_seconds", most=86_400)),
            clock=RealClock(),  # file systems know no other
        )

    def look(self) -> Look:
        """Say which files wait. Raises: PlaceNotThere."""
        if not self.folder.is_dir():
            raise PlaceNotThere(folder=str(self.folder))
        waiting = self._waiting()
        return Look(says=f"{len(waiting)} files wait", items=tuple(one.name for one in waiting[:SHOWN]))

    def fetch(self, stream: str, since: str) -> Iterator[Batch]:
        """Take the files that no longer grow; those first that a run had begun which was stopped. Order: by name."""
        del stream, since  # what was taken is no longer there
        if not self.folder.is_dir():
            raise PlaceNotThere(folder=str(self.folder))
        taking = self.folder / TAKING
        found = self._left(taking) + self._waiting()
        whole = len(found)
        for number, path in enumerate(found, 1):
            taken = path if path.parent == taking else self._take(path, taking)
            if taken is None:
                continue
            before = _stamp(taken)

            def settled(fate: Fate, taken: Path = taken, before: tuple[int, int] = before) -> None:
                self._settle(taken, fate, before)

            yield Batch(path=taken, name=taken.name, settled=settled, is_ours=False, done=number, whole=whole)

    def peek(self, stream: str) -> Iterator[Batch]:
        """Show the files that wait, where they lie."""
        del stream
        for path in self._waiting() if self.folder.is_dir() else []:
            yield Batch(path=path, name=path.name, is_ours=False)

    def _waiting(self) -> list[Path]:
        horizon = (self.clock.now() - self.quiet).timestamp()
        found = []
        for one in sorted(self.folder.iterdir()):
            if one.is_symlink() or not one.is_file() or one.name.startswith(".") or not fnmatch(one.name, self.pattern):
                continue
            with suppress(FileNotFoundError):  # somebody took it away again
                if one.stat().st_mtime <= horizon:
                    found.append(one)
        return found

    @staticmethod
    def _left(taking: Path) -> list[Path]:
        return sorted(one for one in taking.iterdir() if one.is_file()) if taking.is_dir() else []

    @staticmethod
    def _take(path: Path, taking: Path) -> Path | None:
        """Put a file aside, so that another of the same name may come while it is read."""
        taking.mkdir(exist_ok=True)
        aside = _free(taking / path.name)
        try:
            path.rename(aside)
        except FileNotFoundError:
            return None
        return aside

    def _settle(self, taken: Path, fate: Fate, before: tuple[int, int]) -> None:
        """Move a file to where it belongs, unless it was written to while it was read: then it comes again, whole."""
        if _stamp(taken) != before:
            taken.rename(_free(self.folder / taken.name))
            return
        shelf = self.folder / (REFUSED if fate.problem else DONE)
        shelf.mkdir(exist_ok=True)
        kept = _free(shelf / taken.name)
        taken.rename(kept)
        kept.with_name(f"{kept.name}.report.txt").write_text(_report(kept.name, fate), encoding="utf-8")


def _report(name: str, fate: Fate) -> str:
    if fate.problem:
        return f"{name} could not be read.\n{fate.problem}\nMend it and put it into the folder again.\n"
    counts = f"{fate.stored} stored, {fate.duplicates} known already, {fate.refused} refused, {fate.skipped} left out"
    more = "The page Sources lists the refused rows, each with its reason.\n" if fate.refused else ""
    return f"{name}\n{fate.read} rows read: {counts}.\n{more}"


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _free(path: Path) -> Path:
    """Give a path that is not taken yet, by a number before the ending."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free
