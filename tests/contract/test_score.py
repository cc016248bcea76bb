"""What every score promises: those that ship with Comptoir, and those of others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from comptoir.scores import plugin as plugins
from comptoir.scores.night import check, prepare
from comptoir.scores.plugin import Asked, Given, History, Standing
from tests.scored import NOW, TODAY, Bought, Till

NAMES = [one.name for one in plugins.every()]
LANGUAGES = {"en", "fr"}


def crowd(seed: int = 7, people: int = 400) -> list[Bought]:
    """A shop of two years: most bought once, some often."""
    draw = random.Random(seed)
    found = []
    for who in range(people):
        rate = draw.gammavariate(0.6, 1 / 90)
        day = float(draw.randint(30, 720))
        # they leave one day: where nobody does, a model of leaving looks long for when
        gone = max(day - draw.expovariate(1 / draw.gammavariate(2, 125)), 0)
        while day > gone:
            amount = draw.randint(1_000, 20_000)
            cost, back = draw.choice([None, amount // 2]), draw.choice([0, 0, 0, 0, amount // 2, amount])
            found.append(Bought(who=f"c{who:03}", days=int(day) + 1, amount=amount, cost=cost, back=back))
            day -= draw.expovariate(rate) + 1
    return found


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    made = Till.open(tmp_path_factory.mktemp("till"))
    made.sell(crowd())
    made.know(["nobody-bought"])
    yield made
    made.warehouse.close()


def test_what_ships_with_us_is_found_by_its_entry_point() -> None:
    assert {"rfm"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_its_name_and_says_in_both_languages_what_it_is_and_how_it_is_counted(name: str) -> None:
    score = plugins.named(name)

    assert score.name == name
    assert score.about.source
    for texts in (score.about.title, score.about.says, score.about.formula, *(one.words for one in score.gives)):
        assert texts.keys() == LANGUAGES
        assert all(texts.values())
    for given in score.gives:
        assert all(words.keys() == LANGUAGES and all(words.values()) for words in given.labels.values())


def test_no_two_scores_have_one_name() -> None:
    given = [one.name for name in NAMES for one in plugins.named(name).gives]

    assert len(given) == len(set(given))


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_is_missing_where_there_is_nothing(name: str) -> None:
    need = plugins.named(name).gate(History())

    assert need is not None
    assert need.needs.keys() == LANGUAGES
    assert need.found == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_run_gives_one_row_a_score_and_person_of_the_labels_it_names(name: str, till: Till) -> None:
    score = plugins.named(name)
    with till.warehouse.cursor() as cursor:
        asked = till.asked(cursor)
        if score.gate(asked.history) is not None:
            pytest.skip("this crowd is too small for it")
        scored = score.run(cursor, asked)

    check(score, scored)
    named: dict[str, Given] = {one.name: one for one in score.gives}
    for row in scored.rows.to_pylist():
        labels = named[row["score"]].labels
        assert not labels or row["label"] in labels
        assert row["since"] is None or row["since"] <= TODAY
        assert row["value"] is None or row["value"] == row["value"]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_facts_in_another_order_give_the_same_scores(name: str, till: Till, tmp_path: Path) -> None:
    score = plugins.named(name)
    told = crowd()
    random.Random(1).shuffle(told)
    other = Till.open(tmp_path)
    other.know([f"c{who:03}" for who in range(400)])
    other.sell(told)
    answers = []
    for one in (till, other):
        with one.warehouse.cursor() as cursor:
            asked = one.asked(cursor)
            if score.gate(asked.history) is not None:
                pytest.skip("this crowd is too small for it")
            rows = score.run(cursor, asked).rows.to_pylist()
        answers.append(sorted(rows, key=lambda row: (row["score"], row["profile_id"])))
    other.warehouse.close()

    assert answers[0] == answers[1]


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_later_changes_nothing_as_of_before(name: str, till: Till) -> None:
    score, early = plugins.named(name), TODAY - timedelta(days=60)
    with till.warehouse.cursor() as cursor:
        asked = till.asked(cursor, on=early)
        if score.gate(asked.history) is not None:
            pytest.skip("this crowd is too small for it")
        assert asked.history.last_on is not None
        assert asked.history.last_on < early
        rows = score.run(cursor, asked).rows.to_pylist()

    assert all(row["since"] is None or row["since"] <= early for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_it_explains_what_it_gave_in_both_languages(name: str, till: Till) -> None:
    score = plugins.named(name)
    with till.warehouse.cursor() as cursor:
        asked = till.asked(cursor)
        if score.gate(asked.history) is not None:
            pytest.skip("this crowd is too small for it")
        scored = score.run(cursor, asked)
        rows = scored.rows.to_pylist()
        if not rows:
            return
        own = [row for row in rows if row["profile_id"] == rows[0]["profile_id"]]
        one = prepare(
            cursor, Asked(brand="main", as_of=asked.as_of, settings=asked.settings), profile_id=own[0]["profile_id"]
        )
        standing = Standing(
            profile_id=own[0]["profile_id"],
            values={row["score"]: row["value"] for row in own},
            labels={row["score"]: row["label"] for row in own},
            top_shares={row["score"]: 0.25 for row in own},
            report=scored.report,
            artifact=scored.artifact,
        )
        reasons = score.explain(cursor, one, standing)

    assert reasons
    for reason in reasons:
        assert reason.words.keys() == LANGUAGES
        assert all(words.endswith(".") for words in reason.words.values()), reason


@pytest.mark.parametrize("name", NAMES)
def test_the_same_night_twice_changes_nothing(name: str, tmp_path: Path) -> None:
    till = Till.open(tmp_path)
    till.sell(crowd())
    (first,) = till.night(name)
    before = till.raw("SELECT * FROM main.scores ORDER BY ALL")

    (again,) = till.night(name, now=NOW + timedelta(hours=2))

    assert first.state == again.state
    assert first.state in {"done", "not_enough"}
    assert again.change_count == 0
    assert till.raw("SELECT * FROM main.scores ORDER BY ALL") == before
    till.warehouse.close()
