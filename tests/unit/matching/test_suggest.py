"""Suggestions in the house: found, reviewed, taken back, remembered; guard rails; joining what decisions proved."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from comptoir.identity import profile, rows, store
from comptoir.identity import rows as identity_rows
from comptoir.matching import precision, queue
from comptoir.matching import rows as matching_rows
from comptoir.matching.queue import Evidence, Found, NoSuchSuggestion, NothingToUndo, Standing
from comptoir.matching.suggest import suggest
from comptoir.model.identifier import node_of
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen
from comptoir.state.base import State, metadata

LETTERS = "abcdefghijklmnoprstuvy"
DAY = 86_400_000_000


@pytest.fixture
def state() -> Iterator[State]:
    engine = create_engine("sqlite://", poolclass=StaticPool, execution_options={"isolation_level": "AUTOCOMMIT"})
    metadata.create_all(engine, tables=[*identity_rows.TABLES, *matching_rows.TABLES])
    opened = State(engine)
    yield opened
    opened.close()


def word(draw: random.Random, length: int = 7) -> str:
    return "".join(draw.choices(LETTERS, k=length))


def come(connection: Connection, tick: int, people: dict[str, dict[str, str]]) -> None:
    """Let people come, each known by one identifier and some traits."""
    nodes = {key: node_of(*key.split(":", 1)) for key in people}
    store.apply(
        connection,
        tick_id=tick,
        spool="front",
        offset_after=tick,
        nodes=[NodeSeen(node, key.partition(":")[0], key.partition(":")[2], tick) for key, node in nodes.items()],
        links=[],
        traits=[
            TraitSeen(nodes[key], name, msgspec.json.encode(value).decode(), tick, f"{key}-{name}", "confirmed")
            for key, traits in people.items()
            for name, value in traits.items()
        ],
    )


def person(draw: random.Random) -> dict[str, str]:
    return {
        "first_name": word(draw),
        "last_name": word(draw, 9),
        "birth_date": f"{draw.randint(1940, 2005)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
        "postal_code": f"{draw.randint(10_000, 95_000)}",
    }


def the_people() -> dict[str, dict[str, str]]:
    """90 people, of whom 15 have come twice: once with an account, once with a loyalty card and a typing error."""
    draw = random.Random(2)
    people = {f"account:a{number}": person(draw) for number in range(90)}
    for number in range(0, 90, 6):
        one = people[f"account:a{number}"]
        people[f"loyalty_card:c{number}"] = one | {"first_name": one["first_name"][:-1]}
    return people


@pytest.fixture
def peopled(state: State) -> State:
    """A shop of these people."""
    with state.write() as connection:
        come(connection, 1, the_people())
    return state


@pytest.fixture(scope="module")
def twins() -> list[Found]:
    """The pairs that a comparison of those people finds: worked out once."""
    engine = create_engine("sqlite://", poolclass=StaticPool, execution_options={"isolation_level": "AUTOCOMMIT"})
    metadata.create_all(engine, tables=[*identity_rows.TABLES, *matching_rows.TABLES])
    opened = State(engine)
    with opened.write() as connection:
        come(connection, 1, the_people())
    suggest(opened, at=DAY)
    with opened.read() as connection:
        found = queue.waiting(connection, 100)
    opened.close()
    return [Found(a=one.a, b=one.b, weight_milli=one.weight_milli, evidence=one.evidence) for one in found]


@pytest.fixture
def suggested(peopled: State, twins: list[Found]) -> State:
    """That shop after its first comparison."""
    with peopled.write() as connection:
        queue.keep(connection, twins, at=DAY)
    return peopled


def pairs_waiting(state: State) -> list[queue.Suggestion]:
    with state.read() as connection:
        return queue.waiting(connection, 100)


def test_who_came_twice_is_suggested_with_its_evidence(peopled: State) -> None:
    done = suggest(peopled, at=DAY)

    assert (done.people, done.found, done.new, done.joined) == (105, 15, 15, 0)
    with peopled.read() as connection:
        for one in queue.waiting(connection, 100):
            names = {profile.read_node(connection, node).identifiers[0].value[1:] for node in (one.a, one.b)}  # type: ignore[union-attr]
            assert len(names) == 1
            assert sum(part.weight_milli for part in one.evidence) == pytest.approx(one.weight_milli, abs=20)
            born = next(part for part in one.evidence if part.field == "birth_date")
            assert born.level == "same"
            assert born.one_in > 50


def test_accepting_joins_them_and_undoing_gives_both_back_exactly(suggested: State) -> None:
    pair = pairs_waiting(suggested)[0]
    with suggested.write() as connection:
        before = [profile.read_node(connection, node) for node in (pair.a, pair.b)]
        done = queue.accept(connection, pair.b, pair.a, at=2 * DAY, by="claire")
        assert done.standing is Standing.SAME
        assert done.a_profile == done.b_profile
        assert profile.read_node(connection, pair.a) == profile.read_node(connection, pair.b)
        queue.undo(connection, pair.a, pair.b, at=3 * DAY, by="claire")
        after = [profile.read_node(connection, node) for node in (pair.a, pair.b)]
    assert [one.identifiers for one in before if one] == [one.identifiers for one in after if one]
    assert [one.profile_id for one in before if one] == [one.profile_id for one in after if one]
    assert pair.key in {one.key for one in pairs_waiting(suggested)}


def test_what_is_not_the_same_is_a_cut_and_is_never_suggested_again(suggested: State) -> None:
    pair = pairs_waiting(suggested)[0]
    with suggested.write() as connection:
        queue.reject(connection, pair.a, pair.b, at=2 * DAY, by="claire")
    with suggested.write() as connection:  # the site links them all the same
        store.apply(
            connection, tick_id=2, spool="front", offset_after=2, nodes=[], traits=[],
            links=[LinkClaim(pair.a, pair.b, "event", "confirmed", 5, "m9")],
        )  # fmt: skip
        assert queue.find(connection, pair.a, pair.b).a_profile != queue.find(connection, pair.a, pair.b).b_profile

    assert suggest(suggested, at=3 * DAY).new == 0
    assert pair.key not in {one.key for one in pairs_waiting(suggested)}


def test_a_rejection_taken_back_lets_links_count_again(suggested: State) -> None:
    pair = pairs_waiting(suggested)[0]
    with suggested.write() as connection:
        queue.reject(connection, pair.a, pair.b, at=2 * DAY, by="claire")
        store.apply(
            connection, tick_id=2, spool="front", offset_after=2, nodes=[], traits=[],
            links=[LinkClaim(pair.a, pair.b, "event", "confirmed", 5, "m9")],
        )  # fmt: skip
        queue.undo(connection, pair.a, pair.b, at=3 * DAY, by="claire")
        assert connection.execute(rows.cuts.select()).all() == []
        assert queue.find(connection, pair.a, pair.b).a_profile == queue.find(connection, pair.a, pair.b).b_profile


def test_a_decision_is_made_once(suggested: State) -> None:
    pair = pairs_waiting(suggested)[0]
    with suggested.write() as connection:
        with pytest.raises(NothingToUndo):
            queue.undo(connection, pair.a, pair.b, at=DAY, by="claire")
        queue.accept(connection, pair.a, pair.b, at=DAY, by="claire")
        with pytest.raises(NoSuchSuggestion):
            queue.reject(connection, pair.a, pair.b, at=DAY, by="marc")
        with pytest.raises(NoSuchSuggestion):
            queue.parse("nobody.somebody")


def test_the_run_of_the_next_day_renames_nobody(suggested: State) -> None:
    with suggested.write() as connection:
        for pair in queue.waiting(connection, 100):
            queue.accept(connection, pair.a, pair.b, at=DAY, by="claire")
        before = names(connection)
    with suggested.write() as connection:
        come(connection, 2, {f"loyalty_card:n{number}": person(random.Random(number)) for number in range(30)})
    done = suggest(suggested, at=2 * DAY)
    with suggested.read() as connection:
        after = names(connection)
    assert done.people == 120
    assert {node: after[node] for node in before} == before


def names(connection: Connection) -> dict[int, str]:
    nodes = [node for (node,) in connection.execute(rows.nodes.select().with_only_columns(rows.nodes.c.node_id))]
    return {int(node): name for node, name in store.profiles_of(connection, nodes).items()}


def proven(connection: Connection, count: int) -> None:
    """Let so many pairs of equal weight have been said to be the same."""
    come(connection, 1_000 + count, {f"account:{side}{number}": {} for number in range(count) for side in "xy"})
    for number in range(count):
        one, other = sorted((node_of("account", f"x{number}"), node_of("account", f"y{number}")))
        connection.execute(
            matching_rows.suggestions.insert().values(
                a=one, b=other, weight_milli=5_000, evidence_json="[]", suggested_at=0, state="same", by="claire"
            )
        )


def test_nothing_is_joined_by_itself_before_decisions_have_proved_it(suggested: State) -> None:
    with suggested.write() as connection:
        proven(connection, 250)
        assert queue.tally(connection).joins_from is None
        assert queue.join_the_sure(connection, at=DAY) == 0
    assert precision.least_weight([(6_000 + number, True) for number in range(300)]) == 6_000
    assert precision.least_weight([(6_000, True)] * 290 + [(5_000, False)]) == 6_000
    assert precision.least_weight([(6_000, True)] * 267) is None
    assert precision.least_weight([(6_000, True)] * 290 + [(6_000, False)]) is None


def test_what_decisions_proved_is_joined_but_never_two_accounts(peopled: State) -> None:
    twin = {
        "first_name": "alexandrine",
        "last_name": "vandenberghe",
        "birth_date": "1971-02-03",
        "postal_code": "59000",
    }
    with peopled.write() as connection:
        proven(connection, 300)
        come(connection, 5_000, {"account:twin1": twin, "account:twin2": twin})
    done = suggest(peopled, at=DAY)

    assert done.joined == 15
    with peopled.read() as connection:
        (left,) = queue.waiting(connection, 100)
        assert {left.a, left.b} == {node_of("account", "twin1"), node_of("account", "twin2")}
        joined = [one for one in queue.decided(connection, 400) if one.standing is Standing.JOINED]
    assert {one.by for one in joined} == {queue.ITSELF}
    assert all(one.a_profile == one.b_profile for one in joined)


def test_a_pair_that_is_not_found_again_waits_no_more(suggested: State) -> None:
    draw = random.Random(9)
    with suggested.read() as connection:
        gone = queue.waiting(connection, 1)[0]
        (value,) = connection.execute(rows.nodes.select().where(rows.nodes.c.node_id == gone.b)).scalars("value")
        (kind,) = connection.execute(rows.nodes.select().where(rows.nodes.c.node_id == gone.b)).scalars("kind")
    with suggested.write() as connection:
        come(connection, 9, {f"{kind}:{value}": person(draw)})  # she was somebody else: her record is mended

    suggest(suggested, at=2 * DAY)

    with suggested.read() as connection:
        assert gone.key not in {one.key for one in queue.waiting(connection, 1_000)}
        assert queue.waiting(connection, 1_000)


def test_few_people_are_not_compared(state: State) -> None:
    draw = random.Random(1)
    with state.write() as connection:
        come(connection, 1, {f"account:a{number}": person(draw) for number in range(5)})
    assert suggest(state, at=DAY).found == 0


def test_a_pair_of_whom_one_is_gone_is_dropped(peopled: State) -> None:
    gone = Found(a=1, b=node_of("account", "a1"), weight_milli=9_000, evidence=(Evidence("email", "same", 1, 2),))
    with peopled.write() as connection:
        queue.keep(connection, [gone], at=DAY)
        queue.tidy(connection)
        assert queue.tally(connection).counts[Standing.OPEN] == 0


@pytest.mark.parametrize(
    ("right", "count", "least"), [(268, 268, 0.99), (0, 0, 0.0), (99, 100, 0.9564), (1, 1, 0.2698)]
)
def test_the_bound_is_wilsons(right: int, count: int, least: float) -> None:
    assert precision.lower_bound(right, count) == pytest.approx(least, abs=0.0005)
