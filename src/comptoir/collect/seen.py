"""Which message ids were seen: sorted 64-bit hashes in sealed runs, and a small tail in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.int64]

TAIL_SIZE = 400_000
ANY_BODY = 0
"""The body hash of a line whose id is made from its content: the same id is always the same line."""


class Verdict(IntEnum):
    """What the index says of a message id."""

    NEW = 0
    DUPLICATE = 1
    REUSED = 2
    """The id is known, but it said something else then."""


@dataclass(frozen=True, slots=True)
class Run:
    """A sealed run: ids sorted, bodies beside them."""

    ids: Hashes
    bodies: Hashes


@dataclass(slots=True)
class Seen:
    """
    A set of (id hash → body hash).

    Two ids collide once in 10^19; then their bodies differ and the later event is kept aside as reused, never lost.

    Shape: runs of sorted int64, at most log2(n / tail) of them, since runs of like size are merged as they are sealed.
    """

    runs: list[Run] = field(default_factory=list)
    tail: dict[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(len(run.ids) for run in self.runs) + len(self.tail)

    def judge(self, ids: Sequence[int], bodies: Sequence[int], fresh: dict[int, int] | None = None) -> list[Verdict]:
        """
        Say of each id, in order, whether it is new; an id that comes twice is new the first time only.

        `fresh` carries what was new from one call to the next, until it is stored and remembered.
        """
        known = self._sealed(ids)
        fresh = {} if fresh is None else fresh
        news = dict(zip(ids, bodies, strict=True))
        if len(news) == len(ids) and not known and self.tail.keys().isdisjoint(ids) and fresh.keys().isdisjoint(ids):
            fresh |= news  # all are new, as a rule
            return [Verdict.NEW] * len(ids)
        verdicts: list[Verdict] = []
        for place, (one, body) in enumerate(zip(ids, bodies, strict=True)):
            former = fresh.get(one)
            if former is None:
                former = self.tail.get(one)
            if former is None:
                former = known.get(place)
            if former is None:
                fresh[one] = body
                verdicts.append(Verdict.NEW)
            elif ANY_BODY in {former, body} or former == body:
                verdicts.append(Verdict.DUPLICATE)
            else:
                verdicts.append(Verdict.REUSED)
        return verdicts

    def is_new(self, ids: Hashes, fresh: dict[int, int] | None = None) -> NDArray[np.bool_]:
        """Say of ids made from what they name which are new: of one that comes twice, the first time only."""
        new = np.zeros(len(ids), dtype=bool)
        new[np.unique(ids, return_index=True)[1]] = True
        for run in self.runs:
            places = np.minimum(np.searchsorted(run.ids, ids), len(run.ids) - 1)
            new &= run.ids[places] != ids
        for known in (self.tail, fresh):
            if known:
                new &= np.fromiter((one not in known for one in ids.tolist()), np.bool_, len(ids))
        return new

    def remember(self, ids: Sequence[int], bodies: Sequence[int]) -> None:
        """Add ids that were stored."""
        self.tail.update(zip(ids, bodies, strict=True))
        if len(self.tail) >= TAIL_SIZE:
            count = len(self.tail)
            self.load(np.fromiter(self.tail.keys(), np.int64, count), np.fromiter(self.tail.values(), np.int64, count))
            self.tail = {}

    def load(self, ids: Hashes, bodies: Hashes) -> None:
        """Add a sealed run, from any order, merging runs that are not larger than it."""
        if not len(ids):
            return
        while self.runs and len(self.runs[-1].ids) <= len(ids):
            last = self.runs.pop()
            ids, bodies = np.concatenate([last.ids, ids]), np.concatenate([last.bodies, bodies])
        order = np.argsort(ids, kind="stable")
        self.runs.append(Run(ids[order], bodies[order]))

    def _sealed(self, ids: Sequence[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        if not self.runs:
            return found
        wanted = np.fromiter(ids, np.int64, len(ids))
        for run in self.runs:
            places = np.minimum(np.searchsorted(run.ids, wanted), len(run.ids) - 1)
            for hit in np.flatnonzero(run.ids[places] == wanted):
                found[int(hit)] = int(run.bodies[places[hit]])
        return found
