from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comptoir.clock import micros
from comptoir.grammar.fields import BadDefinition
from comptoir.messaging.rows import outbox
from comptoir.model.message import Outcome
from comptoir.model.scenario import CartFacts, OfferedLine
from comptoir.pressure.rows import candidates, reservations
from comptoir.scenarios import definitions
from comptoir.scenarios.rows import enrollments, timers
from tests.acting_house import LAMP, NOON, House, act, build, node, order_line, parcel

ORDER = "Order Completed"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return build(tmp_path)


def statuses(house: House) -> list[tuple[str, str | None]]:
    return [
        (row["status"], row["exit_reason"])
        for row in sorted(house.rows(enrollments), key=lambda row: row["entered_at"])
    ]


def test_a_late_event_starts_nothing_and_is_counted(house: House) -> None:
    cart = house.shopper("ann")

    done = house.tick(act("Product Added", "ann", cart, NOON - timedelta(minutes=181)))

    assert (done.enrolled, done.stale) == (0, 1)
    assert house.rows(enrollments) == []


def test_history_starts_nothing(house: House) -> None:
    cart = house.shopper("ann")

    house.tick(replace(act("Product Added", "ann", cart, NOON), is_historical=True))

    assert house.rows(enrollments) == []


def test_two_baskets_are_two_runs_and_one_basket_is_one(house: House) -> None:
    one, two = house.shopper("ann"), house.shopper("bob")

    house.tick(
        *(act("Product Added", name, cart, NOON, suffix=s) for s in "12" for name, cart in (("ann", one), ("bob", two)))
    )

    assert len(house.rows(enrollments)) == 2
    assert len(house.rows(timers)) == 2


def test_an_order_in_the_same_tick_as_the_cart_leaves_no_timer(house: House) -> None:
    cart = house.shopper("ann")

    house.tick(
        act(ORDER, "ann", cart, NOON + timedelta(seconds=5)), act("Product Added", "ann", cart, NOON),
    )  # fmt: skip

    assert statuses(house) == [("exited", "ordered")]
    assert house.rows(timers) == []


def test_a_late_cart_action_does_not_reopen_what_the_order_ended(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=5)
    house.tick(act(ORDER, "ann", cart, house.clock.now()))
    house.after(minutes=1)

    house.tick(act("Product Added", "ann", cart, NOON + timedelta(minutes=2)))

    assert statuses(house) == [("exited", "ordered")]


def test_an_order_the_facts_know_ends_it_even_if_its_event_was_never_heard(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.world.facts[cart] = replace(house.world.facts[cart], cart=CartFacts(state="ordered"))
    house.after(minutes=25)

    house.tick()

    assert statuses(house) == [("exited", "ordered")]
    assert house.rows(candidates) == []


@pytest.mark.parametrize("state", ["expired", "merged"])
def test_a_cart_that_is_closed_is_not_spoken_of(house: House, state: str) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.world.facts[cart] = replace(house.world.facts[cart], cart=CartFacts(state=state))
    house.after(minutes=25)

    house.tick()

    assert statuses(house)[0][0] == "exited"
    assert house.rows(candidates) == []


def test_a_queued_message_is_cancelled_when_its_person_orders(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=25)
    house.tick()
    house.world.facts[cart] = replace(house.world.facts[cart], cart=CartFacts(state="ordered"))

    house.front.append([parcel(order_line("ann", house.clock, cart_id="cart-ann"))])
    house.tick(act(ORDER, "ann", cart, house.clock.now()))
    house.send()

    (row,) = house.rows(outbox)
    assert (row["state"], row["reason"]) == ("dropped", "ordered")
    assert house.channel.sent == []


def test_the_gap_holds_between_two_baskets_of_one_person(house: House) -> None:
    one, two = house.shopper("ann"), house.shopper("ann-2")
    both = frozenset({node("ann"), node("ann-2")})
    house.kin.update(dict.fromkeys(both, both))
    house.tick(act("Product Added", "ann", one, NOON), act("Product Added", "ann-2", two, NOON))
    house.after(minutes=25)
    house.tick()
    house.send()

    assert len(house.channel.sent) == 1
    assert sorted(row["outcome"] for row in house.rows(candidates)) == ["replaced", "sent"]


def test_caps_hold_over_days_and_slide(house: House) -> None:
    sent = []
    for day in range(6):
        cart = house.shopper("ann")
        other = f"{cart}-{day}"
        house.world.facts[other] = house.world.facts[cart]
        house.tick(act("Product Added", "ann", other, house.clock.now()))
        house.after(minutes=25)
        house.tick()
        house.send()
        sent.append(len(house.channel.sent))
        house.after(hours=5)

    assert sent == [1, 2, 2, 2, 2, 3]


def test_the_same_basket_rests_a_day_after_it_was_spoken_of(house: House) -> None:
    cart = house.shopper("ann")
    for _ in range(2):
        house.tick(act("Product Added", "ann", cart, house.clock.now()))
        house.after(minutes=25)
        house.tick()
        house.send()
        house.after(hours=5)
    house.after(days=1)
    house.tick(act("Product Added", "ann", cart, house.clock.now()))
    house.after(minutes=25)
    house.tick()
    house.send()

    assert len(house.channel.sent) == 2


def test_a_paused_scenario_starts_nothing_and_drops_what_is_queued(house: House) -> None:
    one, two = house.shopper("ann"), house.shopper("bob")
    house.tick(act("Product Added", "ann", one, NOON))
    house.after(minutes=25)
    house.tick()
    with house.state.write() as connection:
        definitions.pause(connection, "abandoned-basket", house.clock.now())

    done = house.tick(act("Product Added", "bob", two, house.clock.now()))
    sent = house.send()

    assert done.enrolled == 0
    assert [(one.outcome, one.detail) for one in sent] == [("dropped", "scenario_stopped")]


def test_people_in_flight_finish_on_their_version(house: House) -> None:
    cart, later = house.shopper("ann"), house.shopper("bob")
    house.tick(act("Product Added", "ann", cart, NOON))
    text = (
        definitions.shipped()["abandoned-basket"]
        .replace("version: 1", "version: 2")
        .replace("25 minutes", "10 minutes")
    )
    house.publish(text.replace("control_share: 0.1", "control_share: 0"))
    house.tick(act("Product Added", "bob", later, NOON))
    house.after(minutes=10)
    house.tick()
    bob = [row["scenario_version"] for row in house.rows(candidates)]
    house.after(minutes=15)
    house.tick()

    assert bob == [2]
    assert sorted(row["scenario_version"] for row in house.rows(candidates)) == [1, 2]


def test_a_version_is_never_changed_and_the_same_text_twice_is_once(house: House) -> None:
    text = definitions.shipped()["abandoned-basket"].replace("control_share: 0.1", "control_share: 0.0")
    house.publish(text)

    with pytest.raises(definitions.VersionTaken):
        house.publish(text.replace("25 minutes", "26 minutes"))


def test_words_that_use_an_unknown_name_are_not_published(house: House) -> None:
    text = definitions.shipped()["abandoned-basket"].replace("version: 1", "version: 9")

    with pytest.raises(BadDefinition, match="first_name"):
        house.publish(text.replace("Votre panier vous attend", "{{ first_name }}, votre panier"))


WAITING = """
scenario: thanks
version: 1
title: {fr: Merci, en: Thanks}
trigger: {events: [Product Added], key: cart}
steps:
  - wait_for_event:
      key: answer
      event: Checkout Started
      timeout: 2 hours
      on_event: [{exit: came}]
      on_timeout: [{exit: did_not}]
"""


@pytest.mark.parametrize(("comes", "reason"), [(True, "came"), (False, "did_not")])
def test_an_event_waited_for_leads_one_way_and_its_absence_the_other(tmp_path: Path, comes: bool, reason: str) -> None:
    house = build(tmp_path, definition=WAITING)
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(hours=1)
    house.tick(*([act("Checkout Started", "ann", cart, house.clock.now())] if comes else []))
    between = statuses(house)
    house.after(hours=1)
    house.tick()

    assert statuses(house) == [("exited", reason)]
    assert between == ([("exited", "came")] if comes else [("live", None)])


def test_a_circle_of_gotos_does_not_spin_for_ever(tmp_path: Path) -> None:
    circle = (
        WAITING.partition("steps:")[0]
        + """steps:
  - condition: {key: again, if: cart_is_open, then: {goto: again}, otherwise: {goto: again}}
"""
    )
    house = build(tmp_path, definition=circle)
    cart = house.shopper("ann")

    house.tick(act("Product Added", "ann", cart, NOON))

    assert [row["due_at"] for row in house.rows(timers)] == [micros(NOON + timedelta(minutes=1))]


def test_arms_are_drawn_by_person_in_about_the_share_asked_for(tmp_path: Path) -> None:
    house = build(tmp_path, control_share=0.3)
    carts = {f"p{number}": house.shopper(f"p{number}") for number in range(300)}
    house.tick(*(act("Product Added", name, cart, house.clock.now()) for name, cart in carts.items()))
    house.after(minutes=25)
    house.tick()

    outcomes = [row["outcome"] for row in house.rows(candidates)]
    arms = [row["arm"] for row in house.rows(enrollments)]
    assert len(outcomes) == 300
    assert outcomes.count(Outcome.HELD_OUT) == arms.count("control")
    assert 65 <= arms.count("control") <= 115
    assert all(row["eligible_at"] == micros(NOON + timedelta(minutes=25)) for row in house.rows(enrollments))


def test_sent_dropped_failed_and_held_out_are_all_that_was_wished(tmp_path: Path) -> None:
    house = build(tmp_path, control_share=0.2)
    people = {f"p{number}": house.shopper(f"p{number}", consented=number % 3 > 0) for number in range(60)}
    house.tick(*(act("Product Added", name, cart, house.clock.now()) for name, cart in people.items()))
    house.after(minutes=25)
    house.tick()
    house.send()

    rows = house.rows(candidates)
    reported = [one for one in house.reported() if one["name"] == "Message"]
    assert len(rows) == len(people) == len(reported) == len({one["id"] for one in reported})
    assert {row["outcome"] for row in rows} == {"sent", "dropped", "held_out"}
    assert sum(row["reason"] == "no_consent" for row in rows) == 20
    assert len(house.rows(reservations)) == len(house.channel.sent)


def test_a_product_that_is_no_longer_for_sale_at_that_price_stops_the_message(house: House) -> None:
    gone = OfferedLine(product=LAMP, is_for_sale=False)
    dearer = OfferedLine(product=replace(LAMP, price="59.9"), is_for_sale=True)
    for name, line, reason in (("ann", gone, "not_for_sale"), ("bob", dearer, "price_changed")):
        cart = house.shopper(name)
        house.tick(act("Product Added", name, cart, house.clock.now()))
        house.after(minutes=25)
        house.tick()
        house.world.facts[cart] = replace(house.world.facts[cart], lines=(line,))

        (done,) = house.send()

        assert (done.outcome, done.detail) == ("dropped", reason)
    assert house.channel.sent == []
