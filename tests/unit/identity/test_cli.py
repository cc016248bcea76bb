"""`comptoir identity` on a home that has been worked in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from comptoir.cli import identity
from comptoir.errors import NoSuchHome
from comptoir.golden import rows
from comptoir.identity import store
from comptoir.identity.profile import PersonNotFound
from comptoir.state.base import metadata, open_state
from tests.unit.identity.world import OURS, claim, seen

EVERYBODY = ("account:ann", "anonymous:b1", "account:ben")


@pytest.fixture
def worked(home: Path) -> Path:
    state = open_state(home / "state.db")
    metadata.create_all(state.engine, tables=[*OURS, *rows.TABLES])
    with state.write() as connection:
        store.apply(
            connection, tick_id=1, spool="front", offset_after=1, nodes=seen(*EVERYBODY), traits=[],
            links=[claim("account:ann", "anonymous:b1", 1), claim("account:ben", "anonymous:b1", 2)],
        )  # fmt: skip
    state.close()
    return home


def run(home: Path, *words: str) -> str:
    app = typer.Typer()
    identity.register(app)
    app.callback()(lambda: None)
    done = CliRunner().invoke(app, ["identity", *words, "--home", str(home)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_show_tells_who_somebody_is_and_what_was_kept_apart(worked: Path) -> None:
    told = json.loads(run(worked, "show", "ann", "--json"))

    assert [(one["kind"], one["value"]) for one in told["identifiers"]] == [("account", "ann"), ("anonymous", "b1")]
    assert [one["why"] for one in told["demoted"]] == ["shared_browser"]
    assert {told["links"][0]["a"], told["links"][0]["b"]} == {"account:ann", "anonymous:b1"}
    assert "ann" in run(worked, "show", "account:ann")


def test_cut_says_what_it_restored(worked: Path) -> None:
    told = json.loads(run(worked, "cut", "ann", "anonymous:b1", "--json"))

    assert [one["value"] for one in told["profile"]["identifiers"]] == ["ann"]
    # the browser is free for the next who logged in on it
    assert [one["value"] for one in told["restored"]["identifiers"]] == ["b1", "ben"]
    assert "Cuts" in run(worked, "show", "ann")


def test_merge_makes_one_of_two_and_cut_takes_it_back(worked: Path) -> None:
    merged = json.loads(run(worked, "merge", "ann", "ben", "--json"))
    told = json.loads(run(worked, "cut", "ann", "account:ben", "--json"))

    assert len(merged["identifiers"]) == 3
    assert [one["value"] for one in told["profile"]["identifiers"]] == ["ann", "b1"]
    assert [one["value"] for one in told["restored"]["identifiers"]] == ["ben"]


def test_a_stranger_and_a_missing_home_are_told_apart(worked: Path, tmp_path: Path) -> None:
    with pytest.raises(PersonNotFound):
        run(worked, "show", "nobody")
    with pytest.raises(NoSuchHome):
        run(tmp_path / "nowhere", "show", "ann")
