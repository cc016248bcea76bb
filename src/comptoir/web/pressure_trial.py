"""Trials of rules on the wishes of last month: they run beside the desk's work, and nobody needs to wait for them."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock, Thread
from typing import Any

from comptoir import logs
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.pressure import policies, replay
from comptoir.pressure.caps import EVERY_BRAND, Policy, policy_of
from comptoir.pressure.replay import Past, Replay
from comptoir.state.base import State
from comptoir.web.view import Desk

log = logs.get("desk")

DAYS = 30
MOST = 20
"""Trials kept: the newest."""
MOST_AT_ONCE = 3


class TrialNotFound(ComptoirError, LookupError):
    """This trial is no longer there."""

    code, status = "pressure_trial_not_found", 404
    hint = "Try the rules again: trials are kept until the desk restarts."


class TooManyTrials(ComptoirError):
    """As many trials go on as may at once."""

    code, status = "too_many_pressure_trials", 429
    hint = "Wait until one of them is over; a trial of a month takes seconds."


@dataclass(slots=True, kw_only=True)
class Trial:
    """Rules tried on last month."""

    id: str
    brand: str
    definition: str
    by: str
    """Who started it, with her kind, such as `user:claire`: it is shown to her alone."""
    started_at: datetime
    only: frozenset[str] = frozenset()
    """The brands whose wishes are judged again; none named: of every brand."""
    done: int = 0
    count: int = 0
    found: Replay | None = None
    has_failed: bool = False
    thread: Thread | None = None

    @property
    def is_over(self) -> bool:
        """Say whether there is nothing more to wait for."""
        return self.found is not None or self.has_failed


@dataclass(slots=True)
class Trials:
    """The trials of one desk."""

    _kept: OrderedDict[str, Trial] = field(default_factory=OrderedDict)
    _lock: Any = field(default_factory=Lock)

    def find(self, trial_id: str, by: str) -> Trial | None:
        """Give a trial to who started it."""
        found = self._kept.get(trial_id)
        return found if found is not None and found.by == by else None

    def of(self, by: str) -> list[Trial]:
        """List the trials that somebody started. Order: the newest first."""
        return [one for one in reversed(self._kept.values()) if one.by == by]

    def start(self, desk: Desk, brand: str, definition: str, *, by: str, only: frozenset[str] = frozenset()) -> Trial:
        """Begin a trial; it goes on by itself. Raises: TooManyTrials."""
        trial = Trial(
            id=secrets.token_urlsafe(9), brand=brand, definition=definition, by=by, started_at=desk.clock.now(),
            only=only,
        )  # fmt: skip
        with self._lock:
            if sum(not one.is_over for one in self._kept.values()) >= MOST_AT_ONCE:
                raise TooManyTrials(most=MOST_AT_ONCE)
            self._kept[trial.id] = trial
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        trial.thread = Thread(target=_run, args=(desk, trial), daemon=True, name="pressure-trial")
        trial.thread.start()
        return trial


def trials_of(state: Any) -> Trials:
    """Give the trials of a desk; `state` is that of its application."""
    if not hasattr(state, "pressure_trials"):
        state.pressure_trials = Trials()
    found: Trials = state.pressure_trials
    return found


def _run(desk: Desk, trial: Trial) -> None:
    try:
        past, own = past_of(desk.state, desk.settings, trial.definition, trial.started_at)
        if trial.only:  # what others wished is none of hers; what people had borne before counts all the same
            past = replace(past, wishes=[one for one in past.wishes if one.brand in trial.only])
        trial.count = len(past.wishes)

        def told(done: int, _count: int) -> None:
            trial.done = done

        trial.found = replay.replay(past, own, salt=desk.app().link_key().hex(), told=told)
    except Exception as error:  # noqa: BLE001 (a thread's end: whoever looks is told, the log says what)
        trial.has_failed = True
        log.error("a trial of rules failed", error=type(error).__name__)  # noqa: TRY400 (a trace would hold addresses)


def past_of(
    state: State, settings: Settings, definition: str, at: datetime, *, days: int = DAYS
) -> tuple[Past, dict[str, Policy]]:
    """Read the past that rules are tried on, and the rules by their brand. Raises: BadPolicy."""
    from comptoir.acting import kin, places  # noqa: PLC0415 (it brings the whole engine: not at the desk's start)

    brand, tried = policies.parse(definition)
    default = policy_of(settings.pressure)
    with state.read() as connection:
        held = policies.load(connection)
        tried = replace(tried, name="draft")
        past = replay.read(
            connection,
            since=at - timedelta(days=days),
            until=at,
            default=held.get(EVERY_BRAND, default),
            policies=held,
            memory=max([tried.memory, *(one.memory for one in held.values())]),
            nodes_of=kin,
            places=places(connection),
        )
    return past, {brand: tried}
