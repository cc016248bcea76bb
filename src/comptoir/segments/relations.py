"""The relations of facts that conditions ask, each with its key, its columns and what news of a tick may change it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from comptoir.quality.fields import name_of
from comptoir.segments.asked import NODE, PROFILE, Around, Relation, Scope, mapped
from comptoir.segments.traits_kept import kept_as

COMPUTED = "computed_traits"
"""News of this name: a computed trait of somebody is another one."""
STATEMENTS = "traits"
"""News of this name: somebody stated a trait."""


def _table(
    name: str, where: Sequence[exp.Expr] = (), columns: Sequence[exp.Expr] = ()
) -> Callable[[Scope], exp.Select]:
    """Give the rows of a fact table."""

    def rows(scope: Scope) -> exp.Select:
        found = exp.select(*(columns or (exp.Star(),))).from_(exp.table_(name, db="fact")).where(*where)
        return scoped(found, NODE, scope)

    return rows


def scoped(rows: exp.Select, key: str, scope: Scope) -> exp.Select:
    """Narrow rows down to keys that a sub-query gives."""
    return rows if scope is None else rows.where(exp.column(key).isin(query=scope.copy()))


DAYS = Relation(name="day_activity", rows=_table("day_activity"), hears=frozenset({"events"}))
"""What was done by day. Columns: day, brand, name, category, events, mentions, quantity, amount_minor, first_at …"""

EVENTS = Relation(
    name="events",
    rows=_table("events", [exp.column("robot_reason").is_(exp.null()), exp.column(NODE).neq(0)]),
    hears=frozenset({"events"}),
    is_heavy=True,
)
"""Single events, robots and nobody left out."""


ORDERS = Relation(
    name="orders",
    rows=_table("orders", [exp.column("is_sale"), exp.column("status").neq("cancelled")]),
    hears=frozenset({"commerce"}),
)
"""Orders that were not cancelled."""


def _lines(scope: Scope) -> exp.Select:
    columns = [exp.column(one, table="o") for one in (NODE, "ordered_at", "channel", "coupon", "order_hash", "brand")]
    own = [exp.column(one, table="l") for one in ("product_id", "category", "quantity", "amount_minor", "currency")]
    rows = (
        exp.select(*columns, *own)
        .from_(exp.table_("order_lines", db="fact", alias="l"))
        .join(exp.table_("orders", db="fact", alias="o"), on="o.order_hash = l.order_hash")
        .where("l.kind = 'sale' AND o.is_sale AND o.status <> 'cancelled'", dialect="duckdb")
    )
    return rows if scope is None else rows.where(exp.column(NODE, table="o").isin(query=scope.copy()))


LINES = Relation(name="order_lines", rows=_lines, hears=frozenset({"commerce"}))
"""Lines of what was sold, each with its order's day."""


def _bought(scope: Scope) -> exp.Select:
    """Give what was bought for good, as the score `repurchase` counts it: a line may have its product's category."""
    catalogue = (
        exp.select("brand", "product_id", exp.alias_(exp.Min(this=exp.column("category")), "category"))
        .from_(exp.table_("products", db="fact"))
        .group_by("brand", "product_id")
    )
    category = "coalesce(nullif(l.category, ''), c.category)"
    rows = (
        exp.select(exp.column(NODE, table="o"), exp.column("brand", table="o"), exp.column("ordered_at", table="o"))
        .select(exp.alias_(exp.maybe_parse(category, dialect="duckdb"), "category"))
        .from_(exp.table_("order_lines", db="fact", alias="l"))
        .join(exp.table_("orders", db="fact", alias="o"), on="o.order_hash = l.order_hash")
        .join(catalogue.subquery("c"), on="c.brand = l.brand AND c.product_id = l.product_id", join_type="left")
        .where("l.kind = 'sale' AND coalesce(l.quantity, 1) > 0", dialect="duckdb")
        .where("o.is_sale AND o.status NOT IN ('cancelled', 'refunded')", dialect="duckdb")
    )
    return rows if scope is None else rows.where(exp.column(NODE, table="o").isin(query=scope.copy()))


BOUGHT = Relation(name="bought", rows=_bought, hears=frozenset({"commerce"}))
"""What was bought and not given back, by category. Columns: brand, ordered_at, category."""

LEDGER = Relation(name="revenue_ledger", rows=_table("revenue_ledger"), hears=frozenset({"commerce"}))
"""Signed movements of money."""


CARTS = Relation(name="carts", rows=_table("carts"), hears=frozenset({"commerce"}))
"""Carts, whatever became of them."""


def _sessions(scope: Scope) -> exp.Select:
    """Give visits by browser: whose a visit is may change while it lasts, which browser made it never does."""
    rows = exp.select(
        exp.alias_(exp.column("browser_node"), NODE), "brand", "started_at", "channel", "channel_detail", "utm_source",
        "utm_medium", "utm_campaign", "device", "browser",
    ).from_(exp.table_("sessions", db="fact"))  # fmt: skip
    return rows if scope is None else rows.where(exp.column("browser_node").isin(query=scope.copy()))


SESSIONS = Relation(name="sessions", rows=_sessions, hears=frozenset({"events"}))
"""Visits."""


def _consents(scope: Scope) -> exp.Select:
    """Give the latest statement of each contact point, brand, purpose and channel; it belongs to the contact's node."""
    own = [exp.column(one, table="c") for one in ("contact_kind", "contact", "brand", "purpose", "channel")]
    order = [exp.Ordered(this=exp.column(one, table="c"), desc=True) for one in ("occurred_at", "message_id")]
    latest = exp.Window(this=exp.RowNumber(), partition_by=own, order=exp.Order(expressions=order))
    contacts = exp.table_("profile_of", db="fact", alias="n")
    rows = (
        exp.select(exp.column(NODE, table="n"), *(one.copy() for one in own[2:]), exp.column("state", table="c"))
        .from_(exp.table_("consents", db="fact", alias="c"))
        .join(contacts, on="n.kind = c.contact_kind AND n.value = c.contact")
    )
    narrowed = rows if scope is None else rows.where(exp.column(NODE, table="n").isin(query=scope.copy()))
    return narrowed.qualify(latest.eq(1))


CONSENTS = Relation(name="consents", rows=_consents, hears=frozenset({"consents"}))
"""What people agreed to, as it stands."""

MESSAGES = Relation(name="message_records", rows=_table("message_records"), hears=frozenset({"message_records"}))
"""What the sender decided and did, a row a message."""

DELIVERIES = Relation(
    name="delivery_records",
    rows=_table("delivery_records", [exp.column("robot_reason").is_(exp.null())]),
    hears=frozenset({"delivery_records"}),
)
"""What became of messages, robots left out."""


def _points(scope: Scope) -> exp.Select:
    never = exp.cast(exp.Literal.string("9999-12-31"), "DATE")
    lasts = exp.alias_(exp.func("coalesce", exp.column("expires_on"), never), "lasts_to")
    rows = exp.select(NODE, "brand", "points", "expires_on", lasts).from_(exp.table_("loyalty_movements", db="fact"))
    return scoped(rows, NODE, scope)


POINTS = Relation(name="loyalty_movements", rows=_points, hears=frozenset({"loyalty_movements"}))
"""Movements of loyalty points."""


def _by_profile(name: str) -> Callable[[Scope], exp.Select]:
    def rows(scope: Scope) -> exp.Select:
        return scoped(exp.select("*").from_(exp.table_(name, db="fact")), PROFILE, scope)

    return rows


SCORES = Relation(name="scores", by=PROFILE, rows=_by_profile("scores"), hears=frozenset({"scores"}))
"""Scores as the last run found them."""

AFFINITIES = Relation(name="affinities", by=PROFILE, rows=_by_profile("affinities"), hears=frozenset({"scores"}))
"""What people are drawn to, as the last run found it."""


def _score_changes(scope: Scope) -> exp.Select:
    rows = exp.select("score", "brand", NODE, "to_label", "as_of").from_(exp.table_("score_changes", db="fact"))
    return scoped(rows, NODE, scope)


SCORE_CHANGES = Relation(name="score_changes", rows=_score_changes, hears=frozenset({"scores"}))
"""Changes of labels that runs found."""


def _profiles(scope: Scope) -> exp.Select:
    people = exp.select(PROFILE).distinct().from_(exp.table_("profile_of", db="fact"))
    return scoped(people.where(exp.column(PROFILE).is_(exp.null()).not_()), PROFILE, scope)


PROFILES = Relation(name="profiles", by=PROFILE, rows=_profiles, hears=frozenset())
"""Everybody. Whoever is new is asked everything, so no news is needed."""


_OF_CONTACTS = ("day_activity", "orders", "contact_records", "consents", "loyalty_movements")


def _contacts(scope: Scope) -> exp.Select:
    parts = [scoped(exp.select(NODE, "brand").from_(exp.table_(one, db="fact")), NODE, scope) for one in _OF_CONTACTS]
    return exp.select(NODE, "brand").from_(exp.union(*parts, distinct=False).subquery("contacts"))


CONTACTS = Relation(
    name="contacts", rows=_contacts,
    hears=frozenset({"events", "commerce", "contact_records", "consents", "loyalty_movements"}),
)  # fmt: skip
"""Who had to do with which brand."""


def made_by(maker: str) -> exp.Expr:
    """Say that a product is of a brand, as the catalogue has it."""
    made = exp.select("product_id").from_(exp.table_("products", db="fact")).where(exp.column("maker").eq(maker))
    return exp.column("product_id").isin(query=made)


def sold_in(shop: str) -> exp.Expr:
    """Say that an order was a ticket of a shop's till."""
    sold = exp.select("order_hash").from_(exp.table_("commerce", db="fact"))
    return exp.column("order_hash").isin(query=sold.where(exp.column("shop").eq(shop), "order_hash IS NOT NULL"))


def trait(name: str, around: Around) -> Relation:
    """
    Give a trait by person, as it stands for the brand, or else as it is computed.

    Columns: said (texts), number, day, is_set.
    """
    kept = kept_as(name, around.ranking)

    def rows(scope: Scope) -> exp.Select:
        stands = exp.select("*").from_(exp.table_("traits", db="fact")).where(exp.column("name").eq(kept))
        columns = [exp.column(one, table="r") for one in ("said", "number", "day", "is_set")]
        says_more = exp.alias_(exp.cast(exp.column("is_set", table="r"), "INTEGER") * 2, "says_more")
        found = mapped(scoped(stands, NODE, nodes_of(scope)), *columns, says_more)
        own = exp.select(PROFILE, "said", "number", "day", exp.alias_(exp.true(), "is_set"), "1 AS says_more")
        computed = own.from_(exp.table_("computed_traits", db="fact")).where(exp.column("trait").eq(name))
        both = exp.union(found, scoped(computed, PROFILE, scope), distinct=False).subquery("both")
        order = exp.Order(expressions=[exp.Ordered(this=exp.column("says_more"), desc=True)])
        first = exp.Window(this=exp.RowNumber(), partition_by=[exp.column(PROFILE)], order=order)
        return exp.select(PROFILE, "said", "number", "day", "is_set").from_(both).qualify(first.eq(1))

    spelled = "" if name_of(name) == name else f" or {name}"  # what is computed has the name that its author gave it
    return Relation(name=f"trait:{kept}{spelled}", by=PROFILE, rows=rows, hears=frozenset({STATEMENTS, COMPUTED}))


def nodes_of(scope: Scope) -> Scope:
    """Turn a scope of profiles into one of their nodes."""
    if scope is None:
        return None
    people = exp.table_("profile_of", db="fact")
    return exp.select(NODE).from_(people).where(exp.column(PROFILE).isin(query=scope.copy()))
