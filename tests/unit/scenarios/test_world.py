"""Who a person is, as a scenario reads it out of what sites and files state."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from comptoir.grammar import properties
from comptoir.model.scenario import Facts, PersonFacts, WorldFacts
from comptoir.quality.fields import Field, spellings
from comptoir.scenarios import conditions
from comptoir.scenarios.world import retold
from comptoir.sources import kinds

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def told(stated: dict[str, object], golden: dict[str, object]) -> PersonFacts:
    return retold(WorldFacts(person=PersonFacts(traits=stated)), golden).person


@pytest.mark.parametrize("spelling", spellings(Field.BIRTH))
def test_a_birthday_is_one_however_a_site_or_a_file_spells_it(spelling: str) -> None:
    assert told({spelling: "1980-05-17"}, {}).birthday == date(1980, 5, 17)


def test_what_the_golden_record_holds_stands_under_each_spelling_of_it() -> None:
    person = told({"firstName": "anne", "likes": "tea"}, {"first_name": "Anne"})

    assert (person.first_name, person.traits) == ("Anne", {"firstName": "Anne", "first_name": "Anne", "likes": "tea"})


@pytest.mark.parametrize("asked", ["birthday", "birth_on", "postalCode", "postal_code", "likes"])
def test_a_condition_asks_for_a_trait_by_any_of_its_spellings(asked: str) -> None:
    stated = {"birthday": "1980-05-17", "zip": "69003", "likes": "tea"}
    world = retold(WorldFacts(person=PersonFacts(traits=stated)), {"birth_on": "1980-05-17", "postal_code": "69003"})
    facts = Facts(now=NOW, entered_at=NOW, arrived_at=NOW, last_action_at=NOW, world=world)

    assert conditions.Trait(asked, properties.Test("is_set", ("true",))).holds(facts)
    assert not conditions.Trait("hates", properties.Test("is_set", ("true",))).holds(facts)


def test_a_field_that_a_file_of_customers_brings_has_the_name_that_every_other_spelling_leads_to() -> None:
    brought = {one.name for one in kinds.KINDS["contacts"].fields}

    assert {Field.FIRST_NAME, Field.LAST_NAME, Field.BIRTH, Field.POSTAL_CODE, Field.TOWN, Field.COUNTRY} <= brought
