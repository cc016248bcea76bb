"""
Persons: everybody by number, and the number each node belongs to.

A number is compared and grouped several times as fast as a profile's name. It is the name's own: the node that the
profile was named after.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comptoir.facts import rows
from comptoir.facts.rows import NODE, TEXT
from comptoir.ids import hash64
from comptoir.model.identifier import founder_of
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"
_LETTERS = 17
_PEOPLE = pa.schema({"person": NODE, "profile_id": TEXT})


def person_of(profile_id: str) -> int:
    """Give the number of a profile: its founder's node."""
    try:
        return founder_of(profile_id)
    except ValueError:
        return hash64("profile", profile_id)  # a name that identity did not give


def follow(cursor: Cursor, news: Sequence[tuple[int, str | None]], former: Mapping[int, str | None]) -> None:
    """
    Follow nodes that are new or have moved, as (node, profile).

    `former` has the profile of each node that was known. Nearly all news is a visitor whose profile is named after her
    only node: nobody can have been called so before, and nothing is looked up.
    """
    moved = [node for node, _ in news if node in former]
    if moved:
        load(_PACKAGE, "persons_delete").run(cursor, nodes=moved)
    placed = [(node, profile) for node, profile in news if profile is not None]
    if not placed and not moved:
        return
    nodes = np.array([node for node, _ in placed], dtype=np.int64)
    persons = _persons_of([profile for _, profile in placed])
    _write(cursor, "persons_insert", {"node_id": nodes, "person": persons})
    is_founder = (nodes == persons) & ~np.isin(nodes, np.array(moved, dtype=np.int64))
    _write(cursor, "people_insert", {
        "person": persons[is_founder],
        "profile_id": pa.array([profile for _, profile in placed], TEXT).filter(pa.array(is_founder)),
    })  # fmt: skip
    names = {int(persons[place]): placed[place][1] for place in np.flatnonzero(~is_founder).tolist()}
    names |= {person_of(profile): profile for node in moved if (profile := former[node]) is not None}
    if names:
        load(_PACKAGE, "people_delete").run(cursor, people=sorted(names))
        left = _left(cursor, names)
        rows.insert(cursor, "people_insert", _PEOPLE, [(one, names[one]) for one in sorted(left)])


def _persons_of(profiles: Sequence[str]) -> NDArray[np.int64]:
    """Give the numbers of profiles: their digits read at once, where identity gave all their names."""
    try:
        digits = bytes.fromhex(
            "".join([one[1:] if one[0] == "p" and len(one) == _LETTERS else "-" for one in profiles])
        )
    except ValueError:
        digits = b""
    if len(digits) != 8 * len(profiles):
        return np.array([person_of(one) for one in profiles], dtype=np.int64)
    return np.frombuffer(digits, dtype=">i8").astype(np.int64)


def _write(cursor: Cursor, statement: str, columns: Mapping[str, NDArray[np.int64] | pa.Array]) -> None:
    made = pa.table(dict(columns))
    if len(made):
        cursor.register("made", made)
        load(_PACKAGE, statement).run(cursor)


def _left(cursor: Cursor, people: Collection[int]) -> set[int]:
    if not people:
        return set()
    found = load(_PACKAGE, "people_left").run(cursor, people=sorted(people)).fetchall()
    return {person for (person,) in found}
