"""Which statement stands, field by field, and why the others do not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.golden.choose import Criterion, Field, PlainGrader, Policy, Said, choose, completes, policy_of
from comptoir.quality.graded import Grade


class Pattern:
    """Grades by a mark in the value, as a test needs it."""

    def grade(self, name: str, value: object) -> Grade:
        del name
        return next((grade for grade in Grade if grade.value in str(value)), Grade.VALID)


def said(value: object, source: str = "web", at: int = 1, *, trust: str = "confirmed", name: str = "city") -> Said:
    return Said(name, json.dumps(value), source, "main", at, f"m-{source}-{at}", trust)


def one(*statements: Said, policy: Policy | None = None, brand: str = "") -> Field:
    (field,) = choose(statements, policy or Policy(), brand)
    return field


def value_of(field: Field) -> object:
    return json.loads(bytes(field.value))


def test_what_only_one_source_says_stands_and_nobody_says_otherwise() -> None:
    field = one(said("Lyon"))

    assert (value_of(field), field.source, field.why, field.others) == ("Lyon", "web", Criterion.ALONE, ())


def test_sources_that_say_the_same_agree_and_the_latest_is_named() -> None:
    field = one(said("Lyon", "crm", 1), said("Lyon", "till", 5))

    assert (field.source, field.agree, field.why) == ("till", ("crm",), Criterion.ALONE)


def test_the_latest_stands_where_nothing_else_decides_and_the_other_is_shown_with_its_source_and_date() -> None:
    field = one(said("Lyon", "crm", 1), said("Paris", "till", 5))

    assert (value_of(field), field.why) == ("Paris", Criterion.RECENCY)
    (other,) = field.others
    assert (json.loads(bytes(other.value)), other.source, other.at, other.why) == ("Lyon", "crm", 1, "recency")


def test_a_claim_never_beats_what_is_confirmed_however_late_or_highly_ranked() -> None:
    policy = policy_of(["web,crm"], PlainGrader())

    field = one(said("Owned", "web", 99, trust="claimed"), said("Ann", "crm", 1), policy=policy)

    assert (value_of(field), field.why) == ("Ann", Criterion.TRUST)


def test_a_valid_value_beats_a_doubtful_one_and_a_refused_one_never_stands() -> None:
    policy = Policy(grader=Pattern())

    assert value_of(one(said("fine", at=1), said("doubtful", "b", 2), policy=policy)) == "fine"
    field = one(said("refused", at=3), policy=policy)
    assert (field.stands, field.grade, [other.why for other in field.others]) == (False, "refused", ["validity"])


def test_a_brand_with_ranks_of_its_own_may_believe_another_source() -> None:
    policy = policy_of(["crm,till", "nordis=till"], PlainGrader())
    statements = said("Lyon", "crm", 1), said("Paris", "till", 5)

    assert value_of(one(*statements, policy=policy)) == "Lyon"
    assert value_of(one(*statements, policy=policy, brand="nordis")) == "Paris"
    assert one(*statements, policy=policy).why == Criterion.SOURCE


@pytest.mark.parametrize(
    ("name", "whole", "part", "is_whole"),
    [
        ("first_name", "Jean", "J.", True),
        ("first_name", "Jean Paul", "J. P.", True),
        ("first_name", "Jeanne", "Jean", False),
        ("first_name", "Élodie", "E", True),
        ("address_line", "12 rue de la Paix, Paris", "12 rue de la Paix", True),
        ("last_name", "Dupont Martin", "Dupont", False),
        ("points", "12", "1", False),
        ("email", "camille.durand@example.org", "c.durand@example.org", False),
        ("loyalty_tier", "Argent", "A", False),
        ("city", "Lyon", "Lyon", False),
        ("city", "Lyon", 3, False),
    ],
)
def test_a_value_completes_its_initial_or_its_beginning(name: str, whole: str, part: object, is_whole: bool) -> None:
    assert completes(name, whole, part) is is_whole


def test_a_later_initial_does_not_drive_out_the_whole_name() -> None:
    field = one(said("Jean", "crm", 1, name="first_name"), said("J.", "till", 5, name="first_name"))

    assert (value_of(field), field.why) == ("Jean", Criterion.COMPLETENESS)


@pytest.mark.parametrize("empty", ["", " ", "N/A", None, [], {}])
def test_an_empty_value_drives_nothing_out(empty: object) -> None:
    assert value_of(one(said("Lyon", at=1), said(empty, "b", 2))) == "Lyon"


statements = st.builds(
    said,
    st.sampled_from(["Jean", "J.", "Jeanne", "valid", "doubtful", "refused", "", 3, True, 1, None]),
    st.sampled_from(["crm", "till", "web"]),
    st.integers(0, 3),
    trust=st.sampled_from(["claimed", "confirmed"]),
    name=st.sampled_from(["first_name", "address"]),
)


@given(some=st.lists(statements, max_size=8), rng=st.randoms(use_true_random=False))
def test_any_order_of_statements_gives_the_same_record(some: list[Said], rng: object) -> None:
    policy = Policy(sources=("crm",), grader=Pattern())
    shuffled = some + some[:2]
    rng.shuffle(shuffled)  # type: ignore[attr-defined]

    assert choose(shuffled, policy) == choose(some, policy)


@given(some=st.lists(statements, min_size=1, max_size=8, unique=True))
def test_every_statement_stands_agrees_or_is_shown_with_why_not(some: list[Said]) -> None:
    for field in choose(some, Policy(grader=Pattern())):
        mine = [each for each in some if each.name == field.name]
        shown = {(bytes(other.value), other.source, other.at, other.trust) for other in field.others}
        for each in mine:
            is_shown = (each.value_json.encode(), each.source, each.at, each.trust) in shown
            is_same = field.stands and each.value_json.encode() == bytes(field.value)
            assert is_shown != is_same
