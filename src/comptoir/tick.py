"""The trip of a micro-batch, top to bottom: one tuple of boxes, each timed, each applied exactly once."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from comptoir import clock, logs
from comptoir.clock import Clock
from comptoir.collect import grading, pipeline, tables
from comptoir.collect.batch import Event, Outcome, Refused, Stage
from comptoir.collect.pace import KEPT_MINUTES, Pace
from comptoir.collect.pipeline import Collected, Counts
from comptoir.collect.plan import store as plan_store
from comptoir.collect.plan.check import Checker
from comptoir.collect.seen import ANY_BODY, Seen
from comptoir.collect.stages import World
from comptoir.errors import ComptoirError, SpoolDamaged
from comptoir.facts import derive
from comptoir.golden import copying
from comptoir.golden.keep import Keeper
from comptoir.identity import store
from comptoir.identity.rules import RULES, Rules
from comptoir.model.event import RefusalReason
from comptoir.model.identifier import Moved
from comptoir.model.tick import SpoolName, Tick
from comptoir.quality import offers
from comptoir.segments import changes, heard
from comptoir.segments.follow import News
from comptoir.segments.live import LiveSegments
from comptoir.spool.base import Spool
from comptoir.state import rows
from comptoir.state.base import State
from comptoir.warehouse.base import Warehouse

log = logs.get("tick")

_SHARES = {"0.5": 0.5, "0.99": 0.99, "1": 1.0}
SHARED_TICK = 5_000
"""Lines an import's tick takes while live events wait too."""
DATA_ERRORS = (
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.InvalidInputException,
    duckdb.ConstraintException,
)
"""What the warehouse raises when a value, not the store, is at fault."""
CODE_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What our own code raises when it stumbles over a line that the stages let pass."""


class StoresDisagree(ComptoirError):
    """The stores of this home do not belong together: one of them is older than what another has taken from it."""

    code, status = "stores_disagree", 500
    hint = "A file was damaged, or put back alone. Restore the whole home from a backup: comptoir restore."


class Act(Protocol):
    """What the last box does with a tick that has become facts: scenarios. A rebuild has none."""

    def applied(self) -> int:
        """Give the last tick this box has acted on."""
        ...

    def act(self, tick: Tick) -> None:
        """Act on the facts of a tick, in a transaction of its own that also writes down the tick."""
        ...


@dataclass(slots=True)
class Timing:
    """Where the time of ticks went, in seconds by box: summed, and of the last tick."""

    total: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    ticks: int = 0
    events: int = 0
    recent: deque[float] = field(default_factory=lambda: deque(maxlen=2_000))

    def quantiles(self) -> dict[str, float]:
        """Give how long the last ticks took, in seconds: the middle, the slow and the slowest."""
        spent = sorted(self.recent)
        return {name: spent[int((len(spent) - 1) * share)] for name, share in _SHARES.items()} if spent else {}

    @contextmanager
    def box(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        began = clock.monotonic()
        try:
            yield
        finally:
            self.last[name] = clock.monotonic() - began
            self.total[name] = self.total.get(name, 0.0) + self.last[name]


@dataclass(slots=True, kw_only=True)
class Ticker:
    """
    Works ticks: plans one, writes its row, and takes it through the boxes.

    Each store commits its part with the tick's id beside it, in the order identity → warehouse → scenarios. So after a
    crash between any two commits the last tick is taken up again with the same lines and the same `now`, and a box that
    has had it lets it pass.
    """

    state: State
    warehouse: Warehouse
    spools: Mapping[str, Spool]
    clock: Clock
    knows: Callable[[Seen], World]
    """Gives what the stages must know, around the duplicate index."""
    plans_at: Callable[[datetime], Mapping[str, Checker]] = lambda _now: {}
    """Gives the tracking plans that stood at an instant: the tick's, so that a replay follows the same ones."""
    act: Act | None = None
    golden: Keeper | None = None
    """Keeps the golden records up to what was said; a rebuild makes them at its end."""
    segments: LiveSegments | None = None
    """Knows the segments that are followed; a rebuild asks them at its end."""
    rules: Rules = RULES
    most: int = 20_000
    extra: tuple[Stage, ...] = ()
    seen: Seen = field(default_factory=Seen)
    pace: Pace = field(default_factory=lambda: Pace(0))
    timing: Timing = field(default_factory=Timing)
    planned: dict[str, int] = field(default_factory=dict)
    turn: str = SpoolName.FRONT
    begun: Tick | None = None
    """The tick whose row is written and which some box has not had: nothing comes before it."""

    def recover(self) -> None:
        """
        Take up where the last run stopped: load the duplicate index, and finish the ticks that were begun.

        Raises: StoresDisagree.
        """
        with self.warehouse.cursor() as cursor:
            for ids, bodies in derive.seen(cursor):
                self.seen.load(ids, bodies)
            self.pace.counts = derive.looks(cursor, minutes=KEPT_MINUTES)
        with self.state.read() as connection:
            ticks = rows.ticks_after(connection, self._applied())
            self.planned = rows.planned(connection)
            last = rows.last_tick(connection)
        self._check(0 if last is None else last.tick_id)
        self._copy_everybody()
        for tick in ticks:
            self.work(tick)

    def run_once(self) -> Tick | None:
        """Work one tick, if any spool has lines that wait, the one that failed first; give it, or None."""
        self.begun = self.begun or self._plan()
        tick = self.begun
        if tick is not None:
            self.work(tick)
            self.begun = None
        return tick

    def work(self, tick: Tick) -> None:
        """Take a tick through the boxes; those that have had it let it pass."""
        began = clock.monotonic()
        with self.warehouse.cursor() as cursor:
            has_facts = derive.applied_tick(cursor) >= tick.tick_id
        if not has_facts:
            self._gather(tick)
        if self.act is not None and self.act.applied() < tick.tick_id:
            with self.timing.box("scenarios"):
                self.act.act(tick)
        self.timing.ticks += 1
        self.timing.recent.append(clock.monotonic() - began)

    def refresh(self, now: datetime) -> None:
        """Move the facts' clock to `now` between ticks, and copy what was joined or cut by hand."""
        with self._people(now) as people, self.warehouse.transaction() as cursor:
            derive.move_clock(cursor, now)  # first, so that no checkpoint that begins now stops this transaction
            moved = self._copy_profiles(cursor, people)
            last = derive.applied_tick(cursor)
            derive.derive(cursor, tick_id=last, now=now, changed_nodes=[one.node_id for one in moved])
            if self.segments is not None and self.segments.are_followed():
                self.segments.mark_moved(cursor, moved, now)

    @contextmanager
    def _people(self, now: datetime) -> Iterator[Connection]:
        """Lend who is who as of one instant, at which the golden records have followed what was done by hand."""
        while True:
            with self.state.read_at_once() as connection:
                if self.golden is None or not self.golden.is_behind(connection):
                    yield connection
                    return
            with self.state.write() as connection:
                self.golden.follow(connection, now)

    def _copy_everybody(self) -> None:
        """Choose all golden records once for each order of sources, so that all follow it, and copy them."""
        if self.golden is None:
            return
        with self.state.read() as connection:
            if self.golden.is_copied(connection):
                return
            is_chosen = self.golden.is_chosen(connection)
        if not is_chosen:
            with self.state.write() as connection:
                self.golden.rebuild(connection, self.clock.now())
        with self._people(self.clock.now()) as people, self.warehouse.transaction() as cursor:
            copying.copy_everybody(cursor, people, self.golden)
            changes.ask_anew(cursor)
        with self.state.write() as connection:
            self.golden.note_copied(connection)

    def pending(self) -> dict[str, int]:
        """Count the lines of each spool that no tick has taken yet."""
        return {name: spool.head() - self.planned.get(name, 0) for name, spool in self.spools.items()}

    def _check(self, last: int) -> None:
        """Refuse stores of which one has lost what another builds on: new lines would be taken for known ones."""
        with self.warehouse.cursor() as cursor:
            has_facts = derive.applied_tick(cursor)
        if has_facts > last:
            raise StoresDisagree(last_tick=last, warehouse_has=has_facts)
        for name, spool in self.spools.items():
            if spool.head() < self.planned.get(name, 0):
                raise StoresDisagree(spool=name, ends_at=spool.head(), taken_to=self.planned[name])

    def _applied(self) -> int:
        """Give the last tick that both the warehouse and the last box have had; one at most is missing, as a rule."""
        with self.warehouse.cursor() as cursor:
            has_facts = derive.applied_tick(cursor)
        return has_facts if self.act is None else min(has_facts, self.act.applied())

    def _plan(self) -> Tick | None:
        waiting = {name: count for name, count in self.pending().items() if count > 0}
        if not waiting and self._is_due():
            waiting = {SpoolName.BACK.value: 0}
        if not waiting:
            return None
        name = self.turn if self.turn in waiting else next(iter(waiting))
        self.turn = next((other for other in self.spools if other != name), name)
        most = SHARED_TICK if name == SpoolName.BACK and len(waiting) > 1 else self.most
        after = self.planned.get(name, 0)
        end = self.spools[name].read(after, most).end
        with self.state.write() as connection:
            tick = rows.write_tick(connection, name, after, end, self.clock.now())
        self.planned[name] = end
        return tick

    def _is_due(self) -> bool:
        """Say whether segments ask for a tick without a line: time has passed, or their definitions are others."""
        if self.segments is None:
            return False
        now = self.clock.now()
        if not self.segments.is_time(now):
            return False
        with self.warehouse.cursor() as cursor:
            return self.segments.is_due(cursor, now)

    def _gather(self, tick: Tick) -> None:
        with self.timing.box("read"):
            lines = self._lines(tick)
        try:
            collected = self._collect(tick, lines)
        except CODE_ERRORS as error:
            log.exception("a line cannot be read; looking for it", tick=tick.tick_id)
            collected = self._without_unreadable(tick, lines, repr(error))
        with self.timing.box("identity"), self.state.write() as connection:
            mark = store.applied(connection).get(tick.spool)
            if mark is None or mark.tick_id < tick.tick_id:
                plan_store.note(connection, collected.findings)
                offers.note(connection, collected.answers)
            applied = store.apply(
                connection,
                tick_id=tick.tick_id,
                spool=tick.spool,
                offset_after=tick.to_offset,
                nodes=collected.nodes,
                links=collected.links,
                traits=collected.traits,
                rules=self.rules,
            )
            if self.golden is not None:
                self.golden.follow(connection, tick.now, {one.node_id for one in collected.traits} | applied.dated_back)
        with self.timing.box("warehouse"):
            try:
                self._store(tick, collected)
            except DATA_ERRORS as error:
                log.warning("a value does not fit the warehouse; looking for it", tick=tick.tick_id, error=str(error))
                if len(collected.together.hashes):
                    collected = self._collect(tick, lines, one_by_one=True)
                collected = self._without_misfits(tick, collected, error)
                self._store(tick, collected)
        self.seen.remember(
            [event.message_hash for event in collected.kept] + [one.left.message_hash for one in collected.erased],
            [event.body_hash for event in collected.kept] + [one.left.body_hash for one in collected.erased],
        )
        self.seen.load(collected.together.hashes, np.full(len(collected.together.hashes), ANY_BODY))
        self.pace.remember()
        self.timing.events += len(lines)

    def _lines(self, tick: Tick) -> list[bytes]:
        if tick.to_offset == tick.from_offset:
            return []
        stretch = self.spools[tick.spool].read(tick.from_offset, tick.to_offset - tick.from_offset)
        if stretch.first != tick.from_offset or stretch.end != tick.to_offset:
            raise SpoolDamaged(spool=tick.spool, wanted=[tick.from_offset, tick.to_offset], has_from=stretch.first)
        return stretch.lines

    def _collect(
        self, tick: Tick, lines: Sequence[bytes], extra: tuple[Stage, ...] = (), *, one_by_one: bool = False
    ) -> Collected:
        with self.timing.box("collect"):
            return pipeline.collect(
                lines,
                first_offset=tick.from_offset,
                tick_id=tick.tick_id,
                world=replace(self.knows(self.seen), pace=self.pace, plans=self.plans_at(tick.now)),
                extra=(*self.extra, *extra),
                one_by_one=one_by_one,
            )

    def _store(self, tick: Tick, collected: Collected) -> None:
        with self._people(tick.now) as people, self.warehouse.transaction() as cursor:
            self._write(cursor, people, tick, collected)

    def _write(self, cursor: duckdb.DuckDBPyConnection, people: Connection, tick: Tick, collected: Collected) -> None:
        news = derive.write(cursor, tick, collected.tables)
        moved = self._copy_profiles(cursor, people, {one.node_id for one in collected.traits})
        touched = derive.derive(cursor, tick.tick_id, tick.now, [one.node_id for one in moved], news)
        derive.count(cursor, tick, collected.counts, collected.imports)
        if self.segments is not None and self.segments.are_followed():
            told = News(
                tick_id=tick.tick_id, now=tick.now, orders=frozenset(touched.orders), people=frozenset(touched.people),
                moved=moved, **heard.of(collected.tables),
            )  # fmt: skip
            self.segments.follow(cursor, told)

    def _copy_profiles(
        self, cursor: duckdb.DuckDBPyConnection, people: Connection, said: Collection[int] = ()
    ) -> list[Moved]:
        found = store.changes_since(people, derive.profiles_copied(cursor))
        moved = derive.copy_profiles(cursor, found, change=store.latest_change(people))
        if self.golden is not None:
            copying.copy(cursor, people, self.golden, said, moved)
        return moved

    def _without_unreadable(self, tick: Tick, lines: Sequence[bytes], detail: str) -> Collected:
        """Find the lines our own code stumbles over, by halves, and collect the others."""

        def is_read(places: range) -> bool:
            try:
                self._collect(tick, [lines[place] for place in places])
            except CODE_ERRORS:
                return False
            return True

        culprits = frozenset(_culprits(range(len(lines)), is_read))

        def refuse_culprits(batch: list[Event]) -> Outcome:
            outcome = Outcome()
            for event in batch:
                if event.offset - tick.from_offset in culprits:
                    outcome.refused.append(Refused(event, RefusalReason.POISON, detail[:500]))
                else:
                    outcome.kept.append(event)
            return outcome

        return self._collect(tick, lines, (refuse_culprits,))

    def _without_misfits(self, tick: Tick, collected: Collected, error: Exception) -> Collected:
        """
        Find the events the warehouse cannot take, by halves in transactions that are rolled back, and refuse them.

        Nothing is collected again, and rows are only written, not derived from, unless deriving is what fails.
        """
        everything = range(len(collected.kept))
        for try_out in (self._try_writing, self._try_deriving):

            def is_taken(places: range, try_out: Callable[[Tick, Collected], None] = try_out) -> bool:
                try:
                    try_out(tick, _only(collected, {collected.kept[place].message_hash for place in places}))
                except (*DATA_ERRORS, *CODE_ERRORS):
                    return False
                return True

            culprits = _culprits(everything, is_taken)
            if culprits:
                return _refuse(tick, collected, [collected.kept[place] for place in culprits], str(error))
        raise error

    def _try_writing(self, tick: Tick, collected: Collected) -> None:
        with suppress(_OnlyTrying), self.warehouse.transaction() as cursor:
            derive.write(cursor, tick, collected.tables)
            raise _OnlyTrying

    def _try_deriving(self, tick: Tick, collected: Collected) -> None:
        with suppress(_OnlyTrying), self._people(tick.now) as people, self.warehouse.transaction() as cursor:
            self._write(cursor, people, tick, collected)
            raise _OnlyTrying


def _culprits(places: range, is_fine: Callable[[range], bool]) -> list[int]:
    """Find the places that are not fine, by halves: where the first half is, the second is not. Order: as they lie."""
    if len(places) <= 1:
        return [place for place in places if not is_fine(range(place, place + 1))]
    middle = len(places) // 2
    first, second = places[:middle], places[middle:]
    found = [] if is_fine(first) else _culprits(first, is_fine)
    return found if found and is_fine(second) else found + _culprits(second, is_fine)


_NOT_KEPT = frozenset({"failed", "erased_lines"})
"""Tables of lines that are none of `Collected.kept`."""


def _only(collected: Collected, message_hashes: set[int]) -> Collected:
    """Keep the rows of these messages, and what was refused before."""
    wanted = pa.array(message_hashes, pa.int64())
    kept = {
        name: table.filter(pc.is_in(table["message_hash"], value_set=wanted))
        for name, table in collected.tables.items()
        if name not in _NOT_KEPT and name != derive.FIELD_COUNTS
    }
    failed = {name: table for name, table in collected.tables.items() if name in _NOT_KEPT}
    kept[derive.FIELD_COUNTS] = grading.counts([one for one in collected.kept if one.message_hash in message_hashes])
    return replace(collected, tables={name: table for name, table in kept.items() if len(table)} | failed)


def _refuse(tick: Tick, collected: Collected, culprits: Sequence[Event], detail: str) -> Collected:
    """Refuse events that were kept."""
    hashes = {event.message_hash for event in culprits}
    rest = _only(collected, {event.message_hash for event in collected.kept} - hashes)
    refused = [Refused(event, RefusalReason.POISON, detail[:500]) for event in culprits]
    failed = [tables.failed(refused, tick.tick_id), *(rest.tables[name] for name in ("failed",) if name in rest.tables)]
    by_import = Counter(event.line.import_id for event in culprits)
    return replace(
        rest,
        tables=rest.tables | {"failed": pa.concat_tables(failed)},
        kept=[event for event in collected.kept if event.message_hash not in hashes],
        counts=_refused(collected.counts, len(culprits)),
        imports={name: _refused(one, by_import[name]) for name, one in collected.imports.items()},
    )


def _refused(counts: Counts, count: int) -> Counts:
    return replace(counts, stored=counts.stored - count, refused=counts.refused + count)


class _OnlyTrying(Exception):
    """Roll back a trial."""
