from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from comptoir.model.message import Candidate, Discretion, MessageClass, Outcome, Reason
from comptoir.pressure.arbitrate import Spent, decide
from comptoir.pressure.caps import Cap, Full, Policy, room

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POLICY = Policy(caps=(Cap(2, timedelta(hours=24)),), gap=timedelta(hours=4))


def candidate(
    name: str, *, node: int = 1, contact: str = "ann@example.org", priority: int = 50,
    kind: MessageClass = MessageClass.SCENARIO, hours: float = 1,
) -> Candidate:  # fmt: skip
    return Candidate(
        message_id=name, message_class=kind, scenario="s", scenario_version=1, step="send", enrollment_id=1, brand="b",
        channel="email", purpose="marketing", template="t", discretion=Discretion.GENERIC, language="fr", node_id=node,
        profile_id="p", contact=contact, occasion=name, priority=priority, wished_at=NOW,
        expires_at=NOW + timedelta(hours=hours),
    )  # fmt: skip


def spent(name: str, ago: timedelta, *, node: int = 1, contact: str = "ann@example.org") -> Spent:
    return Spent(message_id=name, node_id=node, contact=contact, at=NOW - ago)


def kin(*nodes: int) -> dict[int, frozenset[int]]:
    return {node: frozenset(nodes) for node in nodes}


def test_with_room_a_candidate_is_queued() -> None:
    (verdict,) = decide([candidate("a")], [], kin(1), POLICY, NOW)

    assert verdict.outcome == Outcome.QUEUED


def test_the_gap_holds_across_all_nodes_of_a_person_and_across_addresses() -> None:
    by_node = spent("old", timedelta(hours=1), node=2, contact="other@example.org")
    by_address = spent("old", timedelta(hours=1), node=9)

    for before in (by_node, by_address):
        (verdict,) = decide([candidate("a")], [before], kin(1, 2), POLICY, NOW)
        assert (verdict.outcome, verdict.reason) == (Outcome.DROPPED, Reason.GAP)


def test_another_persons_contacts_take_no_room() -> None:
    (verdict,) = decide(
        [candidate("a")], [spent("old", timedelta(0), node=7, contact="x@example.org")], kin(1), POLICY, NOW
    )

    assert verdict.outcome == Outcome.QUEUED


def test_a_candidate_that_lives_until_there_is_room_is_deferred_to_that_instant() -> None:
    (verdict,) = decide([candidate("a", hours=5)], [spent("old", timedelta(hours=1))], kin(1), POLICY, NOW)

    assert verdict.outcome == Outcome.DEFERRED
    assert verdict.until == NOW + timedelta(hours=3)


def test_the_better_of_two_goes_and_the_other_is_told_who_took_its_place() -> None:
    better, worse = candidate("b", priority=90), candidate("a", priority=10)

    first, second = decide([worse, better], [], kin(1), POLICY, NOW)

    assert (first.candidate, first.outcome) == (better, Outcome.QUEUED)
    assert (second.outcome, second.replaced_by) == (Outcome.REPLACED, "b")


def test_a_better_candidate_replaces_a_queued_one_but_never_one_that_was_handed_over() -> None:
    worse = candidate("worse", priority=10)
    queued = Spent(message_id="worse", node_id=1, contact=worse.contact, at=NOW, order=worse.order)
    handed = Spent(message_id="worse", node_id=1, contact=worse.contact, at=NOW)

    (over_queued,) = decide([candidate("b", priority=90)], [queued], kin(1), POLICY, NOW)
    (over_handed,) = decide([candidate("b", priority=90)], [handed], kin(1), POLICY, NOW)

    assert over_queued.replaces == ("worse",)
    assert over_handed.outcome == Outcome.DROPPED


def test_service_messages_know_no_cap() -> None:
    (verdict,) = decide([candidate("a", kind=MessageClass.SERVICE)], [spent("o", timedelta(0))], kin(1), POLICY, NOW)

    assert verdict.outcome == Outcome.QUEUED


def test_a_clock_that_stepped_back_makes_no_room() -> None:
    ahead = [spent("old", timedelta(hours=-1))]

    assert isinstance(room(POLICY, candidate("a"), frozenset({1}), ahead, NOW), Full)


wishes = st.lists(
    st.builds(
        lambda number, node, contact, priority: (number, node, contact, priority),
        st.integers(0, 10**6), st.integers(1, 4), st.sampled_from(["a@x", "b@x", "c@x"]), st.integers(0, 3),
    ),
    max_size=12, unique_by=lambda one: one[0],
)  # fmt: skip


@given(said=wishes, past=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 4)), max_size=6), cap=st.integers(0, 3))
def test_no_interleaving_exceeds_a_cap_and_every_candidate_has_an_outcome(
    said: list[tuple[int, int, str, int]], past: list[tuple[int, int]], cap: int
) -> None:
    policy = Policy(caps=(Cap(cap, timedelta(hours=24)),), gap=timedelta(0))
    people = {1: frozenset({1, 2}), 2: frozenset({1, 2}), 3: frozenset({3}), 4: frozenset({4})}
    made = [
        candidate(f"m{number:07}", node=node, contact=contact, priority=rank) for number, node, contact, rank in said
    ]
    before = [
        spent(f"old{i}", timedelta(hours=hours), node=node, contact=f"n{node}@x")
        for i, (hours, node) in enumerate(past)
    ]

    verdicts = list(decide(made, before, people, policy, NOW))
    backwards = list(decide(made[::-1], before, people, policy, NOW))

    assert {one.candidate.message_id for one in verdicts} == {one.message_id for one in made}
    assert verdicts == backwards
    winners = [one.candidate for one in verdicts if one.outcome == Outcome.QUEUED]
    for nodes in (frozenset({1, 2}), frozenset({3}), frozenset({4})):
        old = sum(one.node_id in nodes and one.at > NOW - timedelta(hours=24) for one in before)
        new = sum(one.node_id in nodes for one in winners)
        assert new == 0 or old + new <= cap
    for contact in ("a@x", "b@x", "c@x"):
        assert sum(one.contact == contact for one in winners) <= cap


@given(
    hours=st.lists(st.floats(0, 100), max_size=8),
    cap=st.integers(1, 4),
    window=st.integers(1, 48),
    gap=st.integers(0, 12),
)
def test_when_it_says_until_there_is_room_then_and_not_a_moment_before(
    hours: list[float], cap: int, window: int, gap: int
) -> None:
    policy = Policy(caps=(Cap(cap, timedelta(hours=window)),), gap=timedelta(hours=gap))
    past = [spent(f"old{place}", timedelta(hours=one)) for place, one in enumerate(hours)]
    wish, nodes = candidate("a"), frozenset({1})

    full = room(policy, wish, nodes, past, NOW)

    if full is not None:
        assert full.until > NOW
        assert room(policy, wish, nodes, past, full.until) is None
        assert room(policy, wish, nodes, past, full.until - timedelta(microseconds=1)) is not None
