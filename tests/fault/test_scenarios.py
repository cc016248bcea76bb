"""Faults of the engine of scenarios: S12, S13, R2, R14, each with its figure."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from comptoir.clock import micros
from comptoir.model.scenario import CartFacts
from comptoir.scenarios import definitions
from comptoir.scenarios.rows import enrollments, timers
from comptoir.state.base import open_state
from tests.acting_house import NOON, act, build, built_in

YEAR = """
scenario: year
version: 1
title: {fr: Année, en: Year}
discretion: generic
trigger: {events: [Signed Up], key: person, again: always}
exit_when: [{event: Closed Account, reason: closed}]
steps:
  - random_split:
      key: ways
      ways:
        - name: monthly
          weight: 2
          then:
            - wait: {key: month, for: 30 days, until: "10:00"}
            - wait_for_event: {key: visit, event: Product Viewed, timeout: 60 days}
        - {name: quarterly, then: [{wait: {key: quarter, for: 90 days, on: [monday]}}]}
  - wait: {key: half, for: 26 weeks}
  - goal: {key: stayed, name: a_year}
"""


def test_who_buys_while_a_basket_waits_is_sent_nothing_after_the_order(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    house = build(tmp_path)
    ordered: set[str] = set()
    carts = {f"p{number}": house.shopper(f"p{number}") for number in range(40)}
    house.tick(*(act("Product Added", name, cart, house.clock.now()) for name, cart in carts.items()))
    while house.clock.now() < NOON + timedelta(minutes=40):
        house.after(seconds=draw.randint(20, 120))
        buying = [name for name in carts if name not in ordered and draw.random() < 0.03]
        for name in buying:
            ordered.add(name)
            house.world.facts[carts[name]] = replace(house.world.facts[carts[name]], cart=CartFacts(state="ordered"))
        before = {mail.to for mail in house.channel.sent}
        house.tick(*(act("Order Completed", name, carts[name], house.clock.now()) for name in buying))
        house.send()
        assert not {mail.to for mail in house.channel.sent} - before & {f"{name}@example.org" for name in ordered}
    sent = [mail.to for mail in house.channel.sent]
    house.close()

    print(f"seed {seed}: {len(ordered)} ordered, {len(sent)} reminded")
    assert len(sent) == len(set(sent))
    assert len(sent) >= 40 - len(ordered)


def _a_year(folder: Path, seed: int) -> list[tuple[object, ...]]:
    draw = random.Random(seed)
    house = build(folder)
    with house.state.write() as connection:
        definitions.publish(connection, YEAR, NOON, steps=built_in)
    for _ in range(365):
        house.clock.advance(timedelta(days=1) + timedelta(seconds=draw.randint(-60, 60)))
        names = [f"p{draw.randrange(50)}" for _ in range(3)]
        kinds = ["Signed Up", "Product Viewed", "Closed Account"]
        house.tick(*(
            act(draw.choices(kinds, [5, 3, 1])[0], name, None, house.clock.now(), suffix=str(place))
            for place, name in enumerate(names)
        ))  # fmt: skip
    e = enrollments.c
    with house.state.read() as connection:
        found = [tuple(row) for row in connection.execute(
            select(e.enrollment_id, e.step, e.status, e.exit_reason, e.due_at, e.drawn).order_by(e.enrollment_id)
        )]  # fmt: skip
    house.close()
    return found


@pytest.mark.costly
@pytest.mark.slow
def test_twelve_months_are_the_same_every_time(tmp_path: Path, seed: int) -> None:
    first, second = _a_year(tmp_path / "a", seed), _a_year(tmp_path / "b", seed)

    assert first == second
    assert {row[2] for row in first} == {"live", "finished", "exited"}


def test_clocks_that_step_and_jump_send_nothing_twice_and_make_no_negative_delay(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    house = build(tmp_path)
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, house.clock.now()))
    for _ in range(30):
        hours = draw.choice([-1, -1, 0, 0, 0.2, 0.2, 0.4, 48])
        house.clock.advance(timedelta(hours=hours, seconds=draw.choice([0, 1, 600])))
        house.tick()
        house.send()
        for row in house.rows(timers):
            assert row["due_at"] > micros(house.clock.now())

    assert len(house.channel.sent) <= 1
    house.close()


WORKER = """
import sys
from datetime import timedelta
from pathlib import Path
from benchmarks import wakeups
from comptoir.state.base import open_state
state = open_state(Path(sys.argv[1]) / "state.db")
engine = wakeups.engine()
import comptoir.scenarios.engine as module
module._BATCH, module._MOST = 50, 50
while True:
    with state.write() as connection:
        done = engine.wake(connection, now=wakeups.NOW + timedelta(days=31), facts_of=wakeups.facts_of)
    print(done.woken, flush=True)
    if not done.woken:
        break
"""


@pytest.mark.costly
@pytest.mark.slow
def test_workers_that_are_killed_leave_nobody_stuck_and_nobody_moved_twice(tmp_path: Path, seed: int) -> None:
    from benchmarks import wakeups
    from comptoir.scenarios.rows import goals
    from comptoir.state import migrate

    draw = random.Random(seed)
    state = open_state(tmp_path / "state.db")
    migrate.migrate(state)
    with state.write() as connection:
        definitions.publish(connection, wakeups.HEAD + wakeups.BODIES["goal"], wakeups.NOW)
    wakeups.fill(state, 2_000)
    killed = 0
    while True:
        worker = subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE,
                                  cwd=Path(__file__).parents[2])  # fmt: skip
        assert worker.stdout is not None
        line = worker.stdout.readline()
        if killed < 10 and line.strip() not in {b"0", b""}:
            time.sleep(draw.random() * 0.05)
            os.kill(worker.pid, signal.SIGKILL)
            killed += 1
            worker.wait()
            worker.stdout.close()
            continue
        worker.communicate()
        break
    began = time.monotonic()
    with state.read() as connection:
        has_timer = (timers.c.enrollment_id == enrollments.c.enrollment_id) & (timers.c.due_at == enrollments.c.due_at)
        joined = enrollments.outerjoin(timers, has_timer)
        is_stuck = (enrollments.c.status == "live") & timers.c.due_at.is_(None)
        stuck = connection.scalar(select(func.count()).select_from(joined).where(is_stuck))
        reached = connection.scalar(select(func.count()).select_from(goals))
        counted = connection.execute(select(enrollments.c.step, func.count()).group_by(enrollments.c.step))
        at = {row[0]: row[1] for row in counted}
    state.close()

    print(f"seed {seed}: {killed} kills, {at}, checked in {time.monotonic() - began:.1f} s")
    assert killed > 0
    assert stuck == 0
    assert reached == 2_000
    assert at == {"again": 2_000}
