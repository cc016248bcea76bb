"""What the forms of the scenario editor are made of: controls, rows of them, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Typed = Mapping[str, Sequence[str]]
"""What stands in the controls: the name of each, and its values as text."""

MOST_ROWS = 40


class Wrong(Exception):
    """A control holds what does not fit: the end of the words that say so, and which control if another one."""

    def __init__(self, what: str, control: str = "") -> None:
        """Say what is wrong (words `scenario.wrong.<what>`) and where."""
        super().__init__(what)
        self.what, self.control = what, control


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a field that lists things: its controls, and for a way the place it had."""

    prefix: str
    controls: tuple[Control, ...]
    was: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A control, or a group of them, as the page draws it (`draws` names the macro)."""

    name: str
    draws: str
    label: str = ""
    help: str = ""
    error: str = ""
    value: str = ""
    values: tuple[str, ...] = ()
    unit: str = ""
    options: tuple[tuple[str, str], ...] = ()
    rows: tuple[Row, ...] = ()
    is_required: bool = False


def first(typed: Typed, name: str) -> str:
    """Give what is typed in one control."""
    values = typed.get(name)
    return str(values[0]).strip() if values else ""


def places(name: str, typed: Typed) -> list[int]:
    """Give the numbers of the rows under a name. Order: as they stand."""
    found = set()
    for key in typed:
        if key.startswith(f"{name}."):
            number = key[len(name) + 1 :].partition(".")[0]
            if number.isascii() and number.isdigit() and int(number) < MOST_ROWS:
                found.add(int(number))
    return sorted(found)
