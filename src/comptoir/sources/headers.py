"""Headers as they really come: below a title, after Excel's `sep=;`, over two rows, with a name that stands twice."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comptoir.sources.base import Layout

DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 12
"""Lines at the beginning of a file in which a header is looked for."""
_EXCEL = re.compile(r'\ufeff?"?sep=(.)"?[,;\t]*', re.IGNORECASE)
"""What Excel writes, and reads, to say what stands between columns. It is no row."""
_NAME = re.compile(r"[^\W\d_]")
_VALUE = re.compile(r"@|\d{3}")
"""What no name of a column holds: an address, a number, a year."""

Span = tuple[tuple[int, int], tuple[int, int]]
"""Cells of a sheet that were merged: row and column of the first, and of the last."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How a file of text begins."""

    above: int
    """Lines above its header, or above its rows where it has none."""
    delimiter: str


def opening(lines: Sequence[str], layout: Layout) -> Opening:
    """Say how a file begins, by its first lines, of which one at least is not blank."""
    first = next(place for place, line in enumerate(lines) if line.strip())
    said = _EXCEL.fullmatch(lines[first].rstrip("\r\n"))
    delimiter = layout.delimiter or (said[1] if said else None)
    if said is not None:
        first = next((place for place in range(first + 1, len(lines)) if lines[place].strip()), len(lines))
    if layout.header is not None:
        first = min(layout.header - 1, len(lines))
    elif not layout.columns:
        first = _header_line(lines, first, delimiter)
    return Opening(first, delimiter or delimiter_of(lines[first] if first < len(lines) else ""))


def delimiter_of(line: str) -> str:
    """Say what stands between the columns of a header line, quoted parts left out."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(DELIMITERS, key=bare.count)


def header_row(rows: Sequence[Sequence[str]]) -> int:
    """
    Say which of the first rows of a sheet names its columns: the first that holds anything, as a rule.

    One that holds a single cell is a title, where a row of several names, and of no values, comes below it.
    """
    filled = [place for place, row in enumerate(rows) if any(row)]
    for place in filled:
        if _are_names(rows[place]):
            return place
        if _count(rows[place]) > 1:
            break
    return filled[0]


def names_of(row: Sequence[str], below: Sequence[str] = (), merged: Iterable[Span] = (), at: int = 0) -> list[str]:
    """
    Name columns by row `at`; where cells of it were merged over several columns, by what stands `below` them.

    A row below that says anything of another column is one of the rows, and names nothing.
    """
    names = list(row)
    parts = {
        column: names[start]
        for (top, start), (bottom, end) in merged
        if top <= at <= bottom and end > start and bottom == at and start < len(names)
        for column in range(start, min(end + 1, len(below)))
        if below[column]
    }
    says_more = any(cell for column, cell in enumerate(below) if column not in parts)
    if says_more or not _are_names([below[column] for column in parts]):
        return names
    names += [""] * (max(parts, default=-1) + 1 - len(names))
    often = Counter(below[column] for column in parts)
    for column, whole in parts.items():
        names[column] = below[column] if often[below[column]] == 1 else f"{whole} {below[column]}"
    return names


def unlike(names: Iterable[str]) -> tuple[str, ...]:
    """Number names that stand twice, so that no column hides another."""
    taken, made = set[str](), list[str]()
    for name in names:
        number, fresh = 1, name
        while fresh in taken:
            number += 1
            fresh = f"{name} ({number})".lstrip()
        taken.add(fresh)
        made.append(fresh)
    return tuple(made)


def _header_line(lines: Sequence[str], first: int, delimiter: str | None) -> int:
    for place in range(first, len(lines)):
        mark = delimiter or delimiter_of(lines[place])
        rows = [_cut(line, mark) for line in lines[first : place + 1]]
        if _are_names(rows[-1]):
            return place if all(_count(row) <= 1 for row in rows[:-1]) else first
    return first


def _cut(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _count(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell)


def _are_names(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return len(filled) > 1 and all(_NAME.search(cell) and not _VALUE.search(cell) for cell in filled)
