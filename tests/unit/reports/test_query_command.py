"""`comptoir query` as it is typed: quick where it can be, and the same answers with and without an engine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from comptoir.cli import config, query, quick
from comptoir.cli.quick import Form, Question
from comptoir.reports import ask, service
from comptoir.warehouse.duckdb import open_warehouse


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["query", "SELECT 1"], Question(sql="SELECT 1", home=Path("comptoir-home"))),
        (["query", "--json", "SELECT 1", "--home", "h"], Question(sql="SELECT 1", form=Form.JSON, home=Path("h"))),
        (
            ["query", "S", "--format=csv", "--seconds", "2"],
            Question(sql="S", form=Form.CSV, home=Path("comptoir-home"), seconds=2),
        ),
        (
            ["query", "-f", "arrow", "S", "--rows=9"],
            Question(sql="S", form=Form.ARROW, home=Path("comptoir-home"), rows=9),
        ),
    ],
)
def test_a_plain_question_is_read_quickly(words: list[str], meant: Question) -> None:
    assert quick.parse(words, {}) == meant


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["serve"],
        ["query"],
        ["query", "-"],
        ["query", "S", "--help"],
        ["query", "S", "--format"],
        ["query", "S", "--format", "xml"],
        ["query", "S", "T"],
        ["query", "S", "--seconds", "0"],
        ["query", "S", "--rows", "x"],
        ["--version"],
    ],
)
def test_anything_else_is_left_to_the_whole_command_line(words: list[str]) -> None:
    assert quick.parse(words, {}) is None


def test_the_home_may_stand_in_the_environment() -> None:
    asked = quick.parse(["query", "S"], {"COMPTOIR_HOME": "/srv/shop"})

    assert asked is not None
    assert asked.home == Path("/srv/shop")


@pytest.fixture(params=["engine", "file"])
def shop(request: pytest.FixtureRequest, home: Path) -> Iterator[Path]:
    """Lend a home whose warehouse is asked through the engine's socket, or opened as a file."""
    warehouse = open_warehouse(home / "warehouse.duckdb", threads=1)
    if request.param == "file":
        warehouse.close()
        yield home
        return
    running = service.serve(home / service.FILE_NAME, lambda asked: ask.answer(warehouse.cursor(), asked), status=dict)
    yield home
    running.stop()
    warehouse.close()


def typed(*words: str) -> subprocess.CompletedProcess[str]:
    program = "from comptoir.cli import quick; quick.run()"
    return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)


def test_an_answer_is_json_on_standard_output_and_nothing_else(shop: Path) -> None:
    asked = "SELECT count(*) AS n, 1.50 AS price, '=1' AS f FROM events"

    answer = typed("query", asked, "--home", str(shop))

    assert json.loads(answer.stdout) == [{"n": 0, "price": 1.5, "f": "=1"}]
    assert '"price":1.50' in answer.stdout
    assert typed("query", asked, "--format", "csv", "--home", str(shop)).stdout == "n,price,f\n0,1.50,'=1\n"


def test_a_refused_question_is_one_line_its_remedy_and_exit_code_one(shop: Path) -> None:
    answer = typed("query", "DROP TABLE events", "--home", str(shop))

    assert answer.returncode == 1
    assert answer.stdout == ""
    assert [line.split(":")[0] for line in answer.stderr.splitlines()[:1]] == ["query_refused"]
    assert "docs/how-to/ask-a-question.md" in answer.stderr


def test_a_large_answer_is_the_same(shop: Path) -> None:
    answer = typed("query", "SELECT range AS n FROM range(20000)", "--home", str(shop))

    assert json.loads(answer.stdout)[-1] == {"n": 19999}


def test_a_home_that_is_none_is_said(tmp_path: Path) -> None:
    assert "no_such_home" in typed("query", "SELECT 1", "--home", str(tmp_path / "x")).stderr


def runner() -> Typer:
    app = Typer()
    query.register(app)
    config.register(app)
    return app


def test_the_whole_command_line_gives_the_same_answer(shop: Path) -> None:
    answer = CliRunner().invoke(runner(), ["query", "-", "--json", "--home", str(shop)], input="SELECT 1 AS n")

    assert (answer.exit_code, json.loads(answer.stdout)) == (0, [{"n": 1}])


def test_config_says_where_each_value_came_from(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "comptoir.toml").write_text("[desk]\nport = 9000\n")
    monkeypatch.setenv("COMPTOIR_MAIL__PASSWORD", "hunter2")

    answer = CliRunner().invoke(runner(), ["config", "--json", "--home", str(home)])

    told = {one["setting"]: one for one in json.loads(answer.stdout)}
    assert told["desk.port"]["value"] == 9000
    assert told["desk.port"]["origin"].endswith("comptoir.toml")
    assert told["mail.password"]["origin"] == "environment COMPTOIR_MAIL__PASSWORD"
    assert told["door.port"]["origin"] == "default"
    assert "hunter2" not in answer.stdout
