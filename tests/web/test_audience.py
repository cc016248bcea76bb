"""The page Audience: counts of the shop's own brands, in both tongues, and what to do where there are none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from comptoir.access import keys, users
from comptoir.access.keys import Brand
from comptoir.access.roles import Role
from comptoir.audience.hit import Hit
from comptoir.audience.store import Store
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
from tests.web.counter import Counter, open_counter


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


def test_the_page_says_how_to_begin_then_shows_what_came(counter: Counter, home: Path) -> None:
    assert "Audience measurement is off" in counter.get("/audience", accept_language="en").text
    hits = [
        Hit(
            day=counter.clock.now().date().isoformat(), brand="main", source="site", visitor=f"v{number}",
            hash=f"h{number}", path="/<script>x</script>", referrer="google.com" if number else "ann.example",
            device="phone", country="FR",
        )
        for number in range(6)
    ]  # fmt: skip
    spool = SqliteSpool(home / "audience" / "spool.db")
    spool.append([Parcel(b"\n".join(map(msgspec.json.encode, hits)), len(hits))])
    Store(home / "audience").take(spool)
    spool.close()

    page, french = counter.get("/audience?days=7", accept_language="en").text, counter.get("/audience?days=7").text

    assert "google.com" in page
    assert "ann.example" not in page
    assert "<script>x" not in page
    assert "phone" in page
    assert "téléphone" in french


def test_another_brands_audience_is_none_of_ones_business(counter: Counter) -> None:
    keys.add_brand(counter.state, Brand(name="other"))
    key = users.add_user(counter.state, name="mia", role=Role.MARKETING, now=counter.clock.now(), for_brands=["other"])

    assert counter.get("/audience?brand=main", authorization=f"Bearer {key}").status in {403, 404}


def test_the_api_says_the_same(counter: Counter) -> None:
    answer = counter.get("/api/v1/brands/main/audience?days=3", authorization=f"Bearer {counter.secret_key}")

    assert answer.status == 200
    assert [one["views"] for one in json.loads(answer.body)["days"]] == [0, 0, 0]
    many = counter.get("/api/v1/brands/main/audience?days=9999", authorization=f"Bearer {counter.secret_key}")
    assert many.status == 422
