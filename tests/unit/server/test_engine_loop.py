"""The engine's loop: lines are worked at once, what is due is looked at ten times a second."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from comptoir.server import engine
from comptoir.server.engine import HEARTBEAT_SECONDS, WAKE_SECONDS, Loops

APP = SimpleNamespace(settings=SimpleNamespace(engine=SimpleNamespace(tick_pause_ms=20)))


@dataclass
class Hours:
    """A steady clock that only waiting moves, and that says when it is time to stop."""

    until: float
    now: float = 0.0

    def wait(self, seconds: float) -> bool:
        """Let time pass."""
        self.now += seconds
        return self.is_set()

    def is_set(self) -> bool:
        """Say whether the engine is to stop."""
        return self.now >= self.until


@dataclass
class Worker:
    """An engine whose lines come in at known instants."""

    hours: Hours
    arrivals: list[float] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)
    heartbeats: list[float] = field(default_factory=list)
    app: Any = field(default_factory=lambda: APP)
    restart: threading.Event = field(default_factory=threading.Event)

    def has_lines(self) -> bool:
        """Say whether any has come."""
        return bool(self.arrivals) and self.arrivals[0] <= self.hours.now

    def tick(self) -> bool:
        """Work what has come."""
        worked = self.has_lines()
        self.arrivals = [at for at in self.arrivals if at > self.hours.now]
        self.ticks.append(self.hours.now)
        return worked

    def heartbeat(self) -> None:
        """Note it."""
        self.heartbeats.append(self.hours.now)


def run(monkeypatch: pytest.MonkeyPatch, seconds: float, arrivals: list[float]) -> Worker:
    hours = Hours(until=seconds)
    worker = Worker(hours, arrivals)
    monkeypatch.setattr("comptoir.server.engine.clock.monotonic", lambda: hours.now)
    engine._tick_until_stopped(Loops(stopping=hours), worker)  # type: ignore[arg-type]
    return worker


def test_lines_are_worked_within_one_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = run(monkeypatch, 2, [0.31, 0.333, 1.2])

    for arrived in (0.31, 0.333, 1.2):
        assert any(0 <= at - arrived <= 0.0201 for at in worker.ticks), (arrived, worker.ticks)


def test_while_nothing_comes_in_what_is_due_is_looked_at_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = run(monkeypatch, 10, [])

    gaps = [after - before for before, after in zip(worker.ticks, worker.ticks[1:], strict=False)]
    assert max(gaps) <= WAKE_SECONDS + 0.0201
    assert len(worker.ticks) <= 10 / WAKE_SECONDS
    assert len(worker.heartbeats) == pytest.approx(10 / HEARTBEAT_SECONDS, abs=1)
