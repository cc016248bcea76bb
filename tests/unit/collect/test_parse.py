"""The one strict parse: what is taken, and with which reason the rest is not."""

from __future__ import annotations

import json
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect import addresses, parse
from comptoir.model.event import RefusalReason as Reason

DEEP = 100_000

REFUSED = [
    (b"", Reason.BAD_JSON),
    (b'{"a":', Reason.BAD_JSON),
    (b'{"a":NaN}', Reason.BAD_JSON),
    (b'{"a":Infinity}', Reason.BAD_JSON),
    (b'{"a":01}', Reason.BAD_JSON),
    (b"{'a':1}", Reason.BAD_JSON),
    (b'{"a":1,}', Reason.BAD_JSON),
    (b'{"a":1} {}', Reason.BAD_JSON),
    (b'\xef\xbb\xbf{"a":1}', Reason.BAD_JSON),
    (b'{"a":"\xff"}', Reason.BAD_JSON),
    (b'{"a":"\xed\xa0\x80"}', Reason.BAD_JSON),
    (b'{"a":"line\nbreak"}', Reason.BAD_JSON),
    (b'{"a":"nul\x00"}', Reason.BAD_JSON),
    ('{"a":1}'.encode("utf-16"), Reason.BAD_JSON),
    (b'{"a":1e400}', Reason.NUMBER_OUT_OF_RANGE),
    (b'{"a":' + b"1" * 5_000 + b"}", Reason.NUMBER_OUT_OF_RANGE),
    (b'{"a":1,"a":1}', Reason.DUPLICATE_KEY),
    (b'{"a":{"b":[{"c":1,"d":2,"c":3}]}}', Reason.DUPLICATE_KEY),
    (b'{"a":1,"\\u0061":2}', Reason.DUPLICATE_KEY),
    (b'{"a:":"x","a\\u003a":"y"}', Reason.DUPLICATE_KEY),
    (b'{"a":"\\u003a:","a":1}', Reason.DUPLICATE_KEY),
    (b'{"a":"\\ud800"}', Reason.LONE_SURROGATE),
    (b'{"a":"\\ud800x"}', Reason.LONE_SURROGATE),
    (b'{"a":"\\udc00\\ud800"}', Reason.LONE_SURROGATE),
    (b'{"\\udfff":1}', Reason.LONE_SURROGATE),
    (b'{"a":' + b"[" * 65 + b"]" * 65 + b"}", Reason.TOO_DEEP),
    (b'{"a":' * 64 + b"[]" + b"}" * 64, Reason.TOO_DEEP),
    (b"[" * DEEP + b"]" * DEEP, Reason.TOO_DEEP),
    (b"[" * DEEP, Reason.TOO_DEEP),
    (json.dumps({f"k{n}": n for n in range(2_001)}).encode(), Reason.TOO_MANY_KEYS),
    (json.dumps([{"k": n} for n in range(2_001)]).encode(), Reason.TOO_MANY_KEYS),
]

TAKEN = [
    b"{}",
    b'{"a":18446744073709551616}',
    b'{"a":' + b"9" * 4_000 + b"}",
    b'{"a":0.1000000000000000055511151231257827021181583404541015625}',
    b'{"a":"\\u0000"}',
    b'{"a":"\\ud83d\\ude00 \\u202e rtl"}',
    '{"é":"e\u0301 😀"}'.encode(),
    b'{"a":"\\u003a","b":"\\u003a"}',
    b'{"a":{"a":{"a":1}},"b":{"a":1}}',
    b'{"a":"{[[[[' + b"[" * 500 + b'"}',
    b'{"a":"' + b":" * 3_000 + b'"}',
    b'{"a":' + b"[" * 63 + b"]" * 63 + b"}",
    json.dumps({f"k{n}": n for n in range(2_000)}).encode(),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=lambda value: repr(value)[:30])
def test_a_text_that_two_readers_could_read_in_two_ways_is_refused_with_its_reason(text: bytes, reason: Reason) -> None:
    began = time.perf_counter()

    fault = parse.fault(text)

    assert fault is not None
    assert fault.reason is reason
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("text", TAKEN, ids=lambda value: repr(value)[:30])
def test_a_sound_text_is_taken(text: bytes) -> None:
    assert parse.fault(text) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(value=_JSON, ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_whatever_python_writes_is_taken(value: object, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    try:
        text.decode("utf-8")
        json.loads(text.decode()).__repr__().encode()
    except UnicodeError:
        return

    assert parse.fault(text) is None


@given(text=st.binary(max_size=80) | st.text(alphabet='{}[]",:\\u0123deF tnNaI', max_size=40).map(str.encode))
def test_no_bytes_make_the_parse_fail_otherwise_than_with_a_reason(text: bytes) -> None:
    fault = parse.fault(text)

    if fault is None:
        msgspec.json.decode(text)
    parse.members(b'{"batch":[' + text + b"]}", "batch")
    parse.look(text)


@given(keys=st.lists(st.sampled_from(["a", "b", "a:", "\\u0061", "\\u003a", "x"]), min_size=1, max_size=5))
def test_the_quick_test_for_a_key_named_twice_agrees_with_the_plain_one(keys: list[str]) -> None:
    text = ("{" + ",".join(f'"{key}":"v:{n}"' for n, key in enumerate(keys)) + "}").encode()
    plain = [json.loads(f'"{key}"') for key in keys]

    fault = parse.fault(text)

    assert (fault is not None) == (len(set(plain)) < len(plain))


def test_compacting_keeps_every_number_as_it_was_written() -> None:
    raw = msgspec.Raw(
        b'{ "a" : 1.10000000000000000000000000001 , "b" : [ 18446744073709551617 , 1E5 ] , "c" : " x  y " }'
    )

    assert (
        bytes(parse.compact(raw))
        == b'{"a":1.10000000000000000000000000001,"b":[18446744073709551617,1E5],"c":" x  y "}'
    )


@pytest.mark.parametrize(("text", "taken"), [(b"null", b"{}"), (b"{}", b"{}"), (b" {\n} ", b"{}")])
def test_no_object_is_an_empty_one(text: bytes, taken: bytes) -> None:
    assert bytes(parse.compact(msgspec.Raw(text))) == taken


@pytest.mark.parametrize("text", [b"[]", b"1", b'"x"', b"true"])
def test_what_is_no_object_is_not_compacted_to_one(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (it carries nothing)
        parse.compact(msgspec.Raw(text))


def test_members_are_cut_by_brackets_and_strings() -> None:
    text = b'{"a":[9],"batch": [ {"x":"]},[\\""} , NaN, [1,[2]] ,"s"],"b":{"batch":[7]}}'

    assert parse.members(text, "batch") == (
        [b'{"x":"]},[\\""}', b"NaN", b"[1,[2]]", b'"s"'],
        b'{"a":[9],"batch": [],"b":{"batch":[7]}}',
    )


@pytest.mark.parametrize(
    "text", [b'{"batch":[1,2', b'{"batch":[1,2}}', b'{"other":[1]}', b"[1]", b"", b'{"batch":{}}', b'{"batch":[1]}]']
)
def test_where_brackets_do_not_match_nothing_is_cut(text: bytes) -> None:
    assert parse.members(text, "batch") is None


@given(values=st.lists(_JSON, max_size=5))
def test_cutting_a_sound_list_gives_its_members(values: list[object]) -> None:
    text = json.dumps({"x": 1, "batch": values, "y": [2]}).encode()

    cut = parse.members(text, "batch")

    assert cut is not None
    assert [json.loads(one) for one in cut[0]] == json.loads(text)["batch"]
    assert json.loads(cut[1]) == {"x": 1, "batch": [], "y": [2]}


NOON = 1_795_290_409_816_000


@pytest.mark.parametrize(
    ("said", "micros"),
    [
        ("2026-11-21T19:46:49.816Z", NOON),
        ("2026-11-21T19:46:49.816+00:00", NOON),
        ("2026-11-21T20:46:49.816+01:00", NOON),
        ("2026-11-21T19:46:49.816", NOON),
        ("2026-11-21 19:46:49.816", NOON),
        (" 2026-11-21T19:46:49.816000Z ", NOON),
        ("20261121T194649.816Z", NOON),
        ("2026-11-21T19:46:49,816Z", NOON),
        ("2026-11-21", 1_795_219_200_000_000),
        (1_795_290_409_816, NOON),
        (1_795_290_409_816.0, NOON),
        ("1795290409816", NOON),
        ("1795290409816000", NOON),
        (1_795_290_409, NOON - 816_000),
        (1_795_290_409.816, NOON),
        (0, 0),
        ("1970-01-01", 0),
        ("2199-12-31T23:59:59.999999Z", 7_258_118_399_999_999),
    ],
)
def test_an_instant_is_read_in_all_its_spellings(said: str | float, micros: int) -> None:
    assert parse.instant(said) == micros


@pytest.mark.parametrize(
    "said",
    [
        None, "", "yesterday", "2026-13-01", "2026-11-21T25:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
        "1969-12-31T23:59:59.999999Z", "2200-01-01", -1, 1e300, float("inf"), float("nan"), 10**400, "٢٠٢٦-١١-٢١",
        "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
    ],
)  # fmt: skip
def test_an_instant_that_cannot_be_is_none(said: str | float | None) -> None:
    assert parse.instant(said) is None


@given(said=st.text(max_size=30) | st.integers() | st.floats())
def test_no_instant_makes_the_parse_fail(said: str | float) -> None:
    at = parse.instant(said)

    assert at is None or 0 <= at < 7_258_118_400_000_000


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        (" 10.1.2.3 ", "10.1.2.0"),
        ("nobody", None),
        ("", None),
        ("1.2.3", None),
        ("1.2.3.4:80", None),
    ],
)
def test_an_address_keeps_only_its_network(address: str, kept: str | None) -> None:
    assert addresses.truncated(address) == kept
