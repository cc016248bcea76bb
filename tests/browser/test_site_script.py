"""The site's script in a real Chromium, on a shop served from another origin than the door; what arrived is asked."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Route

from tests.browser.storefront import (
    FOREIGN_DOOR_HOST,
    Storefront,
    Visitor,
    arrived,
    becomes,
    drained,
    loaded,
    memory,
    queue,
    say,
    wait_until,
)
from tests.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOOLS = Path(__file__).resolve().parents[2] / "tools"
QUIET = 900
"""Milliseconds after which what was to be sent has been sent."""


@pytest.fixture
def story(request: pytest.FixtureRequest) -> str:
    """Name the pages of a test after it."""
    name: str = request.node.name
    return "s" + name.removeprefix("test_").replace("_", "-")[:60]


# ── before a choice, and after it


def test_before_a_choice_nothing_is_sent_and_nothing_is_written_on_the_device(
    visitor: Visitor, front: Storefront, story: str
) -> None:
    page = visitor.visit(front.open(story))
    say(page, "comptoir.identify('C-1', {email: 'ann@example.org'})")
    say(page, "comptoir.added({product_id: 'p1', price: 9.5})")
    page.wait_for_timeout(QUIET)

    assert say(page, "comptoir.consent.state()") == "unknown"
    assert visitor.sent == visitor.asked == []
    assert page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))") == []
    assert visitor.context.cookies() == []


def test_a_yes_sends_what_the_page_had_seen_under_a_cookie_of_the_shops_own_domain(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    page = visitor.visit(front.open(story) + "lamps?utm_source=letter&utm_medium=email#top")
    say(page, "comptoir.consent.grant({text_version: '2026-11', proof: 'banner'})")
    drained(page)

    (viewed,) = arrived(shop, story)
    (cookie,) = visitor.context.cookies()
    assert (viewed["type"], viewed["title"], viewed["channel"]) == ("page", "Lamps", "email")
    assert (cookie["name"], cookie["domain"], cookie["httpOnly"]) == ("comptoir_id", "c.shop.localhost", True)
    assert viewed["anonymous_id"] == cookie["value"]
    assert "id" not in memory(page)
    (said,) = shop.ask(f"SELECT * FROM consents WHERE contact = '{cookie['value']}'")
    assert (said["purpose"], said["channel"], said["state"]) == ("tracking", "site", "granted")
    assert (said["text_version"], said["proof"]) == ("2026-11", "banner")


def test_a_door_on_another_domain_gets_an_id_that_the_browser_keeps(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    address = front.open(story, door=FOREIGN_DOOR_HOST)
    page = visitor.visit(address)
    say(page, "comptoir.consent.grant()")
    drained(page)
    own = memory(page)["id"]
    page.goto(address + "next")
    drained(page)

    assert {one["anonymous_id"] for one in arrived(shop, story, at_least=2)} == {own}
    assert visitor.context.cookies() == []


def test_a_choice_is_remembered_on_the_next_page_and_said_once(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    page = visitor.visit(front.open(story))
    say(page, "comptoir.consent.grant()")
    page.click("#next")
    loaded(page)
    say(page, "comptoir.consent.grant()")
    drained(page)

    seen = arrived(shop, story, at_least=2)
    assert [one["title"] for one in seen] == ["Shop", "Next"]
    assert len({one["anonymous_id"] for one in seen}) == 1
    assert seen[1]["referrer"] == seen[0]["url"]
    who = seen[0]["anonymous_id"]
    assert len(shop.ask(f"SELECT 1 FROM consents WHERE contact = '{who}'")) == 1


def test_a_no_deletes_ids_and_queue_is_told_to_the_door_and_then_nothing_is_sent(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    page = visitor.visit(front.open(story))
    say(page, "comptoir.consent.grant()")
    say(page, "comptoir.identify('C-2')")
    drained(page)
    (cookie,) = visitor.context.cookies()
    say(page, "comptoir.track('Coupon Entered')")
    say(page, "comptoir.consent.withdraw()")
    drained(page)
    before = len(visitor.sent)
    say(page, "comptoir.track('Coupon Entered')")
    page.reload()
    loaded(page)
    page.wait_for_timeout(QUIET)

    assert len(visitor.sent) == before
    assert visitor.context.cookies() == []
    assert memory(page) == {"consent": "withdrawn"}
    assert "Coupon Entered" not in [event.get("event") for event in visitor.events()]
    shop.settle()
    said = shop.ask(f"SELECT state FROM consents WHERE contact = '{cookie['value']}' ORDER BY received_at")
    assert [one["state"] for one in said] == ["granted", "withdrawn"]


def test_who_says_no_at_first_is_not_even_told_to_the_door(visitor: Visitor, front: Storefront, story: str) -> None:
    page = visitor.visit(front.open(story))
    say(page, "comptoir.consent.withdraw()")
    say(page, "comptoir.track('Coupon Entered')")
    page.wait_for_timeout(QUIET)

    assert visitor.sent == []
    assert visitor.context.cookies() == []
    assert memory(page) == {"consent": "withdrawn"}


def test_a_new_yes_after_a_no_makes_another_visitor(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    page = visitor.visit(front.open(story))
    for choice in ("grant", "withdraw", "grant"):
        say(page, f"comptoir.consent.{choice}()")
        drained(page)
    say(page, "comptoir.track('Coupon Entered')")
    drained(page)

    first, second = arrived(shop, story, at_least=2)
    assert first["anonymous_id"] != second["anonymous_id"] == visitor.context.cookies()[0]["value"]


def test_a_choice_in_one_tab_holds_in_the_other(visitor: Visitor, front: Storefront, story: str) -> None:
    address = front.open(story)
    one, other = visitor.visit(address + "one"), visitor.visit(address + "other")
    say(one, "comptoir.consent.grant()")
    drained(one)
    other.wait_for_timeout(QUIET)
    assert {event["context"]["page"]["title"] for event in visitor.events() if event["type"] == "page"} == {
        "One",
        "Other",
    }

    say(other, "comptoir.consent.withdraw()")
    drained(other)
    sent = len(visitor.sent)
    say(one, "comptoir.track('Coupon Entered')")
    one.wait_for_timeout(QUIET)
    assert len(visitor.sent) == sent


@pytest.mark.parametrize(("asks_for_privacy", "state"), [(False, "granted"), (True, "withdrawn")])
def test_where_the_law_asks_for_an_opt_out_a_browser_that_asks_for_privacy_has_opted_out(
    visitor: Visitor, front: Storefront, story: str, *, asks_for_privacy: bool, state: str
) -> None:
    visitor.context.add_init_script(
        f"Object.defineProperty(navigator, 'globalPrivacyControl', {{value: {str(asks_for_privacy).lower()}}})"
    )
    page = visitor.visit(front.open(story.replace("[", "-").replace("]", ""), more='data-consent="opt-out"'))
    page.wait_for_timeout(QUIET)

    assert say(page, "comptoir.consent.state()") == state
    assert bool(visitor.sent) is not asks_for_privacy


# ── carts, people, commands


def test_a_visit_becomes_one_cart_and_one_order_and_the_next_cart_is_another(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    lamp = "{product_id: 'lamp', name: 'Lampe', price: 49.9, quantity: 2}"
    page = visitor.visit(front.open(story))
    say(page, "comptoir.consent.grant()")
    for call in (
        "comptoir.searched({query: 'lampe'})",
        "comptoir.listed({list_id: 'lamps', products: [{product_id: 'lamp'}]})",
        f"comptoir.viewed({lamp})",
        f"comptoir.added({lamp})",
        f"comptoir.cartViewed({{products: [{lamp}]}})",
        f"comptoir.removed({lamp})",
        f"comptoir.added({lamp})",
        f"comptoir.checkout({{products: [{lamp}]}})",
    ):
        say(page, call)
    cart = say(page, "comptoir.cart()")
    say(page, f"comptoir.ordered({{order_id: '{story}', total: 99.8, currency: 'EUR', products: [{lamp}]}})")
    say(page, f"comptoir.added({lamp})")
    drained(page)

    said = [event["event"] for event in visitor.events() if event["type"] == "track"]
    assert said == [
        "Consent Given", "Products Searched", "Product List Viewed", "Product Viewed", "Product Added", "Cart Viewed",
        "Product Removed", "Product Added", "Checkout Started", "Order Completed", "Product Added",
    ]  # fmt: skip
    stored = [(one["name"], one["cart_id"]) for one in arrived(shop, story, at_least=11) if one["type"] == "track"]
    assert {one for one in stored if one[1] is None} == {(name, None) for name in said[1:4]}
    assert [name for name, id_ in sorted(stored, key=str) if id_ == cart] == sorted(said[4:10])
    assert [name for name, id_ in stored if id_ not in {None, cart}] == ["Product Added"]
    (sold,) = shop.cli("query", f"SELECT state, amount_minor FROM carts WHERE cart_id = '{cart}'")
    assert sold["state"] == "ordered"


def test_a_shop_may_name_the_cart_itself(visitor: Visitor, front: Storefront, story: str) -> None:
    page = visitor.visit(front.open(story))
    say(page, "comptoir.consent.grant()")
    say(page, "comptoir.cart('basket-7')")
    page.reload()
    loaded(page)
    say(page, "comptoir.added({product_id: 'lamp'})")
    drained(page)

    assert visitor.events()[-1]["properties"] == {"cart_id": "basket-7", "product_id": "lamp"}


def test_whoever_signs_in_is_named_from_then_on_and_reset_forgets_her(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    page = visitor.visit(front.open(story))
    say(page, "comptoir.consent.grant()")
    say(page, "comptoir.identify('C-3', {first_name: 'Ann'})")
    say(page, "comptoir.track('Coupon Entered')")
    say(page, "comptoir.reset()")
    say(page, "comptoir.track('Coupon Removed')")
    drained(page)

    by_name = {one["name"]: one for one in arrived(shop, story, at_least=4)}
    assert by_name["Coupon Entered"]["user_id"] == "C-3"
    assert by_name["Coupon Removed"]["user_id"] is None
    assert by_name["Coupon Removed"]["anonymous_id"] != by_name["Coupon Entered"]["anonymous_id"]


def test_calls_made_before_the_script_is_there_are_not_lost_and_bad_ones_hurt_nobody(
    visitor: Visitor, front: Storefront, story: str
) -> None:
    visitor.context.add_init_script(
        "window.comptoir = [['nothing.like.it'], null, ['track'], ['consent.grant'], ['track', 'A', {n: 10n}]]"
    )
    page = visitor.visit(front.open(story) + "?early")
    say(page, "comptoir.push(['track', 'Coupon Removed'], ['page', 'Late'])")
    drained(page)

    names = [event.get("event") for event in visitor.events() if event["type"] == "track"]
    assert [name for name in names if name] == ["Consent Given", "Coupon Entered", "Coupon Removed"]


def test_texts_cut_inside_an_emoji_are_mended_and_what_is_too_large_is_left_out(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    page = visitor.visit(front.open(story, more="data-debug"))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    say(page, "comptoir.consent.grant()")
    say(page, "comptoir.track('Review Written', {text: 'joli \\ud83d'})")
    say(page, "comptoir.track('Too Large', {text: 'x'.repeat(33000)})")
    drained(page)

    names = [one["name"] for one in arrived(shop, story, at_least=2)]
    assert "Review Written" in names
    assert "Too Large" not in names
    assert any("too large" in one for one in said)


# ── page views


def test_pages_of_an_application_count_once_each_with_the_title_they_get(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    address = front.open(story)
    page = visitor.visit(address + "home")
    say(page, "comptoir.consent.grant()")
    go = "(path, title, wait) => { history.pushState({}, '', path); setTimeout(() => document.title = title, wait); }"
    page.evaluate(f"({go})('lamps', 'Lampes', 300)")
    page.wait_for_timeout(500)
    page.evaluate("history.replaceState({}, '', 'lamps?color=red')")
    page.evaluate("location.hash = 'reviews'")
    page.evaluate(f"({go})('lamps', 'Lampes', 0)")  # a push to the filter's page without it: another address
    page.wait_for_timeout(200)
    page.evaluate("history.replaceState({}, '', 'chairs'); document.title = 'Chaises'")
    page.wait_for_timeout(200)
    page.go_back()
    page.wait_for_timeout(1_300)
    drained(page)

    seen = [one for one in arrived(shop, story, at_least=5) if one["type"] == "page"]
    paths = [one["path"].rpartition("/")[2] for one in seen]
    assert paths == ["home", "lamps", "lamps", "chairs", "lamps"]
    assert [one["title"] for one in seen][:4] == ["Home", "Lampes", "Lampes", "Chaises"]
    assert [one["referrer"] for one in seen[1:]] == [
        f"{address}home", f"{address}lamps?color=red#reviews".partition("#")[0], f"{address}lamps", f"{address}chairs"
    ]  # fmt: skip
    assert [one["channel"] for one in seen] == ["direct"] + ["internal"] * 4


def test_a_shop_that_says_its_pages_itself_is_not_doubled(visitor: Visitor, front: Storefront, story: str) -> None:
    page = visitor.visit(front.open(story, more='data-pages="manual"'))
    say(page, "comptoir.consent.grant()")
    page.evaluate("history.pushState({}, '', 'elsewhere')")
    say(page, "comptoir.page('Elsewhere', {section: 'b'})")
    drained(page)

    (viewed,) = [event for event in visitor.events() if event["type"] == "page"]
    assert (viewed["name"], viewed["properties"]) == ("Elsewhere", {"section": "b"})


def test_a_page_made_ready_in_advance_counts_when_it_is_looked_at(
    visitor: Visitor, front: Storefront, story: str
) -> None:
    address = front.open(story)
    page = visitor.visit(address)
    say(page, "comptoir.consent.grant()")
    drained(page)
    page.add_init_script("Object.defineProperty(document, 'prerendering', {value: true})")
    page.goto(address + "next")
    page.wait_for_timeout(QUIET)
    assert sum(event["type"] == "page" for event in visitor.events()) == 1

    page.evaluate("document.dispatchEvent(new Event('prerenderingchange'))")
    page.wait_for_timeout(QUIET)
    assert sum(event["type"] == "page" for event in visitor.events()) == 2


def test_a_page_that_comes_back_from_the_browsers_memory_counts_again(
    visitor: Visitor, front: Storefront, story: str
) -> None:
    page = visitor.visit(front.open(story))
    say(page, "comptoir.consent.grant()")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    drained(page)

    views = [event["context"]["page"] for event in visitor.events() if event["type"] == "page"]
    assert len(views) == 2
    assert views[1]["referrer"] == views[1]["url"]


# ── a door that cannot be reached


def closed(route: Route) -> None:
    route.abort("connectionrefused")


BATCHES = "**/v1/batch"


def test_what_could_not_be_sent_is_sent_by_the_next_page_under_the_same_ids(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    address = front.open(story)
    page = visitor.visit(address)
    page.route(BATCHES, closed)
    say(page, "comptoir.consent.grant()")
    say(page, "comptoir.track('Coupon Entered')")
    page.wait_for_timeout(QUIET)
    kept = [json.loads(text)["messageId"] for text in queue(page)]
    page.unroute(BATCHES)
    page.goto(address + "next")
    drained(page)

    assert len(kept) == 3  # consent, page, coupon
    stored = [one["message_id"] for one in arrived(shop, story, at_least=3)]
    assert set(kept[1:]) <= set(stored)
    assert len(stored) == len(set(stored)) == 3


def test_a_door_that_is_busy_is_asked_again_when_it_said_and_gets_the_same_events(
    visitor: Visitor, front: Storefront, story: str
) -> None:
    page = visitor.visit(front.open(story))
    tries: list[tuple[float, set[str]]] = []

    def busy_twice(route: Route) -> None:
        tries.append(
            (time.monotonic(), {one["messageId"] for one in json.loads(route.request.post_data or "")["batch"]})
        )
        if len(tries) > 2:
            route.continue_()
            return
        headers = {
            "Retry-After": "2",
            "Access-Control-Allow-Origin": route.request.headers["origin"],
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": "retry-after",
        }
        route.fulfill(status=503, headers=headers, body="{}")

    page.route(BATCHES, busy_twice)
    say(page, "comptoir.consent.grant()")
    page.wait_for_timeout(1_000)
    say(page, "comptoir.track('Coupon Entered')")  # is no reason to ask before the time
    drained(page)

    waits = [later[0] - sooner[0] for sooner, later in pairwise(tries)][:2]
    assert all(1.9 <= wait <= 3.6 for wait in waits), waits
    assert tries[0][1] <= tries[1][1] <= tries[2][1]


def test_what_can_never_pass_is_dropped_and_said_in_the_console(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    address = front.open(story, more="data-debug")
    front.told[story] = front.told[story].replace(shop.write_key, "wk_nobody")
    page = visitor.visit(address)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    say(page, "comptoir.consent.grant()")
    drained(page)

    assert any("401" in one and "unknown_key" in one for one in said)
    page.wait_for_timeout(QUIET)
    assert len(visitor.batches()) == 1


def test_a_full_queue_drops_the_oldest_and_counts_them(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    page = visitor.visit(front.open(story))
    say(page, "comptoir.consent.grant()")
    drained(page)
    page.route(BATCHES, closed)
    page.evaluate("for (let n = 0; n < 507; n++) comptoir.track('Tile Seen', {n})")
    assert len(queue(page)) == 500
    page.unroute(BATCHES)
    page.reload()
    drained(page)

    seen = arrived(shop, story, at_least=502)  # those that were kept, two page views, and the count of the others
    numbers = [json.loads(one["properties"])["n"] for one in seen if one["name"] == "Tile Seen"]
    (lost,) = [json.loads(one["properties"])["count"] for one in seen if one["name"] == "Events Dropped"]
    assert lost in {7, 8}  # the view of the next page may find the queue still full
    assert sorted(set(range(507)) - set(numbers)) == list(range(507 - len(numbers)))
    assert 0 <= len(numbers) + lost - 507 <= 1  # what left with the page came, though nobody could tell
    assert max(len(one.post_data_buffer or b"") for one in visitor.sent) < 64 * 1024


def test_what_is_older_than_the_door_remembers_is_not_sent(visitor: Visitor, front: Storefront, story: str) -> None:
    page = visitor.visit(front.open(story))
    say(page, "comptoir.consent.grant()")
    drained(page)
    page.evaluate(
        """() => {
            const state = Object.keys(localStorage).find((name) => name.startsWith("comptoir."));
            const old = ((Date.now() - 31 * 864e5) * 1000).toString(36);
            localStorage[`${state}#${old}.aaaaaa`] = JSON.stringify({type: "track", event: "Old", context: {}});
        }"""
    )
    say(page, "comptoir.track('New')")
    drained(page)

    assert [event.get("event") for event in visitor.events()] == ["Consent Given", None, "New"]


def test_two_tabs_send_every_event_once(visitor: Visitor, front: Storefront, shop: Installation, story: str) -> None:
    address = front.open(story)
    tabs = [visitor.visit(address + name) for name in ("one", "two")]
    say(tabs[0], "comptoir.consent.grant()")
    drained(tabs[0])
    for number in range(30):
        say(tabs[number % 2], f"comptoir.track('Tile Seen', {{n: {number}}})")
    for tab in tabs:
        drained(tab)

    ids = [event["messageId"] for event in visitor.events()]
    assert len(ids) == len(set(ids))
    assert len(arrived(shop, story, at_least=32)) == 32


# ── leaving


def test_what_is_said_while_the_page_is_left_arrives_once(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    address = front.open(story)
    page = visitor.visit(address)
    say(page, "comptoir.consent.grant()")
    drained(page)
    page.evaluate("comptoir.track('Link Followed'); location.href = '/early.js'")  # leaves the shop's pages
    page.wait_for_url("**/early.js")
    wait_until(lambda: any(one["name"] == "Link Followed" for one in arrived(shop, story)))

    page.goto(address + "back")  # sends it again, as nobody told whether it had come
    loaded(page)
    drained(page)
    stored = [one["name"] for one in arrived(shop, story, at_least=3)]
    assert stored.count("Link Followed") == 1


def test_a_large_queue_leaves_in_a_piece_that_browsers_take(
    visitor: Visitor, front: Storefront, shop: Installation, story: str
) -> None:
    page = visitor.visit(front.open(story))
    say(page, "comptoir.consent.grant()")
    drained(page)
    page.evaluate(
        "for (let n = 0; n < 8; n++) comptoir.track('Tile Seen', {n, text: 'é'.repeat(6000)});"
        "location.href = '/early.js'"
    )
    page.wait_for_url("**/early.js")

    rows = arrived(shop, story, at_least=5)
    assert 4 <= sum(one["name"] == "Tile Seen" for one in rows) < 8  # 60,000 bytes of them; the rest waits


# ── browsers that keep nothing


FORBIDDEN = """
const no = () => { throw new DOMException("no", "SecurityError"); };
Object.defineProperty(window, "localStorage", { get: no });
Object.defineProperty(document, "cookie", { get: no, set: no });
delete Navigator.prototype.locks;
"""
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


@pytest.mark.parametrize("how", ["forbidden", "full"])
def test_a_browser_that_lends_no_storage_still_counts_and_nothing_breaks(
    visitor: Visitor, front: Storefront, shop: Installation, story: str, how: str
) -> None:
    story = f"{story.partition('[')[0]}-{how}"
    visitor.context.add_init_script(FORBIDDEN if how == "forbidden" else FULL)
    page = visitor.visit(front.open(story, door=FOREIGN_DOOR_HOST))
    say(page, "comptoir.consent.grant()")
    say(page, "comptoir.track('Coupon Entered')")
    rows = arrived(shop, story, at_least=2)

    assert {one["name"] or one["type"] for one in rows} == {"page", "Coupon Entered"}
    assert len({one["anonymous_id"] for one in rows}) == 1
    page.wait_for_timeout(QUIET)
    assert len(visitor.batches()) == 1


def test_a_snippet_without_a_key_does_nothing(visitor: Visitor, front: Storefront, story: str) -> None:
    address = front.open(story)
    front.told[story] = front.told[story].replace("data-key", "data-other")
    page = visitor.context.new_page()
    page.goto(address)
    page.wait_for_timeout(QUIET)

    assert page.evaluate("Array.isArray(window.comptoir)")
    assert visitor.sent == []


# ── real consent banners


@pytest.fixture(scope="module")
def banners(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fetch the banners as their authors publish them, or skip with a line where they cannot be had."""
    folder = tmp_path_factory.mktemp("banners")
    if shutil.which("npm") is None:
        pytest.skip("no npm: the real consent banners cannot be fetched")
    done = subprocess.run([TOOLS / "fetch_banners.sh", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the consent banners cannot be fetched: {done.stderr[-200:]}")
    return folder


def test_orejimes_answer_is_followed(
    visitor: Visitor, front: Storefront, shop: Installation, story: str, banners: Path
) -> None:
    front.banners = banners
    banner = '<script src="/orejime.js"></script><script src="/orejime/dist/orejime-standard-fr.js"></script>'
    address = front.open(story, banner=banner, consent_from="orejime", purpose="mesure")
    page = visitor.visit(address)
    page.wait_for_timeout(QUIET)
    assert visitor.sent == []
    page.evaluate("orejime.manager.acceptAll()")
    drained(page)
    assert len(arrived(shop, story)) == 1

    page.goto(address + "next")
    loaded(page)
    page.evaluate("orejime.manager.declineAll()")
    drained(page)
    assert memory(page) == {"consent": "withdrawn"}
    page.goto(address + "after")
    loaded(page)
    page.wait_for_timeout(QUIET)
    assert "After" not in [one["title"] for one in arrived(shop, story)]


def test_tarteaucitrons_answer_is_followed(
    visitor: Visitor, front: Storefront, shop: Installation, story: str, banners: Path
) -> None:
    front.banners = banners
    banner = '<script src="/tarteaucitronjs/tarteaucitron.js"></script><script src="/tarteaucitron.js"></script>'
    address = front.open(story, banner=banner, consent_from="tarteaucitron")
    page = visitor.visit(address)
    becomes(page, "window.tarteaucitron.added.comptoir")
    page.wait_for_timeout(QUIET)
    assert visitor.sent == []
    page.click("#tarteaucitronPersonalize2")
    drained(page)
    assert memory(page)["consent"] == "granted"

    page.goto(address + "next")
    drained(page)
    becomes(page, "window.tarteaucitron.state.comptoir === true")
    assert [one["title"] for one in arrived(shop, story, at_least=2)] == ["Shop", "Next"]
    page.evaluate("tarteaucitron.userInterface.respondAll(false)")
    drained(page)
    assert memory(page) == {"consent": "withdrawn"}
