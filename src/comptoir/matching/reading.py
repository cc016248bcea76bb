"""Files of people, and files that say who is who: CSV, JSON lines or Parquet, all values as text."""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from comptoir.errors import ComptoirError


class PeopleNotRead(ComptoirError, ValueError):
    """The file of people cannot be read."""

    code, status = "people_not_read", 422
    hint = "Give a CSV with a header, JSON lines (.jsonl) or Parquet (.parquet)."


class NoSuchColumn(ComptoirError, LookupError):
    """The file has no such column."""

    code, status = "no_such_column", 422
    hint = "Name one of its columns, as its first line writes it."


class IdNotUnique(ComptoirError, ValueError):
    """Two rows of one file have the same id, or one has none."""

    code, status = "id_not_unique", 422
    hint = "Name with --id a column that differs in every row."


_READERS: Mapping[str, Callable[[duckdb.DuckDBPyConnection, str], duckdb.DuckDBPyRelation]] = {
    ".parquet": lambda database, path: database.read_parquet(path),
    ".jsonl": lambda database, path: database.read_json(path, format="newline_delimited"),
    ".ndjson": lambda database, path: database.read_json(path, format="newline_delimited"),
}


def read(path: Path) -> pa.Table:
    """Read a file, its column names without the spaces around them. Raises: PeopleNotRead."""
    with duckdb.connect() as database, _in_utf8(path) as text:
        database.execute("SET enable_progress_bar = false")
        try:
            reader = _READERS.get(path.suffix.lower(), _csv)
            table = reader(database, str(text)).to_arrow_table()
        except duckdb.Error as error:
            raise PeopleNotRead(file=str(path), reason=str(error).splitlines()[0]) from error
    named = table.rename_columns([name.strip() for name in table.column_names])
    return pa.table({name: named[name].cast(pa.string()) for name in named.column_names if _is_text(named[name])})


def read_people(path: Path, id_column: str) -> pa.Table:
    """Read a file whose rows have an id of their own. Raises: PeopleNotRead; NoSuchColumn; IdNotUnique."""
    table = read(path)
    ids = require(table, id_column, path)
    counted = pa.compute.value_counts(ids)
    repeated = [one["values"] for one in counted.to_pylist() if one["counts"] > 1 or one["values"] is None]
    if repeated:
        raise IdNotUnique(file=str(path), column=id_column, value=repeated[0])
    return table


def require(table: pa.Table, column: str, path: Path) -> pa.ChunkedArray:
    """Give a column. Raises: NoSuchColumn."""
    if column not in table.column_names:
        raise NoSuchColumn(file=str(path), column=column, columns=", ".join(table.column_names[:30]))
    return table[column]


def _csv(database: duckdb.DuckDBPyConnection, path: str) -> duckdb.DuckDBPyRelation:
    return database.read_csv(path, all_varchar=True)


@contextmanager
def _in_utf8(path: Path) -> Iterator[Path]:
    """Lend a file in UTF-8: itself, or a copy where an older program of the West wrote it."""
    if path.suffix.lower() == ".parquet" or _is_utf8(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        with path.open(encoding="cp1252", errors="replace") as file, copy.open("w", encoding="utf-8") as written:
            shutil.copyfileobj(file, written)
        yield copy


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            deque(file, maxlen=0)
    except UnicodeDecodeError:
        return False
    return True


def _is_text(column: pa.ChunkedArray) -> bool:
    """Say whether a column can be written as text: lists, structures and bytes say nothing that is compared."""
    return not (
        pa.types.is_nested(column.type) or pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)
    )
