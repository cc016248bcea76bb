"""The supervisor: starts the three processes of an installation, and starts again whichever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from comptoir import clock, logs
from comptoir.config import Settings
from comptoir.errors import NoSuchHome

log = logs.get("supervisor")

WATCHED_BY = "COMPTOIR_WATCHED_BY"
"""In the environment of a watched process: the supervisor's process id."""
QUICK_SECONDS = 5.0
"""A process that lived shorter than this is started again after a pause that doubles."""
LONGEST_PAUSE = 5.0
STOP_SECONDS = 15.0


@dataclass(slots=True)
class Watched:
    """One process under watch. Units: seconds of the steady clock."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    due: float = 0.0
    deaths: int = field(default=0)

    def start(self) -> None:
        """Start it, in a session of its own so that a Ctrl-C reaches only the supervisor."""
        environ = os.environ | {WATCHED_BY: str(os.getpid())}
        self.process = subprocess.Popen(self.command, start_new_session=True, env=environ)  # noqa: S603 (our own interpreter)
        self.started = clock.monotonic()

    def look(self) -> None:
        """Start it again if it died, at once the first time, then more and more patiently."""
        now = clock.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.deaths += 1
        self.pause = min(LONGEST_PAUSE, max(0.1, self.pause * 2)) if now - self.started < QUICK_SECONDS else 0.1
        self.process, self.due = None, now + self.pause
        log.warning("a process died; starting it again", process=self.name, code=code, in_seconds=self.pause)


def run(settings: Settings, name: str) -> None:
    """Be one of the processes, until told to stop."""
    if not settings.path("state.db").exists():
        raise NoSuchHome(home=str(settings.home))
    _end_with_parent()
    if name == "door":
        from comptoir.server import door  # noqa: PLC0415 (each process loads only its own room)

        door.serve(settings)
    elif name == "desk":
        from comptoir.server import desk  # noqa: PLC0415

        desk.serve(settings)
    else:
        from comptoir.server import engine  # noqa: PLC0415

        engine.serve(settings)


def _end_with_parent() -> None:
    """Stop when the supervisor is gone, however it went: nobody would watch us."""
    if os.environ.get(WATCHED_BY) != str(os.getppid()):
        return

    def look() -> None:
        while os.environ[WATCHED_BY] == str(os.getppid()):
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, name="parent", daemon=True).start()


def watch(settings: Settings, names: Sequence[str]) -> None:
    """Start the named processes and watch them until SIGTERM or Ctrl-C; then stop them in order."""
    if not settings.path("state.db").exists():
        raise NoSuchHome(home=str(settings.home))
    ports = ["--door-port", str(settings.door.port), "--desk-port", str(settings.desk.port)]
    head = [sys.executable, "-m", "comptoir", "serve"]
    watched = [Watched(name, [*head, name, "--home", str(settings.home), *ports]) for name in names]
    stopping = _stop_signals()
    for one in watched:
        one.start()
    try:
        while not stopping:
            for one in watched:
                one.look()
            time.sleep(0.1)
    finally:
        _stop(watched)


def _stop_signals() -> list[int]:
    asked: list[int] = []
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, _frame: asked.append(number))
    return asked


def _stop(watched: Sequence[Watched]) -> None:
    alive = [one.process for one in watched if one.process is not None and one.process.poll() is None]
    for process in alive:
        process.terminate()
    deadline = clock.monotonic() + STOP_SECONDS
    for process in alive:
        try:
            process.wait(max(0.1, deadline - clock.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
