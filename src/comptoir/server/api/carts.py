"""Carts over the API: in progress, left and ordered, and which message went for each, or why none."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.access.users import NoSuchBrand
from comptoir.reports.service import EngineUnreachable
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import MOST_ITEMS, Call, Endpoint, Page
from comptoir.server.api.spans import Span, scope
from comptoir.web import carts
from comptoir.web.view import speech_of

_WHICH = Literal["", "going", "left", "ordered"]


class Which(Span, kw_only=True, forbid_unknown_fields=True):
    """Which carts, and in which order: by last action, worth, or when they were opened."""

    state: _WHICH = ""
    sort: Literal["last", "worth", "opened"] = "last"


class Listed(Which, kw_only=True, forbid_unknown_fields=True):
    """Which carts, in parts."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_ITEMS)] = 50
    cursor: str | None = None


class Cart(msgspec.Struct, kw_only=True):
    """A cart, whose it is, and what was said for it."""

    cart_id: str
    brand: str
    state: str
    profile_id: str | None
    person: str
    """What she is called; empty where nobody knows."""
    opened_at: datetime
    last_action_at: datetime
    item_count: int
    amount_minor: int | None
    currency: str | None
    products: list[dict[str, Any]]
    order_id: str | None
    ordered_at: datetime | None
    scenario: str
    message_id: str
    outcome: str
    """Of the message; empty where none was wished."""
    because: str
    """What came of it, or why there is none, in words."""


class Sum(msgspec.Struct, kw_only=True):
    """How many carts, and what they are worth by currency."""

    state: _WHICH
    carts: int
    amount_minor: dict[str, int]


class Step(msgspec.Struct, kw_only=True):
    """People who got so far, or further."""

    step: Literal["viewed", "cart", "checkout", "order"]
    people: int


class Funnel(msgspec.Struct, kw_only=True):
    """How many carts there are of each state, and how far people got."""

    sums: list[Sum]
    steps: list[Step]


def listed(call: Call) -> Page[Cart]:
    """List carts."""
    asked: Listed = call.query
    place = cursors.read(asked.cursor, tuple[int])
    start = min(max(place[0], 0), carts.FARTHEST) if place else 0
    said = speech_of(call.request)
    which = carts.parameters_of(scope(call), asked.state, asked.sort, start=start, most=asked.limit + 1)
    rows = call.wait(call.desk.report, "carts", **which)
    kept = carts.kept_of(call.desk, rows, said)
    found = [_told(carts.cart_of(row, kept, said)) for row in rows[: asked.limit]]
    # a cart that is touched meanwhile goes to the top: a walk may show one twice, and misses none that stands still
    after = start + asked.limit
    return Page(items=found, next=cursors.write([after]) if len(rows) > asked.limit else None)


def file(call: Call) -> bytes:
    """Give carts as CSV."""
    asked: Which = call.query
    which = carts.parameters_of(scope(call), asked.state, asked.sort, start=0, most=carts.MOST_CSV)
    return carts.csv_of(call.desk, which)


def funnel(call: Call) -> Funnel:
    """Count carts by state, and people by how far they got."""
    span = carts.span_of(scope(call))
    sums = call.wait(call.desk.report, "carts_states", **span)
    steps = call.wait(call.desk.report, "carts_funnel", **span)
    return Funnel(
        sums=[
            Sum(state=one.key, carts=one.times, amount_minor=dict(one.worth))  # type: ignore[arg-type] # a key of STATES
            for one in carts.sums_of(sums)
        ],
        steps=[Step(step=carts.STEPS[row["step"] - 1], people=row["people"]) for row in steps],  # type: ignore[arg-type] # of STEPS
    )


def _told(one: carts.Cart) -> Cart:
    row = one.row
    return Cart(
        cart_id=row["cart_id"], brand=row["brand"], state=row["state"], profile_id=row["profile_id"], person=one.name,
        opened_at=row["opened_at"], last_action_at=row["last_action_at"], item_count=row["item_count"] or 0,
        amount_minor=row["amount_minor"], currency=row["currency"], products=list(row["products"] or ()),
        order_id=row["order_id"], ordered_at=row["ordered_at"], scenario=one.said.scenario,
        message_id=one.said.message_id, outcome=one.said.outcome, because=one.said.because,
    )  # fmt: skip


ENDPOINTS = (
    Endpoint(
        method="GET", path="/carts", tag="Carts", right=Right.SEE_CUSTOMERS, query=Listed, answer=Page[Cart],
        act=listed, errors=(NoSuchBrand, EngineUnreachable),
        summary="Carts with their person, products and worth, and which message went for each, or why none.",
    ),
    Endpoint(
        method="GET", path="/carts.csv", deed=Deed.PEOPLE_EXPORTED, called="carts_csv",
        tag="Carts", right=Right.SEE_CUSTOMERS, query=Which,
        answer=str, act=file, media_type="text/csv; charset=utf-8", errors=(NoSuchBrand, EngineUnreachable),
        summary="The same as CSV, at most 100,000 carts.",
    ),
    Endpoint(
        method="GET", path="/carts/funnel", tag="Carts", right=Right.SEE_CUSTOMERS, query=Span, answer=Funnel,
        act=funnel, errors=(NoSuchBrand, EngineUnreachable),
        summary="Carts by state with their worth, and how many people viewed, put in, checked out and ordered.",
    ),
)  # fmt: skip
"""What the API says of carts."""
