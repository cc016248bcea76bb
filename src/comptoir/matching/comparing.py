"""How two people are compared, column by column: levels from alike to different, and what is expected of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comptoir.matching.roles import Field, Role


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of likeness. Units: `expected` is the share of one person's pairs of records that show it."""

    key: str
    """The words `matching.level.<key>`."""
    condition: str
    """SQL over `l` and `r`, the two values; `other_l` and `other_r` are the partner column's."""
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All degrees of one column, the most alike first; the last is whatever is left."""

    field: Field
    levels: tuple[Level, ...]
    partner: str = ""
    """The column whose value people write here by mistake."""
    moot: str = ""
    """SQL over the two values and other columns: where it holds, another column has said this already."""
    is_personal: bool = False
    """Whether it tells apart the people of one household, who share name, address, phone and often an e-mail."""


_SAME = "l = r"
_ELSE = "TRUE"
_JARO = "jaro_winkler_similarity(l, r) >= "
_USERS = "jaro_winkler_similarity(split_part(l, '@', 1), split_part(r, '@', 1)) >= "
"""What stands before the @: addresses of two people of one name differ in their numbers and their provider."""
_TYPO = "levenshtein(l, r) <= 1"
_TWO_TYPOS = "levenshtein(l, r) <= 2"

_NAME = (
    Level("same", _SAME, 0.74),
    Level("swapped", "l = other_r OR r = other_l", 0.02),
    Level("initial", "least(length(l), length(r)) = 1 AND left(l, 1) = left(r, 1)", 0.01),
    Level("close", _JARO + "0.92", 0.09),
    Level("alike", _JARO + "0.82", 0.06),
    Level("different", _ELSE, 0.08),
)
_EQUAL = (Level("same", _SAME, 0.90), Level("different", _ELSE, 0.10))
_LEVELS: Mapping[Role, tuple[Level, ...]] = {
    Role.FIRST_NAME: _NAME,
    Role.LAST_NAME: _NAME,
    Role.FULL_NAME: (
        Level("same", _SAME, 0.74),
        Level("same_words", "list_sort(string_split(l, ' ')) = list_sort(string_split(r, ' '))", 0.04),
        Level("close", _JARO + "0.92", 0.09),
        Level("alike", _JARO + "0.82", 0.06),
        Level("different", _ELSE, 0.07),
    ),
    Role.BIRTH_DATE: (
        Level("same", _SAME, 0.84),
        Level("typo", _TYPO, 0.08),
        Level(
            "day_and_month_swapped",
            "left(l, 4) = left(r, 4) AND substr(l, 5, 2) = substr(r, 7, 2) AND substr(l, 7, 2) = substr(r, 5, 2)",
            0.01,
        ),
        Level("two_typos", _TWO_TYPOS, 0.03),
        Level("different", _ELSE, 0.04),
    ),
    Role.EMAIL: (
        Level("same", _SAME, 0.70),
        Level("same_user", "split_part(l, '@', 1) = split_part(r, '@', 1)", 0.05),
        Level("close", _JARO + "0.92", 0.08),
        Level("alike", _USERS + "0.88", 0.05),
        Level("different", _ELSE, 0.12),
    ),
    Role.PHONE: (
        Level("same", _SAME, 0.75),
        Level("typo", _TYPO, 0.06),
        Level("different", _ELSE, 0.19),
    ),
    Role.NATIONAL_ID: (
        Level("same", _SAME, 0.88),
        Level("typo", _TYPO, 0.06),
        Level("two_typos", _TWO_TYPOS, 0.02),
        Level("different", _ELSE, 0.04),
    ),
    Role.ADDRESS: (
        Level("same", _SAME, 0.64),
        Level("close", _JARO + "0.92", 0.14),
        Level("alike", _JARO + "0.82", 0.06),
        Level("different", _ELSE, 0.16),
    ),
    Role.STREET_NUMBER: (
        Level("same", _SAME, 0.78),
        Level("typo", _TYPO, 0.08),
        Level("different", _ELSE, 0.14),
    ),
    Role.POSTAL_CODE: (
        Level("same", _SAME, 0.80),
        Level("typo", _TYPO, 0.06),
        Level("near", "left(l, 2) = left(r, 2)", 0.04),
        Level("different", _ELSE, 0.10),
    ),
    Role.TOWN: (
        Level("same", _SAME, 0.76),
        Level("close", _JARO + "0.92", 0.08),
        Level("alike", _JARO + "0.82", 0.04),
        Level("different", _ELSE, 0.12),
    ),
    Role.REGION: _EQUAL,
    Role.GENDER: _EQUAL,
    Role.CATEGORY: _EQUAL,
    Role.TEXT: (
        Level("same", _SAME, 0.70),
        Level("close", _JARO + "0.92", 0.10),
        Level("different", _ELSE, 0.20),
    ),
}
"""What is expected of one person's two records before any data were seen: careful typists, some moves. Ours."""

_PARTNER = {Role.FIRST_NAME: Role.LAST_NAME, Role.LAST_NAME: Role.FIRST_NAME, Role.ADDRESS: Role.ADDRESS}
_IMPLIED_BY = {Role.TOWN: Role.POSTAL_CODE, Role.REGION: Role.POSTAL_CODE, Role.GENDER: Role.FIRST_NAME}
_NAMES = (Role.FIRST_NAME, Role.LAST_NAME, Role.FULL_NAME)
_PERSONAL = frozenset({Role.FIRST_NAME, Role.FULL_NAME, Role.BIRTH_DATE, Role.NATIONAL_ID, Role.GENDER})
_SWAPPED = Level("swapped", "l = other_r OR r = other_l", 0.02)


def comparisons(fields: Sequence[Field]) -> tuple[Comparison, ...]:
    """Say how each column is compared. Order: as the fields stand."""
    return tuple(_comparison(field, fields) for field in fields)


def _comparison(field: Field, fields: Sequence[Field]) -> Comparison:
    levels = _LEVELS[field.role]
    wanted = _PARTNER.get(field.role)
    partner = next((one.name for one in fields if one.role is wanted and one is not field), "")
    if not partner:
        levels = tuple(one for one in levels if one.key != "swapped")
    elif field.role is Role.ADDRESS:
        levels = (levels[0], _SWAPPED, *levels[1:])
    moot = _moot(field, fields)
    return Comparison(field=field, levels=levels, partner=partner, moot=moot, is_personal=field.role in _PERSONAL)


def _moot(field: Field, fields: Sequence[Field]) -> str:
    """Say when a column only repeats another: a town its postal code, and most addresses of mail are made of names."""
    by_role = {one.role: one.name for one in reversed(fields)}
    if field.role is Role.EMAIL:
        names = [by_role[role] for role in _NAMES if role in by_role]
        alike = " AND ".join(f"jaro_winkler_similarity({name}_l, {name}_r) >= 0.82" for name in names)
        return f"l <> r AND ({_JARO}0.85 OR {_USERS}0.85) AND {alike}" if alike else ""
    said = by_role.get(_IMPLIED_BY[field.role]) if field.role in _IMPLIED_BY else None
    return f"{said}_l = {said}_r" if said else ""
