from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from comptoir.config import PressureSettings
from comptoir.model.message import Discretion, MessageClass, Outcome, Reason
from comptoir.pressure import policies
from comptoir.pressure.caps import EVERY_BRAND, policy_of
from tests.pressure_house import build, wish

WHOLE = """
brand: maison
caps:
  - {at_most: 3, hours: 24}
  - {at_most: 1, hours: 24, channel: sms}
  - {at_most: 1, days: 7, tag: sale}
  - {at_most: 4, days: 7, across_brands: true, per: person}
gap_hours: 0.5
channel_gap_hours: {email: 2}
quiet: {from: "21:00", until: 08:00, sundays: true, holidays: true, channels: [email], zones: {US: America/Chicago}}
i_saw_you: {at_most: 1, days: 7}
look_ahead_days: 2
"""


def test_what_is_written_back_is_what_was_read() -> None:
    brand, policy = policies.parse(WHOLE, name="x")

    assert policies.parse(policies.dump(brand, policy), name="x") == (brand, policy)


def test_the_default_of_the_settings_can_be_printed_changed_and_published() -> None:
    default = policy_of(PressureSettings())

    brand, policy = policies.parse(policies.dump(EVERY_BRAND, default), name="default")

    assert (brand, policy) == (EVERY_BRAND, default)


@pytest.mark.parametrize(
    "text",
    [
        "[]", "brand: [", "caps: {}", "caps: [{at_most: 1}]", "caps: [{at_most: 1, hours: 1, days: 1}]",
        "caps: [{at_most: -1, hours: 1}]", "caps: [{at_most: 1, hours: 0}]", "caps: [{at_most: 1.5, hours: 1}]",
        "gap_hours: soon", "gap_hour: 4", "quiet: {from: '21:00'}", "quiet: {from: '25:00', until: '08:00'}",
        "quiet: {zones: {US: America/Nowhere}}", "universal_control: 1.5", "brand: maison\nuniversal_control: 0.1",
        "caps: [{at_most: 1, hours: 1, per: household}]", "gap_hours: true", "gap_hours: .nan",
    ],
)  # fmt: skip
def test_what_is_no_policy_is_refused_before_it_holds(text: str) -> None:
    with pytest.raises(policies.BadPolicy):
        policies.parse(text)


def test_a_brand_keeps_its_own_policy_and_others_keep_that_of_all(tmp_path: Path) -> None:
    house = build(tmp_path)
    house.publish("brand: maison\ncaps: [{at_most: 0, hours: 1}]")
    house.publish("brand: '*'\ncaps: [{at_most: 1, hours: 24, across_brands: true}]")

    said = house.ask(wish("a"), wish("b", node=2, brand="other"), wish("c", node=2, brand="third"))

    assert said["a"].reason == Reason.CAPPED
    assert said["b"].outcome == Outcome.QUEUED
    assert said["c"].outcome == Outcome.DEFERRED
    assert said["b"].policy == "*@1"


def test_the_newest_version_holds_and_the_old_ones_can_still_be_read(tmp_path: Path) -> None:
    house = build(tmp_path)
    house.publish("caps: [{at_most: 0, hours: 1}]")
    house.publish("caps: []")

    assert house.ask(wish("a"))["a"].outcome == Outcome.QUEUED
    with house.state.read() as connection:
        assert policies.show(connection, "*", 1).definition == "caps: [{at_most: 0, hours: 1}]"
        with pytest.raises(policies.PolicyNotFound):
            policies.show(connection, "*", 3)


def test_a_cap_of_a_tag_or_a_channel_counts_only_those(tmp_path: Path) -> None:
    house = build(tmp_path)
    house.publish(WHOLE)
    house.ask(wish("a", tags=("sale",)))
    house.hand("a")
    house.now += timedelta(hours=3)

    said = house.ask(
        wish("again", tags=("sale", "shoes"), priority=90), wish("b", tags=("shoes",)),
        wish("sms", channel="sms", tags=("news",), priority=10),
    )  # fmt: skip

    assert (said["again"].outcome, said["again"].reason) == (Outcome.DROPPED, Reason.CAPPED)
    assert said["b"].outcome == Outcome.QUEUED
    assert (said["sms"].outcome, said["sms"].reason) == (Outcome.DEFERRED, Reason.GAP)


def test_we_saw_you_is_said_once_a_week_while_other_mail_goes(tmp_path: Path) -> None:
    house = build(tmp_path)
    house.publish(WHOLE)
    house.ask(wish("saw", discretion=Discretion.EXACT))
    house.hand("saw")
    house.now += timedelta(hours=3)

    said = house.ask(
        wish("saw again", discretion=Discretion.CATEGORY), wish("plain", priority=1),
        wish("shown", node=2, discretion=Discretion.EXACT, kind=MessageClass.CAMPAIGN),
    )  # fmt: skip

    assert said["saw again"].reason == Reason.DISCREET
    assert said["plain"].outcome == Outcome.QUEUED
    assert said["shown"].outcome == Outcome.QUEUED  # a campaign follows no behavior: it saw nobody


def test_one_brands_messages_count_for_another_only_where_the_cap_says_so(tmp_path: Path) -> None:
    house = build(tmp_path)
    house.publish("brand: maison\ncaps: [{at_most: 1, hours: 24}]")
    house.publish("brand: other\ncaps: [{at_most: 1, hours: 24, across_brands: true}]")
    house.ask(wish("ours"))
    house.hand("ours")

    said = house.ask(wish("theirs", brand="other"), wish("third", brand="maison", priority=1))

    assert said["theirs"].outcome == Outcome.DEFERRED
    assert said["third"].outcome == Outcome.DEFERRED


def test_a_shared_address_and_a_person_of_many_addresses_bear_each_by_itself(tmp_path: Path) -> None:
    house = build(tmp_path)
    house.publish("caps: [{at_most: 1, hours: 24}]")
    house.join(1, 2)
    house.ask(wish("a", node=1, contact="family@example.org"))
    house.hand("a")

    said = house.ask(
        wish("child", node=3, contact="family@example.org"), wish("self", node=2, contact="own@example.org"),
        wish("child alone", node=3, contact="child@example.org", priority=1),
    )  # fmt: skip

    assert {name: one.outcome for name, one in said.items()} == {
        "child": Outcome.DEFERRED, "self": Outcome.DEFERRED, "child alone": Outcome.QUEUED,
    }  # fmt: skip
