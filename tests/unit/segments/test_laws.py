from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from comptoir.segments.asked import Question
from comptoir.segments.follow import Live
from tests.unit.segments.history import History, days, definition, erase, history, question_of

CONDITIONS = {
    "viewed_twice": "did: {event: Product Viewed, at_least: 2, within: 3 days}",
    "viewed_once": "did: {event: Product Viewed, exactly: 1}",
    "viewed_shoes": "did: {event: Product Viewed, within: 2 days, category: Shoes}",
    "viewed_rarely": "did: {event: Product Viewed, at_most: 1, within: 4 days}",
    "viewed_red": "did: {event: Product Viewed, within: 2 days, where: {color: red}}",
    "viewed_lately": "did: {event: [Product Viewed, Product Added], within: 5 hours}",
    "viewed_on_days": "did: {event: Product Viewed, measure: days, at_least: 2}",
    "viewed_dear": "did: {event: Product Viewed, measure: average, of: price, at_least: 20, within: 9 hours}",
    "viewed_first": "did: {event: Product Viewed, first_time: true, within: 2 days}",
    "viewed_since": "did: {event: Product Viewed, since: 2026-03-28, until: 2026-03-30}",
    "left": "sequence: {event: Product Added, then_not: Order Completed, gap: 20 hours, within: 4 days}",
    "followed": "sequence: {event: Product Viewed, then: Product Added, gap: 6 hours, within: 3 days}",
    "bought": "ordered: {within: 3 days}",
    "newcomer": "ordered: {within: 3 days, first_time: true}",
    "due": "due: Coffee",
    "late": "due: {category: Coffee, when: late}",
    "early": "due: {category: Coffee, when: early}",
    "bought_coffee": "ordered: {category: Coffee, within: 3 days}",
    "spender": "ordered: {measure: revenue, at_least: 50.00, within: 5 days}",
    "basket": "ordered: {measure: average_basket, at_most: 40}",
    "lyon": "trait: {name: city, is: Lyon}",
    "m_lyon": "trait: {name: city, is: Lyon}",
    "m_no_city": "trait: {name: city, is_set: false}",
    "not_lyon": "trait: {name: city, is_not: Lyon}",
    "no_city": "trait: {name: city, is_set: false}",
    "birthday": "trait: {name: birthday, anniversary_within: 2 days}",
    "consented": "consent: email",
    "points": "loyalty: {at_least: 10}",
    "expiring": "loyalty: {expiring: 5, within: 2 days}",
    "abandoned": "cart: {state: abandoned, amount_at_least: 10}",
    "open": "cart: {state: [open, expired]}",
    "drawn": "bucket: {share: 0.5, salt: a}",
    "mixed": (
        "all: [{any: [{did: {event: Product Viewed, at_least: 2}}, {trait: {name: city, is: Lyon}}]},"
        " {not: {ordered: {within: 2 days}}}]"
    ),
    "nobody_ordered": "not: {ordered: {measure: orders, at_least: 1}}",
}
NODES = st.integers(1, 5)
BACK = st.sampled_from([0.0, 0.04, 0.2, 0.9, 1.0, 1.5, 2.0, 3.0, 6.0])
ACTS = st.one_of(
    st.tuples(st.just("did"), NODES, st.sampled_from(["Product Viewed", "Product Added", "Order Completed"]), BACK,
              st.sampled_from(["", "Shoes", "Boots", "Shoes / Red", "Hats"]), st.sampled_from(["red", "blue"]),
              st.sampled_from([10, 30])),
    st.tuples(st.just("ordered"), NODES, st.integers(1, 4), BACK, st.sampled_from([2000, 4000, 9000]),
              st.sampled_from(["completed", "refunded", "cancelled"])),
    st.tuples(st.just("stated"), NODES, st.sampled_from([{"city": "Lyon"}, {"city": "Paris"}, {"city": None},
                                                         {"birthday": "1990-03-30"}, {"birthday": "2000-02-29"}]),
              BACK, st.sampled_from(["s", "till", "crm"])),
    st.tuples(st.just("agreed"), NODES, st.sampled_from(["granted", "withdrawn"]), BACK),
    st.tuples(st.just("earned"), NODES, st.sampled_from([5, 10, -5]), st.sampled_from([None, 1, 3])),
    st.tuples(st.just("carted"), NODES, st.integers(1, 3), BACK, st.sampled_from([500, 5000]),
              st.sampled_from([None, 7])),
    st.tuples(st.just("move"), NODES, st.sampled_from(["p1", "p2", "p3", "p9"])),
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.lists(ACTS, max_size=5), st.sampled_from([0.01, 0.3, 1.0, 1.5, 4.0])), min_size=1, max_size=4
)


def act(shop: History, what: tuple[Any, ...]) -> None:
    kind, node, *rest = what
    match kind:
        case "did":
            name, back, category, color, price = rest
            shop.did(node, name, shop.now - days(back), category, {"color": color, "price": price})
        case "ordered":
            order, back, amount, status = rest
            shop.ordered(node, order, shop.now - days(back), amount, status)
        case "stated":
            traits, back, source = rest
            shop.stated(node, traits, shop.now - days(back), source)
        case "agreed":
            state, back = rest
            shop.agreed(node, state, shop.now - days(back))
        case "earned":
            points, ahead = rest
            shop.earned(node, points, None if ahead is None else shop.now + days(ahead))
        case "carted":
            cart, back, amount, order = rest
            shop.carted(node, cart * 10 + node, shop.now - days(back), amount, order)
        case "move":
            shop.is_known(node)
            shop.move(node, rest[0])


class Questions(dict[str, Question]):
    """Questions that a failing example does not print."""

    def __repr__(self) -> str:
        return "the questions of CONDITIONS"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    made = history(Path(tmp_path_factory.mktemp("laws")))
    yield made
    made.warehouse.close()


@pytest.fixture(scope="module")
def questions(shop: History) -> Questions:
    return Questions((key, question_of(definition(key, said), shop.around)) for key, said in CONDITIONS.items())


def again(shop: History) -> History:
    with shop.warehouse.transaction() as cursor:
        erase(cursor)
    return History(warehouse=shop.warehouse, around=shop.around)


@given(steps=STEPS)
@example(steps=[
    ([("ordered", 2, 1, 0.9, 4000, "refunded")], 1.0),
    ([("ordered", 4, 1, 0.0, 2000, "completed")], 1.0),  # an order turns out to be somebody else's
])  # fmt: skip
@example(
    steps=[  # brands that rank their sources believe another one of them, whoever spoke last
        ([("stated", 1, {"city": "Lyon"}, 1.0, "till"), ("stated", 2, {"city": "Paris"}, 0.0, "s")], 1.0),
        ([("move", 2, "p1"), ("stated", 1, {"city": "Paris"}, 0.0, "crm")], 1.0),
        ([("move", 2, "p2"), ("stated", 1, {"city": None}, 0.0, "till")], 1.0),
    ]
)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_following_tick_by_tick_gives_what_asking_everybody_gives(
    steps: list[tuple[list[tuple[Any, ...]], float]], shop: History, questions: Questions
) -> None:
    told = again(shop)
    live = [Live(key=key, version=1, question=one) for key, one in questions.items()]
    told.tick(live)
    for acts, passes in steps:
        told.now += timedelta(days=passes)
        for one in acts:
            act(told, one)
        told.tick(live)

        for key, question in questions.items():
            assert told.members(key) == told.asked(question), key


@given(acts=st.lists(ACTS, max_size=25))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_segment_and_its_negation_part_the_profiles(
    acts: list[tuple[Any, ...]], shop: History, questions: Questions
) -> None:
    told = again(shop)
    for one in acts:
        act(told, one)
    told.tick([])

    for key, question in questions.items():
        members, others = told.asked(question), told.negated(question)
        assert members | others == told.everybody(), key
        assert not members & others, key
