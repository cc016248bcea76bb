from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scored import Till


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    made = Till.open(tmp_path)
    yield made
    made.warehouse.close()
