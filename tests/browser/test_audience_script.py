"""Counting visits without consent, in a real Chromium: what is sent, that nothing is kept, and that a no is heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.storefront import Storefront, Visitor, drained, loaded, memory, say, served, wait_until
from tests.installation import Installation, installed

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUIET = 600
"""Milliseconds after which what was to be sent has been sent."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("shop") / "home", more="[audience]\nis_measured = true\n") as made:
        yield made


@pytest.fixture(scope="module")
def front(shop: Installation) -> Iterator[Storefront]:
    with served(Storefront(key=shop.write_key, door_port=shop.door_port)) as made:
        yield made


def views(visitor: Visitor) -> list[str]:
    """Give the bodies of the page views that were counted without consent."""
    return [one.post_data or "" for one in visitor.sent if one.url.endswith("/v1/audience")]


def counted(shop: Installation) -> float:
    """Give how many page views were received, as `/metrics` says."""
    found = [value for name, value in shop.metrics().items() if name.startswith("comptoir_audience_views_total")]
    return max(found, default=0)


def test_a_view_is_counted_without_consent_and_nothing_is_kept_in_the_browser(
    visitor: Visitor, front: Storefront, shop: Installation
) -> None:
    before = counted(shop)
    page = visitor.visit(front.open("counted", more="data-audience"))
    page.wait_for_timeout(QUIET)
    page.click("#next")
    loaded(page)
    page.wait_for_timeout(QUIET)

    sent = views(visitor)
    assert len(sent) == 2
    assert [one for one in visitor.sent if not one.url.endswith("/v1/audience")] == []
    assert page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))") == []
    assert visitor.context.cookies() == []
    ids = [said.partition('"id":"')[2][:32] for said in sent]
    assert len(set(ids)) == 2, "one view cannot be told from the next by its visitor"
    wait_until(lambda: counted(shop) == before + 2)
    shop.settle()
    assert shop.ask("SELECT 1 FROM events_all WHERE url LIKE '%/counted/%'") == []


def test_who_does_not_want_to_be_counted_is_not_and_that_alone_is_remembered(
    visitor: Visitor, front: Storefront, shop: Installation
) -> None:
    page = visitor.visit(front.open("refused", more="data-audience"))
    page.wait_for_timeout(QUIET)
    assert len(views(visitor)) == 1
    say(page, "comptoir.audience.refuse()")
    page.reload()
    loaded(page)
    page.wait_for_timeout(QUIET)

    assert len(views(visitor)) == 1
    assert say(page, "comptoir.audience.isRefused()") is True
    assert page.evaluate("JSON.stringify(localStorage)") == '{"comptoir.unmeasured":"1"}'
    say(page, "comptoir.audience.accept()")
    page.reload()
    loaded(page)
    wait_until(lambda: len(views(visitor)) == 2)


def test_who_agreed_to_be_followed_is_not_counted_there_too(
    visitor: Visitor, front: Storefront, shop: Installation
) -> None:
    page = visitor.visit(front.open("agreed", more="data-audience"))
    page.wait_for_timeout(QUIET)
    say(page, "comptoir.consent.grant()")
    drained(page)
    page.click("#next")
    loaded(page)
    drained(page)

    assert memory(page)["consent"] == "granted"
    assert len(views(visitor)) == 1
    assert [event["type"] for event in visitor.events() if event["type"] == "page"] == ["page", "page"]
