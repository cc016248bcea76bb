"""Comparisons of one value, as the scenarios make them (`grammar.properties.Test`), said to the warehouse."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sqlglot import exp

from comptoir.grammar.properties import Test
from comptoir.segments.asked import number

_NUMBER = "DECIMAL(38, 9)"
ADDED_UP = exp.DataType.build("DECIMAL(24, 9)", dialect="duckdb")
"""What a property may be to be added up: anybody may send one, and a sum that overflowed would stop every tick."""
_MOST_DIGITS = 29
"""Before the point: what is longer, such as a key, is a text and no number."""


def compared(test: Test, *, said: exp.Expr | None = None, numeric: exp.Expr | None = None) -> exp.Expr:
    """
    Say that a value compares so; what is not known is a no.

    `said` is the list of its texts (a value that is no list is a list of one), `numeric` its number: by default the
    columns of those names.
    """
    said = exp.column("said") if said is None else said
    numeric = exp.column("number") if numeric is None else numeric
    if test.operator == "is_set":
        return exp.column("is_set")
    if test.operator in {"at_least", "at_most"}:
        limit = number(test.number if test.number is not None else Decimal(0))
        return numeric >= limit if test.operator == "at_least" else numeric <= limit
    found = _COMPARE[test.operator](said, test.operand)
    if test.operator in {"is_not", "not_in"}:
        return exp.and_(exp.func("len", said.copy()) > 0, exp.not_(exp.paren(found)))
    return found


def _one_of(said: exp.Expr, operand: tuple[str, ...]) -> exp.Expr:
    return exp.or_(*(exp.func("list_contains", said.copy(), exp.Literal.string(one)) for one in operand))


def _any_text(function: str) -> Callable[[exp.Expr, tuple[str, ...]], exp.Expr]:
    """Ask each text of the list: the lambda is written down once, its operand is a literal."""

    def ask(said: exp.Expr, operand: tuple[str, ...]) -> exp.Expr:
        text = exp.to_identifier("one")
        each = exp.Lambda(
            this=exp.Anonymous(this=function, expressions=[exp.column("one"), exp.Literal.string(operand[0])]),
            expressions=[text],
        )
        return exp.func("len", exp.Anonymous(this="list_filter", expressions=[said.copy(), each])) > 0

    return ask


_COMPARE: dict[str, Callable[[exp.Expr, tuple[str, ...]], exp.Expr]] = {
    "is": _one_of,
    "in": _one_of,
    "is_not": _one_of,
    "not_in": _one_of,
    "contains": _any_text("contains"),
    "starts_with": _any_text("starts_with"),
}


def property_tested(path: str, test: Test, column: str = "properties") -> exp.Expr:
    """
    Say that a property of an event compares so: `path` is its name, or a way with dots into what it holds.

    The name reaches the warehouse as a literal only, as a JSON pointer: whatever it holds, it is a name.
    """
    value = _property(path, column)
    if test.operator == "is_set":
        empty = exp.func("coalesce", exp.cast(value, "VARCHAR"), exp.Literal.string("null"))
        is_empty = empty.isin("null", '""', "[]", "{}")
        return is_empty if test.operand == ("false",) else exp.not_(is_empty)
    text = _text(value)
    if test.operator in {"at_least", "at_most"}:
        return compared(test, numeric=exp.TryCast(this=text, to=exp.DataType.build(_NUMBER)))
    if test.operator == "is" and test.number is None and _is_number(test.operand[0]):
        # 10 and 10.0 are one number, and no two texts
        as_number = exp.TryCast(this=text.copy(), to=exp.DataType.build(_NUMBER)).eq(number(Decimal(test.operand[0])))
        return exp.or_(_one_of(_texts(value, text), test.operand), as_number)
    return compared(test, said=_texts(value, text))


def property_text(path: str, column: str = "properties") -> exp.Expr:
    """Give a property of an event as text; NULL where it is missing."""
    return _text(_property(path, column))


def _property(path: str, column: str) -> exp.Expr:
    said = [_pointed(column, [path])]
    if "." in path:
        said.append(_pointed(column, path.split(".")))
    if path in _OF_PAGES:
        said.append(exp.cast(exp.func("to_json", exp.column(path)), "JSON"))
    return exp.func("coalesce", *said) if len(said) > 1 else said[0]


_OF_PAGES = frozenset({"path", "url", "title", "referrer"})
"""What a page says of itself in the event's context: its properties need not say it again."""


def _text(value: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="json_extract_string", expressions=[value.copy(), exp.Literal.string("$")])


def _texts(value: exp.Expr, text: exp.Expr) -> exp.Expr:
    kind = exp.Anonymous(this="json_type", expressions=[value.copy()])
    items = exp.Anonymous(this="json_extract_string", expressions=[value.copy(), exp.Literal.string("$[*]")])
    nothing = exp.cast(exp.Array(expressions=[]), "VARCHAR[]")
    return (
        exp.Case()
        .when(kind.eq(exp.Literal.string("ARRAY")), items)
        .when(exp.or_(value.copy().is_(exp.null()), kind.copy().isin("OBJECT", "NULL")), nothing)
        .else_(exp.Array(expressions=[text.copy()]))
    )


def _pointed(column: str, names: list[str]) -> exp.Expr:
    pointer = "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
    return exp.Anonymous(this="json_extract", expressions=[exp.column(column), exp.Literal.string(pointer)])


def _is_number(text: str) -> bool:
    plain = text.lstrip("-")
    return plain.replace(".", "", 1).isdecimal() and text.isascii() and len(plain.partition(".")[0]) <= _MOST_DIGITS


def category_is(category: str, below: frozenset[str], column: str = "category") -> exp.Expr:
    """Say that a category is this one or below it: in the tree, or as the beginning of a path."""
    own = exp.column(column)
    names = sorted({category} | below)
    under = [exp.Anonymous(this="starts_with", expressions=[own.copy(), exp.Literal.string(f"{name} / ")])
             for name in names]  # fmt: skip
    return exp.paren(exp.or_(own.isin(*names), *under))


def begins_with_word(column: str, word: str) -> exp.Expr:
    """Say that a text is this word, or begins with it: `store` is meant by `store Lyon` too."""
    beginning = exp.StartsWith(this=exp.column(column), expression=exp.Literal.string(f"{word} "))
    return exp.or_(exp.column(column).eq(word), beginning)
