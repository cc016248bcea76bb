"""Customers: found by name, read whole, parted and joined, paused and stopped, and their data taken along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from comptoir.access import keys, users
from comptoir.access.keys import Brand
from comptoir.access.roles import Role
from comptoir.clock import micros
from comptoir.golden.choose import Policy, Said, choose
from comptoir.identity import profile
from comptoir.messaging import suppression
from comptoir.model.consent import ContactPoint
from comptoir.model.identifier import node_of
from comptoir.privacy import care, tombstones
from comptoir.web.customer_identity import as_read
from comptoir.web.visit import token_of
from tests.web.counter import Answer, Counter, open_counter


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    keys.add_brand(made.state, Brand(name="other"))
    yield made
    made.warehouse.close()
    made.state.close()


def camille(counter: Counter) -> str:
    """Make one person of an account, an e-mail and two browsers."""
    return counter.people(
        [("account", "C-1"), ("email", "camille@example.org"), ("anonymous", "laptop"), ("anonymous", "mobile-7")],
        [(0, 1, "identify"), (0, 2, "event"), (1, 3, "click")],
        {"first_name": '"Chloé"', "last_name": '"Durand-Martin"'},
    )


def as_role(counter: Counter, role: Role, *brands: str) -> dict[str, str]:
    """Give the headers of somebody of this role, for these brands."""
    name = f"{role.value}-{'-'.join(brands)}"
    key = users.add_user(counter.state, name=name, role=role, now=counter.clock.now(), for_brands=brands)
    return {"authorization": f"Bearer {key}"}


def send(counter: Counter, target: str, form: dict[str, str], who: dict[str, str]) -> Answer:
    return counter.post(target, {"token": token_of(who["authorization"]), **form}, **who)


@pytest.mark.parametrize(
    "asked", ["chloe", "DURAND", "chloé martin", "Martin Chlo", "camille@ex", "C-1", "camille@EXAMPLE.org"]
)
def test_a_person_is_found_by_part_of_a_name_whatever_its_accents(asked: str, counter: Counter) -> None:
    person = camille(counter)
    counter.people([("account", "C-2")], traits={"first_name": '"Chloris"', "last_name": '"Petit"'})

    answer = counter.get(f"/customers?q={quote(asked)}")

    found = answer.headers.get("location", answer.text)
    assert f"/customers/{person}" in found


@pytest.mark.parametrize("asked", ["durand chloris", "%", "__", "x", "martin_", "*a", "[a-z]", "^c", "c]"])
def test_what_fits_nobody_finds_nobody(asked: str, counter: Counter) -> None:
    camille(counter)

    assert counter.get(f"/customers?q={quote(asked)}").status == 200
    assert "Nobody fits" in counter.get(f"/customers?q={quote(asked)}", accept_language="en").text


@pytest.mark.parametrize(
    ("asked", "whom"),
    [("jean-pierre", "Abel"), ("Pierre", "Abel"), ("Eva", "Núñez"), ("ÑÚÑEZ éva", "Núñez"), ("o'hara", "O'Hara"),
     ("jozef", "Йозеф"), ("ИОЗ", "Йозеф")],
)  # fmt: skip
def test_each_word_of_a_name_is_found_by_how_it_begins_in_any_hand(asked: str, whom: str, counter: Counter) -> None:
    people = {"Abel": "Jean-Pierre", "Núñez": "éva", "O'Hara": "Ada", "Йозеф": "Jozef"}
    ids = {
        last: counter.people([("account", f"N-{last}")], traits={"first_name": f'"{first}"', "last_name": f'"{last}"'})
        for last, first in people.items()
    }

    answer = counter.get(f"/customers?q={quote(asked)}")

    assert answer.headers.get("location") == f"/customers/{ids[whom]}"


def test_the_list_shows_who_was_in_touch_lately_and_can_be_narrowed(counter: Counter) -> None:
    person = camille(counter)
    at = counter.clock.now().replace(tzinfo=None)
    session = {"brand": "main", "node_id": node_of("account", "C-1"), "profile_id": person, "started_at": at}
    counter.put("sessions", {"session_id": "s", "ended_at": at, **session})
    stranger = counter.people([("anonymous", "nobody")])
    counter.put("sessions", {"session_id": "t", "ended_at": at, **session, "profile_id": stranger})

    assert person in counter.get("/customers").text
    assert stranger not in counter.get("/customers").text
    assert stranger in counter.get("/customers?who=everyone").text
    assert person not in counter.get("/customers?who=bought").text


def test_a_cut_is_shown_before_it_is_made_and_taken_back_after(counter: Counter) -> None:
    person = camille(counter)

    shown = counter.get(f"/customers/{person}/cut?identifier=email:camille@example.org", accept_language="en").text
    assert shown.index("Stays here") < shown.index("laptop") < shown.index("Becomes another person")
    assert shown.index("Becomes another person") < shown.index("mobile-7")  # the browser that only the e-mail holds
    with counter.state.read() as connection:
        assert len(profile.explain(connection, person).profile.identifiers) == 4, "nothing was cut yet"

    cut = counter.post(f"/customers/{person}/cut", {"identifier": "email:camille@example.org"})
    assert (cut.status, cut.headers["location"]) == (303, f"/customers/{person}/identity?done=customer.cut")
    with counter.state.read() as connection:
        left = profile.read_by_id(connection, person)
        gone = profile.read(connection, "email", "camille@example.org")
    assert left is not None
    assert gone is not None
    assert {one.value for one in left.identifiers} == {"C-1", "laptop"}
    assert {one.value for one in gone.identifiers} == {"camille@example.org", "mobile-7"}
    page = counter.get(f"/customers/{person}/identity?done=customer.cut", accept_language="en").text
    assert "Take back" in page
    assert "by operator" in page

    undone = counter.post(f"/customers/{person}/join", {"a": "account:C-1", "b": "email:camille@example.org"})
    assert undone.status == 303
    with counter.state.read() as connection:
        whole = profile.read_by_id(connection, person)
    assert whole is not None
    assert len(whole.identifiers) == 4
    page = counter.get(f"/customers/{person}/identity", accept_language="en").text
    assert "joined by hand by operator · confirmed" in page


def test_two_strangers_are_not_joined_from_a_third_ones_page(counter: Counter) -> None:
    person = camille(counter)
    counter.people([("account", "C-8")])
    counter.people([("account", "C-9")])

    answer = counter.post(f"/customers/{person}/join", {"a": "account:C-8", "b": "account:C-9"})

    assert answer.status == 409
    with counter.state.read() as connection:
        assert profile.read(connection, "account", "C-8") != profile.read(connection, "account", "C-9")


def test_what_is_not_hers_cannot_be_cut_off_her(counter: Counter) -> None:
    person = camille(counter)
    counter.people([("account", "C-9")])

    assert counter.get(f"/customers/{person}/cut?identifier=account:C-9").status == 409
    assert counter.get(f"/customers/{person}/cut?identifier=account:nobody").status == 404
    assert counter.get(f"/customers/{person}/cut").status == 404


def test_a_pause_and_its_end_reach_every_brand(counter: Counter) -> None:
    person = camille(counter)
    points = [ContactPoint("camille@example.org", brand, "email") for brand in ("main", "other")]

    assert counter.post(f"/customers/{person}/pause", {}).status == 303
    with counter.state.read() as connection:
        until = care.paused_until(connection, points)
    assert until == dict.fromkeys(points, micros(counter.clock.now() + timedelta(days=30)))
    assert "Paused until" in counter.get(f"/customers/{person}", accept_language="en").text

    counter.clock.advance(timedelta(seconds=1))
    counter.post(f"/customers/{person}/pause", {"do": "end"})
    with counter.state.read() as connection:
        assert care.paused_until(connection, points) == {}
    assert "Paused until" not in counter.get(f"/customers/{person}", accept_language="en").text


def test_messages_are_stopped_and_taken_up_again_but_not_to_an_address_that_bounced(counter: Counter) -> None:
    person = camille(counter)
    address = {"contact": "camille@example.org", "channel": "email"}

    def is_stopped() -> bool:
        with counter.state.read() as connection:
            return bool(
                suppression.suppressed(connection, contacts=[address["contact"]], channel="email", brand="main")
            )

    counter.post(f"/customers/{person}/stop", {})
    assert is_stopped()
    assert "Gets no messages" in counter.get(f"/customers/{person}", accept_language="en").text
    counter.post(f"/customers/{person}/stop", {"do": "lift"})
    assert not is_stopped()
    with counter.state.write() as connection:
        suppression.suppress(connection, **address, reason="bounce", now=counter.clock.now())
    counter.post(f"/customers/{person}/stop", {"do": "lift"})
    assert is_stopped()


def test_her_data_is_given_whole_and_exact(counter: Counter) -> None:
    person = camille(counter)
    counter.event("Order Completed", node_of("account", "C-1"), properties='{"ref":12345678901234567890123}')

    answer = counter.get(f"/customers/{person}/export")
    said = json.loads(answer.body)

    assert answer.headers["content-disposition"] == f'attachment; filename="{person}.json"'
    assert {one["value"] for one in said["identifiers"]} == {"C-1", "camille@example.org", "laptop", "mobile-7"}
    assert "12345678901234567890123" in said["facts"]["events"][0]["properties"]
    assert {link["reason"] for link in said["why_one_person"]} == {"identify", "event", "click"}


def test_what_was_looked_at_weighs_more_when_it_is_recent(counter: Counter) -> None:
    person = camille(counter)
    node = node_of("anonymous", "laptop")
    counter.put("products", {"brand": "main", "product_id": "new", "name": "Lampe neuve", "category": "Lampes"})
    for days in (80, 81, 82):
        counter.event("Product Viewed", node, product_id="old", ago=timedelta(days=days))
    counter.event("Product Viewed", node, product_id="new", ago=timedelta(days=1))
    counter.event("Product Viewed", node, product_id="ancient", ago=timedelta(days=91))

    text = counter.get(f"/customers/{person}").text
    looked = text[text.index('id="affinities"') : text.index('id="traits"')]

    assert looked.index("Lampe neuve") < looked.index("old")
    assert "Lampes" in looked
    assert "ancient" not in looked


def test_a_story_names_the_product_that_was_looked_at_by_its_brand(counter: Counter) -> None:
    person = camille(counter)
    for brand, name in (("main", "Brume d’oreiller"), ("main", "Zébrée"), ("other", "Another")):
        counter.put("products", {"brand": brand, "product_id": "MA-1", "name": name})
    counter.event("Product Viewed", node_of("account", "C-1"), product_id="MA-1")
    counter.event("Product Viewed", node_of("account", "C-1"), product_id="gone", ago=timedelta(seconds=1))

    text = counter.get(f"/customers/{person}").text

    assert '<span title="MA-1">Brume d’oreiller</span>' in text
    assert " · gone" in text
    assert "Zébrée" not in text.split('id="affinities"')[0]


def test_a_long_story_is_read_page_by_page_without_a_gap(counter: Counter) -> None:
    person = camille(counter)
    for place in range(250):  # several at one instant, so that a page ends among them
        counter.event(
            "page",
            node_of("account", "C-1"),
            message_id=f"m{place}",
            url=f"/p/{place}!",
            ago=timedelta(seconds=place // 4),
        )
    seen: list[str] = []
    target = f"/customers/{person}"
    while target:
        text = counter.get(target, hx_request="true").text
        seen += [part.split("!")[0] for part in text.split("/p/")[1:]]
        more = text.split('hx-get="')
        target = more[1].split('"')[0].replace("&amp;", "&") if len(more) > 1 else ""

    assert len(seen) == 250
    assert set(seen) == {str(place) for place in range(250)}


@pytest.mark.parametrize("after", ["x", "W10", "WzEsMiwzXQ", "é" * 10])
def test_a_place_in_a_story_that_nobody_wrote_begins_it_anew(after: str, counter: Counter) -> None:
    person = camille(counter)

    assert counter.get(f"/customers/{person}?after={quote(after)}").status == 200


def test_somebody_of_another_brand_is_not_there_for_who_is_not_of_it(counter: Counter) -> None:
    person = camille(counter)
    counter.event("page", node_of("account", "C-1"), brand="main", url="/secret-of-main")
    mine, foreign = as_role(counter, Role.SUPPORT, "main"), as_role(counter, Role.SUPPORT, "other")

    assert counter.get(f"/customers/{person}", **mine).status == 200
    for target in ("", "/identity", "/messages", "/export", "/cut?identifier=email:camille@example.org"):
        assert counter.get(f"/customers/{person}{target}", **foreign).status == 404, target
    for form in ("pause", "stop", "join", "cut"):
        assert send(counter, f"/customers/{person}/{form}", {"identifier": "account:C-1"}, foreign).status == 404
    assert person not in counter.get("/customers?q=chloe", **foreign).text
    counter.event("page", node_of("anonymous", "mobile-7"), brand="other", ago=timedelta(seconds=1))
    both = counter.get(f"/customers/{person}", **foreign)
    assert both.status == 200
    assert "/secret-of-main" not in both.text
    assert "/secret-of-main" not in counter.get(f"/customers/{person}/export", **foreign).text


def test_who_may_not_care_only_reads(counter: Counter) -> None:
    person = camille(counter)
    finance = as_role(counter, Role.FINANCE)

    assert counter.get(f"/customers/{person}", **finance).status == 403
    for form in ("pause", "stop", "join", "cut"):
        assert send(counter, f"/customers/{person}/{form}", {}, finance).status == 403


def test_a_form_without_its_token_changes_nothing(counter: Counter) -> None:
    person = camille(counter)

    assert counter.post(f"/customers/{person}/stop", {"token": "x"}).status == 403
    with counter.state.read() as connection:
        assert suppression.listing(connection) == []


def test_an_erasure_says_what_goes_and_stays_and_wants_a_word(counter: Counter) -> None:
    person = camille(counter)
    counter.event("Order Completed", node_of("account", "C-1"))

    shown = counter.get(f"/customers/{person}/erase", accept_language="en").text
    wrong = counter.post(f"/customers/{person}/erase", {"word": "camille"}, accept_language="en")

    assert "To confirm, type: camille@example.org" in shown
    assert "4 identifiers" in shown
    assert (wrong.status, "That is not the word" in wrong.text) == (422, True)
    with counter.state.read() as connection:
        assert tombstones.listing(connection) == []


def test_an_erasure_that_is_asked_for_stops_messages_at_once_and_is_listed(counter: Counter) -> None:
    person = camille(counter)

    answer = counter.post(f"/customers/{person}/erase", {"word": "camille@example.org"})

    assert (answer.status, answer.headers["location"]) == (303, "/erasures?done=customer.erased")
    with counter.state.read() as connection:
        address = "camille@example.org"
        assert suppression.suppressed(connection, contacts=[address], channel="email", brand="main") == {address}
        (one,) = tombstones.listing(connection)
    assert set(one.nodes) >= {node_of("account", "C-1"), node_of("anonymous", "laptop")}
    page = counter.get("/erasures", accept_language="en").text
    assert "asked for" in page
    assert "camille" not in page


def test_a_record_reads_in_the_order_of_people() -> None:
    said = [
        Said(name, '"x"', "crm", "main", 1, "m", "confirmed") for name in ("city", "birth_on", "first_name", "likes")
    ]

    assert [one.name for one in as_read(choose(said, Policy()))] == ["first_name", "birth_on", "city", "likes"]
