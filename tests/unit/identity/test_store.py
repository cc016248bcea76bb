"""The store: exactly once, changes for the warehouse, traits, reading and explaining a person, cuts by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from comptoir.clock import instant
from comptoir.identity import by_hand, profile, rows, store
from comptoir.identity.by_hand import NotOnePerson
from comptoir.identity.profile import PersonNotFound
from comptoir.identity.rules import Demotion
from comptoir.model.identifier import profile_named_after
from comptoir.model.sighting import LinkClaim, TraitSeen
from tests.unit.identity.world import claim, lend, node, persons, seen


def take(
    connection: Connection, number: int, claims: list[LinkClaim], *also: str, traits: list[TraitSeen] | None = None
) -> store.Applied:
    """Work a tick in which all names that are spoken of are seen."""
    return store.apply(
        connection,
        tick_id=number,
        spool="front",
        offset_after=10 * number,
        nodes=seen(*also, at=number),
        links=claims,
        traits=traits or [],
    )


def name(text: str) -> str:
    return profile_named_after(node(text))


def test_a_replayed_tick_changes_nothing() -> None:
    with lend() as connection:
        take(connection, 3, [claim("account:ann", "anonymous:b1", 1)], "account:ann", "anonymous:b1")
        before = store.latest_change(connection), connection.execute(rows.nodes.select()).all()

        again = take(connection, 3, [], "account:somebody-else")

        assert again.change == 0
        assert (store.latest_change(connection), connection.execute(rows.nodes.select()).all()) == before
        assert store.applied(connection) == {"front": store.Mark(tick_id=3, offset_after=30)}


def test_changes_tell_newcomers_and_those_who_moved_and_nobody_else() -> None:
    with lend() as connection:
        take(connection, 1, [], "anonymous:b1", "account:ann", "account:ben")
        seen_by_warehouse = store.latest_change(connection)
        take(connection, 2, [claim("account:ann", "anonymous:b1", 5)], "anonymous:b1", "account:ann", "email:new")

        changes = {one.node_id: one for one in store.changes_since(connection, seen_by_warehouse)}

        assert set(changes) == {node("account:ann"), node("email:new")}
        assert changes[node("account:ann")].profile_id == name("anonymous:b1")
        assert changes[node("email:new")] == (node("email:new"), "email", "new", name("email:new"))
        assert store.changes_since(connection, store.latest_change(connection)) == []


def test_a_cut_between_two_ticks_is_told_to_the_warehouse() -> None:
    with lend() as connection:
        take(connection, 1, [claim("account:ann", "anonymous:b1", 5)], "account:ann", "anonymous:b1")
        seen_by_warehouse = store.latest_change(connection)

        store.cut(connection, [(node("account:ann"), node("anonymous:b1"))], at=9, by="test")

        assert [one.node_id for one in store.changes_since(connection, seen_by_warehouse)] == [node("anonymous:b1")]


def test_a_repeated_link_is_one_row_with_its_earliest_statement() -> None:
    with lend() as connection:
        for number, at in enumerate([5, 9, 3, 7], start=1):
            take(connection, number, [claim("account:ann", "anonymous:b1", at)], "account:ann", "anonymous:b1")

        (kept,) = connection.execute(rows.links.select()).all()
        assert (kept.occurred_at, kept.message_id) == (3, "m3")


def test_a_link_to_a_node_nobody_saw_is_dropped() -> None:
    with lend() as connection:
        take(connection, 1, [claim("account:ann", "anonymous:ghost", 5)], "account:ann")

        assert connection.execute(rows.links.select()).all() == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_confirmed_trait_beats_a_claimed_one_and_then_the_latest_stands(order: tuple[int, int, int]) -> None:
    ann = node("account:ann")
    stated = [
        TraitSeen(ann, "city", '"Lyon"', 5, "m5", "confirmed"),
        TraitSeen(ann, "city", '"Nice"', 9, "m9", "claimed"),
        TraitSeen(ann, "city", '"Metz"', 2, "m2", "confirmed"),
    ]
    with lend() as connection:
        for number, place in enumerate(order, start=1):
            take(connection, number, [], "account:ann", traits=[stated[place]])

        found = profile.read(connection, "account", "ann")

    assert found is not None
    assert found.traits == {"city": "Lyon"}


def test_traits_of_all_a_persons_nodes_are_merged_by_the_same_rule() -> None:
    with lend() as connection:
        take(
            connection, 1, [claim("account:ann", "email:a@shop.example", 5)], "account:ann", "email:a@shop.example",
            traits=[
                TraitSeen(node("account:ann"), "first_name", '"Ann"', 9, "m9", "claimed"),
                TraitSeen(node("email:a@shop.example"), "first_name", '"Anne"', 5, "m5", "confirmed"),
                TraitSeen(node("email:a@shop.example"), "points", "12345678901234567890", 5, "m5", "confirmed"),
            ],
        )  # fmt: skip

        found = profile.read(connection, "account", "ann")

    assert found is not None
    assert found.traits == {"first_name": "Anne", "points": 12345678901234567890}


def test_a_profile_is_read_by_any_identifier_and_by_any_name_it_ever_had() -> None:
    with lend() as connection:
        take(connection, 1, [], "anonymous:b1")
        take(connection, 2, [], "account:ann")
        take(connection, 3, [claim("account:ann", "anonymous:b1", 3)], "account:ann", "anonymous:b1")

        by_account = profile.read(connection, "account", "ann")

        assert by_account is not None
        assert by_account == profile.read(connection, "anonymous", "b1")
        assert by_account == profile.read_by_id(connection, name("account:ann"))
        assert by_account.profile_id == name("anonymous:b1")
        assert by_account.merged_from == (name("account:ann"),)
        assert [(one.kind, one.value) for one in by_account.identifiers] == [("anonymous", "b1"), ("account", "ann")]
        assert (by_account.first_seen_at, by_account.last_seen_at) == (instant(1), instant(3))
        assert profile.read(connection, "account", "nobody") is None
        assert profile.read_by_id(connection, "p12") is None
        assert profile.read_by_id(connection, "x") is None
        assert store.profiles_of(connection, [node("account:ann"), 7]) == {node("account:ann"): name("anonymous:b1")}
        assert store.nodes_of(connection, [node("anonymous:b1")]) == {
            node("anonymous:b1"): [node("anonymous:b1"), node("account:ann")]
        }


@pytest.mark.parametrize("asked", ["ann", "account:ann", "ANN@shop.example", "email:Ann@shop.example", "anonymous:b1"])
def test_a_person_is_found_by_what_people_type(asked: str) -> None:
    with lend() as connection:
        take(connection, 1, [], "account:ann", "email:ann@shop.example", "anonymous:b1")

        found = profile.find(connection, asked)

        assert found in {node("account:ann"), node("email:ann@shop.example"), node("anonymous:b1")}
        assert profile.find(connection, name("account:ann")) == node("account:ann")
        with pytest.raises(PersonNotFound):
            profile.find(connection, "nobody@shop.example")


def test_an_explanation_lists_links_those_demoted_with_why_cuts_and_history() -> None:
    with lend() as connection:
        everybody = ("anonymous:tablet", "account:ann", "account:ben", "email:ann@shop.example", "phone:+33")
        take(connection, 1, [], *everybody)
        take(
            connection, 2,
            [
                claim("account:ann", "anonymous:tablet", 10),
                claim("account:ann", "email:ann@shop.example", 11),
                claim("account:ben", "anonymous:tablet", 12),
                claim("account:ann", "phone:+33", 13),
            ],
            *everybody,
        )  # fmt: skip
        store.cut(connection, [(node("account:ann"), node("phone:+33"))], at=20, by="Zoé")

        told = profile.explain(connection, name("account:ann"))

        assert [one.message_id for one in told.active] == ["m10", "m11"]
        assert [(one.link.message_id, one.why) for one in told.demoted] == [
            ("m12", Demotion.SHARED_BROWSER),
            ("m13", Demotion.CUT),
        ]
        assert [(at, by) for _, _, at, by in told.cuts] == [(instant(20), "Zoé")]
        assert [(one.kept, one.gone) for one in told.history] == [
            (name("anonymous:tablet"), name("account:ann")),
            (name("anonymous:tablet"), name("email:ann@shop.example")),
        ]
        assert told.names[node("account:ben")] == "account:ben"


def test_a_merge_by_hand_and_its_cut_give_back_what_was_there() -> None:
    with lend() as connection:
        everybody = ("account:ann", "anonymous:b1", "account:ben", "anonymous:b2")
        take(
            connection, 1,
            [claim("account:ann", "anonymous:b1", 1), claim("account:ben", "anonymous:b2", 2)], *everybody,
        )  # fmt: skip
        before = persons(connection)

        made = by_hand.merge(connection, "ann", "ben", at=5, by="test")
        take(connection, 2, [claim("account:ann", "anonymous:b2", 6)], *everybody)
        parted = by_hand.cut(connection, made.profile_id, "account:ben", at=7, by="test")

        assert len(made.identifiers) == 4
        assert persons(connection) == before
        assert [(one.kind, one.value) for one in parted.restored.identifiers] == [
            ("account", "ben"),
            ("anonymous", "b2"),
        ]
        assert parted.left.profile_id == name("account:ann")


def test_a_cut_reaches_through_all_links_that_hold_an_identifier_and_leaves_it_its_own() -> None:
    with lend() as connection:
        everybody = ("account:ann", "email:ann@shop.example", "anonymous:b1", "device:d1")
        take(
            connection, 1,
            [
                claim("account:ann", "anonymous:b1", 1),
                claim("email:ann@shop.example", "anonymous:b1", 2),
                claim("account:ann", "email:ann@shop.example", 3),
                claim("anonymous:b1", "device:d1", 4),
            ],
            *everybody,
        )  # fmt: skip

        parted = by_hand.cut(connection, "ann", "anonymous:b1", at=7, by="test")

        assert [one.value for one in parted.left.identifiers] == ["ann", "ann@shop.example"]
        assert [one.value for one in parted.restored.identifiers] == ["b1", "d1"]
        take(connection, 2, [claim("account:ann", "anonymous:b1", 9)], *everybody)
        assert len(persons(connection)) == 2


def test_a_merge_by_hand_after_a_cut_stands() -> None:
    with lend() as connection:
        take(connection, 1, [claim("account:ann", "anonymous:b1", 1)], "account:ann", "anonymous:b1")
        by_hand.cut(connection, "ann", "anonymous:b1", at=7, by="test")

        by_hand.merge(connection, "ann", "anonymous:b1", at=7, by="test")

        assert len(persons(connection)) == 1


def test_cutting_strangers_apart_says_that_they_are_not_one_person() -> None:
    with lend() as connection:
        take(connection, 1, [], "account:ann", "account:ben")

        with pytest.raises(NotOnePerson):
            by_hand.cut(connection, "ann", "account:ben", at=7, by="test")
        with pytest.raises(NotOnePerson):
            by_hand.cut(connection, "ann", "account:ann", at=7, by="test")


def test_a_rebuild_from_the_archive_gives_the_same_persons_and_keeps_what_was_done_by_hand() -> None:
    everybody = ("account:ann", "anonymous:b1", "account:ben", "anonymous:b2")
    claims = [claim("account:ann", "anonymous:b1", 1), claim("account:ben", "anonymous:b2", 2)]
    with lend() as connection:
        take(connection, 1, claims, *everybody)
        by_hand.merge(connection, "ann", "ben", at=5, by="test")
        by_hand.cut(connection, "ben", "anonymous:b2", at=6, by="test")
        before = persons(connection)

        store.forget(connection)
        take(connection, 1, claims, *everybody)
        store.rebuild(connection)

        assert persons(connection) == before
