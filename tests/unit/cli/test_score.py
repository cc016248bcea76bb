"""`comptoir score`: figures as published, and what each command answers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from comptoir.cli import main
from comptoir.scores.base import NotEnoughHistory
from comptoir.scoring.purchases import PurchaseUnreadable
from tests.conftest import SHARED_DATA

CDNOW = SHARED_DATA / "cdnow" / "CDNOW_sample.txt"
MASTER = SHARED_DATA / "cdnow" / "CDNOW_master.txt"
has_cdnow = pytest.mark.skipif(not CDNOW.exists(), reason="../shared/data/cdnow is absent")


def said(*words: object) -> Result:
    return CliRunner().invoke(main.build(), ["score", *map(str, words)])


def answer(*words: object) -> Any:
    ended = said(*words, "--json")
    assert ended.exception is None, ended.output
    return json.loads(ended.stdout)


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cdnow(command: str, *more: object) -> tuple[object, ...]:
    columns = "master,customer,date,cds,amount"
    return (command, CDNOW, "--columns", columns, "--customer", "customer", "--date", "date", *more)


PUBLISHED = {
    # Fader, Hardie, Lee (2005), tables 2 and 3; Batislam and others' model as Hoppe and Wagner (2007) have it for CDNOW
    "BG/NBD": ({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4),
    "Pareto/NBD": ({"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, -9595.0),
    "MBG/NBD": ({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, -9582.1),
}


@has_cdnow
def test_cdnow_gives_the_parameters_of_the_papers_and_an_error_no_worse(tmp_path: Path) -> None:
    out = tmp_path / "predictions.csv"

    found = answer(*cdnow("lifetime-value", "--amount", "amount", "--holdout-from", "1997-10-01", "--out", out))

    assert (found["customers"], found["unit"]) == (2357, "week")
    for one in found["models"]:
        parameters, likelihood = PUBLISHED[one["name"]]
        assert one["parameters"] == pytest.approx(parameters, abs=0.001)
        assert one["log_likelihood"] == pytest.approx(likelihood, abs=0.06)
        assert one["holdout"]["actual"] == 1882
        assert all(low < one["parameters"][name] < high for name, (low, high) in one["intervals"].items())
    # Fader and Hardie (2013): p 6.25, q 3.74, gamma 15.44, 946 customers
    assert found["spend"]["customers"] == 946
    assert found["spend"]["parameters"] == pytest.approx({"p": 6.25, "q": 3.744, "gamma": 15.44}, abs=0.01)
    errors = {one["name"]: one["holdout"]["mae"] for one in found["models"]}
    assert errors[found["chosen"]] == min(errors.values()) <= 0.7546
    rows = lines(out)
    assert len(rows) == 2357
    assert sum(float(row["expected_transactions"]) for row in rows) == pytest.approx(found["expected_transactions"])
    assert all(0 <= float(row["alive_probability"]) <= 1 for row in rows)
    assert rows[0]["customer"] == "0001"


@has_cdnow
@pytest.mark.slow
def test_all_of_cdnow_is_read_as_it_lies_and_needs_no_amounts(tmp_path: Path) -> None:
    out = tmp_path / "predictions.csv"
    words = ("--customer", "customer_id", "--date", "date", "--holdout-from", "1997-10-01", "--out", out)

    found = answer("lifetime-value", MASTER, *words)

    assert (found["customers"], found["rows"], found["spend"]) == (23570, 69659, None)
    assert lines(out)[0].keys() == {
        "customer", "expected_transactions", "expected_low", "expected_high", "alive_probability", "next_order_on"
    }  # fmt: skip


@has_cdnow
def test_cdnows_cells_hold_every_customer_and_every_cent() -> None:
    found = answer(*cdnow("rfm", "--amount", "amount", "--at", "1998-06-30"))

    assert sum(one["customers"] for one in found["cells"]) == found["customers"] == 2357
    # what `awk '{sum += $5}' CDNOW_sample.txt` says
    assert found["revenue"] == "244091.94"
    assert sum(round(float(one["revenue"]) * 100) for one in found["cells"]) == 24409194
    champions = found["cells"][0]
    assert (champions["cell"], champions["name_fr"]) == ("champions", "Champions")
    assert champions["revenue_share"] > champions["customers_share"]


def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.csv"
    rows = [
        f"c{one:02};2026-{month:02}-{one % 28 + 1:02};{10 + one};{'tea' if one % 2 else 'pots'}\n"
        for one in range(30)
        for month in range(1, 2 + one % 9)
    ]
    path.write_text("who;when;paid;what\n" + "".join(rows), encoding="utf-8")
    return path


def test_rfm_writes_a_line_a_customer_with_a_name_in_two_tongues(tmp_path: Path) -> None:
    out = tmp_path / "rfm.csv"

    found = answer("rfm", shop(tmp_path), "--customer", "who", "--date", "when", "--amount", "paid", "--out", out)

    rows = lines(out)
    assert len(rows) == found["customers"] == 30
    assert rows[8] == {
        "customer": "c08", "recency_days": "18", "frequency": "9", "monetary": "162.00", "r": "5", "f": "5", "m": "4",
        "cell": "champions", "name_en": "Champions", "name_fr": "Champions",
    }  # fmt: skip
    assert {row["name_fr"] for row in rows} > {"Perdus", "Fidèles"}


def test_rfm_without_amounts_scores_two_things(tmp_path: Path) -> None:
    out = tmp_path / "rfm.csv"

    found = answer("rfm", shop(tmp_path), "--customer", "who", "--date", "when", "--out", out)

    assert found["revenue"] is None
    assert lines(out)[0].keys() == {"customer", "recency_days", "frequency", "r", "f", "cell", "name_en", "name_fr"}


def test_repurchase_tells_each_category_by_itself_and_says_where_too_little_is_known(tmp_path: Path) -> None:
    out = tmp_path / "curve.csv"
    path = shop(tmp_path)
    with path.open("a", encoding="utf-8") as file:
        file.write("c01;2026-03-01;5;cups\nc01;2026-04-01;5;cups\n")

    found = answer("repurchase", path, "--customer", "who", "--date", "when", "--category", "what", "--out", out)

    told = {one["category"]: one for one in found["categories"]}
    assert sorted(told) == ["cups", "pots", "tea"]
    assert told["cups"]["days_by_share"] is None
    assert "needs 20" in told["cups"]["lacks"]
    assert told["tea"]["days_by_share"]["0.50"] == 31
    assert told["tea"]["purchases"] == told["tea"]["repurchases"] + told["tea"]["waiting"]
    assert {row["category"] for row in lines(out)} == {"cups", "pots", "tea"}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        # thirty customers bend no likelihood: the search goes far
        pytest.param("lifetime-value", ("--holdout-from", "2026-06-01"), marks=pytest.mark.slow),
        ("rfm", ()),
        ("repurchase", ("--category", "what")),
    ],
)
def test_a_person_reads_a_table(tmp_path: Path, command: str, words: tuple[str, ...]) -> None:
    ended = said(command, shop(tmp_path), "--customer", "who", "--date", "when", "--amount", "paid", *words)

    assert ended.exception is None, ended.output
    assert {"lifetime-value": "foretold best", "rfm": "Fidèles", "repurchase": "half by day"}[command] in ended.output


def test_a_name_with_a_broken_byte_comes_back_as_it_was(tmp_path: Path) -> None:
    path, out = tmp_path / "shop.csv", tmp_path / "out.csv"
    rows = b"".join(b"n\xc3\xa9%d,2026-01-0%d,tea\n" % (one, one + 1) for one in range(6))
    path.write_bytes(b"who,when,what\n" + rows + b"z\xff,2026-01-05,te\xfea\nann,so\xfen,tea\n")
    words = (path, "--customer", "who", "--date", "when", "--out", out, "--skip-bad")

    scored = answer("rfm", *words)
    written = out.read_bytes()
    again = answer("repurchase", *words, "--category", "what")

    assert b"\nz\xff," in written
    assert scored["first_skipped"]["value"] == "so?n"
    assert [one["category"] for one in again["categories"]] == ["tea", "te?a"]


def test_one_customer_is_too_few_and_a_word_for_an_amount_is_named(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("who,when,paid\nann,2026-01-02,1\nann,2026-03-02,2\n", encoding="utf-8")
    bad = tmp_path / "bad.csv"
    bad.write_text("who,when,paid\nann,2026-01-02,much\n", encoding="utf-8")

    few = said("lifetime-value", path, "--customer", "who", "--date", "when", "--holdout-from", "2026-02-01")
    wrong = said("rfm", bad, "--customer", "who", "--date", "when", "--amount", "paid")

    assert isinstance(few.exception, NotEnoughHistory)
    assert isinstance(wrong.exception, PurchaseUnreadable)
    assert "line=2" in str(wrong.exception)
