"""Clients that send each event by itself: parts of a visit overtake each other, and it stays the visit it was."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from comptoir.clock import micros
from tests.shop import START, Shop

CUP = {"product_id": "p1", "price": 12.5, "currency": "EUR"}
PARTS = ("Cups", "Product Viewed", "Product Added", "Checkout Started", "Order Completed")
BETWEEN, ON_THE_WAY = timedelta(milliseconds=4), timedelta(milliseconds=30)
"""Between two parts as the visitor's browser says them, and as they come; and what the quickest takes."""


def visit(shop: Shop, run: str, order: Sequence[int], ahead: timedelta) -> None:
    """Say the parts of a visit in the order in which they came; the browser's clock is `ahead` of ours."""
    here = START + timedelta(hours=1, milliseconds=300)
    for place, which in enumerate(order):
        said = micros(here + which * BETWEEN + ahead)
        more: dict[str, Any] = CUP | {"cart_id": f"{run}-cart"}
        if which == len(PARTS) - 1:
            more |= {"order_id": f"{run}-order", "total": 25, "products": [CUP | {"quantity": 2}]}
        shop.say(
            shop.line(
                PARTS[which],
                type="track" if which else "page",
                user_id=run,
                anonymous_id=f"{run}-browser",
                timestamp=said,
                sent_at=said,
                received_at=micros(here + ON_THE_WAY + (len(PARTS) + place) * BETWEEN),
                message_id=f"{run}-{which}",
                properties=more | ({"quantity": 2} if which == 2 else {}),
            )
        )


def became(shop: Shop, run: str) -> dict[str, list[tuple[Any, ...]]]:
    asked = {
        "events": f"SELECT name FROM events_all WHERE user_id = '{run}' ORDER BY occurred_at",
        "cart": f"SELECT state, item_count, amount_minor, session_count FROM carts WHERE cart_id = '{run}-cart'",
        "order": f"SELECT status, gross_minor FROM orders WHERE order_id = '{run}-order'",
        "visits": f"SELECT count(DISTINCT session_id) FROM events_all WHERE user_id = '{run}'",
    }
    return {what: shop.raw(sql) for what, sql in asked.items()}


@pytest.mark.parametrize(
    "ahead",
    [timedelta(0), timedelta(milliseconds=70), timedelta(minutes=20, milliseconds=500), -timedelta(minutes=7)],
    ids=["right", "a little ahead", "ahead", "behind"],
)
def test_a_visit_whose_parts_overtake_each_other_is_the_visit_it_was(home: Path, ahead: timedelta) -> None:
    orders = list(itertools.permutations(range(len(PARTS))))
    drawn = [orders[0], orders[-1], *random.Random(7).sample(orders, 40)]
    shop = Shop(home, acts=False)

    for number, order in enumerate(drawn):
        visit(shop, f"v{number}x", order, ahead)
    shop.tick()
    visits = {order: became(shop, f"v{number}x") for number, order in enumerate(drawn)}
    shop.close()

    wanted = {
        "events": [(name,) for name in PARTS],
        "cart": [("ordered", 2, 2_500, 1)],
        "order": [("completed", 2_500)],
        "visits": [(1,)],
    }
    assert {order: seen for order, seen in visits.items() if seen != wanted} == {}
