"""
Persons: everybody by number, and the number each node belongs to.

A number is compared and grouped several times as fast as a profile's name. It is the name's own: the node that the
profile was named after.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa

from comptoir.facts import rows
from comptoir.facts.rows import NODE, TEXT
from comptoir.ids import hash64
from comptoir.model.identifier import founder_of
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"
_PERSONS = pa.schema({"node_id": NODE, "person": NODE})
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
    placed = [(node, person_of(profile), profile) for node, profile in news if profile is not None]
    rows.insert(cursor, "persons_insert", _PERSONS, [(node, person) for node, person, _ in placed])
    names = {person: profile for _, person, profile in placed}
    founded = {person for node, person, _ in placed if node == person and node not in former}
    doubtful = {person_of(profile) for node in moved if (profile := former[node]) is not None}
    names |= {person_of(profile): profile for node in moved if (profile := former[node]) is not None}
    doubtful |= names.keys() - founded
    left = _left(cursor, doubtful)
    if doubtful:
        load(_PACKAGE, "people_delete").run(cursor, people=sorted(doubtful))
    rows.insert(cursor, "people_insert", _PEOPLE, [(one, names[one]) for one in sorted(left | founded - doubtful)])


def _left(cursor: Cursor, people: Collection[int]) -> set[int]:
    if not people:
        return set()
    found = load(_PACKAGE, "people_left").run(cursor, people=sorted(people)).fetchall()
    return {person for (person,) in found}
