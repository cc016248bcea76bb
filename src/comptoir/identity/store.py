"""Identity kept: what a tick saw goes in, who is who comes out, and what changed is told to the warehouse."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, literal_column, or_, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from comptoir.identity import crowds, resolve, rows
from comptoir.identity import region as regions
from comptoir.identity.links import Cut, Link, Reason, cuts_of, gather, make
from comptoir.identity.region import CUT_COLUMNS, KINDS, LINK_COLUMNS, MEMBER_COLUMNS, Region
from comptoir.identity.resolve import Group, Resolution
from comptoir.identity.rules import ONE, RULES, Guard, Rules, counts_of
from comptoir.model.event import Trust
from comptoir.model.identifier import NodeId, ProfileId, profile_named_after
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen
from comptoir.state.statement import IDS, Statement, as_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a tick, a cut or a merge by hand did."""

    change: int
    """The change it was recorded as; 0 where it had been applied before."""
    new_links: int = 0
    merged: int = 0
    """Groups that went into another."""
    weighed_again: int = 0
    """Nodes whose groups had to be weighed again."""
    dated_back: frozenset[int] = frozenset()
    """Nodes that another source turns out to have seen first."""


class Mark(NamedTuple):
    """How far a spool is applied."""

    tick_id: int
    offset_after: int


class Change(NamedTuple):
    """A node and the profile it belongs to now."""

    node_id: int
    kind: str
    value: str
    profile_id: ProfileId


def apply(
    connection: Connection,
    *,
    tick_id: int,
    spool: str,
    offset_after: int,
    nodes: Iterable[NodeSeen],
    links: Iterable[LinkClaim],
    traits: Iterable[TraitSeen],
    rules: Rules = RULES,
) -> Applied:
    """
    Take in what a tick saw, in the caller's transaction; a tick that was applied before changes nothing.

    The nodes at both ends of a link are in `nodes`, in arrival order, or were seen before; links to others are dropped.
    """
    mark = applied(connection).get(spool)
    if mark is not None and tick_id <= mark.tick_id:
        return Applied(change=0)
    change = _count_up(connection, "change", 1)
    seen = _see(connection, nodes, rules)
    claims, stated = list(links), list(traits)
    named = {node for claim in claims for node in claim[:2]} | {one.node_id for one in stated}
    seen.kinds |= _kinds_of(connection, named - seen.kinds.keys())
    fresh = _unheard(connection, gather(claims, seen.kinds, recorded=change), seen.newcomers)
    done = _settle(connection, fresh, seen, change, Guard(rules))
    _remember(connection, stated, seen.kinds)
    _MARK.many(connection, [(spool, offset_after, tick_id)])
    return replace(done, dated_back=seen.dated_back)


def applied(connection: Connection) -> dict[str, Mark]:
    """Give how far each spool is applied."""
    return {spool: Mark(tick_id, offset) for spool, offset, tick_id in _MARKS.rows(connection)}


def changes_since(connection: Connection, change: int) -> list[Change]:
    """
    List the nodes that are new or have moved since `change`, for the warehouse to copy. Order: as they changed.

    `change` counts transactions, not ticks: what is cut or merged by hand between two ticks is copied by the next.
    """
    return [
        Change(node_id, kind, value, profile_named_after(founder))
        for node_id, kind, value, founder in _CHANGED.rows(connection, change=change)
    ]


def latest_change(connection: Connection) -> int:
    """Give the number of the last change; copy `changes_since` and remember this, both in one reading transaction."""
    return next((int(value) for (value,) in _COUNTER.rows(connection, name="change")), 0)


def profiles_of(connection: Connection, node_ids: Collection[int]) -> dict[NodeId, ProfileId]:
    """Give the profile that each node belongs to now; nodes never seen are left out."""
    found = regions.founders_of(connection, node_ids)
    return {NodeId(node_id): profile_named_after(NodeId(founder)) for node_id, founder in found.items()}


def nodes_of(connection: Connection, founders: Collection[int]) -> dict[int, list[NodeId]]:
    """Give all nodes of the profiles that these founders named, each under its founder. Order: as they arrived."""
    found: dict[int, list[NodeId]] = {}
    members = regions.MEMBERS.rows(connection, ids=as_set(founders))
    for node_id, _, _, founder in sorted(members, key=itemgetter(2)):
        found.setdefault(founder, []).append(NodeId(node_id))
    return found


def merge(connection: Connection, a: int, b: int, *, at: int, by: str, rules: Rules = RULES) -> Applied:
    """Join two nodes by hand: the one link that no guard rail demotes. Units: `at` in microseconds since 1970."""
    change = _count_up(connection, "change", 1)
    seen = _Sightings(_kinds_of(connection, [a, b]), {})
    claim = LinkClaim(a, b, Reason.MANUAL.value, Trust.CONFIRMED.value, at, f"by-hand-{change}")
    return _settle(connection, [make(claim, seen.kinds, recorded=change)], seen, change, Guard(rules), by=by)


def unmerge(connection: Connection, a: int, b: int, *, by: str, rules: Rules = RULES) -> Applied:
    """Take back the last join by hand that `by` made of two nodes, as if nobody had made it: no cut is left."""
    change = _count_up(connection, "change", 1)
    before = set(regions.founders_of(connection, [a, b]).values())
    _UNMERGE.rows(connection, one=min(a, b), other=max(a, b), who=by)
    return Applied(change=change, weighed_again=_weigh_again(connection, before, change, Guard(rules)))


def cut(connection: Connection, pairs: Iterable[tuple[int, int]], *, at: int, by: str, rules: Rules = RULES) -> Applied:
    """
    Say by hand that the nodes of each pair are not one person.

    It voids every link between the two, those yet to come too; only a merge by hand after it joins them again. Where
    nothing else joins them, both sides are again what they would be had they never been joined.

    Units: `at` in microseconds since 1970.
    """
    change = _count_up(connection, "change", 1)
    made = [Cut(min(a, b), max(a, b), change, at, by) for a, b in pairs]
    _CUT.many(connection, [tuple(one) for one in made])
    founder_of = regions.founders_of(connection, {node for one in made for node in (one.a, one.b)})
    touched = {founder_of[one.a] for one in made if founder_of[one.a] == founder_of[one.b]}
    again = _weigh_again(connection, touched, change, Guard(rules))
    return Applied(change=change, weighed_again=again)


def erase(connection: Connection, nodes: Collection[int], rules: Rules = RULES) -> int:
    """
    Forget nodes with all that hangs on them, cuts and joins by hand too, and weigh again whoever they were linked to.

    Gives how many nodes were weighed again: the partition of the others is what it would be had these never come.
    """
    ids = as_set(nodes)
    beyond = {node for pair in _BESIDE.rows(connection, ids=ids) for node in pair} - set(nodes)
    change = _count_up(connection, "change", 1)
    for statement in _ERASE:
        statement.rows(connection, ids=ids)
    return _weigh_again(connection, set(regions.founders_of(connection, beyond).values()), change, Guard(rules))


def uncut(connection: Connection, pairs: Iterable[tuple[int, int]], *, rules: Rules = RULES) -> Applied:
    """Take cuts back, as if nobody had made them: whatever links the nodes of each pair counts again."""
    change = _count_up(connection, "change", 1)
    ordered = [(min(a, b), max(a, b)) for a, b in pairs]
    _UNCUT.many(connection, ordered)
    founder_of = regions.founders_of(connection, {node for pair in ordered for node in pair})
    again = _weigh_again(connection, set(founder_of.values()), change, Guard(rules))
    return Applied(change=change, weighed_again=again)


def rebuild(connection: Connection, rules: Rules = RULES) -> int:
    """
    Resolve everything again from nodes, links and cuts, and give how many nodes moved: none, if all was well.

    A node keeps its place in arrival order, so nobody is renamed.
    """
    kinds: dict[int, str] = {}
    seqs: dict[int, int] = {}
    before: dict[int, int] = {}
    for node_id, kind, seq, founder in _ALL_NODES.stream(connection):
        kinds[node_id], seqs[node_id], before[node_id] = kind, seq, founder
    ordered = map(Link._make, _ALL_LINKS.stream(connection))
    resolution = resolve.resolve(
        (link for link in ordered if link.a in kinds and link.b in kinds),
        kinds,
        cuts=cuts_of(Cut(*row) for row in _ALL_CUTS.rows(connection)),
        guard=Guard(rules),
    )
    _FORGET_ALL_GROUPS.rows(connection)
    return _write(connection, resolution, seqs, before, _count_up(connection, "change", 1))


def forget(connection: Connection) -> None:
    """
    Forget all that events taught: nodes, links, traits and marks; cuts and merges by hand are kept.

    For a rebuild from the archive: work all ticks again, then `rebuild`, which lets what was done by hand count again.
    """
    for statement in _FORGET:
        statement.rows(connection)


def _count_up(connection: Connection, name: str, by: int) -> int:
    return int(_COUNT_UP.rows(connection, name=name, value=by)[0][0])


@dataclass(slots=True)
class _Sightings:
    """The nodes a tick saw: those that are new, with their place in arrival order, and those known before."""

    kinds: dict[int, str]
    newcomers: dict[int, tuple[int, str, str, int, int, str]]
    """seq, kind, value, first and last seen, and where first."""
    dated_back: frozenset[int] = frozenset()
    """Nodes that another source turns out to have seen first."""


def _see(connection: Connection, seen: Iterable[NodeSeen], rules: Rules) -> _Sightings:
    """Take nodes in: move on when known ones were seen, and number the new ones, which are not yet written down."""
    spans: dict[int, tuple[str, str, int, int, str]] = {}
    for node_id, kind, value, occurred_at, source in seen:
        former = spans.get(node_id)
        if former is None:
            spans[node_id] = (kind, value, occurred_at, occurred_at, source)
        elif occurred_at > former[3]:
            spans[node_id] = (kind, value, former[2], occurred_at, former[4])
        elif (occurred_at, source) < (former[2], former[4]):
            spans[node_id] = (kind, value, occurred_at, former[3], source)
    known = {node_id: row for node_id, *row in _SEEN.rows(connection, ids=as_set(spans))}
    again = [
        (first, max(last, spans[node_id][3]), source, node_id)
        for node_id, (was_first, last, was_source) in known.items()
        for first, source in (min((was_first, was_source), (spans[node_id][2], spans[node_id][4])),)
        if (first, source) != (was_first, was_source) or spans[node_id][3] > last
    ]
    _SEE_AGAIN.many(connection, again)
    unseen = [
        (node_id, *span) for node_id, span in spans.items() if node_id not in known and not rules.is_blocked(*span[:2])
    ]
    last_seq = _count_up(connection, "seq", len(unseen)) if unseen else 0
    newcomers = {one[0]: (seq, *one[1:]) for seq, one in enumerate(unseen, start=last_seq - len(unseen) + 1)}
    kinds = {node_id: spans[node_id][0] for node_id in known} | {one[0]: one[1] for one in unseen}
    return _Sightings(kinds, newcomers, frozenset(one[3] for one in again if one[2] != known[one[3]][2]))


def _unheard(connection: Connection, links: list[Link], newcomers: Collection[int]) -> list[Link]:
    """Keep the links that are new, or are stated earlier than they were known to be."""
    old = [link for link in links if link.a not in newcomers and link.b not in newcomers]
    pairs = msgspec.json.encode([link.pair for link in old]).decode()
    known = {row[:5]: row[5:] for row in _KNOWN.rows(connection, pairs=pairs)} if old else {}
    return [
        link
        for link in links
        if (stands := known.get(link.identity)) is None or (link.occurred_at, link.message_id) < stands
    ]


def _settle(
    connection: Connection,
    fresh: list[Link],
    seen: _Sightings,
    change: int,
    guard: Guard,
    *,
    by: str = "",
) -> Applied:
    """Keep new links, let them count, and write down the newcomers where they belong."""
    _KEEP.many(
        connection,
        [(*link.identity, link.occurred_at, link.message_id, link.weakness, by) for link in fresh],
    )
    ends = {node for link in fresh for node in (link.a, link.b)}
    groups = regions.standing(connection, ends - seen.newcomers.keys())
    for node, (seq, kind, *_) in seen.newcomers.items():
        if node in ends:
            groups[node] = Group(node, seq, ONE[kind], None)
    cuts = regions.cuts_at(connection, {link.a for link in fresh})
    done = resolve.settle(fresh, groups, seen.kinds, cuts=cuts, guard=guard)
    _write_newcomers(connection, seen, groups, change, is_final=not done.late)
    _write_merged(connection, done.merged, seen.newcomers, change)
    touched = {groups[node].head().founder for link in done.late for node in (link.a, link.b)}
    again = _weigh_again(connection, touched, change, guard, seen.newcomers)
    crowds.notice(connection, fresh, seen.kinds, seen.newcomers)
    return Applied(change=change, new_links=len(fresh), merged=len(done.merged), weighed_again=again)


def _write_newcomers(
    connection: Connection, seen: _Sightings, groups: dict[int, Group], change: int, *, is_final: bool
) -> None:
    written = []
    for node, (seq, kind, value, first, last, source) in seen.newcomers.items():
        group = groups.get(node)
        founder = node if group is None else group.head().founder
        is_named = int(is_final and founder == node)
        written.append((node, seq, kind, value, first, last, founder, change, is_named, source))
    _WELCOME.many(connection, written)


def _write_merged(connection: Connection, merged: list[Group], newcomers: Collection[int], change: int) -> None:
    heads = {id(group.head()): group.head() for group in merged}
    stood = [group for group in merged if group.founder not in newcomers]
    _MOVE_GROUP.many(connection, [(group.head().founder, change, group.founder) for group in stood])
    _MOVED.many(connection, [(group.founder, group.head().founder) for group in stood])
    _FORGET_GROUPS.rows(connection, ids=as_set([group.founder for group in stood]))
    _KEEP_GROUP.many(connection, [_group_row(head.founder, head.settled, head.counts) for head in heads.values()])


def _weigh_again(
    connection: Connection, founders: set[int], change: int, guard: Guard, newcomers: Collection[int] = ()
) -> int:
    """Weigh all links of some groups again, and of those beyond their borders whom that may concern."""
    if not founders:
        return 0
    region = Region(connection)
    region.add(founders)
    resolution = region.resolve(guard)
    while resolution.doubted:
        region.add({region.founder_of_outside[node] for node in resolution.doubted})
        resolution = region.resolve(guard)
    _FORGET_GROUPS.rows(connection, ids=as_set(region.founders))
    _write(connection, resolution, region.seqs, region.before, change, newcomers=newcomers)
    return len(region.kinds)


def _write(
    connection: Connection,
    resolution: Resolution,
    seqs: dict[int, int],
    before: dict[int, int],
    change: int,
    *,
    newcomers: Collection[int] = (),
) -> int:
    """Write the groups of a resolution whose old rows are gone, and give how many nodes moved."""
    founders: dict[int, int] = {}
    roots = {node: resolution.root(node) for node in seqs}
    for node, root in roots.items():
        oldest = founders.get(root)
        if oldest is None or seqs[node] < seqs[oldest]:
            founders[root] = node
    moved = [(founders[root], change, node) for node, root in roots.items() if before[node] != founders[root]]
    _MOVE_NODE.many(connection, moved)
    _MOVED.many(connection, sorted({(before[node], into) for into, _, node in moved if node not in newcomers}))
    _KEEP_GROUP.many(
        connection,
        [_group_row(founders[root], resolution.settled[root], packed) for root, packed in resolution.counts.items()],
    )
    _NAME.many(connection, [(change,)])
    return len(moved)


def _group_row(founder: int, settled: Link | None, packed: int) -> tuple[object, ...]:
    counts = counts_of(packed)
    return founder, msgspec.json.encode(settled).decode(), *(counts.get(kind, 0) for kind in KINDS)


def _kinds_of(connection: Connection, node_ids: Collection[int]) -> dict[int, str]:
    if not node_ids:
        return {}
    return dict(_NODE_KINDS.rows(connection, ids=as_set(node_ids)))


def _remember(connection: Connection, stated: Iterable[TraitSeen], kinds: dict[int, str]) -> None:
    best: dict[tuple[int, str, str, str], tuple[str, int, str, str]] = {}
    for node_id, name, value_json, occurred_at, message_id, trust, source, brand in stated:
        says = (trust, occurred_at, message_id, value_json)
        former = best.get((node_id, name, source, brand))
        if node_id in kinds and (former is None or says > former):
            best[node_id, name, source, brand] = says
    _REMEMBER.many(
        connection,
        [
            (*key, value_json, occurred_at, message_id, trust)
            for key, (trust, occurred_at, message_id, value_json) in best.items()
        ],
    )


_node, _group, _kept, _trait = rows.nodes.c, rows.groups.c, rows.links.c, rows.traits.c

_count = insert(rows.counters).values(name=bindparam("name"), value=bindparam("value"))
_COUNT_UP = Statement(
    _count.on_conflict_do_update(
        index_elements=["name"], set_={"value": rows.counters.c.value + _count.excluded.value}
    ).returning(rows.counters.c.value)
)
_COUNTER = Statement(select(rows.counters.c.value).where(rows.counters.c.name == bindparam("name")))

_WELCOME = Statement(insert(rows.nodes))
_SEEN = Statement(
    select(_node.node_id, _node.first_seen_at, _node.last_seen_at, _node.first_source).where(_node.node_id.in_(IDS))
)
_SEE_AGAIN = Statement(
    update(rows.nodes)
    .values(first_seen_at=bindparam("first"), last_seen_at=bindparam("last"), first_source=bindparam("source"))
    .where(_node.node_id == bindparam("this_node"))
)
_NAME = Statement(
    update(rows.nodes)
    .values(was_named=literal_column("1"))
    .where(_node.change == bindparam("this_change"))
    .where(_node.founder == _node.node_id, _node.was_named == literal_column("0"))
)
_MOVE_NODE = Statement(
    update(rows.nodes)
    .values(founder=bindparam("new_founder"), change=bindparam("this_change"))
    .where(_node.node_id == bindparam("this_node"))
)
_MOVE_GROUP = Statement(
    update(rows.nodes)
    .values(founder=bindparam("new_founder"), change=bindparam("this_change"))
    .where(_node.founder == bindparam("old_founder"))
)
_MOVED = Statement(insert(rows.moves).values(came_from=bindparam("came_from"), went_to=bindparam("went_to")))
_CHANGED = Statement(
    select(_node.node_id, _node.kind, _node.value, _node.founder)
    .where(_node.change > bindparam("change"))
    .order_by(_node.change, _node.seq)
)
_NODE_KINDS = Statement(select(_node.node_id, _node.kind).where(_node.node_id.in_(IDS)))
_ALL_NODES = Statement(select(*MEMBER_COLUMNS))

_keep_group = insert(rows.groups)
_KEEP_GROUP = Statement(
    _keep_group.on_conflict_do_update(
        index_elements=["founder"],
        set_={name: _keep_group.excluded[name] for name in ("settled", *KINDS)},
    )
)
_FORGET_GROUPS = Statement(delete(rows.groups).where(_group.founder.in_(IDS)))
_FORGET_ALL_GROUPS = Statement(delete(rows.groups))

_pairs = func.json_each(bindparam("pairs")).table_valued("value")
_KNOWN = Statement(
    select(_kept.a, _kept.b, _kept.reason, _kept.trust, _kept.recorded, _kept.occurred_at, _kept.message_id)
    .select_from(_pairs)
    .join(
        rows.links,
        and_(
            _kept.a == func.json_extract(_pairs.c.value, "$[0]"),
            _kept.b == func.json_extract(_pairs.c.value, "$[1]"),
        ),
    )
)
_keep_link = insert(rows.links)
_KEEP = Statement(
    _keep_link.on_conflict_do_update(
        index_elements=["a", "b", "reason", "trust", "recorded"],
        set_={"occurred_at": _keep_link.excluded.occurred_at, "message_id": _keep_link.excluded.message_id},
    )
)
_ALL_LINKS = Statement(select(*LINK_COLUMNS).order_by(*LINK_COLUMNS))

_last_by_hand = (
    select(func.max(_kept.recorded))
    .where(_kept.a == bindparam("one"), _kept.b == bindparam("other"))
    .where(_kept.reason == Reason.MANUAL.value, _kept.by == bindparam("who"))
)
_UNMERGE = Statement(
    delete(rows.links)
    .where(_kept.a == bindparam("one"), _kept.b == bindparam("other"), _kept.reason == Reason.MANUAL.value)
    .where(_kept.recorded == _last_by_hand.scalar_subquery())
)
_CUT = Statement(insert(rows.cuts).on_conflict_do_nothing())
_UNCUT = Statement(delete(rows.cuts).where(rows.cuts.c.a == bindparam("one"), rows.cuts.c.b == bindparam("other")))
_ALL_CUTS = Statement(select(*CUT_COLUMNS))

_trait_said = insert(rows.traits)
_REMEMBER = Statement(
    _trait_said.on_conflict_do_update(
        index_elements=["node_id", "name", "source", "brand"],
        set_={name: _trait_said.excluded[name] for name in ("value_json", "occurred_at", "message_id", "trust")},
        # "confirmed" sorts after "claimed", so the greatest statement is the one that stands
        where=tuple_(
            _trait_said.excluded.trust,
            _trait_said.excluded.occurred_at,
            _trait_said.excluded.message_id,
            _trait_said.excluded.value_json,
        )
        > tuple_(_trait.trust, _trait.occurred_at, _trait.message_id, _trait.value_json),
    )
)

_mark = insert(rows.applied)
_MARK = Statement(
    _mark.on_conflict_do_update(
        index_elements=["spool"],
        set_={"offset_after": _mark.excluded.offset_after, "tick_id": _mark.excluded.tick_id},
    )
)
_MARKS = Statement(select(rows.applied.c.spool, rows.applied.c.offset_after, rows.applied.c.tick_id))

_BESIDE = Statement(select(_kept.a, _kept.b).where(or_(_kept.a.in_(IDS), _kept.b.in_(IDS))))
_ERASE = (
    Statement(delete(rows.links).where(or_(_kept.a.in_(IDS), _kept.b.in_(IDS)))),
    Statement(delete(rows.cuts).where(or_(rows.cuts.c.a.in_(IDS), rows.cuts.c.b.in_(IDS)))),
    Statement(delete(rows.traits).where(_trait.node_id.in_(IDS))),
    Statement(delete(rows.groups).where(_group.founder.in_(IDS))),
    Statement(delete(rows.nodes).where(_node.node_id.in_(IDS))),
)
_FORGET = (
    Statement(delete(rows.nodes)),
    Statement(delete(rows.groups)),
    Statement(delete(rows.traits)),
    Statement(delete(rows.moves)),
    Statement(delete(rows.crowds)),
    Statement(delete(rows.applied)),
    Statement(delete(rows.links).where(_kept.reason != Reason.MANUAL.value)),
)
