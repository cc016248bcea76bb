"""One door for all plug-ins: what ships with Comptoir is found by the same entry points as what strangers write."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from comptoir.errors import PluginBroken, PluginNotFound


class Kind(StrEnum):
    """What can be plugged in: the value is the entry-point group."""

    DIALECT = "comptoir.dialects"
    SOURCE = "comptoir.sources"
    PULL = "comptoir.pulls"
    STEP = "comptoir.steps"
    CHANNEL = "comptoir.channels"
    CONDITION = "comptoir.conditions"
    SCORE = "comptoir.scores"


@cache  # what is installed stays so while a process lives, and to look for it takes ten milliseconds
def offered(kind: Kind) -> tuple[EntryPoint, ...]:
    """List the plug-ins of one kind, by name. Order: by name."""
    return tuple(sorted(entry_points(group=kind.value), key=lambda point: point.name))


def load(kind: Kind, name: str) -> type:
    """
    Import and return the plug-in called `name`.

    Raises: PluginNotFound if nobody offers it; PluginBroken, naming the distribution, if its import fails.
    """
    for point in offered(kind):
        if point.name == name:
            try:
                loaded: type = point.load()
            except Exception as error:  # a stranger's import may raise anything; we name the culprit
                maker = point.dist.name if point.dist else "unknown"
                raise PluginBroken(kind=kind.value, name=name, distribution=maker, error=str(error)) from error
            return loaded
    raise PluginNotFound(kind=kind.value, name=name, installed=[point.name for point in offered(kind)])
