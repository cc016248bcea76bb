"""Which brands, country and days an answer is about, said as the addresses of the screens say it."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from comptoir.access import keys
from comptoir.access.users import NoSuchBrand
from comptoir.server.api.endpoints import BadRequest, Call
from comptoir.web.visit import Period, Scope


class Span(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which brand and country, and how many days up to which: d(ay), w(eek), m(onth), q(uarter), y(ear)."""

    brand: str = ""
    country: str = ""
    period: Literal["", "d", "w", "m", "q", "y"] = ""
    until: date | None = None
    """The last day; today where none is named."""


def scope(call: Call, *, default: Period = Period.WEEK) -> Scope:
    """
    Read what an answer is about.

    Raises: NoSuchBrand, for one that the asker may not see too; BadRequest for a country where no brand sells.
    """
    asked: Span = call.query
    found = [one for one in keys.list_brands(call.desk.state) if call.may_see(one.name)]
    if asked.brand and asked.brand not in {one.name for one in found}:
        raise NoSuchBrand(brands=[asked.brand[:100]])
    if asked.country and asked.country.upper() not in {one.country for one in found}:
        raise BadRequest(country=asked.country[:20], problem="no brand is of this country")
    return call.desk.scope(call.request, default=default)
