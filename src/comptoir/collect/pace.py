"""How fast a browser turns pages: faster than anybody reads, it is a machine."""

from __future__ import annotations

from collections import Counter
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


def looks(event: Event) -> bool:
    """Tell whether an event is a look at a page that a public key reports: servers and imports are nobody's haste."""
    line = event.line
    return (
        (line.type in _PAGES or line.name in LOOKS)
        and line.trust == Trust.CLAIMED
        and not line.historical
        and event.browser_node != 0
    )


@dataclass(slots=True)
class Pace:
    """
    Looks of each browser in each minute, as they occurred: what came late from a phone that was offline is no haste.

    A tick counts on top of what earlier ticks left (`judge`), and what it leaves is kept once it is stored
    (`remember`): so a tick that is worked again judges the same.
    """

    most: int
    """Looks a minute that a person may take; 0 judges nobody."""
    counts: dict[Key, int] = field(default_factory=dict)

    def judge(self, batch: Iterable[Event], fresh: Counter[Key]) -> None:
        """Mark the looks beyond what a person can take; `fresh` carries a tick's own counts from call to call."""
        for event in batch:
            if looks(event):
                key = event.browser_node, event.occurred_at // MINUTE
                fresh[key] += 1
                if event.robot_reason is None and fresh[key] + self.counts.get(key, 0) > self.most:
                    event.robot_reason = f"more than {self.most} pages in a minute"

    def remember(self, stored: Iterable[Event]) -> None:
        """Keep the counts of the last minutes."""
        if not self.most:
            return
        told = Counter((event.browser_node, event.occurred_at // MINUTE) for event in stored if looks(event))
        if not told:
            return
        for key, count in told.items():
            self.counts[key] = self.counts.get(key, 0) + count
        oldest = max(minute for _, minute in told) - KEPT_MINUTES
        if any(minute <= oldest for _, minute in self.counts):
            self.counts = {key: count for key, count in self.counts.items() if key[1] > oldest}
