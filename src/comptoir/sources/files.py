"""Files: opened whether gzipped or not, and handed to the source that can read them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from comptoir import plugins
from comptoir.sources import packs
from comptoir.sources.base import FileUnreadable, Layout, Sheet, Source

GZIP_MAGIC = b"\x1f\x8b"
HEAD_BYTES = 4_096
LAST_RESORT = "csv"
"""Any text can be read as columns, so this source is asked last."""


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Lend a file's bytes, decompressed, and beside them the file itself, whose position tells progress."""
    with path.open("rb") as file:
        packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        file.seek(0)
        if not packed:
            yield file, file
            return
        with gzip.open(file, "rb") as stream:
            yield cast("BinaryIO", packs.limited(cast("BinaryIO", stream), path)), file


def head(path: Path) -> bytes:
    """Give the first bytes of a file, decompressed. Raises: FileUnreadable."""
    try:
        with unpacked(path) as (stream, _):
            return stream.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise FileUnreadable(file=str(path), why=str(error)) from error


def source_for(path: Path, layout: Layout) -> Source:
    """Find the source that reads a file: the one its layout names, or else the first that recognises it."""
    if layout.format is not None:
        return cast("Source", plugins.load(plugins.Kind.SOURCE, layout.format)())
    start = head(path)
    names = [point.name for point in plugins.offered(plugins.Kind.SOURCE)]
    for name in sorted(names, key=lambda name: (name == LAST_RESORT, name)):
        source = cast("Source", plugins.load(plugins.Kind.SOURCE, name)())
        if source.suits(start):
            return source
    raise FileUnreadable(file=str(path), why="no source recognises it", tried=names)


def sheets(path: Path, layout: Layout) -> Generator[Sheet]:
    """Read a file, or all that lies in a folder or a zip, whatever its kind. Raises: FileUnreadable."""
    for part in packs.parts(path):
        yield from part_sheets(part, layout)


def part_sheets(path: Path, layout: Layout) -> Generator[Sheet]:
    """Read one file that is no pack. Raises: FileUnreadable."""
    try:
        yield from source_for(path, layout).sheets(path, layout)
    except (OSError, EOFError, zlib.error, UnicodeError) as error:
        raise FileUnreadable(file=str(path), why=str(error)) from error
