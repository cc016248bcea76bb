from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from comptoir import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_a_line_of_log_is_json_without_personal_data(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(as_json=True)

    logs.get("ground").info("parcel appended", count=3, email="ann@example.org")

    printed = capsys.readouterr()
    said = json.loads(printed.err)
    assert printed.out == ""
    assert "ann@example.org" not in printed.err
    assert (said["event"], said["count"], said["room"], said["level"]) == ("parcel appended", 3, "ground", "info")


def test_what_is_below_the_level_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(level="warning", as_json=True)

    logs.get("ground").info("nothing to see")

    assert capsys.readouterr().err == ""
