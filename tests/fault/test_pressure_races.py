"""S11: ten scenarios and three campaigns on the same people at once, from threads and from processes."""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from comptoir.model.message import Candidate, MessageClass, Outcome
from comptoir.pressure.caps import Cap, Policy
from comptoir.pressure.rows import candidates, reservations
from tests.pressure_house import build, wish

PEOPLE = 12
DAY = timedelta(hours=24)
POLICY = Policy(caps=(Cap(1, DAY),), gap=timedelta(0))


def wishes(seed: int) -> list[list[Candidate]]:
    """Draw what each of ten scenarios and three campaigns wishes: every person, each from any of her nodes."""
    draw = random.Random(seed)
    return [
        [
            wish(
                f"{'s' if voice < 10 else 'c'}{voice}-p{person}", node=2 * person + draw.randrange(2),
                contact=f"p{person}@example.org", priority=draw.randrange(100), hours=draw.choice([2, 30]),
                kind=MessageClass.SCENARIO if voice < 10 else MessageClass.CAMPAIGN, scenario=f"v{voice}",
            )
            for person in range(PEOPLE)
        ]
        for voice in range(13)
    ]  # fmt: skip


def speak(folder: Path, voice: list[Candidate], seed: int) -> None:
    """Be one scenario: wish in small transactions, in an order of its own."""
    house = build(folder, policy=POLICY)
    for person in range(PEOPLE):
        house.join(2 * person, 2 * person + 1)
    draw = random.Random(seed)
    for one in draw.sample(voice, len(voice)):
        house.ask(one)
    house.state.close()


def check(folder: Path, said: list[list[Candidate]]) -> None:
    """Cap exceeded 0; the highest priority won 100 %; each loser has a logged reason."""
    house = build(folder, policy=POLICY)
    rows = {one["message_id"]: one for one in house.rows(candidates)}
    assert len(rows) == 13 * PEOPLE
    held = Counter(one["contact"] for one in house.rows(reservations) if one["state"] == "reserved")
    assert set(held.values()) == {1}
    assert len(held) == PEOPLE
    for person in range(PEOPLE):
        own = [one for voice in said for one in voice if one.contact == f"p{person}@example.org"]
        best = min(own, key=lambda one: one.order)
        assert rows[best.message_id]["outcome"] == Outcome.QUEUED
        for loser in own:
            if loser is not best:
                assert rows[loser.message_id]["outcome"] in {Outcome.DEFERRED, Outcome.DROPPED, Outcome.REPLACED}
                assert rows[loser.message_id]["reason"]
    house.state.close()


def test_thirteen_voices_in_threads_exceed_no_cap_and_the_best_wins(tmp_path: Path, seed: int) -> None:
    said = wishes(seed)
    build(tmp_path, policy=POLICY).state.close()

    with ThreadPoolExecutor(13) as pool:
        list(pool.map(lambda place: speak(tmp_path, said[place], seed + place), range(13)))

    check(tmp_path, said)


@pytest.mark.slow
def test_thirteen_voices_in_processes_exceed_no_cap_and_the_best_wins(tmp_path: Path, seed: int) -> None:
    said = wishes(seed)
    build(tmp_path, policy=POLICY).state.close()

    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_several, args=(tmp_path, said[place::4], seed + place)) for place in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)

    assert [one.exitcode for one in workers] == [0] * 4
    check(tmp_path, said)


def _several(folder: Path, voices: list[list[Candidate]], seed: int) -> None:
    for place, voice in enumerate(voices):
        speak(folder, voice, seed + 100 * place)


@pytest.mark.slow
@pytest.mark.parametrize("senders", [1, 3])
def test_voices_and_senders_at_once_hand_over_no_more_than_the_cap(tmp_path: Path, seed: int, senders: int) -> None:
    said = wishes(seed)
    build(tmp_path, policy=POLICY).state.close()

    def send(place: int) -> list[str]:
        house = build(tmp_path, policy=POLICY)
        for person in range(PEOPLE):
            house.join(2 * person, 2 * person + 1)
        draw = random.Random(seed + place)
        names = [one.message_id for voice in said for one in voice]
        gone = [name for _ in range(3) for name in draw.sample(names, len(names)) if house.hand(name) is None]
        house.state.close()
        return gone

    with ThreadPoolExecutor(13 + senders) as pool:
        speaking = [pool.submit(speak, tmp_path, said[place], seed + place) for place in range(13)]
        sending = [pool.submit(send, place) for place in range(senders)]
        for one in speaking:
            one.result()
        gone = [name for one in sending for name in one.result()]

    assert len(gone) == len(set(gone))
    house = build(tmp_path, policy=POLICY)
    counted = Counter(one["contact"] for one in house.rows(reservations) if one["state"] in {"accepted", "reserved"})
    assert max(counted.values()) == 1
    house.state.close()
