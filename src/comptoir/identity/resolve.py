"""
Who is who, as a pure function: links in their order, under guard rails, make groups of nodes.

Two ways to the same groups. `resolve` weighs all links from the first to the last. `settle` takes new links into groups
that stand, and says which of them it cannot take without weighing older links again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from comptoir.identity.links import Cut, Cuts, Link, cuts_of, is_void
from comptoir.identity.rules import ONE, RULES, Demotion, Guard, Rules


class Outside(NamedTuple):
    """What is known of the group of a node that is not weighed again itself."""

    counts: int
    """The tally of its group now."""
    settled: Link | None
    """The link that last joined its group: at any link after that one the group was as it is now."""


class Weighed(NamedTuple):
    """What became of a link: it joined two groups, or found them one already (`is_active`), or was demoted."""

    link: Link
    is_active: bool
    joined: tuple[int, int] | None = None
    """The roots of the two groups before this link joined them."""
    demotion: Demotion | None = None
    kind: str | None = None
    """The kind of identifier whose limit demoted it."""


@dataclass(slots=True)
class Resolution:
    """Groups of nodes, as a forest; a node it does not name is alone."""

    parents: dict[int, int] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    """The tally of each group of two or more, by its root."""
    settled: dict[int, Link] = field(default_factory=dict)
    """The link that last joined each group, by its root."""
    weighed: list[Weighed] = field(default_factory=list)
    """What became of each link, if that was asked for."""
    doubted: set[int] = field(default_factory=set)
    """Outside nodes that might be joined now: their groups must be weighed again too."""

    def root(self, node: int) -> int:
        """Give the root of a node's group, and shorten the way to it."""
        parents = self.parents
        while (parent := parents.get(node, node)) != node:
            above = parents.get(parent, parent)
            parents[node] = above
            node = above
        return node

    def groups(self, nodes: Iterable[int]) -> list[frozenset[int]]:
        """Sort nodes into their groups."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for node in nodes:
            found[self.root(node)].append(node)
        return [frozenset(group) for group in found.values()]


def partition(
    links: Iterable[Link], cuts: Iterable[Cut] = (), rules: Rules = RULES, *, kinds: Mapping[int, str]
) -> list[frozenset[int]]:
    """
    Part the nodes that `kinds` names into persons.

    The answer depends on the set of links and cuts only, never on the order in which they are given.
    """
    return resolve(sorted(links), kinds, cuts=cuts_of(cuts), guard=Guard(rules)).groups(kinds)


def resolve(
    links: Iterable[Link],
    kinds: Mapping[int, str],
    *,
    cuts: Cuts,
    guard: Guard,
    outside: Mapping[int, Outside] | None = None,
    trace: bool = False,
) -> Resolution:
    """
    Weigh links, which must come in their order, and make groups.

    `outside` names nodes at the other end of links that were refused when everything was weighed last. They keep their
    groups; where such a link might now join, the node is `doubted`.
    """
    made = Resolution()
    find, counts, settled, refusal = made.root, made.counts, made.settled, guard.refusal
    for link in links:
        _, _, weakness, a, b, reason, trust, _ = link
        if cuts and is_void(link, cuts):
            if trace:
                made.weighed.append(Weighed(link, is_active=False, demotion=Demotion.CUT))
            continue
        if outside and (a in outside or b in outside):
            _weigh_border(made, link, kinds, guard, outside, trace=trace)
            continue
        one, two = find(a), find(b)
        if one == two:
            if trace:
                made.weighed.append(Weighed(link, is_active=True))
            continue
        ours = counts.get(one) or ONE[kinds[one]]
        theirs = counts.get(two) or ONE[kinds[two]]
        refused = refusal(weakness, reason, trust, ours, theirs)
        if refused is None:
            made.parents[two] = one
            counts[one] = ours + theirs
            counts.pop(two, None)
            settled[one] = link
            settled.pop(two, None)
        if trace:
            joined = (one, two) if refused is None else None
            made.weighed.append(Weighed(link, refused is None, joined, *(refused or ())))
    return made


def _weigh_border(
    made: Resolution, link: Link, kinds: Mapping[int, str], guard: Guard, outside: Mapping[int, Outside], *, trace: bool
) -> None:
    inner, outer = (link.b, link.a) if link.a in outside else (link.a, link.b)
    root = made.root(inner)
    known = outside[outer]
    # a group that has settled was the same at this link; of another we are only sure that the node itself was in it
    theirs = known.counts if known.settled is None or link > known.settled else ONE[kinds[outer]]
    ours = made.counts.get(root) or ONE[kinds[root]]
    refused = guard.refusal(link.weakness, link.reason, link.trust, ours, theirs)
    if refused is None:
        made.doubted.add(outer)
    if trace:
        why = refused or guard.refusal(link.weakness, link.reason, link.trust, ours, known.counts)
        made.weighed.append(Weighed(link, False, None, *(why or ())))


@dataclass(slots=True, eq=False)
class Group:
    """A standing group, while new links are taken into it."""

    founder: int
    seq: int
    counts: int
    settled: Link | None
    into: Group | None = None
    """The group that this one went into."""

    def head(self) -> Group:
        """Give the group that this one is part of now."""
        group = self
        while group.into is not None:
            group = group.into
        return group


@dataclass(slots=True)
class Settled:
    """What taking in new links did."""

    merged: list[Group] = field(default_factory=list)
    """Groups that went into another."""
    late: list[Link] = field(default_factory=list)
    """Links that came after a link they precede had joined: the groups at their ends must be weighed again."""


def settle(
    fresh: Iterable[Link], groups: Mapping[int, Group], kinds: Mapping[int, str], *, cuts: Cuts, guard: Guard
) -> Settled:
    """
    Take new links into standing groups, exactly as if all links had been weighed again.

    Why this is exact. Say a link comes later, in the links' order, than every join inside the two groups at its ends.
    Then at its place in the order both groups were already what they are now, so it can be judged on them as they are.
    If it is refused, nothing else changes. If it joins them, links after it that were refused stay refused, because
    refusals only grow with the groups. Where one end is not known so far back, the node alone stands for it: if even
    that is refused, so would be its group. All other links are `late`.
    """
    done = Settled()
    for link in sorted(fresh):
        if is_void(link, cuts):
            continue
        one, two = groups[link.a].head(), groups[link.b].head()
        is_one_known = one.settled is None or link > one.settled
        is_two_known = two.settled is None or link > two.settled
        if one is two:
            if not is_one_known:
                done.late.append(link)
            continue
        ours = one.counts if is_one_known else ONE[kinds[link.a]]
        theirs = two.counts if is_two_known else ONE[kinds[link.b]]
        if guard.refusal(link.weakness, link.reason, link.trust, ours, theirs) is not None:
            continue
        if is_one_known and is_two_known:
            done.merged.append(_merge(one, two, link))
        else:
            done.late.append(link)
    return done


def _merge(one: Group, two: Group, link: Link) -> Group:
    older, younger = (one, two) if one.seq < two.seq else (two, one)
    older.counts += younger.counts
    older.settled = link
    younger.into = older
    return younger
