"""Health as its pages tell it: what runs, what adds up, what is backed up, and an engine that is away."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from msgspec import structs

from comptoir import app as apps
from comptoir import backup, doctor
from comptoir.access import keys, users
from comptoir.access.roles import Role
from comptoir.config import DoorSettings, Settings
from comptoir.messaging import outward
from comptoir.model.event import Line, encode_all
from comptoir.quality import scorecard
from comptoir.quality.scorecard import Watch
from comptoir.reports import service
from comptoir.server import desk
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
from tests.web.counter import Counter, open_counter
from tests.web.test_pages import HOSTILE, read

THIN = "\u202f"
STATUS: Mapping[str, Any] = {
    "lag_seconds": 0.02,
    "counts": {"received": 1250, "stored": 1200, "refused": {"bad_json": 30}, "duplicates": 12, "consent_discarded": 5},
    "pending": {"front": 3, "back": 0},
    "ticks": 7,
    "tick_seconds": {"0.5": 0.012, "0.99": 0.2, "1": 0.3},
    "box_seconds": {"facts": 3.0, "identity": 1.0},
    "checkpoints": 2,
    "checkpoint_seconds": 0.05,
    "wal_bytes": 2_000_000,
    "warnings": [],
    "failures": {},
    "is_fenced": False,
}


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    apps.make_home(Settings(home=home), brand="main")
    made = open_counter(home)
    own = made.app.desk
    nobody_there = replace(own.settings, door=DoorSettings(port=1))
    made.app = desk.make(nobody_there, made.state, own.ask, own.status, made.clock)
    made.status |= STATUS
    yield made
    made.warehouse.close()
    made.state.close()


def text_of(counter: Counter, target: str = "/running", tongue: str = "en") -> str:
    answer = counter.get(target, accept_language=tongue)
    assert answer.status == 200, answer.text
    return " ".join(read(answer).text.split())


def test_the_equation_stands_in_one_line_and_adds_up(counter: Counter) -> None:
    assert (
        "1,250 received = 1,200 stored + 30 refused + 12 known already + 5 without consent, not kept + 3 waiting"
        in text_of(counter)
    )
    assert "It adds up." in text_of(counter)
    assert f"1{THIN}250" in counter.get("/running", accept_language="fr").text


def test_what_the_door_turned_away_is_said_by_source_and_limit(counter: Counter) -> None:
    assert "Turned away" not in text_of(counter)
    counter.status["turned_away"] = [
        {"source": "till", "bound": "key", "requests": 3},
        {"source": "site", "bound": "network", "requests": 1250},
    ]

    assert "site a network’s 1,250 till the key’s 3" in text_of(counter)
    assert "site celle d’un réseau 1 250" in text_of(counter, tongue="fr")


def test_a_line_that_was_lost_is_said(counter: Counter) -> None:
    counter.status["counts"] = dict(STATUS["counts"]) | {"received": 1252}

    assert "2 lines are missing." in text_of(counter)


def test_what_needs_somebody_is_said_with_what_to_do(counter: Counter) -> None:
    counter.status |= {"is_fenced": True, "failures": {"sender": "no route <b>"}, "lag_seconds": 95.0}
    with counter.state.write() as connection:
        outward.pause(connection, is_paused=True)

    text = text_of(counter)

    for words in (
        "This copy came from a backup",
        "comptoir unfence",
        "sender: no route <b>",
        "All sending is paused",
        "late",
    ):
        assert words in text
    assert "what sites send is turned away" in text, "no door listens in this test"


def test_an_engine_that_is_away_is_part_of_the_answer(counter: Counter) -> None:
    def away(_request: Mapping[str, Any]) -> pa.Table:
        raise service.EngineUnreachable(socket="x")

    def silent() -> Mapping[str, Any]:
        raise service.EngineUnreachable(socket="x")

    counter.app = desk.make(counter.app.desk.settings, counter.state, away, silent, counter.clock)

    for tongue in ("fr", "en"):
        assert read(counter.get("/running", accept_language=tongue)).tags
    assert "what comes in waits safely" in text_of(counter)
    assert "Every line is accounted for" not in text_of(counter)


def test_the_doctor_leaves_the_warehouse_of_an_engine_that_is_away_alone(counter: Counter) -> None:
    settings = counter.app.desk.settings
    (settings.home / "warehouse.duckdb").unlink(missing_ok=True)

    found = {one.check: one for one in doctor.examine(settings, deep=False, may_open=False)}

    assert found["engine"].state is doctor.State.WRONG
    assert not (settings.home / "warehouse.duckdb").exists()
    assert "to mend" in text_of(counter, "/running/findings")
    part = counter.get("/running/findings", hx_request="true").text
    assert part.lstrip().startswith("<h2")
    assert "il ne répond pas" in read(counter.get("/running/findings", accept_language="fr")).text.replace(THIN, " ")


@pytest.mark.parametrize(
    ("networks", "is_hidden"),
    [(["127.0.0.0"], True), (["10.0.0.0", "::"], True), (["127.0.0.0", "198.51.100.0"], False), ([None], False)],
)
def test_a_proxy_that_hides_the_visitors_is_a_finding(home: Path, networks: list[str | None], is_hidden: bool) -> None:
    settings = Settings(home=home)
    apps.make_home(settings, brand="main")
    spool = SqliteSpool(settings.path("spool", "front.db"))
    bare = Line(v=1, type="track", source="site", brand="main", received_at=1, trust="claimed")
    lines = [structs.replace(bare, ip=networks[number % len(networks)]) for number in range(60)]
    spool.append([Parcel(encode_all(lines), len(lines))])
    spool.close()

    found = [one for one in doctor.examine(settings, deep=False, may_open=False) if one.check == "visitors"]

    assert [one.word for one in found] == ["visitors_hidden"] * is_hidden


def test_alarms_of_quality_are_findings_with_who_minds_them(home: Path) -> None:
    settings = Settings(home=home)
    apps.make_home(settings, brand="main")
    app = apps.open_app(settings)
    with app.state.write() as connection:
        scorecard.mind(connection, Watch(source="till", field="email", owner="Claire"))
    now = app.clock.now().replace(tzinfo=None)
    app.close()
    assert _quality(settings).state is doctor.State.FINE
    warehouse = apps.open_warehouse_of(settings)
    with warehouse.cursor() as cursor:
        for field, grade in (("email", "refused"), ("first_name", "valid"), ("", "valid")):
            cursor.execute(
                "INSERT INTO fact.field_counts VALUES ('main', 'till', 'Contact', ?, ?, ?, 30, ?)",
                [field, grade, now.date(), now],
            )
    warehouse.close()

    found = _quality(settings)

    assert found.state is doctor.State.WATCH
    assert found.facts == {"count": 1, "names": "main · till · email (Claire)"}
    assert not [one for one in doctor.examine(settings, deep=False, may_open=False) if one.check == "quality"]


def _quality(settings: Settings) -> doctor.Finding:
    (found,) = [one for one in doctor.examine(settings, deep=False) if one.check == "quality"]
    return found


def test_every_part_of_the_home_is_weighed_with_its_log(home: Path) -> None:
    (home / "archive" / "day=1").mkdir(parents=True)
    (home / "archive" / "day=1" / "x.parquet").write_bytes(b"1" * 100)
    (home / "state.db").write_bytes(b"1" * 30)
    (home / "state.db-wal").write_bytes(b"1" * 12)

    assert {one.name: one.bytes for one in doctor.stores(Settings(home=home))} == {"state.db": 42, "archive": 100}


def test_a_backup_is_made_listed_and_deleted(counter: Counter) -> None:
    assert "No backup was made yet." in text_of(counter, "/running/backups")
    settings = counter.app.desk.settings

    assert counter.post("/running/backups", {}).headers["location"] == "/running/backups"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and (not (kept := backup.listing(settings)) or kept[0].taken_at is None):
        time.sleep(0.1)
    while "is being made" in (text := text_of(counter, "/running/backups")) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert "The last complete backup is" in text
    (made,) = backup.listing(settings)
    assert made.taken_at is not None
    assert "comptoir restore" in text
    assert "hx-trigger" not in counter.get("/running/backups", hx_request="true").text
    counter.clock.at = made.taken_at + timedelta(days=3)  # it was taken by the machine's clock
    assert "note warn" in counter.get("/running/backups").text
    assert counter.post("/running/backups/forget", {"name": "../state"}).status == 400
    assert counter.post("/running/backups/forget", {"name": made.name}).status == 303
    assert backup.listing(settings) == []


def test_an_unfinished_backup_is_no_backup(counter: Counter) -> None:
    (counter.app.desk.settings.home / "backups" / "half").mkdir(parents=True)

    assert "unfinished" in text_of(counter, "/running/backups")
    assert "No backup was made yet." in text_of(counter, "/running/backups")


def test_only_who_runs_everything_sees_health(counter: Counter) -> None:
    keys.add_brand(counter.state, keys.Brand(name="other"))
    now = counter.clock.now()
    hers = users.add_user(counter.state, name="ada", role=Role.ADMIN, now=now, for_brands=["other"])
    for key in (
        hers,
        *(users.add_user(counter.state, name=one, role=Role(one), now=now) for one in ("marketing", "finance")),
    ):
        for target in ("/running", "/running/findings", "/running/backups"):
            assert counter.get(target, authorization=f"Bearer {key}").status == 403


def test_what_the_engine_says_is_only_ever_text(counter: Counter) -> None:
    counter.status |= {"warnings": list(HOSTILE), "box_seconds": dict.fromkeys(HOSTILE, 1.0)}

    assert read(counter.get("/running")).tags
