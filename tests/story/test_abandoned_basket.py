from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from comptoir.clock import ManualClock, micros
from comptoir.config import MailSettings
from comptoir.messaging import inbox, links
from comptoir.messaging.email import Email
from comptoir.messaging.rows import outbox
from comptoir.pressure import explain
from comptoir.scenarios.rows import enrollments, timers
from tests.acting_house import KEY, NOON, House, act, build, consent_line, node, parcel, unsubscribe_line


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = build(tmp_path)
    yield made
    made.close()


def test_a_basket_left_alone_is_answered_within_the_half_hour_and_once(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    server = inbox.start(tmp_path, clock, host="127.0.0.1", port=0)
    channel = Email(MailSettings(port=inbox.port_of(server), sender="boutique@shop.example"))
    house = build(tmp_path, channel=channel)
    try:
        cart = house.shopper("ann")
        house.tick(act("Product Added", "ann", cart, NOON))

        house.after(minutes=24, seconds=59)
        house.tick()
        assert house.send() == []
        house.after(seconds=1)
        house.tick()
        sent = house.send()
        house.after(minutes=1)
        house.tick()
        house.send()
    finally:
        server.stop()
        channel.close()
        house.close()

    assert [one.outcome for one in sent] == ["accepted"]
    kept = inbox.listing(tmp_path)
    assert [one["to"] for one in kept] == [["ann@example.org"]]
    mail = inbox.show(tmp_path, "last")
    raw = message_from_bytes((tmp_path / "inbox" / "000001.eml").read_bytes(), policy=policy.default)
    assert mail["subject"] == "Votre panier vous attend"
    assert raw["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert raw["Date"].datetime == NOON.replace(minute=25)
    assert "Luminaires" in mail["text"]
    assert "Lampe" not in mail["text"]  # discretion: the category, not the product
    click, unsubscribe, preferences = mail["links"]
    assert "/p/" in preferences
    link = links.verify([KEY], click.rpartition("/")[2], micros(NOON))
    assert link is not None
    assert link.target == (
        "https://shop.example/lampe?c=1&utm_source=comptoir&utm_medium=email&utm_campaign=abandoned-basket"
        f"&utm_content={link.message_id}"
    )
    assert f"<{unsubscribe}>" == raw["List-Unsubscribe"].replace("\n", "").replace(" ", "")


def test_each_cart_action_starts_the_wait_again(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=20)
    house.tick(act("Product Added", "ann", cart, house.clock.now()))

    house.after(minutes=24)
    house.tick()
    early = house.send()
    house.after(minutes=1)
    house.tick()
    due = house.send()

    assert early == []
    assert [one.outcome for one in due] == ["accepted"]


def test_who_orders_during_the_wait_hears_nothing(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=10)
    house.tick(act("Order Completed", "ann", cart, house.clock.now()))

    house.after(minutes=20)
    house.tick()

    assert house.send() == []
    assert [row["exit_reason"] for row in house.rows(enrollments)] == ["ordered"]
    assert house.rows(timers) == []


def test_an_order_that_names_no_cart_ends_the_wait_of_its_person(house: House) -> None:
    cart = house.shopper("ann")
    phone = node("ann-phone")
    house.kin[phone] = house.kin[node("ann")] = frozenset({phone, node("ann")})
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=5)

    house.tick(act("Order Completed", "ann-phone", None, house.clock.now()))

    assert [row["exit_reason"] for row in house.rows(enrollments)] == ["ordered"]


def test_without_consent_nothing_goes_and_the_reason_is_kept(house: House) -> None:
    cart = house.shopper("ann", consented=False)
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=25)
    house.tick()

    assert house.send() == []
    with house.state.read() as connection:
        (told,) = explain.why(connection, nodes=[node("ann")])
    assert told["outcome"] == "dropped"
    assert told["reason"] == "no_consent"
    assert told["arm"] is None
    assert "consent" in told["because"]


def test_a_consent_that_a_public_key_claimed_is_no_consent(house: House) -> None:
    cart = house.shopper("ann", consented=False)
    house.front.append([parcel(consent_line("ann@example.org", "granted", house.clock, trust="claimed"))])
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=25)
    house.tick()

    assert house.send() == []


def test_the_control_group_is_held_out_and_reported(tmp_path: Path) -> None:
    house = build(tmp_path, control_share=1.0)
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=25)
    house.tick()
    house.send()

    (message,) = [one for one in house.reported() if one["name"] == "Message"]
    house.close()
    assert house.channel.sent == []
    assert message["outcome"] == "held_out"
    assert message["reason"] == "control"


def test_what_was_sent_is_reported_once_with_its_keys(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=25)
    house.tick()
    house.send()
    house.send()

    message, delivery = house.reported()
    assert message["name"] == "Message"
    assert message["outcome"] == "sent"
    assert message["scenario"] == "abandoned-basket"
    assert message["cart_id"] == "cart-ann"
    assert message["node_id"] == node("ann")
    assert delivery["name"] == "Delivery"
    assert delivery["kind"] == "accepted"
    assert delivery["message_id"] == message["message_id"]


def test_a_sender_that_was_away_too_long_drops_the_message(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=25)
    house.tick()

    house.after(minutes=5)
    done = house.send()

    assert [(one.outcome, one.detail) for one in done] == [("dropped", "too_late")]
    assert house.channel.sent == []


def test_an_unsubscribe_link_ends_it_for_the_address(house: House) -> None:
    cart = house.shopper("ann")
    house.tick(act("Product Added", "ann", cart, NOON))
    house.after(minutes=25)
    house.tick()
    house.send()
    (row,) = house.rows(outbox)
    house.front.append([parcel(unsubscribe_line(row["message_id"], house.clock))])
    house.tick()

    house.after(days=2)
    house.tick(act("Product Added", "ann", cart, house.clock.now()))
    house.after(minutes=25)
    house.tick()

    assert house.send() == []
    assert len(house.channel.sent) == 1
    with house.state.read() as connection:
        assert explain.why(connection, nodes=[node("ann")])[0]["reason"] == "no_consent"
