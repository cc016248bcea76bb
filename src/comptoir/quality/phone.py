"""Telephone numbers: written as E.164 with the country of the row, and what kind of line each is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType
from phonenumbers.phonemetadata import PhoneNumberDesc

from comptoir.quality.graded import Graded, Reason, made, refused, tidy

LONGEST_TEXT = 60
MOBILE, LANDLINE, EITHER, OTHER = "mobile", "landline", "mobile_or_landline", "other"

_LINES = {
    PhoneNumberType.MOBILE: MOBILE,
    PhoneNumberType.FIXED_LINE: LANDLINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: EITHER,
    PhoneNumberType.VOIP: LANDLINE,
    PhoneNumberType.PERSONAL_NUMBER: OTHER,
    PhoneNumberType.PAGER: OTHER,
    PhoneNumberType.UAN: OTHER,
}
_WRITTEN = re.compile(r"[+0-9 ().\-/_oOlI\u2010-\u2015]+")
_PLAIN = re.compile(r"[+0][0-9 .\-]{7,24}")
_GAPS = str.maketrans("", "", " .-")
_LETTERS = str.maketrans("oOlI", "0011")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋", "0123456789+")  # noqa: RUF001 (as telephones of Asia write them)
_LEAST_DIGITS = 4
_WHOLE_DIGITS = 8
_BESIDE = re.compile(r"\s*(?:[;,|]|\s/\s|\bou\b|\bor\b|\bet\b|\band\b|\((?!0\))(?=[^\d)]))|\s(?=[^\W\d_])")
"""What parts a number from another, or from a word about it: `06… / 01…`, `06… (bureau)`."""
_IS_OVERSEAS = re.compile(r"0(26[239]|59[046]|69[0123467])\d{6}")
_OVERSEAS = {
    **dict.fromkeys(("590", "690", "691"), "GP"), **dict.fromkeys(("594", "694"), "GF"),
    **dict.fromkeys(("596", "696", "697"), "MQ"), **dict.fromkeys(("262", "263", "692", "693"), "RE"), "269": "YT",
}  # fmt: skip
"""Departments that are countries of their own in the plans of numbers, and are dialled from France as any other number.
Source: ARCEP, plan national de numérotation."""
_LEAST_DIFFERENT = 3
"""Different digits after the first two: 06 00 00 00 00 and 06 06 06 06 06 have fewer."""
_PREFIX = re.compile(r"^(?:t[eé]l(?:[eé]phone)?|mob(?:ile)?|portable|fixe|phone|fax)?\s*[.:]*\s*", re.IGNORECASE)


def grade(text: str, country: str) -> Graded:
    """
    Grade a telephone number, as it is dialled in a country unless it says another.

    Units:  `country` as ISO 3166; the value is E.164.
    Source: ITU-T E.164, with the plans of numbers of libphonenumber.
    """
    original, text = text, tidy(text).translate(_FULL_WIDTH)
    if not text:
        return refused(original, Reason.EMPTY)
    if len(text) > LONGEST_TEXT:
        return refused(original, Reason.TOO_LONG)
    if (quick := _plainly(text, original, country)) is not None:
        return quick
    bare = _PREFIX.sub("", text)
    slips: tuple[Reason, ...] = (Reason.WRAPPED,) if bare != text else ()
    first = _BESIDE.split(bare, maxsplit=1)[0].strip()
    if first != bare and sum(one.isdigit() for one in first) >= _WHOLE_DIGITS:
        again = any(one.isdigit() for one in bare[len(first) :])
        bare, slips = first, (*slips, Reason.SEVERAL if again else Reason.WRAPPED)
    if not _WRITTEN.fullmatch(bare) or sum(one.isdigit() for one in bare) < _LEAST_DIGITS:
        return refused(original, Reason.NOT_READABLE)
    dialled = bare.translate(_LETTERS)
    if dialled != bare:
        slips = (*slips, Reason.LETTER_FOR_DIGIT)
    number = _parsed(dialled, country)
    beyond = _IS_OVERSEAS.fullmatch(re.sub(r"\D", "", dialled)) if country == "FR" else None
    if beyond is not None and _is_valid(there := _parsed(dialled, _OVERSEAS[beyond[1]])):
        number = there
    if number is None:
        return refused(original, Reason.NOT_READABLE)
    return _judged(number, original, dialled, slips)


def as_kept(text: str, country: str = "FR") -> str:
    """Write a number that somebody looks for as it is kept; what is no number stays as it is."""
    return grade(text, country).value or text


def parts(number: str) -> tuple[str, str]:
    """Give a kept number's code of the country, and the rest; no code where it is not E.164."""
    parsed = _parsed(number, "") if number.startswith("+") else None
    if parsed is None:
        return "", number
    return str(parsed.country_code), str(phonenumbers.national_significant_number(parsed))


def masked(number: str) -> str:
    """Write a number so that its owner knows it and nobody else learns it: its beginning and last two digits."""
    return f"{number[:4]}…{number[-2:]}" if len(number) > 7 else "…"


class _Numbers(NamedTuple):
    """The plan of numbers of a country that shares its code with no other, as expressions."""

    code: str
    mobile: re.Pattern[str]
    landline: re.Pattern[str]
    others: tuple[re.Pattern[str], ...]
    """Of numbers that no person is reached at."""


@lru_cache(maxsize=64)
def _numbers(country: str) -> _Numbers | None:
    """Give the plan of a country where numbers begin with 0 inside it; None for any other."""
    found = PhoneMetadata.metadata_for_region(country, None)
    if found is None or found.national_prefix != "0" or found.country_code is None:
        return None
    if phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(found.country_code) != (country,):
        return None
    kinds = (found.premium_rate, found.toll_free, found.shared_cost, found.voip, found.personal_number, found.pager,
             found.uan, found.voicemail)  # fmt: skip
    return _Numbers(
        code=str(found.country_code),
        mobile=_expression(found.mobile),
        landline=_expression(found.fixed_line),
        others=tuple(_expression(kind) for kind in kinds),
    )


def _expression(kind: PhoneNumberDesc | None) -> re.Pattern[str]:
    pattern = kind.national_number_pattern if kind is not None else None
    return re.compile(pattern or r"(?!)")


def _plainly(text: str, original: str, country: str) -> Graded | None:
    """Grade a number written without any slip, by its plan alone: ten times as fast as reading it freely."""
    plan = _numbers(country)
    if plan is None or not _PLAIN.fullmatch(text):
        return None
    digits = text.translate(_GAPS)
    if country == "FR" and _IS_OVERSEAS.fullmatch(digits):
        return None
    if digits.startswith(f"+{plan.code}"):
        national = digits[1 + len(plan.code) :]
    elif digits[:1] == "0" and digits[1:2] not in {"", "0"}:
        national = digits[1:]
    else:
        return None
    is_mobile = plan.mobile.fullmatch(national) is not None
    if is_mobile == (plan.landline.fullmatch(national) is not None) or any(
        one.fullmatch(national) for one in plan.others
    ):
        return None
    doubted = (Reason.PLACEHOLDER,) if len(set(national[2:])) < _LEAST_DIFFERENT else ()
    return made(f"+{plan.code}{national}", original, doubted=doubted, detail=MOBILE if is_mobile else LANDLINE)


def _parsed(dialled: str, country: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(dialled, country or None)
    except NumberParseException:
        return None


def _is_valid(number: PhoneNumber | None) -> bool:
    return number is not None and phonenumbers.is_valid_number(number)


def _judged(number: PhoneNumber, original: str, dialled: str, slips: tuple[Reason, ...]) -> Graded:
    value = str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    if not phonenumbers.is_possible_number(number):
        return refused(original, Reason.NOT_READABLE)
    if not phonenumbers.is_valid_number(number):
        return made(value, original, corrected=slips, doubted=(Reason.NOT_ASSIGNED,))
    digits = re.sub(r"\D", "", dialled)
    national = str(phonenumbers.national_significant_number(number))
    if not dialled.startswith("+") and not digits.startswith("00"):
        trunk = phonenumbers.ndd_prefix_for_region(phonenumbers.region_code_for_number(number) or "", True)
        if digits == national and trunk == "0":
            slips = (*slips, Reason.LOST_ZERO)
        elif digits == value[1:] and digits != national:
            slips = (*slips, Reason.LOST_PLUS)
    doubted: tuple[Reason, ...] = ()
    kind = phonenumbers.number_type(number)
    if kind not in _LINES:
        doubted = (Reason.NO_PERSON,)
    if len(set(national[2:])) < _LEAST_DIFFERENT:
        doubted = (*doubted, Reason.PLACEHOLDER)
    return made(value, original, corrected=slips, doubted=doubted, detail=_LINES.get(kind, OTHER))
