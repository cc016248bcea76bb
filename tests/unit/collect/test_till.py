"""Tickets of a till: orders of a shop, by a secret key only."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect.dialects.till import Till
from comptoir.collect.pipeline import collect
from comptoir.model.event import RefusalReason, Trust, encode

from .dialect import properties, read
from .lines import world

TILL = Till()
ONE = "/till/v1/ticket"
TICKET = {
    "ticket": 17, "shop": "Lyon", "at": "2026-11-21T10:00:00+01:00", "card": "C-9", "currency": "EUR", "total": 28.10,
    "lines": [
        {"product_id": "sku1", "name": "Shoe", "quantity": 2, "price": 12.50},
        {"product_id": "sku2", "name": "Hat", "price": 3.10},
    ],
}  # fmt: skip


def told(ticket: object, **known: Any) -> Any:
    """Read one ticket as a till sends it."""
    return read(TILL, ONE, json.dumps(ticket).encode(), **({"trust": Trust.CONFIRMED, "mint": None} | known))


def test_a_ticket_is_an_order_of_its_shop_with_a_line_a_product() -> None:
    first, second = told(TICKET).lines

    assert (first.type, first.name, first.dialect, first.trust) == ("record", "Order Line", "till", "confirmed")
    assert first.timestamp == 1_795_251_600_000_000
    assert properties(first) == {
        "order_id": "Lyon/17", "currency": "EUR", "channel": "shop", "shop": "Lyon", "total": 28.1,
        "loyalty_card": "C-9",
        "line_id": "1", "product_id": "sku1", "product_name": "Shoe", "quantity": 2, "unit_price": 12.5,
    }  # fmt: skip
    assert (properties(second)["quantity"], second.message_id) == (1, "till-Lyon/17-2")


def test_the_card_says_whose_order_it_is_and_the_amounts_are_exact() -> None:
    lines = [encode(one) for one in told(TICKET).lines]

    found = collect(lines, first_offset=0, tick_id=1, world=world())

    assert found.counts.refused == 0
    assert {(one.kind, one.value) for one in found.nodes} == {("loyalty_card", "C-9")}
    assert found.tables["commerce"]["amount_minor"].to_pylist() == [2_500, 310]


def test_the_same_ticket_again_is_the_same_order() -> None:
    lines = [encode(one) for _ in range(2) for one in told(TICKET).lines]

    assert collect(lines, first_offset=0, tick_id=1, world=world()).counts.duplicates == 2


def test_a_public_key_sells_nothing() -> None:
    parsed = told(TICKET, trust=Trust.CLAIMED)

    assert [one.fault.reason for one in parsed.refusals] == [RefusalReason.NOT_ALLOWED]
    assert [one.type for one in parsed.lines] == ["refused"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lines": []}, RefusalReason.BAD_ROW),
        ({"lines": [{"product_id": "a"}]}, RefusalReason.BAD_ENVELOPE),
        ({"lines": [{"product_id": "a", "price": "NaN"}]}, RefusalReason.BAD_AMOUNT),
        ({"ticket": " "}, RefusalReason.MISSING_ORDER_ID),
        ({"total": "a lot"}, RefusalReason.BAD_ENVELOPE),
    ],
)
def test_a_ticket_that_cannot_be_booked_is_kept_aside(changes: dict[str, Any], reason: RefusalReason) -> None:
    assert [one.fault.reason for one in told(TICKET | changes).refusals] == [reason]


def test_one_bad_ticket_of_many_costs_only_itself_and_can_be_sent_again() -> None:
    body = json.dumps({"tickets": [TICKET, TICKET | {"ticket": 18, "lines": []}]}).encode()

    parsed = read(TILL, "/till/v1/tickets", body, trust=Trust.CONFIRMED)
    again = TILL.reopen("tickets", parsed.refusals[0].raw)

    assert [one.type for one in parsed.lines] == ["record", "record", "refused"]
    assert again.fault is None
    assert len(again.events) == 1


@given(
    st.binary()
    | st.dictionaries(st.sampled_from(list(TICKET)), st.text() | st.floats() | st.lists(st.integers())).map(
        lambda said: json.dumps(said).encode()
    )
)
def test_no_body_stops_the_reader(body: bytes) -> None:
    for path in TILL.routes:
        for one in read(TILL, path, body, trust=Trust.CONFIRMED).lines:
            encode(one)
