"""Rows are fetched from places: once, from where the last run ended, whatever happens on the way."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from comptoir import pulling
from comptoir.clock import RealClock
from comptoir.sources import history, schedule
from comptoir.sources.pulls import runs, shelf
from comptoir.sources.pulls.base import PlaceBarred, PlaceNeeds
from comptoir.sources.pulls.runs import PullRuns, RunState
from comptoir.sources.pulls.shelf import PullExists
from comptoir.state.sealing import master_key
from tests.place import Asked, House, Place, Say, as_json, house

HEAD = "order_id,product_id,quantity,unit_price,currency,occurred_at,customer_id\n"
ROWS = ["A1,lamp,2,9.99,EUR,2026-11-01 10:00:00,ann\n", "A2,lamp,1,9.99,EUR,2026-11-02 10:00:00,bob\n"]


@pytest.fixture
def our(home: Path) -> Iterator[House]:
    with house(home) as made:
        yield made


def drop(our: House, name: str, text: str) -> None:
    path = our.app.settings.home / "drop" / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))


def counts(one: runs.Ran) -> tuple[int, int, int, int]:
    return one.read, one.stored, one.refused, one.duplicates


def cents(our: House) -> int:
    (row,) = our.ask("SELECT coalesce(sum(amount_minor), 0)::BIGINT AS cents FROM revenue_ledger")
    return int(row["cents"])


def test_files_that_are_dropped_become_facts_once_and_stand_in_the_history(our: House) -> None:
    our.add("till", "folder", {"folder": "drop", "pattern": "*.csv"}, kind="orders")
    drop(our, "a.csv", HEAD + "".join(ROWS))

    first = our.run("till")
    drop(our, "a.csv", HEAD + "".join(ROWS))
    drop(our, "b.csv", HEAD + "".join([*ROWS, "A3,vase,1,nine,EUR,2026-11-02,bob\n"]))
    second = our.run("till")

    assert (first.state, counts(first)) == (RunState.DONE, (2, 2, 0, 0))
    assert (second.state, counts(second)) == (RunState.DONE, (5, 0, 1, 4))
    assert cents(our) == 2997
    with our.app.state.read() as connection:
        listed = history.listing(connection, machine_now=RealClock().now())
        kept = shelf.find(connection, "till")
    assert sorted((one.name, one.accepted, one.duplicates, one.refused, one.made_by) for one in listed) == [
        ("a.csv", 0, 2, 0, "tester"), ("a.csv", 2, 0, 0, "tester"), ("b.csv", 0, 2, 1, "tester"),
    ]  # fmt: skip
    assert kept.brought_at is not None


def test_an_order_that_is_wholly_paid_back_comes_to_nothing_shipping_and_taxes_too(our: House) -> None:
    order = {
        "id": 727, "currency": "EUR", "total": "22.00", "total_tax": "3.67", "shipping_total": "8.33",
        "shipping_tax": "1.67", "customer_id": 5, "date_created_gmt": "2026-01-22T19:28:02",
        "date_modified_gmt": "2026-01-22T19:28:08", "date_paid_gmt": "2026-01-22T19:28:08", "refunds": [],
        "line_items": [{"id": 1, "product_id": 93, "quantity": 3, "total": "10.00", "total_tax": "2.00"}],
    }  # fmt: skip
    refund = {
        "id": 9, "date_created_gmt": "2026-02-01T10:00:00", "amount": "22.00",
        "line_items": [{"id": 2, "product_id": 93, "quantity": -3, "total": "-10.00", "total_tax": "-2.00"}],
    }  # fmt: skip

    def answer(asked: Asked) -> Say:
        if asked.path.endswith("/refunds"):
            return as_json([refund])
        is_new = asked.query["modified_after"] < str(order["date_modified_gmt"])
        return as_json([order] if is_new and asked.query["page"] == "1" else [])

    with Place(answer) as place:
        secrets = {"password": "cs_1"}
        streams = ("orders", "returns")
        our.add("shop", "woocommerce", {"url": place.url, "user": "ck_1"}, secrets=secrets, streams=streams)
        our.run("shop")
        sold = cents(our)
        order |= {"refunds": [{"id": 9}], "date_modified_gmt": "2026-02-01T10:00:00"}
        ran = our.run("shop")

    assert (sold, cents(our)) == (2200, 0)
    assert (ran.stored, ran.duplicates) == (2, 2)
    kinds = our.ask("SELECT kind, sum(amount_minor)::BIGINT AS cents FROM revenue_ledger GROUP BY kind ORDER BY kind")
    assert [(one["kind"], one["cents"]) for one in kinds] == [("return", -2200), ("sale", 1200), ("shipping", 1000)]
    assert [one["status"] for one in our.ask("SELECT status FROM orders")] == ["refunded"]


def test_stock_that_says_no_time_is_followed_from_run_to_run(our: House) -> None:
    quantity = {"2": 5}

    def answer(asked: Asked) -> Say:
        product = {
            "id": 1, "name": "Lamp", "price": "9.99", "active": "1", "link_rewrite": "lamp",
            "date_upd": "2026-01-01 10:00:00",
        }  # fmt: skip
        is_first = asked.query.get("limit", "0").startswith("0") or asked.query.get("filter[id]", "").startswith("[1,")
        found: dict[str, Any] = {
            "/api/products": {"products": [product]} if is_first else [],
            "/api/currencies": {"currencies": [{"id": 1, "iso_code": "EUR"}]},
            "/api/stock_availables": {"stock_availables": [
                {"id": 1, "id_product": "1", "id_product_attribute": "0", "quantity": str(sum(quantity.values()))},
                *({"id": int(one), "id_product": "1", "id_product_attribute": one, "quantity": str(number)}
                  for one, number in quantity.items()),
            ]} if is_first else [],
        }  # fmt: skip
        return as_json(found.get(asked.path, []))

    with Place(answer) as place:
        our.add("shop", "prestashop", {"url": place.url}, secrets={"key": "K3Y"}, streams=("products", "stock"))
        ran = [our.run("shop"), our.run("shop")]
        quantity["2"] = 4
        ran.append(our.run("shop"))
        quantity["2"] = 5
        ran.append(our.run("shop"))

    assert [(one.state, one.stored) for one in ran] == [
        (RunState.DONE, 3), (RunState.DONE, 0), (RunState.DONE, 2), (RunState.DONE, 2),
    ]  # fmt: skip
    levels = our.ask("SELECT variant_id, stock::INTEGER AS stock FROM stock_levels ORDER BY variant_id, valid_from")
    assert [(one["variant_id"], one["stock"]) for one in levels] == [
        ("2", 5), ("2", 4), ("2", 5), (None, 5), (None, 4), (None, 5)
    ]  # fmt: skip
    assert our.ask("SELECT name, stock::INTEGER AS stock FROM products") == [{"name": "Lamp", "stock": 5}]


def test_a_file_that_cannot_be_understood_does_not_hold_up_the_next(our: House) -> None:
    our.add("till", "folder", {"folder": "drop"}, kind="orders")
    drop(our, "a.csv", "foo,bar\n1,2\n")
    drop(our, "b.csv", HEAD + "".join(ROWS))

    ran = our.run("till")

    assert (ran.state, ran.code, ran.stored) == (RunState.FAILED, "mapping_needed", 2)
    with our.app.state.read() as connection:
        assert not any(one.may_run for one in history.listing(connection, machine_now=RealClock().now()))
    assert (our.app.settings.home / "drop/refused/a.csv").exists()
    assert (our.app.settings.home / "drop/done/b.csv").exists()


def woo(orders: list[dict[str, object]], faults: dict[int, Say]) -> tuple[list[int], Place]:
    """A shop of many orders, a page of three; `faults` answers the n-th request instead."""
    asked: list[int] = []

    def answer(one: Asked) -> Say:
        asked.append(len(asked) + 1)
        if asked[-1] in faults:
            return faults[asked[-1]]
        after, page = one.query["modified_after"], int(one.query["page"])
        found = [order for order in orders if str(order["date_modified_gmt"]) > after]
        return as_json(found[(page - 1) * 3 : page * 3])

    return asked, Place(answer)


def order(number: int) -> dict[str, object]:
    return {
        "id": number, "currency": "EUR", "total": "10.00", "total_tax": "0", "shipping_total": "0",
        "customer_id": number,
        "date_created_gmt": f"2026-01-01T10:{number:02}:00", "date_modified_gmt": f"2026-01-01T10:{number:02}:00",
        "date_paid_gmt": "2026-01-01T10:00:00", "refunds": [],
        "line_items": [
            {"id": number, "product_id": 1, "variation_id": 0, "quantity": 1, "total": "10.00", "name": "x"}
        ],
    }  # fmt: skip


def add_woo(our: House, url: str) -> None:
    our.add("shop", "woocommerce", {"url": url, "user": "ck", "overlap_minutes": "0"}, secrets={"password": "cs"},
            streams=("orders",))  # fmt: skip


def test_a_shop_that_forbids_halfway_is_gone_on_with_from_where_it_was(our: House) -> None:
    asked, place = woo([order(n) for n in range(1, 11)], {3: Say(status=403)})
    with place:
        add_woo(our, place.url)
        first, second = our.run("shop"), our.run("shop")

    assert (first.state, first.code, first.read) == (RunState.FAILED, "place_forbids", 5)
    assert second.state is RunState.DONE
    assert cents(our) == 10_000
    assert "modified_after" in place.asked[3].query
    assert place.asked[3].query["modified_after"] > "2026-01-01T10:04"
    assert asked


def test_an_order_that_is_sent_again_in_other_words_is_not_counted_twice(our: House) -> None:
    orders = [order(1)]
    _, place = woo(orders, {})
    with place:
        add_woo(our, place.url)
        our.run("shop")
        orders[0] = order(1) | {"total": "99.00", "date_modified_gmt": "2026-01-01T12:00:00"}
        again = our.run("shop")

    assert counts(again) == (1, 0, 0, 1)
    assert cents(our) == 1_000


def test_a_database_is_fetched_from_where_the_last_run_ended(our: House) -> None:
    path = our.app.settings.home / "drop" / "shop.db"
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE sales (line INTEGER, order_id, product_id, quantity, unit_price, currency, occurred_at TEXT,"
            " customer_id, changed INTEGER)"
        )
        db.executemany(
            "INSERT INTO sales VALUES (?, ?, 'lamp', 1, '5.00', 'EUR', '2026-11-01 10:00:00', 'ann', ?)",
            [(n, f"A{n}", n) for n in range(1, 5)],
        )
    our.add("erp", "sql", {"url": "sqlite:///drop/shop.db", "what": "sales", "grows": "changed", "key": "line"},
            kind="orders")  # fmt: skip

    first = our.run("erp")
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO sales VALUES (9, 'A9', 'vase', 1, 7, 'EUR', '2026-11-01 10:00:00', 'bob', 5)")
    second = our.run("erp")

    assert (first.state, counts(first)) == (RunState.DONE, (4, 4, 0, 0)), first.problem
    assert (second.state, counts(second)) == (RunState.DONE, (2, 1, 0, 1))
    assert cents(our) == 2_700


def test_trying_shows_rows_as_they_would_be_stored_and_keeps_nothing(our: House) -> None:
    our.add("till", "folder", {"folder": "drop"}, kind="orders")
    drop(our, "a.csv", HEAD + "".join(ROWS))
    with our.app.state.read() as connection:
        pull = shelf.find(connection, "till")

    tried = pulling.try_out(our.app.settings, our.app.state, pull)

    assert tried.look.items == ("a.csv",)
    assert tried.seen is not None
    assert [one.values[0] for one in tried.seen.rows] == ["A1", "A2"]
    assert (our.app.settings.home / "drop/a.csv").exists()
    assert cents(our) == 0


def test_trying_columns_that_do_not_say_what_they_are_gives_a_mapping_to_complete(our: House) -> None:
    our.add("till", "folder", {"folder": "drop"}, kind="orders")
    drop(our, "a.csv", "nr,item\n1,lamp\n")
    with our.app.state.read() as connection:
        pull = shelf.find(connection, "till")

    tried = pulling.try_out(our.app.settings, our.app.state, pull)

    assert "order_id" in tried.lacking
    assert tried.mapping.startswith("version: 1")


# ── one at a time, by itself, cancelled, silent ──


def test_two_runs_of_one_source_never_meet(our: House) -> None:
    our.add("till", "folder", {"folder": "drop"}, kind="orders")
    pulling.begin(our.app.settings, our.app.state, "till", made_by="a")

    with pytest.raises(PullRuns):
        pulling.begin(our.app.settings, our.app.state, "till", made_by="b")


def test_a_run_whose_process_died_is_stopped_and_due_at_once(our: House) -> None:
    our.add("till", "folder", {"folder": "drop"}, kind="orders", schedule=schedule.parse("daily:03:00"))
    pulling.begin(our.app.settings, our.app.state, "till", made_by="")
    later = RealClock().now() + runs.SILENT + timedelta(seconds=1)
    with our.app.state.read() as connection:
        pull = shelf.find(connection, "till")
        last = runs.latest(connection, "till", machine_now=later)

    assert last is not None
    assert last.state is RunState.STOPPED
    assert runs.due_at(pull, last, "UTC", later) == later


def test_a_cancelled_run_ends_and_keeps_what_it_brought(our: House) -> None:
    our.add("till", "folder", {"folder": "drop"}, kind="orders")
    drop(our, "a.csv", HEAD + ROWS[0])
    run_id = pulling.begin(our.app.settings, our.app.state, "till", made_by="a")
    with our.app.state.write() as connection:
        runs.cancel(connection, "till", machine_now=RealClock().now())
        assert not runs.move(connection, run_id, RealClock().now(), {})
    pull = replace(_kept(our, "till"))
    running = pulling.Running(app=our.app, pull=pull, run_id=run_id, made_by="a", may_go_on=False)

    with pytest.raises(Exception, match="cancelled"):
        running.work()

    assert list((our.app.settings.home / "drop/taking").iterdir())
    with our.app.state.write() as connection:
        runs.end(connection, run_id, RunState.CANCELLED, our.app.clock.now())
    assert counts(our.run("till")) == (1, 1, 0, 0)


def _kept(our: House, name: str) -> shelf.Kept:
    with our.app.state.read() as connection:
        return shelf.find(connection, name)


def test_what_failed_for_something_that_passes_is_tried_again_sooner(our: House) -> None:
    our.add("file", "http", {"url": "https://127.0.0.1:1/x.csv"}, kind="orders", schedule=schedule.parse("every:600"))
    pull, now = _kept(our, "file"), our.app.clock.now()
    dues = []
    for _ in range(4):
        run_id = pulling.begin(our.app.settings, our.app.state, "file", made_by="")
        with our.app.state.write() as connection:
            runs.end(connection, run_id, RunState.FAILED, now, code="place_away", is_passing=True)
            last = runs.latest(connection, "file", machine_now=RealClock().now())
        due = runs.due_at(pull, last, "UTC", now)
        assert due is not None
        dues.append(round((due - now).total_seconds() / 60))

    assert dues == [5, 15, 60, 600]


def test_a_source_that_brings_nothing_for_its_alarm_period_is_silent(our: House) -> None:
    our.add("till", "folder", {"folder": "drop"}, kind="orders", alarm_hours=24, schedule=schedule.parse("every:60"))
    pull, now = _kept(our, "till"), our.app.clock.now()

    assert not runs.is_silent(pull, now + timedelta(hours=23))
    assert runs.is_silent(pull, now + timedelta(hours=25))
    assert not runs.is_silent(replace(pull, is_paused=True), now + timedelta(hours=25))
    assert not runs.is_silent(replace(pull, brought_at=now + timedelta(hours=2)), now + timedelta(hours=25))


def test_what_rests_or_runs_by_hand_is_never_due(our: House) -> None:
    our.add("till", "folder", {"folder": "drop"}, kind="orders", schedule=schedule.parse("every:1"))
    assert [one.name for one in pulling.due(our.app.settings, our.app.state)] == ["till"]
    with our.app.state.write() as connection:
        shelf.pause(connection, "till", is_paused=True)
    assert pulling.due(our.app.settings, our.app.state) == []


# ── secrets, and what may be read ──


def test_a_secret_is_sealed_kept_when_left_empty_and_forgotten_when_the_address_changes(our: House) -> None:
    key = master_key(our.app.settings.home)
    our.add("shop", "shopify", {"url": "https://a.example"}, secrets={"token": "shpat_SECRET"})
    pull = _kept(our, "shop")
    assert pull.secrets == {"token"}
    assert "SECRET" not in repr(pull)
    assert b"SECRET" not in (our.app.settings.home / "state.db").read_bytes()

    with our.app.state.write() as connection:
        shelf.save(connection, pull, {"token": ""}, key, is_new=False)
        assert shelf.opened(connection, "shop", key) == {"token": "shpat_SECRET"}
        with pytest.raises(PlaceNeeds, match="token"):
            shelf.save(connection, replace(pull, options={"url": "https://evil.example"}), {}, key, is_new=False)


def test_a_name_is_taken_once(our: House) -> None:
    our.add("till", "folder", {"folder": "drop"}, kind="orders")
    with pytest.raises(PullExists):
        our.add("till", "folder", {"folder": "drop"}, kind="orders")


def test_whoever_has_not_every_brand_reads_nothing_inside(our: House) -> None:
    our.add("till", "folder", {"folder": "drop"}, kind="orders")
    limited = replace(_kept(our, "till"), may_look_inside=False)

    with pytest.raises(PlaceBarred):
        pulling.try_out(our.app.settings, our.app.state, limited)


@pytest.mark.parametrize(
    "change",
    [{"kind": "nonsense"}, {"streams": ()}, {"streams": ("other",)}, {"alarm_hours": -1}, {"options": {"wrong": "x"}}],
)
def test_a_description_that_is_not_whole_is_refused(our: House, change: dict[str, object]) -> None:
    with pytest.raises(PlaceNeeds):
        our.add("till", "folder", **{"options": {"folder": "drop"}, "kind": "orders", **change})  # type: ignore[arg-type]


def test_reports_are_plain_text_and_cursors_plain_json(our: House) -> None:
    with Place(lambda _: Say(body=(HEAD + ROWS[0]).encode(), headers={"ETag": '"1"'})) as place:
        our.add("file", "http", {"url": f"{place.url}/a.csv"}, kind="orders")
        our.run("file")
        again = our.run("file")
    with our.app.state.read() as connection:
        mark = json.loads(shelf.cursor(connection, "file", "file"))
    assert mark["etag"] == '"1"'
    assert counts(again) == (0, 0, 0, 0)
