"""The catalogue follows whole rows, prices and counts: the newest counts, in any order, by ticks and from scratch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir.warehouse.base import Cursor
from comptoir.warehouse.duckdb import open_warehouse
from comptoir.warehouse.migrate import migrate
from comptoir.warehouse.sqlfile import load

FIRST = datetime(2026, 3, 1)


class Said(NamedTuple):
    """One statement about the lamp: of what kind, on which day, and a figure."""

    kind: str
    day: int
    figure: int | None


@pytest.fixture(scope="module")
def cursor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cursor]:
    warehouse = open_warehouse(tmp_path_factory.mktemp("catalogue") / "w.duckdb")
    with warehouse.transaction() as one:
        migrate(one)
    yield warehouse.cursor()
    warehouse.close()


def state(cursor: Cursor, tick: int, number: int, one: Said) -> None:
    at = FIRST + timedelta(days=one.day)
    head = [tick, f"m{number:03d}", number, "main", "files", at, at, "lamp"]
    if one.kind == "whole":
        values = [*head, "Lampe", one.figure, "EUR", True, one.figure]
        columns = "product_id, name, price, currency, is_for_sale, stock"
        table = "product_records"
    elif one.kind == "price":
        values, columns, table = [*head, one.figure], "product_id, price", "price_records"
    else:
        shop = None if one.kind == "stock" else one.kind
        values, columns, table = [*head, shop, one.figure], "product_id, shop, stock", "stock_records"
    said = "tick_id, message_id, message_hash, brand, source, occurred_at, received_at, " + columns
    marks = ", ".join("?" * len(values))
    cursor.execute(" ".join(["INSERT INTO", f"fact.{table}", f"({said})", "VALUES", f"({marks})"]), values)


def stands(cursor: Cursor) -> list[tuple[Any, ...]]:
    return cursor.execute("SELECT price, stock, currency, name, updated_at, message_id FROM fact.products").fetchall()


def by_ticks(cursor: Cursor, stated: Sequence[tuple[int, Said]]) -> list[tuple[Any, ...]]:
    for table in ("product_records", "price_records", "stock_records", "products"):
        cursor.execute(f"DELETE FROM fact.{table}")
    for tick, (number, one) in enumerate(stated, start=1):
        state(cursor, tick, number, one)
        load("comptoir.facts", "products_upsert").run(cursor, tick_id=tick)
    return stands(cursor)


def told(cursor: Cursor, *stated: Said) -> tuple[Any, ...] | None:
    found = by_ticks(cursor, list(enumerate(stated)))
    return found[0][:2] if found else None


def test_the_newest_price_and_count_stand_whichever_kind_of_row_states_them(cursor: Cursor) -> None:
    assert told(cursor, Said("whole", 0, 20)) == (20, 20)
    assert told(cursor, Said("whole", 0, 20), Said("price", 1, 18)) == (18, 20)
    assert told(cursor, Said("whole", 0, 20), Said("price", 1, 18), Said("whole", 2, 25)) == (25, 25)
    assert told(cursor, Said("price", 1, 18), Said("whole", 0, 20)) == (18, 20)
    assert told(cursor, Said("whole", 0, 20), Said("stock", 0, 0)) == (20, 0)
    assert told(cursor, Said("whole", 0, 20), Said("stock", 3, 7), Said("stock", 2, 9)) == (20, 7)


def test_a_whole_row_without_a_figure_leaves_the_one_that_was_stated_alone(cursor: Cursor) -> None:
    assert told(cursor, Said("price", 0, 18), Said("stock", 0, 4), Said("whole", 5, None)) == (18, 4)


def test_counts_of_shops_add_up_and_say_nothing_where_all_are_counted_together(cursor: Cursor) -> None:
    assert told(cursor, Said("whole", 0, None), Said("Lille", 1, 4), Said("Lyon", 1, 3), Said("Lille", 2, 1)) == (
        None,
        4,
    )
    assert told(cursor, Said("whole", 0, 9), Said("Lille", 1, 0)) == (9, 9)
    assert told(cursor, Said("whole", 0, None), Said("stock", 1, 5), Said("Lille", 2, 0)) == (None, 5)


def test_a_product_is_in_the_catalogue_from_its_first_whole_row_on(cursor: Cursor) -> None:
    assert told(cursor, Said("price", 0, 18)) is None


figures = st.one_of(st.none(), st.integers(0, 9))
statements = st.one_of(
    st.builds(Said, st.just("whole"), st.integers(0, 4), figures),
    st.builds(Said, st.sampled_from(["price", "stock", "Lille", "Lyon"]), st.integers(0, 4), st.integers(0, 9)),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(statements, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_catalogue_and_so_does_a_rebuild(
    cursor: Cursor, stated: list[Said], draw: Any
) -> None:
    numbered = list(enumerate(stated))
    found = by_ticks(cursor, numbered)
    draw.shuffle(numbered)
    assert by_ticks(cursor, numbered) == found

    cursor.execute("DELETE FROM fact.products")
    load("comptoir.facts", "products_all").run(cursor)
    assert stands(cursor) == found
