"""What the screens do, done on the command line: drafts, a person, carts, the outbox, rules of contact, brands."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from comptoir import app as apps
from comptoir.cli import main
from comptoir.clock import micros
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.identity import store
from comptoir.messaging.rows import outbox
from comptoir.model.identifier import node_of
from comptoir.model.sighting import NodeSeen

RULES = "brand: '*'\ncaps:\n  - {at_most: 1, days: 7}\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("commands") / "home"
    settings = Settings(home=home)
    apps.make_home(settings, brand="main")
    app = apps.open_app(settings)
    at = micros(app.clock.now())
    with app.state.write() as connection:
        seen = [NodeSeen(node_of("email", "ann@example.org"), "email", "ann@example.org", at)]
        store.apply(connection, tick_id=1, spool="front", offset_after=1, nodes=seen, links=[], traits=[])
        row: dict[str, Any] = {
            "message_id": "m-1", "scenario": "hello", "step": "send", "brand": "main", "channel": "email",
            "contact": "ann@example.org", "node_id": seen[0].node_id, "state": "unknown", "queued_at": at,
            "not_before": at, "expires_at": at + timedelta(days=1) // timedelta(microseconds=1), "handed_at": at,
        }  # fmt: skip
        filled = {
            one.name: row.get(one.name, "" if one.type.python_type is str else 0)
            for one in outbox.c
            if one.name in row or not (one.nullable or one.server_default is not None or one.default is not None)
        }
        connection.execute(insert(outbox).values(filled))
    app.close()
    return home


def call(home: Path, *words: str) -> Any:
    return CliRunner().invoke(main.build(), [*words, "--home", str(home)], catch_exceptions=True)


def said(home: Path, *words: str) -> Any:
    done = call(home, *words, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def test_a_scenario_is_begun_saved_undone_redone_published_and_thrown_away(shop: Path, tmp_path: Path) -> None:
    begun = said(shop, "draft", "begin", "scenario", "welcome")
    assert (begun["is_draft"], begun["live_version"]) == (True, 0)
    file = tmp_path / "welcome.yaml"
    file.write_text(begun["definition"].replace("priority: ", "priority: 1"), encoding="utf-8")
    saved = said(shop, "draft", "save", "scenario", str(file))
    assert saved["definition"] != begun["definition"]
    assert said(shop, "draft", "undo", "scenario", "welcome")["definition"] == begun["definition"]
    assert said(shop, "draft", "redo", "scenario", "welcome")["definition"] == saved["definition"]
    assert [one["name"] for one in said(shop, "draft", "list")] == ["welcome"]
    assert said(shop, "draft", "publish", "scenario", "welcome")["version"] == 1
    said(shop, "draft", "save", "scenario", str(file))
    assert said(shop, "draft", "discard", "scenario", "welcome")["state"] == "discarded"
    assert [one["version"] for one in said(shop, "draft", "versions", "scenario", "welcome")] == [1]
    assert "scenario: welcome" in call(shop, "draft", "show", "scenario", "welcome").stdout


def test_a_template_is_begun_undone_and_not_published_before_it_is_whole(shop: Path) -> None:
    begun = said(shop, "draft", "begin", "template", "hello", "--language", "en")
    assert "subject" in begun["problems"]
    refused = call(shop, "draft", "publish", "template", "hello")
    assert isinstance(refused.exception, ComptoirError)
    assert refused.exception.code == "bad_template"
    assert call(shop, "draft", "undo", "template", "none").exception is not None
    assert said(shop, "draft", "discard", "template", "hello")["state"] == "discarded"


def test_a_person_is_found_paused_stopped_and_exported(shop: Path, tmp_path: Path) -> None:
    assert [one["name"] for one in said(shop, "person", "find", "ann@example.org")] == ["ann@example.org"]
    assert said(shop, "person", "pause", "ann@example.org", "--days", "3")["paused_until"]
    assert said(shop, "person", "resume", "ann@example.org")["paused_until"] is None
    assert said(shop, "person", "stop", "ann@example.org")["is_stopped"] is True
    assert said(shop, "person", "start", "ann@example.org")["is_stopped"] is False
    assert said(shop, "person", "show", "ann@example.org")["contacts"] == ["ann@example.org"]
    out = tmp_path / "ann.json"
    assert call(shop, "person", "export", "ann@example.org", "--out", str(out)).exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["identifiers"][0]["value"] == "ann@example.org"
    assert said(shop, "person", "recent", "--who", "everyone") == []
    assert call(shop, "person", "recent", "--who", "martians").exit_code == 2


def test_a_message_of_unknown_fate_is_settled_once(shop: Path) -> None:
    assert [one["message_id"] for one in said(shop, "outbox", "unknown")] == ["m-1"]
    assert said(shop, "outbox", "list", "--state", "sent") == []
    assert said(shop, "outbox", "settle", "m-1", "--sent")["shown"] == "sent"
    assert said(shop, "outbox", "unknown") == []
    again = call(shop, "outbox", "settle", "m-1", "--not-sent")
    assert isinstance(again.exception, ComptoirError)
    assert call(shop, "outbox", "list", "--state", "lost").exit_code == 2
    assert "m-1" in call(shop, "outbox", "show", "m-1").stdout


def test_carts_are_listed_and_counted(shop: Path) -> None:
    assert said(shop, "carts", "list") == []
    assert [one["people"] for one in said(shop, "carts", "funnel")] == [0, 0, 0, 0]
    assert call(shop, "carts", "csv").stdout.startswith("cart_id,brand,")
    assert call(shop, "carts", "list", "--state", "lost").exit_code == 2
    other = call(shop, "carts", "list", "--brand", "none")
    assert isinstance(other.exception, ComptoirError)


def test_rules_are_tried_published_and_taken_back(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(RULES, encoding="utf-8")
    tried = said(shop, "pressure", "simulate", str(file))
    assert tried["total"]["wishes"] == 0
    assert "The most messages" in call(shop, "pressure", "simulate", str(file)).stdout
    said(shop, "pressure", "publish", str(file))
    file.write_text(RULES.replace("at_most: 1", "at_most: 2"), encoding="utf-8")
    said(shop, "pressure", "publish", str(file))
    assert said(shop, "pressure", "back", "*", "1")["version"] == 3
    assert "at_most: 1" in said(shop, "pressure", "show")["definition"]
    assert said(shop, "pressure", "conflicts") == []


def test_brands_sources_and_backups_are_told_and_changed(shop: Path) -> None:
    assert said(shop, "brand", "save", "atelier", "--country", "BE")["currency"] == "EUR"
    assert said(shop, "brand", "save", "atelier", "--language", "nl")["country"] == "BE"
    assert [one["name"] for one in said(shop, "brand", "list")] == ["atelier", "main"]
    said(shop, "source", "add", "till")
    assert said(shop, "source", "change", "till", "--rate", "5")["rate_burst"] == 10
    assert said(shop, "source", "key", "till", "--secret")["key"].startswith("sk_")
    assert said(shop, "backups") == []
    assert call(shop, "mail", "check").exit_code == 0
