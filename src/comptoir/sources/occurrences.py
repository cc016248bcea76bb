"""How often a row stood before in its file: identical rows are distinct, and a re-export names them as before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]


@dataclass(slots=True)
class Occurrences:
    """
    Counts of 64-bit keys, in 8 bytes a key: sorted runs, and a table only for keys that came more than once.

    Two different rows share a key once in 10^19; then the later is merely called a second occurrence.
    """

    runs: list[Keys] = field(default_factory=list)
    repeated: dict[int, int] = field(default_factory=dict)

    def number(self, digests: Sequence[bytes]) -> list[int]:
        """Say of each digest (16 bytes), in order, how often it came before."""
        if not digests:
            return []
        keys = np.frombuffer(b"".join(digests), dtype="<u8")[::2]
        numbers = [0] * len(keys)
        unique, counts = np.unique(keys, return_counts=True)
        known = self._known(keys)
        again = known | np.isin(keys, unique[counts > 1])
        for place in np.flatnonzero(again):
            key = int(keys[place])
            before = self.repeated.get(key, int(known[place]))
            numbers[place] = before
            self.repeated[key] = before + 1
        self._add(unique)
        return numbers

    def _known(self, keys: Keys) -> NDArray[np.bool_]:
        known = np.zeros(len(keys), dtype=bool)
        for run in self.runs:
            places = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            known |= run[places] == keys
        return known

    def _add(self, keys: Keys) -> None:
        """Keep runs few: one is merged into the next that is not larger, so there are at most log2 of them."""
        while self.runs and len(self.runs[-1]) <= len(keys):
            keys = np.concatenate([self.runs.pop(), keys])
            keys.sort(kind="stable")  # merges what is sorted already
        self.runs.append(keys)
