"""The segments that are live, compiled for the shop as it is, and compiled anew only when something has changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from comptoir import logs
from comptoir.errors import ComptoirError
from comptoir.segments import follow, parse, resolve
from comptoir.segments.around import around_of
from comptoir.segments.asked import Around
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.follow import BETWEEN_CROSSINGS, Followed, Live, News
from comptoir.segments.parse import Definition
from comptoir.segments.resolve import AroundOf
from comptoir.state.base import State
from comptoir.state.shelf import PAUSED
from comptoir.warehouse.base import Cursor

log = logs.get("segments")
CATEGORIES = "category_records"


class BrandLike(Protocol):
    """What a segment must know of a brand."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def time_zone(self) -> str:
        """Where its days begin."""

    @property
    def currency(self) -> str:
        """What its amounts are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What conditions must know of the shop beside its facts."""

    brands: Callable[[], Iterable[BrandLike]]
    cart_abandoned_minutes: int = 30
    cart_expired_days: int = 30

    def around(self, cursor: Cursor) -> AroundOf:
        """Give what a condition must know, for a brand or for all."""
        brands = sorted(self.brands(), key=lambda one: one.name)
        whole = around_of(
            cursor,
            zones={one.name: one.time_zone for one in brands},
            currencies={one.name: one.currency for one in brands},
        )
        whole = replace(
            whole,
            cart_abandoned_minutes=self.cart_abandoned_minutes,
            cart_expired_days=self.cart_expired_days,
        )

        def of(brand: str | None) -> Around:
            return replace(whole, brand=brand)

        return of


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

    def follow(self, cursor: Cursor, news: News) -> None:
        """Let the segments follow a tick; with none that is live it costs a look into the state."""
        those = self._followed(cursor, is_new_tree=CATEGORIES in news.heard)
        if not those.live and not those.paused and self._has_none:
            return
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
        those = self._followed(cursor)
        if not those.live and not those.paused and self._has_none:
            return False
        return follow.is_due(cursor, those, now)

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
