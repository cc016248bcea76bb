from __future__ import annotations

import json
from typing import Any

import pytest

from comptoir.collect.dialects.base import Asking, Reply
from comptoir.collect.dialects.rudderstack import RudderStack
from comptoir.collect.parse import Parsed, Stamp
from comptoir.model.event import Line, RefusalReason, Trust

STAMP = Stamp(source="site", brand="main", trust=Trust.CLAIMED, received_at=1, event_bytes=32_768, mint=lambda: "made")
RUDDER = RudderStack()


def told(path: str, body: object = None, *, query: bytes = b"", method: str = "POST") -> Parsed:
    text = b"" if body is None else json.dumps(body).encode()
    opened = RUDDER.open(Asking(RUDDER.routes[path].name, text, query, method=method))
    return RUDDER.read(opened, STAMP)


def line(path: str, body: object = None, *, query: bytes = b"", method: str = "POST") -> Line:
    parsed = told(path, body, query=query, method=method)
    assert not parsed.refusals, parsed.refusals
    return parsed.lines[0]


def properties(one: Line) -> Any:
    return json.loads(bytes(one.properties))


def test_a_beacon_is_a_batch() -> None:
    got = line("/beacon/v1/batch", {"batch": [{"type": "page", "name": "Home", "anonymousId": "a"}]})

    assert (got.type, got.name, got.dialect) == ("page", "Home", "rudderstack")


def test_a_pixel_says_an_event_in_its_query() -> None:
    query = b"writeKey=wk&event=Opened&userId=u&properties.price=9.5&properties.of.what=mail&context.ip=198.51.100.7"

    got = line("/pixel/v1/track", query=query, method="GET")

    assert (got.type, got.name, got.user_id, got.ip) == ("track", "Opened", "u", "198.51.100.0")
    assert properties(got) == {"price": "9.5", "of": {"what": "mail"}}
    assert RUDDER.open(Asking("pixel-track", query=query, method="GET")).key == "wk"


def test_a_pixel_of_a_page_needs_no_name_and_the_same_pixel_is_the_same_event() -> None:
    query = b"anonymousId=a&writeKey=wk"

    first, again = (line("/pixel/v1/page", query=query, method="GET") for _ in range(2))

    assert (first.type, first.name, first.anonymous_id) == ("page", "Unknown Page", "a")
    assert first.message_id == again.message_id


def test_a_pixel_is_answered_with_a_picture_and_a_bad_one_with_its_fault() -> None:
    def answer(query: bytes) -> Reply | None:
        opened = RUDDER.open(Asking("pixel-track", query=query, method="GET"))
        return RUDDER.answer(opened, RUDDER.read(opened, STAMP))

    good = answer(b"event=E&anonymousId=a")
    assert good is not None
    assert good.content_type == "image/gif"
    assert good.body.startswith(b"GIF89a")
    assert answer(b"anonymousId=a") is None


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (b"anonymousId=a", RefusalReason.MISSING_NAME),
        (b"&".join(b"a%d=1" % number for number in range(600)), RefusalReason.TOO_MANY_KEYS),
        (b"event=E&context=x&context.ip=y", RefusalReason.BAD_ENVELOPE),
    ],
)
def test_a_bad_pixel_is_kept_with_its_reason_and_its_own_query(query: bytes, reason: RefusalReason) -> None:
    parsed = told("/pixel/v1/track", query=query, method="GET")

    (refused,) = parsed.lines
    assert (refused.reason, refused.dialect, refused.route) == (reason.value, "rudderstack", "pixel-track")


def test_a_refused_pixel_is_opened_again_by_its_route() -> None:
    (refusal,) = told("/pixel/v1/track", query=b"anonymousId=a&writeKey=wk", method="GET").refusals

    opened = RUDDER.reopen("pixel-track", refusal.raw + b"&event=Mended")

    assert refusal.raw == b"anonymousId=a"
    assert RUDDER.read(opened, STAMP).lines[0].name == "Mended"


def test_a_webhook_keeps_whatever_came() -> None:
    posted = line("/v1/webhook", {"userId": "u", "status": "paid", "lines": [{"sku": "s1"}]})
    asked = line("/v1/webhook", query=b"status=paid&userId=u&writeKey=wk", method="GET")

    assert (posted.name, posted.user_id) == ("webhook_source_event", "u")
    assert properties(posted) == {"userId": "u", "status": "paid", "lines": [{"sku": "s1"}]}
    assert properties(asked) == {"userId": "u", "status": "paid"}


def test_a_merge_says_that_two_identifiers_are_one_person() -> None:
    body = {"mergeProperties": [{"type": "user_id", "value": "u1"}, {"type": "email", "value": "a@example.org"}]}

    got = line("/v1/merge", body)

    assert (got.type, got.user_id, json.loads(bytes(got.traits))) == ("identify", "u1", {"email": "a@example.org"})


def test_lists_of_people_are_not_taken() -> None:
    (refusal,) = told("/v1/audiencelist", {"properties": {"listData": {"add": [{"email": "a@example.org"}]}}}).refusals

    assert refusal.fault.reason == RefusalReason.NOT_ALLOWED


def test_the_browser_client_is_told_that_its_source_is_there_and_has_no_destinations() -> None:
    reply = RUDDER.page(Asking("config", query=b"p=npm&v=3.34.1&writeKey=wk_1", method="GET"))

    assert reply is not None
    assert reply.key == "wk_1"
    source = json.loads(reply.body)["source"]
    assert source["enabled"] is True
    assert source["destinations"] == []
