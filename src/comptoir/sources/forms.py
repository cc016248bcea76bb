"""Forms: how a text of a file becomes a value, exactly, or why it does not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from comptoir.clock import instant, micros
from comptoir.ids import hash64, hex64
from comptoir.model import money
from comptoir.model.event import RefusalReason
from comptoir.quality import email


class Form(StrEnum):
    """What a field holds. The value is the word a mapping says it with."""

    TEXT = "text"
    AMOUNT = "amount"
    """A decimal number, kept as exact text."""
    NUMBER = "number"
    """A decimal number, kept as an exact JSON number: for behaviours, whose properties are JSON as a site sends it."""
    RETURNED = "returned"
    """A decimal number as exact text, negative whatever its sign: what came back."""
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CURRENCY = "currency"
    EMAIL = "email"
    INSTANT = "instant"
    DATE = "date"
    JSON = "json"
    """JSON text, kept as it is."""
    KEY = "key"
    """Sixteen digits made from the text, the same in every run: a short id from a long template."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A text that does not fit: the reason it is counted under, and what is wrong."""

    reason: RefusalReason
    why: str
    is_odd: bool = False
    """Whether it is text all the same, that a later look may make something of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How numbers and dates are written in a file."""

    decimal: str = "."
    thousands: str = ""
    date_format: str | None = None
    """As `strptime` reads it, or one of `unix`, `unix_ms`, `excel` and `words`; ISO 8601 if None."""
    zone: str = "UTC"


ISO = Writing()
"""Numbers with a point, dates in ISO 8601."""

Value = str | int | bool | msgspec.Raw
Read = Callable[[str], Value | Bad]

_PLAIN = re.compile(r"(?!-0(?:\.0*)?$)-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?")
_WRITTEN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_SIX = Decimal("0.000001")
_WIDEST = Decimal(10) ** 12
_LARGEST_INTEGER = (1 << 63) - 1
_SPACES = " \u00a0\u202f\u2009"
_MONEY_SIGN = re.compile(r"^\s*(?:€|£|\$|EUR|GBP|USD)\s*|\s*(?:€|£|\$|EUR|GBP|USD)\s*$")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_YES = frozenset({"true", "1", "yes", "y", "oui", "o", "vrai", "t"})
_NO = frozenset({"false", "0", "no", "n", "non", "faux", "f"})
_UNIX = {"unix": 1, "unix_ms": 1_000}


def reader(form: Form, writing: Writing) -> Read:
    """Give the function that reads one text in this form."""
    if form in {Form.AMOUNT, Form.NUMBER, Form.RETURNED, Form.INTEGER}:
        return _numbers(form, writing)
    if form in {Form.INSTANT, Form.DATE}:
        return _dates(form, writing)
    return _READERS[form]


def _numbers(form: Form, writing: Writing) -> Read:
    clean = _cleaner(writing)

    def read_amount(text: str) -> str | Bad:
        if clean is not None:
            text = clean(text)
        return text if _PLAIN.fullmatch(text) else _exactly(_MONEY_SIGN.sub("", text).replace("\u2212", "-"))

    def read_number(text: str) -> Value | Bad:
        amount = read_amount(text)
        return amount if isinstance(amount, Bad) else msgspec.Raw(amount.encode())

    def read_integer(text: str) -> Value | Bad:
        amount = read_amount(text)
        if isinstance(amount, Bad):
            return amount
        whole = Decimal(amount)
        return str(int(whole)) if whole == int(whole) else Bad(RefusalReason.BAD_AMOUNT, "is no whole number")

    def read_returned(text: str) -> Value | Bad:
        amount = read_amount(text)
        return amount if isinstance(amount, Bad) or amount.startswith("-") or not Decimal(amount) else f"-{amount}"

    return {
        Form.AMOUNT: read_amount,
        Form.RETURNED: read_returned,
        Form.NUMBER: read_number,
        Form.INTEGER: read_integer,
    }[form]


def _cleaner(writing: Writing) -> Callable[[str], str] | None:
    """Take away what groups thousands, and make the decimal mark a point; a point is then no longer one."""
    if writing.decimal == "." and not writing.thousands:
        return None
    gone = (_SPACES if writing.decimal == "," else "") + writing.thousands
    point = {",": ".", ".": "?"} if writing.decimal == "," else {}
    table = str.maketrans(point | dict.fromkeys(gone, ""))
    return lambda text: text.translate(table)


def _exactly(text: str) -> str | Bad:
    if not _WRITTEN.fullmatch(text):
        return Bad(RefusalReason.BAD_AMOUNT, "is no decimal number")
    amount = Decimal(text)
    if abs(amount) >= _WIDEST:
        return Bad(RefusalReason.BAD_AMOUNT, "is 10^12 or more")
    if amount != amount.quantize(_SIX):
        return Bad(RefusalReason.BAD_AMOUNT, "has more than six decimals")
    return f"{amount.quantize(_SIX).normalize() if amount else Decimal(0):f}"


def _dates(form: Form, writing: Writing) -> Read:
    zone: tzinfo = UTC if writing.zone == "UTC" else ZoneInfo(writing.zone)
    unix = _UNIX.get(writing.date_format or "")
    said_by = _SAID_BY.get(writing.date_format or "") or _strptime(writing.date_format or "")

    def parse(text: str) -> datetime:
        if unix is not None:
            return instant(int(Decimal(text) * (1_000_000 // unix)))
        said = said_by(text)
        return said if said.tzinfo else said.replace(tzinfo=zone)

    def read(text: str) -> Value | Bad:
        try:
            at = parse(text)
            return micros(at) if form is Form.INSTANT else _day(at, zone).isoformat()
        except (ValueError, ArithmeticError):
            return Bad(RefusalReason.BAD_DATE, f"is no date written as {writing.date_format or 'ISO 8601'}")

    return read


def _strptime(date_format: str) -> Callable[[str], datetime]:
    """Read dates written in one way; what is ISO 8601 anyway is read ten times faster."""
    if date_format == _ISO_SECONDS:
        return lambda text: (
            datetime.fromisoformat(text) if _ISO_TEXT.fullmatch(text) else datetime.strptime(text, date_format)  # noqa: DTZ007 (the zone follows)
        )
    return lambda text: datetime.strptime(text, date_format)  # noqa: DTZ007 (the zone follows)


def _excel(text: str) -> datetime:
    """Read a spreadsheet's serial number: days since 1899-12-30. Source: ECMA-376, 18.17.4.1, 1900 date system."""
    days = Decimal(text)
    if not _EXCEL_LEAST <= days <= _EXCEL_MOST:
        raise ValueError(text)
    return _EXCEL_EPOCH + timedelta(seconds=int((days * 86_400).to_integral_value()))


def _words(text: str) -> datetime:
    """Read `3 avril 2026`, `1er janvier 2026 à 14h05`, `lundi 3 avril 2026 14:05:06` or `3 April 2026`."""
    found = _WRITTEN_OUT.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(text)
    day, word, year, hour, minute, second = found.groups()
    month = _MONTHS.get("".join(one for one in unicodedata.normalize("NFKD", word) if one.isalpha())[:4].rstrip("."))
    if month is None:
        raise ValueError(text)
    return datetime(int(year), month, int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001 (the zone follows)


_ISO_SECONDS = "%Y-%m-%d %H:%M:%S"
_ISO_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (a spreadsheet knows no zone)
_EXCEL_LEAST, _EXCEL_MOST = 61, 2_958_465
"""From March 1900, since Excel believes in 29 February 1900, to the end of 9999."""
_WRITTEN_OUT = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(\d{1,2})(?:er|st|nd|rd|th)?\s+([^\W\d]+)\.?,?\s+(\d{4})"
    r"(?:,?\s+(?:à\s+|at\s+)?(\d{1,2})\s*[:h]\s*(\d{2})?(?:[:m]\s*(\d{2}))?)?"
)
_MONTHS = {
    word[:4]: place
    for words in (
        "janv fevr mars avri mai juin juil aout sept octo nove dece",
        "jan fev mar avr mai jun jul aou sep oct nov dec",
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
    )
    for place, word in enumerate(words.split(), 1)
} | {"juil": 7, "juin": 6, "july": 7, "june": 6}
ISO_WORD = "iso"
"""The format of ISO 8601 by its name, for a column that is written so where others are not."""
_SAID_BY: dict[str, Callable[[str], datetime]] = {
    "": datetime.fromisoformat, ISO_WORD: datetime.fromisoformat, "excel": _excel, "words": _words,
}  # fmt: skip


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _text(text: str) -> Value | Bad:
    return text


def _boolean(text: str) -> Value | Bad:
    word = text.lower()
    if word in _YES or word in _NO:
        return word in _YES
    return Bad(RefusalReason.BAD_ROW, "is neither yes nor no")


def _currency(text: str) -> Value | Bad:
    code = text.upper()
    return code if code in money.EXPONENT else Bad(RefusalReason.BAD_CURRENCY, "is no ISO 4217 code")


def is_address(text: object) -> bool:
    """Say whether a text names somebody by e-mail, as it is or with its slips mended."""
    return isinstance(text, str) and (_EMAIL.fullmatch(text) is not None or bool(email.grade(text).value))


def _email(text: str) -> Value | Bad:
    return text if _EMAIL.fullmatch(text) else Bad(RefusalReason.BAD_ROW, "is no e-mail address")


def _json(text: str) -> Value | Bad:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return Bad(RefusalReason.BAD_ROW, "is no JSON")
    return msgspec.Raw(msgspec.json.format(text, indent=-1).encode())


def _key(text: str) -> Value | Bad:
    return hex64(hash64("key", text))


_READERS: dict[Form, Read] = {
    Form.TEXT: _text,
    Form.BOOLEAN: _boolean,
    Form.CURRENCY: _currency,
    Form.EMAIL: _email,
    Form.JSON: _json,
    Form.KEY: _key,
}
