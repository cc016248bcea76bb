"""Windows of a condition, said to the warehouse the same way by every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlglot import exp

from comptoir.segments import relations
from comptoir.segments.asked import (
    Around,
    Asked,
    Edge,
    Every,
    No,
    Question,
    ago,
    at_literal,
    date_literal,
    days_back,
)  # fmt: skip
from comptoir.segments.window import Window


def edges_of(span: Window, around: Around, column: str) -> tuple[Edge, ...]:
    """Give the bounds of a window that move with time, over instants."""
    if span.days:
        return (days_back(column, span.days, around),)
    return (ago(column, span.span),) if span.span else ()


def between(span: Window, around: Around, column: str, *, is_date: bool = False) -> tuple[exp.Expr, ...]:
    """Say that rows lie between the two dates of a window."""
    found: list[exp.Expr] = []
    if span.since is not None:
        found.append(exp.column(column) >= (date_literal(span.since) if is_date else at_literal(span.since, around)))
    if span.until is not None:
        last = exp.column(column)
        found.append(last <= date_literal(span.until) if is_date else last < at_literal(span.until, around, after=True))
    return tuple(found)


def local_day(column: str, around: Around) -> exp.Expr:
    """Give the date of an instant in the zone of the first calendar."""
    zone = exp.Literal.string(around.zone_list[around.calendars[0][0]])
    in_utc = exp.Anonymous(this="timezone", expressions=[exp.Literal.string("UTC"), exp.column(column)])
    return exp.cast(exp.Anonymous(this="timezone", expressions=[zone, in_utc]), "DATE")


def first_time(within: Asked, ever: Asked, span: Window, around: Around, column: str) -> Question:
    """Ask for the first time ever to lie in a window: it was then, and never before. `ever` has no window."""
    is_date = within.relation is relations.DAYS
    before = replace(ever, row=None)
    if span.days:
        edge = days_back(column, span.days, around, is_date=is_date, is_from=False)
        return Every((within, No(replace(before, edges=(edge,)))))
    if span.span:
        edge = ago(column, span.span + timedelta(microseconds=1), is_from=False)
        return Every((within, No(replace(before, edges=(edge,)))))
    assert span.since is not None
    began = date_literal(span.since) if is_date else at_literal(span.since, around)
    return Every((within, No(replace(before, where=(*before.where, exp.column(column) < began)))))
