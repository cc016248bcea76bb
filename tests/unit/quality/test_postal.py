"""Postal codes and towns: with the file a shop brings, and without."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from comptoir.quality import address, postal
from comptoir.quality.fields import Field, FieldGrade, grade_person
from comptoir.quality.graded import Grade, Reason
from comptoir.quality.postal import NO_TOWNS, Towns, TownsUnreadable

FILE = """Code_commune_INSEE;Nom_commune;Code_postal;Libellé_d_acheminement;Ligne_5
01004;AMBERIEU EN BUGEY;01500;AMBERIEU EN BUGEY;
93066;ST DENIS;93200;ST DENIS;
93066;ST DENIS;93210;LA PLAINE ST DENIS;
75111;PARIS 11;75011;PARIS;
"""


@pytest.fixture
def towns(tmp_path: Path) -> Towns:
    path = tmp_path / "towns.csv"
    path.write_bytes(FILE.encode("cp1252"))
    return postal.read_towns(path)


def town(code: str, name: str, towns: Towns) -> FieldGrade:
    found = grade_person({"postal_code": code, "city": name}, "FR", date(2026, 11, 22), towns)
    return next(one for one in found if one.field is Field.TOWN)


@pytest.mark.parametrize(
    ("code", "name"),
    [("93200", "Saint-Denis"), ("93200", "St Denis"), ("93210", "La Plaine Saint-Denis"), ("75011", "Paris 11e"),
     ("75011", "PARIS CEDEX 11"), ("01500", "Ambérieu-en-Bugey"), ("69001", "Nowhere that the file knows")],
)  # fmt: skip
def test_a_town_of_its_code_is_left(towns: Towns, code: str, name: str) -> None:
    assert Reason.WRONG_TOWN not in town(code, name, towns).graded.reasons


@pytest.mark.parametrize(
    ("code", "name", "proposal"), [("93200", "Saint-Deni", "ST DENIS"), ("75011", "Lyon", ""), ("01500", "Bourg", "")]
)
def test_a_town_of_another_code_is_doubted(towns: Towns, code: str, name: str, proposal: str) -> None:
    graded = town(code, name, towns).graded

    assert graded.grade is Grade.DOUBTFUL
    assert Reason.WRONG_TOWN in graded.reasons
    assert not proposal or graded.proposal == proposal


def test_without_a_file_large_towns_are_checked_by_their_department() -> None:
    assert Reason.WRONG_TOWN in town("75011", "Lyon", NO_TOWNS).graded.reasons
    assert Reason.WRONG_TOWN not in town("69003", "LYON 3e", NO_TOWNS).graded.reasons
    assert Reason.WRONG_TOWN not in town("01500", "Bourg", NO_TOWNS).graded.reasons


def test_a_file_without_the_columns_says_which_it_wants(tmp_path: Path) -> None:
    path = tmp_path / "towns.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")

    with pytest.raises(TownsUnreadable):
        postal.read_towns(path)


@pytest.mark.parametrize(
    ("street", "wanted"),
    [
        ("12 bis, avenue du Maréchal de Lattre de Tassigny", "12 BIS AV DU MAL DE LATTRE DE TASSIGNY"),
        ("3 rue de l'Église", "3 RUE DE L EGLISE"),
        ("Résidence les Œillets, bâtiment C, appartement 12", "RESIDENCE LES OEILLETS BAT C APP 12"),
    ],
)
def test_a_line_fits_on_an_envelope(street: str, wanted: str) -> None:
    assert address.line(street) == wanted
    assert address.lines(street=street, code="92100", town="Boulogne-Billancourt")[1] == "92100 BOULOGNE BILLANCOURT"


def test_spellings_of_a_street_are_one() -> None:
    spellings = ["12 bis, av. du Mal Foch", "12B AVENUE DU MARÉCHAL FOCH", "12 BIS Avenue du Maréchal Foch"]

    assert len({address.key(one) for one in spellings}) == 1


HEXASMAL = """#Code_commune_INSEE;Nom_de_la_commune;Code_postal;Libell\xe9_d_acheminement;Ligne_5
69123;LYON 03;69003;LYON;
75108;PARIS 08;75008;PARIS;
01190;ST BENIGNE;01190;ST BENIGNE;
14011;AURSEULLES;14240;AURSEULLES;ANCTOVILLE
"""


def test_the_base_of_la_poste_is_read_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "laposte_hexasmal.csv"
    path.write_bytes(HEXASMAL.encode("cp1252"))

    towns = postal.read_towns(path)

    assert [towns.fits(code, town) for code, town in (
        ("69003", "Lyon 3e"), ("69003", "Lyon 8e"), ("75008", "Paris"), ("01190", "Saint-B\xe9nigne"),
        ("14240", "Anctoville"), ("14240", "Caen"), ("75380", "Paris CEDEX 08"), ("98000", "Monaco"),
    )] == [True, False, True, True, True, False, True, True]  # fmt: skip
