"""Shops that speak with PostHog's or Snowplow's clients: who is who there, and what a public key cannot do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comptoir.clock import micros
from comptoir.collect.dialects.base import Asking, Dialect
from comptoir.collect.dialects.posthog import CAPTURE, PostHog
from comptoir.collect.dialects.snowplow import PAYLOAD, Snowplow
from comptoir.collect.parse import Stamp
from comptoir.model.event import Trust
from tests.shop import START, Shop

BROWSER = "01a1ffa5-c5ce-71f7-91d9-3fefab3e749f"
ECOMMERCE = "iglu:com.snowplowanalytics.snowplow.ecommerce"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "home", acts=False)
    yield made
    made.close()


def send(shop: Shop, dialect: Dialect, route: str, body: object, trust: Trust = Trust.CLAIMED) -> None:
    """Let the door read a request, and work it."""
    opened = dialect.open(Asking(route, json.dumps(body).encode()))
    stamp = Stamp(
        source="site", brand="main", trust=trust, received_at=micros(START), event_bytes=32_768, mint=lambda: "minted",
        historical=opened.is_historical,
    )  # fmt: skip
    parsed = dialect.read(opened, stamp)
    assert not parsed.refusals
    shop.say(*parsed.lines)
    shop.tick()


def captured(event: str, who: str, **properties: Any) -> dict[str, Any]:
    """Write an event of PostHog; its id is what it says, so that none comes twice."""
    said = {"distinct_id": who, **properties}
    return {"event": event, "uuid": f"{event}-{who}-{len(str(properties))}", "distinct_id": who, "properties": said}


def people(shop: Shop, *users: str) -> int:
    """Count the profiles of some accounts."""
    rows = shop.ask("SELECT DISTINCT user_id, profile_id FROM events_all")
    return len({row["profile_id"] for row in rows if row["user_id"] in users})


def two_accounts(shop: Shop) -> None:
    known = [captured("Signed In", who, **{"$set": {"email": f"{who}@example.org"}}) for who in ("ann", "bob")]
    send(shop, PostHog(), CAPTURE, {"api_key": "k", "batch": known}, Trust.CONFIRMED)
    assert people(shop, "ann", "bob") == 2


@pytest.mark.parametrize("event", ["$merge_dangerously", "$create_alias"])
def test_a_public_key_joins_no_two_accounts(shop: Shop, event: str) -> None:
    two_accounts(shop)

    send(shop, PostHog(), CAPTURE, captured(event, "ann", alias="bob"))
    send(shop, PostHog(), CAPTURE, captured(event, "bob", alias="ann"))
    send(shop, PostHog(), CAPTURE, captured("$identify", "ann", **{"$anon_distinct_id": "bob"}))

    assert people(shop, "ann", "bob") == 2


def test_a_secret_key_joins_two_accounts(shop: Shop) -> None:
    two_accounts(shop)

    send(shop, PostHog(), CAPTURE, captured("$merge_dangerously", "ann", alias="bob"), Trust.CONFIRMED)

    assert people(shop, "ann", "bob") == 1


def test_an_anonymous_visit_belongs_to_who_signs_in_later(shop: Shop) -> None:
    send(shop, PostHog(), CAPTURE, captured("$pageview", BROWSER, **{"$device_id": BROWSER, "$is_identified": False}))
    send(
        shop, PostHog(), CAPTURE, captured("$identify", "ann", **{"$anon_distinct_id": BROWSER, "$is_identified": True})
    )

    assert shop.one("SELECT count(DISTINCT profile_id) FROM events_all") == 1


def test_an_order_that_a_public_key_tells_of_is_only_claimed(shop: Shop) -> None:
    product = {"item_id": "p1", "price": 12.5, "quantity": 2}
    send(shop, PostHog(), CAPTURE, captured("add_to_cart", "ann", cart_id="c1", **product))
    send(
        shop,
        PostHog(),
        CAPTURE,
        captured("purchase", "ann", transaction_id="o1", cart_id="c1", value=25, items=[product]),
    )

    assert shop.ask("SELECT trust, amount_minor FROM orders") == [{"trust": "claimed", "amount_minor": 2_500}]
    assert shop.one("SELECT state FROM carts WHERE cart_id = 'c1'") == "ordered"


def test_an_older_order_of_snowplow_is_worth_what_it_says(shop: Shop) -> None:
    order = {"e": "tr", "eid": "1", "duid": "d", "tr_id": "o1", "tr_tt": "27.50", "tr_sh": "2.50", "tr_cu": "EUR"}
    item = {
        "e": "ti",
        "eid": "2",
        "duid": "d",
        "ti_id": "o1",
        "ti_sk": "p1",
        "ti_pr": "12.50",
        "ti_qu": "2",
        "ti_cu": "EUR",
    }
    send(shop, Snowplow(), PAYLOAD, {"data": [order, item]})

    assert shop.one("SELECT amount_minor FROM orders WHERE order_id = 'o1'") == 2_750
    lines = shop.ask("SELECT product_id, amount_minor, kind FROM order_lines ORDER BY kind")
    assert lines == [{"product_id": "p1", "amount_minor": 2_500, "kind": "sale"}]


def test_a_refund_told_by_snowplow_takes_back_what_it_says(shop: Shop) -> None:
    def action(kind: str, entity: str, **said: Any) -> dict[str, Any]:
        event = {"schema": f"{ECOMMERCE}/snowplow_ecommerce_action/jsonschema/1-0-2", "data": {"type": kind}}
        beside = [{"schema": f"{ECOMMERCE}/{entity}/jsonschema/1-0-0", "data": said}]
        inner = {"ue_pr": json.dumps({"schema": "u", "data": event}), "co": json.dumps({"schema": "c", "data": beside})}
        return {"e": "ue", "eid": kind, "duid": "d", **inner}

    sold = action("transaction", "transaction", transaction_id="o1", revenue=25, currency="EUR", payment_method="card")
    back = action("refund", "refund", transaction_id="o1", refund_amount=5, currency="EUR")
    send(shop, Snowplow(), PAYLOAD, {"data": [sold, back]})

    assert shop.one("SELECT amount_minor FROM orders WHERE order_id = 'o1'") == 2_000
    assert shop.equation()[0] == shop.equation()[1]
