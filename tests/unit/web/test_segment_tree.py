"""The rule of a segment as a tree: what forms do to it leaves every condition there, and gives a rule again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.web import segment_tree as tree
from comptoir.web.segment_tree import Node, Path

A: Node = {"did": {"event": "Product Viewed"}}
B: Node = {"ordered": {"at_least": 2}}
C: Node = {"trait": {"name": "city"}}

leaves = st.integers(0, 9).map(lambda one: {"trait": {"name": f"t{one}"}})
rules = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(lambda one: {"not": one}),
        st.tuples(st.sampled_from(tree.GROUPS), st.lists(inner, min_size=1, max_size=4)).map(
            lambda one: {one[0]: one[1]}
        ),
    ),
    max_leaves=8,
)


def conditions(root: Node) -> Counter[str]:
    return Counter(str(one.node) for one in tree.each(root) if not one.is_group)


def places(root: Node) -> list[Path]:
    return [one.path for one in tree.each(root)]


def truth(node: Any, known: frozenset[str]) -> bool:
    ((kind, inner),) = node.items()
    if kind == "not":
        return not truth(inner, known)
    if kind in tree.GROUPS:
        return (all if kind == "all" else any)(truth(one, known) for one in inner)
    return inner["name"] in known


def test_something_added_stands_at_the_end_of_its_group_or_beside_the_condition() -> None:
    made, at = tree.add({"all": [A, {"any": [B]}]}, (1,), C)
    assert (made, at) == ({"all": [A, {"any": [B, C]}]}, (1, 1))
    assert tree.add({"all": [A, B]}, (0,), C) == ({"all": [A, B, C]}, (2,))
    assert tree.add(A, (), B) == ({"all": [A, B]}, (1,))


def test_what_is_taken_out_takes_the_group_it_leaves_empty_and_the_last_condition_stays() -> None:
    assert tree.remove({"all": [A, {"any": [B]}]}, (1, 0)) == {"all": [A]}
    with pytest.raises(tree.LastCondition):
        tree.remove({"all": [A]}, (0,))


def test_asking_for_the_opposite_twice_asks_for_the_thing_itself() -> None:
    rule: Node = {"all": [A, {"any": [B, C]}]}
    turned = tree.negate(rule, (1,))
    assert turned == {"all": [A, {"not": {"any": [B, C]}}]}
    assert tree.spot(turned, (1, 1)).kind == "trait"
    assert tree.negate(turned, (1,)) == rule


def test_moving_goes_past_conditions_into_groups_and_out_of_them() -> None:
    rule: Node = {"all": [A, {"any": [B]}]}
    into, at = tree.down(rule, (0,))
    assert (into, at) == ({"all": [{"any": [A, B]}]}, (0, 0))
    out, at = tree.up(into, at)
    assert (out, at) == (rule, (0,))
    assert tree.up(rule, (0,)) == (rule, (0,))


def test_a_rule_of_too_many_conditions_or_too_deep_is_refused() -> None:
    with pytest.raises(tree.TooLarge):
        tree.add({"all": [A] * tree.MOST}, (), B)
    deep: Node = A
    for _ in range(tree.DEEPEST):
        deep = {"all": [deep]}
    with pytest.raises(tree.TooLarge):
        tree.wrap(deep, (), "any")


@pytest.mark.parametrize("text", ["", "a", "0.", "-1", "0.99999", ".".join("0" * 40), "٣"])
def test_an_address_that_names_no_place_is_none(text: str) -> None:
    assert tree.path_of(text) is None


@given(rules, st.data())
def test_moving_wrapping_and_turning_twice_lose_no_condition(rule: Node, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(places(rule)))
    for made in (tree.up(rule, path)[0], tree.down(rule, path)[0], tree.wrap(rule, path, "any"),
                 tree.negate(tree.negate(rule, path), path)):  # fmt: skip
        assert tree.is_like(made)
        assert conditions(made) == conditions(rule)


@given(rules, st.data())
def test_what_moved_stands_where_the_move_says(rule: Node, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(places(rule)))
    for move in (tree.up, tree.down):
        made, at = move(rule, path)
        assert tree.spot(made, at).node == tree.spot(rule, path).node


@given(rules, st.data(), st.frozensets(st.integers(0, 9).map(lambda one: f"t{one}")))
def test_a_group_around_one_thing_and_its_removal_change_no_meaning(
    rule: Node, data: st.DataObject, known: frozenset[str]
) -> None:
    path = data.draw(st.sampled_from(places(rule)))
    wrapped = tree.wrap(rule, path, "any")
    assert truth(wrapped, known) == truth(rule, known)
    assert truth(tree.dissolve(wrapped, path), known) == truth(rule, known)
    turned = tree.negate(rule, ())
    assert truth(turned, known) != truth(rule, known)


@given(rules)
def test_an_address_leads_back_to_its_place(rule: Node) -> None:
    for path in places(rule):
        if len(path) <= tree.DEEPEST:
            assert tree.path_of(tree.text_of(path)) == path
