"""The composition root: settings in, a wired App out. It knows everyone; nobody below knows it."""

from __future__ import annotations

import fcntl
import gc
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from comptoir import logs
from comptoir.access import keys, public
from comptoir.access.keys import Brand
from comptoir.acting import Acting, applied_tick, message_references
from comptoir.clock import Clock
from comptoir.collect import channels, people
from comptoir.collect.geo import Networks
from comptoir.collect.pace import Pace
from comptoir.collect.pipeline import Counts
from comptoir.collect.plan.store import Plans
from comptoir.collect.seen import Seen
from comptoir.collect.stages import World
from comptoir.config import Settings
from comptoir.errors import HomeIsTaken, NoSuchHome
from comptoir.facts import derive, exchange
from comptoir.facts.derive import ShopRules
from comptoir.golden.choose import policy_of
from comptoir.golden.grading import FieldGrader
from comptoir.golden.keep import Keeper
from comptoir.identity.rules import Rules
from comptoir.model.tick import SpoolName
from comptoir.privacy import keyring, pages, prospects
from comptoir.quality import offers
from comptoir.quality.postal import NO_TOWNS, OWN_FILE, Towns, TownsUnreadable, read_towns
from comptoir.reports import ask, service
from comptoir.scores import asking
from comptoir.scores.night import Nights
from comptoir.segments import answers
from comptoir.segments.live import LiveSegments, published
from comptoir.segments.shop import Shop
from comptoir.segments.traits import answers as trait_answers
from comptoir.spool import wal
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state import migrate, rows
from comptoir.state.base import State, open_state
from comptoir.tick import Act, Ticker
from comptoir.warehouse.duckdb import Warehouse, open_warehouse

log = logs.get("app")

LINK_KEY = "link_key"
FENCED = "fenced"
LAST_BACKUP = "last_backup"
"""The named value in state that says where the last backup lies, and when it was taken."""
SETTLE_PAUSE = 0.05
BESIDE_PAUSE = 0.1
ASK_SECONDS = 120.0
ALONE_TICK = 131_072
"""
Lines a tick takes while an import works alone: nobody waits for the next one, and large sets cost less a row.

More than a row group of the warehouse (122,880): one that is full goes to its file at once, and by no log.
"""
SELDOM = (100_000, 10, 10)
"""How often Python looks for cycles while it does: a list of a tick's lines is long, and leads nowhere."""
NAMES_KEPT = 50_000
"""Pairs of account and browser whose nodes are remembered from tick to tick: some 25 MB."""

Progress = Callable[[int, int], None]
"""Told how many lines of how many are done."""


@dataclass(slots=True, kw_only=True)
class App:
    """One installation, opened: its settings, its clock, its state and its spools."""

    settings: Settings
    clock: Clock
    state: State
    spools: Mapping[str, SqliteSpool]

    def close(self) -> None:
        """Let go of every file."""
        for spool in self.spools.values():
            spool.close()
        self.state.close()

    def rules(self) -> Rules:
        """Give the guard rails of identity, with the shop's own contacts, which identify no customer."""
        return Rules(own_contacts=frozenset(one.strip().lower() for one in self.settings.identity.own_contacts))

    def keeper(self) -> Keeper:
        """Give what keeps the golden records, with the sources that this shop ranks."""
        return keeper_of(self.settings)

    def link_key(self) -> bytes:
        """Give this installation's first secret, made on first use: it signs links until one is rotated, and salts."""
        with self.state.write() as connection:
            return rows.first_value(connection, LINK_KEY, secrets.token_bytes(32))

    def publish(self) -> None:
        """Publish what the door must know: keys of sources, limits, and what verifies links."""
        first = self.link_key()
        with self.state.read() as connection:
            link_keys, shown = keyring.newest_first(connection, first), pages.gather(connection)
        keys.publish(self.state, self.settings.path("public.db"), link_keys=link_keys)
        public.write_pages(self.settings.path("public.db"), shown)

    def rotate_links(self, *, revoke: bool = False) -> int:
        """Make a new key for links and publish it; give how many keys verify now (`privacy.keyring.rotate`)."""
        first = self.link_key()
        with self.state.write() as connection:
            count = keyring.rotate(connection, first, self.clock.now(), revoke=revoke)
        self.publish()
        return count

    def is_fenced(self) -> bool:
        """Say whether this copy was restored from a backup and may not send yet."""
        with self.state.read() as connection:
            return rows.read_value(connection, FENCED) == b"1"

    def acting(self, warehouse: Warehouse) -> Acting:
        """Wire the box that acts on facts: scenarios, pressure and the sender."""
        return Acting(
            settings=self.settings,
            state=self.state,
            warehouse=warehouse,
            clock=self.clock,
            spools=self.spools,
            link_key=self.link_key(),
            golden=self.keeper(),
        )

    def ticker(self, warehouse: Warehouse, *, act: Act | None) -> Ticker:
        """Wire the ticker, recovered: it has finished what a crash left half done."""
        ticker = Ticker(
            state=self.state,
            warehouse=warehouse,
            spools=self.spools,
            clock=self.clock,
            knows=self.knowledge(),
            plans_at=Plans(self.state).at,
            act=act,
            golden=self.keeper(),
            segments=LiveSegments(self.state, self.shop()),
            rules=self.rules(),
            most=self.settings.engine.tick_events,
            pace=self.pace(),
        )
        ticker.recover()
        return ticker

    def shop(self) -> Shop:
        """Give what conditions of segments must know of the shop beside its facts."""
        said = self.settings.shop
        return Shop(
            brands=lambda: keys.list_brands(self.state),
            cart_abandoned_minutes=said.cart_abandoned_minutes,
            cart_expired_days=said.cart_expired_days,
            rankers=frozenset(self.keeper().policy.by_brand),
        )

    def knowledge(self) -> Callable[[Seen], World]:
        """Give what the stages must know beside the batch, read anew for each tick."""
        rules = self.rules()
        networks = self.networks()
        named: dict[people.Pair, people.Named] = {}

        def around(seen: Seen) -> World:
            networks.refresh()
            if len(named) > NAMES_KEPT:
                named.clear()
            brands = keys.list_brands(self.state)
            return World(
                seen=seen,
                sites=frozenset(
                    host for one in keys.list_sources(self.state) for host in map(channels.host_of, one.origins) if host
                ),
                currencies={brand.name: brand.currency for brand in brands},
                search_parameters=self.settings.collect.search_parameters,
                countries={brand.name: brand.country for brand in brands},
                is_blocked=rules.is_blocked,
                references=lambda ids: message_references(self.state, ids),
                offers=self.offers,
                towns=self.towns(),
                named=named,
                places=networks.places,
                datacenters=networks.datacenters,
            )

        return around

    def pace(self) -> Pace:
        """Give what counts how fast browsers turn pages, with nothing counted yet."""
        return Pace(self.settings.collect.pages_per_minute)

    def offers(self, ids: Sequence[str]) -> Mapping[str, offers.Offer]:
        """Give corrections that were offered to customers, by their ids."""
        with self.state.read() as connection:
            return offers.find(connection, ids)

    def towns(self) -> Towns:
        """Give which towns a postal code stands for, from the operator's file; nothing where there is none."""
        said = self.settings.quality.towns_file or OWN_FILE
        path = self.settings.path(said)
        return _towns(path, path.stat().st_mtime_ns) if path.is_file() else NO_TOWNS

    def networks(self) -> Networks:
        """Give the operator's files about networks, not opened yet; a path that is not absolute starts at the home."""
        said = self.settings.collect
        return Networks(
            geo_file=self.settings.path(said.geo_file) if said.geo_file else None,
            datacenter_file=self.settings.path(said.datacenter_file) if said.datacenter_file else None,
        )

    def forget(self, name: str, before: int) -> None:
        """Drop lines that are applied and archived from a spool; the front one is opened for writing only for that."""
        if name != SpoolName.FRONT:
            self.spools[name].forget(before)
            return
        spool = SqliteSpool(self.settings.path("spool", f"{name}.db"))
        try:
            spool.forget(before)
        finally:
            spool.close()

    def settle(self, spool: str, upto: int, progress: Progress | None = None) -> None:
        """
        Wait until the lines of a spool before offset `upto` are facts: the running engine works them, or else we do.
        """
        start = self._applied(spool)
        while self._applied(spool) < upto:
            try:
                with alone(self.settings):
                    self._work_until(spool, upto, start, progress)
            except HomeIsTaken:
                time.sleep(SETTLE_PAUSE)
            if progress is not None:
                progress(min(self._applied(spool), upto) - start, upto - start)

    @contextmanager
    def working_beside(self, spool: str) -> Iterator[None]:
        """Work the lines of a spool while more are appended inside, unless a running engine does so already."""
        over = threading.Event()
        worker = threading.Thread(target=self._work_beside, args=(spool, over), name="ticks")
        worker.start()
        try:
            yield
        finally:
            over.set()
            worker.join()

    def _work_beside(self, spool: str, over: threading.Event) -> None:
        """Open the warehouse once a large tick waits, and work such ticks until all is appended."""

        def waiting() -> int:
            return self.spools[spool].head() - self._applied(spool)

        while waiting() < ALONE_TICK:
            if over.wait(BESIDE_PAUSE):
                return
        try:
            with alone(self.settings), self._ticking() as (ticker, work):
                while not over.wait(0 if ticker.pending()[spool] >= ALONE_TICK else BESIDE_PAUSE):
                    if ticker.pending()[spool] >= ALONE_TICK:
                        work()
        except HomeIsTaken:
            return
        except Exception:
            # whoever settles next meets it again, where it can be told
            log.exception("the ticks beside an import stopped", spool=spool)

    def import_counts(self, import_id: str) -> Counts:
        """Say what became of the rows of an import that has settled."""
        (row,) = ask_warehouse(self.settings, "import_counts", {"import_id": import_id}).to_pylist()
        return Counts(
            received=row["received"],
            stored=row["stored"],
            refused=row["refused"],
            consent_discarded=0,
            duplicates=row["duplicates"],
        )

    def _applied(self, spool: str) -> int:
        with self.state.read() as connection:
            return rows.planned(connection, upto=applied_tick(connection)).get(spool, 0)

    def _work_until(self, spool: str, upto: int, start: int, progress: Progress | None) -> None:
        with self._ticking() as (ticker, work):
            while ticker.planned.get(spool, 0) < upto:
                work()
                if progress is not None:
                    progress(max(0, min(ticker.planned.get(spool, 0), upto) - start), upto - start)

    @contextmanager
    def _ticking(self) -> Iterator[tuple[Ticker, Callable[[], None]]]:
        """Lend a ticker of large ticks, on a warehouse of its own, and what works one."""
        warehouse = open_warehouse_of(self.settings)
        often = gc.get_threshold()
        gc.set_threshold(*SELDOM)
        try:
            ticker = self.ticker(warehouse, act=self.acting(warehouse))
            ticker.most = max(ticker.most, ALONE_TICK)
            with ThreadPoolExecutor(1, thread_name_prefix="checkpoint") as beside:
                last: Future[bool] | None = None

                def work() -> None:
                    nonlocal last
                    ticker.run_once()
                    if last is None or last.done():
                        if last is not None:
                            last.result()  # what went wrong is told where the import can say so
                        last = beside.submit(warehouse.checkpoint_if_needed, mb=self.settings.engine.checkpoint_mb)

                yield ticker, work
        finally:
            gc.set_threshold(*often)
            warehouse.close()


@lru_cache(maxsize=4)
def _towns(path: Path, _changed: int) -> Towns:
    """Read the operator's file of towns, once a change; the doctor tells of one that cannot be read."""
    try:
        return read_towns(path)
    except TownsUnreadable as error:
        log.error("the file of towns cannot be read", file=str(path), error=str(error))  # noqa: TRY400
        return NO_TOWNS


def open_app(settings: Settings) -> App:
    """
    Open an installation, brought to this version's tables.

    Raises: NoSuchHome where `comptoir init` has not made one.
    """
    if not settings.path("state.db").exists():
        raise NoSuchHome(home=str(settings.home))
    wal.check(settings.path("state.db"))
    state = open_state(settings.path("state.db"))
    migrate.migrate(state)
    # the door alone writes the front spool
    spools = {
        name.value: SqliteSpool(settings.path("spool", f"{name}.db"), read_only=name is SpoolName.FRONT)
        for name in SpoolName
    }
    return App(settings=settings, clock=settings.make_clock(), state=state, spools=spools)


def state_of(settings: Settings) -> State:
    """Open the state of an installation alone, as it is. Raises: NoSuchHome."""
    if not settings.path("state.db").exists():
        raise NoSuchHome(home=str(settings.home))
    return open_state(settings.path("state.db"))


def make_home(settings: Settings, *, brand: str) -> bool:
    """Make an installation with its first brand, and say whether it is new; one that is there is brought up to date."""
    is_new = not settings.path("state.db").exists()
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)  # personal data, and the key that signs links
    state = open_state(settings.path("state.db"))
    migrate.migrate(state)
    if is_new:
        keys.add_brand(state, Brand(name=brand))
    state.close()
    app = open_app(settings)
    app.publish()
    app.close()
    return is_new


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """
    Be the only engine of a home while inside.

    Raises: HomeIsTaken where another process is; two engines would send twice.
    """
    with settings.path("engine.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeIsTaken(home=str(settings.home)) from error
        yield


def open_warehouse_of(settings: Settings, *, path: Path | None = None, read_only: bool = False) -> Warehouse:
    """Open the warehouse of a home, or another file, and tell it the settings that facts depend on."""
    warehouse = open_warehouse(
        path or settings.path("warehouse.duckdb"),
        memory_mb=settings.engine.memory_mb,
        threads=settings.engine.threads,
        read_only=read_only,
    )
    if not read_only:
        state = open_state(settings.path("state.db"))
        tell_warehouse(settings, warehouse, accepting_sources(state), zones_of(state))
        tell_rates(settings, warehouse, state)
        state.close()
    return warehouse


def keeper_of(settings: Settings) -> Keeper:
    """Wire what keeps the golden records."""
    return Keeper(policy=policy_of(settings.golden.ranks, FieldGrader()))


def years_of(settings: Settings) -> prospects.Clock:
    """Give the years of silence after which people are left alone."""
    asked = settings.consent
    return prospects.Clock(prospect_years=asked.prospect_years, customer_years=asked.customer_years)


def accepting_sources(state: State) -> tuple[str, ...]:
    """Name the sources whose claimed orders count as revenue."""
    return tuple(source.name for source in keys.list_sources(state) if source.accepts_claimed_orders)


def zones_of(state: State) -> dict[str, str]:
    """Give the zone of each brand: its days are counted in it."""
    return {brand.name: brand.time_zone for brand in keys.list_brands(state)}


def tell_warehouse(
    settings: Settings, warehouse: Warehouse, accepting: tuple[str, ...], zones: Mapping[str, str] | None = None
) -> None:
    """Write into the warehouse the settings that facts depend on; without `zones`, those stay as they are."""
    shop = settings.shop
    rules = ShopRules(
        session_gap_minutes=shop.session_gap_minutes,
        cart_abandoned_minutes=shop.cart_abandoned_minutes,
        cart_expired_days=shop.cart_expired_days,
        order_cart_days=shop.order_cart_days,
        dedupe_days=shop.dedupe_days,
    )
    with warehouse.transaction() as cursor:
        derive.configure(cursor, rules, accepting, zones)


def rates_wanted(settings: Settings, state: State) -> tuple[Path | None, dict[str, str]]:
    """Give the file of exchange rates, if there is one, and each brand's currency."""
    said = settings.shop.rates_file
    return settings.path(said) if said else None, {one.name: one.currency for one in keys.list_brands(state)}


def tell_rates(settings: Settings, warehouse: Warehouse, state: State) -> bool:
    """
    Write what currencies are worth into the warehouse; say whether anything was new. Cheap where nothing is.

    A file that cannot be read leaves what was known; `comptoir doctor` and the log say so.
    """
    try:
        with warehouse.transaction() as cursor:
            return exchange.tell(cursor, *rates_wanted(settings, state))
    except exchange.RatesUnreadable as error:
        log.warning("exchange rates cannot be read", error=str(error))
        return False


def ask_warehouse(settings: Settings, name: str, parameters: Mapping[str, object]) -> pa.Table:
    """Answer one of Comptoir's own questions, `reports/sql/<name>.sql`, with these parameters."""
    return answer(settings, {"kind": "report", "name": name, "parameters": dict(parameters)})


def answer(settings: Settings, request: Mapping[str, object]) -> pa.Table:
    """
    Answer a question: the running engine does, or else we open the warehouse ourselves.

    An engine that starts, or stops, just now is waited for.

    Raises: NoSuchHome; whatever the question raises.
    """
    if not settings.path("state.db").exists():
        raise NoSuchHome(home=str(settings.home))
    while True:
        try:
            return service.ask(settings.path(service.FILE_NAME), request, ASK_SECONDS)
        except service.EngineUnreachable:
            try:
                with alone(settings):
                    return _answer_ourselves(settings, request)
            except HomeIsTaken:
                time.sleep(SETTLE_PAUSE)


def _answer_ourselves(settings: Settings, request: Mapping[str, object]) -> pa.Table:
    warehouse = open_warehouse_of(settings)
    try:
        if request.get("kind") == "lapsed":
            return prospects.table(warehouse.cursor(), request, years_of(settings))
        if request.get("kind") in {"segment", "trait"}:
            return _segments_ourselves(settings, warehouse, request)
        if str(request.get("kind")).startswith("score"):
            return _scores_ourselves(settings, warehouse, request)
        return ask.answer(warehouse.cursor(), request)
    finally:
        warehouse.close()


def answer_of_segments(
    state: State, shop: Shop, warehouse: Warehouse, request: Mapping[str, Any], *, now: datetime
) -> pa.Table:
    """
    Answer a question about segments or computed traits (`segments.answers`, `segments.traits.answers`).

    Raises: QueryTimedOut, BadQuestion, BadSegment, BadTrait, BadTraitQuestion.
    """
    if request.get("kind") == "segment":
        with warehouse.cursor() as cursor:  # so short that no clock need watch it
            found = answers.written(cursor, request)
        if found is not None:
            return found
    seconds = min(float(request.get("seconds", ask.SECONDS)), ask.MOST_SECONDS)
    with warehouse.cursor() as cursor, ask.limited(cursor, seconds):
        around = shop.around(cursor)(None)
        if request.get("kind") == "trait":
            return trait_answers.answer(cursor, around, request, now=now)
        shelf = published(state)
        return answers.answer(answers.Asking(cursor=cursor, around=around, now=now, request=request, shelf=shelf))


def _segments_ourselves(settings: Settings, warehouse: Warehouse, request: Mapping[str, object]) -> pa.Table:
    app = open_app(settings)
    try:
        return answer_of_segments(app.state, app.shop(), warehouse, request, now=app.clock.now())
    finally:
        app.close()


def _scores_ourselves(settings: Settings, warehouse: Warehouse, request: Mapping[str, object]) -> pa.Table:
    app = open_app(settings)
    try:
        return asking.answer(nights_of(settings, warehouse), zones_of(app.state), request, now=app.clock.now())
    finally:
        app.close()


def nights_of(settings: Settings, warehouse: Warehouse, moved: threading.Event | None = None) -> Nights:
    """Wire who runs the scores; `moved` is set when one of them changed."""
    return Nights(warehouse=warehouse, settings=asdict(settings.scores), has_changed=moved or threading.Event())
