"""The demonstration: a real stream through a real installation, sped up: visits, baskets, mails, orders, euros."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
from sqlalchemy import select

from comptoir import config
from comptoir.access import keys
from comptoir.access.keys import NewSource
from comptoir.app import App, make_home, open_app
from comptoir.clock import RealClock, micros, monotonic
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.identity import profile
from comptoir.ids import hash64
from comptoir.messaging import inbox
from comptoir.messaging.rows import outbox
from comptoir.model.tick import SpoolName
from comptoir.reports import service
from comptoir.scenarios import definitions
from comptoir.sources import intake, mapping, segment, shopper
from comptoir.sources.replay import HttpPost, Replayed, replay
from comptoir.sources.shape import Run
from comptoir.sources.shopper import Basket, Bought

STREAM_START = datetime(2019, 10, 1, tzinfo=UTC)
SPEED = 120.0
MARK = "demo"
"""A file in a home that says it was made here, and may be thrown away."""
PREPARE_SECONDS = 15.0
"""Real time between the start of the demonstration and the start of the stream."""
LAST_WAIT = timedelta(minutes=36)
"""After the stream: the last basket's half hour, and a little."""
CLICKS, BUYS = 60, 70
"""Of a hundred people who get a mail, so many click; of a hundred who click, so many buy."""
IMPORTS = (
    ("products", "rees46_excerpt.csv.gz", "rees46_products.yaml"),
    ("contacts", "contacts.csv", "contacts.yaml"),
    ("consents", "consents.csv", "consents.yaml"),
)

Tell = Callable[[str], None]


class NoDemoData(ComptoirError, LookupError):
    """The stream of the demonstration is not there."""

    code, status = "no_demo_data", 404
    hint = "Run it from a checkout of the project, or name the folder: comptoir demo --data examples/real"


class NotADemo(ComptoirError, ValueError):
    """This folder was not made by the demonstration, so it is not thrown away."""

    code, status = "not_a_demo", 409
    hint = "Give another folder with --home."


@dataclass(slots=True, kw_only=True)
class Told:
    """What the demonstration did, for the end of the story."""

    replayed: Replayed | None = None
    mails: int = 0
    clicks: int = 0
    orders: int = 0
    failures: list[str] = field(default_factory=list)


def prepare(home: Path, data: Path, *, speed: float, tell: Tell) -> tuple[Settings, NewSource]:
    """
    Make the installation: its sped-up clock, a source, the catalogue, contacts with their consent, the scenario.

    Raises: NoDemoData; NotADemo.
    """
    if not (data / "rees46_excerpt.csv.gz").exists():
        raise NoDemoData(folder=str(data))
    if home.exists():
        if not (home / MARK).exists() and any(home.iterdir()):
            raise NotADemo(folder=str(home))
        shutil.rmtree(home)
    home.mkdir(parents=True)
    (home / MARK).touch()
    _write_settings(home, speed)
    settings = config.load(home)
    make_home(settings, brand="rees")
    app = open_app(settings)
    try:
        new = keys.add_source(app.state, name="shop", brand="rees", now=app.clock.now())
        app.publish()
        for kind, file, how in IMPORTS:
            tell(f"{_import(app, data / file, data / how):>7,} {kind} imported")
        with app.state.write() as connection:
            definitions.publish(connection, definitions.shipped()["abandoned-basket"], app.clock.now())
        tell("        scenario “abandoned basket” is live: one reminder, 25 minutes after the last cart action")
    finally:
        app.close()
    return settings, new


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """Run the installation's three processes while inside."""
    log = settings.path("serve.log").open("w")
    command = [sys.executable, "-m", "comptoir", "serve", "--home", str(settings.home)]
    server = subprocess.Popen(command, stderr=log, stdout=log)  # noqa: S603 (our own interpreter)
    try:
        _wait_until_ready(settings, server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def play(settings: Settings, new: NewSource, data: Path, *, tell: Tell) -> Told:
    """Post the stream, read the mails as they come, and let some people click and buy."""
    told = Told()
    app = open_app(settings)
    post = HttpPost(_door(settings), write_key=new.write_key, secret_key=new.secret_key)
    stream = list(segment.hits(data / "rees46_excerpt.csv.gz", mapping.load(data / "rees46.yaml")))
    posting = threading.Thread(target=lambda: _post(told, stream, post, app), name="stream")
    posting.start()
    end = app.clock.now() + timedelta(days=1)
    seen = 0
    try:
        while app.clock.now() < end:
            if not posting.is_alive() and end - app.clock.now() > LAST_WAIT:
                end = app.clock.now() + LAST_WAIT
                tell(f"[{_at(app)}] the stream is over; the last baskets have their half hour")
            mails = inbox.listing(settings.home)
            for mail in mails[seen:]:
                _receive(app, post, mail, told, tell)
            seen = len(mails)
            time.sleep(0.1)
    finally:
        posting.join()
        app.close()
    return told


def _receive(app: App, post: HttpPost, mail: dict[str, object], told: Told, tell: Tell) -> None:
    told.mails += 1
    to = ", ".join(mail["to"])  # type: ignore[arg-type]
    tell(f"[{_at(app)}] mail to {to}: {mail['subject']}")
    shown = inbox.show(app.settings.home, str(mail["id"]))
    link = next((one for one in shown["links"] if "/c/" in one), None)
    basket = _basket(app, str(mail["message_id"]).partition("@")[0])
    if link is None or basket is None or not _drawn(basket.cart_id, "clicks", CLICKS):
        return
    buys = _drawn(basket.cart_id, "buys", BUYS)
    try:
        landed = shopper.click(link, basket, post, app.clock, buys=buys)
    except ComptoirError as error:
        told.failures.append(str(error))
        return
    told.clicks += 1
    if landed.order_id is not None:
        told.orders += 1
        tell(f"[{_at(app)}]   … clicks, comes back and orders for {basket.total} {basket.currency}")
    else:
        tell(f"[{_at(app)}]   … clicks, and only looks")


def _basket(app: App, message_id: str) -> Basket | None:
    with app.state.read() as connection:
        row = connection.execute(select(outbox).where(outbox.c.message_id == message_id)).mappings().first()
        known = None if row is None else profile.read(connection, "email", row["contact"])
    if row is None or known is None:
        return None
    values = {one.kind: one.value for one in known.identifiers}
    promised = msgspec.json.decode(row["promise"])
    return Basket(
        cart_id=row["cart_id"] or row["cart_key"],
        anonymous_id=values.get("anonymous", message_id),
        user_id=values.get("account"),
        currency=promised[0]["currency"],
        products=[
            Bought(product_id=one["product_id"], price=Decimal(one["price"]), quantity=int(Decimal(one["quantity"])))
            for one in promised
        ],
    )


def _post(told: Told, stream: list[segment.Hit], post: HttpPost, app: App) -> None:
    told.replayed = replay(stream, post, app.clock, aligned=True)


def _drawn(who: str, what: str, of_hundred: int) -> bool:
    return hash64("demo", what, who) % 100 < of_hundred


def _import(app: App, file: Path, how: Path) -> int:
    plan = mapping.load(how)
    now = micros(app.clock.now())
    run = Run(import_id=f"demo-{how.stem}", source="shop", brand="rees", now_micros=now)
    taken = intake.take_in([file], plan, app.spools[SpoolName.BACK], run)
    app.settle(SpoolName.BACK, taken.head)
    return app.import_counts(run.import_id).stored


def _write_settings(home: Path, speed: float) -> None:
    since = RealClock().now() + timedelta(seconds=PREPARE_SECONDS)
    door, desk, mail = _free_ports(3)
    (home / config.FILE_NAME).write_text(
        f"[clock]\nstart = '{STREAM_START.isoformat()}'\nsince = '{since.isoformat()}'\nspeed = {speed}\n\n"
        f"[door]\nport = {door}\n\n[desk]\nport = {desk}\n\n"
        f"[mail]\nport = {mail}\ninbox = true\nsender = 'boutique@shop.example.org'\n",
        encoding="utf-8",
    )


def _free_ports(count: int) -> list[int]:
    with closing(socket.socket()) as one, closing(socket.socket()) as two, closing(socket.socket()) as three:
        sockets = [one, two, three][:count]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _wait_until_ready(settings: Settings, server: subprocess.Popen[bytes]) -> None:
    deadline = monotonic() + 30
    while monotonic() < deadline and server.poll() is None:
        try:
            service.ask_status(settings.path(service.FILE_NAME))
            with closing(socket.create_connection((settings.door.host, settings.door.port), 1)):
                return
        except (OSError, ComptoirError):
            time.sleep(0.1)
    raise ComptoirError(problem="the server did not start", log=str(settings.path("serve.log")))


def _door(settings: Settings) -> str:
    return f"http://{settings.door.host}:{settings.door.port}"


def _at(app: App) -> str:
    return f"{app.clock.now():%H:%M}"
