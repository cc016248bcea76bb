from __future__ import annotations

import gzip
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.sources import base, files
from comptoir.sources.base import PLAIN, FileUnreadable, Layout, Sheet
from comptoir.sources.csvfile import Csv, encoding_of
from comptoir.sources.headers import delimiter_of


def one(path: Path, layout: Layout = PLAIN) -> Sheet:
    (sheet,) = files.sheets(path, layout)
    return sheet


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def rows(sheet: Sheet) -> list[tuple[str | None, ...]]:
    return list(zip(*sheet.columns.values(), strict=True))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("nom;prix\nCafé;2\n".encode(), "utf-8"),
        ("nom;prix\nCafé;2\n".encode("utf-8-sig"), "utf-8-sig"),
        ("nom;prix\nCafé;2\n".encode("cp1252"), "cp1252"),
        (b"nom;prix\nthe;2\n", "utf-8"),
    ],
)
def test_encoding_and_delimiter_are_recognised(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = written(tmp_path / "a.csv", content)

    assert encoding_of(path) == encoding
    assert list(one(path).columns) == ["nom", "prix"]
    assert one(path).columns["nom"][0] in {"Café", "the"}


def test_an_accent_far_into_the_file_still_tells_its_encoding(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"a,b\n" + b"x,y\n" * 600_000 + "é,y\n".encode("cp1252"))

    assert encoding_of(path) == "cp1252"


def test_utf16_is_read_by_its_mark(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "a\tb\n1\t\u00e9\n".encode("utf-16"))

    (sheet,) = Csv().sheets(path, PLAIN)

    assert {name: list(texts) for name, texts in sheet.columns.items()} == {"a": ["1"], "b": ["\u00e9"]}
    assert sheet.raw(0) == "1\t\u00e9".encode()


@pytest.mark.parametrize(
    ("line", "mark"), [("a;b,c;d", ";"), ("a\tb", "\t"), ('"x;y;z",b', ","), ("alone", ","), ("a|b", "|")]
)
def test_the_delimiter_is_the_mark_the_header_has_most_of(line: str, mark: str) -> None:
    assert delimiter_of(line) == mark


def test_rows_that_cannot_be_cut_are_spoiled_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.csv",
        b'a,b,c\n1,2,3\n4,5\n\n6,7,8,9\n10,"open,12\n13,14,15\n16,"x""y",18\n19,"two\nlines",21\n22,"bad"quote,24\n25,26,27,\n',
    )

    sheet = one(path)

    assert rows(sheet) == [
        ("1", "2", "3"), ("13", "14", "15"), ("16", 'x"y', "18"), ("19", "two\nlines", "21"), ("25", "26", "27"),
    ]  # fmt: skip
    assert list(sheet.lines) == [2, 7, 8, 9, 12]
    assert [(one.line, one.raw) for one in sheet.spoiled] == [
        (3, b"4,5"), (5, b"6,7,8,9"), (6, b'10,"open,12'), (11, b'22,"bad"quote,24'),
    ]  # fmt: skip
    assert sheet.raw(3) == b'19,"two\nlines",21'


def test_a_quote_open_until_the_end_of_the_file_costs_one_row(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b'a,b\n1,2\n3,"open\n' + b"5,6\n" * 40_000)

    sheets = list(files.sheets(path, PLAIN))

    assert sum(map(len, sheets)) == 40_001
    assert [one.line for sheet in sheets for one in sheet.spoiled] == [3]


def test_short_rows_are_filled_only_when_asked_to(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"a,b,c\n1,2\n")

    assert rows(one(path, Layout(fills_short_rows=True))) == [("1", "2", "")]
    assert [spoiled.line for spoiled in one(path).spoiled] == [2]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends_of_every_system_are_read(tmp_path: Path, end: bytes) -> None:
    path = written(tmp_path / "a.csv", end.join([b"a,b", b"1,2", b"3,4"]))

    assert rows(one(path)) == [("1", "2"), ("3", "4")]


def test_gzip_is_seen_by_its_bytes_not_its_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", gzip.compress(b"a,b\n1,2\n"))

    assert rows(one(path)) == [("1", "2")]


def test_a_cut_gzip_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv.gz", gzip.compress(b"a,b\n" + bytes(range(32, 126)) * 5_000)[:-9])

    with pytest.raises(FileUnreadable):
        list(files.sheets(path, PLAIN))


def test_an_empty_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        list(files.sheets(written(tmp_path / "a.csv", b"\n\n"), PLAIN))


def test_a_file_without_header_takes_the_names_of_its_layout(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"1,2\n3,4\n")

    assert one(path, Layout(columns=("x", "y"))).columns == {"x": ("1", "3"), "y": ("2", "4")}


def test_json_lines_keep_numbers_exact_and_name_nested_fields_with_dots(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.jsonl",
        b'\xef\xbb\xbf{"id":12345678901234567890,"p":2.50,"u":{"e":"\\u00e9","n":null},"l":[1, 2]}\n\n'
        b'not json\n[1]\n{"id":"x"}\n',
    )

    sheet = one(path)

    assert rows(sheet)[0][:2] == ("12345678901234567890", "2.50")
    assert sheet.columns["u.e"] == ["é", None]
    assert sheet.columns["l"] == ["[1, 2]", None]
    assert list(sheet.lines) == [1, 5]
    assert [(one.line, one.raw) for one in sheet.spoiled] == [(3, b"not json"), (4, b"[1]")]


def test_parquet_gives_exact_text_of_every_type(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "n": pa.array([2**62, None]),
            "d": pa.array([Decimal("2.50"), Decimal("0.10")], pa.decimal128(10, 2)),
            "f": pa.array([2.55, 17850.0]),
            "at": pa.array([1_569_888_000_000_000, 0], pa.timestamp("us", "UTC")),
            "s": pa.array([{"x": "é"}, {"x": None}]),
            "l": pa.array([[1, 2], None]),
        }
    )
    pq.write_table(table, path)

    sheet = one(path)

    assert sheet.columns["n"] == ["4611686018427387904", None]
    assert sheet.columns["d"] == ["2.50", "0.10"]
    assert sheet.columns["f"][0] == "2.55"
    assert str(sheet.columns["at"][0]).startswith("2019-10-01 00:00:00")
    assert sheet.columns["s.x"] == ["é", None]
    assert sheet.columns["l"] == ["[1,2]", None]
    assert list(sheet.lines) == [1, 2]


def test_a_damaged_parquet_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        list(files.sheets(written(tmp_path / "a.parquet", b"PAR1 and nothing of it"), PLAIN))


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8)


@given(st.lists(st.tuples(CELL, CELL, CELL).filter(lambda row: any(map(str.strip, row))), max_size=30))
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: Sequence[tuple[str, ...]]
) -> None:
    import csv

    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("a", "b", "c"), *table])

    sheets = list(files.sheets(path, Layout(encoding="utf-8", delimiter=",")))

    assert [row for sheet in sheets for row in rows(sheet)] == list(table)


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(b"a,b\n" + content)

    for sheet in Csv().sheets(path, PLAIN):
        for place in range(len(sheet)):
            assert isinstance(sheet.raw(place), bytes)


def test_line_numbers_hold_across_sheets(tmp_path: Path) -> None:
    lines = [b"a,b", *(b"%d,x" % number for number in range(2, 3 * base.SHEET_ROWS)), b"short"]
    path = written(tmp_path / "a.csv", b"\n".join(lines))

    sheets = list(files.sheets(path, PLAIN))

    assert all(
        int(str(text)) == line for sheet in sheets for text, line in zip(sheet.columns["a"], sheet.lines, strict=True)
    )
    assert [one.line for sheet in sheets for one in sheet.spoiled] == [len(lines)]
