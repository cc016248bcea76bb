"""Values as people really write them, French ones above all, and what becomes of each."""

from __future__ import annotations

from datetime import date

import pytest

from comptoir.quality.fields import Field, grade, grade_all, grade_person
from comptoir.quality.graded import Grade, Graded, Reason

TODAY = date(2026, 11, 22)


def graded(field: Field, text: str, country: str = "FR") -> Graded:
    return grade(field, text, country, TODAY)


def said(one: Graded) -> tuple[str, str, set[str]]:
    return one.value, one.grade.value, {reason.value for reason in one.reasons}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ann.martin@orange.fr", "ann.martin@orange.fr"),
        ("  Ann.Martin@Orange.FR ", "ann.martin@orange.fr"),
        ("o'brien+shop@gmail.com", "o'brien+shop@gmail.com"),
        ("x@müller.de", "x@müller.de"),
        ("x@xn--mller-kva.de", "x@müller.de"),
        ("ann@ymail.com", "ann@ymail.com"),
        ("ann@mail.com", "ann@mail.com"),
        ("ann@gmail.fr", "ann@gmail.fr"),
        ("a@a-b.co.uk", "a@a-b.co.uk"),
        ("éloïse@example.com".replace("éloïse", "eloise"), "eloise@example.com"),
    ],
)
def test_an_address_as_it_should_be_is_valid(text: str, value: str) -> None:
    assert said(graded(Field.EMAIL, text)) == (value, "valid", set())


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("ann@gmial.com", "ann@gmail.com", Reason.TYPO_DOMAIN),
        ("ann@hotmial.fr", "ann@hotmail.fr", Reason.TYPO_DOMAIN),
        ("ann@wanado.fr", "ann@wanadoo.fr", Reason.TYPO_DOMAIN),
        ("ann@gmail.con", "ann@gmail.com", Reason.TYPO_DOMAIN),
        ("ann@orange.frr", "ann@orange.fr", Reason.TYPO_DOMAIN),
        ("ann@gmail,com", "ann@gmail.com", Reason.PUNCTUATION),
        ("ann@gmail..com", "ann@gmail.com", Reason.PUNCTUATION),
        ("ann @ gmail.com", "ann@gmail.com", Reason.PUNCTUATION),
        ("ann@@gmail.com", "ann@gmail.com", Reason.PUNCTUATION),
        ("ann@free.fr.", "ann@free.fr", Reason.PUNCTUATION),
        ("mailto:ann@free.fr", "ann@free.fr", Reason.WRAPPED),
        ("Ann Martin <ann@free.fr>", "ann@free.fr", Reason.WRAPPED),
    ],
)
def test_a_slip_with_one_safe_remedy_is_corrected(text: str, value: str, reason: Reason) -> None:
    one = graded(Field.EMAIL, text)

    assert (one.value, one.grade, reason in one.reasons) == (value, Grade.CORRECTED, True)
    assert one.original == text


@pytest.mark.parametrize(
    ("text", "reason", "proposal"),
    [
        ("ann@outlok.be", Reason.NEAR_DOMAIN, "ann@outlook.be"),
        ("ann@gmxx.de", Reason.NEAR_DOMAIN, ""),
        ("renée@orange.fr", Reason.ACCENT, "renee@orange.fr"),
        ("bob@yopmail.com", Reason.DISPOSABLE, ""),
        ("bob@alt.yopmail.com", Reason.DISPOSABLE, ""),
        ("contact@mairie-lyon.fr", Reason.ROLE, ""),
        ("ann@gmail", Reason.NOT_READABLE, "ann@gmail.com"),
        ("test@test.fr", Reason.PLACEHOLDER, ""),
    ],
)
def test_what_may_be_right_is_doubted_and_at_most_proposed(text: str, reason: Reason, proposal: str) -> None:
    one = graded(Field.EMAIL, text)

    if text == "ann@gmxx.de":  # too short a name for a guess
        assert one.grade is Grade.VALID
        return
    assert (one.value, one.grade, reason in one.reasons) == (text, Grade.DOUBTFUL, True)
    assert one.proposal == proposal


@pytest.mark.parametrize(
    "text",
    ["ann", "@gmail.com", "ann@", "ann@-x.fr", "a b@c.fr", "ann@x_y.fr", "ann@[127.0.0.1]", "ann@1.2.3.4",
     "x" * 65 + "@gmail.com", "ann@" + "x" * 64 + ".fr", "ann@example.c"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    assert graded(Field.EMAIL, text).grade is Grade.REFUSED
    assert graded(Field.EMAIL, text).value == ""


@pytest.mark.parametrize(
    ("text", "country", "value", "detail"),
    [
        ("06 12 34 56 78", "FR", "+33612345678", "mobile"),
        ("06.12.34.56.78", "FR", "+33612345678", "mobile"),
        ("+33 (0)6 12 34 56 78", "FR", "+33612345678", "mobile"),
        ("0033612345678", "BE", "+33612345678", "mobile"),
        ("01-42-68-53-00", "FR", "+33142685300", "landline"),
        ("0470 12 34 56", "BE", "+32470123456", "mobile"),
        ("07911 123456", "GB", "+447911123456", "mobile"),
        ("0692 12 34 56", "RE", "+262692123456", "mobile"),
    ],
)
def test_a_number_is_written_with_its_country(text: str, country: str, value: str, detail: str) -> None:
    one = graded(Field.PHONE, text, country)

    assert (one.value, one.grade, one.detail) == (value, Grade.VALID, detail)


@pytest.mark.parametrize(
    ("text", "value", "grade_", "reason"),
    [
        ("612345678", "+33612345678", Grade.CORRECTED, Reason.LOST_ZERO),
        ("33612345678", "+33612345678", Grade.CORRECTED, Reason.LOST_PLUS),
        ("O6 12 34 56 78", "+33612345678", Grade.CORRECTED, Reason.LETTER_FOR_DIGIT),
        ("Tél. 01 42 68 53 00", "+33142685300", Grade.CORRECTED, Reason.WRAPPED),
        ("0600000000", "+33600000000", Grade.DOUBTFUL, Reason.PLACEHOLDER),
        ("0899 12 34 56", "+33899123456", Grade.DOUBTFUL, Reason.NO_PERSON),
        ("06 12 34", "", Grade.REFUSED, Reason.NOT_READABLE),
        ("appeler le soir", "", Grade.REFUSED, Reason.NOT_READABLE),
    ],
)
def test_a_number_with_a_slip(text: str, value: str, grade_: Grade, reason: Reason) -> None:
    one = graded(Field.PHONE, text)

    assert (one.value, one.grade, reason in one.reasons) == (value, grade_, True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("DE LA TOUR", "de La Tour"), ("de gaulle", "de Gaulle"), ("D'ARTAGNAN", "d'Artagnan"), ("O'BRIEN", "O'Brien"),
        ("MCDONALD", "McDonald"), ("MACRON", "Macron"), ("JEAN-PIERRE", "Jean-Pierre"), ("hélène", "Hélène"),
        ("L'HERMITE", "L'Hermite"), ("VAN DER BERG", "van der Berg"), ("LE GALL", "Le Gall"),
        ("du bellay", "du Bellay"),
        ("ÉLOÏSE", "Éloïse"), ("DUPONT - DURAND", "Dupont-Durand"), ("DUPONT DE NEMOURS", "Dupont de Nemours"),
    ],
)  # fmt: skip
def test_capitals_of_a_name_are_put_right(text: str, value: str) -> None:
    assert said(graded(Field.LAST_NAME, text)) == (value, "corrected", {"letter_case"})


@pytest.mark.parametrize(
    "text", ["de La Tour", "McDonald", "Le Gall", "O'Brien", "Nguyễn", "Ben Ali", "李", "van Gogh"]
)
def test_a_name_that_is_written_well_stays(text: str) -> None:
    assert said(graded(Field.LAST_NAME, text)) == (text, "valid", set())


@pytest.mark.parametrize(
    ("field", "text", "value", "reason"),
    [
        (Field.LAST_NAME, "Mme Durand", "Durand", Reason.CIVILITY),
        (Field.LAST_NAME, "M. de Gaulle", "de Gaulle", Reason.CIVILITY),
        (Field.LAST_NAME, "SARL Martin", "SARL Martin", Reason.COMPANY),
        (Field.LAST_NAME, "Martin & Fils SAS", "Martin & Fils SAS", Reason.COMPANY),
        (Field.FIRST_NAME, "test", "Test", Reason.PLACEHOLDER),
        (Field.LAST_NAME, "xxxx", "Xxxx", Reason.PLACEHOLDER),
        (Field.LAST_NAME, "Dupont 2", "Dupont 2", Reason.NOT_A_NAME),
        (Field.LAST_NAME, "ann@free.fr", "", Reason.NOT_A_NAME),
    ],
)
def test_what_does_not_belong_in_a_name(field: Field, text: str, value: str, reason: Reason) -> None:
    one = graded(field, text)

    assert (one.value, reason in one.reasons) == (value, True)


def test_first_and_last_name_that_changed_places_are_doubted_and_proposed() -> None:
    first, last = grade_person({"first_name": "DUPONT", "last_name": "Sophie"}, "FR", TODAY)

    assert (first.graded.grade, first.graded.value, first.graded.proposal) == (Grade.DOUBTFUL, "Dupont", "Sophie")
    assert (last.graded.grade, last.graded.value, last.graded.proposal) == (Grade.DOUBTFUL, "Sophie", "Dupont")


@pytest.mark.parametrize(
    ("first", "last"), [("Sophie", "Dupont"), ("Anh", "Martin"), ("Sophie", "Marie"), ("", "Sophie")]
)
def test_names_that_may_be_either_are_left(first: str, last: str) -> None:
    found = grade_person({"first_name": first, "last_name": last}, "FR", TODAY)

    assert all(Reason.SWAPPED not in one.graded.reasons for one in found)


@pytest.mark.parametrize(
    ("field", "text", "country", "value", "grade_"),
    [
        (Field.POSTAL_CODE, "75 011", "FR", "75011", Grade.VALID),
        (Field.POSTAL_CODE, "F-75011", "FR", "75011", Grade.VALID),
        (Field.POSTAL_CODE, "1000", "FR", "01000", Grade.CORRECTED),
        (Field.POSTAL_CODE, "1000.0", "FR", "01000", Grade.CORRECTED),
        (Field.POSTAL_CODE, "99123", "FR", "99123", Grade.DOUBTFUL),
        (Field.POSTAL_CODE, "97410", "RE", "97410", Grade.VALID),
        (Field.POSTAL_CODE, "ABC", "FR", "", Grade.REFUSED),
        (Field.POSTAL_CODE, "sw1a1aa", "GB", "SW1A 1AA", Grade.VALID),
        (Field.POSTAL_CODE, "1012ab", "NL", "1012 AB", Grade.VALID),
        (Field.POSTAL_CODE, "75011", "BE", "75011", Grade.DOUBTFUL),
        (Field.TOWN, "ST DENIS", "FR", "Saint-Denis", Grade.VALID),
        (Field.TOWN, "SAINT-ÉTIENNE", "FR", "Saint-Étienne", Grade.CORRECTED),
        (Field.TOWN, "75011 Paris", "FR", "75011 Paris", Grade.DOUBTFUL),
        (Field.TOWN, "LA ROCHELLE", "FR", "La Rochelle", Grade.CORRECTED),
        (Field.STREET, "12 bis ,rue de la  Paix", "FR", "12 bis, rue de la Paix", Grade.VALID),
        (Field.STREET, "---", "FR", "", Grade.REFUSED),
        (Field.COUNTRY, "Royaume-Uni", "FR", "GB", Grade.VALID),
        (Field.COUNTRY, "états unis", "FR", "US", Grade.VALID),
        (Field.COUNTRY, "Atlantide", "FR", "Atlantide", Grade.DOUBTFUL),
        (Field.LANGUAGE, "Français", "FR", "fr", Grade.VALID),
        (Field.CURRENCY, "€", "FR", "EUR", Grade.CORRECTED),
        (Field.CIVILITY, "madame", "FR", "Mme", Grade.VALID),
        (Field.BIRTH, "31/12/1980", "FR", "1980-12-31", Grade.VALID),
        (Field.BIRTH, "03/04/1980", "US", "1980-03-04", Grade.DOUBTFUL),
        (Field.BIRTH, "1900-01-01", "FR", "1900-01-01", Grade.DOUBTFUL),
        (Field.BIRTH, "2030-01-01", "FR", "2030-01-01", Grade.DOUBTFUL),
        (Field.BIRTH, "31/02/1980", "FR", "", Grade.REFUSED),
        (Field.SIREN, "732 829 320", "FR", "732829320", Grade.VALID),
        (Field.SIREN, "732829321", "FR", "732829321", Grade.DOUBTFUL),
        (Field.SIRET, "732 829 320 00074", "FR", "73282932000074", Grade.VALID),
        (Field.SIRET, "356 000 000 00048", "FR", "35600000000048", Grade.VALID),
        (Field.SIRET, "35600000049837", "FR", "35600000049837", Grade.VALID),
        (Field.SIRET, "35600000049838", "FR", "35600000049838", Grade.DOUBTFUL),
        (Field.SIRET, "123", "FR", "", Grade.REFUSED),
        (Field.VAT, "FR 40 303 265 045", "FR", "FR40303265045", Grade.VALID),
        (Field.VAT, "FR41303265045", "FR", "FR41303265045", Grade.DOUBTFUL),
        (Field.VAT, "40303265045", "FR", "FR40303265045", Grade.CORRECTED),
        (Field.VAT, "BE428759497", "BE", "BE0428759497", Grade.VALID),
        (Field.VAT, "DE136695976", "FR", "DE136695976", Grade.VALID),
        (Field.VAT, "IT00743110157", "FR", "IT00743110157", Grade.VALID),
        (Field.VAT, "LU15027442", "FR", "LU15027442", Grade.VALID),
        (Field.VAT, "PT501964843", "FR", "PT501964843", Grade.VALID),
        (Field.VAT, "ATU13585627", "FR", "ATU13585627", Grade.VALID),
        (Field.VAT, "ATU13585626", "FR", "ATU13585626", Grade.DOUBTFUL),
        (Field.VAT, "DK 13 58 56 28", "FR", "DK13585628", Grade.VALID),
        (Field.VAT, "DK13585627", "FR", "DK13585627", Grade.DOUBTFUL),
        (Field.VAT, "ES A28015865", "FR", "ESA28015865", Grade.VALID),
        (Field.VAT, "ESA28015866", "FR", "ESA28015866", Grade.DOUBTFUL),
        (Field.VAT, "ES12345678Z", "FR", "ES12345678Z", Grade.VALID),
        (Field.VAT, "ESX1234567L", "FR", "ESX1234567L", Grade.VALID),
        (Field.VAT, "ES12345678A", "FR", "ES12345678A", Grade.DOUBTFUL),
        (Field.VAT, "FI01120389", "FR", "FI01120389", Grade.VALID),
        (Field.VAT, "FI01120388", "FR", "FI01120388", Grade.DOUBTFUL),
        (Field.VAT, "NL004495445B01", "FR", "NL004495445B01", Grade.VALID),
        (Field.VAT, "NL000099998B57", "FR", "NL000099998B57", Grade.VALID),
        (Field.VAT, "NL123456789B90", "FR", "NL123456789B90", Grade.DOUBTFUL),
        (Field.VAT, "PL 856-734-62-15", "FR", "PL8567346215", Grade.VALID),
        (Field.VAT, "PL8567346216", "FR", "PL8567346216", Grade.DOUBTFUL),
        (Field.VAT, "ZZ1", "ZZ", "", Grade.REFUSED),
    ],
)  # fmt: skip
def test_other_fields(field: Field, text: str, country: str, value: str, grade_: Grade) -> None:
    one = graded(field, text, country)

    assert (one.value, one.grade) == (value, grade_)


def test_a_country_in_the_row_goes_before_the_brands() -> None:
    phone = next(
        one
        for one in grade_person({"phone": "0470 12 34 56", "country": "Belgique"}, "FR", TODAY)
        if one.name == "phone"
    )

    assert phone.graded.value == "+32470123456"


def test_a_column_is_graded_once_a_distinct_value() -> None:
    column = ["ann@free.fr", None, "ann@gmial.com", "", "ann@free.fr"]

    found = grade_all(Field.EMAIL, column, "FR", TODAY)

    assert [one and one.value for one in found] == ["ann@free.fr", None, "ann@gmail.com", None, "ann@free.fr"]
    assert found[0] is found[4]
