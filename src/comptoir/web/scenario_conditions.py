"""Conditions as rows of a form: which question, what it asks about, all of them or any; what is deeper stays text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from comptoir import localtime
from comptoir.grammar import fields, properties
from comptoir.grammar.fields import BadDefinition, Map
from comptoir.scenarios import conditions
from comptoir.web.scenario_controls import Control, Row, Typed, Wrong, first, places
from comptoir.web.scenario_spans import UNITS, read_span, write_span
from comptoir.web.speech import Speech

_RECENT = (("within", "duration"), ("category", "text"), ("product", "text"))
_TEST = (("name", "text"), ("operator", "operator"), ("value", "text"))
OPERANDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "cart_amount_at_least": (("amount", "decimal"),),
    "cart_items_at_least": (("count", "number"),),
    "order_count_at_least": (("count", "number"),),
    "ordered": _RECENT,
    "viewed": _RECENT,
    "consent": (("purpose", "text"), ("channel", "text")),
    "trait": _TEST,
    "trigger": _TEST,
    "local_hour": (("from", "clock"), ("to", "clock")),
    "local_day": (("days", "days"),),
}
"""What each question with something to fill in asks for, and how it is drawn. The others are asked as they stand."""

_NOT_ROWS = frozenset({"all", "any", "not"})
OPERATORS = ("is", "is_not", "in", "not_in", "at_least", "at_most", "contains", "starts_with", "is_set", "is_not_set")
_MANY = frozenset({"in", "not_in"})


def kinds() -> list[str]:
    """List the questions that a row can ask."""
    return [one for one in conditions.known() if one not in _NOT_ROWS]


# ── from a definition to what would be typed ──


def write(name: str, value: object) -> dict[str, list[str]]:
    """Write a condition as rows, or as text where it is deeper than rows go."""
    if value is None:
        return {}
    mode = next((one for one in ("all", "any") if isinstance(value, dict) and set(value) == {one}), "")
    parts: Any = value[mode] if mode and isinstance(value, dict) else [value]
    found: dict[str, list[str]] = {f"{name}.mode": [mode or "all"]}
    for place, part in enumerate(parts if isinstance(parts, list) else [None]):
        row = _write_row(f"{name}.{place}", part)
        if row is None:
            text = yaml.safe_dump(_plain(value), allow_unicode=True, sort_keys=False, default_flow_style=None)
            return {f"{name}.mode": ["text"], f"{name}.text": [text.removesuffix("\n...\n").strip()]}
        found |= row
    return found


def _write_row(prefix: str, value: object) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    if isinstance(value, dict) and set(value) == {"not"}:
        found[f"{prefix}.not"] = ["yes"]
        value = value["not"]
    if isinstance(value, str):
        return found | {f"{prefix}.kind": [value]} if value in kinds() else None
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((kind, inner),) = value.items()
    if kind not in OPERANDS:
        return None
    said = _written(kind, inner)
    if said is None:
        return None
    found[f"{prefix}.kind"] = [kind]
    return found | {f"{prefix}.{name}": values for name, values in said.items()}


def _written(kind: str, inner: Any) -> dict[str, list[str]] | None:
    """Write what a question asks about; None where a row has no room for it."""
    if OPERANDS[kind] is _RECENT:
        said = inner if isinstance(inner, dict) else {"within": inner}
        return {**write_span("within", said.get("within", "")),
                **{name: [str(said[name])] for name in ("category", "product") if name in said}}  # fmt: skip
    if kind == "consent":
        purpose, _, channel = str(inner).partition("/")
        return {"purpose": [purpose], "channel": [channel]}
    if kind == "trait" and isinstance(inner, dict):
        rest = {key: one for key, one in inner.items() if key != "name"}
        return {"name": [str(inner.get("name", ""))], **_write_test(rest)} if len(rest) == 1 else None
    if kind == "trigger":
        if not isinstance(inner, dict) or len(inner) != 1:
            return None
        ((name, test),) = inner.items()
        return {"name": [str(name)], **_write_test(test)}
    if kind == "local_hour":
        return {name: [str(inner.get(name, ""))] for name in ("from", "to")} if isinstance(inner, dict) else None
    if kind == "local_day":
        return {"days": [str(one) for one in (inner if isinstance(inner, list) else [inner])]}
    return {OPERANDS[kind][0][0]: [str(inner)]}


def _write_test(value: object) -> dict[str, list[str]]:
    operator, operand = ("in", value) if isinstance(value, list) else ("is", value)
    if isinstance(value, dict):
        ((operator, operand),) = value.items() if len(value) == 1 else [("is", "")]
    if operator == "is_set" and operand in (False, "false"):
        return {"operator": ["is_not_set"], "value": [""]}
    many = operand if isinstance(operand, list) else [operand]
    text = "" if operator == "is_set" else ", ".join(_said(one) for one in many)
    return {"operator": [operator], "value": [text]}


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def write_where(name: str, value: object) -> dict[str, list[str]]:
    """Write questions about an event's properties as rows."""
    found: dict[str, list[str]] = {}
    for place, (prop, test) in enumerate(value.items() if isinstance(value, dict) else ()):
        found[f"{name}.{place}.name"] = [str(prop)]
        found |= {f"{name}.{place}.{key}": said for key, said in _write_test(test).items()}
    return found


def _plain(value: object) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


# ── from what was typed to a definition ──


def read(name: str, typed: Typed) -> object | None:
    """Read a condition; None where none was asked. Raises: Wrong."""
    mode = first(typed, f"{name}.mode") or "all"
    if mode == "text":
        return _read_whole(name, first(typed, f"{name}.text"))
    parts = [_read_row(f"{name}.{place}", typed) for place in places(name, typed)]
    parts = [one for one in parts if one is not None]
    if not parts:
        return None
    found = parts[0] if len(parts) == 1 else Map({"any" if mode == "any" else "all": parts})
    _check(found, name)
    return found


def _read_whole(name: str, text: str) -> object | None:
    if not text:
        return None
    try:
        found = fields.load("if:\n" + textwrap.indent(text, "  "))["if"]
    except BadDefinition as error:
        raise Wrong("condition", name) from error
    _check(found, name)
    return found


def _check(found: object, name: str) -> None:
    try:
        conditions.read(found, "if")
    except BadDefinition as error:
        raise Wrong("condition", name) from error


def _read_row(prefix: str, typed: Typed) -> object | None:
    kind = first(typed, f"{prefix}.kind")
    if not kind:
        return None
    if kind not in kinds():
        raise Wrong("condition", prefix)
    found: object = Map({kind: _asked(kind, prefix, typed)}) if kind in OPERANDS else kind
    return Map({"not": found}) if first(typed, f"{prefix}.not") else found


def _asked(kind: str, prefix: str, typed: Typed) -> object:
    said = {name: _operand(f"{prefix}.{name}", draws, typed) for name, draws in OPERANDS[kind]}
    needed = {"within", "amount", "count", "purpose", "channel", "name", "from", "to", "days"}
    for name, value in said.items():
        if name in needed and value is None:
            raise Wrong("missing", f"{prefix}.{name}")
    if OPERANDS[kind] is _RECENT:
        kept = {name: one for name, one in said.items() if one is not None}
        return said["within"] if len(kept) == 1 else Map(kept)
    if kind == "consent":
        return f"{said['purpose']}/{said['channel']}"
    if kind == "trait":
        return Map({"name": said["name"], **_read_test(prefix, typed, is_plain=False)})
    if kind == "trigger":
        return Map({str(said["name"]): _read_test(prefix, typed, is_plain=True)})
    if kind == "local_hour":
        return Map(said)
    return next(iter(said.values()))


def _operand(name: str, draws: str, typed: Typed) -> object | None:
    value = first(typed, name)
    if draws == "duration":
        return read_span(name, typed)
    if draws == "days":
        return [day for day in localtime.WEEKDAYS if day in typed.get(name, ())] or None
    if draws == "number" and value:
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            raise Wrong("whole", name)
        return int(value)
    if draws == "decimal" and value:
        return _decimal(name, value)
    return value or None


def _decimal(name: str, value: str) -> str:
    try:
        amount = Decimal(value.replace(",", "."))
    except InvalidOperation as error:
        raise Wrong("amount", name) from error
    if not amount.is_finite() or not 0 <= amount < 10**12:
        raise Wrong("amount", name)
    return f"{amount:f}" if "." in f"{amount:f}" else f"{amount:f}.00"


def _read_test(prefix: str, typed: Typed, *, is_plain: bool) -> Any:
    """Read a comparison; a plain one is the value itself where it only has to be that."""
    operator = first(typed, f"{prefix}.operator") or "is"
    value = first(typed, f"{prefix}.value")
    if operator not in OPERATORS:
        raise Wrong("choice", f"{prefix}.operator")
    if operator in {"is_set", "is_not_set"}:
        return Map({"is_set": operator == "is_set"})
    many = [part.strip() for part in value.split(",") if part.strip()]
    if not many:
        raise Wrong("missing", f"{prefix}.value")
    operand: object = many if operator in _MANY else value
    if is_plain and operator in {"is", "in"}:
        return operand
    test = Map({operator: operand})
    try:
        properties.read_test(test, prefix)
    except BadDefinition as error:
        raise Wrong("amount", f"{prefix}.value") from error
    return test


def read_where(name: str, typed: Typed) -> object | None:
    """Read questions about an event's properties; None where there are none. Raises: Wrong."""
    found = Map()
    for place in places(name, typed):
        prop = first(typed, f"{name}.{place}.name")
        if prop:
            found[prop] = _read_test(f"{name}.{place}", typed, is_plain=True)
    return found or None


# ── from what is typed to what is drawn ──


def drawn(name: str, typed: Typed, said: Speech, wrong: Mapping[str, str]) -> dict[str, Any]:
    """Draw a condition: its rows and a free one, or the text."""
    mode = first(typed, f"{name}.mode") or "all"
    if mode == "text":
        return {"draws": "condition_text", "value": first(typed, f"{name}.text")}
    held = [place for place in places(name, typed) if first(typed, f"{name}.{place}.kind")]
    rows = [_row(f"{name}.{place}", typed, said, wrong) for place in held]
    rows.append(_row(f"{name}.{max(held, default=-1) + 1}", {}, said, {}))
    modes = (("all", said("scenario.mode.all")), ("any", said("scenario.mode.any")))
    return {"draws": "condition", "value": mode, "options": modes, "rows": tuple(rows)}


def _row(prefix: str, typed: Typed, said: Speech, wrong: Mapping[str, str]) -> Row:
    kind = first(typed, f"{prefix}.kind")
    none = said("scenario.condition.add" if not kind else "scenario.condition.none")
    offered = (("", none), *((one, said(f"scenario.condition.{one}")) for one in kinds()))
    asks = Control(
        name=f"{prefix}.kind", draws="again", label=said("scenario.condition.which"), value=kind, options=offered,
        error=wrong.get(prefix, ""),
    )  # fmt: skip
    if not kind:
        return Row(prefix=prefix, controls=(asks,))
    negates = Control(
        name=f"{prefix}.not", draws="flag", label=said("scenario.condition.not"), value=first(typed, f"{prefix}.not")
    )
    operands = [_control(f"{prefix}.{name}", draws, typed, said, wrong) for name, draws in OPERANDS.get(kind, ())]
    return Row(prefix=prefix, controls=(asks, *operands, negates))


def _control(name: str, draws: str, typed: Typed, said: Speech, wrong: Mapping[str, str]) -> Control:
    stem = name.rpartition(".")[2]
    base: dict[str, Any] = {
        "name": name,
        "label": said(f"scenario.operand.{stem}"),
        "value": first(typed, name),
        "error": wrong.get(name, ""),
        "draws": draws,
    }
    if draws == "duration":
        base |= {
            "unit": first(typed, f"{name}.unit") or "days",
            "options": tuple((unit, said(f"scenario.unit.{unit}")) for unit in UNITS),
        }
    elif draws == "operator":
        base |= {
            "draws": "choice", "value": first(typed, name) or "is",
            "options": tuple((one, said(f"scenario.operator.{one}")) for one in OPERATORS),
        }  # fmt: skip
    elif draws == "days":
        days = tuple((day, said(f"scenario.day.{day}")) for day in localtime.WEEKDAYS)
        base |= {"options": days, "values": tuple(typed.get(name, ()))}
    elif draws == "decimal":
        base |= {"draws": "text"}
    return Control(**base)


def where_rows(name: str, typed: Typed, said: Speech, wrong: Mapping[str, str]) -> tuple[Row, ...]:
    """Draw questions about an event's properties: a row each, and a free one."""
    held = [place for place in places(name, typed) if first(typed, f"{name}.{place}.name")]
    made = []
    for place in (*held, max(held, default=-1) + 1):
        prefix = f"{name}.{place}"
        controls = tuple(_control(f"{prefix}.{part}", draws, typed, said, wrong) for part, draws in _TEST)
        made.append(Row(prefix=prefix, controls=controls))
    return tuple(made)
