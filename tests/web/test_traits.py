"""The screens of computed traits: begun, filled in, tried, published, looked at, used, and deleted with a warning."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from starlette.applications import Starlette

from comptoir.access.roles import OPERATOR
from comptoir.identity import profile
from comptoir.identity.profile import Profile
from comptoir.segments import parse
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.traits.definition import Made, read
from comptoir.segments.traits.follow import LiveTraits
from comptoir.segments.traits.keep import TRAITS
from comptoir.web import counted, score_answers, scores, trait_says
from comptoir.web.speech import Language, Speech
from comptoir.web.view import Desk
from tests.segment_house import SegmentHouse, open_house
from tests.web.test_scenarios import HOSTILE
from tests.web.test_scenarios import read as page_of

HOME = "/traits/favorite"
BRAND = "main"
TEXT = """version: 1
key: favorite
name: {fr: Rayon préféré, en: Favorite category}
make: most_frequent
value: category
from: {did: {event: Product Viewed}}
"""
TYPED = {
    "name.fr": "Rayon préféré", "name.en": "Favorite category", "do": "keep", "from": "did",
    "from-did-event": "Product Viewed", "make": "most_frequent", "value": "category",
}  # fmt: skip


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SegmentHouse]:
    made = open_house(tmp_path_factory.mktemp("traits") / "home")
    made.shop.clock.advance(timedelta(days=1))  # an affinity is of the days before today
    yield made
    made.shop.close()


@pytest.fixture
def house(opened: SegmentHouse) -> SegmentHouse:
    """Lend the shop with one computed trait that is drafted."""
    opened.clear()
    with opened.shop.app.state.write() as connection:
        TRAITS.begin(connection, TEXT, opened.shop.clock.now(), by="bea")
    return opened


def base_of(house: SegmentHouse) -> str:
    with house.shop.app.state.read() as connection:
        return TRAITS.read(connection, "favorite").base


def kept(house: SegmentHouse, **form: str) -> Any:
    answer = house.post(f"{HOME}/edit", {**TYPED, "base": base_of(house), **form})
    assert answer.status == 303, answer.text
    with house.shop.app.state.read() as connection:
        return parse.load(TRAITS.read(connection, "favorite").text)


def publish(house: SegmentHouse) -> None:
    base = base_of(house)
    assert house.post(f"{HOME}/publish", {"base": base}).headers["location"].startswith(f"{HOME}?done=")
    compute(house)


def compute(house: SegmentHouse) -> None:
    live = LiveTraits(house.shop.app.state, house.shop.app.shop())
    with house.shop.warehouse.transaction() as cursor:
        for key in live.to_compute(cursor, house.shop.clock.now()):
            live.compute(cursor, key, house.shop.clock.now())


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_a_trait_goes_from_its_name_over_its_form_and_a_try_to_a_page_with_people(
    house: SegmentHouse, tongue: str
) -> None:
    begun = house.post("/traits", {"title": "Vues récentes"})
    assert begun.headers["location"].startswith("/traits/vues_recentes/rule")
    assert house.post("/traits", {"title": "Vues récentes"}).status == 422
    for path in ("/traits/vues_recentes/rule", f"{HOME}/rule", f"{HOME}/publish", f"{HOME}/text", f"{HOME}/delete"):
        page_of(house.get(path, accept_language=tongue))
    tried = page_of(house.get(f"{HOME}/preview", accept_language=tongue)).text
    assert "Zoe" in tried
    assert "Lamps" in tried
    assert "<html" not in house.get(f"{HOME}/preview", hx_request="true").text
    assert "Lamps" in page_of(house.get(f"{HOME}/publish", accept_language=tongue)).text
    publish(house)
    shown = page_of(house.get(HOME, accept_language=tongue)).text
    assert "Ann" in shown
    assert "100" in shown
    assert f'href="{HOME}"' in house.get("/search?q=rayon" if tongue == "fr" else "/search?q=favor", hx_request="true",
                                         accept_language=tongue).text  # fmt: skip
    listed = page_of(house.get("/traits", accept_language=tongue)).text
    assert {"fr": "surtout Lamps", "en": "mostly Lamps"}[tongue] in listed
    assert "Vues récentes" in listed


@pytest.mark.parametrize(
    ("language", "told"),
    [(Language.FR, "de 1\u202f000\u202f€ à moins de 2\u202f000\u202f€"), (Language.EN, "from €1,000 to below €2,000")],
)
def test_whole_amounts_of_a_stretch_have_no_cents_and_keep_their_thousands(language: Language, told: str) -> None:
    trait = read("version: 1\nkey: spent\nname: Spent\nmake: sum\nvalue: amount\nfrom: {ordered: {}}\n")
    bar = {"kind": "number", "low": 1000.0, "high": 2000.0, "says": None}

    assert trait_says.stretch(trait, bar, Speech(language), "EUR") == told
    assert "0.5" in trait_says.stretch(trait, bar | {"low": 0.5}, Speech(Language.EN), "EUR")


def test_every_kind_of_computed_trait_is_made_in_the_form(house: SegmentHouse) -> None:
    cases: dict[Made, dict[str, str]] = {
        Made.COUNT: {"from-did-within": "30", "from-did-within.unit": "days"},
        Made.SUM: {"from": "ordered", "value": "amount", "from-ordered-coupon": "true"},
        Made.AVERAGE: {"value": "property", "property": "price"},
        Made.MOST_FREQUENT: {"from-did-where.0.name": "color", "from-did-where.0.operator": "is",
                             "from-did-where.0.value": "red"},
        Made.FIRST: {"value": "day"}, Made.LAST: {"value": "product"}, Made.LIST: {"value": "product", "most": "5"},
        Made.DAYS_SINCE: {"value": ""}, Made.RATIO: {"over": "did", "over-did-event": "Page Viewed"},
    }  # fmt: skip
    assert set(cases) == set(Made)
    for make, form in cases.items():
        document = kept(house, make=make.value, **form)
        assert document["make"] == make
        with house.shop.app.state.read() as connection:
            assert read(TRAITS.read(connection, "favorite").text).made is make
        page_of(house.get(f"{HOME}/preview", accept_language="en"))
    assert kept(house, make="ratio", over="ordered")["over"] == {"ordered": {}}
    assert kept(house, make="sum", **cases[Made.SUM])["from"] == {"ordered": {"coupon": "true"}}
    assert kept(house, make="average", **cases[Made.AVERAGE])["value"] == "price"
    assert kept(house, make="count", **cases[Made.COUNT])["from"] == {
        "did": {"event": "Product Viewed", "within": "30 days"}
    }


@pytest.mark.parametrize(
    ("form", "control"),
    [
        ({"name.fr": ""}, "name.fr"), ({"value": "amount"}, "value"), ({"make": "none"}, "make"),
        ({"value": "property"}, "property"), ({"make": "list", "most": "1000"}, "most"),
        ({"from-did-event": ""}, "from-did-event"), ({"from-did-since": "soon"}, "from-did-since"),
        ({"from": "ordered", "from-ordered-within": "3", "from-ordered-within.unit": "hours"}, "from-ordered-within"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_kept(
    house: SegmentHouse, form: dict[str, str], control: str
) -> None:
    before = base_of(house)
    answer = house.post(f"{HOME}/edit", {**TYPED, "base": before, **form}, accept_language="en")
    assert answer.status == 422
    assert f'id="{control}-error"' in answer.text
    assert base_of(house) == before


def test_undo_redo_and_discard_go_over_what_the_form_kept_and_a_stale_form_is_refused(house: SegmentHouse) -> None:
    first = base_of(house)
    kept(house, make="count")
    assert house.post(f"{HOME}/edit", {**TYPED, "base": first}).status == 409
    assert house.post(f"{HOME}/edit", {"do": "undo", "base": base_of(house)}).status == 303
    with house.shop.app.state.read() as connection:
        assert TRAITS.read(connection, "favorite").text == TEXT
    assert house.post(f"{HOME}/edit", {"do": "redo", "base": base_of(house)}).status == 303
    publish(house)
    kept(house, make="days_since")
    assert house.post(f"{HOME}/edit", {"do": "discard", "base": base_of(house)}).status == 303
    with house.shop.app.state.read() as connection:
        assert TRAITS.read(connection, "favorite").revision is None


def test_deleting_names_what_would_find_nobody_any_more_and_then_does_it(house: SegmentHouse) -> None:
    asks = "version: 1\nkey: fans\nname: {fr: Fidèles de rayon, en: Fans}\nif: {trait: {name: favorite, is: Lamps}}\n"
    with house.shop.app.state.write() as connection:
        SEGMENTS.begin(connection, asks, house.shop.clock.now())
    publish(house)
    for path in (HOME, f"{HOME}/delete"):
        assert "Fans" in page_of(house.get(path, accept_language="en")).text
    assert house.post(f"{HOME}/delete", {}).headers["location"].startswith("/traits?done=")
    assert house.get(HOME).status == 404


def test_the_text_is_kept_taken_away_and_a_mistake_is_told(house: SegmentHouse) -> None:
    wrong = house.post(f"{HOME}/text", {"text": TEXT.replace("most_frequent", "mode"), "base": base_of(house)})
    assert wrong.status == 422
    other = house.post(f"{HOME}/text", {"text": TEXT.replace("favorite", "other"), "base": base_of(house)})
    assert other.status == 422
    better = TEXT.replace("category}", "shelf}")
    assert house.post(f"{HOME}/text", {"text": better, "base": base_of(house)}).status == 303
    assert house.get(f"{HOME}/download").text == better
    assert house.post(f"{HOME}/text", {"text": TEXT, "base": "9.9"}).status == 409


def test_hostile_words_in_any_field_are_shown_as_words(house: SegmentHouse) -> None:
    form = dict.fromkeys(("name.fr", "from-did-event", "from-did-category", "property", "from-did-maker"), HOSTILE)
    answer = house.post(f"{HOME}/edit", {**TYPED, "value": "property", "base": base_of(house), **form})
    assert answer.status in {303, 422}
    page_of(house.get(f"{HOME}/rule"))
    page_of(house.get(f"{HOME}/preview"))


def desk_of(house: SegmentHouse) -> Desk:
    assert isinstance(house.front.pages, Starlette)
    found: Desk = house.front.pages.state.desk
    return found


def profile_of(house: SegmentHouse, name: str) -> Profile:
    with house.shop.app.state.read() as connection:
        found = profile.read_node(connection, profile.find(connection, f"{name}@shop.example"))
    assert found is not None
    return found


def make_gold(house: SegmentHouse, name: str) -> None:
    """Write down what a night would have: she is gold, somebody else is not, and what draws her."""
    at = house.shop.clock.now().replace(tzinfo=None)
    with house.shop.warehouse.cursor() as cursor:
        for who, label in ((name, "gold"), ("bob", "other")):
            person = profile_of(house, who)
            row = ["gold", BRAND, person.profile_id, person.node_ids[0], 10.0, label, 0.0, None, at]
            cursor.execute("INSERT INTO fact.scores VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", row)
        person = profile_of(house, name)
        cursor.execute(
            "INSERT INTO fact.affinities BY NAME SELECT $1 AS brand, $2 AS profile_id, $3 AS node_id,"
            " 'Lamps' AS category, 4.0 AS value, 2.5 AS lift, $4 AS as_of",
            [BRAND, person.profile_id, person.node_ids[0], at],
        )


@pytest.fixture
def golden(house: SegmentHouse) -> Iterator[SegmentHouse]:
    """Lend the shop with the trait published, and Ann gold."""
    publish(house)
    make_gold(house, "ann")
    yield house
    with house.shop.warehouse.cursor() as cursor:
        for table in ("scores", "affinities"):
            cursor.execute(f"DELETE FROM fact.{table}")


def test_a_list_that_is_taken_away_has_the_level_of_service_and_every_computed_trait(golden: SegmentHouse) -> None:
    text = "version: 1\nkey: fans\nname: {fr: Fans, en: Fans}\nif: {trait: {name: favorite, is: Lamps}}\n"
    count = TEXT.replace("favorite", "views").replace("most_frequent", "count").replace("value: category\n", "")
    with golden.shop.app.state.write() as connection:
        SEGMENTS.publish_text(connection, text, golden.shop.clock.now())
        TRAITS.publish_text(connection, count, golden.shop.clock.now())
    compute(golden)
    golden.follow("fans", *(profile_of(golden, name).profile_id for name in ("ann", "bob", "zoe")))

    table = pq.read_table(io.BytesIO(golden.get("/segments/fans/members.parquet").body))
    rows = {row["name"]: row for row in table.to_pylist()}
    assert {name: row["service_level"] for name, row in rows.items()} == {
        "Ann": "gold", "Bob": "standard", "Zoe": "standard"}  # fmt: skip
    assert {row["trait_favorite"] for row in rows.values()} == {"Lamps"}
    assert {row["trait_views"] for row in rows.values()} == {1.0}
    said = golden.get("/segments/fans/members.csv").body.decode().splitlines()
    assert said[0].endswith("service_level,trait_favorite,trait_views")


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_her_page_says_her_level_her_traits_and_what_draws_her_and_a_click_shows_the_pages(
    golden: SegmentHouse, tongue: str
) -> None:
    home = f"/customers/{profile_of(golden, 'ann').profile_id}"
    shown = page_of(golden.get(f"{home}/worth", accept_language=tongue)).text
    assert {"fr": "Rayon préféré", "en": "Favorite category"}[tongue] in shown
    assert {"fr": "2,5 fois", "en": "2.5 times"}[tongue] in shown
    assert "gold" in shown
    link = f"{home}/interest?brand={BRAND}&category=Lamps"
    assert link.replace("&", "&amp;") in golden.get(f"{home}/worth").text
    looked = page_of(golden.get(link, accept_language=tongue)).text
    assert "lamp" in looked
    assert looked.count("2026") >= 3, "one look and two orders"
    assert "gold" not in page_of(golden.get(f"/customers/{profile_of(golden, 'zoe').profile_id}/worth")).text


def test_what_programs_are_told_of_a_person_has_all_that_is_counted(golden: SegmentHouse) -> None:
    told = counted.told(desk_of(golden), OPERATOR, profile_of(golden, "ann").profile_id)

    assert (told["service_level"], told["service_levels"]) == ("gold", {BRAND: "gold"})
    assert told["computed_traits"] == {"favorite": "Lamps"}
    assert counted.told(desk_of(golden), OPERATOR, profile_of(golden, "zoe").profile_id)["service_level"] == "standard"


def test_the_page_of_the_life_cycle_lays_out_who_went_where_in_a_month() -> None:
    moves = [
        {"month": "2026-09", "from": "regular", "to": "slipping", "people_count": 7},
        {"month": "2026-10", "from": "prospect", "to": "first_order", "people_count": 3},
    ]
    known = score_answers.given("life_cycle")

    def matrix(month: str) -> scores.Matrix:
        found = scores.lay_out(known, Speech(Language.EN), month, moves)
        assert found is not None
        return found

    assert [one for one, _ in matrix("").months] == ["2026-10", "2026-09"]
    assert matrix("").rows[0][1] == [None, 3]
    assert matrix("2026-09").rows[0][1] == [None, 7]
    assert matrix("no").month == "2026-10"
    assert scores.lay_out(known, Speech(Language.EN), "", []) is None
