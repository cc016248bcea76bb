"""A small shop of static pages on an origin of its own, and a visitor of it: a browser context, and what it sends."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Request

from comptoir.collect.tracker.script import snippet
from tests.installation import Installation

FILES = Path(__file__).parent / "site"
KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8"}
SHOP_HOST = "www.shop.localhost"
OWN_DOOR_HOST = "c.shop.localhost"
OTHER_HOST, OTHER_DOOR_HOST = "www.boutique.localhost", "c.boutique.localhost"
"""A second site of the shop, on a domain of its own, and the same door there."""
"""The door under the shop's own domain. Browsers lead every name under `localhost` to this machine."""
FOREIGN_DOOR_HOST = "127.0.0.1"


@dataclass(slots=True, kw_only=True)
class Storefront:
    """The shop's web server. Each story has pages of its own, so that what arrives can be told apart by address."""

    key: str
    door_port: int
    port: int = 0
    banners: Path | None = None
    """Where real consent banners lie."""
    told: dict[str, str] = field(default_factory=dict)
    """Story → its snippet and banner, as HTML."""
    shown: dict[str, str] = field(default_factory=dict)
    """Story → what its pages hold beside, as HTML."""

    def open(
        self, story: str, *, door: str = OWN_DOOR_HOST, host: str = SHOP_HOST, more: str = "", banner: str = "",
        **how: str,
    ) -> str:  # fmt: skip
        """Open the shop of a story, with the snippet it has in its pages; give its address, which ends in a slash."""
        told = snippet(self.key, self.door(door), **how).partition("\n")[2]  # the first line is in the shop's own file
        self.told[story] = "\n".join([banner, told.replace(" data-key=", f" {more} data-key=")])
        return f"http://{host}:{self.port}/{story}/"

    def door(self, host: str = OWN_DOOR_HOST) -> str:
        """Give where browsers reach the door."""
        return f"http://{host}:{self.door_port}"

    def answer(self, path: str) -> tuple[str, bytes]:
        """Give type and body of what lies at a path; every path of a story is a page."""
        _, story, *rest = path.split("/")
        if story in self.told:
            title = escape(" ".join(rest).strip().title() or "Shop")
            page = (FILES / "page.html").read_text(encoding="utf-8")
            page = (
                page.replace("{title}", title)
                .replace("{snippet}", self.told[story])
                .replace("{more}", self.shown.get(story, ""))
            )
            return KINDS[".html"], page.encode()
        roots = [FILES] if self.banners is None else [FILES, self.banners]
        for root in roots:
            found = (root / path.lstrip("/")).resolve()
            if found.is_file() and found.is_relative_to(root.resolve()):
                return KINDS.get(found.suffix, "application/octet-stream"), found.read_bytes()
        raise FileNotFoundError(path)

    def policy(self) -> str:
        """Give what pages may load: files of their own, and the door; nothing inline, nothing evaluated."""
        doors = " ".join(self.door(host) for host in (OWN_DOOR_HOST, OTHER_DOOR_HOST, FOREIGN_DOOR_HOST))
        return f"default-src 'none'; script-src 'self' {doors}; connect-src {doors}; style-src 'self' 'unsafe-inline'"


@contextmanager
def served(front: Storefront) -> Iterator[Storefront]:
    """Serve the shop on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                kind, body = front.answer(urlsplit(self.path).path)
            except FileNotFoundError:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", front.policy())
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", front.port), Handler)
    front.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(slots=True, kw_only=True)
class Visitor:
    """Somebody with a browser of her own. Whatever her pages throw makes the test fail."""

    context: BrowserContext
    sent: list[Request] = field(default_factory=list)
    """Requests to the door that carry something."""
    asked: list[Request] = field(default_factory=list)
    """Questions what to show that say who asks."""
    thrown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Watch every tab."""
        self.context.on("request", lambda request: self._note(request))  # noqa: PLW0108 (Playwright marks what it calls)
        self.context.on("weberror", lambda error: self.thrown.append(str(error.error)))

    def _note(self, request: Request) -> None:
        if request.method == "POST":
            (self.asked if "/v1/placements" in request.url else self.sent).append(request)

    def visit(self, address: str) -> Page:
        """Open a page in a new tab, and wait until the site's script is there."""
        page = self.context.new_page()
        page.goto(address)
        loaded(page)
        return page

    def batches(self) -> list[list[dict[str, Any]]]:
        """Give the events of every batch that was sent, answered or not."""
        bodies = [one.post_data or "" for one in self.sent if one.url.endswith("/v1/batch")]
        return [json.loads(body)["batch"] for body in bodies]

    def events(self) -> list[dict[str, Any]]:
        """Give all events that were sent."""
        return [event for batch in self.batches() for event in batch]


def loaded(page: Page) -> None:
    """Wait until the site's script has taken over from the list of early calls."""
    becomes(page, "window.comptoir && !Array.isArray(window.comptoir)")


def becomes(page: Page, expression: str) -> None:
    """Wait until an expression holds; asked from here, as the shop's policy forbids Playwright to evaluate in it."""
    for _ in range(800):
        if page.evaluate(f"() => Boolean({expression})"):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"did not come true: {expression}")


def say(page: Page, call: str) -> Any:
    """Run a line of the shop's own JavaScript."""
    return page.evaluate(f"() => {{ return {call}; }}")


def queue(page: Page) -> list[str]:
    """Give the texts of what the browser keeps to be sent."""
    found: list[str] = page.evaluate(
        "() => Object.keys(localStorage).filter((name) => name.includes('#')).sort().map((name) => localStorage[name])"
    )
    return found


def memory(page: Page) -> dict[str, Any]:
    """Give what the browser remembers between pages, beside the queue."""
    texts: list[str] = page.evaluate(
        "() => Object.keys(localStorage).filter((name) => /^comptoir\\.[^#]*$/.test(name)).map((n) => localStorage[n])"
    )
    found: dict[str, Any] = json.loads(texts[0]) if texts else {}
    return found


def drained(page: Page) -> None:
    """Wait until the door has taken everything."""
    becomes(page, "!Object.keys(localStorage).some((name) => name.includes('#'))")


def arrived(shop: Installation, story: str, *, at_least: int = 1) -> list[dict[str, Any]]:
    """Ask the engine, as an analyst does, for the events of a story's pages. Order: as they happened."""
    rows: list[dict[str, Any]] = []

    def is_there() -> bool:
        shop.settle()
        asked = f"""
            SELECT name, type, title, url, path, referrer, channel, anonymous_id, user_id, cart_id, order_id,
                   properties, browser, message_id
            FROM events WHERE url LIKE '%/{story}/%' ORDER BY occurred_at, message_id
        """
        rows[:] = shop.ask(asked)
        return len(rows) >= at_least

    wait_until(is_there)
    return rows


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds."""
    deadline = threading.Event()
    timer = threading.Timer(seconds, deadline.set)
    timer.start()
    try:
        while not holds():
            assert not deadline.is_set(), f"did not come true within {seconds} s"
            threading.Event().wait(0.05)
    finally:
        timer.cancel()
