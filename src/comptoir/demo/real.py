"""The real stream: an excerpt of REES46 through a real installation, sped up: visits, baskets, mails, orders, euros."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from comptoir import config
from comptoir.access import keys
from comptoir.access.keys import NewSource
from comptoir.app import App, make_home, open_app
from comptoir.clock import RealClock, micros
from comptoir.config import Settings
from comptoir.demo import home as homes
from comptoir.demo.letters import basket_of, click_link
from comptoir.errors import ComptoirError
from comptoir.ids import hash64
from comptoir.messaging import inbox
from comptoir.model.tick import SpoolName
from comptoir.scenarios import definitions
from comptoir.sources import intake, mapping, segment, shopper
from comptoir.sources.replay import HttpPost, Replayed, replay
from comptoir.sources.shape import Run

STREAM_START = datetime(2019, 10, 1, tzinfo=UTC)
SPEED = 120.0
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
    hint = "Run it from a checkout of the project, or name the folder: comptoir demo --real --data examples/real"


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
    homes.clear(home)
    since = RealClock().now() + timedelta(seconds=PREPARE_SECONDS)
    homes.write_settings(
        home,
        start=STREAM_START,
        since=since,
        speed=speed,
        sender="boutique@shop.example.org",
        ports=homes.free_ports(3),
    )
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


def play(settings: Settings, new: NewSource, data: Path, *, tell: Tell) -> Told:
    """Post the stream, read the mails as they come, and let some people click and buy."""
    told = Told()
    app = open_app(settings)
    post = HttpPost(homes.door_of(settings), write_key=new.write_key, secret_key=new.secret_key)
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


def _receive(app: App, post: HttpPost, mail: dict[str, Any], told: Told, tell: Tell) -> None:
    told.mails += 1
    tell(f"[{_at(app)}] mail to {', '.join(mail['to'])}: {mail['subject']}")
    link, basket = click_link(app, mail), basket_of(app, mail)
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


def _at(app: App) -> str:
    return f"{app.clock.now():%H:%M}"
