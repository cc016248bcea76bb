"""A person is erased while the shop is open: the door goes on, the engine starts again, and no byte of her is left."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.installation import Installation, installed

EMAIL, NAME = "claire.dupont@example.org", "Claire Dupont"


def everywhere(home: Path, *words: str) -> list[tuple[str, str]]:
    """Search for words in every byte of a home."""
    files = [one for one in sorted(home.rglob("*")) if one.is_file()]
    return [(str(file), word) for file in files for word in words if word.encode() in file.read_bytes()]


def say(shop: Installation, **event: Any) -> None:
    """Say something with the secret key."""
    status, _, _ = shop.post("/v1/batch", {"batch": [event]}, secret=True)
    assert status == 200


@pytest.mark.slow
def test_a_person_is_erased_while_the_shop_is_open(tmp_path: Path) -> None:
    with installed(tmp_path / "home") as shop:
        before = shop.pids()["engine"]
        say(shop, type="identify", userId="u1", messageId="a", traits={"email": EMAIL, "name": NAME})
        order = {"order_id": "O-1", "total": 20, "currency": "EUR", "email": EMAIL, "products": [{"product_id": "P"}]}
        say(shop, type="track", event="Order Completed", userId="u1", messageId="b", properties=order)
        shop.settle()
        foreseen = shop.cli("person", "erase", EMAIL)
        assert (foreseen["word"], foreseen["orders"], foreseen["identifiers"]) == (EMAIL, 1, 2)

        told = shop.cli("person", "erase", EMAIL, "--confirm", EMAIL)

        assert told["state"] == "done"
        assert told["receipt"]["found_again"] == []
        assert everywhere(shop.home, EMAIL, NAME) == []
        say(shop, type="track", event="Product Viewed", userId="u2", messageId="c")
        shop.settle()
        assert shop.pids()["engine"] == before  # it became itself again
        (row,) = shop.ask("SELECT count(*) AS n, count(profile_id) AS named FROM orders")
        assert (row["n"], row["named"]) == (1, 0)
        with sqlite3.connect(shop.home / "state.db") as state:  # whoever follows is told that she is gone
            assert "erased" in [kind for (kind,) in state.execute("SELECT kind FROM golden_changes ORDER BY seq")]
        assert [one["deed"] for one in shop.cli("audit") if one["deed"] == "person.erased"] == ["person.erased"]
