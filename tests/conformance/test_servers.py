"""Clients that run on a server, unchanged, each in a process of its own."""

from __future__ import annotations

from collections import Counter

import pytest

from comptoir.collect.parse import Fault
from comptoir.model.event import RefusalReason
from comptoir.server import problems
from tests.conformance.gate import Gate
from tests.conformance.rig import POSTHOG_AND_SNOWPLOW, SERVERS, Shop, assert_same_shop, driving
from tests.installation import Installation

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.xdist_group("conformance")]

CLIENTS = SERVERS
EVERY = SERVERS | POSTHOG_AND_SNOWPLOW
_FAULT = Fault(RefusalReason.BAD_JSON, "no JSON")
PATIENT = ("segment-python", "segment-python-2.3.4", "segment-node", "rudder-python", *POSTHOG_AND_SNOWPLOW)
"""Those that try again for longer than ten seconds. Rudder's for Node tries four times in two; Jitsu's never."""
AGAIN = tuple(name for name in EVERY if name != "jitsu-node")
"""Those that try again at all."""
WAITS_AS_TOLD = {"segment-python", "segment-node", "rudder-node"}
"""Those that wait as long as Retry-After says."""


@pytest.mark.parametrize("name", CLIENTS)
def test_a_visit_becomes_one_person_one_cart_one_order_and_its_euros(
    name: str, installation: Installation, native: Shop, gate: Gate
) -> None:
    shop = Shop(installation, f"visit-{name}")

    with driving(CLIENTS[name](), gate, installation.write_key) as client:
        client.say(shop.calls())
        client.flush()

    assert_same_shop(shop, native)
    assert {one.status for one in gate.passages} == {200}, gate.passages


@pytest.mark.parametrize("name", PATIENT)
def test_a_door_that_is_down_for_ten_seconds_loses_nothing_and_doubles_nothing(
    name: str, installation: Installation, gate: Gate
) -> None:
    shop = Shop(installation, f"down-{name}")

    with driving(EVERY[name](), gate, installation.write_key) as client:
        client.say(shop.looks(5, of="before"))
        client.flush()
        with gate.closed(10):
            client.say(shop.looks(5, of="meanwhile"))
        client.flush()
        client.say(shop.looks(5, of="after"))
        client.flush()

    for of in ("before", "meanwhile", "after"):
        assert shop.products_seen(of) == [f"{of}-{number}" for number in range(5)]


@pytest.mark.parametrize("name", AGAIN)
def test_an_answer_that_was_lost_brings_the_same_events_again_and_they_count_once(
    name: str, installation: Installation, gate: Gate
) -> None:
    shop = Shop(installation, f"lost-{name}")
    gate.forgets = 1

    with driving(EVERY[name](), gate, installation.write_key) as client:
        client.say(shop.looks(3, of="lost"))
        client.flush()

    assert shop.products_seen("lost") == ["lost-0", "lost-1", "lost-2"]
    assert len(gate.passages) >= 2


@pytest.mark.parametrize("name", AGAIN)
def test_a_client_told_to_wait_comes_back(name: str, installation: Installation, gate: Gate) -> None:
    shop = Shop(installation, f"wait-{name}")
    gate.errors.append(problems.TooManyEvents(retry_seconds=2))

    with driving(EVERY[name](), gate, installation.write_key) as client:
        client.say(shop.looks(3, of="wait"))
        client.flush()

    assert shop.products_seen("wait") == ["wait-0", "wait-1", "wait-2"]
    first, second = gate.passages[:2]
    assert (first.status, second.status) == (429, 200)
    if name in WAITS_AS_TOLD:
        assert second.at - first.at >= 1.9


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize("name", CLIENTS)
def test_what_cannot_be_taken_is_not_sent_for_ever(
    name: str, status: int, installation: Installation, gate: Gate
) -> None:
    shop = Shop(installation, f"no-{status}-{name}")
    error = problems.BodyTooLarge() if status == 413 else problems.EventRefused(_FAULT)
    gate.errors += [error] * 30

    with driving(CLIENTS[name](), gate, installation.write_key) as client:
        client.say(shop.looks(1, of="no"))
        client.flush()
        gate.errors.clear()
        client.say(shop.looks(1, of="yes"))
        client.flush()

    assert Counter(one.status for one in gate.passages) == {status: 1, 200: 1}
    assert shop.products_seen("yes") == ["yes-0"]
