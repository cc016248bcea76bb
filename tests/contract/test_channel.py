from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest

from comptoir.clock import ManualClock
from comptoir.config import MailSettings
from comptoir.messaging.base import Channel, Wide
from comptoir.messaging.channels import File, Webhook
from comptoir.messaging.compose import written
from comptoir.messaging.email import Email, compose
from comptoir.messaging.onsite import OnSite
from comptoir.messaging.rows import notices
from comptoir.model.message import DeliveryKind, Mail, Notice
from comptoir.safe_http import Client
from comptoir.state.base import metadata, open_state
from tests.faulty_hook import SECRET, Hook
from tests.faulty_smtp import POINTS, FaultySmtp
from tests.sending_house import NOON

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


NO_ADDRESS = ("", "no-at-sign", "a@b\r\nBcc: all@example.org", "a@b\nX: y", "two@example.org, one@example.org")


@dataclass
class Made:
    """A channel beside the other side of it: what arrived there, and a way to hear each step and to break it."""

    channel: Channel
    arrived: Callable[[], list[dict[str, str]]]
    on: Callable[[Callable[[str], None]], None]
    breaks_at: Callable[[str | None], None]
    points: tuple[str, ...]
    before_last: str | None
    """The last point the other side hears before the last look."""
    mail: Mail = MAIL
    """A message that it can take."""
    no_address: tuple[str, ...] = NO_ADDRESS


@contextmanager
def email() -> Iterator[Made]:
    with FaultySmtp() as server:
        channel = Email(MailSettings(port=server.port, timeout_seconds=5), connections=4)

        def arrived() -> list[dict[str, str]]:
            found = []
            for raw in server.accepted:
                said = message_from_bytes(raw, policy=policy.default)
                assert isinstance(said, EmailMessage)
                plain, html = said.iter_parts()
                assert isinstance(plain, EmailMessage)
                assert isinstance(html, EmailMessage)
                found.append({
                    "message_id": said["Message-ID"].strip("<>").partition("@")[0], "subject": said["Subject"],
                    "to": said["To"], "at": said["Date"].datetime.isoformat(),
                    "post": said["List-Unsubscribe-Post"],
                    "text": plain.get_content().replace("\r\n", "\n").rstrip(),
                    "html": html.get_content().rstrip(),
                })  # fmt: skip
            return found

        def on(hear: Callable[[str], None]) -> None:
            server.on = hear

        def breaks_at(point: str | None) -> None:
            server.dies_at = point

        yield Made(channel, arrived, on, breaks_at, POINTS, "data")
        channel.close()


def _of_json(said: dict[str, Any]) -> dict[str, str]:
    post = said["headers"]["List-Unsubscribe-Post"]
    return {name: said[name] for name in ("message_id", "subject", "to", "at", "text", "html")} | {"post": post}


@contextmanager
def file() -> Iterator[Made]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "letters.jsonl"

        def breaks_at(point: str | None) -> None:
            if point == "open":
                path.mkdir()
            elif path.is_dir():
                path.rmdir()

        def arrived() -> list[dict[str, str]]:
            lines = path.read_bytes().splitlines() if path.is_file() else []
            return [_of_json(msgspec.json.decode(line)) for line in lines]

        yield Made(File(path), arrived, lambda _hear: None, breaks_at, ("open",), None)


@contextmanager
def webhook() -> Iterator[Made]:
    with Hook() as hook:
        client = Client(private_hosts=[f"127.0.0.1:{hook.port}"], seconds=5)
        channel = Webhook(url=hook.url, secret=SECRET, client=client, now=lambda: NOON)

        def breaks_at(point: str | None) -> None:
            hook.answers = {None: [], "500": [(500, b"")] * 9, "hang up": [(-1, b"")] * 9}[point]

        def on(hear: Callable[[str], None]) -> None:
            hook.on = hear

        yield Made(
            channel, lambda: [_of_json(json.loads(body)["data"]) for _, body in hook.kept], on, breaks_at,
            ("500", "hang up"), None,
        )  # fmt: skip


NOTICE = Notice(slot="corner", times=3, title=MAIL.subject, text=MAIL.text, close="Fermer")
ON_SITE = replace(MAIL, to="0f8fad5bd9cb469fa16570867728950e", notice=NOTICE, source="site")


@contextmanager
def onsite() -> Iterator[Made]:
    with TemporaryDirectory() as folder:
        state = open_state(Path(folder) / "state.db")
        metadata.create_all(state.engine)
        channel = OnSite(state=state, clock=ManualClock(NOON))

        def arrived() -> list[dict[str, str]]:
            with state.read() as connection:
                rows = connection.execute(notices.select().order_by(notices.c.change)).mappings().all()
            said = [(row, msgspec.json.decode(row["shown"])["words"][ON_SITE.language]) for row in rows]
            return [
                {
                    "message_id": row["message_id"],
                    "to": row["browser"],
                    "subject": words["title"],
                    "text": words["text"],
                }
                for row, words in said
            ]

        yield Made(
            channel, arrived, lambda _hear: None, lambda _point: None, (), None, mail=ON_SITE,
            no_address=("", "12345", "ann@example.org", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "é" * 32),
        )  # fmt: skip
        state.close()


CHANNELS = [email, file, webhook, onsite]


@pytest.fixture(params=CHANNELS, ids=lambda made: made.__name__)
def made(request: pytest.FixtureRequest) -> Iterator[Made]:
    with request.param() as one:
        yield one


def yes() -> bool:
    return True


def test_it_is_what_the_protocol_says(made: Made) -> None:
    assert isinstance(made.channel, Wide)
    assert made.channel.name
    assert 1 <= made.channel.room("maison") <= made.channel.connections


def test_what_it_says_was_accepted_arrived_once_as_written(made: Made) -> None:
    receipt = made.channel.send(made.mail, may_still=yes)

    whole = {"message_id": "m0001", "subject": MAIL.subject, "to": made.mail.to, "at": NOON.isoformat(),
             "text": MAIL.text, "html": MAIL.html, "post": "List-Unsubscribe=One-Click"}  # fmt: skip
    assert receipt.kind == DeliveryKind.ACCEPTED
    (one,) = made.arrived()
    assert {"message_id", "subject", "to", "text"} <= set(one)
    assert one == {name: whole[name] for name in one}


def test_it_asks_right_before_it_cannot_be_taken_back(made: Made) -> None:
    points: list[str] = []
    made.on(points.append)
    asked_at: list[list[str]] = []

    def no() -> bool:
        asked_at.append(list(points))
        return False

    receipt = made.channel.send(made.mail, may_still=no)

    assert receipt.kind == DeliveryKind.STOPPED
    assert made.arrived() == []
    assert len(asked_at) == 1
    assert asked_at[0] == [] if made.before_last is None else made.before_last in asked_at[0]
    assert made.channel.send(made.mail, may_still=yes).kind == DeliveryKind.ACCEPTED


def test_it_never_raises_and_never_calls_an_accepted_mail_not_sent(made: Made) -> None:
    for number, point in enumerate(made.points):
        mail = replace(made.mail, message_id=f"m{number}")
        before = len(made.arrived())
        made.breaks_at(point)

        receipt = made.channel.send(mail, may_still=yes)

        made.breaks_at(None)
        if len(made.arrived()) > before:
            assert receipt.kind in {DeliveryKind.ACCEPTED, DeliveryKind.UNKNOWN}, point
        if receipt.kind == DeliveryKind.ACCEPTED:
            assert len(made.arrived()) > before, point
        again = replace(mail, message_id=f"again{number}")
        assert made.channel.send(again, may_still=yes).kind == DeliveryKind.ACCEPTED, point


def test_several_threads_may_use_it_as_it_says(made: Made) -> None:
    assert isinstance(made.channel, Wide)
    mails = [replace(made.mail, message_id=f"m{number}") for number in range(20)]

    with ThreadPoolExecutor(made.channel.connections) as threads:
        receipts = list(threads.map(lambda mail: made.channel.send(mail, may_still=yes), mails))

    assert {one.kind for one in receipts} == {DeliveryKind.ACCEPTED}
    assert sorted(one["message_id"] for one in made.arrived()) == sorted(mail.message_id for mail in mails)


def test_an_address_that_is_none_fails_without_a_conversation(made: Made) -> None:
    points: list[str] = []
    made.on(points.append)

    receipts = [made.channel.send(replace(made.mail, to=to), may_still=yes) for to in made.no_address]

    assert {one.kind for one in receipts} == {DeliveryKind.FAILED}
    assert points == []
    assert made.arrived() == []


def test_the_same_message_on_the_site_is_one_and_stays_taken_back() -> None:
    with onsite() as made:
        made.channel.send(ON_SITE, may_still=yes)
        made.channel.send(ON_SITE, may_still=yes)

        assert len(made.arrived()) == 1
        assert made.channel.send(MAIL, may_still=yes).kind == DeliveryKind.FAILED  # a mail says nothing for a page


def test_a_file_knows_what_it_holds_after_a_crash_in_the_middle_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "letters.jsonl"
    File(path).send(MAIL, may_still=yes)
    with path.open("ab") as half:
        half.write(b'{"message_id": "m0002", "bra')

    again = File(path).send(MAIL, may_still=yes)
    other = File(path).send(replace(MAIL, message_id="m0002"), may_still=yes)

    assert (again.detail, other.kind) == ("written before", DeliveryKind.ACCEPTED)
    assert [json.loads(line)["message_id"] for line in path.read_text().splitlines()] == ["m0001", "m0002"]


def test_a_banner_of_ten_kilobytes_is_no_crash() -> None:
    with FaultySmtp(banner_bytes=10_000) as server:
        channel = Email(MailSettings(port=server.port, timeout_seconds=5))

        assert channel.send(MAIL, may_still=yes).kind in {DeliveryKind.ACCEPTED, DeliveryKind.DEFERRED}
        channel.close()


def test_the_same_mail_is_the_same_bytes() -> None:
    assert written(MAIL) == written(replace(MAIL))
    assert compose(MAIL)["Subject"] == MAIL.subject
