"""Kill -9 in the middle of an erasure (X11): whoever starts next takes it up, and no byte of her is left."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.installation import Installation, installed

EMAIL, NAME = "claire.dupont@example.org", "Claire Dupont"
STATES = ("asked", "gathered", "cleaning")
DONE_WITHIN = 60.0


def everywhere(home: Path, *words: str) -> list[tuple[str, str]]:
    """Search for words in every byte of a home."""
    files = [one for one in sorted(home.rglob("*")) if one.is_file()]
    return [(str(file), word) for file in files for word in words if word.encode() in file.read_bytes()]


def live(shop: Installation) -> None:
    """Let her be known by all that the home keeps, among others."""
    order = {"order_id": "O-1", "total": 20, "currency": "EUR", "email": EMAIL, "products": [{"product_id": "P"}]}
    said: list[dict[str, Any]] = [
        {"type": "identify", "userId": "u1", "messageId": "a", "traits": {"email": EMAIL, "name": NAME}},
        {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "b", "properties": order},
        *(
            {"type": "track", "event": "Product Viewed", "userId": f"u{one % 7}", "messageId": f"v{one}"}
            for one in range(400)
        ),
    ]
    status, _, _ = shop.post("/v1/batch", {"batch": said}, secret=True)
    assert status == 200
    shop.settle()


def state_of(home: Path) -> str:
    """Say how far the erasure is."""
    with closing(sqlite3.connect(home / "state.db", timeout=30)) as state:
        row = state.execute("SELECT state FROM erasures").fetchone()
    return row[0] if row else ""


def reaches(home: Path, *states: str, within: float = DONE_WITHIN) -> str:
    """Wait until the erasure is so far; give how far it was then."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        now = state_of(home)
        if now in states:
            return now
        time.sleep(0.002)
    raise AssertionError(f"after {within} s the erasure is {state_of(home)!r}, not {states}")


@pytest.mark.slow
@pytest.mark.costly
def test_an_erasure_that_was_killed_is_taken_up_and_ends(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    aims = STATES[seed % len(STATES) :]  # strikes at one step of it, then at each later one
    with installed(tmp_path / "home") as shop:
        live(shop)
        command = [sys.executable, "-m", "comptoir", "person", "erase", EMAIL, "--confirm", EMAIL]
        asker = subprocess.Popen([*command, "--home", str(shop.home)], stdout=subprocess.DEVNULL)
        struck = []
        for aim in aims:
            reaches(shop.home, aim, *STATES[STATES.index(aim) + 1 :], "done")
            time.sleep(draw.uniform(0, 0.03))
            was = state_of(shop.home)
            if was == "done":
                break
            struck.append(was)
            asker.kill()  # nobody who asked is left to see to it
            if draw.random() < 0.5:
                shop.kill_all()
                shop.start()
            else:
                shop.kill("engine")
                shop.wait_ready()
        asker.kill()
        asker.wait(10)
        reaches(shop.home, "done")
        shop.settle()
        print(f"seed {seed}: killed when it was {', '.join(struck)}")

        assert struck or aims[0] != "asked", "it was killed before it was done"
        assert everywhere(shop.home, EMAIL, NAME) == []
        (row,) = shop.ask("SELECT count(*) AS n, count(profile_id) AS named FROM orders")
        assert (row["n"], row["named"]) == (1, 0)
        assert shop.metrics()["comptoir_equation_difference"] == 0
