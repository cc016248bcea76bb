"""The world as it was: the same answers about carts, people and products as the warehouse gave, at any instant."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec

from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.facts import keys
from comptoir.facts.carts import Action, CartLine
from comptoir.facts.orders import Row
from comptoir.model.scenario import Happening, Subject, WorldFacts
from comptoir.scenarios.history_bought import Bought
from comptoir.scenarios.history_carts import CartsThen, CartThen
from comptoir.scenarios.history_interest import MEMORY, Change, Interests, Paged
from comptoir.scenarios.history_people import PeopleThen, Person
from comptoir.scenarios.world import WarehouseWorld, statement


class Heard(NamedTuple):
    """An event that scenarios listen to, as the warehouse keeps it."""

    message_id: str
    message_hash: int
    name: str
    node_id: int
    browser_node: int
    brand: str
    occurred_at: datetime
    cart_id: str | None
    order_id: str | None
    properties: str
    cart_hash: int | None
    order_hash: int | None
    anonymous_id: str | None
    source: str


class Named(NamedTuple):
    """A product that a browser named itself."""

    browser_node: int
    brand: str
    product_id: str
    occurred_at: datetime


class Listed(NamedTuple):
    """A statement about a product."""

    occurred_at: datetime
    message_id: str
    name: str | None
    category: str | None
    url: str | None
    image_url: str | None
    price: Any
    currency: str | None
    is_for_sale: bool | None
    stock: Any

    @property
    def can_be_bought(self) -> bool:
        """Say whether it is for sale and in stock."""
        return self.is_for_sale is True and (self.stock is None or self.stock > 0)


class Stated(NamedTuple):
    """A statement about a person."""

    occurred_at: datetime
    message_id: str
    traits: str
    is_record: bool
    """An imported statement, not an event: only such say the language."""


class NotRehearsed(ComptoirError):
    """A step or condition asks what a rehearsal cannot answer from history."""

    code, status = "not_rehearsed", 400
    hint = "Publish the scenario with `control_share: 1`: it runs for real, and nobody is written to."


@dataclass(frozen=True, slots=True, kw_only=True)
class ThenFacts(WorldFacts):
    """The facts of one subject, with its name: whoever watches the steps can tell whose they are."""

    subject_id: int = 0


Article = tuple[str, str]
"""Brand and product."""


@dataclass(slots=True, kw_only=True)
class HistoryWorld:
    """
    Answers `model.scenario.World` as of `now`, which the rehearsal moves on.

    Products that no statement describes yet are described by their first one: a catalogue that was imported yesterday
    served last month's carts too. `is_guessed` counts such answers.
    """

    people: PeopleThen
    carts: CartsThen
    catalogue: Mapping[Article, Mapping[str | None, Sequence[Listed]]]
    stated: Mapping[int, Sequence[Stated]]
    interests: Interests = field(default_factory=Interests)
    acts: Mapping[tuple[str, datetime], Sequence[Heard]] = field(default_factory=dict)
    """What was done in browsers, by brand and when."""
    named: Mapping[tuple[int, str], Sequence[Named]] = field(default_factory=dict)
    """The products that browsers named, by browser and brand."""
    bought: Bought = field(default_factory=Bought)
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    looked: Sequence[Paged] = ()
    """Pages that were looked at right now."""
    changed: Sequence[Change] = ()
    """Products that became cheaper or came back right now."""
    guessed: set[Article] = field(default_factory=set)
    _carts: dict[str, CartThen | None] = field(default_factory=dict)
    """Those that were asked for since it last moved on or took something in."""

    def move(self, at: int) -> None:
        """Go to an instant, in microseconds since 1970."""
        self.now = instant(at)
        self._carts.clear()
        self.people.move(at)

    def facts_of(self, subjects: Sequence[Subject]) -> Mapping[int, WorldFacts]:
        """Give the facts of each subject by its `subject_id` (`model.scenario.World`)."""
        found = WarehouseWorld(self.answer).facts_of(subjects)
        return {
            key: ThenFacts(**{one.name: getattr(facts, one.name) for one in fields(facts)}, subject_id=key)
            for key, facts in found.items()
        }

    def answer(self, sql: str, params: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """
        Answer one of the questions of `scenarios/sql` from memory, with the rows the warehouse would have given.

        Raises: NotRehearsed where history cannot answer it.
        """
        for name in _ANSWERS:
            if sql is statement(name):
                return list(getattr(self, f"_{name}")(params))
        raise NotRehearsed(question=sql.splitlines()[0].removeprefix("-- "))

    def happening(self, one: Heard, *, received_at: datetime) -> Happening | None:
        """Say what a scenario hears of an event; None where it names nobody."""
        if not self.people.knows(one.node_id):
            return None
        cart = self.carts.cart_of(
            message_hash=one.message_hash, brand=one.brand, cart_hash=one.cart_hash, order_hash=one.order_hash
        )
        return Happening(
            message_id=one.message_id,
            name=one.name,
            node_id=one.node_id,
            profile_id=self.people.of(one.node_id).profile_id,
            brand=one.brand,
            occurred_at=aware(one.occurred_at),
            received_at=received_at,
            cart_key=None if cart is None else keys.as_text(cart),
            cart_id=one.cart_id,
            order_key=None if one.order_hash is None else keys.as_text(one.order_hash),
            order_id=one.order_id,
            properties=one.properties,
        )

    def take(self, row: Action | Row) -> None:
        """Take in a row about a cart or an order."""
        self._carts.clear()
        if isinstance(row, Action):
            self.carts.act(row)
        else:
            self.carts.order(row)

    # ── answers ──

    def _cart(self, key: str) -> CartThen | None:
        if key not in self._carts:
            self._carts[key] = self.carts.cart(int(key, 16))
        return self._carts[key]

    def _persons(self, params: Mapping[str, Any]) -> Iterator[tuple[int, Person]]:
        for subject_id, node_id in zip(params["subject_ids"], params["node_ids"], strict=True):
            if self.people.knows(node_id):
                yield subject_id, self.people.of(node_id)

    def _subject_people(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for subject_id, person in self._persons(params):
            language = self._language(person)
            for email in person.emails or (None,):
                yield subject_id, person.profile_id, email, language

    def _subject_persons(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for subject_id, person in self._persons(params):
            for phone in person.phones:
                yield subject_id, None, phone, None, phone
            for one in self.traits(person)[-_STATEMENTS:]:
                yield subject_id, one.traits, None, one.occurred_at, one.message_id

    def _subject_computed(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """Give nothing: what a trait came to then, nobody kept."""
        del params
        return iter(())

    def _subject_service(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """Give nothing: who was gold then, nobody kept."""
        del params
        return iter(())

    def _subject_best_hour(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """Give nothing: at which hour somebody answered best then, nobody kept."""
        del params
        return iter(())

    def _subject_carts(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for key in params["cart_keys"]:
            then = self._cart(key)
            if then is not None:
                one = self.carts.facts(then, naive(self.now))
                yield key, one.state, one.amount_minor, one.currency, one.item_count, one.order_key

    def _subject_lines(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for key in params["cart_keys"]:
            then = self._cart(key)
            for line, listed in [] if then is None else self._lines(then):
                yield (key, line.product_id, line.variant_id, listed.name, listed.category, listed.url,
                       listed.image_url, listed.price, listed.currency, line.quantity,
                       listed.can_be_bought)  # fmt: skip

    def _subject_orders(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        brands = dict(zip(params["subject_ids"], params["brands"], strict=True))
        for subject_id, person in self._persons(params):
            found = [
                (order, lines)
                for order, lines in self.carts.settled_of(person)
                if order.brand == brands[subject_id] and order.status != "cancelled"
            ]
            found.sort(key=lambda one: (-one[0].ordered_at.timestamp(), keys.as_text(one[0].order_hash)))
            for order, lines in found[:_ORDERS]:
                yield (subject_id, keys.as_text(order.order_hash), order.ordered_at, order.amount_minor,
                       order.currency or "EUR", len(found),
                       sorted({line.product_id for line in lines if line.product_id is not None}) or None,
                       sorted({line.category for line in lines if line.category is not None}) or None)  # fmt: skip

    def _order_products(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for key in params["order_keys"]:
            amounts: dict[str, int] = {}
            for line in self.carts.lines_of(int(key, 16)):
                if line.product_id is not None:
                    amounts[line.product_id] = max(line.amount_minor, amounts.get(line.product_id, line.amount_minor))
            for product_id in sorted(amounts, key=lambda one: (-amounts[one], one)):
                yield key, product_id

    def _offered_products(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for brand, product_id in zip(params["brands"], params["product_ids"], strict=True):
            told = self.catalogue.get((brand, product_id), {})
            variants = [(variant, self._standing((brand, product_id), one)) for variant, one in told.items()]
            if variants:
                variant, one = min(variants, key=lambda pair: (not pair[1].can_be_bought, pair[0] or ""))
                yield (brand, product_id, variant, one.name, one.category, one.url, one.image_url, one.price,
                       one.currency, one.can_be_bought)  # fmt: skip

    def _subject_views(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        brands, now = dict(zip(params["subject_ids"], params["brands"], strict=True)), naive(self.now)
        for subject_id, person in self._persons(params):
            for product_id, viewed_at in self.interests.viewed(person, brands[subject_id], now):
                yield subject_id, product_id, self._category((brands[subject_id], product_id)), viewed_at

    def _subject_browsers(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        brands = dict(zip(params["subject_ids"], params["brands"], strict=True))
        acted = dict(zip(params["subject_ids"], params["acted_at"], strict=True))
        now = naive(self.now)
        for subject_id, person in self._persons(params):
            brand = brands[subject_id]
            done = self.acts.get((brand, naive(instant(acted[subject_id]))), ())
            last = max(
                (one for one in done if one.node_id in person.nodes), key=lambda one: one.message_id, default=None
            )
            if last is not None:
                named = self.named.get((last.browser_node, brand), ())
                products = {one.product_id for one in named if now - MEMORY <= one.occurred_at <= now}
                yield subject_id, last.anonymous_id, last.source, sorted(products) or None

    def _order_complements(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for key in sorted(params["order_keys"]):
            for product_id in self.bought.beside(int(key, 16), naive(self.now)):
                yield key, product_id

    def _pages(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        del params  # one instant is one tick, and only the paths that are listened to were read
        for one in sorted(self.looked, key=lambda one: (one.occurred_at, one.message_id)):
            if self.people.knows(one.node_id):
                yield (one.message_id, one.node_id, self.people.of(one.node_id).profile_id, one.brand,
                       one.occurred_at, naive(self.now), one.name, one.path, one.url, one.title)  # fmt: skip

    def _stock_and_price(self, params: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for one in sorted(self.changed, key=lambda one: (one.name, one.brand, one.product_id)):
            for profile, node, interest in self.interests.in_product(one, self._somebody, params["now"]):
                yield (one.name, one.message_id, one.brand, one.product_id, one.price_before, one.price, one.currency,
                       profile, node, interest)  # fmt: skip

    def _somebody(self, node: int) -> Person | None:
        return self.people.of(node) if self.people.knows(node) else None

    def _category(self, article: Article) -> str | None:
        told = self.catalogue.get(article, {}).values()
        return min((one.category for one in map(partial(self._standing, article), told) if one.category), default=None)

    def traits(self, person: Person) -> list[Stated]:
        """Give what was stated of a person so far. Order: as it was stated."""
        now = naive(self.now)
        return sorted(one for node in person.nodes for one in self.stated.get(node, ()) if one.occurred_at <= now)

    def _language(self, person: Person) -> str | None:
        for one in reversed(self.traits(person)):
            if one.is_record:
                said = msgspec.json.decode(one.traits)
                language = said.get("language", said.get("locale")) if isinstance(said, dict) else None
                if language is not None:
                    return str(language)[:2].lower()
        return None

    def _lines(self, then: CartThen) -> list[tuple[CartLine, Listed]]:
        ordered = sorted(
            then.lines,
            # NULL sorts last in the warehouse
            key=lambda one: (one.added_at, one.product_id, one.variant_id is None, one.variant_id or ""),
        )
        found = [(line, self._listed(line)) for line in ordered]
        return [(line, listed) for line, listed in found if listed is not None]

    def _listed(self, line: CartLine) -> Listed | None:
        variants = self.catalogue.get((line.brand, line.product_id), {})
        told = variants.get(line.variant_id if line.variant_id in variants else None)
        return None if told is None else self._standing((line.brand, line.product_id), told)

    def _standing(self, article: Article, told: Sequence[Listed]) -> Listed:
        place = bisect_right(told, naive(self.now), key=lambda one: one.occurred_at)
        if place == 0:
            self.guessed.add(article)
        return told[max(place - 1, 0)]


_STATEMENTS = 50
_ORDERS = 20
_ANSWERS = (
    "subject_people", "subject_persons", "subject_computed", "subject_service", "subject_carts", "subject_lines",
    "subject_orders", "order_products", "offered_products", "subject_views", "order_complements", "pages",
    "stock_and_price", "subject_browsers", "subject_best_hour",
)  # fmt: skip
"""Questions of `scenarios/sql` that history can answer."""


def shelved(rows: Sequence[tuple[str, str, str | None, Listed]]) -> dict[Article, dict[str | None, list[Listed]]]:
    """Sort statements about products (brand, product, variant, statement) by what they are about, oldest first."""
    found: dict[Article, dict[str | None, list[Listed]]] = defaultdict(lambda: defaultdict(list))
    for brand, product_id, variant_id, listed in rows:
        found[brand, product_id][variant_id].append(listed)
    return {article: dict(variants) for article, variants in found.items()}


def naive(at: datetime) -> datetime:
    """Write an instant as the warehouse keeps it: in UTC, without saying so."""
    return at.replace(tzinfo=None)


def aware(at: datetime) -> datetime:
    """Write an instant of the warehouse as everybody else does."""
    return at.replace(tzinfo=UTC)
