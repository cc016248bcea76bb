from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from comptoir.config import MailSettings
from comptoir.messaging.base import Channel
from comptoir.messaging.email import Email, compose
from comptoir.model.message import DeliveryKind, Mail
from tests.acting_house import NOON
from tests.faulty_smtp import FaultySmtp

MAIL = Mail(
    message_id="m0001",
    sender="boutique@shop.example",
    to="ann@example.org",
    subject="Votre panier vous attend, été comme hiver — 50 €",
    text="Bonjour,\n.une ligne qui commence par un point\n\nÀ bientôt",
    html="<p>À bientôt</p>",
    at=NOON,
    headers=(
        ("List-Unsubscribe", "<https://c.shop.example/u/x>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ),
)


@contextmanager
def email() -> Iterator[tuple[Channel, FaultySmtp]]:
    with FaultySmtp() as server:
        channel = Email(MailSettings(port=server.port, timeout_seconds=5))
        yield channel, server
        channel.close()


CHANNELS = [email]


@pytest.fixture(params=CHANNELS, ids=lambda made: made.__name__)
def made(request: pytest.FixtureRequest) -> Iterator[tuple[Channel, FaultySmtp]]:
    make: Callable[[], object] = request.param
    with make() as pair:  # type: ignore[attr-defined]
        yield pair


def yes() -> bool:
    return True


def test_what_it_says_was_accepted_arrived_once_as_written(made: tuple[Channel, FaultySmtp]) -> None:
    channel, server = made

    receipt = channel.send(MAIL, may_still=yes)

    (raw,) = server.accepted
    said = message_from_bytes(raw, policy=policy.default)
    assert isinstance(said, EmailMessage)
    assert receipt.kind == DeliveryKind.ACCEPTED
    assert said["Subject"] == MAIL.subject
    assert said["Message-ID"] == "<m0001@shop.example>"
    assert said["Date"].datetime == NOON
    assert said["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, html = said.iter_parts()
    assert plain.get_content().replace("\r\n", "\n").rstrip() == MAIL.text
    assert html.get_content().rstrip() == MAIL.html


def test_it_asks_right_before_it_cannot_be_taken_back(made: tuple[Channel, FaultySmtp]) -> None:
    channel, server = made
    points: list[str] = []
    server.on = points.append
    asked_at: list[list[str]] = []

    def no() -> bool:
        asked_at.append(list(points))
        return False

    receipt = channel.send(MAIL, may_still=no)

    assert receipt.kind == DeliveryKind.STOPPED
    assert server.accepted == []
    assert len(asked_at) == 1
    assert "data" in asked_at[0]
    assert channel.send(MAIL, may_still=yes).kind == DeliveryKind.ACCEPTED


@pytest.mark.parametrize("point", ["connect", "ehlo", "mail", "rcpt", "data", "body", "dot", "after"])
def test_it_never_raises_and_never_calls_an_accepted_mail_not_sent(
    made: tuple[Channel, FaultySmtp], point: str
) -> None:
    channel, server = made
    server.dies_at = point

    receipt = channel.send(MAIL, may_still=yes)

    if server.accepted:
        assert receipt.kind in {DeliveryKind.ACCEPTED, DeliveryKind.UNKNOWN}
    if receipt.kind == DeliveryKind.DEFERRED:
        assert server.accepted == []
    server.dies_at = None
    assert channel.send(MAIL, may_still=yes).kind == DeliveryKind.ACCEPTED


def test_a_banner_of_ten_kilobytes_is_no_crash(made: tuple[Channel, FaultySmtp]) -> None:
    channel, server = made
    server.banner_bytes = 10_000

    assert channel.send(MAIL, may_still=yes).kind in {DeliveryKind.ACCEPTED, DeliveryKind.DEFERRED}


@pytest.mark.parametrize(
    "to", ["", "no-at-sign", "a@b\r\nBcc: all@example.org", "a@b\nX: y", "two@example.org, one@example.org"]
)
def test_an_address_that_is_none_fails_without_a_conversation(made: tuple[Channel, FaultySmtp], to: str) -> None:
    channel, server = made
    points: list[str] = []
    server.on = points.append

    receipt = channel.send(
        Mail(message_id="m", sender="a@b.example", to=to, subject="s", text="t", html="h", at=NOON), may_still=yes
    )

    assert receipt.kind == DeliveryKind.FAILED
    assert points == []


def test_the_same_mail_is_the_same_bytes() -> None:
    assert compose(MAIL).as_bytes() == compose(MAIL).as_bytes()
