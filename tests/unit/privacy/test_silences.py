"""What counts as a sign of life is said twice in SQL, for the present and for any past day: both must say the same."""

from __future__ import annotations

from importlib.resources import files

import sqlglot
from sqlglot import exp

Sign = tuple[str, str, str, str, frozenset[str]]
"""Table, node and instant of a sign, whether it is an order, and what else must hold of it."""


def signs(package: str, name: str, cte: str) -> set[Sign]:
    """Read the signs of a statement; whom is asked about, and until when, is no part of them."""
    text = (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    whole = sqlglot.parse_one(text, dialect="duckdb")
    part = next(one.this for one in whole.find_all(exp.CTE) if one.alias == cte)
    return {_sign(branch) for branch in part.find_all(exp.Select) if not branch.find_ancestor(exp.In)}


def _sign(branch: exp.Select) -> Sign:
    node, at, is_order = (one.unalias() for one in branch.expressions)
    where = branch.args.get("where")
    conditions = [] if where is None else [where.this]
    if where is not None and isinstance(where.this, exp.And):
        conditions = list(where.this.flatten())
    own = frozenset(one.sql("duckdb") for one in conditions if not _is_asked(one))
    instant = at.this if isinstance(at, exp.Max) else at
    (table,) = branch.args["from_"].find_all(exp.Table)
    return table.sql("duckdb"), node.sql("duckdb"), instant.sql("duckdb"), is_order.sql("duckdb"), own


def _is_asked(condition: exp.Expr) -> bool:
    return condition.find(exp.Select, exp.Parameter, exp.Placeholder) is not None


def test_the_past_and_the_present_know_the_same_signs_of_life() -> None:
    present = signs("comptoir.privacy", "silences", "signs")
    past = signs("comptoir.reports", "history_silences", "acts")

    assert past == present
    assert len(present) == 7
    assert ("fact.delivery_records", "node_id", "occurred_at") in {one[:3] for one in present}
