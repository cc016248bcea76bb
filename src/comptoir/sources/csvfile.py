"""Comma-separated text as it really comes: any delimiter, the usual encodings, broken quotes, short rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from comptoir.sources import headers
from comptoir.sources.base import SHEET_ROWS, FileUnreadable, Layout, Sheet, Spoiled
from comptoir.sources.files import unpacked
from comptoir.sources.headers import Opening
from comptoir.sources.packs import ZIP_MAGIC

BLOCK = 1 << 20
_ESCAPED = re.compile("[\udc80-\udcff]")
_FOREIGN = re.compile("[^\x00-\x7f\udc80-\udcff]")
ONE_BYTE = ("cp1252", "iso8859-15", "mac_roman")
"""Encodings that are told apart by the bytes alone. Order: the likeliest first."""
_LETTERS = frozenset("éèêëàâäùûüçôöîïÿñáíóúßæœÉÈÊËÀÂÄÙÛÜÇÔÖÎÏÑŒÆåøãõìò")
_SIGNS = frozenset("€«»°…·£§²³½\u2019\u2018\u201c\u201d\u2013\u2014\u00a0ŠšŽžØÅ")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Csv:
    """Text in rows and columns."""

    def suits(self, head: bytes) -> bool:
        """Say that anything may be rows and columns, but for what is packed."""
        return not head.startswith(ZIP_MAGIC)

    def sheets(self, path: Path, layout: Layout) -> Iterator[Sheet]:
        """Read a CSV file; rows that cannot be cut are spoiled, and the rest goes on. Raises: FileUnreadable."""
        encoding = layout.encoding or encoding_of(path)
        with unpacked(path) as (stream, file):
            # A byte that is no text in this encoding becomes a lone surrogate: its row is refused, with its own bytes.
            text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
            yield from _Reading(text, file, layout, str(path)).sheets()


_NO_TEXT = (b"%PDF-", b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0")
"""How files begin that people take for tables by mistake, or by a wrong name."""


def encoding_of(path: Path) -> str:
    """
    Say how a text file is encoded, from all of it.

    A mark at its beginning says it. Else it is UTF-8, unless it holds more bytes that are no UTF-8 than characters
    beyond ASCII: so a few damaged rows do not change how the others are read. Of the encodings of one byte a character,
    the one is taken in which those bytes are likeliest letters and signs of western Europe.

    Raises: FileUnreadable for what begins as no text does.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    escaped = foreign = 0
    bytes_seen = np.zeros(256, dtype=np.int64)
    with unpacked(path) as (stream, _):
        block = stream.read(BLOCK)
        if block.startswith(_UTF16):
            return "utf-16"
        if block.startswith(_NO_TEXT):
            raise FileUnreadable(file=path.name, why="it is no text: a picture, a PDF or a workbook of old Excel")
        marked = block.startswith(codecs.BOM_UTF8)
        while block:
            if not block.isascii() or decoder.getstate()[0]:
                text = decoder.decode(block)
                escaped += len(_ESCAPED.findall(text))
                foreign += len(_FOREIGN.findall(text))
                bytes_seen += np.bincount(np.frombuffer(block, dtype=np.uint8), minlength=256)
            block = stream.read(BLOCK)
    if marked:
        return "utf-8-sig"
    return _of_one_byte(bytes_seen) if escaped > foreign else "utf-8"


def _of_one_byte(counts: NDArray[np.int64]) -> str:
    """Choose between encodings of one byte a character: the first of those in which the bytes are likeliest."""

    def likelihood(encoding: str) -> int:
        signs = (bytes([one]).decode(encoding, "replace") for one in range(128, 256))
        return sum(
            int(count) * (2 if sign in _LETTERS else 1 if sign in _SIGNS else -3)
            for sign, count in zip(signs, counts[128:], strict=True)
        )

    return max(ONE_BYTE, key=likelihood)


def opening_of(path: Path, layout: Layout, encoding: str) -> Opening:
    """Say what stands above a file's header, and between its columns. Raises: StopIteration where it is empty."""
    with unpacked(path) as (stream, _):
        text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
        return headers.opening(list(islice(text, headers.LOOKED_AT)), layout)


@dataclass(slots=True)
class _Lines:
    """Physical lines, remembered until the sheet they belong to is done, and handed back where a quote never closed."""

    stream: io.TextIOWrapper
    number: int = 0
    base: int = 0
    held: list[str] = field(default_factory=list)
    again: deque[str] = field(default_factory=deque)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.stream)
        self.held.append(line)
        self.number += 1
        return line

    def take(self, most: int) -> list[str]:
        """Give the next lines at once."""
        lines = [self.again.popleft() for _ in range(min(most, len(self.again)))]
        lines += islice(self.stream, most - len(lines))
        self.held += lines
        self.number += len(lines)
        return lines

    def look(self, most: int) -> list[str]:
        """Give the next lines, which come again."""
        lines = self.take(most)
        self.give_back(lines)
        return lines

    def give_back(self, lines: list[str]) -> None:
        """Have all of the lines just taken read again."""
        self.again.extendleft(reversed(lines))
        del self.held[len(self.held) - len(lines) :]
        self.number -= len(lines)

    def hand_back(self, start: int) -> str:
        """Give line `start` (from 0) and have all after it read again."""
        first, *rest = self.held[start - self.base :]
        self.again.extendleft(reversed(rest))
        del self.held[start - self.base + 1 :]
        self.number = start + 1
        return first

    def forget(self) -> None:
        self.base, self.held = self.number, []


@dataclass(frozen=True, slots=True)
class _Cut:
    """Rows, the lines each spans (from 0), rows that could not be cut, and whether the file ends here."""

    rows: list[list[str]]
    starts: Sequence[int]
    ends: Sequence[int]
    spoiled: list[Spoiled]
    is_last: bool


class _Reading:
    def __init__(self, text: io.TextIOWrapper, file: BinaryIO, layout: Layout, name: str) -> None:
        self._lines = _Lines(text)
        self._file = file
        # a row of UTF-16 is shown as UTF-8: cut out of its file it would have no mark to be read by
        self._encoding = "utf-8" if text.encoding.startswith("utf-16") else text.encoding
        if next((line for line in self._lines if line.strip()), None) is None:
            raise FileUnreadable(file=name, why="it is empty")
        self._lines.give_back([self._lines.held[-1]])
        self._lines.forget()
        begins = headers.opening(self._lines.look(headers.LOOKED_AT), layout)
        self._delimiter = begins.delimiter
        self._lines.take(begins.above)
        self._lines.forget()
        self._reader = self._fresh()
        self._header = layout.columns or self._read_header(name)
        self._fills = layout.fills_short_rows

    def _fresh(self) -> Iterator[list[str]]:
        # strict: an unclosed quote is noticed at the next quote, not at the end of the file
        return csv.reader(self._lines, delimiter=self._delimiter, strict=True)

    def _read_header(self, name: str) -> tuple[str, ...]:
        try:
            names = headers.unlike(column.strip("\ufeff\t ") for column in next(self._reader))
        except StopIteration:
            raise FileUnreadable(file=name, why="it has no header line") from None
        except csv.Error as error:
            raise FileUnreadable(file=name, why=f"its header line is broken: {error}") from error
        self._lines.forget()
        return names

    def sheets(self) -> Iterator[Sheet]:
        """Read sheet by sheet until the end; a file without rows gives one empty sheet, which tells its columns."""
        is_first = True
        while True:
            cut = self._at_once() or self._one_by_one()
            if cut.rows or cut.spoiled or is_first:
                yield self._sheet(cut)
            is_first = False
            if cut.is_last:
                return
            self._lines.forget()

    def _at_once(self) -> _Cut | None:
        """Cut a whole sheet in one go, which only does where every line is a row of the right width."""
        start = self._lines.number
        lines = self._lines.take(SHEET_ROWS)
        try:
            rows = list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            rows = []
        if len(rows) != len(lines) or set(map(len, rows)) != {len(self._header)}:
            self._lines.give_back(lines)
            return None
        end = start + len(rows)
        return _Cut(rows, range(start, end), range(start + 1, end + 1), [], is_last=False)

    def _one_by_one(self) -> _Cut:
        """Cut row by row, and keep aside those that cannot be."""
        lines, width = self._lines, len(self._header)
        rows: list[list[str]] = []
        starts: list[int] = []
        ends: list[int] = []
        spoiled: list[Spoiled] = []
        while len(rows) + len(spoiled) < SHEET_ROWS:
            start = lines.number
            try:
                row = next(self._reader)
            except StopIteration:
                return _Cut(rows, starts, ends, spoiled, is_last=True)
            except csv.Error as error:
                spoiled.append(self._spoil(start, f"broken quotes: {error}"))
                continue
            if len(row) > width and not any(row[width:]):
                row = row[:width]  # a delimiter too many at the end of the line
            if self._fills and 1 < len(row) < width and lines.number == start + 1:
                row += [""] * (width - len(row))
            if len(row) == width:
                rows.append(row)
                starts.append(start)
                ends.append(lines.number)
            elif row and not (len(row) == 1 and not row[0].strip()):
                spoiled.append(self._spoil(start, f"{len(row)} columns where the header has {width}"))
        return _Cut(rows, starts, ends, spoiled, is_last=False)

    def _spoil(self, start: int, detail: str) -> Spoiled:
        """Keep one physical line aside; what a quote that never closed had swallowed after it is read again."""
        first = self._lines.hand_back(start)
        self._reader = self._fresh()
        return Spoiled(start + 1, detail, self._bytes(first))

    def _sheet(self, cut: _Cut) -> Sheet:
        columns = zip(*cut.rows, strict=True) if cut.rows else ([] for _ in self._header)
        # bound now: the sheet may be asked after the next one is begun
        base, held = self._lines.base, self._lines.held

        def raw(place: int) -> bytes:
            return self._bytes("".join(held[cut.starts[place] - base : cut.ends[place] - base]))

        return Sheet(
            columns=dict(zip(self._header, columns, strict=True)),
            lines=[start + 1 for start in cut.starts],
            raw=raw,
            spoiled=cut.spoiled,
            position=self._file.tell(),
        )

    def _bytes(self, text: str) -> bytes:
        return text.rstrip("\r\n").encode(self._encoding.replace("-sig", ""), "surrogateescape")
