"""Putting right by hand who is who: joining two people, and cutting an identifier off with as few cuts as will do."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from comptoir.errors import ComptoirError
from comptoir.identity import profile, store
from comptoir.identity.links import WEAKNESS, Cuts
from comptoir.identity.profile import Profile
from comptoir.identity.region import Region, cuts_at, founders_of
from comptoir.identity.resolve import Resolution
from comptoir.identity.rules import RULES, Guard, Rules

Pair = tuple[int, int]
_FROM_NOW_ON = sys.maxsize


class NotOnePerson(ComptoirError, ValueError):
    """The two identifiers do not belong to one person, so there is nothing to cut."""

    code, status = "not_one_person", 409
    hint = "See who they are with `comptoir identity show`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """What a cut by hand made of one person."""

    left: Profile
    """Who was named, without the identifier."""
    restored: Profile
    """Whoever the identifier belongs to now."""
    cuts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a cut would make of one person: the nodes of each side. Nothing is cut yet."""

    left: frozenset[int]
    """Who keeps the person's name and story."""
    restored: frozenset[int]
    """Whoever the identifier would belong to."""
    others: tuple[frozenset[int], ...]
    """Who would stand alone, held by nothing once the two part."""
    cuts: int
    named: int
    """The node on the left that the identifier is cut off."""


def merge(connection: Connection, person: str, other: str, *, at: int, by: str, rules: Rules = RULES) -> Profile:
    """
    Say that two are one person, and give that person.

    Units:  `at` in microseconds since 1970.
    Raises: PersonNotFound.
    """
    one, two = profile.find(connection, person), profile.find(connection, other)
    if one != two:
        store.merge(connection, one, two, at=at, by=by, rules=rules)
    return _of(connection, one)


def cut(connection: Connection, person: str, identifier: str, *, at: int, by: str, rules: Rules = RULES) -> Parted:
    """
    Cut an identifier off a person: off the one that names them, or, where a profile id does, off their strongest.

    First the links between the two alone are cut: so what was joined by one merge comes apart exactly as it was. Only
    where others still hold them together, those between the identifier and all who stay are cut too.

    Units:  `at` in microseconds since 1970.
    Raises: PersonNotFound; NotOnePerson.
    """
    region, anchor, node = _sides(connection, person, identifier)
    pairs = _pairs(region, anchor, node, Guard(rules))
    store.cut(connection, pairs, at=at, by=by, rules=rules)
    return Parted(left=_of(connection, anchor), restored=_of(connection, node), cuts=len(pairs))


def foresee(connection: Connection, person: str, identifier: str, *, rules: Rules = RULES) -> Foreseen:
    """
    Say what a cut would make of a person, without cutting.

    Raises: PersonNotFound; NotOnePerson.
    """
    region, anchor, node = _sides(connection, person, identifier)
    guard = Guard(rules)
    pairs = _pairs(region, anchor, node, guard)
    standing = cuts_at(connection, region.kinds)
    groups = region.resolve(guard, cuts=_with(standing, pairs)).groups(region.kinds)
    sides = {side: next(group for group in groups if side in group) for side in (anchor, node)}
    others = [group for group in groups if anchor not in group and node not in group]
    return Foreseen(
        left=sides[anchor], restored=sides[node], others=tuple(sorted(others, key=min)), cuts=len(pairs), named=anchor
    )


def _sides(connection: Connection, person: str, identifier: str) -> tuple[Region, int, int]:
    named, node = profile.find(connection, person), profile.find(connection, identifier)
    founders = founders_of(connection, [named, node])
    if founders[named] != founders[node]:
        raise NotOnePerson(person=person, identifier=identifier)
    region = Region(connection)
    region.add({founders[node]})
    is_any_of_them = named == node or profile.is_profile_id(person)
    anchor = _strongest_other(region, node) if is_any_of_them else named
    if anchor is None:
        raise NotOnePerson(person=person, identifier=identifier)
    return region, anchor, node


def _pairs(region: Region, anchor: int, node: int, guard: Guard) -> list[Pair]:
    standing = cuts_at(region.connection, region.kinds)
    pairs = {_pair(anchor, node)}
    while True:
        tried = region.resolve(guard, cuts=_with(standing, pairs), trace=True)
        if tried.root(anchor) != tried.root(node):
            return sorted(pairs)
        pairs |= _bridges(tried, anchor, node)


def _bridges(tried: Resolution, anchor: int, node: int) -> set[Pair]:
    """Give the pairs by which `node` still holds on to those who would stay with `anchor` without it."""
    beside: defaultdict[int, set[int]] = defaultdict(set)
    for one in tried.weighed:
        if one.is_active:
            beside[one.link.a].add(one.link.b)
            beside[one.link.b].add(one.link.a)
    staying, ahead = {anchor}, [anchor]
    while ahead:
        for other in beside[ahead.pop()] - staying - {node}:
            staying.add(other)
            ahead.append(other)
    return {_pair(other, node) for other in beside[node] & staying}


def _strongest_other(region: Region, node: int) -> int | None:
    others = (other for other in region.kinds if other != node)
    return min(others, key=lambda other: (WEAKNESS[region.kinds[other]], region.seqs[other]), default=None)


def _pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def _with(standing: Cuts, pairs: Iterable[Pair]) -> Cuts:
    return dict(standing) | dict.fromkeys(pairs, _FROM_NOW_ON)


def _of(connection: Connection, node: int) -> Profile:
    found = profile.read_node(connection, node)
    assert found is not None
    return found
