"""Who is who, told in the shop's words: what the door wrote, through collecting, to the person."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from comptoir.collect import pipeline
from comptoir.collect.seen import Seen
from comptoir.collect.stages import World
from comptoir.identity import by_hand, profile, store
from comptoir.identity.profile import Profile
from comptoir.identity.rules import RULES
from comptoir.model.event import ENVELOPE_VERSION, Line, Trust, encode
from comptoir.state.base import State, metadata

MINUTE = 60_000_000
MORNING = 1_795_000_000_000_000


class Shop:
    """A shop's counter: visitors come, and each tick is worked at once."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.minute = 0
        self.ticks = 0
        self.lines = 0
        self.world = World(seen=Seen(), currencies={"main": "EUR"}, is_blocked=RULES.is_blocked)
        self.copied: dict[int, str] = {}
        """What the warehouse has of `profile_of`."""
        self.facts: dict[str, int] = {}
        """Each event by its message id, with the node it belongs to for ever."""

    def visit(
        self,
        browser: str,
        user: str | None = None,
        *,
        type: str = "track",  # noqa: A002 (the wire's word)
        minutes: int | None = None,
        trust: str = Trust.CLAIMED,
        former: str | None = None,
        **traits: str,
    ) -> str:
        """Let an event come from a browser, now or with an older time of its own; give its message id."""
        self.minute += 1
        at = MORNING + (self.minute if minutes is None else minutes) * MINUTE
        message = f"m{self.minute}"
        kind = "identify" if traits else type
        line = Line(
            v=ENVELOPE_VERSION, type=kind, name="" if traits else "Product Viewed", source="web", brand="main",
            received_at=MORNING + self.minute * MINUTE, timestamp=at, message_id=message, user_id=user,
            anonymous_id=browser, previous_id=former, trust=trust, traits=msgspec.Raw(json.dumps(traits).encode()),
        )  # fmt: skip
        self.ticks += 1
        collected = pipeline.collect([encode(line)], first_offset=self.lines, tick_id=self.ticks, world=self.world)
        self.lines += 1
        with self.state.write() as connection:
            store.apply(
                connection, tick_id=self.ticks, spool="front", offset_after=self.lines, nodes=collected.nodes,
                links=collected.links, traits=collected.traits,
            )  # fmt: skip
        self.facts |= {event.line.message_id: event.node_id for event in collected.kept}
        return message

    def person(self, who: str) -> Profile:
        with self.state.read() as connection:
            found = profile.read_node(connection, profile.find(connection, who))
        assert found is not None
        return found

    def history(self, who: str) -> set[str]:
        """Give the events of a person, as the warehouse reads them: late bound."""
        nodes = set(self.person(who).node_ids)
        return {message for message, node in self.facts.items() if node in nodes}


@pytest.fixture
def shop() -> Iterator[Shop]:
    engine = create_engine("sqlite://", poolclass=StaticPool, execution_options={"isolation_level": "AUTOCOMMIT"})
    metadata.create_all(engine, tables=[one for one in metadata.sorted_tables if one.name.startswith("identity_")])
    state = State(engine)
    yield Shop(state)
    state.close()


def test_what_a_visitor_did_before_she_said_who_she_is_belongs_to_her_after_it(shop: Shop) -> None:
    first = shop.visit("her-phone")
    second = shop.visit("her-phone")
    named_before = shop.person("anonymous:her-phone").profile_id

    shop.visit("her-phone", "ann", email="ann@shop.example")

    ann = shop.person("ann")
    assert {first, second} <= shop.history("ann")
    assert ann.profile_id == named_before
    assert ann.values("email") == ["ann@shop.example"]
    assert ann.traits["email"] == "ann@shop.example"


def test_her_phone_and_her_laptop_are_one_person_once_she_logs_in_on_both(shop: Shop) -> None:
    shop.visit("her-phone")
    shop.visit("her-laptop")
    shop.visit("her-phone", "ann")
    gone = shop.person("anonymous:her-laptop").profile_id

    shop.visit("her-laptop", "ann")

    ann = shop.person("ann")
    assert sorted(ann.values("anonymous")) == ["her-laptop", "her-phone"]
    assert gone in ann.merged_from
    assert shop.person(gone) == ann


def test_who_goes_from_one_site_of_the_shop_to_another_by_a_signed_link_stays_one_person(shop: Shop) -> None:
    seen = shop.visit("browser-on-shop-fr")
    shop.visit("browser-on-shop-be")
    shop.visit("browser-on-shop-be", type="alias", former="browser-on-shop-fr")
    shop.visit("browser-on-shop-be", "ann")

    assert seen in shop.history("account:ann")


def test_a_signed_link_joins_no_two_known_customers(shop: Shop) -> None:
    shop.visit("browser-on-shop-fr", "ann")
    shop.visit("browser-on-shop-be", "bob")
    shop.visit("browser-on-shop-be", type="alias", former="browser-on-shop-fr")

    assert shop.person("account:ann").profile_id != shop.person("account:bob").profile_id


def test_of_two_people_on_one_tablet_the_first_keeps_it_and_the_other_stays_apart(shop: Shop) -> None:
    shop.visit("tablet")
    shop.visit("tablet", "ann", email="ann@shop.example")
    evening = shop.visit("tablet", "ben", email="ben@shop.example")
    bens = shop.visit("tablet", "ben")

    assert shop.person("ann").values("anonymous") == ["tablet"]
    assert shop.person("ben").values("anonymous") == []
    assert shop.person("ben").values("email") == ["ben@shop.example"]
    assert {evening, bens} == shop.history("ben")
    with shop.state.read() as connection:
        told = profile.explain(connection, shop.person("ben").profile_id)
    assert [one.why and one.why.value for one in told.demoted] == ["shared_browser"] * len(told.demoted) != []


def test_who_was_first_on_the_tablet_is_a_matter_of_when_it_happened_not_of_when_we_heard(shop: Shop) -> None:
    shop.minute = 60
    shop.visit("tablet", "ben", minutes=50)

    shop.visit("tablet", "ann", minutes=10)

    assert shop.person("ann").values("anonymous") == ["tablet"]
    assert shop.person("ben").values("anonymous") == []


def test_a_couple_with_one_email_stays_two_people(shop: Shop) -> None:
    shop.visit("her-phone", "ann", email="both@shop.example")
    shop.visit("his-phone", "ben", email="both@shop.example")

    assert shop.person("both@shop.example") == shop.person("ann")
    assert shop.person("ben") != shop.person("ann")
    assert shop.person("ben").values("email") == []
    assert shop.person("ben").values("anonymous") == ["his-phone"]


def test_people_on_the_shops_kiosk_stay_apart(shop: Shop) -> None:
    for number in range(20):
        shop.visit("kiosk", f"customer-{number}", email=f"c{number}@shop.example")

    people = {shop.person(f"customer-{number}").profile_id for number in range(20)}
    assert len(people) == 20
    assert shop.person("customer-0").values("anonymous") == ["kiosk"]
    assert all(shop.person(f"customer-{number}").values("anonymous") == [] for number in range(1, 20))


def test_newsletter_sign_ups_on_the_kiosk_do_not_make_one_person(shop: Shop) -> None:
    for number in range(3):
        shop.visit("kiosk", email=f"c{number}@shop.example")

    assert len({shop.person(f"c{number}@shop.example").profile_id for number in range(3)}) == 3


def test_a_site_that_sends_null_as_everybodys_id_joins_nobody(shop: Shop) -> None:
    for browser in ("b1", "b2", "b3"):
        shop.visit(browser, "null")
        shop.visit(browser, "undefined", email="[object Object]")

    assert len({shop.person(f"anonymous:{browser}").profile_id for browser in ("b1", "b2", "b3")}) == 3


def test_a_public_key_cannot_claim_that_two_customers_are_one(shop: Shop) -> None:
    shop.visit("b1", "ann", email="ann@shop.example", trust=Trust.CONFIRMED)
    shop.visit("b2", "ben", email="ben@shop.example", trust=Trust.CONFIRMED)

    shop.visit("b2", "ann", email="ben@shop.example")
    shop.visit("b1", "ben")

    assert shop.person("ann") != shop.person("ben")
    assert shop.person("ben@shop.example") == shop.person("ben")


def test_two_accounts_of_one_customer_are_joined_by_hand_and_parted_again(shop: Shop) -> None:
    shop.visit("b1", "ann-old")
    shop.visit("b2", "ann-new")
    before = shop.person("ann-old"), shop.person("ann-new")

    with shop.state.write() as connection:
        by_hand.merge(connection, "ann-old", "ann-new", at=MORNING, by="Zoé")
    assert len(shop.history("ann-new")) == 2
    with shop.state.write() as connection:
        by_hand.cut(connection, "ann-old", "account:ann-new", at=MORNING, by="Zoé")

    assert (shop.person("ann-old"), shop.person("ann-new")) == before
