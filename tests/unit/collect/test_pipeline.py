"""From lines to facts: nothing is lost, and everything is counted."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect import pipeline
from comptoir.collect.pipeline import Collected
from comptoir.collect.seen import Seen
from comptoir.model.event import Line, Record, encode

from .lines import line, world


def _collect(*lines: Line, seen: Seen | None = None) -> Collected:
    return pipeline.collect([encode(one) for one in lines], first_offset=100, tick_id=7, world=world(seen))


def test_every_line_is_stored_refused_discarded_or_a_duplicate() -> None:
    collected = _collect(
        line(message_id="a"),
        line(message_id="a"),
        line(message_id="a", properties='{"x":1}'),
        line(type="discarded", message_id="d"),
        line(type="refused", reason="bad_json", raw=base64.b64encode(b"{").decode()),
    )

    counts = collected.counts
    assert (counts.received, counts.stored, counts.refused, counts.consent_discarded, counts.duplicates) == (
        5,
        1,
        2,
        1,
        1,
    )
    reasons = collected.tables["failed"].column("reason").to_pylist()
    assert sorted(reasons) == ["bad_json", "message_id_reused"]


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30), st.lists(st.binary(max_size=20), max_size=5))
def test_the_counting_equation_holds_whatever_comes(ids: list[str], junk: list[bytes]) -> None:
    lines = [encode(line(message_id=one)) for one in ids] + junk

    counts = pipeline.collect(lines, first_offset=0, tick_id=1, world=world()).counts

    assert (
        counts.received == counts.stored + counts.refused + counts.consent_discarded + counts.duplicates == len(lines)
    )
    assert counts.stored == len(set(ids))


def test_large_integers_and_long_decimals_arrive_as_they_were_written() -> None:
    properties = '{"id":18446744073709551616,"rate":0.1234567890123456789012}'

    collected = _collect(line(properties=properties))

    assert collected.tables["events"].column("properties").to_pylist() == [properties]


def test_an_imported_order_line_is_no_event_but_a_fact() -> None:
    collected = _collect(
        line(
            type="record",
            name=Record.ORDER_LINE,
            historical=True,
            trust="confirmed",
            properties='{"order_id":"536365","product_id":"85123A","quantity":"6","unit_price":"2.55","currency":"GBP"}',
        )
    )

    (row,) = collected.tables["commerce"].to_pylist()
    assert "events" not in collected.tables
    assert (row["order_id"], row["amount_minor"], row["currency"]) == ("536365", 1530, "GBP")


def test_an_imported_row_that_lacks_what_it_needs_is_refused_and_says_what() -> None:
    collected = _collect(line(type="record", name=Record.LOYALTY_MOVEMENT, properties='{"kind":"earned"}'))

    (row,) = collected.tables["failed"].to_pylist()
    assert (row["reason"], row["detail"]) == ("bad_row", "missing points")


def test_identify_links_its_identifiers_and_states_its_traits() -> None:
    collected = _collect(
        line(type="identify", name="", user_id="ann", anonymous_id="b1", traits='{"email":" Ann@Shop.FR ","vip":true}')
    )

    values = {(node.kind, node.value) for node in collected.nodes}
    assert values == {("account", "ann"), ("anonymous", "b1"), ("email", "ann@shop.fr")}
    assert len(collected.links) == 2
    assert {(trait.name, trait.value_json) for trait in collected.traits} == {
        ("email", '"ann@shop.fr"'),
        ("vip", "true"),
    }


def test_the_word_of_a_public_key_makes_no_account_of_a_previous_id() -> None:
    claimed = _collect(line(type="alias", name="", user_id="ann", previous_id="old"))
    confirmed = _collect(line(type="alias", name="", user_id="ann", previous_id="old", trust="confirmed"))

    assert {(node.kind, node.value) for node in claimed.nodes} == {("account", "ann"), ("anonymous", "old")}
    assert ("account", "old") in {(node.kind, node.value) for node in confirmed.nodes}


def test_an_imported_consent_belongs_to_its_contact() -> None:
    said = '{"contact_kind":"email","contact":"Ann@Shop.fr","purpose":"marketing","channel":"email","state":"granted"}'

    collected = _collect(line(type="record", name=Record.CONSENT, user_id=None, trust="confirmed", properties=said))

    (row,) = collected.tables["consents"].to_pylist()
    (node,) = collected.nodes
    assert (node.kind, node.value) == ("email", "ann@shop.fr")
    assert row["node_id"] == node.node_id
