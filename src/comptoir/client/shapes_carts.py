"""
What the API takes and answers about carts, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Cart(TypedDict):
    """A cart, whose it is, and what was said for it."""

    cart_id: str
    brand: str
    state: str
    profile_id: str | None
    person: str
    opened_at: str
    last_action_at: str
    item_count: int
    amount_minor: int | None
    currency: str | None
    products: list[dict[str, Any]]
    order_id: str | None
    ordered_at: str | None
    scenario: str
    message_id: str
    outcome: str
    because: str


class CartsStep(TypedDict):
    """People who got so far, or further."""

    step: Literal["cart", "checkout", "order", "viewed"]
    people: int


class Funnel(TypedDict):
    """How many carts there are of each state, and how far people got."""

    sums: list[Sum]
    steps: list[CartsStep]


class PageOfCart(TypedDict):
    """A part of a list, and where the next one begins."""

    items: list[Cart]
    next: str | None


class Sum(TypedDict):
    """How many carts, and what they are worth by currency."""

    state: Literal["", "going", "left", "ordered"]
    carts: int
    amount_minor: dict[str, int]
