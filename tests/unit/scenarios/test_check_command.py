"""`comptoir scenario check` warns of templates that nobody has published."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from comptoir.cli import scenario
from comptoir.messaging import template_shelf
from comptoir.messaging.template import Template
from comptoir.state import migrate
from comptoir.state.base import open_state

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEXT = """
scenario: hello
version: 1
title: {en: Hello}
trigger: {events: [Signed Up], key: person}
steps:
  - send: {key: first, stored: welcome, stored_version: 1, within: 1 day}
  - send: {key: second, stored: welcome, stored_version: 2, within: 1 day}
"""
WELCOME = Template(
    name="welcome", version=1, language="en", subject="Hello",
    mjml="<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>"
    "{% render 'footer' %}</mj-body></mjml>",
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hello.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def run(home: Path, file: Path, *flags: str) -> str:
    app = typer.Typer()
    scenario.register(app)
    app.callback()(lambda: None)
    done = CliRunner().invoke(
        app, ["scenario", "check", str(file), "--home", str(home), *flags], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_template_that_nobody_published_is_named(home: Path, file: Path) -> None:
    state = open_state(home / "state.db")
    migrate.migrate(state)
    with state.write() as connection:
        template_shelf.publish(connection, [WELCOME], NOW)
    state.close()

    told = json.loads(run(home, file, "--json"))

    assert told["missing_templates"] == [{"step": "second", "template": "welcome", "version": 2}]
    assert "step second sends the template welcome version 2" in " ".join(run(home, file).split())


def test_without_a_home_the_definition_alone_is_checked(tmp_path: Path, file: Path) -> None:
    told = json.loads(run(tmp_path / "nowhere", file, "--json"))

    assert told["steps"] == ["first", "second"]
    assert told["missing_templates"] == []
