from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir.scores.rfm import score as score_arrays
from tests.scored import NOW, Bought, Till


def shop(count: int = 100, cost: int | None = None) -> list[Bought]:
    return [Bought(who=f"c{n:03}", days=30, amount=1_000 * (n + 1), cost=cost) for n in range(count)]


def gold(till: Till) -> set[str]:
    return {who for who, (_, label) in till.scores("gold").items() if label == "gold"}


def test_the_tenth_that_is_worth_most_is_gold_and_their_share_of_revenue_is_said(till: Till) -> None:
    till.sell(shop())

    (ran,) = till.night("gold")

    assert gold(till) == {f"c{n:03}" for n in range(90, 100)}
    assert ran.report["measure"] == "revenue"
    assert ran.report["gold_count"] == 10
    assert ran.report["gold_revenue_minor"] == sum(range(91, 101)) * 1_000
    assert ran.report["gold_revenue_share"] == sum(range(91, 101)) / sum(range(1, 101))


def test_who_slips_a_little_stays_gold_and_who_falls_far_does_not(till: Till) -> None:
    till.sell(shop())
    till.night("gold")
    till.sell(
        [Bought(who=who, days=0, amount=200_000) for who in ("c000", "c001")]
    )  # two newcomers: c090, c091 are 12th

    (ran,) = till.night("gold", now=NOW + timedelta(days=1))

    assert gold(till) == {f"c{n:03}" for n in range(90, 100)} | {"c000", "c001"}
    assert ran.change_count == 2

    till.sell([Bought(who="c002", days=-1, amount=200_000)])  # a third one: c090 is 13th of 100
    till.night("gold", now=NOW + timedelta(days=2))

    assert "c090" not in gold(till)
    assert "c091" in gold(till)


def test_nobody_comes_and_goes_when_two_take_turns_at_the_line(till: Till) -> None:
    till.sell(shop())
    till.night("gold")
    changes = 0
    for night in range(1, 7):
        who = "c090" if night % 2 else "c089"
        till.sell([Bought(who=who, days=1 - night, amount=2_000)])
        (ran,) = till.night("gold", now=NOW + timedelta(days=night))
        changes += ran.change_count

    assert changes <= 1


def test_costs_that_are_known_make_margins_and_those_that_are_not_are_taken_in_proportion(till: Till) -> None:
    till.sell(
        [Bought(who=f"c{n:03}", days=30, amount=10_000, cost=9_000 - n) for n in range(99)]
        + [Bought(who="dear", days=30, amount=10_000, cost=100), Bought(who="unsaid", days=30, amount=50_000)]
    )

    (ran,) = till.night("gold")

    assert ran.report["measure"] == "margin"
    values = till.scores("gold")
    assert values["dear"] == (99.0, "gold")
    assert values["c000"][0] == 10.0
    cost, brought = sum(9_000 - n for n in range(99)) + 100, 100 * 10_000
    assert values["unsaid"][0] == (50_000 - 50_000 * cost // brought) / 100


def test_where_costs_are_mostly_unknown_all_are_compared_by_revenue(till: Till) -> None:
    till.sell(shop(80) + [Bought(who=f"k{n}", days=30, amount=1_000, cost=10) for n in range(20)])

    (ran,) = till.night("gold")

    assert ran.report["measure"] == "revenue"


def test_equals_are_treated_alike_so_no_more_than_a_tenth_is_gold(till: Till) -> None:
    till.sell([Bought(who=f"c{n:03}", days=30, amount=5_000) for n in range(100)])

    till.night("gold")

    assert gold(till) == set()


def test_what_was_given_back_and_what_is_older_than_a_year_count_nothing(till: Till) -> None:
    till.sell([*shop(), Bought(who="sent-back", days=20, amount=900_000, back=900_000)])
    till.sell([Bought(who="long-ago", days=366, amount=900_000)])

    till.night("gold")

    assert "sent-back" not in till.scores("gold")
    assert till.scores("gold")["long-ago"] == (None, "other")


def test_the_line_can_be_set(till: Till) -> None:
    till.sell(shop())

    till.night("gold", gold_share=0.25, gold_leave_share=0.3)

    assert len(gold(till)) == 25


orders = st.lists(
    st.tuples(st.integers(0, 39), st.integers(1, 700), st.integers(1, 500)), min_size=60, max_size=160
).filter(lambda rows: len({who for who, _, _ in rows}) >= 25)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(orders)
def test_quintiles_by_set_are_those_of_the_arrays_and_part_the_people(
    tmp_path_factory: object, rows: list[tuple[int, int, int]]
) -> None:
    import numpy as np

    from comptoir.scores.history import Purchases
    from tests.scored import TODAY

    till = Till.open(tmp_path_factory.mktemp("law"))  # type: ignore[attr-defined]
    till.sell([Bought(who=f"c{who:02}", days=days, amount=100 * amount) for who, days, amount in rows])
    till.night("rfm")
    found = {who: (value, label) for who, (value, label) in till.scores("rfm").items()}
    till.warehouse.close()

    today = (TODAY - TODAY.fromordinal(719_163)).days
    told = Purchases(
        customer=np.array([who for who, _, _ in rows]),
        day=np.array([today - days for _, days, _ in rows]),
        amount=np.array([amount * 1_000_000 for _, _, amount in rows]),
    )
    scores = score_arrays(told, at=today)
    assert scores.m is not None
    expected = {
        f"c{who:02}": (float(100 * r + 10 * f + m), cell.value)
        for who, r, f, m, cell in zip(
            scores.customer.tolist(),
            scores.r.tolist(),
            scores.f.tolist(),
            scores.m.tolist(),
            scores.cells(),
            strict=True,
        )
    }
    assert found == expected
