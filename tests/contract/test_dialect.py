"""What every dialect promises, run on each one that is installed, and on what real SDKs sent."""

from __future__ import annotations

import json
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

    opened = dialect.open(Asking(route, body, query))
    parsed = dialect.read(opened, STAMP)
    dialect.answer(opened, parsed)

    refused = [line for line in parsed.lines if line.type == "refused"]
    assert len(refused) == len(parsed.refusals)
    assert all(RefusalReason(str(line.reason)) and line.raw is not None for line in refused)
    assert {line.dialect for line in parsed.lines if line.type != "discarded"} <= {name}
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
