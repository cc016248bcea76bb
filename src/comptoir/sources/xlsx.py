"""Spreadsheets: a sheet of a workbook, each cell as the text that a CSV file would have of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from comptoir.sources import headers, packs
from comptoir.sources.base import SHEET_ROWS, FileUnreadable, Layout, Sheet
from comptoir.sources.headers import Span
from comptoir.sources.parquet import DUST

MOST_BYTES = 1 << 30
"""Bytes that a workbook may unpack to: it is read whole."""
MOST_CELLS = 100_000_000
_REFERENCE = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{0,4})([0-9]{1,9})""")
_LONGEST_REFERENCE = 40
_OLD = b"\xd0\xcf\x11\xe0"
"""What an .xls of before 2007 begins with."""


class Workbook:
    """A sheet of a workbook: .xlsx or .xls."""

    def suits(self, head: bytes) -> bool:
        """Say whether the file bears a workbook's mark; zips of other files are unpacked before anybody is asked."""
        return head.startswith((packs.ZIP_MAGIC, _OLD))

    def sheets(self, path: Path, layout: Layout) -> Iterator[Sheet]:
        """
        Read the sheet that the layout names, else the first that is not empty; a row's line is its number.

        No formula is worked out and no entity expanded: what was last shown is what is read. Raises: FileUnreadable.
        """
        rows, merged = _rows(path, layout.sheet)
        start = next((place for place, row in enumerate(rows) if any(cell not in {"", None} for cell in row)), None)
        if start is None:
            raise FileUnreadable(file=path.name, why="its sheet is empty")
        names, first = (layout.columns, start) if layout.columns else _header(rows, start, layout.header, merged)
        size = path.stat().st_size
        for place in range(first, max(first + 1, len(rows)), SHEET_ROWS):
            yield _sheet(names, rows, place, size)


class _Corners:
    """Looks how far the cells of a sheet lie apart: it would be laid out in memory up to the farthest of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name, self._tail, self._rows, self._columns = "", b"", 0, 0

    def __call__(self, name: str, block: bytes) -> None:
        """Look at a block. Raises: FileUnreadable."""
        if not name.startswith("xl/worksheets/"):
            return
        if name != self._name:
            self._name, self._tail, self._rows, self._columns = name, b"", 0, 0
        text = self._tail + block
        for letters, digits in _REFERENCE.findall(text):
            self._rows = max(self._rows, int(digits))
            self._columns = max(self._columns, _column(letters))
        self._tail = text[-_LONGEST_REFERENCE:]
        if self._rows * max(1, self._columns) > MOST_CELLS:
            raise FileUnreadable(
                file=self._path.name, why="its cells lie too far apart: delete the empty rows and columns"
            )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _rows(path: Path, wanted: str | None) -> tuple[list[list[object]], list[Span]]:
    if packs.is_packed(path):
        packs.check_size(path, MOST_BYTES, _Corners(path))
    try:
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
            if wanted is not None and wanted not in book.sheet_names:
                raise FileUnreadable(file=path.name, why=f"it has no sheet {wanted!r}", sheets=book.sheet_names)
            for name in (wanted,) if wanted is not None else book.sheet_names:
                sheet = book.get_sheet_by_name(name)
                rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
                if rows or wanted is not None:
                    return rows, list(sheet.merged_cell_ranges or ())
    except (CalamineError, OSError, ValueError) as error:
        raise FileUnreadable(file=path.name, why=f"it is no workbook that can be read: {error}") from error
    return [], []


def _header(
    rows: list[list[object]], start: int, said: int | None, merged: Sequence[Span]
) -> tuple[tuple[str, ...], int]:
    """Name the columns, and say where the rows begin; columns without a name at the end are none."""
    looked_at = [_words(row) for row in rows[start : start + headers.LOOKED_AT]]
    at = min(said - 1, len(rows) - 1) if said is not None else start + headers.header_row(looked_at)
    below = _words(rows[at + 1]) if at + 1 < len(rows) else []
    single = _words(rows[at])
    names = headers.names_of(single, below, merged, at)
    is_double = names != single
    while names and not names[-1]:
        names.pop()
    return headers.unlike(names), at + 2 if is_double else at + 1


def _words(row: Sequence[object]) -> list[str]:
    return [(_text(cell) or "").strip() for cell in row]


def _sheet(names: Sequence[str], rows: list[list[object]], start: int, size: int) -> Sheet:
    places = [
        place for place in range(start, min(start + SHEET_ROWS, len(rows)))
        if any(cell not in {"", None} for cell in rows[place])
    ]  # fmt: skip
    columns: dict[str, Sequence[str | None]] = {
        name: [_text(rows[place][column]) if column < len(rows[place]) else None for place in places]
        for column, name in enumerate(names)
    }
    return Sheet(
        columns=columns,
        lines=[place + 1 for place in places],
        raw=_raw(rows, places),
        position=size * min(start + SHEET_ROWS, len(rows)) // max(1, len(rows)),
    )


def _raw(rows: list[list[object]], places: list[int]) -> Callable[[int], bytes]:
    def raw(place: int) -> bytes:
        return msgspec.json.encode([_text(cell) for cell in rows[places[place]]])

    return raw


def _text(cell: object) -> str | None:
    """Write a cell: numbers without an exponent, days and instants in ISO 8601."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        plain = round(cell, 6)
        return f"{Decimal(repr(plain if abs(cell - plain) < DUST else cell)):f}".removesuffix(".0")
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds") if cell.time() != time() else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
