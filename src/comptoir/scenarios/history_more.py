"""What some scenarios ask of history beside carts: interest, pages, prices, orders of others, days and audiences."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, or_, select

from comptoir.facts.orders import Row
from comptoir.identity import rows as identity
from comptoir.model.identifier import IdentifierKind
from comptoir.model.scenario import BACK_IN_STOCK, PAGE_VIEWED, PRICE_DROPPED
from comptoir.quality import fields
from comptoir.scenarios.happenings import happenings_from
from comptoir.scenarios.history_bought import Bought
from comptoir.scenarios.history_finder import Calendar, Dated, Visited
from comptoir.scenarios.history_interest import MEMORY, SIGNS, VIEWED, Change, Interests, Paged, Sign
from comptoir.scenarios.parse import Definition
from comptoir.scenarios.triggers import DateRule

Ask = Callable[[str, Mapping[str, object]], pa.Table]
Select = Callable[[str], Collection[str]]
"""Give the people an author's statement names, in the warehouse as it is now."""

_AT_ONCE = 20_000
"""Names in one question: a request to the engine has a limit."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_A_YEAR = 365
_SLACK = timedelta(days=2)
"""Zones, and days that are served late."""
_CHANGES = frozenset({BACK_IN_STOCK, PRICE_DROPPED})
_VIEWS = frozenset({"views", "shelf:viewed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What definitions will ask of history."""

    definitions: tuple[Definition, ...]

    @property
    def names(self) -> frozenset[str]:
        """Give what they listen to."""
        return frozenset().union(*(one.listens_to for one in self.definitions))

    @property
    def needs(self) -> frozenset[str]:
        """Give what they look at."""
        return frozenset().union(*(one.needs for one in self.definitions))

    def date_rules(self) -> list[DateRule]:
        """Give their days."""
        return [one.trigger.date for one in self.definitions if one.trigger.date is not None]

    def prefixes(self) -> list[str]:
        """Give the beginnings of paths they listen to, as a tick would ask for them; none: all."""
        seen: list[list[str]] = []

        def note(_sql: str, params: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
            seen.append(params["prefixes"])
            return ()

        happenings_from(note, tick_id=0, now=_NEVER, names={PAGE_VIEWED}, definitions=self.definitions)
        return seen[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """What was read of it."""

    pages: Sequence[tuple[int, Paged]] = ()
    """Beside when it was seen, in microseconds since 1970; so are changes."""
    changes: Sequence[tuple[int, Change]] = ()
    signs: Sequence[Sign] = ()
    bought: Sequence[tuple[datetime, Row]] = ()
    calendar: Calendar = field(default_factory=Calendar)

    @property
    def nodes(self) -> set[int]:
        """Give everybody it speaks of."""
        found = {one.node_id for _, one in self.pages} | {one.node_id for one in self.signs}
        found |= {one.node_id for one in self.calendar.visits} | set(self.calendar.first_seen)
        return found | {one.node_id for some in self.calendar.traits.values() for one in some}

    def bought_then(self) -> Bought:
        """Give what is bought beside what, before the first order."""
        return Bought(self.bought)

    def interests(self, views: Iterable[Sign]) -> Interests:
        """Give all interest there was, views of people we look at included."""
        return Interests.of([*self.signs, *views])


def read(
    ask: Ask, state: Connection, asked: Asked, bounds: Mapping[str, Any], chosen: Mapping[str, Collection[str]]
) -> More:
    """Read what these definitions ask for, and nothing where they ask for nothing."""
    changes = _changes(ask, asked, bounds)
    products = sorted({one.product_id for _, one in changes})
    return More(
        pages=list(_pages(ask, asked, bounds)),
        changes=changes,
        signs=signs(ask, bounds, names=SIGNS, products=products),
        bought=list(_bought(ask, bounds)) if "shelf:complements" in asked.needs else (),
        calendar=Calendar(
            traits=_traits(ask, asked, bounds),
            visits=_visits(ask, asked, bounds),
            first_seen=_audiences(state, asked, chosen),
            chosen=chosen,
        ),
    )


def signs(
    ask: Ask, bounds: Mapping[str, Any], *, names: Iterable[str] = (VIEWED,), nodes: Iterable[int] = (),
    products: Iterable[str] = (),
) -> list[Sign]:  # fmt: skip
    """Give the signs of interest of some people, or in some products, that may count in these days."""
    found: list[Sign] = []
    since = bounds["from_at"] - MEMORY // timedelta(microseconds=1)
    more = {"names": list(names), "brand": bounds["brand"], "from_at": since, "until_at": bounds["until_at"]}
    for some in batched_sorted(nodes):
        found += map(Sign._make, _tuples(ask("history_interest", more | {"nodes": some, "products": []}), Sign))
    for items in batched_sorted(products):
        found += map(Sign._make, _tuples(ask("history_interest", more | {"nodes": [], "products": items}), Sign))
    return found


def batched_sorted(found: Iterable[Any]) -> Iterator[list[Any]]:
    """Cut a set into lists that one question can hold."""
    yield from _cut(sorted(set(found)), _AT_ONCE)


def _cut(found: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(found), size):
        yield list(found[start : start + size])


def seen_at(table: pa.Table) -> list[int]:
    """Give when each row was seen. Units: microseconds since 1970."""
    return list(table["seen_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_pylist())


def looks_at_views(needs: frozenset[str]) -> bool:
    """Say whether somebody asks what people looked at."""
    return bool(needs & _VIEWS)


def _tuples(table: pa.Table, kind: Any) -> Iterator[tuple[Any, ...]]:
    return zip(*(table[name].to_pylist() for name in kind._fields), strict=True)


def _pages(ask: Ask, asked: Asked, bounds: Mapping[str, Any]) -> Iterator[tuple[int, Paged]]:
    if PAGE_VIEWED in asked.names:
        table = ask("history_pages", {**bounds, "prefixes": asked.prefixes()})
        yield from zip(seen_at(table), map(Paged._make, _tuples(table, Paged)), strict=True)


def _changes(ask: Ask, asked: Asked, bounds: Mapping[str, Any]) -> list[tuple[int, Change]]:
    if not asked.names & _CHANGES:
        return []
    table = ask("history_changes", bounds)
    return list(zip(seen_at(table), map(Change._make, _tuples(table, Change)), strict=True))


def _bought(ask: Ask, bounds: Mapping[str, Any]) -> Iterator[tuple[datetime, Row]]:
    table = ask("history_bought", bounds)
    seen = table["seen_at"].to_pylist()
    return zip(seen, map(Row._make, _tuples(table, Row)), strict=True)


def _traits(ask: Ask, asked: Asked, bounds: Mapping[str, Any]) -> dict[str, list[Dated]]:
    found: dict[str, list[Dated]] = {}
    for rule in asked.date_rules():
        if rule.trait is not None:
            days = days_of_year(*_window(rule, bounds))
            table = ask(
                "history_trait", {"paths": fields.paths(rule.trait), "days": days, "until_at": bounds["until_at"]}
            )
            known = {*found.get(rule.trait, ()), *map(Dated._make, _tuples(table, Dated))}
            found[rule.trait] = sorted(known, key=lambda one: (one.occurred_at, one.message_id, one.node_id))
    return found


def days_of_year(begins: date, ends: date) -> list[str]:
    """Give the days of the year between two days, both included, as MM-DD; a leap day that a year has not too."""
    days = {begins + timedelta(days=number) for number in range(min((ends - begins).days, _A_YEAR) + 1)}
    found = {f"{day:%m-%d}" for day in days}
    if any((day.month, day.day) == (2, 28) and not isleap(day.year) for day in days):
        found.add("02-29")
    return sorted(found)


def _window(rule: DateRule, bounds: Mapping[str, Any]) -> tuple[date, date]:
    after = timedelta(days=rule.days_after)
    begins, ends = (_NEVER + timedelta(microseconds=bounds[name]) for name in ("from_at", "until_at"))
    return (begins - after - _SLACK).date(), (ends - after + _SLACK).date()


def _visits(ask: Ask, asked: Asked, bounds: Mapping[str, Any]) -> list[Visited]:
    found: set[Visited] = set()
    for rule in asked.date_rules():
        if rule.trait is None:
            begins, ends = (_midnight(day) for day in _window(rule, bounds))
            wanted = {"brand": bounds["brand"], "from_at": begins, "until_at": ends, "to_at": bounds["until_at"]}
            found.update(map(Visited._make, _tuples(ask("history_visits", wanted), Visited)))
    return sorted(found, key=lambda one: (one.brand, one.node_id, str(one.started_at)))


def _midnight(day: date) -> int:
    return (day - date(1970, 1, 1)) // timedelta(microseconds=1)


def _audiences(state: Connection, asked: Asked, chosen: Mapping[str, Collection[str]]) -> dict[int, int]:
    """Give the nodes that an audience may hold, beside when each was first seen."""
    n = identity.nodes.c
    wanted = select(n.node_id, n.first_seen_at)
    found: dict[int, int] = {}
    for one in asked.definitions:
        if one.trigger.schedule is None:
            continue
        audience = one.trigger.schedule.audience
        named = audience.people if audience.sql is None else tuple(chosen.get(audience.sql, ()))
        if audience.sql is None and not named:
            found |= {
                row.node_id: row.first_seen_at
                for row in state.execute(wanted.where(n.kind == IdentifierKind.EMAIL.value))
            }
        for some in _cut(sorted(named), 500):
            values = [name.strip().lower() if "@" in name else name for name in some]
            founders = [node for node in map(_node_of, some) if node is not None]
            asks = wanted.where(or_(n.value.in_(values), n.node_id.in_(founders), n.founder.in_(founders)))
            found |= {row.node_id: row.first_seen_at for row in state.execute(asks)}
    return found


def _node_of(profile: str) -> int | None:
    """Give the node that a profile is named after; None where it is no profile's name."""
    try:
        node = int(profile.removeprefix("p"), 16) if profile.startswith("p") else None
    except ValueError:
        return None
    return node if node is None or node < 1 << 63 else node - (1 << 64)
