"""Carts: whose, with what in them, and which message went for each or why none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import insert

from comptoir.access import users
from comptoir.access.roles import Role
from comptoir.clock import micros
from comptoir.model.identifier import node_of
from comptoir.scenarios.rows import enrollments, scenarios
from tests.web.counter import Counter, open_counter


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


def cart(counter: Counter, key: str, state: str = "abandoned", **columns: object) -> None:
    """Put a cart of an hour ago."""
    at = counter.clock.now().replace(tzinfo=None) - timedelta(hours=1)
    row: dict[str, object] = {
        "cart_key": key, "brand": "main", "cart_id": f"id-{key}", "source": "site",
        "node_id": node_of("account", "ann"),
        "profile_id": counter.people([("account", "ann")]), "opened_at": at, "last_action_at": at, "state": state,
        "item_count": 1, "amount_minor": 1_000, "currency": "EUR",
    }  # fmt: skip
    counter.put("carts", row | columns)


def message(counter: Counter, key: str, outcome: str = "sent", **columns: object) -> None:
    at = counter.clock.now().replace(tzinfo=None) - timedelta(minutes=30)
    row: dict[str, object] = {
        "message_id": f"m-{key}", "outcome": outcome, "scenario": "abandoned-basket", "brand": "main",
        "cart_id": f"id-{key}", "decided_at": at, "node_id": 1,
    }  # fmt: skip
    counter.put("messages", row | columns)


ORDER = "00000000000000c1"
"""Of the cart that is ordered."""


def line(text: str, key: str) -> str:
    """Give the line of one product's cart."""
    return next(row for row in text.split("<tr>") if f"product-{key}" in row)


def filled(counter: Counter) -> None:
    at = counter.clock.now().replace(tzinfo=None)
    for key, state in (("sent", "abandoned"), ("clicked", "ordered"), ("held", "abandoned"), ("none", "open")):
        order = {"order_key": ORDER} if state == "ordered" else {}
        cart(counter, key, state, **order)
        counter.put("cart_lines", {"cart_key": key, "brand": "main", "product_id": f"product-{key}", "quantity": 2})
    message(counter, "sent")
    message(counter, "clicked")
    message(counter, "held", "held_out", reason="control")
    counter.put("deliveries", {"message_id": "m-clicked", "kind": "clicked", "node_id": 1, "occurred_at": at})
    sold: dict[str, object] = {
        "order_key": ORDER,
        "brand": "main",
        "order_id": "77",
        "ordered_at": at,
        "currency": "EUR",
    }
    counter.put("orders", sold)


def test_each_cart_says_what_was_said_for_it_and_what_came_of_it(counter: Counter) -> None:
    filled(counter)

    text = counter.get("/carts", accept_language="en").text

    assert "sent, nothing came of it yet" in line(text, "sent")
    assert "clicked, then ordered" in line(text, "clicked")
    assert "order 77" in line(text, "clicked")
    assert "control group" in line(text, "held")
    assert "no scenario is switched on" in line(text, "none")


def test_a_cart_without_a_message_says_why(counter: Counter) -> None:
    stranger = counter.people([("anonymous", "b")])
    for key in ("waits", "missed"):
        cart(counter, key)
    cart(counter, "nobody", profile_id=stranger, node_id=node_of("anonymous", "b"))
    for key in ("waits", "missed", "nobody"):
        counter.put("cart_lines", {"cart_key": key, "brand": "main", "product_id": f"product-{key}"})
    now = micros(counter.clock.now())
    run = {
        "enrollment_id": 1, "scenario": "basket", "version": 1, "brand": "main", "key": "waits", "cart_key": "waits",
        "node_id": 1, "step": "pause", "entered_at": now, "arrived_at": now, "last_action_at": now,
        "due_at": now + 600_000_000, "status": "live",
    }  # fmt: skip
    with counter.state.write() as connection:
        row = {"scenario": "basket", "live_version": 1, "state": "live", "changed_at": 0, "draft": None}
        connection.execute(insert(scenarios), [row])
        connection.execute(insert(enrollments), [run])

    text = counter.get("/carts", accept_language="en").text

    assert "a message is in the making for 21 Nov 2026 15:42" in line(text, "waits").replace("\xa0", " ")
    assert "no scenario has taken it up" in line(text, "missed")
    assert "nobody knows whose it is" in line(text, "nobody")


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("", {"sent", "clicked", "held", "none"}),
        ("left", {"sent", "held"}),
        ("ordered", {"clicked"}),
        ("going", {"none"}),
    ],
)
def test_a_click_on_a_state_narrows(state: str, shown: set[str], counter: Counter) -> None:
    filled(counter)

    text = counter.get(f"/carts?state={state}").text

    assert {key for key in ("sent", "clicked", "held", "none") if f"product-{key}" in text} == shown


def test_the_list_sorts_by_worth_and_is_leafed_through(counter: Counter) -> None:
    for place in range(60):
        cart(counter, f"c{place:02}", amount_minor=place)
        counter.put("cart_lines", {"cart_key": f"c{place:02}", "brand": "main", "product_id": f"product-c{place:02}"})

    first, second = (counter.get(f"/carts?sort=worth&start={start}").text for start in (0, 50))

    assert first.index("product-c59") < first.index("product-c58")
    assert "product-c09" not in first
    assert "product-c09" in second
    for start in ("-1", "x", "9" * 30, "²"):
        assert counter.get(f"/carts?start={start}").status == 200


def test_the_workbook_has_what_the_csv_has(counter: Counter) -> None:
    filled(counter)

    answer = counter.get("/carts?format=xlsx", accept_language="fr")
    head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.body)).get_sheet_by_index(0).to_python()
    said = list(csv.DictReader(io.StringIO(counter.get("/carts?format=csv").text)))

    assert answer.headers["content-disposition"] == 'attachment; filename="paniers.xlsx"'
    assert head == [one.removesuffix("_minor") for one in said[0]]
    assert [row[head.index("amount")] for row in rows] == [int(one["amount_minor"]) / 100 for one in said]
    assert [row[:3] for row in rows] == [[one["cart_id"], one["brand"], one["state"]] for one in said]


def test_the_csv_has_every_cart_and_nothing_that_a_spreadsheet_runs(counter: Counter) -> None:
    for place in range(60):
        cart(counter, f"c{place}")
    cart(counter, "evil", cart_id="=HYPERLINK(1)")

    answer = counter.get("/carts?format=csv", accept_language="en")
    rows = list(csv.DictReader(io.StringIO(answer.text)))

    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="carts.csv"'
    assert len(rows) == 61
    assert {row["amount_minor"] for row in rows} == {"1000"}
    assert "'=HYPERLINK(1)" in {row["cart_id"] for row in rows}


def test_the_funnel_counts_people_by_how_far_they_got(counter: Counter) -> None:
    for who, names in (
        ("a", ["Product Viewed"]),
        ("b", ["Product Viewed", "Product Added"]),
        ("c", ["Product Viewed", "Product Viewed", "Product Added", "Checkout Started", "Order Completed"]),
        ("d", ["Order Completed"]),  # at a till: she did not come this way
    ):
        counter.people([("account", who)])
        for place, name in enumerate(names):
            counter.event(name, node_of("account", who), ago=timedelta(minutes=place), message_id=f"{who}{place}")

    text = counter.get("/carts", accept_language="en").text
    funnel = text[text.index('class="funnel"') : text.index("</svg>", text.index('class="funnel"'))]

    assert [part.split("<")[0] for part in funnel.split('class="figure"')[1:]] != []
    assert [part.split(">")[1].split("<")[0] for part in funnel.split('class="figure"')[1:]] == [
        "3", "2 · 67%", "1 · 50%", "1 · 100%",
    ]  # fmt: skip


def test_carts_are_not_for_finance(counter: Counter) -> None:
    key = users.add_user(counter.state, name="fin", role=Role.FINANCE, now=counter.clock.now())

    assert counter.get("/carts", authorization=f"Bearer {key}").status == 403
