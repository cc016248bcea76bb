"""Money: from text to decimal to whole minor units, never through a float."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

_NO_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_TWO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
EXPONENT: dict[str, int] = (
    dict.fromkeys(_NO_MINOR.split(), 0) | dict.fromkeys(_TWO.split(), 2) | dict.fromkeys(_THREE.split(), 3)
)
"""ISO 4217: how many digits follow the point in each currency."""

_LARGEST = Decimal(10) ** 15
_ONE = Decimal(1)
_EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN)
"""Python's usual 28 digits would round a product before we round it: twice is once too often."""

_NUMBER = re.compile(r"[+-]?([0-9]{1,60}(\.[0-9]{0,60})?|\.[0-9]{1,60})([eE][+-]?[0-9]{1,2})?", re.ASCII)
"""What counts as a number in a file: Decimal itself would also take `1_000`, other scripts' digits and NaN."""


def minor(amount: Decimal, currency: str) -> int:
    """
    Round an amount once, half to even, to whole minor units of its currency.

    Raises: KeyError for a currency ISO 4217 does not know; ValueError for an amount beyond 10^15 or no number.
    """
    if not amount.is_finite() or abs(amount) > _LARGEST:
        raise ValueError(amount)
    return int(_EXACT.quantize(_EXACT.scaleb(amount, EXPONENT[currency]), _ONE))


def major(amount_minor: int, currency: str) -> Decimal:
    """Give an amount in whole units of its currency. Raises: KeyError for a currency ISO 4217 does not know."""
    return Decimal(amount_minor).scaleb(-EXPONENT[currency])


def line_minor(quantity: Decimal, unit_price: Decimal, currency: str) -> int:
    """
    Give the amount of a line, `quantity` × `unit_price`, rounded once.

    Raises: as `minor`.
    """
    if not quantity.is_finite() or abs(quantity) > _LARGEST:
        raise ValueError(quantity)
    if not unit_price.is_finite() or abs(unit_price) > _LARGEST:
        raise ValueError(unit_price)
    return minor(_EXACT.multiply(quantity, unit_price), currency)


def parse(text: str) -> Decimal:
    """Read a decimal number from text. Raises: ValueError."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        raise ValueError(text)
    return Decimal(stripped)
