"""Everybody by number: exactly the profiles that have a node, whatever joins and parts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.facts import derive
from comptoir.facts.persons import person_of
from comptoir.model.identifier import NodeId, node_of, profile_named_after
from comptoir.warehouse.duckdb import DuckdbWarehouse
from tests.unit.facts.told import open_shop

NODES = [node_of("anonymous", f"b{number}") for number in range(4)]


def copied(warehouse: DuckdbWarehouse, changes: list[tuple[int, str | None]]) -> None:
    with warehouse.transaction() as cursor:
        derive.copy_profiles(cursor, [(node, "anonymous", "b", profile) for node, profile in changes])  # type: ignore[misc]


def test_a_new_visitor_is_a_person_of_the_number_of_her_node() -> None:
    shop = open_shop()
    name = profile_named_after(NodeId(NODES[0]))

    copied(shop.warehouse, [(NODES[0], name)])

    assert shop.ask("SELECT person, profile_id FROM fact.people") == [(NODES[0], name)]
    assert shop.ask("SELECT node_id, person FROM fact.persons") == [(NODES[0], NODES[0])]


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=4), max_size=6))
def test_the_people_are_the_profiles_of_the_map(ticks: list[list[tuple[int, int]]]) -> None:
    shop = open_shop()
    names = [*(profile_named_after(NodeId(node)) for node in NODES), "P9"]

    for changes in ticks:
        copied(shop.warehouse, [(NODES[node], names[name]) for node, name in changes])

    known = shop.ask("SELECT node_id, profile_id FROM fact.profile_of WHERE profile_id IS NOT NULL")
    people = shop.ask("SELECT person, profile_id FROM fact.people")
    assert sorted(people) == sorted({(person_of(name), name) for _, name in known})
    assert sorted(shop.ask("SELECT * FROM fact.persons")) == sorted((node, person_of(name)) for node, name in known)
    shop.warehouse.close()
