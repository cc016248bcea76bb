"""Our own questions against the warehouse as it is really made."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from comptoir.clock import ManualClock, micros
from comptoir.reports import ask
from comptoir.reports.guard import QueryRefused
from comptoir.reports.surface import VIEWS
from comptoir.warehouse import sqlfile
from comptoir.warehouse.duckdb import DuckdbWarehouse, open_warehouse

NAMES = sorted(one.name[:-4] for one in resources.files("comptoir.reports").joinpath("sql").iterdir())
SAMPLES: dict[str, object] = {
    "BIGINT[]": [1, 2],
    "VARCHAR[]": ["a"],
    "BIGINT": 10,
    "INTEGER": 10,
    "BOOLEAN": True,
    "VARCHAR": "",
    "DATE": "2026-01-01",
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckdbWarehouse]:
    made = open_warehouse(tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb", threads=1)
    yield made
    made.close()


def sample(name: str, kind: str) -> object:
    kind = kind.partition(" ")[0]
    return micros(ManualClock().now()) if kind == "TIMESTAMP" else SAMPLES[kind]


@pytest.mark.parametrize("name", NAMES)
def test_a_report_says_its_parameters_and_runs_on_an_empty_shop(name: str, warehouse: DuckdbWarehouse) -> None:
    statement = sqlfile.load("comptoir.reports", name)
    given = {parameter: sample(parameter, kind) for parameter, kind in statement.params.items()}

    ask.answer(warehouse.cursor(), {"kind": "report", "name": name, "parameters": given})

    assert statement.reads
    instants = [one for one, kind in statement.params.items() if kind.startswith("TIMESTAMP")]
    assert [one for one in instants if one != "now" and not one.endswith("_at")] == []


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_every_documented_view_is_there_for_analysts(view: str, warehouse: DuckdbWarehouse) -> None:
    question = f"FROM {view} LIMIT 1"

    assert ask.ask(warehouse.cursor(), question).num_columns > 3


def test_nothing_else_of_the_warehouse_can_be_named(warehouse: DuckdbWarehouse) -> None:
    with warehouse.cursor() as cursor:
        tables = cursor.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() "
            "UNION ALL SELECT schema_name, view_name FROM duckdb_views()"
        ).fetchall()
    assert len(tables) > 20
    for schema, table in tables:
        if table not in VIEWS:
            with pytest.raises(QueryRefused):
                ask.ask(warehouse.cursor(), f'FROM "{table}"')
        if (schema, table) not in {("main", view) for view in VIEWS}:
            with pytest.raises(QueryRefused):
                ask.ask(warehouse.cursor(), f'FROM "{schema}"."{table}"')


def test_every_sql_file_here_is_a_report() -> None:
    assert {Path(name).suffix for name in NAMES} == {""}
