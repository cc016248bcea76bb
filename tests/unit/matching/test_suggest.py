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
from comptoir.matching import kept, precision, queue
from comptoir.matching import rows as matching_rows
from comptoir.matching.queue import Evidence, Found, NoSuchSuggestion, NothingToUndo, Standing
from comptoir.matching.suggest import suggest
from comptoir.model.identifier import node_of
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen
from comptoir.state import rows as state_rows
from comptoir.state.base import State, metadata

LETTERS = "abcdefghijklmnoprstuvy"
DAY = 86_400_000_000
TABLES = [*identity_rows.TABLES, *matching_rows.TABLES, state_rows.values]


@pytest.fixture
def state() -> Iterator[State]:
    engine = create_engine("sqlite://", poolclass=StaticPool, execution_options={"isolation_level": "AUTOCOMMIT"})
    metadata.create_all(engine, tables=TABLES)
    opened = State(engine)
    yield opened
    opened.close()


SITE = {"first_name": "firstName", "last_name": "lastName", "birth_on": "birthday", "postal_code": "postalCode"}
"""How a site that speaks Segment's words spells what a file of customers says."""


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
        "birth_on": f"{draw.randint(1940, 2005)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
        "postal_code": f"{draw.randint(10_000, 95_000)}",
    }


def the_people() -> dict[str, dict[str, str]]:
    """90 people, of whom 15 have come twice: once with an account, once as a site spells it, with a typing error."""
    draw = random.Random(2)
    people = {f"account:a{number}": person(draw) for number in range(90)}
    for number in range(0, 90, 6):
        one = people[f"account:a{number}"]
        said = one | {"first_name": one["first_name"][:-1]}
        people[f"loyalty_card:c{number}"] = {SITE[name]: value for name, value in said.items()}
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
    metadata.create_all(engine, tables=TABLES)
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


def links_and_cuts(connection: Connection) -> list[list[tuple[object, ...]]]:
    return [[tuple(row) for row in connection.execute(table.select())] for table in (rows.links, rows.cuts)]


def test_undoing_leaves_neither_a_link_nor_a_cut_so_what_links_them_later_counts(suggested: State) -> None:
    pair = pairs_waiting(suggested)[0]
    with suggested.write() as connection:
        before = links_and_cuts(connection)
        queue.accept(connection, pair.a, pair.b, at=2 * DAY, by="claire")
        assert links_and_cuts(connection) != before
        queue.undo(connection, pair.a, pair.b, at=3 * DAY, by="marc")
        assert links_and_cuts(connection) == before
        store.apply(
            connection, tick_id=2, spool="front", offset_after=2, nodes=[], traits=[],
            links=[LinkClaim(pair.a, pair.b, "event", "confirmed", 5, "m9")],
        )  # fmt: skip
        found = queue.find(connection, pair.a, pair.b)
    assert found.a_profile == found.b_profile


def test_undoing_takes_back_only_the_join_of_that_decision(suggested: State) -> None:
    pair = pairs_waiting(suggested)[0]
    with suggested.write() as connection:
        store.merge(connection, pair.a, pair.b, at=DAY, by="marc")
        queue.accept(connection, pair.a, pair.b, at=2 * DAY, by="claire")
        queue.undo(connection, pair.a, pair.b, at=3 * DAY, by="claire")
        found = queue.find(connection, pair.a, pair.b)
    assert found.a_profile == found.b_profile


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


def shop_of(*days: dict[str, dict[str, str]]) -> State:
    engine = create_engine("sqlite://", poolclass=StaticPool, execution_options={"isolation_level": "AUTOCOMMIT"})
    metadata.create_all(engine, tables=TABLES)
    opened = State(engine)
    for tick, people in enumerate(days, start=1):
        with opened.write() as connection:
            come(connection, tick, people)
    return opened


def some_of(
    people: dict[str, dict[str, str]], seed: int
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Part people into who came early and who came late, nearly all early."""
    late = set(random.Random(seed).sample(sorted(people), 12))
    return {key: people[key] for key in people if key not in late}, {key: people[key] for key in sorted(late)}


@pytest.mark.parametrize("seed", [1, 2])
def test_who_is_new_beside_everybody_gives_what_everybody_beside_everybody_gives(
    seed: int,
) -> None:
    early, late = some_of(the_people(), seed)
    grown = shop_of(early)
    suggest(grown, at=DAY)
    with grown.read() as connection:
        model = kept.read(connection)
        before = names(connection)
    assert model is not None
    with grown.write() as connection:
        come(connection, 2, late)
    done = suggest(grown, at=2 * DAY, is_whole=False)
    assert (done.people, done.fresh) == (105, 12)

    whole = shop_of(early, late)
    with whole.write() as connection:
        kept.write(connection, model)  # the same model, and nobody compared yet: everybody is new
    assert suggest(whole, at=2 * DAY, is_whole=False).fresh == 105

    both = [
        {(one.a, one.b): (one.weight_milli, one.evidence) for one in pairs_waiting(one_of)} for one_of in (grown, whole)
    ]
    assert both[0] == both[1]
    assert len(both[0]) == 15
    with grown.read() as connection:
        after = names(connection)
    assert {node: after[node] for node in before} == before


def test_who_changed_is_compared_again_and_nobody_else(suggested: State) -> None:
    assert suggest(suggested, at=DAY).fresh == 105
    assert suggest(suggested, at=2 * DAY, is_whole=False).fresh == 0
    with suggested.write() as connection:
        come(connection, 3, {"account:a1": {"birth_date": "1966-06-06"}})

    done = suggest(suggested, at=3 * DAY, is_whole=False)

    assert (done.fresh, done.new, done.found) == (1, 0, 15)


def test_the_model_is_learned_afresh_after_a_week_and_where_the_shop_has_grown(suggested: State) -> None:
    suggest(suggested, at=DAY)
    assert suggest(suggested, at=7 * DAY, is_whole=False).fresh == 0
    assert suggest(suggested, at=8 * DAY, is_whole=False).fresh == 105
    with suggested.write() as connection:
        come(connection, 2, {f"account:n{number}": person(random.Random(number)) for number in range(30)})
    assert suggest(suggested, at=9 * DAY, is_whole=False).fresh == 135


def test_decisions_move_the_weight_from_which_somebody_is_asked(suggested: State) -> None:
    lightest = min(one.weight_milli for one in pairs_waiting(suggested))
    with suggested.write() as connection:
        assert queue.tally(connection).asks_from == precision.ASKED
        proven(connection, 20, weight=lightest, state="different")
        assert queue.tally(connection).asks_from == lightest + 1

    done = suggest(suggested, at=DAY)

    assert done.less_likely > 0
    assert all(one.weight_milli > lightest for one in pairs_waiting(suggested))


def test_the_weight_falls_a_bit_where_the_lightest_pairs_were_right_and_rises_where_they_were_wrong() -> None:
    assert precision.least_asked([(4_000, True)] * 19) == precision.ASKED
    assert precision.least_asked([(4_000, True)] * 20) == precision.ASKED - 1_000
    assert precision.least_asked([(-2_500, True)] * 20) == precision.LEAST_ASKED
    assert precision.least_asked([(5_000, False)] * 20 + [(9_000, True)] * 80) == 5_001
    assert precision.least_asked([(5_000, False)] * 12 + [(5_000, True)] * 8) == precision.ASKED
    assert precision.least_asked([(12_000, True)] * 50) == precision.ASKED, "heavy pairs say nothing of light ones"


@pytest.mark.parametrize("truth_from", [0, 7_500])
def test_fifty_honest_answers_make_the_next_questions_better_worth_a_look(truth_from: int) -> None:
    """A model that holds too much of light pairs is asked less of, one that holds too little is asked more of."""
    pairs = range(-3_000, 12_000, 60)
    asked = [weight for weight in pairs if weight >= precision.ASKED]

    decided = [(weight, weight >= truth_from) for weight in asked[:: len(asked) // 50]][:50]
    bar = precision.least_asked(decided)

    before, after = ([one for one in pairs if one >= least] for least in (precision.ASKED, bar))
    if truth_from:
        assert sum(one >= truth_from for one in after) / len(after) > sum(one >= truth_from for one in before) / len(
            before
        )
        assert set(after) >= {one for one in pairs if one >= truth_from}, "and no pair that is one person's is lost"
    else:
        assert len(after) > len(before)


def names(connection: Connection) -> dict[int, str]:
    nodes = [node for (node,) in connection.execute(rows.nodes.select().with_only_columns(rows.nodes.c.node_id))]
    return {int(node): name for node, name in store.profiles_of(connection, nodes).items()}


def proven(connection: Connection, count: int, *, weight: int = 5_000, state: str = "same") -> None:
    """Let so many pairs of equal weight have been said to be the same, or not to be."""
    come(connection, 1_000 + count, {f"account:{side}{number}": {} for number in range(count) for side in "xy"})
    for number in range(count):
        one, other = sorted((node_of("account", f"x{number}"), node_of("account", f"y{number}")))
        connection.execute(
            matching_rows.suggestions.insert().values(
                a=one, b=other, weight_milli=weight, evidence_json="[]", suggested_at=0, state=state, by="claire"
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

    with peopled.write() as connection:  # what somebody takes back is not joined again the next night
        back = queue.undo(connection, joined[0].a, joined[0].b, at=2 * DAY, by="claire")
        assert back.a_profile != back.b_profile
        assert queue.join_the_sure(connection, at=3 * DAY) == 0
        assert queue.accept(connection, back.a, back.b, at=4 * DAY, by="claire").standing is Standing.SAME


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
