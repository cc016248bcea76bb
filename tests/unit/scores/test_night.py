from __future__ import annotations

from datetime import timedelta

import pytest

from comptoir.scores.night import Nights, ScoresAreRunning
from tests.scored import NOW, Bought, Till


def crowd(count: int = 30) -> list[Bought]:
    return [Bought(who=f"c{n:02}", days=1 + n * 7, amount=1_000 * (n + 1)) for n in range(count)]


def test_a_night_scores_everybody_who_bought(till: Till) -> None:
    till.sell(crowd())

    (ran,) = till.night("rfm")

    assert (ran.state, ran.people_count, ran.change_count) == ("done", 30, 0)
    assert till.scores("rfm")["c00"] == (511, "new")
    assert till.scores("rfm")["c29"] == (115, "at_risk")
    assert len(till.scores("rfm")) == 30


def test_too_few_buyers_are_told_and_not_scored(till: Till) -> None:
    till.sell(crowd(3))

    (ran,) = till.night("rfm")

    assert ran.state == "not_enough"
    assert ran.report == {"needs": {"en": "25 buyers", "fr": "25 acheteurs"}, "found": 3}
    assert till.scores("rfm") == {}


def test_a_night_that_was_done_is_not_done_again(till: Till) -> None:
    till.sell(crowd())

    assert [one.plugin for one in till.night() if one.plugin == "rfm"] == ["rfm"]
    assert till.night() == []


def test_the_second_night_writes_what_changed_and_the_same_night_again_nothing(till: Till) -> None:
    till.sell(crowd())
    till.night("rfm")
    till.sell([Bought(who="c29", days=0, amount=90_000)])

    (ran,) = till.night("rfm", now=NOW + timedelta(days=1))
    (again,) = till.night("rfm", now=NOW + timedelta(days=1))

    assert ran.change_count > 0
    assert again.change_count == 0
    changed = till.raw("SELECT profile_id, from_label, to_label FROM fact.score_changes WHERE profile_id = 'p-c29'")
    assert changed == [("p-c29", "at_risk", "champions")]


def test_of_two_people_who_are_joined_one_row_stands(till: Till) -> None:
    till.sell(crowd())
    till.night("rfm")

    till.join("c05", "c00")

    assert len(till.scores("rfm")) == 29
    till.night("rfm", now=NOW + timedelta(days=1))
    assert len(till.scores("rfm")) == 29
    assert till.raw("SELECT count(*) FROM fact.scores WHERE score = 'rfm'") == [(29,)]


def test_a_run_as_of_an_earlier_day_is_shown_and_not_kept(till: Till) -> None:
    till.sell(crowd())
    till.night("rfm")
    before = till.scores("rfm")

    (ran,) = till.night("rfm", as_of=NOW - timedelta(days=20))

    assert not ran.is_kept
    assert ran.people_count == 27
    assert till.scores("rfm") == before


def test_two_runs_do_not_overlap(till: Till) -> None:
    nights = Nights(warehouse=till.warehouse)

    work = nights.beginning({"main": "UTC"}, NOW)
    with pytest.raises(ScoresAreRunning):
        nights.run({"main": "UTC"}, NOW)

    work()
    assert nights.progress is None
    assert nights.run({"main": "UTC"}, NOW) == []
