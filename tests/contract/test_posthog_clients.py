"""What PostHog's clients really sent, taken whole; and events of any shape, of which none makes a parser fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect.dialects.base import Asking, Dialect
from comptoir.collect.dialects.posthog import PostHog
from comptoir.collect.dialects.snowplow import Snowplow
from comptoir.collect.parse import Stamp
from comptoir.model.event import Trust, decode, encode

STAMP = Stamp(
    source="site", brand="main", trust=Trust.CLAIMED, received_at=1, event_bytes=32_768, mint=lambda: "minted"
)
REQUESTS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("posthog_requests.json").read_text(encoding="utf-8")
)
KINDS = {"$pageview": "page", "$identify": "identify"}

TEXTS = st.text(max_size=8) | st.sampled_from(["u1", "01a1ffa5-c5ce-71f7-91d9-3fefab3e749f", "$x", ""])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)

POSTHOG_NAMES = (
    "$pageview", "$identify", "$set", "$create_alias", "$merge_dangerously", "$groupidentify", "$screen", "purchase",
)  # fmt: skip
POSTHOG_PROPERTIES = (
    "distinct_id", "$device_id", "$user_id", "$is_identified", "$anon_distinct_id", "alias", "$group_key", "$group_set",
    "$set", "$ip", "$current_url", "$referrer", "$raw_user_agent", "items", "order_id", "token", "$cookieless_mode",
)  # fmt: skip
SNOWPLOW_FIELDS = (
    "aid", "duid", "uid", "eid", "dtm", "stm", "ttm", "url", "refr", "tr_id", "tr_tt", "ti_id", "se_ac", "se_va",
)  # fmt: skip
SCHEMAS = tuple(
    f"iglu:com.snowplowanalytics.snowplow{part}/jsonschema/1-0-0"
    for part in (
        ".ecommerce/snowplow_ecommerce_action", ".ecommerce/product", ".ecommerce/cart", ".ecommerce/transaction",
        ".ecommerce/user", "/client_session", "/site_search", "/consent_preferences", "/add_to_cart", "/anything",
    )
)  # fmt: skip


def subset(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), ANYTHING, max_size=5)


posthog_events = st.builds(
    lambda event, around, properties: {**around, "event": event, "properties": properties},
    st.sampled_from(POSTHOG_NAMES) | ANYTHING,
    subset(("uuid", "distinct_id", "timestamp", "offset", "$set", "$set_once", "options", "session_id")),
    subset(POSTHOG_PROPERTIES) | ANYTHING,
)
described = st.builds(
    lambda schema, data: {"schema": schema, "data": data}, st.sampled_from(SCHEMAS) | ANYTHING, ANYTHING
)
actions = st.builds(
    lambda kind: {"schema": SCHEMAS[0], "data": {"type": kind}},
    st.sampled_from(["add_to_cart", "transaction", "refund", "checkout_step", "list_view"]) | ANYTHING,
)
snowplow_events = st.builds(
    lambda kind, fields, event, beside: {
        **fields,
        "e": kind,
        "ue_pr": json.dumps({"schema": "x", "data": event}),
        "co": json.dumps({"schema": "x", "data": beside}),
    },
    st.sampled_from(["pv", "pp", "se", "ue", "tr", "ti"]) | ANYTHING,
    subset(SNOWPLOW_FIELDS),
    described | actions,
    st.lists(described, max_size=3),
)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one['sdk']} {one['body']['batch'][0]['event']}")
def test_what_a_client_sent_is_taken_whole(request_: dict[str, Any]) -> None:
    dialect = PostHog()
    body = request_["body"]
    opened = dialect.open(Asking(dialect.routes[request_["path"]].name, json.dumps(body).encode()))
    parsed = dialect.read(opened, STAMP)

    assert opened.key == "phc_x"
    assert not parsed.refusals
    for line, sent in zip(parsed.lines, body["batch"], strict=True):
        assert line.message_id == sent["uuid"]
        assert line.type == KINDS.get(sent["event"], "track")
        assert None not in {line.timestamp, line.sent_at}
        assert "phc_x" not in encode(line).decode()
        own = {key: value for key, value in sent["properties"].items() if key == "cart_id"}
        assert json.loads(bytes(line.properties)).items() >= own.items()


def test_the_browser_that_was_anonymous_is_joined_to_who_signed_in() -> None:
    dialect = PostHog()
    told = {}
    for request in REQUESTS:
        if request["sdk"].startswith("posthog-js"):
            opened = dialect.open(Asking("capture", json.dumps(request["body"]).encode()))
            for line in dialect.read(opened, STAMP).lines:
                told[line.name or line.type] = line

    browser = "01a1ffa5-c5ce-71f7-91d9-3fefab3e749f"
    assert (told["page"].user_id, told["page"].anonymous_id) == (None, browser)
    assert (told["identify"].user_id, told["identify"].anonymous_id) == ("u1", browser)
    assert json.loads(bytes(told["identify"].traits)) == {"email": "a@b.fr"}
    assert (told["Product Added"].user_id, told["Product Added"].anonymous_id) == (None, browser)


def judge(dialect: Dialect, route: str, body: bytes, count: int) -> None:
    opened = dialect.open(Asking(route, body))
    parsed = dialect.read(opened, STAMP)
    dialect.answer(opened, parsed)

    assert opened.fault is not None or len(opened.events) == count
    assert len(parsed.lines) >= (1 if opened.fault else count)
    assert len([line for line in parsed.lines if line.type == "refused"]) == len(parsed.refusals)
    for line in parsed.lines:
        assert decode(encode(line)) == line


@given(events=st.lists(posthog_events, max_size=3))
def test_no_event_of_posthog_makes_the_parser_fail(events: list[dict[str, Any]]) -> None:
    judge(PostHog(), "capture", json.dumps({"api_key": "k", "batch": events}).encode(), len(events))


@given(events=st.lists(snowplow_events, max_size=3))
def test_no_event_of_snowplow_makes_the_parser_fail(events: list[dict[str, Any]]) -> None:
    judge(Snowplow(), "payload", json.dumps({"data": events}).encode(), len(events))
