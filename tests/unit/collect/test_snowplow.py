"""The Snowplow dialect, event by event."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from comptoir.collect.dialects.base import Asking
from comptoir.collect.dialects.snowplow import PAYLOAD, PIXEL, Snowplow
from comptoir.collect.parse import Parsed, Stamp
from comptoir.model.event import Line, Trust
from comptoir.model.event import RefusalReason as Reason

NOW = 1_795_290_420_000_000
SHOP = "com.snowplowanalytics.snowplow.ecommerce"
OWN = "com.snowplowanalytics.snowplow"
BOOT = {"id": "P1", "name": "Boot", "price": 10.50, "currency": "EUR", "quantity": 2}
LACE = {"id": "P2", "price": 1.00, "currency": "EUR", "quantity": 1}


def stamp(**known: Any) -> Stamp:
    plain: dict[str, Any] = {
        "source": "site", "brand": "main", "trust": Trust.CLAIMED, "received_at": NOW, "event_bytes": 32_768,
        "mint": lambda: "minted",
    }  # fmt: skip
    return Stamp(**plain | known)


def read(*events: dict[str, Any], headers: dict[bytes, bytes] | None = None, raw: bytes | None = None) -> Parsed:
    schema = f"iglu:{OWN}/payload_data/jsonschema/1-0-4"
    body = json.dumps({"schema": schema, "data": events}).encode() if raw is None else raw
    dialect = Snowplow()
    return dialect.read(dialect.open(Asking(PAYLOAD, body, headers=headers or {})), stamp())


def get(query: bytes) -> Parsed:
    dialect = Snowplow()
    return dialect.read(dialect.open(Asking(PIXEL, query=query, method="GET")), stamp())


def lines(*events: dict[str, Any], headers: dict[bytes, bytes] | None = None) -> list[Line]:
    parsed = read(*({"aid": "k", "duid": "d1", **event} for event in events), headers=headers)
    assert not parsed.refusals
    return parsed.lines


def line(**event: Any) -> Line:
    (one,) = lines(event)
    return one


def described(name: str, data: object, version: str = "1-0-0") -> dict[str, Any]:
    return {"schema": f"iglu:{name}/jsonschema/{version}", "data": data}


def unstructured(name: str, data: object) -> str:
    return json.dumps(described(f"{OWN}/unstruct_event", described(name, data)))


def beside(*entities: tuple[str, object]) -> str:
    return json.dumps(described(f"{OWN}/contexts", [described(name, data) for name, data in entities]))


def action(kind: str, *entities: tuple[str, object], **more: Any) -> Line:
    data = {"type": kind, **more}
    return line(e="ue", ue_pr=unstructured(f"{SHOP}/snowplow_ecommerce_action", data), co=beside(*entities))


def properties(one: Line) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(one.properties))
    return found


def context(one: Line) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(one.context))
    return found


def test_a_page_view_becomes_one_canonical_line() -> None:
    got = line(
        e="pv", url="https://shop.example/p/1?utm_source=news", page="Boots", refr="https://www.qwant.com/",
        eid="f8391d0a-ed52-48da-a6a5-aa542f18b094", uid="u1", dtm="1795290410000", stm="1795290410100", p="web",
        tv="js-4.10.1", lang="fr-FR", tz="Europe/Paris", sid="s1", ua="Mozilla/5.0", ip="203.0.113.9",
    )  # fmt: skip

    assert got == Line(
        v=1, type="page", source="site", brand="main", received_at=NOW, dialect="snowplow",
        message_id="f8391d0a-ed52-48da-a6a5-aa542f18b094", user_id="u1", anonymous_id="d1",
        timestamp=1_795_290_410_000_000, sent_at=1_795_290_410_100_000, ip="203.0.113.0", user_agent="Mozilla/5.0",
        context=got.context,
    )  # fmt: skip
    assert context(got) == {
        "page": {
            "url": "https://shop.example/p/1?utm_source=news", "title": "Boots", "referrer": "https://www.qwant.com/",
            "path": "/p/1",
        },
        "userAgent": "Mozilla/5.0", "locale": "fr-FR", "timezone": "Europe/Paris", "sessionId": "s1", "platform": "web",
        "library": {"name": "snowplow", "version": "js-4.10.1"},
    }  # fmt: skip


def test_the_same_event_by_get_is_the_same_line() -> None:
    event = {"e": "se", "se_ca": "shop", "se_ac": "Size Chosen", "se_va": "42.5", "aid": "k", "duid": "é ü", "eid": "m"}
    (got,) = get(urlencode(event).encode()).lines
    (posted,) = read(event).lines

    assert got == posted
    assert (got.name, got.anonymous_id, properties(got)) == ("Size Chosen", "é ü", {"category": "shop", "value": 42.5})


@pytest.mark.parametrize(
    "encode", [base64.b64encode, base64.urlsafe_b64encode, lambda text: base64.b64encode(text).rstrip(b"=")]
)
def test_what_stands_inside_may_be_in_base64(encode: Any) -> None:
    inner = unstructured("com.acme/note_written", {"text": "été??>>"}).encode()
    got = line(e="ue", ue_px=encode(inner).decode())

    assert (got.name, properties(got)) == ("note_written", {"text": "été??>>"})
    assert context(got)["schema"] == "com.acme/note_written"


def test_a_product_that_is_looked_at_is_a_product_viewed() -> None:
    got = action("product_view", (f"{SHOP}/product", BOOT))

    assert got.name == "Product Viewed"
    assert properties(got) == {"product_id": "P1", "name": "Boot", "price": 10.5, "currency": "EUR", "quantity": 2}


def test_a_product_put_into_the_cart_names_the_cart() -> None:
    got = action(
        "add_to_cart",
        (f"{SHOP}/product", BOOT),
        (f"{SHOP}/cart", {"cart_id": "c1", "total_value": 21, "currency": "EUR"}),
    )

    assert got.name == "Product Added"
    assert properties(got)["cart_id"] == "c1"
    assert properties(got)["cart_value"] == 21
    assert "total" not in properties(got)


def test_several_products_at_once_are_a_list() -> None:
    got = action("remove_from_cart", (f"{SHOP}/product", BOOT), (f"{SHOP}/product", LACE))

    assert got.name == "Product Removed"
    assert [one["product_id"] for one in properties(got)["products"]] == ["P1", "P2"]


def test_a_transaction_is_an_order_with_its_products_and_its_money() -> None:
    order = {"transaction_id": "O1", "revenue": 24.5, "currency": "EUR", "payment_method": "card", "tax": 4.08,
             "shipping": 2.5, "discount_code": "SPRING", "discount_amount": 1}  # fmt: skip
    got = action(
        "transaction", (f"{SHOP}/product", BOOT), (f"{SHOP}/transaction", order), (f"{SHOP}/cart", {"cart_id": "c1"})
    )

    assert got.name == "Order Completed"
    said = properties(got)
    assert [one["product_id"] for one in said.pop("products")] == ["P1"]
    assert said == {
        "order_id": "O1", "total": 24.5, "currency": "EUR", "payment_method": "card", "tax": 4.08, "shipping": 2.5,
        "coupon": "SPRING", "discount": 1, "cart_id": "c1",
    }  # fmt: skip


def test_a_refund_names_the_order_and_what_was_given_back() -> None:
    got = action("refund", (f"{SHOP}/refund", {"transaction_id": "O1", "refund_amount": 5, "currency": "EUR"}))

    assert (got.name, properties(got)) == ("Order Refunded", {"order_id": "O1", "total": 5, "currency": "EUR"})


@pytest.mark.parametrize(("step", "name"), [(1, "Checkout Started"), (2, "Checkout Step Completed")])
def test_the_first_step_starts_the_checkout(step: int, name: str) -> None:
    got = action("checkout_step", (f"{SHOP}/checkout_step", {"step": step, "coupon_code": "X"}))

    assert (got.name, properties(got)) == (name, {"step": step, "coupon": "X"})


def test_a_list_that_was_seen_keeps_its_name() -> None:
    got = action("list_view", (f"{SHOP}/product", BOOT), name="boots")

    assert (got.name, properties(got)["list_id"]) == ("Product List Viewed", "boots")


def test_the_older_cart_events_are_understood() -> None:
    data = {"sku": "P1", "unitPrice": 3, "quantity": 1, "currency": "EUR"}
    got = line(e="ue", ue_pr=unstructured(f"{OWN}/add_to_cart", data))

    assert (got.name, properties(got)) == (
        "Product Added",
        {"product_id": "P1", "price": 3, "quantity": 1, "currency": "EUR"},
    )


def test_the_older_order_is_counted_with_the_items_of_its_request() -> None:
    order = {"e": "tr", "tr_id": "O1", "tr_tt": "24.50", "tr_tx": "4", "tr_sh": "2.5", "tr_cu": "EUR"}
    items = [
        {"e": "ti", "ti_id": ident, "ti_sk": "P1", "ti_pr": "10", "ti_qu": "2", "ti_cu": "EUR"}
        for ident in ("O1", "O2")
    ]
    first, *others = lines(order, *items)

    assert (first.name, properties(first)) == (
        "Order Completed",
        {"order_id": "O1", "total": 24.5, "tax": 4, "shipping": 2.5, "currency": "EUR",
         "products": [{"product_id": "P1", "price": 10, "quantity": 2}]},
    )  # fmt: skip
    assert [one.name for one in others] == ["Order Item Tracked"] * 2


def test_an_amount_that_is_no_number_is_left_to_the_judge_of_orders() -> None:
    assert properties(line(e="tr", tr_id="O1", tr_tt="12,50"))["total"] == "12,50"


def test_a_shops_own_schema_may_speak_of_carts_too() -> None:
    data = {"transaction_id": "O1", "items": [{"item_id": "P1", "price": 3}]}
    got = line(e="ue", ue_pr=unstructured("com.acme/order_completed", data))

    assert (got.name, properties(got)) == (
        "Order Completed",
        {"order_id": "O1", "products": [{"product_id": "P1", "price": 3}]},
    )


def test_a_ping_says_how_far_the_page_was_read() -> None:
    got = line(e="pp", pp_mix="0", pp_max="0", pp_miy="10", pp_may="900")

    assert got.name == "Page Read"
    assert properties(got) == {"scroll_left_min": 0, "scroll_left_max": 0, "scroll_top_min": 10, "scroll_top_max": 900}


def test_a_search_is_one_text() -> None:
    got = line(e="ue", ue_pr=unstructured(f"{OWN}/site_search", {"terms": ["red", "boots"], "totalResults": 3}))

    assert (got.name, properties(got)["query"]) == ("Products Searched", "red boots")


def test_what_stands_beside_an_event_is_kept() -> None:
    got = line(e="pv", co=beside((f"{OWN}/web_page", {"id": "w1"}), ("com.acme/weather", {"sun": True})))

    assert context(got)["entities"] == [
        {"schema": f"{OWN}/web_page", "data": {"id": "w1"}},
        {"schema": "com.acme/weather", "data": {"sun": True}},
    ]


def test_a_known_shopper_is_named_beside_page_views() -> None:
    page, person = lines({"e": "pv", "eid": "m", "co": beside((f"{SHOP}/user", {"id": "u1", "email": "a@b.fr"}))})

    assert (page.type, page.user_id) == ("page", "u1")
    assert (person.type, person.user_id, person.anonymous_id, person.message_id) == ("identify", "u1", "d1", "m-user")
    assert json.loads(bytes(person.traits)) == {"email": "a@b.fr"}


def test_a_guest_has_no_account() -> None:
    assert line(e="pv", co=beside((f"{SHOP}/user", {"id": "g1", "is_guest": True}))).user_id is None


def test_an_application_without_a_browser_is_known_by_its_session() -> None:
    (got,) = read(
        {"e": "se", "se_ac": "A", "co": beside((f"{OWN}/client_session", {"userId": "phone", "sessionId": "s"}))}
    ).lines

    assert got.anonymous_id == "phone"


def test_a_true_time_is_not_corrected() -> None:
    got = line(e="se", se_ac="A", ttm="1795000000000", dtm="1795290410000", stm="1795290410100")

    assert (got.timestamp, got.sent_at) == (1_795_000_000_000_000, None)


@pytest.mark.parametrize(
    ("choice", "kind", "name"),
    [
        ("allow_all", "record", "Consent"),
        ("deny_all", "control", "Consent Withdrawn"),
        ("withdrawn", "control", "Consent Withdrawn"),
    ],
)
def test_a_choice_in_a_banner_acts(choice: str, kind: str, name: str) -> None:
    data = {"eventType": choice, "consentVersion": "3", "consentUrl": "https://shop.example/privacy"}
    got = line(e="ue", ue_pr=unstructured(f"{OWN}/consent_preferences", data))

    assert (got.type, got.name, properties(got)["contact"]) == (kind, name, "d1")


def test_a_tracker_that_is_to_know_nobody_is_only_counted() -> None:
    for event in ({"e": "pv", "url": "https://shop.example/"}, {"e": "se", "se_ac": "A"}):
        (got,) = lines(event, headers={b"sp-anonymous": b"*"})
        assert (got.type, got.anonymous_id, bytes(got.context)) == ("discarded", None, b"{}")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"e": "zz"}, Reason.BAD_ENVELOPE),
        ({}, Reason.BAD_ENVELOPE),
        ({"e": "ue"}, Reason.BAD_ENVELOPE),
        ({"e": "ue", "ue_pr": "{"}, Reason.BAD_JSON),
        ({"e": "ue", "ue_pr": "[]"}, Reason.BAD_ENVELOPE),
        ({"e": "ue", "ue_px": "###"}, Reason.BAD_JSON),
        ({"e": "ue", "ue_pr": '{"schema": "a", "schema": "b"}'}, Reason.DUPLICATE_KEY),
        ({"e": "pv", "co": "{}"}, Reason.BAD_ENVELOPE),
        ({"e": "pv", "co": '{"schema": "x", "data": ' + "[" * 70 + "]" * 70 + "}"}, Reason.TOO_DEEP),
        ({"e": "se", "se_ac": "Order Line"}, Reason.NOT_ALLOWED),
        ({"e": "se", "se_ac": ""}, Reason.MISSING_NAME),
    ],
)
def test_what_cannot_be_taken_is_kept_with_its_reason(event: dict[str, Any], reason: Reason) -> None:
    parsed = read({"e": "pv", "duid": "d"}, {"duid": "d", **event}, {"e": "pv", "duid": "d"})

    assert [one.type for one in parsed.lines] == ["page", "refused", "page"]
    assert parsed.refusals[0].fault.reason is reason
    assert json.loads(parsed.refusals[0].raw) == {"duid": "d", **event}


def test_a_refused_event_can_be_opened_again_by_itself() -> None:
    dialect = Snowplow()
    posted = dialect.reopen(PAYLOAD, b'{"e":"pv","duid":"d"}')
    asked = dialect.reopen(PIXEL, b"e=pv&duid=d")

    assert [one.type for one in dialect.read(posted, stamp()).lines] == ["page"]
    assert [one.type for one in dialect.read(asked, stamp()).lines] == ["page"]


def test_the_key_is_the_id_of_the_application() -> None:
    dialect = Snowplow()
    tricky = json.dumps({"data": [{"e": "ue", "ue_pr": '{"aid":"other"}', "aid": "k"}]}).encode()

    assert dialect.open(Asking(PAYLOAD, tricky)).key == "k"
    assert dialect.open(Asking(PIXEL, query=b"e=pv&aid=k", method="GET")).key == "k"


def test_a_picture_is_answered_with_a_picture() -> None:
    dialect = Snowplow()
    opened = dialect.open(Asking(PIXEL, query=b"e=pv&duid=d", method="GET"))
    reply = dialect.answer(opened, dialect.read(opened, stamp()))

    assert reply is not None
    assert (reply.content_type, reply.body[:6]) == ("image/gif", b"GIF89a")
    assert dialect.answer(dialect.open(Asking(PAYLOAD, b'{"data":[]}')), Parsed()) is None
