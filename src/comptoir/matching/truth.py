"""How well people were found, where somebody says who is who."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from comptoir.errors import ComptoirError
from comptoir.matching import reading

Key = tuple[int, str]
Pair = tuple[int, int]
_LIKELY = 0.5
"""Score from which a labelled pair is one person's."""


class TruthNotRead(ComptoirError, ValueError):
    """The file that says who is who has neither pairs nor clusters."""

    code, status = "truth_not_read", 422
    hint = (
        "Give two columns ending in _l and _r (and clerical_match_score, if you like), or an id and a column `cluster`."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well. Units: shares 0–1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Which records are one person's: either by groups, or pair by pair."""

    group_of: Mapping[int, str]
    pairs: frozenset[Pair]

    @property
    def count(self) -> int:
        """Give the number of pairs that are one person's."""
        if self.pairs:
            return len(self.pairs)
        return _pairs_in(Counter(self.group_of.values()).values())

    def holds(self, a: int, b: int) -> bool:
        """Say whether two records are one person's; what nobody said is not."""
        if self.pairs:
            return (min(a, b), max(a, b)) in self.pairs
        mine = self.group_of.get(a)
        return mine is not None and mine == self.group_of.get(b)


def load(path: Path, ids: Sequence[Key], id_column: str) -> Truth:
    """Read who is who. Raises: PeopleNotRead; TruthNotRead."""
    table = reading.read(path)
    names = {name.lower(): name for name in table.column_names}
    number = {key: record for record, key in enumerate(ids)}
    left = next((names[name] for name in (f"{id_column.lower()}_l", "id_l") if name in names), "")
    right = next((names[name] for name in (f"{id_column.lower()}_r", "id_r") if name in names), "")
    if left and right:
        scores = (
            table[names["clerical_match_score"]].to_pylist()
            if "clerical_match_score" in names
            else ["1"] * table.num_rows
        )
        other = max(source for source, _ in ids)
        stated = zip(table[left].to_pylist(), table[right].to_pylist(), scores, strict=True)
        true = ((number.get((0, a)), number.get((other, b))) for a, b, score in stated if float(score) >= _LIKELY)
        return Truth(
            group_of={}, pairs=frozenset((min(a, b), max(a, b)) for a, b in true if a is not None and b is not None)
        )
    if id_column not in table.column_names or "cluster" not in names:
        raise TruthNotRead(file=str(path), columns=", ".join(table.column_names[:30]))
    group_of = dict(zip(table[id_column].to_pylist(), table[names["cluster"]].to_pylist(), strict=True))
    return Truth(
        group_of={record: group_of[key[1]] for key, record in number.items() if group_of.get(key[1])}, pairs=frozenset()
    )


def of_pairs(truth: Truth, found: Iterable[Pair]) -> Score:
    """Score pairs that were found, each for itself."""
    told = [truth.holds(a, b) for a, b in found]
    right = sum(told)
    return Score(precision=right / len(told) if told else 1.0, recall=right / max(truth.count, 1))


def of_groups(truth: Truth, first: Sequence[int]) -> Score:
    """Score groups by all pairs that they imply."""
    members: dict[int, list[int]] = defaultdict(list)
    for record, group in enumerate(first):
        members[group].append(record)
    implied = sum(_pairs_in([len(group)]) for group in members.values())
    if truth.pairs:
        right = sum(first[a] == first[b] for a, b in truth.pairs)
    else:
        right = sum(
            _pairs_in(Counter(truth.group_of[one] for one in group if one in truth.group_of).values())
            for group in members.values()
        )
    return Score(precision=right / implied if implied else 1.0, recall=right / max(truth.count, 1))


def _pairs_in(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
