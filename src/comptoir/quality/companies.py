"""Numbers of companies: SIREN and SIRET of France, and VAT numbers of Europe, with the digits that check the others."""

from __future__ import annotations

import re
from collections.abc import Callable

from comptoir.quality.graded import Graded, Reason, made, refused, tidy, valid

_LA_POSTE = "356000000"
_SIREN_DIGITS, _SIRET_DIGITS = 9, 14
_SEPARATORS = re.compile(r"[\s.\-/\u00a0]")

VAT_WRITING: dict[str, re.Pattern[str]] = {
    country: re.compile(pattern)
    for country, pattern in {
        "AT": r"U\d{8}",
        "BE": r"[01]\d{9}",
        "BG": r"\d{9,10}",
        "CY": r"\d{8}[A-Z]",
        "CZ": r"\d{8,10}",
        "DE": r"[1-9]\d{8}",
        "DK": r"\d{8}",
        "EE": r"\d{9}",
        "EL": r"\d{9}",
        "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
        "FI": r"\d{8}",
        "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
        "GB": r"(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})",
        "HR": r"\d{11}",
        "HU": r"\d{8}",
        "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}",
        "IT": r"\d{11}",
        "LT": r"(?:\d{9}|\d{12})",
        "LU": r"\d{8}",
        "LV": r"\d{11}",
        "MT": r"\d{8}",
        "NL": r"\d{9}B\d{2}",
        "PL": r"\d{10}",
        "PT": r"\d{9}",
        "RO": r"\d{2,10}",
        "SE": r"\d{12}",
        "SI": r"\d{8}",
        "SK": r"\d{10}",
        "XI": r"(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})",
    }.items()
}
"""How a VAT number is written after its two letters. Source: European Commission, VIES, structure of VAT numbers."""


def grade_siren(text: str) -> Graded:
    """Grade the nine digits of a French company. Source: INSEE, SIRENE: the last digit is Luhn's."""
    digits, graded = _digits(text, _SIREN_DIGITS)
    if graded is not None:
        return graded
    return valid(digits, text) if luhn(digits) else made(digits, text, doubted=(Reason.CHECKSUM,))


def grade_siret(text: str) -> Graded:
    """
    Grade the fourteen digits of a French establishment.

    Source: INSEE, SIRENE: Luhn over all digits, and over the first nine; those of La Poste may instead sum to a
    multiple of five.
    """
    digits, graded = _digits(text, _SIRET_DIGITS)
    if graded is not None:
        return graded
    is_la_poste = digits.startswith(_LA_POSTE) and sum(map(int, digits)) % 5 == 0
    is_right = is_la_poste or (luhn(digits) and luhn(digits[:_SIREN_DIGITS]))
    return valid(digits, text) if is_right else made(digits, text, doubted=(Reason.CHECKSUM,))


def grade_vat(text: str, country: str) -> Graded:
    """
    Grade a VAT number; one without its two letters gets the row's country's.

    How it is written is checked for every country of the Union, and the digits that check the others for Austria,
    Belgium, Denmark, Finland, France, Germany, Italy, Luxembourg, the Netherlands, Poland, Portugal and Spain. Whether
    it is registered only the administration knows. Source: European Commission, VAT number check algorithms.
    """
    bare = _SEPARATORS.sub("", tidy(text)).upper()
    if not bare:
        return refused(text, Reason.EMPTY)
    slips: tuple[Reason, ...] = ()
    code = "EL" if country == "GR" else country
    if bare[:2] not in VAT_WRITING and code in VAT_WRITING:
        bare, slips = f"{code}{bare}", (Reason.WRONG_COUNTRY,)
    land, rest = bare[:2], bare[2:]
    if land == "BE" and len(rest) == 9:  # until 2005 they had nine digits
        rest = f"0{rest}"
    writing = VAT_WRITING.get(land)
    if writing is None or not writing.fullmatch(rest) or not bare.isascii():
        return refused(text, Reason.NOT_READABLE)
    check = _CHECKS.get(land)
    doubted = (Reason.CHECKSUM,) if check is not None and not check(rest) else ()
    return made(f"{land}{rest}", text, corrected=slips, doubted=doubted)


def luhn(digits: str) -> bool:
    """Say whether the last digit checks the others. Source: ISO/IEC 7812-1, annex B."""
    doubled = (int(one) * (1 + place % 2) for place, one in enumerate(reversed(digits)))
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def _digits(text: str, count: int) -> tuple[str, Graded | None]:
    bare = _SEPARATORS.sub("", tidy(text))
    if not bare:
        return "", refused(text, Reason.EMPTY)
    if len(bare) != count or not (bare.isascii() and bare.isdigit()):
        return "", refused(text, Reason.NOT_READABLE)
    if not int(bare):
        return "", refused(text, Reason.PLACEHOLDER)
    return bare, None


def _is_french(rest: str) -> bool:
    """Check a French number: its key follows from the SIREN; older keys with letters are taken as they are."""
    key, siren = rest[:2], rest[2:]
    if not key.isdigit():
        return luhn(siren)
    return luhn(siren) and int(key) == (12 + 3 * (int(siren) % 97)) % 97


def _is_belgian(rest: str) -> bool:
    return 97 - int(rest[:8]) % 97 == int(rest[8:])


def _is_german(rest: str) -> bool:
    """Check a German number. Source: ISO 7064, MOD 11,10."""
    product = 10
    for one in rest[:8]:
        total = (int(one) + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == int(rest[8])


def _is_luxembourgish(rest: str) -> bool:
    return int(rest[:6]) % 89 == int(rest[6:])


def _is_portuguese(rest: str) -> bool:
    left = sum(int(one) * (9 - place) for place, one in enumerate(rest[:8])) % 11
    return int(rest[8]) == (0 if left < 2 else 11 - left)


def _weighted(rest: str, weights: str) -> int:
    """Sum digits by weights of one digit each; `A` stands for ten."""
    return sum(int(one) * int(weight, 16) for one, weight in zip(rest, weights, strict=False))


def _is_austrian(rest: str) -> bool:
    doubled = (int(one) * (1 + place % 2) for place, one in enumerate(rest[1:8]))
    total = sum(one // 10 + one % 10 for one in doubled)
    return (10 - (total + 4) % 10) % 10 == int(rest[8])


def _is_danish(rest: str) -> bool:
    return _weighted(rest, "27654321") % 11 == 0


def _is_dutch(rest: str) -> bool:
    """Check a Dutch number: by eleven as before 2020, or, as sole traders' are since, by 97 (ISO 7064)."""
    old = _weighted(rest, "98765432") % 11 == int(rest[8])
    return old or int("".join(str(int(one, 36)) for one in f"NL{rest}")) % 97 == 1


def _is_spanish(rest: str) -> bool:
    """Check a Spanish number: a person's by its letter (NIF, NIE), a company's by digit or letter (CIF)."""
    if rest[0] in "XYZ" or rest[0].isdigit():
        return rest[-1] == _SPANISH[int(rest[:-1].translate(_FOREIGNERS)) % 23]
    even = sum(int(one) for one in rest[2:8:2])
    doubled = [2 * int(one) for one in rest[1:8:2]]
    check = -(even + sum(one // 10 + one % 10 for one in doubled)) % 10
    return rest[-1] in {str(check), "JABCDEFGHI"[check]} or rest[0] in "KLM"


def _is_polish(rest: str) -> bool:
    return _weighted(rest, "657234567") % 11 == int(rest[9])


def _is_finnish(rest: str) -> bool:
    left = _weighted(rest, "79A5842") % 11
    return int(rest[7]) == (0 if left == 0 else 11 - left)


_SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE"
_FOREIGNERS = str.maketrans("XYZ", "012")
_CHECKS: dict[str, Callable[[str], bool]] = {
    "AT": _is_austrian,
    "BE": _is_belgian,
    "DE": _is_german,
    "DK": _is_danish,
    "ES": _is_spanish,
    "FI": _is_finnish,
    "FR": _is_french,
    "IT": luhn,
    "LU": _is_luxembourgish,
    "NL": _is_dutch,
    "PL": _is_polish,
    "PT": _is_portuguese,
}
