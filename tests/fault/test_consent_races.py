"""S8: a no, a pause or a choice that is acknowledged while a message is on its way: 1,000 races each, 0 sent after."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from comptoir.clock import micros
from comptoir.messaging import outbox as sending
from comptoir.messaging.base import LastLook
from comptoir.messaging.rows import outbox
from comptoir.model import consent
from comptoir.model.consent import ConsentKey
from comptoir.model.event import Line, Type, decode
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.model.message import DeliveryKind, Mail, Receipt
from comptoir.privacy.hearing import Hearing
from comptoir.privacy.optin import OptIns
from tests.acting_house import BRAND, House, build, consent_line, parcel, withdrawal_line
from tests.acting_house import _line as line_of
from tests.counter import WORDS as MAIL_WORDS
from tests.sending_house import everything

RACES = 1_000
"""Of each kind, over all seeds of a run."""
POINTS = ("queued", "applied", "connect", "data", "dot", "never")
"""When the word is acknowledged: before the sender looks (and applied, or not yet), inside the conversation, after."""


def said(name: str, message_id: str, house: House, **more: Any) -> Line:
    return line_of(Type.CONTROL, name, {"message_id": message_id, **more}, house.clock)


def _off(*purposes: str) -> list[dict[str, object]]:
    return [{"purpose": one, "on": False} for one in purposes]


WORDS: dict[str, Callable[[House, str, str], Line]] = {
    "consent withdrawn": lambda house, contact, _former: withdrawal_line(contact, house.clock),
    "unsubscribed": lambda house, _contact, former: said("Unsubscribed", former, house),
    "everything stopped": lambda house, _contact, former: said(
        "Preferences Changed", former, house, choices=_off("marketing", "open_tracking")
    ),
    "paused": lambda house, _contact, former: said(
        "Messages Paused", former, house, until=micros(house.clock.now() + timedelta(days=30))
    ),
    "opens refused": lambda house, _contact, former: said(
        "Preferences Changed", former, house, choices=_off("open_tracking")
    ),
}


@dataclass
class Racing:
    """A channel in whose conversations people speak up."""

    house: House
    word: Callable[[House, str, str], Line]
    points: dict[str, str]
    sent: dict[str, Mail] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    """Who has been answered."""
    late: list[str] = field(default_factory=list)
    """Who was written to although they had been answered before the last look."""
    is_about_opens: bool = False
    name: str = "email"
    connections: int = 1

    def room(self, brand: str) -> int:
        return 10_000

    def speak(self, contact: str) -> None:
        former = "former-" + contact.partition("@")[0]
        self.house.front.append([parcel(self.word(self.house, contact, former))])
        self.told.add(contact)

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        for point in ("connect", "data"):
            if self.points[mail.to] == point and mail.to not in self.told:
                self.speak(mail.to)
        was_told = mail.to in self.told
        if not may_still():
            return Receipt(kind=DeliveryKind.STOPPED)
        if self.points[mail.to] == "dot":
            self.speak(mail.to)
        if was_told and (not self.is_about_opens or "/x/" in mail.html):
            self.late.append(mail.to)
        self.sent[mail.to] = mail
        return Receipt(kind=DeliveryKind.ACCEPTED)

    def close(self) -> None:
        """Nothing to let go of."""


def tick(house: House, hearing: Hearing) -> None:
    """Apply the front spool as the engine does: consent is heard in the transaction that applies."""
    house.ticks += 1
    stretch = house.front.read(house.applied().get("front", 0), 100_000)
    heard = [one for one in map(consent.read, map(decode, stretch.lines)) if one is not None]
    with house.state.write() as connection:
        statements = hearing.hear(connection, heard, house.clock.now())
        house.engine.advance(
            connection, tick_id=house.ticks, spool="front", offset_after=stretch.end, now=house.clock.now(),
            happenings=[], controls=[one for one in statements if one.is_about_writing], facts_of=house.world.facts_of,
        )  # fmt: skip


def message(house: House, message_id: str, contact: str, state: str) -> dict[str, Any]:
    now = micros(house.clock.now())
    return {
        "message_id": message_id, "message_class": "scenario", "scenario": "abandoned-basket", "scenario_version": 1,
        "step": "reminder", "enrollment_id": 0, "brand": BRAND, "channel": "email", "purpose": "marketing",
        "contact": contact, "node_id": node_of(IdentifierKind.EMAIL, contact), "cart_key": None, "cart_id": None,
        "language": "en", "template": "reminder", "words": msgspec.json.encode(MAIL_WORDS).decode(),
        "discretion": "generic", "promise": "[]", "rank": 2, "queued_at": now, "not_before": now,
        "expires_at": now + 86_400_000_000, "state": state,
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("how", list(WORDS))
def test_nothing_leaves_after_a_word_was_acknowledged(
    how: str, tmp_path: Path, seed: int, request: pytest.FixtureRequest
) -> None:
    draw = random.Random(seed)
    races = max(50, RACES // int(request.config.getoption("--seeds")))
    people = [f"p{number:04d}@example.org" for number in range(races)]
    house = build(tmp_path)
    hearing = Hearing(ledger=house.engine.consents, opt_ins=OptIns(salt=b"s"))  # type: ignore[arg-type]
    points = {one: draw.choice(POINTS) for one in people}
    channel = Racing(house, WORDS[how], points, is_about_opens=how == "opens refused")
    house.sender = replace(house.sender, channel=channel, channels={}, living=everything)
    lines = []
    for one in people:
        lines.append(consent_line(one, "granted", house.clock))
        lines.append(replace_purpose(consent_line(one, "granted", house.clock), "open_tracking"))
    for line in lines:
        house.front.append([parcel(line, urgent=False)])
    rows = [message(house, f"former-{one.partition('@')[0]}", one, "accepted") for one in people]
    rows += [message(house, f"new-{one.partition('@')[0]}", one, "queued") for one in people]
    with house.state.write() as connection:
        sending.put(connection, rows)
    tick(house, hearing)
    house.after(seconds=1)
    for one in people:
        if points[one] == "applied":
            channel.speak(one)
    tick(house, hearing)
    for one in people:
        if points[one] == "queued":
            channel.speak(one)

    must_go = {one for one in people if points[one] in ("never", "dot") or how == "opens refused"}
    spoke = {one for one in people if points[one] != "never"}
    for _ in range(100):  # a turn of the sender takes up nothing new after ten seconds
        house.sender.send_due(house.clock.now())
        tick(house, hearing)
        house.after(seconds=40)
        if must_go <= channel.sent.keys() and channel.told == spoke:
            break
    house.sender.send_due(house.clock.now())

    with house.state.read() as connection:
        asked = select(outbox.c.contact, outbox.c.state).where(outbox.c.message_id.like("new-%"))
        states = {row.contact: row.state for row in connection.execute(asked)}
        granted = house.engine.consents.granted(
            connection, {ConsentKey(one, BRAND, "marketing", "email") for one in people}
        )
    house.close()
    before = {one for one in spoke if points[one] != "dot"}
    print(how, Counter((points[one], states[one]) for one in people))
    assert channel.told == spoke
    assert channel.late == []
    assert must_go <= channel.sent.keys()
    if how == "opens refused":
        assert channel.sent.keys() == set(people)
    else:
        assert channel.sent.keys().isdisjoint(before)
    if how not in ("paused", "opens refused"):
        assert {one.contact for one in granted} == set(people) - spoke


def replace_purpose(line: Line, purpose: str) -> Line:
    properties = msgspec.json.decode(line.properties) | {"purpose": purpose}
    return msgspec.structs.replace(
        line, message_id=f"{line.message_id}-{purpose}", properties=msgspec.Raw(msgspec.json.encode(properties))
    )
