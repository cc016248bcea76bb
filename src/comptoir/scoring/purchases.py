"""Purchases read from any file: which column is whose, and what is wrong with which line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np

from comptoir.errors import ComptoirError
from comptoir.scores.base import MILLIONTHS, Flags, Integers
from comptoir.scores.history import Purchases
from comptoir.sources import files
from comptoir.sources.base import PLAIN, ColumnMissing, FileUnreadable, Layout, Sheet, Spoiled, Texts
from comptoir.sources.forms import ISO, Bad, Form, Writing, reader
from comptoir.sources.headers import DELIMITERS
from comptoir.sources.mapping import nearest

EPOCH = date(1970, 1, 1)
NOBODY = -1
_BAD = -(1 << 62)
_DECIMALS = 6
_SIX = Decimal("0.000001")
_LONG = re.compile(r"-?[0-9]{1,12}\.[0-9]{7,60}")
MEMO_SIZE = 100_000
"""Distinct texts of a column whose value is remembered: days and prices recur."""


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
    refused: int
    """Lines left out; none unless bad lines are skipped."""
    first_refused: Refused | None

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
    first = taking.first_refused
    if first is not None and not how.skips_bad:
        more = {"others": taking.refused - 1} if taking.refused > 1 else {}
        raise PurchaseUnreadable(line=first.line, column=first.column, value=first.value, why=first.why, **more)
    return taking.log(path)


def days_of(day: date) -> int:
    """Count the days since 1970."""
    return (day - EPOCH).days


def day_of(days: int) -> date:
    """Give the day that lies so many days after 1970's first."""
    return date.fromordinal(EPOCH.toordinal() + days)


class _Numbers(dict[str | None, int]):
    """A number for each distinct text, in the order in which they come; nobody's for an empty one."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self._by_name: dict[str, int] = {}

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

    def in_order(self, numbers: Integers) -> tuple[Integers, list[str]]:
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
            if len(self.why) < MEMO_SIZE:  # only the first is ever told
                self.why[text] = found.why if isinstance(found, Bad) else found
            found = _BAD
        if len(self) < MEMO_SIZE:
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
        if _LONG.fullmatch(text):  # such as a binary fraction writes it: 19.990000000000002
            text = f"{Decimal(text).quantize(_SIX):f}"
        said = read_amount(text)
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
        self.refused = 0
        self.first_refused: Refused | None = None
        self._known: set[str] = set()
        self._customers, self._categories = _Numbers(), _Numbers()
        self._days = _Memo(_day_reader(how.writing, today))
        self._amounts = _Memo(_amount_reader(how.writing))
        self._kept: list[tuple[Integers, ...]] = []
        self._rows = self._without = 0

    def take(self, sheet: Sheet) -> None:
        """Take in the lines of a sheet. Raises: ColumnMissing."""
        how = self._how
        self._rows += len(sheet) + len(sheet.spoiled)
        customer = _numbers(self._customers, self._column(sheet, how.customer))
        columns = [customer, _numbers(self._days, self._column(sheet, how.date))]
        if how.amount is not None:
            columns.append(_numbers(self._amounts, self._column(sheet, how.amount)))
        if how.category is not None:
            columns.append(_numbers(self._categories, self._column(sheet, how.category)))
        somebody = customer != NOBODY
        bad = somebody & np.any([column == _BAD for column in columns], axis=0)
        self._without += int((~somebody).sum())
        self._kept.append(tuple(column[somebody & ~bad] for column in columns))
        self._refuse(sheet, bad)

    def _refuse(self, sheet: Sheet, bad: Flags) -> None:
        """Count the lines that are no purchases, and keep the first."""
        count = int(bad.sum()) + len(sheet.spoiled)
        if count and self.first_refused is None:
            found = [
                Refused(line=one.line, column="", value=one.raw.decode("utf-8", "replace")[:80], why=one.detail)
                for one in sheet.spoiled[:1]
            ]
            if bad.any():
                found.append(self._why(sheet, int(np.argmax(bad))))
            self.first_refused = min(found, key=lambda one: one.line)
        self.refused += count

    def _why(self, sheet: Sheet, place: int) -> Refused:
        name, memo = self._how.date, self._days
        if self._how.amount is not None and memo[self._column(sheet, name)[place]] != _BAD:
            name, memo = self._how.amount, self._amounts
        text = self._column(sheet, name)[place]
        return Refused(line=sheet.lines[place], column=name, value=shown(text or "")[:80], why=memo.why[text])

    def _column(self, sheet: Sheet, name: str) -> Texts:
        """Give a column by its name; a later sheet of JSON lines may lack it. Raises: ColumnMissing."""
        if name in sheet.columns:
            self._known.add(name)
            return sheet.columns[name]
        if name in self._known:
            return [None] * len(sheet)
        raise ColumnMissing(column=name, nearest=nearest(name, sheet.columns), columns=list(sheet.columns))

    def log(self, path: Path) -> Log:
        """Give everything that was taken in. Raises: NoPurchases."""
        how = self._how
        columns = [np.concatenate(parts) for parts in zip(*self._kept, strict=True)]
        if not columns or not len(columns[0]):
            raise NoPurchases(file=str(path), rows=self._rows, without_customer=self._without, unreadable=self.refused)
        customer, names = self._customers.in_order(columns[0])
        amount = columns[2] if how.amount is not None else None
        category, categories = None, list[str]()
        if how.category is not None:
            category, categories = self._categories.in_order(columns[-1])
        return Log(
            purchases=Purchases(customer=customer, day=columns[1], amount=amount),
            customers=names,
            category=category,
            categories=categories,
            rows=self._rows,
            without_customer=self._without,
            refused=self.refused,
            first_refused=self.first_refused,
        )


def shown(text: str) -> str:
    """Give a text that can be shown: a byte that is none in the file's encoding is a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _numbers(memo: dict[str | None, int], texts: Texts) -> Integers:
    return np.fromiter((memo[text] for text in texts), dtype=np.int64, count=len(texts))


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
