from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir import config
from comptoir.clock import RealClock, ScaledClock
from comptoir.errors import BadSetting, UnknownSetting

NOWHERE = Path("/nowhere")


def write(home: Path, text: str) -> Path:
    (home / config.FILE_NAME).write_text(text, encoding="utf-8")
    return home


def test_without_a_file_every_setting_has_its_default(home: Path) -> None:
    assert config.load(home, environ={}) == config.Settings(home=home)


def test_the_file_beats_the_default_the_environment_the_file_and_a_flag_them_all(home: Path) -> None:
    write(home, "[door]\nport = 1\nhost = 'file'\nbatch_events = 7\n[desk]\nport = 2\n")
    environ = {"COMPTOIR_DOOR__PORT": "10", "COMPTOIR_DESK__PORT": "20", "COMPTOIR_HOME": "ignored here", "PATH": "/"}

    settings = config.load(home, environ=environ, flags={"desk.port": 200, "door.host": None})

    assert (settings.door.host, settings.door.batch_events) == ("file", 7)
    assert (settings.door.port, settings.desk.port) == (10, 200)
    assert settings.origins == {
        "door.host": str(home / config.FILE_NAME),
        "door.batch_events": str(home / config.FILE_NAME),
        "door.port": "environment COMPTOIR_DOOR__PORT",
        "desk.port": "flag",
    }


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("[dor]\nport = 1", "door"), ("[door]\nprot = 1", "port"), ("prot = 1", "door"), ("[zzzzzz]\nx = 1", None)],
)
def test_an_unknown_setting_names_the_nearest_known(home: Path, text: str, nearest: str | None) -> None:
    with pytest.raises(UnknownSetting) as caught:
        config.load(write(home, text), environ={})

    if "prot = 1" not in text or "[" in text:
        assert caught.value.facts["nearest"] == nearest


def test_an_unknown_setting_in_the_environment_says_where(home: Path) -> None:
    with pytest.raises(UnknownSetting) as caught:
        config.load(home, environ={"COMPTOIR_DOOR__PROT": "1"})

    assert caught.value.facts == {
        "setting": "door.prot",
        "nearest": "port",
        "where": "environment COMPTOIR_DOOR__PROT",
    }


@pytest.mark.parametrize(
    "text",
    [
        "[door]\nport = 'many'",
        "[door]\nport = 8140.5",
        "[door]\nport = true",
        "[door]\nport = -1",
        "[door]\nport = 65536",
        "[door]\nhost = 127",
        "[door]\ncookie_days = 396",
        "[door]\ntrusted_proxies = [1]",
        "[engine]\nthreads = 0",
        "[clock]\nspeed = nan",
        "[mail]\nsecurity = 'maybe'",
        "[mail]\ninbox = 'maybe'",
        "[mail]\ntimeout_seconds = -0.5",
    ],
)
def test_a_value_that_does_not_fit_is_refused(home: Path, text: str) -> None:
    with pytest.raises(BadSetting) as caught:
        config.load(write(home, text), environ={})

    assert caught.value.facts["takes"]


def test_a_closed_choice_says_what_it_takes(home: Path) -> None:
    with pytest.raises(BadSetting) as caught:
        config.load(home, environ={"COMPTOIR_MAIL__SECURITY": "ssl"})

    assert caught.value.facts["takes"] == ["none", "starttls", "tls"]


def test_the_environment_speaks_in_texts(home: Path) -> None:
    settings = config.load(
        home,
        environ={
            "COMPTOIR_MAIL__INBOX": "TRUE",
            "COMPTOIR_CLOCK__SPEED": "60",
            "COMPTOIR_DOOR__TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.0/24,",
        },
    )

    assert settings.mail.inbox is True
    assert settings.clock.speed == 60.0
    assert settings.door.trusted_proxies == ("10.0.0.0/8", "192.0.2.0/24")


@given(st.integers(min_value=0, max_value=65_535))
def test_a_whole_number_reads_the_same_from_environment_and_flag(port: int) -> None:
    from_environment = config.load(NOWHERE, environ={"COMPTOIR_DESK__PORT": str(port)})
    from_flag = config.load(NOWHERE, environ={}, flags={"desk.port": port})

    assert from_environment.desk == from_flag.desk == config.DeskSettings(port=port)


def test_describe_lists_every_setting_once_with_a_sentence() -> None:
    described = config.describe(config.Settings(home=NOWHERE))

    names = [row["setting"] for row in described]
    assert len(names) == len(set(names)) == sum(len(fields(kind)) for kind in config.TABLES.values())
    assert all(str(row["says"]).endswith(".") for row in described)
    assert all(row["origin"] == "default" for row in described)


def test_a_secret_is_never_shown(home: Path) -> None:
    settings = config.load(home, environ={"COMPTOIR_MAIL__PASSWORD": "hunter2"})

    assert "hunter2" not in repr(config.describe(settings))
    assert settings.mail.password == "hunter2"


def test_the_table_of_settings_and_the_class_agree() -> None:
    tables = {one.name for one in fields(config.Settings)} - {"home", "origins"}

    assert tables == set(config.TABLES)


def test_the_clock_is_real_unless_a_start_is_set(home: Path) -> None:
    assert isinstance(config.load(home, environ={}).make_clock(), RealClock)

    fast = config.load(
        home,
        environ={},
        flags={"clock.start": "2019-10-01T00:00:00", "clock.since": "2026-01-01T00:00:00Z", "clock.speed": 60},
    ).make_clock()

    assert fast == ScaledClock(
        start=datetime(2019, 10, 1, tzinfo=UTC), since=datetime(2026, 1, 1, tzinfo=UTC), speed=60.0
    )


def test_a_sped_up_clock_without_since_starts_now(home: Path) -> None:
    made = config.load(home, environ={}, flags={"clock.start": "2019-10-01"}).make_clock()

    assert abs(made.now() - datetime(2019, 10, 1, tzinfo=UTC)) < timedelta(seconds=10)


def test_an_instant_that_is_none_is_refused(home: Path) -> None:
    settings = config.load(home, environ={}, flags={"clock.start": "yesterday"})

    with pytest.raises(BadSetting):
        settings.make_clock()
