from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from comptoir.scores import bought, lifetime
from comptoir.scores.night import prepare
from comptoir.scores.plugin import Asked, History, Scored, Standing
from comptoir.scores.value import DUE, NEXT, ORDERS, THERE, VALUE, Value
from tests.scored import TODAY, Bought, Till


def crowd() -> list[Bought]:
    draw = random.Random(5)
    told = []
    for who in range(500):
        day = float(draw.randint(60, 500))
        rate, gone = draw.gammavariate(1.2, 1 / 40), max(day - draw.expovariate(1 / draw.gammavariate(2, 90)), 0)
        mean = draw.uniform(2_000, 9_000)
        while day > gone:
            told.append(Bought(who=f"c{who:03}", days=int(day) + 1, amount=int(draw.gammavariate(6, mean / 6)) + 1))
            day -= draw.expovariate(rate) + 1
    # a regular who bought every 30 days and has waited 20, and one who has waited 200
    told += [Bought(who="lately", days=20 + 30 * turn, amount=5_000) for turn in range(8)]
    told += [Bought(who="longago", days=200 + 30 * turn, amount=5_000) for turn in range(8)]
    return told


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    made = Till.open(tmp_path_factory.mktemp("till"))
    made.sell(crowd())
    yield made
    made.warehouse.close()


@pytest.fixture(scope="module")
def scored(till: Till) -> Scored:
    with till.warehouse.cursor() as cursor:
        return Value().run(cursor, till.asked(cursor))


def of(scored: Scored, who: str) -> dict[str, tuple[float | None, str | None]]:
    return {row["score"]: (row["value"], row["label"]) for row in scored.rows.to_pylist() if row["profile_id"] == who}


def test_a_regular_of_lately_is_there_and_one_of_long_ago_is_not(scored: Scored) -> None:
    lately, longago = of(scored, "p-lately"), of(scored, "p-longago")

    assert lately[THERE][1] == "there"
    assert longago[THERE][1] == "gone"
    assert lately[ORDERS][0] > 5 * longago[ORDERS][0]  # type: ignore[operator]
    assert lately[VALUE][0] > 5 * longago[VALUE][0]  # type: ignore[operator]
    assert NEXT not in longago  # who is more likely gone than not is not waited for
    assert lately[NEXT][0] >= bought.days_of(TODAY) - 1  # type: ignore[operator]


def test_an_order_is_due_by_the_rhythm_up_to_the_last_one(scored: Scored) -> None:
    today = bought.days_of(TODAY)
    lately, longago = of(scored, "p-lately"), of(scored, "p-longago")

    # both bought every 30 days, so both were due about as long after their last order
    assert lately[DUE][0] - (today - 20) == pytest.approx(longago[DUE][0] - (today - 200), abs=3)  # type: ignore[operator]
    assert longago[DUE][1] == "overdue"
    assert lately[DUE][1] in {"due", "later"}


def test_it_says_what_the_models_say_of_the_same_purchases(till: Till, scored: Scored) -> None:
    with till.warehouse.cursor() as cursor:
        asked = till.asked(cursor)
        mine = bought.read(cursor, asked)
    found = lifetime.forecast(mine.purchases, last_day=bought.last_day(asked))

    assert scored.report["model"] == found.chosen.model.name
    whole = sum(row["value"] for row in scored.rows.to_pylist() if row["score"] == ORDERS)
    assert whole == pytest.approx(found.predictions.expected.sum())
    assert found.predictions.spend is not None
    money = [row["value"] for row in scored.rows.to_pylist() if row["score"] == VALUE]
    assert sum(money) == pytest.approx((found.predictions.expected * found.predictions.spend).sum())
    # amounts are of currency, not of its minor units: what an order costs on average is between 20 and 90
    assert 20 < np.mean([one for one in money if one]) / found.predictions.expected.mean() < 90


def test_the_reasons_of_one_person_repeat_what_the_run_foretold(till: Till, scored: Scored) -> None:
    own = of(scored, "p-lately")
    with till.warehouse.cursor() as cursor:
        asked = prepare(cursor, Asked(brand="main", as_of=datetime.combine(TODAY, time(), UTC)), profile_id="p-lately")
        standing = Standing(profile_id="p-lately", values={}, labels={}, top_shares={}, report=scored.report)
        said = [reason.words for reason in Value().explain(cursor, asked, standing)]

    assert said[0]["en"] == "Ordered on 8 days, the last 19 days ago."
    assert said[0]["fr"] == "A commandé 8 jours, le dernier il y a 19 jours."
    assert f"{own[ORDERS][0]:.2f}" in said[1]["en"]
    assert f"{own[ORDERS][0]:.2f}".replace(".", ",") in said[1]["fr"]
    assert len(said) == 5
    assert "€" in said[4]["en"]


def test_orders_in_another_currency_are_left_out_and_counted(tmp_path: Path, till: Till) -> None:
    other = Till.open(tmp_path)
    other.sell([*crowd(), Bought(who="abroad", days=30, currency="CHF"), Bought(who="abroad", days=60, currency="CHF")])
    with other.warehouse.cursor() as cursor:
        mine = bought.read(cursor, other.asked(cursor))
    other.warehouse.close()

    assert mine.others == 2
    assert "p-abroad" not in mine.people
    assert len(mine.people) == 502


def test_yen_have_no_minor_unit(tmp_path: Path) -> None:
    till = Till.open(tmp_path)
    till.sell([Bought(who="aiko", days=9, amount=5_000, currency="JPY"), Bought(who="aiko", days=3, currency="JPY")])
    with till.warehouse.cursor() as cursor:
        asked = till.asked(cursor)
        mine = bought.read(cursor, asked)
    till.warehouse.close()

    assert asked.currency == "JPY"
    assert mine.purchases.amount is not None
    assert mine.purchases.amount.tolist() == [5_000_000_000, 5_000_000_000]


def test_days_are_those_of_the_brands_zone() -> None:
    # midnight in Paris is 23:00 the day before in UTC: the last day of which all is known is the one that ended then
    as_of = datetime(2026, 11, 21, 23, tzinfo=UTC)

    assert bought.last_day(Asked(brand="main", as_of=as_of, zone="Europe/Paris")) == bought.days_of(TODAY) - 1
    later = Asked(brand="main", as_of=as_of + timedelta(hours=12), zone="Europe/Paris")
    assert bought.last_day(later) == bought.days_of(TODAY)


@pytest.mark.parametrize(
    ("history", "found"),
    [
        (History(buyer_count=19, repeat_count=50), 19),
        (History(buyer_count=50, repeat_count=9), 9),
        (History(buyer_count=50, repeat_count=50, first_on=TODAY - timedelta(days=30), last_on=TODAY), 30),
    ],
)
def test_the_gate_says_what_is_missing(history: History, found: int) -> None:
    need = Value().gate(history)

    assert need is not None
    assert need.found == found
