"""Keeps the site: tells the door what pages show, and takes back messages that have had their time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from comptoir.access import public, shown
from comptoir.clock import micros
from comptoir.messaging import onsite, placements
from comptoir.messaging.base import Living
from comptoir.messaging.look import still_stands
from comptoir.messaging.placements import Placement
from comptoir.messaging.ready import subject_of
from comptoir.model.consent import ConsentKey, Consents, needed
from comptoir.model.message import Reason
from comptoir.model.scenario import NOTHING_KNOWN, FactsOf, WorldFacts
from comptoir.state.base import State

Heard = Callable[[Collection[str]], Mapping[str, Mapping[str, int]]]
"""Count, by message and kind, how often messages were shown, clicked and dismissed."""
_FOR_EVER = (1 << 62) - 1


@dataclass(slots=True, kw_only=True)
class Site:
    """The site of one installation; used by one thread, again and again."""

    state: State
    path: Path
    """Of `public.db`."""
    consents: Consents
    living: Living
    facts_of: FactsOf
    heard: Heard
    _told: int | None = field(default=None)
    """The newest change that the door knows of; None before the first time."""
    _placements: list[Placement] | None = field(default=None)
    _after: str = field(default="")

    def publish(self, now: datetime) -> None:
        """Tell the door what is new. Raises: StoreUnavailable."""
        with self.state.read() as connection:
            newest, changes = onsite.changes(connection, self._told or 0)
            for_all = placements.listing(connection)
        if changes or self._told is None:
            notices = [_notice(one) for one in changes]
            public.write_notices(self.path, notices, now=micros(now), anew=self._told is None)
            self._told = newest
        if for_all != self._placements:
            public.write_placements(self.path, [_placement(one) for one in for_all if one.is_on])
            self._placements = for_all

    def sweep(self, now: datetime) -> int:
        """
        Look at some of what is on the site, and take back what has had its time; give how many that were.

        A message goes once it was shown as often as it may, clicked, closed, or has expired; once what it speaks of was
        ordered or is no longer so; once its scenario stopped, or its browser may not be tracked any more.
        """
        with self.state.read() as connection:
            rows = onsite.live(connection, self._after)
            self._after = rows[-1]["message_id"] if len(rows) == onsite.MOST_LOOKED_AT else ""
            living = self.living(connection, rows) if rows else frozenset()
            granted = self.consents.granted(connection, {_key(row) for row in rows}) if rows else frozenset()
        wanted = self._spent(rows, living, granted, now) if rows else []
        if wanted:
            with self.state.write() as connection:
                onsite.take_back(connection, wanted, now)
        return len(wanted)

    def _spent(
        self,
        rows: Sequence[Mapping[str, Any]],
        living: frozenset[str],
        granted: frozenset[ConsentKey],
        now: datetime,
    ) -> list[tuple[Mapping[str, Any], str]]:
        heard = self.heard([row["message_id"] for row in rows])
        subjects = [subject_of(place, row) for place, row in enumerate(rows)]
        facts = self.facts_of([one for one in subjects if one.cart_key is not None or one.needs])
        found: list[tuple[Mapping[str, Any], str]] = []
        for place, row in enumerate(rows):
            why = onsite.worn_out(row, heard.get(row["message_id"], {}), now)
            reason = why or _no_more(row, facts.get(place, NOTHING_KNOWN), living, granted)
            if reason is not None:
                found.append((row, reason))
        return found


def _no_more(
    row: Mapping[str, Any], facts: WorldFacts, living: frozenset[str], granted: frozenset[ConsentKey]
) -> str | None:
    if _key(row) not in granted:
        return Reason.CONSENT_WITHDRAWN.value
    if row["message_id"] not in living:
        return Reason.SCENARIO_STOPPED.value
    changed = still_stands(row, facts)
    return None if changed is None else changed.value


def _key(row: Mapping[str, Any]) -> ConsentKey:
    return needed(row["contact"], row["brand"], row["purpose"], row["channel"])


def _notice(one: onsite.Waiting) -> shown.Notice:
    browser = shown.hash_of(one.brand, one.source, one.browser)
    return shown.Notice(message_id=one.message_id, browser=browser, shown=one.shown, expires_at=one.expires_at)


def _placement(one: Placement) -> shown.Placement:
    return shown.Placement(
        brand=one.brand,
        name=one.name,
        shown=placements.shown_json(one),
        starts_at=micros(one.starts_at) if one.starts_at else 0,
        expires_at=micros(one.ends_at) if one.ends_at else _FOR_EVER,
    )
