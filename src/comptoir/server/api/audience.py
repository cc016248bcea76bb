"""The audience of a brand over the API: visits without consent, as counts that lead to nobody."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from comptoir.access.roles import Right
from comptoir.audience.store import FOLDER, Report, Store
from comptoir.server.api.endpoints import Call, Endpoint

MOST_DAYS = 800


class Lately(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Of how many days up to today."""

    days: int = 28

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MOST_DAYS:
            raise ValueError(f"days is from 1 to {MOST_DAYS}")


def audience(call: Call) -> Report:
    """Give visitors and page views by day, and what was seen most."""
    brand, last = call.path["brand"], call.desk.clock.now().date()
    call.check_brand(brand)
    first = last - timedelta(days=call.query.days - 1)
    return Store(call.desk.settings.path(FOLDER)).report(brand, first, last)


ENDPOINTS = (
    Endpoint(
        method="GET", path="/brands/{brand}/audience", tag="Results", right=Right.SEE_RESULTS, query=Lately,
        answer=Report, act=audience, called="audience",
        summary="Visitors and page views without consent by day (UTC), and the pages, sites and devices most seen.",
    ),
)  # fmt: skip
"""What the API says of the audience."""
