"""Messages that pages of the site show to everybody, over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.messaging import placements
from comptoir.messaging.placements import CORNER, BadPlacement, Placement, PlacementNotFound
from comptoir.server.api.endpoints import Call, Endpoint


class PutPlacement(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a message says, where, on which pages and when (ISO 8601 with its zone)."""

    words: dict[str, dict[str, str]]
    slot: str = CORNER
    pages: list[str] = []
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    times: int = 0
    is_on: bool = True

    def __post_init__(self) -> None:
        if any(at is not None and at.tzinfo is None for at in (self.starts_at, self.ends_at)):
            raise ValueError("an instant says its zone, such as 2026-12-01T00:00:00+01:00")


def listing(call: Call) -> list[dict[str, Any]]:
    """List them."""
    with call.desk.state.read() as connection:
        found = placements.listing(connection, sorted(call.who.brands))
    return [placements.as_json(one, call.desk.clock.now()) for one in found]


def put(call: Call) -> dict[str, Any]:
    """Keep one, in the place of the one of its name."""
    said: PutPlacement = call.body
    call.check_brand(call.path["brand"])
    made = Placement(
        brand=call.path["brand"],
        name=call.path["name"],
        slot=said.slot,
        pages=tuple(said.pages),
        words=said.words,
        starts_at=said.starts_at,
        ends_at=said.ends_at,
        times=said.times,
        is_on=said.is_on,
    )
    with call.desk.state.write() as connection:
        placements.save(connection, made, call.desk.clock.now(), by=call.who.name)
    call.tell(about=made.name, brand=made.brand)
    return placements.as_json(made, call.desk.clock.now())


def remove(call: Call) -> None:
    """Take one away."""
    call.check_brand(call.path["brand"])
    with call.desk.state.write() as connection:
        placements.remove(connection, call.path["brand"], call.path["name"])
    call.tell(about=call.path["name"], brand=call.path["brand"])


ENDPOINTS = (
    Endpoint(
        method="GET", path="/placements", tag="On site", right=Right.CAMPAIGN, answer=list[dict[str, Any]], act=listing,
        summary="List the messages that pages of the site show to everybody.",
    ),
    Endpoint(
        method="PUT", path="/placements/{brand}/{name}", deed=Deed.PLACEMENT_SAVED,
        tag="On site", right=Right.CAMPAIGN, body=PutPlacement,
        answer=dict[str, Any], act=put, summary="Keep one, in the place of the one of its name.",
        errors=(BadPlacement,),
        example={"words": {"en": {"title": "Sale", "button": "Look", "url": "/sale"}}, "pages": ["/shoes/*"]},
    ),
    Endpoint(
        method="DELETE", path="/placements/{brand}/{name}", deed=Deed.PLACEMENT_REMOVED,
        tag="On site", right=Right.CAMPAIGN, answer=None,
        status=204, act=remove, summary="Take one away.", errors=(PlacementNotFound,),
    ),
)  # fmt: skip
"""What the API says of messages on the site."""
