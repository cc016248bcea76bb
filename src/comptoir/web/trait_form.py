"""The form of a computed trait: its name, what is computed, and the condition that says which things count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments.traits import definition
from comptoir.segments.traits.definition import BadTrait, Made
from comptoir.web import scenario_fields as fields
from comptoir.web import segment_panel
from comptoir.web.scenario_controls import Control, Typed, first
from comptoir.web.scenario_fields import Choices
from comptoir.web.speech import Speech

Document = Mapping[str, Any]
SOURCES = ("did", "ordered")
"""The kinds of condition that a computed trait may count."""
PROPERTY = "property"
"""What is chosen where the value is a property by its own name."""
_PARTS = ("from", "over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A condition of the form: which kind is chosen, and the controls of each kind."""

    name: str
    title: str
    chosen: str
    kinds: Sequence[tuple[str, str, Sequence[Control]]]
    """Each kind with its words and controls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The whole form, as it is drawn."""

    head: Sequence[Control]
    make: Control
    value: Control
    prop: Control
    most: Control
    parts: Sequence[Part]
    wrong: str


def wanted() -> set[FieldKind]:
    """Say what of the shop the form offers to choose from."""
    return {one.kind for source in SOURCES for one in definition.source_form(source)}


def typed(document: Document) -> dict[str, list[str]]:
    """Write a definition as it would be typed."""
    value = str(document.get("value", ""))
    found = segment_panel.head_typed(document)
    found["make"] = [str(document["make"])]
    found["value"] = [value if value in definition.VALUES or not value else PROPERTY]
    found[PROPERTY] = ["" if value in definition.VALUES else value]
    found["most"] = [str(document.get("most", ""))]
    for part in _PARTS:
        held = document.get(part) or {"did": {}}
        ((kind, inner),) = held.items()
        found[part] = [kind]
        found |= fields.typed(_named(part, kind), _prefixed(part, kind, inner))
    return found


def draw(
    values: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str], brands: Sequence[str]
) -> Form:  # fmt: skip
    """Draw the form with what is typed in it and what is wrong with that."""

    def one(name: str, draws: str, options: Sequence[tuple[str, str]] = ()) -> Control:
        key = f"trait.form.{name}.hint"
        return Control(
            name=name, draws=draws, label=said(f"trait.form.{name}"), value=first(values, name), options=tuple(options),
            error=wrong.get(name, ""), help=said(key) if said.has(key) else "",
        )  # fmt: skip

    return Form(
        head=segment_panel.head_controls(values, said, wrong, brands),
        make=one("make", "choice", [(each.value, said(f"trait.make.{each.value}")) for each in Made]),
        value=one("value", "choice", [(each, said(f"trait.value.{each}")) for each in (*definition.VALUES, PROPERTY)]),
        prop=one(PROPERTY, "text"),
        most=one("most", "number"),
        parts=[_drawn(part, values, said, choices, wrong) for part in _PARTS],
        wrong=wrong.get("", ""),
    )


def _drawn(part: str, values: Typed, said: Speech, choices: Choices, wrong: Mapping[str, str]) -> Part:
    kinds = [
        (kind, said(f"trait.source.{kind}"), fields.controls(_named(part, kind), values, said, choices, wrong))
        for kind in SOURCES
    ]  # fmt: skip
    chosen = first(values, part)
    return Part(
        name=part, title=said(f"trait.form.{part}"), chosen=chosen if chosen in SOURCES else SOURCES[0], kinds=kinds
    )


def read(document: Document, values: Typed, said: Speech) -> tuple[dict[str, Any], dict[str, str]]:
    """Give the definition that was typed, and what is wrong beside each control."""
    made, wrong = segment_panel.head_read(document, values, said)
    for name in ("make", "value", "most", *_PARTS):
        made.pop(name, None)
    made["make"] = first(values, "make")
    if made["make"] in definition.OF_VALUES:
        chosen = first(values, "value")
        made["value"] = first(values, PROPERTY)[:100] if chosen == PROPERTY else chosen
        if not made["value"]:
            wrong[PROPERTY] = said("scenario.wrong.missing")
    if made["make"] == Made.LIST and first(values, "most"):
        made["most"] = int(first(values, "most")) if _is_whole(first(values, "most")) else first(values, "most")
    for part in _PARTS if made["make"] == Made.RATIO else _PARTS[:1]:
        kind = first(values, part)
        kind = kind if kind in SOURCES else SOURCES[0]
        former = (document.get(part) or {}).get(kind) or {}
        found = fields.read(_named(part, kind), values, said, _prefixed(part, kind, former))
        wrong |= found.wrong
        made[part] = {kind: {name.rpartition("-")[2]: value for name, value in found.values.items()}}
    return made, wrong


def beside(error: BadTrait, said: Speech, values: Typed) -> dict[str, str]:
    """Put what is wrong beside the control that the reader names; at the top where it names none."""
    names = ("make", "value", "most", "key")
    plain = segment_panel.beside(error, said, {name: values.get(name, ()) for name in names})
    if "" not in plain:
        return plain
    where = str(error.facts.get("where", ""))
    part = next((one for one in _PARTS if f".{one}" in where), _PARTS[0])
    prefix = f"{part}-{first(values, part)}-"
    inner = {name.removeprefix(prefix): one for name, one in values.items() if name.startswith(prefix)}
    return {f"{prefix}{name}" if name else "": says for name, says in segment_panel.beside(error, said, inner).items()}


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _named(part: str, kind: str) -> tuple[FormField, ...]:
    """Give the fields of a condition under names of their own: the form holds several conditions."""
    return tuple(replace(one, name=f"{part}-{kind}-{one.name}") for one in definition.source_form(kind))


def _prefixed(part: str, kind: str, inner: object) -> dict[str, Any]:
    """Give the fields of a condition as the form names them; one value alone stands for its first field."""
    held = inner if isinstance(inner, Mapping) else {definition.short_of(kind): inner}
    return {f"{part}-{kind}-{name}": value for name, value in held.items()}
