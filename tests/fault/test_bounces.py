from __future__ import annotations

import mailbox
import time
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from comptoir.config import BounceSettings
from comptoir.messaging import bounces, dsn, returns, verp
from comptoir.messaging.returns import Returns
from comptoir.messaging.suppression import suppressed
from tests.acting_house import Recording
from tests.bounce_corpus import COMPLAINT, HARD, NOTHING, SOFT, complaint, corpus
from tests.bounce_corpus import dsn as report
from tests.sending_house import BRAND, KEY, Sending

DOMAIN = "retour.shop.example"
TO = verp.envelope(KEY, "m000000", DOMAIN) or ""
GONE = "550 5.1.1 user unknown"


def verdict(raw: bytes) -> str:
    heard = dsn.hear(message_from_bytes(raw))
    if heard.word == dsn.Word.COMPLAINT:
        return COMPLAINT
    return heard.severity.value if heard.word == dsn.Word.BOUNCE and heard.severity else NOTHING


def f1(pairs: list[tuple[str, str]], kind: str) -> float:
    hit = sum(truth == said == kind for truth, said in pairs)
    return 2 * hit / (sum(truth == kind for truth, _ in pairs) + sum(said == kind for _, said in pairs))


def test_the_corpus_is_read_as_it_is_meant() -> None:
    cases = list(corpus(TO))
    pairs = [(case.truth, verdict(case.raw)) for case in cases]

    wrong = [(case.name, said) for case, (_, said) in zip(cases, pairs, strict=True) if case.truth != said]
    print(f"{len(cases)} mails; F1 hard {f1(pairs, HARD):.3f}, soft {f1(pairs, SOFT):.3f}; wrong: {wrong}")
    assert len(cases) >= 200
    assert f1(pairs, HARD) >= 0.97
    assert f1(pairs, SOFT) >= 0.97
    assert [name for name, said in wrong if name.startswith("autoreply")] == []
    assert f1(pairs, COMPLAINT) == 1.0


# ---- anybody may write to the mailbox that bounces come to


_HEAD = f"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {TO}\r\nSubject: Undelivered Mail\r\n"
_ARF = "Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/feedback-report\r\n\r\n"
HOSTILE = {
    "a charset that is no charset": f"{_HEAD}Content-Type: text/plain; charset=idna\r\n\r\nuser unknown",
    "a charset with a null in it": f'{_HEAD}Content-Type: text/plain; charset="a\x00b"\r\n\r\nuser unknown',
    "addresses within addresses": f"{_HEAD}To: {'(' * 3_000}\r\n\r\nuser unknown",
    "a row of dashes": f"{_HEAD}\r\n{'-' * 20_000}",
    "tags that never end": f"{_HEAD}Content-Type: text/html\r\n\r\n{'<a' * 400_000}",
    "a sender of many words": f"{_HEAD.replace('MAILER-DAEMON', 'no-reply ' * 50_000)}\r\nuser unknown",
    "a complaint with an endless header": f"{_HEAD}{_ARF}Feedback-Type: {'- ' * 30_000}\r\n\r\n--x--\r\n",
    "a complaint about everybody": f"{_HEAD}{_ARF}Original-Mail-From: {'a@b ' * 30_000}\r\n\r\n--x--\r\n",
    "parts without end": f"{_HEAD}Content-Type: multipart/mixed; boundary=x\r\n\r\n" + "--x\r\n\r\n" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_mail_stops_those_behind_it_or_takes_long_to_read(tmp_path: Path, name: str) -> None:
    house = sent(tmp_path)
    folder = tmp_path / "bounces"
    folder.mkdir()
    (folder / "1.eml").write_bytes(HOSTILE[name].encode())
    (folder / "2.eml").write_bytes(report(TO, "ann@example.org", GONE, status="5.1.1"))
    back = Returns(
        state=house.state, settings=BounceSettings(folder="bounces"), clock=house.clock, keys=[KEY], home=tmp_path
    )

    began = time.process_time()
    taken = back.look(at_once=True)
    spent = time.process_time() - began

    with house.state.read() as connection:
        barred = suppressed(connection, contacts={"ann@example.org"}, channel="email", brand=BRAND)
    house.close()
    assert taken == 2
    assert sorted(one.name for one in (folder / "done").iterdir()) == ["1.eml", "2.eml"]
    assert barred == {"ann@example.org"}
    assert spent < 3


def sent(folder: Path, count: int = 1, contact: str = "ann@example.org") -> Sending:
    house = Sending(folder, Recording())
    for number in range(count):
        house.queue([contact], start=number)
        house.send()
        house.after(days=2)
    return house


def take(house: Sending, raw: bytes) -> str:
    with house.state.write() as connection:
        return returns.take(connection, raw, [KEY], house.clock.now())


def barred(house: Sending, contact: str = "ann@example.org", brand: str = BRAND) -> bool:
    with house.state.read() as connection:
        return bool(suppressed(connection, contacts=[contact], channel="email", brand=brand))


def kinds(house: Sending) -> list[str]:
    house.sender.flush()
    return [line["kind"] for line in house.reported() if line["name"] == "Delivery"]


def test_a_hard_bounce_suppresses_at_once_for_every_brand_and_becomes_a_fact(tmp_path: Path) -> None:
    house = sent(tmp_path)

    said = [take(house, report(TO, "ann@example.org", GONE, status="5.1.1")) for _ in range(2)]

    assert said == ["bounced", "bounced"]
    assert barred(house, brand="autre")
    assert kinds(house) == ["accepted", "bounced"]
    house.queue(["ann@example.org"], start=50)
    assert [(one.outcome, one.detail) for one in house.send()] == [("dropped", "suppressed_since")]
    house.close()


def test_a_forged_bounce_is_ignored(tmp_path: Path) -> None:
    house = sent(tmp_path)
    forged = [
        "boutique@shop.example", f"b-m000000-{'0' * 16}@{DOMAIN}", f"b-m000001-{TO.split('-')[2]}",
        f"{TO.split('@')[0][:-1]}@{DOMAIN}",
    ]  # fmt: skip

    assert [take(house, report(to, "ann@example.org", GONE, status="5.1.1")) for to in forged] == ["not ours"] * 4
    assert not barred(house)
    assert take(house, report(TO.upper(), "ann@example.org", GONE, status="5.1.1")) == "bounced"
    house.close()


def test_soft_bounces_suppress_only_in_a_row_without_a_delivery(tmp_path: Path) -> None:
    house = sent(tmp_path, bounces.SOFT_IN_A_ROW + 2)
    house.after(days=10)
    full = [
        report(verp.envelope(KEY, f"m{n:06d}", DOMAIN) or "", "ann@example.org", "552 5.2.2 over quota", status="5.2.2")
        for n in range(bounces.SOFT_IN_A_ROW + 2)
    ]
    for number in (0, 1, 3, 4, 5):  # the third arrived
        assert take(house, full[number]) == "soft_bounced"
        assert not barred(house)
    assert take(house, full[6]) == "soft_bounced"
    assert not barred(house)

    take(house, full[2])

    assert barred(house)
    house.close()


def test_a_complaint_suppresses_within_the_minute(tmp_path: Path) -> None:
    house = sent(tmp_path)
    folder = tmp_path / "in"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    looker = Returns(
        state=house.state, settings=BounceSettings(folder="in"), clock=house.clock, keys=[KEY], home=tmp_path
    )
    assert BounceSettings().seconds <= 30
    assert looker.look(at_once=True) == 0

    (folder / "new" / "1.mail").write_bytes(complaint(TO))
    assert looker.look(at_once=True) == 1

    assert barred(house)
    assert not barred(house, brand="autre")
    assert kinds(house) == ["accepted", "complained"]
    assert [one.name for one in (folder / "cur").iterdir()] == ["1.mail:2,S"]
    assert looker.look(at_once=True) == 0
    house.close()


def test_an_mbox_is_emptied_as_it_is_read_and_rubbish_stops_nothing(tmp_path: Path) -> None:
    house = sent(tmp_path)
    box = mailbox.mbox(tmp_path / "box")
    for raw in (b"\xff\xfe\x00 no mail", report(TO, "ann@example.org", GONE, status="5.1.1")):
        box.add(raw)
    box.close()
    looker = Returns(
        state=house.state, settings=BounceSettings(mbox="box"), clock=house.clock, keys=[KEY], home=tmp_path
    )

    assert looker.look(at_once=True) == 2
    assert looker.look(at_once=True) == 0
    assert barred(house)
    house.close()


class Imap:
    """An IMAP server as far as we speak to it."""

    def __init__(self, mails: list[bytes]) -> None:
        self.mails, self.seen = mails, set[int]()
        self.who: list[bytes] = []

    def login(self, user: str, password: str) -> None:
        self.who.append(f"{user}/{password}".encode("ascii"))

    def authenticate(self, mechanism: str, answer: Callable[[bytes], bytes]) -> None:
        self.who.append(mechanism.encode() + answer(b""))

    def select(self, folder: str) -> None:
        assert folder == '"INBOX"'

    def uid(self, command: str, *words: str) -> tuple[str, list[Any]]:
        if command == "SEARCH":
            unseen = [number for number in range(len(self.mails)) if number not in self.seen]
            return "OK", [" ".join(map(str, unseen)).encode()]
        if command == "STORE":
            self.seen.add(int(words[0]))
            return "OK", []
        return "OK", [(b"1 (BODY", self.mails[int(words[0])]), b")"]


def test_an_imap_folder_is_read_once(tmp_path: Path) -> None:
    house = sent(tmp_path)
    box: Any = Imap([report(TO, "ann@example.org", GONE, status="5.1.1")])
    words = []
    for _ in range(2):
        for raw, settled in returns.unseen(box, BounceSettings()):
            words.append(take(house, raw))
            settled()

    assert words == ["bounced"]
    house.close()


@pytest.mark.parametrize(("password", "said"), [("summer", b"back/summer"), ("été", b"PLAIN\0back\0" + "été".encode())])
def test_a_mailbox_is_opened_with_any_password(password: str, said: bytes) -> None:
    box: Any = Imap([])

    assert list(returns.unseen(box, BounceSettings(imap_user="back", imap_password=password))) == []
    assert box.who == [said]


def test_an_address_refused_during_the_conversation_is_a_hard_bounce(tmp_path: Path) -> None:
    from comptoir.config import MailSettings
    from comptoir.messaging.email import Email
    from tests.faulty_smtp import FaultySmtp

    with FaultySmtp(answers={"rcpt": "550 5.1.1 no such user"}) as server:
        house = Sending(tmp_path, Email(MailSettings(port=server.port, timeout_seconds=5)))
        house.queue(["ann@example.org"])
        house.send()

    assert barred(house)
    assert sorted(kinds(house)) == ["bounced", "failed"]
    house.close()
