"""Fixed SQL is a file: one statement with a head that says what it gives, what it reads and what it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import duckdb
import pyarrow as pa

from comptoir.errors import ComptoirError
from comptoir.logs import get

_PARAM = re.compile(r"^--\s*param:\s*(\w+)\s+(.+)$", re.MULTILINE)
_HEAD = re.compile(r"^--\s*(grain|reads):\s*(.+)$", re.MULTILINE)

_log = get("warehouse")


class StatementBroken(ComptoirError):
    """A statement's head does not say what its text does."""

    code, status = "statement_broken", 500
    hint = "Reinstall Comptoir: a file of the distribution was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement: where it lies, what it says, and the parameters (name → SQL type) it takes."""

    name: str
    text: str
    grain: str
    reads: str
    params: dict[str, str]

    def run(self, cursor: duckdb.DuckDBPyConnection, **values: object) -> duckdb.DuckDBPyConnection:
        """
        Run it with its parameters.

        Raises: StatementBroken if other parameters are given than its head names; duckdb.Error as it comes.
        """
        with self._watched(values):
            return cursor.execute(self.text, values) if values else cursor.execute(self.text)

    def table(self, cursor: duckdb.DuckDBPyConnection, **values: object) -> pa.Table:
        """
        Run it, with its parameters, for its rows.

        Raises: as `run`.
        """
        with self._watched(values):
            found = cursor.sql(self.text, params=values) if values else cursor.sql(self.text)
            return found.to_arrow_table()

    def batches(self, cursor: duckdb.DuckDBPyConnection, most: int, **values: object) -> pa.RecordBatchReader:
        """
        Run it, with its parameters, for its rows, at most so many at once: for more than one wants in memory.

        Raises: as `run`.
        """
        with self._watched(values):
            found = cursor.sql(self.text, params=values) if values else cursor.sql(self.text)
            return found.to_arrow_reader(most)

    @contextmanager
    def _watched(self, values: dict[str, object]) -> Iterator[None]:
        if values.keys() != self.params.keys():
            raise StatementBroken(statement=self.name, takes=sorted(self.params), given=sorted(values))
        try:
            yield
        except duckdb.Error:
            # the text, never the parameters: they may be personal
            _log.debug("statement failed", statement=self.name, text=self.text)
            raise


@cache
def load(package: str, name: str) -> Statement:
    """
    Read `sql/<name>.sql` of a package.

    Raises: StatementBroken where its head misses a parameter the text uses.
    """
    text = files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    said = dict(_HEAD.findall(text))
    params = dict(_PARAM.findall(text))
    used = set(re.findall(r"\$(\w+)", "\n".join(line for line in text.splitlines() if not line.startswith("--"))))
    if used != params.keys():
        raise StatementBroken(statement=name, uses=sorted(used), says=sorted(params))
    return Statement(
        name=f"{package}/{name}", text=text, grain=said.get("grain", ""), reads=said.get("reads", ""), params=params
    )


def every(package: str) -> Iterator[Statement]:
    """Give all statements of a package. Order: by name."""
    for file in sorted(files(package).joinpath("sql").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".sql"):
            yield load(package, file.name.removesuffix(".sql"))
