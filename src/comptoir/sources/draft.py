"""A mapping as a form can show it: a column or one fixed text a field, and how numbers and dates are written."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec
import yaml

from comptoir.sources.kinds import KINDS, RowKind
from comptoir.sources.mapping import VERSION

NOTHING: Table[str, str] = MappingProxyType({})
_FILE = ("thousands", "carry", "within")
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
    more: str = ""
    """What the proposal says beside, as JSON: how numbers are grouped, what is carried down, formats of one column."""

    @property
    def lacking(self) -> tuple[str, ...]:
        """Name the needed fields that nothing fills; of which one is needed, all, joined by a bar."""
        filled = self.columns.keys() | self.constants.keys()
        lacking = [one.name for one in self.kind.fields if one.needed is not None and one.name not in filled]
        if self.kind.one_needed and not any(map(self.kind.names, filled)):
            lacking.append("|".join(self.kind.one_needed))
        return tuple(lacking)

    def text(self) -> str:
        """Write it as YAML, as `comptoir import --mapping` reads it. Order: fields as the kind lists them."""
        said: dict[str, Any] = {"version": VERSION, "kind": self.kind.name}
        more = _more(self.more)
        file = {"decimal": self.decimal} if self.decimal != "." else {}
        if file or more["file"]:
            said["file"] = file | more["file"]
        dates = {name: value for name, value in (("format", self.date_format), ("zone", self.zone)) if value}
        if dates:
            said["dates"] = dates
        said["fields"] = {
            one.name: self._column(one.name, more["fields"])
            if one.name in self.columns
            else {"constant": self.constants[one.name]}
            for one in self.kind.fields
            if one.name in self.columns or one.name in self.constants
        }
        return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=1_000)

    def _column(self, name: str, more: Table[str, Any]) -> dict[str, str]:
        """Write a field's column; what else was said of it holds as long as it is that column."""
        said: dict[str, str] = more.get(name, {})
        column = self.columns[name]
        return dict(said) if said.get("column") == column else {"column": column}


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
        more=_kept(fields, file),
    )


def _kept(fields: Table[str, Any], file: Table[str, Any]) -> str:
    """Write down what the form does not show; nothing where it shows all."""
    grouped = {name: file[name] for name in _FILE if name in file}
    own = {name: one for name, one in fields.items() if isinstance(one, dict) and "format" in one}
    return msgspec.json.encode({"file": grouped, "fields": own}).decode() if grouped or own else ""


def _more(text: str) -> dict[str, dict[str, Any]]:
    """Read what the form gave back of it; what is no such thing is nothing."""
    try:
        said = msgspec.json.decode(text or "{}", type=dict[str, dict[str, Any]])
    except msgspec.MsgspecError:
        said = {}
    file = {name: one for name, one in said.get("file", {}).items() if name in _FILE}
    return {"file": file, "fields": said.get("fields", {})}


def _is_plain(fields: object, file: object, dates: object) -> bool:
    if not (isinstance(fields, dict) and isinstance(file, dict) and isinstance(dates, dict)):
        return False
    return (
        file.keys() <= {"decimal", *_FILE}
        and dates.keys() <= {"format", "zone"}
        and all(isinstance(one, str) for one in dates.values())
        and all(isinstance(one, str) or name == "carry" for name, one in file.items())
        and all(_column(one) or _constant(one) for one in fields.values())
    )


def _column(said: object) -> bool:
    if isinstance(said, str):
        return "{" not in said
    return (
        isinstance(said, dict)
        and {"column"} <= said.keys() <= {"column", "format"}
        and all(isinstance(one, str) for one in said.values())
    )


def _constant(said: object) -> bool:
    return isinstance(said, dict) and said.keys() == {"constant"} and isinstance(said["constant"], str)
