"""Rebuilding: derived state made anew from archive and spool, and compared by logical hash with what it replaces."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData, select

from comptoir import app as apps
from comptoir.app import App
from comptoir.collect.plan.store import Plans
from comptoir.golden import copying
from comptoir.golden import keep as records
from comptoir.identity import rows as identity_rows
from comptoir.identity import store
from comptoir.model.tick import Tick
from comptoir.scores import store as scores
from comptoir.segments import changes
from comptoir.spool import archive
from comptoir.spool.base import Parcel, Stretch
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state import rows
from comptoir.state.base import State, open_state
from comptoir.tick import Ticker
from comptoir.warehouse import fingerprint
from comptoir.warehouse.duckdb import Warehouse

GOLDEN = "golden_records"
"""What the golden records are called among the tables that are compared."""
Progress = Callable[[int, int], None]
"""Told how many lines of how many are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild found: the logical hash of each derived table before and after."""

    lines: int
    ticks: int
    before: dict[str, str]
    after: dict[str, str]

    @property
    def differing(self) -> list[str]:
        """Name the tables that are not what they were."""
        return sorted(
            name for name in self.before.keys() | self.after.keys() if self.before.get(name) != self.after.get(name)
        )


@dataclass(slots=True)
class Replayed:
    """A spool that reads the archive first, and what is not archived yet from the real spool."""

    name: str
    folder: Path
    archived: int
    spool: SqliteSpool

    def append(self, parcels: Sequence[Parcel]) -> int:
        """Refuse: a rebuild reads only."""
        del parcels
        raise PermissionError(self.name)

    def head(self) -> int:
        """Give the offset after the last line."""
        return self.spool.head()

    def read(self, after: int, most: int) -> Stretch:
        """Read the lines of a tick, wherever they lie now."""
        end = after + most
        lines = [text for _, text in archive.read(self.folder, self.name, after, min(end, self.archived))]
        start = after + len(lines)
        if start < end:
            lines += [text for _, text in archive.lines(self.spool, start, end)]
        return Stretch(after, after + len(lines), lines)

    def urgent_after(self, after: int) -> list[bytes]:
        """Give nothing: a rebuild sends nothing."""
        del after
        return []

    def forget(self, before: int) -> None:
        """Keep everything."""

    def close(self) -> None:
        """Leave the real spool to whoever opened it."""


def rebuild(app: App, *, progress: Progress | None = None, keep: bool = True) -> Rebuilt:
    """
    Work every tick again into an empty warehouse and empty identity tables, then put them in the place of the old ones.

    Ledgers (enrollments, candidates, sends, consents, audit) and what people authored are left as they are; so are the
    cuts and joins that somebody made by hand, and what the nights wrote of scores. With `keep` false the result is only
    compared, and thrown away.

    Raises: HomeIsTaken while an engine runs.
    """
    with apps.alone(app.settings):
        aside = app.settings.path("rebuild")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        try:
            return _rebuild(app, aside, progress, keep=keep)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _rebuild(app: App, aside: Path, progress: Progress | None, *, keep: bool) -> Rebuilt:
    with app.state.read() as connection:
        ticks = rows.all_ticks(connection)
        done = {name: rows.archived_to(connection, name) for name in app.spools}
    old = apps.open_warehouse_of(app.settings)
    with old.cursor() as cursor:
        before = fingerprint.fingerprints(cursor)
        nights = scores.carried(cursor) if keep else {}
        belonging = changes.carried(cursor) if keep else {}
    old.close()
    with app.state.write() as connection:  # as of the last cut by hand, which no tick has followed yet
        app.keeper().follow(connection, app.clock.now())
        before[GOLDEN] = records.fingerprint(connection)
    state = _copy_of_state(app, aside)
    new = apps.open_warehouse_of(app.settings, path=aside / "warehouse.duckdb")
    try:
        after = _replay(app, state, new, ticks, done=done, progress=progress)
        if keep:
            with new.transaction() as cursor:
                scores.take_over(cursor, nights)
                changes.take_over(cursor, belonging)
            new.checkpoint()
    finally:
        new.close()
    state.close()
    if keep:
        _adopt(app.state, aside / "state.db")
        with app.state.write() as connection:
            app.keeper().rebuild(connection, app.clock.now())
            app.keeper().note_copied(connection)
        (aside / "warehouse.duckdb").replace(app.settings.path("warehouse.duckdb"))
    return Rebuilt(
        lines=sum(tick.to_offset - tick.from_offset for tick in ticks), ticks=len(ticks), before=before, after=after
    )


def _copy_of_state(app: App, aside: Path) -> State:
    with app.state.read() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(aside / "state.db"),))
    state = open_state(aside / "state.db")
    with state.write() as connection:
        store.forget(connection)
    return state


def _adopt(state: State, path: Path) -> None:
    """Take over the identity tables of another state store, in one transaction."""
    with state.engine.connect() as connection:
        connection.exec_driver_sql("ATTACH ? AS aside", (str(path),))
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for table in identity_rows.TABLES:
                other = table.to_metadata(MetaData(), schema="aside")
                connection.execute(table.delete())
                connection.execute(table.insert().from_select(list(table.columns.keys()), select(other)))
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        finally:
            connection.exec_driver_sql("DETACH aside")


def _replay(
    app: App,
    state: State,
    warehouse: Warehouse,
    ticks: Sequence[Tick],
    *,
    done: dict[str, int],
    progress: Progress | None,
) -> dict[str, str]:
    folder = app.settings.path("archive")
    spools = {name: Replayed(name, folder, done[name], spool) for name, spool in app.spools.items()}
    ticker = Ticker(
        state=state,
        warehouse=warehouse,
        spools=spools,
        clock=app.clock,
        knows=app.knowledge(),
        plans_at=Plans(app.state).at,
        rules=app.rules(),
        pace=app.pace(),
    )
    whole, sofar = sum(tick.to_offset - tick.from_offset for tick in ticks), 0
    for tick in ticks:
        ticker.work(tick)
        sofar += tick.to_offset - tick.from_offset
        if progress is not None:
            progress(sofar, whole)
    with state.write() as connection:
        store.rebuild(connection)
        app.keeper().rebuild(connection, app.clock.now())
        golden = records.fingerprint(connection)
    ticker.refresh(app.clock.now())
    with state.read() as connection, warehouse.transaction() as cursor:
        copying.copy_everybody(cursor, connection, app.keeper())
    with warehouse.cursor() as cursor:
        return fingerprint.fingerprints(cursor) | {GOLDEN: golden}
