"""Finding people in records: from one or two tables to groups, by a model that learns from these very records."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comptoir.errors import ComptoirError
from comptoir.matching import blocking, clusters, comparing, model, pairs, people
from comptoir.matching.blocking import Rule
from comptoir.matching.model import Model
from comptoir.matching.people import People

WORTH_A_LOOK = -3.0
"""Weight (log 2 of the odds) from which a pair is kept: one in nine is one person's."""
SURE = 6.63
"""Weight of a probability of 0.99."""
_REPEATS = 0.001
"""Share of a source's records that may look alike by chance, for it still to hold everybody once."""
Step = Callable[[str], None]


class NothingToCompare(ComptoirError, ValueError):
    """No column says who somebody is, or no two records share anything."""

    code, status = "nothing_to_compare", 422
    hint = "Matching wants names, a birth date, an e-mail, a phone or an address, in columns called so."


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What was found."""

    people: People
    rules: tuple[Rule, ...]
    model: Model
    pairs: pa.Table
    """Grain: one row a pair worth a look: `a` < `b`, `weight`."""
    first: NDArray[np.int64]
    """Grain: one number a record: the first record of its group."""
    unique: frozenset[int]
    """Sources that hold everybody once."""

    @property
    def groups(self) -> int:
        """Give how many people there are."""
        return len(np.unique(self.first))


def match(
    sources: Sequence[pa.Table], id_column: str, *, is_unique: bool | None = None, step: Step = lambda _: None
) -> Matched:
    """
    Find who is who in one table, or in two.

    Where `is_unique` says nothing, each of two tables is held to have everybody once if the pairs within it say so.

    Raises: NothingToCompare.
    """
    with_rules, known = learn(sources, id_column, step=step)
    step("weigh")
    scorer = pairs.Scorer(known.people, known.model, with_rules)
    found = scorer.find(WORTH_A_LOOK)
    step("group")
    source = [number for number, _ in known.people.ids]
    unique = (
        _unique(len(sources), source, found)
        if is_unique is None
        else frozenset(range(len(sources)) if is_unique else ())
    )
    first = clusters.cluster(known.people.count, found, scorer.weigh, sources=source, unique=unique)
    return Matched(people=known.people, rules=with_rules, model=known.model, pairs=found, first=first, unique=unique)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Records, and the model learned from them."""

    people: People
    model: Model


def learn(
    sources: Sequence[pa.Table], id_column: str, *, step: Step = lambda _: None
) -> tuple[tuple[Rule, ...], Learned]:
    """Choose the rules and learn the model. Raises: NothingToCompare."""
    step("prepare")
    return learn_from(prepare(sources, id_column), step=step)


def prepare(sources: Sequence[pa.Table], id_column: str) -> People:
    """Bring records into plain form, in a database of their own that the caller closes."""
    database = duckdb.connect(config={"temp_directory": tempfile.gettempdir()})
    return people.prepare(database, sources, id_column)


def learn_from(prepared: People, *, step: Step = lambda _: None) -> tuple[tuple[Rule, ...], Learned]:
    """Choose the rules for prepared records and learn the model. Raises: NothingToCompare."""
    step("choose")
    rules = blocking.choose(prepared) if prepared.fields else ()
    if not rules:
        raise NothingToCompare(columns=", ".join(one.column for one in prepared.fields[:30]), records=prepared.count)
    compared = comparing.comparisons(prepared.fields)
    step("compare")
    seen = pairs.count(prepared, compared, rules)
    step("learn")
    return rules, Learned(people=prepared, model=model.learn(compared, seen))


def _unique(count: int, source: Sequence[int], found: pa.Table) -> frozenset[int]:
    """Say which of several sources hold everybody once: those where next to no pair within is sure."""
    if count < 2:
        return frozenset()
    number = np.asarray(source)
    sure = found.filter(pa.compute.greater_equal(found["weight"], SURE))
    a, b = number[sure["a"].to_numpy()], number[sure["b"].to_numpy()]
    return frozenset(
        one for one in range(count) if int(((a == one) & (b == one)).sum()) <= _REPEATS * int((number == one).sum())
    )
