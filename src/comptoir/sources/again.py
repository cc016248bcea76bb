"""Refused rows of an import read again: as they came or as they were mended, by the mapping their import has now."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from comptoir.model.event import Line, decode
from comptoir.sources import csvfile, files, mapping, packs
from comptoir.sources.base import Layout
from comptoir.sources.intake import shape_file
from comptoir.sources.rows import import_columns, imports
from comptoir.sources.shape import DIALECT, Run

CSV = "csv"
ROWS = "jsonl"
"""Rows of what is no text in columns are kept as JSON, each with the names of its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the rows of one import were written, and what they mean."""

    import_id: str
    mapping: str
    """YAML, as the import has it now: mended since, if its page changed it."""
    form: str
    """csv or jsonl."""
    columns: tuple[str, ...]
    delimiter: str
    encoding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One refused row: its number in its file, and its text, as it came or mended."""

    key: str
    number: int | None
    text: bytes


def is_row(dialect: str, import_id: str | None) -> bool:
    """Say whether a refused line is a row of an import that never became an event."""
    return dialect == DIALECT and import_id is not None


def remember(connection: Connection, import_id: str, path: Path, layout: Layout) -> None:
    """
    Keep how the rows of an import are written, so that one that is refused can be read again without its file.

    The files of a folder or a zip are taken to be written like the first of them.
    """
    with closing(packs.parts(path)) as parts:
        row = _writing(next(parts), layout)
    connection.execute(insert(import_columns).values({**row, "import_id": import_id}).on_conflict_do_nothing())


def _writing(path: Path, layout: Layout) -> dict[str, str]:
    first = next(iter(files.part_sheets(path, layout)), None)
    form = CSV if isinstance(files.source_for(path, layout), csvfile.Csv) else ROWS
    encoding = (layout.encoding or csvfile.encoding_of(path)) if form == CSV else "utf-8"
    return {
        "form": form,
        "columns": msgspec.json.encode(list(first.columns) if first else []).decode(),
        "delimiter": csvfile.opening_of(path, layout, encoding).delimiter if form == CSV else ",",
        "encoding": encoding.removesuffix("-sig"),
    }


def find(connection: Connection, import_id: str) -> Shape | None:
    """Give how the rows of an import were written; None where it is not known any more."""
    joined = import_columns.join(imports, imports.c.import_id == import_columns.c.import_id)
    asked = select(import_columns, imports.c.mapping).select_from(joined)
    found = connection.execute(asked.where(import_columns.c.import_id == import_id)).mappings().first()
    if found is None or not found["mapping"]:
        return None
    said = dict(found) | {"columns": tuple(msgspec.json.decode(found["columns"]))}
    return Shape(**said)


def lines(shape: Shape, rows: Sequence[Row], run: Run) -> Iterator[tuple[Row, Line]]:
    """
    Read rows again, and give the line of each; one that still does not fit is a refused line with its reason.

    A row that the mapping leaves out gives none. Each keeps its number of its own file. Order: as given.

    Raises: MappingBroken, ColumnMissing where the mapping does not fit the columns any more.
    """
    how = mapping.parse(shape.mapping)
    layout = replace(how.layout, format=shape.form)
    head = b""
    if shape.form == CSV:
        layout = replace(layout, encoding=shape.encoding, delimiter=shape.delimiter, header=1)
        head = b"" if how.layout.columns else written(shape, shape.columns) + b"\n"
    starts: dict[int, Row] = {}
    at = 1 + head.count(b"\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        with path.open("wb") as file:
            file.write(head)
            for row in rows:
                text = row.text.rstrip(b"\r\n") if shape.form == CSV else row.text.replace(b"\n", b" ")
                starts[at] = row
                at += text.count(b"\n") + 1
                file.write(text + b"\n")
        for _, shaped in shape_file(path, replace(how, layout=layout), run):
            for raw in shaped.lines:
                line = decode(raw)
                found = starts.get(line.row or 0)
                if found is not None:
                    yield found, msgspec.structs.replace(line, row=found.number)


def set_columns(shape: Shape, text: bytes, changes: Mapping[str, str]) -> bytes:
    """
    Set columns of a row of text, each to a value that may be written as JSON.

    Raises: ValueError for a row of another width, or a column that the file does not have.
    """
    cells = next(csv.reader([text.decode(shape.encoding)], delimiter=shape.delimiter), [])
    if len(cells) != len(shape.columns):
        raise ValueError(f"{len(cells)} columns where the header has {len(shape.columns)}")
    for column, value in changes.items():
        if column not in shape.columns:
            raise ValueError(f"no column is called {column}")
        cells[shape.columns.index(column)] = _plain(value)
    return written(shape, cells)


def written(shape: Shape, cells: Sequence[str]) -> bytes:
    """Write one row as its file does."""
    out = io.StringIO()
    csv.writer(out, delimiter=shape.delimiter, lineterminator="").writerow(cells)
    return out.getvalue().encode(shape.encoding, "replace")


def _plain(value: str) -> str:
    try:
        said = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value
    return said if isinstance(said, str) else value
