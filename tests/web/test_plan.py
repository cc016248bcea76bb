"""The tracking plan's pages: made, corrected, published, gone back to; what breaks it; what arrives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from comptoir.access import keys, users
from comptoir.access.keys import Brand
from comptoir.access.roles import Role
from comptoir.clock import micros
from comptoir.collect.plan import store
from comptoir.collect.plan.check import Example, Findings, Key, Reason, Tally
from tests.web.counter import Counter, open_counter

TEXT = "events:\n  Product Viewed:\n    owner: web team\n    properties:\n      price: {type: number}\n"


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


def published(counter: Counter) -> str:
    with counter.state.read() as connection:
        found = store.current(connection, "main")
    return "" if found is None else found.text


def find(counter: Counter, name: str, value: str = '"x"') -> None:
    at = micros(counter.clock.now() - timedelta(hours=1))
    found = Findings({Key("main", "site", name, "price", Reason.WRONG_TYPE): Tally(at, at, 3, [Example("m1", value)])})
    with counter.state.write() as connection:
        store.note(connection, found)


def test_a_plan_is_made_of_what_arrives_corrected_published_and_gone_back_to(counter: Counter) -> None:
    counter.event("Product Viewed", properties='{"price": 12}')
    assert "Pas encore de plan" in counter.get("/sources/plan", accept_language="fr").text

    made = counter.post("/sources/plan/infer", {"brand": "main"}).text
    assert "Product Viewed:" in made
    assert published(counter) == "", "nothing holds yet"

    sent = counter.post("/sources/plan/text", {"brand": "main", "text": TEXT, "note": "first"})
    assert (sent.status, published(counter)) == (303, TEXT)
    wrong = counter.post("/sources/plan/text", {"brand": "main", "text": "events: ["})
    assert (wrong.status, published(counter)) == (422, TEXT)
    assert 'aria-invalid="true"' in wrong.text

    counter.post("/sources/plan/text", {"brand": "main", "text": "events: {Other: {}}"})
    counter.post("/sources/plan/restore", {"brand": "main", "version": "1"}, accept_language="en")
    page = counter.get("/sources/plan", accept_language="en").text
    assert published(counter) == TEXT
    assert "back to version 1" in page
    assert "web team" in page


def test_an_event_of_the_plan_is_changed_in_a_form(counter: Counter) -> None:
    counter.post("/sources/plan/text", {"brand": "main", "text": TEXT})
    form = {
        "brand": "main", "former": "Product Viewed", "name": "Product Viewed", "owner": "ann", "then": "refuse",
        "others": "count", "name.0": "price", "type.0": "number", "required.0": "yes", "name.1": "currency",
        "type.1": "text", "one_of.1": "EUR, GBP",
    }  # fmt: skip

    assert 'value="price"' in counter.get("/sources/plan/event?name=Product+Viewed").text
    assert counter.post("/sources/plan/event", form).status == 303
    changed = published(counter)
    bad = counter.post("/sources/plan/event", form | {"one_of.0": "many"})
    unnamed = counter.post("/sources/plan/event", form | {"name": " "})

    assert (bad.status, unnamed.status, published(counter)) == (422, 422, changed)
    with counter.state.read() as connection:
        plan = store.plan_of(connection, "main")
    assert plan is not None
    one = plan.events["Product Viewed"]
    assert (one.owner, one.then, one.others) == ("ann", "refuse", "count")
    assert one.properties["price"].required
    assert one.properties["currency"].one_of == ["EUR", "GBP"]

    counter.post("/sources/plan/rules", {"brand": "main", "unplanned": "refuse", "naming": "snake_case"})
    counter.post("/sources/plan/event", {"brand": "main", "former": "Product Viewed", "do": "remove"})
    assert "Product Viewed" not in published(counter)
    assert "unplanned: refuse" in published(counter)
    assert counter.get("/sources/plan/event?name=nope").status == 404


def test_what_breaks_the_plan_is_listed_narrowed_and_asks_for_attention_until_seen(counter: Counter) -> None:
    counter.post("/sources/plan/text", {"brand": "main", "text": TEXT})
    find(counter, "Product Viewed", "<script>alert(1)</script>")
    find(counter, "Cart Viewed")

    page = counter.get("/sources/plan", accept_language="en").text
    narrowed = counter.get("/sources/plan?event=Cart+Viewed", accept_language="en").text
    today = counter.get("/", accept_language="en").text
    assert "wrong type" in page
    assert "/live?thing=m1" in page
    assert "<script>alert" not in page
    assert "Product Viewed</a></th>" not in narrowed.replace("\n", "").split("Events of the plan")[0]
    assert "2 new departures from the tracking plan" in today

    counter.post("/sources/plan/seen", {"brand": "main"})
    assert "new departure" not in counter.get("/", accept_language="en").text


def test_what_arrives_is_listed_with_types_and_fill(counter: Counter) -> None:
    at = micros(counter.clock.now())
    row = {"brand": "main", "source": "site", "event": "Product Viewed", "first_at": at, "last_at": at}
    with counter.state.write() as connection:
        store.note_names(connection, [
            row | {"property": "", "type": "", "times": 4}, row | {"property": "price", "type": "DOUBLE", "times": 3},
        ])  # fmt: skip

    whole = counter.get("/sources/plan/names", accept_language="en").text
    one = counter.get("/sources/plan/names?event=Product+Viewed", accept_language="en").text

    assert "Product Viewed" in whole
    assert "price" not in whole
    assert "75%" in one.replace("\u202f", "").replace("\xa0", "")


def test_the_plan_of_another_brand_is_none_of_ones_business(counter: Counter) -> None:
    keys.add_brand(counter.state, Brand(name="other"))
    key = users.add_user(counter.state, name="mia", role=Role.ADMIN, now=counter.clock.now(), for_brands=["other"])
    counter.post("/sources/plan/text", {"brand": "main", "text": TEXT})

    answer = counter.get("/sources/plan?brand=main", authorization=f"Bearer {key}")

    assert answer.status in {403, 404}


def test_the_api_says_and_does_the_same(counter: Counter) -> None:
    import asyncio
    import json

    from tests.web.counter import send

    def call(method: str, path: str, said: object = None) -> tuple[int, dict[str, object]]:
        body = b"" if said is None else json.dumps(said).encode()
        headers = {"host": "127.0.0.1:8141", "authorization": f"Bearer {counter.secret_key}"}
        headers |= {"content-type": "application/json", "content-length": str(len(body))} if body else {}
        answer = asyncio.run(send(counter.app, method, f"/api/v1/brands/main/plan{path}", headers, body))
        return answer.status, json.loads(answer.body)

    assert call("GET", "")[0] == 404
    assert call("PUT", "", {"text": TEXT, "note": "by program"})[1]["version"] == 1
    assert call("PUT", "", {"text": "events: ["})[0] == 422
    assert call("GET", "")[1]["text"] == TEXT
    find(counter, "Product Viewed")
    listed = call("GET", "/findings?days=7")[1]["items"]
    assert listed[0]["reason"] == "wrong_type"  # type: ignore[index]
    assert call("GET", "/versions")[1]["items"][0]["note"] == "by program"  # type: ignore[index]
    assert call("GET", "/names")[1]["items"] == []
    counter.event("Product Viewed", properties='{"price": 12}')
    assert "Product Viewed" in str(call("GET", "/inferred")[1]["text"])
