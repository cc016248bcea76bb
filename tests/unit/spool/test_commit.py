"""Group commit: everything submitted is settled once, in order, and only after it is durable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Lock

import pytest

from comptoir.errors import StoreUnavailable
from comptoir.spool.base import Parcel, Stretch
from comptoir.spool.commit import GroupCommitter, Settled, SpoolBusy


class Memory:
    """A spool in memory that waits where it is told to, and fails where it is told to."""

    def __init__(self) -> None:
        self.commits: list[list[Parcel]] = []
        self.may_go = Event()
        self.may_go.set()
        self.fails: Exception | None = None

    def append(self, parcels: Sequence[Parcel]) -> int:
        self.may_go.wait(10)
        if self.fails is not None:
            raise self.fails
        self.commits.append(list(parcels))
        return self.head()

    def head(self) -> int:
        return sum(one.count for commit in self.commits for one in commit)

    def read(self, after: int, most: int) -> Stretch:
        return Stretch(after, after, [])

    def urgent_after(self, after: int) -> list[bytes]:
        return []

    def forget(self, before: int) -> None:
        return None

    def close(self) -> None:
        return None


class Ear:
    """Keeps what the committer announced."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.heard: list[Settled[int]] = []

    def __call__(self, settled: Settled[int]) -> None:
        with self.lock:
            self.heard.append(settled)

    @property
    def tickets(self) -> list[int]:
        return [ticket for settled in self.heard for ticket in settled.tickets]


def one(text: str, *, urgent: bool = False) -> Parcel:
    return Parcel(text.encode(), 1, urgent)


def test_closing_commits_what_was_submitted() -> None:
    spool, ear = Memory(), Ear()
    committer = GroupCommitter(spool, ear)

    for number in range(500):
        committer.submit(one(str(number)), number)
    committer.close()

    assert ear.tickets == list(range(500))
    lines = [line for commit in spool.commits for parcel in commit for line in parcel.lines.split(b"\n")]
    assert lines == [str(number).encode() for number in range(500)]
    assert all(settled.error is None for settled in ear.heard)


def test_what_queues_during_a_commit_goes_into_the_next_one() -> None:
    spool, ear = Memory(), Ear()
    spool.may_go.clear()
    committer = GroupCommitter(spool, ear)

    for number in range(300):
        committer.submit(one(str(number)), number)
    spool.may_go.set()
    committer.close()

    assert len(spool.commits) <= 3
    assert ear.tickets == list(range(300))


def test_neighbours_of_one_urgency_are_laid_together_and_the_order_stays() -> None:
    spool, ear = Memory(), Ear()
    spool.may_go.clear()
    committer = GroupCommitter(spool, ear)
    committer.submit(one("first"), 0)

    for text, urgent in [("a", False), ("b", False), ("c", True), ("d", False)]:
        committer.submit(one(text, urgent=urgent), 1)
    spool.may_go.set()
    committer.close()

    said = [(parcel.lines, parcel.count, parcel.urgent) for commit in spool.commits for parcel in commit]
    assert [line for lines, _, _ in said for line in lines.split(b"\n")] == [b"first", b"a", b"b", b"c", b"d"]
    assert (b"c", 1, True) in said
    assert len(said) <= 4


def test_a_failed_commit_settles_all_of_its_tickets_with_the_error_and_the_next_may_succeed() -> None:
    spool, ear = Memory(), Ear()
    spool.fails = StoreUnavailable(problem="full")
    committer = GroupCommitter(spool, ear)

    committer.submit(one("a"), 1)
    while not ear.heard:
        pass
    spool.fails = None
    committer.submit(one("b"), 2)
    committer.close()

    assert isinstance(ear.heard[0].error, StoreUnavailable)
    assert ear.heard[1].error is None
    assert [parcel.lines for commit in spool.commits for parcel in commit] == [b"b"]


def test_an_error_nobody_foresaw_still_answers_everyone() -> None:
    spool, ear = Memory(), Ear()
    spool.fails = RuntimeError("a bug")
    committer = GroupCommitter(spool, ear)

    committer.submit(one("a"), 1)
    committer.close()

    assert isinstance(ear.heard[0].error, StoreUnavailable)


def test_too_much_waiting_is_turned_away_and_taken_again_later() -> None:
    spool, ear = Memory(), Ear()
    spool.may_go.clear()
    committer = GroupCommitter(spool, ear, most_waiting_bytes=1_000)

    for number in range(11):
        committer.submit(one("x" * 100), number)
    with pytest.raises(SpoolBusy):
        committer.submit(one("x" * 100), 11)
    spool.may_go.set()
    while len(ear.tickets) < 11:
        pass
    committer.submit(one("again"), 999)
    committer.close()

    assert ear.tickets[-1] == 999


def test_a_parcel_without_lines_only_proves_that_the_spool_can_be_written() -> None:
    spool, ear = Memory(), Ear()
    committer = GroupCommitter(spool, ear)

    committer.submit(Parcel(b"", 0), 7)
    committer.close()

    assert ear.tickets == [7]
    assert spool.commits == [[]]


def test_what_is_submitted_in_one_turn_is_handed_over_together_at_its_end() -> None:
    spool, ear = Memory(), Ear()
    at_end: list[Callable[[], None]] = []
    committer = GroupCommitter(spool, ear, soon=at_end.append)

    for number in range(3):
        committer.submit(one(str(number)), number)

    assert len(at_end) == 1
    assert ear.heard == []

    at_end.pop()()
    committer.submit(one("3"), 3)
    committer.close()
    at_end.pop()()  # the turn ends after the close: nothing is handed over twice

    assert ear.tickets == [0, 1, 2, 3]
    assert b"\n".join(parcel.lines for commit in spool.commits for parcel in commit) == b"0\n1\n2\n3"


def test_a_closed_committer_takes_nothing() -> None:
    committer = GroupCommitter(Memory(), Ear())
    committer.close()

    with pytest.raises(SpoolBusy):
        committer.submit(one("a"), 1)
