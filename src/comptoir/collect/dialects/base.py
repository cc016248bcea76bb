"""What a dialect is: it turns one client's way of writing events into canonical lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from comptoir.collect.parse import Fault, Parsed, Stamp


@dataclass(slots=True, kw_only=True)
class Opened:
    """
    A request's body, taken apart but not read yet: enough to find its key and to count its events.

    `fault` says that nothing in it can be read; `body` is then all there is.
    """

    route: str
    body: bytes
    events: Sequence[Any] = ()
    """The events' own texts, in whatever form the dialect reads."""
    key: str | None = None
    is_single: bool = False
    is_historical: bool = False
    fault: Fault | None = None
    is_sound: bool = False
    """The whole body has been checked, so its events need not be, one by one, but for their limits."""
    is_compact: bool = False
    """The whole body is written as we would write it, so no part of it has white space to remove."""
    defaults: Any = None
    """What the dialect keeps for all events of the request."""


class Dialect(Protocol):
    """A client's way of writing events over HTTP. Registered under the entry point `comptoir.dialects`."""

    name: str
    routes: Mapping[str, str]
    """Paths the door answers for this dialect, each with the dialect's own name of what comes there."""

    def open(self, route: str, body: bytes) -> Opened:
        """Take a body apart. Bad data is a value: `Opened.fault`."""
        ...

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read every event into a canonical line; a bad one becomes a refused line beside its neighbours."""
        ...
