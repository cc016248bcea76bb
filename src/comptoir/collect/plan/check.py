"""Events held against their plan in the tick: one JSON decoder an event name, and a closer look where it fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import structs

from comptoir.collect import parse
from comptoir.collect.batch import Event, Outcome, Refused, Stage
from comptoir.collect.plan.declared import Kind, Naming, Others, Plan, Planned, Property, Then, Unplanned
from comptoir.model.event import RefusalReason, Type

EXAMPLES = 3
"""Kept of each finding."""
MOST_KEYS = 500
"""Findings of one tick that are told apart; what is beyond is counted under no name."""
LONGEST_NAME = 200
LONGEST_VALUE = 60
_OWN_SOURCE = "comptoir"
_STATED = frozenset({Type.IDENTIFY.value, Type.GROUP.value})
"""Types whose properties are their traits."""
_TRACK = Type.TRACK.value
_PLANNED_TYPES = frozenset({_TRACK, *_STATED, Type.PAGE.value, Type.SCREEN.value})


class Reason(StrEnum):
    """How an event breaks its plan. Each is explained in docs/reference/tracking-plan.md."""

    UNPLANNED_EVENT = "unplanned_event"
    BAD_NAME = "bad_name"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    NOT_ALLOWED_VALUE = "not_allowed_value"
    UNPLANNED_PROPERTY = "unplanned_property"


class Wrong(NamedTuple):
    """One thing that does not fit."""

    property: str
    """Its path: `price`, `products[].price`; empty for the event itself."""
    reason: Reason
    value: str = ""
    top: str = ""
    """The property of the event that it stands under."""


class Key(NamedTuple):
    """What findings are counted by."""

    brand: str
    source: str
    event: str
    property: str
    reason: str


class Example(msgspec.Struct, frozen=True):
    """An event that broke its plan."""

    message_id: str
    value: str


@dataclass(slots=True)
class Tally:
    """How often something was found, when, and some events it was found in. Units: microseconds since 1970."""

    first_at: int
    last_at: int
    times: int = 0
    examples: list[Example] = field(default_factory=list)

    def add(self, at: int, example: Example) -> None:
        """Count one more."""
        self.times += 1
        self.first_at, self.last_at = min(self.first_at, at), max(self.last_at, at)
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)

    def take(self, other: Tally) -> None:
        """Add what was counted elsewhere."""
        self.times += other.times
        self.first_at, self.last_at = min(self.first_at, other.first_at), max(self.last_at, other.last_at)


@dataclass(slots=True)
class Findings:
    """What a tick found that breaks a plan."""

    tallies: dict[Key, Tally] = field(default_factory=dict)

    def add(self, event: Event, name: str, wrong: Wrong) -> None:
        """Count one finding; names beyond a number are counted together."""
        line = event.line
        key = Key(line.brand, line.source, name[:LONGEST_NAME], wrong.property[:LONGEST_NAME], wrong.reason.value)
        if key not in self.tallies and len(self.tallies) >= MOST_KEYS:
            key = key._replace(event="", property="")
        tally = self.tallies.setdefault(key, Tally(line.received_at, line.received_at))
        tally.add(line.received_at, Example(line.message_id[:LONGEST_NAME], wrong.value))


@dataclass(frozen=True, slots=True)
class Rule:
    """One planned event, compiled."""

    planned: Planned
    decode: Callable[[msgspec.Raw], object] | None
    """Fails for what does not fit, and for little that does; None where every event needs the closer look."""

    def wrongs(self, raw: msgspec.Raw) -> list[Wrong]:
        """Look closely: list all that does not fit. Order: as the plan says, then as the event does."""
        said = msgspec.json.decode(raw)
        return list(_wrongs(self.planned.properties, said, "", self.planned.others))


@dataclass(frozen=True, slots=True)
class Checker:
    """A plan, compiled."""

    plan: Plan
    rules: Mapping[str, Rule]

    @classmethod
    def of(cls, plan: Plan) -> Checker:
        """Compile a plan."""
        return cls(plan, {name: Rule(one, _decoder(one)) for name, one in plan.events.items()})

    def of_unplanned(self, name: str) -> list[Wrong]:
        """Give what is wrong with a track event that the plan does not name."""
        found = [] if self.plan.unplanned is Unplanned.IGNORE else [Wrong("", Reason.UNPLANNED_EVENT)]
        if not is_well_named(name, self.plan.naming):
            found.append(Wrong("", Reason.BAD_NAME))
        return found


def stage(checkers: Mapping[str, Checker], findings: Findings) -> Stage:
    """Make the stage that holds events against the plan of their brand; what it finds it adds to `findings`."""

    def check_plan(batch: list[Event]) -> Outcome:
        outcome = Outcome()
        kept, found = outcome.kept, list[tuple[Event, str, Wrong]]()
        for event in batch:
            line = event.line
            checker = checkers.get(line.brand)
            is_judged = line.type in _PLANNED_TYPES and line.source != _OWN_SOURCE and line.erased is None
            if checker is None or not is_judged or event.robot_reason:
                kept.append(event)
                continue
            name = line.name if line.type == _TRACK else line.type
            rule = checker.rules.get(name)
            if rule is None:
                wrongs = checker.of_unplanned(name) if line.type == _TRACK else []
                is_refused = bool(wrongs) and checker.plan.unplanned is Unplanned.REFUSE
            else:
                wrongs = _judge(rule, line.traits if line.type in _STATED else line.properties)
                is_refused = bool(wrongs) and rule.planned.then is Then.REFUSE
                if wrongs and not is_refused:
                    _strip(event, rule.planned, wrongs)
            found += [(event, name, wrong) for wrong in wrongs]
            if is_refused:
                outcome.refused.append(Refused(event, RefusalReason.OFF_PLAN, _told(wrongs)))
            else:
                kept.append(event)
        for one in found:  # last, so that a batch that fails and is tried in halves is counted once
            findings.add(*one)
        return outcome

    return check_plan


@lru_cache(maxsize=256)  # few, as a name may be long
def is_well_named(name: str, naming: Naming) -> bool:
    """Say whether a name follows the rule."""
    pattern = _NAMINGS.get(naming)
    return pattern is None or pattern.fullmatch(name) is not None


_NAMINGS = {
    Naming.OBJECT_ACTION: re.compile(r"[A-Z0-9][\w-]*( [A-Z0-9][\w-]*)+"),
    Naming.SNAKE: re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*"),
}


def _judge(rule: Rule, raw: msgspec.Raw) -> list[Wrong]:
    if rule.decode is not None:
        try:
            rule.decode(raw)
        except msgspec.ValidationError:
            return rule.wrongs(raw)
        return []
    return rule.wrongs(raw)


def _strip(event: Event, planned: Planned, wrongs: list[Wrong]) -> None:
    """Take away the properties that do not fit, and leave the text of the others as it is."""
    line = event.line
    bad = {
        wrong.top
        for wrong in wrongs
        if wrong.reason is not Reason.MISSING
        and (
            planned.then is Then.STRIP or (wrong.reason is Reason.UNPLANNED_PROPERTY and planned.others is Others.STRIP)
        )
    }
    if not bad:
        return
    where = "traits" if line.type in _STATED else "properties"
    said = msgspec.json.decode(getattr(line, where), type=dict[str, msgspec.Raw])
    left = msgspec.Raw(msgspec.json.encode({name: value for name, value in said.items() if name not in bad}))
    event.line = structs.replace(line, **{where: left})


def _told(wrongs: list[Wrong]) -> str:
    return ", ".join(f"{one.reason.value} {one.property}".strip() for one in wrongs)[:300]


# ── the closer look


def _wrongs(
    planned: Mapping[str, Property], said: object, where: str, others: Others, top: str = ""
) -> Iterator[Wrong]:
    if not isinstance(said, dict):
        yield Wrong(where.rstrip("."), Reason.WRONG_TYPE, _shown(said), top)
        return
    for name, rule in planned.items():
        value = said.get(name)
        if value is not None:
            yield from _wrong_value(rule, value, where + name, top or name)
        elif rule.required:
            yield Wrong(where + name, Reason.MISSING, "", top or name)
    if others is not Others.IGNORE:
        for name in said:
            if name not in planned:
                yield Wrong(where + name, Reason.UNPLANNED_PROPERTY, _shown(said[name]), top or name)


def _wrong_value(rule: Property, value: object, path: str, top: str) -> Iterator[Wrong]:
    if not _IS[rule.type](value):
        yield Wrong(path, Reason.WRONG_TYPE, _shown(value), top)
    elif rule.one_of and value not in rule.one_of:
        yield Wrong(path, Reason.NOT_ALLOWED_VALUE, _shown(value), top)
    elif rule.properties:
        members, name = (value, f"{path}[].") if isinstance(value, list) else ([value], f"{path}.")
        # of a list each thing is said once, however many members have it
        yield from {
            (one.property, one.reason): one
            for member in members
            for one in _wrongs(rule.properties, member, name, Others.IGNORE, top)
        }.values()


_IS: dict[Kind, Callable[[Any], bool]] = {
    Kind.TEXT: lambda value: isinstance(value, str),
    Kind.NUMBER: lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    Kind.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    Kind.BOOLEAN: lambda value: isinstance(value, bool),
    Kind.INSTANT: lambda value: isinstance(value, str) and parse.instant(value) is not None,
    Kind.LIST: lambda value: isinstance(value, list),
    Kind.OBJECT: lambda value: isinstance(value, dict),
    Kind.ANY: lambda _value: True,
}


def _shown(value: object) -> str:
    return msgspec.json.encode(value).decode()[:LONGEST_VALUE]


# ── the quick look: a struct of the planned properties, which the JSON decoder fills and checks in one go


_ESCAPED = re.compile(r'[\\"\x00-\x1f\ud800-\udfff]')
"""What a name of a struct's field cannot hold."""


def _decoder(planned: Planned) -> Callable[[msgspec.Raw], object] | None:
    shape = _struct(planned.properties, others=planned.others)
    return None if shape is None else msgspec.json.Decoder(shape).decode


def _struct(properties: Mapping[str, Property], *, others: Others = Others.IGNORE) -> type[msgspec.Struct] | None:
    if any(_ESCAPED.search(name) for name in properties):
        return None
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for number, one in enumerate(properties.values()):
        kind = _type(one)
        if kind is None:
            return None
        fields.append((f"f{number}", kind) if one.required else (f"f{number}", kind | None, None))
    fields.sort(key=len)  # what must be there first
    names = {f"f{number}": name for number, name in enumerate(properties)}
    return msgspec.defstruct(
        "Expected", fields, rename=names, forbid_unknown_fields=others is not Others.IGNORE, gc=False, kw_only=True
    )


def _type(rule: Property) -> Any:
    """Give the type that the decoder checks; None where it cannot, so that the closer look must."""
    if rule.one_of:
        is_plain = rule.type in {Kind.TEXT, Kind.INTEGER} and len({type(one) for one in rule.one_of}) == 1
        return Literal[tuple(rule.one_of)] if is_plain else None
    if rule.properties:
        inner = _struct(rule.properties)
        return None if inner is None else list[inner] if rule.type is Kind.LIST else inner  # type: ignore[valid-type]
    return _TYPES[rule.type]


_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.NUMBER: int | float,
    Kind.INTEGER: int,
    Kind.BOOLEAN: bool,
    Kind.INSTANT: datetime,
    Kind.LIST: list[msgspec.Raw],
    Kind.OBJECT: dict[str, msgspec.Raw],
    Kind.ANY: Any,
}
