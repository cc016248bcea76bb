"""The demonstration's shop through the real import: what the truth says is what the facts say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from comptoir import app as apps
from comptoir.app import App
from comptoir.clock import RealClock
from comptoir.demo import home as homes
from comptoir.demo import opening
from comptoir.demo.home import NotADemo
from comptoir.demo.live import MILESTONES
from comptoir.demo.opening import Imported, Opened
from comptoir.demo.shop import truth
from comptoir.demo.shop.plan import HOUSES, Plan
from comptoir.errors import HomeIsTaken
from comptoir.identity.rows import nodes
from comptoir.reports.guard import allow
from comptoir.sources import history

CUSTOMERS = 300


@dataclass
class Told:
    """An installation with the shop's history in it."""

    opened: Opened
    imported: Imported
    app: App

    def ask(self, sql: str) -> list[dict[str, Any]]:
        warehouse = apps.open_warehouse_of(self.opened.settings)
        try:
            with warehouse.cursor() as cursor:
                rows: list[dict[str, Any]] = cursor.sql(allow(sql)).to_arrow_table().to_pylist()
            return rows
        finally:
            warehouse.close()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    home = tmp_path_factory.mktemp("demo") / "home"
    opened = opening.begin(home, Plan(customers=CUSTOMERS, months=9), speed=60)
    app = apps.open_app(opened.settings)
    steps: list[tuple[str, int, int]] = []
    imported = opening.bring_in(app, opening.write_files(opened), lambda *step: steps.append(step))
    assert steps[0][0] == "reading"
    assert steps[-1] == ("working", imported.rows, imported.rows)
    yield Told(opened, imported, app)
    app.close()


def test_every_row_is_taken(told: Told) -> None:
    assert told.imported.rows == told.imported.accepted > 1_000
    assert (told.imported.refused, told.imported.duplicates) == (0, 0)


def test_its_own_imports_stand_in_the_history(told: Told) -> None:
    with told.app.state.read() as connection:
        listed = history.listing(connection, machine_now=RealClock().now())

    assert {one.state for one in listed} == {history.ImportState.DONE}
    assert sum(one.accepted for one in listed) == sum(one.read for one in listed) == told.imported.rows
    assert {one.made_by for one in listed} == {"demo"}


def test_revenue_and_returns_are_the_truths_to_the_cent(told: Told) -> None:
    rows = told.ask(
        "SELECT brand, currency, kind, count(*) AS lines, sum(amount_minor)::BIGINT AS minor"
        " FROM revenue_ledger GROUP BY ALL"
    )
    orders = {
        row["brand"]: row["orders"] for row in told.ask("SELECT brand, count(*) AS orders FROM orders GROUP BY ALL")
    }
    found = {(row["brand"], row["kind"]): (row["lines"], row["minor"], row["currency"]) for row in rows}

    totals = truth.totals(told.opened.shop)

    for house in HOUSES:
        true = totals[house.title]
        assert found[house.title, "sale"] == (true["lines"], true["sold_minor"], house.currency)
        assert found[house.title, "return"] == (true["returned_lines"], -true["returned_minor"], house.currency)
        assert orders[house.title] == true["orders"]


def test_stores_and_the_site_are_told_apart(told: Told) -> None:
    rows = told.ask("SELECT brand, channel = 'site' AS is_site, count(*) AS orders FROM orders GROUP BY ALL")

    found = {(row["brand"], row["is_site"]): row["orders"] for row in rows}

    for house in HOUSES:
        true = truth.totals(told.opened.shop)[house.title]
        assert found[house.title, False] == true["orders_in_stores"]
        assert found[house.title, True] == true["orders"] - true["orders_in_stores"]


def test_points_are_the_truths(told: Told) -> None:
    rows = told.ask("SELECT brand, sum(points)::BIGINT AS points FROM loyalty_movements GROUP BY ALL")

    assert {row["brand"]: row["points"] for row in rows} == {
        house.title: truth.totals(told.opened.shop)[house.title]["points"] for house in HOUSES
    }


def test_who_is_who_is_found_as_the_truth_has_it(told: Told) -> None:
    whose = defaultdict(set)
    shown = set()
    for one in truth.identifiers(told.opened.shop).to_pylist():
        whose[one["value"]].add(one["person"])
        shown |= {one["value"]} if one["is_shown"] else set()
    alone = {value: next(iter(persons)) for value, persons in whose.items() if len(persons) == 1 and value in shown}
    with told.app.state.read() as connection:
        rows = connection.execute(select(nodes.c.value, nodes.c.founder)).all()

    profile_of = {value: profile for value, profile in rows if value in alone}
    true, found = _pairs(alone, profile_of), _pairs(profile_of, profile_of)

    both = len(true & found)
    assert len(true) > 300
    assert both / len(found) > 0.995, "precision: hardly anybody is joined who is not one"
    assert both / len(true) > 0.97, "recall: what the files show to belong together is joined"


def _pairs(group_of: dict[str, Any], known: dict[str, Any]) -> set[tuple[str, str]]:
    groups = defaultdict(list)
    for value in sorted(known):
        groups[group_of[value]].append(value)
    return {pair for values in groups.values() for pair in combinations(values, 2)}


def test_baskets_end_in_the_orders_they_became(told: Told) -> None:
    rows = told.ask("SELECT state, count(*) AS carts FROM carts GROUP BY ALL")
    states = Counter({row["state"]: row["carts"] for row in rows})
    visits = told.opened.shop.visits
    ordered = set(visits.order[visits.order >= 0].tolist())
    (fetched,) = told.ask(
        "SELECT count(*) AS carts FROM carts JOIN orders USING (order_key) WHERE starts_with(orders.channel, 'store')"
    )

    assert states["ordered"] == len(ordered) + fetched["carts"], "some buy in a store what they left on the site"
    left = states["abandoned"] + states["expired"] + states["open"]
    assert left + fetched["carts"] == int(visits.leaves_basket.sum())


def test_the_truth_lies_beside_the_files(told: Told) -> None:
    folder = told.opened.settings.path(opening.DATA, "truth")

    assert pq.read_table(folder / "people.parquet").num_rows == CUSTOMERS
    assert json.loads((folder / "totals.json").read_text()) == truth.totals(told.opened.shop)


def test_a_folder_that_is_no_demonstration_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")

    with pytest.raises(NotADemo):
        homes.clear(tmp_path)

    assert (tmp_path / "thesis.txt").exists()


@pytest.mark.slow
def test_a_visitor_leaves_a_basket_gets_the_mail_orders_and_the_euro_shows_and_it_can_be_gone_on_with(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"

    first = _demo(home, "--customers", "600", "--months", "6", "--rate", "60", "--speed", "90")
    note = opening.found(home)
    second = _demo(home, "--speed", "90", "--rate", "60")

    assert first.returncode == 0, first.stdout + first.stderr
    assert " rows imported: " in first.stdout
    assert ", 0 refused; " in first.stdout
    reached = _reached(first.stdout)
    assert list(reached) == list(MILESTONES)
    assert sorted(reached.values()) == list(reached.values())
    assert "clicks, comes back and orders for" in first.stdout
    assert "abandoned-basket: attributed" in first.stdout
    assert "control" in first.stdout
    assert note is not None
    assert second.returncode == 0, second.stdout + second.stderr
    assert "the demonstration goes on at" in second.stdout
    assert "rows imported" not in second.stdout
    after = opening.found(home)
    assert after is not None
    assert after.stopped_at > note.stopped_at
    assert after.keys == note.keys


def _reached(told: str) -> dict[str, int]:
    (line,) = re.findall(r"First of each, after the shop opened: (.*?)\.", told.replace("\n", " ").replace("  ", " "))
    return {one.rsplit(" ", 2)[0]: int(one.rsplit(" ", 2)[1]) for one in line.split(", ")}


def _demo(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "comptoir", "demo", "--once", "--home", str(home), *words],
        capture_output=True, text=True, check=False, timeout=300, env=os.environ | {"COLUMNS": "200"},
    )  # fmt: skip


def test_a_demonstration_that_runs_is_not_begun_a_second_time(told: Told) -> None:
    home = told.opened.settings.home

    with apps.alone(told.opened.settings):
        with pytest.raises(HomeIsTaken):
            opening.go_on(home, told.opened.note, speed=60)
        with pytest.raises(HomeIsTaken):
            opening.begin(home, Plan(customers=CUSTOMERS), speed=60)

    assert (home / "state.db").exists()
