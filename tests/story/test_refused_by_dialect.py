"""What other clients say, told to a shop: refused in one dialect, mended and taken in the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from comptoir import plugins, repair
from comptoir.clock import micros
from comptoir.collect.dialects.base import Asking, Dialect
from comptoir.collect.parse import Stamp
from comptoir.model.event import Trust
from tests.shop import START, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = Shop(tmp_path / "home")
    yield opened
    opened.close()


def say(shop: Shop, dialect_name: str, asked: Asking) -> None:
    """Say at the shop what a request of a dialect becomes."""
    dialect: Dialect = plugins.load(plugins.Kind.DIALECT, dialect_name)()
    stamp = Stamp(source="web", brand="main", trust=Trust.CLAIMED, received_at=micros(START), event_bytes=32_768)
    shop.say(*dialect.read(dialect.open(asked), stamp).lines)
    shop.tick()


@pytest.mark.parametrize(
    ("dialect", "asked", "mended"),
    [
        (
            "rudderstack",
            Asking("pixel-track", query=b"anonymousId=a&properties.product_id=p1", method="GET"),
            b"anonymousId=a&properties.product_id=p1&event=Product+Viewed",
        ),
        (
            "jitsu",
            Asking("batch", json.dumps({"batch": [{"type": "track", "anonymousId": "a"}]}).encode()),
            b'{"type":"track","anonymousId":"a","event":"Product Viewed","properties":{"product_id":"p1"}}',
        ),
        (
            "jitsu",
            Asking("track", json.dumps({"type": "track", "anonymousId": "a"}).encode()),
            json.dumps(
                {
                    "type": "track",
                    "anonymousId": "a",
                    "event": "Product Viewed",
                    "properties": {"product_id": "p1"},
                }
            ).encode(),
        ),
    ],
)
def test_a_refused_event_is_mended_in_its_own_dialect(shop: Shop, dialect: str, asked: Asking, mended: bytes) -> None:
    say(shop, dialect, asked)
    assert shop.raw("SELECT reason, dialect, route FROM fact.failed") == [("missing_name", dialect, asked.route)]
    settings = shop.app.settings
    shop.close()
    (row,) = repair.listed(settings, reason=None, limit=10)
    failed_id = str(row["failed_id"])

    outlook = repair.foresee(settings, failed_id, mended)
    repair.mend(settings, [failed_id], reason=None, text=mended, changes={})
    sent = repair.replay(settings, [failed_id], reason=None)

    assert outlook.is_taken
    assert sent["stored"] == 1
    shop.open()
    assert shop.raw("SELECT name, product_id, dialect, anonymous_id FROM events") == [
        ("Product Viewed", "p1", dialect, "a")
    ]
