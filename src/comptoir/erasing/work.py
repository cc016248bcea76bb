"""
Erasing a person: asked for in one transaction, then worked by whoever is alone in the home, and taken up after a crash.

Each step can be done twice: lines are marked with the erasure that emptied them, files are the old or the new one, and
what is looked for is written down until nothing of it is left.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from comptoir import app as apps
from comptoir import clock, logs
from comptoir.access import public
from comptoir.app import App
from comptoir.clock import micros
from comptoir.config import Settings
from comptoir.erasing import facts, files, ledgers, sought, statements, stores
from comptoir.erasing.sought import Sought
from comptoir.erasing.stores import Found, Place, Stores
from comptoir.errors import HomeIsTaken
from comptoir.golden import keep
from comptoir.identity import store
from comptoir.matching import queue
from comptoir.model import erasure
from comptoir.model.erasure import Was
from comptoir.model.event import Type, decode
from comptoir.privacy import tombstones
from comptoir.privacy.tombstones import CLEANING, DONE, GATHERED, Erasure
from comptoir.reports import service
from comptoir.state import rows
from comptoir.state.base import State

log = logs.get("erasing")

RESTART: Mapping[str, object] = {"kind": "restart"}
"""What the running engine is asked: to start again, which carries out what was asked for."""
RESTART_SECONDS = 20.0
"""The engine that was asked to start again has this long before we look whether the home is free."""
_PAUSE = 0.1
_TRIES = 50


def carry_out(settings: Settings) -> None:
    """
    See to it that every erasure that was asked for is done: the running engine starts again and does it, or else we do.

    Raises: NoSuchHome.
    """
    patience = 0.0
    while _waits(settings):
        if clock.monotonic() < patience:  # the engine starts again: the home is its own
            time.sleep(_PAUSE)
            continue
        try:
            with apps.alone(settings):
                app = apps.open_app(settings)
                try:
                    finish(app)
                finally:
                    app.close()
        except HomeIsTaken:
            if tell_engine(settings):
                patience = clock.monotonic() + RESTART_SECONDS
            time.sleep(_PAUSE)


def tell_engine(settings: Settings) -> bool:
    """Ask the running engine to start again; say whether one was told."""
    try:
        service.ask(settings.path(service.FILE_NAME), RESTART)
    except service.EngineUnreachable:
        return False
    return True


def finish(app: App) -> list[Erasure]:
    """
    Carry out every erasure that was asked for, whole or from where it was broken off; give them.

    The caller is alone in the home and has no warehouse open.
    """
    if left := files.sweep(app.settings.home, clock.RealClock().now().timestamp()):
        log.info("deleted what was left half written", files=left)
    with app.state.read() as connection:
        waiting = tombstones.pending(connection)
    if waiting:
        _drain(app)
    for one in waiting:
        log.info("erasing a person", erasure=one.erasure_id)
        _erase(app, one)
    with app.state.read() as connection:
        return [tombstones.find(connection, one.erasure_id) for one in waiting]


def _drain(app: App) -> None:
    """Let every line become a fact that has come by now, so that all that names her is known to."""
    warehouse = apps.open_warehouse_of(app.settings)
    try:
        ticker = app.ticker(warehouse, act=app.acting(warehouse))
        while ticker.run_once() is not None:
            pass
        ticker.refresh(app.clock.now())
    finally:
        warehouse.close()


def _erase(app: App, one: Erasure) -> None:
    if one.state == CLEANING:  # all that is left is to overwrite files
        _scrub(app)
        _done(app, one.erasure_id, one.receipt)
        return
    lying = Stores(app=app, is_blocked=app.rules().is_blocked)
    looked_for, found = _gathered(app, one, lying)
    texts = _texts(app, found, looked_for, lying)
    lying.rewrite(texts)
    gone = looked_for.nodes | set(looked_for.beside or ())
    facts.forget(app, looked_for, found, texts, gone)
    failed = {stores.failed_id(found.ticks[place], place[1]) for place in texts}
    with app.state.write() as connection:
        keep.forget(connection, gone, app.clock.now())  # before identity forgets: followers are told who is gone
        changed = ledgers.forget(connection, looked_for, failed, app.clock.now())
        others = statements.forget(connection, looked_for, gone)
        store.erase(connection, gone, app.rules())
        app.keeper().follow(connection, app.clock.now(), others)
        keep.copy_again(connection)
        queue.tidy(connection)
    receipt = {**_count(texts), "identifiers": len(looked_for.values), "rows": changed}
    receipt["files"] = files.forget(app.settings, looked_for)
    receipt["backups"] = _leave_tombstones(app)
    with app.state.write() as connection:
        tombstones.move(connection, one.erasure_id, CLEANING, sought=None, receipt=receipt)
    app.publish()
    # the engine that starts publishes what still stands on the site anew
    public.write_notices(app.settings.path("public.db"), [], now=micros(app.clock.now()), anew=True)
    _scrub(app)
    receipt["found_again"] = files.search(app.settings, looked_for)
    _done(app, one.erasure_id, receipt)


def _gathered(app: App, one: Erasure, lying: Stores) -> tuple[Sought, Found]:
    if one.state == GATHERED:
        again = sought.kept(one)
        return again, lying.find(again)
    with app.state.read() as connection:
        first = sought.gather(connection, one)
    found = lying.find(first)
    whole = msgspec.json.decode(msgspec.json.encode(first.stored() | {"beside": lying.beside(found, first)}))
    with app.state.write() as connection:
        tombstones.move(connection, one.erasure_id, GATHERED, nodes=sorted(first.nodes), sought=whole)
        again = sought.kept(tombstones.find(connection, one.erasure_id))
    return again, found


def _texts(app: App, found: Found, looked_for: Sought, lying: Stores) -> dict[Place, bytes]:
    warehouse = apps.open_warehouse_of(app.settings)
    try:
        with warehouse.cursor() as cursor:
            return stores.rewritten(found, looked_for, cursor, lying.is_blocked)
    finally:
        warehouse.close()


def _count(texts: Mapping[Place, bytes]) -> dict[str, Any]:
    """Say what became of her lines: emptied, of orders only the money left, of others' lines only her name gone."""
    lines = [decode(text) for text in texts.values()]
    kept = [one for one in lines if erasure.read(one.erased or "").was is Was.KEPT]
    orders = sum(not one.user_id and not one.anonymous_id and len(one.context) <= 2 for one in kept)
    return {
        "lines": len(lines),
        "emptied": sum(one.type in {Type.ERASED, Type.REFUSED} for one in lines),
        "orders_kept": orders,
        "others_cleaned": len(kept) - orders,
    }


def _leave_tombstones(app: App) -> list[str]:
    """Write the tombstones beside what could bring her back: the home, and the backups that can be reached."""
    with app.state.read() as connection:
        tombstones.write_file(connection, app.settings.home)
        told = []
        for folder in _backups(app):
            try:
                tombstones.write_file(connection, folder)
            except OSError as error:
                log.warning("a backup got no tombstone", folder=folder.name, error=str(error))
            else:
                told.append(folder.name)
    return told


def _backups(app: App) -> Sequence[Path]:
    own = app.settings.path("backups")
    found = {one for one in own.iterdir() if one.is_dir()} if own.is_dir() else set()
    with app.state.read() as connection:
        said = rows.read_value(connection, apps.LAST_BACKUP)
    if said is not None:
        last = Path(msgspec.json.decode(said, type=dict[str, str])["folder"])
        found |= {last} if last.is_dir() else set()
    return sorted(found)


def _scrub(app: App) -> None:
    """Leave no byte of what was deleted: SQLite keeps it in free pages and in its log."""
    stores.scrub(app)
    public.scrub(app.settings.path("public.db"))
    with app.state.read() as connection:
        connection.exec_driver_sql("VACUUM")
        for _ in range(_TRIES):
            (is_busy, *_rest) = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            if not is_busy:
                return
            time.sleep(_PAUSE)
    log.warning("the log of the state store could not be emptied: somebody reads")


def _done(app: App, erasure_id: str, receipt: Mapping[str, Any]) -> None:
    with app.state.write() as connection:
        tombstones.move(connection, erasure_id, DONE, receipt=receipt, done_at=micros(app.clock.now()))


def _waits(settings: Settings) -> bool:
    state: State = apps.state_of(settings)
    try:
        with state.read() as connection:
            return bool(tombstones.pending(connection))
    finally:
        state.close()
