"""The pages of Quality: the scorecard, values to look at, who minds a field, and a link for the customer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from comptoir.model.identifier import node_of
from tests.web.counter import Counter, open_counter

VALUES = "/sources/quality/values?source=file&field=email"


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


def grade(
    counter: Counter, original: str, value: str, grade_: str, reasons: str = "typo_domain", *, brand: str = "main"
) -> None:
    """Put one graded value, and its count, into the warehouse."""
    now = counter.clock.now().replace(tzinfo=None)
    node = node_of("account", "ann")
    counter.warehouse.execute(
        "INSERT INTO fact.field_grades VALUES (1, ?, 1, ?, 'file', 'confirmed', ?, 'email', 'email', ?, ?, ?, ?,"
        " '', '', NULL, 3, ?, ?)",
        [f"m-{original}", brand, node, grade_, reasons, original, value, now, now],
    )
    for field in ("email", ""):
        counter.warehouse.execute(
            "INSERT INTO fact.field_counts VALUES (?, 'file', 'Contact', ?, ?, ?, 30, ?)",
            [brand, field, grade_ if field else "valid", now.date(), now],
        )


def test_the_page_says_how_to_begin_then_what_the_values_are_worth(counter: Counter) -> None:
    assert "No detail of a person has come yet" in counter.get("/sources/quality", accept_language="en").text
    grade(counter, "<b>pas</b>", "", "refused", "not_readable")

    page, french = (counter.get("/sources/quality", accept_language=one).text for one in ("en", "fr"))

    assert "too many mistakes" in page
    assert "trop de fautes" in french
    assert "file" in page
    listed = counter.get(VALUES, accept_language="en").text
    assert "&lt;b&gt;pas&lt;/b&gt;" in listed
    assert "not written as this field is" in listed
    today = counter.get("/", accept_language="en").text
    assert "E-mail, source file: too many mistakes." in today
    assert "/sources/quality/values?source=file&amp;field=email" in today
    assert "pas" in counter.get(f"{VALUES}&format=csv").text


def test_a_field_is_minded_and_a_limit_that_is_none_is_refused(counter: Counter) -> None:
    grade(counter, "ann@gmial.com", "ann@gmail.com", "corrected")
    form = {"source": "file", "field": "email", "owner": "Claire", "good": "50", "fill": "0", "days": "0"}

    assert counter.post("/sources/quality/watch", form).status == 303
    assert "Claire" in counter.get("/sources/quality").text
    assert counter.post("/sources/quality/watch", form | {"good": "many"}).status == 422
    assert counter.post("/sources/quality/watch", form | {"field": "shoe"}).status == 422


def test_a_value_becomes_a_link_for_its_customer(counter: Counter) -> None:
    grade(counter, "ann@gmial.com", "ann@gmail.com", "corrected")
    grade(counter, "ann", "", "refused")

    made = counter.post("/sources/quality/ask", {"message_id": "m-ann@gmial.com", "field_name": "email"})
    none = counter.post("/sources/quality/ask", {"message_id": "m-ann", "field_name": "email"}, accept_language="en")

    assert made.status == 200
    assert "/q/" in made.text
    assert none.status == 422
    assert "nothing to ask" in none.text
    assert counter.post("/sources/quality/ask", {"message_id": "x", "field_name": "email"}).status == 404


def test_values_are_shown_of_one_brand_or_of_all(counter: Counter) -> None:
    grade(counter, "ann@gmial.com", "ann@gmail.com", "corrected")
    grade(counter, "bob@gmial.com", "bob@gmail.com", "corrected", brand="second")
    key = {"authorization": f"Bearer {counter.secret_key}"}

    every, one = (counter.get(address, accept_language="en").text for address in (VALUES, f"{VALUES}&brand=second"))

    assert "bob@gmial.com" in every
    assert "ann@gmial.com" in every
    assert "Every brand" in every
    assert "ann@gmial.com" not in one
    assert "bob@gmial.com" in one
    assert "ann@gmial.com" not in counter.get(f"{VALUES}&brand=second&format=csv").text
    assert "brand=second" in counter.get("/sources/quality").text
    listed = json.loads(counter.get("/api/v1/quality/values?brand=main", **key).body)
    assert [value["brand"] for value in listed["items"]] == ["main"]


def test_the_api_says_the_same(counter: Counter) -> None:
    grade(counter, "ann@gmial.com", "ann@gmail.com", "corrected")
    key = {"authorization": f"Bearer {counter.secret_key}"}

    (card,) = json.loads(counter.get("/api/v1/quality", **key).body)
    values = json.loads(counter.get("/api/v1/quality/values?limit=1", **key).body)

    assert (card["field"], card["good_share"], card["corrected_count"]) == ("email", 1.0, 30)
    assert values["items"][0]["value"] == "ann@gmail.com"
    after = json.loads(counter.get("/api/v1/quality/values?cursor=WzAsIiJd", **key).body)
    assert after["items"] == []
