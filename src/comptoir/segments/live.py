"""The segments that are live, compiled for the shop as it is, and compiled anew only when something has changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from comptoir import logs
from comptoir.errors import ComptoirError
from comptoir.model.identifier import Moved
from comptoir.segments import follow, parse, resolve
from comptoir.segments.asked import Around
from comptoir.segments.base import each
from comptoir.segments.belonging import Belonging
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.follow import BETWEEN_CROSSINGS, Followed, Following, Live, News
from comptoir.segments.kinds.due import Due
from comptoir.segments.parse import Definition
from comptoir.segments.resolve import AroundOf
from comptoir.segments.shop import Shop
from comptoir.segments.traits.follow import LiveTraits
from comptoir.state.base import State
from comptoir.state.shelf import PAUSED
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

log = logs.get("segments")
CATEGORIES = "category_records"
_PACKAGE = "comptoir.segments"


def readable(texts: Mapping[str, str]) -> dict[str, Definition]:
    """Read the definitions that can be read; one that cannot (a plug-in is gone) is told and left out."""
    found = {}
    for key, text in texts.items():
        try:
            found[key] = _read(text)
        except ComptoirError as error:
            log.warning("a segment cannot be read", segment=key, error=str(error))
    return found


@lru_cache(maxsize=2_048)  # each live count asks for all that are published, and a text never changes
def _read(text: str) -> Definition:
    return parse.read(text)


def published(state: State) -> dict[str, Definition]:
    """Read the segments that are published, live or paused."""
    with state.read() as connection:
        return readable({one.key: one.text for one in SEGMENTS.listing(connection) if one.live_version})


@dataclass(slots=True)
class Compiler:
    """
    Compiles segments. One is compiled anew where its text, one that it asks for, or the shop around it is another.

    So a tick that finds one definition changed compiles that one, and not two hundred.
    """

    asks_rhythms: bool = False
    """Whether a definition asks for the rhythms of categories, so that a run of their score changes its question."""
    _around: Around | None = None
    _texts: Mapping[str, str] = field(default_factory=dict)
    _shelf: dict[str, Definition] = field(default_factory=dict)
    _live: dict[str, tuple[Mapping[str, Definition], Live]] = field(default_factory=dict)
    """With each segment those of its own and others' definitions that it was compiled of."""
    _following: Following = field(default_factory=Following)

    def compiled(self, texts: Mapping[str, str], live: Collection[str], around_of: AroundOf) -> Followed:
        """Plan how the live ones of these segments are followed."""
        self._read(texts)
        around = around_of(None)
        if around != self._around:
            self._around, self._live = around, {}
        found = {key: one for key in sorted(live & self._shelf.keys()) if (one := self._compile(key, around_of))}
        self._live = {key: self._live[key] for key in found}
        return self._following.plan(found.values(), around.zone_list, paused=texts.keys() - found.keys())

    def _read(self, texts: Mapping[str, str]) -> None:
        fresh = readable({key: text for key, text in texts.items() if self._texts.get(key) != text})
        kept = {key: self._shelf[key] for key in self._shelf.keys() & texts.keys() if self._texts[key] == texts[key]}
        self._texts, self._shelf = dict(texts), kept | fresh
        self.asks_rhythms = any(isinstance(kind, Due) for one in self._shelf.values() for kind in each(one.condition))

    def _compile(self, key: str, around_of: AroundOf) -> Live | None:
        made_of = self._made_of(key)
        known, former = self._live.get(key, ({}, None))
        if former is not None and known.keys() == made_of.keys() and all(known[one] is made_of[one] for one in known):
            return former
        try:
            made = Live.of(key, resolve.resolve(self._shelf[key], self._shelf, around_of))
        except ComptoirError as error:
            log.warning("a segment cannot be followed", segment=key, error=str(error))
            return None
        self._live[key] = (made_of, made)
        return made

    def _made_of(self, key: str) -> dict[str, Definition]:
        """Give a definition and all that it asks for, by key; one that is not there is left out."""
        found: dict[str, Definition] = {}
        waiting = [key]
        while waiting:
            one = waiting.pop()
            if one in self._shelf and one not in found:
                found[one] = self._shelf[one]
                waiting += resolve.asks_for(self._shelf[one], self._shelf)
        return found


@dataclass(slots=True)
class LiveSegments:
    """The segments' box: it knows what is live, and lets it follow ticks."""

    state: State
    shop: Shop
    _token: object = None
    _kept: Followed | None = None
    _compiler: Compiler = field(default_factory=Compiler)
    _belonging: Belonging = field(default_factory=Belonging)
    _asked_at: datetime | None = None
    _has_none: bool = False
    _traits: LiveTraits = field(init=False)

    def __post_init__(self) -> None:
        """Wire what conditions may ask for."""
        self._traits = LiveTraits(self.state, self.shop)

    def are_followed(self) -> bool:
        """Say whether anything is followed, or was until now: else a tick need not even say what it brought."""
        return self._has_segments() or self._traits.are_followed()

    def _has_segments(self) -> bool:
        with self.state.read() as connection:
            return bool(SEGMENTS.standing(connection)) or not self._has_none

    def follow(self, cursor: Cursor, news: News) -> None:
        """Let computed traits, then segments follow a tick."""
        news = self._traits.follow(cursor, news)
        if not self._has_segments():
            return
        those = self._followed(cursor, is_new_tree=CATEGORIES in news.heard)
        follow.follow(cursor, news, those, self._belonging)
        self._has_none = not those.live and not those.paused

    def mark_moved(self, cursor: Cursor, moved: Sequence[Moved], now: datetime) -> None:
        """Keep whom the next tick asks anew: joined or cut by hand between two ticks."""
        self._traits.mark_moved(cursor, moved, now)
        follow.mark_moved(cursor, moved)

    def is_time(self, now: datetime) -> bool:
        """Say whether it is time to look whether something is due: not at every beat of the engine."""
        if self._asked_at is not None and now - self._asked_at < BETWEEN_CROSSINGS:
            return False
        self._asked_at = now
        return True

    def is_due(self, cursor: Cursor, now: datetime) -> bool:
        """Say whether segments ask for a tick although no line came in."""
        return self._traits.is_due(cursor, now) or (
            self._has_segments() and follow.is_due(cursor, self._followed(cursor), now)
        )

    def _followed(self, cursor: Cursor, *, is_new_tree: bool = False) -> Followed:
        with self.state.read() as connection:
            versions = tuple(SEGMENTS.standing(connection))
        if not versions:
            return _NOTHING
        brands = tuple((one.name, one.time_zone, one.currency) for one in self.shop.brands())
        token = (versions, brands, _rhythms_written(cursor) if self._compiler.asks_rhythms else 0)
        if self._kept is None or is_new_tree or self._token != token:
            with self.state.read() as connection:
                texts = {one.key: one.text for one in SEGMENTS.listing(connection) if one.live_version}
            live = {key for key, _, state in versions if state != PAUSED}
            self._kept = self._compiler.compiled(texts, live, self.shop.around(cursor))
            self._token = (versions, brands, _rhythms_written(cursor) if self._compiler.asks_rhythms else 0)
        return self._kept


def _rhythms_written(cursor: Cursor) -> int:
    """Say which run it was that learned the rhythms of categories last."""
    row = load(_PACKAGE, "rhythms_written").run(cursor).fetchone()
    return int(row[0]) if row is not None else 0


_NOTHING = follow.followed([], ("UTC",))
