"""The bridge on the warehouse: finds all that hangs on what a tick touched, and derives carts and joins again."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import pyarrow as pa

from comptoir.facts import carts
from comptoir.facts.carts import Action, Cart, CartLine, Claim, Placed, Touch
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"
_AT, _DECIMAL, _KEY = pa.timestamp("us"), pa.decimal128(18, 6), pa.uint64()
_CARTS = pa.schema({
    "cart_hash": _KEY, "brand": pa.string(), "cart_id": pa.string(), "is_inferred": pa.bool_(), "node_id": pa.int64(),
    "browser_node": pa.int64(), "source": pa.string(), "opened_at": _AT, "last_action_at": _AT, "checkout_at": _AT,
    "merged_at": _AT, "ordered_at": _AT, "order_hash": _KEY, "item_count": _DECIMAL, "amount_minor": pa.int64(),
    "currency": pa.string(), "session_count": pa.int64(), "first_touch_id": pa.string(), "last_touch_id": pa.string(),
})  # fmt: skip
_LINES = pa.schema({
    "cart_hash": _KEY, "brand": pa.string(), "product_id": pa.string(), "variant_id": pa.string(), "quantity": _DECIMAL,
    "unit_price": _DECIMAL, "amount_minor": pa.int64(), "currency": pa.string(), "added_at": _AT,
})  # fmt: skip
_CLAIMS = pa.schema({"profile_id": pa.string(), "order_hash": _KEY, "cart_hash": _KEY, "rank": pa.int8()})
_BRIDGE = pa.schema({"node_id": pa.int64(), "profile_id": pa.string(), "has_cart": pa.bool_(), "is_told": pa.bool_()})
_MARKS = pa.schema({"node_id": pa.int64(), "has_cart": pa.bool_(), "is_told": pa.bool_()})
_INFERRED = pa.schema({"message_hash": pa.int64(), "browser_node": pa.int64(), "cart_hash": _KEY})
_JOINS = pa.schema({
    "order_hash": _KEY, "cart_hash": _KEY, "first_touch_id": pa.string(), "last_touch_id": pa.string(),
})  # fmt: skip


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
    def own(self) -> tuple[int, str, datetime] | None:
        """Say where and when a visit told it first."""
        return None if self.own_node is None or self.own_at is None else (self.own_node, self.brand, self.own_at)

    @property
    def placed(self) -> Placed:
        return Placed(*self[:5])


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
    settled: dict[int, Names] = field(default_factory=dict)
    """What those orders name that were just settled; the others are read."""


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

    def take(self, found: Iterable[tuple[object, ...]]) -> set[int]:
        """Add rows, and give the browsers among them."""
        browsers = set()
        for row in found:
            action, order_hash = Action(*row[:-2]), row[-2]  # type: ignore[arg-type]
            browsers.add(action.browser_node)
            if order_hash is None:
                self.actions[action.message_hash, action.line_number] = action
                self.browsers[action.message_hash] = action.browser_node
            else:
                self.orders[order_hash].add(action.browser_node)  # type: ignore[index]
                if action.cart_hash is not None:
                    self.naming[action.cart_hash].add(order_hash)  # type: ignore[arg-type]
        return browsers - {0}


def derive_carts(cursor: Cursor, touched: Touched, *, within: timedelta) -> None:
    """Derive again the carts, cart lines and joins of orders that what was touched can change."""
    rows = _Rows()
    (sizes,) = [_Sizes(*row) for row in load(_PACKAGE, "bridge_sizes").run(cursor).fetchall()]
    named = touched.settled | _order_names(cursor, touched.orders - touched.settled.keys())
    near_carts = touched.carts | {cart for one in named.values() for cart in one.carts}
    near_checkouts = touched.checkouts | {checkout for one in named.values() for checkout in one.checkouts}
    tellers = {node for one in named.values() for node in one.browsers}
    others = _by_cart(cursor, rows, near_carts, sizes) | _by_checkout(cursor, rows, near_checkouts)
    nodes = tellers | touched.nodes | others | touched.changed | touched.moved
    profiles, whole = _profiles(cursor, nodes, touched, touched.tellers | tellers)
    groups = _groups(cursor, profiles, whole)
    if rows.actions or groups or touched.orders:
        _Derivation(
            cursor, within, rows, sizes, groups, profiles, whole & set(groups.values()), near_carts, near_checkouts
        ).run(touched)


def _order_names(cursor: Cursor, orders: Collection[int]) -> dict[int, Names]:
    if not orders:
        return {}
    with _keys(cursor, "touched_orders", "order_hash", orders):
        found = load(_PACKAGE, "orders_unnest").run(cursor).fetchall()
    return {order_hash: Names(*lists) for order_hash, *lists in found}


def _profiles(cursor: Cursor, nodes: set[int], touched: Touched, tellers: set[int]) -> tuple[set[str], set[str]]:
    """
    Take nodes on the bridge, and copy the profiles of those that moved.

    Gives all profiles they had or have, and those whose carts must all be made again.
    """
    if not nodes:
        return set(), set()
    with _keys(cursor, "wanted_nodes", "node_id", nodes, pa.int64()):
        known = {row[0]: row for row in load(_PACKAGE, "bridge_known").run(cursor).fetchall()}
    whole = {known[node][1] for node in touched.changed | touched.moved if node in known}
    profiles = {profile for _, profile, _, _ in known.values()}
    new = nodes - known.keys() - touched.moved
    if new:
        with _keys(cursor, "wanted_nodes", "node_id", new, pa.int64()):
            found = load(_PACKAGE, "bridge_lookup").run(cursor).fetchall()
        _insert(
            cursor,
            "bridge_insert",
            _BRIDGE,
            [(node, profile, node in touched.actors, node in tellers) for node, profile in found],
        )
        profiles |= {profile for _, profile in found}
        whole |= {profile for node, profile in found if node in touched.changed}
    marks = [
        (node, has_cart or node in touched.actors, is_told or node in tellers)
        for node, _, has_cart, is_told in known.values()
        if (node in touched.actors and not has_cart) or (node in tellers and not is_told)
    ]
    if marks:
        cursor.register("marks", rows_to_table(marks, _MARKS))
        load(_PACKAGE, "bridge_mark").run(cursor)
        cursor.unregister("marks")
    if touched.moved:
        with _keys(cursor, "wanted_nodes", "node_id", touched.moved, pa.int64()):
            load(_PACKAGE, "bridge_move").run(cursor)
            whole |= {row[1] for row in load(_PACKAGE, "bridge_known").run(cursor).fetchall()}
    return profiles | whole, whole


def _groups(cursor: Cursor, profiles: set[str], whole: set[str]) -> dict[int, str]:
    """Give node → profile for all nodes of these profiles that shop, but for those where nothing is to be found out."""
    if not profiles:
        return {}
    with _keys(cursor, "wanted_profiles", "profile_id", profiles, pa.string()):
        found = load(_PACKAGE, "bridge_groups").run(cursor).fetchall()
    shopping = {profile for _, profile, has_cart, _ in found if has_cart}
    told = {profile for _, profile, _, is_told in found if is_told} | whole
    return {node: profile for node, profile, _, _ in found if profile in shopping and profile in told}


class _Sizes(NamedTuple):
    """How many there are of what need not be asked where there is none."""

    claims: int
    inferred: int
    deliveries: int
    merges: int


def _by_cart(cursor: Cursor, rows: _Rows, wanted: Collection[int], sizes: _Sizes) -> set[int]:
    if not wanted:
        return set()
    with _keys(cursor, "wanted_carts", "cart_hash", wanted):
        if sizes.merges:
            rows.take(load(_PACKAGE, "merges_of").run(cursor).fetchall())
        return rows.take(load(_PACKAGE, "acts_by_cart").run(cursor).fetchall())


def _by_checkout(cursor: Cursor, rows: _Rows, wanted: Collection[int]) -> set[int]:
    if not wanted:
        return set()
    with _keys(cursor, "wanted_checkouts", "checkout_hash", wanted):
        return rows.take(load(_PACKAGE, "acts_by_checkout").run(cursor).fetchall())


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

    def run(self, touched: Touched) -> None:
        """Gather, walk, and write what changed."""
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
        self._join(chosen, claims, {cart.cart_hash: cart for cart, _ in made})

    # ── gathering ──

    def _former(self) -> tuple[set[tuple[str, int, int, int]], set[tuple[int, int, int]]]:
        """Give the claims and inferred carts (message, browser, cart) of the touched profiles, as derived before."""
        claimed, acts = set(), set()
        if self.profiles and self.sizes.claims:
            with _keys(self.cursor, "wanted_profiles", "profile_id", self.profiles, pa.string()):
                claimed = set(load(_PACKAGE, "claims_of_profiles").run(self.cursor).fetchall())
        if self.groups and self.sizes.inferred:
            with _keys(self.cursor, "wanted_nodes", "node_id", self.groups, pa.int64()):
                acts = set(load(_PACKAGE, "inferred_of").run(self.cursor).fetchall())
        return claimed, acts

    def _gather(self, orders: set[int]) -> None:
        """Read all rows that bear on who emptied the touched profiles' carts."""
        if self.groups:
            with _keys(self.cursor, "wanted_nodes", "node_id", self.groups, pa.int64()):
                self.rows.take(load(_PACKAGE, "acts_by_browser").run(self.cursor).fetchall())
        self._read_more_checkouts()
        self._read_orders(orders | set(self.rows.orders))
        self._read_more_checkouts()
        self._read_orders(set(self.rows.orders))
        while self._read_carts({cart for order in self.orders.values() for cart in order.cart_hashes}):
            self._read_orders(set(self.rows.orders))
        acted = self._acted(set(self.groups.values()))
        if self.sizes.merges and acted:
            with _keys(self.cursor, "wanted_carts", "cart_hash", acted):
                self.rows.take(load(_PACKAGE, "merges_of").run(self.cursor).fetchall())

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
        _by_cart(self.cursor, self.rows, more, self.sizes)
        return bool(more)

    def _read_more_checkouts(self) -> None:
        said = {one.checkout_hash for one in self.rows.actions.values() if one.browser_node in self.groups}
        said |= {checkout for one in self.orders.values() for checkout in one.checkout_hashes}
        more = {one for one in said if one is not None} - self.checkouts_read
        self.checkouts_read |= more
        _by_checkout(self.cursor, self.rows, more)

    def _read_orders(self, wanted: set[int]) -> None:
        more = wanted - self.orders.keys()
        if more:
            with _keys(self.cursor, "wanted_orders", "order_hash", more):
                found = load(_PACKAGE, "orders_placed").run(self.cursor).fetchall()
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
            with _keys(self.cursor, "wanted_profiles", "profile_id", profiles, pa.string()):
                load(_PACKAGE, "claims_delete").run(self.cursor)
            _insert(self.cursor, "claims_insert", _CLAIMS, [one for one in self.claims if one[0] in profiles])

    def _write_inferred(self, former: set[tuple[int, int, int]]) -> set[int]:
        """Write which action belongs to which inferred cart, where that changed, and give the carts that changed."""
        acts = {(message, self.rows.browser_of(message), cart) for message, cart in self.inferred.items()}
        changed = former ^ acts
        browsers = {browser for _, browser, _ in changed}
        if browsers:
            with _keys(self.cursor, "wanted_nodes", "node_id", browsers, pa.int64()):
                load(_PACKAGE, "inferred_delete").run(self.cursor)
            _insert(self.cursor, "inferred_insert", _INFERRED, [one for one in acts if one[1] in browsers])
        return {cart for _, _, cart in changed}

    def _claims(self, wanted: set[int]) -> list[Claim]:
        """Give all claims on these carts and of the gathered orders, those by basket id included."""
        with (
            _keys(self.cursor, "wanted_orders", "order_hash", self.orders),
            _keys(self.cursor, "wanted_carts", "cart_hash", wanted),
        ):
            claims = [Claim(*row) for row in load(_PACKAGE, "claims_of").run(self.cursor).fetchall()]
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
        points: dict[int, set[tuple[int, str, datetime]]] = {}
        for cart, actions in acts.items():
            brand = actions[0].brand
            points[cart] = {(one.browser_node, brand, one.occurred_at) for one in actions}
            if cart in sales and (own := sales[cart].own) is not None:
                points[cart].add(own)
        visits = visits_at(self.cursor, {point for some in points.values() for point in some})
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

    def _clicks(self) -> dict[str, list[tuple[str | None, Touch]]]:
        clicks: dict[str, list[tuple[str | None, Touch]]] = defaultdict(list)
        if self.groups and self.sizes.deliveries:
            with _keys(self.cursor, "wanted_nodes", "node_id", self.groups, pa.int64()):
                for node, brand, at, touchpoint in load(_PACKAGE, "clicks_of").run(self.cursor).fetchall():
                    clicks[self.groups[node]].append((brand, Touch(at, touchpoint, is_click=True)))
        return clicks

    def _write_carts(self, wanted: set[int], made: list[tuple[Cart, list[CartLine]]]) -> None:
        if wanted:
            with _keys(self.cursor, "wanted_carts", "cart_hash", wanted):
                load(_PACKAGE, "carts_delete").run(self.cursor)
                load(_PACKAGE, "cart_lines_delete").run(self.cursor)
        _insert(self.cursor, "carts_insert", _CARTS, [cart for cart, _ in made])
        _insert(self.cursor, "cart_lines_insert", _LINES, [line for _, lines in made for line in lines])

    def _join(self, chosen: set[int], claims: list[Claim], made: Mapping[int, Cart]) -> None:
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
        visits = visits_at(self.cursor, {order.own for order, cart in joins if cart is None and order.own is not None})
        rows = []
        for order, cart in joins:
            own = visit_id(visits[order.own][0]) if order.own in visits else None
            first, last = touches.get(cart, (None, None)) if cart is not None else (own, own)
            if (cart, first, last) != (order.cart_hash, order.first_touch_id, order.last_touch_id):
                rows.append((order.order_hash, cart, first, last))
        _insert(self.cursor, "orders_join", _JOINS, rows)

    def _cart_touches(self, wanted: set[int]) -> dict[int, tuple[str | None, str | None]]:
        if not wanted:
            return {}
        with _keys(self.cursor, "wanted_carts", "cart_hash", wanted):
            found = load(_PACKAGE, "carts_touches").run(self.cursor).fetchall()
        return {cart: (first, last) for cart, first, last in found}


def _choice(order: _Stored, claims: list[Claim]) -> int | None:
    if not order.is_sale or not claims:
        return None
    preference = {cart: place for place, cart in enumerate(order.cart_hashes)}
    return min(claims, key=lambda one: (one.rank, preference.get(one.cart_hash, 0), one.cart_hash)).cart_hash


def visit_id(session_id: str) -> str:
    """Name the touchpoint of a visit."""
    return "v" + session_id[1:]


def visits_at(
    cursor: Cursor, points: Collection[tuple[int, str, datetime]]
) -> dict[tuple[int, str, datetime], tuple[str, datetime]]:
    """Give the session (id, start) in which each point (browser, brand, instant) lies; points in none are left out."""
    if not points:
        return {}
    instants = [at for _, _, at in points]
    with _keys(cursor, "wanted_nodes", "node_id", {node for node, _, _ in points}, pa.int64()):
        found = load(_PACKAGE, "sessions_of").run(cursor, low=min(instants), high=max(instants)).fetchall()
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


@contextmanager
def _keys(cursor: Cursor, name: str, column: str, values: Iterable[object], kind: pa.DataType = _KEY) -> Iterator[None]:
    """Lend a list of keys to a statement as a table."""
    cursor.register(name, pa.table({column: pa.array(list(values), kind)}))
    try:
        yield
    finally:
        cursor.unregister(name)


lend_keys = _keys


def _insert(cursor: Cursor, statement: str, schema: pa.Schema, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        cursor.register("made", rows_to_table(rows, schema))
        load(_PACKAGE, statement).run(cursor)
        cursor.unregister("made")


def rows_to_table(rows: Iterable[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    """Make a table of tuples."""
    columns = list(zip(*rows, strict=True))
    return pa.table([pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)], schema=schema)
