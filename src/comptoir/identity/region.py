"""What must be looked at around some nodes: their groups, all links there, and what is known across the border."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, select, union

from comptoir.identity import resolve, rows
from comptoir.identity.links import Cut, Cuts, Link, cuts_of
from comptoir.identity.resolve import Group, Outside, Resolution
from comptoir.identity.rules import ONE, Guard, tally
from comptoir.model.identifier import IdentifierKind
from comptoir.state.statement import IDS, Statement, as_set

KINDS = [kind.value for kind in IdentifierKind]
"""In the order of the columns of `identity_groups`."""


def standing(connection: Connection, node_ids: Collection[int]) -> dict[int, Group]:
    """Load the groups that some nodes belong to, under each of these nodes."""
    by_founder: dict[int, Group] = {}
    found: dict[int, Group] = {}
    for node_id, kind, founder, seq, settled, *counts in _STANDING.rows(connection, ids=as_set(node_ids)):
        group = by_founder.get(founder)
        if group is None:
            packed = ONE[kind] if settled is None else tally(dict(zip(KINDS, counts, strict=True)))
            group = by_founder[founder] = Group(founder, seq, packed, link_of(settled))
        found[node_id] = group
    return found


def founders_of(connection: Connection, node_ids: Collection[int]) -> dict[int, int]:
    """Give the founder of each node's group; nodes never seen are left out."""
    return dict(_FOUNDERS.rows(connection, ids=as_set(node_ids)))


def cuts_at(connection: Connection, node_ids: Collection[int]) -> Cuts:
    """Load the cuts whose smaller node is one of these."""
    return cuts_of(Cut(*row) for row in _CUTS_AT.rows(connection, ids=as_set(node_ids)))


def link_of(text: str | None) -> Link | None:
    """Read the link that last joined a group; a node alone has none."""
    return None if text is None else msgspec.json.decode(text, type=Link)


class Region:
    """Some groups with all links at their nodes, and what must be known of the groups across the border."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.founders: set[int] = set()
        self.kinds: dict[int, str] = {}
        self.seqs: dict[int, int] = {}
        self.before: dict[int, int] = {}
        self.links: dict[tuple[int, int, str, str, int], Link] = {}
        self.outside: dict[int, Outside] = {}
        self.outside_kinds: dict[int, str] = {}
        self.founder_of_outside: dict[int, int] = {}

    def add(self, founders: set[int]) -> None:
        """Take in the groups with these founders."""
        self.founders |= founders
        members = MEMBERS.rows(self.connection, ids=as_set(founders))
        for node_id, kind, seq, founder in members:
            self.kinds[node_id], self.seqs[node_id], self.before[node_id] = kind, seq, founder
            self.outside.pop(node_id, None)
        ids = as_set([node_id for node_id, _, _, _ in members])
        loaded = [Link(*row) for row in _LINKS_AT.rows(self.connection, ids=ids)]
        self.links |= {link.identity: link for link in loaded}
        beyond = {node for link in loaded for node in (link.a, link.b)} - self.kinds.keys() - self.outside.keys()
        for node_id, kind, founder, _, settled, *counts in _STANDING.rows(self.connection, ids=as_set(beyond)):
            packed = ONE[kind] if settled is None else tally(dict(zip(KINDS, counts, strict=True)))
            self.outside[node_id] = Outside(packed, link_of(settled))
            self.outside_kinds[node_id] = kind
            self.founder_of_outside[node_id] = founder

    def resolve(self, guard: Guard, *, cuts: Cuts | None = None, trace: bool = False) -> Resolution:
        """Weigh the links of the region, under the cuts that stand or those given."""
        kinds = self.outside_kinds | self.kinds
        ordered = sorted(link for link in self.links.values() if link.a in kinds and link.b in kinds)
        if cuts is None:
            cuts = cuts_at(self.connection, {link.a for link in ordered})
        return resolve.resolve(ordered, kinds, cuts=cuts, guard=guard, outside=self.outside, trace=trace)


_node, _group, _kept, _cuts = rows.nodes.c, rows.groups.c, rows.links.c, rows.cuts.c
LINK_COLUMNS = (
    _kept.occurred_at,
    _kept.message_id,
    _kept.weakness,
    _kept.a,
    _kept.b,
    _kept.reason,
    _kept.trust,
    _kept.recorded,
)
"""The fields of a `Link`, in their order: sorting by them all is the order in which links are weighed."""
CUT_COLUMNS = (_cuts.a, _cuts.b, _cuts.recorded, _cuts.at, _cuts.by)
MEMBER_COLUMNS = (_node.node_id, _node.kind, _node.seq, _node.founder)

MEMBERS = Statement(select(*MEMBER_COLUMNS).where(_node.founder.in_(IDS)))
_FOUNDERS = Statement(select(_node.node_id, _node.founder).where(_node.node_id.in_(IDS)))
_founder = rows.nodes.alias("founder_node")
_STANDING = Statement(
    select(_node.node_id, _node.kind, _node.founder, _founder.c.seq, _group.settled, *(_group[kind] for kind in KINDS))
    .select_from(
        rows.nodes.join(_founder, _founder.c.node_id == _node.founder).outerjoin(
            rows.groups, _group.founder == _node.founder
        )
    )
    .where(_node.node_id.in_(IDS))
)
_LINKS_AT = Statement(
    union(select(*LINK_COLUMNS).where(_kept.a.in_(IDS)), select(*LINK_COLUMNS).where(_kept.b.in_(IDS)))
)
_CUTS_AT = Statement(select(*CUT_COLUMNS).where(_cuts.a.in_(IDS)))
