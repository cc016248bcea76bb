"""Files come in: once, whole, exactly, and what does not fit is kept aside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from comptoir import importing
from comptoir.app import open_app
from comptoir.clock import RealClock
from comptoir.config import Settings
from comptoir.sources import history, propose
from comptoir.sources.intake import APPENDED_LINES
from tests.shop import made_home

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "real"
HEAD = "order_id,product_id,quantity,unit_price,currency,occurred_at,customer_id\n"
ROWS = ["A1,lamp,2,9.99,EUR,2026-11-01 10:00:00,ann\n", "A1,lamp,2,9.99,EUR,2026-11-01 10:00:00,ann\n"]


def comptoir(home: Path, *words: str | Path, fails: bool = False) -> Any:
    """Run the command as a user does, and read its answer."""
    done = subprocess.run(
        [sys.executable, "-m", "comptoir", *map(str, words), "--home", str(home)],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
        check=False,
    )
    assert (done.returncode != 0) is fails, done.stderr
    return done if fails else json.loads(done.stdout)


def bring(home: Path, path: Path, kind: str, mapping: str | None = None) -> dict[str, Any]:
    extra: list[str | Path] = ["--mapping", EXAMPLES / mapping] if mapping else []
    answer: dict[str, Any] = comptoir(home, "import", path, "--as", kind, *extra, "--json")
    return answer


def counts(answer: dict[str, Any]) -> tuple[int, int, int, int, int]:
    return tuple(answer[name] for name in ("read", "accepted", "refused", "duplicates", "pending"))


@pytest.fixture
def made(home: Path) -> Path:
    shutil.copytree(made_home(), home, dirs_exist_ok=True)
    return home


def asked(home: Path, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = comptoir(home, "query", sql, "--format", "json")
    return rows


def test_a_second_import_changes_nothing_and_a_longer_export_adds_only_what_is_new(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + "".join(ROWS), encoding="utf-8")

    first, second = bring(made, path, "orders"), bring(made, path, "orders")
    path.write_text(HEAD + "".join([*ROWS, *ROWS, "A2,vase,1,5.00,EUR,2026-11-02,bob\n"]), encoding="utf-8")
    longer = bring(made, path, "orders")

    assert counts(first) == (2, 2, 0, 0, 0)
    assert counts(second) == (2, 0, 0, 2, 0)
    assert counts(longer) == (5, 3, 0, 2, 0)
    assert asked(made, "SELECT sum(amount_minor)::BIGINT AS cents FROM revenue_ledger") == [{"cents": 4 * 1998 + 500}]


def test_next_month_s_file_is_read_as_the_last_one_was(made: Path, tmp_path: Path) -> None:
    how = tmp_path / "how.yaml"
    how.write_text(
        "version: 1\nkind: orders\ndates: {zone: Asia/Tokyo}\nfields: {order_id: Ticket, product_id: Ref, "
        "quantity: Nb, unit_price: PU, currency: {constant: EUR}, occurred_at: Quand}\n"
    )
    path = tmp_path / "month.csv"
    path.write_text("Ticket,Ref,Nb,PU,Quand\nA1,lamp,2,9.99,2026-10-01 10:00\n", encoding="utf-8")
    answer = comptoir(made, "import", path, "--as", "orders", "--mapping", how, "--json")
    assert counts(answer) == (1, 1, 0, 0, 0)

    with path.open("a", encoding="utf-8") as file:
        file.write("A2,lamp,1,9.99,2026-11-01 10:00\n")
    longer = bring(made, path, "orders")

    assert counts(longer) == (2, 1, 0, 1, 0)


@pytest.mark.parametrize("is_zip", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["folder", "zip"])
def test_a_folder_or_a_zip_comes_in_as_its_files_and_its_broken_row_is_mended(
    made: Path, tmp_path: Path, *, is_zip: bool
) -> None:
    pack = tmp_path / "october"
    pack.mkdir()
    (pack / "1.csv").write_text(HEAD + ROWS[0], encoding="utf-8")
    (pack / "2.csv").write_text(HEAD + "A2,vase,1,five,EUR,2026-11-02,bob\n", encoding="utf-8")
    if is_zip:
        pack = Path(shutil.make_archive(str(pack), "zip", pack))

    answer = bring(made, pack, "orders")
    (broken,) = comptoir(made, "failed", "list", "--json")
    comptoir(made, "failed", "repair", str(broken["failed_id"]), "--set", "unit_price=5.00", "--json")
    done = comptoir(made, "failed", "replay", str(broken["failed_id"]), "--json")

    assert counts(answer) == (2, 1, 1, 0, 0)
    assert done["stored"] == 1
    assert asked(made, "SELECT sum(amount_minor)::BIGINT AS cents FROM revenue_ledger") == [{"cents": 1998 + 500}]


def test_broken_rows_are_kept_with_their_line_and_wait_to_be_mended(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    broken = ["A2,lamp,2,nine,EUR,2026-11-01,ann\n", ",lamp,2,9,EUR,2026-11-01,ann\n", "A4,lamp\n"]
    path.write_text(HEAD + ROWS[0] + "".join(broken) + "A5,vase,1,5,EUR,2026-11-01,ann\n", encoding="utf-8")

    answer = bring(made, path, "orders")

    assert counts(answer) == (5, 2, 3, 0, 0)
    failed = comptoir(made, "failed", "list", "--json")
    assert {one["row_number"]: one["reason"] for one in failed} == {
        3: "bad_amount",
        4: "missing_order_id",
        5: "bad_row",
    }


def test_without_a_mapping_a_header_that_lacks_something_gets_a_proposal(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("InvoiceNo,Quantity,UnitPrice,InvoiceDate\n1,1,2.55,2026-11-01\n", encoding="utf-8")

    done = comptoir(made, "import", path, "--as", "orders", "--json", fails=True)

    assert done.stdout == ""
    assert "currency" in done.stderr
    assert "order_id: InvoiceNo" in done.stderr


def test_the_excerpt_s_people_carts_and_orders_come_together(made: Path) -> None:
    assert counts(bring(made, EXAMPLES / "contacts.csv", "contacts", "contacts.yaml"))[1:3] == (253, 0)
    assert counts(bring(made, EXAMPLES / "consents.csv", "consents", "consents.yaml"))[1:3] == (223, 0)
    excerpt = EXAMPLES / "rees46_excerpt.csv.gz"
    assert counts(bring(made, excerpt, "products", "rees46_products.yaml"))[1:3] == (1_383, 0)
    assert counts(bring(made, excerpt, "events", "rees46.yaml")) == (1_383, 1_383, 0, 0, 0)

    names = {one["name"]: one["n"] for one in asked(made, "SELECT name, count(*) AS n FROM events GROUP BY name")}
    assert names == {"Product Viewed": 1_139, "Product Added": 165, "Order Completed": 79}
    (one,) = asked(made, "SELECT count(*) AS orders, count(DISTINCT cart_key) > 50 AS bridged FROM orders")
    assert one == {"orders": 79, "bridged": True}
    (consents,) = asked(made, "SELECT count(*) AS n FROM consents WHERE profile_id IS NOT NULL")
    assert consents == {"n": 223}


@pytest.mark.slow
def test_the_rees46_sample_comes_in_as_it_is_known(made: Path, shared_data: Path) -> None:
    path = shared_data / "rees46_sample" / "2019-Oct.csv"

    assert counts(bring(made, path, "events", "rees46.yaml")) == (17_435, 17_435, 0, 0, 0)
    assert counts(bring(made, path, "events", "rees46.yaml")) == (17_435, 0, 0, 17_435, 0)

    names = {one["name"]: one["n"] for one in asked(made, "SELECT name, count(*) AS n FROM events GROUP BY name")}
    assert names == {"Product Viewed": 17_056, "Product Added": 165, "Order Completed": 214}
    assert asked(made, "SELECT count(*) AS n FROM orders") == [{"n": 214}]


@pytest.mark.slow
def test_the_ledger_of_online_retail_is_exact_to_the_penny(made: Path, shared_data: Path) -> None:
    path = shared_data / "online_retail" / "online_retail.csv.gz"

    first = bring(made, path, "orders", "online_retail.yaml")
    total = "SELECT sum(amount_minor)::BIGINT AS pence, count(*) AS lines FROM revenue_ledger"
    before = asked(made, total)
    second = bring(made, path, "orders", "online_retail.yaml")

    assert counts(first) == (541_909, 541_909, 0, 0, 0)
    assert before[0]["pence"] == 974_774_793
    assert counts(second) == (541_909, 0, 0, 541_909, 0)
    assert asked(made, total) == before
    assert asked(made, "SELECT count(DISTINCT order_id) AS n FROM orders") == [{"n": 25_900}]


def test_an_import_that_is_stopped_half_way_and_run_again_counts_every_row_once(made: Path, tmp_path: Path) -> None:
    count = 3 * APPENDED_LINES
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + "".join(f"A{one},lamp,1,1.00,EUR,2026-11-01,ann\n" for one in range(count)))
    app = open_app(Settings(home=made))
    how = propose.obvious(path, "orders")
    work = importing.Importing(app=app, run=importing.new_run(app.state, app.clock, how, source="till", brand=None),
                               files=[path], how=how)  # fmt: skip

    def stop(done: int, _whole: int) -> None:
        work._beat = float("-inf")
        if done > path.stat().st_size // 2:
            with suppress(history.ImportRests):
                importing.stop(app.state, work.run.import_id, app.clock.now())

    with (
        pytest.raises(history.ImportHalted),
        importing.noted(app, work.run, [path], "orders", "kind: orders", made_by="t"),
    ):
        work.take_in(stop)
    with app.state.read() as connection:
        assert history.find(connection, work.run.import_id, machine_now=RealClock().now()).may_run
    app.close()
    answer = comptoir(made, "import", path, "--as", "orders", "--source", "till", "--json")

    assert answer["read"] == count == answer["accepted"] + answer["duplicates"]
    assert 0 < answer["duplicates"] < count
    (row,) = asked(made, "SELECT count(*) AS lines, sum(amount_minor)::BIGINT AS cents FROM revenue_ledger")
    assert (row["lines"], row["cents"]) == (count, 100 * count)
