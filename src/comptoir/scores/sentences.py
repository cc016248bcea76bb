"""Numbers, money and days as sentences about one person write them, in each language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from comptoir.model.money import EXPONENT
from comptoir.scores.plugin import Reason

_MONTHS = {
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}


def because(en: str, fr: str, *, is_finance: bool = False) -> Reason:
    """Make a reason of its two sentences; the French one gets its narrow spaces."""
    for sign in ";:!?%»":
        fr = fr.replace(f" {sign}", f"\u202f{sign}")
    return Reason(words={"en": en, "fr": fr.replace("« ", "«\u202f")}, is_finance=is_finance)


def number(value: float | Decimal, lang: str, digits: int = 0) -> str:
    """Write a number with its thousands grouped."""
    text = f"{value:,.{digits}f}".replace("-", "\u2212")
    return text.replace(",", "\u202f").replace(".", ",") if lang == "fr" else text


def money(amount_minor: int, currency: str, lang: str) -> str:
    """Write an amount of minor units in whole units of its currency, rounded half to even."""
    amount = Decimal(amount_minor).scaleb(-EXPONENT.get(currency, 2)).to_integral_value()
    sign = _SIGNS.get(currency, currency)
    if lang == "fr":
        return f"{number(amount, lang)}\u202f{sign}"
    return f"{sign}{'' if currency in _SIGNS else ' '}{number(amount, lang)}"


def percent(share: float, lang: str) -> str:
    """Write a share as a percentage, one at least."""
    return f"{max(1, round(share * 100))}" + ("\u202f%" if lang == "fr" else "%")


def day(on: date, lang: str) -> str:
    """Write a date in short."""
    return f"{on.day}\u00a0{_MONTHS[lang][on.month - 1]}\u00a0{on.year}"


def many(count: int, lang: str, one: str, more: str) -> str:
    """Write a number of things, as the tongue counts: French says « 0 commande »."""
    is_one = count in {0, 1} if lang == "fr" else count == 1
    return f"{number(count, lang)} {one if is_one else more}"
