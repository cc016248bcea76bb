from __future__ import annotations

from pathlib import Path

import pytest

from comptoir.scenarios import runs
from comptoir.scenarios.rows import enrollments
from tests.acting_house import NOON, act, build


def test_two_runs_whose_names_collide_are_both_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "name_of", lambda *_said: 7)
    house = build(tmp_path)
    for name in ("ann", "bob"):
        house.tick(act("Product Added", name, house.shopper(name), NOON))
    house.tick(*(act("Product Added", name, house.shopper(name), NOON) for name in ("eve", "joe")))

    rows = house.rows(enrollments)
    assert sorted(row["enrollment_id"] for row in rows) == [7, 8, 9, 10]
    assert len({row["key"] for row in rows}) == 4
    house.close()
