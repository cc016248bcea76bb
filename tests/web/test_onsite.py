"""Messages → On site: written in a form beside its preview, kept, listed with its figures, taken away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from comptoir.access import keys, users
from comptoir.access.keys import Brand
from comptoir.access.roles import Role
from comptoir.messaging import placements
from comptoir.messaging.placements import BadPlacement, Placement
from tests.web.counter import Answer, Counter, open_counter

FORM = {
    "of": "main", "name": "sale", "slot": "top", "own_slot": "", "pages": "/shoes/*\n\n/hats", "times": "2",
    "is_on": "yes", "starts_at": "2026-11-22T00:00", "ends_at": "2026-11-29T00:00", "title-fr": "Soldes",
    "text-fr": "Jusqu’à dimanche.", "title-en": "Sale", "button-en": "Look", "url-en": "/sale", "is_new": "yes",
}  # fmt: skip


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


def save(counter: Counter, **changes: str) -> Answer:
    return counter.post("/messages/site/edit", {**FORM, "act": "save", **changes}, **{"accept-language": "en"})


def kept(counter: Counter) -> list[Placement]:
    with counter.state.read() as connection:
        return placements.listing(connection)


def test_a_message_is_looked_at_before_it_is_kept(counter: Counter) -> None:
    looked = counter.post("/messages/site/edit", {**FORM, "act": "look"})

    assert looked.status == 200
    assert "<h3>Soldes</h3>" in looked.text
    assert "<h3>Sale</h3>" in looked.text
    assert kept(counter) == []


def test_what_is_kept_is_what_was_written_in_the_brands_own_time(counter: Counter) -> None:
    assert save(counter).status == 303

    (one,) = kept(counter)
    assert one.words == {
        "fr": {"title": "Soldes", "text": "Jusqu’à dimanche."},
        "en": {"title": "Sale", "button": "Look", "url": "/sale"},
    }
    assert (one.slot, one.pages, one.times) == ("top", ("/shoes/*", "/hats"), 2)
    assert one.starts_at is not None
    assert one.starts_at.isoformat() == "2026-11-21T23:00:00+00:00"  # midnight in Paris
    form = counter.get("/messages/site/edit?name=sale&of=main").text
    assert 'value="2026-11-22T00:00"' in form
    assert "/shoes/*\n/hats" in form


def test_the_list_says_where_each_stands_and_how_often_it_was_shown(counter: Counter) -> None:
    save(counter)

    text = counter.get("/messages/site", **{"accept-language": "en"}).text

    assert "planned" in text
    counter.clock.advance(timedelta(days=2))
    assert "on the site</span>" in counter.get("/messages/site", **{"accept-language": "en"}).text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "Sale!"}, "Small letters"),
        ({"title-fr": "", "title-en": "", "text-fr": "", "button-en": "", "url-en": ""}, "A title in at least"),
        ({"title-en": ""}, "It needs a title"),
        ({"url-en": "javascript:alert(1)"}, "An address that begins"),
        ({"button-en": ""}, "go together"),
        ({"slot": "", "own_slot": ""}, "Say which place"),
        ({"pages": "shoes"}, "Each line begins"),
        ({"ends_at": "2026-11-21T00:00"}, "after the beginning"),
        ({"times": "-1"}, "whole number"),
        ({"starts_at": "tomorrow"}, "A day and a time"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    counter: Counter, changes: dict[str, str], says: str
) -> None:
    answer = save(counter, **changes)

    assert answer.status == 422
    assert says in answer.text
    assert 'class="error"' in answer.text
    assert kept(counter) == []


def test_a_new_message_never_takes_the_place_of_another(counter: Counter) -> None:
    save(counter)

    assert save(counter).status == 422
    assert save(counter, is_new="", **{"title-fr": "Fini"}).status == 303
    assert kept(counter)[0].words["fr"]["title"] == "Fini"


def test_a_message_is_taken_away(counter: Counter) -> None:
    save(counter)

    assert counter.post("/messages/site/remove", {"of": "main", "name": "sale"}).status == 303
    assert kept(counter) == []


def test_whoever_works_for_one_brand_touches_no_others(counter: Counter) -> None:
    with counter.state.write() as connection:
        placements.save(
            connection, Placement(brand="main", name="sale", words={"fr": {"title": "A"}}), counter.clock.now()
        )
    keys.add_brand(counter.state, Brand(name="other"))
    key = users.add_user(counter.state, name="eve", role=Role.MARKETING, now=counter.clock.now(), for_brands=("other",))
    bearer = {"authorization": f"Bearer {key}"}

    assert counter.get("/api/v1/placements", **bearer).text == "[]"
    assert counter.get("/api/v1/placements/main/sale", method="DELETE", **bearer).status == 403


def test_an_address_that_is_no_page_is_never_kept() -> None:
    for url in ("javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x", "https://a\n.b"):
        with pytest.raises(BadPlacement):
            placements.check(Placement(brand="main", name="a", words={"fr": {"title": "A", "button": "B", "url": url}}))
