"""The night's work is killed anywhere: what shows is of that night or of the one before, and it is made again."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from comptoir import engine as engines
from comptoir.clock import ManualClock
from comptoir.segments.drafts import SEGMENTS
from comptoir.warehouse.duckdb import DuckdbWarehouse
from tests.shop import START, Shop

ROOT = Path(__file__).parents[2]
PEOPLE = 30
SECOND_NIGHT = START + timedelta(days=1)
WRITTEN = ("scores", "score_changes", "score_days", "affinities", "memberships", "day_activity")
BUYERS = "version: 1\nkey: buyers\nname: Buyers\nif: {ordered: {at_least: 1}}\n"
CHILD = "import sys; from tests.fault.test_nights import be_killed; be_killed(sys.argv[1], int(sys.argv[2]))"


def night_of(shop: Shop) -> bool:
    acting = shop.app.acting(shop.warehouse)
    return engines.Engine(
        app=shop.app, warehouse=shop.warehouse, acting=acting, ticker=shop.ticker, sender=acting.sender(),
        outward=acting.outward(),
    ).nightly()  # fmt: skip


def be_killed(home: str, place: int) -> None:
    """Do the second night's work in this process, and die by the hand of the kernel in one of its transactions."""
    real, count = DuckdbWarehouse.transaction, 0

    @contextmanager
    def deadly(warehouse: DuckdbWarehouse) -> Iterator[Any]:
        nonlocal count
        with real(warehouse) as cursor:
            yield cursor
            if count == place:  # all of it is written, and nothing committed
                signal.raise_signal(signal.SIGKILL)
            count += 1

    DuckdbWarehouse.transaction = deadly  # type: ignore[method-assign,assignment]
    night_of(Shop(Path(home), clock=ManualClock(SECOND_NIGHT)))


def tables(shop: Shop) -> dict[str, list[Any]]:
    with shop.warehouse.cursor() as cursor:
        found = {name: sorted(map(repr, cursor.table(f"fact.{name}").fetchall())) for name in WRITTEN}
        # how many moved is counted by the run that ends, and a run before it may have written some of them
        ended = "SELECT run_id, plugin, brand, as_of, state, people_count FROM fact.score_runs ORDER BY run_id"
        return found | {"score_runs": cursor.execute(ended).fetchall()}


def by_score(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in shop.raw("SELECT score, node_id, value, label, as_of FROM fact.scores ORDER BY ALL"):
        found.setdefault(row[0], []).append(row)
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lend the home of a shop that has had one night, and a day after it on which much was bought."""
    folder: Path = tmp_path_factory.mktemp("nights") / "home"
    shop = Shop(folder)
    for person in range(PEOPLE):
        for order, days in enumerate((200 - 3 * person, 150 - 2 * person)):
            shop.say(bought(shop, person, f"{order}", after=-days, total=20 + person))
    with shop.app.state.write() as connection:
        SEGMENTS.publish_text(connection, BUYERS, shop.clock.now())
    shop.tick()
    assert night_of(shop)
    for person in range(0, PEOPLE, 3):
        shop.say(bought(shop, person, "late", after=0.1, total=900))
    shop.clock.advance(timedelta(days=1))
    shop.tick()
    shop.close()
    return folder


def bought(shop: Shop, person: int, order: str, *, after: float, total: float) -> Any:
    product = {"product_id": "p", "price": total, "quantity": 1, "category": "Shoes"}
    said = {"order_id": f"{person}-{order}", "total": total, "currency": "EUR", "products": [product]}
    return shop.line(
        "Order Completed", after=after * 86_400, user_id=f"c{person}", trust="confirmed", source="shop", properties=said
    )


@dataclass(frozen=True)
class Calm:
    """A second night that nobody killed: what scores said before and after it, and what it left."""

    before: dict[str, list[tuple[Any, ...]]]
    after: dict[str, list[tuple[Any, ...]]]
    tables: dict[str, list[Any]]
    transactions: int


@pytest.fixture(scope="module")
def calm(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Calm:
    real, count = DuckdbWarehouse.transaction, 0

    @contextmanager
    def counted(warehouse: DuckdbWarehouse) -> Iterator[Any]:
        nonlocal count
        with real(warehouse) as cursor:
            yield cursor
            count += 1

    shop = Shop(Path(copytree(home, tmp_path_factory.mktemp("calm") / "home")), clock=ManualClock(SECOND_NIGHT))
    before = by_score(shop)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DuckdbWarehouse, "transaction", counted)
        assert night_of(shop)
    after, left = by_score(shop), tables(shop)
    shop.close()
    assert any(before[score] != after[score] for score in before)
    return Calm(before, after, left, count)


@pytest.mark.slow
@pytest.mark.costly
def test_a_night_that_is_killed_shows_nothing_half_written_and_is_made_again(
    home: Path, calm: Calm, tmp_path: Path, seed: int
) -> None:
    killed = tmp_path / "killed"
    copytree(home, killed)
    place = random.Random(seed).randrange(calm.transactions)
    child = subprocess.run([sys.executable, "-c", CHILD, str(killed), str(place)], cwd=ROOT, timeout=120, check=False)
    assert child.returncode == -signal.SIGKILL

    shop = Shop(killed, clock=ManualClock(SECOND_NIGHT))
    shown = by_score(shop)
    assert shown.keys() <= calm.before.keys() | calm.after.keys()
    assert [score for score in shown if shown[score] not in (calm.before.get(score), calm.after.get(score))] == []
    assert night_of(shop)
    assert tables(shop) == calm.tables
    assert not night_of(shop)
    shop.close()
