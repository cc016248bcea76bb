"""The first rows of a file: as they stand, and as they would become with a mapping."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from comptoir.clock import instant
from comptoir.model.event import Line, Type, decode
from comptoir.sources import files
from comptoir.sources.base import PLAIN, FileUnreadable, Layout, Sheet
from comptoir.sources.kinds import Place
from comptoir.sources.mapping import Mapping, Target
from comptoir.sources.shape import Run, Shaper

ROWS = 20
_LINE_NAMES = {"occurred_at": "timestamp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first rows of a file. Shape: every list of `columns` is as long as the others."""

    columns: Table[str, tuple[str, ...]]

    def sample(self, column: str) -> str:
        """Give the first text of a column that is not empty."""
        return next((text for text in self.columns[column] if text), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it would become: the values of the mapped fields, or why it would be refused."""

    line: int
    """Where it starts in the file: the first line is 1."""
    values: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows with a mapping. Shape: `values` of every accepted row are as many as `fields`."""

    fields: tuple[str, ...]
    rows: tuple[Row, ...]
    skipped: int
    """Rows among them that the mapping leaves out."""


def head(path: Path, layout: Layout = PLAIN, rows: int = ROWS) -> Head:
    """Read the first rows of a file as they stand. Raises: FileUnreadable."""
    sheet = _first(path, layout)
    return Head(columns={name: tuple(map(_shown, texts[:rows])) for name, texts in sheet.columns.items()})


def preview(path: Path, mapping: Mapping, run: Run, rows: int = ROWS) -> Preview:
    """Say what the first rows of a file would become. Raises: FileUnreadable, ColumnMissing."""
    shaped = Shaper(mapping, run).shape(_cut(_first(path, mapping.layout), rows))
    lines = [decode(line) for line in shaped.lines]
    return Preview(
        fields=tuple(one.name for one in mapping.targets),
        rows=tuple(_row(line, mapping.targets) for line in lines),
        skipped=shaped.skipped,
    )


def _shown(text: str | None) -> str:
    return (text or "").encode("utf-8", "replace").decode()  # bytes that are no text came as half characters


def _first(path: Path, layout: Layout) -> Sheet:
    sheet = next(iter(files.sheets(path, layout)), None)
    if sheet is None:
        raise FileUnreadable(file=path.name, why="it has no rows")
    return sheet


def _cut(sheet: Sheet, rows: int) -> Sheet:
    last = sheet.lines[min(rows, len(sheet)) - 1] if len(sheet) else 0
    return Sheet(
        columns={name: texts[:rows] for name, texts in sheet.columns.items()},
        lines=sheet.lines[:rows],
        raw=sheet.raw,
        spoiled=[one for one in sheet.spoiled if one.line <= last or not len(sheet)][:rows],
        position=sheet.position,
    )


def _row(line: Line, targets: tuple[Target, ...]) -> Row:
    number = line.row or 0
    if line.type == Type.REFUSED:
        return Row(line=number, reason=line.reason or "", detail=line.detail or "")
    objects: dict[Place, Any] = {
        place: msgspec.json.decode(getattr(line, place)) for place in Place if place is not Place.LINE
    }
    return Row(line=number, values=tuple(_value(line, objects, one) for one in targets))


def _value(line: Line, objects: Table[Place, Any], target: Target) -> str:
    if target.place is Place.LINE:
        return _said(getattr(line, _LINE_NAMES.get(target.name, target.name)), is_instant=target.name == "occurred_at")
    found = objects[target.place]
    for step in target.path:
        found = found.get(step.removesuffix("[]")) if isinstance(found, dict) else None
        found = found[0] if isinstance(found, list) and found else found
    return _said(found)


def _said(value: object, *, is_instant: bool = False) -> str:
    if value is None:
        return ""
    if is_instant and isinstance(value, int):
        return f"{instant(value):%Y-%m-%d %H:%M:%S}"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
