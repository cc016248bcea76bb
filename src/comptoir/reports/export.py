"""Answers leave as JSON, CSV or Arrow: exact numbers, UTC instants, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec
import pyarrow as pa

FORMATS = ("json", "csv", "arrow")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet may run; the last four are the full-width twins of the first four."""
_INNER = re.compile("([;\t\r\n][\"' ]*)(?=[" + re.escape("".join(_FORMULA)) + "])")
"""Where a cell would be cut by a spreadsheet that parts at semicolons, as French ones do, and a formula follow."""
_BATCH = 2_000
_json = msgspec.json.Encoder(decimal_format="number")


def as_json(table: pa.Table) -> Iterator[bytes]:
    """
    Write a table as one JSON list of objects, a row a line.

    Decimals are JSON numbers with all their digits, instants ISO 8601 with Z, NaN and infinities null, bytes base64,
    intervals ISO 8601 durations; a JSON column is text.
    """
    lead = b"[\n"
    for row in _rows(table):
        yield lead + _json.encode(row)
        lead = b",\n"
    yield b"[]\n" if lead == b"[\n" else b"\n]\n"


def as_csv(table: pa.Table) -> Iterator[bytes]:
    """
    Write a table as CSV (RFC 4180, UTF-8, a line a row, NULL empty).

    A text cell that a spreadsheet would take for a formula gets a leading apostrophe, and so does the part of one that
    it would cut off at a semicolon; numbers stay as they are.

    Source: OWASP ASVS 5.0, 1.2.10.
    """
    yield _csv_line(_cell(name) for name in table.column_names)
    for row in _rows(table):
        yield _csv_line(map(_cell, row.values()))


def as_arrow(table: pa.Table) -> Iterator[bytes]:
    """Write a table as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    yield sink.getvalue().to_pybytes()


def render(table: pa.Table, form: str) -> Iterator[bytes]:
    """Write a table in one of `FORMATS`."""
    return {"json": as_json, "csv": as_csv, "arrow": as_arrow}[form](table)


def _rows(table: pa.Table) -> Iterator[dict[str, object]]:
    for batch in _zoned(table).to_batches(max_chunksize=_BATCH):
        needs_care = [field.name for field in batch.schema if not _is_plain(field.type)]
        for row in batch.to_pylist():
            for name in needs_care:
                row[name] = _plain(row[name])
            yield row


def _zoned(table: pa.Table) -> pa.Table:
    """Say that timestamps without a zone are UTC, as all of ours are, and drop what is finer than a microsecond."""
    fields = [
        field.with_type(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields), safe=False)


def _is_plain(kind: pa.DataType) -> bool:
    """Tell whether msgspec writes every value of this type as we promise."""
    types = pa.types
    return bool(
        types.is_integer(kind)
        or types.is_string(kind)
        or types.is_boolean(kind)
        or types.is_decimal(kind)
        or types.is_timestamp(kind)
        or types.is_date(kind)
    )


def _plain(value: object) -> object:
    """Turn what JSON has no word for into text, however deep it lies."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value
        case pa.MonthDayNano() | timedelta():
            return _duration(value)
        case dict():
            return {str(_plain(key)): _plain(part) for key, part in value.items()}
        case list():
            return [_plain(part) for part in value]
        case tuple():
            return [_plain(part) for part in value]
        case None | str() | int() | Decimal() | date() | time() | bytes():
            return value
    return str(value)


def _duration(value: pa.MonthDayNano | timedelta) -> str:
    months, days, nanoseconds = (
        (0, value.days, (value.seconds * 10**6 + value.microseconds) * 1000) if isinstance(value, timedelta) else value
    )
    seconds = (Decimal(nanoseconds) / 10**9).normalize()
    return f"P{months}M{days}DT{seconds:f}S"


def _csv_line(cells: Iterator[object]) -> bytes:
    line = io.StringIO()
    # told that lines end in both, the writer quotes cells that hold either
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n").encode() + b"\n"


def _cell(value: object) -> object:
    match value:
        case str():
            safe = _INNER.sub(r"\1'", value)
            return "'" + safe if safe.startswith(_FORMULA) else safe
        case bool():
            return "true" if value else "false"
        case datetime():
            return msgspec.to_builtins(value)
        case Decimal():
            return f"{value:f}"
        case list() | dict() | bytes():
            return _cell(_json.encode(value).decode().strip('"'))
    return value
