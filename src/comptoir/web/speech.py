"""French and English: words, numbers, money and time as each tongue writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from comptoir.model.money import EXPONENT
from comptoir.web.words.book import WORDS


class Language(StrEnum):
    """The tongues of the screens. Order: the first is spoken where nobody asks for another."""

    FR = "fr"
    EN = "en"


THIN = "\u202f"
"""The narrow no-break space of French typography."""

NO_BREAK = "\u00a0"
"""A date stays on one line."""

_GLANCED = 1_000
"""Whole units of a currency from which a glance needs no cents."""
_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "CHF": "CHF"}
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTHS = {
    Language.FR: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    Language.EN: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
_BEFORE = re.compile(r" ([;:!?»%])|(«) ")


@dataclass(frozen=True, slots=True)
class Speech:
    """How one tongue says things; templates have it as `t` and as filters."""

    language: Language
    zone: tzinfo = UTC
    """Where the shop is: instants are told by its clocks. What bears no zone is UTC, as facts are."""

    def __call__(self, key: str, **values: object) -> str:
        """Say the words of `key`. Raises: KeyError for words nobody has written."""
        french, english = WORDS[key]
        text = _french(french) if self.language is Language.FR else english
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Say whether words of this key were written."""
        return key in WORDS

    def noun(self, key: str, number: int) -> str:
        """Say the word for a number of things that stands apart: `key`, or `key.one` where the tongue has another."""
        return self(f"{key}.one") if self._is_one(number) and self.has(f"{key}.one") else self(key)

    def count(self, key: str, number: int) -> str:
        """Say a number of things: the words of `key.one` or `key.many`, as the tongue counts."""
        return self(f"{key}.one" if self._is_one(number) else f"{key}.many", n=self.number(number))

    def _is_one(self, number: int) -> bool:
        # French says « 0 commande », English "0 orders"
        return number in {-1, 0, 1} if self.language is Language.FR else number == 1

    def number(self, value: float | Decimal, digits: int = 0) -> str:
        """Write a number with its thousands grouped."""
        text = f"{value:,.{digits}f}".replace("-", "\u2212")
        return text.replace(",", THIN).replace(".", ",") if self.language is Language.FR else text

    def money(self, amount_minor: int | None, currency: str | None) -> str:
        """Write an amount of minor units in its currency, exactly."""
        if amount_minor is None:
            return "–"
        digits = EXPONENT.get(currency or "", 2)
        amount = Decimal(amount_minor).scaleb(-digits)
        sign = _SIGNS.get(currency or "", currency or "")
        if self.language is Language.FR:
            return f"{self.number(amount, digits)}{THIN}{sign}".strip()
        minus = "\u2212" if amount < 0 else ""
        gap = "" if len(sign) == 1 else "\u00a0"
        return f"{minus}{sign}{gap}{self.number(abs(amount), digits)}"

    def amount(self, amount_minor: int, currency: str) -> str:
        """Write an amount for a glance: from a thousand on without its cents."""
        unit = 10 ** EXPONENT.get(currency, 2)
        if abs(amount_minor) < _GLANCED * unit:
            return self.money(amount_minor, currency)
        zeros = f"{',' if self.language is Language.FR else '.'}{'0' * EXPONENT.get(currency, 2)}"
        return self.money(round(amount_minor / unit) * unit, currency).replace(zeros, "", 1)

    def percent(self, share: float, digits: int = 0) -> str:
        """Write a share as a percentage."""
        text = self.number(share * 100, digits)
        return f"{text}{THIN}%" if self.language is Language.FR else f"{text}%"

    def day(self, at: date | datetime) -> str:
        """Write a date in short; of an instant, the day it is in the shop."""
        at = self._here(at) if isinstance(at, datetime) else at
        month = _MONTHS[self.language][at.month - 1]
        return f"{at.day}{NO_BREAK}{month}{NO_BREAK}{at.year}"

    def dated(self, text: str) -> str:
        """Write a text that is a date, such as somebody's day of birth, as a date; any other as it is."""
        try:
            return self.day(date.fromisoformat(text)) if _ISO_DAY.fullmatch(text) else text
        except ValueError:  # there is no 31 February
            return text

    def month(self, year: int, month: int) -> str:
        """Write a month in short."""
        return f"{_MONTHS[self.language][month - 1]}{NO_BREAK}{year}"

    def clock(self, at: datetime) -> str:
        """Write the time of day to the second."""
        return f"{self._here(at):%H:%M:%S}"

    def time(self, at: datetime) -> str:
        """Write the time of day to the minute."""
        return f"{self._here(at):%H:%M}"

    def instant(self, at: datetime | None) -> str:
        """Write a date and time, by the shop's clocks."""
        return "–" if at is None else f"{self.day(at)}{NO_BREAK}{self.time(at)}"

    def day_of(self, at: datetime) -> date:
        """Give the day that an instant is in, in the shop."""
        return self._here(at).date()

    def _here(self, at: datetime) -> datetime:
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(self.zone)

    def span(self, time: timedelta) -> str:
        """Say a length of time in its largest unit."""
        seconds = max(0, int(time.total_seconds()))
        for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
            if seconds >= size:
                return self.count(f"span.{unit}", seconds // size)
        return self.count("span.second", seconds)

    def spaced(self, text: str) -> str:
        """Put the narrow spaces of French typography into words made elsewhere, such as those of a condition."""
        return _french(text) if self.language is Language.FR else text

    def known(self, group: str, word: object) -> str:
        """Say a word of a closed set, such as a cart's state; a word nobody has translated is shown as it is."""
        key = f"{group}.{word}"
        return self(key) if key in WORDS else str(word)


def _french(text: str) -> str:
    return _BEFORE.sub(lambda found: f"{THIN}{found[1]}" if found[1] else f"{found[2]}{THIN}", text)


def choose(asked: str | None, remembered: str | None, accepted: str) -> Language:
    """Choose the tongue: asked for in the address, remembered in the cookie, else the first the browser knows."""
    for said in (asked, remembered, *_preferred(accepted)):
        if said in set(Language):
            return Language(said)
    return Language.FR


def _preferred(accepted: str) -> list[str]:
    """Read Accept-Language. Order: most wanted first."""
    weighed = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), place, name.split("-")[0].lower()))
        except ValueError:
            continue
    return [name for _, _, name in sorted(weighed)]
