"""How fast each provider takes our mails: a slow or angry one is given less, and never slows the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from comptoir.clock import monotonic

SLOW_SECONDS = 5.0
"""A conversation that lasts longer makes its provider slow."""
SLOW_LANES = 4
"""Conversations with slow providers that may be under way beside all others."""
_FIRST_LIMIT = 2.0
_FIRST_PAUSE_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 1_800.0

_GROUPS = {
    "google": "gmail.com googlemail.com",
    "microsoft": "outlook.com outlook.fr hotmail.com hotmail.fr hotmail.co.uk hotmail.be live.com live.fr msn.com",
    "yahoo": "yahoo.com yahoo.fr yahoo.co.uk yahoo.es yahoo.de yahoo.it ymail.com rocketmail.com aol.com aol.fr",
    "apple": "icloud.com me.com mac.com",
    "orange": "orange.fr wanadoo.fr voila.fr orange.com",
    "free": "free.fr aliceadsl.fr libertysurf.fr infonie.fr online.fr",
    "sfr": "sfr.fr neuf.fr cegetel.net club-internet.fr 9online.fr numericable.fr noos.fr",
    "laposte": "laposte.net",
    "bouygues": "bbox.fr bouyguestelecom.fr",
    "gmx": "gmx.com gmx.fr gmx.net gmx.de web.de mail.com",
    "proton": "proton.me protonmail.com protonmail.ch pm.me",
}
_GROUP_OF = {domain: group for group, domains in _GROUPS.items() for domain in domains.split()}


def group_of(contact: str) -> str:
    """Name the provider behind an address: one that has many domains is one; else the domain itself."""
    domain = contact.rpartition("@")[2].strip().lower()
    return _GROUP_OF.get(domain, domain)


@dataclass(slots=True)
class _Group:
    limit: float = _FIRST_LIMIT
    under_way: int = 0
    stuck: int = 0
    paused_until: float = 0.0
    pause: float = _FIRST_PAUSE_SECONDS


_NEW = _Group()


@dataclass(slots=True)
class Throttle:
    """
    Counts the conversations of each provider; used by one thread.

    A provider begins with two at once; each one accepted allows one more. One that asks for less (421, too many, no
    answer in time) is left alone for half a minute, then twice as long. One whose conversations take longer than
    `SLOW_SECONDS` gets one at a time, on lanes of their own.
    """

    most: int
    now: Callable[[], float] = monotonic
    groups: dict[str, _Group] = field(default_factory=dict)
    under_way: int = 0
    stuck: int = 0
    """Conversations that last long: they hold no lane of the others."""
    slow: set[str] = field(default_factory=set)
    """Providers whose conversations last long."""

    @property
    def free(self) -> int:
        """Say how many conversations may begin, were it for the lanes of the quick alone."""
        return self.most - self.under_way + self.stuck

    @property
    def lanes(self) -> int:
        """Say how many conversations may begin at most, with lanes of the slow where any provider is slow."""
        return max(0, self.free) + (max(0, SLOW_LANES - self.stuck) if self.slow else 0)

    def may(self, name: str, begun: int = 0, others: int = 0) -> bool:
        """
        Say whether one more conversation with this provider may begin now.

        `begun` of its own and `others` of all are about to begin.
        """
        group = self.groups.get(name, _NEW)
        if self.now() < group.paused_until:
            return False
        if name in self.slow:
            return group.under_way + begun < 1 and self.stuck < SLOW_LANES
        return group.under_way + begun < min(group.limit, self.most) and self.free > others

    def began(self, name: str) -> None:
        """Count one that begins."""
        group = self.groups.setdefault(name, _Group())
        group.under_way += 1
        self.under_way += 1
        if name in self.slow:
            self._stick(group, group.stuck + 1)

    def lasts(self, name: str) -> None:
        """Note that one under way has lasted longer than it should: from now on it holds no lane of the others."""
        group = self.groups[name]
        self.slow.add(name)
        self._stick(group, min(group.under_way, group.stuck + 1))

    def ended(self, name: str, seconds: float, *, is_accepted: bool, is_busy: bool) -> None:
        """Count one that ended, and learn from it."""
        group = self.groups[name]
        group.under_way -= 1
        self.under_way -= 1
        self._stick(group, min(group.stuck, group.under_way))
        (self.slow.add if seconds >= SLOW_SECONDS else self.slow.discard)(name)
        if is_busy:
            group.paused_until = self.now() + group.pause
            group.pause = min(2 * group.pause, _LONGEST_PAUSE_SECONDS)
            group.limit = 1.0
        elif is_accepted:
            group.limit = min(group.limit + 1.0, float(self.most))
            group.pause = _FIRST_PAUSE_SECONDS

    def _stick(self, group: _Group, stuck: int) -> None:
        self.stuck += stuck - group.stuck
        group.stuck = stuck
