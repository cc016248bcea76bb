from __future__ import annotations

from datetime import date, timedelta

import pytest

from comptoir.scores.lifecycle import months_ago, own_rhythm
from tests.scored import NOW, TODAY, Bought, Looked, Till

RHYTHM = 30


def regulars(count: int = 15) -> list[Bought]:
    """Give people who buy every thirty days: the shop's rhythm."""
    return [Bought(who=f"r{n:02}", days=5 + RHYTHM * place) for n in range(count) for place in range(5)]


def stage_of(till: Till, who: str) -> tuple[str, date]:
    ((label, since),) = till.raw("SELECT label, since FROM main.scores WHERE score = 'life_cycle' AND profile_id = ?",
                                 [f"p-{who}"])  # fmt: skip
    return label, since


@pytest.mark.parametrize(
    ("days", "stage", "since"),
    [
        ((3,), "first_order", 3),
        ((40, 10), "second_order", 10),
        ((70, 40, 10), "regular", 10),
        ((100,), "slipping", 40),
        ((200,), "inactive_6", 17),
        ((400,), "inactive_12", 35),
        ((800,), "lost", 70),
        ((800, 4), "second_order", 4),
    ],
)
def test_everybody_is_at_the_stage_their_purchases_say_since_the_day_it_began(
    till: Till, days: tuple[int, ...], stage: str, since: int
) -> None:
    till.sell(regulars())
    till.sell([Bought(who="she", days=one) for one in days])

    till.night("life_cycle")

    assert stage_of(till, "she") == (stage, TODAY - timedelta(days=since))


def test_who_buys_seldom_is_not_slipping_when_a_frequent_buyer_would_be(till: Till) -> None:
    till.sell(regulars())
    till.sell([Bought(who="often", days=80 + 10 * place) for place in range(20)])
    till.sell([Bought(who="seldom", days=80 + 120 * place) for place in range(5)])

    till.night("life_cycle")

    assert stage_of(till, "often")[0] == "slipping"
    assert stage_of(till, "seldom")[0] == "regular"


def test_whom_we_can_name_and_who_has_not_bought_is_a_prospect_since_the_first_visit(till: Till) -> None:
    till.sell(regulars())
    till.look([Looked(who="visitor", category="Shoes", days=12)])
    till.know(["browser"], kind="anonymous")
    till.look([Looked(who="browser", category="Shoes", days=12)])

    till.night("life_cycle")

    assert stage_of(till, "visitor") == ("prospect", TODAY - timedelta(days=12))
    assert "browser" not in till.scores("life_cycle")


def test_a_purchase_brings_back_who_was_lost_and_scenarios_are_told_once(till: Till) -> None:
    till.sell(regulars())
    till.sell([Bought(who="she", days=800)])
    till.night("life_cycle")
    till.sell([Bought(who="she", days=0)])

    till.night("life_cycle", now=NOW + timedelta(days=1))
    till.night("life_cycle", now=NOW + timedelta(days=1, hours=2))

    told = till.raw("SELECT from_label, to_label FROM fact.score_changes WHERE profile_id = 'p-she' AND is_told")
    assert told == [("lost", "second_order")]


def test_time_alone_moves_people_and_the_day_is_the_one_that_was_due(till: Till) -> None:
    till.sell(regulars())
    till.night("life_cycle")
    assert stage_of(till, "r00")[0] == "regular"

    till.night("life_cycle", now=NOW + timedelta(days=60))

    assert stage_of(till, "r00") == ("slipping", TODAY + timedelta(days=55))


def test_the_matrix_of_a_month_counts_everybody_who_stood_on_both_days(till: Till) -> None:
    till.sell(regulars(30))
    till.sell([Bought(who="gone", days=250)])

    (ran,) = till.night("life_cycle")

    months = ran.report["months"]
    assert {one["month"] for one in months} <= {months_ago(TODAY, n).isoformat()[:7] for n in range(14)}
    gone = [(one["from"], one["to"]) for one in months if one["to"] in {"slipping", "inactive_6"}]
    assert ("first_order", "slipping") in gone
    assert ("slipping", "inactive_6") in gone
    last = [one for one in months if one["month"] == months_ago(TODAY, 1).isoformat()[:7]]
    assert sum(one["people_count"] for one in last) == 31


def test_a_shop_without_second_purchases_has_no_rhythm(till: Till) -> None:
    till.sell([Bought(who=f"c{n}", days=10) for n in range(60)])

    (ran,) = till.night("life_cycle")

    assert ran.state == "not_enough"
    assert ran.report["found"] == 0


def test_a_rhythm_is_drawn_to_the_shops() -> None:
    assert own_rhythm(30, 0, 1) == 30
    assert own_rhythm(30, 100, 2) == 53
    assert own_rhythm(30, 1_000, 11) == 88


def test_months_go_back_over_years() -> None:
    assert months_ago(date(2026, 2, 15), 3) == date(2025, 11, 1)
