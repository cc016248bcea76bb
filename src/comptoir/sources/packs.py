"""Packs: a folder or a zip is the files that lie in it, and nothing that unpacks to more than a limit is unpacked."""

from __future__ import annotations

import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from comptoir.sources.base import FileUnreadable

ZIP_MAGIC = b"PK\x03\x04"
MOST_BYTES = 8 << 30
"""Bytes that a pack may unpack to: years of a large shop's orders, and no disk is filled by a bomb."""
MOST_RATIO = 200
"""How many times larger a pack may become once it is larger than `SMALL`: text packs ten times, a bomb a thousand."""
SMALL = 64 << 20
MOST_FILES = 10_000
_BLOCK = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What zipfile raises of a zip that is damaged, packed in a way it does not know, or locked by a password."""
_WORKBOOK = "xl/workbook.xml"
_OTHER_WORKBOOKS = frozenset({"xl/workbook.bin", "content.xml"})
_HIDDEN = ("__MACOSX/", ".", "~$")
_DOCUMENT = re.compile(
    r"(?:readme|read_me|lisez[-_ ]?moi|licen[cs]e|copying)(?:\..*)?"
    r"|.*\.(?:pdf|md|html?|docx?|odt|rtf|png|jpe?g|gif|svg)",
    re.IGNORECASE,
)
"""Names of what lies beside rows in a pack and holds none; a file that is named by itself is read whatever its name."""


def parts(path: Path) -> Generator[Path]:
    """
    Give the files that a path stands for: itself, what lies in a folder, or what is packed in a zip.

    What a zip holds is unpacked file by file, and gone when the next is asked for.

    Order:  by name.
    Raises: FileUnreadable where a pack is broken, encrypted, or unpacks to more than it may.
    """
    if path.is_dir():
        for one in folder_files(path):
            yield from parts(one)
    elif is_zip(path):
        yield from _unzipped(path)
    else:
        yield path


def folder_files(folder: Path) -> list[Path]:
    """
    List the files of a folder and of those in it; hidden ones and links are none.

    Order:  by path.
    Raises: FileUnreadable where there is none, or too many.
    """
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        found += [Path(place, one) for one in names if not _is_aside(one) and not Path(place, one).is_symlink()]
        if len(found) > MOST_FILES:
            raise FileUnreadable(file=str(folder), why=f"it holds more than {MOST_FILES:,} files")
    if not found:
        raise FileUnreadable(file=str(folder), why="there is no file in it")
    return sorted(found)


def _is_aside(name: str) -> bool:
    return name.startswith(_HIDDEN) or _DOCUMENT.fullmatch(name) is not None


def size(path: Path) -> int:
    """Give the bytes of a file, or of all files of a folder."""
    return sum(one.stat().st_size for one in folder_files(path)) if path.is_dir() else path.stat().st_size


def is_packed(path: Path) -> bool:
    """Say whether a file is a zip of any kind."""
    with path.open("rb") as file:
        return file.read(len(ZIP_MAGIC)) == ZIP_MAGIC


def is_zip(path: Path) -> bool:
    """Say whether a file is a zip of files: a spreadsheet is a zip too, but one file to us."""
    if not is_packed(path):
        return False
    try:
        with zipfile.ZipFile(path) as pack:
            names = pack.namelist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise FileUnreadable(file=str(path), why=f"the zip is broken: {error}") from error
    if _OTHER_WORKBOOKS.intersection(names):
        raise FileUnreadable(file=path.name, why="of spreadsheets, .xlsx and .xls are read: save it as .xlsx")
    return _WORKBOOK not in names


def check_size(path: Path, most: int, look: Callable[[str, bytes], None] = lambda _name, _block: None) -> None:
    """
    See what a zip really unpacks to, whatever it says; `look` is shown each file's bytes, block by block.

    Raises: FileUnreadable; what `look` raises.
    """
    try:
        with zipfile.ZipFile(path) as pack:
            left = _allowed(path, most)
            for one in _members(pack, path):
                with pack.open(one) as file:
                    left -= _copied(file, partial(look, one.filename), left, path)
    except (*_BROKEN, OSError, ValueError) as error:
        raise FileUnreadable(file=str(path), why=f"the zip is broken: {error}") from error


def limited(stream: IO[bytes], path: Path) -> IO[bytes]:
    """Lend a stream of unpacked bytes that ends with an error where a bomb begins."""
    return _Limited(stream, path)  # type: ignore[return-value]  # it reads, which is all that is asked of it


class _Limited:
    """Reads unpacked bytes and counts them."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self._stream, self._path = stream, path
        self._left = _allowed(path, MOST_BYTES)
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        return self._counted(self._stream.read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._counted(self._stream.read(size if size > 0 else _BLOCK))

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self._stream.readline(size))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        """Do nothing: nothing is written."""

    def close(self) -> None:
        self.closed = True

    def _counted(self, block: bytes) -> bytes:
        self._left -= len(block)
        if self._left < 0:
            raise _too_large(self._path)
        return block


def _allowed(path: Path, most: int) -> int:
    return min(most, max(SMALL, path.stat().st_size * MOST_RATIO))


def _too_large(path: Path) -> FileUnreadable:
    return FileUnreadable(
        file=path.name, why="it unpacks to more than files of rows do: unpack it yourself if you trust it"
    )


def _members(pack: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    found = [one for one in pack.infolist() if not one.is_dir() and not stat.S_ISLNK(one.external_attr >> 16)]
    if len(found) > MOST_FILES:
        raise FileUnreadable(file=path.name, why=f"it holds more than {MOST_FILES:,} files")
    return sorted(found, key=lambda one: one.filename)


def _unzipped(path: Path) -> Iterator[Path]:
    try:
        with zipfile.ZipFile(path) as pack, tempfile.TemporaryDirectory(prefix="comptoir-") as folder:
            left, found = _allowed(path, MOST_BYTES), 0
            for one in _members(pack, path):
                last = PurePosixPath(one.filename).name
                if not last or _is_aside(last) or one.filename.startswith(_HIDDEN[0]):
                    continue
                found += 1
                target = Path(folder, f"{found}-{last[-100:]}")
                with pack.open(one) as file, target.open("wb") as kept:
                    left -= _copied(file, kept.write, left, path)
                if is_zip(target):
                    raise FileUnreadable(file=path.name, why=f"{last} is a zip in a zip: unpack it first")
                yield target
                target.unlink()
    except _BROKEN as error:
        raise FileUnreadable(file=str(path), why=f"the zip is broken: {error}") from error
    if not found:
        raise FileUnreadable(file=path.name, why="there is no file in it")


def _copied(file: IO[bytes], target: Callable[[bytes], object], left: int, path: Path) -> int:
    """Hand on no more bytes than are left; give how many."""
    count = 0
    while block := file.read(_BLOCK):
        count += len(block)
        if count > left:
            raise _too_large(path)
        target(block)
    return count
