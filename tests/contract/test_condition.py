from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from comptoir.model.scenario import FieldKind
from comptoir.segments import follow, parse, predicate, resolve
from comptoir.segments.asked import Around, No, Rhythm
from comptoir.segments.base import GROUPS, LANGUAGES
from comptoir.segments.follow import Live, News
from comptoir.segments.parse import BadSegment
from comptoir.warehouse.duckdb import DuckdbWarehouse, open_warehouse

ONE: dict[str, list[Any]] = {
    "affinity": ["Shoes", {"category": "Shoes", "lift_at_least": 2, "value_at_least": 1}],
    "bucket": ["0.1", {"share": "0.2", "after": "0.8", "salt": "x"}],
    "cart": ["abandoned", {"state": ["open", "expired"], "amount_at_least": 5, "category": "A", "product": ["p"]}],
    "consent": ["email", {"purpose": "news", "channel": "sms", "state": "withdrawn"}],
    "did": ["X", {"event": ["X", "Page Viewed"], "within": "2 hours", "where": {"a.b": {"contains": "c"}}},
            {"event": "X", "measure": "distinct", "of": "color", "at_least": 2, "product": ["p"]}],
    "due": ["Coffee", {"category": "Coffee", "when": "late"}, {"category": "Home", "when": "early"}],
    "eligible": ["credit"],
    "language": ["fr", {"is": ["fr", "nl"]}],
    "listed": ["fair"],
    "loyalty": ["gold", {"at_least": 5, "expiring": 3, "within": "10 days"}],
    "message": ["clicked", {"was": "sent", "channel": "email", "scenario": "s", "within": "3 days", "at_most": 2}],
    "ordered": ["30 days", {"measure": "margin", "at_least": "10.50"}, {"coupon": "true", "shop": "S"}],
    "place": ["FR", {"postal_code": "69", "city": ["Lyon", "Paris"]}],
    "reachable": ["email"],
    "score": [{"name": "rfm", "label": ["a"], "top": "0.1", "decile": 2, "changed_to": "b", "within": "3 days"}],
    "segment": ["other"],
    "sequence": [{"event": "A", "then_not": "B", "gap": "2 days"}, {"event": "A", "then": "B", "gap": "2 hours"}],
    "stage": ["slipping", {"is": ["lost"], "for_at_least": "3 days", "for_at_most": "9 days"}],
    "trait": [{"name": "city", "is": "Lyon"}, {"name": "birthday", "anniversary_within": "7 days"}],
    "visit": ["search", {"device": "mobile", "at_least": 2, "within": "3 days"}],
}  # fmt: skip
HOSTILE = [
    "'; DROP TABLE fact.events; --",
    '" OR 1=1 --',
    "\\'); ATTACH 'x'",
    "$now",
    "a/b~c.d",
    "{{7*7}}",
    "é'\u2028 ?",
]
AROUND = Around(
    zones={"m": "Europe/Paris", "n": "Asia/Tokyo"},
    currencies={"m": "EUR", "n": "JPY"},
    rhythms={"m": {"Coffee": Rhythm(20, 40)}, "n": {"Coffee": Rhythm(10, None)}},
)
OTHER = parse.read("version: 1\nkey: other\nname: Other\nnever: [credit]\nif: {trait: {name: a, is: b}}\n")
NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckdbWarehouse]:
    made = open_warehouse(Path(tmp_path_factory.mktemp("kinds")) / "warehouse.duckdb")
    with made.cursor() as cursor:
        tables = {name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert "events" in tables
    yield made
    made.close()


def definition(said: object) -> parse.Definition:
    return parse.of_values({"version": 1, "key": "one", "name": "One", "if": said})


def test_every_kind_that_is_offered_is_tried_here() -> None:
    assert set(ONE) == set(parse.known())


@pytest.mark.parametrize("name", ONE)
def test_a_kind_has_a_form_and_says_itself_in_both_languages(name: str) -> None:
    kind = parse.by_entry_point(name)

    assert kind.kind == name
    assert kind.group in GROUPS
    assert set(kind.label) == set(LANGUAGES)
    fields = kind.form()
    assert len({field.name for field in fields}) == len(fields)
    for field in fields:
        assert field.kind in set(FieldKind)
        assert set(field.label) == set(LANGUAGES)
    for said in ONE[name]:
        words = {language: definition({name: said}).words(language) for language in LANGUAGES}
        assert all(words.values())
        assert words["fr"] != words["en"]


@pytest.mark.parametrize("name", ONE)
def test_a_kind_is_answered_in_both_shapes(name: str, warehouse: DuckdbWarehouse) -> None:
    for said in ONE[name]:
        question = resolve.resolve(definition({name: said}), {"other": OTHER}, lambda _brand: AROUND)
        those = follow.followed([Live.of("a", question), Live.of("b", No(question))], AROUND.zone_list)
        with warehouse.transaction() as cursor:
            follow.follow(cursor, News(tick_id=1, now=NOW), those)
            news = News(tick_id=2, now=NOW, nodes=frozenset({5}), people=frozenset({"p5"}))
            follow.follow(cursor, news, those)
            assert len(follow.run(cursor, predicate.members(question), AROUND.zone_list, NOW)) == 0


def _whatever_brand(around: Around, brand: str | None) -> Around:
    del brand
    return around


@pytest.mark.parametrize("hostile", HOSTILE)
def test_whatever_stands_in_a_field_is_a_value_and_never_sql(hostile: str, warehouse: DuckdbWarehouse) -> None:
    with warehouse.cursor() as cursor:
        before = cursor.execute("SELECT count(*) FROM duckdb_tables()").fetchall()
    for said in (
        {"did": {"event": hostile, "category": hostile, "maker": hostile, "product": [hostile], "within": "3 hours",
                 "where": {hostile: hostile, "x": {"contains": hostile}, "y": [hostile, "z"]}}},
        {"did": {"event": hostile, "measure": "distinct", "of": hostile, "at_least": 1}},
        {"ordered": {"category": hostile, "product": [hostile], "shop": hostile, "coupon": hostile}},
        {"trait": {"name": hostile, "starts_with": hostile}},
        {"sequence": {"event": hostile, "then": hostile, "gap": "1 hour", "category": hostile}},
        {"cart": {"product": [hostile], "category": hostile}},
        {"consent": {"purpose": hostile, "channel": hostile}},
        {"message": {"channel": hostile, "scenario": hostile}},
        {"score": {"name": hostile, "label": [hostile], "changed_to": hostile}},
        {"stage": {"is": [hostile]}}, {"affinity": {"category": hostile}}, {"loyalty": {"tier": [hostile]}},
        {"place": {"city": [hostile], "postal_code": hostile}}, {"language": {"is": [hostile]}},
        {"visit": {"utm_campaign": [hostile]}}, {"bucket": {"share": "0.5", "salt": hostile}},
        {"listed": {"name": hostile}}, {"due": {"category": hostile}},
    ):  # fmt: skip
        around = replace(AROUND, rhythms={"m": {hostile: Rhythm(1, 2)}})  # it was sold under that name
        question = resolve.resolve(definition(said), {}, partial(_whatever_brand, around))
        with warehouse.cursor() as cursor:
            follow.run(cursor, predicate.members(question), AROUND.zone_list, NOW)
            follow.followed([Live.of("a", question)], AROUND.zone_list)
            assert cursor.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == before


def test_segments_that_ask_for_each_other_are_refused_with_the_way_around() -> None:
    one = parse.read("version: 1\nkey: one\nname: One\nif: {segment: two}\n")
    two = parse.read("version: 1\nkey: two\nname: Two\nif: {not: {segment: one}}\n")

    with pytest.raises(resolve.SegmentCircle) as caught:
        resolve.check(one, {"two": two})

    assert "one → two → one" in str(caught.value.facts["what"])


def test_an_offer_may_close_a_circle_too() -> None:
    one = parse.read("version: 1\nkey: one\nname: One\nnever: [credit]\nif: {eligible: credit}\n")

    with pytest.raises(resolve.SegmentCircle):
        resolve.check(one, {})


def test_a_segment_that_nobody_published_is_missed() -> None:
    with pytest.raises(BadSegment) as caught:
        resolve.check(definition({"segment": "nowhere"}), {})

    assert isinstance(caught.value, resolve.SegmentMissing)
