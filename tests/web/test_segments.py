"""The screens of segments: the list, the library, the rule and its forms, the count, one segment's page and list."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

import pyarrow.parquet as pq
import pytest

from comptoir.access import keys
from comptoir.identity import profile
from comptoir.segments import parse, shipped
from comptoir.segments.drafts import SEGMENTS
from comptoir.web import segments
from comptoir.web.words.book import WORDS
from tests.segment_house import SegmentHouse, open_house
from tests.web.test_scenarios import HOSTILE, read

KEY = "regulars"
HOME = f"/segments/{KEY}"
TEXT = """version: 1
key: regulars
name: {fr: Habitués, en: Regulars}
if:
  all:
  - ordered: {measure: orders, at_least: 1}
  - not: {did: {event: Signed Up}}
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SegmentHouse]:
    made = open_house(tmp_path_factory.mktemp("segments") / "home")
    yield made
    made.shop.close()


@pytest.fixture
def house(opened: SegmentHouse) -> SegmentHouse:
    """Lend the shop with one segment that is drafted and none other."""
    opened.clear()
    with opened.shop.app.state.write() as connection:
        SEGMENTS.begin(connection, TEXT, opened.shop.clock.now(), by="bea")
    return opened


def base_of(house: SegmentHouse) -> str:
    with house.shop.app.state.read() as connection:
        return SEGMENTS.read(connection, KEY).base


def text_of(house: SegmentHouse, key: str = KEY) -> str:
    with house.shop.app.state.read() as connection:
        return SEGMENTS.read(connection, key).text


def rule_of(house: SegmentHouse, key: str = KEY) -> object:
    return parse.load(text_of(house, key))["if"]


def edit(house: SegmentHouse, do: str, **form: str) -> object:
    base = base_of(house)
    answer = house.post(f"{HOME}/edit", {"do": do, "base": base, **form})
    assert answer.status == 303, answer.text
    return rule_of(house)


def profile_of(house: SegmentHouse, name: str) -> str:
    with house.shop.app.state.read() as connection:
        found = profile.read_node(connection, profile.find(connection, f"{name}@shop.example"))
    assert found is not None
    return found.profile_id


def publish(house: SegmentHouse) -> None:
    base = base_of(house)
    assert house.post(f"{HOME}/publish", {"base": base}).headers["location"].startswith(HOME)


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_the_library_leads_to_a_look_with_people_and_from_there_to_a_draft(house: SegmentHouse, tongue: str) -> None:
    answer = house.get("/segments", accept_language=tongue)
    for key in shipped.texts():
        assert f"/segments/library/{key}" in answer.text
    look = read(house.get("/segments/library/newcomers?count=yes", accept_language=tongue))
    assert "Ann" in look.text
    assert "Zoe" not in look.text
    begun = house.post("/segments", {"library": "newcomers"})
    assert begun.headers["location"].startswith("/segments/newcomers/rule")
    assert house.post("/segments", {"library": "newcomers"}).status == 422
    assert segments.SHELVES.keys() >= {"value", "begin"}


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_a_template_that_finds_nobody_says_what_it_takes(house: SegmentHouse, tongue: str) -> None:
    needed = {"fr": "Il faut des dates de naissance", "en": "It takes dates of birth"}[tongue]
    look = "/segments/library/birthday-this-month"
    assert needed in house.get(f"{look}?count=yes", accept_language=tongue).text
    assert needed not in house.get(look, accept_language=tongue).text
    found = house.get("/segments/library/newcomers?count=yes", accept_language=tongue).text
    assert {"fr": "Il faut", "en": "It takes"}[tongue] not in found


def test_the_library_shows_every_segment_that_ships_once() -> None:
    shelved = [key for keys in segments.SHELVES.values() for key in keys]
    assert sorted(shelved) == sorted(shipped.texts())


@pytest.mark.parametrize("tongue", ["fr", pytest.param("en", marks=pytest.mark.slow)])
def test_every_panel_of_every_shipped_segment_opens(house: SegmentHouse, tongue: str) -> None:
    for key, text in shipped.texts().items():
        with house.shop.app.state.write() as connection:
            if key != KEY:
                SEGMENTS.begin(connection, text, house.shop.clock.now())
        for query in ({"at": "top"}, {"at": "0"}, {"into": "top"}):
            answer = house.get(f"/segments/{key}/rule?{urlencode(query)}", accept_language=tongue)
            assert answer.status == 200, (key, query)
            read(answer)
    read(house.get(f"{HOME}/rule?part=head", accept_language=tongue))


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_the_form_of_every_kind_of_condition_is_drawn_and_every_choice_has_words(
    house: SegmentHouse, tongue: str
) -> None:
    for kind in parse.known():
        base = base_of(house)
        form = {"do": "again", "into": "top", "kind": kind, "base": base}
        answer = house.post(f"{HOME}/edit", form, accept_language=tongue)
        assert answer.status == 200, kind
        for field in parse.by_entry_point(kind).form():
            assert [one for one in field.options if f"scenario.option.{one}" not in WORDS] == [], (kind, field.name)


def test_a_condition_is_added_changed_turned_moved_and_taken_out_and_undo_goes_all_the_way_back(
    house: SegmentHouse,
) -> None:
    before = text_of(house)
    assert edit(house, "insert", into="top", kind="did")["all"][2] == {  # type: ignore[index]
        "did": {"event": "Product Viewed", "within": "30 days"}
    }
    edit(house, "keep", at="2", event="Product Added", within="7", **{"within.unit": "days"}, is_negated="yes")
    assert rule_of(house)["all"][2] == {"not": {"did": {"event": "Product Added", "within": "7 days"}}}  # type: ignore[index]
    edit(house, "up", at="2")
    edit(house, "wrap", at="0")
    edit(house, "keep", at="0", mode="any")
    assert "any" in rule_of(house)["all"][0]  # type: ignore[index]
    edit(house, "remove", at="2")
    for _ in range(6):
        edit(house, "undo")
    assert text_of(house) == before


def test_a_rule_keeps_its_last_condition_and_says_so(house: SegmentHouse) -> None:
    edit(house, "remove", at="1")
    base = base_of(house)
    answer = house.post(f"{HOME}/edit", {"do": "remove", "at": "0", "base": base}, accept_language="en")
    assert (answer.status, "keeps at least one" in answer.text) == (422, True)


def test_what_does_not_fit_a_field_is_said_beside_it_and_nothing_is_kept(house: SegmentHouse) -> None:
    before = text_of(house)
    base = base_of(house)
    form = {"do": "keep", "at": "0", "base": base, "measure": "orders", "at_least": "many"}
    answer = house.post(f"{HOME}/edit", form, accept_language="en")
    assert (answer.status, 'aria-invalid="true"' in answer.text) == (422, True)
    assert text_of(house) == before


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"within": "0", "within.unit": "days"}, "choisissez de 1 à 36"),
        ({"since": "2026-05-01", "until": "2026-04-01"}, "la fin ne peut pas précéder le début"),
        ({"at_least": "5", "at_most": "2"}, "le plus grand ne peut pas être sous le plus petit"),
        ({"at_least": "1,5"}, "choisissez un nombre entier"),
    ],
)
def test_a_value_that_the_reader_refuses_is_told_beside_its_field_with_what_would_fit(
    house: SegmentHouse, typed: dict[str, str], told: str
) -> None:
    edit(house, "insert", into="top", kind="did")
    before, base = text_of(house), base_of(house)
    answer = house.post(f"{HOME}/edit", {"do": "keep", "at": "2", "base": base, "event": "X", **typed})

    assert (answer.status, told in answer.text, 'aria-invalid="true"' in answer.text) == (422, True, True)
    assert "(if.all" not in answer.text
    assert text_of(house) == before


def test_a_sum_of_a_property_may_be_asked_to_the_cent(house: SegmentHouse) -> None:
    edit(house, "insert", into="top", kind="did")
    edit(house, "keep", at="2", event="X", measure="sum", of="price", at_least="12,50")

    assert rule_of(house)["all"][2] == {  # type: ignore[index]
        "did": {"event": "X", "measure": "sum", "of": "price", "at_least": "12.50"}
    }


def test_two_people_who_change_one_rule_do_not_overwrite_each_other(house: SegmentHouse) -> None:
    base = base_of(house)
    edit(house, "insert", into="top", kind="did")
    before = text_of(house)
    late = house.post(f"{HOME}/edit", {"do": "remove", "at": "0", "base": base}, accept_language="en")
    assert late.status == 409
    assert text_of(house) == before


@pytest.mark.parametrize("place", ["9", "0.0", "top.1", "x", "-1", "9" * 40])
def test_a_place_that_is_gone_changes_nothing(house: SegmentHouse, place: str) -> None:
    before = text_of(house)
    base = base_of(house)
    assert house.post(f"{HOME}/edit", {"do": "remove", "at": place, "base": base}).status == 409
    assert house.get(f"{HOME}/rule?at={place}").status == 200
    assert text_of(house) == before


def test_the_count_is_of_the_people_the_rule_finds_and_names_some(house: SegmentHouse) -> None:
    answer = house.get(f"{HOME}/count", accept_language="en")
    assert re.search(r'class="figure">2<', answer.text)
    assert "66.7% of 3" in answer.text
    part = house.get(f"{HOME}/count", accept_language="en", hx_request="true")
    assert "<html" not in part.text
    assert "Ann" in part.text
    assert "Zoe" not in part.text


def test_what_would_read_many_rows_is_told_before_it_is_counted(
    house: SegmentHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comptoir.segments.answers.ROWS_A_SECOND", 1)
    asked = house.get(f"{HOME}/count", accept_language="en").text
    assert "Count anyway" in asked
    assert 'class="figure"' not in asked
    assert 'class="figure">2<' in house.get(f"{HOME}/count?sure=yes", accept_language="en").text


def test_a_count_that_takes_too_long_is_stopped_and_the_last_one_shown_as_old(
    house: SegmentHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(house)
    house.follow(KEY, profile_of(house, "ann"))
    monkeypatch.setattr("comptoir.web.segment_count.SECONDS", 0.0)
    monkeypatch.setattr("comptoir.app.answers.answer", _late)
    text = house.get(f"{HOME}/count", accept_language="en").text
    assert "Allow more time" in text
    assert "old count" in text


def _late(asking: object) -> object:
    from comptoir.reports.ask import QueryTimedOut
    from comptoir.segments.answers import _ANSWERS, Asking

    assert isinstance(asking, Asking)
    if asking.request["do"] == "count":
        raise QueryTimedOut(seconds=2)
    return _ANSWERS[asking.request["do"]](asking)


def test_a_published_segment_has_a_page_with_its_people_its_moves_and_its_curve(house: SegmentHouse) -> None:
    assert house.get(HOME).status == 303
    publish(house)
    house.follow(KEY, profile_of(house, "ann"), profile_of(house, "bob"))
    answer = house.get(HOME, accept_language="en")
    shown = read(answer).text
    assert "Ann" in shown
    assert "Zoe" not in shown
    assert '<svg class="trend"' in answer.text
    listed = read(house.get("/segments", accept_language="en")).text
    assert "Regulars" in listed


def test_the_list_is_taken_as_csv_and_parquet_and_the_audit_is_told(house: SegmentHouse) -> None:
    publish(house)
    house.follow(KEY, profile_of(house, "ann"), profile_of(house, "bob"))
    csv = house.get(f"{HOME}/members.csv")
    lines = csv.body.decode().splitlines()
    assert lines[0] == "profile_id,name,email,phone,account,entered_at,service_level"
    assert {line.split(",")[2] for line in lines[1:]} == {"ann@shop.example", "bob@shop.example"}
    table = pq.read_table(io.BytesIO(house.get(f"{HOME}/members.parquet").body))
    assert sorted(table["account"].to_pylist()) == ["ann", "bob"]
    assert house.get(f"{HOME}/members.xlsx").status == 404
    assert "segment.exported" in house.get("/settings/audit?format=csv").text


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_labels_of_a_score_and_stages_are_boxes_to_tick_and_what_is_held_is_ticked(
    house: SegmentHouse, tongue: str
) -> None:
    def shown(query: str) -> str:
        return house.get(f"{HOME}/rule?{query}", accept_language=tongue).text

    base = base_of(house)
    form = {"do": "add", "into": "top", "kind": "score", "name": "gold", "label": "gold", "base": base}
    assert house.post(f"{HOME}/edit", form).status == 303
    assert rule_of(house)["all"][2] == {"score": {"name": "gold", "label": ["gold"]}}  # type: ignore[index]
    gold = shown("at=2")
    assert re.search(r'name="label" value="gold" checked', gold)
    assert 'name="label" value="other"' in gold
    assert 'name="label" value="slipping"' not in gold
    edit(house, "add", into="top", kind="stage", **{"is": "slipping"})
    stage = shown("at=3")
    assert 'name="is" value="slipping" checked' in stage
    assert {"fr": "Inactif depuis 6 mois", "en": "Inactive for 6 months"}[tongue] in stage


def test_a_list_longer_than_a_batch_is_whole(house: SegmentHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(house)
    house.follow(KEY, *(profile_of(house, name) for name in ("ann", "bob", "zoe")))
    monkeypatch.setattr("comptoir.web.segment_page.BATCH", 1)
    assert len(house.get(f"{HOME}/members.csv").body.decode().splitlines()) == 4
    assert pq.read_table(io.BytesIO(house.get(f"{HOME}/members.parquet").body)).num_rows == 3


def test_a_scenario_begins_where_somebody_enters_and_then_the_segment_cannot_be_deleted(house: SegmentHouse) -> None:
    publish(house)
    begun = house.post(f"{HOME}/scenario", {})
    assert begun.headers["location"].startswith("/scenarios/segment-regulars")
    assert "segment-regulars" in house.get(HOME, accept_language="en").text
    assert house.post(f"{HOME}/delete", {}).status == 409
    assert "in use" in house.get(f"{HOME}/delete", accept_language="en").text


def test_a_segment_nothing_stands_on_is_deleted_with_all_its_versions(house: SegmentHouse) -> None:
    publish(house)
    assert house.post(f"{HOME}/delete", {}).headers["location"].startswith("/segments?")
    assert house.get(f"{HOME}/rule").status == 404


def test_a_text_is_kept_as_the_draft_and_one_with_a_fault_says_where(house: SegmentHouse) -> None:
    base = base_of(house)
    wrong = house.post(f"{HOME}/text", {"base": base, "text": TEXT.replace("ordered", "ordred")})
    assert (wrong.status, "ordred" in wrong.text) == (422, True)
    other = house.post(f"{HOME}/text", {"base": base, "text": TEXT.replace("key: regulars", "key: others")})
    assert other.status == 422
    kept = house.post(f"{HOME}/text", {"base": base, "text": TEXT.replace("at_least: 1", "at_least: 2")})
    assert kept.status == 303
    assert "at_least: 2" in house.get(f"{HOME}/download").text


def test_versions_say_what_each_changed_and_a_paused_segment_stays_paused(house: SegmentHouse) -> None:
    publish(house)
    edit(house, "remove", at="1")
    assert "minus-line" in house.get(f"{HOME}/publish").text
    assert house.post(f"{HOME}/state", {"to": "paused"}).status == 303
    publish(house)
    versions = read(house.get(f"{HOME}/versions", accept_language="en")).text
    assert "version 2" in versions
    with house.shop.app.state.read() as connection:
        assert SEGMENTS.read(connection, KEY).state == "paused"
    assert "version: 1" in house.get(f"{HOME}/download?version=1").text
    assert house.get(f"{HOME}/download?version=9").status == 404


def test_hostile_words_in_names_and_values_are_words_and_nothing_else(house: SegmentHouse) -> None:
    form = {"name.fr": HOSTILE, "name.en": HOSTILE, "description.en": HOSTILE}
    edit(house, "head", part="head", **form)
    edit(house, "keep", at="1", event=HOSTILE, category=HOSTILE)
    for target in (
        HOME + "/rule",
        HOME + "/rule?at=1",
        HOME + "/count",
        HOME + "/text",
        "/segments",
        HOME + "/publish",
    ):
        assert "<script>alert(1)" not in house.get(target).text, target
        assert "49" not in re.findall(r"'(49)", house.get(target).text)


def test_a_new_segment_from_nothing_or_from_a_text_is_a_draft(house: SegmentHouse) -> None:
    begun = house.post("/segments", {"title": "Clients de l’atelier"})
    assert begun.headers["location"].startswith("/segments/clients-de-latelier/rule")
    text = TEXT.replace("key: regulars", "key: imported")
    assert house.post("/segments", {"text": text}).headers["location"].startswith("/segments/imported/rule")
    assert house.post("/segments", {"text": "nonsense"}).status == 422
    assert house.post("/segments", {}).status == 422


def test_the_api_tells_somebody_s_segments_that_are_live_since_when_and_why(house: SegmentHouse) -> None:
    shop = house.shop
    secret = keys.add_source(shop.app.state, name="crm", now=shop.clock.now()).secret_key
    with shop.app.state.write() as connection:
        for key in ("zoo", "away", "buyers"):
            text = f"version: 1\nkey: {key}\nname: {key}\nif: {{ordered: 9 days}}\n"
            SEGMENTS.publish_text(connection, text, shop.clock.now())
        SEGMENTS.pause(connection, "away", shop.clock.now())
        found = profile.read(connection, "email", "ann@shop.example")
    assert found is not None
    for segment in ("zoo", "away", "buyers"):
        house.follow(segment, found.profile_id)

    answer = house.get("/api/v1/profiles/email/ann%40shop.example/segments", authorization=f"Bearer {secret}")

    assert answer.status == 200
    told = json.loads(answer.body)
    assert [one["segment"] for one in told] == ["buyers", "zoo"]
    assert told[0]["words"] == {"fr": "a commandé au cours des 9 derniers jours", "en": "ordered in the last 9 days"}
    assert datetime.fromisoformat(told[0]["entered_at"]) == shop.clock.now()
