"""
Every page of the desk in a real Chromium, over a small shop of the demonstration.

Both tongues, by day and by night, on a desktop and a phone: no axe violation, nothing wrong on the console, nothing
wider than the window.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from starlette.routing import Match, Route

from comptoir import app as apps
from comptoir.app import App
from comptoir.demo import home as homes
from comptoir.demo import opening
from comptoir.demo.shop.plan import Plan
from comptoir.messaging import template_drafts
from comptoir.messaging.template import EVERY_BRAND
from comptoir.segments import shipped
from comptoir.segments.drafts import SEGMENTS
from comptoir.web import menu, pages, tour

pytestmark = pytest.mark.browser

VIEWS = (
    pytest.param("fr", "light", {"width": 1280, "height": 900}, id="fr-day-desktop"),
    pytest.param("en", "dark", {"width": 390, "height": 844}, id="en-night-phone"),
)
ROUTES = [one for one in pages.routes() if isinstance(one, Route) and "GET" in (one.methods or ())]
NO_PAGE = re.compile(
    r"/static/|/login|/logout|format=|\.(csv|parquet|json|yaml)|/export|/download|/preview|/mail$|/html$"
)
NOT_OURS = re.compile("ERR_NAME_NOT_RESOLVED|postMessage")
"""The pictures in a previewed mail lie with the shop, which is not running here; axe speaks to frames by messages."""
MOST_BYTES = 300_000


@dataclass(frozen=True)
class Shown:
    """A desk with a shop behind it, and how to sign in."""

    url: str
    password: str


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    home = tmp_path_factory.mktemp("demo") / "home"
    opened = opening.begin(home, Plan(customers=300, months=12, seed=7), speed=1)
    app = apps.open_app(opened.settings)
    opening.bring_in(app, opening.write_files(opened), lambda *_: None)
    write_something(app)
    app.close()
    with homes.running(opened.settings):
        yield Shown(homes.desk_of(opened.settings), opened.note.password)


def write_something(app: App) -> None:
    """Begin a template and a segment, so that their pages are there too."""
    now = app.clock.now()
    with app.state.write() as connection:
        template_drafts.new(connection, "bienvenue", brand=EVERY_BRAND, languages=("fr", "en"), now=now, by="test")
        draft = SEGMENTS.begin(connection, shipped.texts()["newcomers"], now, by="test")
        SEGMENTS.publish(connection, draft.key, now, base=draft.base, by="test")


def enter(browser: Browser, desk: Shown, **how: Any) -> Page:
    page = browser.new_context(reduced_motion="reduce", **how).new_page()
    page.goto(f"{desk.url}/login")
    page.fill("#name", "admin")
    page.fill("#password", desk.password)
    page.press("#password", "Enter")
    page.wait_for_url(f"{desk.url}/")
    return page


def route_of(path: str) -> str:
    for one in ROUTES:
        if one.matches({"type": "http", "method": "GET", "path": path.partition("?")[0]})[0] == Match.FULL:
            return one.path
    return ""


def links_of(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "a[href^='/']",
        "(all) => all.filter((one) => !one.download && one.target !== '_blank').map((one) => one.getAttribute('href'))",
    )
    return [one for one in found if not NO_PAGE.search(one) and "lang=" not in one]


def settle(page: Page) -> None:
    """Wait until a page has all it fetches at first; Live goes on asking what is new."""
    page.wait_for_load_state("load")
    page.locator(".htmx-request").first.wait_for(state="detached")


@pytest.mark.parametrize(("language", "scheme", "size"), VIEWS)
def test_the_guided_tour_is_walked_by_keyboard_from_a_visit_to_the_euro(
    language: str, scheme: str, size: dict[str, int], browser: Browser, desk: Shown
) -> None:
    page = enter(browser, desk, locale=language, color_scheme=scheme, viewport=size)
    page.locator(".offer a").press("Enter")
    for number, stop in enumerate(tour.STOPS, start=1):
        page.wait_for_url(f"{desk.url}{stop.path}?tour={number}")
        settle(page)
        assert page.locator("section.tour h2").is_visible()
        assert Axe().run(page).response["violations"] == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
        page.locator("section.tour a.button:not(.quiet)").press("Enter")
    page.wait_for_url(f"{desk.url}/?tour=done")

    assert page.locator("section.tour, section.offer").count() == 0
    page.context.close()


@pytest.mark.parametrize(("language", "scheme", "size"), VIEWS)
def test_every_page_is_accessible_quiet_and_fits(
    language: str, scheme: str, size: dict[str, int], browser: Browser, desk: Shown
) -> None:
    page = enter(browser, desk, locale=language, color_scheme=scheme, viewport=size)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    waiting = [one.path for one in menu.ENTRIES] + ["/password", "/search?q=pa"]
    seen: dict[str, str] = {}
    wrong: list[str] = []
    while waiting:
        path = waiting.pop(0)
        route = route_of(path)
        if not route or route in seen:
            continue
        seen[route] = path
        answer = page.goto(desk.url + path)
        assert answer is not None
        settle(page)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status}")
        waiting += links_of(page)
        wrong += [
            f"{path}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in Axe().run(page).response["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            wrong.append(f"{path}: wider than the window")
        if page.evaluate("document.documentElement.lang") != language:
            wrong.append(f"{path}: not in {language}")
        wrong += [f"{path}: {one}" for one in dict.fromkeys(said) if not NOT_OURS.search(one)]
        said.clear()
    page.context.close()

    print(f"{len(seen)} kinds of pages: {' '.join(sorted(seen))}")
    assert wrong == [], "\n".join(wrong)
    assert len(seen) > 35, "the crawl has found the pages behind the menu"


def weight_of(page: Page, address: str) -> int:
    """Give the bytes that a page and all it fetches transfer to a browser that holds nothing."""
    page.goto(address)
    settle(page)
    entries = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    weight: int = page.evaluate(f"{entries}.reduce((sum, one) => sum + one.encodedBodySize, 0)")
    return weight


def test_no_page_of_the_menu_weighs_more_than_300_kb(browser: Browser, desk: Shown) -> None:
    weights = {}
    for entry in menu.ENTRIES:
        page = enter(browser, desk)
        weights[entry.path] = weight_of(page, desk.url + entry.path)
        page.context.close()

    assert {path: weight for path, weight in weights.items() if not 10_000 < weight < MOST_BYTES} == {}


def test_keys_lead_through_the_desk(browser: Browser, desk: Shown) -> None:
    page = enter(browser, desk, locale="en")
    page.keyboard.press("m")
    page.wait_for_url(re.compile("period=m"))
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("until="))
    page.keyboard.press("Control+k")
    page.keyboard.type("scen")
    page.wait_for_selector("#palette-hits a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.url}/scenarios")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") != "q"
    page.context.close()


def test_after_signing_out_the_back_key_shows_nothing(browser: Browser, desk: Shown) -> None:
    page = enter(browser, desk, locale="en")
    page.goto(f"{desk.url}/customers")
    page.click("details.me summary")
    page.click("details.me button")
    page.wait_for_url(f"{desk.url}/login")
    page.go_back()
    page.wait_for_url(re.compile("/login.*next=/customers"))

    assert page.locator("nav.menu").count() == 0
    assert page.locator("#password").count() == 1
    page.context.close()


def test_screenshots_are_named_after_the_menu() -> None:
    folder = Path(__file__).parents[2] / "docs" / "screens"
    if not folder.is_dir():
        pytest.skip("no pictures yet: tools/screenshots.py")
    assert {one.key for one in menu.ENTRIES} <= {one.name.partition(".")[0] for one in folder.glob("*.png")}
