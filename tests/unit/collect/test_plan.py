"""Tracking plans: read, compiled, held against events, inferred from them, and counted within limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comptoir.clock import micros
from comptoir.collect.plan import declared, infer, store
from comptoir.collect.plan.check import MOST_KEYS, Checker, Findings, Key, Reason, Tally, is_well_named, stage
from comptoir.collect.plan.declared import BadPlan, Kind, Naming, Plan, Planned, Property
from comptoir.model.event import RefusalReason
from comptoir.state.base import State
from tests.stores import new_state
from tests.unit.collect.lines import event

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TEXT = """
naming: Object Action
unplanned: count
events:
  Product Viewed:
    says: A product page was seen.
    owner: web team
    then: {then}
    others: {others}
    properties:
      product_id: {{type: text, required: true}}
      price: {{type: number}}
      quantity: {{type: integer}}
      is_new: {{type: boolean}}
      seen_on: {{type: instant}}
      currency: {{type: text, one_of: [EUR, GBP]}}
      size: {{type: number, one_of: [1, 2.5]}}
      maker: {{type: object, properties: {{name: {{type: text, required: true}}}}}}
      products: {{type: list, properties: {{sku: {{type: text, required: true}}, price: {{type: number}}}}}}
"""


def plan(then: str = "count", others: str = "ignore") -> Plan:
    return declared.parse(TEXT.format(then=then, others=others))


def checked(said: Mapping[str, Any], asked: Plan | None = None, **fields: Any) -> tuple[list[str], Any]:
    """Hold one event against a plan; give what was found as `property reason`, and the outcome."""
    findings = Findings()
    one = event(**({"name": "Product Viewed", "properties": json.dumps(said)} | fields))
    outcome = stage({"main": Checker.of(asked or plan())}, findings)([one])
    return [f"{key.property} {key.reason}".strip() for key in findings.tallies], outcome


GOOD: dict[str, Any] = {
    "product_id": "p", "price": 1, "quantity": 2, "is_new": True, "seen_on": "2026-11-22T10:00:00Z", "currency": "EUR",
    "size": 2.5, "maker": {"name": "x", "more": 1}, "products": [{"sku": "a", "price": 1.5}], "else": [1],
}  # fmt: skip


def test_an_event_that_follows_its_plan_passes() -> None:
    found, outcome = checked(GOOD)

    assert found == []
    assert len(outcome.kept) == 1


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"product_id": None}, ["product_id missing"]),
        ({"price": "12,50"}, ["price wrong_type"]),
        ({"price": True}, ["price wrong_type"]),
        ({"price": None}, []),
        ({"price": 2**70}, []),
        ({"quantity": 1.5}, ["quantity wrong_type"]),
        ({"quantity": 2**70}, []),
        ({"is_new": "yes"}, ["is_new wrong_type"]),
        ({"seen_on": "22 novembre"}, ["seen_on wrong_type"]),
        ({"seen_on": "2026-11-22"}, []),
        ({"currency": "USD"}, ["currency not_allowed_value"]),
        ({"currency": 1}, ["currency wrong_type"]),
        ({"size": 3}, ["size not_allowed_value"]),
        ({"maker": {}}, ["maker.name missing"]),
        ({"maker": []}, ["maker wrong_type"]),
        ({"products": {}}, ["products wrong_type"]),
        ({"products": [1]}, ["products[] wrong_type"]),
        ({"products": [{"sku": 1}, {"sku": 2}, {}]}, ["products[].sku wrong_type", "products[].sku missing"]),
        ({"product_id": 1, "price": "x"}, ["product_id wrong_type", "price wrong_type"]),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], found: list[str]) -> None:
    assert checked(GOOD | changes)[0] == found


def test_an_event_is_let_through_stripped_or_refused_as_the_plan_says() -> None:
    said = GOOD | {"price": "x", "currency": "USD", "new": 1}

    (kept,) = checked(said, plan("count"))[1].kept
    (stripped,) = checked(said, plan("strip", "count"))[1].kept
    refused = checked(said, plan("refuse"))[1]

    assert json.loads(bytes(kept.line.properties)) == said
    assert json.loads(bytes(stripped.line.properties)) == {
        name: value for name, value in said.items() if name not in {"price", "currency", "new", "else"}
    }
    assert refused.kept == []
    assert refused.refused[0].reason is RefusalReason.OFF_PLAN
    assert refused.refused[0].detail == "wrong_type price, not_allowed_value currency"


def test_properties_that_nobody_planned_can_be_counted_or_taken_away_without_touching_the_rest() -> None:
    said = GOOD | {"price": "x", "a.b": 1, "c[0]": 2}

    found, outcome = checked(said, plan("count", "strip"))

    assert found == [
        "price wrong_type", "else unplanned_property", "a.b unplanned_property", "c[0] unplanned_property",
    ]  # fmt: skip
    assert set(json.loads(bytes(outcome.kept[0].line.properties))) == set(GOOD) - {"else"}


@pytest.mark.parametrize("name", ["a b", "é", "", "x\x1f", 'a"b', "a\\b", "$", "f0", "class", "products[].x"])
def test_a_property_may_be_called_anything(name: str) -> None:
    asked = Plan(events={"E": Planned(properties={name: Property(type=Kind.NUMBER, required=True)})})

    assert checked({name: 1}, asked, name="E")[0] == []
    assert checked({name: "x"}, asked, name="E")[0] == [f"{name} wrong_type".strip()]
    assert checked({}, asked, name="E")[0] == [f"{name} missing".strip()]


def test_exact_numbers_survive_the_strip() -> None:
    text = '{"product_id":"p","price":"x","exact":0.10000000000000000000001,"big":18446744073709551616000}'

    _, outcome = checked({}, plan("strip"), properties=text)

    assert bytes(outcome.kept[0].line.properties) == text.replace('"price":"x",', "").encode()


def test_events_that_nobody_planned_are_counted_refused_or_ignored() -> None:
    def with_(unplanned: str) -> Plan:
        return declared.parse(f"unplanned: {unplanned}\nnaming: Object Action\nevents: {{}}")

    assert checked({}, with_("count"), name="x")[0] == ["unplanned_event", "bad_name"]
    assert checked({}, with_("count"), name="Thing Done")[0] == ["unplanned_event"]
    assert checked({}, with_("ignore"), name="Thing Done")[0] == []
    assert checked({}, with_("refuse"), name="Thing Done")[1].kept == []
    assert checked({}, with_("refuse"), type="page", name="Home")[0] == []


def test_pages_and_identifies_are_planned_by_their_type() -> None:
    asked = Plan(
        events={
            "page": Planned(properties={"section": Property(type=Kind.TEXT, required=True)}),
            "identify": Planned(properties={"email": Property(type=Kind.TEXT)}),
        }
    )

    assert checked({}, asked, type="page", name="Home")[0] == ["section missing"]
    assert checked({}, asked, type="identify", name="", traits='{"email":1}')[0] == ["email wrong_type"]


def test_other_brands_and_what_comptoir_says_itself_are_left_alone() -> None:
    assert checked({}, brand="other")[0] == []
    assert checked({}, source="comptoir")[0] == []


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


_CHECKERS = [Checker.of(plan("count", others)) for others in ("ignore", "count")]


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(sorted(GOOD)) | st.text(max_size=4), _JSON, max_size=8))
def test_the_quick_look_and_the_closer_one_always_agree(said: dict[str, Any]) -> None:
    for checker in _CHECKERS:
        rule = checker.rules["Product Viewed"]
        one = event(name="Product Viewed", properties=json.dumps(said))
        findings = Findings()
        stage({"main": checker}, findings)([one])

        assert [key[3:] for key in findings.tallies] == [
            (wrong.property, wrong.reason.value) for wrong in rule.wrongs(one.line.properties)
        ]


@settings(max_examples=40)
@given(st.dictionaries(st.text(max_size=6), _JSON, max_size=6))
@example({"\x85": []})  # a line's end to YAML, where it stands bare
def test_a_plan_made_of_what_arrived_finds_no_fault_with_it(said: dict[str, Any]) -> None:
    kinds = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR", list: "ARRAY", dict: "OBJECT"}
    rows: list[dict[str, Any]] = [{"event": "E", "property": "", "type": "", "times": 1}]
    rows += [
        {"event": "E", "property": name, "type": kinds.get(type(value), "NULL"), "times": 1, "distinct_count": 1,
         "some_values": [value] if isinstance(value, str) else []}
        for name, value in said.items() if name
    ]  # fmt: skip

    made = infer.infer(rows)

    assert declared.parse(declared.render(made)) == made
    found, _ = checked({name: value for name, value in said.items() if name}, made, name="E")
    assert found == []


def test_types_fill_rates_and_short_lists_of_values_are_inferred() -> None:
    def row(name: str, kind: str, times: int, distinct: int = 0, values: tuple[str, ...] = ()) -> dict[str, Any]:
        return {
            "event": "Product Viewed", "property": name, "type": kind, "times": times, "distinct_count": distinct,
            "some_values": list(values),
        }  # fmt: skip

    made = infer.infer([
        row("", "", 1_000), row("product_id", "VARCHAR", 1_000, 400, ("p1", "p2")), row("price", "DOUBLE", 900),
        row("price", "BIGINT", 100), row("currency", "VARCHAR", 999, 2, ("EUR", "GBP")),
        row("coupon", "VARCHAR", 10, 3, ("A",)), row("at", "VARCHAR", 500, 500, ("2026-11-22T10:00:00Z",)),
        row("mixed", "VARCHAR", 500, 9, ("a",)), row("mixed", "OBJECT", 400), row("nothing", "NULL", 1_000),
    ])  # fmt: skip

    found = made.events["Product Viewed"].properties
    assert made.naming is Naming.OBJECT_ACTION
    assert {name: one.type.value for name, one in found.items()} == {
        "product_id": "text", "price": "number", "currency": "text", "coupon": "text", "at": "instant", "mixed": "any",
    }  # fmt: skip
    assert {name for name, one in found.items() if one.required} == {"product_id", "price", "currency"}
    assert found["currency"].one_of == ["EUR", "GBP"]
    assert found["coupon"].one_of == found["product_id"].one_of == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("events: [", "this is no YAML"),
        ("- a", "Expected `object`"),
        ("events: {A: {propertees: {}}}", "propertees"),
        ("events: {A: {properties: {b: {type: texte}}}}", "texte"),
        ("events: {A: {properties: {b: {type: number, one_of: [x]}}}}", "'x' is no number"),
        ("events: {A: {properties: {b: {type: text, properties: {c: {}}}}}}", "only a list or an object"),
        ("events: {A: &a {}, B: *a}", "this is no YAML"),
        ("events: {' ': {}}", "no name"),
        ("a: " + "[" * 2_000, "nested too deep"),
        ("x" * 300_000, "longer"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(BadPlan) as caught:
        declared.parse(text)

    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "naming", "is_good"),
    [
        ("Product Viewed", "Object Action", True), ("Order Step 2 Viewed", "Object Action", True),
        ("product viewed", "Object Action", False), ("Viewed", "Object Action", False),
        ("product_viewed", "snake_case", True), ("Product_viewed", "snake_case", False), ("!!", "any", True),
    ],
)  # fmt: skip
def test_names_follow_the_rule_or_not(name: str, naming: str, is_good: bool) -> None:
    assert is_well_named(name, Naming(naming)) is is_good


# ── kept


@pytest.fixture
def state(tmp_path: Path) -> State:
    return new_state(tmp_path / "state.db")


def told(count: int, at: datetime = NOW, start: int = 0) -> Findings:
    found = Findings()
    for number in range(start, start + count):
        key = Key("main", "site", f"event {number}", "", Reason.UNPLANNED_EVENT.value)
        found.tallies[key] = Tally(micros(at), micros(at), 1, [])
    return found


def test_findings_add_up_by_day_and_ask_for_attention_until_somebody_looks(state: State) -> None:
    with state.write() as connection:
        for days_ago in (2, 1, 1, 0):
            store.note(connection, told(1, NOW - timedelta(days=days_ago)))
        assert store.new_findings(connection, now=NOW) == {"main": 1}
        assert store.new_findings(connection, now=NOW, brands=["other"]) == {}
        (before,) = store.list_findings(connection, "main", now=NOW, days=3)
        store.look(connection, "main", now=NOW, by="ann")
        (after,) = store.list_findings(connection, "main", now=NOW, days=3)
        assert store.new_findings(connection, now=NOW) == {}
    assert (before.times, before.days, before.is_new, after.is_new) == (4, (1, 2, 1), True, False)


def test_findings_are_capped_against_a_flood_of_names_and_none_goes_uncounted(state: State) -> None:
    found = Findings()
    checker = Checker.of(Plan())
    for number in range(3 * MOST_KEYS):
        outcome = stage({"main": checker}, found)([event(name=f"n{number}")])
        assert len(outcome.kept) == 1
    assert len(found.tallies) == MOST_KEYS + 1

    with state.write() as connection:
        for start in range(0, 3_000, 1_000):
            store.note(connection, told(1_000, start=start))
        listed = store.list_findings(connection, "main", now=NOW)
    assert len(listed) == store.MOST_FINDINGS + 1
    assert sum(one.times for one in listed) == 3_000


def test_the_catalogue_is_capped_and_counts_the_rest_together(state: State) -> None:
    at = micros(NOW)
    rows = [
        {"brand": "main", "source": "site", "event": f"e{number}", "property": "", "type": "", "times": 2,
         "first_at": at, "last_at": at}
        for number in range(store.MOST_NAMES + 500)
    ]  # fmt: skip
    part = {"event": "e1", "property": "a", "type": "VARCHAR", "times": 1}
    with state.write() as connection:
        store.note_names(connection, [rows[1], rows[1] | part, rows[1] | part | {"type": "DOUBLE"}])
        store.note_names(connection, rows)
        found = store.catalogue(connection, "main")
        own = store.catalogue(connection, "main", event="e1")

    assert len(found) == store.MOST_NAMES + 1
    assert next(one.times for one in found if one.event == infer.OTHERS) == 2 * 501
    assert [(one.property, one.times, dict(one.types)) for one in own] == [
        ("", 4, {}), ("a", 2, {"VARCHAR": 1, "DOUBLE": 1}),
    ]  # fmt: skip


def test_versions_say_who_and_when_and_hold_from_a_second_later(state: State) -> None:
    book = store.Plans(state)
    with state.write() as connection:
        assert store.publish(connection, "main", "events: {A: {}}", now=NOW, by="ann", note="first") == 1
        with pytest.raises(BadPlan):
            store.publish(connection, "main", "events: [", now=NOW, by="ann")
        assert store.publish(connection, "main", "", now=NOW + timedelta(seconds=10), by="bob") == 2
        told = [(one.version, one.published_by, one.published_at) for one in store.versions(connection, "main")]
        assert store.plan_of(connection, "main") is None

    assert told == [(2, "bob", NOW + timedelta(seconds=10)), (1, "ann", NOW)]
    assert book.at(NOW) == {}
    assert list(book.at(NOW + timedelta(seconds=1))["main"].rules) == ["A"]
    assert book.at(NOW + timedelta(seconds=11)) == {}
