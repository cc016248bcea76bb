"""Two sites of one shop, on two domains, in a real Chromium: who follows a link from one to the other stays herself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from comptoir.access import keys
from comptoir.app import open_app
from tests.browser.storefront import (
    FOREIGN_DOOR_HOST,
    OTHER_DOOR_HOST,
    OTHER_HOST,
    OWN_DOOR_HOST,
    SHOP_HOST,
    Storefront,
    Visitor,
    arrived,
    becomes,
    drained,
    loaded,
    say,
    served,
)
from tests.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def front(shop: Installation) -> Iterator[Storefront]:
    """Serve both sites from one port, and declare them as the shop's own."""
    with served(Storefront(key=shop.write_key, door_port=shop.door_port)) as made:
        origins = [f"http://{host}:{made.port}" for host in (SHOP_HOST, OTHER_HOST)]
        app = open_app(shop.settings)
        try:
            keys.change_source(
                app.state, "site", origins=origins, rate_per_second=0, rate_burst=0, accepts_claimed_orders=False
            )
            app.publish()
        finally:
            app.close()
        yield made


def both(front: Storefront, story: str, *, door: str = "", **more: str) -> tuple[str, str]:
    """Open both sites; pages of the first have a link to the second."""
    domains = f'data-domains="{SHOP_HOST} {OTHER_HOST}"'
    here = front.open(story, door=door or OWN_DOOR_HOST, more=domains)
    there = front.open(f"{story}-there", door=door or OTHER_DOOR_HOST, host=OTHER_HOST, more=domains)
    link = f'<a id="other" href="{there}lamps?color=red#top" {more.get("attributes", "")}>the other site</a>'
    front.shown[story] = link
    return here, there


def crossed(page: Page, visitor: Visitor, *, way: str = "click") -> Page:
    """Follow the link to the other site, as soon as the door has signed it."""
    with page.expect_response("**/v1/link") as answer:
        if way == "keyboard":
            page.focus("#other")
        else:
            page.hover("#other")
    assert answer.value.status == 200
    plain = page.get_attribute("#other", "href")
    if way == "middle":
        with visitor.context.expect_page() as opened:
            page.click("#other", button="middle")
        assert page.get_attribute("#other", "href") == plain
        loaded(opened.value)
        return opened.value
    with page.expect_navigation():
        page.keyboard.press("Enter") if way == "keyboard" else page.click("#other")
    loaded(page)
    return page


def ids(shop: Installation, *stories: str) -> list[dict[str, Any]]:
    """Give browser and person of the page views of stories, in their order."""
    found = [arrived(shop, one)[0]["message_id"] for one in stories]
    shop.settle()
    rows = shop.ask("SELECT message_id, anonymous_id, profile_id, channel, url FROM events WHERE type = 'page'")
    by_id = {row["message_id"]: row for row in rows}
    return [by_id[one] for one in found]


@pytest.mark.parametrize("way", ["click", "keyboard", "middle"])
@pytest.mark.parametrize("door", ["", FOREIGN_DOOR_HOST])
def test_a_visitor_of_both_sites_is_one_person(
    visitor: Visitor, front: Storefront, shop: Installation, way: str, door: str
) -> None:
    story = f"s-one-person-{way}-{len(door)}"
    here, there = both(front, story, door=door)
    page = visitor.visit(here)
    say(page, "comptoir.consent.grant()")
    drained(page)
    page = crossed(page, visitor, way=way)
    assert page.url == f"{there}lamps?color=red#top"
    say(page, "comptoir.consent.grant()")
    drained(page)

    first, second = ids(shop, story, f"{story}-there")
    assert first["anonymous_id"] != second["anonymous_id"]
    assert first["profile_id"] == second["profile_id"]
    assert second["channel"] == "internal"
    assert "_cto" not in second["url"]


def test_who_agreed_on_one_site_only_is_not_followed_to_the_other(
    visitor: Visitor, front: Storefront, shop: Installation
) -> None:
    here, _ = both(front, "s-one-site")
    page = visitor.visit(here)
    page.hover("#other")
    page.wait_for_timeout(500)
    assert visitor.sent == []
    with page.expect_navigation():
        page.click("#other")
    loaded(page)
    say(page, "comptoir.consent.grant()")
    drained(page)

    assert not [one for one in visitor.sent if one.url.endswith("/v1/link")]


def test_a_link_that_somebody_else_sends_joins_nobody(
    visitor: Visitor, front: Storefront, shop: Installation, browser: Any
) -> None:
    """A stranger takes the address that her own click leads to, and has somebody else open it in time."""
    here, _ = both(front, "s-crafted")
    mine = visitor.visit(here)
    say(mine, "comptoir.consent.grant()")
    drained(mine)
    mine.evaluate("() => document.addEventListener('click', (event) => event.preventDefault())")
    with mine.expect_response("**/v1/link"):
        mine.hover("#other")
    mine.evaluate("() => addEventListener('click', () => (window.took = document.querySelector('#other').href))")
    mine.click("#other")
    taken: str = say(mine, "window.took")
    assert "_cto=" in taken

    context = browser.new_context()
    victim = Visitor(context=context)
    page = victim.visit(taken)
    say(page, "comptoir.consent.grant()")
    drained(page)
    (asked,) = [one for one in victim.sent if one.url.endswith("/v1/link")]
    answer = asked.response()
    assert answer is not None
    assert answer.status == 400
    assert "bad_link" in answer.text()
    first, second = ids(shop, "s-crafted", "s-crafted-there")
    assert first["profile_id"] != second["profile_id"]
    context.close()


def test_the_link_itself_stays_as_the_page_wrote_it(visitor: Visitor, front: Storefront) -> None:
    here, there = both(front, "s-plain", attributes='target="_blank"')
    page = visitor.visit(here)
    say(page, "comptoir.consent.grant()")
    drained(page)
    with page.expect_response("**/v1/link"):
        page.hover("#other")
    with visitor.context.expect_page():
        page.click("#other")

    becomes(page, f"document.querySelector('#other').getAttribute('href') === '{there}lamps?color=red#top'")
