from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from comptoir.model.scenario import NEEDS, Subject
from comptoir.scenarios import world
from comptoir.warehouse.duckdb import open_warehouse

# the documented views, as tables: what they promise is all that the world reads
VIEWS = """
CREATE SCHEMA fact;
CREATE TABLE fact.profile_of (node_id BIGINT, kind VARCHAR, value VARCHAR, profile_id VARCHAR);
CREATE TABLE fact.contact_records (node_id BIGINT, message_id VARCHAR, occurred_at TIMESTAMP, traits VARCHAR);
CREATE TABLE carts (cart_key VARCHAR, state VARCHAR, amount_minor BIGINT, currency VARCHAR, item_count BIGINT,
    order_key VARCHAR);
CREATE TABLE cart_lines (cart_key VARCHAR, brand VARCHAR, product_id VARCHAR, variant_id VARCHAR,
    quantity DECIMAL(18, 6), added_at TIMESTAMP);
CREATE TABLE products (brand VARCHAR, product_id VARCHAR, variant_id VARCHAR, name VARCHAR, category VARCHAR,
    url VARCHAR, image_url VARCHAR, price DECIMAL(18, 6), currency VARCHAR, is_for_sale BOOLEAN, stock DECIMAL(18, 6));
CREATE TABLE scores (score VARCHAR, brand VARCHAR, profile_id VARCHAR, value DOUBLE);
INSERT INTO scores VALUES ('best_hour', 'b', 'pA', 20), ('best_hour', 'other', 'pA', 9), ('best_weekday', 'b', 'pA', 3);
INSERT INTO fact.profile_of VALUES (1, 'anonymous', 'b1', 'pA'), (2, 'email', 'z@example.org', 'pA'),
    (3, 'email', 'a@example.org', 'pA'), (4, 'anonymous', 'b2', 'pB');
INSERT INTO fact.contact_records VALUES (2, 'm1', '2026-01-01', '{"language": "fr"}'),
    (3, 'm2', '2026-02-01', '{"locale": "en-GB"}'), (3, 'm3', '2026-03-01', '{"city": "Lyon"}');
INSERT INTO carts VALUES ('c1', 'open', 10000, 'EUR', 4, NULL), ('c2', 'ordered', 500, 'EUR', 1, 'o1');
INSERT INTO cart_lines VALUES
    ('c1', 'b', 'lamp', NULL, 2, '2026-01-02'), ('c1', 'b', 'chair', 'red', 1, '2026-01-01'),
    ('c1', 'b', 'ghost', NULL, 1, '2026-01-03'), ('c1', 'b', 'sold-out', NULL, 1, '2026-01-04'),
    ('c1', 'b', 'gone', NULL, 0, '2026-01-05');
INSERT INTO products VALUES
    ('b', 'lamp', NULL, 'Lamp', 'Light', 'https://s/lamp', 'https://s/lamp.jpg', 49.90, 'EUR', true, NULL),
    ('b', 'chair', NULL, 'Chair', 'Seats', NULL, NULL, 10, 'EUR', true, 5),
    ('b', 'chair', 'red', 'Red chair', 'Seats', NULL, NULL, 12, 'EUR', true, 5),
    ('other', 'ghost', NULL, 'Not ours', NULL, NULL, NULL, 1, 'EUR', true, 1),
    ('b', 'sold-out', NULL, 'Sold out', NULL, NULL, NULL, 1, 'EUR', true, 0),
    ('b', 'gone', NULL, 'Taken out', NULL, NULL, NULL, 1, 'EUR', true, 1);
"""


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute(VIEWS)
        yield made


def subject(number: int, node: int, cart: str | None) -> Subject:
    return Subject(subject_id=number, brand="b", node_id=node, cart_key=cart)


def test_one_call_answers_for_many_subjects(cursor: duckdb.DuckDBPyConnection) -> None:
    known = world.over(cursor).facts_of([subject(-5, 1, "c1"), subject(6, 4, "c2"), subject(7, 99, None)])

    ann, bob, nobody = known[-5], known[6], known[7]
    assert ann.profile_id == "pA"
    assert ann.emails == ("a@example.org", "z@example.org")
    assert ann.language == "en"
    assert ann.cart is not None
    assert (ann.cart.state, ann.cart.amount_minor) == ("open", 10000)
    assert bob.emails == ()
    assert bob.cart is not None
    assert bob.cart.order_key == "o1"
    assert nobody.profile_id is None
    assert nobody.cart is None


def test_products_are_the_catalogues_with_the_variant_first(cursor: duckdb.DuckDBPyConnection) -> None:
    known = world.over(cursor).facts_of([subject(1, 1, "c1")])[1]

    assert [(line.product.name, line.product.price, line.is_for_sale) for line in known.lines] == [
        ("Red chair", "12", True),
        ("Lamp", "49.9", True),
        ("Sold out", "1", False),
    ]
    assert [one.name for one in known.offered] == ["Red chair", "Lamp"]


def test_the_best_hour_is_that_of_the_brand_and_only_of_those_who_ask(cursor: duckdb.DuckDBPyConnection) -> None:
    needs = frozenset({"best_hour"})
    asked = [
        Subject(subject_id=1, brand="b", node_id=1, cart_key=None, needs=needs),
        Subject(subject_id=2, brand="other", node_id=3, cart_key=None, needs=needs),
        Subject(subject_id=3, brand="b", node_id=4, cart_key=None, needs=needs),
        Subject(subject_id=4, brand="b", node_id=1, cart_key=None),
    ]

    known = world.over(cursor).facts_of(asked)

    assert [known[one.subject_id].best_hour for one in asked] == [20, 9, None, None]


def test_nobody_asked_is_nothing_asked() -> None:
    assert world.WarehouseWorld(lambda *_: pytest.fail("asked")).facts_of([]) == {}


def test_every_statement_runs_on_the_real_views(tmp_path: Path) -> None:
    warehouse = open_warehouse(tmp_path / "warehouse.duckdb")
    try:
        with warehouse.cursor() as real:
            asked = Subject(subject_id=1, brand="b", node_id=1, cart_key="c1", needs=frozenset(NEEDS), order_key="o1",
                            product_ids=("lamp",))  # fmt: skip
            known = world.over(real).facts_of([asked])
    finally:
        warehouse.close()

    assert known[1].cart is None
