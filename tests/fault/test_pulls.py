"""Pulls meet what goes wrong in the world: killed processes, replaced files, shops that change while they are read."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comptoir.clock import RealClock
from comptoir.config import FILE_NAME
from comptoir.sources.pulls.runs import RunState
from tests.installation import installed
from tests.place import Asked, House, Place, Say, as_json, house

HEAD = "order_id,product_id,quantity,unit_price,currency,occurred_at,customer_id\n"
ROWS = 30_000


@pytest.fixture
def our(home: Path) -> Iterator[House]:
    with house(home) as made:
        (home / FILE_NAME).write_text('[pulls]\nprivate_hosts = ["127.0.0.1"]\n', encoding="utf-8")
        yield made


def cents(our: House) -> int:
    (row,) = our.ask("SELECT coalesce(sum(amount_minor), 0)::BIGINT AS cents FROM revenue_ledger")
    return int(row["cents"])


def start(our: House, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "comptoir", "pull", "run", name, "--home", str(our.app.settings.home), "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(our: House, name: str) -> dict[str, Any]:
    """Run it until another process's sign of life is old enough, as the schedule does."""
    for _ in range(60):
        with start(our, name) as process:
            said, problem = process.communicate(timeout=120)
        if process.returncode == 0:
            told: dict[str, Any] = json.loads(said)
            return told
        assert "pull_runs" in problem, problem
        time.sleep(1)
    raise AssertionError("it never became free")


@pytest.mark.costly
@pytest.mark.slow
def test_a_run_that_is_killed_anywhere_is_gone_on_with_and_counts_every_row_once(our: House, seed: int) -> None:
    our.add("till", "folder", {"folder": "drop", "quiet_seconds": "0"}, kind="orders")
    drop = our.app.settings.home / "drop"
    for part in range(3):
        lines = [f"A{part}-{n},lamp,1,0.01,EUR,2026-11-01 10:00:00,ann{n % 100}\n" for n in range(ROWS // 3)]
        (drop / f"{part}.csv").write_text(HEAD + "".join(lines), encoding="utf-8")

    with start(our, "till") as process:
        time.sleep(random.Random(seed).uniform(0.6, 3.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    ended = finish(our, "till")

    assert ended["state"] == RunState.DONE
    assert cents(our) == ROWS
    assert sorted(one.name for one in (drop / "done").glob("*.csv")) == ["0.csv", "1.csv", "2.csv"]


def order(number: int, minute: int) -> dict[str, Any]:
    return {
        "id": number, "currency": "EUR", "total": "1.00", "total_tax": "0", "shipping_total": "0",
        "customer_id": number,
        "date_created_gmt": "2026-01-01T10:00:00",
        "date_modified_gmt": f"2026-01-01T{minute // 60:02}:{minute % 60:02}:00",
        "date_paid_gmt": "2026-01-01T10:00:00", "refunds": [],
        "line_items": [{"id": number, "product_id": 1, "variation_id": 0, "quantity": 1, "total": "1.00", "name": "x"}],
    }  # fmt: skip


def test_a_shop_that_fails_hangs_up_and_moves_its_orders_while_it_is_read_loses_none(our: House, seed: int) -> None:
    draw = random.Random(seed)
    orders = [order(number, number) for number in range(1, 41)]
    clock = [100]

    def answer(asked: Asked) -> Say:
        moved = draw.choice(orders)
        moved["date_modified_gmt"] = f"2026-01-01T{clock[0] // 60:02}:{clock[0] % 60:02}:00"
        clock[0] += draw.random() < 0.1
        after, page = asked.query["modified_after"], int(asked.query["page"])
        found = sorted((one for one in orders if one["date_modified_gmt"] > after), key=lambda one: (
            one["date_modified_gmt"], one["id"]))  # fmt: skip
        said = as_json(found[(page - 1) * 7 : page * 7])
        match draw.randrange(8):
            case 0:
                return Say(status=500)
            case 1:
                return Say(status=429, headers={"Retry-After": "0"})
            case 2:
                return Say(body=said.body, sends=len(said.body) // 2)
        if clock[0] > 160 and not found[(page - 1) * 7 :]:
            return as_json([])
        return said

    our.pause = lambda _: None
    states = []
    with Place(answer) as place:
        our.add("shop", "woocommerce", {"url": place.url, "user": "ck", "overlap_minutes": "0"},
                secrets={"password": "cs"}, streams=("orders",))  # fmt: skip
        for _ in range(20):
            states.append(our.run("shop").state)
            if states[-1] is RunState.DONE and cents(our) == 4_000:
                break

    assert cents(our) == 4_000, states


@pytest.mark.slow
def test_the_engine_fetches_what_is_due_by_itself_even_after_it_was_killed(home: Path) -> None:
    now = RealClock().now().isoformat()
    hurried = f'[clock]\nstart = "{now}"\nsince = "{now}"\nspeed = 5\n'  # its minute takes twelve seconds
    with installed(home, more=hurried) as shop:
        words = (
            "--set",
            "folder=drop",
            "--set",
            "quiet_seconds=0",
            "--as",
            "orders",
            "--schedule",
            "every:1",
            "--json",
        )
        shop.cli("pull", "add", "till", "folder", *words)
        shop.kill("engine")
        shop.wait_ready()
        path = home / "drop" / "a.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEAD + "A1,lamp,1,1.00,EUR,2026-11-01,ann\n", encoding="utf-8")

        until = time.monotonic() + 120
        while shop.ask("SELECT count(*) AS n FROM orders")[0]["n"] != 1:
            assert time.monotonic() < until, shop.cli("pull", "history", "till")
            time.sleep(0.2)
        (ran, *_) = [one for one in shop.cli("pull", "history", "till") if one["read"]]

    assert (ran["state"], ran["made_by"], ran["stored"]) == ("done", "", 1)
