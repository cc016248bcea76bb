"""One real browser on a shop in which every field is hostile (faults.md X1): nothing of what is written runs."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Dialog, Page

from comptoir import web
from tests.web import hostile, test_hostile

pytestmark = pytest.mark.browser

EVERYTHING = " ".join(one for one in hostile.rounds() if "boo()" in one)
STARTS = "javascript:boo()"
RAN = "window.boo = (() => { (window.top.ran ||= []).push(location.href); });"


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application on a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def opened(browser: Browser, **how: Any) -> tuple[Page, list[str]]:
    """Open a page in which `boo` is noted, as is a dialog and whatever the policy of content has to stop."""
    page = browser.new_context(reduced_motion="reduce", **how).new_page()
    page.add_init_script(RAN)
    noted: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        noted.append(dialog.message)
        dialog.dismiss()

    page.on("console", lambda said: noted.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("dialog", dismissed)
    page.on("popup", lambda other: noted.append(other.url))
    return page, noted


def run_by(page: Page) -> list[str]:
    ran: list[str] = page.evaluate("window.ran || []")
    return ran


@pytest.mark.slow
@pytest.mark.parametrize("said", [EVERYTHING, STARTS], ids=["everything", "starts"])
@pytest.mark.parametrize("bypass_csp", [True, False], ids=["without-policy", "with-policy"])
def test_nothing_that_stands_in_a_field_runs(said: str, bypass_csp: bool, browser: Browser, tmp_path: Path) -> None:
    wrong: dict[str, list[str]] = {}
    with test_hostile.shop(tmp_path) as counter:
        with ThreadPoolExecutor(1) as apart:  # Playwright has an event loop of its own in this thread
            answers = apart.submit(lambda: test_hostile.walk(counter, hostile.furnish(counter, said))).result()
        pages = [one for one, answer in answers.items() if "text/html" in answer.headers.get("content-type", "")]
        with served(counter.app) as desk:
            page, noted = opened(browser, bypass_csp=bypass_csp)
            for target in pages:
                page.goto(f"{desk}{target}", wait_until="load")
                page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
                if run_by(page) or noted or not page.url.startswith(desk):
                    wrong[target] = [*run_by(page), *noted, page.url]
                    noted.clear()
            page.context.close()

    assert len(pages) > 30
    assert wrong == {}


@pytest.mark.parametrize(
    "sign", ["\u202e", "\u202d\u202e", "\u2067", "\u05d0"], ids=["override", "both", "isolate", "hebrew"]
)
@pytest.mark.parametrize("tag", ["a", "b", "strong", "code", "small", "span"])
def test_a_name_that_turns_the_direction_turns_nothing_beside_it(tag: str, sign: str, browser: Browser) -> None:
    """Else a stranger's event could make the words after its name say something else."""
    page, _ = opened(browser)
    css = (Path(web.__file__).parent / "static" / "app.css").read_text(encoding="utf-8")
    page.set_content(f"<style>{css}</style><p><{tag} id=name>{sign}12 moc.live</{tag}> <i id=beside>1 of 2</i></p>")

    ends, begins = page.evaluate(
        "[document.getElementById('name').getBoundingClientRect().right,"
        " document.getElementById('beside').getBoundingClientRect().left]"
    )

    assert begins >= ends
    page.context.close()


def test_what_runs_is_noticed(browser: Browser) -> None:
    page, _ = opened(browser)
    page.goto("data:text/html,<p>x</p>")
    page.set_content("<p><img src=x onerror=boo()></p>")
    page.wait_for_function("(window.ran || []).length === 1")
    page.context.close()
