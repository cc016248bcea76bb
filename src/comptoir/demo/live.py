"""The demonstration while it runs: visitors come, mails go out, some are followed, and the euro is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from comptoir import app as apps
from comptoir.acting import authored
from comptoir.app import App
from comptoir.clock import instant, micros, monotonic
from comptoir.demo import home as homes
from comptoir.demo import letters, opening
from comptoir.demo.opening import Opened
from comptoir.demo.passersby import Counted
from comptoir.demo.storefront import counter, server
from comptoir.demo.storefront.site import Storefront
from comptoir.demo.visitors import LeftBasket, Visitors
from comptoir.errors import ComptoirError
from comptoir.messaging import inbox
from comptoir.reports import results
from comptoir.sources import shopper
from comptoir.sources.replay import HttpPost

SCENARIO = "abandoned-basket"
READS_AFTER = timedelta(minutes=2), timedelta(minutes=12)
"""How long it takes until somebody reads a mail."""
LOOK_SECONDS = 0.4
"""How often the inbox is looked into."""
NOTE_SECONDS = 2.0
"""How often it is written down where the clock stands."""
_WORK_SECONDS = 0.05
_DECIDES = timedelta(seconds=40)
REGULARS = 12
"""So many regulars are at the door when the shop opens."""

MILESTONES = ("basket left", "mail", "click", "order", "euro in Results")
"""What a demonstration promises to show. Order: as it happens."""

Tell = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Told:
    """What came of the mails."""

    mails: int = 0
    clicks: int = 0
    orders: int = 0
    """Made after a click."""
    failures: list[str] = field(default_factory=list)
    first_after: dict[str, float] = field(default_factory=dict)
    """By `MILESTONES`: how long the shop was open when it first happened. Units: seconds, of this machine's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Somebody who will follow a mail's link."""

    at: int
    link: str
    mail: dict[str, Any]
    basket: LeftBasket
    buys: bool


@dataclass(slots=True, kw_only=True)
class Live:
    """The demonstration, running."""

    opened: Opened
    app: App
    visitors: Visitors
    tell: Tell
    told: Told = field(default_factory=Told)
    _seen: int = 0
    _readings: list[_Reading] = field(default_factory=list)
    _persons: dict[str, int] = field(default_factory=dict)
    _dice: np.random.Generator = field(default_factory=np.random.default_rng)
    _opened_at: float = field(default_factory=monotonic)
    _looked: float = 0.0
    _noted: float = 0.0

    def __post_init__(self) -> None:
        """Know whose address is whose; mails of former runs are read already."""
        who = self.opened.shop.people
        self._persons = {who.emails[one]: one for one in range(len(who))}
        self._seen = len(inbox.listing(self.opened.settings.home))
        self._dice = self.opened.shop.plan.dice(f"readers {self.app.clock.now().isoformat()}")

    def work(self) -> None:
        """Do what is due by now."""
        self.visitors.work()
        if self.visitors.counts.baskets:
            self.reach("basket left")
        self._follow()
        now = monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._look()
        if now - self._noted >= NOTE_SECONDS:
            self._noted = now
            margin = timedelta(seconds=2 * NOTE_SECONDS) * self.opened.settings.clock.speed
            opening.note_clock(self.opened.settings.home, self.opened.note, self.app.clock, margin=margin)

    def reach(self, milestone: str) -> None:
        """Note when something happened for the first time."""
        self.told.first_after.setdefault(milestone, monotonic() - self._opened_at)

    def run(self, until: Callable[[], bool]) -> None:
        """Go on until `until` says so, or the visitors are stopped."""
        while not until() and not self.visitors.stopping.wait(_WORK_SECONDS):
            self.work()

    def _look(self) -> None:
        mails = inbox.listing(self.opened.settings.home)
        for mail in mails[self._seen :]:
            self.told.mails += 1
            self.reach("mail")
            self.tell(f"[{self._at()}] mail to {', '.join(mail['to'])}: {mail['subject']}")
            self._receive(mail)
        self._seen = len(mails)

    def _receive(self, mail: dict[str, Any]) -> None:
        """Decide, by who they are, whether somebody will follow a mail, and buy."""
        person = self._persons.get(mail["to"][0])
        basket = letters.basket_of(self.app, mail)
        left = self.visitors.left.get(basket.cart_id) if basket is not None else None
        link = letters.click_link(self.app, mail)
        who = self.opened.shop.people
        if person is None or left is None or link is None or self._dice.random() >= who.clicks[person]:
            return
        wait = READS_AFTER[0] + (READS_AFTER[1] - READS_AFTER[0]) * float(self._dice.random())
        at = micros(self.app.clock.now()) + wait // timedelta(microseconds=1)
        buys = bool(self._dice.random() < who.persuaded[person])
        self._readings.append(_Reading(at=at, link=link, mail=mail, basket=left, buys=buys))

    def _follow(self) -> None:
        now = micros(self.app.clock.now())
        for one in [one for one in self._readings if one.at <= now]:
            self._readings.remove(one)
            if one.basket.cart_id in self.visitors.left:
                self._click(one, now)

    def _click(self, one: _Reading, now: int) -> None:
        basket = letters.basket_of(self.app, one.mail)
        if basket is None:
            return
        post = self.visitors.posts[one.basket.visitor.house.key]
        try:
            shopper.click(one.link, basket, post, self.app.clock, buys=False, wait=self.visitors.wait)
        except ComptoirError as error:
            self.told.failures.append(str(error))
            return
        self.told.clicks += 1
        self.reach("click")
        who = one.mail["to"][0]
        if one.buys:
            self.told.orders += 1
            self.reach("order")
            self.visitors.buys(one.basket, at=now + _DECIDES // timedelta(microseconds=1))
            self.tell(f"[{self._at()}]   … {who} clicks, comes back and orders for {basket.total} {basket.currency}")
        else:
            self.tell(f"[{self._at()}]   … {who} clicks, and only looks")

    def _at(self) -> str:
        return f"{instant(micros(self.app.clock.now())):%H:%M}"


@contextmanager
def open_shop(opened: Opened, *, rate: float, tell: Tell) -> Iterator[Live]:
    """Open the storefront and let visitors in while inside; the installation must be running."""
    note, shop = opened.note, opened.shop
    door = homes.door_of(opened.settings)
    with ExitStack() as stack:
        app = apps.open_app(opened.settings)
        stack.callback(app.close)
        posts = {
            name: stack.enter_context(HttpPost(door, write_key=write, secret_key=secret))
            for name, (write, secret) in note.keys.items()
        }
        # the storefront answers in threads of its own, and so has connections of its own
        own = {
            name: stack.enter_context(HttpPost(door, write_key=write, secret_key=secret))
            for name, (write, secret) in note.keys.items()
        }
        site = Storefront(
            catalogue=shop.catalogue,
            counter=counter.Counter(posts=own, clock=app.clock, accounts=counter.accounts_of(shop.people)),
            door=door,
            write_keys={name: write for name, (write, _) in note.keys.items()},
        )
        stack.enter_context(server.running(site, note.shop_port))
        counted = Counted(door, {name: write for name, (write, _) in note.keys.items()})
        stack.callback(counted.close)
        visitors = Visitors(shop=shop, clock=app.clock, posts=posts, pass_by=counted, rate=rate)
        visitors.regulars(REGULARS)
        yield Live(opened=opened, app=app, visitors=visitors, tell=tell)
        opening.note_clock(opened.settings.home, note, app.clock)


def brought(app: App) -> dict[str, Any]:
    """
    Give what *Results* says of the basket scenario: people of both arms, and what is attributed to it.

    Shape: treated, control (people); orders, revenue_minor by currency, of people who clicked.
    """

    def ask(name: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = apps.ask_warehouse(app.settings, name, parameters).to_pylist()
        return found

    with app.state.read() as connection:
        known = authored(connection)
    found = results.results(ask, authored=known)
    one = next((each for each in found["scenarios"] if each["scenario"] == SCENARIO), None)
    if one is None:
        return {"treated": 0, "control": 0, "orders": 0, "revenue_minor": {}}
    rows = [row for row in one["attributed"] if row["way"] == "clicked" and row["orders"]]
    return {
        "treated": one["treated"]["people"],
        "control": one["control"]["people"],
        "orders": sum(row["orders"] for row in rows),
        "revenue_minor": {row["currency"]: row["revenue_minor"] for row in rows},
    }
