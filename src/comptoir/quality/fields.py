"""Fields of a person: which trait is which kind of field, each graded by its kind, and those that belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import msgspec

from comptoir.quality import address, codes, companies, dates, email, names, phone, postal
from comptoir.quality.graded import Grade, Graded, Reason
from comptoir.quality.names import Part
from comptoir.quality.postal import NO_TOWNS, Towns

REMEMBERED = 200_000
"""Values whose grade is remembered: the same towns and first names come again and again."""
_LONGEST = 300
"""Characters of a value that is remembered."""


class Field(StrEnum):
    """A kind of field that is graded."""

    EMAIL = "email"
    PHONE = "phone"
    CIVILITY = "title"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    NAME = "name"
    COMPANY = "company"
    BIRTH = "birth_on"
    STREET = "street"
    POSTAL_CODE = "postal_code"
    TOWN = "city"
    COUNTRY = "country"
    LANGUAGE = "language"
    CURRENCY = "currency"
    SIREN = "siren"
    SIRET = "siret"
    VAT = "vat_number"


_SPELLINGS: dict[Field, str] = {
    Field.EMAIL: "email",
    Field.PHONE: "phone mobile phoneNumber phone_number telephone",
    Field.CIVILITY: "title civility",
    Field.FIRST_NAME: "first_name firstName firstname",
    Field.LAST_NAME: "last_name lastName lastname",
    Field.NAME: "name full_name fullName",
    Field.COMPANY: "company",
    Field.BIRTH: "birth_on birthday birth_date birthDate birthdate date_of_birth",
    Field.STREET: "street",
    Field.POSTAL_CODE: "postal_code postalCode postcode zip zipcode",
    Field.TOWN: "city town",
    Field.COUNTRY: "country",
    Field.LANGUAGE: "language",
    Field.CURRENCY: "currency",
    Field.SIREN: "siren",
    Field.SIRET: "siret",
    Field.VAT: "vat_number vatNumber vat",
}
FIELD_OF: dict[str, Field] = {spelling: field for field, all_ in _SPELLINGS.items() for spelling in all_.split()}
"""Name of a trait, as sites and files write it → the kind of field it is."""
_ADDRESS = "address"
_OF_ADDRESS = frozenset({Field.STREET, Field.POSTAL_CODE, Field.TOWN, Field.COUNTRY, "region", "state"})
_FIRST_LINES = frozenset({"line1", "address1", "street1"})
"""What the first line of an address in one piece is called besides `street`."""
_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_OWN = frozenset({"mobile"})
"""Spellings of a kind of field that say something else than its first name does: a second number."""


def name_of(trait: str) -> str:
    """Give the one name of what a trait states: `firstName` of a site and `first_name` of a file are the same."""
    field = FIELD_OF.get(trait)
    return trait if field is None or trait in _OWN else field.value


_SPELLINGS_OF = {
    one: (one, *(other for other in FIELD_OF if other != one and name_of(other) == one))
    for one in map(name_of, FIELD_OF)
}


def spellings(name: str) -> tuple[str, ...]:
    """Give the names that sites and files state something by, beginning with its own: see `name_of`."""
    one = name_of(name)
    return _SPELLINGS_OF.get(one, (one,))


def stated(trait: str, value_json: str) -> Sequence[tuple[str, str]]:
    """
    Give the fields that a statement is of, each by its one name, with its value as JSON.

    As a rule it is one; an address in one piece, as the Segment spec has it, is of a street, a town and so on.
    """
    if trait != _ADDRESS or not value_json.startswith("{"):
        return [(name_of(trait), value_json)]
    parts = [(_part_of(part), bytes(value).decode()) for part, value in _parts(value_json).items()]
    return [(name, value) for name, value in parts if name in _OF_ADDRESS]


def _part_of(said: str) -> str:
    return Field.STREET.value if said in _FIRST_LINES else name_of(said)


def named(said: Mapping[str, object]) -> dict[str, object]:
    """Give what traits state by the one name of each field: see `stated`."""
    found: dict[str, object] = {}
    for trait, value in said.items():
        if trait == _ADDRESS and isinstance(value, dict):
            found |= {name: one for part, one in value.items() if (name := _part_of(part)) in _OF_ADDRESS}
        else:
            found[name_of(trait)] = value
    return found


def paths(name: str) -> list[str]:
    """Give where a statement's traits may say something, as JSON paths: one for each spelling of its name."""
    return [f'$."{one}"' for one in spellings(name.replace('"', ""))]


class FieldGrade(NamedTuple):
    """What became of one trait."""

    field: Field
    name: str
    """The trait's own name."""
    graded: Graded


def grade(field: Field, text: str, country: str, today: date) -> Graded:
    """Grade one value of a field. `country` (ISO 3166) is the row's or the brand's; `today` judges days of birth."""
    return _graded(field, text, country, today if field is Field.BIRTH else ANY_DAY)


def grade_person(traits: Mapping[str, str], country: str, today: date, towns: Towns = NO_TOWNS) -> list[FieldGrade]:
    """
    Grade the traits of one person that are fields; the country they name goes before the brand's.

    Order:  as the traits came.
    """
    found = {name: FIELD_OF[name] for name in traits if name in FIELD_OF}
    land = next((grade(one, traits[name], "", today) for name, one in found.items() if one is Field.COUNTRY), None)
    if land is not None and land.grade is Grade.VALID:
        country = land.value
    graded = {one: FieldGrade(one, name, grade(one, traits[name], country, today)) for name, one in found.items()}
    _check_names(graded)
    _check_town(graded, country, towns)
    return list(graded.values())


def grade_all(field: Field, texts: Iterable[str | None], country: str, today: date) -> list[Graded | None]:
    """Grade a column of values, each distinct one once; where there is none, there is none. Order: as they came."""
    texts = list(texts)
    made = {text: grade(field, text, country, today) for text in set(texts) if text}
    return [made.get(text) if text else None for text in texts]


def _check_names(graded: dict[Field, FieldGrade]) -> None:
    first, last = graded.get(Field.FIRST_NAME), graded.get(Field.LAST_NAME)
    if first is None or last is None or not names.are_swapped(first.graded.value, last.graded.value):
        return
    for one, other in ((first, last), (last, first)):
        doubted = replace(
            one.graded,
            grade=Grade.DOUBTFUL,
            reasons=(*one.graded.reasons, Reason.SWAPPED),
            proposal=other.graded.value,
        )
        graded[one.field] = one._replace(graded=doubted)


def _check_town(graded: dict[Field, FieldGrade], country: str, towns: Towns) -> None:
    town, code = graded.get(Field.TOWN), graded.get(Field.POSTAL_CODE)
    if town is None or code is None or not postal.is_french(country):
        return
    if town.graded.value and code.graded.grade in {Grade.VALID, Grade.CORRECTED}:
        graded[Field.TOWN] = town._replace(graded=address.check_town(town.graded, code.graded.value, towns))


ANY_DAY = date(2000, 1, 1)
"""For fields that no day judges."""


def _graded(field: Field, text: str, country: str, today: date) -> Graded:
    """Grade a value; what is longer than any sound one is not remembered, as it would fill the memory."""
    return (_known if len(text) <= _LONGEST else _grade)(field, text, country, today)


def _grade(field: Field, text: str, country: str, today: date) -> Graded:
    if field is Field.BIRTH:
        return dates.grade_birth(text, country, today)
    return _GRADERS[field](text, country)


_known = lru_cache(maxsize=REMEMBERED)(_grade)


def _name(part: Part) -> Callable[[str, str], Graded]:
    return lambda text, _country: names.grade(text, part)


def _alone(grade_one: Callable[[str], Graded]) -> Callable[[str, str], Graded]:
    return lambda text, _country: grade_one(text)


_GRADERS: dict[Field, Callable[[str, str], Graded]] = {
    Field.EMAIL: _alone(email.grade),
    Field.PHONE: phone.grade,
    Field.CIVILITY: _alone(names.grade_civility),
    Field.FIRST_NAME: _name(Part.FIRST),
    Field.LAST_NAME: _name(Part.LAST),
    Field.NAME: _name(Part.WHOLE),
    Field.COMPANY: _alone(names.grade_company),
    Field.STREET: _alone(address.grade_street),
    Field.POSTAL_CODE: address.grade_postal_code,
    Field.TOWN: address.grade_town,
    Field.COUNTRY: _alone(codes.grade_country),
    Field.LANGUAGE: _alone(codes.grade_language),
    Field.CURRENCY: _alone(codes.grade_currency),
    Field.SIREN: _alone(companies.grade_siren),
    Field.SIRET: _alone(companies.grade_siret),
    Field.VAT: companies.grade_vat,
}
