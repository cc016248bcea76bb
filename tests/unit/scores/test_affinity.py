from __future__ import annotations

from datetime import timedelta

from comptoir.scores import affinity
from comptoir.scores.night import Nights, prepare
from comptoir.scores.plugin import Asked
from tests.scored import NOW, TODAY, Bought, Looked, Till


def everybody(count: int = 50) -> list[Looked]:
    """Give what everybody looks at: mostly shoes."""
    return [Looked(who=f"c{n:02}", category="Shoes", days=1 + n % 20, times=4) for n in range(count)] + [
        Looked(who=f"c{n:02}", category="Books", days=1 + n % 20, times=1) for n in range(count)
    ]


def drawn(till: Till, who: str) -> dict[str, tuple[float, float]]:
    rows = till.raw("SELECT category, value, lift FROM main.affinities WHERE profile_id = ?", [f"p-{who}"])
    return {category: (value, lift) for category, value, lift in rows}


def test_interest_beyond_what_everybody_looks_at_has_a_lift_above_one(till: Till) -> None:
    till.look([*everybody(), Looked(who="reader", category="Books", times=5), Looked(who="reader", category="Shoes")])

    till.night("affinity")

    found = drawn(till, "reader")
    assert found["Books"][1] > 1.5
    assert found["Shoes"][1] < 1
    assert till.scores("favorite_category")["reader"][1] == "Books"


def test_interest_halves_after_every_half_life(till: Till) -> None:
    till.look([*everybody(), Looked(who="now", category="Toys", days=0), Looked(who="then", category="Toys", days=30)])

    till.night("affinity", now=NOW + timedelta(days=1), affinity_half_days=30)

    new, old = drawn(till, "now")["Toys"][0], drawn(till, "then")["Toys"][0]
    assert abs(old / new - 0.5) < 1e-5


def test_a_day_without_a_visit_counts_a_few_times_at_most(till: Till) -> None:
    till.look(
        [*everybody(), Looked(who="mad", category="Toys", times=30), Looked(who="keen", category="Toys", times=6)]
    )

    till.night("affinity")

    assert drawn(till, "mad") == drawn(till, "keen")


def test_each_visit_of_a_day_counts_a_few_times_and_a_visit_over_midnight_is_one(till: Till) -> None:
    till.look([
        *everybody(),
        Looked(who="twice", category="Toys", times=5, visit="a"),
        Looked(who="twice", category="Toys", times=9, visit="b"),
        Looked(who="once", category="Toys", times=9, visit="c"),
        Looked(who="late", category="Toys", times=4, days=2, visit="d"),
        Looked(who="late", category="Toys", times=4, days=1, visit="d"),
        Looked(who="six", category="Toys", times=6, days=2),
    ])  # fmt: skip

    till.night("affinity")

    assert abs(drawn(till, "twice")["Toys"][0] / drawn(till, "once")["Toys"][0] - 11 / 6) < 1e-5
    assert drawn(till, "late") == drawn(till, "six")


def test_a_line_of_a_cart_counts_in_its_own_category_by_visit(till: Till) -> None:
    added = Looked(who="she", category="Toys", name="Product Added", times=5, visit="a")
    till.look([*everybody(), added, Looked(who="he", category="Toys", name="Product Added", times=3)])
    with till.warehouse.transaction() as cursor:  # the event itself names none
        cursor.execute("UPDATE fact.events SET category = NULL WHERE name = 'Product Added'")
        cursor.execute(
            "INSERT INTO fact.commerce (tick_id, message_id, message_hash, line_number, name, node_id, browser_node,"
            " brand, source, trust, historical, occurred_at, received_at, category) SELECT DISTINCT tick_id,"
            " message_id, message_hash, 0, name, node_id, browser_node, brand, source, trust, historical, occurred_at,"
            " received_at,"
            " 'Toys' FROM fact.events WHERE name = 'Product Added'"
        )

    till.night("affinity")

    assert drawn(till, "she") == drawn(till, "he")


def test_categories_above_get_the_interest_of_those_below(till: Till) -> None:
    till.look(everybody())
    till.look([
        Looked(who="she", category="Home / Kitchen / Pans", times=2),
        Looked(who="she", category="Home / Garden", times=1),
    ])  # fmt: skip

    till.night("affinity")

    found = drawn(till, "she")
    assert set(found) == {"Home", "Home / Kitchen", "Home / Kitchen / Pans", "Home / Garden"}
    assert abs(found["Home"][0] - found["Home / Kitchen"][0] - found["Home / Garden"][0]) < 1e-9
    assert found["Home / Kitchen"][0] == found["Home / Kitchen / Pans"][0]


def test_the_catalogues_tree_says_what_stands_above(till: Till) -> None:
    with till.warehouse.transaction() as cursor:
        for place, (category, name, parent) in enumerate(
            [("1", "Home", None), ("2", "Kitchen", "1"), ("3", "Loop", "3")]
        ):
            cursor.execute(
                "INSERT INTO fact.category_records VALUES"
                " (1, ?, ?, 'main', 'shop', '2026-01-01', '2026-01-01', ?, ?, ?, TRUE)",
                [f"k{place}", place, category, name, parent],
            )
    till.look(everybody())
    till.look(
        [Looked(who="she", category="2"), Looked(who="he", category="Kitchen"), Looked(who="it", category="Loop")]
    )

    till.night("affinity")

    assert set(drawn(till, "she")) == {"Kitchen", "Home"}
    assert drawn(till, "he") == drawn(till, "she")
    assert set(drawn(till, "it")) == {"Loop"}


def test_what_is_ordered_weighs_more_than_a_look(till: Till) -> None:
    till.look([*everybody(), Looked(who="looker", category="Toys", days=3)])
    till.sell([Bought(who="buyer", days=3, category="Toys")])

    till.night("affinity")

    assert abs(drawn(till, "buyer")["Toys"][0] / drawn(till, "looker")["Toys"][0] - 8) < 1e-3


def test_one_question_shows_the_pages_that_made_it(till: Till) -> None:
    till.look(everybody())
    till.look([Looked(who="she", category="Home / Pans", days=2), Looked(who="she", category="Books", days=3)])

    with till.warehouse.cursor() as cursor:
        asked = prepare(cursor, Asked(brand="main", as_of=NOW), profile_id="p-she")
        found = affinity.pages(cursor, asked, "Home").to_pylist()

    assert [(row["category"], row["name"], row["url"]) for row in found] == [
        ("Home / Pans", "Product Viewed", "https://shop.example/p")
    ]
    assert found[0]["occurred_at"].date() == TODAY - timedelta(days=2)


def test_affinities_of_two_people_who_are_joined_are_one_persons(till: Till) -> None:
    till.look([*everybody(), Looked(who="a", category="Toys"), Looked(who="b", category="Books", times=4)])
    till.night("affinity")

    till.join("a", "b")

    assert drawn(till, "b") == {}
    Nights(warehouse=till.warehouse).run({"main": "UTC"}, NOW + timedelta(days=1), names=["affinity"])
    assert set(drawn(till, "a")) == {"Toys", "Books"}
