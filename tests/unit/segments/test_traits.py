"""Computed traits: what is made of what somebody did, in full and for some people alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.facts import days
from comptoir.model.identifier import node_of
from comptoir.model.scenario import Subject
from comptoir.scenarios import world
from comptoir.segments import parse, predicate, relations
from comptoir.segments.asked import Around
from comptoir.segments.base import Leaf
from comptoir.segments.follow import News
from comptoir.segments.shop import Shop as Shops
from comptoir.segments.traits import answers, keep
from comptoir.segments.traits.definition import BadTrait, Made, read, source_form
from comptoir.segments.traits.follow import WAIT, LiveTraits
from comptoir.segments.traits.keep import TRAITS
from comptoir.segments.traits.spread import MOST_BARS, scale_of
from comptoir.state.base import State
from tests.stores import migrated_state
from tests.unit.facts.told import START, Shop, open_shop, tell

NOW = (START + timedelta(days=40)).replace(tzinfo=UTC)
AROUND = Around(zones={"shop": "UTC"}, currencies={"shop": "EUR"})
WHO = {("account", "ann"): "pa", ("anonymous", "b1"): "pa", ("account", "bob"): "pb"}
VIEWS = "from: {did: {event: Product Viewed}}"


def made(text: str) -> Any:
    return read(f"version: 1\nkey: mine\nname: Mine\n{text}")


def shop_of(*told: Any) -> Shop:
    shop = open_shop()
    shop.tick(*told, profiles=WHO)
    return shop


def said(shop: Shop, text: str, around: Around = AROUND, now: datetime = NOW) -> dict[str, list[str]]:
    with shop.warehouse.transaction() as cursor:
        keep.refresh(cursor, {"mine": made(text)}, around, now)
    return dict(shop.ask("SELECT profile_id, said FROM fact.computed_traits ORDER BY 1"))


@pytest.fixture(scope="module")
def shop() -> Shop:
    return history()


def history() -> Shop:
    day = 24 * 60
    return shop_of(
        tell("v1", 1, "Product Viewed", browser="b1", category="Lamps", properties='{"price": 12.5, "color": "red"}'),
        tell("v2", 5 * day, "Product Viewed", account="ann", category="Chairs", properties='{"price": "7"}'),
        tell("v3", 6 * day, "Product Viewed", account="ann", category="Lamps", properties='{"color": "blue"}'),
        tell("v4", 30 * day, "Product Viewed", account="bob", category="Beds", properties='{"color": "blue"}'),
        tell("p1", 30 * day, "Home", account="bob"),
        tell("o1", 10 * day, "Order Completed", account="ann", order_id="o1", category="Lamps", trust="confirmed",
             products=(("p1", "2", "10"), ("p2", "1", "5.50"))),
        tell("o2", 20 * day, "Order Completed", account="ann", order_id="o2", category="Beds", trust="confirmed",
             products=(("p1", "1", "100"),)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"make: count\n{VIEWS}", {"pa": ["3"], "pb": ["1"]}),
        (f"make: sum\nvalue: price\n{VIEWS}", {"pa": ["19.5"]}),
        (f"make: average\nvalue: price\n{VIEWS}", {"pa": ["9.75"]}),
        (f"make: most_frequent\nvalue: category\n{VIEWS}", {"pa": ["Lamps"], "pb": ["Beds"]}),
        (f"make: first\n{VIEWS}", {"pa": ["2026-01-01"], "pb": ["2026-01-31"]}),
        (f"make: last\nvalue: category\n{VIEWS}", {"pa": ["Lamps"], "pb": ["Beds"]}),
        (f"make: last\nvalue: color\n{VIEWS}", {"pa": ["blue"], "pb": ["blue"]}),
        (f"make: list\nvalue: category\n{VIEWS}", {"pa": ["Lamps", "Chairs"], "pb": ["Beds"]}),
        (f"make: list\nmost: 1\nvalue: category\n{VIEWS}", {"pa": ["Lamps"], "pb": ["Beds"]}),
        (f"make: days_since\n{VIEWS}", {"pa": ["34"], "pb": ["10"]}),
        ("make: ratio\nfrom: {did: {event: Product Viewed}}\nover: {did: {event: [Product Viewed, Home]}}",
         {"pa": ["1"], "pb": ["0.5"]}),
        ("make: count\nfrom: {did: {event: Product Viewed, within: 20 days}}", {"pb": ["1"]}),
        ("make: count\nfrom: {did: {event: Product Viewed, where: {color: blue}}}", {"pa": ["1"], "pb": ["1"]}),
        ("make: count\nfrom: {did: {event: Product Viewed, category: Lamps}}", {"pa": ["2"]}),
        ("make: count\nfrom: {ordered: {}}", {"pa": ["2"]}),
        ("make: sum\nvalue: amount\nfrom: {ordered: {}}", {"pa": ["125.5"]}),
        ("make: average\nvalue: amount\nfrom: {ordered: {}}", {"pa": ["62.75"]}),
        ("make: sum\nvalue: quantity\nfrom: {ordered: {}}", {"pa": ["4"]}),
        ("make: average\nvalue: quantity\nfrom: {ordered: {}}", {"pa": ["2"]}),
        ("make: count\nfrom: {ordered: {category: Lamps}}", {"pa": ["1"]}),
        ("make: most_frequent\nvalue: product\nfrom: {ordered: {}}", {"pa": ["p1"]}),
        ("make: sum\nvalue: quantity\nfrom: {did: {event: Order Completed}}", {"pa": ["4"]}),
        ("make: sum\nvalue: amount\nfrom: {did: {event: Order Completed}}", {"pa": ["125.5"]}),
    ],
)  # fmt: skip
def test_each_kind_comes_to_what_one_counts_by_hand(shop: Shop, text: str, expected: Mapping[str, list[str]]) -> None:
    assert said(shop, text) == expected


def test_a_brand_that_is_named_is_the_only_one_that_counts() -> None:
    both = shop_of(tell("a", 1, "Home", account="ann"), tell("b", 1, "Home", account="ann", brand="other"))
    around = Around(zones={"shop": "UTC", "other": "UTC"}, currencies={"shop": "EUR", "other": "EUR"})

    assert said(both, "make: count\nfrom: {did: {event: Home}}", around) == {"pa": ["2"]}
    assert said(both, "make: count\nbrand: other\nfrom: {did: {event: Home}}", around) == {"pa": ["1"]}


def test_days_since_are_days_of_the_brands_calendar() -> None:
    late = shop_of(tell("a", 23 * 60 + 30, "Home", account="ann"))  # 00:30 of the second of January in Paris
    text = "make: days_since\nfrom: {did: {event: Home}}"

    with late.warehouse.transaction() as cursor:
        days.follow_zones(cursor, {"shop": "Europe/Paris"})
    around = Around(zones={"shop": "Europe/Paris"}, currencies={"shop": "EUR"})

    assert said(late, text, around, datetime(2026, 1, 2, 12, tzinfo=UTC)) == {"pa": ["0"]}


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        (f"make: average\nvalue: category\n{VIEWS}", "a number"),
        (f"make: most_frequent\n{VIEWS}", "value"),
        ("make: count\nfrom: {did: {event: Home, at_least: 2}}", "no limits"),
        ("make: count\nfrom: {trait: {name: city, is: Lyon}}", "did"),
        ("make: count\nfrom: [1]", "did"),
        ("make: ratio\nfrom: {did: {event: Home}}", "over"),
        ("make: guess\nfrom: {did: {event: Home}}", "one of"),
        (f"make: list\nmost: 500\nvalue: category\n{VIEWS}", "at most"),
        (f"make: count\nvalu: 1\n{VIEWS}", "did you mean `value`"),
        ("make: sum\nvalue: margin\nfrom: {ordered: {}}", "one of"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_write(text: str, mend: str) -> None:
    with pytest.raises(BadTrait) as refused:
        made(text)

    assert mend in str(refused.value)


def test_a_trait_says_itself_in_both_languages() -> None:
    one = made(f"make: most_frequent\nvalue: category\n{VIEWS}")

    assert one.words("en") == "category that comes most often where the person did “Product Viewed”"
    assert one.words("fr") == "catégorie qui revient le plus souvent quand la personne a fait « Product Viewed »"
    assert made(f"make: last\nvalue: color\n{VIEWS}").words("en").startswith("“color” of the last time")


def test_the_forms_conditions_say_which_rows_count_and_not_how_many_are_asked_for() -> None:
    names = {kind: {field.name for field in source_form(kind)} for kind in ("did", "ordered")}

    assert {"event", "within", "category", "where"} <= names["did"]
    assert {"within", "channel", "coupon"} <= names["ordered"]
    assert not {"at_least", "at_most", "exactly", "measure", "of", "first_time"} & (names["did"] | names["ordered"])


def answered(shop: Shop, **asked: Any) -> list[dict[str, Any]]:
    with shop.warehouse.cursor() as cursor:
        found: list[dict[str, Any]] = answers.answer(cursor, AROUND, asked, now=NOW).to_pylist()
    return found


def test_people_are_spread_over_numbers_months_and_texts_and_only_those_of_ones_brands_are_told() -> None:
    shop = history()
    texts = {"n": f"make: count\n{VIEWS}", "d": f"make: first\n{VIEWS}", "t": f"make: list\nvalue: category\n{VIEWS}"}
    with shop.warehouse.transaction() as cursor:
        for key, text in texts.items():
            keep.refresh(cursor, {key: made(text)}, AROUND, NOW)

    bars = [(row["trait"], row["low"], row["says"], row["people"])
            for row in answered(shop, do="spread", traits=["n", "d", "t"])]  # fmt: skip
    assert bars == [
        ("n", 1.0, None, 1), ("n", 3.0, None, 1), ("d", None, "2026-01", 2),
        ("t", None, "Beds", 1), ("t", None, "Chairs", 1), ("t", None, "Lamps", 1),
    ]  # fmt: skip
    assert {row["profile_id"]: row["said"] for row in answered(shop, do="people", trait="n")} == {
        "pa": ["3"], "pb": ["1"]}  # fmt: skip
    assert answered(shop, do="spread", traits=["n"], brands=["other"]) == []
    assert {row["people"] for row in answered(shop, do="sizes", brands=["other"])} == {0}
    assert answered(shop, do="people", trait="n", brands=["other"]) == []
    named = answered(shop, do="of_people", traits=["n", "t"], profile_ids=["pa"])
    assert [(row["trait"], row["said"]) for row in named] == [("n", ["3"]), ("t", ["Lamps", "Chairs"])]


def test_a_wide_number_is_told_in_stretches_that_everybody_is_in_and_one_giant_squeezes_nobody() -> None:
    shop = history()
    with shop.warehouse.transaction() as cursor:
        cursor.execute(
            "INSERT INTO fact.computed_traits SELECT 'w', 'p' || i, ['x'], CASE i WHEN 0 THEN 90000 ELSE i % 50 * 3 END"
            ", NULL, TIMESTAMP '2026-02-01' FROM range(500) AS t(i)"
        )
    rows = answered(shop, do="spread", traits=["w"])

    assert sum(row["people"] for row in rows) == 500
    assert [(row["low"], row["high"]) for row in rows][:2] == [(0.0, 20.0), (20.0, 40.0)]
    assert rows[-1]["high"] is None
    assert min(row["people"] for row in rows) > 10


@given(st.floats(-1e6, 1e9), st.floats(0, 1e9))
@settings(max_examples=50, deadline=None)
def test_stretches_begin_at_or_below_the_least_value_and_reach_the_high_one(least: float, more: float) -> None:
    scale = scale_of(least, least + more, is_whole=False)

    assert scale.start <= least + 1e-6
    assert scale.start + MOST_BARS * scale.step >= least + more - scale.step


@given(st.data())
@settings(max_examples=3, deadline=None, derandomize=True)
def test_asking_for_the_touched_gives_what_asking_for_all_gives(data: st.DataObject) -> None:
    texts = [f"make: {kind}\nvalue: category\n{VIEWS}" for kind in ("most_frequent", "list", "last")]
    texts += [f"make: {kind}\n{VIEWS}" for kind in ("count", "days_since", "first")]
    traits = {f"t{place}": made(text) for place, text in enumerate(texts)}
    shop = shop_of()
    for number in range(data.draw(st.integers(1, 6))):
        who = data.draw(st.sampled_from([("ann", "pa"), ("bob", "pb")]))
        category = data.draw(st.sampled_from(("Lamps", "Chairs", None)))
        minute = data.draw(st.integers(0, 30 * 1440))
        shop.tick(tell(f"m{number}", minute, "Product Viewed", account=who[0], category=category))
        with shop.warehouse.transaction() as cursor:
            keep.refresh(cursor, traits, AROUND, NOW, profiles=[who[1], "gone"])
    step = shop.ask("SELECT * FROM fact.computed_traits ORDER BY ALL")

    with shop.warehouse.transaction() as cursor:
        keep.refresh(cursor, traits, AROUND, NOW)

    assert shop.ask("SELECT * FROM fact.computed_traits ORDER BY ALL") == step
    shop.warehouse.close()


def test_what_is_computed_is_a_trait_of_messages_and_segments_too() -> None:
    shop = shop_of(tell("a", 1, "Product Viewed", account="ann", category="Lamps"))
    said(shop, f"make: most_frequent\nvalue: category\n{VIEWS}")
    rule = parse.condition_of({"trait": {"name": "mine", "is": "Lamps"}})
    assert isinstance(rule, Leaf)

    with shop.cursor() as cursor:
        node, needs = node_of("account", "ann"), frozenset({"person"})
        someone = Subject(subject_id=1, brand="shop", node_id=node, cart_key=None, needs=needs)
        person = world.over(cursor).facts_of([someone])[1].person
        found = predicate.members(rule.kind.asked(AROUND)).sql(dialect="duckdb")
        members = cursor.execute(found).fetchall()

    assert person is not None
    assert person.traits["mine"] == "Lamps"
    assert members == [("pa",)]


@dataclass
class Brand:
    """A brand as computed traits know it."""

    name: str = "shop"
    time_zone: str = "UTC"
    currency: str = "EUR"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = migrated_state(tmp_path / "state.db")
    with opened.write() as connection:
        TRAITS.publish_text(connection, f"version: 1\nkey: views\nname: V\nmake: count\n{VIEWS}", NOW)
    yield opened
    opened.close()


def test_ticks_note_whom_they_touch_and_a_minute_later_their_traits_are_up_to_date(state: State) -> None:
    shop, live = shop_of(), LiveTraits(state, Shops(brands=lambda: [Brand()]))

    def tick(number: int, at: datetime) -> News:
        told = [tell(f"m{number}", number, "Product Viewed", account="ann")]
        shop.tick(*told)
        nodes = frozenset({node_of("account", "ann")})
        news = News(tick_id=number, now=at, nodes=nodes, heard=frozenset({"events"}))
        with shop.warehouse.transaction() as cursor:
            return live.follow(cursor, news)

    first = tick(1, NOW)
    asked = shop.ask("SELECT said FROM fact.computed_traits")
    with shop.cursor() as cursor:
        due = [live.is_due(cursor, NOW + timedelta(seconds=seconds)) for seconds in (30, 60)]
    second = tick(2, NOW + WAIT)

    assert (first.people, asked, due) == (frozenset(), [], [False, True])
    assert second.people == {"pa"}
    assert relations.COMPUTED in second.heard
    assert shop.ask("SELECT said FROM fact.computed_traits") == [(["2"],)]


def test_a_trait_is_computed_for_everybody_once_a_day_and_when_its_text_is_another(state: State) -> None:
    shop = shop_of(tell("a", 1, "Product Viewed", account="ann"))
    live = LiveTraits(state, Shops(brands=lambda: [Brand()]))

    def night(at: datetime) -> list[str]:
        with shop.warehouse.transaction() as cursor:
            due = list(live.to_compute(cursor, at))
            for key in due:
                live.compute(cursor, key, at)
            live.forget_others(cursor)
        return due

    assert [night(NOW), night(NOW), night(NOW + timedelta(days=1))] == [["views"], [], ["views"]]
    with state.write() as connection:
        TRAITS.publish_text(connection, f"version: 1\nkey: views\nname: W\nmake: first\n{VIEWS}", NOW)
    assert night(NOW + timedelta(days=1)) == ["views"]
    assert shop.ask("SELECT said FROM fact.computed_traits") == [(["2026-01-01"],)]
    with state.write() as connection:
        TRAITS.delete(connection, "views")
    assert night(NOW + timedelta(days=1)) == []
    assert shop.ask("SELECT count(*) FROM fact.computed_traits") == [(0,)]


NASTY = "x'; DROP TABLE fact.events; --"


@pytest.mark.parametrize("make", [one for one in Made if one not in {Made.RATIO, Made.COUNT, Made.DAYS_SINCE}])
def test_no_field_reaches_the_warehouse_as_text_of_a_statement(shop: Shop, make: Made) -> None:
    text = (
        f'make: {make}\nvalue: "{NASTY}"\n'
        f'from: {{did: {{event: "{NASTY}", category: "{NASTY}", where: {{"{NASTY}": "{NASTY}"}}}}}}'
    )

    assert said(shop, text) == {}
    assert shop.ask("SELECT count(*) > 0 FROM fact.events") == [(True,)]
