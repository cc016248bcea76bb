from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.model import money

currencies = st.sampled_from(sorted(money.EXPONENT))
amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=6)
any_places = st.integers(0, 40).flatmap(lambda places: st.decimals(-(10**9), 10**9, places=places))


def nearest_even(exact: Fraction) -> int:
    return round(exact)  # Python rounds a Fraction half to even, exactly


@given(any_places, currencies)
def test_an_amount_is_rounded_once_half_to_even(amount: Decimal, currency: str) -> None:
    assert money.minor(amount, currency) == nearest_even(Fraction(amount) * 10 ** money.EXPONENT[currency])


@given(any_places, any_places.filter(lambda price: abs(price) < 10**5))
def test_a_line_is_rounded_once_and_not_its_price(quantity: Decimal, price: Decimal) -> None:
    if abs(Fraction(quantity) * Fraction(price)) < 10**15:
        exact = nearest_even(Fraction(quantity) * Fraction(price) * 100)
        assert money.line_minor(quantity, price, "EUR") == exact


def test_many_digits_are_not_rounded_twice() -> None:
    assert money.minor(Decimal("0.12500000000000000000000000000000001"), "EUR") == 13
    assert money.minor(Decimal("0.125"), "EUR") == 12


@given(amounts, currencies)
def test_a_return_mirrors_its_sale(amount: Decimal, currency: str) -> None:
    assert money.minor(-amount, currency) == -money.minor(amount, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("12.345", "EUR", 1234),
        ("12.355", "EUR", 1236),
        ("12.5", "JPY", 12),
        ("13.5", "JPY", 14),
        ("1.0005", "KWD", 1000),
    ],
)
def test_each_currency_has_its_own_minor_unit(amount: str, currency: str, expected: int) -> None:
    assert money.minor(Decimal(amount), currency) == expected


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e16", "-1e999999"])
def test_what_is_no_amount_of_money_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        money.minor(Decimal(amount), "EUR")
    with pytest.raises(ValueError, match=r"."):
        money.line_minor(Decimal(amount), Decimal("1e999999"), "EUR")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(KeyError):
        money.minor(Decimal(1), "EURO")


@given(any_places)
def test_a_number_survives_its_text(amount: Decimal) -> None:
    assert money.parse(f"  {amount:f} ") == amount


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "1,5", "1_000", "١٢", "NaN", "Infinity", "0x10", "1e999", "1.2.3", "--1", "."]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        money.parse(text)


@pytest.mark.parametrize(
    ("text", "value"), [("2.55", "2.55"), ("-0.0", "0"), (".5", "0.5"), ("5.", "5"), ("1e3", "1000")]
)
def test_the_usual_ways_to_write_a_number_are_read(text: str, value: str) -> None:
    assert money.parse(text) == Decimal(value)


def test_every_currency_has_three_letters_and_at_most_three_digits() -> None:
    assert all(len(code) == 3 and code.isupper() and 0 <= digits <= 3 for code, digits in money.EXPONENT.items())
    assert (money.EXPONENT["EUR"], money.EXPONENT["JPY"], money.EXPONENT["TND"]) == (2, 0, 3)
