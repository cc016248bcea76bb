"""The Segment dialect, call by call."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest

from comptoir.collect.dialects import events
from comptoir.collect.dialects.base import Asking
from comptoir.collect.dialects.segment import Segment
from comptoir.collect.parse import Parsed, Stamp
from comptoir.model.event import Line, Trust, encode
from comptoir.model.event import RefusalReason as Reason

NOW = 1_795_290_410_000_000
COOKIE = "01a2000b-0000-7000-8000-000000000000"


def read(route: str, body: object, *, raw: bytes | None = None, **known: Any) -> Parsed:
    stamp: dict[str, Any] = {
        "source": "site", "brand": "main", "trust": Trust.CLAIMED, "received_at": NOW, "event_bytes": 32_768,
        "mint": lambda: "minted",
    } | known  # fmt: skip
    dialect = Segment()
    opened = dialect.open(Asking(route, raw if raw is not None else json.dumps(body).encode()))
    return dialect.read(opened, Stamp(**stamp, historical=opened.is_historical))


def line(route: str, body: object, **known: Any) -> Line:
    parsed = read(route, body, **known)
    assert not parsed.refusals
    (one,) = parsed.lines
    return one


def reason(route: str, body: object, **known: Any) -> Reason:
    parsed = read(route, body, **known)
    (refusal,) = parsed.refusals
    (kept,) = parsed.lines
    assert (kept.type, kept.reason, kept.detail) == ("refused", refusal.fault.reason.value, refusal.fault.detail)
    return refusal.fault.reason


def test_a_track_event_becomes_one_canonical_line() -> None:
    body = {
        "event": "Product Added", "userId": "u1", "anonymousId": "a1", "messageId": "m1",
        "timestamp": "2026-11-21T19:46:49.816Z", "sentAt": "2026-11-21T19:46:49.900Z",
        "properties": {"cart_id": "c1", "price": 10.50}, "context": {"userAgent": "Mozilla/5.0", "locale": "fr-FR"},
    }  # fmt: skip

    got = line("track", body, ip="203.0.113.0")

    assert got == Line(
        v=1, type="track", source="site", brand="main", received_at=NOW, message_id="m1", name="Product Added",
        user_id="u1", anonymous_id="a1", timestamp=1_795_290_409_816_000, sent_at=1_795_290_409_900_000,
        ip="203.0.113.0", user_agent="Mozilla/5.0", properties=got.properties, context=got.context,
    )  # fmt: skip
    assert bytes(got.properties) == b'{"cart_id":"c1","price":10.5}'
    assert json.loads(bytes(got.context)) == {"userAgent": "Mozilla/5.0", "locale": "fr-FR"}
    assert b"\n" not in encode(got)


def test_the_address_says_the_type_of_a_single_event() -> None:
    body = {"userId": "u", "type": "identify", "event": "E", "groupId": "g", "previousId": "p", "traits": {"a": 1}}

    for route in ("track", "page", "screen", "identify", "group", "alias"):
        assert line(route, body).type == route


def test_every_address_of_segment_is_answered() -> None:
    paths = Segment.routes

    assert {path.removeprefix("/v1/") for path, route in paths.items() if not route.is_page} == {
        "track", "page", "screen", "identify", "group", "alias", "batch", "import", "t", "p", "s", "i", "g", "a", "b",
    }  # fmt: skip
    assert paths["/v1/i"].name == "identify"
    assert paths["/v1/b"].name == "batch"


def test_numbers_survive_exactly() -> None:
    text = (
        b'{"event":"E","userId":18446744073709551617,"properties":{"price": 0.10000000000000000000000001, "n":[1e2]}}'
    )

    got = line("track", None, raw=text)

    assert got.user_id == "18446744073709551617"
    assert bytes(got.properties) == b'{"price":0.10000000000000000000000001,"n":[1e2]}'


def test_texts_survive_exactly() -> None:
    said = "NUL \x00 · NFD e\u0301 · 😀 · \u202ertl"

    got = line("track", {"event": said, "userId": said, "properties": {"t": said}})

    assert (got.name, got.user_id) == (said, said)
    assert json.loads(bytes(got.properties)) == {"t": said}
    assert msgspec.json.decode(encode(got))["name"] == said


def test_an_import_is_historical_and_a_batch_is_not() -> None:
    body = {"batch": [{"type": "track", "event": "E", "userId": "u"}]}

    assert line("import", body).historical
    assert line("import", body, trust=Trust.CONFIRMED).trust == "confirmed"
    assert not line("batch", body).historical


def test_what_stands_around_a_batch_is_the_default_for_each_event() -> None:
    body = {
        "sentAt": "2026-11-21T19:46:49.900Z",
        "context": {"locale": "fr-FR", "library": {"name": "x"}, "ip": "198.51.100.7", "userAgent": "Mozilla/5.0"},
        "batch": [
            {"type": "page", "userId": "u"},
            {"type": "page", "userId": "u", "context": {"locale": "en-GB"}, "sentAt": "2026-11-21T19:46:50.000Z"},
            {"type": "page", "userId": "u", "context": None},
        ],
    }

    lines = read("batch", body).lines

    assert [json.loads(bytes(one.context))["locale"] for one in lines] == ["fr-FR", "en-GB", "fr-FR"]
    assert [one.sent_at for one in lines] == [1_795_290_409_900_000, 1_795_290_410_000_000, 1_795_290_409_900_000]
    assert {one.user_agent for one in lines} == {"Mozilla/5.0"}
    assert {one.ip for one in lines} == {"198.51.100.0"}


def test_an_address_in_the_context_is_truncated_and_taken_out_of_it() -> None:
    for spelled in (b'"ip"', b'"\\u0069p"'):
        text = b'{"event":"E","userId":"u","context":{' + spelled + b':"198.51.100.7","a":1}}'
        got = line("track", None, raw=text, ip="203.0.113.0")

        assert got.ip == "198.51.100.0"
        assert json.loads(bytes(got.context)) == {"a": 1}
        assert b"198.51.100.7" not in encode(got)


def test_behind_a_secret_key_the_connection_is_no_visitors_unless_it_says_so() -> None:
    body: dict[str, object] = {"event": "E", "userId": "u"}

    assert line("track", body, ip="203.0.113.0").ip == "203.0.113.0"
    assert line("track", body, ip="203.0.113.0", trust=Trust.CONFIRMED).ip is None
    body["context"] = {"direct": True}
    assert line("track", body, ip="203.0.113.0", trust=Trust.CONFIRMED).ip == "203.0.113.0"


def test_an_instant_that_cannot_be_read_is_kept_as_it_was_said() -> None:
    got = line("track", {"event": "E", "userId": "u", "timestamp": "soon"})
    other = line("track", {"event": "E", "userId": "u", "timestamp": "0001-01-01T00:00:00Z"})

    assert (got.timestamp, got.original_timestamp) == (None, "soon")
    assert (other.timestamp, other.original_timestamp) == (None, "0001-01-01T00:00:00Z")
    assert line("track", {"event": "E", "userId": "u", "originalTimestamp": "1970-01-01"}).timestamp == 0


@pytest.mark.parametrize(
    ("route", "body", "expected"),
    [
        ("track", {"userId": "u"}, Reason.MISSING_NAME),
        ("track", {"userId": "u", "event": " "}, Reason.MISSING_NAME),
        ("track", {"event": "E", "userId": {}}, Reason.BAD_ENVELOPE),
        ("track", {"event": "E", "userId": 1.5}, Reason.BAD_ENVELOPE),
        ("track", {"event": "E", "userId": True}, Reason.BAD_ENVELOPE),
        ("track", {"event": ["E"], "userId": "u"}, Reason.BAD_ENVELOPE),
        ("track", {"event": "E", "userId": "u", "properties": []}, Reason.BAD_ENVELOPE),
        ("track", {"event": "E", "userId": "u", "traits": "x"}, Reason.BAD_ENVELOPE),
        ("track", {"event": "E", "userId": "u", "context": 3}, Reason.BAD_ENVELOPE),
        ("track", {"event": "E", "userId": "u", "messageId": []}, Reason.BAD_ENVELOPE),
        ("track", [], Reason.BAD_ENVELOPE),
        ("track", "text", Reason.BAD_ENVELOPE),
        ("group", {"userId": "u"}, Reason.MISSING_GROUP),
        ("alias", {"userId": "u"}, Reason.MISSING_PREVIOUS),
        ("alias", {"previousId": "p"}, Reason.MISSING_PREVIOUS),
        ("batch", {"batch": [{"userId": "u"}]}, Reason.BAD_ENVELOPE),
        ("batch", {"batch": [{"userId": "u", "type": "purchase"}]}, Reason.BAD_ENVELOPE),
        ("batch", {"batch": [7]}, Reason.BAD_ENVELOPE),
        ("batch", {"batch": [None]}, Reason.BAD_ENVELOPE),
        ("batch", {"batch": {}}, Reason.BAD_ENVELOPE),
        ("batch", {}, Reason.BAD_ENVELOPE),
        ("batch", [], Reason.BAD_ENVELOPE),
        ("batch", {"batch": [{"type": "control", "userId": "u"}]}, Reason.NOT_ALLOWED),
        ("batch", {"batch": [{"type": "record", "userId": "u"}]}, Reason.NOT_ALLOWED),
        ("batch", {"batch": [{"type": "refused", "userId": "u"}]}, Reason.BAD_ENVELOPE),
        ("batch", {"batch": [{"type": "discarded", "userId": "u"}]}, Reason.BAD_ENVELOPE),
        ("track", {"event": "E", "userId": "u", "properties": {"t": "x" * 40_000}}, Reason.EVENT_TOO_LARGE),
    ],
)
def test_an_event_that_cannot_be_read_is_refused_with_its_reason(route: str, body: object, expected: Reason) -> None:
    assert reason(route, body) is expected


@pytest.mark.parametrize("trust", list(Trust))
@pytest.mark.parametrize("name", sorted(events.RESERVED))
def test_a_name_that_is_ours_is_refused_to_everybody(name: str, trust: Trust) -> None:
    assert reason("track", {"event": name, "userId": "u"}, trust=trust) is Reason.NOT_ALLOWED


def test_a_page_may_be_called_contact() -> None:
    assert line("page", {"name": "Contact", "userId": "u"}).name == "Contact"


def test_a_refused_event_keeps_its_bytes_its_id_and_its_name() -> None:
    event = {"type": "group", "userId": "u", "messageId": "m9"}
    parsed = read("batch", {"batch": [{"type": "page", "userId": "u"}, event]})

    kept = parsed.lines[1]

    assert parsed.refusals[0].index == 1
    assert kept.message_id == "m9"
    assert json.loads(base64.b64decode(kept.raw or "")) == event
    assert (kept.source, kept.brand, kept.trust, kept.received_at) == ("site", "main", "claimed", NOW)


def test_one_poisoned_event_does_not_cost_its_neighbours() -> None:
    poison = [
        (b"NaN", Reason.BAD_JSON),
        (b'{"type":"page","userId":"\xff"}', Reason.BAD_JSON),
        (b'{"type":"page","userId":"\\ud800"}', Reason.LONE_SURROGATE),
        (b'{"type":"page","userId":"u","x":1e999}', Reason.NUMBER_OUT_OF_RANGE),
        (b'{"type":"page","userId":"u","userId":"v"}', Reason.DUPLICATE_KEY),
        (b'{"type":"page","userId":"u","x":' + b"[" * 5_000 + b"]" * 5_000 + b"}", Reason.TOO_DEEP),
        (b'{"type":"page","userId":"u","x":' + b"9" * 5_000 + b"}", Reason.NUMBER_OUT_OF_RANGE),
        (b'{"type":"page","userId":"u","x":"' + b"y" * 40_000 + b'"}', Reason.EVENT_TOO_LARGE),
    ]
    for bad, expected in poison:
        good = [b'{"type":"page","userId":"u%d","messageId":"m%d"}' % (n, n) for n in range(5)]
        text = b'{"batch":[' + b",".join([*good[:3], bad, *good[3:]]) + b'],"sentAt":"2026-11-21","writeKey":"wk"}'

        parsed = read("batch", None, raw=text)

        assert [(one.index, one.fault.reason) for one in parsed.refusals] == [(3, expected)], bad[:60]
        assert [one.message_id for one in parsed.lines if one.type == "page"] == [f"m{n}" for n in range(5)]
        assert len(parsed.lines) == 6
        assert Segment().open(Asking("batch", text)).key == "wk"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"batch":[{"type":"page"', Reason.BAD_JSON),
        (b"not json", Reason.BAD_JSON),
        (b"", Reason.BAD_JSON),
        (b'{"batch":[],"batch":[]}', Reason.DUPLICATE_KEY),
        (b'{"writeKey":"a","batch":[{"type":"page","userId":"u"}],"writeKey":"b"}', Reason.DUPLICATE_KEY),
        (b'{"batch":[{"type":"page","userId":"u"}],"x":NaN}', Reason.BAD_JSON),
        (b"\x1f\x8bstill packed", Reason.BAD_JSON),
    ],
)
def test_a_body_that_cannot_be_taken_apart_is_kept_whole_as_one_refused_line(text: bytes, expected: Reason) -> None:
    parsed = read("batch", None, raw=text)

    (kept,) = parsed.lines
    assert kept.reason == expected.value
    assert base64.b64decode(kept.raw or "") == text


def test_the_key_of_a_broken_body_is_still_found() -> None:
    assert Segment().open(Asking("track", b'{"writeKey":"wk_1","event":')).key == "wk_1"
    assert Segment().open(Asking("batch", b'{"batch":[{"x":NaN, "writeKey" : "wk_1"')).key == "wk_1"
    assert Segment().open(Asking("track", b'{"event":')).key is None


def test_the_same_request_sent_again_has_the_same_ids() -> None:
    event = {"type": "track", "event": "E", "userId": "u", "timestamp": "2026-11-21T10:00:00Z"}
    other = event | {"timestamp": "2026-11-21T10:00:01Z"}
    body = {"batch": [event, event, other], "sentAt": "2026-11-21T10:00:02Z"}

    first = [one.message_id for one in read("batch", body).lines]
    again = [one.message_id for one in read("batch", body, received_at=NOW + 60_000_000).lines]
    later = [one.message_id for one in read("batch", body | {"sentAt": "2026-11-21T11:00:02Z"}).lines]

    assert first == again
    assert len(set(first)) == 3
    assert not set(first) & set(later)


def test_who_signs_in_before_the_browser_has_an_id_is_joined_to_it() -> None:
    body = {"batch": [
        {"type": "identify", "messageId": "1", "userId": "u", "traits": {"email": "a@example.org"}},
        {"type": "page", "messageId": "2"},
        {"type": "identify", "messageId": "3", "userId": "u", "anonymousId": "own"},
    ]}  # fmt: skip

    assert [one.anonymous_id for one in read("batch", body).lines] == ["minted", "minted", "own"]
    assert [one.anonymous_id for one in read("batch", {"batch": body["batch"][:1]}).lines] == [None], "a server's"


def test_an_event_that_names_nobody_gets_the_browsers_cookie_or_one_minted_for_the_request() -> None:
    body = {"batch": [{"type": "page"}, {"type": "page"}, {"type": "page", "anonymousId": "own"}]}

    minted = read("batch", body)
    known = read("batch", body, anonymous_id=COOKIE)

    assert [one.anonymous_id for one in minted.lines] == ["minted", "minted", "own"]
    assert minted.minted == "minted"
    assert [one.anonymous_id for one in known.lines] == [COOKIE, COOKIE, "own"]
    assert known.minted is None


def test_a_person_who_is_named_needs_no_cookie() -> None:
    parsed = read("page", {"userId": "u"})

    assert parsed.minted is None
    assert parsed.lines[0].anonymous_id is None


def test_a_server_must_say_who_it_speaks_of() -> None:
    assert reason("page", {}, trust=Trust.CONFIRMED, mint=None) is Reason.MISSING_IDENTIFIER
    assert reason("page", {"userId": "", "anonymousId": None}, mint=None) is Reason.MISSING_IDENTIFIER


@pytest.mark.parametrize(
    "preferences",
    [
        {"analytics": False},
        {"Analytics": False, "Advertising": True},
        {"marketing": False},
        {"C0002": False},
        {"Tracking ": False},
    ],
)
def test_an_event_without_consent_is_counted_and_nothing_of_it_is_kept(preferences: dict[str, bool]) -> None:
    body = {
        "event": "Product Viewed", "userId": "canary", "messageId": "canary", "properties": {"secret": "canary"},
        "context": {"consent": {"categoryPreferences": preferences}, "ip": "198.51.100.7"},
    }  # fmt: skip

    got = line("track", body, ip="203.0.113.0", user_agent="canary")

    assert got == Line(v=1, type="discarded", source="site", brand="main", received_at=NOW)
    assert b"canary" not in encode(got)


@pytest.mark.parametrize(
    "consent",
    [
        {"categoryPreferences": {"analytics": True, "marketing": True, "functional": False}},
        {"categoryPreferences": {"C0001": False}},
        {"categoryPreferences": {}},
        {},
        None,
        "yes",
        {"categoryPreferences": ["analytics"]},
    ],
)
def test_an_event_whose_consent_is_given_or_unsaid_is_kept(consent: object) -> None:
    assert line("track", {"event": "E", "userId": "u", "context": {"consent": consent}}).type == "track"


def test_the_news_of_a_refused_consent_is_itself_kept_and_urgent() -> None:
    body = {
        "event": "Segment Consent Preference Updated", "anonymousId": "a",
        "context": {"consent": {"categoryPreferences": {"analytics": False}}},
    }  # fmt: skip

    parsed = read("track", body)

    assert parsed.lines[0].type == "track"
    assert parsed.is_urgent


def test_orders_are_urgent_unless_they_are_history() -> None:
    order = {"batch": [{"type": "track", "event": "Order Completed", "userId": "u"}]}

    assert read("batch", order).is_urgent
    assert not read("import", order).is_urgent
    assert not read("track", {"event": "Product Viewed", "userId": "u"}).is_urgent


def test_the_whole_batch_is_read_in_little_time() -> None:
    event = {"type": "track", "event": "E", "userId": "u", "properties": {"a": [1, 2, 3], "b": {"c": "d"}}}

    parsed = read("batch", {"batch": [event] * 2_500})

    assert len(parsed.lines) == 2_500
    assert len({one.message_id for one in parsed.lines}) == 2_500
