"""Refused rows of an import: mended in their own writing, and sent in again with their number and their time."""

from __future__ import annotations

from pathlib import Path

import pytest

from comptoir import importing, repair
from comptoir.app import ask_warehouse, open_app
from comptoir.config import Settings
from comptoir.sources import propose
from tests.shop import Shop

ROWS = "user_id;email;last_name;occurred_at\nu1;ann@free.fr;Martin;2026-01-02\n;bob.free;Été;2026-01-03\n;;;\n"
OPENINGS = {
    "plain": "",
    "as Excel says it": "sep=;\n",
    "below a title": "Clients de la boutique\n\nEdité le 03/01/2026\n",
    "below both": "sep=;\nClients de la boutique\n\n",
}


def imported(home: Path, text: str) -> Settings:
    Shop(home).close()
    settings = Settings(home=home)
    path = home / "people.csv"
    path.write_bytes(text.encode("cp1252"))
    app = open_app(settings)
    try:
        proposal = propose.propose(path, "contacts")
        how = propose.obvious(path, "contacts")
        run = importing.new_run(app.state, app.clock, how, source="file", brand=None)
        with importing.noted(app, run, [path], "contacts", proposal.text, made_by="ann"):
            job = importing.Importing(app=app, run=run, files=[path], how=how)
            job.settle(job.take_in(lambda _done, _whole: None), lambda _done, _whole: None)
    finally:
        app.close()
    path.unlink()
    return settings


@pytest.mark.parametrize("opening", OPENINGS)
def test_a_refused_row_is_mended_by_its_column_and_becomes_a_fact(tmp_path: Path, opening: str) -> None:
    settings = imported(tmp_path / "shop", OPENINGS[opening] + ROWS)
    refused = {one["row_number"]: one for one in repair.listed(settings, reason=None, limit=10)}
    bad = str(refused[3 + OPENINGS[opening].count("\n")]["failed_id"])
    assert not repair.foresee(settings, bad, None).is_taken

    assert repair.mend(settings, [bad], reason=None, text=None, changes={"email": '"bob@free.fr"'}) == 1
    done = repair.replay(settings, [bad], reason=None)

    assert (done["replayed"], done["stored"], done["refused"]) == (1, 1, 0)
    rows = ask_warehouse(settings, "quality_fields", {"brands": []}).to_pylist()
    assert {row["field"]: row["value_count"] for row in rows}["email"] == 2
    assert repair.replay(settings, [bad], reason=None)["duplicates"] == 1


def test_a_row_that_is_not_mended_is_refused_again_with_its_reason(tmp_path: Path) -> None:
    settings = imported(tmp_path / "shop", ROWS)

    done = repair.replay(settings, [], reason="bad_row")

    assert (done["stored"], done["refused"]) == (0, done["replayed"])
    again = repair.listed(settings, reason="bad_row", limit=10)
    assert sorted(str(one["row_number"]) for one in again)[:2] == ["3", "3"]


@pytest.mark.slow
def test_a_hundred_thousand_refused_rows_all_land_once(tmp_path: Path) -> None:
    lines = "".join(f";p{number}@@;Martin;2026-01-02\n" for number in range(100_000))
    settings = imported(tmp_path / "shop", "user_id;email;last_name;occurred_at\n" + lines)

    count = repair.mend(settings, [], reason="bad_row", text=None, changes={"user_id": '"u1"'})
    done = repair.replay(settings, [], reason="bad_row")

    assert (count, done["stored"], done["duplicates"], done["refused"]) == (100_000, 100_000, 0, 0)
