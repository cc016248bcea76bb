"""Logical hashes: two warehouses hold the same facts, in whatever order and files they lie."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import blake2b

from sqlglot import exp

from comptoir.warehouse.base import Cursor

TABLES: dict[str, tuple[str, ...]] = {
    "events": ("tick_id",),
    "commerce": ("tick_id",),
    "product_records": ("tick_id",),
    "contact_records": ("tick_id",),
    "consents": ("tick_id",),
    "loyalty_movements": ("tick_id",),
    "price_records": ("tick_id",),
    "stock_records": ("tick_id",),
    "category_records": ("tick_id",),
    "pickup_records": ("tick_id",),
    "subscription_records": ("tick_id",),
    "campaign_return_records": ("tick_id",),
    "claim_records": ("tick_id",),
    "spend_records": ("tick_id",),
    "message_records": ("tick_id",),
    "delivery_records": ("tick_id",),
    "failed": ("tick_id", "failed_id"),
    "erased_lines": ("tick_id",),
    "field_grades": ("tick_id",),
    "sessions": (),
    "carts": (),
    "cart_lines": (),
    "cart_claims": ("profile_id",),
    "inferred_acts": (),
    "orders": (),
    "order_lines": (),
    "revenue_ledger": ("booked_at",),
    "products": (),
    "day_activity_whole": (),
    "profile_of": ("profile_id",),
    "traits": ("node_id",),
}
"""
Each table with the columns left out: how facts were cut into ticks, when they were booked, and after which identifier a
person is named, is no fact. Whose a trait is, the message says that states it.
"""
PARTITION = "profile_partition"
"""The name of the hash of who is one person with whom: profiles compared by their nodes, not by their names."""


def logical_hash(cursor: Cursor, table: str, *, leave_out: Collection[str] = ()) -> str:
    """
    Hash a table of `fact`, the same for any order of its rows.

    Each row is hashed over its canonical text, columns in the order of their names; row hashes are summed and counted,
    so that doubled rows do not cancel.
    """
    columns = [name for name in _columns(cursor, table) if name not in leave_out]
    canonical = exp.func("to_json", exp.Struct(expressions=[_named(name) for name in columns]))
    digest = exp.func("md5", exp.cast(canonical, "VARCHAR"), dialect="duckdb")
    rows = exp.select(exp.alias_(digest, "digest")).from_(exp.table_(table, db="fact"))
    return _sum_up(cursor, table, rows)


def fingerprints(cursor: Cursor) -> dict[str, str]:
    """Hash every derived table, and who is one person with whom."""
    hashes = {table: logical_hash(cursor, table, leave_out=leave_out) for table, leave_out in TABLES.items()}
    members: exp.Expr = exp.maybe_parse("string_agg(CAST(node_id AS VARCHAR), ',' ORDER BY node_id)", dialect="duckdb")
    digest = exp.func("md5", members, dialect="duckdb")
    rows = (
        exp.select(exp.alias_(digest, "digest"))
        .from_(exp.table_("profile_of", db="fact"))
        .group_by(exp.column("profile_id"))
    )
    return hashes | {PARTITION: _sum_up(cursor, PARTITION, rows)}


def _columns(cursor: Cursor, table: str) -> list[str]:
    found = cursor.execute(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'fact' AND table_name = ? ORDER BY column_name",
        [table],
    ).fetchall()
    return [name for (name,) in found]


def _named(column: str) -> exp.PropertyEQ:
    return exp.PropertyEQ(this=exp.to_identifier(column), expression=exp.column(column))


def _sum_up(cursor: Cursor, name: str, rows: exp.Select) -> str:
    """Sum two halves of the digests apart: 128 bits, and no sum can overflow a HUGEINT."""
    halves = ("md5_number_lower", "md5_number_upper")
    sums = [exp.Sum(this=exp.cast(exp.func(half, exp.column("digest")), "HUGEINT")) for half in halves]
    query = exp.select(exp.Count(this=exp.Star()), *sums).from_("digests").with_("digests", as_=rows)
    ((count, lower, upper),) = cursor.execute(query.sql(dialect="duckdb")).fetchall()
    said = f"{name}:{count}:{lower}:{upper}"
    return blake2b(said.encode(), digest_size=16).hexdigest()
