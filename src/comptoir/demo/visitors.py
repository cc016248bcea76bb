"""Simulated visitors, who really post to the door: they look, fill baskets, leave, get mails, come back and order."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from comptoir.clock import Clock, instant, micros
from comptoir.demo import passersby
from comptoir.demo.passersby import PageView, PassBy
from comptoir.demo.shop import habits, people, seasons
from comptoir.demo.shop.catalogue import DEPARTMENTS, EACH, Product
from comptoir.demo.shop.habits import Channel
from comptoir.demo.shop.make import Shop
from comptoir.demo.shop.plan import HOUSES, House
from comptoir.demo.shop.visits import NOBODY, pace_online
from comptoir.demo.storefront.counter import amount
from comptoir.ids import hash64, hex64
from comptoir.sources.replay import Post, deliver
from comptoir.sources.segment import BROWSER_LIBRARY, SERVER_LIBRARY, Speaker, stamped

SECOND = 1_000_000
PAUSE_SECONDS = 0.05
COMES_BACK = timedelta(hours=2), timedelta(hours=26)
"""After how long people who leave a basket come back to it by themselves."""
CART = "v-"
"""What the ids of visitors' baskets begin with."""
_HOUR = 3_600


@dataclass(slots=True, kw_only=True)
class Counts:
    """What the visitors have done so far. `sent` is the sum of `acked`, `refused` and `lost`."""

    visits: int = 0
    sent: int = 0
    acked: int = 0
    refused: int = 0
    lost: int = 0
    baskets: int = 0
    """Left behind."""
    orders: int = 0
    unnamed: int = 0
    """Page views of people who want no cookie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who is on the site, with which browser."""

    person: int
    """NOBODY for strangers."""
    house: House
    browser: str
    agent: str
    email: str | None
    account: str | None

    @property
    def is_known(self) -> bool:
        """Say whether the shop knows them."""
        return self.person != NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBasket:
    """A basket somebody left."""

    cart_id: str
    visitor: Visitor
    product: Product


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at: int
    number: int
    house: str = field(compare=False)
    speaker: Speaker = field(compare=False)
    message: dict[str, Any] = field(compare=False)
    cart_id: str = field(compare=False, default="")
    """The basket an order is of: it is made at most once."""


@dataclass(slots=True, kw_only=True)
class Visitors:
    """
    Everybody who comes to the site. Not for two threads at once, but for `rate`, `is_paused` and `stop`.

    Units: `rate` in times of what the shop's last weeks were.
    """

    shop: Shop
    clock: Clock
    posts: Mapping[str, Post]
    pass_by: PassBy = passersby.unseen
    rate: float = 1.0
    is_paused: bool = False
    counts: Counts = field(default_factory=Counts)
    left: dict[str, LeftBasket] = field(default_factory=dict)
    """Baskets left and not bought, by id."""
    stopping: threading.Event = field(default_factory=threading.Event)
    _due: list[_Due] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _name: str = ""
    _next: dict[str, int] = field(default_factory=dict)
    _dice: np.random.Generator = field(init=False)
    _pace: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        """Begin where the clock stands, with dice of that instant: visitors of another day are others."""
        now = micros(self.clock.now())
        self._name = hex64(hash64("visitors", str(self.shop.plan.seed), str(now)))
        self._dice = self.shop.plan.dice(f"visitors {now}")
        online = pace_online(self.shop.people, self.shop.plan.days - 1) * self.shop.people.has_email
        self._pace = np.stack([np.where(self.shop.people.house == place, online, 0.0) for place in range(len(HOUSES))])

    def stop(self) -> None:
        """Stop: whoever is on the site stays where they are."""
        self.stopping.set()

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until everybody is stopped."""
        self.stopping.wait(seconds)

    def work(self) -> None:
        """Let everybody do what is due by now, and newcomers come."""
        now = micros(self.clock.now())
        if self.is_paused:
            self._next.clear()
            return
        for house in HOUSES:
            self._arrivals(house, now)
        while self._due and self._due[0].at <= now and not self.stopping.is_set():
            self._do(heapq.heappop(self._due), now)

    def regulars(self, count: int) -> None:
        """
        Let the regulars come at once, and leave a basket each: those on whom a mail has the most effect.

        So the first mails are likely to be followed; who of them is held out is drawn as for everybody.
        """
        who = self.shop.people
        reached = (self._pace.sum(axis=0) > 0) & who.has_account & who.agrees & ~who.withdrew
        best = np.argsort(np.where(reached, -who.effect(), 0.0), kind="stable")[:count]
        at = micros(self.clock.now())
        for person in best[reached[best]].tolist():
            visitor = self._known(person, 0)
            product, later = self._looks_around(visitor, at, self._channel())
            cart_id = f"{CART}{self._name[:8]}-{self.counts.visits}"
            later = self._signs_in(visitor, self._fills(visitor, cart_id, product, later))
            self._leaves(LeftBasket(cart_id=cart_id, visitor=visitor, product=product), later)

    def buys(self, basket: LeftBasket, *, at: int) -> None:
        """Let the one who left a basket come back and buy it, unless it is bought by then."""
        self._order(basket.visitor, basket.cart_id, basket.product, at=at)

    # ── who comes ──

    def _arrivals(self, house: House, now: int) -> None:
        at = self._next.get(house.key)
        if at is None:
            at = now + self._gap(house, now)
        while at <= now:
            self._visit(house, at)
            at += self._gap(house, at)
        self._next[house.key] = at

    def _gap(self, house: House, at: int) -> int:
        """Draw how long it is to the next visit: by the hour of that place, as in the weeks before."""
        wall = instant(at).astimezone(ZoneInfo(house.zone))
        hours = seasons.hour_weights(is_store=False)
        place = HOUSES.index(house)
        daily = float((self.shop.visits.house == place).sum()) / self.shop.plan.browsing_days
        a_second = self.rate * daily * hours[wall.hour] / hours.sum() / _HOUR
        return int(self._dice.exponential(1 / max(a_second, 1e-6)) * SECOND)

    def _visitor(self, house: House) -> Visitor:
        place, dice = HOUSES.index(house), self._dice
        pace = self._pace[place]
        if dice.random() < habits.STRANGERS or not pace.sum():
            number = int(dice.integers(1 << 62))
            browser = people.browser(self.shop.plan, NOBODY, number)
            agent = habits.agent(number % 97, 0)
            return Visitor(person=NOBODY, house=house, browser=browser, agent=agent, email=None, account=None)
        who, edges = self.shop.people, np.cumsum(pace)
        person = int(np.searchsorted(edges, dice.random() * edges[-1], side="right").clip(max=len(who) - 1))
        return self._known(person, int(dice.random() ** 2 * int(who.devices[person])))

    def _known(self, person: int, which: int) -> Visitor:
        who = self.shop.people
        owner = int(who.household[person]) if which == 0 else person
        return Visitor(
            person=person,
            house=HOUSES[int(who.house[person])],
            browser=who.browser(self.shop.plan, person, which),
            agent=habits.agent(owner, which),
            email=who.email(person),
            account=who.account(person),
        )

    # ── what they do ──

    def _visit(self, house: House, at: int) -> None:
        visitor, dice = self._visitor(house), self._dice
        if not visitor.is_known and dice.random() < habits.WANTS_NO_COOKIE:
            self._passes_by(visitor)
            return
        channel = self._channel()
        orders = visitor.is_known and dice.random() < 1 / habits.VISITS_AN_ORDER
        if not orders and dice.random() < channel.bounces:
            self.counts.visits += 1
            self._page(visitor, at, channel)
            return
        product, at = self._looks_around(visitor, at, channel)
        leaves = habits.LEAVES_A_BASKET if visitor.is_known else habits.STRANGER_LEAVES_A_BASKET
        fills = orders or dice.random() < leaves
        cart_id = f"{CART}{self._name[:8]}-{self.counts.visits}"
        if fills:
            at = self._fills(visitor, cart_id, product, at)
        if orders or (visitor.account is not None and dice.random() < habits.SIGNS_IN):
            at = self._signs_in(visitor, at)
        if orders:
            self._checks_out(visitor, cart_id, product, at)
        elif fills:
            self._leaves(LeftBasket(cart_id=cart_id, visitor=visitor, product=product), at)

    def _passes_by(self, visitor: Visitor) -> None:
        """Let somebody look at pages who said no to the banner: nothing is kept of who it is."""
        channel = self._channel()
        referrer = channel.referrer
        address = f"203.0.113.{int(self._dice.integers(1, 255))}"  # of the network that is kept for examples
        paths = [f"/{visitor.house.path}/{channel.query}"]
        paths += [_path(self._product(visitor)) for _ in range(int(self._dice.poisson(habits.MORE_VIEWS)))]
        for path in paths:
            self.counts.unnamed += 1
            view = PageView(
                house=visitor.house,
                address=address,
                agent=visitor.agent,
                url=f"{self.shop.plan.shop_url}{path}",
                referrer=referrer,
                view_id=f"{self._name}-{next(self._numbers)}",
            )
            self.pass_by(view)
            referrer = view.url

    def _looks_around(self, visitor: Visitor, at: int, channel: Channel) -> tuple[Product, int]:
        """Let somebody look at products; give the last one, and when."""
        self.counts.visits += 1
        self._page(visitor, at, channel)
        is_company = visitor.is_known and self.shop.people.is_company[visitor.person]
        if is_company and self._dice.random() < habits.COMPANY_PAGES:
            self._say(visitor, at + 5 * SECOND, "page", f"/entreprise/{visitor.house.path}", {})
        product = self._product(visitor)
        for _ in range(min(habits.MOST_VIEWS, 1 + int(self._dice.poisson(habits.MORE_VIEWS)))):
            product = self._product(visitor)
            at += int(self._dice.integers(*habits.VIEW_SECONDS)) * SECOND
            self._say(visitor, at, "track", _path(product), _described(product), event="Product Viewed")
        return product, at

    def _fills(self, visitor: Visitor, cart_id: str, product: Product, at: int) -> int:
        at += int(self._dice.integers(*habits.BASKET_SECONDS)) * SECOND
        said = _described(product) | {"cart_id": cart_id, "quantity": 1}
        self._say(visitor, at, "track", _path(product), said, event="Product Added")
        return at

    def _signs_in(self, visitor: Visitor, at: int) -> int:
        at += habits.SIGN_IN_SECONDS * SECOND
        who = {"userId": visitor.account} if visitor.account else {}
        traits = {"email": visitor.email}
        self._say(visitor, at, "identify", f"/{visitor.house.path}/account", {}, traits=traits, **who)
        return at

    def _checks_out(self, visitor: Visitor, cart_id: str, product: Product, at: int) -> None:
        self.left[cart_id] = LeftBasket(cart_id=cart_id, visitor=visitor, product=product)
        said = {"cart_id": cart_id, "currency": visitor.house.currency}
        path = f"/{visitor.house.path}/checkout"
        who = {"userId": visitor.account} if visitor.account else {}
        self._say(visitor, at + 10 * SECOND, "track", path, said, event="Checkout Started", **who)
        pays = at + int(self._dice.integers(*habits.CHECKOUT_SECONDS)) * SECOND + 10 * SECOND
        self._order(visitor, cart_id, product, at=pays)

    def _leaves(self, basket: LeftBasket, at: int) -> None:
        self.left[basket.cart_id] = basket
        self.counts.baskets += 1
        person = basket.visitor.person
        if basket.visitor.is_known and self._dice.random() < self.shop.people.returns[person]:
            wait = COMES_BACK[0] + (COMES_BACK[1] - COMES_BACK[0]) * float(self._dice.random())
            back = at + wait // timedelta(microseconds=1)
            self._page(basket.visitor, back, self._channel())
            self.buys(basket, at=back + 60 * SECOND)

    def _product(self, visitor: Visitor) -> Product:
        place, dice = HOUSES.index(visitor.house), self._dice
        month = self.clock.now().month - 1
        weights = np.array([one.months[month] for one in DEPARTMENTS])
        if visitor.is_known:
            weights = weights * self.shop.people.taste(np.array([visitor.person]))[0]
        row = int(dice.choice(len(DEPARTMENTS), p=weights / weights.sum()))
        popular = self.shop.catalogue.popularity[place, row]
        return self.shop.catalogue.products[
            (place * len(DEPARTMENTS) + row) * EACH + int(dice.choice(EACH, p=popular / popular.sum()))
        ]

    def _channel(self) -> Channel:
        return habits.CHANNELS[int(self._dice.choice(len(habits.CHANNELS), p=habits.channel_shares()))]

    # ── what is posted ──

    def _page(self, visitor: Visitor, at: int, channel: Channel) -> None:
        self._say(visitor, at, "page", f"/{visitor.house.path}/{channel.query}", {}, referrer=channel.referrer)

    def _say(
        self,
        visitor: Visitor,
        at: int,
        kind: str,
        path: str,
        properties: dict[str, Any],
        *,
        referrer: str = "",
        **more: Any,
    ) -> None:
        bare, _, query = path.partition("?")
        around = {
            "page": {
                "url": f"{self.shop.plan.shop_url}{path}",
                "path": bare,
                "search": f"?{query}" if query else "",
                "referrer": referrer,
                "title": visitor.house.title,
            },
            "userAgent": visitor.agent,
            "locale": "fr-FR" if visitor.house.language == "fr" else "en-GB",
            "library": BROWSER_LIBRARY,
        }
        said = {"type": kind, "anonymousId": visitor.browser, "properties": properties, "context": around, **more}
        self._later(visitor.house, at, Speaker.BROWSER, said)

    def _order(self, visitor: Visitor, cart_id: str, product: Product, *, at: int) -> None:
        who = {"userId": visitor.account} if visitor.account else {"anonymousId": visitor.browser}
        line = {"product_id": product.product_id, "price": amount(product.price_minor), "quantity": 1}
        said = {
            "type": "track",
            "event": "Order Completed",
            **who,
            "properties": {
                "order_id": hex64(hash64("visitors", cart_id)),
                "cart_id": cart_id,
                "currency": visitor.house.currency,
                "total": amount(product.price_minor),
                "products": [line],
            },
            "context": {"library": SERVER_LIBRARY},
        }
        self._later(visitor.house, at, Speaker.SERVER, said, cart_id=cart_id)

    def _later(self, house: House, at: int, speaker: Speaker, message: dict[str, Any], *, cart_id: str = "") -> None:
        number = next(self._numbers)
        said = message | {"messageId": f"visitors-{self._name}-{number}", "integrations": {}}
        heapq.heappush(self._due, _Due(at, number, house.key, speaker, said, cart_id))

    def _do(self, due: _Due, now: int) -> None:
        if due.cart_id and self.left.pop(due.cart_id, None) is None:
            return  # bought meanwhile
        self.counts.orders += bool(due.cart_id)
        told = deliver([stamped(due.message, at=due.at, now=now)], due.speaker, self.posts[due.house], wait=self.wait)
        for name in ("sent", "acked", "refused", "lost"):
            setattr(self.counts, name, getattr(self.counts, name) + told.get(name, 0))


def _path(product: Product) -> str:
    return f"/{product.house.path}/p/{product.product_id}"


def _described(product: Product) -> dict[str, Any]:
    return {
        "product_id": product.product_id,
        "name": product.name,
        "category": product.department.name(product.house.language),
        "price": amount(product.price_minor),
        "currency": product.house.currency,
    }
