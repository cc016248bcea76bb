"""Parquet: typed columns, each value written as exact text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from comptoir.sources.base import SHEET_ROWS, FileUnreadable, Layout, Sheet, Texts

_MAGIC = b"PAR1"
DUST = 1e-9
"""What sums of binary fractions leave behind: 0.1 + 0.2 is 0.3 to everybody but the machine."""


class Parquet:
    """Columns of Apache Parquet."""

    def suits(self, head: bytes) -> bool:
        """Say whether the file bears Parquet's mark."""
        return head.startswith(_MAGIC)

    def sheets(self, path: Path, layout: Layout) -> Iterator[Sheet]:  # noqa: ARG002 (Parquet says itself how it is written)
        """Read a Parquet file; a row's line is its number, from 1. Raises: FileUnreadable."""
        size = path.stat().st_size
        done = 0
        try:
            file = pq.ParquetFile(path)
            total = file.metadata.num_rows or 1
            for batch in file.iter_batches(SHEET_ROWS):
                table = pa.Table.from_batches([batch]).flatten()
                columns: dict[str, Texts] = {name: _texts(table.column(name)) for name in table.column_names}
                first, done = done + 1, done + table.num_rows
                yield Sheet(
                    columns=columns,
                    lines=range(first, done + 1),
                    raw=_raw(columns),
                    position=size * done // total,
                )
        except pa.ArrowException as error:
            raise FileUnreadable(file=str(path), why=str(error)) from error


def _raw(columns: dict[str, Texts]) -> Any:
    def raw(place: int) -> bytes:
        return msgspec.json.encode({name: values[place] for name, values in columns.items()})

    return raw


def _texts(column: Any) -> list[str | None]:
    kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return [None if value is None else msgspec.json.encode(value).decode() for value in column.to_pylist()]
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = pc.cast(column, pa.timestamp("us", kind.tz), safe=False)  # nobody's purchase needs nanoseconds
    if pa.types.is_floating(kind):
        plain = pc.round(column, 6)
        column = pc.if_else(pc.less(pc.abs(pc.subtract(column, plain)), DUST), plain, column)
    texts: list[str | None] = pc.cast(column, pa.string()).to_pylist()
    return texts
