from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir.clock import micros
from comptoir.identity.rows import nodes as identity_nodes
from comptoir.messaging.rows import outbox, reports
from comptoir.model.event import decode
from comptoir.model.scenario import Happening, PersonFacts, WorldFacts
from comptoir.scenarios import definitions, drafts, happenings, manual, moves
from comptoir.scenarios.rows import alerts, draws, enrollments, firings, goals, timers
from comptoir.scenarios.triggers import Audience, DateRule
from comptoir.scenarios.turn import Found
from tests.acting_house import NOON, House, act, build, built_in, node

WORDS = """
words:
  hello:
    fr: {subject: Bonjour, title: Bonjour, lead: Bonjour, button: Voir, closing: Fin, why: Accord, unsubscribe: Stop}
"""
HEAD = """
scenario: {name}
version: {version}
title: {{fr: Essai, en: Trial}}
discretion: generic
trigger: {trigger}
"""


def scenario(trigger: str, steps: str, *, name: str = "trial", version: int = 1, exits: str = "") -> str:
    return HEAD.format(name=name, version=version, trigger=trigger) + exits + "steps:\n" + steps


def only(house: House, text: str) -> House:
    """Publish a scenario beside the shipped one, which is paused."""
    with house.state.write() as connection:
        definitions.pause(connection, "abandoned-basket", house.clock.now())
        definitions.publish(connection, text, house.clock.now(), steps=built_in)
    return house


@pytest.fixture
def house(tmp_path: Path) -> House:
    return build(tmp_path)


def runs_of(house: House) -> list[tuple[str, str, str | None]]:
    rows = sorted(house.rows(enrollments), key=lambda row: (row["entered_at"], row["enrollment_id"]))
    return [(row["step"], row["status"], row["exit_reason"]) for row in rows]


def said(name: str, person: str, at: datetime, *, suffix: str = "", **properties: object) -> Happening:
    return replace(act(name, person, None, at, suffix=suffix), properties=msgspec.json.encode(properties).decode())


WAIT = "  - wait: {key: pause, for: 1 hour}\n"


@dataclass
class Somebody:
    """People as the test tells them; it counts how often it was asked."""

    found: list[Found] = field(default_factory=list)
    asked: list[object] = field(default_factory=list)

    def of_day(self, rule: DateRule, *, brand: str, zone: str, day: datetime) -> Sequence[Found]:
        self.asked.append(day.date())
        return self.found

    def of_audience(self, audience: Audience, *, brand: str) -> Sequence[Found]:
        self.asked.append(audience)
        return self.found


def with_people(house: House, people: Somebody, zone: str = "Europe/Paris") -> House:
    house.engine = replace(house.engine, people=people, zones=lambda _connection: {"maison": zone})
    return house


# ---- triggers


def test_a_property_says_which_events_start(house: House) -> None:
    only(house, scenario("{events: [Product Viewed], where: {price: {at_least: 50}}, key: person}", WAIT))

    house.tick(said("Product Viewed", "ann", NOON, price=49.9), said("Product Viewed", "bob", NOON, price=50))

    assert [row["node_id"] for row in house.rows(enrollments)] == [node("bob")]


@pytest.mark.parametrize(("segment", "name", "starts"), [
    ("vip", "Segment Entered", True), ("vip", "Segment Exited", False), ("others", "Segment Entered", False),
])  # fmt: skip
def test_entering_a_segment_starts(house: House, segment: str, name: str, starts: bool) -> None:
    only(house, scenario("{segment: vip, when: entered}", WAIT))
    house.tick(happenings.made(
        name=name, message_id="s1", node_id=node("ann"), profile_id="p", brand="maison", at=NOON,
        properties={"segment": segment},
    ))  # fmt: skip

    assert len(house.rows(enrollments)) == starts


@pytest.mark.parametrize(("before", "after", "starts"), [(0.5, 0.7, 1), (0.7, 0.8, 0), (None, 0.9, 1), (0.9, 0.6, 0)])
def test_a_score_starts_when_it_passes_a_value(house: House, before: object, after: float, starts: int) -> None:
    only(house, scenario("{score: churn, rises_to: 0.7}", WAIT))

    change: dict[str, Any] = {"from": before, "to": after}
    house.tick(said("Score Changed", "ann", NOON, score="churn", **change))

    assert len(house.rows(enrollments)) == starts


def test_two_products_are_two_runs_and_one_product_is_one(house: House) -> None:
    only(house, scenario("{events: [Price Dropped], key: product}", WAIT))

    for number, product in enumerate(["lamp", "chair", "lamp"]):
        house.tick(said("Price Dropped", "ann", NOON, suffix=str(number), product_id=product))

    assert sorted(row["about"] for row in house.rows(enrollments)) == ["chair", "lamp"]


@pytest.mark.parametrize(("again", "runs"), [("once", 1), ("always", 3)])
def test_a_key_begins_again_as_its_policy_says(house: House, again: str, runs: int) -> None:
    only(house, scenario(f"{{events: [Signed Up], key: person, again: {again}}}", "  - exit: {key: e, reason: done}\n"))

    for _ in range(3):
        house.after(days=1)
        house.tick(said("Signed Up", "ann", house.clock.now()))

    assert len(house.rows(enrollments)) == runs


def test_once_is_once_for_the_person_under_whatever_name(house: House) -> None:
    only(house, scenario("{events: [Signed Up], key: person, again: once}", "  - exit: {key: e, reason: done}\n"))
    house.tick(said("Signed Up", "ann", NOON))
    both = frozenset({node("ann"), node("phone")})
    house.kin.update(dict.fromkeys(both, both))
    house.after(days=1)

    house.tick(said("Signed Up", "phone", house.clock.now()))

    assert len(house.rows(enrollments)) == 1


# ---- merges and cuts


def test_of_twins_that_a_merge_makes_the_older_goes_on_and_a_cut_reopens_nothing(house: House) -> None:
    only(house, scenario("{events: [Signed Up], key: person}", WAIT + "  - wait: {key: more, for: 1 day}\n"))
    house.tick(said("Signed Up", "ann", NOON), said("Signed Up", "phone", NOON + timedelta(seconds=5)))
    both = frozenset({node("ann"), node("phone")})
    house.kin.update(dict.fromkeys(both, both))
    house.after(hours=1, minutes=1)
    house.tick()
    joined = runs_of(house)
    house.kin.clear()
    house.after(days=2)
    house.tick()

    assert joined == [("more", "live", None), ("pause", "exited", "merged")]
    assert runs_of(house) == [("more", "finished", "done"), ("pause", "exited", "merged")]
    assert house.rows(timers) == []


def test_something_that_happens_to_one_of_twins_ends_the_younger(house: House) -> None:
    only(house, scenario("{events: [Signed Up], key: person}", WAIT))
    house.tick(said("Signed Up", "ann", NOON), said("Signed Up", "phone", NOON + timedelta(seconds=5)))
    both = frozenset({node("ann"), node("phone")})
    house.kin.update(dict.fromkeys(both, both))
    house.after(minutes=1)

    done = house.tick(said("Signed Up", "phone", house.clock.now()))

    assert (done.enrolled, done.merged) == (0, 1)
    assert sorted(row["exit_reason"] or "" for row in house.rows(enrollments)) == ["", "merged"]


# ---- exits


def test_an_exit_rule_on_an_event_looks_at_its_properties(house: House) -> None:
    exits = "exit_when: [{event: Order Completed, where: {total: {at_least: 100}}, reason: big}]\n"
    only(house, scenario("{events: [Signed Up], key: person}", WAIT, exits=exits))
    house.tick(said("Signed Up", "ann", NOON), said("Signed Up", "bob", NOON))
    house.after(minutes=1)
    house.tick(said("Order Completed", "ann", house.clock.now(), total=99), said("Order Completed", "bob",
               house.clock.now(), total=100))  # fmt: skip

    assert sorted(row["exit_reason"] or "" for row in house.rows(enrollments)) == ["", "big"]


def test_an_exit_condition_is_asked_when_something_happens_and_at_the_last_second(house: House) -> None:
    cart = house.shopper("ann")
    exits = "exit_when: [{if: {order_count_at_least: 1}, reason: buyer}]\n"
    steps = (
        WAIT
        + "  - send: {key: hello, template: hello, within: 1 day, products: none}\n  - wait: {key: w, for: 1 day}\n"
    )
    only(house, scenario("{events: [Product Added], key: cart}", steps, exits=exits) + WORDS)
    house.sender.living = house.engine.last_second(house.world.facts_of, house.clock)
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(hours=1)
    house.tick()
    (queued,) = house.rows(outbox)
    house.world.facts[cart] = replace(house.world.facts[cart], order_count=1)

    sent = house.send()

    assert queued["state"] == "queued"
    assert [(one.outcome, one.detail) for one in sent] == [("dropped", "exited")]


def test_the_last_second_asks_each_of_many_runs_for_itself(house: House) -> None:
    carts = {name: house.shopper(name) for name in ("ann", "bob", "cid")}
    exits = "exit_when: [{if: {order_count_at_least: 1}, reason: buyer}]\n"
    steps = (
        WAIT
        + "  - send: {key: hello, template: hello, within: 1 day, products: none}\n  - wait: {key: w, for: 1 day}\n"
    )
    only(house, scenario("{events: [Product Added], key: cart}", steps, exits=exits) + WORDS)
    house.sender.living = house.engine.last_second(house.world.facts_of, house.clock)
    house.tick(*(act("Product Added", name, cart, NOON) for name, cart in carts.items()))
    house.after(hours=1)
    house.tick()
    house.world.facts[carts["bob"]] = replace(house.world.facts[carts["bob"]], order_count=1)

    house.send()

    states = {row["contact"].partition("@")[0]: row["state"] for row in house.rows(outbox)}
    assert states == {"ann": "accepted", "bob": "dropped", "cid": "accepted"}


def test_an_exit_condition_is_asked_as_soon_as_something_happens(house: House) -> None:
    cart = house.shopper("ann")
    exits = "exit_when: [{if: {order_count_at_least: 1}, reason: buyer}, {event: Never, reason: never}]\n"
    steps = "  - wait_for_event: {key: w, event: Checkout Started, where: {step: 9}, timeout: 1 day}\n"
    only(house, scenario("{events: [Product Added], key: cart}", steps, exits=exits))
    house.tick(act("Product Added", "ann", cart, NOON))
    house.world.facts[cart] = replace(house.world.facts[cart], order_count=1)
    house.after(minutes=1)

    house.tick(act("Checkout Started", "ann", cart, house.clock.now()))

    assert runs_of(house) == [("w", "exited", "buyer")]


# ---- effects


def test_a_walk_calls_tells_notes_and_draws(house: House) -> None:
    calls: list[dict[str, Any]] = []
    house.engine = replace(house.engine, call=lambda _connection, **call: calls.append(call))
    with house.state.write() as connection:
        connection.execute(identity_nodes.insert().values(
            node_id=node("ann"), seq=1, kind="email", value="ann@example.org", first_seen_at=0, last_seen_at=0,
            founder=node("ann"), change=1,
        ))  # fmt: skip
    steps = (
        "  - experiment: {key: words, arms: [{name: a, then: [{set_trait: {key: t, trait: arm, value: a}}]},"
        " {name: b, then: [{set_trait: {key: u, trait: arm, value: b}}]}]}\n"
        "  - webhook: {key: tell, endpoint: crm, event: lead, body: {color: red}}\n"
        "  - goal: {key: g, name: reached}\n"
    )
    only(house, scenario("{events: [Signed Up], key: person}", steps))

    house.tick(said("Signed Up", "ann", NOON))

    (draw,) = house.rows(draws)
    (goal,) = house.rows(goals)
    (line,) = [decode(row["line"]) for row in house.rows(reports)]
    assert [(call["endpoint"], call["kind"], call["body"]["color"]) for call in calls] == [("crm", "lead", "red")]
    assert draw["arm"] in {"a", "b"}
    assert (goal["goal"], goal["step"]) == ("reached", "g")
    assert (line.name, msgspec.json.decode(line.traits)) == (
        "Contact",
        {"email": "ann@example.org", "arm": draw["arm"]},
    )
    assert runs_of(house) == [("g", "finished", "goal")]


ALERT = """
words:
  alert:
    fr: {subject: "[[person]]", title: Piste, lead: "[[people]] a vu [[page]]", button: Voir, closing: Fin, why: Alerte,
         unsubscribe: Stop}
"""


def test_a_colleague_is_told_at_once_then_by_a_digest_within_the_quota(house: House) -> None:
    steps = "  - notify: {key: tell, to: [sales@shop.example], template: alert, digest: 4 hours, most_a_person: 3}\n"
    only(house, scenario("{events: [Page Viewed], where: {path: {starts_with: /pro}}, key: person, again: always}", steps)  # noqa: E501
         + ALERT)  # fmt: skip
    for number in range(5):
        house.tick(said("Page Viewed", "ann", house.clock.now(), suffix=str(number), path="/pro/{{evil}}"))
        house.after(minutes=10)
    at_once = [msgspec.json.decode(row["words"])["lead"] for row in house.rows(outbox)]
    house.after(hours=4)
    house.tick()

    kept = house.rows(alerts)
    mails = [row for row in house.rows(outbox) if row["message_class"] == "service"]
    assert len(at_once) == 1
    assert "{{" not in at_once[0]
    assert "/pro/((evil))" in at_once[0]
    assert len(kept) == 3
    assert len(mails) == 2
    assert {row["contact"] for row in mails} == {"sales@shop.example"}
    assert all(row["message_id"] for row in kept)
    assert [one.outcome for one in house.send()] == ["accepted"] * 2


# ---- dates and schedules


def test_a_birthday_is_kept_once_a_year_whatever_the_clock_does(house: House) -> None:
    people = Somebody([Found(node_id=node("ann"), profile_id="p-ann")])
    with_people(house, people)
    only(house, scenario("{date: {trait: birthday, at: '09:00'}}", "  - exit: {key: e, reason: done}\n"))
    house.tick()
    for step in (0, 20, 1, -1, 24, 24, 48, -48, 24, 24 * 90, 24):
        house.clock.advance(timedelta(hours=step))
        with house.state.write() as connection:
            house.engine.wake(connection, now=house.clock.now(), facts_of=house.world.facts_of)

    assert len(people.asked) == len(set(people.asked))
    assert len(house.rows(enrollments)) == 1


def test_a_schedule_that_was_missed_runs_once_and_what_is_old_is_let_go(house: House) -> None:
    people = Somebody([Found(node_id=node("ann"), profile_id="p-ann")])
    with_people(house, people)
    only(house, scenario("{schedule: {cron: '0 9 * * *', audience: {people: [ann@example.org]}}}",
                         "  - exit: {key: e, reason: done}\n"))  # fmt: skip
    house.tick()
    fired = []
    for hours in (1, 24 * 5, 0, 0, -1, 2, 23, 24 * 30):
        house.clock.advance(timedelta(hours=hours))
        with house.state.write() as connection:
            fired.append(house.engine.wake(connection, now=house.clock.now(), facts_of=house.world.facts_of).fired)

    assert fired == [0, 1, 0, 0, 0, 0, 1, 1]
    assert len(house.rows(firings)) == 1


def test_a_new_schedule_is_looked_at_without_a_tick(house: House) -> None:
    with_people(house, Somebody())
    only(house, scenario("{schedule: {cron: '0 9 * * *', audience: {people: [x]}}}", WAIT))
    with house.state.write() as connection:
        due = house.engine.is_due(connection, house.clock.now())
        house.engine.wake(connection, now=house.clock.now(), facts_of=house.world.facts_of)
        still = house.engine.is_due(connection, house.clock.now())

    assert (due, still) == (True, False)
    assert [row["next_at"] for row in house.rows(firings)] == [micros(datetime(2026, 3, 3, 8, tzinfo=UTC))]


def test_an_audience_is_those_for_whom_its_condition_holds(house: House) -> None:
    found = [Found(node_id=node(name), profile_id=f"p-{name}") for name in ("ann", "bob")]
    with_people(house, Somebody(found))

    def facts_of(subjects: Sequence[Any]) -> dict[int, WorldFacts]:
        cities = {node("ann"): "Lyon", node("bob"): "Paris"}
        return {
            one.subject_id: WorldFacts(person=PersonFacts(traits={"city": cities[one.node_id]})) for one in subjects
        }

    only(house, scenario("{schedule: {cron: '0 9 * * *', audience: {if: {trait: {name: city, is: Lyon}}}}}", WAIT))
    for _ in range(2):
        with house.state.write() as connection:
            house.engine.wake(connection, now=house.clock.now(), facts_of=facts_of)
        house.after(days=1)

    assert [row["key"] for row in house.rows(enrollments)] == ["p-ann"]


# ---- by hand, versions, export


def test_people_are_enrolled_by_hand_once(house: House) -> None:
    only(house, scenario("{manual: true}", WAIT))
    people = [manual.Person(node_id=node(name), profile_id=f"p-{name}") for name in ("ann", "bob", "ann")]
    with house.state.write() as connection:
        first = manual.enroll(connection, scenario="trial", people=people, brand="maison", now=NOON,
                              nodes_of=house.engine.nodes_of, steps=built_in)  # fmt: skip
        again = manual.enroll(connection, scenario="trial", people=people, brand="maison", now=NOON,
                              nodes_of=house.engine.nodes_of, steps=built_in)  # fmt: skip
    house.tick()

    assert (first.began, first.left_out, again.began) == (2, 1, 0)
    assert runs_of(house) == [("pause", "live", None)] * 2
    with house.state.write() as connection:
        definitions.resume(connection, "abandoned-basket", NOON)
    with house.state.write() as connection, pytest.raises(manual.NotForPeople):
        manual.enroll(connection, scenario="abandoned-basket", people=people, brand="maison", now=NOON,
                      nodes_of=house.engine.nodes_of, steps=built_in)  # fmt: skip


def test_people_are_moved_to_another_version_by_a_mapping_that_is_shown_first(house: House) -> None:
    only(house, scenario("{events: [Signed Up], key: person}", WAIT))
    house.tick(said("Signed Up", "ann", NOON))
    house.publish(scenario("{events: [Signed Up], key: person}", "  - wait: {key: rest, for: 2 hours}\n", version=2))
    asked: dict[str, Any] = {"scenario": "trial", "from_version": 1, "to_version": 2, "steps": built_in}
    with house.state.write() as connection:
        shown = moves.plan(connection, **asked)
        with pytest.raises(moves.StepNotMapped):
            moves.move(connection, **asked, now=NOON)
        with pytest.raises(moves.StepNotMapped):
            moves.plan(connection, **asked, mapping={"pause": "nowhere"})
        moves.move(connection, **asked, mapping={"pause": "rest"}, now=NOON)
    house.after(minutes=90)
    house.tick()
    between = runs_of(house)
    house.after(minutes=31)
    house.tick()

    assert [(one.from_step, one.to_step, one.people) for one in shown] == [("pause", None, 1)]
    assert between == [("rest", "live", None)]
    assert runs_of(house) == [("rest", "finished", "done")]


def test_a_draft_runs_nothing_until_it_is_published(house: House) -> None:
    text = scenario("{events: [Signed Up], key: person}", WAIT)
    with house.state.write() as connection:
        drafts.keep(connection, text, NOON, steps=built_in)
    house.tick(said("Signed Up", "ann", NOON))
    drafted = len(house.rows(enrollments))
    with house.state.write() as connection:
        kept = definitions.text_of(connection, "trial", 0)
        definitions.publish(connection, text, NOON, steps=built_in)
        state = next(row for row in definitions.listing(connection) if row["scenario"] == "trial")["state"]
    house.tick(said("Signed Up", "ann", NOON, suffix="2"))

    assert (drafted, kept, state) == (0, text, "live")
    assert len(house.rows(enrollments)) == 1


# ---- the law: how ticks are cut does not matter

LAW = scenario(
    "{events: [Product Added, Signed Up], key: person, again: always}",
    "  - wait_for_event:\n"
    "      key: w\n      event: Checkout Started\n      timeout: 1 hour\n"
    "      on_event: [{wait: {key: a, for: 10 minutes, since: last_action}}]\n"
    "      on_timeout: [{exit: {key: t, reason: slow}}]\n"
    "  - wait_for_event: {key: v, event: Signed Up, timeout: 30 minutes, on_event: [{goal: {key: g, name: both}}]}\n",
    exits="exit_when: [{event: Order Completed, reason: ordered}]\n",
)
acts = st.tuples(
    st.sampled_from(["Product Added", "Checkout Started", "Signed Up", "Order Completed"]),
    st.sampled_from(["ann", "bob"]),
)


@given(
    days=st.lists(st.tuples(st.integers(1, 40), st.lists(acts, max_size=6)), min_size=1, max_size=5),
    cut=st.integers(1, 3),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_where_runs_stand_follows_from_what_happened_and_the_clock_however_ticks_are_cut(
    tmp_path_factory: pytest.TempPathFactory, days: list[tuple[int, list[tuple[str, str]]]], cut: int
) -> None:
    ends = []
    for size in (1_000, cut):
        house = only(build(tmp_path_factory.mktemp("law")), LAW)
        number = 0
        for minutes, some in days:
            house.after(minutes=minutes)
            house.tick()
            heard = []
            for name, person in some:
                number += 1
                heard.append(replace(act(name, person, None, house.clock.now()), message_id=f"m{number:04}"))
            for start in range(0, len(heard), size):
                house.tick(*heard[start : start + size])
        ends.append([
            {name: value for name, value in row.items() if name != "said"}
            for row in sorted(house.rows(enrollments), key=lambda row: row["enrollment_id"])
        ])  # fmt: skip
        house.close()

    assert ends[0] == ends[1]
