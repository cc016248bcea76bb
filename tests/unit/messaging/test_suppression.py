"""The suppression list keeps every reason; one that is lifted leaves the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from comptoir.messaging import suppression
from comptoir.messaging.rows import suppressions
from comptoir.state.base import metadata, open_state

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ANN = "ann@example.org"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    state = open_state(tmp_path / "state.db")
    metadata.create_all(state.engine, tables=[suppressions])
    with state.write() as lent:
        for reason in ("bounce", "complaint"):
            suppression.suppress(lent, contact=ANN, channel="email", reason=reason, now=NOON)
        yield lent
    state.close()


def reasons(connection: Connection) -> list[object]:
    return [one["reason"] for one in suppression.listing(connection, contact=ANN)]


def is_stopped(connection: Connection) -> bool:
    return bool(suppression.suppressed(connection, contacts=[ANN], channel="email", brand="maison"))


def test_an_address_that_bounced_and_complained_shows_both(connection: Connection) -> None:
    assert reasons(connection) == ["bounce", "complaint"]


def test_lifting_one_reason_leaves_the_other(connection: Connection) -> None:
    assert suppression.lift(connection, contact=ANN, channel="email", reason="bounce") == 1

    assert reasons(connection) == ["complaint"]
    assert is_stopped(connection)


def test_lifting_without_a_reason_leaves_an_erasure_alone(connection: Connection) -> None:
    suppression.suppress(connection, contact=ANN, channel="email", reason="erasure", now=NOON)

    assert suppression.lift(connection, contact=ANN, channel="email") == 2

    assert is_stopped(connection)
    assert suppression.lift(connection, contact=ANN, channel="email", reason="erasure") == 1
    assert not is_stopped(connection)
