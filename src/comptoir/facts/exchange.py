"""Exchange rates from a file that the operator brings: what a currency is worth in a brand's own, day by day."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa

from comptoir.errors import ComptoirError
from comptoir.model.money import EXPONENT, parse
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

BASE = "EUR"
"""What rates are quoted against where a file does not say: so many of the currency for one euro, as the ECB does."""
_PACKAGE = "comptoir.facts"
_PRECISE = Context(prec=40, rounding=ROUND_HALF_EVEN)
_FACTOR_DIGITS = Decimal(1).scaleb(-12)
_LARGEST_FACTOR = Decimal(10) ** 8
_NOTHING = frozenset({"", "N/A", "NA", "-"})
_COLUMNS = pa.schema(
    {
        "rate_on": pa.date32(), "currency": pa.string(), "into_currency": pa.string(),
        "factor": pa.decimal128(20, 12),
    }
)  # fmt: skip


class RatesUnreadable(ComptoirError, ValueError):
    """A file of exchange rates cannot be read."""

    code, status = "rates_unreadable", 400
    hint = (
        "It is CSV: date,currency,rate with a line a day and currency, or the ECB's own file; rates are for one euro."
    )


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates by day and currency, each so many of the currency for one euro; the euro itself is always 1."""

    by_day: Mapping[date, Mapping[str, Decimal]] = field(default_factory=dict)

    def factors(self, into: Iterable[str]) -> list[tuple[date, str, str, Decimal]]:
        """
        Say by what minor units are multiplied to become minor units of some other currencies.

        Shape: (day of the rate, currency, into which, factor). Order: by the currency wanted, then by day.
        """
        found = []
        for wanted in sorted(set(into) & EXPONENT.keys()):
            for day, rates in sorted(self.by_day.items()):
                target = rates.get(wanted)
                if target is None:
                    continue
                for currency, rate in rates.items():
                    factor = _factor(currency, rate, wanted, target)
                    if currency != wanted and 0 < factor < _LARGEST_FACTOR:
                        found.append((day, currency, wanted, factor))
        return found

    def says(self) -> str:
        """Say in a few words what there is."""
        days = sorted(self.by_day)
        currencies = {name for rates in self.by_day.values() for name in rates} - {BASE}
        return f"{len(currencies)} currencies, {days[0]} to {days[-1]}" if days else "no rates"


NO_RATES = Rates()


def _factor(currency: str, rate: Decimal, wanted: str, target: Decimal) -> Decimal:
    shift = EXPONENT[wanted] - EXPONENT[currency]
    exact = _PRECISE.divide(target.scaleb(shift), rate)
    return _PRECISE.quantize(exact, _FACTOR_DIGITS)


def read_rates(path: Path) -> Rates:
    """
    Read a file of rates: a line a day and currency, or a line a day with a column for each currency.

    The European Central Bank's `eurofxref-hist.csv` can be given as it is.

    Raises: RatesUnreadable.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RatesUnreadable(file=str(path), why=str(error)) from error
    lines = text.splitlines()
    header = lines[0] if lines else ""
    rows = csv.reader(lines, delimiter=";" if header.count(";") > header.count(",") else ",")
    names = [name.strip() for name in next(rows, [])]
    lower = [name.lower() for name in names]
    if "date" not in lower:
        raise RatesUnreadable(file=str(path), why="no column is called date", found=names[:10])
    at = lower.index("date")
    found: defaultdict[date, dict[str, Decimal]] = defaultdict(lambda: {BASE: Decimal(1)})
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            day = date.fromisoformat(row[at].strip())
            found[day].update(_long(row, lower) if "currency" in lower else _wide(row, names))
        except (ValueError, IndexError) as error:
            raise RatesUnreadable(file=str(path), line=number, why=str(error)[:200]) from error
    return Rates(dict(found))


def _long(row: list[str], names: list[str]) -> dict[str, Decimal]:
    currency, said = row[names.index("currency")].strip().upper(), row[names.index("rate")]
    return {currency: _rate(said)} if currency in EXPONENT and said.strip() not in _NOTHING else {}


def _wide(row: list[str], names: list[str]) -> dict[str, Decimal]:
    told = ((name.upper(), said.strip()) for name, said in zip(names, row, strict=False))
    return {name: _rate(said) for name, said in told if name in EXPONENT and said not in _NOTHING}


def _rate(said: str) -> Decimal:
    rate = parse(said)
    if rate <= 0:
        raise ValueError(said)
    return rate


def tell(cursor: Cursor, path: Path | None, brands: Mapping[str, str]) -> bool:
    """
    Write each brand's currency and the rates that lead to it; say whether anything was new.

    The file is read again when it or a brand's currency has changed. Without a file, no currency becomes another.

    Raises: RatesUnreadable, and what was written before stays.
    """
    mark = mark_of(path, brands)
    if cursor.execute("SELECT mark FROM fact.fx_loaded").fetchall() == [(mark,)]:
        return False
    rates = read_rates(path) if path is not None and path.exists() else NO_RATES
    rows = rates.factors(brands.values())
    for table in ("DELETE FROM fact.fx_loaded", "DELETE FROM fact.brand_currency", "DELETE FROM fact.fx_rates"):
        cursor.execute(table)
    cursor.execute("INSERT INTO fact.fx_loaded VALUES (?)", [mark])
    for brand, currency in sorted(brands.items()):
        cursor.execute("INSERT INTO fact.brand_currency VALUES (?, ?)", [brand, currency])
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        cursor.register("published", pa.table(columns, schema=_COLUMNS))
        load(_PACKAGE, "rates_insert").run(cursor)
        cursor.unregister("published")
    return True


def mark_of(path: Path | None, brands: Mapping[str, str]) -> str:
    """Name what rates are made of: the file as it lies there, and the currencies that are wanted."""
    said = repr(sorted(brands.items()))
    try:
        stat = None if path is None else path.stat()
    except OSError:
        stat = None
    said += "" if stat is None else f"{path} {stat.st_mtime_ns} {stat.st_size}"
    return blake2b(said.encode(), digest_size=16).hexdigest()
