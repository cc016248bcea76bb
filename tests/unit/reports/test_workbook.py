"""A workbook as a spreadsheet reads it: by the reader that imports are read with, which is not ours."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from comptoir.reports import workbook


def read(table: pa.Table) -> list[list[object]]:
    made = CalamineWorkbook.from_filelike(io.BytesIO(workbook.as_xlsx(table)))
    return [list(row) for row in made.get_sheet_by_index(0).to_python(skip_empty_area=False)]


def test_every_kind_of_value_is_read_as_it_was_written() -> None:
    at, on = datetime(2026, 11, 21, 15, 42, 7), date(2026, 2, 28)
    table = pa.table(
        {
            "name": ["Été & <co>", None],
            "count": [12, -3],
            "price": pa.array([Decimal("19.90"), None], pa.decimal128(18, 2)),
            "at": pa.array([at, None], pa.timestamp("us")),
            "on": pa.array([on, None], pa.date32()),
            "is_back": [True, False],
        }
    )

    head, first, second = read(table)

    assert head == ["name", "count", "price", "at", "on", "is_back"]
    assert first == ["Été & <co>", 12.0, 19.9, at, on, True]
    assert second[:3] == ["", -3.0, ""]


def test_an_id_of_many_digits_stays_whole() -> None:
    assert read(pa.table({"id": [1_234_567_890_123_456_789]}))[1] == ["1234567890123456789"]


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "x;=1+1", "\uff1dA1"])
def test_no_text_is_a_formula(text: str) -> None:
    made = workbook.as_xlsx(pa.table({text: [text]}))

    with zipfile.ZipFile(io.BytesIO(made)) as pack:
        sheet = ET.fromstring(pack.read("xl/worksheets/sheet1.xml"))
    kinds = [cell.get("t") for cell in sheet.iter() if cell.tag.endswith("}c")]
    assert kinds == ["inlineStr", "inlineStr"]
    assert not [one for one in sheet.iter() if one.tag.endswith("}f")]
    assert read(pa.table({"a": [text]}))[1] == [text]


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_any_text_leaves_a_workbook_that_can_be_read(text: str) -> None:
    (_, row) = read(pa.table({"a": [f"a{text}z"]}))

    assert str(row[0]).startswith("a")
    assert str(row[0]).endswith("z")


def test_too_long_a_text_is_cut() -> None:
    assert len(str(read(pa.table({"a": ["x" * 40_000]}))[1][0])) == workbook.LONGEST_TEXT
