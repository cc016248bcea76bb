"""What the door turned away because a limit was reached: counts beside its spool, by source and by limit."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import msgspec

FILE = "turned_away.json"


class Bound(StrEnum):
    """Which limit was reached."""

    KEY = "key"
    """All that bears the key, together."""
    NETWORK = "network"
    """One network of visitors, with a public key."""


class TurnedAway(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of one source that were answered "too many" for one reason."""

    source: str
    bound: str
    requests: int


class Tally:
    """Counts requests that are turned away, over the door's restarts; no address is in it."""

    def __init__(self, folder: Path) -> None:
        """Go on from what the file says."""
        self._path = folder / FILE
        self._counts = Counter({(one.source, one.bound): one.requests for one in read(folder)})
        self._is_changed = False

    def add(self, source: str, bound: Bound) -> None:
        """Count one request."""
        self._counts[source, bound.value] += 1
        self._is_changed = True

    def write(self) -> None:
        """Write the file, if anything was turned away since; on a full disk, another time."""
        if not self._is_changed:
            return
        rows = [
            TurnedAway(source=source, bound=bound, requests=count)
            for (source, bound), count in sorted(self._counts.items())
        ]
        beside = self._path.with_suffix(".part")
        with suppress(OSError):
            beside.write_bytes(msgspec.json.encode(rows))
            beside.replace(self._path)
            self._is_changed = False


def read(folder: Path) -> tuple[TurnedAway, ...]:
    """Give the counts that lie beside the spool in a folder. Order: source, limit; nothing where nobody counted."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=tuple[TurnedAway, ...])
    except (OSError, msgspec.MsgspecError):
        return ()
