"""Rows that were fetched, written down as JSON lines with every column on each: a source of files reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from comptoir.sources.pulls.base import Batch

Row = dict[str, object]
_encoder = msgspec.json.Encoder(decimal_format="string")


def write(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> Path:
    """Write rows down; a column that a row lacks is empty."""
    with path.open("wb") as file:
        for row in rows:
            file.write(_encoder.encode({name: _text(row.get(name)) for name in columns}) + b"\n")
    return path


def batches(
    work: Path, name: str, columns: Sequence[str], pages: Iterable[tuple[Sequence[Row], str]]
) -> Iterator[Batch]:
    """Make a batch of every page of rows, with the cursor after it; a page without rows moves the cursor on."""
    done = 0
    for number, (rows, cursor) in enumerate(pages):
        path = write(work / f"{name}-{number}.jsonl", columns, rows)
        done += len(rows)
        yield Batch(path=path, name=name, cursor=cursor, done=done)


def _text(value: object) -> str | None:
    """Write a value as text; dates as ISO 8601, what has parts as JSON, what is no text as nothing."""
    match value:
        case bool():
            said = "true" if value else "false"
        case date():
            said = value.isoformat()  # an instant is a date too
        case Decimal():
            said = format(value, "f")
        case dict() | list() | tuple():
            said = _encoder.encode(value).decode()
        case None | bytes() | bytearray() | memoryview():
            return None
        case _:
            said = str(value)
    return said
