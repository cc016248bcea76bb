"""PostHog's and Snowplow's clients for servers, unchanged, each in a process of its own."""

from __future__ import annotations

from collections import Counter

import pytest

from comptoir.collect.parse import Fault
from comptoir.model.event import RefusalReason
from comptoir.server import problems
from tests.conformance.gate import Gate
from tests.conformance.rig import PAGE_URL, POSTHOG_AND_SNOWPLOW, Shop, assert_same_shop, driving
from tests.installation import Installation

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.xdist_group("conformance")]

CLIENTS = POSTHOG_AND_SNOWPLOW
_FAULT = Fault(RefusalReason.BAD_JSON, "no JSON")


@pytest.mark.parametrize("name", CLIENTS)
def test_a_visit_becomes_one_person_one_cart_one_order_and_its_euros(
    name: str, installation: Installation, native: Shop, gate: Gate
) -> None:
    shop = Shop(installation, f"visit-{name}")

    with driving(CLIENTS[name](), gate, installation.write_key) as client:
        client.say(shop.calls())
        client.flush()

    assert_same_shop(shop, native, pages=False)
    assert shop.outcome()["pages"] == [(PAGE_URL, "Cups", 1)]
    assert {one.status for one in gate.passages} == {200}, gate.passages


@pytest.mark.parametrize("name", CLIENTS)
def test_what_cannot_be_taken_is_not_sent_for_ever(name: str, installation: Installation, gate: Gate) -> None:
    shop = Shop(installation, f"no-{name}")
    gate.errors.append(problems.EventRefused(_FAULT))

    with driving(CLIENTS[name](), gate, installation.write_key) as client:
        client.say(shop.looks(1, of="no"))
        client.flush()
        client.say(shop.looks(1, of="yes"))
        client.flush()

    assert Counter(one.status for one in gate.passages) == {400: 1, 200: 1}
    assert shop.products_seen("no") == []
    assert shop.products_seen("yes") == ["yes-0"]


def test_too_large_a_batch_is_halved_by_the_client_that_knows_how(installation: Installation, gate: Gate) -> None:
    shop = Shop(installation, "halved")
    gate.errors.append(problems.BodyTooLarge())

    with driving(CLIENTS["posthog-node"](), gate, installation.write_key) as client:
        client.say(shop.looks(4, of="half"))
        client.flush()

    assert shop.products_seen("half") == [f"half-{number}" for number in range(4)]
    assert Counter(one.status for one in gate.passages) == {413: 1, 200: 2}
