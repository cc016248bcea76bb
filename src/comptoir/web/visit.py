"""A visit to the desk: who asks, and which brands, country and days the page is about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.requests import Request

from comptoir.access.keys import Brand
from comptoir.access.roles import Principal

SCOPE_KEY = "comptoir.visit"
"""Where the front leaves the visit in an ASGI scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who asks: a person signed in, a program with a key, or whoever has the machine."""

    principal: Principal
    token: str
    """What a form must carry to change anything: another site's page cannot know it."""
    is_signed_in: bool = False
    must_change: bool = False
    """Whether the first password has to be replaced before anything else."""
    every_brand: Sequence[Brand] = ()
    """The brands of the installation, read once for the request. Order: by name."""

    @property
    def brands(self) -> list[Brand]:
        """The brands that the visitor is for. Order: by name."""
        return [one for one in self.every_brand if self.principal.may_see(one.name)]


def zone_of(visit: Visit, brand: str = "") -> ZoneInfo:
    """Give the time zone of what a visitor looks at: the brand's that she chose, else that of the first of hers."""
    mine = visit.brands
    chosen = next((one for one in mine if one.name == brand), mine[0] if mine else None)
    try:
        return ZoneInfo(_UTC if chosen is None else chosen.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(_UTC)


_UTC = "UTC"


class Period(StrEnum):
    """How many days a page looks at. Order: shortest first."""

    DAY = "d"
    WEEK = "w"
    MONTH = "m"
    QUARTER = "q"
    YEAR = "y"


DAYS = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 30, Period.QUARTER: 90, Period.YEAR: 365}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a page is about. It stands in the address, so that a page can be sent to a colleague."""

    brand: str
    """Empty for every brand."""
    country: str
    """Empty for every country."""
    brands: tuple[str, ...]
    """The brands that the figures are of; none: every one there is."""
    period: Period
    last_day: date
    today: date
    zone: tzinfo = UTC
    """Whose midnights part the days."""

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return self.last_day - timedelta(days=DAYS[self.period] - 1)

    @property
    def since(self) -> datetime:
        """The period's first instant."""
        return _midnight(self.first_day, self.zone)

    @property
    def until(self) -> datetime:
        """The first instant after the period."""
        return _midnight(self.last_day + timedelta(days=1), self.zone)

    @property
    def before(self) -> datetime:
        """The first instant of the period before, which is as long and ends where this one begins."""
        return _midnight(self.first_day - timedelta(days=DAYS[self.period]), self.zone)

    @property
    def earlier(self) -> str:
        """The last day of the period before, as the address writes it."""
        return (self.last_day - timedelta(days=DAYS[self.period])).isoformat()

    @property
    def later(self) -> str | None:
        """The last day of the next period, as the address writes it; None where that is yet to come."""
        if self.last_day >= self.today:
            return None
        return min(self.today, self.last_day + timedelta(days=DAYS[self.period])).isoformat()


def visit_of(request: Request) -> Visit:
    """Give who made this request."""
    visit: Visit = request.scope[SCOPE_KEY]
    return visit


def token_of(secret: str) -> str:
    """Derive the token of forms from what only the visitor's browser holds."""
    return hashlib.sha256(f"form:{secret}".encode()).hexdigest()[:32]


def scope_of(request: Request, now: datetime, *, default: Period = Period.WEEK) -> Scope:
    """Read what a page is about from its address; what makes no sense there is left out."""
    visit = visit_of(request)
    may, has_all = visit.brands, not visit.principal.brands
    asked = request.query_params
    brand = asked.get("brand", "")
    brand = brand if any(one.name == brand for one in may) else ""
    country = asked.get("country", "").upper()
    country = country if any(one.country == country for one in may) else ""
    chosen = tuple(one.name for one in may if brand in {"", one.name} and country in {"", one.country})
    period = asked.get("period", "")
    zone = zone_of(visit, brand)
    today = now.astimezone(zone).date()
    return Scope(
        brand=brand,
        country=country,
        # no brand fits both: a name that no brand has, or the figures would be of all of them
        brands=() if has_all and len(chosen) == len(may) else chosen or ("\0",),
        period=Period(period) if period in set(Period) else default,
        last_day=min(today, _day(asked.get("until", "")) or today),
        today=today,
        zone=zone,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
