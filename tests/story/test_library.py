from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from comptoir.acting import Acting
from comptoir.messaging.rows import outbox
from comptoir.model.event import Line
from comptoir.model.tick import SpoolName
from comptoir.pressure.rows import candidates
from comptoir.scenarios import definitions
from comptoir.scenarios.export import tidy
from comptoir.scenarios.parse import parse
from comptoir.scenarios.rows import alerts, enrollments
from tests.acting_house import Recording
from tests.fault.reminders import people, record
from tests.shop import Shop

LIBRARY = definitions.shipped()
DAY = 86_400.0


class Story:
    """A shop with one scenario of the library, told in seconds from its START."""

    def __init__(self, folder: Path, scenario: str) -> None:
        self.shop = Shop(folder)
        people(self.shop, ["ann", "bob"])
        text = LIBRARY[scenario].replace("control_share: 0.1", "control_share: 0")
        with self.shop.app.state.write() as connection:
            definitions.pause(connection, "abandoned-basket", self.shop.clock.now())
            definitions.publish(connection, text, self.shop.clock.now())
        self.acting: Acting = self.shop.app.acting(self.shop.warehouse)
        self.acting.wake(self.shop.clock.now())

    def does(self, person: str, name: str, *, after: float = 0, kind: str = "track", **said: object) -> Line:
        return self.shop.line(name, type=kind, anonymous_id=f"b-{person}", user_id=person, trust="confirmed",
                              after=after, properties=said)  # fmt: skip

    def offers(self, product: str, *, after: float = -3_000, price: float = 19.9, stock: int = 5) -> Line:
        said = {"product_id": product, "name": product, "category": "Home", "url": f"https://shop.example/{product}",
                "price": price, "currency": "EUR", "is_for_sale": True, "stock": stock}  # fmt: skip
        return self.shop.line("Product", type="record", trust="confirmed", properties=said, after=after)

    def says(self, *lines: Line, spool: str = SpoolName.FRONT) -> None:
        self.shop.say(*lines, spool=spool)
        self.shop.tick()

    def later(self, **span: float) -> None:
        self.shop.clock.advance(timedelta(**span))
        with self.shop.warehouse.cursor():
            self.shop.ticker.refresh(self.shop.clock.now())
        self.acting.wake(self.shop.clock.now())

    def rows(self, table: Any) -> list[dict[str, Any]]:
        with self.shop.app.state.read() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def wished(self) -> list[tuple[str, str, list[str]]]:
        """Give whom it wishes to write to, by which step, about which products."""
        found = []
        for row in self.rows(candidates):
            wish = msgspec.json.decode(row["wish"])
            found.append((row["contact"], row["step"], [line["product_id"] for line in wish["promise"]]))
        return sorted(found)


@pytest.fixture
def tell(tmp_path: Path) -> Iterator[Any]:
    made: list[Story] = []

    def begin(scenario: str) -> Story:
        made.append(Story(tmp_path / "home", scenario))
        return made[-1]

    yield begin
    for story in made:
        story.shop.close()


@pytest.mark.parametrize("name", LIBRARY)
def test_a_shipped_scenario_is_whole_in_both_languages_and_exports_to_itself(name: str) -> None:
    made = definitions.check(LIBRARY[name])

    assert set(made.title) == {"fr", "en"}
    assert all(set(languages) == {"fr", "en"} for languages in made.words.values())
    assert made.control_share > 0 or made.message_class == "service"
    assert made.tags or name == "abandoned-basket"
    assert parse(tidy(LIBRARY[name])) == made
    assert tidy(tidy(LIBRARY[name])) == tidy(LIBRARY[name])


@pytest.mark.parametrize(
    ("scenario", "name", "said"),
    [
        ("back-in-stock", "Stock", {"stock": 3}),
        ("price-drop", "Price", {"price": 40, "currency": "EUR"}),
    ],
)
def test_a_row_of_a_price_or_a_count_alone_is_news_of_the_product(
    tell: Any, scenario: str, name: str, said: dict[str, object]
) -> None:
    story = tell(scenario)
    story.says(story.offers("chair", price=50, stock=0 if name == "Stock" else 5), spool=SpoolName.BACK)
    story.says(story.does("ann", "Product Added", product_id="chair", cart_id="c1"))
    row = story.shop.line(name, type="record", trust="confirmed", properties={"product_id": "chair"} | said, after=60)
    story.says(row, spool=SpoolName.BACK)

    assert story.wished() == [("ann@example.org", "news", ["chair"])]
    price, stock = (40, 5) if name == "Price" else (50, 3)
    assert story.shop.raw("SELECT price::INT, stock::INT FROM products WHERE product_id = 'chair'") == [(price, stock)]


def test_who_was_interested_hears_that_it_is_back_in_stock(tell: Any) -> None:
    story = tell("back-in-stock")
    story.says(story.offers("chair", stock=0), spool=SpoolName.BACK)
    story.says(
        story.does("ann", "Product Viewed", product_id="chair"), story.does("bob", "Product Viewed", product_id="lamp")
    )
    story.says(story.offers("chair", after=60, stock=3), spool=SpoolName.BACK)

    assert story.wished() == [("ann@example.org", "news", ["chair"])]


def test_a_message_speaks_to_a_person_as_the_golden_record_names_her(tell: Any) -> None:
    story = tell("price-drop")
    story.says(story.offers("chair", price=50), spool=SpoolName.BACK)
    story.says(story.does("ann", "Product Added", product_id="chair", cart_id="c1"))
    # the latest is no name, the one before an initial
    for after, (source, name) in enumerate([("crm", "Annabelle"), ("web", "A."), ("till", "n/a")]):
        traits = msgspec.Raw(msgspec.json.encode({"first_name": name}))
        story.says(
            story.shop.line("", type="identify", anonymous_id="b-ann", user_id="ann", trust="confirmed",
                            traits=traits, after=after, source=source)
        )  # fmt: skip

    story.says(story.offers("chair", after=60, price=40), spool=SpoolName.BACK)

    (row,) = story.rows(candidates)
    assert msgspec.json.decode(msgspec.json.decode(row["wish"])["traits"])["first_name"] == "Annabelle"


def test_who_was_interested_hears_that_the_price_dropped_and_nobody_hears_that_it_rose(tell: Any) -> None:
    story = tell("price-drop")
    story.says(story.offers("chair", price=50), story.offers("table", price=50), spool=SpoolName.BACK)
    story.says(story.does("ann", "Product Added", product_id="chair", cart_id="c1"),
               story.does("bob", "Product Viewed", product_id="table"))  # fmt: skip
    story.says(story.offers("chair", after=60, price=40), story.offers("table", after=60, price=60),
               spool=SpoolName.BACK)  # fmt: skip

    assert story.wished() == [("ann@example.org", "news", ["chair"])]


@pytest.mark.parametrize(
    ("price", "for_sale", "ending"),
    [
        (40, True, ("accepted", None)),
        (45, True, ("dropped", "price_changed")),
        (40, False, ("dropped", "not_for_sale")),
    ],
)
def test_a_promise_without_a_basket_is_looked_at_again_before_it_leaves(
    tell: Any, price: float, for_sale: bool, ending: tuple[str, str | None]
) -> None:
    story = tell("price-drop")
    story.says(story.offers("chair", price=50), spool=SpoolName.BACK)
    story.says(story.does("ann", "Product Added", product_id="chair", cart_id="c1"))
    story.says(story.offers("chair", after=60, price=40), spool=SpoolName.BACK)
    story.says(story.offers("chair", after=90, price=price, stock=5 if for_sale else 0), spool=SpoolName.BACK)

    sender = replace(story.acting.sender(), channel=Recording(), channels={})
    while sender.send_due(story.shop.clock.now()):
        pass
    sender.close()

    assert [(row["state"], row["reason"]) for row in story.rows(outbox)] == [ending]


def test_who_looked_and_put_nothing_in_a_basket_is_reminded_and_who_did_is_not(tell: Any) -> None:
    story = tell("abandoned-browse")
    story.says(*(story.does(name, "Product Viewed", product_id="lamp") for name in ("ann", "bob")))
    story.says(story.does("bob", "Product Added", after=60, product_id="lamp", cart_id="c1"))
    story.later(hours=2, minutes=1)

    assert story.wished() == [("ann@example.org", "reminder", ["lamp"])]


def test_who_signs_up_is_welcomed_once_and_advised_three_days_later(tell: Any) -> None:
    story = tell("welcome")
    story.says(story.does("ann", "Signed Up"))
    story.says(story.does("ann", "Signed Up", after=5))
    story.later(minutes=11)
    first = story.wished()
    story.later(days=4)

    assert first == [("ann@example.org", "hello", [])]
    assert [step for _, step, _ in story.wished()] == ["advice", "hello"]
    assert len(story.rows(enrollments)) == 1


def test_sales_hear_of_a_lead_at_once_and_of_a_stranger_never(tell: Any) -> None:
    story = tell("lead-to-sales")
    story.says(
        story.does("ann", "", kind="page", path="/entreprise/devis"),
        story.does("ann", "", kind="page", path="/lampes"),
        story.shop.line("", type="page", anonymous_id="stranger", properties={"path": "/entreprise"}),
    )
    at_once = [(row["contact"], row["message_class"]) for row in story.rows(outbox)]
    story.later(minutes=2)
    story.says(story.does("ann", "", kind="page", path="/entreprise/contact", after=120))
    again = len(story.rows(outbox))
    story.later(hours=5)

    assert at_once == [("commercial@example.org", "service")]
    assert again == 1
    assert len(story.rows(alerts)) == 2
    assert len(story.rows(outbox)) == 2
    assert "/entreprise/devis" in msgspec.json.decode(story.rows(outbox)[0]["words"])["lead"]


def test_who_ordered_is_thanked_with_what_others_bought_beside_it(tell: Any) -> None:
    story = tell("thanks")
    story.says(story.offers("chair"), story.offers("bulb"), spool=SpoolName.BACK)

    def order(person: str, number: str, after: float, *products: str) -> Line:
        lines = [{"product_id": product, "price": 10, "quantity": 1} for product in products]
        line: Line = story.does(
            person, "Order Completed", after=after, order_id=number, total=10, currency="EUR", products=lines
        )
        return line

    story.says(order("bob", "o1", 0, "lamp", "bulb"))
    story.says(order("ann", "o2", 10, "lamp"))
    story.later(days=3)

    assert ("ann@example.org", "thanks", ["bulb"]) in story.wished()
    assert len(story.rows(enrollments)) == 2


def test_a_birthday_is_wished_on_its_day_in_the_morning_and_once(tell: Any) -> None:
    story = tell("birthday")  # it begins on 21 November at noon
    story.says(
        record(story.shop, "Contact", {}, user_id="ann", traits={"birthday": "1990-11-23"}),
        record(story.shop, "Contact", {}, user_id="bob", traits={"birthday": "1990-11-24"}),
        spool=SpoolName.BACK,
    )
    seen = []
    for _ in range(30):
        story.later(hours=2)
        seen.append([contact for contact, _, _ in story.wished()])

    assert seen[19] == []  # 23 November, 04:00 UTC
    assert seen[22] == ["ann@example.org"]
    assert seen[-1] == ["ann@example.org"]


@pytest.mark.parametrize(("name", "days"), [("inactive-6-months", 182), ("inactive-12-months", 365)])
def test_who_stays_away_is_asked_once_and_who_came_back_is_not(tell: Any, name: str, days: int) -> None:
    story = tell(name)
    story.says(*(story.does(who, "Product Viewed", product_id="lamp") for who in ("ann", "bob")))
    story.later(days=days - 10)
    story.says(story.does("bob", "Product Viewed", after=(days - 10) * DAY, product_id="lamp"))
    for _ in range(12):
        story.later(days=1)

    assert story.wished() == [("ann@example.org", "call", [])]


def test_who_left_a_basket_is_asked_why_and_the_answer_is_a_goal(tell: Any) -> None:
    story = tell("basket-why")
    story.says(story.does("ann", "Product Added", product_id="lamp", cart_id="c1", price=19.9, quantity=1))
    story.later(hours=24, minutes=1)
    asked = story.wished()
    answer = {"question": "basket_why", "answer": "price", "scenario": "basket-why", "step": "ask", "message_id": "m"}
    story.says(story.does("ann", "Message Answered", after=24 * 3_600 + 120, **answer))
    story.later(minutes=1)

    assert asked == [("ann@example.org", "ask", ["lamp"])]
    assert [(row["status"], row["exit_reason"]) for row in story.rows(enrollments)] == [("finished", "goal")]
