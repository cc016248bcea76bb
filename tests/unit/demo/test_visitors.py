from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from comptoir.clock import ManualClock
from comptoir.demo.passersby import PageView
from comptoir.demo.shop import make
from comptoir.demo.shop.make import Shop
from comptoir.demo.shop.plan import HOUSES, Plan
from comptoir.demo.visitors import CART, Visitors
from comptoir.sources.replay import Answer
from comptoir.sources.segment import Speaker

PLAN = Plan(customers=400, months=12)


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make.make(PLAN)


@dataclass
class Posts:
    """A door that keeps what it is told."""

    said: list[tuple[Speaker, dict[str, Any]]] = field(default_factory=list)
    status: int = 200

    def __call__(self, path: str, body: bytes, speaker: Speaker) -> Answer:
        found = msgspec.json.decode(body)
        self.said += [(speaker, one) for one in found.get("batch", [found])]
        return Answer(self.status)

    def of(self, event: str) -> list[dict[str, Any]]:
        return [one for _, one in self.said if one.get("event") == event]


def street(shop: Shop, posts: Posts, *, rate: float = 30) -> tuple[Visitors, ManualClock]:
    clock = ManualClock(PLAN.until)
    return Visitors(shop=shop, clock=clock, posts={one.key: posts for one in HOUSES}, rate=rate), clock


def live(visitors: Visitors, clock: ManualClock, *, hours: float) -> None:
    for _ in range(int(hours * 60)):
        clock.advance(timedelta(minutes=1))
        visitors.work()


def test_visitors_look_fill_baskets_leave_them_or_order_and_every_event_is_counted(shop: Shop) -> None:
    posts = Posts()
    visitors, clock = street(shop, posts)

    live(visitors, clock, hours=10)

    counts = visitors.counts
    assert counts.visits > 40
    assert counts.sent == counts.acked == len(posts.said)
    assert len({one["messageId"] for _, one in posts.said}) == len(posts.said)
    assert counts.orders == len(posts.of("Order Completed")) > 0
    assert counts.baskets > 0
    assert {one["properties"]["cart_id"] for one in posts.of("Order Completed")} <= {
        one["properties"]["cart_id"] for one in posts.of("Product Added")
    }


def test_orders_are_told_by_the_shops_server_and_all_else_by_browsers(shop: Shop) -> None:
    posts = Posts()
    visitors, clock = street(shop, posts)

    live(visitors, clock, hours=10)

    by_speaker = defaultdict(set)
    for speaker, one in posts.said:
        by_speaker[speaker].add(one.get("event") or one["type"])
    assert by_speaker[Speaker.SERVER] == {"Order Completed"}
    assert "Order Completed" not in by_speaker[Speaker.BROWSER]
    assert {"page", "Product Viewed", "Product Added", "identify"} <= by_speaker[Speaker.BROWSER]


def test_nothing_is_told_before_it_happened_and_a_visit_in_its_own_order(shop: Shop) -> None:
    posts = Posts()
    visitors, clock = street(shop, posts)

    live(visitors, clock, hours=6)

    by_browser = defaultdict(list)
    for speaker, one in posts.said:
        assert one["timestamp"] <= one["sentAt"]
        if speaker is Speaker.BROWSER:
            by_browser[one["anonymousId"]].append(one["timestamp"])
    assert all(times == sorted(times) for times in by_browser.values())


def test_a_pause_lets_nobody_in_and_nothing_is_made_up_for_afterwards(shop: Shop) -> None:
    posts = Posts()
    visitors, clock = street(shop, posts)
    live(visitors, clock, hours=2)

    visitors.is_paused = True
    before = visitors.counts.visits, len(posts.said)
    live(visitors, clock, hours=5)
    during = visitors.counts.visits, len(posts.said)
    visitors.is_paused = False
    visitors.work()

    assert during == before
    assert visitors.counts.visits <= before[0] + 1


def test_ten_times_as_many_come_where_that_is_asked_for(shop: Shop) -> None:
    few, many = street(shop, Posts(), rate=10), street(shop, Posts(), rate=100)

    for visitors, clock in (few, many):
        live(visitors, clock, hours=8)

    assert 5 < many[0].counts.visits / few[0].counts.visits < 20


def test_the_regulars_come_at_once_leave_a_basket_and_can_be_written_to(shop: Shop) -> None:
    posts = Posts()
    visitors, clock = street(shop, posts, rate=0.001)

    visitors.regulars(5)
    live(visitors, clock, hours=0.5)

    people = shop.people
    assert len(visitors.left) == visitors.counts.baskets == 5
    for basket in visitors.left.values():
        person = basket.visitor.person
        assert basket.cart_id.startswith(CART)
        assert people.agrees[person]
        assert not people.withdrew[person]
        assert people.effect()[person] > people.effect().mean()
    assert len(posts.of("Product Added")) == 5
    assert len({one["userId"] for _, one in posts.said if one["type"] == "identify"}) == 5


def test_a_basket_is_bought_once_even_if_its_owner_would_have_come_back_anyway(shop: Shop) -> None:
    posts = Posts()
    visitors, clock = street(shop, posts, rate=0.001)
    visitors.regulars(1)
    live(visitors, clock, hours=0.5)
    (basket,) = visitors.left.values()

    at = int(clock.now().timestamp() * 1e6)
    visitors.buys(basket, at=at)
    visitors.buys(basket, at=at + 60_000_000)
    live(visitors, clock, hours=30)

    assert len(posts.of("Order Completed")) == 1
    assert visitors.left == {}


def test_what_the_door_refuses_is_counted_as_refused(shop: Shop) -> None:
    posts = Posts(status=400)
    visitors, clock = street(shop, posts)

    live(visitors, clock, hours=2)

    assert visitors.counts.refused == visitors.counts.sent > 0
    assert visitors.counts.acked == 0


def test_visitors_of_the_same_instant_are_the_same_and_of_another_day_others(shop: Shop) -> None:
    first, again, other = Posts(), Posts(), Posts()
    for posts, later in ((first, 0), (again, 0), (other, 24)):
        clock = ManualClock(PLAN.until + timedelta(hours=later))
        visitors = Visitors(shop=shop, clock=clock, posts={one.key: posts for one in HOUSES}, rate=30)
        live(visitors, clock, hours=2)

    assert first.said == again.said
    assert {one["messageId"] for _, one in first.said}.isdisjoint({one["messageId"] for _, one in other.said})


def test_who_wants_no_cookie_is_counted_without_a_name(shop: Shop) -> None:
    posts, passed = Posts(), list[PageView]()
    visitors, clock = street(shop, posts)
    visitors.pass_by = passed.append

    live(visitors, clock, hours=10)

    assert visitors.counts.unnamed == len(passed) > 50
    assert len({one.view_id for one in passed}) == len(passed)
    browsers = {said["anonymousId"] for _, said in posts.said if "anonymousId" in said}
    assert not any(browser in repr(one) for one in passed for browser in browsers)
