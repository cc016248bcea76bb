"""The demonstration's shop is opened: its installation made, its history imported, its scenarios switched on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from comptoir import app as apps
from comptoir import config
from comptoir.access import keys, passwords
from comptoir.access.keys import Brand
from comptoir.app import App
from comptoir.clock import Clock, RealClock, micros
from comptoir.config import Settings
from comptoir.demo import home as homes
from comptoir.demo.shop import files, make, truth
from comptoir.demo.shop.make import Shop
from comptoir.demo.shop.plan import HOUSES, Plan
from comptoir.messaging import servers
from comptoir.messaging.servers import MailServer
from comptoir.model.tick import SpoolName
from comptoir.scenarios import definitions
from comptoir.sources import history, intake, mapping
from comptoir.sources.shape import Run
from comptoir.state import migrate
from comptoir.state.base import open_state
from comptoir.state.sealing import master_key

DATA = "shop-files"
"""Where in the home the merchant's files are written."""
LIVE = ("abandoned-basket", "lead-to-sales")
"""Scenarios that are switched on."""
_PASSWORD_PARTS = 3

Progress = Callable[[str, int, int], None]
"""Told what is being done, and how many rows of how many are done."""


class Note(msgspec.Struct, kw_only=True):
    """What a demonstration writes down about itself, to go on with later."""

    customers: int
    months: int
    seed: int
    shop_port: int
    password: str
    keys: dict[str, tuple[str, str]]
    """The write key and the secret key of each house's site."""
    stopped_at: datetime
    """Where its clock stands: it goes on from here."""
    is_imported: bool = False

    def plan(self) -> Plan:
        """Give the plan its shop was made of."""
        return Plan(
            customers=self.customers,
            months=self.months,
            seed=self.seed,
            shop_url=f"http://127.0.0.1:{self.shop_port}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The demonstration's installation, ready to be run."""

    settings: Settings
    note: Note
    shop: Shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of the import. `rows` is the sum of the others."""

    rows: int
    accepted: int
    refused: int
    duplicates: int


def found(home: Path) -> Note | None:
    """Give the note of a demonstration that can be gone on with."""
    path = home / homes.MARK
    if not path.exists() or not path.stat().st_size:
        return None
    note = msgspec.json.decode(path.read_bytes(), type=Note)
    return note if note.is_imported else None


def keep(home: Path, note: Note) -> None:
    """Write the note down: all of it or nothing."""
    path = home / homes.MARK
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(note)))
    unfinished.chmod(0o600)
    unfinished.replace(path)


def begin(home: Path, plan: Plan, *, speed: float) -> Opened:
    """Make the installation: two brands, their sites, a user for the screens. Raises: NotADemo; HomeIsTaken."""
    _see_that_it_rests(home)
    homes.clear(home)
    (*ports, shop_port) = homes.free_ports(4)
    _set_clock(home, plan.until, speed, ports)
    settings = config.load(home)
    _add_brands(settings, f"http://127.0.0.1:{shop_port}")
    app = apps.open_app(settings)
    try:
        now = app.clock.now()
        word = "-".join(secrets.token_hex(3) for _ in range(_PASSWORD_PARTS))
        passwords.add_first_user(app.state, now)
        passwords.change(app.state, passwords.FIRST_USER, word, now)
        sites = {one.key: keys.add_source(app.state, name=one.key, brand=one.title, now=now) for one in HOUSES}
        _switch_on(app, now)
        app.publish()
    finally:
        app.close()
    note = Note(
        customers=plan.customers,
        months=plan.months,
        seed=plan.seed,
        shop_port=shop_port,
        password=word,
        keys={name: (one.write_key, one.secret_key) for name, one in sites.items()},
        stopped_at=plan.until,
    )
    keep(home, note)
    return Opened(settings=settings, note=note, shop=make.make(note.plan()))


def go_on(home: Path, note: Note, *, speed: float) -> Opened:
    """Open a demonstration again: its clock goes on from where it stopped. Raises: HomeIsTaken."""
    _see_that_it_rests(home)
    former = config.load(home)
    _set_clock(home, note.stopped_at, speed, [former.door.port, former.desk.port, former.mail.port])
    return Opened(settings=config.load(home), note=note, shop=make.make(note.plan()))


def write_files(opened: Opened) -> list[files.Written]:
    """Write the merchant's files, and the truth beside them."""
    folder = opened.settings.path(DATA)
    written = files.write(opened.shop, folder)
    truth.write(opened.shop, folder / "truth")
    return written


def bring_in(app: App, written: list[files.Written], progress: Progress) -> Imported:
    """
    Import the files as `comptoir import` does; a running engine works the rows while we read on.

    Source names are those of the mappings; brands are the houses'.
    """
    whole = sum(one.rows for one in written)
    runs: list[str] = []
    read, head = 0, 0
    for one in written:
        plan = mapping.load(one.mapping)
        run = Run(
            import_id=f"{one.house.key}-{one.path.stem}",
            source=plan.source or one.house.key,
            brand=one.house.title,
            now_micros=micros(app.clock.now()),
        )
        runs.append(run.import_id)
        _begin(app, run, one)
        size, before = one.path.stat().st_size, read

        def show(_: Path, position: int, *, size: int = size, before: int = before, rows: int = one.rows) -> None:
            progress("reading", before + rows * position // size, whole)

        head = intake.take_in([one.path], plan, app.spools[SpoolName.BACK], run, progress=show).head
        read += one.rows
    app.settle(SpoolName.BACK, head, progress=lambda done, all_: progress("working", whole - all_ + done, whole))
    counts = [app.import_counts(one) for one in runs]
    with app.state.write() as connection:
        for import_id, said in zip(runs, counts, strict=True):
            told = {"read": said.received, "accepted": said.stored, "refused": said.refused}
            history.end(connection, import_id, app.clock.now(), told | {"duplicates": said.duplicates, "skipped": 0})
    return Imported(
        rows=whole,
        accepted=sum(one.stored for one in counts),
        refused=sum(one.refused for one in counts),
        duplicates=sum(one.duplicates for one in counts),
    )


def _begin(app: App, run: Run, one: files.Written) -> None:
    """Write an import into the history, as any other."""
    with app.state.write() as connection:
        history.drop(connection, run.import_id)  # of a demonstration that was interrupted
        history.begin(
            connection, import_id=run.import_id, kind=mapping.load(one.mapping).kind.name, source=run.source,
            brand=run.brand, files=[one.path], made_by="demo", now=app.clock.now(), machine_now=RealClock().now(),
            mapping=one.mapping.read_text(encoding="utf-8"),
        )  # fmt: skip


def note_clock(home: Path, note: Note, clock: Clock, *, margin: timedelta = timedelta()) -> None:
    """Write down where the clock stands, or where it will be a little later, so that it never goes back."""
    note.stopped_at = clock.now() + margin
    keep(home, note)


def _see_that_it_rests(home: Path) -> None:
    """See that no other process is running this demonstration: its clock and its files are about to change."""
    if homes.is_demo(home):
        with apps.alone(config.load(home)):
            return


def _set_clock(home: Path, start: datetime, speed: float, ports: list[int]) -> None:
    homes.write_settings(home, start=start, since=RealClock().now(), speed=speed, sender=HOUSES[0].sender, ports=ports)


def _add_brands(settings: Settings, shop_url: str) -> None:
    state = open_state(settings.path("state.db"))
    migrate.migrate(state)
    for one in HOUSES:
        brand = Brand(
            name=one.title,
            time_zone=one.zone,
            currency=one.currency,
            country=one.country,
            language=one.language,
            url=f"{shop_url}/{one.path}/",
        )
        keys.add_brand(state, brand)
    with state.write() as connection:
        for one in HOUSES:
            server = MailServer(
                name=one.key,
                brand=one.title,
                host=settings.mail.host,
                port=settings.mail.port,
                security="none",
                sender=one.sender,
            )
            servers.save(connection, server, master_key(settings.home))
    state.close()
    apps.make_home(settings, brand=HOUSES[0].title)


def _switch_on(app: App, now: datetime) -> None:
    with app.state.write() as connection:
        for name in LIVE:
            definitions.publish(connection, definitions.shipped()[name], now)
