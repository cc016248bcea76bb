from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir import plugins
from comptoir.grammar.fields import Fields, Map, load
from comptoir.model.scenario import Effect, Facts, FieldKind, Go, Stay, WorldFacts
from tests.acting_house import built_in

YAML = {
    "wait": "{for: 25 minutes, since: last_action}",
    "wait_for_event": "{event: Order Completed, timeout: 2 hours, on_event: [], on_timeout: []}",
    "condition": "{if: cart_is_open, then: [], otherwise: []}",
    "send": "{template: reminder, within: 30 minutes}",
    "exit": "{reason: done}",
    "split": "{cases: [{if: cart_is_open, then: []}, {name: other, if: person_has_email}], otherwise: []}",
    "random_split": "{ways: [{name: a, weight: 3}, {name: b}]}",
    "experiment": "{arms: [{name: a}, {name: b, weight: 2}]}",
    "webhook": "{endpoint: crm, event: lead.made, body: {color: red}}",
    "notify": "{to: [sales@shop.example], template: alert}",
    "set_trait": "{trait: vip, value: true}",
    "goal": "{name: bought, ends: false}",
}
MORE = {
    "wait": [
        "{until: '09:30'}",
        "{for: 2 days, until: 9:30, on: [monday, thursday]}",
        "{on: [sunday]}",
        "{for: 1 day, best_hour: true, until: '09:30'}",
        "{best_hour: true, on: [tuesday]}",
    ],
    "wait_for_event": ["{event: Order Completed, timeout: 2 hours, where: {total: {at_least: 50}}}"],
    "send": ["{stored: hello, stored_version: 2, within: 1 day, tags: [birthday], products: viewed, class: service}"],
    "goal": ["{name: bought}"],
}
START = datetime(2026, 1, 1, tzinfo=UTC)

instants = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC))
facts = st.builds(
    Facts,
    now=instants,
    entered_at=instants,
    arrived_at=instants,
    last_action_at=instants,
    happened=st.sets(st.sampled_from(["Order Completed", "Product Added"])).map(frozenset),
    consented=st.just(frozenset({("marketing", "email")})),
    world=st.just(WorldFacts()),
    zone=st.sampled_from(["Europe/Paris", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
    who=st.text(max_size=5),
)


def made(kind: str, text: str = "") -> Any:
    inner = load(f"step: {text or YAML[kind]}")["step"]
    assert isinstance(inner, Map)
    fields = Fields(inner, "step", key="one", blocks=lambda _value, _where, _key: ())
    step = built_in(kind).read(fields)
    fields.done()
    return step


@pytest.mark.parametrize("kind", YAML)
@given(known=facts)
def test_a_decision_is_a_pure_function_of_facts(kind: str, known: Facts) -> None:
    step = made(kind)

    assert step.decide(known) == step.decide(known)


@pytest.mark.parametrize("kind", YAML)
@given(known=facts)
def test_a_step_goes_where_it_has_a_branch_or_stays_until_later(kind: str, known: Facts) -> None:
    step = made(kind)

    decision = step.decide(known)

    if isinstance(decision, Stay):
        assert decision.until > known.now
    else:
        assert isinstance(decision, Go)
        assert decision.branch in {"", *step.branches}
        assert all(isinstance(effect, Effect) for effect in decision.effects)


@pytest.mark.parametrize("kind", YAML)
@given(known=facts)
def test_a_step_that_stays_goes_on_when_its_time_has_come(kind: str, known: Facts) -> None:
    step = made(kind)
    decision = step.decide(known)

    if isinstance(decision, Stay):
        later = Facts(
            now=decision.until, entered_at=known.entered_at, arrived_at=known.arrived_at,
            last_action_at=known.last_action_at, happened=known.happened, world=known.world, zone=known.zone,
        )  # fmt: skip
        assert isinstance(step.decide(later), Go)


@pytest.mark.parametrize("kind", YAML)
def test_a_step_keeps_its_key_and_says_its_kind(kind: str) -> None:
    step = made(kind)

    assert step.key == "one"
    assert step.kind == kind
    assert isinstance(step.restarts, bool)
    assert step.waits_for is None or isinstance(step.waits_for, str)


def test_a_new_action_starts_a_wait_again() -> None:
    step = made("wait")
    known = Facts(now=START, entered_at=START, arrived_at=START, last_action_at=START)

    assert step.restarts
    assert step.decide(known) == Stay(START + timedelta(minutes=25))


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, some in MORE.items() for text in some])
@given(known=facts)
def test_every_way_to_write_a_step_holds_to_the_contract(kind: str, text: str, known: Facts) -> None:
    step = made(kind, text)
    decision = step.decide(known)

    assert step.decide(known) == decision
    if isinstance(decision, Stay):
        assert decision.until > known.now


@pytest.mark.parametrize("kind", YAML)
def test_a_form_has_a_field_for_everything_a_step_reads_in_both_languages(kind: str) -> None:
    fields = type(made(kind)).form()
    names = [field.name for field in fields]
    written = {name for text in (YAML[kind], *MORE.get(kind, ())) for name in load(f"step: {text}")["step"]}  # type: ignore[attr-defined]

    assert len(set(names)) == len(names)
    assert written <= set(names)
    assert set(type(made(kind)).label) == {"fr", "en"}
    for field in fields:
        assert set(field.label) == {"fr", "en"}
        assert field.kind in set(FieldKind)
        assert (field.kind == FieldKind.CHOICE) <= bool(field.options)


def test_the_same_person_always_goes_the_same_way_and_shares_follow_weights() -> None:
    step = made("random_split")
    ways = [
        step.decide(Facts(now=START, entered_at=START, arrived_at=START, last_action_at=START, who=f"p{number}")).branch
        for number in range(2_000)
    ]
    kept = Facts(now=START, entered_at=START, arrived_at=START, last_action_at=START, who="p1", drawn={"one": "b"})

    assert 1_400 <= ways.count("a") <= 1_600
    assert step.decide(kept) == Go("b")


def test_every_installed_step_is_held_to_this_contract() -> None:
    assert {point.name for point in plugins.offered(plugins.Kind.STEP)} <= set(YAML)
