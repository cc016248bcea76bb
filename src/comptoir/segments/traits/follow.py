"""
Computed traits that are live: for everybody once a day and after each change, for whom ticks touched within a minute.

A tick only writes down whom it touched. Once the first of them has waited long enough, their traits are computed
together: one look at the facts serves many ticks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyarrow as pa

from comptoir import localtime
from comptoir.ids import hash64
from comptoir.model.identifier import Moved
from comptoir.segments import follow
from comptoir.segments.asked import naive
from comptoir.segments.follow import News
from comptoir.segments.relations import COMPUTED
from comptoir.segments.shop import Shop
from comptoir.segments.traits import compile as compiling
from comptoir.segments.traits import keep
from comptoir.segments.traits.definition import Trait
from comptoir.segments.traits.keep import TRAITS
from comptoir.state.base import State
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
WAIT = timedelta(seconds=60)
"""How long somebody who was touched waits at most."""
_TELLING = frozenset({"events", "commerce"})


@dataclass(slots=True)
class LiveTraits:
    """The computed traits of an installation."""

    state: State
    shop: Shop
    _texts: Mapping[str, str] | None = None
    _traits: Mapping[str, Trait] | None = None

    def follow(self, cursor: Cursor, news: News) -> News:
        """
        Write down whom a tick touched, and compute the traits of those who have waited; give the news with that.

        Segments must come after it: it tells them of people whose traits may be others now.
        """
        quick = {key: one for key, one in self._live().items() if compiling.is_quick(one)}
        if not quick:
            return news
        now = naive(news.now)
        if news.heard & _TELLING or news.moved:
            _note(cursor, news.nodes, {*_names(news.moved), *news.people}, now)
        since = _waits_since(cursor)
        if since is None or now - since < WAIT:
            return news
        due = {row[0] for row in load(_PACKAGE, "traits_due").run(cursor).fetchall()}
        load(_PACKAGE, "traits_due_clear").run(cursor)
        keep.refresh(cursor, quick, self.shop.around(cursor)(None), news.now, profiles=due)
        return replace(news, heard=news.heard | {COMPUTED}, people=news.people | due)

    def mark_moved(self, cursor: Cursor, moved: Sequence[Moved], now: datetime) -> None:
        """Write down who was joined or cut by hand between two ticks."""
        if moved and self.are_followed():
            _note(cursor, (), _names(moved), naive(now))

    def are_followed(self) -> bool:
        """Say whether a computed trait is live."""
        return bool(self._live())

    def is_due(self, cursor: Cursor, now: datetime) -> bool:
        """Say whether somebody has waited long enough although no tick came."""
        since = _waits_since(cursor)
        return since is not None and naive(now) - since >= WAIT

    def to_compute(self, cursor: Cursor, now: datetime) -> Mapping[str, Trait]:
        """Give the traits to be computed for everybody: those of another text, or of another day. Order: by key."""
        live = self._live()
        known = {trait: (version, on) for trait, version, on in load(_PACKAGE, "trait_states").run(cursor).fetchall()}
        if not live and not known:
            return {}
        today = self._today(now)
        return {key: live[key] for key in sorted(live) if known.get(key) != (self._version(key), today)}

    def compute(self, cursor: Cursor, key: str, now: datetime) -> int:
        """Compute a trait for everybody; give how many have it."""
        found = keep.refresh(cursor, {key: self._live()[key]}, self.shop.around(cursor)(None), now)
        load(_PACKAGE, "trait_states_delete").run(cursor, trait=key)
        load(_PACKAGE, "trait_states_insert").run(
            cursor, trait=key, version=self._version(key), computed_on=self._today(now)
        )
        follow.mark_written(cursor, COMPUTED)
        return found

    def forget_others(self, cursor: Cursor) -> bool:
        """Take away what is left of traits that are no longer live; say whether there was any."""
        known = {row[0] for row in load(_PACKAGE, "trait_states").run(cursor).fetchall()}
        gone = known - self._live().keys()
        for key in gone:
            load(_PACKAGE, "computed_delete").run(cursor, trait=key)
            load(_PACKAGE, "trait_states_delete").run(cursor, trait=key)
        if gone:
            follow.mark_written(cursor, COMPUTED)
        return bool(gone)

    def _live(self) -> Mapping[str, Trait]:
        with self.state.read() as connection:
            texts = {key: text for key, (_, text) in TRAITS.live(connection).items()}
        if self._traits is None or texts != self._texts:
            self._texts, self._traits = texts, keep.readable(texts)
        return self._traits

    def _version(self, key: str) -> int:
        assert self._texts is not None
        return hash64("trait", self._texts[key])

    def _today(self, now: datetime) -> object:
        zones = sorted({one.time_zone for one in self.shop.brands()}) or [localtime.DEFAULT_ZONE]
        return localtime.local_date(now, zones[0])


def _names(moved: Iterable[Moved]) -> set[str]:
    return {name for one in moved for name in (one.former, one.profile_id) if name}


def _note(cursor: Cursor, nodes: Collection[int], people: Collection[str], now: datetime) -> None:
    cursor.register("nodes", pa.table({"node_id": pa.array(sorted(nodes), pa.int64())}))
    cursor.register("people", pa.table({"profile_id": pa.array(sorted(people), pa.string())}))
    load(_PACKAGE, "traits_due_insert").run(cursor, now=now)


def _waits_since(cursor: Cursor) -> datetime | None:
    ((since,),) = load(_PACKAGE, "traits_wait").run(cursor).fetchall()
    return None if since is None else since
