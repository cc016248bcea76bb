"""Dates about people: days of birth that can be true, and dates written the French way."""

from __future__ import annotations

import re
from datetime import date

from comptoir.quality.graded import Graded, Reason, made, refused, tidy

OLDEST_YEARS = 120
YOUNGEST_CUSTOMER_YEARS = 10
"""Who is younger has no account of their own: the day of an order, most likely, typed in the wrong field."""
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_TOGETHER = re.compile(r"(19\d\d|20\d\d)(\d\d)(\d\d)")
_SHORT = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{2})")
_SLASHED = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")
_FILLED_IN = frozenset({date(1900, 1, 1), date(1970, 1, 1), date(1899, 12, 30), date(1, 1, 1), date(1901, 1, 1)})
_MONTH_FIRST = frozenset({"US"})


def grade_birth(text: str, country: str, today: date) -> Graded:
    """
    Grade a day of birth. Units: the value is ISO 8601; `today` is the day it is judged on.

    A date with slashes is read day first, but in the United States; where both readings would do, it is doubted only
    there, as everybody else means the day.
    """
    original, text = text, tidy(text)
    if not text:
        return refused(original, Reason.EMPTY)
    short = _SHORT.fullmatch(text)
    if short is not None:
        text = f"{short[1]}/{short[2]}/{_century(int(short[3]), today)}{short[3]}"
    day, is_ambiguous = _read(text, country)
    if day is None:
        return refused(original, Reason.NOT_READABLE)
    doubted: list[Reason] = []
    if short is not None and day.year % 100 <= today.year % 100:
        doubted.append(Reason.AMBIGUOUS)
    if day in _FILLED_IN:
        doubted.append(Reason.DEFAULT_DATE)
    elif not _is_plausible(day, today):
        doubted.append(Reason.IMPLAUSIBLE)
    if is_ambiguous:
        doubted.append(Reason.AMBIGUOUS)
    return made(day.isoformat(), original, doubted=tuple(doubted))


def _is_plausible(day: date, today: date) -> bool:
    years = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    return YOUNGEST_CUSTOMER_YEARS <= years <= OLDEST_YEARS


def _century(year: int, today: date) -> int:
    """Give the century of a year of two digits: the last in which somebody can have been born and be a customer."""
    latest = today.year - YOUNGEST_CUSTOMER_YEARS
    return latest // 100 if year <= latest % 100 else latest // 100 - 1


def _read(text: str, country: str) -> tuple[date | None, bool]:
    if iso := _ISO.fullmatch(text) or _TOGETHER.fullmatch(text):
        return _day(iso[1], iso[2], iso[3]), False
    found = _SLASHED.fullmatch(text)
    if found is None:
        return None, False
    first, second, year = found.groups()
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if country not in _MONTH_FIRST:
        return day_first or month_first, False
    return month_first or day_first, bool(month_first and day_first and month_first != day_first)


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
