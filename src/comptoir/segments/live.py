"""The segments that are live, compiled for the shop as it is, and compiled anew only when something has changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from comptoir import logs
from comptoir.errors import ComptoirError
from comptoir.segments import follow, parse, resolve
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.follow import BETWEEN_CROSSINGS, Followed, Live, News
from comptoir.segments.parse import Definition
from comptoir.segments.resolve import AroundOf
from comptoir.segments.shop import Shop
from comptoir.segments.traits.follow import LiveTraits
from comptoir.state.base import State
from comptoir.state.shelf import PAUSED
from comptoir.warehouse.base import Cursor

log = logs.get("segments")
CATEGORIES = "category_records"


def readable(texts: Mapping[str, str]) -> dict[str, Definition]:
    """Read the definitions that can be read; one that cannot (a plug-in is gone) is told and left out."""
    found = {}
    for key, text in texts.items():
        try:
            found[key] = parse.read(text)
        except ComptoirError as error:
            log.warning("a segment cannot be read", segment=key, error=str(error))
    return found


def published(state: State) -> dict[str, Definition]:
    """Read the segments that are published, live or paused."""
    with state.read() as connection:
        return readable({one.key: one.text for one in SEGMENTS.listing(connection) if one.live_version})


@dataclass(slots=True)
class LiveSegments:
    """The segments' box: it knows what is live, and lets it follow ticks."""

    state: State
    shop: Shop
    _token: object = None
    _kept: Followed | None = None
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
        """Let the segments follow a tick; with none that is live it costs a look into the state."""
        news = self._traits.follow(cursor, news)
        those = self._followed(cursor, is_new_tree=CATEGORIES in news.heard)
        follow.follow(cursor, news, those)
        self._has_none = not those.live and not those.paused

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
        if self._kept is None or is_new_tree or self._token != (versions, brands):
            with self.state.read() as connection:
                texts = {one.key: one.text for one in SEGMENTS.listing(connection) if one.live_version}
            self._kept = _compiled(
                texts, {key for key, _, state in versions if state != PAUSED}, self.shop.around(cursor)
            )
            self._token = (versions, brands)
        return self._kept


def _compiled(texts: Mapping[str, str], live: Collection[str], around_of: AroundOf) -> Followed:
    shelf = readable(texts)
    found = []
    for key in sorted(live):
        if key in shelf:
            try:
                found.append(Live.of(key, resolve.resolve(shelf[key], shelf, around_of)))
            except ComptoirError as error:
                log.warning("a segment cannot be followed", segment=key, error=str(error))
    followed = {one.key for one in found}
    return follow.followed(found, around_of(None).zone_list, paused=texts.keys() - followed)


_NOTHING = follow.followed([], ("UTC",))
