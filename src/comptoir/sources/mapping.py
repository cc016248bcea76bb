"""A mapping: which column of a file is which field, and how it is written. Parsed from YAML, strictly."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from comptoir.model import money
from comptoir.sources import headers
from comptoir.sources.base import PLAIN, Layout, MappingBroken
from comptoir.sources.forms import ISO, Form, Writing, reader
from comptoir.sources.kinds import KINDS, Place, RowKind

VERSION = 1


@dataclass(frozen=True, slots=True)
class Template:
    """Text with columns in it. Shape: pairs of a literal text and the column that follows it, if one does."""

    pieces: tuple[tuple[str, str | None], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """List the columns it names, in order."""
        return tuple(column for _, column in self.pieces if column is not None)

    @property
    def constant(self) -> str | None:
        """Give its text, if it names no column."""
        return None if self.columns else "".join(text for text, _ in self.pieces)

    @classmethod
    def of_column(cls, column: str) -> Template:
        """Make the template that is one column."""
        return cls((("", column),))

    @classmethod
    def of_constant(cls, text: str) -> Template:
        """Make the template that is always the same text."""
        return cls(((text, None),))

    @classmethod
    def parse(cls, text: str) -> Template:
        """Read `"{column}"` with text around it. Raises: ValueError."""
        return cls(tuple((literal, column) for literal, column, _, _ in string.Formatter().parse(text)))


@dataclass(frozen=True, slots=True)
class Condition:
    """A row must have one of these texts in this column."""

    column: str
    texts: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One field that the mapping fills."""

    name: str
    text: Template
    form: Form = Form.TEXT
    place: Place = Place.PROPERTIES
    path: tuple[str, ...] = ()
    """Where in its place: names of nested objects; one that ends with `[]` is a list of one object."""
    values: tuple[tuple[str, str], ...] = ()
    default: Template | None = None
    pattern: str | None = None
    when: tuple[Condition, ...] = ()
    writing: Writing = ISO
    line: int = 0
    """Line of the mapping that says it; 0 if none does."""

    @property
    def columns(self) -> tuple[str, ...]:
        """List every column it reads."""
        default = self.default.columns if self.default else ()
        return (*self.text.columns, *default, *(one.column for one in self.when))


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rows are wanted. A row that does not say its country or language is not, where that is asked for."""

    since: int | None = None
    """Instant from which on, in microseconds since 1970."""
    until: int | None = None
    """Instant before which."""
    countries: frozenset[str] = frozenset()
    """In upper case."""
    languages: frozenset[str] = frozenset()
    """In lower case; `fr` means `fr-BE` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """What the columns of a file mean."""

    kind: RowKind
    targets: tuple[Target, ...]
    layout: Layout = PLAIN
    source: str | None = None
    brand: str | None = None
    id: Template | None = None
    """The row's own id; without it, one is made from what the row says."""
    where: tuple[Condition, ...] = ()
    selection: Selection | None = None
    """Which rows are wanted, by what they say; the others are left out and counted."""

    def target(self, name: str) -> Target | None:
        """Give what fills a field."""
        return next((one for one in self.targets if one.name == name), None)


def load(path: Path) -> Mapping:
    """Read a mapping file. Raises: MappingBroken, naming the line and the nearest word."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingBroken(file=str(path), why=str(error)) from error
    return parse(text, name=str(path))


def parse(text: str, *, name: str = "mapping") -> Mapping:
    """Read a mapping. Raises: MappingBroken, naming the line and the nearest word."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise MappingBroken(file=name, line=line, why=f"{error.problem}") from error
    except yaml.YAMLError as error:
        raise MappingBroken(file=name, why=str(error)) from error
    if node is None:
        raise MappingBroken(file=name, why="it is empty")
    return _mapping(_Table(node, name))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word most like this one, whatever its case."""
    by_case = {one.casefold(): one for one in known}
    found = get_close_matches(word.casefold(), list(by_case), n=1, cutoff=0.4)
    return by_case[found[0]] if found else None


def target_place(kind: RowKind, name: str) -> tuple[Place, tuple[str, ...], Form] | None:
    """Say where a field of this name lies, by which path, and in which form; None if this kind has no such field."""
    known = kind.field(name)
    if known is not None:
        return known.place, (name,), known.form
    first, _, rest = name.partition(".")
    place, path = (Place(first), rest) if first in {one.value for one in kind.open_places} else (Place.PROPERTIES, name)
    if place not in kind.open_places or not path or (path == name and not first.endswith("[]")):
        return None
    parts = tuple(path.split("."))
    inner = kind.field(parts[-1]) if first.endswith("[]") else None
    return place, parts, inner.form if inner else Form.TEXT


class _Table:
    """A table of the YAML file, whose every complaint names its line. All scalars are text: `NO` is Norway."""

    def __init__(self, node: yaml.Node, file: str) -> None:
        self.file, self.line = file, node.start_mark.line + 1
        if not isinstance(node, yaml.MappingNode):
            raise self.broken("a table (key: value) must stand here")
        self._nodes: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value in self._nodes:
                raise self.broken("this key stands twice", key.start_mark.line + 1, key=key.value)
            self._nodes[key.value] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def broken(self, why: str, line: int | None = None, **facts: object) -> MappingBroken:
        said = {name: value for name, value in facts.items() if value is not None}
        return MappingBroken(file=self.file, line=line or self.line, why=why, **said)

    def line_of(self, key: str) -> int:
        return self._nodes[key].start_mark.line + 1 if key in self._nodes else self.line

    def only(self, *known: str) -> None:
        """Refuse keys nobody knows."""
        for key in self._nodes:
            if key not in known:
                raise self.broken("nobody knows this key", self.line_of(key), key=key, nearest=nearest(key, known))

    def text(self, key: str) -> str | None:
        node = self._nodes.get(key)
        if node is None or node.tag == "tag:yaml.org,2002:null":
            return None
        if not isinstance(node, yaml.ScalarNode):
            raise self.broken("a text must stand here", self.line_of(key), key=key)
        return str(node.value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a text or a list of texts."""
        node = self._nodes.get(key)
        if isinstance(node, yaml.SequenceNode):
            if not all(isinstance(one, yaml.ScalarNode) for one in node.value):
                raise self.broken("a list of texts must stand here", self.line_of(key), key=key)
            return tuple(str(one.value) for one in node.value)
        said = self.text(key)
        return () if said is None else (said,)

    def table(self, key: str) -> _Table | None:
        node = self._nodes.get(key)
        return None if node is None else _Table(node, self.file)

    def is_table(self, key: str) -> bool:
        return isinstance(self._nodes.get(key), yaml.MappingNode)

    def one_of(self, key: str, known: Iterable[str]) -> str | None:
        """Read a text that must be one of some words."""
        said, words = self.text(key), list(known)
        if said is not None and said not in words:
            raise self.broken("this is none of the words that may stand here", self.line_of(key), value=said,
                              nearest=nearest(said, words), takes=words)  # fmt: skip
        return said


def _mapping(table: _Table) -> Mapping:
    table.only("version", "kind", "source", "brand", "file", "dates", "currency", "id", "where", "select", "fields")
    if table.text("version") not in {None, str(VERSION)}:
        raise table.broken("this version of mappings is not known", table.line_of("version"), takes=VERSION)
    name = table.one_of("kind", KINDS)
    fields = table.table("fields")
    if name is None or fields is None:
        raise table.broken("a mapping needs `kind` and `fields`")
    kind = KINDS[name]
    layout = _layout(table.table("file"))
    writing = _writing(table.table("dates"), Writing(decimal=layout.decimal, thousands=layout.thousands))
    targets = [_target(fields, one, kind, writing) for one in fields]
    if table.text("currency") is not None:
        targets.append(_currency(table, kind))
    targets += [_fixed(kind, name, text) for name, text in kind.fixed if name not in fields]
    mapping = Mapping(
        kind=kind,
        targets=tuple(targets),
        layout=layout,
        source=table.text("source"),
        brand=table.text("brand"),
        id=_column_or_template(table, "id"),
        where=_conditions(table.table("where")),
        selection=_selection(table.table("select"), writing.zone, {one.name for one in targets}),
    )
    _check_whole(table, mapping)
    return mapping


def _check_whole(table: _Table, mapping: Mapping) -> None:
    names = {one.name for one in mapping.targets}
    for field in mapping.kind.fields:
        if field.needed is not None and field.name not in names:
            raise table.broken(f"{mapping.kind.name} need this field", table.line_of("fields"), field=field.name)
    one_needed = mapping.kind.one_needed
    if one_needed and not any(map(mapping.kind.names, names)):
        raise table.broken(f"{mapping.kind.name} need one of these fields", table.line_of("fields"), fields=one_needed)


def _layout(table: _Table | None) -> Layout:
    if table is None:
        return PLAIN
    table.only(
        "format", "sheet", "encoding", "delimiter", "columns", "header", "decimal", "thousands", "empty", "short_rows",
        "carry", "within",
    )  # fmt: skip
    encoding = table.text("encoding")
    if encoding is not None:
        try:
            "".encode(encoding)
        except LookupError as error:
            raise table.broken("no such encoding", table.line_of("encoding"), value=encoding) from error
    delimiter = table.text("delimiter")
    if delimiter is not None and len(delimiter) != 1:
        raise table.broken("a delimiter is one character", table.line_of("delimiter"), value=delimiter)
    carry = table.texts("carry")
    if bool(carry) != (table.text("within") is not None):
        raise table.broken("`carry` says which columns, and `within` of which they hold", table.line_of("carry"))
    return Layout(
        carry=carry,
        within=table.text("within"),
        format=table.text("format"),
        encoding=encoding,
        delimiter=delimiter,
        sheet=table.text("sheet"),
        columns=table.texts("columns"),
        header=_header(table),
        fills_short_rows=table.one_of("short_rows", ("refuse", "fill")) == "fill",
        decimal=table.one_of("decimal", (".", ",")) or ".",
        thousands=table.text("thousands") or "",
        empty=frozenset({"", *table.texts("empty")}),
    )


def _header(table: _Table) -> int | None:
    text = table.text("header")
    if text is not None and not (text.isdecimal() and 0 < int(text) <= headers.LOOKED_AT):
        raise table.broken(f"a line from 1 to {headers.LOOKED_AT}", table.line_of("header"), value=text)
    return None if text is None else int(text)


def _writing(table: _Table | None, base: Writing) -> Writing:
    if table is None:
        return base
    table.only("format", "zone")
    return _dated(table, base)


def _dated(table: _Table, base: Writing) -> Writing:
    zone = table.text("zone") or base.zone
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise table.broken("no such time zone", table.line_of("zone"), value=zone) from error
    return replace(base, date_format=table.text("format") or base.date_format, zone=zone)


_LONG = ("column", "template", "constant", "values", "default", "pattern", "as", "format", "zone", "when")


def _target(fields: _Table, name: str, kind: RowKind, writing: Writing) -> Target:
    found = target_place(kind, name)
    if found is None:
        known = [one.name for one in kind.fields] + [f"{place.value}.…" for place in sorted(kind.open_places)]
        raise fields.broken(
            f"{kind.name} have no such field", fields.line_of(name), field=name, nearest=nearest(name, known)
        )
    place, path, form = found
    target = Target(
        name=name, text=Template(()), form=form, place=place, path=path, writing=writing, line=fields.line_of(name)
    )
    if not fields.is_table(name):
        text = _column_or_template(fields, name)
        if text is None:
            raise fields.broken("a field needs a column", fields.line_of(name), field=name)
        return replace(target, text=text)
    return _long(fields.table(name), target)  # type: ignore[arg-type]  # is_table has just said that it is one


def _long(table: _Table, target: Target) -> Target:
    table.only(*_LONG)
    texts = [one for one in ("column", "template", "constant") if table.text(one) is not None]
    if len(texts) != 1:
        raise table.broken("a field takes one of column, template and constant", field=target.name)
    values = table.table("values")
    default, form = table.text("default"), table.one_of("as", [one.value for one in Form])
    pattern = table.text("pattern")
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error as error:
            raise table.broken(f"this is no pattern: {error}", table.line_of("pattern")) from error
    return replace(
        target,
        text=_text(table, texts[0]),
        form=Form(form) if form else target.form,
        values=tuple((one, values.text(one) or "") for one in values) if values else (),
        default=None if default is None else _template(table, "default", default),
        pattern=pattern,
        when=_conditions(table.table("when")),
        writing=_dated(table, target.writing),
    )


def _text(table: _Table, key: str) -> Template:
    said = table.text(key) or ""
    if key == "column":
        return Template.of_column(said)
    return Template.of_constant(said) if key == "constant" else _template(table, key, said)


def _column_or_template(table: _Table, key: str) -> Template | None:
    said = table.text(key)
    if said is None:
        return None
    return _template(table, key, said) if "{" in said else Template.of_column(said)


def _template(table: _Table, key: str, said: str) -> Template:
    try:
        return Template.parse(said)
    except ValueError as error:
        raise table.broken(f"this is no template: {error}", table.line_of(key), value=said) from error


def _conditions(table: _Table | None) -> tuple[Condition, ...]:
    if table is None:
        return ()
    return tuple(Condition(column, frozenset(table.texts(column))) for column in table)


_SELECTED_BY = (("since", "occurred_at"), ("until", "occurred_at"), ("country", "country"), ("language", "language"))


def _selection(table: _Table | None, zone: str, mapped: Collection[str]) -> Selection | None:
    if table is None:
        return None
    table.only(*(key for key, _ in _SELECTED_BY))
    for key, field in _SELECTED_BY:
        if key in table and field not in mapped:
            raise table.broken(
                "rows can be selected by this only if its field is mapped", table.line_of(key), field=field
            )
    return Selection(
        since=_moment(table, "since", zone),
        until=_moment(table, "until", zone),
        countries=frozenset(one.strip().upper() for one in table.texts("country")),
        languages=frozenset(one.strip().lower() for one in table.texts("language")),
    )


def _moment(table: _Table, key: str, zone: str) -> int | None:
    said = table.text(key)
    if said is None:
        return None
    at = reader(Form.INSTANT, Writing(zone=zone))(said)
    if not isinstance(at, int):
        raise table.broken("a day or an instant in ISO 8601 must stand here", table.line_of(key), value=said)
    return at


def _fixed(kind: RowKind, name: str, text: str) -> Target:
    field = kind.field(name)
    form = Form.TEXT if field is None else field.form
    return Target(name=name, text=Template.of_constant(text), path=(name,), form=form)


def _currency(table: _Table, kind: RowKind) -> Target:
    line = table.line_of("currency")
    code = table.text("currency") or ""
    if code not in money.EXPONENT:
        raise table.broken("this is no ISO 4217 code", line, value=code)
    if kind.field("currency") is None:
        raise table.broken(f"{kind.name} have no currency", line)
    return Target(name="currency", text=Template.of_constant(code), path=("currency",), form=Form.CURRENCY, line=line)
