"""What a column of people holds, told by its name (French or English) and by its values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a column says of a person."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FULL_NAME = "full_name"
    BIRTH_DATE = "birth_date"
    EMAIL = "email"
    PHONE = "phone"
    NATIONAL_ID = "national_id"
    ADDRESS = "address"
    STREET_NUMBER = "street_number"
    POSTAL_CODE = "postal_code"
    TOWN = "town"
    REGION = "region"
    GENDER = "gender"
    CATEGORY = "category"
    """A column of few values: a brand, a language."""
    TEXT = "text"
    """Anything else that is written and may be misspelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column that is compared, and what it holds."""

    name: str
    """What it is called from here on: its role, and a number where there are several."""
    role: Role
    column: str
    """As the file calls it."""
    is_month_first: bool = False
    """For dates: whether 02/01 is the first of February."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a look at a column's values tells. Units: shares 0–1."""

    filled: int
    distinct: int
    sample: Sequence[str]


_NAMES: Mapping[Role | None, str] = {
    Role.FIRST_NAME: "firstname givenname forename prenom fname first given",
    Role.LAST_NAME: "lastname surname familyname nom nomdefamille nomfamille lname last family",
    Role.FULL_NAME: "name fullname nomcomplet nomprenom prenomnom customername clientname displayname",
    Role.BIRTH_DATE: "dob dateofbirth birthdate birthday birth born datenaissance datedenaissance naissance ddn",
    Role.EMAIL: "email mail courriel emailaddress mailaddress adressemail adresseemail courrielclient",
    Role.PHONE: "phone tel telephone mobile portable phonenumber mobilephone gsm telephonemobile "
    "telephonefixe numerotelephone",
    Role.NATIONAL_ID: "socsecid ssn socialsecuritynumber nir nin nationalid passport passportnumber siren siret vat "
    "vatnumber taxid numerosecuritesociale securitesociale personalid identitynumber",
    Role.ADDRESS: "address street streetname address1 address2 addressline1 addressline2 adresse adresse1 adresse2 rue "
    "voie complement",
    Role.STREET_NUMBER: "streetnumber housenumber streetno houseno numero numerovoie numerorue",
    Role.POSTAL_CODE: "postcode postalcode zip zipcode codepostal cp",
    Role.TOWN: "city town suburb ville commune locality localite",
    Role.REGION: "state region province county department departement country pays",
    Role.GENDER: "gender sex sexe civilite title salutation",
    None: "cluster clusterid label truth groundtruth entityid source sourcedataset createdat updatedat",
}
"""What columns are called. Under `None`: those never compared, since they say who is who, or nothing of a person."""

_ROLE_OF = {word: role for role, words in _NAMES.items() for word in words.split()}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DATE = re.compile(r"((?:18|19|20)\d\d)[-/.]?\d\d[-/.]?\d\d(?:[T ].*)?|\d\d?[-/.]\d\d?[-/.]((?:18|19|20)\d\d)")
_MIDDLE = re.compile(r"(\d\d?)[-/.](\d\d?)[-/.]\d{4}")
_PHONE = re.compile(r"(?:\+|00?)[\d .()/-]{8,19}")
_DECIMAL = re.compile(r"-?\d+[.,]\d+")
MOSTLY = 0.8
"""Share of the values that must look like something for the column to be it."""
FEW = 60
"""Distinct values up to which a column is a category."""
_BORN_BEFORE = 2012


def recognise(profiles: Mapping[str, Profile]) -> tuple[Field, ...]:
    """Say what each column holds; those of no use are left out. Order: as the columns stand."""
    fields: list[Field] = []
    counts: dict[Role, int] = {}
    for column, profile in profiles.items():
        role = role_of(column, profile)
        if role is None:
            continue
        counts[role] = counts.get(role, 0) + 1
        number = counts[role]
        fields.append(
            Field(
                name=role.value if number == 1 else f"{role.value}_{number}",
                role=role,
                column=column,
                is_month_first=role is Role.BIRTH_DATE and _is_month_first(profile.sample),
            )
        )
    return tuple(fields)


def role_of(column: str, profile: Profile) -> Role | None:
    """Say what a column holds: by its name, or else by its values; None if it says nothing of a person."""
    if profile.distinct < 2:
        return None
    key = _key(column)
    if key in _ROLE_OF:
        return _ROLE_OF[key]
    return _by_values(profile)


def _by_values(profile: Profile) -> Role | None:
    sample = profile.sample
    if _share(_EMAIL, sample) >= MOSTLY:
        return Role.EMAIL
    if _share(_DATE, sample) >= MOSTLY:
        return Role.BIRTH_DATE if _are_births(sample) else None
    if _share(_PHONE, sample) >= MOSTLY:
        return Role.PHONE
    if _share(_DECIMAL, sample) >= 1 - MOSTLY or profile.distinct == profile.filled:
        return None  # a measure, or the number of the row
    return Role.CATEGORY if profile.distinct <= FEW else Role.TEXT


def _are_births(sample: Sequence[str]) -> bool:
    years = sorted(int(found.group(1) or found.group(2)) for one in sample if (found := _DATE.fullmatch(one)))
    return years[len(years) // 2] < _BORN_BEFORE


def _is_month_first(sample: Sequence[str]) -> bool:
    found = [match for one in sample if (match := _MIDDLE.match(one))]
    return any(int(one.group(2)) > 12 for one in found) and not any(int(one.group(1)) > 12 for one in found)


def _share(pattern: re.Pattern[str], sample: Sequence[str]) -> float:
    return sum(1 for one in sample if pattern.fullmatch(one)) / len(sample) if sample else 0.0


def _key(column: str) -> str:
    plain = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", plain)
