"""What every dialect promises, run on each one that is installed, and on what real SDKs sent."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir import plugins
from comptoir.collect.dialects.base import Asking, Dialect
from comptoir.collect.parse import Stamp
from comptoir.model.event import RefusalReason, Trust, decode, encode

STAMP = Stamp(
    source="site", brand="main", trust=Trust.CLAIMED, received_at=1, event_bytes=32_768, mint=lambda: "minted"
)
NAMES = [point.name for point in plugins.offered(plugins.Kind.DIALECT)]
REQUESTS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("segment_requests.json").read_text(encoding="utf-8")
)


NAMES_OF_FIELDS = st.sampled_from([
    "batch", "event", "type", "name", "userId", "anonymousId", "groupId", "previousId", "messageId", "timestamp",
    "sentAt", "properties", "traits", "context", "writeKey", "mergeProperties", "value", "api_key", "uuid",
    "distinct_id", "$set", "data", "schema", "e", "ue_px", "co", "cx", "requests", "events", "params", "items",
    "client_id", "user_properties", "consent", "ip", "page",
])  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES_OF_FIELDS | st.text(max_size=4), inner),
    max_leaves=12,
)
BODIES = JSON.map(json.dumps).map(str.encode) | st.dictionaries(NAMES_OF_FIELDS, JSON).map(json.dumps).map(str.encode)


def load(name: str) -> Dialect:
    dialect: Dialect = plugins.load(plugins.Kind.DIALECT, name)()
    return dialect


def test_segment_is_found_by_its_entry_point() -> None:
    assert "segment" in NAMES
    assert load("segment").name == "segment"


@pytest.mark.parametrize("name", NAMES)
def test_a_dialect_answers_addresses_that_begin_with_a_slash(name: str) -> None:
    routes = load(name).routes

    assert routes
    assert all(path.startswith("/") for path in routes)
    assert all(path.count("{") == path.count("}") <= 1 for path in routes)


@pytest.mark.parametrize("name", NAMES)
@given(
    body=st.binary(max_size=200) | st.text(alphabet='{}[]",:\\abtchuserId019 ', max_size=80).map(str.encode),
    data=st.data(),
)
def test_no_body_makes_a_dialect_fail_otherwise_than_with_a_reason(name: str, body: bytes, data: st.DataObject) -> None:
    dialect = load(name)
    route = data.draw(st.sampled_from(sorted({one.name for one in dialect.routes.values() if not one.is_page})))
    query = data.draw(st.binary(max_size=60))

    holds(dialect, Asking(route, body, query, method=data.draw(st.sampled_from(["GET", "POST"]))))


@pytest.mark.parametrize("name", NAMES)
@given(body=BODIES, data=st.data())
def test_no_json_of_any_shape_makes_a_dialect_fail(name: str, body: bytes, data: st.DataObject) -> None:
    dialect = load(name)
    route = data.draw(st.sampled_from(sorted({one.name for one in dialect.routes.values() if not one.is_page})))

    holds(dialect, Asking(route, body))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"batch":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
        b'{"batch":[{"event":"E","userId":' + b"9" * 5_000 + b"}]}",
        b'{"event":"E","userId":18446744073709551616,"properties":{"price":1e400}}',
        b'{"event":"\\ud800","userId":"u","batch":["\\udfff"],"requests":["\\ud800"],"data":[{"e":"\\ud800"}]}',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        json.dumps({"batch": [{f"k{number}": 1 for number in range(50_000)}]}).encode(),
        b"data=" + b"%" * 10_000,
        b"data=" + b"A" * 9_999,
    ],
    ids=range(10),
)
def test_what_was_made_to_hurt_is_refused_with_a_reason(name: str, body: bytes) -> None:
    dialect = load(name)

    for route in sorted({one.name for one in dialect.routes.values() if not one.is_page}):
        holds(dialect, Asking(route, body))
        holds(dialect, Asking(route, query=body[:50_000], method="GET"))


def holds(dialect: Dialect, asked: Asking) -> None:
    """See that every event of a request became lines, or one refused line with a reason and what it said."""
    opened = dialect.open(asked)
    parsed = dialect.read(opened, STAMP)
    dialect.answer(opened, parsed)

    refused = [line for line in parsed.lines if line.type == "refused"]
    assert len(refused) == len(parsed.refusals)
    assert all(RefusalReason(str(line.reason)) and line.raw is not None for line in refused)
    assert {line.dialect for line in parsed.lines if line.type != "discarded"} <= {dialect.name}
    assert len(parsed.lines) >= (1 if opened.fault else len(opened.events))
    for line in parsed.lines:
        assert b"\n" not in encode(line)
        assert decode(encode(line)) == line


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one['sdk']} {one['path']}")
def test_what_a_real_sdk_sent_is_taken_whole(request_: dict[str, Any]) -> None:
    dialect = load("segment")
    body = request_["body"]
    sent = body.get("batch", [body])

    opened = dialect.open(Asking(dialect.routes[request_["path"]].name, json.dumps(body).encode()))
    parsed = dialect.read(opened, STAMP)

    assert not parsed.refusals
    assert [line.message_id for line in parsed.lines] == [event["messageId"] for event in sent]
    for line, event in zip(parsed.lines, sent, strict=True):
        assert line.type == event["type"] if "type" in event else True
        assert line.name == event.get("event", event.get("name")) or line.name == ""
        assert line.user_id == event.get("userId")
        assert line.timestamp is not None
        assert line.sent_at is not None
        assert json.loads(bytes(line.properties)) == event.get("properties", {})
        assert json.loads(bytes(line.traits)) == event.get("traits", {})
    in_body = body.get("writeKey")
    assert opened.key == in_body


_IP = "203.0.113.77"
_DENIED = {"consent": {"categoryPreferences": {"analytics": False}}}


def _segment(**more: Any) -> bytes:
    return json.dumps({"anonymousId": "a", "context": {"ip": _IP}} | more).encode()


def _posthog(event: str | None, **more: Any) -> bytes:
    return json.dumps({"event": event, "distinct_id": "a", "properties": {"$ip": _IP, **more}}).encode()


def _snowplow(kind: str) -> bytes:
    return json.dumps({"schema": "s", "data": [{"e": kind, "ip": _IP, "duid": "d"}]}).encode()


def _google(**event: Any) -> bytes:
    return json.dumps({"client_id": "a", "ip_override": _IP, "events": [event]}).encode()


@pytest.mark.parametrize(
    ("name", "route", "body", "query", "kind"),
    [
        ("segment", "track", _segment(event="Looked"), "", "track"),
        ("segment", "track", _segment(), "", "refused"),
        ("segment", "track", _segment()[:-1], "", "refused"),
        ("segment", "track", _segment(event="Looked", context={"ip": _IP} | _DENIED), "", "discarded"),
        ("jitsu", "track", _segment(), "", "refused"),
        ("rudderstack", "pixel-track", b"", f"anonymousId=a&context.ip={_IP}", "refused"),
        ("posthog", "capture", _posthog("Looked"), "", "track"),
        ("posthog", "capture", _posthog(None), "", "refused"),
        ("posthog", "capture", _posthog("Looked", **{"$cookieless_mode": True}), "", "discarded"),
        ("snowplow", "payload", _snowplow("pv"), "", "page"),
        ("snowplow", "payload", _snowplow("?"), "", "refused"),
        ("snowplow", "pixel", b"", f"e=x&ip={_IP}", "refused"),
        ("matomo", "hit", b"", f"url=u&_id=a&cip={_IP}", "page"),
        ("matomo", "hit", b"", f"ca=1&cip={_IP}", "refused"),
        ("matomo", "hit", json.dumps({"requests": [f"?ca=1&cip={_IP}"]}).encode(), "", "refused"),
        ("ga4", "collect", _google(name="view_item"), "", "track"),
        ("ga4", "collect", _google(), "", "refused"),
    ],
)
def test_no_whole_address_of_anybody_is_kept_be_an_event_taken_refused_or_discarded(
    name: str, route: str, body: bytes, query: str, kind: str
) -> None:
    dialect = load(name)

    (line,) = dialect.read(
        dialect.open(Asking(route, body, query.encode(), method="POST" if body else "GET")), STAMP
    ).lines

    assert line.type == kind
    raw = b"" if line.raw is None else b64decode(line.raw)
    assert _IP.encode() not in encode(line) + raw
    assert (b"203.0.113.0" in raw) == (kind == "refused")
