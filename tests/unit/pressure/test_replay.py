"""A policy tried on what was: the same rules give the same fates, stricter ones fewer messages, and nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.model.message import Candidate, Outcome, Reason
from comptoir.pressure import replay
from comptoir.pressure.caps import EVERY_BRAND, Cap, Policy
from comptoir.pressure.quiet import Place, Quiet
from comptoir.pressure.replay import Past, Replay
from comptoir.pressure.rows import candidates, reservations
from tests.pressure_house import NOON, Ledger, build, wish

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPEN = Policy(caps=(), gap=timedelta(0), look_ahead=timedelta(0))
TWO_A_DAY = Policy(caps=(Cap(2, DAY),), gap=timedelta(0), look_ahead=timedelta(0))


@pytest.fixture
def house(home: Path) -> Iterator[Ledger]:
    made = build(home)
    yield made
    made.state.close()


def past(wishes: Sequence[Candidate], policy: Policy = OPEN) -> Past:
    return Past(
        wishes=wishes,
        really={one.message_id: Outcome.SENT.value for one in wishes},
        spent=(),
        kin={one.node_id: frozenset({one.node_id}) for one in wishes},
        policies={EVERY_BRAND: policy},
        places={"maison": Place(zone="Europe/Paris", country="FR")},
        draws={},
        since=NOON - 30 * DAY,
        until=NOON + 30 * DAY,
        is_cut=False,
    )


def played(wishes: Sequence[Candidate], after: Policy, before: Policy = OPEN) -> Replay:
    return replay.replay(past(wishes, before), {EVERY_BRAND: after}, salt="salt")


def test_the_same_rules_give_the_same_fates() -> None:
    wishes = [wish(f"m{hour}", at=NOON + hour * HOUR, hours=30) for hour in range(12)]

    found = played(wishes, TWO_A_DAY, TWO_A_DAY)

    assert found.total.before == found.total.after
    assert found.total.before.sent == 4
    assert found.total.before.late == 2
    assert found.most_a_week == (4, 4)


def test_a_stricter_cap_lets_fewer_go_by_scenario_and_says_why() -> None:
    wishes = [wish(f"a{hour}", at=NOON + hour * HOUR, hours=2, scenario="a") for hour in range(3)]
    wishes += [wish(f"b{hour}", at=NOON + (hour + 4) * HOUR, hours=2, scenario="b") for hour in range(2)]

    found = played(wishes, TWO_A_DAY)

    assert [(row.scenario, row.before.sent, row.after.sent, row.after.dropped) for row in found.rows] == [
        ("a", 3, 2, 1),
        ("b", 2, 0, 2),
    ]
    assert found.reasons == [(Reason.CAPPED.value, 0, 3)]


def test_quiet_hours_make_messages_wait_until_the_morning() -> None:
    night = Policy(
        caps=(), gap=timedelta(0), quiet=Quiet(begins=NOON.time().replace(hour=21), ends=NOON.time().replace(hour=8))
    )

    found = played([wish("late", at=NOON + 10 * HOUR, hours=24)], night)

    assert (found.total.after.sent, found.total.after.late) == (1, 1)
    assert found.reasons == [(Reason.QUIET_HOURS.value, 0, 1)]


def test_what_is_still_deferred_at_the_end_is_neither_sent_nor_dropped() -> None:
    rare = Policy(caps=(Cap(1, 100 * DAY),), gap=timedelta(0), look_ahead=timedelta(0))

    found = played([wish("a"), wish("b", at=NOON + HOUR, hours=24 * 200)], rare)

    assert (found.total.after.sent, found.total.after.waiting, found.total.after.dropped) == (1, 1, 0)


def test_people_who_share_an_address_are_played_together() -> None:
    wishes = [wish("a", node=1, contact="both@x.fr", hours=2), wish("b", node=2, contact="both@x.fr", hours=2)]
    one = Policy(caps=(Cap(1, DAY),), gap=timedelta(0), look_ahead=timedelta(0))

    assert played(wishes, one).total.after.sent == 1


def test_a_universal_control_group_is_drawn_as_the_ledger_would() -> None:
    wishes = [wish(f"m{node}", node=node) for node in range(400)]
    half = Policy(caps=(), gap=timedelta(0), universal_share=0.5)

    found = played(wishes, half)

    assert found.total.before.held_out == 0
    assert 150 < found.total.after.held_out < 250
    assert found.total.after.sent + found.total.after.held_out == 400


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 3), st.integers(1, 60)), max_size=25),
    st.integers(0, 3),
    st.integers(1, 72),
)
def test_no_replay_ever_exceeds_the_cap_it_plays(events: list[tuple[int, int, int]], count: int, hours: int) -> None:
    wishes = [
        wish(f"m{place}", node=node, at=NOON + after * HOUR, hours=life, priority=place % 3)
        for place, (after, node, life) in enumerate(events)
    ]
    policy = Policy(caps=(Cap(count, hours * HOUR),), gap=timedelta(0))
    life = replay._Life(past(wishes), {EVERY_BRAND: policy}, salt="", spent=())
    life.live(wishes)

    total = life.fates["s"]
    assert total.sent + total.dropped + total.waiting == len(wishes)
    for node in {one.node_id for one in life.spent}:
        times = sorted(one.at for one in life.spent if one.node_id == node)
        for place, at in enumerate(times):
            assert sum(at <= other < at + hours * HOUR for other in times[place:]) <= count


def test_a_replay_of_what_the_ledger_decided_agrees_with_it_and_writes_nothing(house: Ledger) -> None:
    for hour in range(12):
        house.now = NOON + hour * HOUR
        decided = house.retry()
        if hour < 6:
            decided |= house.ask(wish(f"m{hour}", at=house.now, hours=3))
        for name in decided:
            house.hand(name)
    before = (house.state.engine.url, _bytes(house))

    with house.state.read() as connection:
        found = replay.replay(
            replay.read(
                connection, since=NOON - DAY, until=NOON + DAY, default=house.policy, policies={}, memory=DAY,
                nodes_of=house.ledger.nodes_of, places={},
            ),
            {},
            salt="salt",
        )  # fmt: skip

    assert found.total.wishes == 6
    assert found.total.before.sent == found.total.really.sent == 2
    assert found.total.before.dropped == found.total.really.dropped == 4
    assert (house.state.engine.url, _bytes(house)) == before


def _bytes(house: Ledger) -> list[tuple[object, ...]]:
    with house.state.read() as connection:
        return [tuple(row) for table in (candidates, reservations) for row in connection.execute(table.select())]
