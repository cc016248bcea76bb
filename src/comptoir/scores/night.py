"""Running scores: every night for every brand, or one of them when somebody asks; off the tick's path."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from comptoir import logs
from comptoir.clock import monotonic
from comptoir.errors import ComptoirError
from comptoir.scores import plugin as plugins
from comptoir.scores import store
from comptoir.scores.base import NotEnoughHistory
from comptoir.scores.plugin import Asked, History, Score, Scored
from comptoir.warehouse.base import Cursor, Warehouse
from comptoir.warehouse.sqlfile import load

log = logs.get("scores")
_PACKAGE = "comptoir.scores"


class ScoresAreRunning(ComptoirError):
    """Scores are being counted already."""

    code, status = "scores_are_running", 409
    hint = "Wait until they are done: `comptoir score list` shows how far they are."


class ScoreBroken(ComptoirError, ValueError):
    """This score gave something that is no score."""

    code, status = "score_broken", 500
    hint = "Tell whoever wrote the plug-in: `found` says what came."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How one plug-in's run for one brand ended."""

    plugin: str
    brand: str
    state: store.State
    as_of: datetime
    people_count: int = 0
    change_count: int = 0
    seconds: float = 0.0
    is_kept: bool = True
    """Whether it was written: one as of an earlier day than what stands is only shown."""
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is."""

    plugin: str = ""
    brand: str = ""
    done: int = 0
    whole: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Since:
    """When a run began, by the shop's clock and by the machine's, and what stood then."""

    now: datetime
    last: store.Run | None
    began: float = field(default_factory=monotonic)


@dataclass(slots=True, kw_only=True)
class Nights:
    """Runs the scores of one installation, one run at a time."""

    warehouse: Warehouse
    settings: Mapping[str, Any] = field(default_factory=dict)
    progress: Progress | None = None
    """None while nothing runs."""
    has_changed: threading.Event = field(default_factory=threading.Event)
    """Set when a run found changes that scenarios have not heard of yet."""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self, zones: Mapping[str, str], now: datetime, *, names: Collection[str] = (), as_of: datetime | None = None
    ) -> list[Ran]:
        """
        Run scores for brands (`zones` by brand), as of an instant or of the day that begins in the brand's zone.

        Those of `names`; or, as every night, all that this night has not had: a night that broke off is taken up
        where it stopped.

        Raises: ScoresAreRunning, PluginNotFound, PluginBroken.
        """
        return self.beginning(zones, now, names=names, as_of=as_of)()

    def beginning(
        self, zones: Mapping[str, str], now: datetime, *, names: Collection[str] = (), as_of: datetime | None = None
    ) -> Callable[[], list[Ran]]:
        """Take the turn of running, and give the work that `run` would do, for another thread. Raises: as `run`."""
        scores = [plugins.named(name) for name in names] or plugins.every()
        if not self._turn.acquire(blocking=False):
            raise ScoresAreRunning
        self.progress = Progress(whole=len(scores) * len(zones))
        is_night = not names and as_of is None

        def work() -> list[Ran]:
            try:
                return [
                    ran
                    for brand, zone in sorted(zones.items())
                    for ran in self._brand(brand, zone, now, scores, as_of=as_of, is_night=is_night)
                ]
            finally:
                self.progress = None
                self._turn.release()

        return work

    def _brand(
        self, brand: str, zone: str, now: datetime, scores: Sequence[Score], *, as_of: datetime | None, is_night: bool
    ) -> Iterator[Ran]:
        at = midnight(now, zone) if as_of is None else as_of
        with self.warehouse.cursor() as cursor:
            last = store.runs(cursor)
            wanted = [one for one in scores if not (is_night and _is_done(last.get((one.name, brand)), at))]
            asked = None
            for one in scores:
                self._say(one.name, brand)
                if one in wanted:
                    asked = asked or prepare(cursor, Asked(brand=brand, as_of=at, zone=zone, settings=self.settings))
                    yield self._one(cursor, one, asked, _Since(now=now, last=last.get((one.name, brand))))
                self._say(one.name, brand, step=1)

    def _say(self, plugin: str, brand: str, *, step: int = 0) -> None:
        if self.progress is not None:
            self.progress = replace(self.progress, plugin=plugin, brand=brand, done=self.progress.done + step)

    def _one(self, cursor: Cursor, score: Score, asked: Asked, since: _Since) -> Ran:
        need = score.gate(asked.history)
        told: dict[str, Any] = {}
        state: store.State = "not_enough"
        if need is not None:
            told = {"needs": dict(need.needs), "found": need.found}
        else:
            try:
                return self._written(cursor, score, asked, since)
            except NotEnoughHistory as error:  # seen only once the times of a test were parted
                told = dict(error.facts)
            except Exception as error:  # a plug-in's own fault: the others go on, and Health shows it
                log.exception("a score failed", score=score.name, brand=asked.brand)
                state, told = "failed", {"error": f"{type(error).__name__}: {error}"[:500]}
        with self.warehouse.transaction() as writing:
            store.note(writing, score.name, asked, state, told, ran_at=since.now)
        return Ran(
            plugin=score.name, brand=asked.brand, state=state, as_of=asked.as_of, report=told,
            seconds=monotonic() - since.began,
        )  # fmt: skip

    def _written(self, cursor: Cursor, score: Score, asked: Asked, since: _Since) -> Ran:
        scored = score.run(cursor, asked)
        check(score, scored)
        stands = None if since.last is None else since.last.done_as_of
        made = store.prepared(cursor, score, asked, scored, is_first=stands is None)
        is_kept = stands is None or stands <= asked.as_of
        if is_kept:
            store.write(self.warehouse, score, asked, made, scored, ran_at=since.now)
        changes = len(made.changes) if is_kept else 0
        if changes:
            self.has_changed.set()
        return Ran(
            plugin=score.name, brand=asked.brand, state="done", as_of=asked.as_of, report=scored.report,
            people_count=store.people_count(made.standing), change_count=changes, is_kept=is_kept,
            seconds=monotonic() - since.began,
        )  # fmt: skip


def _is_done(last: store.Run | None, at: datetime) -> bool:
    return last is not None and last.as_of == at and last.state in {"done", "not_enough"}


def midnight(now: datetime, zone: str) -> datetime:
    """Give the instant at which the present day began in a zone."""
    there = ZoneInfo(zone)
    return datetime.combine(now.astimezone(there).date(), time(), there).astimezone(UTC)


def prepare(cursor: Cursor, asked: Asked, *, profile_id: str | None = None) -> Asked:
    """Make `score_people` and `score_purchases` on a cursor, of everybody or one person, and say how much there is."""
    if profile_id is None:
        load(_PACKAGE, "people_everybody").run(cursor)
    else:
        load(_PACKAGE, "people_one").run(cursor, profile_id=profile_id)
    load(_PACKAGE, "purchases").run(cursor, brand=asked.brand, zone=asked.zone, before=asked.before)
    (row,) = load(_PACKAGE, "history").table(cursor, brand=asked.brand, before=asked.before).to_pylist()
    currency = row.pop("currency")
    return replace(asked, currency=currency, history=History(**row))


def check(score: Score, scored: Scored) -> None:
    """Let pass what is a score: known names, the columns there are, one row a score and person. Raises: ScoreBroken."""
    rows = scored.rows
    if rows.schema.names != plugins.ROWS.names or any(
        not field.type.equals(rows.schema.field(field.name).type) for field in plugins.ROWS
    ):
        raise ScoreBroken(score=score.name, found=str(rows.schema))
    known = {one.name for one in score.gives}
    if strangers := set(rows.column("score").unique().to_pylist()) - known:
        raise ScoreBroken(score=score.name, found=sorted(map(str, strangers)), known=sorted(known))
    pairs = rows.select(["score", "profile_id"])
    if len(pairs.group_by(["score", "profile_id"]).aggregate([])) != len(pairs):
        raise ScoreBroken(score=score.name, found="two rows of one score and person")
