"""Carts: what is in one, and which order emptied it, whatever order the facts come in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from itertools import groupby
from typing import NamedTuple

from comptoir.facts import keys
from comptoir.model.money import EXPONENT, line_minor

ADDED, REMOVED, VIEWED, EMPTIED = "Product Added", "Product Removed", "Cart Viewed", "Cart Emptied"
MERGED, CHECKOUT = "Cart Merged", "Checkout Started"
ARRIVAL = timedelta(minutes=5)
"""A visit that starts within this after a click is the click's own arrival, and no touch beside it."""

BY_ID, BY_CHECKOUT, BY_BROWSER, BY_PROFILE = 0, 1, 2, 3
"""How an order was joined to a cart, surest first."""


class Action(NamedTuple):
    """A row of fact.commerce that speaks of a cart: one product line of one action."""

    occurred_at: datetime
    message_id: str
    message_hash: int
    line_number: int
    name: str
    node_id: int
    browser_node: int
    brand: str
    source: str
    cart_id: str | None
    cart_hash: int | None
    other_cart_hash: int | None
    checkout_hash: int | None
    product_id: str | None
    variant_id: str | None
    quantity: Decimal | None
    unit_price: Decimal | None
    currency: str | None


class Placed(NamedTuple):
    """An order as a cart sees it."""

    placed_at: datetime
    order_hash: int
    browser_nodes: list[int]
    cart_hashes: list[int]
    checkout_hashes: list[int]


class Claim(NamedTuple):
    """An order empties a cart. `rank` says how we know."""

    order_hash: int
    cart_hash: int
    rank: int


class Touch(NamedTuple):
    """What brought somebody: a visit's start, or a click in a message."""

    at: datetime
    touchpoint_id: str
    is_click: bool


class CartLine(NamedTuple):
    """A row of fact.cart_lines."""

    cart_hash: int
    brand: str
    product_id: str
    variant_id: str | None
    quantity: Decimal
    unit_price: Decimal | None
    amount_minor: int | None
    currency: str | None
    added_at: datetime


class Cart(NamedTuple):
    """A row of fact.carts."""

    cart_hash: int
    brand: str
    cart_id: str | None
    is_inferred: bool
    node_id: int
    browser_node: int
    source: str
    opened_at: datetime
    last_action_at: datetime
    checkout_at: datetime | None
    merged_at: datetime | None
    ordered_at: datetime | None
    order_hash: int | None
    item_count: Decimal
    amount_minor: int
    currency: str | None
    session_count: int
    first_touch_id: str | None
    last_touch_id: str | None


# ── which order empties which cart ──


@dataclass(slots=True)
class _Shopper:
    """The carts of one profile at one brand, as time goes by."""

    known: frozenset[int]
    """Carts named by any action of anybody: an order that names one of them needs no guess."""
    within: timedelta
    current: dict[int, int] = field(default_factory=dict)
    """Browser → the inferred cart it fills."""
    acted_at: dict[int, datetime] = field(default_factory=dict)
    """Cart → its last action, while it is open."""
    by: dict[int, dict[int, datetime]] = field(default_factory=dict)
    """Browser → cart → that browser's last action in it."""
    checkouts: dict[int, int] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    inferred: dict[int, int] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)

    def act(self, action: Action) -> None:
        """Take in an action: of the cart it names, else of the one its browser fills."""
        cart = action.cart_hash
        if cart is None:
            cart = self.current.get(action.browser_node)
            if cart is None:
                cart = keys.inferred_hash(action.browser_node, action.brand, action.message_id)
                self.current[action.browser_node] = cart
            self.inferred[action.message_hash] = cart
        if action.checkout_hash is not None:
            self.checkouts[action.checkout_hash] = cart
        if cart not in self.closed:
            self.acted_at[cart] = action.occurred_at
            self.by.setdefault(action.browser_node, {})[cart] = action.occurred_at

    def order(self, order: Placed, *, is_elsewhere: bool) -> None:
        """Take in an order: close the cart it names, and those it must have emptied."""
        named = [cart for cart in order.cart_hashes if cart in self.known]
        by_checkout = [self.checkouts[one] for one in order.checkout_hashes if one in self.checkouts]
        for cart in by_checkout:
            self._claim(order, cart, BY_CHECKOUT)
        filled = [self.current[browser] for browser in order.browser_nodes if browser in self.current]
        for cart in filled:
            if cart not in by_checkout:
                self._claim(order, cart, BY_BROWSER)
        for cart in named:
            self._close(cart)
        if not (named or by_checkout or filled or is_elsewhere):
            self._guess(order)

    def _guess(self, order: Placed) -> None:
        own = [
            (at, cart)
            for browser in order.browser_nodes
            for cart, at in self.by.get(browser, {}).items()
            if cart in self.acted_at
        ]
        if own:
            self._claim(order, max(own)[1], BY_BROWSER)
            return
        others = [(at, cart) for cart, at in self.acted_at.items() if at >= order.placed_at - self.within]
        if others:
            self._claim(order, max(others)[1], BY_PROFILE)

    def _claim(self, order: Placed, cart: int, rank: int) -> None:
        self.claims.append(Claim(order.order_hash, cart, rank))
        self._close(cart)

    def _close(self, cart: int) -> None:
        self.closed.add(cart)
        self.acted_at.pop(cart, None)
        self.current = {browser: open_cart for browser, open_cart in self.current.items() if open_cart != cart}


class Bridged(NamedTuple):
    """What one profile's actions and orders at one brand come to: action → inferred cart, and the claims."""

    inferred: dict[int, int]
    claims: list[Claim]


def bridge(
    actions: Iterable[Action],
    orders: Iterable[Placed],
    *,
    known: frozenset[int],
    checkouts: dict[int, datetime],
    within: timedelta,
    merged: frozenset[int] = frozenset(),
) -> Bridged:
    """
    Walk through one profile's actions and orders at one brand, and join orders to carts.

    An order empties the cart it names; else the one whose checkout it names; else the one its browser was filling; else
    the one its person touched last, if that is not too long ago. A browser starts a new cart after each order.

    `known` are the carts that anybody's actions name, `checkouts` when each checkout was first seen on anybody's cart,
    `merged` the carts that went into another: an order without a name is never theirs.
    """
    shopper = _Shopper(known=known, within=within, closed=set(merged))
    steps: list[tuple[tuple[datetime, int, str, int, int], Action | Placed]] = [
        ((one.occurred_at, 0, one.message_id, one.message_hash, one.line_number), one) for one in actions
    ]
    steps += [((one.placed_at, 1, "", one.order_hash, 0), one) for one in orders]
    for _, step in sorted(steps, key=lambda pair: pair[0]):
        if isinstance(step, Action):
            shopper.act(step)
        else:
            elsewhere = any(step.placed_at >= checkouts[one] for one in step.checkout_hashes if one in checkouts)
            shopper.order(step, is_elsewhere=elsewhere)
    return Bridged(shopper.inferred, shopper.claims)


# ── what is in a cart ──


def lines_of(cart_hash: int, actions: Iterable[Action], until: datetime | None) -> list[CartLine]:
    """
    Give what is in a cart after its actions (in order), up to its order.

    Removing more than there is leaves nothing, never less. A whole-cart statement (Cart Viewed with products) or
    emptying makes all before it void. A line costs what was stated last. Order: by product and variant.
    """
    lines: dict[tuple[str, str | None], CartLine] = {}
    for _, one in groupby(actions, key=lambda action: (action.occurred_at, action.message_id, action.message_hash)):
        said = list(one)
        if until is not None and said[0].occurred_at > until:
            break
        products = [action for action in said if action.product_id is not None]
        if said[0].name == EMPTIED:
            lines = {}
        elif said[0].name == VIEWED and products:
            former, lines = lines, {}
            for action in products:
                _change(lines, cart_hash, action, former)
        elif said[0].name in {ADDED, REMOVED}:
            for action in products:
                _change(lines, cart_hash, action, lines)
    ordered = sorted(lines.values(), key=lambda line: (line.product_id, line.variant_id or ""))
    return [line._replace(amount_minor=_amount(line)) for line in ordered if line.quantity > 0]


def build(
    cart_hash: int,
    actions: Sequence[Action],
    *,
    order: Placed | None,
    merged_at: datetime | None,
    visits: Iterable[Touch],
    clicks: Iterable[Touch],
) -> tuple[Cart, list[CartLine]]:
    """Make a cart and its lines of all its actions (at least one), and of the order that emptied it."""
    told = sorted(actions, key=_place)
    until = order.placed_at if order else None
    lines = lines_of(cart_hash, told, until)
    currency = next((action.currency for action in reversed(told) if action.currency), None)
    visited = sorted(set(visits))
    touches = touches_of(visited, clicks, since=told[0].occurred_at, until=until)
    strong = next((action for action in reversed(told) if action.node_id != action.browser_node), told[-1])
    cart = Cart(
        cart_hash=cart_hash,
        brand=told[0].brand,
        cart_id=told[0].cart_id,
        is_inferred=told[0].cart_hash is None,
        node_id=strong.node_id,
        browser_node=told[-1].browser_node,
        source=told[0].source,
        opened_at=told[0].occurred_at,
        last_action_at=told[-1].occurred_at,
        checkout_at=next((action.occurred_at for action in told if action.name == CHECKOUT), None),
        merged_at=merged_at,
        ordered_at=until,
        order_hash=order.order_hash if order else None,
        item_count=sum((line.quantity for line in lines), Decimal(0)),
        amount_minor=sum(line.amount_minor or 0 for line in lines if line.currency == currency),
        currency=currency,
        session_count=len(visited),
        first_touch_id=touches[0].touchpoint_id if touches else None,
        last_touch_id=touches[-1].touchpoint_id if touches else None,
    )
    return cart, lines


def touches_of(
    visits: Sequence[Touch], clicks: Iterable[Touch], *, since: datetime, until: datetime | None
) -> list[Touch]:
    """
    Give what brought somebody to a cart: its visits, and the clicks between its first action and its order.

    A visit that a click opened is that click's arrival: the click stands for it, even one before the first action.
    """
    mattering = [visit for visit in visits if until is None or visit.at <= until]
    clicked = [click for click in clicks if until is None or click.at <= until]
    own = [visit for visit in mattering if not any(_is_arrival(visit, click) for click in clicked)]
    taken = [click for click in clicked if click.at >= since or any(_is_arrival(visit, click) for visit in mattering)]
    return sorted([*own, *taken])


def _is_arrival(visit: Touch, click: Touch) -> bool:
    return timedelta(0) <= visit.at - click.at <= ARRIVAL


def _place(action: Action) -> tuple[datetime, str, int, int]:
    return (action.occurred_at, action.message_id, action.message_hash, action.line_number)


def _change(
    lines: dict[tuple[str, str | None], CartLine],
    cart_hash: int,
    action: Action,
    former: dict[tuple[str, str | None], CartLine],
) -> None:
    assert action.product_id is not None  # only lines with a product come here
    key = (action.product_id, action.variant_id)
    by = Decimal(1) if action.quantity is None else abs(action.quantity)
    old, before = lines.get(key), former.get(key)
    quantity = (old.quantity if old else Decimal(0)) + (-by if action.name == REMOVED else by)
    stays = before is not None and before.quantity > 0
    lines[key] = CartLine(
        cart_hash=cart_hash,
        brand=action.brand,
        product_id=action.product_id,
        variant_id=action.variant_id,
        quantity=max(quantity, Decimal(0)),
        unit_price=action.unit_price if action.unit_price is not None else (before.unit_price if before else None),
        amount_minor=None,
        currency=action.currency or (before.currency if before else None),
        added_at=before.added_at if before is not None and stays else action.occurred_at,
    )


def _amount(line: CartLine) -> int | None:
    """Give the amount of a line, rounded once, half to even; none where no price or currency was ever stated."""
    if line.unit_price is None or line.currency not in EXPONENT:
        return None
    with localcontext(prec=60):
        return line_minor(line.quantity, line.unit_price, line.currency)
