"""One person: read fast by any identifier, and explained link by link."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, exists, literal_column, or_, select

from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.identity import resolve, rows
from comptoir.identity.links import WEAKNESS, Link, Reason
from comptoir.identity.region import LINK_COLUMNS, Region
from comptoir.identity.resolve import Weighed
from comptoir.identity.rules import RULES, Demotion, Guard, Rules
from comptoir.model.identifier import IdentifierKind, NodeId, ProfileId, founder_of, node_of, profile_named_after
from comptoir.quality import phone
from comptoir.state.statement import IDS, Statement, as_set


class PersonNotFound(ComptoirError, LookupError):
    """Nobody here has this identifier."""

    code, status = "person_not_found", 404
    hint = "Name a person by profile id, KIND:VALUE (account, email, phone, anonymous …), e-mail or user id."


class Identification(NamedTuple):
    """One identifier of a person."""

    kind: str
    value: str
    first_seen_at: datetime
    last_seen_at: datetime
    first_source: str = ""
    """Where it was seen first; empty where nobody noted that."""


class Trait(NamedTuple):
    """What stands of a person under one name, and who said it when."""

    name: str
    value: object
    value_json: str
    """The exact text it was stated with."""
    trust: str
    occurred_at: datetime
    message_id: str = ""
    """The event or row that stated it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A person as the identity store knows them."""

    profile_id: ProfileId
    identifiers: tuple[Identification, ...]
    """In the order in which they arrived."""
    stated: tuple[Trait, ...]
    """The trait that stands under each name: confirmed beats claimed, then the latest; by name."""
    first_seen_at: datetime
    last_seen_at: datetime
    merged_from: tuple[ProfileId, ...]
    """Names that went into this one, and still find it."""
    node_ids: tuple[NodeId, ...]

    @property
    def traits(self) -> dict[str, object]:
        """Give the values alone, by name."""
        return {trait.name: trait.value for trait in self.stated}

    def values(self, kind: str) -> list[str]:
        """List the values of one kind. Order: as they arrived."""
        return [one.value for one in self.identifiers if one.kind == kind]


class DemotedLink(NamedTuple):
    """A link that is kept but joins nobody, and why."""

    link: Link
    why: Demotion | None
    kind: str | None
    """The kind of identifier whose limit it would pass."""


class Joined(NamedTuple):
    """A step of a person's history: two groups became one by a link."""

    link: Link
    kept: ProfileId
    gone: ProfileId


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why these identifiers are one person, and why others are not."""

    profile: Profile
    active: tuple[Link, ...]
    demoted: tuple[DemotedLink, ...]
    cuts: tuple[tuple[int, int, datetime, str], ...]
    """Node, node, when, by whom."""
    history: tuple[Joined, ...]
    """The joins that made this person, in the order of their links."""
    names: dict[int, str]
    """Each node that is spoken of, as KIND:VALUE."""
    by_hand: dict[int, str]
    """Who made the links that were made by hand, by the change that recorded them."""


def read(connection: Connection, kind: str, value: str, *, with_traits: bool = True) -> Profile | None:
    """
    Read the person with this identifier, written as its kind is written (e-mails in lower case).

    Who reads the golden record beside it asks for no traits: that is half the work.
    """
    return _read(connection, node_of(kind, value), with_traits=with_traits)


def read_by_id(connection: Connection, profile_id: str, *, with_traits: bool = True) -> Profile | None:
    """Read the person of this profile id, or of one that has gone into it."""
    try:
        return _read(connection, founder_of(profile_id), with_traits=with_traits)
    except ValueError:
        return None


def read_node(connection: Connection, node_id: int) -> Profile | None:
    """Read the person that a node belongs to."""
    return _read(connection, NodeId(node_id))


def is_profile_id(text: str) -> bool:
    """Say whether a text is written as a profile id."""
    try:
        return founder_of(text) is not None
    except ValueError:
        return False


def find(connection: Connection, person: str) -> NodeId:
    """
    Find a node by what people type: a profile id, KIND:VALUE, an e-mail, or a bare user id.

    Raises: PersonNotFound.
    """
    for node in _meant(person):
        if _KNOWN.rows(connection, node_id=node):
            return node
    raise PersonNotFound(person=person)


def explain(connection: Connection, profile_id: str, rules: Rules = RULES) -> Explanation:
    """
    Tell why a person is one: their links as they are weighed, those demoted with the reason, cuts, and their history.

    Raises: PersonNotFound.
    """
    profile = read_by_id(connection, profile_id)
    if profile is None:
        raise PersonNotFound(person=profile_id)
    region = Region(connection)
    region.add({founder_of(profile.profile_id)})
    weighed = region.resolve(Guard(rules), trace=True).weighed
    touched = {node for one in weighed for node in one.link.pair} | set(profile.node_ids)
    cuts = _CUTS.rows(connection, ids=as_set(profile.node_ids))
    touched |= {node for a, b, _, _ in cuts for node in (a, b)}
    return Explanation(
        profile=profile,
        active=tuple(one.link for one in weighed if one.is_active),
        demoted=tuple(DemotedLink(one.link, one.demotion, one.kind) for one in weighed if not one.is_active),
        cuts=tuple((a, b, instant(at), by) for a, b, at, by in cuts),
        history=_history(weighed, region.seqs),
        names={node: f"{kind}:{value}" for node, kind, value in _NAMES.rows(connection, ids=as_set(touched))},
        by_hand=dict(_BY_HAND.rows(connection, ids=as_set(profile.node_ids))),
    )


def why_linked(connection: Connection, found: Profile, rules: Rules = RULES) -> tuple[list[Link], tuple[Joined, ...]]:
    """
    Give the links that hold a person together, and how she came together: `explain` without those who stayed apart.

    Links among her own identifiers say it all: a group only ever grew by them. So it costs one question.
    """
    kinds: dict[int, str] = {node: one.kind for node, one in zip(found.node_ids, found.identifiers, strict=True)}
    links = [Link(*row) for row in _WITHIN.rows(connection, ids=as_set(found.node_ids))]
    if _none_refused(links, found, rules):
        return links, _joins(links, found.node_ids)
    guard = _GUARD if rules is RULES else Guard(rules)
    weighed = resolve.resolve(links, kinds, cuts={}, guard=guard, trace=True).weighed
    seqs: dict[int, int] = {node: place for place, node in enumerate(found.node_ids)}
    return [one.link for one in weighed if one.is_active], _history(weighed, seqs)


def _none_refused(links: Sequence[Link], found: Profile, rules: Rules) -> bool:
    """Say whether no guard rail can have refused any of these links: few people have two of anything that counts."""
    counts = Counter(one.kind for one in found.identifiers)
    least = dict(rules.per_profile) | dict(rules.through_a_browser)
    return all(count <= least.get(kind, count) for kind, count in counts.items()) and not any(
        link.reason == Reason.RECEIPT for link in links
    )


def _joins(links: Iterable[Link], node_ids: Sequence[NodeId]) -> tuple[Joined, ...]:
    """Give the joins of links of which none is refused. Order: `node_ids` as they arrived, `links` as weighed."""
    oldest = {int(node): place for place, node in enumerate(node_ids)}
    groups: dict[int, list[int]] = {node: [node] for node in oldest}
    steps: list[Joined] = []
    for link in links:
        one, two = oldest[link.a], oldest[link.b]
        if one == two:
            continue
        kept, gone = node_ids[min(one, two)], node_ids[max(one, two)]
        for node in groups[gone]:
            oldest[node] = min(one, two)
        groups[kept] += groups.pop(gone)
        steps.append(Joined(link, profile_named_after(kept), profile_named_after(gone)))
    return tuple(steps)


_GUARD = Guard(RULES)
"""Made once: to make one costs as much as to read a person."""


def _meant(person: str) -> list[NodeId]:
    text = unicodedata.normalize("NFC", person.strip())
    meant: list[NodeId] = []
    with suppress(ValueError):  # no profile id: it may still be any of the others
        meant.append(founder_of(text))
    kind, _, value = text.partition(":")
    if kind in WEAKNESS and value:
        meant.append(node_of(kind, value.lower() if kind == IdentifierKind.EMAIL else value))
    if kind == IdentifierKind.PHONE:
        meant.append(node_of(kind, phone.as_kept(value)))
    if "@" in text:
        meant.append(node_of(IdentifierKind.EMAIL, text.lower()))
    meant.append(node_of(IdentifierKind.ACCOUNT, text))
    return meant


def _read(connection: Connection, node_id: NodeId, *, with_traits: bool = True) -> Profile | None:
    members = _MEMBERS.rows(connection, node_id=node_id)
    if not members:
        return None
    founder = members[0][0]
    return Profile(
        profile_id=profile_named_after(NodeId(founder)),
        identifiers=tuple(
            Identification(kind, value, instant(first), instant(last), source)
            for _, _, kind, value, first, last, _, source in members
        ),
        stated=_standing(_TRAITS.rows(connection, founder=founder)) if with_traits else (),
        first_seen_at=instant(min(member[4] for member in members)),
        last_seen_at=instant(max(member[5] for member in members)),
        merged_from=tuple(
            profile_named_after(NodeId(member[1])) for member in members if member[6] and member[1] != founder
        ),
        node_ids=tuple(NodeId(member[1]) for member in members),
    )


def _standing(stated: Sequence[tuple[str, int, str, str, str]]) -> tuple[Trait, ...]:
    """Keep the last statement of each name; they come in the order in which they beat each other."""
    last = {name: (trust, at, message_id, value_json) for trust, at, message_id, value_json, name in sorted(stated)}
    return tuple(
        Trait(name, msgspec.json.decode(value_json), value_json, trust, instant(at), message_id)
        for name, (trust, at, message_id, value_json) in sorted(last.items())
    )


def _history(weighed: Sequence[Weighed], seqs: dict[int, int]) -> tuple[Joined, ...]:
    oldest: dict[int, int] = {}
    steps: list[Joined] = []
    for one in weighed:
        if one.joined is not None:
            first, second = (oldest.get(root, root) for root in one.joined)
            kept, gone = (first, second) if seqs[first] < seqs[second] else (second, first)
            oldest[one.joined[0]] = kept  # the first root stands for both from here on
            steps.append(Joined(one.link, profile_named_after(NodeId(kept)), profile_named_after(NodeId(gone))))
    return tuple(steps)


_node, _trait, _cut = rows.nodes.c, rows.traits.c, rows.cuts.c
_same = rows.nodes.alias("same")
_KNOWN = Statement(select(_node.node_id).where(_node.node_id == bindparam("node_id")))
_MEMBERS = Statement(
    select(
        _node.founder,
        _node.node_id,
        _node.kind,
        _node.value,
        _node.first_seen_at,
        _node.last_seen_at,
        _node.was_named,
        _node.first_source,
    )
    .where(_node.founder == select(_same.c.founder).where(_same.c.node_id == bindparam("node_id")).scalar_subquery())
    .order_by(_node.seq)
)
_TRAITS = Statement(
    select(_trait.trust, _trait.occurred_at, _trait.message_id, _trait.value_json, _trait.name)
    .select_from(rows.nodes.join(rows.traits, _trait.node_id == _node.node_id))
    .where(_node.founder == bindparam("founder"))
)
_link = rows.links.c
_WITHIN = Statement(
    select(*LINK_COLUMNS)
    # + 0, so that the key is searched by `a` alone: by both, a thousand browsers were a million looks
    .where(_link.a.in_(IDS), (_link.b + literal_column("0")).in_(IDS))
    .where(~exists().where(_cut.a == _link.a, _cut.b == _link.b, _cut.recorded >= _link.recorded))
    .order_by(*LINK_COLUMNS)
)
_BY_HAND = Statement(
    select(_link.recorded, _link.by).where(_link.reason == Reason.MANUAL.value, or_(_link.a.in_(IDS), _link.b.in_(IDS)))
)
_NAMES = Statement(select(_node.node_id, _node.kind, _node.value).where(_node.node_id.in_(IDS)))
_CUTS = Statement(
    select(_cut.a, _cut.b, _cut.at, _cut.by).where(or_(_cut.a.in_(IDS), _cut.b.in_(IDS))).order_by(_cut.recorded)
)
