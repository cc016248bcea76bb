"""Laws of identity: on any history, in any order, cut into any ticks."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from comptoir.identity import rows, store
from comptoir.identity.links import Cut, gather
from comptoir.identity.resolve import partition
from comptoir.model.identifier import NodeId, profile_named_after
from comptoir.model.sighting import LinkClaim, NodeSeen
from tests.unit.identity.world import (
    KINDS,
    NODES,
    TIGHT,
    claims,
    group_rows,
    histories,
    lend,
    persons,
    persons_from_scratch,
    tick,
)


def parted(history: list[LinkClaim], cuts: list[Cut] | None = None) -> set[frozenset[int]]:
    return set(partition(gather(history, KINDS, recorded=1), cuts or [], TIGHT, kinds=KINDS))


def in_ticks(connection: Connection, history: list[LinkClaim], draw: random.Random, first: int = 1) -> int:
    """Work a history in ticks of any size, and give the number of the next tick."""
    while history:
        size = draw.choice([1, 1, 2, 3, 8])
        tick(connection, first, history[:size])
        history, first = history[size:], first + 1
    return first


@given(history=histories, rng=st.randoms(use_true_random=False))
def test_any_permutation_of_the_links_parts_people_the_same_way(history: list[LinkClaim], rng: random.Random) -> None:
    shuffled = history + [rng.choice(history) for _ in range(min(5, len(history)))]
    rng.shuffle(shuffled)

    assert parted(shuffled) == parted(history)


@given(history=histories, rng=st.randoms(use_true_random=False))
def test_ticks_in_any_order_give_what_a_resolution_from_scratch_gives(
    history: list[LinkClaim], rng: random.Random
) -> None:
    mentioned = {one for claim in history for one in (claim.a, claim.b)}
    with lend() as connection:
        in_ticks(connection, history, rng)

        assert persons(connection) == {person for person in parted(history) if person & mentioned}
        assert persons(connection) == persons_from_scratch(connection)
        kept = group_rows(connection)
        assert store.rebuild(connection, TIGHT) == 0
        assert group_rows(connection) == kept


@given(
    acts=st.lists(
        st.one_of(
            claims(by_hand=True),
            st.tuples(st.sampled_from(sorted(NODES)), st.sampled_from(sorted(NODES))),
        ),
        max_size=24,
    )
)
def test_cuts_and_merges_by_hand_between_ticks_give_what_a_resolution_from_scratch_gives(
    acts: list[LinkClaim | tuple[int, int]],
) -> None:
    with lend() as connection:
        store.apply(
            connection, tick_id=1, spool="front", offset_after=1, links=[], traits=[],
            nodes=[NodeSeen(one, *NODES[one], 0) for one in NODES], rules=TIGHT,
        )  # fmt: skip
        for number, act in enumerate(acts, start=2):
            if isinstance(act, LinkClaim):
                tick(connection, number, [act])
            elif act[0] != act[1]:
                store.cut(connection, [act], at=number, by="test", rules=TIGHT)

            assert persons(connection) == persons_from_scratch(connection)
        kept = group_rows(connection)
        assert store.rebuild(connection, TIGHT) == 0
        assert group_rows(connection) == kept


@given(
    before=histories,
    after=histories,
    pair=st.tuples(st.sampled_from(sorted(NODES)), st.sampled_from(sorted(NODES))).filter(lambda two: two[0] != two[1]),
    rng=st.randoms(use_true_random=False),
)
def test_a_merge_and_its_cut_leave_what_would_be_there_had_it_never_been(
    before: list[LinkClaim], after: list[LinkClaim], pair: tuple[int, int], rng: random.Random
) -> None:
    """State hash after merge → more history → cut = state hash of the history without links between the two."""
    apart = [one for one in before + after if {one.a, one.b} != set(pair)]
    with lend() as left, lend("another") as right:
        everybody = [NodeSeen(one, *NODES[one], 0) for one in NODES]
        for connection in (left, right):
            store.apply(
                connection, tick_id=1, spool="front", offset_after=1, nodes=everybody, links=[], traits=[], rules=TIGHT
            )
        following = in_ticks(left, [one for one in before if one in apart], rng, 2)
        store.merge(left, *pair, at=3, by="test", rules=TIGHT)
        in_ticks(left, [one for one in after if one in apart], rng, following)
        store.cut(left, [pair], at=4, by="test", rules=TIGHT)
        in_ticks(right, apart, rng, 2)

        assert _map_of(left) == _map_of(right)
        assert group_rows(left) == group_rows(right)


@given(history=histories, rng=st.randoms(use_true_random=False))
def test_nobody_is_renamed_whom_a_tick_does_not_touch(history: list[LinkClaim], rng: random.Random) -> None:
    with lend() as connection:
        for number, one in enumerate(history, start=1):
            before = _map_of(connection)
            tick(connection, number, [one])
            after = _map_of(connection)

            members: dict[int, set[int]] = {}
            for each, founder in after.items():
                members.setdefault(founder, set()).add(each)
            for each, founder in before.items():
                same = {other for other, its in before.items() if its == founder} == members[after[each]]
                assert not same or after[each] == founder


@given(history=histories)
def test_any_name_ever_given_still_finds_its_profile(history: list[LinkClaim]) -> None:
    given_names: set[str] = set()
    with lend() as connection:
        for number, one in enumerate(history, start=1):
            tick(connection, number, [one])
            given_names |= {profile_named_after(NodeId(founder)) for founder in _map_of(connection).values()}

        assert given_names <= {profile_named_after(NodeId(each)) for each in _map_of(connection)}
        named = {profile_named_after(row.node_id) for row in connection.execute(rows.nodes.select()) if row.was_named}
        assert named == given_names


@given(history=histories)
def test_claimed_links_never_join_two_accounts(history: list[LinkClaim]) -> None:
    claimed = [one._replace(trust="claimed") for one in history]

    for person in parted(claimed):
        assert sum(KINDS[each] == "account" for each in person) <= 1


@given(history=histories)
def test_only_confirmed_aliases_and_hands_join_two_accounts(history: list[LinkClaim]) -> None:
    without = [one for one in history if not (one.reason == "alias" and one.trust == "confirmed")]

    for person in parted(without):
        assert sum(KINDS[each] == "account" for each in person) <= 1


@given(
    history=histories,
    blocked=st.sampled_from(["null", "undefined", " NULL ", '"null"', "00000000-0000-0000-0000-000000000000", "0", ""]),
    kind=st.sampled_from(["account", "email", "anonymous"]),
)
def test_blocked_values_join_nobody(history: list[LinkClaim], blocked: str, kind: str) -> None:
    nobody = 12345
    through = [one._replace(b=nobody) for one in history]
    with lend() as connection:
        store.apply(
            connection, tick_id=1, spool="front", offset_after=1, traits=[], links=through, rules=TIGHT,
            nodes=[NodeSeen(one, *NODES[one], 0) for one in NODES] + [NodeSeen(nobody, kind, blocked, 0)],
        )  # fmt: skip

        assert persons(connection) == {frozenset([one]) for one in NODES}
        assert connection.execute(rows.links.select()).all() == []


def _map_of(connection: Connection) -> dict[int, int]:
    return {row.node_id: row.founder for row in connection.execute(rows.nodes.select())}
