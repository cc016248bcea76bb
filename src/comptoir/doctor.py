"""Health of an installation: each check says what it found and how to mend it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb

from comptoir import plugins
from comptoir.app import alone, ask_warehouse, open_app, open_warehouse_of
from comptoir.clock import RealClock, micros
from comptoir.collect import addresses, geo
from comptoir.config import Settings
from comptoir.errors import ComptoirError, HomeIsTaken
from comptoir.facts import exchange
from comptoir.messaging import servers
from comptoir.model.event import Trust, decode
from comptoir.model.tick import SpoolName
from comptoir.quality import postal, scorecard
from comptoir.reports import service
from comptoir.sources.pulls import runs, shelf
from comptoir.spool import archive
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state import sealing
from comptoir.warehouse import fingerprint

LEAST_FREE_BYTES = 2 << 30
READ_AT_ONCE = 50_000
ASK_SECONDS = 10.0
_LEAST_VISITS, _MOST_VISITS = 50, 500
"""Of the oldest lines in the spool."""
_MOST_NAMED = 5
"""Fields with an alarm that are named; the page Quality names them all."""
RESTORE = "Restore it from a backup: comptoir restore."


class State(StrEnum):
    """How a check came out."""

    FINE = "fine"
    WATCH = "watch"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    check: str
    state: State
    says: str
    remedy: str = ""
    word: str = ""
    """What it is about in one word, so that it can be said in another tongue with `facts`."""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One part of a home, and how much room it takes."""

    name: str
    bytes: int


STORES = ("spool", "state.db", "public.db", "warehouse.duckdb", "archive", "imports", "backups")


def stores(settings: Settings) -> list[Store]:
    """Say how much room each part of the home takes, write-ahead logs included. Order: as `STORES`."""
    return [
        Store(name=name, bytes=sum(size_of(one) for one in settings.home.glob(f"{name}*")))
        for name in STORES
        if settings.path(name).exists()
    ]


def free_bytes(settings: Settings) -> int:
    """Give the room left on the disk that the home is on."""
    folder = next(one for one in (settings.home, *settings.home.parents) if one.exists())
    return shutil.disk_usage(folder).free


def size_of(path: Path) -> int:
    """Give the bytes of a file, or of all files in a folder; what goes away meanwhile counts nothing."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        return sum(size_of(one) for one in path.iterdir())
    except FileNotFoundError:
        return 0


def examine(settings: Settings, *, deep: bool, may_open: bool = True) -> list[Finding]:
    """
    Run every check. `deep` reads every byte of spools, state and archive.

    Without `may_open`, the warehouse of a home whose engine is away is left alone: whoever asks lives beside an engine
    that may come back any moment.
    """
    found = [_machine(), *_plugins(), *_networks(settings), *_towns(settings), *_rates(settings), _disk(settings)]
    if not settings.path("state.db").exists():
        home = Finding(
            check="home",
            state=State.WRONG,
            says=f"no installation in {settings.home}",
            remedy="Make one: comptoir init --home DIR",
        )
        return [*found, home]
    found += [_engine(settings, deep=deep, may_open=may_open), _fence(settings), _secrets(settings), _pulls(settings)]
    found += _quality(settings, may_open=may_open)
    found += _visitors(settings)
    if deep:
        found += [_spool(settings, name) for name in SpoolName]
        found += [_archive(settings, name) for name in SpoolName]
        found += [_database(settings, name) for name in ("state.db", "public.db")]
    return found


def _machine() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(check="python", state=State.FINE, says=f"{version}, SQLite {sqlite3.sqlite_version}")


def _plugins() -> Iterator[Finding]:
    for kind in plugins.Kind:
        broken = list(_broken(kind))
        names = ", ".join(point.name for point in plugins.offered(kind)) or "none"
        yield Finding(
            check=kind.value,
            state=State.WRONG if broken else State.FINE,
            says="; ".join(broken) or names,
            remedy="Reinstall or remove the distribution that offers it." if broken else "",
        )


def _broken(kind: plugins.Kind) -> Iterator[str]:
    for point in plugins.offered(kind):
        try:
            plugins.load(kind, point.name)
        except ComptoirError as error:
            yield str(error)


def _networks(settings: Settings) -> Iterator[Finding]:
    """Say what is known of the networks that events come from."""
    said = settings.collect
    if not said.geo_file:
        yield Finding(check="places", state=State.FINE, says="none: events get no country (collect.geo_file is empty)")
    else:
        yield _read_file("places", lambda: str(geo.open_places(settings.path(said.geo_file))))
    if said.datacenter_file:
        yield _read_file("data centers", lambda: str(geo.open_datacenters(settings.path(said.datacenter_file))))


def _towns(settings: Settings) -> Iterator[Finding]:
    """Say which file of postal codes and towns addresses are checked against."""
    said = settings.quality.towns_file
    path = settings.path(said or postal.OWN_FILE)
    if said or path.is_file():
        yield _read_file("towns", lambda: f"{len(postal.read_towns(path).by_code):,} postal codes")


def _rates(settings: Settings) -> Iterator[Finding]:
    """Say which exchange rates there are."""
    if settings.shop.rates_file:
        path = settings.path(settings.shop.rates_file)
        yield _read_file("exchange rates", lambda: exchange.read_rates(path).says())


def _read_file(check: str, read: Callable[[], str]) -> Finding:
    try:
        return Finding(check=check, state=State.FINE, says=read())
    except ComptoirError as error:
        return Finding(check=check, state=State.WRONG, says=str(error), remedy=error.hint)


def _disk(settings: Settings) -> Finding:
    free = free_bytes(settings)
    is_low = free < LEAST_FREE_BYTES
    return Finding(
        check="disk",
        state=State.WATCH if is_low else State.FINE,
        says=f"{free / (1 << 30):,.1f} GiB free",
        remedy="Make room, or move the home; a full disk makes the door answer 503." if is_low else "",
        word="short" if is_low else "room",
        facts={"gib": free / (1 << 30)},
    )


def _engine(settings: Settings, *, deep: bool, may_open: bool) -> Finding:
    try:
        status = service.ask_status(settings.path(service.FILE_NAME))
    except service.EngineUnreachable as error:
        if may_open:
            return _stopped(settings, deep=deep)
        return Finding(
            check="engine", state=State.WRONG, says="it does not answer", remedy=error.hint, word="engine_away"
        )
    off_by = difference(status)
    failures = status.get("failures") or {}
    state = State.WRONG if off_by or failures else State.FINE
    says = f"running; received = stored + refused + discarded + duplicates + pending, off by {off_by}"
    return Finding(
        check="engine",
        state=state,
        says=f"{says}; {failures}" if failures else says,
        remedy="See the log." if failures else "",
        word="engine_failing" if failures else "engine_off" if off_by else "engine_fine",
        facts={"lines": off_by, "failures": "; ".join(f"{work}: {said}" for work, said in failures.items())},
    )


def _visitors(settings: Settings) -> Iterator[Finding]:
    """Look whether a proxy hides all visitors: then they have no country, and a flood of one is a flood of all."""
    if settings.clock.speed != 1:  # a trial, whose visitors are of this machine
        return
    spool = SqliteSpool(settings.path("spool", f"{SpoolName.FRONT}.db"), read_only=True)
    try:
        lines = [decode(text) for text in spool.read(0, _MOST_VISITS).lines[:_MOST_VISITS]]
    except ComptoirError:  # the check of the spool says it
        return
    finally:
        spool.close()
    networks = {line.ip for line in lines if line.trust == Trust.CLAIMED and line.ip is not None}
    visits = sum(line.ip in networks for line in lines)
    if visits >= _LEAST_VISITS and all(map(addresses.is_near, networks)):
        network = min(networks)
        yield Finding(
            check="visitors",
            state=State.WATCH,
            says=f"all {visits} visits looked at seem to come from your own network ({network})",
            remedy="Name your proxy in door.trusted_proxies: else visitors have no country, and no limit of their own.",
            word="visitors_hidden",
            facts={"visits": visits, "network": network},
        )


def _fence(settings: Settings) -> Finding:
    app = open_app(settings)
    try:
        is_fenced = app.is_fenced()
    finally:
        app.close()
    return Finding(
        check="sending",
        state=State.WATCH if is_fenced else State.FINE,
        says="fenced: this copy came from a backup and sends nothing" if is_fenced else "allowed",
        remedy="When the old installation is surely gone: comptoir unfence" if is_fenced else "",
        word="fenced" if is_fenced else "sending",
    )


def _secrets(settings: Settings) -> Finding:
    """Say where the key lies that secrets in state are sealed under, and whether it opens them."""
    path = settings.path(sealing.FILE_NAME)
    if not sealing.is_safe(path):
        says = f"others may read {path}"
        return Finding(
            check="secrets", state=State.WRONG, says=says, remedy=f"chmod 600 {path}", word="secrets_open",
            facts={"path": path},
        )  # fmt: skip
    app = open_app(settings)
    try:
        with app.state.read() as connection:
            names = [row["name"] for row in servers.listing(connection)]
            for name in names:
                servers.find(connection, name, sealing.master_key(settings.home))
            for one in shelf.listing(connection):
                shelf.opened(connection, one.name, sealing.master_key(settings.home))
                names.append(one.name)
    except ComptoirError as error:
        return Finding(check="secrets", state=State.WRONG, says=str(error), remedy=error.hint)
    finally:
        app.close()
    kept = "the environment" if os.environ.get(sealing.VARIABLE) else sealing.FILE_NAME
    says = f"sealed under {kept}, which no backup holds: keep a copy apart" if names else "none is kept"
    word = "secrets_sealed" if names else "secrets_none"
    return Finding(check="secrets", state=State.FINE, says=says, word=word, facts={"kept": kept})


def _pulls(settings: Settings) -> Finding:
    """Say which sources that are fetched have been silent for too long, or failed the last time."""
    app = open_app(settings)
    try:
        now, machine_now = app.clock.now(), RealClock().now()
        with app.state.read() as connection:
            kept = shelf.listing(connection)
            last = {one.name: runs.latest(connection, one.name, machine_now=machine_now) for one in kept}
    finally:
        app.close()
    silent = ", ".join(one.name for one in kept if runs.is_silent(one, now))
    failed = ", ".join(name for name, ran in last.items() if ran is not None and ran.state is runs.RunState.FAILED)
    if silent:
        says = f"silent for longer than their alarm period: {silent}"
        remedy = "Look at the last run of each on the page Sources, and whether the other side still has something new."
        return Finding(
            check="pulls", state=State.WRONG, says=says, remedy=remedy, word="source_silent", facts={"names": silent}
        )
    if failed:
        remedy = "`comptoir pull history NAME` says why, and the page Sources what to do."
        return Finding(
            check="pulls", state=State.WATCH, says=f"the last run failed: {failed}", remedy=remedy, word="pull_failed",
            facts={"names": failed},
        )  # fmt: skip
    word = "pulls_fine" if kept else "pulls_none"
    return Finding(
        check="pulls", state=State.FINE, says=f"{len(kept)} sources are fetched", word=word, facts={"count": len(kept)}
    )


def _quality(settings: Settings, *, may_open: bool) -> Iterator[Finding]:
    """Say which fields of which sources raise an alarm; nothing where the warehouse cannot be asked: that is told."""
    app = open_app(settings)
    try:
        now = app.clock.now()
        with app.state.read() as connection:
            watched = scorecard.watched(connection)
    finally:
        app.close()

    def asked(name: str, **parameters: object) -> list[dict[str, Any]]:
        said: dict[str, object] = {"brands": [], **parameters}
        request = {"kind": "report", "name": name, "parameters": said}
        found: list[dict[str, Any]] = (
            ask_warehouse(settings, name, said)
            if may_open
            else service.ask(settings.path(service.FILE_NAME), request, ASK_SECONDS)
        ).to_pylist()
        return found

    try:
        fields = asked("quality_fields")
        weeks = asked("quality_weeks", now=micros(now), weeks=scorecard.WEEKS)
    except (service.EngineUnreachable, service.EngineSilent, HomeIsTaken, duckdb.Error):
        return
    cards = scorecard.cards(fields, weeks, (), watched, now)
    alarmed = [one for one in cards if one.alarms]
    if not alarmed:
        says = f"{len(cards)} fields of sources, none with an alarm"
        yield Finding(check="quality", state=State.FINE, says=says, word="quality_fine", facts={"count": len(cards)})
        return
    names = ", ".join(map(_minded, alarmed[:_MOST_NAMED]))
    yield Finding(
        check="quality", state=State.WATCH, says=f"{len(alarmed)} fields of sources want a look: {names}",
        remedy="`comptoir quality scores` and the page Quality, below Sources, say why.", word="quality_alarms",
        facts={"count": len(alarmed), "names": names},
    )  # fmt: skip


def _minded(card: scorecard.Card) -> str:
    """Name a field of a source, and who minds it."""
    return f"{card.brand} · {card.source} · {card.field}" + (f" ({card.watch.owner})" if card.watch.owner else "")


def difference(status: Mapping[str, Any]) -> int:
    """Give what the counting equation of a status is off by: 0, or something was lost."""
    counts = status["counts"]
    told = counts["stored"] + sum(counts["refused"].values()) + counts["consent_discarded"] + counts["duplicates"]
    return int(counts["received"] - told - sum(status["pending"].values()))


def _stopped(settings: Settings, *, deep: bool) -> Finding:
    try:
        with alone(settings):
            warehouse = open_warehouse_of(settings)
            if deep:
                with warehouse.cursor() as cursor:
                    fingerprint.fingerprints(cursor)
            warehouse.close()
    except HomeIsTaken:
        return Finding(check="engine", state=State.WATCH, says="an engine holds the home but does not answer yet")
    except ComptoirError as error:
        return Finding(check="warehouse", state=State.WRONG, says=str(error), remedy=error.hint)
    except (duckdb.Error, RuntimeError) as error:  # what DuckDB raises where a block does not match its checksum
        return Finding(check="warehouse", state=State.WRONG, says=str(error)[:300], remedy=RESTORE)
    read = "every table of the warehouse can be read" if deep else "the warehouse opens"
    return Finding(check="engine", state=State.FINE, says=f"not running; {read}")


def _spool(settings: Settings, name: SpoolName) -> Finding:
    path = settings.path("spool", f"{name}.db")
    if not path.exists():
        return Finding(check=f"spool {name}", state=State.FINE, says="not there yet")

    def read() -> str:
        with closing(SqliteSpool(path, read_only=True)) as spool:
            at, count = 0, 0
            while (stretch := spool.read(at, READ_AT_ONCE)).lines:
                at, count = stretch.end, count + len(stretch.lines)
        return f"{count:,} lines, every checksum right"

    return _read(f"spool {name}", read)


def _archive(settings: Settings, name: SpoolName) -> Finding:
    folder = settings.path("archive")

    def read() -> str:
        count = 0
        for file in sorted(folder.glob(f"day=*/{name}-*.parquet")):
            first, after = file.stem.removeprefix(f"{name}-").split("-")
            count += len(archive.read(file.parent.parent, name, int(first), int(after)))
        return f"{count:,} lines, every checksum right"

    return _read(f"archive {name}", read)


def _database(settings: Settings, name: str) -> Finding:
    path = settings.path(name)

    def read() -> str:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            (said,) = connection.execute("PRAGMA integrity_check").fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(said)
        return "its pages fit together"

    return _read(name, read)


def _read(check: str, read: Callable[[], str]) -> Finding:
    try:
        return Finding(check=check, state=State.FINE, says=read())
    except (ComptoirError, OSError, sqlite3.Error) as error:
        return Finding(check=check, state=State.WRONG, says=str(error), remedy=RESTORE)
