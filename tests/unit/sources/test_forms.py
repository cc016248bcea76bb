from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.model.event import RefusalReason
from comptoir.sources.forms import ISO, Bad, Form, Writing, reader

FRENCH = Writing(decimal=",")


@pytest.mark.parametrize(
    ("said", "amount"),
    [("2.55", "2.55"), ("-11062.06", "-11062.06"), ("6", "6"), ("0", "0"), ("+5", "5"), (".5", "0.5"), ("007", "7"),
     ("1e3", "1000"), ("5.", "5"), ("0.0000010", "0.000001"), ("-0.0", "0"), ("2.50", "2.50")],
)  # fmt: skip
def test_an_amount_is_kept_exactly(said: str, amount: str) -> None:
    assert reader(Form.AMOUNT, ISO)(said) == amount


@pytest.mark.parametrize(
    "said",
    [
        "",
        "abc",
        "1,5",
        "1 000",
        "NaN",
        "Infinity",
        "1_000",
        "٣",
        "0.0000001",
        "1000000000000",
        "1e999",
        "--1",
        "1e-999",
    ],
)
def test_what_is_no_amount_is_refused(said: str) -> None:
    value = reader(Form.AMOUNT, ISO)(said)

    assert isinstance(value, Bad)
    assert value.reason is RefusalReason.BAD_AMOUNT


@pytest.mark.parametrize(
    ("said", "amount"),
    [("1 234,56", "1234.56"), ("1\u202f234,5", "1234.5"), ("12\u00a0000", "12000"), ("-0,99", "-0.99"), ("7", "7")],
)
def test_french_amounts_are_read_when_the_mapping_says_so(said: str, amount: str) -> None:
    assert reader(Form.AMOUNT, FRENCH)(said) == amount


def test_a_point_among_decimal_commas_is_refused_unless_it_groups_thousands() -> None:
    assert isinstance(reader(Form.AMOUNT, FRENCH)("1.234,56"), Bad)
    assert reader(Form.AMOUNT, Writing(decimal=",", thousands="."))("1.234,56") == "1234.56"
    assert reader(Form.AMOUNT, Writing(thousands=","))("1,234.56") == "1234.56"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**11), max_value=10**11))
def test_no_amount_ever_changes_its_value(amount: Decimal) -> None:
    for text in (f"{amount:f}", f"{amount:e}"):
        read = reader(Form.AMOUNT, ISO)(text)
        assert isinstance(read, str)
        assert Decimal(read) == amount


def test_a_number_is_an_exact_json_number() -> None:
    value = reader(Form.NUMBER, ISO)("00543.10")

    assert msgspec.json.encode({"price": value}) == b'{"price":543.1}'


@pytest.mark.parametrize(
    ("writing", "said", "micros"),
    [
        (ISO, "2019-10-01T00:00:00Z", 1_569_888_000_000_000),
        (ISO, "2019-10-01", 1_569_888_000_000_000),
        (ISO, "2019-10-01 02:00:00.000001+02:00", 1_569_888_000_000_001),
        (Writing(zone="Europe/Paris"), "2019-10-01 02:00:00", 1_569_888_000_000_000),
        (Writing(date_format="%d/%m/%Y %H:%M", zone="Europe/London"), "01/10/2019 01:00", 1_569_888_000_000_000),
        (Writing(date_format="%Y-%m-%d %H:%M:%S UTC"), "2019-10-01 00:00:00 UTC", 1_569_888_000_000_000),
        (Writing(date_format="unix"), "1569888000", 1_569_888_000_000_000),
        (Writing(date_format="unix"), "1569888000.25", 1_569_888_000_250_000),
        (Writing(date_format="unix_ms"), "1569888000001", 1_569_888_000_001_000),
    ],
)
def test_an_instant_is_read_in_its_zone(writing: Writing, said: str, micros: int) -> None:
    assert reader(Form.INSTANT, writing)(said) == micros


@pytest.mark.parametrize(
    "said", ["", "yesterday", "2019-13-01", "31/02/2020", "9999-12-31T23:59:59-14:00x", "0000-00-00"]
)
def test_what_is_no_date_is_refused(said: str) -> None:
    value = reader(Form.INSTANT, Writing(zone="Europe/Paris"))(said)

    assert isinstance(value, Bad)
    assert value.reason is RefusalReason.BAD_DATE


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
@pytest.mark.parametrize("said", ["0001-01-01", "9999-12-31T23:59:59"])
def test_the_ends_of_the_calendar_crash_nothing(zone: str, said: str) -> None:
    assert isinstance(reader(Form.INSTANT, Writing(zone=zone))(said), int | Bad)
    assert isinstance(reader(Form.DATE, Writing(zone=zone))(said), str | Bad)


@pytest.mark.parametrize(
    ("form", "said", "value"),
    [
        (Form.DATE, "2024-02-29", "2024-02-29"),
        (Form.INTEGER, "120.0", "120"),
        (Form.INTEGER, "-5", "-5"),
        (Form.BOOLEAN, "Oui", True),
        (Form.BOOLEAN, "0", False),
        (Form.CURRENCY, "eur", "EUR"),
        (Form.EMAIL, "Ann@Example.org", "Ann@Example.org"),
    ],
)
def test_the_other_forms_are_read(form: Form, said: str, value: object) -> None:
    assert reader(form, ISO)(said) == value


@pytest.mark.parametrize(
    ("form", "said", "reason"),
    [
        (Form.INTEGER, "1.5", RefusalReason.BAD_AMOUNT),
        (Form.BOOLEAN, "perhaps", RefusalReason.BAD_ROW),
        (Form.CURRENCY, "EURO", RefusalReason.BAD_CURRENCY),
        (Form.EMAIL, "ann at example.org", RefusalReason.BAD_ROW),
        (Form.JSON, "{", RefusalReason.BAD_ROW),
    ],
)
def test_what_does_not_fit_says_why(form: Form, said: str, reason: RefusalReason) -> None:
    value = reader(form, ISO)(said)

    assert isinstance(value, Bad)
    assert value.reason is reason


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("3 avril 2026", "2026-04-03"), ("1er août 2026 à 14h05", "2026-08-01"), ("lundi 3 févr. 2025", "2025-02-03"),
        ("12 juin 2026", "2026-06-12"), ("12 juil. 2026", "2026-07-12"), ("2nd March 2026", "2026-03-02"),
    ],
)  # fmt: skip
def test_dates_written_out_are_read_in_french_and_english(said: str, day: str) -> None:
    assert reader(Form.DATE, Writing(date_format="words"))(said) == day


@pytest.mark.parametrize("said", ["31 février 2026", "3 brumaire 2026", "avril 2026", "3 4 2026", ""])
def test_words_that_are_no_date_are_none(said: str) -> None:
    assert isinstance(reader(Form.DATE, Writing(date_format="words"))(said), Bad)


@pytest.mark.parametrize(("serial", "day"), [("46115", "2026-04-03"), ("46115.75", "2026-04-03"), ("61", "1900-03-01")])
def test_serial_numbers_of_spreadsheets_are_days(serial: str, day: str) -> None:
    assert reader(Form.DATE, Writing(date_format="excel"))(serial) == day


@pytest.mark.parametrize("said", ["1 234,56 €", "1\u202f234,56\u00a0€", "€ 1234,56", "1234,56 EUR", "1\u2009234,56"])
def test_french_amounts_are_read_with_their_sign_and_spaces(said: str) -> None:
    assert reader(Form.AMOUNT, Writing(decimal=","))(said) == "1234.56"


@pytest.mark.parametrize(("said", "read"), [("2", "-2"), ("-2", "-2"), ("0.0", "0.0"), ("0", "0")])
def test_what_came_back_is_negative_whatever_its_sign(said: str, read: str) -> None:
    assert reader(Form.RETURNED, Writing())(said) == read
