"""Questions to the warehouse: analysts' SQL behind the guard, and our own named reports; limited in time and rows."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from typing import Any

import duckdb
import pyarrow as pa

from comptoir.access.roles import Role
from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.reports import guard, roles

SECONDS = 30.0
ROWS = 1_000_000
MOST_SECONDS = 600.0
MOST_ROWS = 10_000_000
BYTES = 512 * 1024 * 1024
"""Most an answer may weigh in memory: it is made inside the engine's process."""

_BATCH = 20_000
_PATIENCE = 0.05
"""Seconds between two interrupts: one that comes before the work begins is lost."""


class QueryTimedOut(ComptoirError, TimeoutError):
    """This question took too long and was stopped."""

    code, status = "query_timed_out", 408
    hint = "Ask for fewer days with a WHERE on occurred_at, or allow more time with --seconds."


class QueryTooLarge(ComptoirError):
    """The answer to this question is too large."""

    code, status = "query_too_large", 413
    hint = "Sum up, or add a LIMIT; --rows allows more rows."


class QueryFailed(ComptoirError, ValueError):
    """The warehouse could not answer this question."""

    code, status = "query_failed", 400
    hint = "The detail says what it stumbled on; docs/reference/facts.md lists views and columns."


class BadRequest(ComptoirError, ValueError):
    """The engine does not understand this request."""

    code, status = "bad_request", 400
    hint = "Are the two programs of the same version of Comptoir?"


class NoSuchReport(ComptoirError, LookupError):
    """No report has this name."""

    code, status = "no_such_report", 404
    hint = "The reports are the files in comptoir/reports/sql."


def ask(
    cursor: duckdb.DuckDBPyConnection,
    sql: str,
    *,
    seconds: float = SECONDS,
    rows: int = ROWS,
    role: Role = Role.ADMIN,
    brands: Collection[str] = (),
) -> pa.Table:
    """
    Answer an analyst's question with what a role may read; `cursor` serves this question only, and is closed with it.

    The answer is read in a read-only transaction, so even a statement that slipped through could write nothing.

    Raises: QueryRefused by the guard; QueryTimedOut, QueryTooLarge, QueryFailed.
    """
    with cursor:
        text = guard.allow(sql, parser=cursor, reach=roles.speak_for(cursor, role, brands))
        return _read(cursor, text, None, seconds, rows)


def report(
    cursor: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, object], *, seconds: float = SECONDS
) -> pa.Table:
    """
    Answer one of Comptoir's own questions, kept in `reports/sql`, with bound parameters.

    Raises: NoSuchReport; QueryTimedOut, QueryTooLarge, QueryFailed.
    """
    with cursor:
        return _read(cursor, statement(name), dict(parameters), seconds, ROWS)


def statement(name: str) -> str:
    """Give the text of a report. Raises: NoSuchReport."""
    file = resources.files("comptoir.reports").joinpath("sql", f"{name}.sql")
    if not name.isidentifier() or not file.is_file():
        raise NoSuchReport(name=name)
    return file.read_text(encoding="utf-8")


def _read(
    cursor: duckdb.DuckDBPyConnection, text: str, parameters: dict[str, object] | None, seconds: float, rows: int
) -> pa.Table:
    try:
        with _deadline(cursor, seconds):
            _begin(cursor)
            # sql() streams where execute() first gathers every row
            relation = cursor.sql(text, params=parameters) if parameters else cursor.sql(text)
            return _gather(relation.to_arrow_reader(_BATCH), rows)
    except duckdb.InterruptException as error:
        raise QueryTimedOut(seconds=seconds) from error
    except duckdb.OutOfMemoryException as error:
        raise QueryTooLarge(because="it needs more memory than a question may take") from error
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        # Arrow wraps what the warehouse says while rows stream
        if "INTERRUPT" in str(error):
            raise QueryTimedOut(seconds=seconds) from error
        raise QueryFailed(detail=_said(error)) from error


def _begin(cursor: duckdb.DuckDBPyConnection) -> None:
    """
    Begin a transaction that can only read, on a connection that stands in none.

    One was found standing in a transaction that nobody had begun. It is ended first, never used: it might write, and
    might show an older state. The connection stays the same, as it may have been told for which role it speaks.
    """
    try:
        cursor.execute(_READ_ONLY)
    except duckdb.TransactionException:
        cursor.execute("ROLLBACK")
        cursor.execute(_READ_ONLY)


_READ_ONLY = "BEGIN TRANSACTION READ ONLY"


def _gather(reader: pa.RecordBatchReader, most: int) -> pa.Table:
    batches: list[pa.RecordBatch] = []
    count = size = 0
    for batch in reader:
        count += batch.num_rows
        size += batch.nbytes
        if count > most:
            raise QueryTooLarge(most_rows=most)
        if size > BYTES:
            raise QueryTooLarge(most_bytes=BYTES)
        batches.append(batch)
    return pa.Table.from_batches(batches, reader.schema).rename_columns(_distinct(reader.schema.names))


def _distinct(names: list[str]) -> list[str]:
    """Number the second and later columns of one name, so that a row can be an object."""
    taken = set(names)
    given: set[str] = set()
    said = []
    for name in names:
        fresh, number = name, 1
        while fresh in given or (fresh != name and fresh in taken):
            fresh, number = f"{name}_{number}", number + 1
        given.add(fresh)
        said.append(fresh)
    return said


@contextmanager
def limited(cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Stop what a cursor does after some seconds. Raises: QueryTimedOut."""
    try:
        with _deadline(cursor, seconds):
            yield
    except duckdb.InterruptException as error:
        raise QueryTimedOut(seconds=seconds) from error


@contextmanager
def _deadline(cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    done = threading.Event()

    def watch() -> None:
        if done.wait(seconds):
            return
        while not done.wait(_PATIENCE):
            cursor.interrupt()

    watcher = threading.Thread(target=watch, name="deadline", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _said(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2])[:500]


def answer(cursor: duckdb.DuckDBPyConnection, request: Mapping[str, Any]) -> pa.Table:
    """
    Answer a request of the engine's socket.

    `{"kind": "query", "sql": …, "seconds": …, "rows": …, "role": …, "brands": […]}`, or
    `{"kind": "report", "name": …, "parameters": {…}}`.

    Units:  an instant among the parameters is called `now` or `…_at`, and is microseconds since 1970.
    Raises: BadRequest, and whatever `ask` and `report` raise.
    """
    try:
        match request["kind"]:
            case "query":
                seconds = min(float(request.get("seconds", SECONDS)), MOST_SECONDS)
                rows = min(int(request.get("rows", ROWS)), MOST_ROWS)
                sql, role = str(request["sql"]), _role(request.get("role", Role.ADMIN))
                brands = [str(brand) for brand in request.get("brands", [])]
            case "report":
                name, parameters = str(request["name"]), _bound(request.get("parameters", {}))
            case other:
                raise BadRequest(kind=other)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadRequest(detail=str(error)) from error
    if request["kind"] == "report":
        return report(cursor, name, parameters)
    return ask(cursor, sql, seconds=seconds, rows=rows, role=role, brands=brands)


def _role(name: object) -> Role:
    if name not in set(Role):
        raise BadRequest(role=name, roles=[role.value for role in Role])
    return Role(str(name))


def _bound(parameters: Mapping[str, object]) -> dict[str, object]:
    return {
        # the warehouse's timestamps are UTC without saying so
        name: instant(value).replace(tzinfo=None) if isinstance(value, int) and _is_instant(name) else value
        for name, value in parameters.items()
    }


def _is_instant(name: str) -> bool:
    return name == "now" or name.endswith("_at")
