"""From pairs to people: records are put together as long as all of a group, on average, speak for it."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Records = NDArray[np.int64]
Weigh = Callable[[Records, Records], pa.Table]
LEAST = 0.0
"""Weight (log 2 of the odds) from which a pair, or two groups on average, are rather one person's than not."""
_LARGEST = 400
"""Records of a component all of whose pairs are weighed; of larger ones only those that rules found."""
_UNSEEN = -8.0
"""Weight of a pair that was not weighed, in a component too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Records that pairs chain together, and the weight of each pair."""

    members: tuple[int, ...]
    weights: dict[tuple[int, int], float]


def cluster(count: int, pairs: pa.Table, weigh: Weigh, *, sources: Sequence[int], unique: frozenset[int]) -> Records:
    """
    Give each record the first record of its group.

    Pairs alone chain: a wrong one joins two families. So within what pairs chain together all pairs are weighed, and
    groups are joined, the best first, only while the mean weight between them speaks for it (average linkage); and
    never so that a group has two records of a source known to hold everybody once.

    Grain: one number a record. Source: Kaufman & Rousseeuw 1990 on average linkage; the result is the same for any
    order of records, since ties go to the lower number.
    """
    strong = pairs.filter(pa.compute.greater_equal(pairs["weight"], LEAST)) if pairs.num_rows else pairs
    roots = _chained(count, strong["a"].to_numpy(), strong["b"].to_numpy())
    first = roots.copy()
    for component in _doubtful(roots, strong, weigh, unique=unique, sources=sources):
        for group in _split(component, sources, unique):
            first[list(group)] = min(group)
    return first


def _chained(count: int, a: Records, b: Records) -> Records:
    """Give each record the lowest that pairs chain it to."""
    roots = np.arange(count)
    while True:
        low = np.minimum(roots[a], roots[b])
        new = roots.copy()
        np.minimum.at(new, roots[a], low)
        np.minimum.at(new, roots[b], low)
        new = new[new]
        while not np.array_equal(new, new[new]):
            new = new[new]
        if np.array_equal(new, roots):
            return roots
        roots = new


def _doubtful(
    roots: Records, strong: pa.Table, weigh: Weigh, *, unique: frozenset[int], sources: Sequence[int]
) -> list[Component]:
    """Give the components where some pair is missing, with all pairs weighed; of the others nothing is in doubt."""
    a, b, weights = (strong[name].to_numpy() for name in ("a", "b", "weight"))
    sizes = np.bincount(roots, minlength=len(roots))
    edges = np.bincount(roots[a], minlength=len(roots))
    incomplete = (sizes > 1) & (edges < sizes * (sizes - 1) // 2)
    if unique:
        source = np.asarray(sources)
        for one in unique:
            incomplete |= np.bincount(roots[source == one], minlength=len(roots)) > 1
    members: dict[int, list[int]] = defaultdict(list)
    for record in np.flatnonzero(incomplete[roots]):
        members[int(roots[record])].append(int(record))
    known: dict[int, dict[tuple[int, int], float]] = defaultdict(dict)
    kept = incomplete[roots[a]]
    for one, other, weight in zip(a[kept].tolist(), b[kept].tolist(), weights[kept].tolist(), strict=True):
        known[int(roots[one])][one, other] = weight
    _weigh_missing(members, known, weigh)
    return [Component(members=tuple(members[root]), weights=known[root]) for root in sorted(members)]


def _weigh_missing(members: dict[int, list[int]], known: dict[int, dict[tuple[int, int], float]], weigh: Weigh) -> None:
    missing = [
        (one, other)
        for root, records in members.items()
        if len(records) <= _LARGEST
        for place, one in enumerate(records)
        for other in records[place + 1 :]
        if (one, other) not in known[root]
    ]
    if not missing:
        return
    root_of = {record: root for root, records in members.items() for record in records}
    pairs = np.array(missing, dtype=np.int64)
    weighed = weigh(pairs[:, 0], pairs[:, 1])
    rows = zip(*(weighed[name].to_pylist() for name in ("a", "b", "weight")), strict=True)
    for one, other, weight in rows:
        known[root_of[one]][one, other] = weight


def _split(component: Component, sources: Sequence[int], unique: frozenset[int]) -> Iterable[frozenset[int]]:
    """Join the best two groups, on average, until none of two is better together."""
    groups = {record: frozenset((record,)) for record in component.members}
    between: dict[int, dict[int, float]] = {record: {} for record in component.members}
    for (one, other), weight in component.weights.items():
        between[one][other] = between[other][one] = weight
    heap = [(-weight, one, other, 1, 1) for (one, other), weight in component.weights.items() if weight >= LEAST]
    heapq.heapify(heap)
    while heap:
        _, one, other, size, its = heapq.heappop(heap)
        if one not in groups or other not in groups or (len(groups[one]), len(groups[other])) != (size, its):
            continue
        if _clash(groups[one] | groups[other], sources, unique):
            continue
        _join(groups, between, one, other)
        for third, total in between[one].items():
            mean = total / (len(groups[one]) * len(groups[third]))
            if mean >= LEAST:
                first, second = min(one, third), max(one, third)
                heapq.heappush(heap, (-mean, first, second, len(groups[first]), len(groups[second])))
    return groups.values()


def _join(groups: dict[int, frozenset[int]], between: dict[int, dict[int, float]], one: int, other: int) -> None:
    """Take `other` into `one`, and add up what stands between them and everybody else."""
    mine, its = between[one], between.pop(other)
    size, other_size = len(groups[one]), len(groups[other])
    mine.pop(other, None)
    its.pop(one, None)
    for third in mine.keys() | its.keys():
        count = len(groups[third])
        total = mine.get(third, _UNSEEN * size * count) + its.get(third, _UNSEEN * other_size * count)
        mine[third] = between[third][one] = total
        between[third].pop(other, None)
    groups[one] |= groups.pop(other)


def _clash(together: frozenset[int], sources: Sequence[int], unique: frozenset[int]) -> bool:
    held = [sources[record] for record in together if sources[record] in unique]
    return len(held) > len(set(held))
