"""The archive: one row an event for ever (within retention), as Parquet by day, with page checksums."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from comptoir.clock import instant
from comptoir.model.event import decode
from comptoir.model.tick import Tick
from comptoir.spool.base import Spool

SCHEMA = pa.schema([
    ("spool", pa.string()),
    ("offset", pa.int64()),
    ("tick_id", pa.int64()),
    ("version", pa.int32()),
    ("source", pa.string()),
    ("message_id", pa.string()),
    ("received_at", pa.timestamp("us", tz="UTC")),
    ("line", pa.binary()),
])  # fmt: skip
"""One row a line that came in, refused ones included. `line` is the canonical line, byte for byte."""

READ_AT_ONCE = 20_000
REST_LINES = 5_000
_DAY = 86_400_000_000
"""Microseconds."""


class _Head(msgspec.Struct, gc=False):
    """What the archive says of a line in columns of its own; the rest of the line is passed over."""

    v: int
    source: str
    received_at: int
    message_id: str = ""


_HEADS = msgspec.json.Decoder(_Head)


@dataclass(slots=True)
class _Rows:
    """The rows of one day, column by column: ticks go on beside us, and wait for each object that Python makes."""

    offsets: list[int] = field(default_factory=list)
    ticks: list[int] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    heads: list[_Head] = field(default_factory=list)

    def add(self, offset: int, tick_id: int, line: bytes, head: _Head) -> None:
        self.offsets.append(offset)
        self.ticks.append(tick_id)
        self.lines.append(line)
        self.heads.append(head)

    def table(self, spool: str) -> pa.Table:
        """Give them as a table of the archive."""
        columns = {
            "spool": [spool] * len(self.lines),
            "offset": self.offsets,
            "tick_id": self.ticks,
            "version": [one.v for one in self.heads],
            "source": [one.source for one in self.heads],
            "message_id": [one.message_id for one in self.heads],
            "received_at": pa.array([one.received_at for one in self.heads], pa.int64()).cast(
                SCHEMA.field("received_at").type
            ),
            "line": self.lines,
        }
        return pa.Table.from_pydict(columns, schema=SCHEMA)


def write(
    folder: Path, name: str, spool: Spool, ticks: Sequence[Tick], *, rest: Callable[[], object] | None = None
) -> int:
    """
    Archive the lines of some ticks of one spool, a file a day, and give the offset after the last.

    A file is complete or absent: it is written beside, synced, then renamed. Writing the same stretch twice gives the
    same files. `rest` is called again and again, so that ticks beside us get their turn.
    """
    rested = ticks[0].from_offset
    days: defaultdict[int, _Rows] = defaultdict(_Rows)
    for tick in ticks:
        for offset, text in lines(spool, tick.from_offset, tick.to_offset):
            found = _HEADS.decode(text)
            days[found.received_at // _DAY].add(offset, tick.tick_id, text, found)
        if rest is not None and tick.to_offset - rested >= REST_LINES:
            rested = tick.to_offset
            rest()
    first, after = ticks[0].from_offset, ticks[-1].to_offset
    for day, rows in days.items():
        into = folder / f"day={instant(day * _DAY).date().isoformat()}"
        _write(into / f"{name}-{first:014d}-{after:014d}.parquet", rows.table(name))
    return after


def take(ticks: Sequence[Tick], most: int) -> tuple[list[Tick], list[Tick]]:
    """Split ticks of one spool into those that hold at most `most` lines (one at least), and the rest."""
    count = 1
    while count < len(ticks) and ticks[count].to_offset - ticks[0].from_offset <= most:
        count += 1
    return list(ticks[:count]), list(ticks[count:])


def lines(spool: Spool, first: int, after: int) -> Iterator[tuple[int, bytes]]:
    """Read the lines of a stretch of a spool with their offsets."""
    at = first
    while at < after:
        stretch = spool.read(at, min(READ_AT_ONCE, after - at))
        if not stretch.lines:
            return
        yield from enumerate(stretch.lines, stretch.first)
        at = stretch.end


def read(folder: Path, name: str, first: int, after: int) -> list[tuple[int, bytes]]:
    """
    Read archived lines of one spool by offset. Order: by offset.

    Raises: OSError where a page does not match its checksum.
    """
    found: dict[int, bytes] = {}
    for file in _files(folder, name, first, after):
        table = pq.read_table(file, columns=["offset", "line"], page_checksum_verification=True, partitioning=None)
        offsets, texts = table.column("offset").to_pylist(), table.column("line").to_pylist()
        found.update((at, text) for at, text in zip(offsets, texts, strict=True) if first <= at < after)
    return sorted(found.items())


def stretches(folder: Path, name: str) -> Iterator[tuple[Path, list[tuple[int, int, bytes]]]]:
    """Read a whole archive of one spool, a file at a time, as (offset, tick, line). Order: by day."""
    for file in sorted(folder.glob(f"day=*/{name}-*.parquet")):
        table = pq.read_table(
            file, columns=["offset", "tick_id", "line"], page_checksum_verification=True, partitioning=None
        )
        columns = [table.column(one).to_pylist() for one in ("offset", "tick_id", "line")]
        yield file, list(zip(*columns, strict=True))


def rewrite(file: Path, changes: Mapping[int, bytes]) -> int:
    """Put other lines in the place of some of a file's, by offset; give how many. It is the old file or the new one."""
    table = pq.read_table(file, schema=SCHEMA, page_checksum_verification=True, partitioning=None)
    rows = table.to_pylist()
    changed = [row for row in rows if row["offset"] in changes and changes[row["offset"]] != row["line"]]
    for row in changed:
        text = changes[row["offset"]]
        row |= {"line": text, "message_id": decode(text).message_id}
    if changed:
        _write(file, pa.Table.from_pylist(rows, schema=SCHEMA))
    return len(changed)


def _files(folder: Path, name: str, first: int, after: int) -> Iterator[Path]:
    for file in sorted(folder.glob(f"day=*/{name}-*.parquet")):
        start, end = file.stem.removeprefix(f"{name}-").split("-")
        if int(start) < after and int(end) > first:
            yield file


def _write(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    pq.write_table(table, beside, compression="zstd", write_page_checksum=True)
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
