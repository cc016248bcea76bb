"""The shortcuts of the busiest way: each says just what the long way says."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.collect import fingerprint, parse, pipeline, tables
from comptoir.collect.dialects.base import Asking
from comptoir.collect.dialects.segment import Segment
from comptoir.collect.parse import Stamp
from comptoir.ids import hash64
from comptoir.model.event import Line, Trust, encode, encode_all

from .lines import event, line, world

STAMP = Stamp(source="site", brand="main", trust=Trust.CLAIMED, received_at=1, event_bytes=32_768, ip="192.0.2.0")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
OBJECTS = st.dictionaries(
    st.text(max_size=8) | st.sampled_from(["ip", "userAgent", "cart_id", "page", "direct"]),
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)),
    max_size=4,
)
EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "page", "identify", "alias", "poem"]), "messageId": st.uuids().map(str)},
    optional={
        "event": st.sampled_from(["Product Viewed", "Order Completed", ""]),
        "userId": st.text(max_size=5) | st.integers(),
        "anonymousId": st.text(max_size=5),
        "timestamp": st.datetimes().map(lambda at: at.isoformat() + "Z") | SCALARS,
        "sentAt": st.sampled_from(["2026-11-21T19:46:49.887Z", "2026-11-21T19:46:50Z", 1_795_290_409, "soon", None]),
        "properties": OBJECTS,
        "traits": OBJECTS | SCALARS,
        "context": OBJECTS,
        "integrations": OBJECTS,
    },
)


def _lines(body: str) -> list[Line]:
    dialect = Segment()
    lines = dialect.read(dialect.open(Asking("batch", body.encode())), STAMP).lines
    return [msgspec.structs.replace(one, raw=None) for one in lines]  # of a refused event, the bytes as they came


@settings(max_examples=50)
@given(st.lists(EVENTS, max_size=3), st.none() | OBJECTS)
def test_white_space_in_a_batch_changes_no_line(events: list[dict[str, Any]], context: dict[str, Any] | None) -> None:
    body = {"batch": events, "sentAt": "2026-11-21T19:46:51Z"} | ({} if context is None else {"context": context})

    compact = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    spacious = json.dumps(body, ensure_ascii=False, indent=2)

    assert _lines(compact) == _lines(spacious)


def test_what_a_browser_sends_is_known_to_be_compact_and_what_a_person_writes_is_not() -> None:
    compact = '{"batch":[{"type":"track","event":"Vu","properties":{"price":489.07,"name":"café"}}]}'.encode()

    assert parse.look(compact)[:2] == (True, True)
    assert parse.look(compact.replace(b":[", b": ["))[:2] == (True, False)
    assert parse.look(compact.replace(b"489.07", b"489.070"))[:2] == (True, False)
    assert parse.look(compact.replace(b'"price"', b'"name"'))[:2] == (False, False)


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_fingerprints_of_many_messages_are_those_of_each(said: list[tuple[str, str]]) -> None:
    told = {
        trust: [line(source=source, message_id=message_id, trust=trust.value) for source, message_id in said]
        for trust in Trust
    }

    assert fingerprint.of_messages(told[Trust.CONFIRMED]) == [hash64(*one) for one in said]
    assert fingerprint.of_messages(told[Trust.CLAIMED]) == [hash64("claimed", *one) for one in said]


def test_fingerprints_stay_what_they_were_in_stores_already_written() -> None:
    viewed = line(
        message_id="é1", timestamp=1_795_262_400_000_000, user_id="ann", properties='{"product_id":"p1"}',
        trust=Trust.CONFIRMED.value,
    )  # fmt: skip
    named = line(
        type="identify", name="", message_id="m2", timestamp=None, original_timestamp="soon", user_id=None,
        anonymous_id="b1", traits='{"name":"Zoé"}', trust=Trust.CONFIRMED.value,
    )  # fmt: skip

    assert fingerprint.of_messages([viewed, named]) == [-8_737_621_672_187_667_238, 294_838_583_992_504_569]
    assert fingerprint.of_bodies([viewed, named]) == [-4_048_918_436_815_891_685, 595_948_986_405_824_622]


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from([(None, "b1"), ("ann", "b1"), ("ann", None), ("null", "b2"), ("null", None)]), max_size=4)
)
def test_people_are_named_alike_together_and_one_by_one(pairs: list[tuple[str | None, str | None]]) -> None:
    lines = [
        encode(line(message_id=f"m{place}", user_id=user, anonymous_id=browser))
        for place, (user, browser) in enumerate(pairs)
    ]

    together = pipeline.collect(lines, first_offset=0, tick_id=1, world=world()).kept
    alone = [pipeline.collect([one], first_offset=0, tick_id=1, world=world()).kept[0] for one in lines]

    assert [(one.identifiers, one.node_id, one.browser_node) for one in together] == [
        (one.identifiers, one.node_id, one.browser_node) for one in alone
    ]


@given(st.lists(st.none() | st.sampled_from(["fr", "en"]), max_size=6))
def test_a_column_holds_the_values_it_was_given_be_they_one_many_or_none(said: list[str | None]) -> None:
    events = [event() for _ in said]
    for one, locale in zip(events, said, strict=True):
        one.locale = locale

    table = tables.table(events, tables.EVENTS, 7)

    assert table.column("locale").to_pylist() == said
    assert table.column("tick_id").to_pylist() == [7] * len(said)
    assert table.schema.equals(tables.table([], tables.EVENTS, 7).schema)


@given(st.lists(st.text(), max_size=4))
def test_lines_written_together_are_the_lines_written_one_by_one(ids: list[str]) -> None:
    lines = [line(message_id=one) for one in ids]

    assert encode_all(lines) == b"\n".join(encode(one) for one in lines)


def test_each_event_was_sent_when_it_says_or_else_when_its_batch_says() -> None:
    said = ["2026-11-21T19:46:49Z", None, "2026-11-21T19:46:50Z", "soon", "2026-11-21T19:46:49Z"]
    events = [
        {"type": "page", "userId": "u", "messageId": str(place), "sentAt": at} for place, at in enumerate(said)
    ]  # fmt: skip

    lines = _lines(json.dumps({"batch": events, "sentAt": "2026-11-21T19:46:51Z"}))

    expected = [parse.instant(at or "2026-11-21T19:46:51Z") for at in said]
    assert [one.sent_at for one in lines] == expected
    assert len(set(expected)) == 4
