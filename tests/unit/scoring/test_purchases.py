from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comptoir.scores.base import MILLIONTHS
from comptoir.scoring.purchases import Log, NoPurchases, PurchaseUnreadable, Reading, day_of, read
from comptoir.sources.base import ColumnMissing, FileUnreadable, Layout
from comptoir.sources.forms import Writing

TODAY = date(2026, 11, 22)
PLAIN = Reading(customer="who", date="on", amount="paid")


def taken(path: Path, how: Reading = PLAIN) -> Log:
    return read(path, how, today=TODAY)


def told(log: Log) -> list[tuple[str, str, float]]:
    assert log.purchases.amount is not None
    return [
        (log.customers[one], day_of(day).isoformat(), amount / MILLIONTHS)
        for one, day, amount in zip(
            log.purchases.customer.tolist(), log.purchases.day.tolist(), log.purchases.amount.tolist(), strict=True
        )
    ]


def file(tmp_path: Path, text: str, *, name: str = "f.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


EXPECTED = [("zoé", "2026-01-02", 10.5), ("ann", "2026-01-03", -3.25)]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("who,on,paid\nzoé,2026-01-02,10.50\nann,2026-01-03,-3.25\n", "utf-8"),
        ("who;on;paid\r\nzoé;2026-01-02;10.50\r\nann;2026-01-03 23:10:00;-3.25\r\n", "cp1252"),
        ("on\twho\tpaid\n20260102\tzoé\t10.5\n20260103\t ann \t-3.25\n", "utf-8-sig"),
        (" who  on paid\n zoé 20260102  10.50\n ann   20260103 -3.25\n", "utf-8"),
    ],
    ids=["commas", "semicolons", "tabs", "spaces"],
)
def test_a_file_is_read_however_its_columns_are_apart(tmp_path: Path, text: str, encoding: str) -> None:
    log = taken(file(tmp_path, text, encoding=encoding))

    assert told(log) == EXPECTED
    assert log.customers == ["ann", "zoé"]
    assert (log.rows, log.without_customer, log.refused) == (2, 0, 0)


def test_a_file_may_be_gzipped_or_parquet(tmp_path: Path) -> None:
    packed = tmp_path / "f.csv.gz"
    packed.write_bytes(gzip.compress(b"who,on,paid\nzo\xc3\xa9,2026-01-02,10.5\nann,2026-01-03,-3.25\n"))
    parquet = tmp_path / "f.parquet"
    days = [date(2026, 1, 2), date(2026, 1, 3)]
    pq.write_table(pa.table({"who": ["zoé", "ann"], "on": days, "paid": [10.5, -3.25]}), parquet)

    assert told(taken(packed)) == EXPECTED
    assert told(taken(parquet)) == EXPECTED


def test_a_file_without_a_header_is_given_one(tmp_path: Path) -> None:
    how = Reading(customer="who", date="on", amount="paid", layout=Layout(columns=("who", "on", "paid")))

    assert told(taken(file(tmp_path, "zoé,2026-01-02,10.5\nann,2026-01-03,-3.25\n"), how)) == EXPECTED
    assert told(taken(file(tmp_path, " zoé 20260102 10.5\n ann 20260103   -3.25\n"), how)) == EXPECTED


def test_french_numbers_and_dates_are_read_when_said(tmp_path: Path) -> None:
    how = Reading(
        customer="who", date="on", amount="paid", writing=Writing(decimal=",", date_format="%d/%m/%Y", zone="UTC")
    )

    log = taken(file(tmp_path, "who;on;paid\nzoé;02/01/2026;10,50\nann;03/01/2026;-3,25\n"), how)

    assert told(log) == EXPECTED


def test_the_same_name_with_spaces_about_it_is_one_customer_and_nobody_is_counted_apart(tmp_path: Path) -> None:
    log = taken(file(tmp_path, "who,on,paid\nann,2026-01-02,1\n ann ,2026-01-03,1\n,2026-01-04,1\n"))

    assert log.customers == ["ann"]
    assert log.without_customer == 1
    assert len(log.purchases) == 2


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("ann,2026-01-02,ten", "paid", "is no decimal number"),
        ("ann,2026-01-02,", "paid", "is empty"),
        ("ann,2026-01-02,NaN", "paid", "is no decimal number"),
        ("ann,2026-01-02,1e400", "paid", "is 10^12 or more"),
        ("ann,02/01/2026,1", "on", "is no date written as ISO 8601"),
        ("ann,,1", "on", "is empty"),
        ("ann,2026-11-23,1", "on", "lies in the future: today is 2026-11-22"),
        ("ann,2026-01-02", "", "2 columns where the header has 3"),
        ("ann,2026-01-02,\udcff1", "paid", "is no decimal number"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_its_remedy(tmp_path: Path, row: str, column: str, why: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(f"who,on,paid\nann,2026-01-01,1\n{row}\nann,2026-01-01,x\n".encode("utf-8", "surrogateescape"))

    with pytest.raises(PurchaseUnreadable) as caught:
        taken(path)

    facts = caught.value.facts
    assert (facts["line"], facts["column"], facts["others"]) == (3, column, 1)
    assert why in str(facts["why"])
    assert "--skip-bad" in caught.value.hint


def test_bad_lines_can_be_left_out_and_are_counted(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "who,on,paid\nann,2026-01-02,1\nann,soon,2\nbob,2026-01-03,three\nann,2026-01-04\nbob,soon,x\n,soon,x\n",
    )

    log = taken(path, Reading(customer="who", date="on", amount="paid", skips_bad=True))

    assert told(log) == [("ann", "2026-01-02", 1.0)]
    assert log.refused == 4
    assert log.first_refused is not None
    assert (log.first_refused.line, log.first_refused.column) == (3, "on")
    assert log.rows == len(log.purchases) + log.without_customer + log.refused


def test_an_empty_file_a_bare_header_and_nobodys_purchases_are_said(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="it is empty"):
        taken(file(tmp_path, ""))
    with pytest.raises(NoPurchases):
        taken(file(tmp_path, "who,on,paid\n"))
    with pytest.raises(NoPurchases, match="without_customer=2"):
        taken(file(tmp_path, "who,on,paid\n,2026-01-02,1\n ,2026-01-02,1\n"))


def test_a_column_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ColumnMissing) as caught:
        taken(file(tmp_path, "Customer,on,paid\nann,2026-01-02,1\n"), Reading(customer="customer", date="on"))

    assert caught.value.facts["nearest"] == "Customer"


def test_amounts_are_exact_to_the_millionth(tmp_path: Path) -> None:
    log = taken(file(tmp_path, "who,on,paid\na,2026-01-02,-0.000001\na,2026-01-02,123456789.123456\n"))

    assert log.purchases.amount is not None
    assert log.purchases.amount.tolist() == [-1, 123456789123456]


def test_a_binary_fraction_is_rounded_to_the_millionth(tmp_path: Path) -> None:
    log = taken(file(tmp_path, "who,on,paid\na,2026-01-02,19.990000000000002\n"))

    assert log.purchases.amount is not None
    assert log.purchases.amount.tolist() == [19_990_000]


def test_json_lines_may_leave_out_what_is_empty_but_not_the_amount_of_a_purchase(tmp_path: Path) -> None:
    lines = [f'{{"who": "c{one}", "on": "2026-01-02", "paid": 1}}' for one in range(5_000)]
    lines += ['{"on": "2026-01-02", "paid": 1}'] * 5_000
    path = file(tmp_path, "\n".join(lines), name="f.jsonl")

    assert taken(path).without_customer == 5_000
    path.write_text("\n".join([*lines, '{"who": "ann", "on": "2026-01-02"}']), encoding="utf-8")
    with pytest.raises(PurchaseUnreadable, match="line=10001"):
        taken(path)


def test_a_sheet_border_does_not_renumber_anybody(tmp_path: Path) -> None:
    lines = "".join(f"c{one % 700:03},2026-01-{one % 28 + 1:02},1\n" for one in range(9_000))

    log = taken(file(tmp_path, "who,on,paid\n" + lines))

    assert log.customers == sorted({f"c{one:03}" for one in range(700)})
    assert [log.customers[one] for one in log.purchases.customer[[0, 5_000, 8_999]].tolist()] == [
        "c000",
        "c100",
        "c599",
    ]
