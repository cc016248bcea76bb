from __future__ import annotations

import threading

import duckdb
import pytest

from comptoir.reports import ask
from comptoir.reports.guard import QueryRefused


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE events AS SELECT range AS n, 'Product Viewed' AS name FROM range(10)")
    return connection


def test_a_question_gets_its_rows(warehouse: duckdb.DuckDBPyConnection) -> None:
    answer = ask.ask(warehouse.cursor(), "SELECT name, count(*) AS times FROM events GROUP BY name")

    assert answer.to_pylist() == [{"name": "Product Viewed", "times": 10}]


def test_an_answer_without_rows_keeps_its_columns(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert ask.ask(warehouse.cursor(), "SELECT n FROM events WHERE false").column_names == ["n"]


def test_two_columns_of_one_name_are_told_apart(warehouse: duckdb.DuckDBPyConnection) -> None:
    answer = ask.ask(warehouse.cursor(), "SELECT 1 AS n, 2 AS n, 3 AS n_1, 4 AS n FROM events LIMIT 1")

    assert answer.to_pylist() == [{"n": 1, "n_2": 2, "n_1": 3, "n_3": 4}]


def test_an_unknown_column_is_named(warehouse: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ask.QueryFailed, match="nope"):
        ask.ask(warehouse.cursor(), "SELECT nope FROM events")


def test_more_rows_than_asked_for_are_an_error_not_a_cut_answer(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert ask.ask(warehouse.cursor(), "SELECT n FROM events", rows=10).num_rows == 10
    with pytest.raises(ask.QueryTooLarge):
        ask.ask(warehouse.cursor(), "SELECT n FROM events", rows=9)


def test_a_request_of_either_kind_is_answered(warehouse: duckdb.DuckDBPyConnection) -> None:
    answer = ask.answer(warehouse.cursor(), {"kind": "query", "sql": "SELECT sum(n) AS s FROM events", "seconds": 5})

    assert answer.to_pylist() == [{"s": 45}]
    with pytest.raises(ask.NoSuchReport):
        ask.answer(warehouse.cursor(), {"kind": "report", "name": "../guard", "parameters": {}})


@pytest.mark.parametrize(
    "request_", [{"kind": "query"}, {"kind": "other"}, {}, {"kind": "query", "sql": "SELECT 1", "rows": None}]
)
def test_a_request_nobody_understands_is_an_error(
    request_: dict[str, object], warehouse: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(ask.BadRequest):
        ask.answer(warehouse.cursor(), request_)


def test_the_guard_stands_before_the_socket_too(warehouse: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(QueryRefused):
        ask.answer(warehouse.cursor(), {"kind": "query", "sql": "DROP TABLE events"})


def test_a_connection_left_in_a_transaction_answers_all_the_same_and_writes_nothing(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    left = warehouse.cursor()
    left.execute("BEGIN")
    left.execute("INSERT INTO events VALUES (99, 'never committed')")

    assert ask.ask(left, "SELECT count(*) AS n FROM events").to_pylist() == [{"n": 10}]
    assert warehouse.execute("SELECT count(*) FROM events").fetchall() == [(10,)]


def test_questions_answered_beside_each_other_and_beside_a_writer_stumble_over_no_transaction(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    opening, is_done, failed = threading.Lock(), threading.Event(), list[Exception]()

    def cursor() -> duckdb.DuckDBPyConnection:
        with opening:
            return warehouse.cursor()

    def write() -> None:
        with cursor() as writer:
            while not is_done.is_set():
                writer.execute("BEGIN")
                writer.execute("INSERT INTO events VALUES (1, 'Home')")
                writer.execute("ROLLBACK")

    def read(number: int) -> None:
        for turn in range(60):
            seconds = 0.001 if (turn + number) % 3 == 0 else ask.SECONDS
            try:
                ask.ask(cursor(), "SELECT sum(a.n) AS s FROM events AS a, range(2000) AS b", seconds=seconds)
            except ask.QueryTimedOut:
                continue
            except Exception as error:  # noqa: BLE001 (whatever it is, the test must say it)
                failed.append(error)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(3)]
    writer = threading.Thread(target=write)
    for one in (writer, *threads):
        one.start()
    for one in threads:
        one.join()
    is_done.set()
    writer.join()

    assert failed == []
