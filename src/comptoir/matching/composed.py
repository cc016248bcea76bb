"""SQL made of pieces: an expression written once over names that stand in, put together with the real columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlglot
from sqlglot import exp

_DUCKDB = "duckdb"


def expression(template: str, names: Mapping[str, str]) -> exp.Expr:
    """Read an expression and put columns in the place of the names that stand in for them."""
    tree = sqlglot.parse_one(template, read=_DUCKDB)
    return tree.transform(lambda node: _named(node, names))


def condition(template: str, names: Mapping[str, str]) -> str:
    """Give the text of an expression with the real columns in it."""
    return text(expression(template, names))


def text(tree: exp.Expr) -> str:
    """Write a tree as the warehouse reads it."""
    return tree.sql(dialect=_DUCKDB)


def column(name: str, table: str = "") -> exp.Column:
    """Give a column, quoted."""
    return exp.column(name, table=table or None, quoted=True)


def select(columns: Sequence[exp.Expr], source: str) -> exp.Select:
    """Give a selection from a table."""
    return exp.select(*columns).from_(exp.to_table(source))


def dropped(table: str) -> exp.Drop:
    """Give the statement that drops a table."""
    return exp.Drop(tables=[exp.to_table(table)], kind="TABLE")


def _named(node: exp.Expr, names: Mapping[str, str]) -> exp.Expr:
    if isinstance(node, exp.Column) and not node.table and node.name in names:
        return column(names[node.name])
    return node
