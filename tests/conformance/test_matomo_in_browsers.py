"""Matomo's standard snippet in a real Chromium, its host and its site changed: the door's own script stands behind."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from comptoir.server import problems
from tests.conformance.gate import Gate
from tests.conformance.rig import Shop
from tests.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("conformance")]
SAME = ("people", "cart", "order", "lines", "euros")
"""What its visit becomes like our own's; it states no traits, and says carts as a whole."""
SNIPPET = """
var _paq = window._paq = window._paq || [];
/* tracker methods like "setCustomDimension" should be called before "trackPageView" */
%(before)s
_paq.push(['trackPageView']);
_paq.push(['enableLinkTracking']);
(function() {
  var u="//%(host)s/";
  _paq.push(['setTrackerUrl', u+'matomo.php']);
  _paq.push(['setSiteId', '%(site)s']);
  var d=document, g=d.createElement('script'), s=d.getElementsByTagName('script')[0];
  g.async=true; g.src=u+'matomo.js'; s.parentNode.insertBefore(g,s);
})();
"""
"""As Matomo gives it to its users."""
KNOWN = "0123456789abcdef"
BEGAN = 1_785_000_000
POLICY = "default-src 'self'; script-src 'self' {door}; connect-src 'self' {door}"


@dataclass
class Site:
    """A shop's pages, all with the snippet in them, on another origin than the door."""

    host: str = ""
    site: str = ""
    script: str = SNIPPET
    before: str = ""
    url: str = ""
    posted: list[str] = field(default_factory=list)
    """What came to another tracker than ours, which is always busy."""

    def answer(self, path: str) -> tuple[str, str]:
        """Give what stands at an address, and its type; the snippet is a file, so that the policy may be strict."""
        if path == "/snippet.js":
            return "text/javascript", self.script % {"host": self.host, "site": self.site, "before": self.before}
        if path == "/away":
            return "text/html", "<!doctype html><title>Somebody else's</title>"
        links = f"<a id=out href='http://else.localhost:{urlsplit(self.url).port}/away'>Else</a>"
        links += "<a id=file href='/terms.pdf'>Terms</a><a id=in href='/cups'>Cups</a>"
        return "text/html; charset=utf-8", f"<!doctype html><title>Cups</title><script src=/snippet.js></script>{links}"


@pytest.fixture
def site(installation: Installation, gate: Gate) -> Iterator[Site]:
    made = Site(host=urlsplit(gate.url).netloc, site=installation.write_key)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, text = made.answer(urlsplit(self.path).path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", POLICY.format(door=gate.url))
            self.end_headers()
            self.wfile.write(text.encode())

        def do_POST(self) -> None:
            made.posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_error(503)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    made.url = f"http://www.shop.localhost:{server.server_address[1]}"
    yield made
    server.shutdown()
    server.server_close()


@dataclass
class Visit:
    """Somebody's browser in the shop."""

    context: BrowserContext
    page: Page
    site: Site
    gate: Gate
    warned: list[str] = field(default_factory=list)

    def open(self, path: str = "/cups", before: str = "") -> None:
        """Open a page, with some pushes before the snippet looks at it, and wait until the script stands."""
        self.site.before = before
        self.page.goto(self.site.url + path)
        self.page.wait_for_function("window.Matomo !== undefined")

    def push(self, *commands: str) -> None:
        """Push commands, each as JavaScript writes it."""
        for command in commands:
            self.page.evaluate(f"() => {{ _paq.push({command}) }}")

    def keep(self, name: str, value: str) -> None:
        """Put a cookie there that an earlier visit left."""
        self.context.add_cookies([{"name": name, "value": value, "url": self.site.url}])

    def cookies(self) -> dict[str, str]:
        """Give the shop's cookies."""
        return {one["name"]: one["value"] for one in self.context.cookies(self.site.url)}

    def sent(self) -> int:
        """Count the requests that came to the tracker's address."""
        return sum(".php" in one.path for one in self.gate.passages)

    def until(self, is_so: Callable[[], bool], seconds: float = 60) -> None:
        """Look again and again, while the page goes on."""
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, f"not within {seconds} s"
            self.page.wait_for_timeout(200)

    def note(self, said: ConsoleMessage) -> None:
        """Keep what the console says."""
        self.warned.append(said.text)


@pytest.fixture
def visit(browser: Browser, site: Site, gate: Gate) -> Iterator[Visit]:
    context = browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 720})
    made = Visit(context, context.new_page(), site, gate)
    thrown: list[str] = []
    made.page.on("pageerror", lambda error: thrown.append(str(error)))
    made.page.on("console", made.note)
    yield made
    context.close()
    assert thrown == []


def names(shop: Shop) -> Counter[str]:
    """Count what a signed-in visitor did; a page view is `page`."""
    rows = shop.ask(
        "SELECT CASE type WHEN 'page' THEN 'page' ELSE name END FROM events_all WHERE user_id = '$run-user'"
    )
    return Counter(name for (name,) in rows)


def ids(shop: Shop) -> set[str]:
    return {one for (one,) in shop.ask("SELECT DISTINCT anonymous_id FROM events_all WHERE user_id = '$run-user'")}


def test_a_visit_through_matomos_snippet_becomes_one_person_one_cart_one_order_and_its_euros(
    installation: Installation, native: Shop, gate: Gate, visit: Visit
) -> None:
    shop = Shop(installation, "snippet-matomo")
    who = f"_paq.push(['setUserId', '{shop.user}']);"
    cup = "['addEcommerceItem', 'p1', 'Cup', ['Kitchen', 'Cups'], 12.5, 2]"
    cart = f"['appendToTrackingUrl', 'cart_id={shop.run}-cart&currency=EUR']"

    visit.open("/cups", who)
    visit.open("/cup", f"{who} _paq.push(['setEcommerceView', 'p1', 'Cup', ['Kitchen', 'Cups'], 12.5]);")
    visit.push(cart, cup, "['trackEcommerceCartUpdate', 25]", "['appendToTrackingUrl', '']")
    visit.push(
        "['trackSiteSearch', 'red cup', 'Kitchen', 3]", "['trackGoal', 4, 10]", "['setCustomDimension', 2, 'gold']"
    )
    visit.push("['trackEvent', 'Video', 'Play', 'Intro', 2.5]", "['deleteCustomDimension', 2]")
    visit.push("['trackContentImpression', 'Banner', 'red.png']", "['trackContentInteraction', 'click', 'Banner']")
    visit.until(lambda: names(shop)["Cart Viewed"] == 1)
    visit.open("/thanks", f"{who}")
    visit.push(cart.replace("EUR", "EUR&coupon=WELCOME"), cup)
    visit.push(f"['trackEcommerceOrder', '{shop.run}-order', 34.17, 25, 4.17, 5, false]", "['appendToTrackingUrl', '']")
    visit.page.evaluate("document.getElementById('file').addEventListener('click', (event) => event.preventDefault())")
    visit.page.click("#file")
    visit.page.click("#out")  # and the page is gone
    wanted = {
        "page": 3, "Product Viewed": 1, "Cart Viewed": 1, "Products Searched": 1, "Goal Completed": 1, "Play": 1,
        "Content Viewed": 1, "Content Clicked": 1, "Order Completed": 1, "File Downloaded": 1, "Link Clicked": 1,
    }  # fmt: skip
    visit.until(lambda: sum(names(shop).values()) >= sum(wanted.values()))

    assert names(shop) == wanted
    assert len(ids(shop)) == 1
    became, usual = shop.outcome(), native.outcome()
    assert {name: became[name] for name in SAME} == {name: usual[name] for name in SAME}
    told = "SELECT properties FROM events_all WHERE user_id = '$run-user' AND name = 'Play'"
    assert {'"dimension2":"gold"', '"label":"Intro"', '"value":2.5'} <= set(str(shop.ask(told)[0][0])[1:-1].split(","))
    links = shop.ask("SELECT json_extract_string(properties, '$.url') FROM events_all WHERE user_id = '$run-user' "
                     "AND name IN ('File Downloaded', 'Link Clicked') ORDER BY name")  # fmt: skip
    assert [urlsplit(url).path for (url,) in links] == ["/terms.pdf", "/away"]
    assert {one.status for one in gate.passages} <= {200, 204, 304}
    assert {one.method for one in gate.passages} == {"GET", "POST"}, "no browser asks the door's leave first"


def test_a_visitor_whom_matomo_knew_stays_who_she_is_for_as_long_as_it_would_have(
    installation: Installation, visit: Visit
) -> None:
    shop = Shop(installation, "known-matomo")
    visit.keep("_pk_id.1.1fff", f"{KNOWN}.{BEGAN}.")

    for path in ("/cups", "/cup"):
        visit.open(path, f"_paq.push(['setUserId', '{shop.user}']);")
    visit.until(lambda: names(shop)["page"] == 2)

    assert ids(shop) == {KNOWN}
    (ours,) = [one for one in visit.context.cookies(visit.site.url) if one["name"] != "_pk_id.1.1fff"]
    assert ours["name"].startswith(f"_pk_id.{installation.write_key}.")
    assert ours["value"] == f"{KNOWN}.{BEGAN}."
    assert abs(ours["expires"] - (BEGAN + 393 * 86_400)) < 60


def test_nothing_is_sent_or_kept_before_consent_and_what_waited_comes_once_after_it(
    installation: Installation, visit: Visit
) -> None:
    shop = Shop(installation, "consent-matomo")
    before = f"_paq.push(['requireConsent']); _paq.push(['setUserId', '{shop.user}']);"
    visit.keep("_pk_id.1.1fff", f"{KNOWN}.{BEGAN}.")

    visit.open("/cups", before)
    visit.push("['trackEvent', 'Video', 'Play']", "[function () { this.getVisitorId() }]")
    visit.page.wait_for_timeout(1_500)
    assert (visit.sent(), set(visit.cookies())) == (0, {"_pk_id.1.1fff"})

    visit.push("['rememberConsentGiven', 1]")
    visit.until(lambda: sum(names(shop).values()) == 2)
    visit.open("/cup", before)
    visit.until(lambda: names(shop)["page"] == 2)
    assert names(shop) == {"page": 2, "Play": 1}
    assert ids(shop) == {KNOWN}

    visit.push("['forgetConsentGiven']")
    visit.push("['trackEvent', 'Video', 'Stop']")
    visit.open("/cup", f"_paq.push(['setUserId', '{shop.user}']);")  # not even where the page asks for none
    visit.page.wait_for_timeout(1_500)
    assert visit.sent() == 3
    assert set(visit.cookies()) == {"mtm_consent_removed"}


def test_without_cookies_pages_are_counted_and_nothing_is_kept(installation: Installation, visit: Visit) -> None:
    shop = Shop(installation, "cookieless-matomo")
    visit.keep("_pk_id.1.1fff", f"{KNOWN}.{BEGAN}.")
    before = f"_paq.push(['setUserId', '{shop.user}']); _paq.push(['requireCookieConsent']);"

    visit.open("/cups", before)
    visit.until(lambda: names(shop)["page"] == 1)
    assert KNOWN not in ids(shop)
    assert set(visit.cookies()) == {"_pk_id.1.1fff"}
    visit.open("/cups", f"{before} _paq.push(['setCookieConsentGiven']);")
    visit.until(lambda: names(shop)["page"] == 2)
    assert KNOWN in ids(shop)
    assert len(visit.cookies()) == 2
    visit.open("/cups", f"{before} _paq.push(['disableCookies']);")
    visit.until(lambda: names(shop)["page"] == 3)

    assert visit.cookies() == {}


@pytest.mark.parametrize("error", [problems.TooManyEvents(retry_seconds=1)])
def test_what_a_busy_door_refused_is_said_again_and_counts_once(
    error: problems.TooManyEvents, installation: Installation, gate: Gate, visit: Visit
) -> None:
    shop = Shop(installation, f"busy-matomo-{error.status}")
    visit.open("/cups", f"_paq.push(['setUserId', '{shop.user}']);")
    visit.until(lambda: names(shop)["page"] == 1)

    gate.errors += [error] * 2
    visit.push("['trackEvent', 'Video', 'Play']")
    visit.until(lambda: names(shop)["Play"] == 1)

    assert [one.status for one in gate.passages].count(error.status) == 2
    assert names(shop) == {"page": 1, "Play": 1}


def test_a_door_that_is_down_for_ten_seconds_loses_nothing_and_doubles_nothing(
    installation: Installation, gate: Gate, visit: Visit
) -> None:
    shop = Shop(installation, "down-matomo")
    visit.open("/cups", f"_paq.push(['setUserId', '{shop.user}']);")
    visit.until(lambda: names(shop)["page"] == 1)

    with gate.closed(10):
        visit.push(*(f"['trackEvent', 'Video', 'Down {number}']" for number in range(3)))
        visit.page.wait_for_timeout(3_000)
    visit.until(lambda: sum(names(shop).values()) == 4)

    assert names(shop) == {"page": 1, "Down 0": 1, "Down 1": 1, "Down 2": 1}


def test_a_request_that_was_asked_for_as_a_get_goes_as_one(
    installation: Installation, gate: Gate, visit: Visit
) -> None:
    shop = Shop(installation, "get-matomo")
    visit.open("/cups", f"_paq.push(['setUserId', '{shop.user}']); _paq.push(['setRequestMethod', 'GET']);")
    visit.push(f"['trackEvent', 'Video', 'Long', '{'x' * 2_500}']")
    visit.until(lambda: names(shop) == {"page": 1, "Long": 1})

    assert [one.method for one in gate.passages if ".php" in one.path] == ["GET", "POST"], "an address has its limits"


def test_a_tracker_beside_ours_is_told_the_same_and_once(installation: Installation, visit: Visit) -> None:
    shop = Shop(installation, "beside-matomo")
    visit.open(
        "/cups",
        f"_paq.push(['setUserId', '{shop.user}']); _paq.push(['addTracker', '{visit.site.url}/matomo.php', '7']);",
    )
    visit.until(lambda: names(shop)["page"] == 1)
    visit.page.wait_for_timeout(2_500)

    (told,) = [parse_qs(one) for one in visit.site.posted]
    assert (told["idsite"], told["uid"], told["action_name"]) == (["7"], [shop.user], ["Cups"])
    assert ids(shop) == set(told["_id"])


def test_an_answer_that_was_lost_doubles_nothing(installation: Installation, gate: Gate, visit: Visit) -> None:
    shop = Shop(installation, "lost-matomo")
    visit.open("/cups", f"_paq.push(['setUserId', '{shop.user}']);")
    visit.until(lambda: names(shop)["page"] == 1)

    gate.forgets = 2  # the first the browser says again by itself
    visit.push("['trackEvent', 'Video', 'Play']")
    visit.until(lambda: sum(one.status in {200, 204} for one in gate.passages if ".php" in one.path) == 2)

    assert visit.sent() == 4
    assert names(shop) == {"page": 1, "Play": 1}


def test_a_site_whose_number_cannot_change_has_its_key_in_the_address(installation: Installation, visit: Visit) -> None:
    shop = Shop(installation, "number-matomo")
    visit.site.host += f"/matomo/{installation.write_key}"
    visit.site.site = "1"

    visit.open("/cups", f"_paq.push(['setUserId', '{shop.user}']);")
    visit.until(lambda: names(shop)["page"] == 1)

    assert [name for name in visit.cookies() if name.startswith("_pk_id.1.")]


def test_the_tracker_of_older_pages_and_what_is_passed_over(installation: Installation, visit: Visit) -> None:
    shop = Shop(installation, "older-matomo")
    visit.open("/cups", f"_paq.push(['setUserId', '{shop.user}']);")

    visit.page.evaluate(
        """([url, key, user]) => {
          const tracker = Piwik.getTracker(url + "/piwik.php", key)
          tracker.setUserId(user)
          tracker.setCustomVariable(1, "a", "b", "visit")
          tracker.trackEvent("Video", "Old")
          Matomo.on("TrackerSetup", () => {})
        }""",
        [visit.gate.url, installation.write_key, shop.user],
    )
    visit.push("['HeatmapSessionRecording::disable']", "['enableJSErrorTracking']", "['enableJSErrorTracking']")
    visit.push("[function () { window.seen = this.getVisitorId() }]")
    visit.until(lambda: names(shop)["Old"] == 1)

    assert ids(shop) == {visit.page.evaluate("window.seen")}
    passed = ["setCustomVariable", "Matomo.on", "HeatmapSessionRecording::disable", "enableJSErrorTracking"]
    assert visit.warned == [f"matomo.js of Comptoir passes over: {name}" for name in passed]


def test_who_still_reads_says_so(installation: Installation, visit: Visit) -> None:
    shop = Shop(installation, "reads-matomo")
    visit.open("/cups", f"_paq.push(['setUserId', '{shop.user}']); _paq.push(['enableHeartBeatTimer', 1]);")
    bodies: list[str] = []
    visit.page.on("request", lambda request: bodies.append(request.post_data or ""))

    visit.until(lambda: any("ping=1" in one.split("&") for one in bodies))

    assert names(shop) == {"page": 1}
