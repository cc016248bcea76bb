from __future__ import annotations

import pytest

from comptoir.segments import parse
from comptoir.segments.base import All, AnyOf, Leaf, Not, each
from comptoir.segments.kinds.did import Did
from comptoir.segments.parse import BadSegment

LOOKERS = """
version: 1
key: lookers
name: {fr: Curieux de chaussures, en: Shoe lookers}
if:
  all:
    - did: {event: Product Viewed, at_least: 3, within: 30 days, category: Shoes}
    - not:
        ordered: {within: 7 days}
"""


def test_a_definition_is_read_and_says_itself_in_both_languages() -> None:
    found = parse.read(LOOKERS)

    assert (found.key, found.name["fr"]) == ("lookers", "Curieux de chaussures")
    assert isinstance(found.condition, All)
    assert [type(one).__name__ for one in each(found.condition)] == ["Did", "Ordered"]
    assert found.words("en") == (
        "did “Product Viewed” in “Shoes” at least 3 times in the last 30 days and did not order in the last 7 days"
    )
    assert "au moins 3 fois au cours des 30 derniers jours" in found.words("fr")


def test_json_reads_as_yaml_does() -> None:
    said = {
        "version": 1, "key": "lookers", "name": {"fr": "Curieux de chaussures", "en": "Shoe lookers"},
        "if": {"all": [{"did": {"event": "Product Viewed", "at_least": 3, "within": "30 days", "category": "Shoes"}},
                       {"not": {"ordered": {"within": "7 days"}}}]},
    }  # fmt: skip

    assert parse.of_values(said) == parse.read(LOOKERS)


def test_groups_nest() -> None:
    found = parse.condition_of({"any": [{"not": {"all": [{"did": "Logged In"}]}}]})

    match found:
        case AnyOf((Not(All((Leaf(Did() as did),))),)):
            innermost = did.events
        case _:
            innermost = ()
    assert innermost == ("Logged In",), found


def test_a_definition_of_an_older_version_is_upgraded() -> None:
    old = "key: old\nname: Old\nconditions:\n  - did: Logged In\n"

    assert parse.load(old)["version"] == 1
    assert parse.read(old).condition == parse.condition_of({"all": [{"did": "Logged In"}]})


@pytest.mark.parametrize(
    ("said", "where", "mend"),
    [
        ({"did": {"event": "Product Viewed", "at_leest": 3}}, "if.did", "at_least"),
        ({"dit": {"event": "Product Viewed"}}, "if.dit", "did"),
        ({"all": []}, "if.all", "write"),
        ({"all": [{"did": {"event": "X", "within": "soon"}}]}, "if.all[1].did", "7 days"),
        ({"did": {"event": "X", "within": "0 days"}}, "if.did", "from 1 to"),
        ({"did": {"event": "X", "since": "2026-02-30"}}, "if.did", "2026-01-31"),
        ({"did": {"event": "X", "exactly": 3, "at_least": 1}}, "if.did", "exactly"),
        ({"ordered": {"measure": "revenue"}}, "if.ordered", "at_least"),
        ({"ordered": {"measure": "revenue", "at_least": "much"}}, "if.ordered", "decimal"),
        ({"trait": {"name": "city"}}, "if.trait", "is"),
        ("vip", "if", "all"),
    ],
)
def test_what_does_not_fit_says_what_where_and_the_remedy(said: object, where: str, mend: str) -> None:
    with pytest.raises(BadSegment) as caught:
        parse.condition_of(said)

    assert str(caught.value.facts["where"]).startswith(where)
    assert mend in str(caught.value.facts["mend"])


def test_groups_do_not_nest_without_end() -> None:
    said: object = {"did": "X"}
    for _ in range(14):
        said = {"not": said}

    with pytest.raises(BadSegment):
        parse.condition_of(said)
