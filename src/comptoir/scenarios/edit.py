"""Editing a definition: steps put in, moved, changed and taken away, as pure functions on the document of its YAML."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

from comptoir import plugins
from comptoir.errors import ComptoirError
from comptoir.grammar import fields
from comptoir.grammar.fields import Map
from comptoir.model.scenario import Block, FieldKind, FormField, Goto
from comptoir.scenarios import export, upgrade
from comptoir.scenarios.parse import Definition, StepNamed, by_entry_point, parse

Document = Map
"""What a definition's YAML holds, in today's format, every step with its key written out."""

GOTO = "goto"


class Refusal(StrEnum):
    """Why an edit was not made."""

    LAST_STEP = "last_step"
    INTO_ITSELF = "into_itself"
    NO_SUCH_STEP = "no_such_step"
    NO_SUCH_WAY = "no_such_way"
    LED_TO = "led_to"
    WAY_HOLDS_STEPS = "way_holds_steps"
    WAY_LEADS_AWAY = "way_leads_away"
    AT_THE_EDGE = "at_the_edge"


class EditRefused(ComptoirError, ValueError):
    """This change would break the scenario."""

    code, status = "scenario_edit_refused", 422
    hint = "The reason says which step is in the way; change that one first."

    def __init__(self, reason: Refusal, **facts: object) -> None:
        """Say why, and about which step."""
        super().__init__(reason=reason.value, **facts)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place between steps: in the block that the way of a step leads to, before the step at `place`."""

    parent: str = ""
    """The step whose way it is; empty: the scenario's own block."""
    way: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A step in the document: its kind, its fields, and where it stands."""

    key: str
    kind: str
    said: Map
    slot: Slot


def read(text: str, *, steps: StepNamed = by_entry_point) -> Document:
    """Read a definition's text. Raises: BadDefinition, for what `parse` refuses too."""
    return copy.deepcopy(_read(text, steps))


@lru_cache(maxsize=64)
def _read(text: str, steps: StepNamed) -> Document:
    parse(text, steps=steps)
    top = copy.deepcopy(upgrade.upgraded(fields.load(text)))
    _write_keys(top["steps"], "", steps)
    return top


def write(document: Document, *, steps: StepNamed = by_entry_point) -> str:
    """Write a document down, if it is a definition. Raises: BadDefinition."""
    text = export.write(document)
    parse(text, steps=steps)
    return text


@lru_cache(maxsize=64)
def tidy(text: str, *, steps: StepNamed = by_entry_point) -> str:
    """Give a definition's text as the editor writes it: every step named. Raises: BadDefinition."""
    return write(_read(text, steps), steps=steps)


@cache
def kinds() -> tuple[str, ...]:
    """List the kinds of steps that are installed. Order: by name."""
    return tuple(one.name for one in plugins.offered(plugins.Kind.STEP))


def form_of(kind: str, *, steps: StepNamed = by_entry_point) -> tuple[FormField, ...]:
    """Give the form that a kind of step declares. Raises: PluginNotFound."""
    form: tuple[FormField, ...] = steps(kind).form()
    return form


def each(document: Document, *, steps: StepNamed = by_entry_point) -> Iterator[Found]:
    """Give all steps. Order: as they stand, a step before what its ways hold."""
    yield from _each(document["steps"], Slot(), steps)


def find(document: Document, key: str, *, steps: StepNamed = by_entry_point) -> Found:
    """Find a step. Raises: EditRefused."""
    for one in each(document, steps=steps):
        if one.key == key:
            return one
    raise EditRefused(Refusal.NO_SUCH_STEP, step=key)


def insert(
    document: Document, slot: Slot, kind: str, said: Mapping[str, object], *, steps: StepNamed = by_entry_point
) -> tuple[Document, str]:
    """Put a new step in; give the document and the key of the step. Raises: EditRefused, PluginNotFound."""
    steps(kind)
    made = copy.deepcopy(document)
    key = _new_key(made, kind, steps)
    _block(made, slot, steps).insert(slot.place, Map({kind: Map({"key": key, **said})}))
    return made, key


def remove(document: Document, key: str, *, steps: StepNamed = by_entry_point) -> Document:
    """Take a step away, with all that its ways hold. Raises: EditRefused."""
    made = copy.deepcopy(document)
    found = find(made, key, steps=steps)
    gone = {one.key for one in _inside(found, steps)}
    _block(made, found.slot, steps).pop(found.slot.place)
    _sweep(made["steps"], steps)
    if not made["steps"]:
        raise EditRefused(Refusal.LAST_STEP, step=key)
    led = [one for _, one in gotos(made, steps=steps) if one in gone]
    if led:
        raise EditRefused(Refusal.LED_TO, step=led[0])
    return made


def move(document: Document, key: str, slot: Slot, *, steps: StepNamed = by_entry_point) -> Document:
    """Move a step, with all that its ways hold, to a slot as it is before the move. Raises: EditRefused."""
    made = copy.deepcopy(document)
    found = find(made, key, steps=steps)
    if slot.parent in {one.key for one in _inside(found, steps)}:
        raise EditRefused(Refusal.INTO_ITSELF, step=key)
    target = _block(made, slot, steps)
    is_below = (slot.parent, slot.way) == (found.slot.parent, found.slot.way) and slot.place > found.slot.place
    moved = _block(made, found.slot, steps).pop(found.slot.place)
    target.insert(slot.place - is_below, moved)
    _sweep(made["steps"], steps)
    return made


def up(document: Document, key: str, *, steps: StepNamed = by_entry_point) -> Document:
    """Move a step up: before the one above it, or out of its way, before the step that has it. Raises: EditRefused."""
    slot = find(document, key, steps=steps).slot
    if slot.place > 0:
        return move(document, key, Slot(parent=slot.parent, way=slot.way, place=slot.place - 1), steps=steps)
    if not slot.parent:
        raise EditRefused(Refusal.AT_THE_EDGE, step=key)
    return move(document, key, find(document, slot.parent, steps=steps).slot, steps=steps)


def down(document: Document, key: str, *, steps: StepNamed = by_entry_point) -> Document:
    """Move a step down: after the one below it, or out of its way, after the step that has it. Raises: EditRefused."""
    slot = find(document, key, steps=steps).slot
    if slot.place + 1 < len(_block(document, slot, steps)):
        return move(document, key, Slot(parent=slot.parent, way=slot.way, place=slot.place + 2), steps=steps)
    if not slot.parent:
        raise EditRefused(Refusal.AT_THE_EDGE, step=key)
    above = find(document, slot.parent, steps=steps).slot
    return move(document, key, Slot(parent=above.parent, way=above.way, place=above.place + 1), steps=steps)


def change(
    document: Document,
    key: str,
    said: Mapping[str, object],
    *,
    rows: Mapping[str, Sequence[tuple[int | None, Mapping[str, object]]]] | None = None,
    steps: StepNamed = by_entry_point,
) -> Document:
    """
    Give a step other fields; its ways keep what they hold.

    `rows`: of fields that list ways, each row with the place it had before (None: it is new), so that it keeps its
    steps. Raises: EditRefused for a way that is left out and holds steps.
    """
    made = copy.deepcopy(document)
    found = find(made, key, steps=steps)
    form = form_of(found.kind, steps=steps)
    kept: dict[str, object] = {
        one.name: found.said[one.name] for one in form if one.kind is FieldKind.BLOCK and one.name in found.said
    }
    for name, listed in (rows or {}).items():
        kept[name] = _rows(found, name, listed)
    found.said.clear()
    found.said.update({"key": key, **said, **kept})
    return made


def lead(document: Document, slot: Slot, target: str, *, steps: StepNamed = by_entry_point) -> Document:
    """Let an empty way lead to a step, or (empty `target`) let it end leading anywhere. Raises: EditRefused."""
    made = copy.deepcopy(document)
    parent = find(made, slot.parent, steps=steps)
    for name, holder, field in _ways(parent, steps):
        if name == slot.way:
            if isinstance(holder.get(field), list) and holder[field]:
                raise EditRefused(Refusal.WAY_HOLDS_STEPS, step=slot.parent, way=name)
            holder.pop(field, None)
            if target:
                holder[field] = Map({GOTO: find(made, target, steps=steps).key})
            return made
    raise EditRefused(Refusal.NO_SUCH_WAY, step=slot.parent, way=slot.way)


def with_parts(document: Document, parts: Mapping[str, object]) -> Document:
    """Give a definition other fields at its top; None takes one away."""
    made = copy.deepcopy(document)
    for name, value in parts.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = value
    return made


def gotos(document: Document, *, steps: StepNamed = by_entry_point) -> Iterator[tuple[Slot, str]]:
    """Give the ways that lead to a step somewhere else, and to which."""
    for one in each(document, steps=steps):
        for name, holder, field in _ways(one, steps):
            led = holder.get(field)
            if isinstance(led, Map):
                yield Slot(parent=one.key, way=name), str(led[GOTO])


def slots(document: Document, *, steps: StepNamed = by_entry_point) -> Iterator[Slot]:
    """Give every place where a step can stand. Order: from the top."""
    for place in range(len(_block(document, Slot(), steps)) + 1):
        yield Slot(place=place)
    for one in each(document, steps=steps):
        for name, holder, field in _ways(one, steps):
            block = holder.get(field, [])
            for place in range(len(block) + 1 if isinstance(block, list) else 0):
                yield Slot(parent=one.key, way=name, place=place)


def differences(before: Definition, after: Definition) -> list[tuple[str, str]]:
    """
    Say what differs between two versions, as pairs of a kind of change and what it is about.

    Kinds: added, removed, changed, moved (a step); part (a field at the top); words (a template). Order: by step.
    """
    was, now = before.program, after.program
    found = [("removed", key) for key in was if key not in now]
    stood, stands = dict(_places(before.steps, "", "")), dict(_places(after.steps, "", ""))
    stays = [key for key in now if key in was]
    same = SequenceMatcher(None, [key for key in was if key in now], stays, autojunk=False).get_matching_blocks()
    unmoved = {stays[place] for block in same for place in range(block.b, block.b + block.size)}
    for key, place in now.items():
        if key not in was:
            found.append(("added", key))
            continue
        if _bare(place.step) != _bare(was[key].step):
            found.append(("changed", key))
        if key not in unmoved or stood[key] != stands[key]:
            found.append(("moved", key))
    found += [("part", name) for name in PARTS if getattr(before, name) != getattr(after, name)]
    names = sorted({*before.words, *after.words})
    return found + [("words", name) for name in names if before.words.get(name) != after.words.get(name)]


PARTS = (
    "title", "trigger", "exits", "message_class", "brands", "priority", "expected_value", "control_share",
    "discretion", "tags",
)  # fmt: skip
"""What `differences` looks at beside steps and words: fields of a definition."""


def _places(block: Block, parent: str, way: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for step in () if isinstance(block, Goto) else block:
        yield step.key, (parent, way)
        for name, inner in step.branches.items():
            yield from _places(inner, step.key, name)


def _bare(step: Any) -> str:
    """Give a step without what its ways hold, so that a change inside a way is a change of that step alone."""
    values = {name: getattr(step, name) for name in type(step).__dataclass_fields__}
    return repr((type(step).__name__, sorted((name, _outside(value)) for name, value in values.items())))


def _outside(value: object) -> str:
    if isinstance(value, tuple):
        ways = [(one.name, getattr(one, "weight", None), getattr(one, "condition", None)) for one in value
                if hasattr(one, "block")]  # fmt: skip
        if ways or all(hasattr(one, "decide") for one in value):
            return repr(ways)
    return repr(value)


def _write_keys(block: object, parent: str, steps: StepNamed) -> None:
    """Write down the keys that `parse` makes for steps without one, so that moving a step does not rename it."""
    if not isinstance(block, list):
        return
    for place, one in enumerate(block, start=1):
        (kind, inner), *_ = one.items()
        said = inner if isinstance(inner, Map) else Map({} if inner is None else {"reason": inner})
        key = str(said.get("key") or "") or f"{parent}.{kind}{place}".lstrip(".")
        one[kind] = Map({"key": key, **{name: value for name, value in said.items() if name != "key"}})
        for form in form_of(kind, steps=steps):
            value = one[kind].get(form.name)
            if form.kind is FieldKind.BLOCK:
                _write_keys(value, f"{key}.{form.name}", steps)
            elif form.kind in {FieldKind.CASES, FieldKind.WEIGHTS}:
                for row, inside in enumerate(value if isinstance(value, list) else (), start=1):
                    _write_keys(inside.get("then"), f"{key}.{form.name}{row}.then", steps)


def _each(block: object, slot: Slot, steps: StepNamed) -> Iterator[Found]:
    if not isinstance(block, list):
        return
    for place, one in enumerate(block):
        (kind, said), *_ = one.items()
        here = Slot(parent=slot.parent, way=slot.way, place=place)
        found = Found(key=str(said["key"]), kind=kind, said=said, slot=here)
        yield found
        for name, holder, field in _ways(found, steps):
            yield from _each(holder.get(field), Slot(parent=found.key, way=name), steps)


def _inside(found: Found, steps: StepNamed) -> Iterator[Found]:
    return _each([Map({found.kind: found.said})], found.slot, steps)


def _ways(found: Found, steps: StepNamed) -> Iterator[tuple[str, Map, str]]:
    """Give the ways of a step: the name, and which field of which mapping holds its block."""
    for one in form_of(found.kind, steps=steps):
        if one.kind is FieldKind.BLOCK:
            yield one.name, found.said, one.name
        elif one.kind in {FieldKind.CASES, FieldKind.WEIGHTS}:
            listed = found.said.get(one.name)
            for place, row in enumerate(listed if isinstance(listed, list) else (), start=1):
                yield str(row.get("name") or f"case{place}"), row, "then"


def _block(document: Document, slot: Slot, steps: StepNamed) -> list[Any]:
    block: list[Any] = document["steps"]  # type: ignore[assignment]
    if slot.parent:
        ways = _ways(find(document, slot.parent, steps=steps), steps)
        held = next(((holder, field) for name, holder, field in ways if name == slot.way), None)
        if held is None:
            raise EditRefused(Refusal.NO_SUCH_WAY, step=slot.parent, way=slot.way)
        made = held[0].setdefault(held[1], [])
        if not isinstance(made, list):
            raise EditRefused(Refusal.WAY_LEADS_AWAY, step=slot.parent, way=slot.way)
        block = made
    if not 0 <= slot.place <= len(block):
        raise EditRefused(Refusal.NO_SUCH_WAY, step=slot.parent, way=slot.way)
    return block


def _sweep(block: object, steps: StepNamed) -> None:
    """Take away ways that are written and hold nothing."""
    for one in list(_each(block, Slot(), steps)):
        for _, holder, field in _ways(one, steps):
            if holder.get(field) == []:
                del holder[field]


def _rows(found: Found, name: str, listed: Sequence[tuple[int | None, Mapping[str, object]]]) -> list[Map]:
    before = found.said.get(name)
    former: list[Map] = before if isinstance(before, list) else []
    kept = {place for place, _ in listed}
    for place, one in enumerate(former):
        if place not in kept and one.get("then"):
            raise EditRefused(Refusal.WAY_HOLDS_STEPS, step=found.key, way=one.get("name") or f"case{place + 1}")
    made = []
    for origin, row in listed:
        held = None if origin is None or origin >= len(former) else former[origin].get("then")
        made.append(Map({**row, **({} if held is None else {"then": held})}))
    return made


def _new_key(document: Document, kind: str, steps: StepNamed) -> str:
    taken = {one.key for one in each(document, steps=steps)}
    stem = kind.replace("_", "-")
    number = 1
    while (key := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return key
