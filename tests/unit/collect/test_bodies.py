"""How clients wrap their events, and how the wrapping is undone."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote_plus, urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect.dialects import bodies
from comptoir.collect.dialects.base import Asking, Opened
from comptoir.collect.dialects.events import Event, Writing, read
from comptoir.collect.parse import Fault, Stamp
from comptoir.model.event import RefusalReason, Trust

JSON = b'{"event":"Vu \xc3\xa9t\xc3\xa9 + ~","n":[1,{}]}'
STAMP = Stamp(source="site", brand="main", trust=Trust.CLAIMED, received_at=1, event_bytes=1_000, mint=lambda: "made")


class Around(msgspec.Struct):
    requests: list[msgspec.Raw]
    token: str = ""


around = msgspec.json.Decoder(Around).decode


@pytest.mark.parametrize(
    "body",
    [
        JSON,
        b"  " + JSON,
        b64encode(JSON),
        urlsafe_b64encode(JSON).rstrip(b"="),
        b"ip=1&data=" + quote_plus(b64encode(JSON)).encode(),
        b"data=" + b64encode(JSON),  # its plus signs were not escaped
        b"data=" + urlsafe_b64encode(JSON).rstrip(b"=") + b"&compression=base64",
        b"data=" + quote_plus(JSON).replace("+", "%20").encode(),
    ],
)
def test_one_json_is_found_in_every_wrapping(body: bytes) -> None:
    assert json.loads(bodies.payload(body)) == json.loads(JSON)


@given(st.binary(max_size=80))
def test_whatever_comes_is_unwrapped_without_failing(body: bytes) -> None:
    assert isinstance(bodies.payload(body), bytes)
    assert isinstance(bodies.payload(b"data=" + body), bytes)
    assert isinstance(bodies.fields(body), dict)
    assert b"key=" not in bodies.without(body + b"&key=1", b"key")


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=5))
def test_a_query_gives_back_what_was_written_into_it(said: dict[str, str]) -> None:
    assert bodies.fields(urlencode(said, errors="replace").encode()) == {
        name: value.encode(errors="replace").decode() for name, value in said.items()
    }


def test_a_query_of_too_many_names_is_a_fault() -> None:
    found = bodies.fields(b"&".join(b"n%d=" % number for number in range(501)))

    assert isinstance(found, Fault)
    assert found.reason == RefusalReason.TOO_MANY_KEYS


def test_one_poisoned_event_of_a_list_leaves_its_neighbours() -> None:
    found = bodies.cut(b'{"token":"t","requests":["?a=1",{"b":NaN},"?c=3"]}', "requests", around)

    assert found.fault is None
    assert found.around is not None
    assert found.around.token == "t"
    assert [bytes(one) for one in found.events] == [b'"?a=1"', b'{"b":NaN}', b'"?c=3"']


@pytest.mark.parametrize("body", [b"", b"[", b'{"requests":{}}', b'{"requests":[}', b'{"requests":[1,2', b"null"])
def test_a_body_without_its_list_is_a_fault(body: bytes) -> None:
    found = bodies.cut(body, "requests", around)

    assert found.fault is not None
    assert found.around is None


def test_what_one_event_became_is_taken_whole_or_not_at_all() -> None:
    texts = [b'{"a":1}', b'{"b":2}']
    opened = Opened(route="r", body=b"", events=texts, is_sound=True)
    good = Event(type="track", event="E", userId="u")

    parsed = read(Writing("new", opened, STAMP), lambda text: [good, Event(type="track") if text == texts[0] else good])

    assert [line.type for line in parsed.lines] == ["refused", "track", "track"]
    (refusal,) = parsed.refusals
    assert (refusal.index, refusal.raw) == (0, texts[0])
    assert len({line.message_id for line in parsed.lines}) == 3
    assert {line.dialect for line in parsed.lines} == {"new"}


def test_a_dialect_that_reads_queries_is_held_to_the_size_of_events_too() -> None:
    opened = Opened(route="r", body=b"", events=[b"x" * 1_001, b"not json"], is_query=True)

    parsed = read(Writing("new", opened, STAMP), lambda _: Event(type="page"))

    assert [line.reason for line in parsed.lines] == [RefusalReason.EVENT_TOO_LARGE.value, None]


def test_a_request_is_what_a_dialect_is_asked_about() -> None:
    asked = Asking("track", b"{}")

    assert (asked.method, asked.query, asked.part, dict(asked.headers)) == ("POST", b"", "", {})
