"""People in a scenario on the screens, and a dry run from its start to its picture, over a real installation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from comptoir.config import DeskSettings, Settings
from comptoir.identity import profile
from comptoir.scenarios import definitions, drafts, edit, rehearsals, standing
from comptoir.scenarios.edit import Slot
from comptoir.server import desk
from tests.shop import Shop
from tests.web.counter import Answer, Counter
from tests.web.test_login import token_in
from tests.web.test_scenarios import post, read

HAND = """
format: 2
scenario: hand
version: 1
title: {fr: À la main, en: By hand}
trigger: {manual: true}
steps:
  - wait: {key: pause, for: 30 days}
  - exit: {key: end, reason: done}
"""


@dataclass
class House:
    """A shop and the desk over it."""

    shop: Shop
    counter: Counter

    def get(self, target: str, **headers: str) -> Answer:
        return self.counter.get(target, **headers)

    def post(self, target: str, **form: str) -> Answer:
        token = token_in(self.get("/scenarios/hand/text"))
        return post(self.counter, target, {"token": token, **form}, accept_language="en")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    shop = Shop(tmp_path / "home")
    settings = Settings(home=tmp_path / "home", desk=DeskSettings(login=False))
    front = desk.make(settings, shop.app.state, lambda _: pa.table({}), dict, shop.clock)
    with shop.app.state.write() as connection:
        definitions.publish(connection, HAND, shop.clock.now(), by="anna")
    shop.say(shop.line("Signed Up", user_id="u1", traits={"email": "ann@example.org"}))
    shop.tick()
    yield House(shop, Counter(None, shop.app.state, shop.clock, front, "", {}))  # type: ignore[arg-type]
    shop.close()


def test_people_are_put_in_by_hand_listed_by_step_and_moved_by_a_shown_mapping(house: House) -> None:
    told = house.post("/scenarios/hand/enroll", people="u1\nnobody@example.org", brand="main")
    assert "1 began, 0 were left out. Not known: nobody@example.org" in read(told).text
    listed = house.get("/scenarios/hand/people?step=pause", accept_language="en")
    with house.shop.app.state.read() as connection:
        person = profile.read(connection, "account", "u1")
    assert person is not None
    assert f'href="/customers/{person.profile_id}"' in listed.text
    assert house.get("/scenarios/hand/people?step=end", accept_language="en").text.count("Nobody here") == 1

    with house.shop.app.state.write() as connection:
        made, _ = edit.insert(edit.remove(edit.read(HAND), "pause"), Slot(), "wait", {"for": "9 days"})
        draft = drafts.read(connection, "hand")
        kept = drafts.save(connection, "hand", edit.write(made), house.shop.clock.now(), base=draft.base)
        drafts.publish(connection, "hand", house.shop.clock.now(), base=kept.base, by="bea")
    page = house.get("/scenarios/hand/versions", accept_language="en")
    assert "Move from version 1 to version 2" in read(page).text
    lost = house.post("/scenarios/hand/move", **{"from": "1"})
    assert lost.status == 422
    assert "somebody would have no place" in read(lost).text

    moved = house.post("/scenarios/hand/move", **{"from": "1", "map.pause": "wait"})

    assert moved.status == 303
    with house.shop.app.state.read() as connection:
        assert standing.in_flight(connection, "hand") == {2: 1}
        (there,) = standing.people_at(connection, "hand", step="wait")
    assert there.version == 2


def test_nobody_is_enrolled_without_a_name_or_for_a_strange_brand(house: House) -> None:
    assert house.post("/scenarios/hand/enroll", people=" ", brand="main").status == 422
    assert house.post("/scenarios/hand/enroll", people="ann@example.org", brand="moon").status == 422


@pytest.mark.slow
def test_a_dry_run_goes_on_by_itself_and_is_drawn_on_the_picture(house: House) -> None:
    shop = house.shop
    basket = definitions.shipped()["abandoned-basket"]
    with shop.app.state.write() as connection:
        drafts.begin(connection, basket, shop.clock.now())
    cart = {"product_id": "p1", "cart_id": "c1", "price": 10, "quantity": 1}
    shop.say(shop.line("Product Added", after=-86_400, anonymous_id="a", properties=cart))
    shop.tick()
    shop.warehouse.close()  # the process of the dry run opens it, as it would ask the engine
    assert house.post("/scenarios/abandoned-basket/dry-run", days="8").status == 422

    started = house.post("/scenarios/abandoned-basket/dry-run", days="7", with_live="yes")

    assert started.status == 303
    target = started.headers["location"]
    home, rehearsal = shop.home, target.rpartition("/")[2]
    until = time.monotonic() + 120
    while rehearsals.read(home, rehearsal).state == "running" and time.monotonic() < until:
        assert house.get(target).status == 200
        time.sleep(0.3)
    stands = rehearsals.read(home, rehearsal)
    assert stands.state == "done", stands.wrong
    assert rehearsals.answer_of(home, rehearsal)["entered"] == 1
    page = house.get(target, accept_language="en")
    assert "Twenty people, by name" in read(page).text
    assert "Otherwise" in read(page).text
    assert house.get(f"{target}/mail/0/0").status == 404
    assert house.get("/scenarios/hand/dry-run/" + rehearsal).status == 404, "of another scenario"
    assert house.get("/scenarios/abandoned-basket/dry-run/..%2F..%2Fsecret").status == 404
    assert house.post(f"{target}/stop").status == 303
    assert house.get(target).status == 404


def test_a_dry_run_that_fails_says_why(house: House) -> None:
    started = rehearsals.start(
        house.shop.home, "scenario: [", scenario="hand", version=1, days=7, now=house.shop.clock.now()
    )
    until = time.monotonic() + 60
    while rehearsals.read(house.shop.home, started).state == "running" and time.monotonic() < until:
        time.sleep(0.2)

    stands = rehearsals.read(house.shop.home, started)

    assert stands.state == "failed"
    assert stands.wrong
    with pytest.raises(rehearsals.RehearsalNotFound):
        rehearsals.answer_of(house.shop.home, started)
