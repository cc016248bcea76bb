from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.model.event import ENVELOPE_VERSION, Line, RefusalReason, Type, decode, encode

texts = st.text(st.characters(codec="utf-8"), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
objects = st.dictionaries(
    texts,
    st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
    ),
    max_size=4,
).map(lambda value: msgspec.Raw(msgspec.json.encode(value)))
maybe = st.none() | texts
lines = st.builds(
    Line,
    v=st.just(ENVELOPE_VERSION),
    type=st.sampled_from([kind.value for kind in Type]),
    source=texts,
    brand=texts,
    received_at=st.integers(-(1 << 62), 1 << 62),
    message_id=texts,
    name=texts,
    user_id=maybe,
    anonymous_id=maybe,
    historical=st.booleans(),
    timestamp=st.none() | st.integers(-(1 << 62), 1 << 62),
    properties=objects,
    traits=objects,
    context=objects,
    row=st.none() | st.integers(0, 1 << 40),
)


def bare(**more: Any) -> Line:
    return Line(v=1, type="track", source="site", brand="main", received_at=0, **more)


@given(lines)
def test_a_line_read_back_is_the_line_that_was_written(line: Line) -> None:
    text = encode(line)

    assert decode(text) == line
    assert encode(decode(text)) == text


@given(lines)
def test_a_line_is_one_line_of_json(line: Line) -> None:
    text = encode(line)

    assert b"\n" not in text
    assert json.loads(text)["received_at"] == line.received_at


def test_huge_integers_and_long_decimals_keep_every_digit() -> None:
    exact = b'{"order":123456789012345678901234567890,"price":0.1000000000000000055511151231257827}'

    assert decode(encode(bare(properties=msgspec.Raw(exact)))).properties == msgspec.Raw(exact)


def test_defaults_take_no_room() -> None:
    assert encode(bare()) == b'{"v":1,"type":"track","source":"site","brand":"main","received_at":0}'


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"v":1}', b'{"v":"1","type":"track"}', b"\xff"])
def test_what_is_no_line_is_refused(text: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, UnicodeDecodeError)):
        decode(text)


def test_a_line_of_a_later_envelope_with_a_new_field_can_still_be_read() -> None:
    assert decode(encode(bare())[:-1] + b',"invented_later":[1]}') == bare()


def test_a_line_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        bare().name = "other"  # type: ignore[misc]


def test_reasons_are_their_own_names_in_lower_case() -> None:
    assert all(reason.value == reason.name.lower() for reason in RefusalReason)
