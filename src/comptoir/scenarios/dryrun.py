"""A rehearsal: any scenario on days that are past, before it goes live; nothing is written and nothing is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from comptoir.access import keys
from comptoir.config import Settings
from comptoir.messaging.outbox import Sender
from comptoir.scenarios.dryrun_play import House, Progress, Wanted, stage
from comptoir.scenarios.dryrun_report import Rehearsal, report
from comptoir.scenarios.engine import Engine
from comptoir.scenarios.history import Stretch
from comptoir.scenarios.history_carts import CartRules
from comptoir.scenarios.history_more import Ask, Select
from comptoir.state.base import State

_AFTER = timedelta(days=1)
"""How long a history that stopped long ago goes on in silence, so that waits come to their end."""


class Wired(Protocol):
    """An installation whose scenarios are wired, such as `acting.Acting`; its stores may be open for reading only."""

    @property
    def settings(self) -> Settings:
        """Give the settings."""
        ...

    @property
    def state(self) -> State:
        """Give the state store."""
        ...

    @property
    def engine(self) -> Engine:
        """Give the engine of scenarios."""
        ...

    def sender(self) -> Sender:
        """Wire the sender."""
        ...


def house(wired: Wired, ask: Ask, *, brand: str | None = None, select: Select | None = None) -> House:
    """
    Borrow from an installation what a rehearsal needs; `ask` answers its own questions to the warehouse.

    `select` gives the people whom an author's statement names now, behind the guard.
    """
    shop = wired.settings.shop
    brands = keys.list_brands(wired.state)
    zone = next((one.time_zone for one in brands if brand in {None, one.name}), "UTC")
    return House(
        state=wired.state,
        ask=ask,
        engine=wired.engine,
        sender=wired.sender(),
        rules=CartRules(
            abandoned=timedelta(minutes=shop.cart_abandoned_minutes),
            expired=timedelta(days=shop.cart_expired_days),
            joined=timedelta(days=shop.order_cart_days),
        ),
        zone=zone,
        select=select,
        silence_years=(wired.settings.consent.prospect_years, wired.settings.consent.customer_years),
    )


def last_days(ask: Ask, now: datetime, days: int, brand: str | None = None) -> Stretch:
    """Give the last days of history: up to now, or up to a day after its last event where it stopped before them."""
    (span,) = ask("history_span", {"brand": brand}).to_pylist()
    newest = span["newest_at"]
    until = now
    if newest is not None and newest.replace(tzinfo=UTC) < now - timedelta(days=days):
        until = newest.replace(tzinfo=UTC) + _AFTER
    return Stretch(since=until - timedelta(days=days), until=until, brand=brand)


def dry_run(house: House, wanted: Wanted, progress: Progress | None = None) -> Rehearsal:
    """
    Play the days again through the real engine, ledger and sender, over a state in memory, and say what came of it.

    The same home, text, days and seed give the same answer, byte for byte.

    Raises: BadDefinition.
    """
    made = stage(house, wanted)
    try:
        made.run(progress)
        return report(made, wanted.seed)
    finally:
        made.close()


def days_before(until: datetime, days: int, brand: str | None = None) -> Stretch:
    """Give the days before an instant."""
    return Stretch(since=until - timedelta(days=days), until=until, brand=brand)
