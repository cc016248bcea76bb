"""One real installation for all clients, and for each test a gate of its own before its door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import browser
from tests.conformance.gate import Gate
from tests.conformance.rig import Shop
from tests.installation import Installation, installed

__all__ = ["browser"]


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("conformance") / "home") as made:
        yield made


@pytest.fixture(scope="session")
def native(installation: Installation) -> Shop:
    """What the site's own events of one visit become: every client's must become the same."""
    shop = Shop(installation, "native")
    said = [one.as_event() for one in shop.calls()]
    status, body, _ = installation.post("/v1/batch", {"batch": said})
    assert status == 200, body
    return shop


@pytest.fixture
def gate(installation: Installation) -> Iterator[Gate]:
    made = Gate(installation.door_port)
    made.open()
    yield made
    made.close()
