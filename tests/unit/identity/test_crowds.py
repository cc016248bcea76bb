"""Crowds: identifiers that many people use are named once they are, whatever the order; and why people are linked."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from comptoir.identity import crowds, profile, rows, store
from comptoir.identity.links import WEAK_FROM
from comptoir.model.identifier import NodeId
from comptoir.model.sighting import LinkClaim
from tests.unit.identity.world import KINDS, NODES, TIGHT, claim, claims, histories, lend, node, seen, tick


def crowded(connection: Connection) -> set[int]:
    return {row.node_id for row in connection.execute(rows.crowds.select())}


def crowded_by_counting(connection: Connection) -> set[int]:
    """Count from scratch: pairs with any other for a browser or device, with what says who somebody is for the rest."""
    met: dict[int, set[int]] = {}
    for row in connection.execute(rows.links.select()):
        for one, other in ((row.a, row.b), (row.b, row.a)):
            is_weak = KINDS[one] in {"anonymous", "device"}
            if KINDS[one] not in {"account", "external"} and (is_weak or row.weakness < WEAK_FROM):
                met.setdefault(one, set()).add(other)
    return {one for one, others in met.items() if len(others) > crowds.CROWD}


@given(history=histories, rng=st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_has_too_many_links_is_a_crowd_however_they_came(
    history: list[LinkClaim], rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowds, "CROWD", 2)
    with lend() as connection:
        number = 0
        while history:
            number, size = number + 1, rng.choice([1, 2, 5])
            tick(connection, number, history[:size])
            history = history[size:]

        assert crowded(connection) == crowded_by_counting(connection)


def test_the_shops_own_email_on_everybodys_order_is_named_and_an_account_on_many_browsers_is_not() -> None:
    many = range(crowds.CROWD + 1)
    with lend() as connection:
        people = [f"account:c{number}" for number in many] + [f"anonymous:x{number}" for number in many]
        store.apply(
            connection, tick_id=1, spool="front", offset_after=1, traits=[],
            nodes=seen("email:info@shop.example", "account:ann", *people),
            links=[claim("email:info@shop.example", f"account:c{number}", number) for number in many]
            + [claim("account:ann", f"anonymous:x{number}", number) for number in many],
        )  # fmt: skip

        assert crowds.listing(connection) == [("email", "info@shop.example", crowds.CROWD + 1)]
        store.forget(connection)
        assert crowds.listing(connection) == []


def test_a_card_on_a_receipt_joins_nobody_and_says_why() -> None:
    with lend() as connection:
        store.apply(
            connection, tick_id=1, spool="front", offset_after=1, traits=[],
            nodes=seen("loyalty_card:c1", "email:ann@shop.example"),
            links=[claim("loyalty_card:c1", "email:ann@shop.example", 1, reason="receipt", trust="confirmed")],
        )  # fmt: skip
        found = profile.read_node(connection, node("loyalty_card:c1"))
        assert found is not None
        told = profile.explain(connection, found.profile_id)

        assert len(found.identifiers) == 1
        assert [one.why and one.why.value for one in told.demoted] == ["typed_card"]


@given(history=st.lists(claims(by_hand=True), max_size=20), cuts=st.lists(st.integers(0, 400), max_size=3))
def test_why_somebody_is_linked_is_told_short_as_it_is_explained_at_length(
    history: list[LinkClaim], cuts: list[int]
) -> None:
    with lend() as connection:
        for number, one in enumerate(history, start=1):
            tick(connection, number, [one])
        known = sorted(row.node_id for row in connection.execute(rows.nodes.select()))
        for place in cuts:
            if len(known) > 1:
                pair = known[place % len(known)], known[(place * 7 + 1) % len(known)]
                if pair[0] != pair[1]:
                    store.cut(connection, [pair], at=place, by="test", rules=TIGHT)

        for each in NODES:
            found = profile.read_node(connection, NodeId(each))
            if found is not None:
                told = profile.explain(connection, found.profile_id, TIGHT)
                assert profile.why_linked(connection, found, TIGHT) == (list(told.active), told.history)
