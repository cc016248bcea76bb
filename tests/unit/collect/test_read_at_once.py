"""What is read with a whole request, all events at once, says what each of them says when it is read by itself."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.collect import parse
from comptoir.collect.dialects.base import Asking, Dialect
from comptoir.collect.dialects.matomo import HIT, Matomo
from comptoir.collect.dialects.posthog import CAPTURE, PostHog
from comptoir.collect.dialects.snowplow import PAYLOAD, Snowplow
from comptoir.model.event import Line

from .dialect import stamped

QUARTERS = st.integers(-9_999, 9_999).map(lambda number: number / 4)
"""Numbers that nobody writes with an exponent: that one is written as `1e-7` or `1E-7`."""
SCALARS = st.none() | st.booleans() | st.integers() | QUARTERS | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
)
OBJECTS = st.dictionaries(
    st.text(max_size=4) | st.sampled_from(["id", "price", "email", "quantity"]), VALUES, max_size=4
)
PIECES = st.sampled_from(
    ["1", "[3", "4]", "1,2", "{", "}", '{"a":1}', '{"a":1,"a":2}', "[1, 2]", "1.0", "\n", "1\n2", ""]
)
READ = msgspec.json.Decoder()

SCHEMA = "iglu:com.snowplowanalytics.snowplow"
ACTIONS = st.sampled_from(["product_view", "add_to_cart", "transaction", "checkout_step", "refund", "odd"])
ENTITIES = st.lists(
    st.tuples(st.sampled_from(["ecommerce/product", "ecommerce/cart", "ecommerce/user", "web_page"]), OBJECTS),
    max_size=3,
)


def compact(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def said(dialect: Dialect, route: str, body: str) -> list[Line]:
    """Read a body; of a refused event without its bytes and the words about it, which white space may change."""
    lines = dialect.read(dialect.open(Asking(route, body.encode())), stamped()).lines
    return [msgspec.structs.replace(one, raw=None, detail=None) for one in lines]


def refused(dialect: Dialect, route: str, body: str) -> list[str | None]:
    return [one.reason for one in dialect.read(dialect.open(Asking(route, body.encode())), stamped()).lines]


@given(st.lists(PIECES | VALUES.map(compact), max_size=5))
def test_texts_read_in_one_go_are_the_texts_that_are_sound_one_by_one(texts: list[str]) -> None:
    written = [text.encode() for text in texts]

    together = parse.compact_values(written, READ.decode_lines)
    alone: list[tuple[Any] | None] = []
    for text in written:
        try:
            value = READ.decode(text)
        except msgspec.DecodeError:
            alone.append(None)
            continue
        alone.append((value,) if msgspec.json.encode(value) == text else None)

    assert together == (None if None in alone else [one[0] for one in alone if one is not None])


def described(name: str, data: object) -> dict[str, object]:
    return {"schema": f"{SCHEMA}/{name}/jsonschema/1-0-0" if "/" not in name else f"{SCHEMA}.{name}/jsonschema/1-0-0",
            "data": data}  # fmt: skip


def packed(text: str) -> str:
    return urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


@st.composite
def snowplows(draw: st.DrawFn) -> dict[str, Any]:
    """Make an event of Snowplow's, as its trackers write it or a little otherwise."""
    write = compact if draw(st.booleans()) else json.dumps
    action = described("ecommerce/snowplow_ecommerce_action", {"type": draw(ACTIONS)})
    event = described("unstruct_event", draw(st.sampled_from([action, described("odd", draw(OBJECTS))])))
    beside = write(described("contexts", [described(name, data) for name, data in draw(ENTITIES)]))
    known = {
        "e": draw(st.sampled_from(["ue", "ue", "ue", "pv", "se", "tr", "ti", "?"])), "eid": draw(st.uuids().map(str)),
        "aid": "k", "duid": "d", "url": "https://shop.fr/p?email=ann@shop.fr", "dtm": "1795290409885",
        "ue_px": packed(write(event)), "tr_id": "o1", "ti_id": "o1", "tr_tt": "10.50", "ti_sk": "p1", "se_ac": "Looked",
    }  # fmt: skip
    odd = {"dtm": SCALARS, "cx": st.text(max_size=9), "ua": st.text(max_size=9)}
    entities = {"cx": packed(beside)} if draw(st.booleans()) else {"co": beside}
    return known | entities | draw(st.fixed_dictionaries({}, optional=odd))


@settings(max_examples=60)
@given(st.lists(snowplows(), max_size=4))
def test_events_of_snowplow_say_the_same_however_their_request_is_written(events: list[dict[str, Any]]) -> None:
    body = {"schema": f"{SCHEMA}/payload_data/jsonschema/1-0-4", "data": events}

    assert said(Snowplow(), PAYLOAD, compact(body)) == said(Snowplow(), PAYLOAD, json.dumps(body, indent=1))


NAMES = st.sampled_from(["$pageview", "$identify", "$set", "purchase", "add_to_cart", ""])
PROPERTIES = st.text(max_size=4) | st.sampled_from(
    ["$current_url", "$set", "$lib", "$session_id", "distinct_id", "$device_id", "items", "order_id"]
)
PRODUCTS = st.lists(st.fixed_dictionaries({"item_id": SCALARS, "qty": SCALARS}), max_size=2)
POSTHOGS = st.fixed_dictionaries(
    {"uuid": st.uuids().map(str), "event": NAMES},
    optional={
        "distinct_id": st.text(max_size=4) | SCALARS,
        "timestamp": SCALARS | st.just("2026-11-21T19:46:49.885Z"),
        "$set": OBJECTS,
        "properties": SCALARS | st.dictionaries(PROPERTIES, VALUES | PRODUCTS),
    },
)


@settings(max_examples=60)
@given(st.lists(POSTHOGS, max_size=4))
def test_events_of_posthog_say_the_same_however_their_request_is_written(events: list[dict[str, Any]]) -> None:
    body = {"api_key": "k", "batch": events, "sent_at": "2026-11-21T19:46:50Z"}

    assert said(PostHog(), CAPTURE, compact(body)) == said(PostHog(), CAPTURE, json.dumps(body, indent=1))


def test_what_is_refused_of_posthog_is_kept_as_it_came() -> None:
    event = '{"event":"purchase","properties":{"items":[{"item_id":"p1","qty":2}],"order_id":"o1","price":1e-7}}'
    dialect = PostHog()

    (line,) = dialect.read(dialect.open(Asking(CAPTURE, b'{"batch":[%b]}' % event.encode())), stamped(mint=None)).lines

    assert line.reason == "missing_identifier"
    assert line.raw is not None
    assert msgspec.convert(line.raw, bytes).decode() == event


PARAMETERS = st.sampled_from([
    "url", "action_name", "_pks", "_pkp", "_pkc", "cvar", "cart_id", "dimension1", "uid", "ping", "a%b",
    "e_a", "e_c", "idgoal", "ec_id", "ec_items", "revenue", "search",
])  # fmt: skip
SAID = ["0", "1", "12.50", "https://shop.fr/é?a=b&c=d", '["a","b"]', '[["s","n","c",1.5,2]]']
QUERIES = st.dictionaries(PARAMETERS, st.text(max_size=6) | st.sampled_from(SAID)).map(
    lambda one: "?" + urlencode({**one, "idsite": "wk_1", "rand": "1"})
)


@settings(max_examples=80)
@given(st.lists(QUERIES | st.text(max_size=9), max_size=4), st.booleans())
def test_requests_of_a_bulk_of_matomo_say_what_each_says_by_itself(queries: list[str], is_escaped: bool) -> None:
    together = said(Matomo(), HIT, json.dumps({"requests": queries}, ensure_ascii=is_escaped))
    beside_an_object = said(Matomo(), HIT, json.dumps({"requests": [*queries, {"rand": 1}]}, ensure_ascii=is_escaped))

    assert [*together, *said(Matomo(), HIT, '{"requests":[{"rand":1}]}')] == beside_an_object


DEEP: dict[str, Any] = {}
for _ in range(70):
    DEEP = {"a": DEEP}
MANY = {f"k{number}": 1 for number in range(2_001)}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [({"a": DEEP}, "too_deep"), (MANY, "too_many_keys"), ({"a": "x" * 33_000}, "event_too_large")],
)
def test_one_event_beyond_a_limit_costs_its_neighbours_nothing(bad: dict[str, Any], reason: str) -> None:
    good = {"event": "Looked", "distinct_id": "a", "properties": {}}
    posthog = refused(PostHog(), CAPTURE, compact({"batch": [good, good | {"properties": bad}, good]}))

    fields = {"e": "pv", "aid": "k", "duid": "d"}
    inner = packed(compact(described("contexts", [described("web_page", bad)])))
    sent = {"schema": "s", "data": [fields, fields | {"cx": inner}, fields]}
    snowplow = refused(Snowplow(), PAYLOAD, compact(sent))

    page = {"url": "https://shop.fr/", "rand": 1}
    matomo = refused(Matomo(), HIT, compact({"requests": ["?url=u&rand=1", page | {"x": bad}, "?url=u&rand=2"]}))

    assert posthog == snowplow == matomo == [None, reason, None]


@pytest.mark.parametrize("bad", [{f"k{number}": "1" for number in range(2_001)}, {"url": "x" * 33_000}])
def test_fields_of_snowplow_are_held_to_the_limits_too(bad: dict[str, str]) -> None:
    fields = {"e": "pv", "aid": "k", "duid": "d"}

    lines = refused(Snowplow(), PAYLOAD, compact({"schema": "s", "data": [fields, fields | bad]}))

    assert lines == [None, "too_many_keys" if "k1" in bad else "event_too_large"]


def test_a_key_twice_inside_a_field_of_snowplow_is_refused_beside_its_neighbours() -> None:
    twice = '{"schema":"s","data":[{"schema":"s","data":{"price":1,"price":2}}]}'
    fields = {"e": "pv", "aid": "k", "duid": "d"}

    lines = refused(Snowplow(), PAYLOAD, compact({"schema": "s", "data": [fields, fields | {"cx": packed(twice)}]}))

    assert lines == [None, "duplicate_key"]


def test_amounts_inside_a_field_of_snowplow_keep_every_digit() -> None:
    item = f'{{"schema":"{SCHEMA}.ecommerce/product/jsonschema/1-0-0","data":{{"id":"p1","price":%s}}}}'
    event = compact(
        described("unstruct_event", described("ecommerce/snowplow_ecommerce_action", {"type": "add_to_cart"}))
    )
    for price in ("10.50", "489.07", "12345678901234567890.123456789", "1e2", "18446744073709551617"):
        beside = '{"schema":"s","data":[%s]}' % (item % price)
        fields = {"e": "ue", "aid": "k", "duid": "d", "ue_px": packed(event), "cx": packed(beside)}
        (line,) = said(Snowplow(), PAYLOAD, compact({"schema": "s", "data": [fields]}))

        assert f'"price":{price.replace("1e2", "1E+2")}'.encode() in bytes(line.properties)
