"""The engine: ticks, sending, checkpoints, archive, backup and questions over one installation; no own threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from comptoir import app as apps
from comptoir import backup, logs, minding, pulling
from comptoir.access import keys
from comptoir.acting import Acting, authored, counts_of
from comptoir.app import App
from comptoir.audience import store as views
from comptoir.clock import instant, micros, monotonic
from comptoir.collect.plan import store as plan_store
from comptoir.config import Settings
from comptoir.erasing import work
from comptoir.errors import HomeIsTaken
from comptoir.facts import days, exchange
from comptoir.golden import feed, subscribers
from comptoir.matching.suggest import suggest
from comptoir.messaging.outbox import Sender
from comptoir.messaging.outward import Outward
from comptoir.messaging.template_shelf import Shelf
from comptoir.model.event import decode
from comptoir.model.tick import SpoolName
from comptoir.privacy import prospects
from comptoir.quality import scorecard
from comptoir.reports import ask, measures, results, service
from comptoir.scores import asking as score_questions
from comptoir.scores.night import Nights, Ran
from comptoir.segments import changes
from comptoir.segments.traits.follow import LiveTraits
from comptoir.spool import archive, turned
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state import rows
from comptoir.tick import Ticker
from comptoir.warehouse.duckdb import Warehouse

log = logs.get("engine")

BACKUP_SECONDS = 3_600.0
NAMED = "named_upto"
"""The name in state of the last tick whose names are in the catalogue."""
NAMED_AT_ONCE = 300_000
"""Events whose names are brought into the catalogue in one go: an old home is caught up with bit by bit."""
NIGHT = "night"
"""The name of the day in state whose night's work is done."""
ARCHIVE_LINES = 200_000
"""Lines one turn of the archive takes of a spool at most."""
REST_SECONDS = 0.05
"""How long the archive rests after some thousand lines: ticks, which share the interpreter's lock, wait less."""


@dataclass(slots=True, kw_only=True)
class Engine:
    """
    The engine of one installation. Each method may be called from a thread of its own; `barrier` stands between ticks.
    """

    app: App
    warehouse: Warehouse
    acting: Acting
    ticker: Ticker
    sender: Sender
    outward: Outward
    barrier: threading.Lock = field(default_factory=threading.Lock)
    checkpoint_seconds: float = 0.0
    told: tuple[tuple[str, ...], dict[str, str]] = ((), {})
    rates: str = ""
    """Which exchange rates the warehouse was told of, or tried to read."""
    checkpoints: int = 0
    restart: threading.Event = field(default_factory=threading.Event)
    """Set when it was asked to start again: what was asked for meanwhile, such as an erasure, needs the home alone."""
    nights: Nights = field(init=False)

    def __post_init__(self) -> None:
        """Wire the scores to who hears of their changes."""
        self.nights = apps.nights_of(self.app.settings, self.warehouse, self.acting.scores_moved)

    def tick(self) -> bool:
        """Work one tick, then what is due; say whether there was one."""
        with self.barrier:
            tick = self.ticker.run_once()
        self.acting.wake(self.app.clock.now())
        return tick is not None

    def has_lines(self) -> bool:
        """Say whether a tick has something to do: much cheaper than to ask what is due."""
        return self.ticker.begun is not None or any(self.ticker.pending().values())

    def heartbeat(self) -> None:
        """Move the facts' clock on while nothing comes in, and copy what was joined or cut by hand."""
        with self.barrier:
            self.ticker.refresh(self.app.clock.now())

    def refresh_policy(self) -> None:
        """Tell the warehouse what has changed: whose claimed orders count, the zones of brands, exchange rates."""
        told = apps.accepting_sources(self.app.state), apps.zones_of(self.app.state)
        if told != self.told:
            apps.tell_warehouse(self.app.settings, self.warehouse, *told)
            self.told = told
        rates = exchange.mark_of(*apps.rates_wanted(self.app.settings, self.app.state))
        if rates != self.rates:
            apps.tell_rates(self.app.settings, self.warehouse, self.app.state)
            self.rates = rates
        self.acting.refresh(is_fenced=self.app.is_fenced())

    def send(self) -> int:
        """Hand over what is ready; a fenced copy sends nothing."""
        if self.app.is_fenced():
            return 0
        return len(self.sender.send_due(self.app.clock.now()))

    def go_outside(self) -> None:
        """
        Take in the mails that came back and call other systems; a fenced copy does neither.

        Apart from the sender: a mailbox that does not answer, or a mail that no reader survives, holds back nothing.
        """
        if self.app.is_fenced():
            return
        subscribers.hand_over(self.app.state, self.app.clock.now())
        self.outward.work()

    def pull(self) -> list[str]:
        """Start the pulls that are due, each in a process of its own; a fenced copy takes nothing from anywhere."""
        if self.app.is_fenced():
            return []
        return pulling.start_due(self.app.settings, self.app.state)

    def mind(self) -> int:
        """Tell those who mind fields what alarms have risen and which are over; a fenced copy writes to nobody."""
        if self.app.is_fenced():
            return 0
        now = self.app.clock.now()
        with self.app.state.read() as connection:
            watched = scorecard.watched(connection)
        if not minding.is_minded(self.app.settings.quality, watched):
            return 0
        fields = self._report("quality_fields", brands=[])
        weeks = self._report("quality_weeks", brands=[], now=micros(now), weeks=scorecard.WEEKS)
        minder = minding.Minder(
            state=self.app.state,
            settings=self.app.settings.quality,
            send=lambda mail: self.sender.channel.send(mail, may_still=lambda: True),
            sender_of=self.sender.sender_of,
            languages={one.name: one.language for one in keys.list_brands(self.app.state)},
        )
        return minder.look(scorecard.cards(fields, weeks, (), watched, now), now)

    def checkpoint(self) -> None:
        """Move the warehouse's write-ahead log into its file once it is large."""
        began = monotonic()
        if self.warehouse.checkpoint_if_needed(mb=self.app.settings.engine.checkpoint_mb):
            self.checkpoints += 1
            self.checkpoint_seconds = monotonic() - began

    def nightly(self) -> bool:
        """Once a day by the shop's clock, do the night's work; say whether it was done now."""
        today = self.app.clock.now().date().isoformat().encode()
        with self.app.state.read() as connection:
            if rows.read_value(connection, NIGHT) == today:
                return False
        self.freeze()
        self.add_up_days()
        self.sort_members()
        self.score()
        suggest(self.app.state, at=micros(self.app.clock.now()), is_whole=False)
        with self.app.state.write() as connection:
            feed.prune(connection, self.app.clock.now(), days=self.app.settings.golden.feed_days)
            rows.write_value(connection, NIGHT, today)
        return True

    def score(self) -> list[Ran]:
        """
        Count every score for every brand, as of last midnight; ticks go on meanwhile.

        What changed reaches scenarios with the next look at what is due. Raises: ScoresAreRunning.
        """
        return self.nights.run(apps.zones_of(self.app.state), self.app.clock.now())

    def add_up_days(self) -> int:
        """Add up the parts that ticks wrote of days that are over everywhere; give how many days that was."""
        before = self.app.clock.now().date() - timedelta(days=1)
        with self.warehouse.cursor() as cursor:
            groups = days.unmerged(cursor, before=before)
        for group in groups:
            with self.warehouse.transaction() as cursor:
                days.merge(cursor, group)
        return sum(map(len, groups))

    def sort_members(self) -> int:
        """Write the members of segments person by person, so that one customer's are found at once; give the parts."""
        with self.warehouse.cursor() as cursor:
            parts = changes.stretches(cursor)
        for low, high in parts:
            with self.warehouse.transaction() as cursor:
                changes.sort(cursor, low, high)
        return len(parts)

    def compute_traits(self) -> int:
        """Compute the traits whose text or day is another, each in a transaction of its own; give how many."""
        traits, now = LiveTraits(self.app.state, self.app.shop()), self.app.clock.now()
        with self.warehouse.cursor() as cursor:
            due = traits.to_compute(cursor, now)
        for key in due:
            with self.warehouse.transaction() as cursor:
                traits.compute(cursor, key, now)
        with self.warehouse.transaction() as cursor:
            traits.forget_others(cursor)
        return len(due)

    def freeze(self) -> int:
        """Write down the results of the days that are over, and what has changed of written ones; give the rows."""

        def ask_for(name: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
            told: list[dict[str, Any]] = ask.report(self.warehouse.cursor(), name, parameters).to_pylist()
            return told

        with self.app.state.read() as connection:
            zones = authored(connection).zones
        found = measures.live(ask_for, zones, window_days=results.WINDOW_DAYS)
        with self.app.state.write() as connection:
            return measures.freeze(connection, found, now=self.app.clock.now(), window_days=results.WINDOW_DAYS)

    def archive(self) -> int:
        """Archive what is applied, forget what is archived and old enough, and say how many lines were archived."""
        folder = self.app.settings.path("archive")
        done = 0
        for name, spool in self.app.spools.items():
            with self.app.state.read() as connection:
                start = rows.archived_to(connection, name)
                ticks = rows.ticks_from(connection, name, start, upto=self.acting.applied())
            while ticks and done < ARCHIVE_LINES:
                group, ticks = archive.take(ticks, ARCHIVE_LINES)
                after = archive.write(folder, name, spool, group, rest=lambda: time.sleep(REST_SECONDS))
                with self.app.state.write() as connection:
                    rows.mark_archived(connection, name, after)
                done += after - group[0].from_offset
            self._forget(name)
        return done

    def name_what_came(self) -> int:
        """Bring the catalogue of names up to the last tick; give how many rows it was told."""
        with self.app.state.read() as connection:
            after = int(rows.read_value(connection, NAMED) or b"0")
        (stretch,) = self._report("plan_stretch", after=after, most=NAMED_AT_ONCE)
        upto = min(self.acting.applied(), int(stretch["upto"]))
        if upto <= after:
            return 0
        found = self._report(
            "plan_shapes", after=after, upto=upto, since_at=0, brand="", most=2 * plan_store.MOST_NAMES
        )
        told = [
            row | {name: micros(row[name].replace(tzinfo=UTC)) for name in ("first_at", "last_at")} for row in found
        ]
        with self.app.state.write() as connection:
            plan_store.note_names(connection, told)
            rows.write_value(connection, NAMED, str(upto).encode())
        return len(told)

    def _report(self, name: str, **parameters: object) -> list[dict[str, Any]]:
        request = {"kind": "report", "name": name, "parameters": parameters}
        rows: list[dict[str, Any]] = ask.answer(self.warehouse.cursor(), request).to_pylist()
        return rows

    def take_views(self) -> int:
        """Count the page views of the audience lane that have come in; give how many lines that was."""
        folder = self.app.settings.path(views.FOLDER)
        if not (folder / views.SPOOL).exists():
            return 0
        kept, spool = views.Store(folder), SqliteSpool(folder / views.SPOOL)
        try:
            taken = kept.take(spool)
            if taken:
                spool.forget(kept.applied())
        finally:
            spool.close()
        return taken

    def tidy_views(self) -> None:
        """Archive the page views of days that are over, and delete old ones."""
        folder, today = self.app.settings.path(views.FOLDER), self.app.clock.now().date()
        views.Store(folder).tidy(today, months=self.app.settings.audience.months)

    def answer(self, request: Mapping[str, Any]) -> pa.Table:
        """Answer a question of the socket: a query, a report, `{"kind": "backup", "folder": …}`, `restart`."""
        if request.get("kind") == "backup":
            mark = self.back_up(Path(str(request["folder"])))
            return pa.table({"mark": [msgspec.json.encode(mark).decode()]})
        if request.get("kind") == "restart":
            self.restart.set()
            return pa.table({"restarting": [True]})
        if request.get("kind") == "lapsed":
            return prospects.table(self.warehouse.cursor(), request, apps.years_of(self.app.settings))
        if request.get("kind") in {"segment", "trait"}:
            return apps.answer_of_segments(
                self.app.state, self.app.shop(), self.warehouse, request, now=self.app.clock.now()
            )
        if str(request.get("kind")).startswith("score"):
            return self._answer_of_scores(request)
        return ask.answer(self.warehouse.cursor(), request)

    def _answer_of_scores(self, request: Mapping[str, Any]) -> pa.Table:
        zones, now = apps.zones_of(self.app.state), self.app.clock.now()
        return score_questions.answer(self.nights, zones, request, now=now, in_background=True)

    def back_up(self, target: Path) -> dict[str, object]:
        """Copy the installation between two ticks. Raises: FolderInUse."""
        with self.barrier:
            self.warehouse.checkpoint()
            return backup.copy(self.app, target)

    def status(self) -> dict[str, object]:
        """Say how the engine does: the counting equation, what waits, where the time goes, what to look at."""
        with self.warehouse.cursor() as cursor:
            totals = ask.report(cursor, "totals", {}).to_pylist()
        refused = {reason: count for row in totals[:1] for reason, count in row["refused_by_reason"] or ()}
        applied = {row["spool"]: row["applied"] for row in totals}
        heads = {name: spool.head() for name, spool in self.app.spools.items()}
        with self.app.state.read() as connection:
            acts = counts_of(connection)
        counts = {name: sum(row[name] for row in totals) for name in ("stored", "consent_discarded", "duplicates")}
        return {
            "now_at": micros(self.app.clock.now()),
            "counts": {"received": sum(heads.values()), "refused": refused, **counts},
            "pending": {name: heads[name] - applied.get(name, 0) for name in heads},
            "lag_seconds": self._lag(applied),
            "ticks": self.ticker.timing.ticks,
            "tick_seconds": self.ticker.timing.quantiles(),
            "box_seconds": dict(self.ticker.timing.total),
            "wal_bytes": _size(self.warehouse.wal_path),
            "checkpoints": self.checkpoints,
            "checkpoint_seconds": self.checkpoint_seconds,
            "is_fenced": self.app.is_fenced(),
            "warnings": ["this copy is fenced: it sends nothing"] if self.app.is_fenced() else [],
            "turned_away": [msgspec.to_builtins(one) for one in turned.read(self.app.settings.path("spool"))],
            "audience": asdict(views.Store(self.app.settings.path(views.FOLDER)).equation()),
            **acts,
        }

    def _lag(self, applied: Mapping[str, int]) -> float:
        """Give the age of the oldest line that waits for its tick, in seconds of the machine's clock."""
        received = []
        for name, spool in self.app.spools.items():
            waiting = spool.read(applied.get(name, 0), 1).lines
            if waiting and name == SpoolName.FRONT:
                received.append(decode(waiting[0]).received_at)
        if not received:
            return 0.0
        return max(0.0, (micros(self.app.clock.now()) - min(received)) / 1e6 / self.app.settings.clock.speed)

    def close(self) -> None:
        """Archive what is applied, tidy the warehouse and let go of it."""
        with self.barrier:
            self.sender.close()
            if isinstance(self.sender.links.templates, Shelf):
                self.sender.links.templates.flush()
            self.archive()
            self.warehouse.checkpoint()
            self.warehouse.close()

    def _forget(self, name: str) -> None:
        keep = timedelta(hours=self.app.settings.engine.spool_hours)
        horizon = micros(self.app.clock.now() - keep)
        with self.app.state.read() as connection:
            done = rows.archived_to(connection, name)
            old = rows.planned_before(connection, name, instant(horizon))
        before = min(done, old)
        if before:
            self.app.forget(name, before)


def back_up(settings: Settings, target: Path) -> dict[str, object]:
    """
    Copy an installation between two ticks: the running engine does, or else we do.

    Raises: NoSuchHome; FolderInUse.
    """
    request = {"kind": "backup", "folder": str(target)}
    while True:
        try:
            (row,) = service.ask(settings.path(service.FILE_NAME), request, BACKUP_SECONDS).to_pylist()
            mark: dict[str, object] = msgspec.json.decode(row["mark"])
            return mark
        except service.EngineUnreachable:
            try:
                with apps.alone(settings):
                    return _back_up_ourselves(settings, target)
            except HomeIsTaken:
                time.sleep(apps.SETTLE_PAUSE)


def _back_up_ourselves(settings: Settings, target: Path) -> dict[str, object]:
    app = apps.open_app(settings)
    try:
        warehouse = apps.open_warehouse_of(settings)
        warehouse.checkpoint()
        warehouse.close()
        return backup.copy(app, target)
    finally:
        app.close()


def start(app: App) -> Engine:
    """
    Open the engine of an installation: finish what a crash left half done, and publish what the door must know.

    Who was to be erased is erased first: nobody else has the stores open yet.
    """
    work.finish(app)
    warehouse = apps.open_warehouse_of(app.settings)
    acting = app.acting(warehouse)
    ticker = app.ticker(warehouse, act=acting)
    app.publish()
    return Engine(
        app=app, warehouse=warehouse, acting=acting, ticker=ticker, sender=acting.sender(), outward=acting.outward()
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
