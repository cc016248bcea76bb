"""Definitions of older formats, upgraded when they are read: one small function a step, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from comptoir.grammar.fields import BadDefinition, Map

FORMAT = 2
"""The format that is written today."""


def upgraded(top: Map) -> Map:
    """Give a definition in today's format. Raises: BadDefinition for a format we do not know yet."""
    found = top.get("format", 1)
    if not isinstance(found, int) or not 1 <= found <= FORMAT:
        raise BadDefinition(
            what=f"`format: {found}` is not known", where="scenario", mend=f"this Comptoir reads 1 to {FORMAT}"
        )
    for version in range(found, FORMAT):
        top = _UPGRADES[version](top)
    return _with(top, format=FORMAT)


def _v1_to_v2(top: Map) -> Map:
    """Turn `again_after: 1 day` of a trigger into `again: {after: 1 day}`."""
    trigger = top.get("trigger")
    if not isinstance(trigger, Map) or "again_after" not in trigger:
        return top
    policy = Map({"after": trigger["again_after"]})
    policy.line = trigger.line
    kept = {name: value for name, value in trigger.items() if name != "again_after"}
    changed = Map({**kept, "again": policy})
    changed.line = trigger.line
    return _with(top, trigger=changed)


_UPGRADES: Mapping[int, Callable[[Map], Map]] = {1: _v1_to_v2}


def _with(top: Map, **values: object) -> Map:
    copy = Map({**top, **values})
    copy.line = top.line
    return copy
