from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from comptoir.clock import RealClock
from comptoir.messaging import outbox_shelf
from comptoir.messaging.rows import outbox
from comptoir.messaging.settle import unknowns
from comptoir.pressure.rows import candidates, reservations
from comptoir.state.base import State
from tests import great_send
from tests.great_send import BARRED, NEVER_ASKED, REFUSED

PEOPLE = int(os.environ.get("COMPTOIR_GREAT_SEND", "2000"))
"""A hundred thousand in `make test-all`."""
CONNECTIONS = 16
MOST_GROWN = 0.05
LEAST_FOR_MEMORY = 50_000
TURNS = (("kill", "restart", "pause", "rate") * 13)[: min(50, PEOPLE // 400)]
_ROOT = Path(__file__).resolve().parents[2]


def _start(*words: str, stdout: int | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.great_send", *words],
        cwd=_ROOT,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
        stdout=stdout,
    )


@dataclass
class Post:
    """The sender's process, which dies and is started again, and what the sink has taken."""

    folder: Path
    log: Path
    state: State
    process: subprocess.Popen[bytes] | None = None
    began: int = 0
    """What was through when the last process was started."""
    memory: list[tuple[int, int]] = field(default_factory=list)
    """What was through, and the resident bytes of the last process then."""

    def start(self) -> None:
        self.began, self.process, self.memory = self.taken, _start("send", str(self.folder)), []

    def stop(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)

    @property
    def taken(self) -> int:
        return self.log.read_bytes().count(b"\n")

    def wait_for(self, count: int, seconds: float) -> None:
        """Wait until so many were taken, or the sender has nothing left to do."""
        until = time.monotonic() + seconds
        assert self.process is not None
        while self.taken < count and self.process.poll() is None:
            assert time.monotonic() < until, f"{self.taken} of {count} taken"
            self.memory.append((self.taken, _resident(self.process.pid)))
            time.sleep(0.1)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


@contextmanager
def _sink(log: Path) -> Iterator[int]:
    process = _start("sink", str(log), stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _meddle(post: Post, turn: str, chance: random.Random) -> None:
    if turn in {"kill", "restart"}:
        ended = post.stop(signal.SIGKILL if turn == "kill" else signal.SIGTERM)
        assert ended == (-signal.SIGKILL if turn == "kill" else 0)
        post.start()
    elif turn == "pause":
        great_send.set_pause(post.state, is_paused=True)
        time.sleep(chance.uniform(0.1, 1.5))
        great_send.set_pause(post.state, is_paused=False)
    else:
        great_send.set_rate(post.state, chance.choice([0, 6_000, 60_000]))


def _settle(state: State, taken: Counter[str]) -> set[str]:
    """Do what somebody does who looks each message of unknown fate up in the mail server's log; give those it lacks."""
    lost = set()
    with state.write() as connection:
        for one in unknowns(connection):
            name = str(one["message_id"])
            outbox_shelf.settle(
                connection, name, was_sent=name in taken, gate=great_send.ledger(), now=RealClock().now(), by="ann"
            )
            if name not in taken:
                lost.add(name)
    return lost


def _grown(memory: list[tuple[int, int]]) -> float:
    """Give how much more the last process held over its last fifth than over its second; of a few mails, nothing."""
    if PEOPLE < LEAST_FOR_MEMORY:
        return 0.0
    first, last = memory[0][0], memory[-1][0]
    fifths: list[list[int]] = [[], [], [], [], []]
    for taken, held in memory:
        if held:
            fifths[min(4, 5 * (taken - first) // max(1, last - first))].append(held)
    return statistics.median(fifths[4]) / statistics.median(fifths[1]) - 1


def _expected(number: int) -> set[tuple[str, str | None]]:
    """Say what may become of a person's first message, by the hundred's place; a killed conversation fails it."""
    if number % 100 == REFUSED:
        return {("failed", None)}
    if number % 100 == BARRED:
        return {("dropped", "suppressed_since")}
    if number % 100 == NEVER_ASKED:
        return {("dropped", "consent_withdrawn")}
    return {("sent", None)}


@pytest.mark.slow
def test_a_great_send_reaches_each_once_through_kills_restarts_pauses_and_edited_rates(tmp_path: Path) -> None:
    chance, log = random.Random(7), tmp_path / "taken.log"
    log.touch()
    with _sink(log) as port:
        began = time.monotonic()
        state = great_send.build(tmp_path, PEOPLE, port, CONNECTIONS)
        built = time.monotonic() - began
        post = Post(tmp_path, log, state)
        turns = list(TURNS)
        chance.shuffle(turns)
        post.start()
        kills = 0
        # all in the first half: what is left is the last process's own, whose memory is looked at
        for place, turn in zip(sorted(chance.randrange(PEOPLE // 2) for _ in turns), turns, strict=True):
            post.wait_for(max(place, post.began + chance.randrange(1, 60)), 600)
            if post.process is None or post.process.poll() is not None:
                break  # only where few are asked for: all are through before the last turn
            _meddle(post, turn, chance)
            kills += turn == "kill"
        great_send.set_rate(state, 0)
        post.wait_for(2 * PEOPLE, 3_000)
        assert post.process is not None
        assert post.process.wait(60) == 0
        spent = time.monotonic() - began - built

    lines = [line.split() for line in log.read_text().splitlines()]
    taken, readers = Counter(message_id for _, message_id in lines), Counter(contact for contact, _ in lines)
    with state.read() as connection:
        states = Counter(connection.scalars(select(outbox.c.state)))
        accepted = set(connection.scalars(select(outbox.c.message_id).where(outbox.c.state == "accepted")))
    lost = _settle(state, taken)
    c = candidates.c
    with state.read() as connection:
        ends = {one.message_id: (one.outcome, one.reason) for one in connection.execute(
            select(c.message_id, c.outcome, c.reason)
        )}  # fmt: skip
        reserved = Counter(connection.scalars(select(reservations.c.state)))
    state.close()
    outcomes, grown = Counter(outcome for outcome, _ in ends.values()), _grown(post.memory)
    print(
        f"S2: {PEOPLE:,} people queued in {built:.0f} s, sent to in {spent:.0f} s; {dict(outcomes)};"
        f" {states['unknown']} of unknown fate after {kills} kills, {len(lost)} of them not taken;"
        f" the last process held {post.memory[-2][1] / 2**20:.0f} MiB, {grown:+.1%} over its last three fifths"
    )

    # nobody twice; what the ledger says was taken was taken
    assert set(taken.values()) == set(readers.values()) == {1}
    assert accepted <= taken.keys()
    assert {one for one, (outcome, _) in ends.items() if outcome == "sent"} == set(taken)
    # a message of unknown fate for each conversation that a kill cut off, at most, and all are listed
    assert states.keys() <= {"accepted", "dropped", "failed", "unknown"}
    assert states["unknown"] <= kills * CONNECTIONS
    # sent + skipped + failed + held out = all that was wished
    assert outcomes.keys() <= {"sent", "failed", "dropped", "replaced", "held_out"}
    assert outcomes.total() == PEOPLE + PEOPLE // 100
    assert reserved["reserved"] == reserved["handed"] == 0
    # and each of them is the right person
    for number in range(PEOPLE):
        first, second = ends[f"send-{number}"], ends.get(f"again-{number}")
        if first[0] == "held_out":
            assert second in {None, first}
            continue
        if second is not None:  # there is room for one of them
            skipped = {("replaced", "better"), ("dropped", "capped")}
            assert len({first, second} & skipped) == 1
            first = second if first in skipped else first
        assert first in _expected(number) or {f"send-{number}", f"again-{number}"} & lost
    assert abs(grown) < MOST_GROWN
