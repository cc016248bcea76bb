"""R18 to R21: repair of many refused events, rebuild after a long mixed history, backup under load, two engines."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comptoir import app as apps
from comptoir import backup, engine, rebuild, repair
from comptoir.clock import micros
from comptoir.collect.dialects.base import Asking
from comptoir.collect.dialects.segment import Segment
from comptoir.collect.parse import Stamp
from comptoir.config import Settings
from comptoir.errors import HomeIsTaken
from comptoir.identity import by_hand
from comptoir.model.event import Line, Trust
from comptoir.model.tick import SpoolName
from comptoir.server import metrics
from comptoir.state import rows
from tests.fault.reminders import Watched, basket, people, sender_of
from tests.fault.test_order import _thirty_days
from tests.installation import Load, installed
from tests.shop import START, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = Shop(tmp_path / "home")
    yield opened
    opened.close()


def _refused(count: int, *, first: int = 0) -> list[Line]:
    """Parse events as the door does, each without the name a track event needs, and each with a time of its own."""
    lines: list[Line] = []
    dialect = Segment()
    for place in range(first, first + count, 2_000):
        events = [
            {
                "type": "track", "messageId": f"f{number}", "anonymousId": f"b{number % 97}",
                "timestamp": (START - timedelta(days=number % 20, seconds=number)).isoformat(),
                "properties": {"product_id": f"p{number % 7}"},
            }
            for number in range(place, min(place + 2_000, first + count))
        ]  # fmt: skip
        stamp = Stamp(source="web", brand="main", trust=Trust.CLAIMED, received_at=micros(START), event_bytes=32_768)
        lines += dialect.read(dialect.open(Asking("batch", json.dumps({"batch": events}).encode())), stamp).lines
    return lines


def _say(shop: Shop, lines: list[Line]) -> None:
    for start in range(0, len(lines), 1_000):
        shop.say(*lines[start : start + 1_000])
    shop.tick()


# ── R18 ──


@pytest.mark.slow
def test_refused_events_that_are_repaired_all_land_once_at_their_own_time(
    shop: Shop, pytestconfig: pytest.Config
) -> None:
    count = 100_000 if pytestconfig.getoption("--seeds") >= 60 else 10_000  # all of them in `make test-all`
    _say(shop, _refused(count))
    assert shop.raw("SELECT reason, count(*) FROM fact.failed GROUP BY reason") == [("missing_name", count)]
    settings = shop.app.settings
    shop.close()
    began = time.monotonic()

    mended = repair.mend(settings, [], reason="missing_name", text=None, changes={"event": '"Product Viewed"'})
    sent = repair.replay(settings, [], reason=None)
    took = time.monotonic() - began
    again = repair.replay(settings, [], reason="missing_name")  # somebody is not sure that it worked

    shop.open()
    print(f"{count:,} repaired and replayed in {took:.1f} s ({count / took:,.0f}/s)")
    assert mended == count
    assert (sent["replayed"], sent["stored"], sent["left"]) == (count, count, 0)
    assert again["stored"] == 0
    assert again["duplicates"] == again["replayed"]
    assert shop.one("SELECT count(*) FROM events") == shop.one("SELECT count(DISTINCT message_id) FROM events") == count
    wrong = shop.raw(
        "SELECT count(*) FROM fact.events WHERE occurred_at <> $at - to_days((substr(message_id, 2)::INT % 20)::INT)"
        " - to_seconds(substr(message_id, 2)::INT)".replace("$at", f"TIMESTAMP '{START:%Y-%m-%d %H:%M:%S}'")
    )
    assert wrong == [(0,)]
    received, counted = shop.equation()
    assert received == counted


# ── R19 ──


def _mixed_history(shop: Shop, draw: random.Random) -> None:
    """Live a month: visits, orders, imports, merges, cuts by hand, late events, refusals mended, reminders sent."""
    people(shop, ["ann", "bob", "cid"])
    lines = _thirty_days(shop, draw, 150)
    late = [line for line in lines if draw.random() < 0.2]
    prompt = [line for line in lines if line not in late]
    half = len(prompt) // 2
    shop.say(*prompt[:half])
    shop.tick()
    _say(shop, _refused(40))
    shop.say(*late[::2], spool=SpoolName.BACK)
    shop.tick()
    for name in ("ann", "bob"):
        shop.say(basket(shop, name, after=(shop.clock.now() - START).total_seconds()))
    shop.tick()
    shop.clock.advance(timedelta(minutes=26))
    sender = sender_of(shop, Watched())
    shop.app.acting(shop.warehouse).wake(shop.clock.now())
    assert sender.send_due(shop.clock.now())
    shop.tick()
    at = micros(shop.clock.now())
    with shop.app.state.write() as connection:
        by_hand.merge(connection, "account:bob", "account:cid", at=at, by="tester")
        by_hand.cut(connection, "account:bob", "account:cid", at=at, by="tester")
        by_hand.merge(connection, "account:ann", "account:dot", at=at, by="tester")
        parted = next(one for one in _browsers(shop, "ann") if one)
        by_hand.cut(connection, "account:ann", f"anonymous:{parted}", at=at, by="tester")
    shop.say(*prompt[half:])
    shop.tick()
    shop.say(*late[1::2])
    shop.tick()


def _browsers(shop: Shop, account: str) -> list[str]:
    """Give the browsers that are of one person with an account now."""
    return [
        value
        for (value,) in shop.raw(
            "SELECT b.value FROM fact.profile_of b JOIN fact.profile_of a USING (profile_id)"
            f" WHERE b.kind = 'anonymous' AND a.kind = 'account' AND a.value = '{account}' ORDER BY 1"
        )
    ]


@pytest.mark.slow
def test_a_rebuild_after_a_long_mixed_history_gives_the_same_hash_for_every_table(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "home")
    _mixed_history(shop, random.Random(19))
    settings = shop.app.settings
    shop.close()
    repair.mend(settings, [], reason="missing_name", text=None, changes={"event": '"Product Viewed"'})
    assert repair.replay(settings, [], reason=None)["stored"] == 40
    # some of it into the archive, and out of the spool
    shop.clock.advance(timedelta(days=4))
    app = replace(apps.open_app(settings), clock=shop.clock)
    working = engine.start(app)
    assert working.archive() > 0
    working.heartbeat()
    status = working.status()
    working.close()
    assert metrics.difference(status) == 0

    done = rebuild.rebuild(app)
    again = rebuild.rebuild(app, keep=False)
    app.close()

    assert done.differing == []
    assert again.differing == []
    assert done.lines > 200
    assert len(done.after) >= 19
    shop.open()
    before = shop.one("SELECT count(*) FROM events")
    newest = "SELECT message_id, source, trust FROM fact.events ORDER BY received_at DESC, message_id LIMIT 1"
    ((known, source, trust),) = shop.raw(newest)
    shop.say(
        shop.line(anonymous_id="b1", message_id="after the rebuild", after=1),
        shop.line(message_id=known, source=source, trust=Trust(trust)),
    )
    shop.tick()
    assert shop.one("SELECT count(*) FROM events") == before + 1, "what was known stays known"
    received, counted = shop.equation()
    assert received == counted
    shop.close()


# ── R20 ──


@pytest.mark.slow
def test_a_backup_under_load_holds_every_acknowledged_event_and_its_copy_sends_nothing(tmp_path: Path) -> None:
    with installed(tmp_path / "home") as installation:
        with Load(installation=installation, seed=20, clients=3) as load:
            time.sleep(1.5)
            acked = load.acked
            mark = installation.cli("backup", str(tmp_path / "copy"))
            time.sleep(0.5)
        judged_here = installation.metrics()["comptoir_equation_difference"]
    subprocess.run(
        [sys.executable, "-m", "comptoir", "restore", str(tmp_path / "copy"), "--home", str(tmp_path / "other")],
        check=True,
    )
    settings = Settings(home=tmp_path / "other")
    app = apps.open_app(settings)
    working = engine.start(app)
    while working.tick():
        pass
    status = working.status()
    with working.warehouse.cursor() as cursor:
        found = [one for (one,) in cursor.execute("SELECT message_id FROM fact.events").fetchall()]
    working.close()
    app.close()
    print(f"{len(acked)} acknowledged before the backup began, {len(found)} in it; {mark}")
    assert len(acked) > 100
    assert acked <= set(found)
    assert len(found) == len(set(found))
    assert judged_here == metrics.difference(status) == 0
    assert status["is_fenced"]


@pytest.mark.slow
def test_a_restored_copy_hands_nothing_over_until_it_is_unfenced(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "home")
    people(shop, ["ann"])
    shop.say(basket(shop, "ann", after=0))
    shop.tick()
    shop.clock.advance(timedelta(minutes=25))
    shop.app.acting(shop.warehouse).wake(shop.clock.now())
    shop.warehouse.checkpoint()
    backup.copy(shop.app, tmp_path / "copy")
    shop.close()
    backup.restore(tmp_path / "copy", Settings(home=tmp_path / "other"))

    app = replace(apps.open_app(Settings(home=tmp_path / "other")), clock=shop.clock)
    working = engine.start(app)
    channel = working.sender.channel = Watched()
    working.sender.channels = {}
    fenced = [working.send() for _ in range(3)]
    fenced_mails = len(channel.sent)
    with app.state.write() as connection:
        rows.write_value(connection, apps.FENCED, b"0")
    working.send()
    working.close()
    app.close()

    assert fenced == [0, 0, 0]
    assert fenced_mails == 0
    assert [mail.to for mail in channel.sent] == ["ann@example.org"]


# ── R21 ──


@pytest.mark.slow
def test_a_second_engine_of_a_home_refuses_and_a_second_supervisor_harms_nothing(tmp_path: Path) -> None:
    with installed(tmp_path / "home") as installation:
        with pytest.raises(HomeIsTaken), apps.alone(installation.settings):
            pass
        second = subprocess.run(
            [sys.executable, "-m", "comptoir", "serve", "engine", "--home", str(installation.home)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert second.returncode == 1
        assert "home_is_taken" in second.stderr or "Another engine" in second.stderr
        other = installation.supervise()
        try:
            with Load(installation=installation, seed=21, clients=2) as load:
                time.sleep(3)
            installation.settle()
            stored = [row["message_id"] for row in installation.ask("SELECT message_id FROM events_all")]
        finally:
            other.terminate()
            other.wait(40)
        assert installation.metrics()["comptoir_equation_difference"] == 0
    assert load.acked <= set(stored)
    assert len(stored) == len(set(stored))
