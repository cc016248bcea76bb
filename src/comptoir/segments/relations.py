"""The relations of facts that conditions ask, each with its key, its columns and what news of a tick may change it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from comptoir.segments.asked import NODE, PROFILE, Relation, Scope, mapped

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

LEDGER = Relation(name="revenue_ledger", rows=_table("revenue_ledger"), hears=frozenset({"commerce"}))
"""Signed movements of money."""


def made_by(maker: str) -> exp.Expr:
    """Say that a product is of a brand, as the catalogue has it."""
    made = exp.select("product_id").from_(exp.table_("products", db="fact")).where(exp.column("maker").eq(maker))
    return exp.column("product_id").isin(query=made)


def sold_in(shop: str) -> exp.Expr:
    """Say that an order was a ticket of a shop's till."""
    sold = exp.select("order_hash").from_(exp.table_("commerce", db="fact"))
    return exp.column("order_hash").isin(query=sold.where(exp.column("shop").eq(shop), "order_hash IS NOT NULL"))


def trait(name: str) -> Relation:
    """Give a trait by person, as it was stated last. Columns: said (texts), number, day, is_set."""

    def rows(scope: Scope) -> exp.Select:
        stated = exp.select("*").from_(exp.table_("traits", db="fact")).where(exp.column("name").eq(name))
        columns = [exp.column(one, table="r") for one in ("said", "number", "day", "is_set")]
        own = exp.column(PROFILE, table="map")
        latest = exp.Window(
            this=exp.RowNumber(),
            partition_by=[own],
            order=exp.Order(expressions=[
                exp.Ordered(this=exp.column("occurred_at", table="r"), desc=True),
                exp.Ordered(this=exp.column("message_id", table="r"), desc=True),
                exp.Ordered(this=exp.column(NODE, table="r")),
            ]),
        )  # fmt: skip
        return mapped(scoped(stated, NODE, _nodes(scope)), *columns).qualify(latest.eq(1))

    return Relation(name=f"trait:{name}", by=PROFILE, rows=rows, hears=frozenset({STATEMENTS}))


def _nodes(scope: Scope) -> Scope:
    """Turn a scope of profiles into one of their nodes."""
    if scope is None:
        return None
    people = exp.table_("profile_of", db="fact")
    return exp.select(NODE).from_(people).where(exp.column(PROFILE).isin(query=scope.copy()))
