"""What a source of rows promises, the sheet it gives, and what can be wrong with a file or its mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from comptoir.errors import ComptoirError

SHEET_ROWS = 4_096
"""Rows a sheet holds: enough to work in columns, few enough to stay in the processor's cache."""

Texts = Sequence[str | None]


class FileUnreadable(ComptoirError, ValueError):
    """This file cannot be read as rows."""

    code, status = "file_unreadable", 400
    hint = "Comptoir reads CSV, spreadsheets, JSON lines and Parquet, also gzipped, zipped or in a folder."


class ColumnMissing(ComptoirError, LookupError):
    """A column was named that the file does not have."""

    code, status = "column_missing", 400
    hint = "Correct the name, in the mapping or where else it was given; the nearest column of the file is shown."


class MappingBroken(ComptoirError, ValueError):
    """The mapping cannot be understood."""

    code, status = "mapping_broken", 400
    hint = "docs/reference/mapping.md describes every key."


class MappingNeeded(ComptoirError, ValueError):
    """The columns do not say by themselves what they are; a mapping must."""

    proposal: str = ""
    """What a mapping could look like, as YAML: too long for the message."""

    code, status = "mapping_needed", 400
    hint = "Save the proposed mapping, complete it, and pass it with --mapping; see docs/how-to/import-a-file.md."


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is written, where it does not say so itself."""

    format: str | None = None
    """Name of the source to read it with; recognised if None."""
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    """Name of the sheet of a workbook; the first that is not empty if None."""
    columns: tuple[str, ...] = ()
    """Names of the columns, for a file without a header line."""
    header: int | None = None
    """Line of the header, from 1: those above are no rows; recognised if None."""
    fills_short_rows: bool = False
    """Whether a row that ends too early is read with its last columns empty, rather than refused."""
    carry: tuple[str, ...] = ()
    """Columns whose empty cells take what stands above them, as long as `within` says the same."""
    within: str | None = None
    decimal: str = "."
    thousands: str = ""
    empty: frozenset[str] = frozenset({""})
    """Texts that stand for nothing."""


PLAIN = Layout()
"""Whatever a file says itself, or what is usual."""


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A row that could not even be cut into columns."""

    line: int
    detail: str
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """
    A stretch of rows, column by column, all as text.

    Shape: every list of `columns` is as long as `lines`.
    """

    columns: dict[str, Texts]
    lines: Sequence[int]
    """Where each row starts in its file: the first line is 1."""
    raw: Callable[[int], bytes]
    """Gives a row's own bytes, by its place in the sheet."""
    spoiled: Sequence[Spoiled] = ()
    position: int = 0
    """Bytes of the file read so far."""

    def __len__(self) -> int:
        return len(self.lines)


class Source(Protocol):
    """A kind of file that rows come from; found by the entry-point group `comptoir.sources`."""

    def suits(self, head: bytes) -> bool:
        """Say whether a file that starts with these bytes (decompressed) is of this kind."""
        ...

    def sheets(self, path: Path, layout: Layout) -> Iterator[Sheet]:
        """
        Read a file from its beginning.

        Order:  as in the file.
        Raises: FileUnreadable where nothing of it can be read.
        """
        ...
