"""`comptoir mail` and `comptoir webhook` say what they did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from comptoir.cli import mail, webhook
from tests.stores import migrated_state

SERVER = ("mail", "server", "add", "post", "--host", "127.0.0.1", "--sender", "a@shop.example")
ENDPOINT = ("webhook", "add", "stock", "https://hooks.example.org/in")


@pytest.fixture
def ready(home: Path) -> Path:
    migrated_state(home / "state.db").close()
    return home


def run(home: Path, *words: str) -> str:
    app = typer.Typer()
    mail.register(app)
    webhook.register(app)
    done = CliRunner().invoke(app, [*words, "--home", str(home)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize(
    ("before", "words", "told", "said"),
    [
        (SERVER, ("mail", "server", "remove", "post"), {"server": "post", "removed": True}, "post is forgotten"),
        ((), ("mail", "suppression", "add", "ann@example.org"),
         {"contact": "ann@example.org", "brand": None, "suppressed": True}, "no brand writes there any more"),
        ((), ("mail", "suppression", "add", "ann@example.org", "--brand", "maison"),
         {"contact": "ann@example.org", "brand": "maison", "suppressed": True}, "maison does not write there"),
        (ENDPOINT, ("webhook", "disable", "stock"), {"endpoint": "stock", "is_enabled": False}, "is not called"),
        (ENDPOINT, ("webhook", "enable", "stock"), {"endpoint": "stock", "is_enabled": True}, "is called again"),
        (ENDPOINT, ("webhook", "remove", "stock"), {"endpoint": "stock", "removed": True}, "stock is forgotten"),
    ],
)  # fmt: skip
def test_what_was_done_is_said(
    ready: Path, before: tuple[str, ...], words: tuple[str, ...], told: dict[str, object], said: str
) -> None:
    for is_json in (False, True):
        if before:
            run(ready, *before)
        answer = run(ready, *words, *(["--json"] if is_json else []))
        if is_json:
            assert json.loads(answer) == told
        else:
            assert said in " ".join(answer.split())
