"""Values as clients write them: numbers kept exact, and objects without what says nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from comptoir.collect.dialects import parts

_SHORT = 20
"""Characters of a number that is remembered as it was read."""
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?")


def number(text: str | None) -> msgspec.Raw | str | None:
    """Read a number out of a query, by its digits; what is none stays text, and nothing stays nothing."""
    if not text:
        return None
    return _known(text) if len(text) <= _SHORT else _number(text)


def _number(text: str) -> msgspec.Raw | str | None:
    said = text.strip()
    if not said:
        return None
    return msgspec.Raw(said.encode()) if _NUMBER.fullmatch(said) else said


_known = lru_cache(maxsize=4_096)(_number)
"""Prices and quantities come again and again."""


def said(values: Mapping[str, object]) -> dict[str, object]:
    """Leave out what says nothing."""
    return {name: value for name, value in values.items() if value or not (value is None or value in ("", [], {}))}


def raw(values: Mapping[str, object]) -> msgspec.Raw:
    """Write an object, without what says nothing and with its numbers as they were."""
    return parts.raw(said(values))
