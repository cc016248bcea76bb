from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from comptoir.scores import shrink
from comptoir.scores.base import Integers
from comptoir.scores.engagement import Engagement
from comptoir.scores.moments import CHANNEL, HOUR, WEEKDAY, Moments
from comptoir.scores.night import prepare
from comptoir.scores.plugin import Asked, Standing
from comptoir.scores.shrink import Counts
from tests.scored import TODAY, Bought, Till
from tests.unit.scores.test_propensity import clicks, visits

MONDAY = datetime(2026, 11, 16)


@pytest.fixture
def till(tmp_path: Path) -> Till:
    return Till.open(tmp_path)


def rows_of(till: Till, score: Any, zone: str = "UTC") -> dict[tuple[str, str], tuple[float | None, str | None]]:
    with till.warehouse.cursor() as cursor:
        found = score.run(cursor, till.asked(cursor, zone=zone)).rows.to_pylist()
    return {(row["score"], row["profile_id"].removeprefix("p-")): (row["value"], row["label"]) for row in found}


def counts(table: Integers) -> Counts:
    person, kind = np.nonzero(table)
    return Counts(person=person, kind=kind, acts=table[person, kind], people=len(table), kinds=table.shape[1])


@pytest.mark.parametrize("truth", [2.0, 20.0])
def test_how_much_people_differ_is_found_again(truth: float) -> None:
    draw = np.random.default_rng(8)
    crowd = np.array([0.5, 0.2, 0.2, 0.1])
    told = counts(np.array([draw.multinomial(12, share) for share in draw.dirichlet(truth * crowd, 3_000)]))

    found = shrink.strength(told, told.of_kinds())

    assert found == pytest.approx(truth, rel=0.15)


def test_of_people_who_do_not_differ_everybodys_pattern_weighs_most() -> None:
    draw = np.random.default_rng(8)
    told = counts(draw.multinomial(12, [0.5, 0.3, 0.2], 3_000))

    assert shrink.strength(told, told.of_kinds()) > 200


def test_shares_are_shares_and_few_acts_leave_a_person_near_everybody() -> None:
    told = counts(np.array([[1, 0], [90, 0], [5, 5]]))
    crowd = np.array([0.4, 0.6])

    shares = shrink.drawn(told, crowd, 10.0)

    assert_allclose(shares.sum(axis=1), 1.0)
    assert_allclose(shares[:, 0], [(1 + 4) / 11, 94 / 100, 9 / 20])


def test_midnight_has_neighbors_on_both_sides() -> None:
    shares = np.zeros(24)
    shares[0] = 1.0

    assert_allclose(shrink.around(shares)[[23, 0, 1]], [0.25, 0.5, 0.25])


def evenings_and_mornings(till: Till) -> None:
    """Most people click on Tuesdays at 19:00; `early` ten times on Fridays at 7:00; `once` a single time at 3:00."""
    told: list[tuple[str, datetime, str | None]] = [
        (f"c{who}", MONDAY - timedelta(weeks=week) + timedelta(days=1, hours=19), None)
        for who in range(100)
        for week in range(3)
    ]
    told += [("early", MONDAY - timedelta(weeks=week) + timedelta(days=4, hours=7), None) for week in range(1, 11)]
    told += [("once", MONDAY + timedelta(hours=3), None)]
    told += [("robot", MONDAY + timedelta(hours=4), "scanner")] * 20
    clicks(till, told)


def test_own_habits_win_where_there_are_enough_of_them(till: Till) -> None:
    evenings_and_mornings(till)
    till.sell([Bought(who="shopper", days=1)])
    found = rows_of(till, Moments())
    till.warehouse.close()

    assert found[HOUR, "c0"][0] == 19
    assert found[WEEKDAY, "c0"] == (1.0, "tuesday")
    assert found[HOUR, "early"][0] == 7
    assert found[WEEKDAY, "early"][1] == "friday"
    assert found[HOUR, "shopper"][0] in {12, 19}
    assert (HOUR, "robot") not in found


def test_hours_are_those_of_the_brands_zone(till: Till) -> None:
    evenings_and_mornings(till)
    found = rows_of(till, Moments(), zone="Asia/Tokyo")
    till.warehouse.close()

    assert found[HOUR, "c0"][0] == 4
    assert found[WEEKDAY, "c0"][1] == "wednesday"


def test_few_acts_of_all_say_no_hour(till: Till) -> None:
    clicks(till, [("ann", MONDAY, None)])
    found = rows_of(till, Moments())
    till.warehouse.close()

    assert found == {}


def test_the_best_channel_is_where_a_person_clicks_more_than_others_do(till: Till) -> None:
    sent = MONDAY - timedelta(days=3)
    clicks(till, [(f"c{who}", sent, None if who % 4 == 0 else "scanner") for who in range(200)], "email")
    clicks(till, [(f"c{who}", sent, None if who % 20 == 0 else "scanner") for who in range(200)], "sms", start=500)
    clicks(till, [("texter", sent + timedelta(hours=hour), None) for hour in range(6)], "sms", start=1_000)
    clicks(till, [("texter", sent + timedelta(hours=hour), "scanner") for hour in range(6)], "email", start=2_000)
    found = rows_of(till, Moments())
    till.warehouse.close()

    assert found[CHANNEL, "c1"][1] == "email"  # clicked nowhere, but all others click there more
    assert found[CHANNEL, "texter"][1] == "sms"
    assert found[CHANNEL, "texter"][0] > 0.5  # type: ignore[operator]


def test_reasons_say_from_how_many_acts_an_hour_is(till: Till) -> None:
    evenings_and_mornings(till)
    as_of = datetime.combine(TODAY, time(), UTC)
    with till.warehouse.cursor() as cursor:
        scored = Moments().run(cursor, till.asked(cursor))
        own = [row for row in scored.rows.to_pylist() if row["profile_id"] == "p-early"]
        asked = prepare(cursor, Asked(brand="main", as_of=as_of), profile_id="p-early")
        standing = Standing(
            profile_id="p-early", values={row["score"]: row["value"] for row in own},
            labels={row["score"]: row["label"] for row in own}, top_shares={}, report=scored.report,
        )  # fmt: skip
        said = [reason.words for reason in Moments().explain(cursor, asked, standing)]
    till.warehouse.close()

    assert said[0]["en"].startswith("Best hour: 7:00 to 8:00, from 10 clicks and orders, 10 of them then;")
    assert said[0]["fr"].startswith("Meilleure heure\u202f: de 7 h à 8 h, d’après 10 clics et commandes")
    assert said[1] == {"en": "Best day: Friday.", "fr": "Meilleur jour\u202f: vendredi."}
    assert said[2]["en"] == "email: clicked in 10 of 10 messages (100%)."


def test_engagement_counts_days_and_forgets_by_halves(till: Till) -> None:
    visits(till, [("often", day) for day in range(1, 61)] + [("often", 1)] * 5 + [("once", 1), ("month", 31)])
    clicks(till, [("clicker", datetime.combine(TODAY, time(9)) - timedelta(days=1), None)])
    clicks(till, [("robot", datetime.combine(TODAY, time(9)) - timedelta(days=1), "scanner")], start=50)
    till.sell([Bought(who="buyer", days=1), Bought(who="gone", days=360)])
    found = {who: value for (_, who), value in rows_of(till, Engagement()).items()}
    till.warehouse.close()

    def points(value: float | None) -> float:
        assert value is not None
        return 4.0 * value / (100.0 - value)

    one = points(found["once"][0])
    assert one == pytest.approx(0.5 ** (1 / 30), rel=0.01)
    assert points(found["month"][0]) == pytest.approx(one / 2, rel=0.01)
    assert points(found["clicker"][0]) == pytest.approx(2 * one, rel=0.01)
    assert points(found["buyer"][0]) == pytest.approx(5 * one, rel=0.01)
    assert points(found["often"][0]) == pytest.approx(sum(0.5 ** (day / 30) for day in range(1, 61)), rel=0.01)
    assert "robot" not in found
    assert found["often"][1] == "keen"
    assert found["gone"][1] == "silent"
