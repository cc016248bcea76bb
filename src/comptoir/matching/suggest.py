"""Suggesting who may be one person, over all people of the shop: nightly, and when somebody asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from comptoir.identity import region, store
from comptoir.matching import queue, records
from comptoir.matching.queue import MILLI, Evidence, Found
from comptoir.state.base import State

if TYPE_CHECKING:
    from comptoir.matching.kept import Kept
    from comptoir.matching.pairs import Scorer

MOST = 500
"""Pairs that wait at once, the likeliest first: more than anybody reviews in an hour."""
FEWEST = 20
"""People below which there is nothing to learn from."""
_RAREST = 1e-9
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What a run did."""

    people: int
    """Compared: those with a name and something else."""
    fresh: int
    """Of them, those who are new or changed since the last run; everybody where the model was learned afresh."""
    found: int
    """Pairs that wait for somebody's look."""
    less_likely: int
    """Pairs below the weight from which somebody is asked, which do not wait."""
    new: int
    joined: int
    """Joined without review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the state says before a run."""

    closed: set[Pair]
    waiting: list[Pair]
    asks_from: int
    seen: dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """What a run found."""

    found: list[Found]
    less_likely: int = 0
    fresh: int = 0
    model: Kept | None = None
    """The model, where it was learned afresh."""


def suggest(state: State, *, at: int, is_whole: bool = True) -> Suggested:
    """
    Compare people, and keep the pairs worth a look for review; join those above the weight that decisions proved.

    `is_whole` compares everybody with everybody, by a model learned afresh. Otherwise who is new or changed since the
    last run is compared with everybody by the model that is kept, which gives the same pairs as that model over all;
    after a week, or where there are a fifth more people, it is learned afresh all the same.

    Who was decided is not suggested again, and nobody is renamed: who is joined keeps the older name.

    Units: `at` in microseconds since 1970.
    """
    # Splink takes half a second and some memory: only who matches loads it, no engine at its start and no screen
    from comptoir.matching import kept  # noqa: PLC0415

    with state.read() as connection:
        table = records.gather(connection)
        model = None if is_whole else kept.read(connection)
        before = _Known(
            closed=queue.known(connection),
            waiting=[(one.a, one.b) for one in queue.waiting(connection, -1)],
            asks_from=queue.tally(connection).asks_from,
            seen=kept.seen_before(connection),
        )
    now = kept.digests(table)
    compared = _compare(table, before, now, model, at)
    with state.write() as connection:
        standing = _standing(connection, compared.found)
        new = queue.keep(connection, standing, at=at)
        queue.tidy(connection)
        joined = queue.join_the_sure(connection, at=at)
        kept.remember(connection, before.seen, now)
        if compared.model is not None:
            kept.write(connection, compared.model)
    return Suggested(
        people=table.num_rows, fresh=compared.fresh, found=len(standing), less_likely=compared.less_likely, new=new,
        joined=joined,
    )  # fmt: skip


def _compare(table: pa.Table, before: _Known, now: Mapping[int, int], model: Kept | None, at: int) -> _Compared:
    from comptoir.matching import kept, matcher  # noqa: PLC0415
    from comptoir.matching.pairs import Scorer  # noqa: PLC0415

    if table.num_rows < FEWEST:
        return _Compared(found=[])
    fresh = {node for node, digest in now.items() if before.seen.get(node) != digest}
    if model is not None and not model.is_good_for(table.num_rows, at):
        model = None
    if model is not None and not fresh and not before.waiting:
        return _Compared(found=[])  # nobody to compare, and no pair to weigh again
    prepared = matcher.prepare([table], records.ID)
    try:
        known = model.restore(prepared) if model is not None else None
        if model is not None and known is not None:
            scorer = Scorer(prepared, known.model, model.rules)
            return _weighed(scorer, before, _beside(scorer, fresh, before), fresh=len(fresh))
        rules, known = matcher.learn_from(prepared)
        scorer = Scorer(prepared, known.model, rules)
        compared = _weighed(scorer, before, scorer.find(matcher.WORTH_A_LOOK), fresh=table.num_rows)
        return replace(compared, model=kept.of(known, rules, at=at))
    except matcher.NothingToCompare:
        return _Compared(found=[])  # a shop whose customers have no names yet
    finally:
        prepared.database.close()


def _beside(scorer: Scorer, fresh: Collection[int], before: _Known) -> pa.Table:
    """Weigh whoever is new or changed beside everybody, and again the pairs that wait of whom neither is."""
    from comptoir.matching import matcher  # noqa: PLC0415

    record_of = {int(own): record for record, (_, own) in enumerate(scorer.people.ids)}
    found = scorer.find(matcher.WORTH_A_LOOK, sorted(record_of[node] for node in fresh))
    again = [
        (record_of[a], record_of[b])
        for a, b in before.waiting
        if a in record_of and b in record_of and a not in fresh and b not in fresh
    ]
    if not again:
        return found
    weighed = scorer.weigh(np.array([a for a, _ in again]), np.array([b for _, b in again]))
    return pa.concat_tables([found, weighed])


def _weighed(scorer: Scorer, before: _Known, pairs: pa.Table, *, fresh: int) -> _Compared:
    """Keep the likeliest pairs that nobody decided and that are worth somebody's look, with what speaks for each."""
    nodes = [int(own) for _, own in scorer.people.ids]
    heavy = pairs.filter(pc.greater_equal(pairs["weight"], before.asks_from / MILLI))
    rows = sorted(zip(*(heavy[name].to_pylist() for name in ("weight", "a", "b")), strict=True), reverse=True)
    open_ = [(a, b, weight) for weight, a, b in rows if _ordered(nodes[a], nodes[b]) not in before.closed]
    kept = open_[:MOST]
    told = scorer.explain(np.array([a for a, _, _ in kept]), np.array([b for _, b, _ in kept])) if kept else {}
    found = [
        Found(
            a=_ordered(nodes[a], nodes[b])[0],
            b=_ordered(nodes[a], nodes[b])[1],
            weight_milli=round(weight * MILLI),
            evidence=tuple(
                _evidence(part.field, part.level, part.weight, part.chance) for part in told[min(a, b), max(a, b)]
            ),
        )
        for a, b, weight in kept
    ]
    return _Compared(found=found, less_likely=pairs.num_rows - heavy.num_rows + len(open_) - len(kept), fresh=fresh)


def _standing(connection: Connection, found: Iterable[Found]) -> list[Found]:
    """Keep the pairs whose people are still two, and whom nobody has cut apart."""
    pairs = list(found)
    now = region.founders_of(connection, {node for one in pairs for node in (one.a, one.b)})
    members = store.nodes_of(connection, set(now.values()))
    side_of: dict[int, int] = {node: founder for founder, nodes in members.items() for node in nodes}
    cuts = region.cuts_at(connection, side_of.keys())
    apart = {_ordered(side_of[a], side_of[b]) for a, b in cuts if a in side_of and b in side_of}
    return [one for one in pairs if now.get(one.a) == one.a and now.get(one.b) == one.b and (one.a, one.b) not in apart]


def _evidence(field: str, level: str, weight: float, chance: float) -> Evidence:
    return Evidence(field, level, round(weight * MILLI), round(1 / max(chance, _RAREST)))


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)
