"""From a definition's text to its tidy YAML: today's format, one order of fields, the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from comptoir.grammar import fields
from comptoir.grammar.fields import Map
from comptoir.scenarios import upgrade

_ORDER = (
    "format", "scenario", "version", "title", "class", "brands", "priority", "expected_value", "control_share",
    "discretion", "tags", "trigger", "exit_when", "steps", "words",
)  # fmt: skip
_FIRST = ("key", "name", "if", "for", "event", "events", "where")
_NUMBER = re.compile(r"[-+]?\d+\.\d*|[-+]?\.\d+")
_WIDEST = 1_000_000


class _Number(str):
    """A decimal number, which is kept as text so that it stays exact, and written without quotes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:  # noqa: FBT001, FBT002 (PyYAML's)
        del indentless
        return super().increase_indent(flow=flow, indentless=False)


_Dumper.add_representer(_Number, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", str(value)))


def tidy(text: str) -> str:
    """
    Write a definition anew: upgraded, its fields in one order, without comments. Doing it twice is doing it once.

    Raises: BadDefinition.
    """
    return write(upgrade.upgraded(fields.load(text)))


def write(top: Mapping[str, object]) -> str:
    """Write a definition that was read: its fields in one order."""
    ordered = {name: top[name] for name in (*_ORDER, *sorted(set(top) - set(_ORDER))) if name in top}
    plain = _plain(ordered)
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDEST)


def _plain(value: object) -> object:
    if isinstance(value, (Map, dict)):
        names = sorted(value, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
        return {name: _plain(value[name]) for name in names}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return _Number(value)
    return value
