"""Values as customer files really hold them, after what merchants' exports show."""

from __future__ import annotations

from datetime import date

import pytest

from comptoir.quality import address, codes, dates, email, names, phone
from comptoir.quality.graded import Grade, Graded, Reason
from comptoir.quality.names import Part
from comptoir.quality.postal import NO_TOWNS

TODAY = date(2026, 11, 23)


def told(graded: Graded) -> tuple[str, str, str]:
    return graded.grade.value, graded.value, graded.proposal


@pytest.mark.parametrize(
    ("text", "part", "value", "grade"),
    [
        ("Mme et M. Dupont", Part.LAST, "Mme et M. Dupont", "doubtful"),
        ("M. et Mme Dupont", Part.WHOLE, "M. et Mme Dupont", "doubtful"),
        ("Jean & Marie", Part.FIRST, "Jean & Marie", "doubtful"),
        ("John E Smith", Part.WHOLE, "John E Smith", "valid"),
        ("García y López", Part.LAST, "García y López", "valid"),
        ("Jean DUPONT", Part.WHOLE, "Jean Dupont", "corrected"),
        ("DE LA TOUR Jean", Part.WHOLE, "de La Tour Jean", "corrected"),
        ("JP", Part.FIRST, "JP", "valid"),
        ("LI", Part.LAST, "Li", "corrected"),
        ("d'ARC", Part.LAST, "d'Arc", "corrected"),
        ("Sra. GARCÍA", Part.LAST, "García", "corrected"),
    ],
)
def test_names(text: str, part: Part, value: str, grade: str) -> None:
    assert told(names.grade(text, part))[:2] == (grade, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@orange.f", ("refused", "", "ann@orange.fr")),
        ("ann@gmailcom", ("refused", "", "ann@gmail.com")),
        ("ann@gmail com", ("refused", "", "ann@gmail.com")),
        ("ann@shop", ("refused", "", "")),
        ("ann(at)gmail.com", ("corrected", "ann@gmail.com", "")),
        ("ann [arobase] gmail.com", ("corrected", "ann@gmail.com", "")),
        ("ann@free.fr;bob@free.fr", ("refused", "", "ann@free.fr")),
        ("ann@free.fr ou bob@free.fr", ("refused", "", "ann@free.fr")),
    ],
)
def test_addresses_that_cannot_be_are_refused_with_what_was_likely_meant(
    text: str, expected: tuple[str, str, str]
) -> None:
    assert told(email.grade(text)) == expected


@pytest.mark.parametrize(
    ("text", "country", "value", "grade"),
    [
        ("0612345678 / 0145678901", "FR", "+33612345678", "corrected"),
        ("06 12 34 56 78 ou 01 45 67 89 01", "FR", "+33612345678", "corrected"),
        ("06-12-34-56-78 (Mme)", "FR", "+33612345678", "corrected"),
        ("06 12 34 56 78 bureau", "FR", "+33612345678", "corrected"),
        ("+33 (0)6 12 34 56 78", "FR", "+33612345678", "valid"),
        ("0690 12 34 56", "FR", "+590690123456", "valid"),
        ("0596 50 12 34", "FR", "+596596501234", "valid"),
        ("0692 12 34 56", "FR", "+262692123456", "valid"),
        ("0475/12.34.56", "BE", "+32475123456", "valid"),
        ("0171/1234567", "DE", "+491711234567", "valid"),
        ("+44 (0)20 7946 0018", "GB", "+442079460018", "valid"),
        ("06 39 98 01 23", "FR", "+33639980123", "doubtful"),
    ],
)
def test_telephone_numbers(text: str, country: str, value: str, grade: str) -> None:
    assert told(phone.grade(text, country))[:2] == (grade, value)


@pytest.mark.parametrize(
    ("text", "country", "value", "grade"),
    [
        ("75001 PARIS", "FR", "75001", "corrected"),
        ("75008 CEDEX 08", "FR", "75008", "corrected"),
        ("F-75001", "FR", "75001", "valid"),
        ("B-1000", "BE", "1000", "valid"),
        ("CH-8001", "CH", "8001", "valid"),
        ("L-1234", "LU", "1234", "valid"),
        ("D-10115", "DE", "10115", "valid"),
        ("SE-123 45", "SE", "123 45", "valid"),
        ("1067", "DE", "01067", "corrected"),
        ("8001", "ES", "08001", "corrected"),
        ("2138", "US", "02138", "corrected"),
        ("E14 5AB", "GB", "E14 5AB", "valid"),
        ("10000", "BE", "10000", "doubtful"),
    ],
)
def test_postal_codes(text: str, country: str, value: str, grade: str) -> None:
    assert told(address.grade_postal_code(text, country))[:2] == (grade, value)


@pytest.mark.parametrize(
    ("code", "town", "fits"),
    [
        ("75001", "Paris", True), ("75001", "Paris 1er", True), ("75017", "Paris 16e", False),
        ("75116", "PARIS 16", True), ("69003", "Lyon 8ème", False), ("13008", "Marseille 8e arrondissement", True),
        ("75008", "Paris CEDEX 08", True), ("75380", "PARIS CEDEX 08", True), ("98000", "Monaco", True),
        ("98000", "Nice", False), ("06000", "Monaco", False), ("97110", "Pointe-à-Pitre", True),
        ("97400", "Pointe-à-Pitre", False), ("97200", "Fort-de-France", True), ("98800", "Nouméa", True),
        ("20090", "Ajaccio", True), ("13001", "Lyon", False), ("33000", "Bordeaux CEDEX", True),
        ("92800", "Puteaux", None),
    ],
)  # fmt: skip
def test_a_french_code_and_a_town_without_any_file(code: str, town: str, fits: bool | None) -> None:
    assert NO_TOWNS.fits(code, town) is fits


@pytest.mark.parametrize(
    ("text", "value", "grade"),
    [
        ("1/2/80", "1980-02-01", "valid"), ("31/12/1965", "1965-12-31", "valid"),
        ("01/02/03", "2003-02-01", "doubtful"),
        ("19800201", "1980-02-01", "valid"), ("01/02/80 ", "1980-02-01", "valid"), ("31/02/80", "", "refused"),
    ],
)  # fmt: skip
def test_days_of_birth(text: str, value: str, grade: str) -> None:
    assert told(dates.grade_birth(text, "FR", TODAY))[:2] == (grade, value)


def test_countries_and_languages_as_people_of_that_country_write_them() -> None:
    assert [codes.grade_country(one).value for one in ("Österreich", "U.S.A.", "Corse", "Rép. tchèque")] == [
        "AT", "US", "FR", "CZ"
    ]  # fmt: skip
    assert [codes.grade_language(one).value for one in ("Deutsch", "Español", "FRE", "eng", "fr-BE")] == [
        "de", "es", "fr", "en", "fr-BE"
    ]  # fmt: skip


def test_two_people_are_not_made_one() -> None:
    graded = names.grade("Mme et M. Dupont", Part.LAST)

    assert graded.grade is Grade.DOUBTFUL
    assert graded.reasons == (Reason.TWO_PEOPLE,)
