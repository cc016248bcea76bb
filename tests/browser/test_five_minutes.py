"""
The first five minutes of somebody who has never seen Comptoir, in a real Chromium over the live demo.

Today → Live → a customer, why her three browsers are one, what she agreed to → a segment counted → a scenario tried on
past days and switched on → its mail → a click in it → an order → the euro in Results → a source of one's own, its
snippet, and the first event of it in Live.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from comptoir import app as apps
from comptoir.demo import home as homes
from comptoir.demo import live, opening
from comptoir.demo.opening import Opened
from comptoir.demo.shop.plan import Plan

pytestmark = pytest.mark.browser

SHOPPERS = 4
"""So many leave a basket: one in ten is held out as control, and the story needs one mail."""
COUNT_SECONDS = 1.0
"""A rule is counted within so long, as the page says itself."""


@dataclass(frozen=True)
class Demo:
    """The demonstration, running: its desk, its storefront, and people who agreed to mails."""

    opened: Opened
    desk: str
    shop: str
    emails: list[str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    home = tmp_path_factory.mktemp("five") / "home"
    opened = opening.begin(home, Plan(customers=300, months=12, seed=11), speed=60)
    app = apps.open_app(opened.settings)
    opening.bring_in(app, opening.write_files(opened), lambda *_: None)
    app.close()
    with homes.running(opened.settings), live.open_shop(opened, rate=0.1, tell=print) as running:
        people = running.opened.shop.people
        agreed = [
            email
            for one in range(len(people))
            if people.agrees[one] and not people.withdrew[one] and people.house[one] == 1
            if (email := people.email(one)) is not None
        ]
        yield Demo(opened, homes.desk_of(opened.settings), f"{opened.note.plan().shop_url}/en", agreed[:SHOPPERS])


def signs_in(browser: Browser, demo: Demo, email: str) -> BrowserContext:
    """Come as a customer with a browser of her own: agree, and say who one is."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{demo.shop}/")
    page.click("[data-consent=yes]")
    page.goto(f"{demo.shop}/account")
    page.fill("input[name=email]", email)
    page.click("main form button")
    page.wait_for_load_state("networkidle")
    page.close()
    return context


def leaves_a_basket(browser: Browser, demo: Demo, email: str) -> BrowserContext:
    """Come as a customer, put something into the basket, and leave."""
    context = signs_in(browser, demo, email)
    page = context.new_page()
    page.goto(f"{demo.shop}/")
    page.click("main a[href*='/p/'] >> nth=0")
    page.click("form[data-add] button")
    page.wait_for_url(re.compile("/basket"))
    page.wait_for_load_state("networkidle")
    page.close()
    return context


def becomes(question: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.5)
    return False


def enter(browser: Browser, demo: Demo) -> Page:
    page = browser.new_context(locale="en", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(demo.desk)
    page.fill("#name", "admin")
    page.fill("#password", demo.opened.note.password)
    page.press("#password", "Enter")
    page.wait_for_url(f"{demo.desk}/")
    return page


def looks_around(desk: Page, email: str) -> None:
    """See what happened, what passes by, and who somebody is."""
    expect(desk.locator("h1")).to_have_text("Today")
    expect(desk.locator("main")).to_contain_text("£")

    desk.click("nav.menu >> text=Live")
    expect(desk.locator("#feed")).to_contain_text("Added to the cart", timeout=15_000)

    desk.fill("#q", email)
    desk.press("#q", "Enter")
    desk.wait_for_url(re.compile("/customers/p"))
    expect(desk.locator("main")).to_contain_text("granted")
    desk.click("main a[href$='/identity']")
    expect(desk.locator("main")).to_contain_text(email)
    browsers = desk.locator("main tbody tr", has_text=re.compile("browser", re.IGNORECASE))
    assert becomes(lambda: desk.reload() is not None and browsers.count() >= 3, 15), "her three browsers are one person"
    assert desk.locator("main .links .why").count() >= 3, "and it is said why"


def counts_a_segment(desk: Page) -> float:
    """Take a segment from the library, and see whom it finds; give how long counting took, as the page says."""
    desk.click("nav.menu >> text=Segments")
    desk.click("a[href='/segments/library/newcomers']")
    desk.click("main .actions form button")
    desk.wait_for_url(re.compile("/segments/newcomers/rule"))
    expect(desk.locator("#count .figure")).to_have_text(re.compile(r"^[\d,]+$"))
    said = re.search(r"in ([\d.]+) s", desk.locator("#count .beside").last.inner_text())
    assert said
    return float(said[1])


def tries_and_switches_on(desk: Page, demo: Demo) -> None:
    """Stop the scenario, try it on past days, and let it run."""
    scenario = f"{demo.desk}/scenarios/abandoned-basket"
    desk.goto(scenario)
    desk.click("main .head .actions >> text=Pause")
    expect(desk.locator("main .head .tag")).to_have_text("paused")
    desk.click("main a[href$='/dry-run']")
    desk.click("main form.panel button")
    desk.wait_for_url(re.compile("/dry-run/"))
    assert becomes(lambda: desk.goto(desk.url) is not None and not desk.locator("#waits").count(), 60)
    expect(desk.locator(".error")).to_have_count(0)
    desk.goto(scenario)
    desk.click("main .head .actions >> text=Run again")
    expect(desk.locator("main .head .tag")).to_have_text("running")


def opens_a_mail(desk: Page, demo: Demo) -> tuple[str, str]:
    """Wait for a mail to somebody of ours; give to whom, and its first link."""
    mails = f"{demo.desk}/messages/inbox"
    ours = "main ul li a"
    assert becomes(lambda: desk.goto(mails) is not None and desk.locator(ours).count() > 0, 90)
    text = desk.locator(ours).first.inner_text()
    desk.click(f"{ours} >> nth=0")
    link = desk.frame_locator("iframe.mail").locator("a[href*='/c/']").first.get_attribute("href")
    assert link
    return next(one for one in demo.emails if one in text), link


def comes_back_and_orders(shopper: BrowserContext, demo: Demo, email: str, link: str) -> None:
    page = shopper.new_page()
    page.goto(link)
    assert page.url.startswith(demo.shop)
    page.goto(f"{demo.shop}/checkout")
    page.fill("input[name=email]", email)
    page.click("main form button.main")
    page.wait_for_url(re.compile("/thanks/"))
    page.wait_for_load_state("networkidle")


def test_the_first_five_minutes(browser: Browser, demo: Demo) -> None:
    began = time.monotonic()
    others = [signs_in(browser, demo, demo.emails[0]) for _ in range(2)]
    shoppers = {demo.emails[0]: leaves_a_basket(browser, demo, demo.emails[0])}

    desk = enter(browser, demo)
    looks_around(desk, demo.emails[0])
    counted_in = counts_a_segment(desk)
    tries_and_switches_on(desk, demo)
    shoppers |= {email: leaves_a_basket(browser, demo, email) for email in demo.emails[1:]}
    email, link = opens_a_mail(desk, demo)
    comes_back_and_orders(shoppers[email], demo, email, link)

    results = f"{demo.desk}/results/of/abandoned-basket?period=w"
    assert becomes(lambda: desk.goto(results) is not None and "£" in desk.inner_text("main"), 60)

    desk.goto(f"{demo.desk}/sources/new")
    desk.fill("input[name=name]", "my-site")
    desk.click("main form button >> nth=0")
    expect(desk.locator("#snippet-text")).to_contain_text("/comptoir.js")
    own_page = sends_with_the_snippet(browser, desk.locator("#snippet-text").inner_text())
    desk.goto(f"{demo.desk}/live?source=my-site")
    expect(desk.locator("#feed")).to_contain_text(own_page, timeout=15_000)

    took = time.monotonic() - began
    print(f"the first five minutes took {took:.0f} s; a segment was counted in {counted_in:.2f} s")
    assert took < 300
    assert counted_in < COUNT_SECONDS
    for context in [*others, *shoppers.values(), desk.context]:
        context.close()


def sends_with_the_snippet(browser: Browser, snippet: str) -> str:
    """Open a page of one's own that has the snippet in its head, and agree; give its address."""
    body = (
        f"<!doctype html><title>My first page</title>{snippet}<script>comptoir.push(['consent.grant', {{}}])</script>"
    )

    class OwnPage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), OwnPage) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        page = browser.new_context(locale="en-GB").new_page()
        with page.expect_request(re.compile("/v1/")):
            page.goto(address)
        page.wait_for_load_state("networkidle")
        page.context.close()
        server.shutdown()
    return address
