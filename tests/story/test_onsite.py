"""Messages on the site: who left her basket is reminded on the page, and nobody else ever reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from comptoir import acting as wiring
from comptoir import app as apps
from comptoir.access import keys
from comptoir.access.keys import NewSource
from comptoir.acting import Acting, authored
from comptoir.messaging import placements
from comptoir.messaging.outbox import Sender, Sent
from comptoir.messaging.placements import Placement
from comptoir.messaging.rows import notices
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.model.tick import SpoolName
from comptoir.pressure import explain
from comptoir.reports import ask
from comptoir.scenarios import definitions
from tests.counter import Counter, opened
from tests.shop import START

ANN = "0f8fad5bd9cb469fa16570867728950e"
BOB = "7c9e6679742540de944be07fc1f90ae7"
BASKET = definitions.shipped()["basket-on-site"].replace("control_share: 0.1", "control_share: 0")


class Site:
    """A counter with its real sender, and pages that ask what to show."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.shop = counter.shop
        self.acting: Acting = self.shop.app.acting(self.shop.warehouse)
        self.sender: Sender = self.acting.sender()
        self.shop.say(
            self.shop.line(
                "Product", type="record", trust="confirmed", properties={
                    "product_id": "lamp", "name": "Lampe d’été", "category": "Luminaires", "price": "49.90",
                    "currency": "EUR", "is_for_sale": True, "url": "https://shop.example/lampe",
                },
            ),
            spool=SpoolName.BACK,
        )  # fmt: skip
        self.shop.tick()

    def publish(self, text: str = BASKET) -> None:
        with self.shop.app.state.write() as connection:
            definitions.publish(connection, text, self.shop.clock.now())

    def does(self, event: str, who: str = ANN, *, account: str | None = None, **properties: Any) -> None:
        at = self.shop.clock.now().isoformat()
        more: dict[str, Any] = {"userId": account} if account else {}
        page = self.counter.track(event, properties, anonymousId=who, timestamp=at, sentAt=at, **more)
        assert page.status == 200, page.text

    def agrees(self, who: str = ANN) -> None:
        self.does("Consent Given", who, purpose="tracking")

    def fills_a_basket(self, who: str = ANN, cart: str = "c1", product: str = "lamp") -> None:
        self.does("Product Added", who, cart_id=cart, product_id=product, quantity=1, price="49.90", currency="EUR")

    def later(self, **span: float) -> list[Sent]:
        """Let time go by, and everybody work."""
        self.shop.clock.advance(timedelta(**span))
        self.shop.ticker.refresh(self.shop.clock.now())
        self.acting.wake(self.shop.clock.now())
        sent = self.sender.send_due(self.shop.clock.now())
        self.shop.tick()
        self.acting.refresh()
        return sent

    def sees(self, who: str | None = ANN, *, site: NewSource | None = None) -> list[dict[str, Any]]:
        """Give what a page shows."""
        asked = {"writeKey": (site or self.counter.site).write_key} | ({"anonymousId": who} if who else {})
        page = self.counter.ask("POST", "/v1/placements", raw=msgspec.json.encode(asked))
        assert page.status == 200, page.text
        found: list[dict[str, Any]] = msgspec.json.decode(page.body)["placements"]
        return found

    def why(self) -> list[dict[str, Any]]:
        def report(name: str, parameters: dict[str, object]) -> list[dict[str, Any]]:
            rows: list[dict[str, Any]] = ask.report(self.shop.warehouse.cursor(), name, parameters).to_pylist()
            return rows

        archive = wiring.archive_of(self.shop.app.settings, report)
        nodes = [node_of(IdentifierKind.ANONYMOUS, one) for one in (ANN, BOB)]
        with self.shop.app.state.read() as connection:
            return explain.tell(connection, archive, self.shop.clock.now(), nodes=nodes)

    def taken_back(self) -> list[str]:
        with self.shop.app.state.read() as connection:
            rows = connection.execute(notices.select().where(~notices.c.is_live)).mappings()
            return [str(row["reason"]) for row in rows]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with opened(tmp_path) as counter:
        made = Site(counter)
        made.publish()
        yield made
        made.sender.close()


@pytest.fixture
def reminded(site: Site) -> Site:
    """Ann agreed to be known, left a basket, and comes back."""
    site.agrees()
    site.fills_a_basket()
    site.later(minutes=25)
    return site


def test_a_customer_who_left_her_basket_is_reminded_on_the_site_clicks_and_orders(reminded: Site) -> None:
    (shown,) = reminded.sees()
    message_id = shown["tell"]["message_id"]
    reminded.does("Placement Shown", **shown["tell"])
    reminded.later(minutes=1)
    assert len(reminded.sees()) == 1
    reminded.does("Placement Clicked", **shown["tell"], url="https://shop.example/lampe")
    reminded.later(minutes=1)
    assert reminded.sees() == []
    reminded.does(
        "Order Completed", order_id="o1", cart_id="c1", total="49.90", currency="EUR",
        products=[{"product_id": "lamp", "quantity": 1, "price": "49.90"}],
    )  # fmt: skip
    reminded.later(minutes=1)

    words = shown["words"]["fr"]
    assert (words["title"], words["button"]) == ("Votre panier vous attend", "Reprendre mon panier")
    assert words["text"] == "Nous avons gardé votre article de côté."
    assert [one["name"] for one in words["items"]] == ["Lampe d’été"]
    assert words["url"] == "https://shop.example/lampe"  # straight there: no campaign cuts her visit in two
    (told,) = reminded.why()
    assert (told["message_id"], told["outcome"], told["channel"]) == (message_id, "sent", "onsite")
    assert [one["kind"] for one in told["heard"]] == ["accepted", "shown", "clicked", "withdrawn"]
    assert told["heard"][-1]["detail"] == "clicked"


def test_results_count_it_and_the_order_that_its_click_brought(reminded: Site) -> None:
    with reminded.shop.app.state.write() as connection:
        connection.exec_driver_sql("UPDATE sources SET accepts_claimed_orders = 1")
    apps.tell_warehouse(reminded.shop.app.settings, reminded.shop.warehouse, ("site",))
    (shown,) = reminded.sees()
    reminded.does("Placement Clicked", **shown["tell"])
    reminded.later(minutes=1)
    reminded.does(
        "Order Completed", order_id="o1", cart_id="c1", total="49.90", currency="EUR",
        products=[{"product_id": "lamp", "quantity": 1, "price": "49.90"}],
    )  # fmt: skip
    reminded.later(minutes=1)

    def asks(name: str, parameters: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = ask.report(reminded.shop.warehouse.cursor(), name, parameters).to_pylist()
        return rows

    with reminded.shop.app.state.read() as connection:
        zones = authored(connection).zones
    found = {row["measure"]: row["value"] for row in asks("results_measures", {
        "brands": list(zones), "zones": list(zones.values()), "from_day": START.date(), "window_days": 7,
    })}  # fmt: skip
    assert (found["delivered"], found["clicked"]) == ("1", "1")
    assert (found["orders:clicked"], found["revenue:clicked"]) == ("1", "4990")


def test_nobody_else_is_answered_with_it(reminded: Site) -> None:
    assert len(reminded.sees()) == 1
    assert reminded.sees(BOB) == reminded.sees(None) == reminded.sees(ANN.upper()) == []


def test_another_source_of_the_brand_is_not_answered_with_it(reminded: Site) -> None:
    other = keys.add_source(reminded.shop.app.state, name="blog", now=START)
    reminded.shop.app.publish()

    assert reminded.sees(site=other) == []


def test_an_id_that_could_be_guessed_gets_nothing(site: Site) -> None:
    site.agrees("12345")
    site.fills_a_basket("12345")

    sent = site.later(minutes=25)

    assert [(one.outcome, one.detail) for one in sent] == [("failed", "bad message: this browser's id can be guessed")]
    assert site.sees("12345") == []


def test_without_consent_nothing_is_shown_and_the_reason_is_kept(site: Site) -> None:
    site.fills_a_basket()
    site.later(minutes=25)

    assert site.sees() == []
    assert [(one["outcome"], one["reason"]) for one in site.why()] == [("dropped", "no_consent")]


def test_who_takes_her_consent_back_sees_nothing_from_the_next_answer_on(reminded: Site) -> None:
    withdrawn = {"event": "Consent Withdrawn", "anonymousId": ANN, "writeKey": reminded.counter.site.write_key,
                 "properties": {"purpose": "tracking"}}  # fmt: skip
    reminded.counter.ask("POST", "/v1/track", raw=msgspec.json.encode(withdrawn))

    assert reminded.sees() == []  # before any tick
    reminded.shop.tick()
    reminded.later(minutes=1)
    assert reminded.taken_back() == ["consent_withdrawn"]


def test_who_is_held_out_sees_nothing(site: Site) -> None:
    site.publish(BASKET.replace("version: 1", "version: 2").replace("control_share: 0", "control_share: 1"))
    site.agrees()
    site.fills_a_basket()
    site.later(minutes=25)

    assert site.sees() == []
    assert [(one["outcome"], one["reason"]) for one in site.why()] == [("held_out", "control")]


def test_it_goes_once_it_was_shown_as_often_as_it_may_be(reminded: Site) -> None:
    (shown,) = reminded.sees()
    for _ in range(3):
        assert len(reminded.sees()) == 1
        reminded.does("Placement Shown", **shown["tell"])
        reminded.later(minutes=5)

    assert reminded.sees() == []
    assert reminded.taken_back() == ["shown"]


@pytest.mark.parametrize(
    ("event", "properties", "reason"),
    [
        ("Placement Dismissed", None, "dismissed"),
        ("Order Completed", {"order_id": "o1", "cart_id": "c1"}, "ordered"),
        ("Product Removed", {"cart_id": "c1", "product_id": "lamp", "quantity": 1}, "not_for_sale"),
    ],
)
def test_it_goes_once_it_has_nothing_more_to_say(
    reminded: Site, event: str, properties: dict[str, Any] | None, reason: str
) -> None:
    (shown,) = reminded.sees()

    reminded.does(event, **(properties or shown["tell"]))
    reminded.later(seconds=2)

    assert reminded.sees() == []
    assert reminded.taken_back() == [reason]


def test_it_goes_when_its_time_is_over_whether_or_not_the_engine_is_there(reminded: Site) -> None:
    reminded.shop.clock.advance(timedelta(days=3))
    assert reminded.sees() == []

    reminded.later(seconds=1)
    assert reminded.taken_back() == ["expired"]


def test_it_goes_when_its_scenario_is_paused(reminded: Site) -> None:
    with reminded.shop.app.state.write() as connection:
        definitions.pause(connection, "basket-on-site", reminded.shop.clock.now())
    reminded.later(seconds=1)

    assert reminded.taken_back() == ["scenario_stopped"]


def test_a_browser_that_claims_another_message_is_not_believed(reminded: Site) -> None:
    (shown,) = reminded.sees()

    for event in ("Placement Shown", "Placement Clicked", "Placement Dismissed"):
        reminded.does(event, BOB, **shown["tell"])
    reminded.later(minutes=1)

    assert len(reminded.sees()) == 1
    assert [one["kind"] for one in reminded.why()[0]["heard"]] == ["accepted"]


def test_who_claims_anothers_cart_is_told_of_nothing_she_did_not_put_there_herself(site: Site) -> None:
    """A public key may name any account and any cart: whoever it is reads nothing that she did not say herself."""
    site.does("Product Added", ANN, account="u1", cart_id="c1", product_id="lamp", quantity=1, price="49.90")
    site.agrees(BOB)
    site.shop.clock.advance(timedelta(minutes=1))
    site.does("Cart Updated", BOB, account="u1", cart_id="c1")
    site.later(minutes=25)

    assert site.sees(BOB) == []
    with site.shop.app.state.read() as connection:
        (told,) = explain.why(connection, nodes=[node_of(IdentifierKind.ACCOUNT, "u1")])
    assert (told["outcome"], told["reason"]) == ("dropped", "nothing_to_show")


def test_the_door_finds_it_again_after_a_new_start_of_the_engine_and_forgets_what_went_meanwhile(
    reminded: Site,
) -> None:
    again = reminded.shop.app.acting(reminded.shop.warehouse)
    again.refresh()
    assert len(reminded.sees()) == 1

    reminded.does("Placement Dismissed", **reminded.sees()[0]["tell"])
    third = reminded.shop.app.acting(reminded.shop.warehouse)
    third.refresh()
    assert reminded.sees() == []


def test_what_is_for_everybody_is_shown_between_its_two_days_and_before_any_consent(site: Site) -> None:
    begins = site.shop.clock.now() + timedelta(days=1)
    banner = Placement(
        brand="main", name="sale", slot="top", pages=("/shoes/*",), starts_at=begins,
        ends_at=begins + timedelta(days=2),
        words={"fr": {"title": "Soldes"}, "en": {"title": "Sale", "button": "Look", "url": "/sale"}},
    )  # fmt: skip
    with site.shop.app.state.write() as connection:
        placements.save(connection, banner, site.shop.clock.now())

    seen = []
    for _ in range(4):
        site.later(hours=0)
        seen.append(len(site.sees(None)))
        site.shop.clock.advance(timedelta(days=1))

    assert seen == [0, 1, 1, 0]
    with site.shop.app.state.write() as connection:
        placements.remove(connection, "main", "sale")
    site.later(hours=0)
    assert site.sees(None) == []
