"""The feed of what changed about people: in order, told at least once, and never an echo of what one said oneself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.golden import rows
from comptoir.golden.choose import Record, brands_of
from comptoir.model.identifier import NodeId, ProfileId, profile_named_after
from comptoir.state.statement import Statement

PRUNED = "pruned"
LEAST = -(1 << 63)
"""Less than any founder but one: where the list of everybody begins."""
_LOOKED_AT = 5_000
"""Changes that one look reads at most, those that are not for the reader included."""


class FeedForgotten(ComptoirError, LookupError):
    """Changes as old as this cursor are forgotten."""

    code, status = "feed_forgotten", 410
    hint = "Begin again without a cursor: every profile is listed first, then what changed since."


class Kind(StrEnum):
    """What happened to a profile."""

    CHANGED = "changed"
    MERGED = "merged"
    CUT = "cut"
    ERASED = "erased"


class News(NamedTuple):
    """What is told of a profile."""

    kind: Kind
    founder: int
    other: int | None = None
    """The profile it went into, or that identifiers were cut off to."""
    fields: Sequence[str] = ()
    sources: frozenset[str] = frozenset()
    """On whose word it changed; of any other news, who saw an identifier of it first."""
    brands: frozenset[str] = frozenset()


class Change(NamedTuple):
    """One change as it is told."""

    seq: int
    at: datetime
    kind: str
    profile_id: ProfileId
    other: ProfileId | None
    """Of a merge, the profile it went into; of a cut, the one that got what was cut off."""
    fields: tuple[str, ...]
    """What changed of a profile, `identifiers` among them."""
    sources: tuple[str, ...]


class Look(NamedTuple):
    """What a look at the feed found, and how far it went."""

    changes: list[Change]
    upto: int


def tell(connection: Connection, news: Sequence[News], now: datetime) -> None:
    """Append to the feed, in the caller's transaction: so the order of the feed is that of commits."""
    at = micros(now)
    _TELL.many(
        connection,
        [
            (
                at, one.kind.value, one.founder, one.other,
                *(msgspec.json.encode(sorted(some)).decode() for some in (one.fields, one.sources, one.brands)),
            )
            for one in news
        ],
    )  # fmt: skip


def head(connection: Connection) -> int:
    """Give the seq of the latest change."""
    return max(next((int(seq or 0) for (seq,) in _HEAD.rows(connection)), 0), _pruned(connection))


class Reader(NamedTuple):
    """Who reads the feed."""

    source: str = ""
    """The source it speaks as: what that alone said is not told to it."""
    brands: frozenset[str] = frozenset()
    """The brands it is for; none named: all."""
    sources: frozenset[str] = frozenset()
    """The sources of these brands."""

    def may_see(self, brands: Collection[str], sources: Collection[str]) -> bool:
        """Say whether somebody of whom these brands and sources have a word is this reader's business."""
        return not self.brands or not self.brands.isdisjoint(brands) or not self.sources.isdisjoint(sources)


EVERYONE = Reader()
"""A reader of everything."""


def look(connection: Connection, after: int, most: int, reader: Reader = EVERYONE) -> Look:
    """
    Read what changed after a seq. Order: as it happened, so also the order within each profile.

    A change that came of the reader's own word alone is left out; so is one of people who are not its business.

    Raises: FeedForgotten.
    """
    if after < _pruned(connection):
        raise FeedForgotten(after=after)
    found: list[Change] = []
    upto = after
    for seq, at, kind, founder, other, *listed in _LOOK.rows(connection, after=after, most=_LOOKED_AT):
        fields, sources, brands = (msgspec.json.decode(one, type=tuple[str, ...]) for one in listed)
        upto = seq
        is_echo = bool(reader.source) and kind == Kind.CHANGED and sources == (reader.source,)
        if not is_echo and reader.may_see(brands, sources):
            into = None if other is None else profile_named_after(NodeId(other))
            found.append(Change(seq, instant(at), kind, profile_named_after(NodeId(founder)), into, fields, sources))
            if len(found) == most:
                break
    return Look(found, upto)


class Standing(NamedTuple):
    """A profile as it is listed to whoever begins to read the feed."""

    founder: int
    profile_id: ProfileId


def everybody(connection: Connection, after: int, most: int, reader: Reader = EVERYONE) -> list[Standing]:
    """List the profiles with a record after a founder that are a reader's business. Order: by founder."""
    found: list[Standing] = []
    while len(found) < most:
        some = _STANDING.rows(connection, after=after, most=most)
        found += [
            Standing(founder, profile_named_after(NodeId(founder)))
            for founder, known, body in some
            if reader is EVERYONE
            or reader.may_see(
                brands_of(_decoder.decode(body)), msgspec.json.decode(known, type=dict[str, str]).values()
            )
        ]
        if len(some) < most:
            break
        after = some[-1][0]
    return found[:most]


def prune(connection: Connection, now: datetime, *, days: int) -> int:
    """Forget changes older than some days, and give how many."""
    old = micros(now - timedelta(days=days))
    ((upto, count),) = _OLD.rows(connection, before=old)
    if count:
        _PRUNE.rows(connection, upto=upto)
        _MARK.many(connection, [(PRUNED, upto)])
    return int(count)


def _pruned(connection: Connection) -> int:
    return next((int(value) for (value,) in _PRUNED.rows(connection, name=PRUNED)), 0)


_decoder = msgspec.json.Decoder(Record)
_change, _record, _marks = rows.changes.c, rows.records.c, rows.marks.c
_TELL = Statement(
    insert(rows.changes).values(
        {name: bindparam(name) for name in ("at", "kind", "founder", "other", "fields", "sources", "brands")}
    )
)
_HEAD = Statement(select(func.max(_change.seq)))
_LOOK = Statement(
    select(
        _change.seq, _change.at, _change.kind, _change.founder, _change.other, _change.fields, _change.sources,
        _change.brands,
    )
    .where(_change.seq > bindparam("after"))
    .order_by(_change.seq)
    .limit(bindparam("most"))
)  # fmt: skip
_STANDING = Statement(
    select(_record.founder, _record.known, _record.body)
    .where(_record.founder > bindparam("after"), _record.brand == "")
    .order_by(_record.founder)
    .limit(bindparam("most"))
)
_OLD = Statement(select(func.max(_change.seq), func.count()).where(_change.at < bindparam("before")))
_PRUNE = Statement(delete(rows.changes).where(_change.seq <= bindparam("upto")))
_PRUNED = Statement(select(_marks.value).where(_marks.name == bindparam("name")))
_mark = insert(rows.marks)
_MARK = Statement(_mark.on_conflict_do_update(index_elements=["name"], set_={"value": _mark.excluded.value}))
