"""Messages on the site in a real Chromium, on a shop of another origin whose policy allows nothing inline."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime

import msgspec
import pytest
from playwright.sync_api import Page

from comptoir.access import public, shown
from comptoir.app import open_app
from comptoir.clock import micros
from comptoir.messaging import placements
from comptoir.messaging.placements import Placement
from tests.browser.storefront import FOREIGN_DOOR_HOST, Storefront, Visitor, becomes, drained, memory, say, wait_until
from tests.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOST = "[data-comptoir-message]"


def show(shop: Installation, *made: Placement) -> None:
    """Keep messages for everybody, and wait until the engine has told the door of them."""
    app = open_app(shop.settings)
    try:
        with app.state.write() as connection:
            for one in placements.listing(connection):
                placements.remove(connection, one.brand, one.name)
            for one in made:
                placements.save(connection, one, datetime.now(UTC))
    finally:
        app.close()

    def is_told() -> bool:
        with closing(shop.connect()) as connection:
            connection.request("GET", f"/v1/placements?writeKey={shop.write_key}")
            told = json.loads(connection.getresponse().read())["placements"]
        return [one["tell"]["placement"] for one in told] == [one.name for one in made]

    wait_until(is_told)


def put(shop: Installation, browser: str, message_id: str = "m1", *, times: int = 2) -> None:
    """Publish a message for one browser, as the engine does."""
    words = {
        "title": "Votre panier vous attend", "text": "Deux lignes.\n<b>Rien d’autre.</b>", "button": "Voir",
        "url": "/panier", "close": "Fermer",
        "items": [{"name": "Lampe", "price": "49,90 €", "url": "", "image_url": ""}],
    }  # fmt: skip
    body = {"tell": {"message_id": message_id}, "slot": "corner", "times": times, "sells": True, "words": {"fr": words}}
    notice = shown.Notice(
        message_id, shown.hash_of("main", "site", browser), msgspec.json.encode(body), micros(datetime.now(UTC)) << 1
    )
    public.write_notices(shop.home / "public.db", [notice], now=0)


def banner(**changes: object) -> Placement:
    said = {"brand": "main", "name": "sale", "slot": "top", "words": {"fr": {"title": "Soldes"}}} | changes
    return Placement(**said)  # type: ignore[arg-type]


def text_of(page: Page) -> str:
    becomes(page, f"document.querySelector('{HOST}')")
    text: str = page.evaluate(f"() => document.querySelector('{HOST}').shadowRoot.textContent")
    return text


def test_a_message_for_everybody_is_drawn_before_any_choice_and_says_nothing_of_its_reader(
    visitor: Visitor, front: Storefront, shop: Installation
) -> None:
    show(shop, banner(pages=("/everybody/sh*",)))
    page = visitor.visit(front.open("everybody") + "shoes")

    assert "Soldes" in text_of(page)
    assert visitor.sent == visitor.asked == []
    assert page.evaluate("Object.keys(localStorage)") == []
    color = page.evaluate(
        f"() => getComputedStyle(document.querySelector('{HOST}').shadowRoot.querySelector('h2')).fontWeight"
    )
    assert color == "700"  # its look came through a policy that forbids inline styles


def test_it_stands_on_its_pages_only_with_and_without_a_page_load(
    visitor: Visitor, front: Storefront, shop: Installation
) -> None:
    show(shop, banner(pages=("/some/shoes*",)))
    page = visitor.visit(front.open("some") + "hats")
    page.wait_for_timeout(600)
    assert page.query_selector(HOST) is None

    page.evaluate("() => history.pushState({}, '', '/some/shoes/1')")
    assert "Soldes" in text_of(page)
    page.evaluate("() => history.pushState({}, '', '/some/hats')")
    becomes(page, f"!document.querySelector('{HOST}')")


def test_who_left_her_basket_sees_it_on_two_pages_and_then_no_more(
    visitor: Visitor, front: Storefront, shop: Installation
) -> None:
    show(shop)
    address = front.open("basket", door=FOREIGN_DOOR_HOST)
    page = visitor.visit(address)
    say(page, "comptoir.consent.grant()")
    drained(page)
    put(shop, memory(page)["id"])

    for name in ("one", "two"):
        page.goto(address + name)
        assert "Votre panier vous attend" in text_of(page)
        assert "<b>Rien d’autre.</b>" in text_of(page)  # a text, and no markup
        becomes(page, "JSON.stringify(localStorage).includes('m1')")
        drained(page)
    page.goto(address + "three")
    page.wait_for_timeout(900)

    assert page.query_selector(HOST) is None
    told = [one for one in visitor.events() if one.get("event", "").startswith("Placement")]
    assert [(one["event"], one["properties"]["message_id"]) for one in told] == [("Placement Shown", "m1")] * 2


def test_a_click_is_told_and_leads_straight_there_and_a_close_is_for_good(
    visitor: Visitor, front: Storefront, shop: Installation
) -> None:
    show(shop)
    address = front.open("click", door=FOREIGN_DOOR_HOST)
    page = visitor.visit(address)
    say(page, "comptoir.consent.grant()")
    drained(page)
    put(shop, memory(page)["id"], "m2", times=9)

    page.goto(address + "one")
    text_of(page)
    page.get_by_role("link", name="Voir").click()
    page.wait_for_url("**/panier")
    page.goto(address + "two")
    text_of(page)
    page.get_by_role("button", name="Fermer").press("Enter")
    becomes(page, f"!document.querySelector('{HOST}')")
    drained(page)
    page.goto(address + "three")
    page.wait_for_timeout(900)

    assert page.query_selector(HOST) is None
    told = [one["event"] for one in visitor.events() if one.get("event", "").startswith("Placement")]
    assert {"Placement Clicked", "Placement Dismissed"} <= set(told)


def test_an_order_takes_what_reminds_of_it_away_at_once(
    visitor: Visitor, front: Storefront, shop: Installation
) -> None:
    show(shop)
    address = front.open("order", door=FOREIGN_DOOR_HOST)
    page = visitor.visit(address)
    say(page, "comptoir.consent.grant()")
    drained(page)
    put(shop, memory(page)["id"], "m3")
    page.goto(address + "one")
    text_of(page)

    say(page, "comptoir.ordered({order_id: 'o3', total: 9, currency: 'EUR'})")

    becomes(page, f"!document.querySelector('{HOST}')")


def test_who_takes_her_consent_back_is_shown_what_everybody_is(
    visitor: Visitor, front: Storefront, shop: Installation
) -> None:
    show(shop)
    address = front.open("withdrawn", door=FOREIGN_DOOR_HOST)
    page = visitor.visit(address)
    say(page, "comptoir.consent.grant()")
    drained(page)
    put(shop, memory(page)["id"], "m4")
    page.goto(address + "one")
    text_of(page)

    say(page, "comptoir.consent.withdraw()")

    becomes(page, f"!document.querySelector('{HOST}')")
    assert memory(page) == {"consent": "withdrawn"}
