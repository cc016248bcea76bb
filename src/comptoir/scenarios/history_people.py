"""Who was who: the links of the identity store, weighed again as time goes by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from comptoir.identity import resolve, rows
from comptoir.identity.links import Cut, Link, cuts_of
from comptoir.identity.rules import Guard, Rules
from comptoir.model.identifier import IdentifierKind, NodeId, profile_named_after

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A profile as it stood: its name, its nodes, its addresses in a stable order."""

    profile_id: str
    nodes: frozenset[int]
    emails: tuple[str, ...]
    phones: tuple[str, ...]


@dataclass(slots=True, eq=False)
class _Knot:
    """Nodes that links lead between, whether they join them or not."""

    nodes: set[int]
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """What the identity store knows of some people and of all they were ever linked with."""

    kinds: Mapping[int, str]
    values: Mapping[int, str]
    seqs: Mapping[int, int]
    links: tuple[Link, ...]
    cuts: tuple[Cut, ...]
    founders: Mapping[int, int] = field(default_factory=dict)
    """Node → the one its profile of today is named after."""

    def together(self, nodes: Collection[int]) -> set[int]:
        """Give all nodes of the people of some nodes, as they are today."""
        wanted = {self.founders[node] for node in nodes if node in self.founders}
        return {*nodes, *(node for node, founder in self.founders.items() if founder in wanted)}


def acquaintance(connection: Connection, nodes: Collection[int]) -> Acquaintance:
    """Read the persons of some nodes: every node of theirs, and every link and cut at one of them."""
    n, one, cut = rows.nodes.c, rows.links.c, rows.cuts.c
    founders = {row.founder for row in _found(connection, select(n.founder), n.node_id, nodes)}
    members = {row.node_id for row in _found(connection, select(n.node_id), n.founder, founders)}
    linked: Select[Any] = select(*(one[name] for name in Link._fields))
    links = {Link._make(row) for end in (one.a, one.b) for row in _found(connection, linked, end, members)}
    parted: Select[Any] = select(*(cut[name] for name in Cut._fields))
    cuts = {Cut._make(row) for row in _found(connection, parted, cut.a, members)}
    around = members | {node for link in links for node in link.pair}
    known = list(_found(connection, select(n.node_id, n.kind, n.value, n.seq, n.founder), n.node_id, around))
    kinds = {row.node_id: row.kind for row in known}
    return Acquaintance(
        kinds=kinds,
        values={row.node_id: row.value for row in known},
        seqs={row.node_id: row.seq for row in known},
        founders={row.node_id: row.founder for row in known},
        links=tuple(sorted(link for link in links if link.a in kinds and link.b in kinds)),
        cuts=tuple(sorted(cuts, key=lambda row: (row.at, row.recorded, row.a, row.b))),
    )


class PeopleThen:
    """
    The map from node to person, at an instant that only moves on.

    The engine's own pure resolution is asked again for whatever a link or a cut touches, so a merge in the middle of
    the days looked at happens in the middle of them.
    """

    def __init__(self, known: Acquaintance, rules: Rules) -> None:
        """Stand before the first link."""
        self._known = known
        self._guard = Guard(rules)
        self._next_link = 0
        self._next_cut = 0
        self._knots: dict[int, _Knot] = {}
        self._people: dict[int, Person] = {}

    def move(self, at: int) -> None:
        """Take in all that was known at an instant, in microseconds since 1970."""
        links, cuts = self._known.links, self._known.cuts
        touched: dict[int, _Knot] = {}
        while self._next_link < len(links) and links[self._next_link].occurred_at <= at:
            knot = self._tie(links[self._next_link])
            touched[id(knot)] = knot
            self._next_link += 1
        while self._next_cut < len(cuts) and cuts[self._next_cut].at <= at:
            parted = self._knots.get(cuts[self._next_cut].a)
            if parted is not None:
                touched[id(parted)] = parted
            self._next_cut += 1
        for knot in touched.values():
            if knot is self._knots[next(iter(knot.nodes))]:  # one that went into another since is weighed as part of it
                self._weigh(knot)

    def knows(self, node: int) -> bool:
        """Say whether a node identifies anybody."""
        return node in self._known.kinds

    def kind_of(self, node: int) -> str:
        """Give the kind of identifier that a node is."""
        return self._known.kinds[node]

    def value_of(self, node: int) -> str:
        """Give the identifier that a node is."""
        return self._known.values[node]

    def of(self, node: int) -> Person:
        """Give the person a node belongs to; a node that nothing was linked with stands alone."""
        person = self._people.get(node)
        if person is None:
            person = self._people[node] = self._person([node])
        return person

    def kin(self, _connection: object, nodes: Collection[int]) -> Mapping[int, frozenset[int]]:
        """Give, for each node, all nodes of its person, itself included (`model.scenario.NodesOf`)."""
        return {node: self.of(node).nodes for node in nodes}

    def _tie(self, link: Link) -> _Knot:
        one, two = self._knots.get(link.a) or _Knot({link.a}), self._knots.get(link.b) or _Knot({link.b})
        if one is not two:
            if len(one.nodes) < len(two.nodes):
                one, two = two, one
            one.nodes |= two.nodes
            one.links += two.links
            for node in two.nodes:
                self._knots[node] = one
        self._knots[link.a] = self._knots[link.b] = one
        one.links.append(link)
        return one

    def _weigh(self, knot: _Knot) -> None:
        cuts = cuts_of(self._known.cuts[: self._next_cut])
        found = resolve.resolve(sorted(knot.links), self._known.kinds, cuts=cuts, guard=self._guard)
        for group in found.groups(sorted(knot.nodes)):
            person = self._person(group)
            for node in group:
                self._people[node] = person

    def _person(self, nodes: Iterable[int]) -> Person:
        members = frozenset(nodes)
        known = self._known
        founder = min(members, key=lambda node: (known.seqs.get(node, 0), node))
        emails, phones = (
            tuple(sorted(known.values[node] for node in members if known.kinds.get(node) == kind))
            for kind in (IdentifierKind.EMAIL, IdentifierKind.PHONE)
        )
        return Person(profile_named_after(NodeId(founder)), members, emails, phones)


def _found(
    connection: Connection, asked: Select[Any], column: ColumnElement[int], values: Collection[int]
) -> Iterator[Row[Any]]:
    wanted = sorted(values)
    for start in range(0, len(wanted), _AT_ONCE):
        yield from connection.execute(asked.where(column.in_(wanted[start : start + _AT_ONCE])))
