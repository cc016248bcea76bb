"""What every test may ask for: a clock that stands still, a home of its own, seeds that a failure prints."""

from __future__ import annotations

import gc
import os
import random
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from comptoir.clock import ManualClock

SEEDS_DEFAULT = 2
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# "steady" gives the same examples in every run; "search" (make test-all) looks for new ones, and prints how to repeat.
settings.register_profile("steady", derandomize=True, deadline=None, print_blob=True)
settings.register_profile(
    "search", max_examples=500, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --seeds: how many seeds a fault test runs through."""
    parser.addoption(
        "--seeds",
        type=int,
        default=int(os.environ.get("COMPTOIR_SEEDS", SEEDS_DEFAULT)),
        help="seeds each test that takes `seed` runs through (default: COMPTOIR_SEEDS or 2; 20 in make test-ci)",
    )
    parser.addoption("--first-seed", type=int, default=0, help="first of those seeds, to repeat a failure")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `seed` once for each seed; the seed stands in the test's name."""
    if "seed" in metafunc.fixturenames and not _parametrizes_seed(metafunc):
        first, count = metafunc.config.getoption("--first-seed"), metafunc.config.getoption("--seeds")
        if metafunc.definition.get_closest_marker("costly"):
            count = -(-count // 5)
        metafunc.parametrize("seed", range(first, first + count))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the collector what stays until the end: tests and modules, looked through time and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the collector back what was kept from it: at the end a driver complains of what is still there."""
    gc.unfreeze()


def _parametrizes_seed(metafunc: pytest.Metafunc) -> bool:
    return any("seed" in str(mark.args[0]).split(",") for mark in metafunc.definition.iter_markers("parametrize"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Print the seeds beside a failure."""
    report = yield
    if report.failed:
        seed = getattr(getattr(item, "callspec", None), "params", {}).get("seed")
        order = item.config.getoption("randomly_seed", None)
        said = [f"--randomly-seed={order}"] if isinstance(order, int) else []
        said += [f"--first-seed={seed} --seeds=1"] if seed is not None else []
        report.sections.append(("repeat with", " ".join(said) or "the same command: no seed was drawn"))
    return report


@pytest.fixture
def clock() -> ManualClock:
    """Lend a clock that moves only when the test moves it."""
    return ManualClock()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lend an empty folder for an installation, with nothing of the developer's environment in it."""
    for name in [name for name in os.environ if name.startswith("COMPTOIR_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Lend a source of randomness drawn from the test's `seed`, or from its name."""
    seed = getattr(request.node, "callspec", None)
    return random.Random(repr(seed.params.get("seed")) if seed else request.node.nodeid)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Lend the folder of real data, or skip with a line."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real data: {SHARED_DATA} is not there")
    return SHARED_DATA
