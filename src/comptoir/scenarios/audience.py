"""Finding people by set in the warehouse: whose day it is, and who belongs to an audience."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from comptoir import localtime
from comptoir.quality import fields
from comptoir.scenarios.triggers import Audience, DateRule
from comptoir.scenarios.turn import Found
from comptoir.scenarios.world import Ask, statement
from comptoir.segments.traits_kept import kept_as

Select = Callable[[str], Sequence[tuple[Any, ...]]]
"""Run an author's SELECT behind the guard; its first column is a profile's name."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehousePeople:
    """Reads the documented views (`scenarios.turn.People`)."""

    ask: Ask
    select: Select
    rankers: Collection[str] = ()
    """Brands that rank their sources their own way."""

    def of_day(self, rule: DateRule, *, brand: str, zone: str, day: datetime) -> Sequence[Found]:
        """Give those whose day (local, at midnight, without zone) it is. Order: by profile."""
        meant = (day - timedelta(days=rule.days_after)).date()
        if rule.trait is not None:
            rows = self.ask(
                statement("people_of_trait_day"),
                {
                    "kept": kept_as(rule.trait, brand if brand in self.rankers else ""),
                    "paths": fields.paths(rule.trait), "day": meant.isoformat(), "brand": brand,
                },
            )  # fmt: skip
            return [Found(node_id=node, profile_id=profile) for node, profile in rows]
        between = {
            "begins": _naive(localtime.start_of_day(meant, zone)),
            "ends": _naive(localtime.start_of_day(meant + _DAY, zone)),
            "brand": brand,
        }
        if rule.since == "last_visit":
            rows = self.ask(statement("people_of_visit_day"), between)
            return [Found(node_id=node, profile_id=profile) for node, profile in rows]
        rows = self.ask(statement("people_of_order_day"), between | {"only_last": rule.since == "last_order"})
        return [Found(node_id=node, profile_id=profile, about=order) for node, profile, order in rows]

    def of_audience(self, audience: Audience, *, brand: str) -> Sequence[Found]:
        """Give those of an audience, before its condition is asked. Order: by profile."""
        del brand  # a person is shared between brands; consent, which is a brand's, is asked of each message
        if audience.sql is not None:
            named = sorted({str(row[0]) for row in self.select(audience.sql) if row and row[0] is not None})
            return self._named(named)
        if audience.people:
            return self._named(sorted({one.strip().lower() if "@" in one else one for one in audience.people}))
        return [
            Found(node_id=node, profile_id=profile) for node, profile in self.ask(statement("people_with_address"), {})
        ]

    def _named(self, named: list[str]) -> list[Found]:
        rows = self.ask(statement("people_named"), {"named": named}) if named else []
        return [Found(node_id=node, profile_id=profile) for node, profile in rows]


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
