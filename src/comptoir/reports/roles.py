"""What each role may name in a question: the schema of its views, and which of them it has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import duckdb

from comptoir.access.roles import Role
from comptoir.reports.guard import EVERYTHING, Reach
from comptoir.reports.surface import VIEWS

_KEPT_FROM: Mapping[Role, frozenset[str]] = MappingProxyType(
    {
        Role.MARKETING: frozenset({"revenue_ledger"}),
        Role.FINANCE: frozenset(
            {
                "affinities",
                "campaign_returns",
                "cart_lines",
                "carts",
                "claims",
                "consents",
                "deliveries",
                "events",
                "day_activity",
                "events_all",
                "pickups",
                "score_changes",
                "scores",
                "searches",
                "sessions",
            }
        ),
        Role.SUPPORT: frozenset({"marketing_spend", "revenue", "revenue_ledger", "touchpoints"}),
    }
)
"""The views a role may not read; `warehouse/migrations/0004_roles.sql` says what it sees of the others."""

_REACH: Mapping[Role, Reach] = MappingProxyType(
    {role: Reach(views=VIEWS - _KEPT_FROM.get(role, frozenset()), schemas=frozenset({""})) for role in Role}
)
"""What a question of each role may name: without a schema, for the schema is what makes the difference."""


def speak_for(cursor: duckdb.DuckDBPyConnection, role: Role, brands: Collection[str]) -> Reach:
    """Make `cursor` see what a role sees, of these brands only (none named: of every brand); give what it may name."""
    if brands:
        cursor.execute("SET VARIABLE comptoir_brands = ?", [sorted(brands)])
    if role is Role.ADMIN and not brands:
        return EVERYTHING
    schema = "brand_admin" if role is Role.ADMIN else role.value
    cursor.execute("SET schema = '" + schema + "'")  # one of our own words, never the asker's
    return _REACH[role]
