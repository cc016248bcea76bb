"""Grades of what is stated, where no country is needed to judge."""

from __future__ import annotations

import pytest

from comptoir.golden.choose import Policy, Said, choose
from comptoir.golden.grading import FieldGrader
from comptoir.quality.graded import Grade


@pytest.mark.parametrize(
    ("name", "value", "grade"),
    [
        ("email", "ann@shop.example", Grade.VALID),
        ("email", "ann", Grade.REFUSED),
        ("first_name", "Ann", Grade.VALID),
        ("first_name", "", Grade.REFUSED),
        ("phone", "+33612345678", Grade.VALID),
        ("phone", "0612345678", Grade.VALID),
        ("city", "Lyon", Grade.VALID),
        ("points", 12, Grade.VALID),
        ("siren", "not one", Grade.REFUSED),
        ("shoe_size", "42", Grade.VALID),
    ],
)
def test_a_value_is_graded_as_quality_does_wherever_it_can(name: str, value: object, grade: Grade) -> None:
    assert FieldGrader().grade(name, value) is grade


def test_a_valid_name_of_long_ago_stands_before_a_doubtful_one_of_today() -> None:
    said = [
        Said("first_name", '"Ann"', "till", "main", 1, "a", "confirmed"),
        Said("first_name", '"xxx"', "web", "main", 2, "b", "confirmed"),
    ]

    (field,) = choose(said, Policy(grader=FieldGrader()))

    assert bytes(field.value) == b'"Ann"'
    assert field.why == "validity"
