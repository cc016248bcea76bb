"""R1, R2: a stop between any two commits of a tick changes nothing that anybody could see."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from comptoir.model.event import Line
from comptoir.state.base import State
from comptoir.warehouse.duckdb import DuckdbWarehouse
from tests.shop import Shop

STRIDE = 6, 12
"""Commits between two stops of one seed, at least and at most; the other seeds of the run take the ones between."""


class Stopped(BaseException):
    """The process died here."""


class Commits:
    """Counts the commits of all stores, and dies right after, or right before, the one it was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.deadly = -1
        self.before = False
        for kind, name in ((State, "write"), (DuckdbWarehouse, "transaction")):
            monkeypatch.setattr(kind, name, self._counted(getattr(kind, name)))

    def _counted(self, real: Any) -> Any:
        commits = self

        @contextmanager
        def counted(store: Any) -> Iterator[Any]:
            with real(store) as lent:
                yield lent
                if commits.before and commits.count == commits.deadly:
                    raise Stopped
            commits.count += 1
            if not commits.before and commits.count - 1 == commits.deadly:
                raise Stopped

        return counted


def _stream(shop: Shop, seed: int) -> list[list[Line]]:
    draw = random.Random(seed)
    parcels = []
    for number in range(4):
        lines = []
        for place in range(draw.randint(1, 8)):
            who, cart = draw.choice("abc"), draw.choice("xyz")
            at = number * 600 + place * 7
            kind = draw.choice(["view", "add", "add", "order", "identify"])
            item = {"product_id": draw.choice(["p1", "p2"]), "price": 9.5, "quantity": draw.randint(1, 3)}
            if kind == "view":
                lines.append(shop.line(anonymous_id=f"b-{who}", after=at, properties=item))
            elif kind == "add":
                lines.append(
                    shop.line("Product Added", anonymous_id=f"b-{who}", after=at, properties={"cart_id": cart, **item})
                )
            elif kind == "order":
                order = {"order_id": f"o-{cart}-{number}", "cart_id": cart, "total": 19, "products": [item]}
                lines.append(shop.line("Order Completed", user_id=who, trust="confirmed", after=at, properties=order))
            else:
                lines.append(shop.line("", type="identify", anonymous_id=f"b-{who}", user_id=who, after=at))
        parcels.append(lines)
    return parcels


def _calm(home: Path, seed: int) -> tuple[dict[str, str], tuple[int, int]]:
    shop = Shop(home)
    for lines in _stream(shop, seed):
        shop.say(*lines)
        shop.tick()
    seen = shop.fingerprints(), shop.equation()
    shop.close()
    return seen


def test_a_stop_at_every_commit_of_a_run_leaves_the_same_facts(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    stride = min(max(int(request.config.getoption("--seeds")), STRIDE[0]), STRIDE[1])
    expected = _calm(tmp_path / "calm", seed)
    commits = Commits(monkeypatch)
    deadly = seed % stride
    survived, stops = False, 0
    while not survived:
        for before in (False, True):
            commits.before = before
            survived = _with_one_stop(tmp_path / f"stop-{deadly}-{before}", seed, commits, deadly, expected)
            stops += not survived
        deadly += stride
    assert stops >= 2, "one right after a commit, one right before it"


def _with_one_stop(home: Path, seed: int, commits: Commits, deadly: int, expected: object) -> bool:
    shop = Shop(home)
    commits.count, commits.deadly = 0, deadly
    survived = True
    for lines in _stream(shop, seed):
        shop.say(*lines)
        try:
            shop.tick()
        except Stopped:
            survived, commits.deadly = False, -1
            shop.reopen()
            shop.tick()
    commits.deadly = -1
    seen = shop.fingerprints(), shop.equation()
    shop.close()
    assert seen == expected, f"seed {seed}, stop at commit {deadly}"
    return survived
