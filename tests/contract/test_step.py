from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir import plugins
from comptoir.model.scenario import Facts, Go, Leave, Proposal, Stay, WorldFacts
from comptoir.scenarios.fields import Fields, Map, load
from tests.acting_house import built_in

YAML = {
    "wait": "{for: 25 minutes, since: last_action}",
    "wait_for_event": "{event: Order Completed, timeout: 2 hours, on_event: [], on_timeout: []}",
    "condition": "{if: cart_is_open, then: [], otherwise: []}",
    "send": "{template: reminder, within: 30 minutes}",
    "exit": "{reason: done}",
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
)


def made(kind: str) -> Any:
    inner = load(f"step: {YAML[kind]}")["step"]
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
        assert all(isinstance(effect, (Leave, Proposal)) for effect in decision.effects)


@pytest.mark.parametrize("kind", YAML)
@given(known=facts)
def test_a_step_that_stays_goes_on_when_its_time_has_come(kind: str, known: Facts) -> None:
    step = made(kind)
    decision = step.decide(known)

    if isinstance(decision, Stay):
        later = Facts(
            now=decision.until, entered_at=known.entered_at, arrived_at=known.arrived_at,
            last_action_at=known.last_action_at, happened=known.happened, world=known.world,
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


def test_every_installed_step_is_held_to_this_contract() -> None:
    assert {point.name for point in plugins.offered(plugins.Kind.STEP)} <= set(YAML)
