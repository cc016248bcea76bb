"""Clients that run in a browser, unchanged, in a real Chromium on a page of another origin than the door."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from comptoir.collect.parse import Fault
from comptoir.model.event import RefusalReason
from comptoir.server import problems
from tests.conformance.gate import Gate
from tests.conformance.rig import HERE, NODE_MODULES, Call, Shop, assert_same_shop
from tests.installation import Installation

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("conformance")]

CLIENTS = ("segment_tag", "segment_npm", "rudder", "jitsu", "jitsu_tag")
PATIENT = ("segment_tag", "segment_npm", "rudder")
"""Those that try again; Jitsu's does not."""
MOST_TRIES = 30
_FAULT = Fault(RefusalReason.BAD_ENVELOPE, "made up by a test")


class _Files(SimpleHTTPRequestHandler):
    """Gives the drivers' pages, and the clients as they were installed."""

    def translate_path(self, path: str) -> str:
        """Find a file: `/sdks/…` among the clients, anything else among the drivers."""
        path = path.partition("?")[0]
        return str(NODE_MODULES / path[6:] if path.startswith("/sdks/") else HERE / "drivers" / path[1:])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    if not NODE_MODULES.exists():
        pytest.skip("no clients for browsers: run tools/install_sdks.sh")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the shop in a browser, with a client in it."""

    page: Page
    origin: str

    def open(self, name: str, gate: Gate, key: str, **more: str) -> None:
        """Open the page of a client that is to send to a gate; `more` stands in its address too."""
        asked = urlencode({"door": gate.url, "key": key, "utm_source": "news", **more})
        self.page.goto(f"{self.origin}/{name}.html?{asked}")

    def say(self, calls: list[Call]) -> None:
        """Make calls."""
        self.page.evaluate("calls => window.say(calls)", [asdict(one) for one in calls])


@pytest.fixture
def at(browser: Browser, origin: str) -> Iterator[Tab]:
    context = browser.new_context()
    yield Tab(context.new_page(), origin)
    context.close()


def until(found: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.3)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_visit_becomes_one_person_one_cart_one_order_and_its_euros(
    name: str, installation: Installation, native: Shop, gate: Gate, at: Tab
) -> None:
    shop = Shop(installation, f"browser-{name}")

    at.open(name, gate, installation.write_key)
    at.say(shop.calls())
    until(shop.has_all_come)

    assert_same_shop(shop, native, pages=False)
    (seen,) = shop.ask(
        "SELECT DISTINCT utm_source, browser FROM events_all WHERE user_id = '$run-user' AND type = 'page'"
    )
    assert seen == ("news", "Chrome")
    assert "OPTIONS" in {one.method for one in gate.passages}, "every call of these clients is asked for first"
    assert {one.status for one in gate.passages} <= {200, 204, 304}


@pytest.mark.parametrize("name", PATIENT)
def test_a_door_that_is_down_for_ten_seconds_loses_nothing_and_doubles_nothing(
    name: str, installation: Installation, gate: Gate, at: Tab
) -> None:
    shop = Shop(installation, f"browser-down-{name}")

    at.open(name, gate, installation.write_key)
    at.say([shop.calls()[0], *shop.looks(3, of="before")])
    until(lambda: len(shop.products_seen("before")) == 3)
    with gate.closed(10):
        at.say(shop.looks(3, of="meanwhile"))
    at.say(shop.looks(3, of="after"))
    until(lambda: len(shop.products_seen("meanwhile")) >= 3 and len(shop.products_seen("after")) >= 3)

    for of in ("before", "meanwhile", "after"):
        assert shop.products_seen(of) == [f"{of}-{number}" for number in range(3)]


def test_the_script_tag_gets_its_lazy_pieces_from_the_door_and_asks_nobody_else(
    installation: Installation, gate: Gate, at: Tab
) -> None:
    asked: list[str] = []
    at.page.on("request", lambda request: asked.append(request.url))

    at.open("segment_tag", gate, installation.write_key)
    at.page.wait_for_function("window.analytics.initialized === true")
    at.page.evaluate("window.analytics.trackLink(document.body, 'Followed')")
    at.page.evaluate("window.analytics.track('Looked')")
    until(lambda: "/v1/t" in gate.paths() and any("/bundles/auto-track" in path for path in gate.paths("GET")))

    assert all(url.startswith((at.origin, gate.url)) for url in asked), asked


def test_a_link_that_anybody_can_write_identifies_nobody(installation: Installation, gate: Gate, at: Tab) -> None:
    shop = Shop(installation, "crafted")

    at.open("segment_tag", gate, installation.write_key, ajs_uid="crafted-user", ajs_event="Crafted")
    at.page.wait_for_function("window.analytics.initialized === true")
    at.page.evaluate("window.analytics.track('Product Viewed', {product_id: 'crafted-end'})")
    until(lambda: shop.ask("SELECT 1 FROM events_all WHERE product_id = 'crafted-end'") != [])

    assert shop.ask("SELECT 1 FROM events_all WHERE user_id = 'crafted-user' OR name = 'Crafted'") == []


@pytest.mark.parametrize("name", PATIENT)
def test_a_client_told_to_wait_comes_back_and_its_events_count_once(
    name: str, installation: Installation, gate: Gate, at: Tab
) -> None:
    shop = Shop(installation, f"browser-wait-{name}")

    at.open(name, gate, installation.write_key)
    at.say([shop.calls()[0], *shop.looks(1, of="before")])
    until(lambda: shop.products_seen("before") == ["before-0"])
    gate.errors += [problems.TooManyEvents(retry_seconds=2)] * 2
    at.say(shop.looks(2, of="wait"))
    until(lambda: len(shop.products_seen("wait")) == 2)

    assert shop.products_seen("wait") == ["wait-0", "wait-1"]
    assert [one.status for one in gate.passages].count(429) == 2


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize("name", CLIENTS)
def test_what_cannot_be_taken_is_not_sent_for_ever(
    name: str, status: int, installation: Installation, gate: Gate, at: Tab
) -> None:
    shop = Shop(installation, f"browser-no-{status}-{name}")
    error = problems.BodyTooLarge() if status == 413 else problems.EventRefused(_FAULT)

    at.open(name, gate, installation.write_key)
    at.say([shop.calls()[0], *shop.looks(1, of="before")])
    until(lambda: shop.products_seen("before") == ["before-0"])
    gate.errors += [error] * MOST_TRIES
    at.say(shop.looks(1, of="no"))
    until(lambda: status in {one.status for one in gate.passages})
    at.page.wait_for_timeout(3_000)
    tries = [one.status for one in gate.passages].count(status)
    gate.errors.clear()
    at.say(shop.looks(1, of="yes"))
    until(lambda: shop.products_seen("yes") == ["yes-0"])

    assert tries == 1
