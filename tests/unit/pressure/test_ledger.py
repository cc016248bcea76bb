from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from comptoir.clock import micros
from comptoir.messaging.overlay import Hold
from comptoir.model.consent import ConsentKey
from comptoir.model.message import IN_FRENCH, DeliveryKind, Discretion, MessageClass, Outcome, Reason
from comptoir.pressure import explain
from comptoir.pressure.ahead import Announcement
from comptoir.pressure.explain import Archive
from comptoir.pressure.rows import announced, universal_draws
from tests.pressure_house import BRAND, NOON, Ledger, build, wish

ONE_A_DAY = "caps: [{at_most: 1, hours: 24}]"


@pytest.fixture
def house(tmp_path: Path) -> Ledger:
    return build(tmp_path)


def test_who_was_merged_bears_one_pressure_and_after_a_cut_each_bears_its_own(house: Ledger) -> None:
    house.publish(ONE_A_DAY)
    house.ask(wish("a", node=1))
    house.hand("a")

    house.join(1, 2)
    merged = house.ask(wish("b", node=2, hours=1))
    house.part(1, 2)
    cut = house.ask(wish("c", node=2), wish("d", node=1, hours=1))

    assert merged["b"].reason == Reason.CAPPED
    assert cut["c"].outcome == Outcome.QUEUED
    assert cut["d"].reason == Reason.CAPPED


def test_two_that_were_reserved_before_a_merge_do_not_both_leave(house: Ledger) -> None:
    house.publish(ONE_A_DAY)
    house.ask(wish("a", node=1, hours=1), wish("b", node=2, hours=1), wish("long", node=3))
    house.join(1, 2, 3)

    assert house.hand("a") is None
    assert house.hand("b") == Reason.CAPPED
    assert house.hand("long") is Hold.WAIT
    assert house.hand("long") == "not yet"
    house.now += timedelta(hours=24)
    assert house.hand("long") is None


def test_a_better_one_takes_the_place_of_a_queued_one_which_waits_where_it_lives(house: Ledger) -> None:
    house.publish(ONE_A_DAY)
    house.ask(wish("worse", priority=1), wish("short", node=2, priority=1, hours=1))

    house.ask(wish("better", priority=90), wish("longer", node=2, priority=90))

    assert house.outcome("worse") == (Outcome.DEFERRED, Reason.BETTER)
    assert house.outcome("short") == (Outcome.REPLACED, Reason.BETTER)
    assert house.hand("better") is None
    house.now += timedelta(hours=24)
    assert house.retry()["worse"].outcome == Outcome.QUEUED
    assert house.hand("worse") is None


def test_wishing_twice_is_wishing_once(house: Ledger) -> None:
    one = wish("a")
    house.ask(one, one)
    house.hand("a")

    assert house.ask(one) == {}
    assert house.hand("a") == "not queued"
    assert house.outcome("a") == (Outcome.SENT, None)


def test_a_failure_releases_and_an_unknown_fate_counts(house: Ledger) -> None:
    house.publish(ONE_A_DAY)
    house.ask(wish("a"), wish("b", node=2))
    house.hand("a", DeliveryKind.FAILED)
    house.hand("b", DeliveryKind.UNKNOWN)

    said = house.ask(wish("again"), wish("again b", node=2))

    assert said["again"].outcome == Outcome.QUEUED
    assert said["again b"].outcome == Outcome.DEFERRED


# ── quiet, pause, control ──


def test_at_night_it_waits_for_the_morning_of_the_person(house: Ledger) -> None:
    house.publish('quiet: {from: "21:00", until: "08:00"}')
    house.now = NOON.replace(hour=21)

    said = house.ask(
        wish("paris", at=house.now), wish("new york", node=2, at=house.now, time_zone="America/New_York"),
        wish("short", node=3, at=house.now, hours=2), wish("invoice", node=4, kind=MessageClass.TRANSACTIONAL),
    )  # fmt: skip

    assert said["paris"].until == (NOON + timedelta(days=1)).replace(hour=7)
    assert said["new york"].outcome == Outcome.QUEUED
    assert (said["short"].outcome, said["short"].reason) == (Outcome.DROPPED, Reason.QUIET_HOURS)
    assert said["invoice"].outcome == Outcome.QUEUED


def test_room_that_comes_at_night_comes_in_the_morning(house: Ledger) -> None:
    house.publish('gap_hours: 10\nquiet: {from: "21:00", until: "08:00"}')
    house.ask(wish("a"))
    house.hand("a")

    assert house.ask(wish("b"))["b"].until == (NOON + timedelta(days=1)).replace(hour=7)


def test_what_was_queued_before_the_night_and_is_late_waits_in_the_outbox(house: Ledger) -> None:
    house.publish('quiet: {from: "21:00", until: "08:00"}')
    house.ask(wish("a"), wish("short", node=2, hours=9))
    house.now += timedelta(hours=8, minutes=1)

    assert house.hand("a") is Hold.WAIT
    assert house.hand("short") == Reason.QUIET_HOURS
    house.now += timedelta(hours=12)
    assert house.hand("a") is None
    assert house.hand("a") == "not queued"


def test_who_asked_for_a_pause_is_left_alone_until_it_ends(house: Ledger) -> None:
    ends = NOON + timedelta(days=1)
    house.paused[ConsentKey("n1@example.org", BRAND, "marketing", "email")] = micros(ends)

    said = house.ask(wish("a"), wish("b", hours=3))

    assert (said["a"].outcome, said["a"].until) == (Outcome.DEFERRED, ends)
    assert (said["b"].outcome, said["b"].reason) == (Outcome.DROPPED, Reason.PAUSED)


def test_the_universal_control_group_gets_no_marketing_and_keeps_who_was_drawn(house: Ledger) -> None:
    house.publish("universal_control: 0.3")
    first = house.ask(*(wish(f"a{node}", node=node) for node in range(1, 301)))
    held = {one.candidate.node_id for one in first.values() if one.outcome == Outcome.HELD_OUT}

    house.publish("universal_control: 0.9")
    house.now += timedelta(days=2)
    again = house.ask(
        *(wish(f"b{node}", node=node, at=house.now) for node in range(1, 301)),
        wish("receipt", node=min(held), kind=MessageClass.TRANSACTIONAL, at=house.now),
    )

    assert 60 <= len(held) <= 120
    assert {one.candidate.node_id for one in again.values() if one.outcome == Outcome.HELD_OUT} == held
    assert house.outcome(f"a{min(held)}") == (Outcome.HELD_OUT, Reason.UNIVERSAL_CONTROL)
    assert again["receipt"].outcome == Outcome.QUEUED


def test_a_merge_moves_nobody_in_or_out_of_the_control_group(house: Ledger) -> None:
    house.publish("universal_control: 0.5")
    first = house.ask(*(wish(f"a{node}", node=node) for node in range(1, 41)))
    held = min(one.candidate.node_id for one in first.values() if one.outcome == Outcome.HELD_OUT)
    house.now += timedelta(days=2)
    house.join(held, 1_000)

    both = house.ask(wish("b", node=held, at=house.now), wish("c", node=1_000, at=house.now))

    assert {one.outcome for one in both.values()} == {Outcome.HELD_OUT}
    assert len(house.rows(universal_draws)) == 40


# ── look-ahead ──


def announce(house: Ledger, name: str, *, due: float, hours: float = 48, priority: int = 90, node: int = 1) -> None:
    with house.state.write() as connection:
        coming = wish(name, priority=priority, hours=hours, node=node)
        house.ledger.announce(connection, [Announcement(wish=coming, due_at=NOON + timedelta(hours=due))])


def test_a_message_makes_no_way_for_itself_where_it_was_announced(house: Ledger) -> None:
    """The run that wishes for it stands, as it is written, still before the step that sends it."""
    house.publish(ONE_A_DAY)
    own = wish("reminder")
    with house.state.write() as connection:
        announced_as = msgspec.structs.replace(own, message_id="coming:1")
        house.ledger.announce(connection, [Announcement(wish=announced_as, due_at=NOON)])

    assert house.ask(own)["reminder"].outcome == Outcome.QUEUED


def test_a_better_message_due_tomorrow_beats_a_worse_one_today(house: Ledger) -> None:
    house.publish("caps: [{at_most: 1, days: 3}]")
    announce(house, "tomorrow", due=20, hours=30)

    said = house.ask(wish("today", priority=10, hours=12))

    assert (said["today"].outcome, said["today"].reason) == (Outcome.DROPPED, Reason.BETTER_SOON)
    assert said["today"].replaced_by == "tomorrow"


def test_a_worse_message_that_can_wait_is_looked_at_again_once_the_better_one_is_late(house: Ledger) -> None:
    house.publish("caps: [{at_most: 1, days: 3}]")
    announce(house, "tomorrow", due=20, hours=30)
    said = house.ask(wish("today", priority=10, hours=40))
    assert said["today"].outcome == Outcome.DEFERRED

    house.now = said["today"].until or NOON  # and the better one never came
    again = house.retry()

    assert again["today"].outcome == Outcome.QUEUED


def test_with_room_for_both_nobody_waits(house: Ledger) -> None:
    house.publish("caps: [{at_most: 2, days: 3}]")
    announce(house, "tomorrow", due=20)

    assert house.ask(wish("today", priority=10, hours=12))["today"].outcome == Outcome.QUEUED


def test_a_worse_announcement_or_one_beyond_the_horizon_takes_no_room(house: Ledger) -> None:
    house.publish("caps: [{at_most: 1, days: 3}]\nlook_ahead_days: 0.5")
    announce(house, "beyond", due=20)
    announce(house, "worse", due=2, priority=5)

    assert house.ask(wish("today", priority=10, hours=12))["today"].outcome == Outcome.QUEUED


def test_an_announcement_goes_when_its_message_comes_or_its_enrollment_ends(house: Ledger) -> None:
    announce(house, "tomorrow", due=20)
    announce(house, "other", due=20, node=2)

    house.ask(wish("tomorrow"))
    with house.state.write() as connection:
        house.ledger.cancel(connection, enrollments=[2], reason=Reason.EXITED, now=NOON)

    assert house.rows(announced) == []


def test_a_deferred_better_one_is_not_overtaken(house: Ledger) -> None:
    house.publish("caps: [{at_most: 1, hours: 24}, {at_most: 1, hours: 24, channel: sms}]")
    house.ask(wish("sent", channel="sms"))
    house.hand("sent")
    house.now += timedelta(hours=23)
    waits = house.ask(wish("better", priority=90, at=house.now, hours=4))
    house.now += timedelta(hours=1)

    said = house.ask(wish("worse", priority=1, at=house.now, hours=20))

    assert waits["better"].outcome == Outcome.DEFERRED
    assert said["worse"].reason == Reason.BETTER_SOON
    assert house.retry()["better"].outcome == Outcome.QUEUED


# ── clocks ──


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(days=2)])
def test_a_stepping_clock_defers_into_no_past_and_sends_nothing_twice(house: Ledger, step: timedelta) -> None:
    house.publish(ONE_A_DAY + '\nquiet: {from: "21:00", until: "08:00"}')
    house.ask(wish("a", hours=100), wish("b", hours=100, priority=1))
    house.hand("a")
    house.now += step

    said = house.ask(wish("c", hours=100, priority=2)) | house.retry()
    left = [name for name in ("a", "b", "c") if house.hand(name) is None]

    assert all(one.until is None or one.until > house.now for one in said.values())
    assert left == ([] if step < timedelta(0) else ["c"])
    house.now += timedelta(days=4)
    house.retry()
    assert house.hand("a") == "not queued"


# ── why ──


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    assert set(IN_FRENCH) == set(Reason)
    for reason in Reason:
        for outcome in (Outcome.DROPPED, Outcome.DEFERRED, Outcome.REPLACED):
            english = explain.sentence(outcome, reason, until="u", replaced_by="m")
            french = explain.sentence(outcome, reason, until="u", replaced_by="m", lang="fr")
            assert not english.endswith(reason.value)
            assert english != french


def test_why_tells_rivals_caps_and_policy(house: Ledger) -> None:
    house.publish(ONE_A_DAY)
    house.ask(wish("sent", discretion=Discretion.EXACT))
    house.hand("sent")
    house.ask(wish("waits"))

    with house.state.read() as connection:
        told = explain.tell(connection, Archive(ledger=house.ledger), NOON, nodes=[1], lang="fr")
    waits, sent = sorted(told, key=lambda one: str(one["outcome"]))

    assert waits["because"].startswith("Il attend jusqu’au 2026-03-04")
    assert waits["caps_then"] == {"policy": "*@1", "counted": ["sent"]}
    assert waits["caps_now"]["has_room"] is False
    assert (waits["caps_now"]["caps"][0]["by_person"], waits["caps_now"]["caps"][0]["at_most"]) == (1, 1)
    assert [one["message_id"] for one in sent["competed_with"]] == ["waits"]
    assert sent["because"] == "Il est parti."
