"""Purchases read from any file: which column is whose, and what is wrong with which line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NoReturn

import numpy as np

from comptoir.errors import ComptoirError
from comptoir.scores.base import MILLIONTHS, Integers
from comptoir.scores.history import Purchases
from comptoir.sources import files
from comptoir.sources.base import PLAIN, ColumnMissing, FileUnreadable, Layout, Sheet, Spoiled, Texts
from comptoir.sources.csvfile import DELIMITERS
from comptoir.sources.forms import ISO, Bad, Form, Value, Writing, reader
from comptoir.sources.mapping import nearest

EPOCH = date(1970, 1, 1)
NOBODY = -1
_BAD = -(1 << 62)
_DECIMALS = 6


class PurchaseUnreadable(ComptoirError, ValueError):
    """A line of the file is no purchase that can be read."""

    code, status = "purchase_unreadable", 400
    hint = "Correct the line, say how dates are written with --date-format, or leave such lines out with --skip-bad."


class NoPurchases(ComptoirError, ValueError):
    """The file holds no purchase of anybody."""

    code, status = "no_purchases", 400
    hint = "It needs at least one line below its header, with a customer and a date."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a file of purchases: its columns, and how it is written."""

    customer: str
    date: str
    amount: str | None = None
    category: str | None = None
    layout: Layout = PLAIN
    writing: Writing = ISO
    skips_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that is no purchase, and why."""

    line: int
    column: str
    value: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """
    All purchases of a file.

    Shape: `customers` names the numbers of `purchases.customer`, `categories` those of `category`, both sorted.
    """

    purchases: Purchases
    customers: Sequence[str]
    category: Integers | None
    categories: Sequence[str]
    rows: int
    without_customer: int
    """Lines with nobody's name: bought, but by whom?"""
    refused: Sequence[Refused]
    """What was left out; nothing unless bad lines are skipped."""

    @property
    def first_day(self) -> int:
        """Give the day of the first purchase."""
        return int(self.purchases.day.min())

    @property
    def last_day(self) -> int:
        """Give the day of the last."""
        return int(self.purchases.day.max())


def read(path: Path, how: Reading, *, today: date) -> Log:
    """
    Read a file of purchases; nobody buys after `today`.

    Raises: FileUnreadable, ColumnMissing, PurchaseUnreadable, NoPurchases.
    """
    taking = _Taking(how, days_of(today))
    for sheet in _sheets(path, how.layout):
        taking.take(sheet)
    if taking.refused and not how.skips_bad:
        _refuse(taking.refused)
    return taking.log(path)


def days_of(day: date) -> int:
    """Count the days since 1970."""
    return (day - EPOCH).days


def day_of(days: int) -> date:
    """Give the day that lies so many days after 1970's first."""
    return date.fromordinal(EPOCH.toordinal() + days)


def _refuse(refused: list[Refused]) -> NoReturn:
    first, others = refused[0], len(refused) - 1
    more = {"others": others} if others else {}
    raise PurchaseUnreadable(line=first.line, column=first.column, value=first.value, why=first.why, **more)


class _Numbers(dict[str | None, int]):
    """A number for each distinct text, in the order in which they come; nobody's for an empty one."""

    def __missing__(self, text: str | None) -> int:
        name = (text or "").strip()
        number = NOBODY
        if name:
            number = len(self.names)
            known = self._by_name.setdefault(name, number)
            if known == number:
                self.names.append(name)
            number = known
        self[text] = number
        return number

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self._by_name: dict[str, int] = {}

    def sorted(self, numbers: Integers) -> tuple[Integers, list[str]]:
        """Number again, so that the order of the names is that of the numbers."""
        order = sorted(range(len(self.names)), key=self.names.__getitem__)
        rank = np.empty(len(order) + 1, dtype=np.int64)
        rank[order] = np.arange(len(order))
        rank[-1] = NOBODY  # where nobody's number, -1, points
        return rank[numbers], [self.names[place] for place in order]


class _Memo(dict[str | None, int]):
    """The whole number that a text stands for, worked out once a text; or that it stands for none, and why."""

    def __init__(self, read_one: Callable[[str], int | Bad | str]) -> None:
        super().__init__()
        self.why: dict[str | None, str] = {}
        self._read = read_one

    def __missing__(self, text: str | None) -> int:
        name = (text or "").strip()
        found = self._read(name) if name else "is empty"
        if not isinstance(found, int):
            self.why[text] = found.why if isinstance(found, Bad) else found
            found = _BAD
        self[text] = found
        return found


def _day_reader(writing: Writing, today: int) -> Callable[[str], int | Bad | str]:
    read_date = reader(Form.DATE, writing)

    def read_day(text: str) -> int | Bad | str:
        said = read_date(text)
        if isinstance(said, Bad):
            return said
        day = days_of(date.fromisoformat(str(said)))
        return f"lies in the future: today is {day_of(today)}" if day > today else day

    return read_day


def _amount_reader(writing: Writing) -> Callable[[str], int | Bad | str]:
    read_amount = reader(Form.AMOUNT, writing)

    def read_millionths(text: str) -> int | Bad | str:
        said: Value | Bad = read_amount(text)
        if isinstance(said, Bad):
            return said
        whole, _, rest = str(said).partition(".")
        sign = -1 if whole.startswith("-") else 1
        return int(whole) * MILLIONTHS + sign * int(rest.ljust(_DECIMALS, "0") or "0")

    return read_millionths


class _Taking:
    """Takes in sheet after sheet, and keeps what the lines say as numbers."""

    def __init__(self, how: Reading, today: int) -> None:
        self._how = how
        self.refused: list[Refused] = []
        self._customers, self._categories = _Numbers(), _Numbers()
        self._days = _Memo(_day_reader(how.writing, today))
        self._amounts = _Memo(_amount_reader(how.writing))
        self._kept: list[tuple[Integers, ...]] = []
        self._rows = self._without = 0

    def take(self, sheet: Sheet) -> None:
        """Take in the lines of a sheet. Raises: ColumnMissing."""
        how = self._how
        self._rows += len(sheet) + len(sheet.spoiled)
        self.refused += [
            Refused(line=one.line, column="", value=one.raw.decode("utf-8", "replace")[:80], why=one.detail)
            for one in sheet.spoiled
        ]
        customer = _numbers(self._customers, _column(sheet, how.customer))
        columns = [customer, self._checked(self._days, sheet, how.date)]
        if how.amount is not None:
            columns.append(self._checked(self._amounts, sheet, how.amount))
        if how.category is not None:
            columns.append(_numbers(self._categories, _column(sheet, how.category)))
        kept = (customer != NOBODY) & np.all([column != _BAD for column in columns], axis=0)
        self._without += int((customer == NOBODY).sum())
        self._kept.append(tuple(column[kept] for column in columns))

    def _checked(self, memo: _Memo, sheet: Sheet, name: str) -> Integers:
        texts = _column(sheet, name)
        numbers = _numbers(memo, texts)
        if memo.why:
            self.refused += [
                Refused(
                    line=sheet.lines[place], column=name, value=(texts[place] or "")[:80], why=memo.why[texts[place]]
                )
                for place in np.flatnonzero(numbers == _BAD).tolist()
            ]
        return numbers

    def log(self, path: Path) -> Log:
        """Give everything that was taken in. Raises: NoPurchases."""
        how = self._how
        columns = [np.concatenate(parts) for parts in zip(*self._kept, strict=True)]
        if not columns or not len(columns[0]):
            raise NoPurchases(
                file=str(path), rows=self._rows, without_customer=self._without, unreadable=len(self.refused)
            )
        customer, names = self._customers.sorted(columns[0])
        amount = columns[2] if how.amount is not None else None
        category, categories = None, list[str]()
        if how.category is not None:
            category, categories = self._categories.sorted(columns[-1])
        return Log(
            purchases=Purchases(customer=customer, day=columns[1], amount=amount),
            customers=names,
            category=category,
            categories=categories,
            rows=self._rows,
            without_customer=self._without,
            refused=sorted(self.refused, key=lambda one: one.line),
        )


def _numbers(memo: dict[str | None, int], texts: Texts) -> Integers:
    return np.fromiter((memo[text] for text in texts), dtype=np.int64, count=len(texts))


def _column(sheet: Sheet, name: str) -> Texts:
    """Give a column by its name. Raises: ColumnMissing."""
    if name not in sheet.columns:
        raise ColumnMissing(column=name, nearest=nearest(name, sheet.columns), columns=list(sheet.columns))
    return sheet.columns[name]


def _sheets(path: Path, layout: Layout) -> Iterator[Sheet]:
    """Read a file; where its columns are apart by spaces alone, they are cut there."""
    if layout.columns and _is_spaced(path):
        layout = replace(layout, columns=(" ".join(layout.columns),))
    for sheet in files.sheets(path, layout):
        names = next(iter(sheet.columns), "").split()
        yield _cut(sheet, names) if len(sheet.columns) == 1 and len(names) > 1 else sheet


def _is_spaced(path: Path) -> bool:
    """Say whether a file's first line holds several words and no delimiter. Raises: FileUnreadable."""
    try:
        lines = files.head(path).decode("latin-1").splitlines()
    except OSError as error:
        raise FileUnreadable(file=str(path), why=str(error)) from error
    first = next((line for line in lines if line.strip()), "")
    return len(first.split()) > 1 and not any(mark in first for mark in DELIMITERS)


def _cut(sheet: Sheet, names: list[str]) -> Sheet:
    """Cut the one column of a sheet at its spaces."""
    (texts,) = sheet.columns.values()
    rows = [(text or "").split() for text in texts]
    fit = [place for place, row in enumerate(rows) if len(row) == len(names)]
    wrong = [
        Spoiled(sheet.lines[place], f"{len(row)} columns where the header has {len(names)}", sheet.raw(place))
        for place, row in enumerate(rows)
        if len(row) != len(names)
    ]
    cells: list[tuple[str, ...]] = list(zip(*(rows[place] for place in fit), strict=True)) or [()] * len(names)
    return Sheet(
        columns=dict(zip(names, cells, strict=True)),
        lines=[sheet.lines[place] for place in fit],
        raw=lambda place: sheet.raw(fit[place]),
        spoiled=[*sheet.spoiled, *wrong],
        position=sheet.position,
    )
