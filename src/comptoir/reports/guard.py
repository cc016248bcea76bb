"""The wall before analysts' SQL: one SELECT that only reads documented views and only calls functions that compute."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from comptoir.errors import ComptoirError
from comptoir.reports.surface import FUNCTIONS, SESSION_NAMES, TABLE_FUNCTIONS, TYPES, VIEWS

LONGEST = 65_536
"""Characters a question may have."""

DEEPEST = 100
"""Brackets that may be open at once: both parsers recurse."""

_PARSED_AS = "duckdb"

# it warns about every statement it does not know; we refuse those, and say so ourselves
logging.getLogger("sqlglot").setLevel(logging.ERROR)


class QueryRefused(ComptoirError, ValueError):
    """This question may not be asked."""

    code, status = "query_refused", 400
    hint = "Ask one SELECT on the documented views; docs/how-to/ask-a-question.md lists views and functions."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a question may name: these views, and the schema before a name, where one may stand at all."""

    views: frozenset[str]
    schemas: frozenset[str]


EVERYTHING = Reach(views=VIEWS, schemas=frozenset({"", "main"}))
"""What whoever runs Comptoir may read; a role reads less (`reports.roles`)."""


def allow(sql: str, *, parser: duckdb.DuckDBPyConnection | None = None, reach: Reach = EVERYTHING) -> str:
    """
    Let `sql` pass, without its closing semicolon, or refuse it.

    Two parsers must agree: sqlglot, which knows what each construct is, and the warehouse's own (`parser`, any
    connection of it; a private one is made if not given), which is the one that will run the text. Each has a list of
    what may be there; whatever is not on it is refused.

    Raises: QueryRefused with `because`, and `found` or `instead` where that helps.
    """
    text = _plain(sql)
    _check_meaning(text, reach)
    if parser is None:
        with duckdb.connect() as private:
            _check_parse(text, private, reach)
    else:
        _check_parse(text, parser, reach)
    return text


def _plain(sql: str) -> str:
    if len(sql) > LONGEST:
        raise QueryRefused(because="the question is too long", characters=len(sql), most=LONGEST)
    if any(ord(sign) < ord(" ") and sign not in "\t\r\n" for sign in sql) or not _is_unicode(sql):
        raise QueryRefused(because="the question holds a control character or half a character")
    open_now = deepest = 0
    for sign in sql:
        open_now += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, open_now)
    if deepest > DEEPEST:
        raise QueryRefused(because="brackets are nested too deep", most=DEEPEST)
    text = sql.strip().removesuffix(";").rstrip()
    if not text:
        raise QueryRefused(because="there is no question")
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# ── first wall: what the constructs mean ──

_READING = (exp.Select, exp.SetOperation, exp.Subquery)
_NEVER = (
    exp.Command,
    exp.DDL,
    exp.DML,
    exp.Into,
    exp.Parameter,
    exp.Placeholder,
    exp.Pragma,
    exp.Set,
    exp.Use,
    exp.Attach,
    exp.Detach,
    exp.Copy,
    exp.Describe,
    exp.Summarize,
    exp.Show,
    exp.Lock,
    exp.SessionParameter,
)


def _check_meaning(text: str, reach: Reach) -> None:
    try:
        statements = [one for one in sqlglot.parse(text, read=_PARSED_AS) if one is not None]
    except Exception as error:  # its parser also trips over its own tokens (IndexError): what it cannot read is refused
        raise QueryRefused(because="it cannot be read as SQL", detail=_first_line(error)) from error
    if len(statements) != 1:
        raise QueryRefused(because="it must be exactly one statement", found=len(statements))
    tree = statements[0]
    if not isinstance(tree, _READING):
        raise QueryRefused(because="it must be a SELECT", found=tree.key.upper())
    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for node in tree.walk():
        if isinstance(node, _NEVER) and not isinstance(node, exp.Query):
            raise QueryRefused(because="it may only read, and holds no parameter", found=node.key.upper())
        if isinstance(node, exp.ReadCSV | exp.ReadParquet):
            _check_function("read_csv" if isinstance(node, exp.ReadCSV) else "read_parquet", FUNCTIONS)
        elif isinstance(node, exp.Table):
            _check_table(node, named, reach)
        elif isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
            _check_function(str(node.this), FUNCTIONS | TABLE_FUNCTIONS)


def _check_table(table: exp.Table, named: set[str], reach: Reach) -> None:
    if isinstance(table.this, exp.Func):
        return  # a function that gives rows: the second wall knows its name as the warehouse does
    if table.catalog or table.db.lower() not in reach.schemas:
        raise _unknown_view(".".join(part.name for part in table.parts), reach)
    if table.name.lower() not in reach.views | named:
        raise _unknown_view(table.name, reach)


def _check_function(name: str, known: frozenset[str]) -> None:
    if name.lower() not in known:
        raise QueryRefused(
            because="this function is not on the list of functions that only compute",
            found=name.lower(),
            instead=_INSTEAD.get(name.lower(), "see the list in docs/how-to/ask-a-question.md"),
        )


_INSTEAD = {
    "generate_series": "put it after FROM: FROM generate_series(1, 10) AS day(n)",
    "range": "put it after FROM: FROM range(10) AS day(n)",
    "read_csv": "import the file with `comptoir import`, then ask the views",
    "read_parquet": "import the file with `comptoir import`, then ask the views",
    "printf": "use concat, round and strftime",
    "format": "use concat, round and strftime",
}


def _unknown_view(name: str, reach: Reach) -> QueryRefused:
    because = "only the documented views may be read"
    if name.lower().rpartition(".")[2] in VIEWS:
        because = "this role may not read this view" if "." not in name else "a role names views without a schema"
    return QueryRefused(because=because, found=name, views=sorted(reach.views))


# ── second wall: what the warehouse itself has understood ──

_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE"})
_ROWS = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT"})
_REST = frozenset(
    {
        "LIMIT_MODIFIER",
        "LIMIT_PERCENT_MODIFIER",
        "ORDER_MODIFIER",
        "DISTINCT_MODIFIER",
        "ORDER_DEFAULT",
        "ASCENDING",
        "DESCENDING",
        "ORDER_ASCENDING",
        "ORDER_DESCENDING",
    }
)
_EXPRESSIONS = frozenset(
    {
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "LAMBDA",
        "LAMBDA_REF",
        "OPERATOR",
        "POSITIONAL_REFERENCE",
        "STAR",
        "SUBQUERY",
        "TYPE",
        "WINDOW",
    }
)
_SERIALIZE = "SELECT json_serialize_sql(?::VARCHAR)"


def _check_parse(text: str, parser: duckdb.DuckDBPyConnection, reach: Reach) -> None:
    try:
        statements = parser.extract_statements(text)
    except duckdb.Error as error:
        raise QueryRefused(because="it cannot be read as SQL", detail=_first_line(error)) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryRefused(because="it must be exactly one SELECT", found=[str(one.type) for one in statements][:3])
    if statements[0].named_parameters:
        raise QueryRefused(because="it holds no parameter", found=sorted(statements[0].named_parameters))
    row = parser.execute(_SERIALIZE, [text]).fetchone()
    said: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    if said["error"] or len(said["statements"]) != 1:
        raise QueryRefused(because="it must be a plain SELECT", detail=said.get("error_message", ""))
    _check_node(said["statements"][0]["node"], frozenset(), reach)


def _check_node(node: dict[str, Any], visible: frozenset[str], reach: Reach) -> None:
    """Check one query and what is inside it; `visible` are the CTEs that a table of it may name."""
    if node["type"] not in _NODES:
        raise QueryRefused(because="it may only read", found=node["type"])
    for entry in node["cte_map"]["map"]:
        name, inner = entry["key"].lower(), entry["value"]
        _check_name(name)
        _check_node(inner["query_node"], visible, reach)
        _check_all([part for key, part in inner.items() if key != "query_node"], visible, reach)
        visible |= {name}
    if node["type"] == "RECURSIVE_CTE_NODE":
        # the anchor does not see the name yet: there it would be the catalog's
        _check_node(node["left"], visible, reach)
        _check_node(node["right"], visible | {node["cte_name"].lower()}, reach)
    rest = {key: part for key, part in node.items() if key not in {"type", "cte_map"}}
    if node["type"] == "RECURSIVE_CTE_NODE":
        rest = {key: part for key, part in rest.items() if key not in {"left", "right"}}
    _check_all(rest, visible, reach)


def _check_name(name: str) -> None:
    if not name.isidentifier() or name.startswith(("duckdb_", "pg_", "sqlite_", "pragma_", "information_schema")):
        raise QueryRefused(because="a named sub-query needs a plain name of its own", found=name)


def _check_all(part: object, visible: frozenset[str], reach: Reach) -> None:
    for inner in _dicts(part):
        kind = inner.get("type")
        if "class" in inner:
            _check_expression(inner)
        elif (isinstance(kind, str) and kind in _NODES | {"CTE_NODE"}) or "cte_map" in inner:
            _check_node(inner, visible, reach)
            continue
        elif isinstance(kind, str):
            _check_rows(inner, kind, visible, reach)
        _check_all(list(inner.values()), visible, reach)


def _dicts(part: object) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    elif isinstance(part, list):
        for one in part:
            yield from _dicts(one)


def _check_expression(inner: dict[str, Any]) -> None:
    kind = inner["class"]
    if kind not in _EXPRESSIONS:
        raise QueryRefused(because="it holds no parameter and no such expression", found=kind)
    if kind in {"FUNCTION", "WINDOW"}:
        _check_unqualified(inner, inner["function_name"])
        if not inner.get("of_rows"):
            _check_function(inner["function_name"], FUNCTIONS)
    elif kind == "TYPE":
        _check_unqualified(inner, inner["type_name"])
        if inner["type_name"].lower() not in TYPES:
            raise QueryRefused(because="a CAST may not name this type", found=inner["type_name"])
    elif kind == "COLUMN_REF":
        _check_column(inner["column_names"])


def _check_column(path: list[str]) -> None:
    if len(path) == 1 and path[0].lower() in SESSION_NAMES:
        raise QueryRefused(because="the session is not part of the data", found=path[0])


def _check_unqualified(inner: dict[str, Any], name: str) -> None:
    if inner["catalog"] or inner["schema"]:
        raise QueryRefused(because="functions and types are named without a schema", found=name)


def _check_rows(inner: dict[str, Any], kind: str, visible: frozenset[str], reach: Reach) -> None:
    if kind not in _ROWS | _REST:
        raise QueryRefused(because="rows come from the documented views only", found=kind)
    if kind == "BASE_TABLE":
        name = inner["table_name"].lower()
        if inner["catalog_name"] or inner["schema_name"].lower() not in reach.schemas or inner["at_clause"]:
            raise _unknown_view(".".join(inner["qualified_name"]["path"]), reach)
        if name not in reach.views and (name not in visible or inner["schema_name"]):
            raise _unknown_view(inner["table_name"], reach)
    elif kind == "TABLE_FUNCTION":
        call = inner["function"]
        if call["class"] != "FUNCTION":
            raise QueryRefused(because="rows come from the documented views only", found=call["class"])
        _check_function(call["function_name"], TABLE_FUNCTIONS)
        call["of_rows"] = True
    elif kind == "PIVOT" and any(pivot["pivot_enum"] for pivot in inner["pivots"]):
        raise QueryRefused(because="a pivot lists its values", instead="PIVOT … ON name IN ('a', 'b')")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
