"""Results as their pages tell them: what is sure, what is not yet, what a role may read, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from comptoir.access import keys, users
from comptoir.access.roles import Role
from comptoir.reports import ask, compare, measures
from comptoir.reports.measures import Cell
from comptoir.server import desk
from comptoir.web.remembered import Remembered
from tests.web.counter import NOW, Counter, open_counter
from tests.web.test_pages import HOSTILE, read

TODAY = NOW.date()
THIN = "\u202f"
Cells = dict[Cell, int]


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


def cells(
    given: Mapping[str, int] = MappingProxyType({}), /, *, scenario: str = "basket", brand: str = "main", **more: int
) -> Cells:
    """Make the cells of a scenario on one day, money in euros; a colon of a name is written as two underscores."""
    money = ("revenue__", "squares__", "orders__")
    return {
        Cell(
            scenario, 1, "" if name.split("__")[0] in {"people", "squares", "buyers"} else "mail", brand,
            TODAY - timedelta(days=20), name.replace("__", ":"), "EUR" if name.startswith(money) else "",
        ): value
        for name, value in (dict(given) | more).items()
    }  # fmt: skip


def arms(treated: int, control: int, treated_spent: int, control_spent: int) -> dict[str, int]:
    """Make arms whose people each spent the same amount but one in ten, who spent the double. Units: minor."""

    def arm(name: str, people: int, each: int) -> dict[str, int]:
        double = people // 10
        return {
            f"people__{name}": people,
            f"buyers__{name}": people if each else 0,
            f"orders__{name}": people if each else 0,
            f"revenue__{name}": each * (people + double),
            f"squares__{name}": each * each * (people + 3 * double),
        }

    return arm("treated", treated, treated_spent) | arm("control", control, control_spent)


def tell(counter: Counter, found: Cells, asked: list[str] | None = None) -> None:
    """Let the engine measure these cells."""

    def answer(request: Mapping[str, Any]) -> pa.Table:
        if asked is not None:
            asked.append(str(request["name"]))
        if request["name"] == "results_measures":
            since = date.fromisoformat(request["parameters"]["from_day"])
            rows = [{**cell._asdict(), "value": str(value)} for cell, value in found.items() if cell.day >= since]
            return pa.Table.from_pylist(rows)
        return ask.answer(counter.warehouse.cursor(), request)

    counter.app = desk.make(counter.app.desk.settings, counter.state, answer, lambda: counter.status, counter.clock)


def text_of(counter: Counter, target: str = "/results?period=q", tongue: str = "en", **headers: str) -> str:
    answer = counter.get(target, accept_language=tongue, **headers)
    assert answer.status == 200, answer.text
    return " ".join(read(answer).text.split())


def test_a_shop_that_wrote_to_nobody_is_told_what_to_do(counter: Counter) -> None:
    for tongue in ("fr", "en"):
        assert read(counter.get("/results", accept_language=tongue)).tags
    assert "Switch a scenario on" in text_of(counter, "/results")
    assert counter.get("/results/of/basket").status == 404


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ((900, 100, 1_000, 500), ("brings money", "more than if nothing had been sent")),
        ((900, 100, 500, 1_000), ("loses money", "Stop it and read it again")),
        ((900, 100, 1_000, 980), ("not sure yet", "chance alone can explain it", "would be sure around")),
        ((900, 100, 1_000, 1_000), ("not sure yet", "make the control group larger")),
        ((90, 10, 1_000, 0), ("too few people", "each side needs 20 people; the control group has 10", "around")),
    ],
)
def test_each_verdict_is_said_in_words(
    sizes: tuple[int, int, int, int], says: tuple[str, ...], counter: Counter
) -> None:
    tell(counter, cells(arms(*sizes), sent=900, clicked=50))

    overview, page = text_of(counter), text_of(counter, "/results/of/basket?period=q")

    assert says[0] in overview
    for words in says:
        assert words in page
    assert counter.get("/results/of/basket?period=q", accept_language="fr").status == 200


def test_the_line_of_an_interval_is_drawn_and_said(counter: Counter) -> None:
    tell(counter, cells(arms(900, 100, 1_000, 500)))

    page = counter.get("/results?period=q", accept_language="fr")

    drawn = [
        attributes for tag, attributes in read(page).tags if tag == "svg" and "interval" in (attributes["class"] or "")
    ]
    assert len(drawn) == 1
    assert "clear up" in (drawn[0]["class"] or "")
    assert f"{THIN}€, plausible entre" in (drawn[0]["aria-label"] or "")


def test_why_messages_did_not_leave_and_who_was_left_out_is_told(counter: Counter) -> None:
    tell(
        counter,
        cells(candidates=20, eligible=12, sent=9, dropped__no_consent=7, dropped__capped=1, people__contaminated=2),
    )

    text = text_of(counter, "/results/of/basket?period=q")

    assert "no consent" in text
    assert "enough messages already" in text
    assert "2 people stood in both groups and are left out." in text


def test_sales_in_other_currencies_are_said_beside_what_they_count_as(counter: Counter) -> None:
    paid = [
        {"paid_currency": "GBP", "currency": "EUR", "is_turned": True, "orders": 2, "paid_minor": 8_000,
         "amount_minor": 10_000},
        {"paid_currency": "USD", "currency": "USD", "is_turned": False, "orders": 1, "paid_minor": 5_000,
         "amount_minor": 5_000},
    ]  # fmt: skip
    sold = {"touch": "last", "channel": "search", "detail": None, "campaign": None, "currency": "EUR", "orders": 1,
            "revenue_minor": 100, "claimed_minor": 0}  # fmt: skip
    told = {"results_currencies": paid, "results_revenue": [sold]}

    def answer(request: Mapping[str, Any]) -> pa.Table:
        rows = told.get(request["name"])
        return pa.Table.from_pylist(rows) if rows else ask.answer(counter.warehouse.cursor(), request)

    counter.app = desk.make(counter.app.desk.settings, counter.state, answer, lambda: counter.status, counter.clock)

    text = text_of(counter)
    assert "Of this, £80.00 (2 orders) count as €100.00, by the rate of each sale’s day." in text
    assert "$50.00 (1 order) stand apart: no rate of those days" in text
    assert "comptés 100,00" in text_of(counter, tongue="fr").replace("\u202f", " ")


def test_one_brand_is_shown_alone_and_a_step_by_brand(counter: Counter) -> None:
    keys.add_brand(counter.state, keys.Brand(name="other", country="GB"))
    tell(counter, cells(sent=11, delivered=11) | cells(brand="other", sent=7, delivered=7))

    both = text_of(counter, "/results/of/basket?period=q")
    one = text_of(counter, "/results/of/basket?period=q&brand=other")

    assert "18" in both
    assert "Brand by brand" in both
    assert "18" not in one
    assert "Brand by brand" not in one
    key = users.add_user(counter.state, name="zoe", role=Role.MARKETING, now=counter.clock.now(), for_brands=["other"])
    hers = text_of(counter, "/results/of/basket?period=q", authorization=f"Bearer {key}")
    assert "18" not in hers


def test_marketing_reads_less_than_finance(counter: Counter) -> None:
    tell(counter, cells(arms(900, 100, 1_000, 500)))
    counter.put(
        "orders",
        {"order_key": "k", "brand": "main", "ordered_at": NOW - timedelta(days=2), "currency": "EUR"},
    )
    counter.put("revenue_ledger", {"order_key": "k", "brand": "main", "amount_minor": 500, "currency": "EUR"})

    said = {}
    for role in (Role.FINANCE, Role.MARKETING):
        key = users.add_user(counter.state, name=role.value, role=role, now=counter.clock.now())
        said[role] = text_of(counter, "/results?period=q", authorization=f"Bearer {key}")

    assert "Not confirmed" in said[Role.FINANCE]
    assert "Not confirmed" not in said[Role.MARKETING]
    support = users.add_user(counter.state, name="support", role=Role.SUPPORT, now=counter.clock.now())
    assert counter.get("/results", authorization=f"Bearer {support}").status == 403


def test_what_was_found_out_about_a_closed_day_is_listed(counter: Counter) -> None:
    found = cells(sent=9)
    with counter.state.write() as connection:
        measures.freeze(connection, found, now=counter.clock.now(), window_days=7)
        measures.freeze(connection, cells(sent=11), now=counter.clock.now(), window_days=7)
    tell(counter, {})

    text = text_of(counter)

    assert "1 correction since" in text
    assert "closed" in text


def test_the_figures_are_there_as_csv(counter: Counter) -> None:
    tell(counter, cells(scenario="=cmd", sent=11, orders__last_touch=2, revenue__last_touch=500))

    for target in ("/results?format=csv&period=q", "/results/of/=cmd?format=csv&period=q"):
        rows = list(csv.DictReader(io.StringIO(counter.get(target).text)))
        assert [row["level"] for row in rows] == ["scenario", "step", "brand"]
        assert rows[0]["scenario"] == "'=cmd", "no spreadsheet runs it"
        assert rows[0]["sent"] == "11"
        assert (rows[0]["orders_last_touch"], rows[0]["revenue_minor_last_touch"]) == ("2", "500 EUR")


@pytest.mark.parametrize(("people", "says"), [(20, "20 0 0.0% 0 €0.00 €0.00"), (0, "0 0 – 0 – –")])
def test_people_who_bought_nothing_brought_nothing_and_nobody_brings_no_figure(
    people: int, says: str, counter: Counter
) -> None:
    unpaid = {"revenue__control", "squares__control"}
    told = {what: count for what, count in arms(30, people, 1_000, 0).items() if what not in unpaid}
    tell(counter, cells(told))

    assert f"control group, got nothing {says}" in text_of(counter, "/results/of/basket?period=q")


def test_somebody_held_out_without_a_figure_a_person_breaks_no_page(counter: Counter) -> None:
    tell(counter, cells(arms(30, 0, 1_000, 0)))

    assert "control group, got nothing 0 0 – 0 €0.00 –" in text_of(counter, "/results/of/basket?period=q")


def test_a_workbook_of_the_figures_has_amounts_by_currency(counter: Counter) -> None:
    tell(counter, cells(scenario="=cmd", sent=11, orders__last_touch=2, revenue__last_touch=500))

    answer = counter.get("/results?format=xlsx&period=q")
    head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.body)).get_sheet_by_index(0).to_python()
    whole = dict(zip(head, rows[0], strict=True))

    assert answer.headers["content-disposition"] == 'attachment; filename="results.xlsx"'
    assert [row[0] for row in rows] == ["scenario", "step", "brand"]
    assert (whole["scenario"], whole["sent"]) == ("=cmd", 11)
    assert (whole["orders_last_touch"], whole["revenue_EUR_last_touch"]) == (2, 5)


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_each_figure_has_its_definition_and_its_sql(tongue: str, counter: Counter) -> None:
    page = read(counter.get("/results/how", accept_language=tongue))

    assert {attributes["id"] for tag, attributes in page.tags if tag == "div" and "id" in attributes} >= {
        "sent",
        "brought",
    }
    assert "intention to treat" in page.text  # a comment of the statement itself


def test_hostile_names_are_only_ever_text(counter: Counter) -> None:
    found: Cells = {}
    for one in HOSTILE:
        found |= cells(arms(900, 100, 10, 5), scenario=one, brand=one, sent=1, dropped__no_consent=1)
    tell(counter, found)

    assert read(counter.get("/results?period=q")).tags
    quoted = "".join(f"%{byte:02x}" for byte in HOSTILE[2].encode())
    assert read(counter.get(f"/results/of/{quoted}?period=q")).tags


def test_figures_are_measured_once_for_all_who_look_within_seconds(counter: Counter) -> None:
    asked: list[str] = []
    tell(counter, cells(sent=1), asked)

    for target in ("/results?period=q", "/results?period=y", "/results/of/basket?period=q"):
        assert counter.get(target).status == 200

    assert asked.count("results_measures") == 1


def test_what_is_remembered_grows_old_and_what_fails_is_not_kept() -> None:
    at = [0.0]
    lately = Remembered[int](seconds=10, most=2, now=lambda: at[0])

    def fails() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        lately.get("a", fails)
    assert lately.get("a", lambda: 1) == 1
    assert lately.get("a", lambda: 2) == 1
    lately.get("b", lambda: 3)
    lately.get("c", lambda: 4)
    assert lately.get("a", lambda: 5) == 5, "the oldest makes room"
    at[0] = 10
    assert lately.get("c", lambda: 6) == 6


def test_growth_until_clear_is_that_of_the_interval() -> None:
    few = compare.difference(
        compare.Arm(people=900, total=990_000, squares=1_170_000_000),
        compare.Arm(people=100, total=107_800, squares=124_852_000),
    )
    assert few is not None
    assert not few.is_clear
    growth = compare.growth_until_clear(few)
    assert growth is not None
    factor = round(growth * 1.02)
    many = compare.difference(
        compare.Arm(people=900 * factor, total=990_000 * factor, squares=1_170_000_000 * factor),
        compare.Arm(people=100 * factor, total=107_800 * factor, squares=124_852_000 * factor),
    )
    assert many is not None
    assert many.is_clear
