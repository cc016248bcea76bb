"""The dialect of Google Analytics 4: the Measurement Protocol, call by call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect.dialects.base import Asking
from comptoir.collect.dialects.ga4 import NAMES, Ga4
from comptoir.model.event import Line, RefusalReason, encode

from .dialect import context, opened, properties, read, stamped

GA4 = Ga4()
PATH = "/mp/collect"
SHOE = {"item_id": "sku1", "item_name": "Shoe", "item_category": "Shoes", "price": 12.50, "quantity": 2, "index": 1}
HAT = {"item_id": "sku2", "item_name": "Hat", "price": 3.1, "quantity": 1}
AT = 1_795_290_400_000_000


def body(*events: dict[str, Any], **around: Any) -> bytes:
    """Write a request."""
    return json.dumps({"client_id": "c.1", "timestamp_micros": AT, **around, "events": list(events)}).encode()


def lines(*events: dict[str, Any], **around: Any) -> list[Line]:
    """Read a request that is taken."""
    parsed = read(GA4, PATH, body(*events, **around))
    assert not parsed.refusals
    return parsed.lines


def test_a_page_view_is_a_page() -> None:
    params = {
        "page_location": "https://shop.fr/p/1",
        "page_title": "Shoe",
        "page_referrer": "https://x.com/",
        "lang": 1,
    }

    (one,) = lines({"name": "page_view", "params": params})

    assert (one.type, one.name, one.anonymous_id, one.timestamp, one.dialect) == ("page", "Shoe", "c.1", AT, "ga4")
    page = {"url": "https://shop.fr/p/1", "title": "Shoe", "referrer": "https://x.com/", "path": "/p/1"}
    assert context(one)["page"] == page
    assert properties(one) == {"lang": 1}


@pytest.mark.parametrize(("theirs", "ours"), NAMES.items())
def test_google_s_names_become_ours(theirs: str, ours: str) -> None:
    (one,) = lines({"name": theirs, "params": {"cart_id": "c1"}})

    assert (one.type, one.name, properties(one)["cart_id"]) == ("track", ours, "c1")


def test_one_product_stands_in_the_event_itself() -> None:
    (one,) = lines({"name": "add_to_cart", "params": {"currency": "EUR", "items": [SHOE], "value": 25}})

    said = properties(one)
    assert (said["product_id"], said["name"], said["price"], said["quantity"]) == ("sku1", "Shoe", 12.5, 2)
    assert said["products"] == [
        {"product_id": "sku1", "name": "Shoe", "category": "Shoes", "price": 12.5, "quantity": 2, "position": 1}
    ]


def test_a_purchase_is_an_order_whose_value_is_without_shipping_and_tax() -> None:
    params = {
        "transaction_id": "o1", "value": 28.1, "tax": 1, "shipping": 4.9, "coupon": "XMAS", "currency": "EUR",
        "items": [SHOE, HAT],
    }  # fmt: skip

    (one,) = lines({"name": "purchase", "params": params}, user_id="ann")

    said = properties(one)
    assert (one.name, one.user_id) == ("Order Completed", "ann")
    assert (said["order_id"], said["revenue"], said["tax"], said["shipping"], said["coupon"]) == (
        "o1",
        28.1,
        1,
        4.9,
        "XMAS",
    )
    assert [one["product_id"] for one in said["products"]] == ["sku1", "sku2"]
    assert "value" not in said


def test_amounts_keep_every_digit() -> None:
    text = b'{"client_id":"c","events":[{"name":"refund","params":{"transaction_id":"o","value":1234567890123.120}}]}'

    (one,) = read(GA4, PATH, text).lines

    assert b"1234567890123.120" in bytes(one.properties)


def test_what_is_said_of_a_person_is_said_once_a_request() -> None:
    person, first, second = lines(
        {"name": "login"}, {"name": "search", "params": {"search_term": "boots"}},
        user_id="ann", user_properties={"tier": {"value": "gold"}},
    )  # fmt: skip

    assert (person.type, person.user_id, person.anonymous_id) == ("identify", "ann", "c.1")
    assert json.loads(bytes(person.traits)) == {"tier": "gold"}
    assert (first.name, properties(second)) == ("Signed In", {"query": "boots"})


def test_an_event_has_its_own_time_before_the_request_s() -> None:
    one, other = lines({"name": "a", "timestamp_micros": AT - 5}, {"name": "b"})

    assert (one.timestamp, other.timestamp) == (AT - 5, AT)


def test_one_bad_event_costs_only_itself_and_can_be_sent_again_with_its_person() -> None:
    parsed = read(GA4, PATH, body({"name": "a"}, {"params": {}}, {"name": "c"}))
    (refusal,) = parsed.refusals
    again = GA4.read(GA4.reopen("collect", refusal.raw.replace(b'"params"', b'"name":"b","params"')), stamped())

    assert [(one.type, one.name) for one in parsed.lines] == [("track", "a"), ("refused", ""), ("track", "c")]
    assert (refusal.index, refusal.fault.reason) == (1, RefusalReason.MISSING_NAME)
    assert [(one.name, one.anonymous_id) for one in again.lines] == [("b", "c.1")]


def test_a_poisoned_event_costs_only_itself() -> None:
    text = b'{"client_id":"c.1","events":[{"name":"a"},{"name":"b","params":{"x":NaN}},{"name":"c"}]}'

    parsed = read(GA4, PATH, text)

    assert [(one.type, one.name) for one in parsed.lines] == [("track", "a"), ("refused", ""), ("track", "c")]


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("measurement_id=wk_1&api_secret=sk_2", "sk_2"),
        ("measurement_id=wk_1&api_secret=googles", "wk_1"),
        ("measurement_id=wk_1", "wk_1"),
        ("firebase_app_id=wk_1", "wk_1"),
        ("api_secret=sk_2", "sk_2"),
        ("", None),
    ],
)
def test_the_key_is_the_secret_or_the_measurement_id(query: str, key: str | None) -> None:
    assert opened(GA4, PATH, body({"name": "a"}), query).key == key


def test_the_debugging_address_says_what_would_be_refused_and_writes_nothing() -> None:
    said = body({"name": "a"}, {"name": "Order Line"}, *({"name": "b"} for _ in range(24)))

    reply = GA4.page(Asking("debug", said, b"api_secret=sk_2"))

    assert reply.key == "sk_2"
    codes = [one["validationCode"] for one in json.loads(reply.body)["validationMessages"]]
    assert codes == ["not_allowed", "EXCEEDED_MAX_ENTITIES"]


def test_two_like_events_without_a_time_are_two_but_with_one_they_are_one() -> None:
    timed = body({"name": "a"})
    untimed = timed.replace(b'"timestamp_micros"', b'"other"')

    def message_id(text: bytes, received_at: int) -> str:
        return read(GA4, PATH, text, received_at=received_at).lines[0].message_id

    assert message_id(timed, 1) == message_id(timed, 2)
    assert message_id(untimed, 1) != message_id(untimed, 2)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
)
NAMED = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from([*NAMES, "page_view"]) | JSON,
        "params": JSON | st.fixed_dictionaries({"items": JSON}),
    },
)


@given(
    st.lists(NAMED | JSON, max_size=4),
    st.fixed_dictionaries(
        {}, optional={"user_properties": JSON, "client_id": JSON, "timestamp_micros": JSON, "device": JSON}
    ),
)
def test_every_event_is_taken_or_refused_with_a_reason(events: list[Any], around: dict[str, Any]) -> None:
    text = json.dumps({"client_id": "c", **around, "events": events}).encode()
    found = opened(GA4, PATH, text)

    parsed = GA4.read(found, stamped())

    taken = sum(one.type in {"track", "page", "screen", "discarded"} for one in parsed.lines)
    assert taken + len(parsed.refusals) == (len(events) if found.fault is None else 1)
    assert all(one.fault.detail for one in parsed.refusals)
    for one in parsed.lines:
        encode(one)


@given(st.binary())
def test_no_body_stops_the_reader(text: bytes) -> None:
    for one in read(GA4, PATH, text).lines:
        encode(one)
