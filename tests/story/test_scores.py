"""A shop's nights: customers are scored from their orders, scenarios hear who changed, and everybody is told why."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from comptoir import app as apps
from comptoir import engine as engines
from comptoir.access.roles import NotAllowed, Principal, Role
from comptoir.cli.main import build
from comptoir.model.scenario import Subject
from comptoir.rebuild import rebuild
from comptoir.scenarios import definitions
from comptoir.scenarios.propose import traits_of
from comptoir.scenarios.rows import enrollments
from comptoir.scenarios.world import over, retold
from comptoir.scores.asking import NoSuchScore
from comptoir.web import score_answers
from comptoir.web.view import Desk
from tests.shop import START, Shop

PEOPLE = 60
GOLD = """
format: 2
scenario: welcome-gold
version: 1
title: {fr: Bienvenue, en: Welcome}
class: scenario
brands: ["*"]
priority: 40
trigger:
  events: [Score Changed]
  where: {score: gold, to: gold}
  key: person
  again: once
steps:
  - wait: {key: pause, for: 2 days}
  - exit: {key: end, reason: done}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Lend a shop of sixty customers after three nights; before the last one, a small customer ordered for 9,000 €."""
    made = Shop(tmp_path_factory.mktemp("home"))
    for person in range(PEOPLE):
        made.say(ordered(made, person, days=200 - 3 * person, total=20 + person))
        made.say(ordered(made, person, days=160 - 2 * person, total=20 + person, order=f"b{person}"))
    made.tick()
    with made.app.state.write() as connection:
        definitions.publish(connection, GOLD, made.clock.now())
    engine = engine_of(made)
    for day in range(3):
        assert engine.nightly()
        assert not engine.nightly()
        engine.acting.wake(made.clock.now())
        if day == 1:
            assert enrolled(made) == []  # the first night changes nobody, the second found nothing
            made.say(ordered(made, 3, days=-1.2, total=9_000, order="big"))
            made.tick()
        if day < 2:
            made.clock.advance(timedelta(days=1))
    yield made
    made.close()


def ordered(shop: Shop, person: int, *, days: float, total: float, order: str | None = None) -> Any:
    """Make an order of somebody, some days before START."""
    return shop.line(
        "Order Completed", after=-days * 86_400, user_id=f"c{person}", trust="confirmed", source="shop",
        properties={"order_id": order or f"a{person}", "total": total, "currency": "EUR", "category": "Shoes",
                    "products": [{"product_id": "p", "price": total, "quantity": 1, "category": "Shoes"}]},
    )  # fmt: skip


def engine_of(shop: Shop) -> engines.Engine:
    acting = shop.app.acting(shop.warehouse)
    return engines.Engine(
        app=shop.app, warehouse=shop.warehouse, acting=acting, ticker=shop.ticker, sender=acting.sender(),
        outward=acting.outward(),
    )  # fmt: skip


def enrolled(shop: Shop) -> list[str]:
    with shop.app.state.read() as connection:
        return [row.scenario for row in connection.execute(enrollments.select())]


def test_a_tenth_is_gold_and_scenarios_hear_once_who_became_it(shop: Shop) -> None:
    engine = engine_of(shop)
    engine.acting.wake(shop.clock.now())  # as after a stop: what was heard is not heard again

    assert shop.one("SELECT count(*) FROM scores WHERE label = 'gold'") == PEOPLE // 10 + 1
    assert enrolled(shop) == ["welcome-gold"]
    told = shop.ask("SELECT score, from_label, to_label FROM score_changes WHERE to_label = 'gold'")
    assert told == [{"score": "gold", "from_label": "other", "to_label": "gold"}]


def test_a_rebuild_keeps_what_the_nights_wrote_and_the_same_night_gives_it_again(shop: Shop) -> None:
    kept = shop.ask("SELECT * EXCLUDE (profile_id) FROM scores ORDER BY ALL")
    days = shop.raw("SELECT * FROM fact.score_days ORDER BY ALL")

    shop.warehouse.close()
    shop.front.close()
    rebuild(shop.app)
    shop.open()

    assert shop.ask("SELECT * EXCLUDE (profile_id) FROM scores ORDER BY ALL") == kept
    assert shop.raw("SELECT * FROM fact.score_days ORDER BY ALL") == days
    (ran,) = engine_of(shop).nights.run(apps.zones_of(shop.app.state), shop.clock.now(), names=["gold"])
    assert ran.change_count == 0
    assert shop.ask("SELECT * EXCLUDE (profile_id) FROM scores ORDER BY ALL") == kept


def level_in_words(shop: Shop, account: str, brand: str = "main") -> object:
    """Give what a scenario's words may say of somebody's service level."""
    ((node,),) = shop.raw(f"SELECT node_id FROM fact.profile_of WHERE kind = 'account' AND value = '{account}'")
    someone = Subject(subject_id=1, brand=brand, node_id=node, cart_key=None, needs=frozenset({"person"}))
    with shop.warehouse.cursor() as cursor:
        found = retold(over(cursor).facts_of([someone])[1], {"service_level": "a claim", "first_name": "Cid"})
    return json.loads(traits_of(found))["service_level"]


def test_the_words_of_a_message_know_how_somebody_is_served_by_its_brand_whatever_was_claimed(shop: Shop) -> None:
    assert level_in_words(shop, "c3") == "gold"
    assert level_in_words(shop, "c3", brand="other") == "standard"
    assert level_in_words(shop, "c4") == "standard"


def desk_of(shop: Shop) -> Desk:
    engine = engine_of(shop)
    return Desk(
        settings=shop.app.settings, state=shop.app.state, clock=shop.clock, ask=engine.answer, status=dict,
        app=lambda: shop.app,
    )  # fmt: skip


def principal(role: Role, *brands: str) -> Principal:
    return Principal(name="ann", role=role, brands=frozenset(brands))


def test_everybody_is_told_what_their_role_may_know(shop: Shop) -> None:
    desk, admin = desk_of(shop), principal(Role.ADMIN)
    best = score_answers.people(desk, admin, "gold", "main", label="gold")[0]["profile_id"]

    own = {role: {one.score: one for one in score_answers.of_person(desk, principal(role), best)} for role in Role}
    assert own[Role.ADMIN]["gold"].value == 9_046.0
    assert own[Role.MARKETING]["gold"].value is None
    assert own[Role.MARKETING]["gold"].label == "gold"
    assert own[Role.SUPPORT]["gold"].value is None
    assert own[Role.MARKETING]["rfm"].value == 555.0
    assert score_answers.of_person(desk, principal(Role.ADMIN, "other"), best) == []
    why = {one.plugin: one.words for one in score_answers.reasons(desk, admin, best)}
    assert why["gold"]["en"] == "3 orders in 12 months, €9,046: top 2% of buyers."
    with pytest.raises(NotAllowed):
        score_answers.spread(desk, principal(Role.MARKETING, "other"), "gold", "main")
    reports = {role: score_answers.shelf(desk, principal(role)) for role in Role}
    gold = {role: next(one for one in found if one.plugin.name == "gold").runs[0] for role, found in reports.items()}
    assert gold[Role.MARKETING].report["gold_revenue_share"] > 0.5
    assert "gold_revenue_minor" in gold[Role.MARKETING].report
    assert "gold_revenue_minor" not in gold[Role.SUPPORT].report


def test_how_people_are_spread_is_compared_with_an_earlier_day(shop: Shop) -> None:
    found = score_answers.spread(desk_of(shop), principal(Role.ADMIN), "life_cycle", "main", days=2)

    assert found.now_on is not None
    assert found.then_on == found.now_on - timedelta(days=2)
    assert sum(one.now_count for one in found.buckets) == PEOPLE
    assert found.stability_index is not None
    assert found.verdict in {"steady", "shifted", "moved"}
    (moved,) = score_answers.moved(
        desk_of(shop), principal(Role.ADMIN), "gold", "main", since=START, labels=("", "gold")
    )
    assert (moved["from_label"], moved["to_label"]) == ("other", "gold")


def test_a_run_goes_on_in_the_background_and_says_how_far_it_is(shop: Shop) -> None:
    desk, admin = desk_of(shop), principal(Role.ADMIN)

    assert score_answers.run(desk, admin, ["rfm"]) == []
    while score_answers.progress(desk, admin) is not None:
        time.sleep(0.01)
    with pytest.raises(NoSuchScore):
        score_answers.run(desk, admin, ["nothing"])


def test_what_a_night_knows_is_what_stood_at_midnight(shop: Shop) -> None:
    (as_of,) = {row["as_of"] for row in shop.ask("SELECT DISTINCT as_of FROM scores")}

    assert as_of == datetime(2026, 11, 22, 23)


def test_the_command_line_says_it_too(shop: Shop) -> None:
    home = str(shop.home)
    shop.close()
    try:
        listed = typed("score", "list", "--home", home, "--json")
        assert {one["name"] for one in listed} >= {"gold", "rfm", "life_cycle", "affinity"}
        (gold,) = typed("score", "run", "gold", "--home", home, "--json")
        assert (gold["state"], gold["change_count"]) == ("done", 0)
        assert typed("score", "show", "gold", "--home", home, "--json")["buckets"][0]["now_count"] == PEOPLE // 10 + 1
        assert (
            typed("score", "moved", "gold", "--since", "2026-01-01", "--home", home, "--json")[0]["to_label"] == "gold"
        )
        told = typed("score", "explain", "c3", "--home", home, "--json")
        assert {one["score"] for one in told["scores"]} >= {"gold", "rfm", "life_cycle"}
        assert "meilleurs acheteurs." in {one["plugin"]: one["fr"] for one in told["reasons"]}["gold"]
    finally:
        shop.open()


def typed(*words: str) -> Any:
    """Type a command, and read what it prints."""
    done = CliRunner().invoke(build(), list(words))
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)
