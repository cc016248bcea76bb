"""Files of a home that may tell of somebody who is erased, beside the stores: imported files, dry runs, kept mails."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from comptoir.config import Settings
from comptoir.erasing.sought import Sought

KEPT_ELSEWHERE = frozenset({"backups", "audience", "master.key"})
"""What no erasure changes: backups are copies (their tombstones are applied when one is restored), and the audience
lane knows nobody."""
HALF_WRITTEN = ("archive/day=*/*.part", "inbox/*.part", "warehouse.duckdb.tmp", "erasing", "rebuild")
"""What only a process that is alone in the home writes, and gives another name, or deletes, once it is whole."""
HALF_SENT = "imports/.*.part"
"""Files that the desk is taking in: they grow while their sender lives."""
_GIVEN_UP_SECONDS = 3_600.0
_AT_ONCE = 1 << 22


def sweep(home: Path, now: float) -> list[str]:
    """
    Delete what processes that were killed left half written; give their places in the home. Order: by name.

    A stretch of the archive that is written again may get another name, so that nobody would ever look into the first.
    The caller is alone in the home and has no store open; `now` is the system's time in seconds, as files have it.
    """
    left = [file for pattern in HALF_WRITTEN for file in home.glob(pattern)]
    left += [file for file in home.glob(HALF_SENT) if now - file.stat().st_mtime > _GIVEN_UP_SECONDS]
    for one in left:
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        else:
            _overwrite(one)
    return sorted(str(one.relative_to(home)) for one in left)


def forget(settings: Settings, sought: Sought) -> list[str]:
    """Delete imported files and mails that tell of her, and every dry run; give what went, by its place in the home."""
    gone: list[str] = []
    runs = settings.path("rehearsals")
    if runs.exists():
        gone += [f"rehearsals/{one.name}" for one in sorted(runs.iterdir())]
        shutil.rmtree(runs)
    for folder in ("imports", "pulls", "inbox"):
        for file in _files(settings.path(folder)):
            if file.name != "index.jsonl" and tells(file, sought):
                _overwrite(file)
                gone.append(str(file.relative_to(settings.home)))
    _forget_mails(settings.path("inbox"), sought)
    return gone


def search(settings: Settings, sought: Sought) -> list[str]:
    """Look for her in every byte of the home, backups apart; give the files in which she still is. Order: by name."""
    found = []
    for file in _files(settings.home):
        place = file.relative_to(settings.home)
        if place.parts[0] not in KEPT_ELSEWHERE and tells(file, sought):
            found.append(str(place))
    return found


def tells(file: Path, sought: Sought) -> bool:
    """Say whether an address or the full name of somebody stands in a file, packed ones unpacked."""
    return any(_in(part, sought) for part in _parts(file))


def _in(text: bytes, sought: Sought) -> bool:
    lowered = text.lower()
    return sought.tells_contact(text) or any(name.lower().encode() in lowered for name in sought.names)


def _parts(file: Path) -> Iterator[bytes]:
    """Give a file in pieces that overlap, so that nothing is cut in two."""
    try:
        if file.suffix == ".parquet":
            yield from _columns(file)
        elif zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                for name in packed.namelist():
                    yield packed.read(name)
        else:
            yield from _pieces(file)
    except (OSError, pa.ArrowException, zipfile.BadZipFile):
        yield from _pieces(file)


def _pieces(file: Path) -> Iterator[bytes]:
    overlap = b""
    try:
        with file.open("rb") as opened:
            while piece := opened.read(_AT_ONCE):
                yield overlap + piece
                overlap = piece[-1024:]
    except FileNotFoundError:  # it went while we looked
        return


def _columns(file: Path) -> Iterator[bytes]:
    with pq.ParquetFile(file) as opened:
        for batch in opened.iter_batches(batch_size=10_000):
            yield msgspec.json.encode(batch.to_pylist(), enc_hook=_plain)


def _plain(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()) if folder.exists() else []


def _overwrite(file: Path) -> None:
    """Delete a file whose bytes are gone too."""
    with file.open("r+b") as opened:
        size = opened.seek(0, os.SEEK_END)
        opened.seek(0)
        while size > 0:
            opened.write(bytes(min(size, _AT_ONCE)))
            size -= _AT_ONCE
        opened.flush()
        os.fsync(opened.fileno())
    file.unlink()


def _forget_mails(inbox: Path, sought: Sought) -> None:
    """Take the mails to her out of the inbox of trials' index."""
    index = inbox / "index.jsonl"
    if not index.exists():
        return
    lines = index.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not _in(line, sought)]
    if len(kept) < len(lines):
        beside = index.with_suffix(".part")
        beside.write_bytes(b"".join(kept))
        beside.replace(index)
