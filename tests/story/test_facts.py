"""From a real file to revenue: a year of a shop's invoices, told in ticks, totals to the penny."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from comptoir.facts import derive
from comptoir.model.identifier import node_of
from comptoir.model.money import line_minor
from comptoir.model.tick import Tick
from comptoir.warehouse import fingerprint
from comptoir.warehouse.duckdb import open_warehouse
from tests.conftest import SHARED_DATA

FILE = SHARED_DATA / "online_retail" / "online_retail.csv.gz"
TICK = 20_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.skipif(not FILE.exists(), reason="../shared/data/online_retail is absent")
def test_a_year_of_invoices_totals_to_the_penny_and_again_from_scratch(tmp_path: Path) -> None:
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    warehouse = open_warehouse(tmp_path / "w.duckdb", memory_mb=1024)

    for tick_id, start in enumerate(range(0, len(rows), TICK), 1):
        tick = Tick(tick_id=tick_id, spool="back", from_offset=start, to_offset=start + TICK, now=NOW)
        with warehouse.transaction() as cursor:
            news = derive.write(cursor, tick, {"commerce": _commerce(rows[start : start + TICK], tick_id, start)})
            derive.derive(cursor, tick_id, NOW, (), news)

    with warehouse.cursor() as cursor:
        totals = "SELECT sum(amount_minor)::BIGINT, count(*), count(DISTINCT order_key) FROM revenue"
        assert cursor.execute(totals).fetchall() == [(974_774_793, 541_909, 25_900)]
        assert cursor.execute("SELECT count(*), sum(amount_minor)::BIGINT FROM orders").fetchall() == [
            (25_900, 974_774_793)
        ]
        before = fingerprint.fingerprints(cursor)
    with warehouse.transaction() as cursor:
        derive.rederive_all(cursor)
        assert fingerprint.fingerprints(cursor) == before
    warehouse.close()


def _commerce(rows: list[list[str]], tick_id: int, start: int) -> pa.Table:
    count = len(rows)
    quantities = [Decimal(row[3]) for row in rows]
    prices = [Decimal(row[5]) for row in rows]
    nodes = [node_of("account", row[6]) if row[6] else 0 for row in rows]
    at = pa.array([datetime.fromisoformat(row[4]) for row in rows], pa.timestamp("us"))
    amounts = [line_minor(quantity, price, "GBP") for quantity, price in zip(quantities, prices, strict=True)]
    same: dict[str, Any] = {
        "name": "Order Line", "brand": "gifts", "source": "books", "trust": "confirmed", "historical": True,
        "currency": "GBP",
    }  # fmt: skip
    columns = {name: [value] * count for name, value in same.items()} | {
        "tick_id": [tick_id] * count,
        "message_id": [f"row-{start + place:07d}" for place in range(count)],
        "message_hash": list(range(start, start + count)),
        "line_number": [0] * count,
        "node_id": nodes,
        "browser_node": nodes,
        "occurred_at": at,
        "received_at": at,
        "order_id": [row[0] for row in rows],
        "product_id": [row[1] for row in rows],
        "product_name": [row[2] for row in rows],
        "quantity": pa.array(quantities, pa.decimal128(18, 6)),
        "unit_price": pa.array(prices, pa.decimal128(18, 6)),
        "amount_minor": amounts,
        "country": [row[7] for row in rows],
    }
    empty = {name: pa.nulls(count, pa.string()) for name in ("cart_id", "other_cart_id", "checkout_id")}
    return pa.table(columns | empty)
