from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comptoir import config
from comptoir.app import make_home, open_app
from comptoir.cli.main import build
from comptoir.clock import micros
from comptoir.identity import store
from comptoir.model.event import Trust
from comptoir.model.identifier import node_of
from comptoir.model.sighting import NodeSeen, TraitSeen

FOLDER = Path(__file__).parents[1] / "templates"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = config.load(tmp_path / "home", flags={})
    make_home(settings, brand="maison")
    app = open_app(settings)
    now = micros(app.clock.now())
    ann = node_of("email", "ann@example.org")
    with app.state.write() as connection:
        store.apply(
            connection, tick_id=1, spool="front", offset_after=1, links=[],
            nodes=[NodeSeen(ann, "email", "ann@example.org", now)],
            traits=[TraitSeen(ann, "first_name", '"Ann"', now, "m1", Trust.CONFIRMED)],
        )  # fmt: skip
    app.close()
    return tmp_path / "home"


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(build(), list(words))
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_a_folder_is_checked_published_previewed_exported_and_comes_back_the_same(home: Path, tmp_path: Path) -> None:
    where = ["--home", str(home)]
    run("template", "check", str(FOLDER))
    run("template", "publish", str(FOLDER), *where)
    listed = json.loads(run("template", "list", "--json", *where))["templates"]
    run("template", "export", "--to", str(tmp_path / "out"), *where)
    run("template", "publish", str(tmp_path / "out"), *where)  # the same, so nothing is new

    assert json.loads(run("template", "list", "--json", *where))["templates"] == listed
    assert len(listed) == len(list(FOLDER.glob("*.yaml")))

    shown = json.loads(run("template", "preview", "greeting-abort", "--as", "ann@example.org", "--json", *where))
    assert shown["to"] == "ann@example.org"
    assert "Ann" in shown["subject"]
    file = json.loads(
        run("template", "preview", str(FOLDER / "greeting-abort.yaml"), "--as", "ann@example.org", "--json",
            "--language", "fr", *where)
    )  # fmt: skip
    assert file["subject"] == "Pour vous, Ann"
    for suffix in ("html", "txt", "eml"):
        out = str(tmp_path / f"m.{suffix}")
        run("template", "preview", "products", "--as", "ann@example.org", "--out", out, *where)
        assert (tmp_path / f"m.{suffix}").stat().st_size > 100
    assert "customer.first_name" in run("template", "show", "greeting-abort", *where)
