"""What a render of Liquid does with values: every one is measured, so that a small text cannot make a large one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from liquid.builtin.expressions import logical
from liquid.stringify import to_liquid_string

from comptoir.clock import monotonic

MOST_OUTPUT = 256_000
MOST_VALUE = 64_000
"""Characters of one value, and of what any filter gives."""
MOST_ROUNDS = 10_000
_MOST_BITS = 256
_MOST_DIGITS = 40


class RenderFailed(ValueError):
    """The words could not be made: a name they use has no value, or a limit was reached."""


class ValueMissing(RenderFailed):
    """A name that the words use has no value for this person."""

    def __init__(self, name: str) -> None:
        """Name what is missing."""
        super().__init__(f"`{name}` has no value")
        self.name = name


@dataclass(slots=True)
class Meter:
    """What one render may still spend."""

    left: int = MOST_OUTPUT
    rounds: int = MOST_ROUNDS
    until: float = 0.0

    def tick(self) -> None:
        """Spend a round. Raises: RenderFailed."""
        self.rounds -= 1
        if self.rounds < 0:
            raise RenderFailed(f"more than {MOST_ROUNDS} rounds of loops")
        self.look()

    def look(self) -> None:
        """Look at the time. Raises: RenderFailed."""
        if monotonic() > self.until:
            raise RenderFailed("it took too long")


Names = dict[str, Any]
Value = Callable[[Names, Meter], Any]

ABSENT: Any = object()
SPECIAL = re.compile("[&<>\"']")
DERIVED = frozenset({"size", "first", "last"})


def always(value: Any) -> Value:
    """Give the same to everybody."""
    return lambda _names, _meter: value


def root(name: str) -> Value:
    """Look a name up."""

    def root(names: Names, _meter: Meter) -> Any:
        try:
            return names[name]
        except KeyError:
            raise ValueMissing(name) from None

    return root


def member(name: str, key: str, whole: str, *, is_asked: bool) -> Value:
    """Look `key` of a name up; where it is only asked about, a missing one is nil."""

    def member(names: Names, _meter: Meter) -> Any:
        held = names.get(name)
        if type(held) is dict and key in held:
            return held[key]
        if is_asked and name in names:
            return None
        raise ValueMissing(whole)

    return member


def deep(name: str, rest: tuple[str | int, ...], whole: str, *, is_asked: bool) -> Value:
    """Look up what lies any deeper, or what is derived: `size`, `first`, `last`."""

    def deep(names: Names, _meter: Meter) -> Any:
        if name not in names:
            raise ValueMissing(whole)
        held = names[name]
        for key in rest:
            held = _item(held, key)
            if held is ABSENT:
                if is_asked:
                    return None
                raise ValueMissing(whole)
        return held

    return deep


def _item(held: Any, key: str | int) -> Any:
    if type(held) is dict:
        if key in held:
            return held[key]
        return len(held) if key == "size" else ABSENT
    if isinstance(held, list | tuple):
        if key == "size":
            return len(held)
        place = {"first": 0, "last": -1}.get(key) if isinstance(key, str) else key
        return held[place] if place is not None and -len(held) <= place < len(held) else ABSENT
    return len(held) if isinstance(held, str) and key == "size" else ABSENT


def cut(found: Any, offset: Any, limit: Any, meter: Meter) -> Sequence[Any]:
    """Give what a loop goes through. Raises: RenderFailed."""
    if isinstance(found, dict):
        found = list(found.items())
    elif isinstance(found, str):
        found = [found] if found else []
    items: Sequence[Any] = found if isinstance(found, list | tuple | range) else ()
    start = min(max(int(offset or 0), 0), len(items))
    stop = min(start + int(limit), len(items)) if limit else len(items)
    if stop - start > meter.rounds:
        raise RenderFailed(f"more than {MOST_ROUNDS} rounds of loops")
    return items[start : max(stop, start)]


def whole_range(start: Any, stop: Any) -> range:
    """Count from one number to another. Raises: RenderFailed."""
    first, last = _whole(start), _whole(stop)
    if last - first >= MOST_ROUNDS:
        raise RenderFailed(f"more than {MOST_ROUNDS} rounds of loops")
    return range(first, last + 1)


def _whole(value: Any) -> int:
    check_number(value)
    try:
        return int(value)
    except (ValueError, TypeError):
        return 0


def round_of(place: int, length: int) -> dict[str, Any]:
    """Give what `forloop` says."""
    return {
        "index": place + 1, "index0": place, "rindex": length - place, "rindex0": length - place - 1,
        "first": place == 0, "last": place == length - 1, "length": length,
    }  # fmt: skip


def restore(names: Names, name: str, before: Any) -> None:
    """Let a name mean again what it meant before a loop."""
    if before is ABSENT:
        names.pop(name, None)
    else:
        names[name] = before


def as_text(value: Any, *, is_html: bool) -> str:
    """Write a value as the language does. Raises: RenderFailed."""
    measured(value)
    if isinstance(value, list | tuple) and len(value) > MOST_ROUNDS:
        raise RenderFailed("a list is too long")
    return to_liquid_string(value, autoescape=is_html)


def measured(value: Any) -> Any:
    """Let a value pass that is small enough. Raises: RenderFailed."""
    if isinstance(value, str):
        if len(value) > MOST_VALUE:
            raise RenderFailed(f"a value has more than {MOST_VALUE} characters")
    elif (isinstance(value, int) and value.bit_length() > _MOST_BITS) or (
        isinstance(value, Decimal) and abs(value.adjusted() if value.is_finite() else 999) > _MOST_DIGITS
    ):
        raise RenderFailed("a number is too large")
    return value


def check_number(value: Any) -> None:
    """Refuse texts that Python would read as numbers of a million digits."""
    if isinstance(value, str) and (len(value) > _MOST_DIGITS or "e" in value.lower()):
        raise RenderFailed("a text is no number")


def check_join(value: Any, arguments: Sequence[Any]) -> None:
    """Refuse a long text between many, before it is made."""
    between = len(str(arguments[0])) if arguments else 1
    if isinstance(value, list | tuple | str) and len(value) * between > MOST_VALUE:
        raise RenderFailed(f"a value has more than {MOST_VALUE} characters")


def is_truthy(value: Any) -> bool:
    """Say whether a value counts as true: all do but nil and false."""
    return value is not None and value is not False


def _equal(_token: Any, left: Any, right: Any) -> bool:
    return bool(logical._eq(left, right))  # noqa: SLF001 (the language's own equality)


def _unequal(token: Any, left: Any, right: Any) -> bool:
    return not _equal(token, left, right)


def compared_with(left: Value, text: str, *, wants: bool) -> Value:
    """Compare with a fixed text, which needs none of the language's rules where the other side is text too."""

    def compared(names: Names, meter: Meter) -> bool:
        said = left(names, meter)
        return ((said == text) if isinstance(said, str) else _equal(None, said, text)) is wants

    return compared


def member_compared_with(name: str, key: str, text: str, *, wants: bool) -> Value:
    """Do what `compared_with` does with what `member` asks about, in one call: mails ask for little else."""

    def compared(names: Names, _meter: Meter) -> bool:
        held = names.get(name)
        if type(held) is not dict or key not in held:
            if name not in names:
                raise ValueMissing(f"{name}.{key}")
            return _equal(None, None, text) is wants
        said = held[key]
        return ((said == text) if isinstance(said, str) else _equal(None, said, text)) is wants

    return compared


def truth_of(value: Value) -> Value:
    """Say whether what it gives counts as true."""
    return lambda names, meter: is_truthy(value(names, meter))


def combined(left: Value, right: Value, kind: type) -> Value:
    """Join two questions by `and` or `or`."""
    if kind is logical.LogicalAndExpression:
        return lambda names, meter: is_truthy(left(names, meter)) and is_truthy(right(names, meter))
    return lambda names, meter: is_truthy(left(names, meter)) or is_truthy(right(names, meter))


def _le(left: Any, right: Any) -> bool:
    return bool(logical._le(left, right))  # noqa: SLF001


def _lt(token: Any, left: Any, right: Any) -> bool:
    return bool(logical._lt(token, left, right))  # noqa: SLF001


COMPARISONS: dict[type, Callable[[Any, Any, Any], bool]] = {
    logical.EqExpression: _equal,
    logical.NeExpression: _unequal,
    logical.LtExpression: _lt,
    logical.GtExpression: lambda token, left, right: _lt(token, right, left),
    logical.LeExpression: lambda _token, left, right: _le(left, right),
    logical.GeExpression: lambda _token, left, right: _le(right, left),
    logical.ContainsExpression: lambda token, left, right: bool(logical._contains(token, left, right)),  # noqa: SLF001
}
"""How two values are compared; the first argument is where it stands in the text, for errors."""
COMBINATIONS = (logical.LogicalAndExpression, logical.LogicalOrExpression)
