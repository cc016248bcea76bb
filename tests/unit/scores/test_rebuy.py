from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from comptoir.scores import asking, rebuy
from comptoir.scores.night import Nights, prepare
from comptoir.scores.plugin import Asked, Scored, Standing
from comptoir.scores.rebuy import Repurchase
from tests.scored import NOW, TODAY, Bought, Till
from tests.unit.scores.test_propensity import insert

COFFEE, SOFAS = "Food / Coffee", "Home / Sofas"


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """Coffee is bought again after about 30 days; sofas never are."""
    made = Till.open(tmp_path_factory.mktemp("till"))
    draw = random.Random(2)
    told: list[tuple[Bought, str]] = []
    for who in range(120):
        day = 300 - draw.randint(0, 30)
        while day > 0:
            told.append((Bought(who=f"c{who:03}", days=day), COFFEE))
            day -= draw.randint(26, 34)
        told.append((Bought(who=f"c{who:03}", days=draw.randint(1, 300)), SOFAS))
    told += [
        (Bought(who="new", days=3), COFFEE),
        (Bought(who="due", days=31), COFFEE),
        (Bought(who="late", days=90), COFFEE),
    ]
    made.sell([one for one, _ in told])
    insert(made, "order_lines", [
        {"order_hash": place, "brand": "main", "line_key": "1", "product_id": category, "category": None,
         "amount_minor": 5_000, "kind": "sale"}
        for place, (_, category) in enumerate(told, start=1)
    ])  # fmt: skip
    at = datetime(2026, 1, 1)
    insert(made, "products", [
        {"brand": "main", "product_id": one, "category": one, "updated_at": at, "message_id": one}
        for one in (COFFEE, SOFAS)
    ])  # fmt: skip
    yield made
    made.warehouse.close()


@pytest.fixture(scope="module")
def scored(till: Till) -> Scored:
    with till.warehouse.cursor() as cursor:
        return Repurchase().run(cursor, till.asked(cursor))


def test_only_what_half_of_all_buy_again_has_a_rhythm(scored: Scored) -> None:
    (coffee,) = scored.report["categories"]

    assert coffee["category"] == COFFEE
    assert 26 <= coffee["quarter_days"] <= coffee["half_days"] <= coffee["three_quarters_days"] <= 34


def test_a_person_is_early_due_or_late_in_the_category_that_is_bought_again(scored: Scored) -> None:
    kinds = {row["profile_id"]: row["label"] for row in scored.rows.to_pylist()}

    assert (kinds["p-new"], kinds["p-late"]) == ("early", "late")
    assert kinds["p-due"] == "due"


def test_who_is_due_in_a_category_stands_in_order_of_the_chance(till: Till, scored: Scored) -> None:
    with till.warehouse.cursor() as cursor:
        found = rebuy.due_in(cursor, till.asked(cursor), COFFEE, scored.artifact)
        nobody = rebuy.due_in(cursor, till.asked(cursor), SOFAS, scored.artifact)

    people = [one.profile_id for one in found]
    assert "p-due" in people
    assert not {"p-new", "p-late"} & set(people)
    assert [one.chance for one in found] == sorted((one.chance for one in found), reverse=True)
    due = next(one for one in found if one.profile_id == "p-due")
    assert due.last_on == TODAY - timedelta(days=31)
    assert due.chance > 0.9
    assert nobody == []


def test_reasons_name_the_category_and_its_rhythm(till: Till, scored: Scored) -> None:
    with till.warehouse.cursor() as cursor:
        asked = prepare(cursor, Asked(brand="main", as_of=datetime.combine(TODAY, time(), UTC)), profile_id="p-due")
        standing = Standing(profile_id="p-due", values={}, labels={}, top_shares={}, artifact=scored.artifact)
        (reason,) = Repurchase().explain(cursor, asked, standing)

    assert reason.words["en"].startswith("Food / Coffee: last bought on 22\u00a0Oct")
    assert "rachètent en" in reason.words["fr"]


def test_the_engine_says_who_is_due_as_of_the_last_night(till: Till) -> None:
    till.night("repurchase")
    nights = Nights(warehouse=till.warehouse)
    asked = {"kind": "score_due", "brand": "main", "category": COFFEE, "most": 3}

    found = asking.answer(nights, {"main": "UTC"}, asked, now=NOW).to_pylist()
    unknown = asking.answer(nights, {"main": "UTC"}, asked | {"brand": "other"}, now=NOW)

    assert len(found) == 3
    assert all(row["last_on"] < row["due_on"] and 0 < row["chance"] <= 1 for row in found)
    assert len(unknown) == 0


def test_a_chance_is_that_of_who_has_waited_so_long_already() -> None:
    rhythm = rebuy.Rhythm(purchases=4, repurchases=3, early=10, middle=20, late=30, day=[10, 20, 30],
                          waiting=[0.75, 0.5, 0.25])  # fmt: skip

    assert rhythm.chance(0, ahead=10) == pytest.approx(0.25)
    assert rhythm.chance(10, ahead=10) == pytest.approx(1 / 3)
    assert rhythm.chance(40) == 0.0
    assert [rhythm.kind(day) for day in (9, 10, 30, 31)] == ["early", "due", "due", "late"]
