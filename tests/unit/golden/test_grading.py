"""What the golden record takes for valid is what quality takes for valid."""

from __future__ import annotations

import pytest

from comptoir.golden.choose import Policy, Said, choose
from comptoir.golden.grading import FieldGrader
from comptoir.quality.graded import Grade


@pytest.mark.parametrize(
    ("name", "value", "grade"),
    [
        ("email", "ann@example.org", Grade.VALID),
        ("email", "ann@@example", Grade.REFUSED),
        ("phone", "+33612345678", Grade.VALID),
        ("first_name", "xxx", Grade.DOUBTFUL),
        ("postal_code", "SW1A 1AA", Grade.VALID),
        ("birth_on", "2199-01-01", Grade.VALID),
        ("shoe_size", 41, Grade.VALID),
        ("shoe_size", " ", Grade.REFUSED),
    ],
)
def test_a_value_is_graded_by_its_kind_of_field(name: str, value: object, grade: Grade) -> None:
    assert FieldGrader().grade(name, value) is grade


def test_a_valid_name_of_long_ago_stands_before_a_doubtful_one_of_today() -> None:
    said = [
        Said("first_name", '"Ann"', "till", "main", 1, "a", "confirmed"),
        Said("first_name", '"xxx"', "web", "main", 2, "b", "confirmed"),
    ]

    (field,) = choose(said, Policy(grader=FieldGrader()))

    assert bytes(field.value) == b'"Ann"'
    assert field.why == "validity"
