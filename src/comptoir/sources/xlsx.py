"""Spreadsheets: a sheet of a workbook, each cell as the text that a CSV file would have of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from comptoir.sources import packs
from comptoir.sources.base import SHEET_ROWS, FileUnreadable, Layout, Sheet

MOST_BYTES = 1 << 30
"""Bytes that a workbook may unpack to: it is read whole."""
_OLD = b"\xd0\xcf\x11\xe0"
"""What an .xls of before 2007 begins with."""


class Workbook:
    """A sheet of a workbook: .xlsx, .xlsb, .xls or .ods."""

    def suits(self, head: bytes) -> bool:
        """Say whether the file bears a workbook's mark; zips of other files are unpacked before anybody is asked."""
        return head.startswith((packs.ZIP_MAGIC, _OLD))

    def sheets(self, path: Path, layout: Layout) -> Iterator[Sheet]:
        """
        Read the sheet that the layout names, else the first that is not empty; a row's line is its number.

        No formula is worked out and no entity expanded: what was last shown is what is read. Raises: FileUnreadable.
        """
        rows = _rows(path, layout.sheet)
        start = next((place for place, row in enumerate(rows) if any(cell not in {"", None} for cell in row)), None)
        if start is None:
            raise FileUnreadable(file=path.name, why="its sheet is empty")
        names = layout.columns or _names(rows[start])
        first = start if layout.columns else start + 1
        size = path.stat().st_size
        for place in range(first, max(first + 1, len(rows)), SHEET_ROWS):
            yield _sheet(names, rows, place, size)


def _rows(path: Path, wanted: str | None) -> list[list[object]]:
    if packs.is_packed(path):
        packs.check_size(path, MOST_BYTES)
    try:
        with CalamineWorkbook.from_path(path) as book:
            if wanted is not None and wanted not in book.sheet_names:
                raise FileUnreadable(file=path.name, why=f"it has no sheet {wanted!r}", sheets=book.sheet_names)
            for name in (wanted,) if wanted is not None else book.sheet_names:
                rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                if rows or wanted is not None:
                    return rows
    except (CalamineError, OSError, ValueError) as error:
        raise FileUnreadable(file=path.name, why=f"it is no workbook that can be read: {error}") from error
    return []


def _names(row: Sequence[object]) -> tuple[str, ...]:
    """Name the columns as the first row does; those without a name at its end are no columns."""
    names = [(_text(cell) or "").strip() for cell in row]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _sheet(names: Sequence[str], rows: list[list[object]], start: int, size: int) -> Sheet:
    places = [
        place for place in range(start, min(start + SHEET_ROWS, len(rows)))
        if any(cell not in {"", None} for cell in rows[place])
    ]  # fmt: skip
    columns = {
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
        return f"{Decimal(repr(cell)):f}".removesuffix(".0")
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds") if cell.time() != time() else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
