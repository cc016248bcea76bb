"""Who will order: on an invented shop in which it is known who keeps a rhythm and who has left."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from comptoir.scores import foretell, snapshots, trees
from comptoir.scores.base import NotEnoughHistory
from comptoir.scores.night import prepare
from comptoir.scores.plugin import Asked, History, Scored, Standing
from comptoir.scores.propensity import Churn, Propensity
from comptoir.scores.snapshots import FEATURES
from tests.scored import NOW, TODAY, Bought, Till

pytestmark = pytest.mark.skipif(not trees.is_there(), reason="lightgbm or the system's libgomp is not installed")
PEOPLE = 1_600
DAYS = 480


def rhythm(who: int) -> int | None:
    """Every fourth keeps a rhythm of 20 to 59 days; the others buy three times, and are gone."""
    return 20 + who % 40 if who % 4 == 0 else None


def shop() -> list[Bought]:
    draw = random.Random(11)
    told = []
    for who in range(PEOPLE):
        day = DAYS - draw.randint(0, DAYS - 30)
        every, left = rhythm(who), 3
        while day > 0 and left:
            told.append(Bought(who=f"c{who:04}", days=day, amount=draw.randint(1_000, 9_000)))
            day -= draw.randint(every - 4, every + 4) if every else draw.randint(3, 25)
            left -= 0 if every else 1
    return told


def visits(till: Till, rows: list[tuple[str, int]]) -> None:
    """Write visits: who, and how many days before TODAY."""
    till.know([who for who, _ in rows])
    table = [
        {
            "session_id": f"s{place}", "brand": "main", "browser_node": till.nodes[who], "node_id": till.nodes[who],
            "started_at": at, "ended_at": at, "message_id": f"v{place}", "event_count": 1, "page_count": 1,
            "product_view_count": 0, "entry_at": at, "entry_by": f"v{place}",
        }
        for place, (who, days) in enumerate(rows)
        for at in [datetime.combine(TODAY - timedelta(days=days), time(9))]
    ]  # fmt: skip
    insert(till, "sessions", table)


def clicks(till: Till, rows: list[tuple[str, datetime, str | None]], channel: str = "email", start: int = 0) -> None:
    """Write messages that were sent and clicked: who, when, and why it was a robot."""
    till.know([who for who, _, _ in rows])
    sent, clicked = [], []
    for place, (who, at, robot) in enumerate(rows, start):
        common = {"tick_id": 1, "message_id": f"m{channel}{place}", "node_id": till.nodes[who]}
        sent.append(common | {"report_id": f"s{place}", "message_hash": place, "outcome": "sent", "brand": "main",
                              "channel": channel, "occurred_at": at - timedelta(hours=1)})  # fmt: skip
        clicked.append(common | {"report_id": f"c{place}", "message_hash": place, "kind": "clicked",
                                 "robot_reason": robot, "occurred_at": at})  # fmt: skip
    insert(till, "message_records", sent)
    insert(till, "delivery_records", clicked)


def insert(till: Till, name: str, rows: list[dict[str, Any]]) -> None:
    with till.warehouse.transaction() as cursor:
        cursor.register("told", pa.Table.from_pylist(rows))
        cursor.execute(f"INSERT INTO fact.{name} BY NAME SELECT * FROM told")  # a name of ours
        cursor.unregister("told")


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    made = Till.open(tmp_path_factory.mktemp("shop"))
    made.sell(shop())
    yield made
    made.warehouse.close()


def run(till: Till, **asked: Any) -> Scored:
    with till.warehouse.cursor() as cursor:
        return Propensity().run(cursor, till.asked(cursor, **asked))


@pytest.fixture(scope="module")
def scored(till: Till) -> Scored:
    return run(till)


def test_who_keeps_a_rhythm_is_told_from_who_has_left(scored: Scored) -> None:
    chance = {row["profile_id"]: row["value"] for row in scored.rows.to_pylist()}
    keep = [chance[f"p-c{who:04}"] for who in range(PEOPLE) if rhythm(who) and f"p-c{who:04}" in chance]
    gone = [chance[f"p-c{who:04}"] for who in range(PEOPLE) if not rhythm(who) and f"p-c{who:04}" in chance]

    assert np.mean(keep) > 0.8
    assert np.mean(gone) < 0.15
    assert all(0 < one < 1 for one in chance.values())


def test_on_a_stretch_it_has_not_seen_it_beats_recency_alone_and_means_what_it_says(scored: Scored) -> None:
    report = scored.report
    tested, plain = report["tested"], report["recency_alone"]

    assert report["chosen"] == "trees"
    assert tested["auc"] > plain["auc"] + 0.03
    assert tested["brier"] < plain["brier"]
    assert tested["lift_top_tenth"] > 2
    for band in tested["calibration"]:
        assert abs(band["said"] - band["came"]) < 4 * np.sqrt(0.25 / band["people"])
    assert sum(one["share"] for one in report["features"]) == pytest.approx(1.0, abs=1e-2)


def test_its_stretches_follow_each_other_and_the_test_is_the_last_one_that_is_over(scored: Scored) -> None:
    times = scored.report["times"]

    assert times[0]["to"] == TODAY.isoformat()
    assert all(late["from"] == early["to"] for late, early in pairwise(times))
    assert len(times) >= foretell.FEWEST_TIMES


def test_the_same_shop_gives_the_same_model_to_the_byte(till: Till, scored: Scored) -> None:
    again = run(till)

    assert again.artifact == scored.artifact
    assert again.rows.equals(scored.rows)


def test_after_a_run_the_cursor_holds_the_purchases_it_held(till: Till) -> None:
    with till.warehouse.cursor() as cursor:
        asked = till.asked(cursor)
        before = cursor.execute("SELECT * FROM score_purchases ORDER BY ALL").fetchall()
        Propensity().run(cursor, asked)

        assert cursor.execute("SELECT * FROM score_purchases ORDER BY ALL").fetchall() == before


def test_what_is_known_of_people_at_an_instant_is_the_same_whatever_came_after(tmp_path: Path) -> None:
    """No number looks into the future: told of the future, or not, they are equal."""
    early = 60
    both = []
    for knows_future in (False, True):
        folder = tmp_path / str(knows_future)
        folder.mkdir()
        till = Till.open(folder)
        people = [f"c{who:02}" for who in range(40)]
        till.know(people)
        draw = random.Random(3)
        orders = [Bought(who=draw.choice(people), days=draw.randint(1, 400), back=draw.choice([0, 5_000, 900]))
                  for _ in range(300)]  # fmt: skip
        seen = [(draw.choice(people), draw.randint(1, 300)) for _ in range(400)]
        said = [(draw.choice(people), NOW.replace(tzinfo=None) - timedelta(days=draw.randint(1, 120)), None)
                for _ in range(200)]  # fmt: skip
        cut = NOW.replace(tzinfo=None) - timedelta(days=early)
        till.sell([one for one in orders if knows_future or one.days >= early + 1])
        visits(till, [one for one in seen if knows_future or one[1] > early])
        clicks(till, [one for one in said if knows_future or one[1] < cut.replace(hour=0)])
        with till.warehouse.cursor() as cursor:
            asked = till.asked(cursor, on=TODAY - timedelta(days=early))
            if not knows_future:  # an order of before may have been given back since: that is the future too
                assert cursor.execute(
                    "DELETE FROM fact.revenue_ledger WHERE occurred_at >= ?", [asked.before]
                ).fetchall()
                asked = till.asked(cursor, on=TODAY - timedelta(days=early))
            both.append(snapshots.now(cursor, asked))
        till.warehouse.close()

    without, with_it = both
    assert without.people == with_it.people
    assert len(without.people) > 20
    np.testing.assert_array_equal(without.features, with_it.features)


def test_clicks_of_robots_are_no_clicks(tmp_path: Path) -> None:
    till = Till.open(tmp_path)
    till.sell([Bought(who="ann", days=40), Bought(who="bob", days=40)])
    lately = datetime(2026, 11, 10, 8)
    clicks(till, [("ann", lately, "scanner"), ("ann", lately, "scanner"), ("bob", lately, None)])

    with till.warehouse.cursor() as cursor:
        found = snapshots.now(cursor, till.asked(cursor))
    till.warehouse.close()

    assert dict(zip(found.people, found.features[:, FEATURES.index("clicks_90")].tolist(), strict=True)) == {
        "p-ann": 0.0, "p-bob": 1.0,
    }  # fmt: skip


def test_reasons_say_what_raises_and_what_lowers_the_probability_of_one_person(till: Till, scored: Scored) -> None:
    likeliest = max(scored.rows.to_pylist(), key=lambda row: row["value"])
    with till.warehouse.cursor() as cursor:
        as_of = datetime.combine(TODAY, time(), UTC)
        asked = prepare(cursor, Asked(brand="main", as_of=as_of), profile_id=likeliest["profile_id"])
        standing = Standing(
            profile_id=likeliest["profile_id"], values={"propensity": likeliest["value"]}, labels={}, top_shares={},
            report=scored.report, artifact=scored.artifact,
        )  # fmt: skip
        reasons = [reason.words for reason in Propensity().explain(cursor, asked, standing)]

    assert "in the next 60 days" in reasons[0]["en"]
    assert any("more likely" in words["en"] and "plus probable" in words["fr"] for words in reasons[1:])
    assert 2 <= len(reasons) <= 6


def test_what_trees_say_of_one_person_is_the_sum_of_its_parts(scored: Scored, till: Till) -> None:
    assert scored.artifact is not None
    model = foretell.unpacked(scored.artifact)
    assert model is not None
    assert model.trees is not None
    with till.warehouse.cursor() as cursor:
        found = snapshots.now(cursor, till.asked(cursor), parts=20)

    np.testing.assert_allclose(model.trees.parts(found.features).sum(axis=1), model.trees.said(found.features))


def test_a_model_of_other_features_is_not_read() -> None:
    assert foretell.unpacked(b'{"version": 1, "features": ["shoe size"], "trees": null, "curve": {}}') is None


@pytest.mark.parametrize(
    ("history", "found"),
    [
        (History(buyer_count=999, repeat_count=5_000), 999),
        (History(buyer_count=5_000, repeat_count=149), 149),
        (History(buyer_count=5_000, repeat_count=5_000, first_on=TODAY - timedelta(days=239), last_on=TODAY), 239),
    ],
)
def test_the_gate_says_what_is_missing(history: History, found: int) -> None:
    need = Propensity().gate(history)

    assert need is not None
    assert need.found == found


def test_a_stretch_in_which_nobody_ordered_is_said_to_be_too_little(tmp_path: Path) -> None:
    till = Till.open(tmp_path)
    till.sell([Bought(who=f"c{who % 1_000}", days=100 + 7 * who % 400) for who in range(1_500)])

    (ran,) = till.night("propensity")
    till.warehouse.close()

    assert ran.state == "not_enough"
    assert ran.report["found"] == 0
    assert "50 customers who ordered" in ran.report["needs"]["en"]


def test_where_recency_is_all_there_is_it_is_taken(tmp_path: Path) -> None:
    """People whose days say nothing more: trees learn chance, and the test says so."""
    draw = np.random.default_rng(2)
    size = 400
    times = []
    for turn in range(3):
        since = draw.uniform(0, 300, size)
        came = draw.uniform(size=size) < np.exp(-since / 60)
        features = np.column_stack([since, *(draw.normal(size=size) for _ in FEATURES[1:])])
        times.append(snapshots.Snapshot(at=NOW - timedelta(days=60 * (turn + 1)), people=[""] * size,
                                        features=features, came=came))  # fmt: skip

    learned = foretell.learn(times)

    assert learned.model.trees is None
    assert learned.weights == {}
    told = learned.model.chance(times[0].features)
    order = np.argsort(times[0].features[:, snapshots.RECENCY])
    assert np.all(np.diff(told[order]) <= 1e-12)


def test_a_time_without_both_kinds_is_refused() -> None:
    nobody = snapshots.Snapshot(at=NOW, people=[""] * 99, features=np.zeros((99, len(FEATURES))),
                                came=np.zeros(99, dtype=bool))  # fmt: skip

    with pytest.raises(NotEnoughHistory):
        foretell.learn([nobody, nobody, nobody])


@pytest.mark.slow
def test_leaving_is_asked_of_customers_of_the_last_year_only(tmp_path: Path) -> None:
    till = Till.open(tmp_path)
    draw = random.Random(4)
    told = []
    for who in range(2_000):
        day, every = 1_000 - draw.randint(0, 900), draw.choice([60, 90, 400])
        while day > 0 and draw.random() > 0.1:
            told.append(Bought(who=f"c{who}", days=day))
            day -= draw.randint(every // 2, every)
    till.sell(told)

    with till.warehouse.cursor() as cursor:
        asked = till.asked(cursor)
        assert Churn().gate(asked.history) is None
        scored = Churn().run(cursor, asked)
        late = cursor.execute(
            "SELECT profile_id FROM score_purchases GROUP BY profile_id HAVING max(day) < ?::DATE - 366", [TODAY]
        ).fetchall()
    till.warehouse.close()

    scores = {row["profile_id"]: row for row in scored.rows.to_pylist()}
    assert late
    assert not {who for (who,) in late} & scores.keys()
    assert {row["label"] for row in scores.values()} <= {"safe", "usual", "at_risk"}
