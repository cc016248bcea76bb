"""Suggesting who may be one person, over all people of the shop: nightly, and when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from comptoir.identity import region, store
from comptoir.matching import queue, records
from comptoir.matching.queue import MILLI, Evidence, Found
from comptoir.state.base import State

MOST = 5_000
"""Pairs suggested at once, the likeliest first; more than anybody reviews."""
FEWEST = 20
"""People below which there is nothing to learn from."""
_RAREST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """What a run did."""

    people: int
    """Compared: those with a name and something else."""
    found: int
    """Pairs worth a look."""
    new: int
    joined: int
    """Joined without review."""


def suggest(state: State, *, at: int) -> Suggested:
    """
    Compare all people, and keep the pairs worth a look for review; join those above the weight that decisions proved.

    Who was decided is not suggested again, and nobody is renamed: who is joined keeps the older name.

    Units: `at` in microseconds since 1970.
    """
    with state.read() as connection:
        table = records.gather(connection)
        closed = queue.known(connection)
    found = _found(table, closed)
    with state.write() as connection:
        standing = _standing(connection, found)
        new = queue.keep(connection, standing, at=at)
        queue.tidy(connection)
        joined = queue.join_the_sure(connection, at=at)
    return Suggested(people=table.num_rows, found=len(standing), new=new, joined=joined)


def _found(table: pa.Table, closed: set[tuple[int, int]]) -> list[Found]:
    # Splink takes half a second and some memory: only who matches loads it, no engine at its start and no screen
    from comptoir.matching import matcher  # noqa: PLC0415
    from comptoir.matching.pairs import Scorer  # noqa: PLC0415

    if table.num_rows < FEWEST:
        return []
    try:
        rules, known = matcher.learn([table], records.ID)
    except matcher.NothingToCompare:
        return []  # a shop whose customers have no names yet
    scorer = Scorer(known.people, known.model, rules)
    pairs = scorer.find(matcher.WORTH_A_LOOK)
    nodes = [int(own) for _, own in known.people.ids]
    rows = sorted(zip(*(pairs[name].to_pylist() for name in ("weight", "a", "b")), strict=True), reverse=True)
    kept = [(a, b, weight) for weight, a, b in rows if _ordered(nodes[a], nodes[b]) not in closed][:MOST]
    if not kept:
        return []
    told = scorer.explain(np.array([a for a, _, _ in kept]), np.array([b for _, b, _ in kept]))
    known.people.database.close()
    return [
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
