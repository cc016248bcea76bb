from __future__ import annotations

import pytest

from comptoir.grammar.fields import BadDefinition
from comptoir.model.scenario import Goto
from comptoir.scenarios import definitions
from comptoir.scenarios.parse import parse
from comptoir.scenarios.steps import Branch, Exit, Send, Wait
from tests.acting_house import built_in

SMALL = """
scenario: small
version: 1
title: {fr: Petit, en: Small}
trigger: {events: [Product Added], key: cart}
steps:
  - wait: {for: 1 hour}
  - exit: done
"""


def read(text: str) -> object:
    return parse(text, steps=built_in)


def test_the_shipped_basket_is_read_into_frozen_steps() -> None:
    made = parse(definitions.shipped()["abandoned-basket"], steps=built_in)

    assert [type(step) for step in made.steps] == [Wait, Branch, Send, Exit]
    assert made.control_share == 0.1
    assert made.program["pause"].after == "worth-it"
    assert made.program["worth-it"].into == {"then": "reminder", "otherwise": "worth-it.otherwise.exit1"}
    assert made.program["end"].after is None
    assert set(made.words["reminder"]) == {"fr", "en"}
    assert made.listens_to >= {"Product Added", "Order Completed"}


def test_branches_meet_again_below_and_goto_leads_to_a_key() -> None:
    made = parse(
        SMALL.replace("  - exit: done", """
  - wait_for_event:
      key: ordered
      event: Order Completed
      timeout: 1 hour
      on_event: [{wait: {key: thanks, for: 1 minute}}]
      on_timeout: {goto: again}
  - wait: {key: again, for: 2 hours}
"""), steps=built_in)  # fmt: skip

    assert made.program["ordered"].into == {"on_event": "thanks", "on_timeout": "again"}
    assert made.program["thanks"].after == "again"
    assert made.program["ordered"].step.branches["on_timeout"] == Goto("again")


@pytest.mark.parametrize(
    ("old", "new", "what", "mend"),
    [
        ("wait: {for: 1 hour}", "wait: {for: soon}", "`for: soon` does not fit", "25 minutes"),
        ("wait: {for: 1 hour}", "wait: {fore: 1 hour}", "`for` is missing", "add `for"),
        ("wait: {for: 1 hour}", "wait: {for: 1 hour, sinse: entry}", "`sinse` is no field", "`since`"),
        ("wait: {for: 1 hour}", "wayt: {for: 1 hour}", "`wayt` is no step", "`wait`"),
        ("wait: {for: 1 hour}", "condition: {if: cart_open}", "`cart_open` is no condition", "cart_is_open"),
        ("wait: {for: 1 hour}", "send: {template: t, within: 1 hour}", "template `t` has no words", "words"),
        ("wait: {for: 1 hour}", "wait: {for: 99999999999 weeks}", "does not fit", "a clock can hold"),
        ("version: 1", "version: 1\nversion: 2", "named twice", "keep one"),
        ("version: 1", "version: one", "does not fit", "whole number"),
        ("version: 1", "version: 1\npriorty: 3", "`priorty` is no field", "`priority`"),
        ("key: cart", "key: basket", "does not fit", "cart, person"),
        ("scenario: small", "scenario: &a small\nbrands: [*a]", "aliases", "write the value out"),
        ("title: {fr: Petit, en: Small}", "title: {fr: [}", "no YAML", "indents"),
        ("version: 1", "version: 1\ncontrol_share: 10", "does not fit", "share between 0 and 1"),
    ],
)
def test_an_error_says_what_is_wrong_where_and_how_to_mend_it(old: str, new: str, what: str, mend: str) -> None:
    with pytest.raises(BadDefinition) as caught:
        read(SMALL.replace(old, new))

    assert what in str(caught.value.facts["what"])
    assert mend in str(caught.value.facts["mend"])
    assert caught.value.facts["where"]


def test_an_error_names_the_line() -> None:
    with pytest.raises(BadDefinition) as caught:
        read(SMALL.replace("wait: {for: 1 hour}", "wait: {for: soon}"))

    assert "line 7" in str(caught.value.facts["where"])


def test_a_goto_that_leads_nowhere_is_refused() -> None:
    text = SMALL.replace("wait: {for: 1 hour}", "condition: {if: cart_is_open, then: {goto: nowhere}}")
    with pytest.raises(BadDefinition, match="names no step"):
        read(text)


def test_amounts_stay_exact() -> None:
    made = parse(SMALL.replace("wait: {for: 1 hour}", "condition: {if: {cart_amount_at_least: 10.10}}"), steps=built_in)

    step = made.steps[0]
    assert isinstance(step, Branch)
    assert str(step.condition.amount) == "10.10"  # type: ignore[attr-defined]


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    with pytest.raises(BadDefinition):
        read("scenario: " + "[" * 5_000 + "]" * 5_000)
