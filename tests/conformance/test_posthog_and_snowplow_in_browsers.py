"""PostHog's and Snowplow's clients in a real Chromium, on a page of another origin than the door."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from comptoir.collect.dialects.base import Dialect
from comptoir.collect.dialects.posthog import PostHog
from comptoir.collect.dialects.snowplow import Snowplow
from comptoir.collect.parse import Fault
from comptoir.model.event import RefusalReason
from comptoir.server import problems
from tests.conformance.gate import Gate
from tests.conformance.rig import HERE, NODE_MODULES, Call, Shop, assert_same_shop
from tests.installation import Installation

pytestmark = [pytest.mark.sdk, pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("conformance")]

SCRIPTS = {
    "posthog": ["node/posthog-js/dist/array.full.no-external.js", "drivers/posthog_browser.js"],
    "posthog-by-tag": ["node/posthog-js/dist/array.js", "drivers/posthog_browser.js"],
    "posthog-by-snippet": ["drivers/posthog_snippet.js", "drivers/posthog_browser.js"],
    "snowplow": [
        "node/@snowplow/browser-tracker/dist/index.umd.js",
        "node/@snowplow/browser-plugin-snowplow-ecommerce/dist/index.umd.js",
        "drivers/snowplow_browser.mjs",
    ],
}
ROOTS = {"node": NODE_MODULES, "drivers": HERE / "drivers"}
ARRIVES_WITHIN = 60.0
MOST_TRIES = 30
DIALECTS: dict[str, Dialect] = {"posthog": PostHog(), "snowplow": Snowplow()}
_FAULT = Fault(RefusalReason.BAD_ENVELOPE, "made up by a test")


class _Handler(BaseHTTPRequestHandler):
    """The shop's pages: `/posthog` has PostHog's script in it; and the scripts themselves."""

    def do_GET(self) -> None:
        root, _, rest = urlsplit(self.path).path.strip("/").partition("/")
        kind, body = "text/javascript", b""
        if root in SCRIPTS:
            kind, body = "text/html; charset=utf-8", page(root).encode()
        elif root in ROOTS:
            body = (ROOTS[root] / rest).read_bytes()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def page(name: str) -> str:
    """Write the page of a client."""
    tags = [f'<script{" type=module" if one.endswith(".mjs") else ""} src="/{one}"></script>' for one in SCRIPTS[name]]
    return "\n".join(["<!doctype html><meta charset=utf-8><title>Cups</title><body>", *tags])


@pytest.fixture(scope="module")
def front() -> Iterator[str]:
    if not NODE_MODULES.exists():
        pytest.skip("no clients for browsers: run tools/install_sdks.sh")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://www.shop.localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@contextmanager
def visiting(browser: Browser, front: str, name: str, gate: Gate, key: str) -> Iterator[Page]:
    """Open the shop's page in a context of its own, with the client started."""
    context = browser.new_context(locale="fr-FR")
    opened = context.new_page()
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    opened.goto(f"{front}/{name}?utm_source=news")
    opened.wait_for_function("window.rig !== undefined")
    opened.evaluate("([url, key]) => rig.start(url, key)", [gate.url, key])
    try:
        yield opened
    finally:
        context.close()
    assert thrown == []


def say(opened: Page, calls: list[Call]) -> None:
    for one in calls:
        opened.evaluate("(call) => rig.say(call)", asdict(one))


def wait_until(is_so: Callable[[], bool], opened: Page) -> bool:
    """Look again and again, while the page goes on."""
    until = time.monotonic() + ARRIVES_WITHIN
    while time.monotonic() < until:
        if is_so():
            return True
        opened.wait_for_timeout(300)
    return False


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_visit_becomes_one_person_one_cart_one_order_and_its_euros(  # noqa: PLR0917 (fixtures)
    name: str, browser: Browser, front: str, installation: Installation, native: Shop, gate: Gate
) -> None:
    shop = Shop(installation, f"chromium-{name}")

    with visiting(browser, front, name, gate, installation.write_key) as opened:
        say(opened, shop.calls())
        wait_until(shop.has_all_come, opened)

    assert_same_shop(shop, native, pages=False)
    ((url, title, referrer),) = shop.ask(
        "SELECT DISTINCT url, title, referrer FROM events_all WHERE user_id = '$run-user' AND type = 'page'"
    )
    assert (url, title, referrer or None) == (f"{front}/{name}?utm_source=news", "Cups", None)
    assert [one.path for one in gate.passages if one.method == "POST" and one.status != 200] == []


@pytest.mark.parametrize("name", ["posthog", "snowplow"])
def test_a_door_that_is_down_for_ten_seconds_loses_nothing_and_doubles_nothing(
    name: str, browser: Browser, front: str, installation: Installation, gate: Gate
) -> None:
    shop = Shop(installation, f"chromium-down-{name}")
    signs_in = shop.calls()[:1]

    with visiting(browser, front, name, gate, installation.write_key) as opened:
        say(opened, [*signs_in, *shop.looks(3, of="before")])
        assert wait_until(lambda: len(shop.products_seen("before")) == 3, opened)
        gate.close()
        say(opened, shop.looks(3, of="meanwhile"))
        opened.wait_for_timeout(10_000)
        gate.open()
        say(opened, shop.looks(3, of="after"))
        wait_until(lambda: len(shop.products_seen("meanwhile")) == len(shop.products_seen("after")) == 3, opened)

    for of in ("before", "meanwhile", "after"):
        assert shop.products_seen(of) == [f"{of}-{number}" for number in range(3)]


def test_posthogs_own_snippet_gets_its_script_from_the_door_and_asks_nobody_else(
    browser: Browser, front: str, installation: Installation, gate: Gate
) -> None:
    asked: list[str] = []

    with visiting(browser, front, "posthog-by-snippet", gate, installation.write_key) as opened:
        opened.on("request", lambda request: asked.append(request.url))
        assert wait_until(lambda: "/static/array.js" in gate.paths("GET"), opened)
        opened.wait_for_function("window.posthog.__loaded === true")
        opened.wait_for_timeout(1_000)

    assert all(url.startswith((front, gate.url)) for url in asked), asked
    missed = {Path(one.path.partition("?")[0]).name for one in gate.passages if one.status not in {200, 204, 304}}
    assert missed <= {"surveys.js"}, "it asks for that whatever the settings say, and goes on without it"


@pytest.mark.parametrize("name", ["posthog", "snowplow"])
def test_a_client_told_to_wait_comes_back_and_its_events_count_once(
    name: str, browser: Browser, front: str, installation: Installation, gate: Gate
) -> None:
    shop = Shop(installation, f"chromium-wait-{name}")

    with visiting(browser, front, name, gate, installation.write_key) as opened:
        say(opened, [shop.calls()[0], *shop.looks(1, of="before")])
        assert wait_until(lambda: shop.products_seen("before") == ["before-0"], opened)
        busy = problems.TooManyEvents(retry_seconds=1)
        busy.status = DIALECTS[name].busy_status
        gate.errors.append(busy)
        say(opened, shop.looks(2, of="wait"))
        wait_until(lambda: busy.status in {one.status for one in gate.passages}, opened)
        say(opened, shop.looks(1, of="later"))  # Snowplow's tries again when there is more to say
        wait_until(lambda: len(shop.products_seen("wait")) == 2 and shop.products_seen("later") != [], opened)

    assert shop.products_seen("wait") == ["wait-0", "wait-1"]
    assert shop.products_seen("later") == ["later-0"]
    assert [one.status for one in gate.passages].count(busy.status) == 1


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize("name", ["posthog", "snowplow"])
def test_what_cannot_be_taken_is_not_sent_for_ever(  # noqa: PLR0917 (fixtures)
    name: str, status: int, browser: Browser, front: str, installation: Installation, gate: Gate
) -> None:
    shop = Shop(installation, f"chromium-no-{status}-{name}")
    error = problems.BodyTooLarge() if status == 413 else problems.EventRefused(_FAULT)

    with visiting(browser, front, name, gate, installation.write_key) as opened:
        say(opened, [shop.calls()[0], *shop.looks(1, of="before")])
        assert wait_until(lambda: shop.products_seen("before") == ["before-0"], opened)
        gate.errors += [error] * MOST_TRIES
        say(opened, shop.looks(1, of="no"))
        assert wait_until(lambda: status in {one.status for one in gate.passages}, opened)
        opened.wait_for_timeout(4_000)
        tries = [one.status for one in gate.passages].count(status)
        gate.errors.clear()
        say(opened, shop.looks(1, of="yes"))
        assert wait_until(lambda: shop.products_seen("yes") == ["yes-0"], opened)

    assert tries == 1


def test_what_posthog_sends_while_the_page_is_left_arrives(
    browser: Browser, front: str, installation: Installation, gate: Gate
) -> None:
    shop = Shop(installation, "chromium-left")

    with visiting(browser, front, "posthog", gate, installation.write_key) as opened:
        say(opened, shop.calls()[:1])
        assert wait_until(lambda: bool(shop.ask("SELECT 1 FROM events_all WHERE user_id = '$run-user'")), opened)
        opened.evaluate("(call) => rig.say(call)", asdict(shop.looks(1, of="left")[0]))
        opened.goto("about:blank")
        assert wait_until(lambda: shop.products_seen("left") == ["left-0"], opened)


def test_nothing_is_recorded_that_nobody_asked_for(
    browser: Browser, front: str, installation: Installation, gate: Gate
) -> None:
    with visiting(browser, front, "posthog", gate, installation.write_key) as opened:
        opened.wait_for_timeout(1_000)
        opened.mouse.click(10, 10)
        opened.wait_for_timeout(1_500)

    assert {Path(one).as_posix().rstrip("/") for one in gate.paths()} <= {"/flags", "/e", "/i/v0/e"}
    assert not Shop(installation, "").ask("SELECT 1 FROM events_all WHERE name = '$autocapture'")
