"""A mapping as a form can show it: a column or one fixed text a field, and how numbers and dates are written."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml

from comptoir.sources.kinds import KINDS, RowKind
from comptoir.sources.mapping import VERSION

NOTHING: Table[str, str] = MappingProxyType({})
_KNOWN = frozenset({"version", "kind", "source", "brand", "file", "dates", "fields"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A mapping in the making. It may still lack what its kind needs."""

    kind: RowKind
    columns: Table[str, str] = field(default_factory=lambda: NOTHING)
    """The column of each field that has one."""
    constants: Table[str, str] = field(default_factory=lambda: NOTHING)
    """The text of each field that is the same in every row."""
    date_format: str = ""
    """As `strptime` reads it, or `unix` / `unix_ms`; empty for ISO 8601."""
    zone: str = ""
    decimal: str = "."

    @property
    def lacking(self) -> tuple[str, ...]:
        """Name the needed fields that nothing fills; of which one is needed, all, joined by a bar."""
        filled = self.columns.keys() | self.constants.keys()
        lacking = [one.name for one in self.kind.fields if one.needed is not None and one.name not in filled]
        if self.kind.one_needed and not filled & set(self.kind.one_needed):
            lacking.append("|".join(self.kind.one_needed))
        return tuple(lacking)

    def text(self) -> str:
        """Write it as YAML, as `comptoir import --mapping` reads it. Order: fields as the kind lists them."""
        said: dict[str, Any] = {"version": VERSION, "kind": self.kind.name}
        if self.decimal != ".":
            said["file"] = {"decimal": self.decimal}
        dates = {name: value for name, value in (("format", self.date_format), ("zone", self.zone)) if value}
        if dates:
            said["dates"] = dates
        said["fields"] = {
            one.name: {"column": self.columns[one.name]}
            if one.name in self.columns
            else {"constant": self.constants[one.name]}
            for one in self.kind.fields
            if one.name in self.columns or one.name in self.constants
        }
        return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=1_000)


def read(text: str) -> Draft | None:
    """Read a mapping as a draft; None where it says more than a form can show, or is broken."""
    try:
        said = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 (it makes texts, lists and tables only)
    except yaml.YAMLError:
        return None
    if not isinstance(said, dict) or not said.keys() <= _KNOWN or said.get("kind") not in KINDS:
        return None
    kind, fields = KINDS[said["kind"]], said.get("fields") or {}
    file, dates = said.get("file") or {}, said.get("dates") or {}
    if not _is_plain(fields, file, dates) or any(kind.field(name) is None for name in fields):
        return None
    columns = {name: one if isinstance(one, str) else one["column"] for name, one in fields.items() if _column(one)}
    return Draft(
        kind=kind,
        columns=columns,
        constants={name: one["constant"] for name, one in fields.items() if name not in columns},
        date_format=dates.get("format", ""),
        zone=dates.get("zone", ""),
        decimal=file.get("decimal", "."),
    )


def _is_plain(fields: object, file: object, dates: object) -> bool:
    if not (isinstance(fields, dict) and isinstance(file, dict) and isinstance(dates, dict)):
        return False
    return (
        file.keys() <= {"decimal"}
        and dates.keys() <= {"format", "zone"}
        and all(isinstance(one, str) for one in (*file.values(), *dates.values()))
        and all(_column(one) or _constant(one) for one in fields.values())
    )


def _column(said: object) -> bool:
    if isinstance(said, str):
        return "{" not in said
    return isinstance(said, dict) and said.keys() == {"column"} and isinstance(said["column"], str)


def _constant(said: object) -> bool:
    return isinstance(said, dict) and said.keys() == {"constant"} and isinstance(said["constant"], str)
