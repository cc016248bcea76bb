"""Live: followed without a gap, narrowed by a click; refused events looked at, mended and sent in again."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from comptoir import app as apps
from comptoir import repair
from comptoir.access import keys, users
from comptoir.access.keys import Brand
from comptoir.access.roles import Role
from comptoir.clock import micros
from comptoir.collect import failed
from comptoir.collect.dialects.base import Asking
from comptoir.collect.dialects.segment import Segment
from comptoir.collect.parse import Stamp
from comptoir.model.event import Trust
from comptoir.server import desk
from comptoir.web import live
from tests.shop import START, Shop
from tests.web.counter import Counter, open_counter


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


@pytest.fixture
def mending(home: Path) -> Iterator[Counter]:
    """Lend a desk over a real installation whose door has refused some events."""
    shop = Shop(home)
    dialect = Segment()
    stamp = Stamp(source="web", brand="main", trust=Trust.CLAIMED, received_at=micros(START), event_bytes=32_768)
    bad = {
        "event": "Order Completed",
        "userId": "ann",
        "messageId": "bad",
        "properties": {"order_id": "1", "total": "12,5O"},
    }
    nameless = [{"type": "track", "userId": f"u{place}", "messageId": f"n{place}"} for place in range(3)]
    for body in ([{"type": "track", **bad}], nameless):
        shop.say(*dialect.read(dialect.open(Asking("batch", json.dumps({"batch": body}).encode())), stamp).lines)
    shop.tick()
    settings = shop.app.settings
    shop.close()
    app = apps.open_app(settings)

    def ask(request: Mapping[str, Any]) -> pa.Table:
        return apps.answer(settings, request)

    front = desk.make(settings, app.state, ask, dict, shop.clock)
    front.is_open = True
    yield Counter(None, app.state, shop.clock, front, "", {})  # type: ignore[arg-type]  # nothing is put into it by hand
    app.close()


def refused(reason: str, mending: Counter) -> list[str]:
    rows = repair.listed(mending.app.desk.settings, reason=reason, limit=10)
    return [str(row["failed_id"]) for row in rows]


def facts(mending: Counter) -> list[str]:
    rows = mending.app.desk.ask(
        {
            "kind": "report",
            "name": "live",
            "parameters": {
                **dict.fromkeys(("source", "dialect", "name", "profile", "thing", "reason"), ""),
                "what": "accepted",
                "brands": [],
                "most": 50,
            },
        }
    )
    return sorted(row["message_id"] for row in rows.to_pylist())


def test_a_browser_that_follows_gets_the_list_alone_and_nothing_where_nothing_is_new(counter: Counter) -> None:
    counter.event("Product Viewed", product_id="SKU-1")

    part = counter.get("/live", hx_request="true")
    newest = part.text.split('data-newest="')[1].split('"')[0]
    same = counter.get(f"/live?newest={newest}", hx_request="true")
    counter.clock.advance(timedelta(seconds=1))
    counter.event("Product Viewed", product_id="SKU-2")
    more = counter.get(f"/live?newest={newest}", hx_request="true")

    assert "<html" not in part.text
    assert "SKU-1" in part.text
    assert (same.status, same.body) == (204, b"")
    assert (more.status, "SKU-2" in more.text) == (200, True)


def test_a_question_that_waits_is_answered_once_something_it_looks_at_is_new(counter: Counter) -> None:
    counter.event("Product Viewed", product_id="SKU-1")
    part = counter.get("/live?name=Product+Viewed&wait=1", hx_request="true")
    newest = part.text.split('data-newest="')[1].split('"')[0]
    began = time.monotonic()

    counter.clock.advance(timedelta(seconds=1))
    counter.event("Product Added", product_id="SKU-2")
    other = counter.get(f"/live?name=Product+Viewed&wait=1&newest={newest}", hx_request="true")
    waited = time.monotonic() - began
    counter.event("Product Viewed", product_id="SKU-3", ago=timedelta(seconds=-1))
    more = counter.get(f"/live?name=Product+Viewed&wait=1&newest={newest}", hx_request="true")

    assert other.status == 204
    assert waited >= live.WAIT_SECONDS
    assert (more.status, "SKU-3" in more.text) == (200, True)
    assert not re.search(r'href="[^"]*(?:newest|wait)=', part.text + more.text)


def test_a_click_on_a_thing_or_a_reason_narrows(counter: Counter) -> None:
    counter.event("Product Viewed", product_id="SKU-1")
    counter.event("Product Viewed", product_id="SKU-2", ago=timedelta(seconds=1))
    counter.refused("bad_amount", detail="one")
    counter.refused("bad_json", detail="two", ago=timedelta(seconds=1))

    by_thing, by_reason = counter.get("/live?thing=SKU-1").text, counter.get("/live?what=refused&reason=bad_json").text

    assert ("SKU-1" in by_thing, "SKU-2" in by_thing) == (True, False)
    assert ("two" in by_reason, "one<" in by_reason) == (True, False)


def test_live_shows_the_visitors_brands_only(counter: Counter) -> None:
    keys.add_brand(counter.state, Brand(name="other"))
    key = users.add_user(counter.state, name="sam", role=Role.SUPPORT, now=counter.clock.now(), for_brands=["other"])
    counter.event("Product Viewed", product_id="of-main")
    counter.event("Product Viewed", product_id="of-other", brand="other", ago=timedelta(seconds=1))
    counter.refused("bad_amount", detail="refused-of-main")

    text = counter.get("/live", authorization=f"Bearer {key}").text

    assert "of-other" in text
    assert "of-main" not in text
    assert "/live/refused/" not in text  # to mend is for who runs the installation


def test_bytes_that_are_no_text_are_shown_as_they_came(counter: Counter) -> None:
    counter.refused("bad_json", raw="eyJldmVudCI6IP8=", line=None)

    assert "\\xff" in counter.get("/live").text


@pytest.mark.parametrize(
    ("text", "detail", "marked"),
    [
        ('{"a": 1,,}', "JSON is malformed: object keys must be strings (byte 8)", ","),
        ('{"é": 1,,}', "JSON is malformed: object keys must be strings (byte 9)", ","),
        ('{"properties": {"total": "12,5O"}}', "Invalid decimal string - at `$.total`", '"total": "12,5O"'),
        ('{"products": [{"price": 1}, {"price": "x"}]}', "Invalid - at `$.products[...].price`", '"price": 1'),
        ('{"properties": {"order_id": null}}', "properties.order_id", '"order_id": null'),
        ('{"currency": "EURO"}', "EURO", "EURO"),
        ('{"a": 1}', "cut (byte 900)", "}"),
        ('{"a": 1}', "a track event needs `event`", None),
        ("", "cut (byte 0)", ""),
    ],
)
def test_the_place_of_a_fault_is_found_in_the_text(text: str, detail: str, marked: str | None) -> None:
    spot = failed.spot(text, detail)

    assert (None if spot is None else text[spot[0] : spot[1]]) == marked


def test_a_refused_event_is_looked_at_mended_and_sent_in_again(mending: Counter) -> None:
    (failed_id,) = refused("bad_amount", mending)
    target = f"/live/refused/{failed_id}"
    page = mending.get(target, accept_language="en").text
    assert "<mark>&#34;total&#34;: &#34;12,5O&#34;</mark>" in page
    body = str(repair.shown(mending.app.desk.settings, failed_id)["body"])
    better = body.replace("12,5O", "12.50")

    still = mending.post(target, {"text": body, "do": "send"}, accept_language="en")
    looked = mending.post(target, {"text": better, "do": "look"}, accept_language="en")
    assert still.status == 422
    assert "Still refused: unreadable amount" in still.text
    assert "It would be taken." in looked.text
    assert refused("bad_amount", mending)
    assert facts(mending) == [], "to look changes nothing"

    sent = mending.post(target, {"text": better, "do": "send"})
    assert (sent.status, sent.headers["location"]) == (303, f"{target}?done=replay.stored")
    assert facts(mending) == ["bad"]
    again = mending.post(target, {"text": better, "do": "send"})
    assert again.headers["location"] == f"{target}?done=replay.known_already"
    assert facts(mending) == ["bad"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"type":"refused"}', "\x00", "{}" * 9, "é\ud800"])
def test_a_text_that_is_no_event_is_told_so_and_never_breaks_the_page(text: str, mending: Counter) -> None:
    (failed_id,) = refused("bad_amount", mending)

    answer = mending.post(
        f"/live/refused/{failed_id}", {"text": text.encode("utf-8", "replace").decode(), "do": "send"}
    )

    assert answer.status == 422
    assert 'aria-invalid="true"' in answer.text
    assert facts(mending) == []


def test_all_of_one_reason_are_mended_by_a_field_and_sent_in_with_progress(mending: Counter) -> None:
    target = "/live/reasons/missing_name"
    assert "3 events will go" in mending.get(target, accept_language="en").text
    wrong = mending.post(target, {"path": "event", "value": "Product Viewed"}, accept_language="en")
    half = mending.post(target, {"path": "event", "value": ""}, accept_language="en")
    assert (wrong.status, half.status) == (422, 422)
    assert "straight quotes" in wrong.text

    started = mending.post(target, {"path": "event", "value": '"Product Viewed"'})
    progress = started.headers["location"]
    for _ in range(200):
        text = mending.get(progress, hx_request="true", accept_language="en").text
        if "hx-get" not in text:
            break
        time.sleep(0.05)

    assert started.status == 303
    assert "It is done." in text
    assert facts(mending) == ["n0", "n1", "n2"]
    assert "Nothing waits" in mending.get(target, accept_language="en").text


def test_many_are_mended_at_once_looked_at_first_and_the_mending_is_undone(mending: Counter) -> None:
    target = "/live/reasons/missing_name"
    change = {"path": "event", "value": '"Product Viewed"'}

    looked = mending.post(target, change | {"do": "look"}, accept_language="en").text
    assert "It would be taken." in looked
    assert "not sent in yet" not in mending.get(target, accept_language="en").text, "to look changes nothing"

    mending.post(target, change | {"do": "keep"})
    assert "3 events mended, not sent in yet" in mending.get(target, accept_language="en").text
    mending.post(target, {"do": "undo"})
    assert "not sent in yet" not in mending.get(target, accept_language="en").text
    (failed_id, *_) = refused("missing_name", mending)
    assert repair.shown(mending.app.desk.settings, failed_id)["mended"] is None
    assert facts(mending) == []


def test_a_click_on_a_dialect_narrows(counter: Counter) -> None:
    counter.event("Product Viewed", product_id="of-matomo", dialect="matomo")
    counter.event("Product Viewed", product_id="of-segment", ago=timedelta(seconds=1))
    counter.refused("bad_amount", detail="refused-by-matomo", dialect="matomo")
    counter.refused("bad_amount", detail="refused-long-ago", ago=timedelta(seconds=1))

    text = counter.get("/live?dialect=matomo").text

    assert "of-matomo" in text
    assert "refused-by-matomo" in text
    assert "of-segment" not in text
    assert "refused-long-ago" not in text


def test_what_nobody_knows_is_not_found(mending: Counter) -> None:
    for target in ("/live/refused/nope", "/live/reasons/nope", "/live/replays/nope"):
        assert mending.get(target).status == 404, target


def test_only_who_runs_the_installation_mends(mending: Counter) -> None:
    key = users.add_user(mending.state, name="mia", role=Role.MARKETING, now=mending.clock.now())
    (failed_id,) = refused("bad_amount", mending)

    for target in (f"/live/refused/{failed_id}", "/live/reasons/bad_amount"):
        assert mending.get(target, authorization=f"Bearer {key}").status == 403
