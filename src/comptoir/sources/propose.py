"""Proposing a mapping from a file's header and values: used at once where it is obvious, else printed as a start."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Mapping as Mapped
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from comptoir.sources import aliases, files, guess, mapping
from comptoir.sources.base import PLAIN, FileUnreadable, MappingBroken, MappingNeeded, Sheet
from comptoir.sources.forms import ISO_WORD, Bad, Form
from comptoir.sources.kinds import KINDS, Field, RowKind
from comptoir.sources.mapping import Mapping

SAMPLE_ROWS = 500
_SUMS = frozenset({Form.AMOUNT, Form.NUMBER, Form.RETURNED})
MOST_WORDS = 20
"""Different texts of a column that can be words of a field; where there are more, it is another column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A mapping made from a header."""

    text: str
    """Its YAML."""
    lacking: tuple[str, ...]
    """The needed fields for which no column was found: while there are any, it cannot be used."""

    def mapping(self) -> Mapping:
        """Give the mapping. Raises: MappingBroken while something is lacking."""
        return mapping.parse(self.text, name="proposed mapping")


def propose(path: Path, kind_name: str, *, zone: str = "UTC") -> Proposal:
    """
    Look at a file's header and values, and say which column is likely which field; `zone` is where it is written.

    Raises: FileUnreadable.
    """
    with closing(files.sheets(path, PLAIN)) as sheets:
        sheet = next(sheets, None)
        if sheet is None:
            raise FileUnreadable(file=str(path), why="it has no rows")
        kind = KINDS[kind_name]
        found = _columns(kind, sheet)
        told = _by_values(kind, found, sheet)
        dates = _dates_of(kind, found, sheet, lambda: files.sheets(path, PLAIN))
        return _write(kind, found, sheet, told=told, dates=dates, zone=zone)


def obvious(path: Path, kind_name: str, *, zone: str = "UTC") -> Mapping:
    """Give the mapping that a file's header makes obvious. Raises: MappingNeeded, with a proposal to complete."""
    proposal = propose(path, kind_name, zone=zone)
    if proposal.lacking:
        needed = MappingNeeded(file=str(path), lacking=list(proposal.lacking))
        needed.proposal = proposal.text
        raise needed
    return proposal.mapping()


def fits(path: Path, kind_name: str, former: str) -> bool:
    """
    Say whether the mapping that rows last came in by fits a file: then it holds, as another would make new rows of old.

    Raises: FileUnreadable.
    """
    try:
        how = mapping.parse(former)
    except MappingBroken:
        return False
    with closing(files.sheets(path, how.layout)) as sheets:
        sheet = next(sheets, None)
    wanted = {column for one in how.targets for column in one.columns} | set(how.id.columns if how.id else ())
    return how.kind.name == kind_name and sheet is not None and wanted <= sheet.columns.keys()


def _columns(kind: RowKind, sheet: Sheet) -> dict[str, str]:
    """Pair fields with columns: one of the field's own name first, then one of its other names, if its values fit."""
    header = list(sheet.columns)
    bare: dict[str, str] = {}
    column: str | None
    for column in header:
        for spelling in aliases.spellings(column):
            bare.setdefault(spelling, column)
    for column in header:  # a name in full beats one that was cut short
        bare[aliases.bare(column)] = column
    found = {field.name: bare[aliases.bare(field.name)] for field in kind.fields if aliases.bare(field.name) in bare}
    for exported, signs, columns in aliases.EXPORTS:
        if exported == kind.name and signs <= bare.keys():
            found |= {name: bare[column] for name, column in columns.items() if column in bare}
    for field in kind.fields:
        words = aliases.words_of(kind.name, field.name)
        fitting = (
            bare[word]
            for word in words
            if word in bare and bare[word] not in found.values() and guess.may_be(field, _sample(sheet, bare[word]))
        )
        column = next(fitting, None)
        if field.name not in found and column is not None:
            found[field.name] = column
    return found


def _by_values(kind: RowKind, found: dict[str, str], sheet: Sheet) -> frozenset[str]:
    """Pair the fields that have no column yet with a column whose values look like theirs; give those fields."""
    told = set()
    for name, looks in guess.LOOKS.items():
        field = kind.field(name)
        if field is None or name in found or (name == "country" and "shop" in found):
            continue
        if name == "occurred_at" and field.needed is None:
            continue  # a day that is only one of several things said of a person or product is not when it was said
        free = [column for column in sheet.columns if column not in found.values()]
        likely = [column for column in free if looks(_sample(sheet, column))]
        if len(likely) == 1 or (likely and name != "occurred_at"):
            found[name] = likely[0]
            told.add(name)
    return frozenset(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dates:
    """How the dates of a column are written, whether they can be read in no other way, and what shows it."""

    format: str | None = None
    is_sure: bool = True
    because: str = ""
    is_readable: bool = True


def _dates_of(kind: RowKind, found: dict[str, str], sheet: Sheet, again: Callable[[], Iterator[Sheet]]) -> _AllDates:
    """Say how each column of dates is written; one of the optional ones that can be read in no way is left out."""
    by_field: dict[str, _Dates] = {}
    for field in kind.fields:
        column = found.get(field.name)
        if column is None or field.form not in {Form.INSTANT, Form.DATE}:
            continue
        dates = _dates(column, sheet, again())
        if dates.is_readable or field.needed is not None:
            by_field[field.name] = dates
        else:
            del found[field.name]
    if not by_field:
        return _AllDates(whole=_Dates(), own={})
    _agree(by_field)
    first = by_field.get("occurred_at") or next(iter(by_field.values()))
    own = {name: one.format for name, one in by_field.items() if one.format != first.format}
    return _AllDates(whole=first, own=own, is_sure=all(one.is_sure for one in by_field.values()))


def _agree(by_field: dict[str, _Dates]) -> None:
    """Read a column that could be read in two ways as one that cannot: no tool writes both in one file."""
    sure = next((one.format for one in by_field.values() if one.because), None)
    for name, one in by_field.items():
        twin = guess.twin(one.format)
        if sure is not None and not one.is_sure and twin is not None:
            day_first = sure.index("%d") < sure.index("%m")
            fits = one.format if (one.format or "").startswith("%d") is day_first else twin
            by_field[name] = replace(one, format=fits, is_sure=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _AllDates:
    """How dates are written: as a rule, and in which columns otherwise."""

    whole: _Dates
    own: Mapped[str, str | None]
    is_sure: bool = True


def _dates(column: str, sheet: Sheet, sheets: Iterator[Sheet]) -> _Dates:
    """Say how dates are written; 01/02/2025 could be two days, so then the whole column is read until one tells."""
    sample = _sample(sheet, column)
    fitting = guess.date_formats(sample)
    if not fitting:
        return _Dates(is_sure=not sample, is_readable=not sample)
    likely, twin = fitting[0], guess.twin(fitting[0])
    if twin is None:
        return _Dates(format=likely)
    differs = False
    for one in sheets:
        texts = list(dict.fromkeys(_texts(one, column)))
        for text, said, other in zip(texts, guess.values_of(texts, likely), guess.values_of(texts, twin), strict=True):
            if isinstance(said, Bad) != isinstance(other, Bad):
                return _Dates(format=twin if isinstance(said, Bad) else likely, because=text)
            differs = differs or said != other
    return _Dates(format=likely, is_sure=not differs)


def _write(
    kind: RowKind, found: dict[str, str], sheet: Sheet, *, told: Collection[str], dates: _AllDates, zone: str
) -> Proposal:
    lines = ["version: 1", f"kind: {kind.name}", *_writing(kind, found, sheet)]
    if dates.whole.format or (zone != "UTC" and any(one.form is Form.INSTANT for one in _dated(kind, found))):
        because = f"   # {dates.whole.because!r} can be read in no other way" if dates.whole.because else ""
        lines += ["dates:"]
        lines += [f'  format: "{dates.whole.format}"{because}'] if dates.whole.format else []
        lines += [f"  zone: {zone}   # in which zone are these times?"]
    lines.append("fields:")
    lacking = [] if dates.is_sure else ["dates.format"]
    fixed = dict(kind.fixed)
    for field in kind.fields:
        column = found.get(field.name)
        if column is not None:
            remark = "   # told by its values" if field.name in told else ""
            said, unknown = _field(field, column, _sample(sheet, column))
            if field.name in dates.own:
                said = [f'  {field.name}: {{column: {_json(column)}, format: "{dates.own[field.name] or ISO_WORD}"}}']
            lines += [said[0] + remark, *said[1:]]
            lacking += [field.name] if unknown else []
        elif field.name == "currency" and (code := _currency(kind, found, sheet)):
            lines.append(f"  currency: {{constant: {code}}}   # told by the sums")
        elif field.needed is not None and field.name not in fixed:
            lines.append(f"  # {field.name}:   # needed: {_hint(field)}")
            lacking.append(field.name)
    if kind.one_needed and not any(map(kind.names, found)):
        lines.append(f"  # one of {', '.join(kind.one_needed)} is needed")
        lacking.append(" or ".join(kind.one_needed))
    if kind.name == "events" and "name" not in found:
        lacking.append("name")
    rest = [column for column in sheet.columns if column not in found.values()]
    if rest:
        lines.append(f"  # columns left out: {', '.join(_plain(column) for column in rest)}")
    return Proposal(text="\n".join(lines) + "\n", lacking=tuple(lacking))


def _dated(kind: RowKind, found: Mapped[str, str]) -> list[Field]:
    return [one for one in kind.fields if one.form in {Form.INSTANT, Form.DATE} and one.name in found]


def _currency(kind: RowKind, found: Mapped[str, str], sheet: Sheet) -> str | None:
    """Give the one currency that the sums say themselves: `Amount spent (EUR)`, `12,50 €`."""
    columns = [found[one.name] for one in kind.fields if one.form in _SUMS and one.name in found]
    return guess.currency_of(columns, [text for column in columns for text in _sample(sheet, column)])


def _writing(kind: RowKind, found: dict[str, str], sheet: Sheet) -> list[str]:
    """Say how numbers are written, where it is not with a point."""
    names = [field.name for field in kind.fields if field.form in _SUMS and field.name in found]
    texts = [text for name in names for text in _sample(sheet, found[name])]
    decimal, thousands = guess.number_writing(texts)
    said = [f'  decimal: "{decimal}"'] if decimal == "," else []
    said += [f'  thousands: "{thousands}"'] if thousands else []
    carried = _carried(kind, found, sheet)
    if carried:
        said += [f"  carry: [{', '.join(map(_json, carried))}]", f"  within: {_json(found['order_id'])}"]
    return ["file:", *said] if said else []


def _carried(kind: RowKind, found: Mapped[str, str], sheet: Sheet) -> list[str]:
    """Name the columns that an export fills on the first line of an order alone, where a line cannot lack them."""
    order = sheet.columns.get(found.get("order_id", ""))
    if order is None or kind.field("quantity") is None:
        return []
    follows = [place for place in range(1, len(order)) if order[place] and order[place] == order[place - 1]]
    first = [place for place in range(len(order)) if place == 0 or order[place] != order[place - 1]]
    needed = {one.name for one in kind.fields if one.needed is not None}
    half_empty = [
        name
        for name, column in found.items()
        if follows and not any(sheet.columns[column][place] for place in follows)
        and any(sheet.columns[column][place] for place in first)
    ]  # fmt: skip
    is_so = bool(needed.intersection(half_empty))
    return [found[name] for name in half_empty] if is_so else []


def _field(field: Field, column: str, texts: Sequence[str]) -> tuple[list[str], bool]:
    """Write a field, with what its texts mean where it takes some words only; say whether one means nothing we know."""
    found = list(dict.fromkeys(texts))
    if not field.one_of or len(found) > MOST_WORDS or all(text in field.one_of for text in found):
        return [f"  {field.name}: {_quoted(column)}"], False
    meant = {text: guess.word_for(text, field.one_of) for text in found}
    takes = ", ".join(sorted(field.one_of))
    values = [
        f"      {_text(text)}: {word}" if word else f"      # {_text(text)}:   # which of {takes}?"
        for text, word in meant.items()
    ]
    return [
        f"  {field.name}:",
        f"    column: {json.dumps(column, ensure_ascii=False)}",
        "    values:",
        *values,
    ], None in meant.values()


def _text(text: str) -> str:
    return json.dumps(_plain(text), ensure_ascii=False)


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _hint(field: Field) -> str:
    if field.form is Form.CURRENCY:
        return "a column, or {constant: EUR}"
    return field.says


def _texts(sheet: Sheet, column: str) -> list[str]:
    return [text.strip() for text in sheet.columns.get(column, ()) if text and text.strip()]


def _sample(sheet: Sheet, column: str) -> list[str]:
    return [text.strip() for text in sheet.columns[column][:SAMPLE_ROWS] if text and text.strip()]


def _plain(column: str) -> str:
    """Write a column's name so that it ends no comment."""
    return "".join(one if one.isprintable() else " " for one in column)


def _quoted(column: str) -> str:
    plain = column.replace("_", "").replace(" ", "")
    is_plain = plain.isalnum() and not column[:1].isdigit() and column == column.strip()
    quoted = json.dumps(column, ensure_ascii=False)
    return column if is_plain else f"{{column: {quoted}}}" if "{" in column else quoted  # braces would be a template
