"""Spans of time in forms: a number and its unit."""

from __future__ import annotations

import re

from comptoir.web.scenario_controls import Typed, Wrong, first

UNITS = ("minutes", "hours", "days", "weeks", "seconds")
_SPAN = re.compile(r"^\s*(\d+)\s*([a-z]+)\s*$")
_BY_LETTER = {one[0]: one for one in UNITS}
_DIGITS = 6


def write_span(name: str, value: object) -> dict[str, list[str]]:
    """Write a span as it would be typed."""
    found = split(value)
    return {name: [str(value)], f"{name}.unit": ["days"]} if found is None else {
        name: [str(found[0])], f"{name}.unit": [found[1]]
    }  # fmt: skip


def split(value: object) -> tuple[int, str] | None:
    """Give the number and the unit of a span as definitions write it."""
    found = _SPAN.match(str(value))
    return None if found is None else (int(found[1]), _BY_LETTER.get(found[2][0], "days"))


def read_span(name: str, typed: Typed) -> str | None:
    """Read a number and its unit. Raises: Wrong."""
    value, unit = first(typed, name), first(typed, f"{name}.unit") or "days"
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS) or unit not in UNITS:
        raise Wrong("duration", name)
    return f"{int(value)} {unit.removesuffix('s') if int(value) == 1 else unit}"
