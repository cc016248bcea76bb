"""Forms from the declarations of steps: each kind of field becomes controls, and what was typed becomes YAML again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from comptoir import localtime
from comptoir.grammar import fields
from comptoir.grammar.fields import BadDefinition, Map
from comptoir.model.scenario import BACK_IN_STOCK, MESSAGE_ANSWERED, PAGE_VIEWED, PRICE_DROPPED, FieldKind, FormField
from comptoir.web import scenario_conditions
from comptoir.web.scenario_controls import Control, Row, Typed, Wrong, first, places
from comptoir.web.scenario_spans import UNITS, read_span, write_span
from comptoir.web.speech import Speech

EVENTS = (
    "Product Viewed", "Product Added", "Product Removed", "Cart Updated", "Checkout Started", "Order Completed",
    "Order Refunded", "Order Cancelled", "Signed Up", "Newsletter Subscribed", PAGE_VIEWED, BACK_IN_STOCK,
    PRICE_DROPPED, MESSAGE_ANSWERED,
)  # fmt: skip
_CLOCK = re.compile(r"^([01]?\d|2[0-3]):[0-5]\d$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is offered where a field names something of the shop."""

    templates: tuple[str, ...] = ()
    stored: tuple[str, ...] = ()
    named: Mapping[FieldKind, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """By kind of field, what the shop has of it: what is written and what it is called."""


@dataclass(slots=True)
class Reading:
    """What a form came to: values by field, rows of ways, and what is wrong beside each control."""

    values: dict[str, object] = field(default_factory=dict)
    rows: dict[str, list[tuple[int | None, Mapping[str, object]]]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def typed(form: Iterable[FormField], said: Mapping[str, object]) -> dict[str, list[str]]:
    """Write the fields of a definition as they would be typed."""
    found: dict[str, list[str]] = {}
    for one in form:
        value = said.get(one.name, one.default if one.kind in _SHOWN_DEFAULTS else None)
        if value is not None:
            found |= _writer(one)(one.name, value)
    return found


def starting(form: Iterable[FormField], choices: Choices) -> dict[str, list[str]]:
    """Give what a new step's form begins with: its defaults, and two ways where ways are drawn."""
    found: dict[str, list[str]] = {}
    for one in form:
        if one.default is not None and one.is_required | (one.kind is FieldKind.DURATION):
            found |= _WRITE.get(one.kind, _write_text)(one.name, one.default)
        elif one.kind is FieldKind.WEIGHTS:
            found |= _write_weights(one.name, [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}])
        elif one.kind is FieldKind.TEMPLATE and one.name == "template" and choices.templates:
            found[one.name] = [choices.templates[0]]
        elif one.name == "within":
            found |= write_span(one.name, "1 day")
    return found


def read(form: Iterable[FormField], typed: Typed, said: Speech, former: Mapping[str, object] | None = None) -> Reading:
    """
    Read what was typed; what nobody has touched keeps its form in `former`, to the letter.

    What is wrong is said in the reader's tongue, under the name of its control.
    """
    made = Reading()
    for one in form:
        if one.kind is FieldKind.BLOCK:
            continue
        before = (former or {}).get(one.name)
        writer = _writer(one)
        if before is not None and one.kind not in _OF_WAYS and _same(one.name, writer(one.name, before), typed):
            made.values[one.name] = before
            continue
        try:
            value = _READ.get(one.kind, _read_text)(one, typed, made)
        except Wrong as error:
            made.wrong[error.control or one.name] = said(f"scenario.wrong.{error.what}")
            continue
        if value is None and one.is_required and one.kind not in _OF_WAYS:
            made.wrong[one.name] = said("scenario.wrong.missing")
        elif value is not None and (one.kind not in _SHOWN_DEFAULTS or value != one.default or one.is_required):
            made.values[one.name] = value
    return made


def controls(
    form: Iterable[FormField], typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]
) -> list[Control]:
    """Draw a form with what is typed in it and what is wrong with that."""
    language = said.language.value
    made = []
    for one in form:
        if one.kind is FieldKind.BLOCK:
            continue
        draw = _DRAW.get(one.kind)
        base = {
            "name": one.name,
            "label": said.spaced(one.label[language]),
            "help": said.spaced(one.help.get(language, "")) or _hint(one.kind, said),
            "error": wrong.get(one.name, ""),
            "is_required": one.is_required,
            "value": first(typed, one.name),
        }
        extra = draw(one, typed, said, choices, wrong) if draw else {"draws": "text"}
        made.append(Control(**(base | extra)))
    return made


def _hint(kind: FieldKind, said: Speech) -> str:
    key = f"scenario.hint.{kind.value}"
    return said(key) if said.has(key) else ""


def _same(name: str, written: Typed, typed: Typed) -> bool:
    """Say whether what is typed under a name, blanks of further rows left out, is what was written."""
    mine = {
        key: [one for one in value if one] for key, value in typed.items() if key == name or key.startswith(f"{name}.")
    }
    other = {key: [str(one) for one in value if one] for key, value in written.items()}
    noise = (".operator", ".unit", ".kind", ".mode")
    filled = {key: value for key, value in mine.items() if value and (key in other or not key.endswith(noise))}
    return filled == {key: value for key, value in other.items() if value}


# ── from a definition to what would be typed ──


def _write_text(name: str, value: object) -> dict[str, list[str]]:
    if isinstance(value, bool):
        return {name: ["true" if value else "false"]}
    return {name: [str(value)]}


def _write_list(name: str, value: object) -> dict[str, list[str]]:
    many = value if isinstance(value, (list, tuple)) else [value]
    return {name: [", ".join(str(one) for one in many)]}


def _write_many(name: str, value: object) -> dict[str, list[str]]:
    return {name: [str(one) for one in (value if isinstance(value, (list, tuple)) else [value])]}


def _write_flag(name: str, value: object) -> dict[str, list[str]]:
    return {name: ["yes" if value in (True, "true") else ""]}


def _write_share(name: str, value: object) -> dict[str, list[str]]:
    percent = Decimal(str(value)) * 100
    return {name: [f"{percent.normalize():f}"]}


def _write_mapping(name: str, value: object) -> dict[str, list[str]]:
    if not value:
        return {name: [""]}
    return {name: [yaml.safe_dump(_plain(value), allow_unicode=True, sort_keys=False).strip()]}


def _write_weights(name: str, value: object) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place, row in enumerate(value if isinstance(value, list) else ()):
        found[f"{name}.{place}.name"] = [str(row.get("name", ""))]
        found[f"{name}.{place}.weight"] = [str(row.get("weight", 1))]
        found[f"{name}.{place}.was"] = [str(place)]
    return found


def _write_cases(name: str, value: object) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place, row in enumerate(value if isinstance(value, list) else ()):
        found[f"{name}.{place}.name"] = [str(row.get("name", ""))]
        found[f"{name}.{place}.was"] = [str(place)]
        found |= scenario_conditions.write(f"{name}.{place}.if", row.get("if"))
    return found


def _plain(value: object) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


_WRITE: Mapping[FieldKind, Callable[[str, Any], dict[str, list[str]]]] = {
    FieldKind.TAGS: _write_list,
    FieldKind.LABELS: _write_many,
    FieldKind.STAGES: _write_many,
    FieldKind.TIERS: _write_many,
    FieldKind.PRODUCT: _write_list,
    FieldKind.ADDRESSES: _write_list,
    FieldKind.WEEKDAYS: _write_many,
    FieldKind.FLAG: _write_flag,
    FieldKind.SHARE: _write_share,
    FieldKind.DURATION: write_span,
    FieldKind.MAPPING: _write_mapping,
    FieldKind.WEIGHTS: _write_weights,
    FieldKind.CASES: _write_cases,
    FieldKind.WHERE: scenario_conditions.write_where,
    FieldKind.CONDITION: scenario_conditions.write,
}


def _writer(one: FormField) -> Callable[[str, Any], dict[str, list[str]]]:
    """Give what writes a field down: tags of a closed set are a box each, others one line."""
    return _write_many if one.kind is FieldKind.TAGS and one.options else _WRITE.get(one.kind, _write_text)


_OF_WAYS = frozenset({FieldKind.WEIGHTS, FieldKind.CASES})
_SHOWN_DEFAULTS = frozenset({FieldKind.CHOICE, FieldKind.FLAG})
"""Kinds whose control cannot be empty: it shows what holds where nothing is written."""

# ── from what was typed to a definition ──


def _read_text(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    return first(typed, one.name) or None


def _read_choice(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    value = first(typed, one.name)
    if value and one.options and value not in one.options:
        raise Wrong("choice")
    return value or None


def _read_list(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    if one.options:
        return [option for option in one.options if option in typed.get(one.name, ())] or None
    found = [part.strip() for part in re.split(r"[,;\n]", first(typed, one.name)) if part.strip()]
    if one.kind is FieldKind.ADDRESSES and not all("@" in part for part in found):
        raise Wrong("addresses")
    return found or None


def _read_many(one: FormField, typed: Typed, made: Reading) -> object | None:
    """Read boxes that are ticked, or names that are written in one line where nothing was offered."""
    del made
    found = [part.strip() for line in typed.get(one.name, ()) for part in re.split(r"[,;\n]", line) if part.strip()]
    return found or None


def _read_whole(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    value = first(typed, one.name)
    if value and not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Wrong("whole")
    return int(value) if value else None


def _read_decimal(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    value = first(typed, one.name).replace(",", ".").replace("\u202f", "").replace(" ", "")
    if not value:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise Wrong("amount") from error
    if not number.is_finite() or abs(number) >= 10**12:
        raise Wrong("amount")
    return int(number) if number == number.to_integral_value() else f"{number:f}"


def _read_date(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    value = first(typed, one.name)
    try:
        return date.fromisoformat(value).isoformat() if value else None
    except ValueError as error:
        raise Wrong("date") from error


def _read_share(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    value = first(typed, one.name).replace(",", ".").removesuffix("%").strip()
    if not value:
        return None
    try:
        share = Decimal(value) / 100
    except InvalidOperation as error:
        raise Wrong("share") from error
    if not (share.is_finite() and 0 <= share <= 1):
        raise Wrong("share")
    return f"{share.normalize():f}" if share % 1 else int(share)


def _read_flag(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    is_on = first(typed, one.name) == "yes"
    return None if is_on == bool(one.default) else is_on


def _read_duration(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    return read_span(one.name, typed)


def _read_clock(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    value = first(typed, one.name)
    if value and not _CLOCK.match(value):
        raise Wrong("local_time")
    return value or None


def _read_days(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    asked = set(typed.get(one.name, ()))
    return [day for day in localtime.WEEKDAYS if day in asked] or None


def _read_mapping(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    value = first(typed, one.name)
    try:
        return fields.load(value) if value else None
    except BadDefinition as error:
        raise Wrong("mapping") from error


def _read_where(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    return scenario_conditions.read_where(one.name, typed)


def _read_condition(one: FormField, typed: Typed, made: Reading) -> object | None:
    del made
    return scenario_conditions.read(one.name, typed)


def _read_weights(one: FormField, typed: Typed, made: Reading) -> None:
    listed: list[tuple[int | None, Mapping[str, object]]] = []
    for place in places(one.name, typed):
        name = first(typed, f"{one.name}.{place}.name")
        weight = first(typed, f"{one.name}.{place}.weight") or "1"
        if not name:
            continue
        if not (weight.isascii() and weight.isdigit() and 0 < int(weight) < 1_000_000):
            raise Wrong("weight")
        listed.append((_was(one.name, place, typed), {"name": name, "weight": int(weight)}))
    _check_names(listed)
    made.rows[one.name] = listed


def _read_cases(one: FormField, typed: Typed, made: Reading) -> None:
    listed: list[tuple[int | None, Mapping[str, object]]] = []
    for place in places(one.name, typed):
        name = first(typed, f"{one.name}.{place}.name")
        condition = scenario_conditions.read(f"{one.name}.{place}.if", typed)
        if condition is None and not name:
            continue
        if condition is None:
            raise Wrong("case")
        named = {"name": name} if name else {}
        listed.append((_was(one.name, place, typed), {**named, "if": condition}))
    _check_names([row for row in listed if "name" in row[1]])
    if not listed:
        raise Wrong("no_way")
    made.rows[one.name] = listed


def _check_names(listed: Sequence[tuple[int | None, Mapping[str, object]]]) -> None:
    names = [row["name"] for _, row in listed]
    if len(set(names)) < len(names) or "otherwise" in names:
        raise Wrong("names")


def _was(name: str, place: int, typed: Typed) -> int | None:
    value = first(typed, f"{name}.{place}.was")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else None


_READ: Mapping[FieldKind, Callable[[FormField, Typed, Reading], object | None]] = {
    FieldKind.TAGS: _read_list,
    FieldKind.LABELS: _read_many,
    FieldKind.STAGES: _read_many,
    FieldKind.TIERS: _read_many,
    FieldKind.ADDRESSES: _read_list,
    FieldKind.CHOICE: _read_choice,
    FieldKind.WHOLE: _read_whole,
    FieldKind.DECIMAL: _read_decimal,
    FieldKind.DATE: _read_date,
    FieldKind.PRODUCT: _read_list,
    FieldKind.SHARE: _read_share,
    FieldKind.FLAG: _read_flag,
    FieldKind.DURATION: _read_duration,
    FieldKind.LOCAL_TIME: _read_clock,
    FieldKind.WEEKDAYS: _read_days,
    FieldKind.MAPPING: _read_mapping,
    FieldKind.WHERE: _read_where,
    FieldKind.CONDITION: _read_condition,
    FieldKind.WEIGHTS: _read_weights,
    FieldKind.CASES: _read_cases,
}

# ── from what is typed to what is drawn ──


def _options(words: str, options: Iterable[str], said: Speech, *, has_none: bool) -> tuple[tuple[str, str], ...]:
    none = (("", said("scenario.option.none")),) if has_none else ()
    return (*none, *((one, said.known(words, one)) for one in options))


def _draw_choice(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    del typed, choices, wrong
    none = not one.is_required and one.default is None
    return {"draws": "choice", "options": _options("scenario.option", one.options, said, has_none=none)}


def _draw_template(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    del wrong
    offered = choices.stored if one.name == "stored" else choices.templates
    mine = first(typed, one.name)
    offered = offered if not mine or mine in offered else (*offered, mine)
    none = (("", said("scenario.option.none")),)
    return {"draws": "choice", "options": (*none, *((name, name) for name in offered))}


def _draw_duration(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    del choices, wrong
    units = tuple((unit, said(f"scenario.unit.{unit}")) for unit in UNITS)
    return {"draws": "duration", "unit": first(typed, f"{one.name}.unit") or "days", "options": units}


def _draw_days(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    del choices, wrong
    days = tuple((day, said(f"scenario.day.{day}")) for day in localtime.WEEKDAYS)
    return {"draws": "days", "values": tuple(typed.get(one.name, ())), "options": days}


def _draw_tags(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    """Draw a box for each tag of a closed set, a line of text for others."""
    del choices, wrong
    if not one.options:
        return {"draws": "text"}
    options = tuple((option, said.known("scenario.option", option)) for option in one.options)
    return {"draws": "days", "values": tuple(typed.get(one.name, ())), "options": options}


def _draw_event(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    del one, typed, choices, wrong
    return {"draws": "event", "options": tuple((name, said.known("name", name)) for name in EVENTS)}


def _draw_named(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    """Draw a field that names something of the shop: what there is of it is offered, other names are taken too."""
    del typed, said, wrong
    return {"draws": "event", "options": tuple(choices.named.get(one.kind, ()))}


def _draw_boxes(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    """Draw a box for each name that the shop has, and for those that are asked for already; else a line of text."""
    del said, wrong
    held = tuple(typed.get(one.name, ()))
    offered = tuple(choices.named.get(one.kind, ()))
    if not offered:
        return {"draws": "text", "value": ", ".join(held)}
    known = {name for name, _ in offered}
    return {
        "draws": "days",
        "values": held,
        "options": (*offered, *((name, name) for name in held if name not in known)),
    }


def _draw_where(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    del choices
    return {"draws": "where", "rows": scenario_conditions.where_rows(one.name, typed, said, wrong)}


def _draw_condition(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    del choices
    return scenario_conditions.drawn(one.name, typed, said, wrong)


def _draw_weights(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    del choices, wrong
    made = []
    held = places(one.name, typed)
    for place in (*held, max(held, default=-1) + 1):
        prefix = f"{one.name}.{place}"
        made.append(
            Row(
                prefix=prefix,
                was=first(typed, f"{prefix}.was"),
                controls=(
                    Control(name=f"{prefix}.name", draws="text", label=said("scenario.way.name"),
                            value=first(typed, f"{prefix}.name")),
                    Control(name=f"{prefix}.weight", draws="number", label=said("scenario.way.weight"),
                            value=first(typed, f"{prefix}.weight")),
                ),
            )
        )  # fmt: skip
    return {"draws": "weights", "rows": tuple(made)}


def _draw_cases(one: FormField, typed: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Any:
    del choices
    made: list[Row] = []
    held = places(one.name, typed)
    for place in (*held, max(held, default=-1) + 1):
        prefix = f"{one.name}.{place}"
        name = Control(
            name=f"{prefix}.name", draws="text", label=said("scenario.way.name"), value=first(typed, f"{prefix}.name")
        )
        drawn = scenario_conditions.drawn(f"{prefix}.if", typed, said, wrong)
        asks = Control(name=f"{prefix}.if", label=said("scenario.way.if"), error=wrong.get(f"{prefix}.if", ""), **drawn)
        title = said("scenario.way.number", n=len(made) + 1)
        made.append(Row(prefix=prefix, was=first(typed, f"{prefix}.was"), controls=(name, asks), label=title))
    return {"draws": "cases", "rows": tuple(made)}


def _as(draws: str) -> Callable[..., Any]:
    return lambda *_: {"draws": draws}


_DRAW: Mapping[FieldKind, Callable[..., Any]] = {
    FieldKind.LONG_TEXT: _as("area"),
    FieldKind.MAPPING: _as("area"),
    FieldKind.WHOLE: _as("number"),
    FieldKind.SHARE: _as("share"),
    FieldKind.FLAG: _as("flag"),
    FieldKind.LOCAL_TIME: _as("clock"),
    FieldKind.CHOICE: _draw_choice,
    FieldKind.TEMPLATE: _draw_template,
    FieldKind.DURATION: _draw_duration,
    FieldKind.WEEKDAYS: _draw_days,
    FieldKind.EVENT: _draw_event,
    FieldKind.TAGS: _draw_tags,
    FieldKind.DECIMAL: _as("number"),
    FieldKind.DATE: _as("date"),
    FieldKind.CATEGORY: _draw_named,
    FieldKind.PRODUCT: _draw_named,
    FieldKind.TRAIT: _draw_named,
    FieldKind.SCORE: _draw_named,
    FieldKind.SEGMENT: _draw_named,
    FieldKind.LABEL: _draw_named,
    FieldKind.LABELS: _draw_boxes,
    FieldKind.STAGES: _draw_boxes,
    FieldKind.TIERS: _draw_boxes,
    FieldKind.WHERE: _draw_where,
    FieldKind.CONDITION: _draw_condition,
    FieldKind.WEIGHTS: _draw_weights,
    FieldKind.CASES: _draw_cases,
}


def as_map(value: object) -> Map:
    """Give a mapping as definitions hold it, those inside it too."""
    assert isinstance(value, Mapping)
    return Map({name: as_map(one) if isinstance(one, Mapping) else one for name, one in value.items()})
