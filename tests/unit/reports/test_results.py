from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from comptoir.clock import instant
from comptoir.model.message import Reason
from comptoir.reports.results import results
from comptoir.warehouse.duckdb import open_warehouse

# the documented views, as tables: what they promise is all that the reports read
VIEWS = """
CREATE TABLE orders (order_key VARCHAR, brand VARCHAR, profile_id VARCHAR, ordered_at TIMESTAMP, first_touch_id VARCHAR,
    last_touch_id VARCHAR);
CREATE TABLE revenue_ledger (order_key VARCHAR, currency VARCHAR, amount_minor BIGINT, trust VARCHAR);
CREATE SCHEMA fact;
CREATE VIEW fact.ledger_in_brand AS SELECT *, 'b' AS brand, currency AS paid_currency, amount_minor AS paid_minor
FROM revenue_ledger;
CREATE TABLE fact.brand_currency (brand VARCHAR, currency VARCHAR);
CREATE VIEW revenue AS SELECT * FROM fact.ledger_in_brand WHERE trust = 'confirmed';
CREATE TABLE touchpoints (touchpoint_id VARCHAR, kind VARCHAR, channel VARCHAR, channel_detail VARCHAR,
    utm_campaign VARCHAR, utm_content VARCHAR, message_id VARCHAR, session_id VARCHAR);
CREATE TABLE sessions (session_id VARCHAR, brand VARCHAR, profile_id VARCHAR, node_id BIGINT, channel VARCHAR,
    channel_detail VARCHAR, page_count BIGINT, started_at TIMESTAMP, ended_at TIMESTAMP);
CREATE TABLE carts (first_touch_id VARCHAR, order_key VARCHAR, opened_at TIMESTAMP);
CREATE TABLE records (message_id VARCHAR, outcome VARCHAR, reason VARCHAR, scenario VARCHAR, scenario_version INTEGER,
    brand VARCHAR, node_id BIGINT, profile_id VARCHAR, wished_at TIMESTAMP);
CREATE VIEW messages AS SELECT *, 'mail' AS step FROM records;
CREATE TABLE deliveries (message_id VARCHAR, kind VARCHAR, robot_reason VARCHAR, occurred_at TIMESTAMP);

INSERT INTO records VALUES
    ('m1', 'sent', NULL, 'basket', 1, 'b', 1, 'p1', '2026-03-01 12:00'),
    ('m2', 'sent', NULL, 'basket', 1, 'b', 2, 'p2', '2026-03-01 12:00'),
    ('m3', 'held_out', 'control', 'basket', 1, 'b', 3, 'p3', '2026-03-01 12:00'),
    ('m4', 'dropped', 'no_consent', 'basket', 1, 'b', 4, 'p4', '2026-03-01 12:00'),
    ('m5', 'dropped', 'ordered', 'basket', 2, 'b', 5, 'p5', '2026-03-01 12:00'),
    ('m6', 'failed', NULL, 'basket', 2, 'b', 6, 'p6', '2026-03-01 12:00'),
    ('m7', 'sent', NULL, 'basket', 2, 'b', 7, 'p7', '2026-03-01 12:00'),
    ('m8', 'held_out', 'control', 'basket', 2, 'b', 7, 'p7', '2026-03-02 12:00'),
    ('m9', 'sent', NULL, 'basket', 2, 'other', 9, 'p9', '2026-03-02 12:00');
INSERT INTO deliveries VALUES
    ('m1', 'accepted', NULL, '2026-03-01 12:00'), ('m1', 'clicked', NULL, '2026-03-01 13:00'),
    ('m1', 'clicked', NULL, '2026-03-01 13:05'), ('m2', 'unknown', NULL, '2026-03-01 12:00'),
    ('m2', 'clicked', 'scanner', '2026-03-01 12:00'), ('m1', 'unsubscribed', NULL, '2026-03-01 14:00'),
    ('m7', 'accepted', NULL, '2026-03-01 12:00'), ('m7', 'bounced', NULL, '2026-03-01 12:09');
INSERT INTO touchpoints VALUES
    ('t0', 'visit', 'search', 'google', NULL, NULL, NULL, 's1'),
    ('t1', 'click', 'email', NULL, 'basket', 'm1', 'm1', NULL);
INSERT INTO sessions VALUES
    ('s1', 'b', 'p1', 1, 'search', 'google', 1, '2026-03-01 13:59', '2026-03-01 13:59:01'),
    ('s2', 'b', 'p2', 2, 'social', 'instagram', 2, '2026-03-01 13:59', '2026-03-01 13:59:01'),
    ('s3', 'b', NULL, 3, 'social', 'instagram', 1, '2026-03-01 13:59', '2026-03-01 13:59:09'),
    ('s4', 'b', NULL, 3, 'social', 'instagram', 1, '2026-03-02 13:59', '2026-03-02 13:59:10'),
    ('s5', 'b', NULL, 4, 'social', 'instagram', 1, '2026-03-02 13:59', '2026-03-02 13:59:02');
INSERT INTO carts VALUES ('t0', 'o1', '2026-03-01 13:59');
INSERT INTO orders VALUES
    ('o1', 'b', 'p1', '2026-03-01 14:00', 't0', 't1'), ('o2', 'b', 'p3', '2026-03-02 14:00', 't0', 't0'),
    ('o3', 'b', 'p2', '2026-02-28 14:00', NULL, NULL), ('o4', 'b', 'p1', '2026-03-20 14:00', 't1', 't0'),
    ('o5', 'b', 'p7', '2026-03-02 14:00', NULL, NULL);
INSERT INTO revenue_ledger VALUES
    ('o1', 'EUR', 5000, 'confirmed'), ('o1', 'EUR', -1000, 'confirmed'), ('o1', 'EUR', 300, 'claimed'),
    ('o2', 'EUR', 2500, 'confirmed'),
    ('o3', 'EUR', 100, 'confirmed'), ('o4', 'USD', 700, 'confirmed'), ('o5', 'EUR', 9900, 'confirmed');
"""


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute(VIEWS)
        yield made


def sql(name: str) -> str:
    return (files("comptoir.reports") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def asking(cursor: duckdb.DuckDBPyConnection, **options: Any) -> dict[str, Any]:
    def ask(name: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        bound = {
            key: instant(value).replace(tzinfo=None) if key.endswith("_at") and isinstance(value, int) else value
            for key, value in parameters.items()
        }
        found: list[dict[str, Any]] = cursor.sql(sql(name), params=bound).to_arrow_table().to_pylist()
        return found

    return results(ask, **options)


def test_a_scenario_counts_everyone_once(cursor: duckdb.DuckDBPyConnection) -> None:
    (one,) = asking(cursor, brand="b")["scenarios"]

    assert one["versions"] == [1, 2]
    assert (one["candidates"], one["eligible"], one["held_out"], one["sent"], one["failed"]) == (8, 7, 2, 3, 1)
    assert (one["clicked"], one["robot_clicked"], one["unknown"], one["unsubscribed"]) == (1, 1, 1, 1)
    assert (one["delivered"], one["bounced"]) == (1, 1)
    assert [(step["version"], step["step"], step["sent"]) for step in one["steps"]] == [(1, "mail", 2), (2, "mail", 1)]
    assert one["dropped"] == {"no_consent": 1, "ordered": 1}
    assert one["eligible"] == one["sent"] + one["held_out"] + one["failed"] + one["dropped"]["ordered"]


def test_revenue_is_the_ledgers_by_first_and_by_last_touch(cursor: duckdb.DuckDBPyConnection) -> None:
    rows = asking(cursor)["revenue"]

    last = {(row["channel"], row["currency"]): row for row in rows if row["touch"] == "last"}
    first = {(row["channel"], row["currency"]): row for row in rows if row["touch"] == "first"}
    assert last["email", "EUR"]["revenue_minor"] == 4000
    assert last["email", "EUR"]["claimed_minor"] == 300
    assert last["email", "EUR"]["campaign"] == "basket"
    assert first["search", "EUR"]["revenue_minor"] == 6500
    assert first["email", "USD"]["revenue_minor"] == 700
    assert last["unknown", "EUR"]["orders"] == 2


def test_orders_are_attributed_by_touch_and_by_a_click_within_the_window(cursor: duckdb.DuckDBPyConnection) -> None:
    (one,) = asking(cursor, brand="b")["scenarios"]

    assert one["attributed"] == [
        {"way": "clicked", "currency": "EUR", "orders": 1, "revenue_minor": 4000},
        {"way": "first_touch", "currency": "USD", "orders": 1, "revenue_minor": 700},
        {"way": "last_touch", "currency": "EUR", "orders": 1, "revenue_minor": 4000},
    ]
    assert one["ordered"] == 1


def test_arms_are_compared_by_intention_to_treat_without_the_contaminated(cursor: duckdb.DuckDBPyConnection) -> None:
    (one,) = asking(cursor, brand="b")["scenarios"]

    assert one["treated"]["people"] == 4  # p1, p2, p5 (dropped, but drawn) and p6 (refused, but drawn)
    assert one["treated"]["buyers"] == 1
    assert one["treated"]["order_rate"] == 0.25
    assert one["control"] == {
        "people": 1, "buyers": 1, "order_rate": 1.0, "orders": 1,
        "revenue": [{"currency": "EUR", "revenue_minor": 2500, "revenue_minor_a_person": 2500.0}],
    }  # fmt: skip
    assert one["contaminated"] == 1


def test_a_stretch_of_time_leaves_the_rest_out(cursor: duckdb.DuckDBPyConnection) -> None:
    answer = asking(cursor, since=datetime(2026, 3, 15, tzinfo=UTC))

    assert answer["scenarios"] == [] or answer["scenarios"][0]["candidates"] == 0
    assert {row["currency"] for row in answer["revenue"]} == {"USD"}


def test_the_report_and_the_code_agree_on_who_is_not_eligible() -> None:
    (listed,) = re.findall(r"NOT IN \(([^)]*)\)", sql("results_measures"))

    assert {word.strip().strip("'") for word in listed.split(",")} == {
        one.value for one in Reason if one.is_before_eligibility
    }


def test_every_report_runs_on_the_real_views(tmp_path: Path) -> None:
    warehouse = open_warehouse(tmp_path / "warehouse.duckdb")
    try:
        with warehouse.cursor() as cursor:
            answer = asking(cursor)
    finally:
        warehouse.close()

    assert answer["revenue"] == []
    assert answer["scenarios"] == []


def test_a_visit_is_engaged_that_sees_two_pages_lasts_ten_seconds_or_fills_a_cart(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    visits = {one["detail"]: one for one in asking(cursor)["visits"]}

    of_google, of_instagram = visits["google"], visits["instagram"]
    assert (of_google["visits"], of_google["engaged_share"], of_google["carts"], of_google["ordered"]) == (1, 1.0, 1, 1)
    assert (of_instagram["visits"], of_instagram["people"], of_instagram["engaged_share"]) == (4, 3, 0.5)
    assert (of_instagram["carts"], of_instagram["ordered"]) == (0, 0)
