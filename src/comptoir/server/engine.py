"""The engine's process: ticks, and beside them the sender, checkpoints, the archive and the question service."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from duckdb import FatalException

from comptoir import app as apps
from comptoir import clock, engine, logs
from comptoir.config import Settings
from comptoir.errors import StoreUnavailable
from comptoir.messaging import inbox
from comptoir.reports import service

log = logs.get("engine")

HEARTBEAT_SECONDS = 5.0
"""Between two moves of the facts' clock while nothing comes in, so that carts grow old."""
RETRY_SECONDS = 1.0
WAKE_SECONDS = 0.1
"""Between two looks at what is due while no lines come in: timers, waits, promises. Each look costs milliseconds."""
NIGHT_SECONDS = 60.0
"""Between two looks whether a new day has begun."""
VIEWS_SECONDS = 5.0
"""Between two counts of the audience lane."""
NAMES_SECONDS = 30.0
"""Between two looks at which names of events and properties have come in."""
MIND_SECONDS = 900.0
"""Between two looks whether the quality of a field raises an alarm."""
PULL_SECONDS = 5.0
"""Between two looks at which pulls are due."""
CHECKPOINT_SECONDS = 1.0
SENDER_SECONDS = 0.2


class WarehouseMustReopen(StoreUnavailable):
    """The disk failed while the warehouse wrote, and it takes nothing more until it is opened again."""

    code, status = "warehouse_must_reopen", 503
    hint = "`comptoir serve` starts the engine again by itself. Look at the disk if it goes on."


@dataclass(slots=True)
class Loops:
    """The engine's threads: each repeats its work with a pause, logs what fails, and goes on."""

    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    is_warehouse_dead: bool = False

    def every(self, seconds: float, name: str, work: Callable[[], object]) -> None:
        """Repeat `work` in a thread of its own, `seconds` after it last ended."""

        def repeat() -> None:
            while not self.stopping.wait(seconds):
                self.attempt(name, work)

        thread = threading.Thread(target=repeat, name=name, daemon=True)
        self.threads.append(thread)
        thread.start()

    def attempt(self, name: str, work: Callable[[], object]) -> bool:
        """Do `work` once; a failure is written down for Health and told to the log, and the loop lives on."""
        try:
            work()
        except FatalException as error:  # trying again cannot help: only a new start does
            log.error("the warehouse must be opened again; stopping", work=name, error=str(error))  # noqa: TRY400
            self.is_warehouse_dead = True
            self.stopping.set()
            return False
        except Exception as error:  # the loop's boundary: one failure must not stop the engine
            if self.failures.get(name) != str(error):
                log.exception("work failed; trying again", work=name)
            self.failures[name] = str(error)
            return False
        self.failures.pop(name, None)
        return True

    def stop(self) -> None:
        """Ask all threads to stop and wait for them."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout=10)


def serve(settings: Settings) -> None:
    """Be the engine until SIGTERM or Ctrl-C. Raises: HomeIsTaken where another engine works in this home."""
    with ExitStack() as stack:
        stack.enter_context(apps.alone(settings))
        app = apps.open_app(settings)
        stack.callback(app.close)
        if settings.mail.inbox:
            stack.enter_context(inbox.running(settings))
        working = engine.start(app)
        loops = Loops()
        stack.callback(lambda: working.sender.close() if loops.is_warehouse_dead else working.close())
        asked = service.serve(
            settings.path(service.FILE_NAME),
            working.answer,
            status=lambda: working.status() | {"failures": dict(loops.failures)},
        )
        stack.callback(asked.stop)
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda _number, _frame: loops.stopping.set())
        _start(loops, working)
        stack.callback(loops.stop)
        # what was loaded stays; the many short-lived rows of a tick need the collector seldom
        gc.freeze()
        gc.set_threshold(500_000, 20, 50)
        log.info("engine ready", home=str(settings.home))
        _tick_until_stopped(loops, working)
    if working.restart.is_set():
        log.info("engine starts again, as it was asked to")
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 (ourselves)
    if loops.is_warehouse_dead:
        raise WarehouseMustReopen(home=str(settings.home))


def _start(loops: Loops, working: engine.Engine) -> None:
    loops.every(CHECKPOINT_SECONDS, "checkpoint", working.checkpoint)
    loops.every(working.app.settings.engine.archive_seconds, "archive", working.archive)
    loops.every(SENDER_SECONDS, "sender", working.send)
    loops.every(SENDER_SECONDS, "outside", working.go_outside)
    loops.every(RETRY_SECONDS, "policy", working.refresh_policy)
    loops.every(NIGHT_SECONDS, "night", working.nightly)
    loops.every(RETRY_SECONDS, "computed traits", working.compute_traits)
    loops.every(PULL_SECONDS, "pulls", working.pull)
    loops.every(MIND_SECONDS, "alarms of quality", working.mind)
    loops.every(NAMES_SECONDS, "names", working.name_what_came)
    loops.every(VIEWS_SECONDS, "audience", working.take_views)
    loops.every(NIGHT_SECONDS, "audience night", working.tidy_views)


def _tick_until_stopped(loops: Loops, working: engine.Engine) -> None:
    pause = working.app.settings.engine.tick_pause_ms / 1_000
    quiet_since = woken_at = clock.monotonic()
    while not loops.stopping.is_set() and not working.restart.is_set():
        worked = False

        def tick() -> None:
            nonlocal worked, woken_at
            if working.has_lines() or clock.monotonic() - woken_at >= WAKE_SECONDS:
                worked = working.tick()
                woken_at = clock.monotonic()

        if not loops.attempt("tick", tick):
            loops.stopping.wait(RETRY_SECONDS)
            continue
        if worked:
            quiet_since = clock.monotonic()
        elif clock.monotonic() - quiet_since > HEARTBEAT_SECONDS:
            loops.attempt("heartbeat", working.heartbeat)
            quiet_since = clock.monotonic()
        loops.stopping.wait(pause)
