"""Rules of the house that no linter knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import comptoir

ROOT = Path(comptoir.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
STATEMENTS = sorted(ROOT.rglob("*.sql"))

MACHINE_TIME = re.compile(r"datetime\.now\(|datetime\.utcnow\(|date\.today\(|\btime\.time(_ns)?\(")
MACHINE_TIME_IN_SQL = re.compile(r"CURRENT_TIMESTAMP|CURRENT_DATE|\bnow\(\)|\btoday\(\)", re.IGNORECASE)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code_of(path: Path, comment: str) -> str:
    return "\n".join(line.split(comment)[0] for line in path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_only_clock_py_asks_the_machine_for_the_time(module: Path) -> None:
    if module != ROOT / "clock.py":
        assert not MACHINE_TIME.findall(code_of(module, "#"))


@pytest.mark.parametrize("statement", STATEMENTS, ids=name)
def test_no_statement_asks_the_machine_for_the_time(statement: Path) -> None:
    assert not MACHINE_TIME_IN_SQL.findall(code_of(statement, "--"))


@pytest.mark.parametrize("statement", [path for path in STATEMENTS if path.parent.name == "sql"], ids=name)
def test_a_statement_says_what_it_is_and_what_a_row_of_it_is(statement: Path) -> None:
    head = [line for line in statement.read_text(encoding="utf-8").splitlines() if line.startswith("--")]

    assert head, "a head comment with a sentence"
    assert any(line.startswith("-- grain:") for line in head)


@pytest.mark.parametrize("package", [path for path in MODULES if path.name == "__init__.py"], ids=name)
def test_the_init_of_a_package_is_empty(package: Path) -> None:
    if package != ROOT / "__init__.py":
        assert package.read_text(encoding="utf-8") == ""


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [name(path) for path in MODULES if path.stem in {"utils", "helpers", "common", "misc"}]
