"""Who went through each step is counted as it happens, and is what the history says."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from comptoir.scenarios import definitions, layout, standing
from comptoir.scenarios.parse import parse
from comptoir.scenarios.rows import enrollments
from comptoir.state import rows
from tests.acting_house import NOON, House, act, build, built_in


@pytest.fixture
def house(tmp_path: Path) -> House:
    return build(tmp_path)


def counted(house: House) -> dict[str, tuple[int, bool]]:
    definition = parse(definitions.shipped()["abandoned-basket"], steps=built_in)
    with house.state.read() as connection:
        found = standing.by_step(connection, definition)
    return {key: (one.passed, one.is_least) for key, one in found.items()}


def history(house: House) -> Counter[str]:
    """Tell from where each run stands or ended what it surely went through; this scenario has no ways that meet."""
    definition = parse(definitions.shipped()["abandoned-basket"], steps=built_in)
    before = layout.surely_before(definition)
    told: Counter[str] = Counter()
    for row in house.rows(enrollments):
        told.update(before[row["step"]])
        if row["status"] == "finished" and row["exit_reason"] == "done":
            told[row["step"]] += 1
    return told


@pytest.mark.parametrize("seed", range(3))
def test_the_counter_of_each_step_is_what_the_history_says(house: House, seed: int) -> None:
    draw = random.Random(seed)
    carts = {name: house.shopper(name) for name in ("ann", "bob", "cyd", "dan", "eve")}
    for _ in range(12):
        names = draw.sample(sorted(carts), draw.randint(0, 3))
        kinds = ["Product Added", "Product Added", "Order Completed"]
        now = house.clock.now()
        suffix = str(draw.random())
        house.tick(*(act(draw.choice(kinds), name, carts[name], now, suffix=suffix) for name in names))
        house.after(minutes=draw.choice([3, 25, 90]))
    house.tick()

    told = history(house)

    assert sum(told.values()) > 0
    assert counted(house) == {step: (told[step], False) for step in counted(house)}


def test_a_replayed_tick_counts_nobody_twice(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=25)
    house.tick()
    before = counted(house)

    house.tick()

    assert counted(house) == before
    assert sum(times for times, _ in before.values()) > 0


def test_runs_from_before_steps_were_counted_are_said_to_be_at_least_so_many(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    with house.state.write() as connection:
        newest = max(row["entered_at"] for row in house.rows(enrollments))
        rows.write_value(connection, standing.PASSED_FROM, str(newest).encode())
    house.after(minutes=25)
    house.tick()

    told = history(house)

    assert {step: times for step, (times, _) in counted(house).items() if times} == dict(told)
