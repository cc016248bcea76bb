"""What the reminder brought: treated beside held out, closed days that stay said, and later orders beside them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from comptoir import engine as engines
from comptoir.acting import authored
from comptoir.clock import micros
from comptoir.model.event import Line
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.model.tick import SpoolName
from comptoir.reports import ask, measures, results
from comptoir.scenarios import definitions
from tests.shop import START, Shop

PEOPLE = 400
DAY = timedelta(days=1)


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """400 people were eligible, each tenth held out; 30 % of the treated ordered for 50 euros, 20 % of the others."""
    shop = Shop(tmp_path_factory.mktemp("results"))
    with shop.app.state.write() as connection:
        definitions.publish(connection, definitions.shipped()["abandoned-basket"], shop.clock.now())
    draw = random.Random(7)
    front: list[Line] = []
    back: list[Line] = []
    for person in range(PEOPLE):
        is_control = draw.random() < 0.1
        after = person * 60.0
        front.append(_seen(shop, person, after))
        back.append(_decided(shop, person, after, "held_out" if is_control else "sent"))
        if draw.random() < (0.2 if is_control else 0.3):
            front.append(_orders(shop, person, after + 3_600))
    shop.say(*front)
    shop.say(*back, spool=SpoolName.BACK)
    shop.tick()
    yield shop
    shop.close()


def test_a_scenario_says_what_it_brought_and_how_sure_that_is(shop: Shop) -> None:
    (one,) = brings(shop)["scenarios"]

    assert one["treated"]["people"] + one["control"]["people"] == PEOPLE == one["eligible"]
    assert one["sent"] == one["treated"]["people"]
    assert one["held_out_by"] == {"control": one["control"]["people"]}
    (euros,) = one["incremental"]
    treated, control = (one[arm]["revenue"][0]["revenue_minor"] / one[arm]["people"] for arm in ("treated", "control"))
    assert euros["a_person"] == pytest.approx(treated - control, abs=0.01)
    assert euros["low"] < euros["a_person"] < euros["high"]
    assert euros["total"] == pytest.approx(euros["a_person"] * one["treated"]["people"], abs=5)
    assert one["sample_ratio"]["expected_control"] == pytest.approx(PEOPLE / 10)
    assert one["sample_ratio"]["alarm"] is False


def test_arms_of_the_wrong_sizes_raise_an_alarm(shop: Shop) -> None:
    more = range(PEOPLE, 2 * PEOPLE)
    shop.say(*(_seen(shop, person, person * 60.0) for person in more))
    shop.say(*(_decided(shop, person, person * 60.0, "sent") for person in more), spool=SpoolName.BACK)
    shop.tick()

    (one,) = brings(shop)["scenarios"]
    assert one["sample_ratio"]["alarm"] is True


def test_one_person_on_both_sides_is_left_out(shop: Shop) -> None:
    (before,) = brings(shop)["scenarios"]
    other = "held_out" if _was_sent(shop, 0) else "sent"
    shop.say(_decided(shop, 0, 90_000, other, step="second"), spool=SpoolName.BACK)
    shop.tick()

    (after,) = brings(shop)["scenarios"]
    assert after["contaminated"] == before["contaminated"] + 1 == 1
    assert sum(after[arm]["people"] for arm in ("treated", "control")) == PEOPLE - 1


def test_a_later_import_adds_a_restatement_and_rewrites_nothing(shop: Shop) -> None:
    engine = _engine(shop)
    shop.clock.advance(30 * DAY)
    assert engine.freeze() > 0
    told = brings(shop)
    then = shop.clock.now()

    shop.say(_orders(shop, 1, 7_200, minor=12_345))
    shop.tick()
    assert brings(shop)["scenarios"] == told["scenarios"]  # not before it is booked

    shop.clock.advance(DAY)
    engine.freeze()
    now = brings(shop)
    assert now["scenarios"] != told["scenarios"]
    assert now["restated"]
    moved = [row for row in now["restated"] if row["measure"].startswith("revenue:")]
    assert {row["value"] for row in moved} == {12_345}

    with shop.app.state.read() as connection:
        closed = measures.kept(connection, as_of=then)
    was = results.results(_ask(shop), authored=_authored(shop), closed=closed, is_as_of=True)
    assert [_figures(one) for one in was["scenarios"]] == [_figures(one) for one in told["scenarios"]]


def brings(shop: Shop) -> dict[str, Any]:
    with shop.app.state.read() as connection:
        closed = measures.kept(connection)
    return results.results(_ask(shop), authored=_authored(shop), closed=closed)


def _figures(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name not in {"deferred", "pressure"}}


def _ask(shop: Shop) -> measures.Ask:
    def put(name: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        request = {"kind": "report", "name": name, "parameters": parameters}
        rows: list[dict[str, Any]] = ask.answer(shop.warehouse.cursor(), request).to_pylist()
        return rows

    return put


def _authored(shop: Shop) -> results.Authored:
    with shop.app.state.read() as connection:
        return authored(connection)


def _engine(shop: Shop) -> engines.Engine:
    acting = shop.app.acting(shop.warehouse)
    return engines.Engine(
        app=shop.app,
        warehouse=shop.warehouse,
        acting=acting,
        ticker=shop.ticker,
        sender=acting.sender(),
        outward=acting.outward(),
    )


def _was_sent(shop: Shop, person: int) -> bool:
    is_sent: bool = shop.one(f"SELECT outcome FROM messages WHERE message_id = 'mail{person}first'") == "sent"
    return is_sent


def _seen(shop: Shop, person: int, after: float) -> Line:
    return shop.line("Page Viewed", type="page", user_id=f"u{person}", trust="confirmed", after=after)


def _decided(shop: Shop, person: int, after: float, outcome: str, *, step: str = "first") -> Line:
    said = {
        "message_id": f"mail{person}{step}",
        "outcome": outcome,
        "reason": "control" if outcome == "held_out" else None,
        "scenario": "abandoned-basket",
        "scenario_version": 1,
        "step": step,
        "channel": "email",
        "node_id": node_of(IdentifierKind.ACCOUNT, f"u{person}"),
        "wished_at": micros(START + timedelta(seconds=after)),
    }
    who: dict[str, Any] = {"type": "record", "source": "comptoir", "trust": "confirmed", "properties": said}
    return shop.line("Message", message_id=f"mail{person}{step}:message", after=after + 1, **who)


def _orders(shop: Shop, person: int, after: float, *, minor: int = 5_000) -> Line:
    item = {"product_id": "p", "price": minor / 100, "quantity": 1}
    said = {"order_id": f"o{person}-{minor}", "currency": "EUR", "products": [item]}
    return shop.line("Order Completed", user_id=f"u{person}", trust="confirmed", after=after, properties=said)
