"""A real Chromium for tests that look at pages; one for the whole run, a context of its own for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.storefront import Storefront, Visitor, served
from tests.installation import Installation, installed

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
"""Without a window Chromium says so, and counts as a robot; as a flag, this goes for beacons too."""
FLAGS = [
    f"--user-agent={AGENT}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Lend Debian's Chromium without a window; Playwright brings none of its own, and gives each run a new profile."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip("no chromium: run tools/install_browser.sh")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Lend a running installation to the tests of a file."""
    with installed(tmp_path_factory.mktemp("shop") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def front(shop: Installation) -> Iterator[Storefront]:
    """Serve a shop from another origin than its door."""
    with served(Storefront(key=shop.write_key, door_port=shop.door_port)) as made:
        yield made


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """Lend somebody's browser; no script of ours may have thrown in it."""
    context = browser.new_context(locale="fr-FR")
    who = Visitor(context=context)
    yield who
    context.close()
    assert who.thrown == []
