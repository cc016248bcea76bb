"""Answers that are dear to make, kept for some seconds: a page that is looked at again is there at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from comptoir.clock import monotonic

Answer = TypeVar("Answer")


@dataclass(slots=True, kw_only=True)
class Remembered(Generic[Answer]):
    """What was answered lately, by what was asked. It may be used by several threads. Units: seconds."""

    seconds: float
    most: int = 32
    now: Callable[[], float] = monotonic
    _kept: dict[Hashable, tuple[float, Answer]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """Give what was answered lately, or else what `make` gives now; what fails is not kept."""
        now = self.now()
        with self._lock:
            found = self._kept.get(key)
        if found is not None and now - found[0] < self.seconds:
            return found[1]
        answer = make()
        with self._lock:
            while len(self._kept) >= self.most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = (now, answer)
        return answer
