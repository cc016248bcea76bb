"""Exchange rates: files as they come, factors that are exact, and sales turned by the rate of their day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.access import keys
from comptoir.app import rates_wanted, tell_rates
from comptoir.config import Settings, ShopSettings
from comptoir.facts import exchange
from comptoir.facts.exchange import Rates, RatesUnreadable, read_rates
from comptoir.model.money import EXPONENT
from comptoir.reports import ask, results
from comptoir.warehouse import fingerprint
from comptoir.warehouse.duckdb import open_warehouse
from tests.shop import START, Shop

FRIDAY = date(2026, 11, 20)
LONG = "date,currency,rate\n2026-11-19,GBP,0.86\n2026-11-20,GBP,0.80\n2026-11-20,CHF,0.94\n2026-11-20,JPY,163.45\n"
ECB = "Date,USD,JPY,CYP,GBP,CHF,\n2026-11-20,1.0823,163.45,N/A,0.80,0.94,\n2026-11-19,1.08,163,N/A,0.86,N/A,\n"


def rates(tmp_path: Path, text: str) -> Rates:
    path = tmp_path / "rates.csv"
    path.write_text(text, encoding="utf-8")
    return read_rates(path)


@pytest.mark.parametrize("text", [LONG, ECB, "\ufeff" + LONG.replace(",", ";"), LONG + "\n\n"])
def test_a_line_a_currency_and_the_central_banks_own_file_say_the_same(tmp_path: Path, text: str) -> None:
    found = rates(tmp_path, text).by_day

    assert found[FRIDAY]["GBP"] == Decimal("0.80")
    assert found[FRIDAY]["CHF"] == Decimal("0.94")
    assert found[FRIDAY]["EUR"] == 1
    assert "CYP" not in found[FRIDAY]
    assert "CHF" not in found[date(2026, 11, 19)]


@pytest.mark.parametrize(
    "text",
    [
        "", "day,currency,rate\n", "date,currency,rate\n2026-13-01,GBP,1\n", "date,currency,rate\n2026-11-20,GBP,0\n",
        "date,currency,rate\n2026-11-20,GBP,-1\n", "date,currency,rate\n2026-11-20,GBP,one\n",
        "date,currency,rate\n2026-11-20\n", "date,GBP\n2026-11-20,1_0\n",
    ],
)  # fmt: skip
def test_what_is_no_file_of_rates_is_said_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(RatesUnreadable):
        rates(tmp_path, text)
    with pytest.raises(RatesUnreadable):
        read_rates(tmp_path / "absent.csv")


def test_minor_units_are_turned_into_minor_units_through_the_euro(tmp_path: Path) -> None:
    found = {(day, one, into): factor for day, one, into, factor in rates(tmp_path, LONG).factors(["EUR", "GBP"])}

    assert found[FRIDAY, "GBP", "EUR"] == Decimal("1.25")
    assert found[FRIDAY, "EUR", "GBP"] == Decimal("0.8")
    assert found[FRIDAY, "CHF", "GBP"] == Decimal("0.851063829787")
    assert found[FRIDAY, "JPY", "EUR"] == Decimal("0.611807892322")  # a yen has no cents
    assert not any(one == into for _, one, into in found)


@given(minor=st.integers(-(10**15), 10**15), factor=st.decimals("0.000001", "200", places=12))
def test_money_is_rounded_once_half_to_even_by_sql_as_by_us(
    turning: duckdb.DuckDBPyConnection, minor: int, factor: Decimal
) -> None:
    ((said,),) = turning.execute("SELECT fact.turned(?::BIGINT, ?::DECIMAL(20, 12))", [minor, str(factor)]).fetchall()

    assert said == int((Decimal(minor) * factor).to_integral_value(ROUND_HALF_EVEN))


@pytest.mark.parametrize(("minor", "factor", "turned"), [(5, "0.5", 2), (7, "0.5", 4), (-5, "0.5", -2), (1, "0.5", 0)])
def test_a_half_goes_to_the_even_side(turning: duckdb.DuckDBPyConnection, minor: int, factor: str, turned: int) -> None:
    assert turning.execute("SELECT fact.turned(?::BIGINT, ?::DECIMAL(20, 12))", [minor, factor]).fetchall() == [
        (turned,)
    ]
    assert turning.execute("SELECT fact.turned(9e18::BIGINT, 90000000::DECIMAL(20, 12))").fetchall() == [(None,)]


@pytest.fixture(scope="module")
def turning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    warehouse = open_warehouse(tmp_path_factory.mktemp("turning") / "w.duckdb", memory_mb=256)
    with warehouse.cursor() as cursor:
        yield cursor
    warehouse.close()


# ── a shop in euros that sells in London and Geneva too


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Four orders on Sunday the 22nd, a day without rates: 100 euros, 80 pounds, 94 francs and 50 dollars."""
    made = Shop(tmp_path_factory.mktemp("currencies"), acts=False)
    keys.add_source(made.app.state, name="till", now=START)
    for number, (currency, amount) in enumerate([("EUR", 10_000), ("GBP", 8_000), ("CHF", 9_400), ("USD", 5_000)]):
        said = {"order_id": f"o{number}", "total": f"{amount / 100:.2f}", "currency": currency, "products": []}
        made.say(made.line("Order Completed", after=86_400, trust="confirmed", user_id=f"u{number}", properties=said))
    made.tick()
    yield made
    made.close()


def told(shop: Shop, text: str | None) -> bool:
    path = shop.home / "rates.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    settings = replace(Settings(home=shop.home), shop=ShopSettings(rates_file="rates.csv" if text is not None else ""))
    return tell_rates(settings, shop.warehouse, shop.app.state)


def revenue(shop: Shop) -> dict[str, int]:
    rows = shop.ask("SELECT currency, sum(amount_minor)::BIGINT AS minor FROM revenue GROUP BY currency ORDER BY 1")
    return {row["currency"]: row["minor"] for row in rows}


def test_without_rates_every_currency_stands_apart(shop: Shop) -> None:
    told(shop, None)

    assert revenue(shop) == {"CHF": 9_400, "EUR": 10_000, "GBP": 8_000, "USD": 5_000}


def test_sales_count_in_the_brands_currency_by_the_last_rate_before_their_day(shop: Shop) -> None:
    before = shop.fingerprints()
    assert told(shop, LONG)

    assert revenue(shop) == {"EUR": 30_000, "USD": 5_000}  # there is no rate for the dollar: it is not guessed
    row = shop.one("SELECT {'on': fx_rate_on, 'paid': paid_minor, 'in': paid_currency} FROM revenue"
                   " WHERE paid_currency = 'GBP' AND amount_minor <> 0")  # fmt: skip
    assert row == {"on": FRIDAY, "paid": 8_000, "in": "GBP"}
    ledger = shop.ask("SELECT currency, sum(amount_minor)::BIGINT AS minor FROM revenue_ledger GROUP BY 1 ORDER BY 1")
    assert [(one["currency"], one["minor"]) for one in ledger] == [
        ("CHF", 9_400), ("EUR", 10_000), ("GBP", 8_000), ("USD", 5_000),
    ]  # fmt: skip
    assert shop.fingerprints() == before  # facts are what they were: only reports turn money
    assert fingerprint.TABLES.keys().isdisjoint({"fx_rates", "brand_currency"})


def test_results_say_what_was_paid_and_what_has_no_rate(shop: Shop) -> None:
    told(shop, LONG)

    def asked(name: str, parameters: Any) -> list[dict[str, Any]]:
        with shop.warehouse.cursor() as cursor:
            found: list[dict[str, Any]] = ask.answer(
                cursor, {"kind": "report", "name": name, "parameters": parameters}
            ).to_pylist()
        return found

    answer = results.results(asked)
    last = {row["currency"]: row["revenue_minor"] for row in answer["revenue"] if row["touch"] == "last"}
    assert last == {"EUR": 30_000, "USD": 5_000}
    assert all(row["claimed_minor"] == 0 for row in answer["revenue"])
    assert [(row["paid_currency"], row["paid_minor"], row["currency"], row["amount_minor"], row["is_turned"])
            for row in answer["currencies"]] == [
        ("CHF", 9_400, "EUR", 10_000, True), ("GBP", 8_000, "EUR", 10_000, True), ("USD", 5_000, "USD", 5_000, False),
    ]  # fmt: skip


def test_a_rate_older_than_a_week_is_none(shop: Shop) -> None:
    old = START.date() + timedelta(days=1 - 8)
    told(shop, f"date,currency,rate\n{old},GBP,0.5\n{old + timedelta(days=1)},CHF,0.5\n")

    assert revenue(shop) == {"EUR": 10_000 + 18_800, "GBP": 8_000, "USD": 5_000}


def test_the_file_is_read_again_only_when_it_or_a_brands_currency_changed(shop: Shop) -> None:
    told(shop, LONG)
    mark = exchange.mark_of(*rates_wanted(Settings(home=shop.home), shop.app.state))
    assert not told(shop, None) or told(shop, LONG)
    settings = replace(Settings(home=shop.home), shop=ShopSettings(rates_file="rates.csv"))
    assert not tell_rates(settings, shop.warehouse, shop.app.state)
    assert exchange.mark_of(*rates_wanted(settings, shop.app.state)) != mark


def test_a_file_that_is_broken_leaves_what_was_known(shop: Shop) -> None:
    told(shop, LONG)
    known = revenue(shop)

    assert not told(shop, "nothing of the kind")
    assert revenue(shop) == known


def test_the_central_banks_whole_history_is_read_in_a_moment(tmp_path: Path) -> None:
    days = [date(2019, 1, 1) + timedelta(days=number) for number in range(700)]
    names = sorted(EXPONENT.keys() - {"EUR"})[:30]
    text = "\n".join([",".join(["Date", *names]), *(",".join([str(day), *["1.2345"] * 30]) for day in days)])

    assert len(rates(tmp_path, text).factors(["EUR"])) == 21_000
    assert rates(tmp_path, text).says() == "30 currencies, 2019-01-01 to 2020-11-30"
