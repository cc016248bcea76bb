"""Definitions of older versions, upgraded when they are read: one small function a step, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from comptoir.grammar.fields import BadDefinition, Map

VERSION = 1
"""The version that is written today."""


def upgraded(top: Map) -> Map:
    """
    Give a definition in today's version; one without a version is of version 0, which had `conditions` for `if`.

    Raises: BadDefinition for a version we do not know yet.
    """
    found = top.get("version", 0)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= VERSION:
        mend = f"this Comptoir reads 0 to {VERSION}"
        raise BadDefinition(what=f"`version: {found}` is not known", where="segment", mend=mend)
    for version in range(found, VERSION):
        top = _UPGRADES[version](top)
    return _with(top, {"version": VERSION, **{name: value for name, value in top.items() if name != "version"}})


def _v0_to_v1(top: Map) -> Map:
    """Turn `conditions: […]`, all of which had to hold, into `if: {all: […]}`."""
    if "conditions" not in top or "if" in top:
        return top
    kept = {name: value for name, value in top.items() if name != "conditions"}
    return _with(top, {**kept, "if": _with(top, {"all": top["conditions"]})})


_UPGRADES: Mapping[int, Callable[[Map], Map]] = {0: _v0_to_v1}


def _with(top: Map, values: Mapping[str, object]) -> Map:
    copy = Map(values)
    copy.line = top.line
    return copy
