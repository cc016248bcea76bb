"""The bridge on the warehouse: finds all that hangs on what a tick touched, and derives carts and joins again."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import pyarrow as pa

from comptoir.facts import carts, rows, settling
from comptoir.facts.carts import Action, Cart, CartLine, Claim, Placed, Touch
from comptoir.facts.orders import Order
from comptoir.facts.rows import AT, DECIMAL, KEY, NODE, TEXT
from comptoir.facts.settling import Joined
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"
_CARTS = pa.schema({
    "cart_hash": KEY, "brand": TEXT, "cart_id": TEXT, "is_inferred": pa.bool_(), "node_id": NODE, "browser_node": NODE,
    "source": TEXT, "opened_at": AT, "last_action_at": AT, "checkout_at": AT, "merged_at": AT, "ordered_at": AT,
    "order_hash": KEY, "item_count": DECIMAL, "amount_minor": pa.int64(), "currency": TEXT, "session_count": pa.int64(),
    "first_touch_id": TEXT, "last_touch_id": TEXT,
})  # fmt: skip
_LINES = pa.schema({
    "cart_hash": KEY, "brand": TEXT, "product_id": TEXT, "variant_id": TEXT, "quantity": DECIMAL, "unit_price": DECIMAL,
    "amount_minor": pa.int64(), "currency": TEXT, "added_at": AT,
})  # fmt: skip
_CLAIMS = pa.schema({"profile_id": TEXT, "order_hash": KEY, "cart_hash": KEY, "rank": pa.int8()})
_BRIDGE = pa.schema({"node_id": NODE, "profile_id": TEXT, "has_cart": pa.bool_(), "is_told": pa.bool_()})
_INFERRED = pa.schema({"message_hash": NODE, "browser_node": NODE, "cart_hash": KEY})
_JOINS = pa.schema({"order_hash": KEY, "cart_hash": KEY, "first_touch_id": TEXT, "last_touch_id": TEXT})


Point = tuple[int, str, datetime]
"""A browser, at a brand, at an instant."""


class _Stored(NamedTuple):
    """An order as it is written, with what carts must know of it."""

    placed_at: datetime
    order_hash: int
    browser_nodes: list[int]
    cart_hashes: list[int]
    checkout_hashes: list[int]
    is_sale: bool
    cart_hash: int | None
    first_touch_id: str | None
    last_touch_id: str | None
    own_node: int | None
    own_at: datetime | None
    brand: str

    @property
    def own(self) -> Point | None:
        """Say where and when a visit told it first."""
        return None if self.own_node is None or self.own_at is None else (self.own_node, self.brand, self.own_at)

    @property
    def placed(self) -> Placed:
        return Placed(*self[:5])


def _settled(order: Order) -> _Stored:
    """Take an order that is settled and not yet written for a stored one that no cart has joined."""
    return _Stored(
        placed_at=order.placed_at, order_hash=order.order_hash, browser_nodes=order.browser_nodes,
        cart_hashes=order.cart_hashes, checkout_hashes=order.checkout_hashes, is_sale=order.is_sale, cart_hash=None,
        first_touch_id=None, last_touch_id=None, own_node=order.own_node, own_at=order.own_at, brand=order.brand,
    )  # fmt: skip


class Names(NamedTuple):
    """What an order names: the browsers that told it, baskets and checkouts."""

    browsers: list[int]
    carts: list[int]
    checkouts: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What a tick touched: keys of orders, carts and checkouts it names, and nodes whose profile's carts may change."""

    orders: set[int] = field(default_factory=set)
    carts: set[int] = field(default_factory=set)
    checkouts: set[int] = field(default_factory=set)
    nodes: set[int] = field(default_factory=set)
    actors: set[int] = field(default_factory=set)
    """Those of the nodes that acted on a cart."""
    tellers: set[int] = field(default_factory=set)
    """Those that ordered, clicked, named a checkout, or acted on a cart without naming it."""
    changed: set[int] = field(default_factory=set)
    """Nodes that clicked, or whose sessions changed their names: all their profile's carts are made again."""
    moved: set[int] = field(default_factory=set)
    """Nodes that belong to another profile now."""
    people: set[str] = field(default_factory=set)
    """Profiles whose carts were looked at, whatever they were called."""
    settled: dict[int, Order] = field(default_factory=dict)
    """Those of the orders that were just settled and are yet to be written; the others are read."""


@dataclass(slots=True)
class _Rows:
    """The commerce rows gathered so far, each once."""

    actions: dict[tuple[int, int], Action] = field(default_factory=dict)
    orders: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Order → the browsers of its rows found."""
    naming: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Cart → orders that name it."""

    browsers: dict[int, int] = field(default_factory=dict)
    """Action → its browser."""

    def browser_of(self, message_hash: int) -> int:
        """Give the browser of an action."""
        return self.browsers[message_hash]

    def take(self, found: Iterable[tuple[object, ...]]) -> list[Action]:
        """Add rows, and give them."""
        taken = []
        for row in found:
            action, order_hash = Action(*row[:-2]), row[-2]  # type: ignore[arg-type]
            taken.append(action)
            if order_hash is None:
                self.actions[action.message_hash, action.line_number] = action
                self.browsers[action.message_hash] = action.browser_node
            else:
                self.orders[order_hash].add(action.browser_node)  # type: ignore[index]
                if action.cart_hash is not None:
                    self.naming[action.cart_hash].add(order_hash)  # type: ignore[arg-type]
        return taken


def derive_carts(cursor: Cursor, touched: Touched, *, within: timedelta) -> None:
    """Derive again the carts, cart lines and joins of orders that what was touched can change."""
    gathered = _Rows()
    (sizes,) = [_Sizes(*row) for row in load(_PACKAGE, "bridge_sizes").run(cursor).fetchall()]
    named = _order_names(cursor, touched)
    near_carts = touched.carts | {cart for one in named for cart in one.carts}
    near_checkouts = touched.checkouts | {checkout for one in named for checkout in one.checkouts}
    tellers = {node for one in named for node in one.browsers}
    told = touched.tellers | tellers
    nodes = tellers | touched.nodes | touched.changed | touched.moved
    profiles, whole = _profiles(cursor, nodes, touched, told)
    groups = _groups(cursor, profiles, whole)
    # whom a tick names is known before anything is read, as a rule: then one statement reads it all
    others = _read(cursor, gathered, carts=near_carts, checkouts=near_checkouts, browsers=groups) - nodes
    if others:
        their_profiles, _ = _profiles(cursor, others, touched, told)
        theirs = _groups(cursor, their_profiles - profiles, whole)
        _read(cursor, gathered, browsers=theirs)
        profiles, groups = profiles | their_profiles, groups | theirs
    touched.people.update(profiles)
    if gathered.actions or groups or touched.orders:
        _Derivation(
            cursor, within, gathered, sizes, groups, profiles, whole & set(groups.values()), near_carts, near_checkouts
        ).run(touched)


def _order_names(cursor: Cursor, touched: Touched) -> list[Names]:
    found = [Names(one.browser_nodes, one.cart_hashes, one.checkout_hashes) for one in touched.settled.values()]
    stored = touched.orders - touched.settled.keys()
    if stored:
        rows.lend_orders(cursor, stored)
        found += [Names(*lists) for _, *lists in load(_PACKAGE, "orders_unnest").run(cursor).fetchall()]
    return found


class _Node(NamedTuple):
    """A row of fact.bridge_nodes."""

    node_id: int
    profile_id: str
    has_cart: bool
    is_told: bool


def _profiles(cursor: Cursor, nodes: set[int], touched: Touched, tellers: set[int]) -> tuple[set[str], set[str]]:
    """
    Take nodes on the bridge, mark what they do for the first time, and copy the profiles of those that moved.

    Gives all profiles they had or have, and those whose carts must all be made again.
    """
    if not nodes:
        return set(), set()
    found = load(_PACKAGE, "bridge_known").run(cursor, nodes=list(nodes)).fetchall()
    known = {row[0]: _Node(*row) for row in found}
    new = nodes - known.keys() - touched.moved
    looked_up = _look_up(cursor, new | (touched.moved & known.keys()))
    now = {
        node: _Node(
            node,
            looked_up.get(node, one.profile_id),
            one.has_cart or node in touched.actors,
            one.is_told or node in tellers,
        )
        for node, one in known.items()
    }
    now |= {node: _Node(node, looked_up[node], node in touched.actors, node in tellers) for node in new}
    _write_bridge(cursor, known, now)
    wholly = touched.changed | touched.moved
    whole = {one.profile_id for one in (*known.values(), *now.values()) if one.node_id in wholly}
    return {one.profile_id for one in (*known.values(), *now.values())}, whole


def _look_up(cursor: Cursor, nodes: set[int]) -> dict[int, str]:
    """Give the profiles that identity says these nodes belong to."""
    if not nodes:
        return {}
    return dict(load(_PACKAGE, "bridge_lookup").run(cursor, nodes=list(nodes)).fetchall())


def _write_bridge(cursor: Cursor, known: Mapping[int, _Node], now: Mapping[int, _Node]) -> None:
    made = [one for node, one in now.items() if known.get(node) != one]
    old = [one.node_id for one in made if one.node_id in known]
    if old:
        load(_PACKAGE, "bridge_delete").run(cursor, nodes=old)
    rows.insert(cursor, "bridge_insert", _BRIDGE, made)


def _groups(cursor: Cursor, profiles: set[str], whole: set[str]) -> dict[int, str]:
    """Give node → profile for all nodes of these profiles that shop, but for those where nothing is to be found out."""
    if not profiles:
        return {}
    found = load(_PACKAGE, "bridge_groups").run(cursor, profiles=list(profiles)).fetchall()
    shopping = {profile for _, profile, has_cart, _ in found if has_cart}
    told = {profile for _, profile, _, is_told in found if is_told} | whole
    return {node: profile for node, profile, _, _ in found if profile in shopping and profile in told}


class _Sizes(NamedTuple):
    """Whether there is any of what need not be asked where there is none."""

    claims: bool
    inferred: bool
    deliveries: bool
    merges: bool


def _read(
    cursor: Cursor,
    gathered: _Rows,
    *,
    carts: Collection[int] = (),
    checkouts: Collection[int] = (),
    browsers: Collection[int] = (),
) -> set[int]:
    """Read all that was done to these carts and checkouts and by these browsers; give who did it to the former two."""
    if not (carts or checkouts or browsers):
        return set()
    keys = {"carts": list(carts), "checkouts": list(checkouts), "nodes": list(browsers)}
    found = gathered.take(load(_PACKAGE, "acts_of").run(cursor, **keys).fetchall())
    return {one.browser_node for one in found if one.cart_hash in carts or one.checkout_hash in checkouts} - {0}


@dataclass(slots=True)
class _Derivation:
    """One derivation: what was gathered, and what comes of it."""

    cursor: Cursor
    within: timedelta
    rows: _Rows
    sizes: _Sizes
    groups: dict[int, str]
    profiles: set[str]
    whole: set[str]
    carts_read: set[int]
    checkouts_read: set[int]
    orders: dict[int, _Stored] = field(default_factory=dict)
    claims: set[tuple[str, int, int, int]] = field(default_factory=set)
    """Profile, order, cart and rank."""
    inferred: dict[int, int] = field(default_factory=dict)
    visits: dict[Point, tuple[str, datetime] | None] = field(default_factory=dict)
    """The session in which each point lies, of those that were looked up."""

    def run(self, touched: Touched) -> None:
        """Gather, walk, and write what changed."""
        self.orders |= {key: _settled(order) for key, order in touched.settled.items()}
        claimed, inferred = self._former()
        self._gather(touched.orders | {order for _, order, _, _ in claimed})
        self._walk()
        changed = claimed ^ self.claims
        self._write_claims(changed)
        wanted = touched.carts | {cart for _, _, cart, _ in changed}
        wanted |= {cart for _, order, cart, _ in self.claims if order in touched.orders}
        wanted |= {cart for order in touched.orders if order in self.orders for cart in self.orders[order].cart_hashes}
        wanted |= self._write_inferred(inferred) | self._acted(self.whole)
        self._read_carts(wanted)
        claims = self._claims(wanted)
        self._read_orders({claim.order_hash for claim in claims} | self._naming(wanted))
        made = self._carts(wanted, claims)
        self._write_carts(wanted, made)
        chosen = touched.orders | {order for _, order, _, _ in changed} | self._naming(wanted)
        self._join(chosen, claims, {cart.cart_hash: cart for cart, _ in made}, touched.settled)

    # ── gathering ──

    def _former(self) -> tuple[set[tuple[str, int, int, int]], set[tuple[int, int, int]]]:
        """Give the claims and inferred carts (message, browser, cart) of the touched profiles, as derived before."""
        claimed, acts = set(), set()
        if self.profiles and self.sizes.claims:
            found = load(_PACKAGE, "claims_of_profiles").run(self.cursor, profiles=list(self.profiles))
            claimed = set(found.fetchall())
        if self.groups and self.sizes.inferred:
            acts = set(load(_PACKAGE, "inferred_of").run(self.cursor, nodes=list(self.groups)).fetchall())
        return claimed, acts

    def _gather(self, orders: set[int]) -> None:
        """Read all rows that bear on who emptied the touched profiles' carts."""
        self._read_more_checkouts()
        self._read_orders(orders | set(self.rows.orders))
        self._read_more_checkouts()
        self._read_orders(set(self.rows.orders))
        while self._read_carts({cart for order in self.orders.values() for cart in order.cart_hashes}):
            self._read_orders(set(self.rows.orders))
        acted = self._acted(set(self.groups.values()))
        if self.sizes.merges and acted:
            self.rows.take(load(_PACKAGE, "merges_of").run(self.cursor, carts=list(acted)).fetchall())

    def _acted(self, profiles: set[str]) -> set[int]:
        """Give the carts that these profiles' browsers named."""
        return {
            action.cart_hash
            for action in self.rows.actions.values()
            if action.cart_hash is not None and self.groups.get(action.browser_node) in profiles
        } | {
            cart
            for message, cart in self.inferred.items()
            if self.groups.get(self.rows.browser_of(message)) in profiles
        }

    def _read_carts(self, wanted: set[int]) -> bool:
        more = wanted - self.carts_read
        self.carts_read |= more
        _read(self.cursor, self.rows, carts=more)
        return bool(more)

    def _read_more_checkouts(self) -> None:
        said = {one.checkout_hash for one in self.rows.actions.values() if one.browser_node in self.groups}
        said |= {checkout for one in self.orders.values() for checkout in one.checkout_hashes}
        more = {one for one in said if one is not None} - self.checkouts_read
        self.checkouts_read |= more
        _read(self.cursor, self.rows, checkouts=more)

    def _read_orders(self, wanted: set[int]) -> None:
        more = wanted - self.orders.keys()
        if more:
            found = load(_PACKAGE, "orders_placed").run(self.cursor, orders=list(more)).fetchall()
            self.orders |= {one.order_hash: one for one in (_Stored(*row) for row in found)}

    def _naming(self, wanted: set[int]) -> set[int]:
        return {order for cart in wanted for order in self.rows.naming.get(cart, ())}

    # ── who emptied what ──

    def _walk(self) -> None:
        """Walk through each profile's actions and orders, brand by brand."""
        actions: dict[tuple[str, str], list[Action]] = defaultdict(list)
        places: dict[tuple[str, int], set[str]] = defaultdict(set)
        checkouts: dict[int, datetime] = {}
        known, merged = set(), set()
        for action in self.rows.actions.values():
            profile = self.groups.get(action.browser_node)
            if action.cart_hash is not None:
                known.add(action.cart_hash)
            if action.other_cart_hash is not None:
                merged.add(action.other_cart_hash)
            if action.checkout_hash is not None:
                former = checkouts.get(action.checkout_hash, action.occurred_at)
                checkouts[action.checkout_hash] = min(former, action.occurred_at)
            if profile is None:
                continue
            actions[profile, action.brand].append(action)
            if action.cart_hash is not None:
                places["cart", action.cart_hash].add(profile)
            if action.checkout_hash is not None:
                places["checkout", action.checkout_hash].add(profile)
        orders = self._orders_of_groups(places)
        for (profile, brand), acts in sorted(actions.items()):
            found = carts.bridge(
                acts,
                orders.get((profile, brand), ()),
                known=frozenset(known),
                checkouts=checkouts,
                within=self.within,
                merged=frozenset(merged),
            )
            self.inferred |= found.inferred
            self.claims |= {(profile, *claim) for claim in found.claims}

    def _orders_of_groups(self, places: Mapping[tuple[str, int], set[str]]) -> dict[tuple[str, str], list[Placed]]:
        """Give each profile's sales by brand: of its browsers, or naming a cart or checkout they acted on."""
        found: dict[tuple[str, str], list[Placed]] = defaultdict(list)
        for order in self.orders.values():
            if not order.is_sale:
                continue
            profiles = {self.groups[node] for node in order.browser_nodes if node in self.groups}
            for cart in order.cart_hashes:
                profiles |= places.get(("cart", cart), set())
            for checkout in order.checkout_hashes:
                profiles |= places.get(("checkout", checkout), set())
            for profile in profiles:
                found[profile, order.brand].append(order.placed)
        return found

    def _write_claims(self, changed: set[tuple[str, int, int, int]]) -> None:
        profiles = {profile for profile, _, _, _ in changed}
        if profiles:
            load(_PACKAGE, "claims_delete").run(self.cursor, profiles=list(profiles))
            rows.insert(self.cursor, "claims_insert", _CLAIMS, [one for one in self.claims if one[0] in profiles])

    def _write_inferred(self, former: set[tuple[int, int, int]]) -> set[int]:
        """Write which action belongs to which inferred cart, where that changed, and give the carts that changed."""
        acts = {(message, self.rows.browser_of(message), cart) for message, cart in self.inferred.items()}
        changed = former ^ acts
        browsers = {browser for _, browser, _ in changed}
        if browsers:
            load(_PACKAGE, "inferred_delete").run(self.cursor, nodes=list(browsers))
            rows.insert(self.cursor, "inferred_insert", _INFERRED, [one for one in acts if one[1] in browsers])
        return {cart for _, _, cart in changed}

    def _claims(self, wanted: set[int]) -> list[Claim]:
        """Give all claims on these carts and of the gathered orders, those by basket id included."""
        claims = []
        if self.sizes.claims or self.claims:
            found = load(_PACKAGE, "claims_of").run(self.cursor, orders=list(self.orders), carts=list(wanted))
            claims = list(dict.fromkeys(Claim(*row) for row in found.fetchall()))
        known = {one.cart_hash for one in self.rows.actions.values()}
        named = [(order, cart) for cart in known if cart is not None for order in self.rows.naming.get(cart, ())]
        return claims + [Claim(order, cart, carts.BY_ID) for order, cart in named]

    # ── what comes of it ──

    def _carts(self, wanted: set[int], claims: list[Claim]) -> list[tuple[Cart, list[CartLine]]]:
        acts: dict[int, list[Action]] = defaultdict(list)
        merged_at: dict[int, datetime] = {}
        for action in self.rows.actions.values():
            cart = action.cart_hash if action.cart_hash is not None else self.inferred.get(action.message_hash)
            if cart in wanted:
                acts[cart].append(action)
            if (other := action.other_cart_hash) is not None:
                merged_at[other] = min(merged_at.get(other, action.occurred_at), action.occurred_at)
        sales: dict[int, list[_Stored]] = defaultdict(list)
        for claim in claims:
            order = self.orders.get(claim.order_hash)
            if order is not None and order.is_sale:
                sales[claim.cart_hash].append(order)
        first = {cart: min(found, key=lambda one: one[:2]) for cart, found in sales.items()}
        touches = self._touches(acts, first)
        return [
            carts.build(
                cart,
                acts[cart],
                order=first[cart].placed if cart in first else None,
                merged_at=merged_at.get(cart),
                visits=touches[cart][0],
                clicks=touches[cart][1],
            )
            for cart in sorted(acts)
        ]

    def _touches(
        self, acts: Mapping[int, list[Action]], sales: Mapping[int, _Stored]
    ) -> dict[int, tuple[set[Touch], list[Touch]]]:
        """Give each cart's visits and its people's clicks."""
        points: dict[int, set[Point]] = {}
        for cart, actions in acts.items():
            brand = actions[0].brand
            points[cart] = {(one.browser_node, brand, one.occurred_at) for one in actions}
            if cart in sales and (own := sales[cart].own) is not None:
                points[cart].add(own)
        # orders that join no cart have their own visit as touch: it is looked up with those of the carts
        owns = {order.own for order in self.orders.values() if order.own is not None}
        visits = self._visits({point for some in points.values() for point in some}, beside=owns)
        clicks = self._clicks()
        found = {}
        for cart, actions in acts.items():
            last = max(actions, key=lambda one: (one.occurred_at, one.message_id, one.message_hash, one.line_number))
            visited = {
                Touch(started_at, visit_id(session_id), is_click=False)
                for point in points[cart]
                if (hit := visits.get(point)) is not None
                for session_id, started_at in [hit]
            }
            profile = self.groups.get(last.browser_node, "")
            found[cart] = (visited, [touch for brand, touch in clicks.get(profile, ()) if brand in {None, last.brand}])
        return found

    def _visits(self, wanted: set[Point], *, beside: Collection[Point] = ()) -> dict[Point, tuple[str, datetime]]:
        """Give the session in which each of these points lies; those `beside` are looked up for later."""
        new = wanted - self.visits.keys()
        if new:
            new |= set(beside) - self.visits.keys()
            self.visits |= dict.fromkeys(new) | visits_at(self.cursor, new)
        return {point: hit for point in wanted if (hit := self.visits[point]) is not None}

    def _clicks(self) -> dict[str, list[tuple[str | None, Touch]]]:
        clicks: dict[str, list[tuple[str | None, Touch]]] = defaultdict(list)
        if self.groups and self.sizes.deliveries:
            found = load(_PACKAGE, "clicks_of").run(self.cursor, nodes=list(self.groups)).fetchall()
            for node, brand, at, touchpoint in found:
                clicks[self.groups[node]].append((brand, Touch(at, touchpoint, is_click=True)))
        return clicks

    def _write_carts(self, wanted: set[int], made: list[tuple[Cart, list[CartLine]]]) -> None:
        if wanted:
            for statement in ("carts_delete", "cart_lines_delete"):
                load(_PACKAGE, statement).run(self.cursor, carts=list(wanted))
        rows.insert(self.cursor, "carts_insert", _CARTS, [cart for cart, _ in made])
        rows.insert(self.cursor, "cart_lines_insert", _LINES, [line for _, lines in made for line in lines])

    def _join(
        self, chosen: set[int], claims: list[Claim], made: Mapping[int, Cart], settled: Mapping[int, Order]
    ) -> None:
        """Give each order its cart and touches. The surest claim wins, and among like ones the cart it names first."""
        by_order: dict[int, list[Claim]] = defaultdict(list)
        for claim in claims:
            by_order[claim.order_hash].append(claim)
        joins = []
        for order in self.orders.values():
            if order.order_hash in chosen:
                joins.append((order, _choice(order, by_order.get(order.order_hash, []))))
            elif order.cart_hash in made:
                joins.append((order, order.cart_hash))
        touches = self._cart_touches({cart for _, cart in joins if cart is not None and cart not in made})
        touches |= {key: (cart.first_touch_id, cart.last_touch_id) for key, cart in made.items()}
        visits = self._visits({order.own for order, cart in joins if cart is None and order.own is not None})
        fresh: list[Joined] = []
        changed = []
        for order, cart in joins:
            own = visit_id(visits[order.own][0]) if order.own in visits else None
            first, last = touches.get(cart, (None, None)) if cart is not None else (own, own)
            if order.order_hash in settled:
                fresh.append((settled[order.order_hash], cart, first, last))
            elif (cart, first, last) != (order.cart_hash, order.first_touch_id, order.last_touch_id):
                changed.append((order.order_hash, cart, first, last))
        settling.write(self.cursor, fresh)
        _rejoin(self.cursor, changed)

    def _cart_touches(self, wanted: set[int]) -> dict[int, tuple[str | None, str | None]]:
        if not wanted:
            return {}
        found = load(_PACKAGE, "carts_touches").run(self.cursor, carts=list(wanted)).fetchall()
        return {cart: (first, last) for cart, first, last in found}


def _rejoin(cursor: Cursor, changed: Collection[tuple[int, int | None, str | None, str | None]]) -> None:
    """Write stored orders again where their cart or touches changed."""
    if changed:
        rows.insert(cursor, "orders_rejoined", _JOINS, changed)
        load(_PACKAGE, "orders_rejoin_delete").run(cursor)
        load(_PACKAGE, "orders_rejoin_insert").run(cursor)


def _choice(order: _Stored, claims: list[Claim]) -> int | None:
    if not order.is_sale or not claims:
        return None
    preference = {cart: place for place, cart in enumerate(order.cart_hashes)}
    return min(claims, key=lambda one: (one.rank, preference.get(one.cart_hash, 0), one.cart_hash)).cart_hash


def visit_id(session_id: str) -> str:
    """Name the touchpoint of a visit."""
    return "v" + session_id[1:]


def visits_at(cursor: Cursor, points: Collection[Point]) -> dict[Point, tuple[str, datetime]]:
    """Give the session (id, start) in which each point (browser, brand, instant) lies; points in none are left out."""
    if not points:
        return {}
    instants = [at for _, _, at in points]
    nodes = list({node for node, _, _ in points})
    found = load(_PACKAGE, "sessions_of").run(cursor, nodes=nodes, low=min(instants), high=max(instants)).fetchall()
    stretches: dict[tuple[int, str], list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for node, brand, started_at, ended_at, session_id in sorted(found, key=lambda row: row[2]):
        stretches[node, brand].append((started_at, ended_at, session_id))
    hits = {}
    for node, brand, at in points:
        mine = stretches.get((node, brand), [])
        place = bisect_right(mine, at, key=lambda one: one[0]) - 1
        if place >= 0 and mine[place][1] >= at:
            hits[node, brand, at] = (mine[place][2], mine[place][0])
    return hits
