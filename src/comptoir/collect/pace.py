"""How fast a browser turns pages: faster than anybody reads, it is a machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from comptoir.collect.batch import Event
from comptoir.model.event import Trust, Type

MINUTE = 60_000_000
KEPT_MINUTES = 2
"""Minutes whose counts go on from tick to tick: live events come in about the order they occur."""
LOOKS = frozenset({"Product Viewed", "Product List Viewed"})
_PAGES = frozenset({Type.PAGE.value, Type.SCREEN.value})

Key = tuple[int, int]
"""A browser's node, and a minute since 1970."""


@dataclass(slots=True)
class Pace:
    """
    Looks of each browser in each minute, as they occurred: what came late from a phone that was offline is no haste.

    A tick counts on top of what earlier ticks left (`begin`, `judge`), and what it counted is kept once it is stored
    (`remember`): so a tick that is worked again judges the same.
    """

    most: int
    """Looks a minute that a person may take; 0 judges nobody."""
    counts: dict[Key, int] = field(default_factory=dict)
    fresh: dict[Key, int] = field(default_factory=dict)
    """Of the tick that is worked."""
    oldest: int = -1
    """What occurred up to this minute is forgotten."""

    def begin(self) -> None:
        """Begin a tick."""
        self.fresh = {}

    def judge(self, batch: Iterable[Event]) -> None:
        """Mark the looks beyond what a person can take."""
        fresh, counts, most = self.fresh, self.counts, self.most
        for event in batch:
            if not _looks(event):
                continue
            key = event.browser_node, event.occurred_at // MINUTE
            count = fresh[key] = fresh.get(key, 0) + 1
            if count + counts.get(key, 0) > most and event.robot_reason is None:
                event.robot_reason = f"more than {most} pages in a minute"

    def remember(self) -> None:
        """Keep the counts of the last minutes: the tick is stored."""
        if not self.fresh:
            return
        oldest = max(minute for _, minute in self.fresh) - KEPT_MINUTES
        for key, count in self.fresh.items():
            self.counts[key] = self.counts.get(key, 0) + count
        if oldest != self.oldest:
            self.counts = {key: count for key, count in self.counts.items() if key[1] > oldest}
        self.oldest, self.fresh = oldest, {}


def _looks(event: Event) -> bool:
    """Tell whether an event is a look at a page that a public key reports: servers and imports are nobody's haste."""
    line = event.line
    return (
        (line.name in LOOKS or line.type in _PAGES)
        and line.trust == Trust.CLAIMED
        and not line.historical
        and event.browser_node != 0
    )
