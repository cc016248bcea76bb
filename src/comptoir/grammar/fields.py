"""Reading a definition: YAML with line numbers, and fields that say what is wrong, where, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import time, timedelta
from decimal import Decimal
from difflib import get_close_matches

import yaml

from comptoir.errors import ComptoirError
from comptoir.model import money
from comptoir.model.scenario import Block

_DURATION = re.compile(r"^\s*(\d+)\s*(seconds?|minutes?|hours?|days?|weeks?|s|m|h|d|w)\s*$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LOCAL_TIME = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_REQUIRED = object()
_DEEPEST = 40
_LONGEST = 262_144


class BadDefinition(ComptoirError, ValueError):
    """A definition cannot be read."""

    code, status = "bad_scenario", 400
    hint = "Mend the line that is named; docs/reference/scenario.md lists every field with an example."


class Map(dict[str, object]):
    """A mapping of the YAML that remembers its line, counted from 1."""

    line: int = 0


def load(text: str) -> Map:
    """
    Read YAML into plain values; mappings remember their lines.

    Raises: BadDefinition for what is no YAML, a key named twice, an alias, or too deep nesting.
    """
    try:
        _refuse_traps(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        what = f"this is no YAML: {error}"
        raise BadDefinition(what=what, where="the file", mend="check indents and quotes") from error
    value = None if root is None else _plain(root)
    if not isinstance(value, Map):
        raise BadDefinition(what="a definition is a mapping", where="line 1", mend="begin with a line `name: value`")
    return value


def _refuse_traps(text: str) -> None:
    """Refuse what could grow or nest without end, before anything is built."""
    if len(text) > _LONGEST:
        raise BadDefinition(what="the file is too long", where="the file", mend=f"at most {_LONGEST:,} characters")
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        where = f"line {event.start_mark.line + 1}" if event.start_mark else "the file"
        if isinstance(event, yaml.AliasEvent):
            raise BadDefinition(what="aliases (*name) are not taken", where=where, mend="write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise BadDefinition(what="nested too deep", where=where, mend=f"at most {_DEEPEST} levels")


_AS_TEXT = frozenset({"tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"})


def _plain(node: yaml.Node) -> object:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one) for one in node.value]
    if not isinstance(node, yaml.MappingNode):
        # floats stay text, so that 10.10 is ten and a tenth; 10:00 is an hour and no number of base 60; a date is text
        if node.tag in _AS_TEXT or (node.tag == "tag:yaml.org,2002:int" and ":" in node.value):
            return str(node.value)
        return yaml.SafeLoader("").construct_object(node)
    found = Map()
    found.line = line
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in found:
            where = f"line {key_node.start_mark.line + 1}"
            raise BadDefinition(what=f"`{key}` is named twice", where=where, mend="keep one of them")
        found[key] = _plain(value_node)
    return found


LARGEST = 10**15
"""Numbers beyond it are typing errors, and more than the warehouse's exact numbers hold once they are cents."""


class Fields:
    """The fields of one mapping; each is asked for by name and type, and `done` refuses what nobody asked for."""

    def __init__(
        self, values: object, where: str, *, key: str = "", blocks: Callable[[object, str, str], Block] | None = None
    ) -> None:
        if not isinstance(values, dict):
            raise BadDefinition(what="a mapping is needed here", where=where, mend="write `name: value` lines")
        self.values = dict(values)
        self._names: set[str] = set()
        self._blocks = blocks
        self.key = key
        line = getattr(values, "line", 0)
        self.where = f"{where} (line {line})" if line else where
        self._path = where

    def raw(self, name: str, default: object = _REQUIRED) -> object:
        """Give a value as it stands. Raises: BadDefinition if it is missing and has no default."""
        self._names.add(name)
        if name in self.values:
            return self.values[name]
        if default is _REQUIRED:
            raise BadDefinition(what=f"`{name}` is missing", where=self.where, mend=f"add `{name}: …`")
        return default

    def has(self, name: str) -> bool:
        """Say whether the field is there."""
        return name in self.values

    def text(self, name: str, default: object = _REQUIRED) -> str:
        """Give a text."""
        value = self.raw(name, default)
        if not isinstance(value, str) or not value.strip():
            raise self.bad(name, value, "a text that is not empty")
        return value.strip()

    def texts(self, name: str, default: object = _REQUIRED) -> tuple[str, ...]:
        """Give a list of texts; a single one is a list of one."""
        value = self.raw(name, default)
        many = [value] if isinstance(value, str) else value
        if not isinstance(many, (list, tuple)) or not all(isinstance(one, str) and one for one in many):
            raise self.bad(name, value, "a list of texts")
        if not many and default is _REQUIRED:
            raise self.bad(name, value, "a list of one text at least")
        return tuple(many)

    def whole(self, name: str, default: object = _REQUIRED, *, least: int = 0) -> int:
        """Give a whole number."""
        value = self.raw(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.bad(name, value, f"a whole number of at least {least}")
        if value > LARGEST:
            raise self.bad(name, value, f"a number of at most {LARGEST}")
        return value

    def decimal(self, name: str, default: object = _REQUIRED) -> Decimal:
        """Give an exact decimal number."""
        value = self.raw(name, default)
        try:
            found = money.parse("" if isinstance(value, bool) else str(value))
        except ValueError as error:
            raise self.bad(name, value, "a decimal number such as 10.00") from error
        if abs(found) > LARGEST:
            raise self.bad(name, value, f"a number of at most {LARGEST}")
        return found

    def share(self, name: str, default: object = _REQUIRED) -> float:
        """Give a share between 0 and 1."""
        value = self.decimal(name, default)
        if not 0 <= value <= 1:
            raise self.bad(name, value, "a share between 0 and 1, such as 0.1")
        return float(value)

    def duration(self, name: str, default: object = _REQUIRED) -> timedelta:
        """Give a span of time, written as `25 minutes` or `2 hours`."""
        value = self.raw(name, default)
        if isinstance(value, timedelta):
            return value
        found = _DURATION.match(value) if isinstance(value, str) else None
        if found is None:
            raise self.bad(name, value, "a span of time such as `25 minutes`, `2 hours` or `7 days`")
        try:
            return timedelta(**{_UNITS[found[2][0]]: int(found[1])})
        except OverflowError as error:
            raise self.bad(name, value, "a span of time that a clock can hold") from error

    def local_time(self, name: str, default: object = _REQUIRED) -> time:
        """Give a time of day, written as `09:30`."""
        value = self.raw(name, default)
        if isinstance(value, time):
            return value
        found = _LOCAL_TIME.match(value) if isinstance(value, str) else None
        if found is None:
            raise self.bad(name, value, "a time of day such as `09:30`")
        return time(int(found[1]), int(found[2]))

    def weekdays(self, name: str, default: object = _REQUIRED) -> tuple[str, ...]:
        """Give some week days, in the order of the week."""
        asked = self.texts(name, default)
        if not all(day in _DAYS for day in asked):
            raise self.bad(name, asked, "days such as `[monday, thursday]`")
        return tuple(day for day in _DAYS if day in asked)

    def flag(self, name: str, default: object = _REQUIRED) -> bool:
        """Give a yes or a no."""
        value = self.raw(name, default)
        if not isinstance(value, bool):
            raise self.bad(name, value, "true or false")
        return value

    def choice(self, name: str, options: Sequence[str], default: object = _REQUIRED) -> str:
        """Give one of a closed set of words."""
        value = self.raw(name, default)
        if value not in options:
            raise self.bad(name, value, "one of " + ", ".join(options))
        return str(value)

    def inner(self, name: str) -> Fields:
        """Give the fields of a mapping inside this one."""
        return Fields(self.raw(name), f"{self._path}.{name}")

    def items(self, name: str) -> list[Fields]:
        """Give the mappings of a list; each reads its blocks under a key of its own."""
        value = self.raw(name)
        if not isinstance(value, list) or not value:
            raise self.bad(name, value, "a list of mappings")
        return [
            Fields(one, f"{self._path}.{name}[{place}]", key=f"{self.key}.{name}{place}", blocks=self._blocks)
            for place, one in enumerate(value, start=1)
        ]

    def block(self, name: str) -> Block:
        """Give the steps of a branch: a list of steps, or `goto: KEY`; an empty one where it is missing."""
        if not self.has(name):
            self._names.add(name)
            return ()
        assert self._blocks is not None
        return self._blocks(self.raw(name), f"{self._path}.{name}", f"{self.key}.{name}")

    def bad(self, name: str, value: object, takes: str) -> BadDefinition:
        """Make the error of a value that does not fit."""
        return BadDefinition(what=f"`{name}: {value}` does not fit", where=self.where, mend=f"write {takes}")

    def done(self, known: Collection[str] = ()) -> None:
        """Refuse fields that nobody asked for. Raises: BadDefinition, naming the nearest of those that are `known`."""
        names = sorted(self._names.union(known))
        for name in sorted(self.values.keys() - self._names):
            near = next(iter(get_close_matches(name, [one for one in names if one != name], n=1, cutoff=0.4)), None)
            mend = f"did you mean `{near}`?" if near else "take it away; known are " + ", ".join(names)
            raise BadDefinition(what=f"`{name}` is no field here", where=self.where, mend=mend)
