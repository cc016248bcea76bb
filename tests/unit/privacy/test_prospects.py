"""The clock of three years: a click, an order, a visit or a form start it again; an open and our own mails do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from comptoir.clock import micros
from comptoir.model.event import Line
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.model.tick import SpoolName
from comptoir.privacy import prospects
from tests.shop import START, Shop

YEARS = timedelta(days=365)
COLLECTED = datetime(2020, 2, 29, 12, tzinfo=UTC)


def record(shop: Shop, name: str, at: datetime, properties: dict[str, object], **fields: Any) -> Line:
    stamps: dict[str, Any] = {"timestamp": micros(at), "received_at": micros(START)}
    return shop.line(
        name, type="record", trust="confirmed", historical=True, source="files", properties=properties,
        **stamps, **fields,
    )  # fmt: skip


def lapsed(shop: Shop, name: str, now: datetime) -> bool:
    node = node_of(IdentifierKind.EMAIL, f"{name}@example.org")
    with shop.warehouse.cursor() as cursor:
        return node in prospects.lapsed(cursor, [node], now)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    made = Shop(tmp_path_factory.mktemp("home") / "home", acts=False)
    lines = []
    for name in ("silent", "clicker", "opener", "robot", "buyer", "visitor", "written-to"):
        lines.append(record(made, "Contact", COLLECTED, {}, user_id=name, traits={"email": f"{name}@example.org"}))
    made.say(*lines, spool=SpoolName.BACK)
    made.tick()
    later = COLLECTED + 2 * YEARS
    told = [("clicker", "clicked", None), ("opener", "opened", None), ("robot", "clicked", "scanner"),
            ("written-to", "accepted", None)]  # fmt: skip
    more = [
        record(made, "Delivery", later, {
            "message_id": f"m-{name}", "kind": kind, "node_id": node_of(IdentifierKind.EMAIL, f"{name}@example.org"),
            "robot_reason": robot,
        })
        for name, kind, robot in told
    ]  # fmt: skip
    more.append(record(made, "Order Line", later, {
        "order_id": "o1", "product_id": "lamp", "quantity": "1", "price": "10", "currency": "EUR",
    }, user_id="buyer"))  # fmt: skip
    more.append(
        made.line(
            "Product Viewed", user_id="visitor", timestamp=micros(later), received_at=micros(later), trust="confirmed"
        )
    )
    made.say(*more, spool=SpoolName.BACK)
    made.tick()
    return made


END = datetime(2023, 2, 28, 12, tzinfo=UTC)
"""Three years from a 29th of February."""


@pytest.mark.parametrize("name", ["silent", "opener", "robot", "written-to"])
def test_the_silent_are_left_alone_at_the_very_instant(shop: Shop, name: str) -> None:
    assert not lapsed(shop, name, END - timedelta(microseconds=1))
    assert lapsed(shop, name, END)


@pytest.mark.parametrize("name", ["clicker", "buyer", "visitor"])
def test_a_sign_of_life_starts_the_clock_again(shop: Shop, name: str) -> None:
    assert not lapsed(shop, name, END + timedelta(days=1))
    assert not lapsed(shop, name, datetime(2025, 2, 27, 12, tzinfo=UTC))
    assert lapsed(shop, name, datetime(2025, 2, 28, 12, tzinfo=UTC))


def test_the_listing_says_since_when_and_who_was_a_customer(shop: Shop) -> None:
    with shop.warehouse.cursor() as cursor:
        before = prospects.listing(cursor, END - timedelta(days=1))
        found = prospects.listing(cursor, datetime(2026, 1, 1, tzinfo=UTC))
    assert before == []
    assert len(found) == 7
    assert [one.is_customer for one in found].count(True) == 1
    assert found[0].lapses_at == END


def test_nobody_is_asked_about_nobody(shop: Shop) -> None:
    with shop.warehouse.cursor() as cursor:
        assert prospects.lapsed(cursor, [], END) == frozenset()
        assert prospects.lapsed(cursor, [12345], END) == frozenset()
