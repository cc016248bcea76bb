"""The Matomo dialect, call by call."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect.dialects import bodies
from comptoir.collect.dialects.matomo import Matomo
from comptoir.model.event import Line, RefusalReason, Trust, encode

from .dialect import context, opened, properties, read, stamped

MATOMO = Matomo()
PATH = "/matomo.php"
PAGE = {"idsite": "wk_1", "rec": "1", "url": "https://shop.fr/p/1?mtm_source=x", "action_name": "Shoes", "rand": "7"}
ITEMS = json.dumps([["sku1", "Shoe", "Shoes", 12.50, 2], ["sku2", "Hat", ["Hats", "Winter"], "3.10", 1]])
ORDER = {
    "idsite": "wk_1", "rec": "1", "idgoal": "0", "ec_id": "o1", "revenue": "28.10", "ec_st": "25.00", "ec_tx": "4.68",
    "ec_sh": "3.10", "ec_dt": "false", "ec_items": ITEMS, "uid": "ann", "_id": "0123456789abcdef", "rand": "9",
}  # fmt: skip


def lines(said: dict[str, str], **known: Any) -> list[Line]:
    """Read a query that is taken."""
    parsed = read(MATOMO, PATH, query=urlencode(said), **known)
    assert not parsed.refusals
    return parsed.lines


def test_a_page_view_is_a_page_with_its_address_and_way_in() -> None:
    (one,) = lines({**PAGE, "urlref": "https://www.google.fr/", "res": "1280x720", "lang": "fr-FR,fr", "_id": "ab" * 8})

    assert (one.type, one.name, one.anonymous_id, one.dialect) == ("page", "Shoes", "abababababababab", "matomo")
    assert context(one) == {
        "page": {"url": PAGE["url"], "path": "/p/1", "title": "Shoes", "referrer": "https://www.google.fr/"},
        "screen": {"width": 1280, "height": 720}, "locale": "fr-FR", "library": {"name": "matomo"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        {"_pks": "sku1", "_pkn": "Shoe", "_pkc": '["Shoes","Red"]', "_pkp": "12.50"},
        {"cvar": '{"3":["_pkp","12.50"],"4":["_pkn","Shoe"],"5":["_pkc","Shoes / Red"],"6":["_pks","sku1"]}'},
    ],
)
def test_a_page_of_a_product_is_a_look_at_it_too(said: dict[str, str]) -> None:
    page, viewed = lines({**PAGE, **said})

    assert (page.type, viewed.name) == ("page", "Product Viewed")
    assert properties(viewed) == {"product_id": "sku1", "name": "Shoe", "category": "Shoes / Red", "price": 12.5}
    assert page.message_id != viewed.message_id


def test_a_page_of_a_category_is_a_list() -> None:
    assert [one.name for one in lines({**PAGE, "_pkc": "Shoes"})] == ["Shoes", "Product List Viewed"]


@pytest.mark.parametrize(
    ("said", "name", "told"),
    [
        ({"e_c": "Video", "e_a": "Play", "e_n": "Intro", "e_v": "2.50"}, "Play",
         {"category": "Video", "label": "Intro", "value": 2.5}),
        ({"search": "boots", "search_cat": "all", "search_count": "3"}, "Products Searched",
         {"query": "boots", "category": "all", "result_count": 3}),
        ({"idgoal": "4", "revenue": "10"}, "Goal Completed", {"goal_id": "4", "revenue": 10}),
        ({"download": "https://shop.fr/a.pdf"}, "File Downloaded", {"url": "https://shop.fr/a.pdf"}),
        ({"link": "https://else.where/"}, "Link Clicked", {"url": "https://else.where/"}),
        ({"c_n": "banner", "c_i": "click"}, "Content Clicked", {"name": "banner"}),
        ({"c_n": "banner", "dimension2": "gold"}, "Content Viewed", {"name": "banner", "dimension2": "gold"}),
        ({"idgoal": "0"}, "Cart Emptied", {"products": None}),
    ],
)  # fmt: skip
def test_what_a_request_says_has_our_name(said: dict[str, str], name: str, told: dict[str, Any]) -> None:
    (one,) = lines({"idsite": "wk_1", "rec": "1", **said})

    assert one.name == name
    assert properties(one) == {key: value for key, value in told.items() if value is not None}


def test_an_order_keeps_its_money_to_the_letter() -> None:
    (one,) = lines(ORDER)

    assert (one.name, one.user_id, one.anonymous_id) == ("Order Completed", "ann", "0123456789abcdef")
    assert bytes(one.properties) == (
        b'{"total":28.10,"products":[{"product_id":"sku1","name":"Shoe","category":"Shoes","price":12.5,"quantity":2},'
        b'{"product_id":"sku2","name":"Hat","category":"Hats / Winter","price":3.10,"quantity":1}],"order_id":"o1",'
        b'"subtotal":25.00,"tax":4.68,"shipping":3.10}'
    )


def test_a_cart_is_a_whole_cart() -> None:
    (one,) = lines({name: value for name, value in ORDER.items() if name != "ec_id"} | {"cart_id": "c1"})

    assert one.name == "Cart Viewed"
    assert (properties(one)["cart_id"], len(properties(one)["products"])) == ("c1", 2)


def test_only_a_secret_key_says_when_it_was_and_from_where() -> None:
    said = {**PAGE, "cdt": "2026-11-20 10:00:00", "cip": "198.51.100.7"}

    (public,), (secret,) = lines(said, ip="203.0.113.0"), lines(said, trust=Trust.CONFIRMED, mint=lambda: "m")

    assert (public.timestamp, public.ip) == (None, "203.0.113.0")
    assert (secret.timestamp, secret.ip) == (1_795_168_800_000_000, "198.51.100.0")


def test_a_heartbeat_is_no_event() -> None:
    assert lines({**PAGE, "ping": "1"}) == []


def test_the_same_request_is_the_same_event_where_it_has_a_number_of_its_own() -> None:
    unnumbered = {name: value for name, value in PAGE.items() if name != "rand"}

    assert lines(PAGE)[0].message_id == lines(PAGE, received_at=1)[0].message_id
    assert lines(unnumbered)[0].message_id != lines(unnumbered, received_at=1)[0].message_id


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("idsite=wk_1&rec=1", "wk_1"),
        ("idsite=wk_1&token_auth=sk_2", "sk_2"),
        ("idsite=wk_1&token_auth=a-token-of-matomo", "wk_1"),
        ("rec=1", None),
    ],
)
def test_the_key_is_the_site_or_a_secret_token(said: str, key: str | None) -> None:
    assert opened(MATOMO, PATH, query=said).key == key
    assert opened(MATOMO, PATH, said.encode()).key == key
    assert opened(MATOMO, PATH, json.dumps({"requests": [f"?{said}"]}).encode()).key == key


@pytest.mark.parametrize("form", [list, dict])
def test_a_bulk_is_each_of_its_requests(form: type) -> None:
    requests: list[Any] = [f"?{urlencode(PAGE)}", f"?{urlencode(ORDER)}"] if form is list else [PAGE, ORDER]
    body = json.dumps({"requests": requests, "token_auth": "sk_2"}).encode()

    found = opened(MATOMO, PATH, body)
    parsed = MATOMO.read(found, stamped())

    assert found.key == "sk_2"
    assert [one.name for one in parsed.lines] == ["Shoes", "Order Completed"]
    answer = MATOMO.answer(found, parsed)
    assert answer is not None
    assert json.loads(answer.body) == {"status": "success", "tracked": 2, "invalid": 0, "refused": []}


def test_one_bad_request_of_a_bulk_costs_only_itself_and_can_be_sent_again() -> None:
    broken = {**ORDER, "ec_items": "[[["}
    body = json.dumps({"requests": [f"?{urlencode(PAGE)}", f"?{urlencode(broken)}"]}).encode()

    parsed = read(MATOMO, PATH, body)
    (refusal,) = parsed.refusals
    mended = refusal.raw.replace(urlencode({"e": "[[["})[2:].encode(), urlencode({"e": ITEMS})[2:].encode())
    again = MATOMO.read(MATOMO.reopen("hit", mended), stamped())

    assert [one.type for one in parsed.lines] == ["page", "refused"]
    assert (refusal.index, refusal.fault.reason) == (1, RefusalReason.BAD_ENVELOPE)
    assert [one.name for one in again.lines] == ["Order Completed"]


@pytest.mark.parametrize("form", ["query", "bulk", "objects", "broken"])
def test_a_secret_key_is_not_kept_with_a_request_that_is_refused(form: str) -> None:
    said = {**ORDER, "ec_items": "[[[", "token_auth": "sk_2"}
    requests: list[Any] = [said] if form == "objects" else [f"?{urlencode(said)}"]
    body = json.dumps({"requests": requests, "token_auth": "sk_2"}).encode()[: -1 if form == "broken" else None]

    parsed = read(MATOMO, PATH, query=urlencode(said)) if form == "query" else read(MATOMO, PATH, body)

    assert len(parsed.refusals) == 1
    assert b"sk_2" not in parsed.refusals[0].raw


@pytest.mark.parametrize(("said", "status", "body"), [({}, 200, bodies.PIXEL), ({"send_image": "0"}, 204, b"")])
def test_a_browser_gets_its_picture_unless_it_wants_none(said: dict[str, str], status: int, body: bytes) -> None:
    found = opened(MATOMO, PATH, query=urlencode({**PAGE, **said}))

    answer = MATOMO.answer(found, MATOMO.read(found, stamped()))

    assert answer is not None
    assert (answer.status, answer.body) == (status, body)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"idsite": "wk_1"}, RefusalReason.BAD_ENVELOPE),
        ({**PAGE, "ca": "1"}, RefusalReason.BAD_ENVELOPE),
        ({**PAGE, "e_c": "only"}, RefusalReason.MISSING_NAME),
        ({**PAGE, "e_c": "x", "e_a": "Order Line"}, RefusalReason.NOT_ALLOWED),
        ({**ORDER, "ec_items": '[["a","b",{"c":1,"c":2}]]'}, RefusalReason.BAD_ENVELOPE),
        ({**ORDER, "ec_items": "[" * 90 + "]" * 90}, RefusalReason.BAD_ENVELOPE),
    ],
)
def test_what_cannot_be_read_is_kept_aside_with_its_reason(said: dict[str, str], reason: RefusalReason) -> None:
    parsed = read(MATOMO, PATH, query=urlencode(said))

    assert [one.fault.reason for one in parsed.refusals] == [reason]
    assert MATOMO.answer(opened(MATOMO, PATH, query=urlencode(said)), parsed) is None


VALUES = st.text() | st.sampled_from(
    ["0", "1", "-1", "1e9", "NaN", ITEMS, '{"1":["_pks"]}', "[", '"', "\ud83d", "null"]
)
NAMES = st.sampled_from([*ORDER, *PAGE, "e_c", "e_a", "e_v", "search", "cvar", "ping", "cdt", "_pkc", "_pkp", "res"])


@given(
    st.dictionaries(NAMES, VALUES.map(lambda text: text.encode("utf-8", "replace").decode())), st.sampled_from(Trust)
)
def test_every_query_is_taken_or_refused_with_a_reason(said: dict[str, str], trust: Trust) -> None:
    parsed = read(MATOMO, PATH, query=urlencode(said), trust=trust)

    assert len(parsed.refusals) + sum(one.type != "refused" for one in parsed.lines) <= 2
    for one in parsed.lines:
        encode(one)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
)


@given(
    st.binary()
    | JSON.map(lambda said: json.dumps({"requests": said}).encode())
    | JSON.map(lambda said: json.dumps(said).encode())
)
def test_no_body_stops_the_reader(body: bytes) -> None:
    parsed = read(MATOMO, PATH, body)

    assert all(one.fault.detail for one in parsed.refusals)
    for one in parsed.lines:
        encode(one)
