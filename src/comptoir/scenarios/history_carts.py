"""What was in carts, and which order had emptied them, at an instant: the rules of `facts`, fed row by row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from comptoir.facts import carts, keys, orders
from comptoir.facts.carts import Action, Bridged, Cart, CartLine, Claim, Placed
from comptoir.facts.orders import Order, OrderLine, Row
from comptoir.model.scenario import CartFacts
from comptoir.scenarios.history_people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class CartRules:
    """When a cart is called what, as the shop has set it."""

    abandoned: timedelta
    expired: timedelta
    joined: timedelta
    """An order without a basket id is joined to its person's open cart within this."""


@dataclass(frozen=True, slots=True)
class CartThen:
    """A cart as it stood."""

    cart: Cart
    lines: tuple[CartLine, ...]


@dataclass(slots=True)
class CartsThen:
    """All that was said of carts and orders so far; rows are added in the order they were seen."""

    rules: CartRules
    person_of: Callable[[int], Person]
    """Gives the person of a browser's node at this instant."""
    by_browser: dict[int, list[Action]] = field(default_factory=lambda: defaultdict(list))
    by_cart: dict[int, list[Action]] = field(default_factory=lambda: defaultdict(list))
    merged_at: dict[int, datetime] = field(default_factory=dict)
    checkouts: dict[int, datetime] = field(default_factory=dict)
    by_checkout: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    acts: dict[int, int] = field(default_factory=dict)
    """Message of an action → its browser."""
    order_rows: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    orders_of: dict[tuple[str, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    """Browser, cart or checkout → the orders whose rows name it."""
    inferred_by: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Inferred cart → the browser that fills it, and the brand."""
    settled: dict[int, tuple[int, Order, list[OrderLine]]] = field(default_factory=dict)

    # ── what was said ──

    def act(self, action: Action) -> None:
        """Take in a row about a cart."""
        self.by_browser[action.browser_node].append(action)
        self.acts[action.message_hash] = action.browser_node
        if action.cart_hash is not None:
            self.by_cart[action.cart_hash].append(action)
        other, at = action.other_cart_hash, action.occurred_at
        if other is not None:
            self.merged_at[other] = min(self.merged_at.get(other, at), at)
        checkout = action.checkout_hash
        if checkout is not None:
            self.checkouts[checkout] = min(self.checkouts.get(checkout, at), at)
            self.by_checkout[checkout].add(action.browser_node)

    def order(self, row: Row) -> None:
        """Take in a row about an order."""
        self.order_rows[row.order_hash].append(row)
        named = (("browser", row.browser_node), ("cart", row.cart_hash), ("checkout", row.checkout_hash))
        for kind, key in (*named, ("node", row.node_id), ("node", row.browser_node)):
            if key:
                self.orders_of[kind, key].add(row.order_hash)

    # ── what it came to ──

    def cart_of(self, *, message_hash: int, brand: str, cart_hash: int | None, order_hash: int | None) -> int | None:
        """Give the cart of an event: its order's, else the one it names, else the one its browser was filling."""
        if order_hash is not None and order_hash in self.order_rows:
            joined = self._joined(self._order(order_hash))
            if joined is not None:
                return joined
        if cart_hash is not None:
            return cart_hash
        browser = self.acts.get(message_hash)
        if browser is None:
            return None
        inferred = self._bridge(self.person_of(browser), brand).inferred.get(message_hash)
        if inferred is not None:
            self.inferred_by[inferred] = (browser, brand)
        return inferred

    def cart(self, cart_hash: int) -> CartThen | None:
        """Give a cart as it stands; None where nothing was ever said of it."""
        acts, claims = self._told(cart_hash)
        if not acts:
            return None
        sales = [self._order(order) for order in sorted(claims)]
        first = min((_placed(one) for one in sales if one.is_sale), key=lambda one: one[:2], default=None)
        made, lines = carts.build(
            cart_hash, acts, order=first, merged_at=self.merged_at.get(cart_hash), visits=(), clicks=()
        )
        return CartThen(made, tuple(lines))

    def facts(self, then: CartThen, now: datetime) -> CartFacts:
        """Say how a cart stands at an instant, as the view `carts` does."""
        cart = then.cart
        return CartFacts(
            state=self._state(cart, now),
            amount_minor=cart.amount_minor,
            currency=cart.currency or "EUR",
            item_count=int(cart.item_count),
            order_key=None if cart.order_hash is None else keys.as_text(cart.order_hash),
        )

    def _state(self, cart: Cart, now: datetime) -> str:
        if cart.order_hash is not None:
            return "ordered"
        if cart.merged_at is not None:
            return "merged"
        if cart.last_action_at <= now - self.rules.expired:
            return "expired"
        is_worth = cart.item_count > 0 or cart.checkout_at is not None
        if cart.last_action_at <= now - self.rules.abandoned and is_worth:
            return "abandoned"
        return "open" if cart.checkout_at is None else "checkout"

    def _told(self, cart_hash: int) -> tuple[list[Action], set[int]]:
        """Give all actions of a cart, and the orders that claim it."""
        if cart_hash in self.inferred_by:
            browser, brand = self.inferred_by[cart_hash]
            person = self.person_of(browser)
            found = self._bridge(person, brand)
            acts = [
                one
                for node in person.nodes
                for one in self.by_browser.get(node, ())
                if found.inferred.get(one.message_hash) == cart_hash
            ]
            return acts, {claim.order_hash for claim in found.claims if claim.cart_hash == cart_hash}
        acts = self.by_cart.get(cart_hash, [])
        claims = set(self.orders_of.get(("cart", cart_hash), ()))
        for person, brand in _once((self.person_of(one.browser_node), one.brand) for one in acts):
            if self._has_orders(person):
                found = self._bridge(person, brand)
                claims |= {claim.order_hash for claim in found.claims if claim.cart_hash == cart_hash}
        return acts, claims

    def _has_orders(self, person: Person) -> bool:
        return any(
            ("browser", node) in self.orders_of
            or any(
                ("checkout", one.checkout_hash) in self.orders_of or ("cart", one.cart_hash) in self.orders_of
                for one in self.by_browser.get(node, ())
            )
            for node in person.nodes
        )

    def _bridge(self, person: Person, brand: str) -> Bridged:
        acts = [one for node in person.nodes for one in self.by_browser.get(node, ()) if one.brand == brand]
        named = {one.cart_hash for one in acts if one.cart_hash is not None}
        points: set[tuple[str, int]] = {("browser", node) for node in person.nodes}
        points |= {("cart", cart) for cart in named}
        points |= {("checkout", one.checkout_hash) for one in acts if one.checkout_hash is not None}
        found = {order for point in points for order in self.orders_of.get(point, ())}
        sales = [one for one in map(self._order, sorted(found)) if one.is_sale and one.brand == brand]
        return carts.bridge(
            acts,
            [_placed(one) for one in sales],
            known=frozenset(cart for one in sales for cart in one.cart_hashes if cart in self.by_cart),
            checkouts={
                key: self.checkouts[key] for one in sales for key in one.checkout_hashes if key in self.checkouts
            },
            within=self.rules.joined,
            merged=frozenset(cart for cart in named if cart in self.merged_at),
        )

    def _joined(self, order: Order) -> int | None:
        """Give the cart an order joined: the surest claim wins, and among like ones the cart it names first."""
        if not order.is_sale:
            return None
        named = [cart for cart in order.cart_hashes if cart in self.by_cart]
        if named:
            preference = {cart: place for place, cart in enumerate(order.cart_hashes)}
            return min(named, key=lambda cart: (preference[cart], cart))
        browsers = set(order.browser_nodes)
        browsers |= {one for checkout in order.checkout_hashes for one in self.by_checkout.get(checkout, ())}
        claims: list[Claim] = []
        for (person,) in _once((self.person_of(browser),) for browser in sorted(browsers)):
            found = self._bridge(person, order.brand)
            claims += [claim for claim in found.claims if claim.order_hash == order.order_hash]
            self._note_inferred(found)
        best = min(claims, key=lambda one: (one.rank, one.cart_hash), default=None)
        return None if best is None else best.cart_hash

    def _note_inferred(self, found: Bridged) -> None:
        for message, cart in found.inferred.items():
            browser = self.acts[message]
            brand = next(one.brand for one in self.by_browser[browser] if one.message_hash == message)
            self.inferred_by.setdefault(cart, (browser, brand))

    def settled_of(self, person: Person) -> list[tuple[Order, list[OrderLine]]]:
        """Give a person's orders as they stand, with their lines."""
        named = {order for node in person.nodes for order in self.orders_of.get(("node", node), ())}
        found = [(self._order(order), self.lines_of(order)) for order in sorted(named)]
        return [(order, lines) for order, lines in found if order.node_id in person.nodes]

    def lines_of(self, order_hash: int) -> list[OrderLine]:
        """Give the lines of an order as it stands."""
        if order_hash not in self.order_rows:
            return []
        self._order(order_hash)
        return self.settled[order_hash][2]

    def _order(self, order_hash: int) -> Order:
        told = self.order_rows[order_hash]
        known = self.settled.get(order_hash)
        if known is None or known[0] != len(told):
            made = orders.settle(told)
            known = self.settled[order_hash] = (len(told), made.order, made.lines)
        return known[1]


def _placed(order: Order) -> Placed:
    return Placed(order.placed_at, order.order_hash, order.browser_nodes, order.cart_hashes, order.checkout_hashes)


def _once(found: Iterable[tuple[Any, ...]]) -> Collection[tuple[Any, ...]]:
    return dict.fromkeys(found)
