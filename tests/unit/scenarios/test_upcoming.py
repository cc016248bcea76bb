from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from comptoir.model.message import MessageClass, Outcome, Reason
from comptoir.pressure.caps import Cap, Policy
from comptoir.scenarios import upcoming
from tests.acting_house import BRAND, NOON, House, act, build, built_in, node
from tests.pressure_house import wish

ONE_A_DAY = Policy(caps=(Cap(1, timedelta(hours=24)),), gap=timedelta(), look_ahead=timedelta(hours=6))


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = build(tmp_path, policy=ONE_A_DAY)
    looking = replace(made.engine.pressure, upcoming=partial(upcoming.of, steps=built_in))
    made.engine = replace(made.engine, pressure=looking)
    return made


def coming(house: House, **span: float) -> list[tuple[str, float]]:
    now = house.clock.now()
    with house.state.read() as connection:
        found = upcoming.of(connection, [node("ann")], now, now + timedelta(**span), steps=built_in)
    return [(one.wish.key, (one.due_at - NOON) / timedelta(minutes=1)) for one in found]


def test_a_waiting_basket_is_seen_coming_until_it_is_ordered(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))

    assert coming(house, hours=1) == [("abandoned-basket/reminder", 25.0)]
    assert coming(house, minutes=10) == []

    house.tick(act("Order Completed", "ann", cart, NOON))
    assert coming(house, hours=1) == []


def test_a_newsletter_makes_room_for_the_reminder_that_is_due_in_half_an_hour(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    newsletter = wish(
        "newsletter", node=node("ann"), contact="ann@example.org", kind=MessageClass.CAMPAIGN, at=NOON, hours=12,
        brand=BRAND,
    )  # fmt: skip

    with house.state.write() as connection:
        (verdict,) = house.engine.pressure.arbitrate(connection, [newsletter], NOON)

    assert (verdict.outcome, verdict.reason) == (Outcome.DEFERRED, Reason.BETTER_SOON)
    assert verdict.until is not None
    assert verdict.until > NOON + timedelta(minutes=25)


def test_a_newsletter_goes_where_nothing_better_is_coming(house: House) -> None:
    house.shopper("ann")
    newsletter = wish(
        "newsletter", node=node("ann"), contact="ann@example.org", kind=MessageClass.CAMPAIGN, at=NOON, hours=12,
        brand=BRAND,
    )  # fmt: skip

    with house.state.write() as connection:
        (verdict,) = house.engine.pressure.arbitrate(connection, [newsletter], NOON)

    assert verdict.outcome == Outcome.QUEUED
