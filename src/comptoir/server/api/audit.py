"""The audit over the API: who changed what, when, and by which door."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from comptoir.access import audit
from comptoir.access.roles import Right
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import Call, Endpoint, Page, Paged


class Asked(Paged, kw_only=True, forbid_unknown_fields=True):
    """Which entries; days are of UTC, and `until` is the last one."""

    who: str = ""
    deed: str = ""
    about: str = ""
    since: date | None = None
    until: date | None = None


class Entry(msgspec.Struct, kw_only=True):
    """Something that somebody did."""

    seq: int
    at: datetime
    who: str
    """With its kind, such as `user:claire`, `source:site` or `machine:root`."""
    door: str
    """page, api or command."""
    deed: str
    about: str
    brand: str
    """Empty for the whole installation."""


def listed(call: Call) -> Page[Entry]:
    """List what was done. Order: newest first."""
    said: Asked = call.query
    place = cursors.read(said.cursor, tuple[int])
    asked = audit.Asked(who=said.who, deed=said.deed, about=said.about, since=said.since, until=said.until)
    with call.desk.state.read() as connection:
        found = audit.listing(
            connection, asked, brands=call.who.brands, before=place[0] if place else None, most=said.limit + 1
        )
    return cursors.page([_told(one) for one in found], said, lambda one: (one.seq,))


def _told(one: audit.Entry) -> Entry:
    return Entry(seq=one.seq, at=one.at, who=one.who, door=one.door, deed=one.deed, about=one.about, brand=one.brand)


ENDPOINTS = (
    Endpoint(
        method="GET", path="/audit", tag="Users", right=Right.RUN, query=Asked, answer=Page[Entry], act=listed,
        summary="Who changed what, when, and by which door: page, API or command line; newest first.",
    ),
)  # fmt: skip
"""What the API says of the audit."""
