from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.reports import export


def written(table: pa.Table, form: str) -> bytes:
    return b"".join(export.render(table, form))


def test_numbers_leave_with_all_their_digits() -> None:
    big = Decimal("9" * 38)
    table = pa.table({"big": pa.array([big], pa.decimal128(38, 0)), "price": [Decimal("12.500000")], "n": [2**62 + 1]})

    assert written(table, "json") == b'[\n{"big":%d,"price":12.500000,"n":%d}\n]\n' % (int(big), 2**62 + 1)
    assert written(table, "csv").decode().splitlines()[1] == f"{big},12.500000,{2**62 + 1}"


def test_instants_are_utc_and_say_so() -> None:
    at = datetime(2019, 10, 1, 0, 0, 0, 120000)
    table = pa.table({"at": pa.array([at], pa.timestamp("us")), "on": [date(2019, 10, 1)], "list": [[at]]})

    assert json.loads(written(table, "json")) == [
        {"at": "2019-10-01T00:00:00.120000Z", "on": "2019-10-01", "list": ["2019-10-01T00:00:00.120000Z"]}
    ]


def test_what_json_cannot_say_is_null_or_text() -> None:
    table = pa.table(
        {"x": [float("nan"), float("inf"), 1.5], "m": [pa.MonthDayNano((1, 2, 3_500_000_000)), None, None]}
    )

    rows = json.loads(written(table, "json"))
    assert rows[0] == {"x": None, "m": "P1M2DT3.5S"}
    assert [row["x"] for row in rows] == [None, None, 1.5]


def test_an_answer_without_rows_is_an_empty_list() -> None:
    assert json.loads(written(pa.table({"n": pa.array([], pa.int64())}), "json")) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_a_spreadsheet_would_run_is_made_text(start: str) -> None:
    table = pa.table({"=head": [f"{start}HYPERLINK(1)"], "n": [-5], "d": [Decimal("-1.50")], "f": [-0.5]})

    head, row = csv.reader(io.StringIO(written(table, "csv").decode(), newline=""))
    assert head[0] == "'=head"
    assert row == [f"'{start}HYPERLINK(1)", "-5", "-1.50", "-0.5"]


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30), max_size=20
    )
)
def test_no_text_leaves_as_a_formula_and_none_is_lost(texts: list[str]) -> None:
    rows = list(
        csv.reader(
            io.StringIO(
                written(pa.table({"n": [1] * len(texts), "t": pa.array(texts, pa.string())}), "csv").decode(),
                newline="",
            )
        )
    )

    assert len(rows) == len(texts) + 1
    for text, row in zip(texts, rows[1:], strict=True):
        assert not row[1].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert row[1] in {text, "'" + text}


def test_arrow_comes_back_as_it_was() -> None:
    table = pa.table({"n": [1, 2], "t": ["a", "=b"]})

    with pa.ipc.open_stream(written(table, "arrow")) as reader:
        assert reader.read_all() == table
