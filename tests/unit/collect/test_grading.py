"""What collecting makes of the fields of people: rewritten where safe, kept as they came, never joined by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from comptoir.identity import profile, rows
from comptoir.identity.profile import Profile
from comptoir.model.identifier import node_of
from tests.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop", acts=False)


def person(shop: Shop, kind: str, value: str) -> Profile:
    with shop.app.state.read() as connection:
        found = profile.read(connection, kind, value)
    assert found is not None
    return found


def links(shop: Shop, reason: str) -> list[str]:
    with shop.app.state.read() as connection:
        return list(connection.scalars(select(rows.links.c.trust).where(rows.links.c.reason == reason)))


def grades(shop: Shop) -> list[tuple[object, ...]]:
    return shop.raw("SELECT field, grade, original, value FROM fact.field_grades ORDER BY field, original")


def test_a_trait_is_written_as_it_should_be_and_what_came_is_kept(shop: Shop) -> None:
    said = {"last_name": "DE LA TOUR", "phone": "06 12 34 56 78", "city": "Lyon", "points": 12345678901234567890}
    shop.say(shop.line(type="identify", name="", user_id="ann", traits=said))
    shop.tick()

    assert grades(shop) == [
        ("last_name", "corrected", "DE LA TOUR", "de La Tour"),
        ("phone", "valid", "06 12 34 56 78", "+33612345678"),
    ]
    (traits,) = shop.raw("SELECT traits FROM fact.events")
    assert traits == ('{"last_name":"de La Tour","phone":"+33612345678","city":"Lyon","points":12345678901234567890}',)
    assert person(shop, "account", "ann").traits["last_name"] == "de La Tour"


def test_a_number_written_in_two_ways_is_one_person(shop: Shop) -> None:
    shop.say(
        shop.line(type="identify", name="", user_id="ann", trust="confirmed", traits={"phone": "06 12 34 56 78"}),
        shop.line(
            type="record", name="Contact", trust="confirmed", traits={"phone": "+33 6 12 34 56 78", "city": "Nice"}
        ),
    )
    shop.tick()

    assert person(shop, "phone", "+33612345678").values("account") == ["ann"]


def test_a_mistyped_domain_is_corrected_and_joins_nobody(shop: Shop) -> None:
    shop.say(
        shop.line(type="identify", name="", user_id="ann", trust="confirmed", traits={"email": "ann@gmail.com"}),
        shop.line(type="record", name="Contact", trust="confirmed", traits={"email": "ann@gmial.com", "city": "Nice"}),
    )
    shop.tick()

    typed = person(shop, "email", "ann@gmial.com")
    assert typed.profile_id != person(shop, "email", "ann@gmail.com").profile_id
    assert typed.traits["email"] == "ann@gmail.com"
    assert links(shop, "correction") == ["claimed"]


def test_what_is_no_address_names_nobody(shop: Shop) -> None:
    shop.say(
        shop.line(type="identify", name="", user_id="ann", trust="confirmed", traits={"email": "pas d'email"}),
        shop.line(type="identify", name="", user_id="bob", trust="confirmed", traits={"email": "pas d'email"}),
    )
    shop.tick()

    assert person(shop, "account", "ann").values("email") == []
    assert {row[1] for row in grades(shop)} == {"refused"}


def test_an_address_within_an_address_is_graded_too(shop: Shop) -> None:
    inner = {"street": "3 rue de la Paix", "postalCode": "1000", "city": "BOURG EN BRESSE"}
    shop.say(shop.line(type="identify", name="", user_id="ann", traits={"address": inner}))
    shop.tick()

    assert [row[3] for row in grades(shop)] == ["Bourg en Bresse", "01000"]
    address = person(shop, "account", "ann").traits["address"]
    assert isinstance(address, dict)
    assert address["postalCode"] == "01000"


def test_days_counts_are_the_same_however_lines_are_cut_into_ticks(tmp_path: Path) -> None:
    hashes: list[tuple[str, list[tuple[object, ...]]]] = []
    for name, cuts in (("one", False), ("two", True)):
        shop = Shop(tmp_path / name, acts=False)
        for number in range(6):
            traits = {"email": f"p{number}@gmial.com" if number % 2 else f"p{number}@free.fr"}
            shop.say(shop.line(type="identify", name="", user_id=f"u{number}", traits=traits))
            if cuts:
                shop.tick()
        shop.tick()
        counted = shop.raw("SELECT * FROM fact.field_counts ORDER BY ALL")
        hashes.append((shop.fingerprints()["field_grades"], counted))
        shop.close()

    assert hashes[0] == hashes[1]
    assert [(row[3], row[4], row[6]) for row in hashes[0][1]] == [
        ("", "valid", 6), ("email", "corrected", 3), ("email", "valid", 3),
    ]  # fmt: skip


def test_a_person_is_found_by_her_number_however_it_is_written(shop: Shop) -> None:
    shop.say(shop.line(type="identify", name="", user_id="ann", trust="confirmed", traits={"phone": "06 12 34 56 78"}))
    shop.tick()

    with shop.app.state.read() as connection:
        nodes = {profile.find(connection, f"phone:{one}") for one in ("0612345678", "+33 6 12 34 56 78")}
    assert nodes == {node_of("phone", "+33612345678")}
