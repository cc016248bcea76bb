"""The golden record kept: chosen once for each profile that was touched, and what changed is told to the feed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from hashlib import blake2b
from operator import xor
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from comptoir.golden import feed, rows
from comptoir.golden.choose import Field, Policy, Record, Said, brands_of, choose, for_brands
from comptoir.golden.feed import Kind, News
from comptoir.identity import region, store
from comptoir.identity import rows as identity
from comptoir.identity.profile import Profile
from comptoir.model.identifier import IdentifierKind, founder_of
from comptoir.quality import fields
from comptoir.state.statement import IDS, Statement, as_set

IDENTIFIERS = "identifiers"
"""The field of the feed that stands for the identifiers which say who somebody is."""
FOLLOWED, COPIED = "followed", "copied"
_AGAIN = 0
_AT_ONCE = 5_000
"""Profiles that a rebuild chooses for at once."""
_WEAK = (IdentifierKind.ANONYMOUS.value, IdentifierKind.DEVICE.value)
_decoder = msgspec.json.Decoder(Record)


class _Kept(NamedTuple):
    kin: int
    known: str
    body: str


@dataclass(slots=True)
class _Person:
    """What is known of a profile while its record is chosen."""

    kin: int = 0
    known: dict[str, str] = field(default_factory=dict)
    """Each identifier that says who it is, with where it was seen first."""
    said: list[Said] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Keeps the golden records of one installation by its policy."""

    policy: Policy = field(default_factory=Policy)

    def follow(self, connection: Connection, now: datetime, said: Iterable[int] = ()) -> int:
        """
        Choose again for whoever was touched since, in the caller's transaction; give how many records changed.

        `said` names the nodes of which something was stated. Merges and cuts by hand are found by themselves. The first
        time, every record is made.
        """
        followed = _mark(connection)
        if followed is None:
            return self.rebuild(connection, now)
        latest = store.latest_change(connection)
        moves = _MOVES.rows(connection)
        nodes = {*said, *(end for move in moves for end in move)}
        touched = set(region.founders_of(connection, nodes).values())
        if latest > followed:
            touched |= {founder for (founder,) in _TOUCHED.rows(connection, followed=followed)}
            _MARK.many(connection, [(FOLLOWED, latest)])
        if moves:
            self._part_and_join(connection, moves, now)
            _FORGET_MOVES.rows(connection)
        return self._choose(connection, touched, now) if touched else 0

    def rebuild(self, connection: Connection, now: datetime) -> int:
        """Choose for everybody again, and give how many records were not what they are now: none, if all was well."""
        _FORGET_MOVES.rows(connection)
        _MARK.many(connection, [(FOLLOWED, store.latest_change(connection))])
        for brand in {brand for (brand,) in _BRANDS.rows(connection)} - set(self.policy.brands):
            _DROP_BRAND.rows(connection, brand=brand)
        stale = [founder for (founder,) in _STALE.rows(connection)]
        _FORGET.rows(connection, ids=as_set(stale))
        return len(stale) + sum(self._choose(connection, part, now) for part in self.everybody(connection))

    def read(self, connection: Connection, person: Profile, brand: str = "") -> Record:
        """Give a person's record for a brand: the kept one, or, if she was joined or cut just now, a fresh one."""
        brand = brand if brand in self.policy.by_brand else ""
        founder = founder_of(person.profile_id)
        found = _RECORD.rows(connection, founder=founder, brand=brand)
        if found and found[0][0] == _kin(person):
            return _decoder.decode(found[0][1])
        people = _people(connection, [founder])
        return choose(people[founder].said, self.policy, brand) if founder in people else ()

    def read_for(self, connection: Connection, person: Profile, brands: Collection[str]) -> Record:
        """Give a person's record as somebody reads it who is for these brands; none named: for all of them."""
        only = next(iter(brands)) if len(brands) == 1 else ""
        return for_brands(self.read(connection, person, only), brands)

    def values_of(
        self, connection: Connection, profile_ids: Collection[str], brand: str = ""
    ) -> dict[str, dict[str, object]]:
        """
        Give what stands of each field for a brand, by profile, as the records were kept last.

        A field of which all that is said was refused is None.
        """
        brand = brand if brand in self.policy.by_brand else ""
        asked: dict[int, str] = {founder_of(one): one for one in profile_ids}
        return {
            asked[founder]: {one.name: msgspec.json.decode(one.value) for one in _decoder.decode(kept[brand].body)}
            for founder, kept in _kept(connection, asked).items()
            if brand in kept
        }

    def records_of(self, connection: Connection, founders: Collection[int]) -> Iterator[tuple[int, str, Record]]:
        """Give the records that are kept of some people, each with its founder and brand."""
        for founder, kept in _kept(connection, founders).items():
            for brand in self.policy.brands:
                if brand in kept:
                    yield founder, brand, _decoder.decode(kept[brand].body)

    def everybody(self, connection: Connection) -> Iterator[list[int]]:
        """Give the founders of all who may have a record, some at a time."""
        founders = [founder for (founder,) in _EVERYBODY.rows(connection)]
        return (founders[start : start + _AT_ONCE] for start in range(0, len(founders), _AT_ONCE))

    def is_copied(self, connection: Connection) -> bool:
        """Say whether the warehouse once got all records as they were chosen by this policy."""
        return _mark(connection, COPIED) == self.policy.mark

    def is_chosen(self, connection: Connection) -> bool:
        """Say whether the records are those of this policy, and only the warehouse has lost them."""
        return _mark(connection, COPIED) == _AGAIN

    def note_copied(self, connection: Connection) -> None:
        """Note that the warehouse got all records."""
        _MARK.many(connection, [(COPIED, self.policy.mark)])

    def is_behind(self, connection: Connection) -> bool:
        """Say whether somebody was joined or cut by hand since the records were last seen to."""
        return _mark(connection) != store.latest_change(connection)

    def _choose(self, connection: Connection, founders: Collection[int], now: datetime) -> int:
        people = _people(connection, founders)
        news: list[News] = []
        written: list[tuple[object, ...]] = []
        empty: list[int] = []
        kept = _kept(connection, founders)
        for founder in sorted(people):
            person = people[founder]
            former = kept.get(founder, {})
            if not person.said and not person.known:
                empty += [founder] if former else []
                continue
            records = {brand: choose(person.said, self.policy, brand) for brand in self.policy.brands}
            known = json.dumps(person.known, sort_keys=True)
            made = {brand: _Kept(person.kin, known, _encoded(record)) for brand, record in records.items()}
            if made == former:
                continue
            written += [(founder, brand, *one) for brand, one in made.items()]
            told = _told(founder, person, records, former)
            news += [told] if told else []
        _FORGET.rows(connection, ids=as_set(empty))
        _KEEP.many(connection, written)
        feed.tell(connection, news, now)
        return len(written) + len(empty)

    def _part_and_join(self, connection: Connection, moves: Collection[tuple[int, int]], now: datetime) -> None:
        """Tell which profiles went into another and which lost identifiers, and forget the records of those gone."""
        pairs = set(moves)
        now_of = region.founders_of(connection, {end for pair in pairs for end in pair})
        kept = _kept(connection, now_of)
        gone = sorted({came for came, _ in pairs if now_of.get(came, came) != came})
        told = {founder: _heard(one[""]) for founder, one in kept.items() if "" in one}
        news = [
            _join(founder, now_of[founder], told[founder], told.get(now_of[founder], _Heard()))
            for founder in gone
            if founder in told
        ]
        for came, went in sorted(pairs):
            stand = now_of.get(came) == came and now_of.get(went) == went
            if stand and (went, came) not in pairs and came in told:
                news.append(News(Kind.CUT, came, went, sources=told[came].sources, brands=told[came].brands))
        _FORGET.rows(connection, ids=as_set(gone))
        feed.tell(connection, news, now)


def forget(connection: Connection, nodes: Collection[int], now: datetime) -> int:
    """
    Forget the records of people who are erased, and tell so; give how many there were.

    `nodes` are all of theirs; it comes before identity forgets them.
    """
    kept = _kept(connection, nodes)
    heard = {founder: _heard(one[""]) for founder, one in sorted(kept.items()) if "" in one}
    news = [News(Kind.ERASED, founder, sources=one.sources, brands=one.brands) for founder, one in heard.items()]
    _FORGET.rows(connection, ids=as_set(nodes))
    feed.tell(connection, news, now)
    return len(kept)


def copy_again(connection: Connection) -> None:
    """Note that the warehouse has no records any more; its next engine copies them, and chooses none anew."""
    _MARK.many(connection, [(COPIED, _AGAIN)])


def fingerprint(connection: Connection) -> str:
    """Hash all records, so that two ways to the same ones can be compared."""
    digest = blake2b(digest_size=16)
    for row in _ALL.stream(connection):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _told(founder: int, person: _Person, records: Mapping[str, Record], former: Mapping[str, _Kept]) -> News | None:
    """Say what is new in a record, and on whose word; None if nothing is that anybody else would see."""
    changed: set[str] = set()
    sources: set[str] = set()
    brands = frozenset(one.brand for one in person.said)
    for brand, record in records.items():
        before = {one.name: one for one in _decoder.decode(former[brand].body)} if brand in former else {}
        brands |= brands_of(tuple(before.values()))
        now = {one.name: one for one in record}
        for name in before.keys() | now.keys():
            if _value_of(now.get(name)) != _value_of(before.get(name)):
                changed.add(name)
                sources.add(now[name].source if name in now else "")
    known = json.loads(former[""].known) if "" in former else {}
    if known.keys() != person.known.keys():
        changed.add(IDENTIFIERS)
        sources |= {person.known.get(one, "") for one in known.keys() ^ person.known.keys()}
    if not changed and former:
        return None
    return News(Kind.CHANGED, founder, fields=tuple(sorted(changed)), sources=frozenset(sources), brands=brands - {""})


def _value_of(one: Field | None) -> bytes:
    return bytes(one.value) if one is not None and one.stands else b""


def _people(connection: Connection, founders: Collection[int]) -> dict[int, _Person]:
    people: defaultdict[int, _Person] = defaultdict(_Person)
    ids = as_set(founders)
    for founder, node, kind, value, source in _MEMBERS.rows(connection, ids=ids):
        person = people[founder]
        if kind not in _WEAK:
            person.kin ^= node
            person.known[f"{kind}:{value}"] = source
    for founder, trait, value, *said in _SAID.rows(connection, ids=ids):
        people[founder].said += [Said(*one, *said) for one in fields.stated(trait, value)]
    return people


def _kept(connection: Connection, founders: Iterable[int]) -> dict[int, dict[str, _Kept]]:
    found: defaultdict[int, dict[str, _Kept]] = defaultdict(dict)
    for founder, brand, *rest in _KEPT.rows(connection, ids=as_set(founders)):
        found[founder][brand] = _Kept(*rest)
    return found


class _Heard(NamedTuple):
    """Who has a word in a record: sources that saw an identifier first, and brands whose sources state something."""

    sources: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()


def _heard(kept: _Kept) -> _Heard:
    return _Heard(frozenset(json.loads(kept.known).values()), brands_of(_decoder.decode(kept.body)))


def _join(gone: int, into: int, one: _Heard, other: _Heard) -> News:
    return News(Kind.MERGED, gone, into, sources=one.sources | other.sources, brands=one.brands | other.brands)


def _kin(person: Profile) -> int:
    nodes = zip(person.node_ids, person.identifiers, strict=True)
    return reduce(xor, (node for node, one in nodes if one.kind not in _WEAK), 0)


def _encoded(record: Record) -> str:
    return msgspec.json.encode(record).decode()


def _mark(connection: Connection, name: str = FOLLOWED) -> int | None:
    return next((int(value) for (value,) in _MARKED.rows(connection, name=name)), None)


_node, _trait, _record = identity.nodes.c, identity.traits.c, rows.records.c
_SAYS_WHO = and_(*(_node.kind != kind for kind in _WEAK))
_MOVES = Statement(select(identity.moves.c.came_from, identity.moves.c.went_to).order_by(identity.moves.c.move))
_FORGET_MOVES = Statement(delete(identity.moves))
_TOUCHED = Statement(select(_node.founder).distinct().where(_node.change > bindparam("followed"), _SAYS_WHO))
_MEMBERS = Statement(
    select(_node.founder, _node.node_id, _node.kind, _node.value, _node.first_source).where(_node.founder.in_(IDS))
)
_SAID = Statement(
    select(
        _node.founder, _trait.name, _trait.value_json, _trait.source, _trait.brand, _trait.occurred_at,
        _trait.message_id, _trait.trust,
    )
    .select_from(identity.nodes.join(identity.traits, _trait.node_id == _node.node_id))
    .where(_node.founder.in_(IDS))
)  # fmt: skip
_KEPT = Statement(
    select(_record.founder, _record.brand, _record.kin, _record.known, _record.body).where(_record.founder.in_(IDS))
)
_RECORD = Statement(
    select(_record.kin, _record.body).where(
        _record.founder == bindparam("founder"), _record.brand == bindparam("brand")
    )
)
_ALL = Statement(select(*rows.records.c).order_by(_record.founder, _record.brand))
_EVERYBODY = Statement(
    select(_node.founder)
    .where(_SAYS_WHO)
    .union(select(_node.founder).join(identity.traits, _trait.node_id == _node.node_id))
    .order_by("founder")
)
_STALE = Statement(
    select(_record.founder)
    .distinct()
    .where(_record.founder.not_in(select(_node.node_id).where(_node.founder == _node.node_id)))
)
_BRANDS = Statement(select(_record.brand).distinct())
_DROP_BRAND = Statement(delete(rows.records).where(_record.brand == bindparam("brand")))
_FORGET = Statement(delete(rows.records).where(_record.founder.in_(IDS)))
_keep = insert(rows.records)
_KEEP = Statement(
    _keep.on_conflict_do_update(
        index_elements=["founder", "brand"], set_={name: _keep.excluded[name] for name in ("kin", "known", "body")}
    )
)
_MARKED = Statement(select(rows.marks.c.value).where(rows.marks.c.name == bindparam("name")))
_mark_set = insert(rows.marks)
_MARK = Statement(_mark_set.on_conflict_do_update(index_elements=["name"], set_={"value": _mark_set.excluded.value}))
