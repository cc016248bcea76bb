"""Finding people by set as of any instant of past days: whose day it was, and who was of an audience."""

from __future__ import annotations

from calendar import isleap
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from comptoir import localtime
from comptoir.clock import micros
from comptoir.facts import keys
from comptoir.facts.orders import Order
from comptoir.model.identifier import IdentifierKind
from comptoir.scenarios.history_people import Person
from comptoir.scenarios.history_world import HistoryWorld, aware, naive
from comptoir.scenarios.triggers import Audience, DateRule
from comptoir.scenarios.turn import Found

_DAY = timedelta(days=1)
_LEAP = (2, 29)


class Dated(NamedTuple):
    """A statement of a trait that is a date."""

    brand: str
    node_id: int
    occurred_at: datetime
    message_id: str
    anniversary: date | None


class Visited(NamedTuple):
    """A visit; without instants, somebody who only ordered."""

    brand: str
    node_id: int
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What was read for whoever begins by the calendar."""

    traits: Mapping[str, Sequence[Dated]] = field(default_factory=dict)
    """By trait."""
    visits: Sequence[Visited] = ()
    """Of those who came or ordered on one of the days that count."""
    first_seen: Mapping[int, int] = field(default_factory=dict)
    """Nodes that an audience may hold → when each was first seen. Units: microseconds since 1970."""
    chosen: Mapping[str, Collection[str]] = field(default_factory=dict)
    """An author's statement → the people it names now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPeople:
    """Gives the answers of `scenarios.audience.WarehousePeople` as of the world's instant (`scenarios.turn.People`)."""

    world: HistoryWorld
    calendar: Calendar

    def of_day(self, rule: DateRule, *, brand: str, zone: str, day: datetime) -> Sequence[Found]:
        """Give those whose day (local, at midnight, without zone) it was. Order: by profile."""
        meant = (day - timedelta(days=rule.days_after)).date()
        if rule.trait is not None:
            return self._of_trait(rule.trait, brand, meant)
        begins, ends = (naive(localtime.start_of_day(one, zone)) for one in (meant, meant + _DAY))
        if rule.since == "last_visit":
            return self._of_visit(brand, begins, ends)
        found = [
            (person.profile_id, keys.as_text(order.order_hash), order.node_id)
            for person in self._visitors()
            for order in self._orders(person, brand, is_last=rule.since == "last_order")
            if begins <= order.ordered_at < ends
        ]
        return [Found(node_id=node, profile_id=profile, about=order) for profile, order, node in sorted(found)]

    def of_audience(self, audience: Audience, *, brand: str) -> Sequence[Found]:
        """Give those of an audience, before its condition is asked. Order: by profile."""
        del brand  # as for the audiences of every day
        people, at = self.world.people, micros(self.world.now)
        named: Collection[str] | None = None
        if audience.sql is not None:
            named = set(self.calendar.chosen.get(audience.sql, ()))
        elif audience.people:
            named = {one.strip().lower() if "@" in one else one for one in audience.people}
        least: dict[str, int] = {}
        for node, seen in self.calendar.first_seen.items():
            if seen > at or not people.knows(node):
                continue
            profile = people.of(node).profile_id
            is_in = people.kind_of(node) == IdentifierKind.EMAIL if named is None else (
                people.value_of(node) in named or profile in named
            )  # fmt: skip
            if is_in:
                # a profile that is named is named by all its nodes
                mine = people.of(node).nodes if named is not None and profile in named else (node,)
                least[profile] = min(least.get(profile, node), *mine)
        return [Found(node_id=node, profile_id=profile) for profile, node in sorted(least.items())]

    def _of_trait(self, trait: str, brand: str, day: date) -> list[Found]:
        now, people = naive(self.world.now), self.world.people
        latest: dict[str, Dated] = {}
        for one in self.calendar.traits.get(trait, ()):
            if one.brand != brand or one.occurred_at > now or not people.knows(one.node_id):
                continue
            profile = people.of(one.node_id).profile_id
            held = latest.get(profile)
            if held is None or (one.occurred_at, one.message_id) >= (held.occurred_at, held.message_id):
                latest[profile] = one
        return [
            Found(node_id=one.node_id, profile_id=profile)
            for profile, one in sorted(latest.items())
            if one.anniversary is not None and falls_on(one.anniversary, day)
        ]

    def _of_visit(self, brand: str, begins: datetime, ends: datetime) -> list[Found]:
        now, people = naive(self.world.now), self.world.people
        came: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
        for one in self.calendar.visits:
            if (
                one.brand == brand
                and one.started_at is not None
                and one.started_at <= now
                and people.knows(one.node_id)
            ):
                at = now if one.ended_at is None else min(one.ended_at, now)
                came[people.of(one.node_id).profile_id].append((at, one.node_id))
        for person in self._visitors():
            came[person.profile_id] += [
                (order.ordered_at, order.node_id)
                for order, _ in self.world.carts.settled_of(person)
                if order.brand == brand
            ]
        last = sorted((profile, max(signs)) for profile, signs in came.items() if signs)
        return [Found(node_id=node, profile_id=profile) for profile, (at, node) in last if begins <= at < ends]

    def _visitors(self) -> Iterator[Person]:
        people = self.world.people
        nodes = {one.node_id for one in self.calendar.visits if people.knows(one.node_id)}
        yield from {people.of(node).profile_id: people.of(node) for node in sorted(nodes)}.values()

    def _orders(self, person: Person, brand: str, *, is_last: bool) -> list[Order]:
        found = [
            order
            for order, _ in self.world.carts.settled_of(person)
            if order.brand == brand and order.status != "cancelled"
        ]
        found.sort(key=lambda order: (-aware(order.ordered_at).timestamp(), keys.as_text(order.order_hash)))
        return found[:1] if is_last else found


def falls_on(anniversary: date, day: date) -> bool:
    """Say whether a day of the year comes back on a day; 29 February falls on the 28th where the year has none."""
    born = (anniversary.month, anniversary.day)
    return born == (day.month, day.day) or (
        born == _LEAP and (day.month, day.day) == (2, 28) and not isleap(day.year)
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Silences:
    """Says who had kept silent for too long (`model.consent.LapsedAt`); whoever shows a sign is good for years."""

    lapses: Callable[[Collection[int], datetime], Mapping[int, datetime]]
    """Give until when each of some nodes' people may be written to, as of an instant."""
    good_until: dict[int, datetime | None] = field(default_factory=dict)

    def __call__(self, nodes: Collection[int], now: datetime) -> frozenset[int]:
        """Give those of `nodes` whose person has kept silent for too long."""
        new = {node for node in nodes if self._is_open(node, now)}
        if new:
            found = self.lapses(new, now)
            self.good_until.update({node: aware(found[node]) if node in found else None for node in new})
        known = ((node, self.good_until[node]) for node in nodes)
        return frozenset(node for node, until in known if until is not None and until <= now)

    def _is_open(self, node: int, now: datetime) -> bool:
        until = self.good_until.get(node)
        return until is None or until <= now
