"""Shaping: a sheet of texts becomes canonical lines, column by column, and rows that do not fit are kept aside."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b

import msgspec

from comptoir.model.event import ENVELOPE_VERSION, Line, RefusalReason, Trust, Type, encode
from comptoir.sources.base import ColumnMissing, Sheet, Texts
from comptoir.sources.forms import Bad, Form, Value, is_address, reader
from comptoir.sources.kinds import Place
from comptoir.sources.mapping import Condition, Mapping, Selection, Target, Template, nearest
from comptoir.sources.occurrences import Occurrences

DIALECT = "import"
MEMO_SIZE = 100_000
"""Distinct texts of a column that are remembered with their values; the rest are read each time."""
RAW_BYTES = 32_768
DETAIL_LENGTH = 200
DIGEST_BYTES = 16
OWN_ID = "id"

Cell = Value | None | Bad
Cells = Sequence[Cell]

_encoder = msgspec.json.Encoder()
_OBJECTS = (Place.PROPERTIES, Place.TRAITS, Place.CONTEXT)
_LINE_FIELDS = ("name", "user_id", "anonymous_id", "group_id", "previous_id", "occurred_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of an import."""

    import_id: str
    source: str
    brand: str
    now_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """What a sheet became: canonical lines, those of refused rows among them, in the order of the file."""

    lines: list[bytes]
    refused: int
    skipped: int
    newest: int | None
    """The latest `occurred_at` among the lines, in microseconds."""


class _Head(msgspec.Struct, omit_defaults=True, gc=False):
    """What identifies a row, named and ordered as in the canonical line."""

    name: Cell = None
    user_id: Cell = None
    anonymous_id: Cell = None
    group_id: Cell = None
    previous_id: Cell = None
    timestamp: Cell = None


class _Memo(dict[str | None, Cell]):
    """The value of every text of a column, worked out once a text."""

    def __init__(self, target: Target, empty: frozenset[str], one_of: frozenset[str]) -> None:
        super().__init__()
        self._empty = empty
        self._one_of = one_of
        self._values = dict(target.values)
        self._pattern = re.compile(target.pattern) if target.pattern else None
        self._read = reader(target.form, target.writing)
        self.has_bad = False

    def __missing__(self, text: str | None) -> Cell:
        value = self._value(text)
        self.has_bad = self.has_bad or isinstance(value, Bad)
        if len(self) < MEMO_SIZE:
            self[text] = value
        return value

    def _value(self, text: str | None) -> Cell:
        if text is None:
            return None
        text = text.strip()
        if text in self._empty:
            return None
        if not text.isascii() and _is_damaged(text):
            return Bad(RefusalReason.BAD_ROW, "holds bytes that are no text in the file's encoding")
        if self._pattern is not None:
            found = self._pattern.fullmatch(text)
            if found is None:
                return Bad(RefusalReason.BAD_ROW, f"does not match {self._pattern.pattern}")
            text = (found.group(1) if found.groups() else found.group()) or ""
        if self._values:
            if text not in self._values:
                return Bad(RefusalReason.BAD_ROW, f"is none of {', '.join(sorted(self._values))}")
            text = self._values[text]
        if self._one_of and text not in self._one_of:
            return Bad(RefusalReason.BAD_ROW, f"is none of {', '.join(sorted(self._one_of))}")
        return self._odd(self._read(text)) if text else None

    def _odd(self, value: Cell) -> Cell:
        return replace(value, is_odd=True) if isinstance(value, Bad) else value


def _is_damaged(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


class _Column:
    """A target, ready to read its cells from sheet after sheet."""

    def __init__(self, target: Target, mapping: Mapping) -> None:
        field = mapping.kind.field(target.name)
        self.target = target
        self.needed = RefusalReason.BAD_ROW if target.name == OWN_ID else field.needed if field else None
        self.may_be_bad = False
        is_graded = target.form is Form.EMAIL or (target.form is Form.DATE and target.place is Place.TRAITS)
        self._stays = is_graded and field is not None and field.needed is None
        """Whether a text that is none of its form is kept as it came: what it is worth is said later."""
        self._memo = _Memo(target, mapping.layout.empty, field.one_of if field else frozenset())

    def cells(self, sheet: Sheet) -> Cells:
        memo, target = self._memo, self.target
        texts = _texts(target.text, sheet)
        cells: list[Cell] = [memo[text] for text in texts]
        self.may_be_bad = memo.has_bad
        if memo.has_bad and self._stays:
            cells = [(text or "").strip() if _is_odd(cell) else cell for cell, text in zip(cells, texts, strict=True)]
        if target.default is not None and None in cells:
            cells = [
                memo[other] if cell is None else cell
                for cell, other in zip(cells, _texts(target.default, sheet), strict=True)
            ]
        if target.when:
            cells = [cell if holds else None for cell, holds in zip(cells, _mask(target.when, sheet), strict=True)]
        if self.needed is not None and None in cells:
            bad = Bad(self.needed, "is empty")
            self.may_be_bad = True
            cells = [bad if cell is None else cell for cell in cells]
        return cells

    def detail(self, sheet: Sheet, place: int, bad: Bad) -> str:
        said = _texts(self.target.text, sheet)[place]
        shown = ascii(said)[:80] if said and _is_damaged(said) else repr(said)[:80]
        columns = ", ".join(self.target.text.columns) or "constant"
        return f"{self.target.name}: {shown} {bad.why} (column {columns})"[:DETAIL_LENGTH]


def _is_odd(cell: Cell) -> bool:
    """Say whether a text is not what its field is for, though it is text."""
    return isinstance(cell, Bad) and cell.is_odd


def _texts(template: Template, sheet: Sheet) -> Texts:
    """Fill in a template for each row; one of whose columns is empty gives nothing."""
    constant = template.constant
    if constant is not None:
        return [constant] * len(sheet)
    if len(template.pieces) == 1 and not template.pieces[0][0]:
        return sheet.columns[template.columns[0]]
    literals = [text.replace("%", "%%") + ("" if column is None else "%s") for text, column in template.pieces]
    form = "".join(literals)
    rows = zip(*(sheet.columns[column] for column in template.columns), strict=True)
    return [form % row if all(row) else None for row in rows]


def _mask(conditions: Iterable[Condition], sheet: Sheet) -> list[bool]:
    holds = [True] * len(sheet)
    for one in conditions:
        texts = sheet.columns[one.column]
        holds = [held and (text or "").strip() in one.texts for held, text in zip(holds, texts, strict=True)]
    return holds


def _is_among(cell: Cell, words: frozenset[str], plain: Callable[[str], str]) -> bool:
    return isinstance(cell, Bad) or (isinstance(cell, str) and plain(cell) in words)


def _language(said: str) -> str:
    return re.split("[-_]", said.lower(), maxsplit=1)[0]


class Shaper:
    """Shapes the sheets of one file, one after the other: it counts what it has seen before."""

    def __init__(self, mapping: Mapping, run: Run) -> None:
        self._mapping, self._run = mapping, run
        own_id = (Target(name=OWN_ID, text=mapping.id, place=Place.LINE),) if mapping.id else ()
        self._columns = [_Column(target, mapping) for target in (*mapping.targets, *own_id)]
        self._occurrences = Occurrences()
        self._has_been_checked = False
        self._held: dict[str, tuple[str | None, str | None]] = {}
        kind = mapping.kind
        self._salt = _encoder.encode((kind.name, run.source, run.brand))
        self._id_prefix = "" if kind.type is Type.TRACK else f"{kind.name}:"

    def shape(self, sheet: Sheet) -> Shaped:
        """Make the canonical lines of a sheet. Raises: ColumnMissing, where the mapping names a column it lacks."""
        sheet = self._carried(self._checked(sheet))
        cells = [column.cells(sheet) for column in self._columns]
        aside = self._aside(sheet, cells)
        left_out = self._left_out(sheet, cells)
        kept: Sequence[int] = range(len(sheet))
        if aside or left_out:
            kept = [place for place in kept if place not in aside and place not in left_out]
            cells = [[column[place] for place in kept] for column in cells]
        lines, newest = self._lines(sheet, kept, cells)
        refused = self._refused(sheet, {place: bad for place, bad in aside.items() if place not in left_out})
        if refused:
            numbered = zip((sheet.lines[place] for place in kept), lines, strict=True)
            lines = [line for _, line in sorted([*numbered, *refused])]
        return Shaped(lines=lines, refused=len(refused), skipped=len(left_out), newest=newest)

    def _checked(self, sheet: Sheet) -> Sheet:
        """See that the columns are there; later sheets of JSON lines may lack one that the first had."""
        wanted = self._wanted()
        missing = [column for column in wanted if column not in sheet.columns]
        if missing and not self._has_been_checked:
            column = missing[0]
            raise ColumnMissing(
                column=column, line=wanted[column], nearest=nearest(column, sheet.columns), columns=list(sheet.columns)
            )
        self._has_been_checked = True
        if not missing:
            return sheet
        nothing: dict[str, Texts] = {column: [None] * len(sheet) for column in missing}
        return Sheet(
            columns=sheet.columns | nothing,
            lines=sheet.lines,
            raw=sheet.raw,
            spoiled=sheet.spoiled,
            position=sheet.position,
        )

    def _carried(self, sheet: Sheet) -> Sheet:
        """Fill the cells that an export leaves empty below the first line of an order, as the mapping says."""
        layout = self._mapping.layout
        if layout.within is None:
            return sheet
        within, columns = sheet.columns[layout.within], dict(sheet.columns)
        for name in layout.carry:
            said, held = self._held.get(name, (None, None))
            filled: list[str | None] = []
            for key, text in zip(within, sheet.columns[name], strict=True):
                held = text or (held if key and key == said else None)
                said = key
                filled.append(held)
            self._held[name], columns[name] = (said, held), filled
        return replace(sheet, columns=columns)

    def _wanted(self) -> dict[str, int]:
        mapping = self._mapping
        others = [one.column for one in mapping.where] + list(mapping.id.columns if mapping.id else ())
        layout = mapping.layout
        others += [*layout.carry, layout.within] if layout.within is not None else []
        return dict.fromkeys(others, 0) | {column: one.line for one in mapping.targets for column in one.columns}

    def _left_out(self, sheet: Sheet, cells: list[Cells]) -> set[int]:
        holds = [True] * len(sheet)
        if self._mapping.where:
            holds = _mask(self._mapping.where, sheet)
        if self._mapping.selection is not None:
            wanted = self._selected(self._mapping.selection, cells, len(sheet))
            holds = [held and one for held, one in zip(holds, wanted, strict=True)]
        return {place for place, held in enumerate(holds) if not held}

    def _selected(self, wanted: Selection, cells: list[Cells], count: int) -> list[bool]:
        """Say which rows are wanted; one whose field cannot be read is, so that it is refused with its reason."""
        nothing: Cells = [None] * count
        at, country, language = (
            self._cells(cells, name) or nothing for name in ("occurred_at", "country", "language")
        )  # fmt: skip
        since = -math.inf if wanted.since is None else wanted.since
        until = math.inf if wanted.until is None else wanted.until
        holds = [not isinstance(one, int) or since <= one < until for one in at]
        if wanted.countries:
            holds = [
                held and _is_among(one, wanted.countries, str.upper) for held, one in zip(holds, country, strict=True)
            ]
        if wanted.languages:
            holds = [
                held and _is_among(one, wanted.languages, _language) for held, one in zip(holds, language, strict=True)
            ]
        return holds

    def _aside(self, sheet: Sheet, cells: list[Cells]) -> dict[int, tuple[RefusalReason, str]]:
        """Gather what is wrong with rows: the first thing of each."""
        aside: dict[int, tuple[RefusalReason, str]] = {}
        for column, its in zip(self._columns, cells, strict=True):
            for place, cell in enumerate(its if column.may_be_bad else ()):
                if cell.__class__ is Bad and place not in aside:
                    aside[place] = (cell.reason, column.detail(sheet, place, cell))
        for check in (self._nobody, self._unfit):
            for place, problem in check(cells, len(sheet)).items():
                aside.setdefault(place, problem)
        return aside

    def _cells(self, cells: list[Cells], name: str) -> Cells | None:
        """Give the cells of a field; the first that is there where several conditions fill it."""
        return next((its for column, its in zip(self._columns, cells, strict=True) if column.target.name == name), None)

    def _nobody(self, cells: list[Cells], _count: int) -> dict[int, tuple[RefusalReason, str]]:
        kind = self._mapping.kind
        names = dict.fromkeys(one.target.name for one in self._columns if kind.names(one.target.name))
        found = [its for name in names if (its := self._cells(cells, name)) is not None]
        if not found:
            return {}
        if (addresses := self._cells(cells, "email")) is not None:
            known = [cell if cell is None or is_address(cell) else None for cell in addresses]
            found = [known if its is addresses else its for its in found]
        problem = (kind.lacking, f"none of {', '.join(kind.one_needed)} is there")
        rows = zip(*found, strict=True)
        return {place: problem for place, row in enumerate(rows) if not any(cell is not None for cell in row)}

    def _unfit(self, cells: list[Cells], count: int) -> dict[int, tuple[RefusalReason, str]]:
        if self._mapping.kind.type is not Type.TRACK:
            return {}
        types = [said or "track" for said in self._cells(cells, "type") or [None] * count]
        problems: dict[int, tuple[RefusalReason, str]] = {}
        for type_, name, reason in _TYPE_NEEDS:
            if type_ not in types:
                continue
            its = self._cells(cells, name) or [None] * count
            for place, (said, cell) in enumerate(zip(types, its, strict=True)):
                if cell is None and said == type_:
                    problems.setdefault(place, (reason, f"{name}: a row of type {type_} needs it"))
        return problems

    def _lines(self, sheet: Sheet, kept: Sequence[int], cells: list[Cells]) -> tuple[list[bytes], int | None]:
        """
        Write the canonical lines of rows.

        They are put together from parts, in the order in which `model.event.encode` writes them (a test compares): the
        part that identifies a row is encoded once, for its name and for its line.
        """
        count, kind = len(kept), self._mapping.kind
        own: list[Cells] = [self._cells(cells, name) or [None] * count for name in _LINE_FIELDS]
        types: Sequence[str] = [kind.type.value] * count
        if kind.record is not None:
            own[0] = [kind.record.value] * count
        elif (said := self._cells(cells, "type")) is not None:
            types = [str(type_ or kind.type.value) for type_ in said]
        heads = [_encoder.encode(_Head(*row))[1:-1] for row in zip(*own, strict=True)]
        objects = tuple(self._objects(place, cells, count) for place in _OBJECTS)
        ids = self._own_ids(cells) or self._made_ids(types, heads, objects)
        starts = {type_: self._start(type_) for type_ in set(types)}
        end = b',"import_id":' + _encoder.encode(self._run.import_id) + b',"row":%d}'
        rows = zip(kept, types, ids, heads, *objects, strict=True)
        lines = [
            b"".join((starts[type_], message_id, b",", head, *parts, end % sheet.lines[place]))
            for place, type_, message_id, head, *parts in rows
        ]
        return lines, max((at for at in own[-1] if isinstance(at, int)), default=None)

    def _start(self, type_: str) -> bytes:
        """Write what is the same for all rows of a type, up to the message id."""
        run = self._run
        whole = encode(
            Line(
                v=ENVELOPE_VERSION,
                type=type_,
                source=run.source,
                brand=run.brand,
                received_at=run.now_micros,
                trust=Trust.CONFIRMED.value,
                dialect=DIALECT,
                historical=True,
            )
        )
        return whole.removesuffix(b"}") + b',"message_id":'

    def _objects(self, place: Place, cells: list[Cells], count: int) -> list[bytes]:
        """
        Write the JSON objects of one place, each after its key; nothing where the mapping puts nothing there.

        Order: keys by name, so that a reordered mapping says the same.
        """
        found = {
            column.target.path: its
            for column, its in zip(self._columns, cells, strict=True)
            if column.target.place is place
        }
        if not found:
            return [b""] * count
        paths, key = sorted(found), b',"%b":' % place.value.encode()
        rows = zip(*(found[path] for path in paths), strict=True)
        if all(len(path) == 1 for path in paths):
            make = _object_of(tuple(path[0] for path in paths))
            return [key + _encoder.encode(make(*row)) for row in rows]
        return [key + _encoder.encode(_nested(paths, row)) for row in rows]

    def _own_ids(self, cells: list[Cells]) -> list[bytes] | None:
        own_ids = self._cells(cells, OWN_ID)
        return None if own_ids is None else [_encoder.encode(f"{self._id_prefix}{own!s}") for own in own_ids]

    def _made_ids(self, types: Sequence[str], heads: list[bytes], objects: tuple[list[bytes], ...]) -> list[bytes]:
        """
        Name each row by what it says, and how often that was said before in the file.

        So a second import, or that of a longer re-export, finds the same names.
        """
        salts = {type_: self._salt + type_.encode() for type_ in set(types)}
        digests = [
            blake2b(b"\n".join((salts[type_], head, *parts)), digest_size=DIGEST_BYTES).digest()
            for type_, head, *parts in zip(types, heads, *objects, strict=True)
        ]
        numbers = self._occurrences.number(digests)
        return [
            b'"%b-%d"' % (digest.hex().encode(), number) if number else b'"%b"' % digest.hex().encode()
            for digest, number in zip(digests, numbers, strict=True)
        ]

    def _refused(self, sheet: Sheet, aside: dict[int, tuple[RefusalReason, str]]) -> list[tuple[int, bytes]]:
        spoiled = [(one.line, RefusalReason.BAD_ROW, one.detail, one.raw) for one in sheet.spoiled]
        unfit = [(sheet.lines[place], reason, detail, sheet.raw(place)) for place, (reason, detail) in aside.items()]
        return [(number, self._refuse(number, reason, detail, raw)) for number, reason, detail, raw in spoiled + unfit]

    def _refuse(self, number: int, reason: RefusalReason, detail: str, raw: bytes) -> bytes:
        run = self._run
        return encode(
            Line(
                v=ENVELOPE_VERSION,
                type=Type.REFUSED.value,
                source=run.source,
                brand=run.brand,
                received_at=run.now_micros,
                trust=Trust.CONFIRMED.value,
                dialect=DIALECT,
                historical=True,
                import_id=run.import_id,
                row=number,
                reason=reason.value,
                detail=f"line {number}: {detail}"[:DETAIL_LENGTH],
                raw=base64.b64encode(raw[:RAW_BYTES]).decode("ascii"),
            )
        )


_TYPE_NEEDS = (
    ("track", "name", RefusalReason.MISSING_NAME),
    ("group", "group_id", RefusalReason.MISSING_GROUP),
    ("alias", "previous_id", RefusalReason.MISSING_PREVIOUS),
    ("alias", "user_id", RefusalReason.MISSING_PREVIOUS),
)


@lru_cache(maxsize=64)
def _object_of(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """Make the class of a flat object: faster to write than a dictionary, and it leaves out what is None."""
    fields = [(f"field_{place}", object, None) for place in range(len(names))]
    rename = {field[0]: name for field, name in zip(fields, names, strict=True)}
    return msgspec.defstruct("Object", fields, rename=rename, omit_defaults=True, gc=False)


def _nested(paths: list[tuple[str, ...]], row: Sequence[Cell]) -> dict[str, object]:
    whole: dict[str, object] = {}
    for path, cell in zip(paths, row, strict=True):
        if cell is None:
            continue
        inside = whole
        for step in path[:-1]:
            name = step.removesuffix("[]")
            fresh: dict[str, object] = {}
            held = inside.setdefault(name, [fresh] if step.endswith("[]") else fresh)
            inside = held[0] if isinstance(held, list) else held  # type: ignore[assignment]  # we put a dict there
        inside[path[-1]] = cell
    return whole
