"""Sources that are fetched, as their pages show and change them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from comptoir import app as apps
from comptoir import pulling
from comptoir.clock import RealClock
from comptoir.config import Settings
from comptoir.sources.pulls import runs, shelf
from comptoir.sources.pulls.runs import RunState
from tests.web.counter import Counter, open_counter
from tests.web.test_pages import HOSTILE, read

CSV = "order_id,product_id,quantity,unit_price,currency,occurred_at,customer_id\nA1,lamp,2,9.99,EUR,2026-11-01,ann\n"
FOLDER = {
    "name": "till", "brand": "main", "folder": "drop", "pattern": "*.csv", "quiet_seconds": "0", "kind": "orders",
    "rhythm": "every", "minutes": "15", "at": "06:00", "alarm_hours": "24",
}  # fmt: skip


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    """Lend a desk over a real home."""
    apps.make_home(Settings(home=home), brand="main")
    (home / "drop").mkdir()
    made = open_counter(home)
    yield made
    made.app.desk.app().close()
    made.warehouse.close()
    made.state.close()


def drop(home: Path, text: str = CSV, name: str = "a.csv") -> None:
    path = home / "drop" / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))


def kept(counter: Counter, name: str = "till") -> shelf.Kept:
    with counter.state.read() as connection:
        return shelf.find(connection, name)


def added(counter: Counter, **fields: str) -> None:
    answer = counter.post("/sources/pulls/new/folder", FOLDER | fields)
    assert answer.status == 303, answer.text


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_every_place_has_a_form_that_names_its_fields(tongue: str, counter: Counter) -> None:
    chosen = read(counter.get("/sources/pulls/new", **{"accept-language": tongue}))
    assert chosen is not None
    for place in shelf.places():
        answer = counter.get(f"/sources/pulls/new/{place}", **{"accept-language": tongue})
        assert answer.status == 200
        read(answer)
        for option in shelf.place_of(place).options:
            assert f'id="{option.name}"' in answer.text, (place, option.name)
            assert option.says not in answer.text, f"say {place}.{option.name} in both tongues"


def test_a_source_is_added_tried_and_listed(counter: Counter, home: Path) -> None:
    drop(home)
    added(counter)

    tried = counter.post("/sources/pulls/try", {"name": "till", "stream": "files"}, **{"accept-language": "en"})
    listed = counter.get("/sources", **{"accept-language": "en"})

    assert tried.status == 200
    assert "<td>A1</td>" in tried.text
    assert (home / "drop" / "a.csv").exists()
    assert "every 15 minutes" in listed.text
    assert kept(counter).alarm_hours == 24


def test_columns_that_say_too_little_open_the_mapping_to_complete(counter: Counter, home: Path) -> None:
    drop(home, "nr,article\n1,lamp\n")
    added(counter)

    tried = counter.post("/sources/pulls/try", {"name": "till"}, **{"accept-language": "en"})
    wrong = counter.post("/sources/pulls/mapping", {"name": "till", "text": "kind: contacts\nversion: 1"})
    text = (
        "version: 1\nkind: orders\nfields:\n  order_id: nr\n  product_id: article\n  quantity: {constant: '1'}\n"
        "  unit_price: {constant: '2'}\n  currency: {constant: EUR}\n  occurred_at: {constant: '2026-11-01'}\n"
    )
    mapped = counter.post("/sources/pulls/mapping", {"name": "till", "text": text})
    again = counter.post("/sources/pulls/try", {"name": "till"}, **{"accept-language": "en"})

    form = {"name": "till", "how": "columns", "column.order_id": "nr", "column.product_id": "article"}
    lacking = counter.post("/sources/pulls/mapping", form, **{"accept-language": "en"})
    whole = form | {"constant.quantity": "1", "constant.unit_price": "2", "constant.currency": "EUR",
                    "constant.occurred_at": "2026-11-01"}  # fmt: skip
    said = counter.post("/sources/pulls/mapping", whole)

    assert 'name="column.order_id"' in tried.text
    assert lacking.status == 422
    assert '<option value="nr" selected>' in lacking.text
    assert said.status == 303
    assert "quantity" in kept(counter).mapping
    assert wrong.status == 422
    assert mapped.status == 303
    assert "<td>lamp</td>" in again.text


def test_a_run_shows_how_far_it_is_what_came_and_why_it_failed(counter: Counter, home: Path) -> None:
    added(counter)
    desk = counter.app.desk
    run_id = pulling.begin(desk.settings, counter.state, "till", made_by="claire")
    with counter.state.write() as connection:
        runs.move(connection, run_id, RealClock().now(), {"done": 1, "whole": 4, "read": 1200, "stage": "a.csv"})
    going = counter.get("/sources/pulls/source/till", **{"accept-language": "en"})
    fragment = counter.get("/sources/pulls/source/till", **{"accept-language": "en", "hx-request": "true"})
    cancelled = counter.post("/sources/pulls/cancel", {"name": "till"})
    with counter.state.write() as connection:
        runs.end(
            connection, run_id, RunState.FAILED, counter.clock.now(), code="place_away", problem="x: host='h'",
            is_passing=True,
        )  # fmt: skip
    ended = counter.get("/sources/pulls/source/till", **{"accept-language": "en"})

    assert "1,200 rows" in going.text
    assert 'hx-trigger="every 1s"' in going.text
    assert fragment.text.lstrip().startswith('<div id="progress"')
    assert cancelled.status == 303
    assert "The other side does not answer" in ended.text
    assert "claire" in ended.text
    assert "every 1s" not in ended.text


def test_a_secret_is_kept_and_never_shown_again(counter: Counter) -> None:
    form = {
        "name": "shop", "brand": "main", "url": "https://shop.example", "user": "ck_1", "password": "cs_TOP",
        "overlap_minutes": "10", "stream.orders": "yes", "rhythm": "daily", "at": "06:30", "alarm_hours": "0",
    }  # fmt: skip
    assert counter.post("/sources/pulls/new/woocommerce", form).status == 303

    page = counter.get("/sources/pulls/change/shop", **{"accept-language": "en"})
    same = counter.post("/sources/pulls/change", form | {"password": "", "rhythm": "hand"})
    moved = counter.post("/sources/pulls/change", form | {"password": "", "url": "https://evil.example"})

    assert "cs_TOP" not in page.text
    assert "cs_TOP" not in counter.get("/sources/pulls/source/shop").text
    assert same.status == 303
    assert kept(counter, "shop").schedule.is_by_hand
    assert kept(counter, "shop").streams == ("orders",)
    assert moved.status == 422, "the secret must be entered again for another host"
    assert kept(counter, "shop").options["url"] == "https://shop.example"


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"name": ""}, "name"), ({"folder": ""}, "folder"), ({"minutes": "0"}, "rhythm"),
     ({"alarm_hours": "x"}, "alarm_hours"), ({"brand": "other"}, "brand"), ({"kind": "nonsense"}, "kind")],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(fields: dict[str, str], field: str, counter: Counter) -> None:
    answer = counter.post("/sources/pulls/new/folder", FOLDER | fields, **{"accept-language": "en"})

    assert answer.status == 422
    assert re.search(r'class="error"', answer.text), field
    assert counter.get("/sources/pulls/source/till").status == 404


def test_a_name_that_is_taken_is_said_to_be(counter: Counter) -> None:
    added(counter)
    assert counter.post("/sources/pulls/new/folder", FOLDER).status == 422


def test_a_source_rests_goes_on_and_is_forgotten(counter: Counter) -> None:
    added(counter)

    counter.post("/sources/pulls/pause", {"name": "till", "pause": "yes"})
    assert kept(counter).is_paused
    assert "paused" in counter.get("/sources", **{"accept-language": "en"}).text
    counter.post("/sources/pulls/pause", {"name": "till", "pause": "no"})
    assert not kept(counter).is_paused
    counter.post("/sources/pulls/remove", {"name": "till"})
    assert counter.get("/sources/pulls/source/till").status == 404


def test_a_place_that_is_not_there_says_what_to_do(counter: Counter) -> None:
    added(counter, folder="nowhere-else/../../x")
    answer = counter.post("/sources/pulls/try", {"name": "till"}, **{"accept-language": "en"})
    assert answer.status == 422
    assert "may not be read" in answer.text


def test_hostile_names_and_rows_stay_text(counter: Counter, home: Path) -> None:
    drop(home, CSV.replace("lamp", "<script>x()</script>"), name="<b>.csv")
    added(counter, name=HOSTILE[0])
    tried = counter.post("/sources/pulls/try", {"name": HOSTILE[0]})
    for text in (tried.text, counter.get("/sources").text):
        assert "<script>x" not in text
        assert HOSTILE[0] not in text
        assert "<b>.csv" not in text
