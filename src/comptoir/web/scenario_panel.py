"""The panel beside the picture: the form of a step or of another part, the menu of steps, and where a step may go."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request

from comptoir.access.roles import Principal
from comptoir.messaging import template_shelf
from comptoir.messaging.template import EVERY_BRAND
from comptoir.model.scenario import FormField
from comptoir.scenarios import edit
from comptoir.scenarios.edit import Document, Slot
from comptoir.scenarios.parse import Definition, by_entry_point
from comptoir.state.base import State
from comptoir.web import scenario_fields as fields
from comptoir.web import scenario_parts as parts
from comptoir.web import scenario_picture as picture
from comptoir.web import scenario_telling as telling
from comptoir.web.scenario_controls import Control, Typed, first
from comptoir.web.scenario_fields import Choices
from comptoir.web.speech import Speech

PARTS = ("head", "trigger", "exits", "words")
_MOST_KEY = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which panel is asked for: a step's, the menu of a place, a new step's form, or another part's."""

    step: str = ""
    slot: Slot | None = None
    kind: str = ""
    part: str = ""
    template: str = ""

    @property
    def chosen(self) -> str | Slot | None:
        """What the picture shows as chosen."""
        return "\0trigger" if self.part == "trigger" else self.slot or self.step or None

    @property
    def fields(self) -> dict[str, str]:
        """Give the same as hidden fields of a form, or as a query."""
        found = {"step": self.step, "kind": self.kind, "part": self.part, "template": self.template}
        if self.slot is not None:
            found |= {"into": self.slot.parent, "way": self.slot.way, "at": str(self.slot.place)}
        return {name: value for name, value in found.items() if value or (name in {"into", "way"} and self.slot)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of step in the menu."""

    name: str
    icon: str
    label: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The panel; `draws` names how."""

    draws: str
    title: str
    says: str = ""
    controls: Sequence[Control] = ()
    groups: Sequence[tuple[str, Sequence[Control]]] = ()
    kinds: Sequence[tuple[str, Sequence[Kind]]] = ()
    places: Sequence[tuple[str, str]] = ()
    """Where a step may be moved to."""
    targets: Sequence[tuple[str, str]] = ()
    """Steps that an empty way may lead to."""
    options: Sequence[tuple[str, str]] = ()
    chosen: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""
    held: int = 0
    """Steps that its ways hold."""
    events: Sequence[tuple[str, str]] = ()


def asked(values: Mapping[str, object]) -> Asked:
    """Read from an address, or from a form's hidden fields, which panel is meant."""
    said = {name: str(values.get(name, ""))[:_MOST_KEY] for name in ("step", "kind", "part", "template", "into", "way")}
    at = str(values.get("at", ""))
    slot = Slot(parent=said["into"], way=said["way"], place=int(at)) if at.isascii() and at.isdigit() else None
    part = said["part"] if said["part"] in PARTS else ""
    kind = said["kind"]
    if slot is not None and kind not in edit.kinds():
        kind = ""
    return Asked(step=said["step"], slot=slot, kind=kind, part=part, template=said["template"])


def asked_in(request: Request) -> Asked:
    """Read from an address which panel is meant."""
    return asked(dict(request.query_params))


def choices(state: State, document: Document, who: Principal) -> Choices:
    """Give what fields that name something offer: the scenario's words, and the templates that somebody may see."""
    with state.read() as connection:
        stored = sorted(
            {
                str(one["template"])
                for one in template_shelf.listing(connection)
                if one["brand"] == EVERY_BRAND or who.may_see(str(one["brand"]))
            }
        )
    words = document.get("words", {})
    return Choices(templates=tuple(words) if isinstance(words, dict) else (), stored=tuple(stored))


def make(
    one: Asked,
    document: Document,
    definition: Definition,
    said: Speech,
    offered: Choices,
    *,
    typed: Typed | None = None,
    wrong: Mapping[str, str] | None = None,
) -> Panel | None:
    """Make the panel that is asked for; None where its step is gone. `typed`, `wrong`: of a form that came back."""
    making = _Making(one, document, definition, said, offered, typed, dict(wrong or {}))
    if one.part:
        return _PARTS[one.part](making)
    if one.slot is not None:
        if one.slot not in set(edit.slots(document)) | {slot for slot, _ in edit.gotos(document)}:
            return None
        return _new(making) if one.kind else _menu(making, one.slot)
    return _step(making) if one.step in definition.program else None


def names_of(document: Document, definition: Definition, said: Speech) -> dict[str, str]:
    """Name every step: its kind and what it does."""
    found = {}
    for one in edit.each(document):
        step = definition.program[one.key].step
        told = telling.says(step, one.said, definition, said)
        label = telling.label(one.kind, step, said)
        found[one.key] = f"{label} – {told}" if told else label
    return found


def slot_text(slot: Slot) -> str:
    """Write a place as one value of a form."""
    return json.dumps([slot.parent, slot.way, slot.place])


def slot_of(text: str) -> Slot | None:
    """Read a place; None for what is none."""
    try:
        parent, way, place = json.loads(text)
    except (ValueError, TypeError):
        return None
    is_place = isinstance(parent, str) and isinstance(way, str) and isinstance(place, int) and place >= 0
    return Slot(parent=parent, way=way, place=place) if is_place else None


@dataclass(frozen=True, slots=True)
class _Making:
    """What all panels are made from."""

    one: Asked
    document: Document
    definition: Definition
    said: Speech
    offered: Choices
    typed: Typed | None
    beside: Mapping[str, str]

    @property
    def wrong(self) -> str:
        """Say at the top what is wrong with no control of its own."""
        return self.beside.get("", "")

    def controls(self, form: tuple[FormField, ...], typed: Typed) -> list[Control]:
        """Draw a form."""
        return fields.controls(form, typed, self.said, self.offered, self.beside)


def _step(making: _Making) -> Panel:
    one, document, definition, said = making.one, making.document, making.definition, making.said
    found = edit.find(document, one.step)
    form = edit.form_of(found.kind)
    names = names_of(document, definition, said)
    steps = {key: place.step for key, place in definition.program.items()}
    inside = _inside(definition, one.step)
    return Panel(
        draws="step",
        title=telling.label(found.kind, steps[one.step], said),
        says=one.step,
        controls=making.controls(form, making.typed or fields.typed(form, found.said)),
        places=[
            (slot_text(slot), picture.where(document, slot, names, steps, said))
            for slot in edit.slots(document)
            if slot.parent not in {one.step, *inside} and not _is_here(slot, found.slot)
        ],
        hidden=one.fields,
        wrong=making.wrong,
        held=len(inside),
    )


def _is_here(slot: Slot, own: Slot) -> bool:
    return (slot.parent, slot.way) == (own.parent, own.way) and slot.place in {own.place, own.place + 1}


def _inside(definition: Definition, key: str) -> list[str]:
    found: list[str] = []
    for block in definition.program[key].step.branches.values():
        for step in block if isinstance(block, tuple) else ():
            found += [step.key, *_inside(definition, step.key)]
    return found


def _new(making: _Making) -> Panel:
    kind = making.one.kind
    form = edit.form_of(kind)
    return Panel(
        draws="new",
        title=telling.label(kind, by_entry_point(kind), making.said),
        controls=making.controls(form, making.typed or fields.starting(form, making.offered)),
        hidden=making.one.fields,
        wrong=making.wrong,
    )


def _menu(making: _Making, slot: Slot) -> Panel:
    document, said = making.document, making.said
    names = names_of(document, making.definition, said)
    steps = {key: place.step for key, place in making.definition.program.items()}
    kinds: dict[str, list[Kind]] = {group: [] for group in ("wait", "ask", "do", "end", "other")}
    for name in edit.kinds():
        kinds[telling.GROUPS.get(name, "other")].append(
            Kind(
                name=name,
                icon=telling.ICONS.get(name, telling.OTHER_ICON),
                label=telling.label(name, by_entry_point(name), said),
                says=said(f"scenario.kind.{name}") if said.has(f"scenario.kind.{name}") else "",
            )
        )
    led = dict(edit.gotos(document)).get(Slot(parent=slot.parent, way=slot.way), "")
    is_empty = slot.place == 0 and Slot(parent=slot.parent, way=slot.way, place=1) not in set(edit.slots(document))
    return Panel(
        draws="menu",
        title=said("scenario.menu"),
        says=picture.where(document, slot, names, steps, said),
        kinds=[] if led else [(group, listed) for group, listed in kinds.items() if listed],
        targets=list(names.items()) if slot.parent and is_empty else [],
        chosen=led,
        hidden=making.one.fields,
    )


def _head(making: _Making) -> Panel:
    typed = making.typed or fields.typed(parts.HEAD, parts.head_said(making.document))
    return Panel(
        draws="part",
        title=making.said("scenario.head"),
        controls=making.controls(parts.HEAD, typed),
        hidden=making.one.fields,
        wrong=making.wrong,
    )


def _trigger(making: _Making) -> Panel:
    said = making.said
    kind = first(making.typed or {}, "starts") or parts.trigger_kind(making.document)
    kind = kind if kind in parts.TRIGGERS else "events"
    form = parts.trigger_form(kind)
    return Panel(
        draws="trigger",
        title=said("scenario.starts"),
        controls=making.controls(form, making.typed or fields.typed(form, parts.trigger_said(making.document))),
        options=[(name, said(f"scenario.start.{name}")) for name in parts.TRIGGERS],
        chosen=kind,
        hidden=making.one.fields,
        wrong=making.wrong,
        events=[(name, said.known("name", name)) for name in fields.EVENTS] if kind == "events" else [],
    )


def _exits(making: _Making) -> Panel:
    said = making.said
    typed = parts.exits_typed(making.document) if making.typed is None else making.typed
    groups = [
        (said("scenario.exit.number", n=number), making.controls(parts.exit_form(place), typed))
        for number, place in enumerate(parts.exit_places(typed), start=1)
    ]
    return Panel(
        draws="part",
        title=said("scenario.exits"),
        says=said("scenario.exits.says"),
        groups=groups,
        hidden=making.one.fields,
        wrong=making.wrong,
    )


def _words(making: _Making) -> Panel:
    said, names = making.said, making.offered.templates
    template = making.one.template or (names[0] if names else said("scenario.words.first"))
    typed = making.typed or parts.words_typed(making.document, template)
    listed = making.document.get("words", {})
    held = listed.get(template, {}) if isinstance(listed, dict) else {}
    return Panel(
        draws="words",
        title=said("scenario.words"),
        says=said("scenario.words.says"),
        groups=[
            (
                said.known("scenario.language", language),
                [_word(making, typed, language, name) for name in parts.WORDS_OF],
            )
            for language in dict.fromkeys(("fr", "en", *held))
        ],
        options=[(name, name) for name in names],
        chosen=template,
        hidden={**making.one.fields, "template": template},
        wrong=making.wrong,
    )


def _word(making: _Making, typed: Typed, language: str, name: str) -> Control:
    said, control = making.said, f"{language}.{name}"
    hint = f"scenario.words.{name}.hint"
    return Control(
        name=control,
        draws="words_long" if name in parts.LONG_WORDS else "text",
        label=said(f"scenario.words.{name}"),
        value=first(typed, control),
        help=said(hint) if said.has(hint) else "",
        error=making.beside.get(control, ""),
    )


_PARTS = {"head": _head, "trigger": _trigger, "exits": _exits, "words": _words}
