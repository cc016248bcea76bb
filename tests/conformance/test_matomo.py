"""Matomo's client for Node, unchanged; it never tries again."""

from __future__ import annotations

from collections import Counter

import pytest

from comptoir.server import problems
from tests.conformance.gate import Gate
from tests.conformance.rig import PAGE_URL, Shop, driving, node
from tests.installation import Installation

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.xdist_group("conformance")]
SAME = ("people", "cart", "order", "lines", "euros")
"""What its visit becomes like our own's; it states no traits, and says carts as a whole."""


def test_a_visit_becomes_one_person_one_cart_one_order_and_its_euros(
    installation: Installation, native: Shop, gate: Gate
) -> None:
    shop = Shop(installation, "visit-matomo")

    with driving(node("matomo_node.mjs"), gate, installation.write_key) as client:
        client.say(shop.calls())
        client.flush()

    became, wanted = shop.outcome(), native.outcome()
    assert {name: became[name] for name in SAME} == {name: wanted[name] for name in SAME}
    assert (PAGE_URL, "Cups", 1) in became["pages"]
    assert Counter(one.status for one in gate.passages) == {200: 1, 204: 1}


def test_what_is_refused_is_said_and_what_comes_after_is_taken(installation: Installation, gate: Gate) -> None:
    shop = Shop(installation, "no-matomo")
    gate.errors.append(problems.BodyTooLarge())

    with driving(node("matomo_node.mjs"), gate, installation.write_key) as client:
        client.say(shop.looks(1, of="no"))
        client.flush()
        client.say(shop.looks(1, of="yes"))
        client.flush()

    assert "error 413" in client.words
    assert shop.products_seen("no") == []
    assert shop.products_seen("yes") == ["yes-0"]
