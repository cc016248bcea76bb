from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from comptoir.grammar.fields import BadDefinition, load
from comptoir.model.scenario import Facts, OrderFacts, PersonFacts, ViewFacts, WorldFacts
from comptoir.scenarios import conditions

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NOTHING = Facts(now=NOW, entered_at=NOW, arrived_at=NOW, last_action_at=NOW)
KNOWN = replace(
    NOTHING,
    trigger={"price": 49.9, "tags": ["a", "b"], "product": {"category": "Lamps"}, "paid": True},
    zone="Europe/Paris",
    world=WorldFacts(
        profile_id="p",
        emails=("ann@example.org",),
        language="fr",
        person=PersonFacts(first_name="Ann", country="FR", phones=("+33123",), traits={"points": 120, "vip": True}),
        order_count=2,
        orders=(
            OrderFacts(order_key="o", ordered_at=NOW - timedelta(days=10), amount_minor=100, currency="EUR",
                       product_ids=frozenset({"lamp"}), categories=frozenset({"Lamps"})),
        ),
        views=(ViewFacts(product_id="chair", category="Seats", viewed_at=NOW - timedelta(days=2)),),
    ),
)  # fmt: skip

HOLD = [
    "trait: {name: points, at_least: 100}",
    "trait: {name: vip, is: true}",
    "trait: {name: country, in: [FR, BE]}",
    "trait: {name: first_name, is_set: true}",
    "trait: {name: language, is: fr}",
    "trigger: {price: {at_least: 49.90}}",
    "trigger: {tags: b, product.category: {starts_with: La}}",
    "trigger: {paid: true}",
    "ordered: 30 days",
    "ordered: {within: 30 days, category: Lamps}",
    "viewed: {within: 7 days, product: chair}",
    "order_count_at_least: 2",
    "local_hour: {from: 13:00, to: '14:00'}",
    "local_hour: {from: '22:00', to: 13:30}",
    "local_day: [monday]",
    "any: [cart_is_open, person_has_phone]",
]
DO_NOT = [
    "trait: {name: points, at_least: 121}",
    "trait: {name: nobody, is_not: x}",
    "trigger: {currency: EUR}",
    "trigger: {price: {at_most: 49}}",
    "ordered: 9 days",
    "ordered: {within: 30 days, product: chair}",
    "viewed: 1 day",
    "order_count_at_least: 3",
    "local_hour: {from: '14:00', to: '15:00'}",
    "local_day: [tuesday, sunday]",
]


def condition(text: str) -> conditions.Condition:
    return conditions.read(load(f"if: {{{text}}}")["if"], "here")


@pytest.mark.parametrize("text", HOLD)
def test_what_is_known_answers_yes(text: str) -> None:
    assert condition(text).holds(KNOWN)


@pytest.mark.parametrize("text", DO_NOT)
def test_what_is_not_so_answers_no(text: str) -> None:
    assert not condition(text).holds(KNOWN)


@pytest.mark.parametrize("text", [one for one in (*HOLD, *DO_NOT) if not one.startswith("local_")])
def test_what_is_not_known_answers_no(text: str) -> None:
    assert not condition(text).holds(NOTHING)


@pytest.mark.parametrize("text", [*HOLD, *DO_NOT, "not: cart_is_open", "all: [cart_is_open, any: [cart_is_merged]]",
                                  "consent: marketing/email", "cart_amount_at_least: 10",
                                  "cart_items_at_least: 1"])  # fmt: skip
def test_every_condition_is_told_in_both_languages(text: str) -> None:
    one = condition(text)

    assert one.words("fr")
    assert one.words("en")
    assert one.words("fr") != one.words("en")


@pytest.mark.parametrize("name", conditions._PLAIN)
def test_every_plain_question_is_told_in_both_languages(name: str) -> None:
    one = conditions.read(name, "here")

    assert not one.holds(NOTHING)
    assert one.words("fr") != one.words("en")


@pytest.mark.parametrize(
    "text",
    ["trait: {name: x}", "trait: {name: x, is: [1, 2]}", "trigger: {x: {at_least: much}}", "ordered: soon",
     "local_day: [someday]", "local_hour: {from: 25:00, to: '1:00'}", "nothing: 1", "trigger: {x: {liks: 3}}"],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_where(text: str) -> None:
    with pytest.raises(BadDefinition):
        condition(text)
