from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.demo.shop import files, make, seasons, truth
from comptoir.demo.shop.make import Shop
from comptoir.demo.shop.plan import HOUSES, Plan
from comptoir.demo.shop.visits import NOBODY, What

SMALL = Plan(customers=400, months=12)


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make.make(SMALL)


def written(plan: Plan, folder: Path) -> dict[str, bytes]:
    files.write(made := make.make(plan), folder)
    truth.write(made, folder / "truth")
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_the_same_plan_writes_the_same_bytes_and_another_seed_other_people(tmp_path: Path) -> None:
    plan = replace(SMALL, customers=200)

    first, second = written(plan, tmp_path / "1"), written(plan, tmp_path / "2")
    other = written(replace(plan, seed=8), tmp_path / "3")

    assert first == second
    assert {name for name in first if first[name] != other[name]} == {
        name for name in first if not name.startswith("mappings/")
    }


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), customers=st.integers(2, 120), months=st.integers(2, 24))
def test_what_is_sold_and_what_comes_back_add_up_whatever_the_plan(seed: int, customers: int, months: int) -> None:
    shop = make.make(Plan(seed=seed, customers=customers, months=months))
    orders, lines = shop.sales.orders, shop.sales.lines

    told = truth.totals(shop)

    assert sum(told[house.title]["sold_minor"] for house in HOUSES) == int(shop.sales.totals().sum())
    assert (orders.at < shop.plan.end).all()
    assert (lines.returned_at < shop.plan.end).all()
    assert (lines.returned_at[lines.returned_at > 0] > orders.at[lines.order][lines.returned_at > 0]).all()
    assert (lines.quantity > 0).all()
    assert (np.bincount(lines.order, minlength=len(orders)) > 0).all()


def test_points_are_never_below_nothing_and_are_those_of_the_orders(shop: Shop) -> None:
    moved = shop.movements

    for person in np.unique(moved.person):
        assert np.cumsum(moved.points[moved.person == person]).min() >= 0
    earned = moved.points > 0
    assert (moved.points[earned] == shop.sales.totals()[moved.order[earned]] // 100).all()
    assert (~earned).any()


def test_nothing_is_seen_before_its_time_or_bought_by_somebody_the_site_does_not_know(shop: Shop) -> None:
    behavior, visits = shop.behavior, shop.visits

    assert (behavior.at < shop.plan.end).all()
    assert (behavior.at >= shop.plan.browsing_since - 86_400).all()
    assert (visits.person[visits.order != NOBODY] != NOBODY).all()
    assert (np.diff(behavior.at) >= 0).all()
    for visit in np.unique(behavior.visit):
        what = behavior.what[behavior.visit == visit]
        assert what[0] == What.PAGE, "a visit begins with a page"
        assert (What.CHECKOUT in what) <= (visits.order[visit] != NOBODY), "only orders go to the checkout"


def test_people_buy_what_they_like_more_than_others_do(shop: Shop) -> None:
    lines = shop.sales.lines
    person = shop.sales.orders.person[lines.order]
    rows = np.array([files_department(shop, one) for one in lines.product.tolist()])

    share = float((rows == shop.people.liked[person]).mean())

    assert share > 0.4, "one in ten by chance"


def files_department(shop: Shop, product: int) -> int:
    from comptoir.demo.shop.catalogue import DEPARTMENTS

    return DEPARTMENTS.index(shop.catalogue.products[product].department)


@pytest.mark.parametrize(
    ("rule", "day", "holds"),
    [
        (seasons.is_black_friday, date(2026, 11, 27), True),
        (seasons.is_black_friday, date(2026, 11, 26), False),
        (seasons.is_black_friday, date(2026, 11, 30), True),
        (seasons.is_black_friday, date(2026, 12, 1), False),
        (seasons.is_gift_time, date(2026, 12, 24), True),
        (seasons.is_gift_time, date(2026, 12, 25), False),
        (lambda day: seasons.is_sale(HOUSES[0], day), date(2026, 1, 14), True),
        (lambda day: seasons.is_sale(HOUSES[0], day), date(2026, 1, 13), False),
        (lambda day: seasons.is_sale(HOUSES[1], day), date(2025, 12, 26), True),
        (lambda day: seasons.is_sale(HOUSES[1], day), date(2026, 7, 22), False),
    ],
)
def test_the_calendar_of_each_house(rule: Callable[[date], bool], day: date, holds: bool) -> None:
    assert rule(day) is holds


def test_more_is_bought_before_christmas_than_in_february() -> None:
    weights = seasons.day_weights(Plan(months=12), HOUSES[0])
    days = [(Plan(months=12).since.date().toordinal() + one) for one in range(len(weights))]
    by_month = {month: weights[[date.fromordinal(one).month == month for one in days]].mean() for month in (2, 12)}

    assert by_month[12] > 1.5 * by_month[2]


def test_every_identifier_of_the_files_is_in_the_truth(shop: Shop, tmp_path: Path) -> None:
    files.write(shop, tmp_path)
    truth.write(shop, tmp_path / "truth")

    told = pq.read_table(tmp_path / "truth" / "identifiers.parquet").to_pylist()

    known = {one["value"] for one in told}
    seen = pq.read_table(tmp_path / HOUSES[0].key / "visits.parquet").to_pylist()
    assert {one["customer_number"] for one in seen} - {None} <= known
    assert {one["email"] for one in seen} - {None} <= known
    assert len({one["browser"] for one in seen} & known) > 50
    assert {one["browser"] for one in seen} - known, "and strangers, of whom nobody knows"


def test_two_addresses_and_a_shared_browser_occur(shop: Shop) -> None:
    people = shop.people

    assert people.uses_second_email.any()
    assert (people.household != np.arange(len(people))).any()
    shares = int(np.flatnonzero(people.household != np.arange(len(people)))[0])
    assert people.browser(shop.plan, shares, 0) == people.browser(shop.plan, int(people.household[shares]), 0)
    assert people.browser(shop.plan, shares, 1) != people.browser(shop.plan, int(people.household[shares]), 1)
