"""One value of a trait everywhere: segments and scenarios say what the golden record says, as screens and mails do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from comptoir.access.keys import Brand, add_brand
from comptoir.clock import micros
from comptoir.golden import keep
from comptoir.identity import by_hand, profile
from comptoir.identity.by_hand import NotOnePerson
from comptoir.model.event import Line
from comptoir.model.identifier import node_of
from comptoir.model.scenario import Subject
from comptoir.model.tick import SpoolName
from comptoir.rebuild import rebuild
from comptoir.scenarios.triggers import DateRule
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.traits.keep import TRAITS
from tests.shop import START, Shop

CITIES, BRANDS = ("Lyon", "Paris", "Lille"), ("", "main", "nordis")
"""Of the brands, nordis alone ranks its sources its own way."""
ANN = node_of("account", "ann")


@dataclass
class House:
    """A shop with a live segment of each city, for all and for each brand."""

    shop: Shop

    def __post_init__(self) -> None:
        add_brand(self.shop.app.state, Brand(name="nordis"))
        for city in CITIES:
            for brand in BRANDS:
                self.publish(f"{city.lower()}{brand}", f"trait: {{name: city, is: {city}}}", brand)
        self.publish("nowhere", "trait: {name: city, is_set: false}")

    def publish(self, key: str, condition: str, brand: str = "") -> None:
        of = f"brand: {brand}\n" if brand else ""
        with self.shop.app.state.write() as connection:
            text = f"version: 1\nkey: {key}\nname: {key}\n{of}if: {{{condition}}}\n"
            SEGMENTS.publish_text(connection, text, self.shop.clock.now())

    def contact(self, source: str, *, after: float = 0, trust: str = "confirmed", **said: Any) -> Line:
        named = {"user_id": said.pop("user_id")}
        brand = "nordis" if source == "nord" else "main"
        return self.shop.line("Contact", type="record", source=source, brand=brand, trust=trust, after=after,
                              traits=said, **named)  # fmt: skip

    def hear(self, *lines: Line) -> None:
        if lines:
            self.shop.say(*lines, spool=SpoolName.BACK)
        self.shop.clock.advance(timedelta(seconds=30))
        self.shop.tick()

    def settle(self) -> None:
        """Let what was done by hand, and a day, come through."""
        self.shop.clock.advance(timedelta(seconds=30))
        self.shop.ticker.refresh(self.shop.clock.now())
        self.shop.tick()

    def standing(self, name: str, brand: str = "") -> dict[str, object]:
        """Give a trait of everybody as the screens and the API read it."""
        keeper = self.shop.app.keeper()
        with self.shop.app.state.read() as connection:
            profiles = {
                one
                for (one,) in self.shop.raw(
                    "SELECT DISTINCT profile_id FROM fact.profile_of WHERE profile_id IS NOT NULL"
                )
            }
            found = keeper.values_of(connection, profiles, brand)
            for profile_id in profiles:
                person = profile.read_node(connection, profile.find(connection, profile_id))
                assert person is not None
                read = {one.name: one for one in keeper.read(connection, person, brand)}
                assert found.get(profile_id, {}).keys() == read.keys()
        return {profile_id: values.get(name) for profile_id, values in found.items()}

    def members(self, segment: str) -> set[str]:
        return {one for key, one in self.shop.raw("SELECT segment, profile_id FROM fact.memberships") if key == segment}

    def agrees(self) -> None:
        """Check that segments say of everybody what the golden record says, for each brand."""
        for brand in BRANDS:
            stands = self.standing("city", brand)
            for city in CITIES:
                mine = {one for one, said in stands.items() if said == city}
                found = self.members(f"{city.lower()}{brand}")
                assert found == mine if not brand else found <= mine, (brand, city)
        known = {one for one, said in self.standing("city").items() if said is not None}
        everybody = {
            one
            for (one,) in self.shop.raw("SELECT DISTINCT profile_id FROM fact.profile_of WHERE profile_id IS NOT NULL")
        }
        assert self.members("nowhere") == everybody - known


@pytest.fixture
def house(home: Path) -> Iterator[House]:
    made = House(Shop(home, ranks=("crm,till", "nordis=nord,till")))
    yield made
    made.shop.close()


def test_a_source_that_is_believed_first_decides_in_segments_and_scenarios_as_on_the_screen(house: House) -> None:
    """The till spoke last; the shop believes the agency first, and nordis its own file."""
    house.hear(
        house.contact("crm", user_id="ann", city="Lyon", birthday="1990-11-23"),
        house.contact("nord", user_id="ann", city="Lille", birthday="1990-11-24", after=5),
        house.contact("till", user_id="ann", city="Paris", birthday="1990-11-25", after=9),
    )
    house.agrees()
    ann = profile_of(house, "ann")

    assert [house.standing("city", brand)[ann] for brand in BRANDS] == ["Lyon", "Lyon", "Lille"]
    assert {one for one in ("lyon", "lyonmain", "lillenordis") if house.members(one) == {ann}} == {
        "lyon", "lyonmain", "lillenordis",
    }  # fmt: skip
    assert not house.members("paris") | house.members("lille") | house.members("parisnordis")
    acting = house.shop.app.acting(house.shop.warehouse)
    asked = [
        Subject(subject_id=number, brand=brand, node_id=ANN, cart_key=None, needs=frozenset({"person"}))
        for number, brand in enumerate(BRANDS[1:])
    ]
    facts = acting.live.facts_of(asked)
    assert [facts[number].person.traits["city"] for number in range(2)] == ["Lyon", "Lille"]
    people = acting.engine.people
    assert people is not None
    days = [
        (brand, day)
        for brand in BRANDS[1:]
        for day in range(22, 27)
        if people.of_day(DateRule(trait="birthday"), brand=brand, zone="UTC", day=START.replace(day=day, tzinfo=None))
    ]
    assert days == [("main", 23), ("nordis", 24)], "her birthday is kept on the day that her page shows"


def test_what_was_refused_or_only_claimed_decides_nothing(house: House) -> None:
    house.hear(house.contact("till", user_id="ann", city="Lyon"))
    house.hear(
        house.contact("web", user_id="ann", city="Paris", after=9, trust="claimed"),
        house.contact("crm", user_id="ann", city="n/a", after=10),
    )
    house.agrees()

    assert house.members("lyon") == {profile_of(house, "ann")}
    assert not house.members("paris")


def test_another_order_of_sources_is_followed_by_everybody_at_the_next_start(house: House) -> None:
    house.hear(house.contact("crm", user_id="ann", city="Lyon"), house.contact("till", user_id="ann", city="Paris"))
    house.shop.ranks = ("till,crm", "main=crm")
    house.shop.reopen()
    house.settle()
    house.agrees()

    assert house.members("paris") == house.members("lyonmain") == {profile_of(house, "ann")}
    assert not house.members("lyon") | house.members("parismain")
    changes = house.shop.raw("SELECT segment, change, happens FROM fact.membership_changes WHERE segment = 'paris'")
    assert changes == [("paris", "entered", False)], "nobody did anything: scenarios hear nothing"


def test_a_home_that_was_made_before_records_were_copied_is_mended_at_its_next_start(house: House) -> None:
    house.hear(house.contact("crm", user_id="ann", city="Lyon"), house.contact("till", user_id="ann", city="Paris"))
    before = house.shop.fingerprints()
    with house.shop.warehouse.transaction() as cursor:
        cursor.execute("UPDATE fact.traits SET said = ['Paris'] WHERE name = 'city'")
    with house.shop.app.state.write() as connection:
        connection.exec_driver_sql("DELETE FROM golden_marks WHERE name = ?", (keep.COPIED,))
    house.shop.reopen()

    assert house.shop.fingerprints() == before


def test_what_is_stated_stands_before_what_is_computed_under_the_same_name(house: House) -> None:
    with house.shop.app.state.write() as connection:
        TRAITS.publish_text(
            connection,
            "version: 1\nkey: looks\nname: looks\nmake: count\nfrom: {did: {event: Product Viewed}}\n",
            house.shop.clock.now(),
        )
    for limit in (1, 5):
        house.publish(f"least{limit}", f"trait: {{name: looks, at_least: {limit}}}")
    seen = [house.shop.line(user_id=who, properties={"product_id": "p"}) for who in ("ann", "ben", "cid")]
    house.hear(*seen, house.contact("crm", user_id="ann", looks=9), house.contact("crm", user_id="cid", looks="n/a"))
    for _ in range(4):
        house.settle()

    assert house.members("least1") == {profile_of(house, who) for who in ("ann", "ben", "cid")}
    assert house.members("least5") == {profile_of(house, "ann")}
    house.hear(house.contact("crm", user_id="ann", looks=0, after=9))
    for _ in range(4):
        house.settle()
    assert house.members("least1") == {profile_of(house, "ben"), profile_of(house, "cid")}


def test_a_trait_named_like_another_brands_is_nobodys(house: House) -> None:
    house.hear(house.contact("web", user_id="ann", trust="claimed", **dict[str, Any]({"nordis\x1fcity": "Lyon"})))
    house.agrees()

    assert not house.members("lyonnordis")


def profile_of(house: House, account: str) -> str:
    (found,) = house.shop.raw(f"SELECT profile_id FROM fact.profile_of WHERE kind = 'account' AND value = '{account}'")
    return str(found[0])


WHO = st.sampled_from(["ann", "ben", "cid"])
ACTS = st.one_of(
    st.tuples(st.just("says"), WHO, st.sampled_from(["crm", "till", "nord", "web"]),
              st.sampled_from([*CITIES, None, "n/a"]), st.integers(0, 50), st.sampled_from(["confirmed", "claimed"])),
    st.tuples(st.sampled_from(["merge", "cut"]), WHO, WHO),
    st.tuples(st.just("shares"), WHO, st.sampled_from(["a@x.fr", "b@x.fr"])),
    st.tuples(st.just("reopen")),
)  # fmt: skip


@given(ticks=st.lists(st.lists(ACTS, max_size=4), max_size=5))
@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_said_joined_and_cut_all_say_one_value_and_a_rebuild_says_it_too(
    ticks: list[list[tuple[Any, ...]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = House(Shop(tmp_path_factory.mktemp("one") / "home", ranks=("crm,till", "nordis=nord,till")))
    made.hear(*(made.contact("web", user_id=who) for who in ("ann", "ben", "cid")))
    for acts in ticks:
        lines = []
        for kind, *rest in acts:
            match kind:
                case "says":
                    who, source, city, after, trust = rest
                    lines.append(made.contact(source, user_id=who, city=city, after=after, trust=trust))
                case "shares":
                    lines.append(made.contact("crm", user_id=rest[0], email=rest[1]))
                case "merge" | "cut" if rest[0] != rest[1]:
                    by = {"merge": by_hand.merge, "cut": by_hand.cut}[kind]
                    a, b = sorted(f"account:{one}" for one in rest)
                    with suppress(NotOnePerson), made.shop.app.state.write() as connection:
                        by(connection, a, b, at=micros(START), by="Zoé")
                case "reopen":
                    made.shop.reopen()
        made.hear(*lines)
        made.settle()

        made.agrees()
    kept = {one: made.members(one) for one in (f"{city.lower()}{brand}" for city in CITIES for brand in BRANDS)}
    made.shop.warehouse.close()
    made.shop.front.close()
    found = rebuild(made.shop.app)
    assert found.differing == []
    made.shop.open()
    made.settle()
    assert {one: made.members(one) for one in kept} == kept
    made.shop.close()
