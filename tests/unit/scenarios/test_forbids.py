"""What takes a person out beside consent: a theme refused, three years of silence, the universal control group."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comptoir.model.consent import THEME, ConsentState, ConsentStatement
from comptoir.model.message import Arm, Outcome, Reason
from comptoir.pressure.caps import Cap, Policy
from comptoir.pressure.rows import candidates
from comptoir.scenarios.rows import enrollments
from tests.acting_house import BRAND, NOON, House, act, build, node


@pytest.fixture
def house(tmp_path: Path) -> House:
    return build(tmp_path)


def reminded(house: House, *names: str) -> list[dict[str, Any]]:
    """Let these people leave a basket, wait its time, and give what became of the wishes."""
    house.tick(*(act("Product Added", name, house.shopper(name), NOON) for name in names))
    house.after(minutes=26)
    house.tick()
    return house.rows(candidates)


def test_who_refused_the_theme_is_not_reminded_of_it(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "src/comptoir/scenarios/library/abandoned-basket.yaml").read_text("utf-8")
    house = build(tmp_path, definition=text.replace("priority: 60", "priority: 60\ntags: [baskets]"))
    refusal = ConsentStatement(
        statement_id="theme", contact_kind="email", contact="ann@example.org", brand=BRAND, purpose=f"{THEME}baskets",
        state=ConsentState.WITHDRAWN, source="preferences", stated_at=NOON,
    )  # fmt: skip
    with house.state.write() as connection:
        house.engine.consents.apply(connection, [refusal])

    (told,) = reminded(house, "ann")

    assert (told["outcome"], told["reason"]) == (Outcome.DROPPED, Reason.THEME_REFUSED)
    assert told["arm"] is None


def test_who_has_been_silent_for_three_years_is_left_alone_unless_the_run_shows_life(house: House) -> None:
    asked: list[set[int]] = []

    def lapsed(nodes: Collection[int], now: datetime) -> frozenset[int]:
        del now
        asked.append(set(nodes))
        return frozenset(nodes)

    house.engine = replace(house.engine, lapsed=lapsed)
    (told,) = reminded(house, "ann")
    assert told["outcome"] == Outcome.QUEUED
    assert asked == []  # she put something into a basket half an hour ago

    house.world.facts.clear()
    with house.state.write() as connection:
        connection.exec_driver_sql("DELETE FROM candidates")
        connection.exec_driver_sql("DELETE FROM reservations")
        connection.exec_driver_sql("DELETE FROM outbox")
    house.after(days=2)
    cart = house.shopper("bob")
    house.tick(act("Product Added", "bob", cart, house.clock.now()))
    with house.state.write() as connection:
        connection.exec_driver_sql(
            "UPDATE enrollments SET last_action_at = last_action_at - ? WHERE status = 'live'",
            (int(timedelta(days=366) / timedelta(microseconds=1)),),
        )
    house.after(minutes=26)
    house.tick()

    said = [(row["outcome"], row["reason"]) for row in house.rows(candidates)]
    assert said == [(Outcome.DROPPED, Reason.NO_LONGER_A_PROSPECT)]
    assert asked == [{node("bob")}]


def test_the_universal_control_group_is_in_no_arm_of_a_scenario(tmp_path: Path) -> None:
    nobody = Policy(caps=(Cap(9, timedelta(hours=24)),), gap=timedelta(), universal_share=1.0)
    house = build(tmp_path, policy=nobody, control_share=0.5)

    told = reminded(house, "ann", "bob", "eve")

    assert {(row["outcome"], row["reason"]) for row in told} == {(Outcome.HELD_OUT, Reason.UNIVERSAL_CONTROL)}
    assert {row["arm"] for row in house.rows(enrollments)} == {None}
    assert house.send() == []


def test_without_a_universal_group_the_scenario_draws_its_own(tmp_path: Path) -> None:
    house = build(tmp_path, control_share=1.0)

    (told,) = reminded(house, "ann")

    assert (told["outcome"], told["reason"], told["arm"]) == (Outcome.HELD_OUT, Reason.CONTROL, Arm.CONTROL)
