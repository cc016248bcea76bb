"""S8, S12: an unsubscription or an order that is answered while a reminder is on its way: none leaves after."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest
from sqlalchemy import select

from comptoir.app import App, open_app
from comptoir.clock import micros
from comptoir.messaging import links
from comptoir.messaging import outbox as sending
from comptoir.messaging.rows import outbox
from comptoir.model.event import ENVELOPE_VERSION, Line, encode
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.scenarios import definitions
from comptoir.spool.base import Parcel
from tests.fault.reminders import LAMP, SCENARIO
from tests.faulty_smtp import FaultySmtp
from tests.installation import Installation

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
SPEED = 60.0
PAUSE_MINUTES = 8
PEOPLE = 48
STEP_SECONDS = 0.06
"""Each answer of the mail server takes so long, so that much can happen between two words of a conversation."""
SLACK_SECONDS = 0.25
"""From the last look to the moment at which the mail server, a thread of this test, has read the final dot."""


@dataclass
class Mailbox(FaultySmtp):
    """A slow mail server that writes down when each mail was finished."""

    slow_seconds: float = STEP_SECONDS
    finished: dict[str, list[float]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.on = self._hear
        super().__enter__()
        return self

    def _hear(self, point: str) -> None:
        if point == "after":
            to = str(message_from_bytes(self.accepted[-1])["To"])
            self.finished.setdefault(to.partition("@")[0], []).append(time.monotonic())


@dataclass
class Racer:
    """Somebody who speaks up just as a reminder is due."""

    name: str
    how: str
    after: float
    """Seconds between the basket and the word."""
    basket_at: float
    answered: float | None = None


def _prepare(home: Path, mail_port: int, names: list[str]) -> tuple[Installation, dict[str, str]]:
    since = datetime.now(UTC)
    more = (
        f"[clock]\nstart = '{START.isoformat()}'\nsince = '{since.isoformat()}'\nspeed = {SPEED}\n\n"
        f"[mail]\nport = {mail_port}\nsender = 'boutique@shop.example'\n"
    )
    installation = Installation.make(home, more=more)
    app = open_app(installation.settings)
    text = SCENARIO.replace("for: 25 minutes", f"for: {PAUSE_MINUTES} minutes").replace(
        "within: 30 minutes", "within: 180 minutes"
    )
    lines = [_record("Product", LAMP)]
    tokens = {}
    with app.state.write() as connection:
        definitions.publish(connection, text, app.clock.now())
        for name in names:
            email = f"{name}@example.org"
            said = {"contact_kind": "email", "contact": email, "purpose": "marketing", "channel": "email",
                    "state": "granted", "text_version": "1", "proof": "form"}  # fmt: skip
            lines += [_record("Contact", {}, user_id=name, traits={"email": email}), _record("Consent", said)]
            sending.put(connection, [_former(name, email)])
    key = app.link_key()
    for name in names:
        link = links.Link(kind="unsubscribe", message_id=f"former-{name}", target="", brand="main", language="en",
                          expires_at=micros(START + timedelta(days=300)))  # fmt: skip
        tokens[name] = links.sign(key, link)
    app.spools["back"].append([Parcel(lines=b"\n".join(map(encode, lines)), count=len(lines))])
    app.close()
    return installation, tokens


def _record(
    name: str, said: dict[str, Any], *, traits: dict[str, str] | None = None, user_id: str | None = None
) -> Line:
    at = micros(START - timedelta(hours=1))
    return Line(
        v=ENVELOPE_VERSION, type="record", name=name, source="files", brand="main", received_at=at, timestamp=at,
        trust="confirmed", historical=True, user_id=user_id, message_id=f"{name}-{user_id}-{said.get('contact')}",
        properties=msgspec.Raw(msgspec.json.encode(said)), traits=msgspec.Raw(msgspec.json.encode(traits or {})),
    )  # fmt: skip


def _former(name: str, email: str) -> dict[str, Any]:
    """Make a message of last month, in which the link stands that is used now."""
    then = micros(START - timedelta(days=30))
    return {
        "message_id": f"former-{name}", "message_class": "scenario", "scenario": "abandoned-basket",
        "scenario_version": 1, "step": "reminder", "enrollment_id": 0, "brand": "main", "channel": "email",
        "purpose": "marketing", "contact": email, "node_id": node_of(IdentifierKind.ACCOUNT, name), "cart_key": None,
        "cart_id": None, "language": "en", "template": "reminder", "words": "{}", "discretion": "category",
        "promise": "[]", "rank": 1, "queued_at": then, "not_before": then, "expires_at": then, "state": "accepted",
    }  # fmt: skip


def _speak(installation: Installation, racer: Racer, token: str) -> None:
    bought = {
        "order_id": f"o-{racer.name}", "currency": "EUR", "total": 19.9, "products": [LAMP | {"quantity": 1}]
    }  # fmt: skip

    def orders(properties: dict[str, Any]) -> tuple[int, bytes, dict[str, str]]:
        said = {"event": "Order Completed", "userId": racer.name, "messageId": f"order-{racer.name}"}
        return installation.post("/v1/track", said | {"properties": properties}, secret=True)

    words: dict[str, Callable[[], tuple[int, bytes, dict[str, str]]]] = {
        "unsubscribes": lambda: installation.post(f"/u/{token}", None, raw=b"List-Unsubscribe=One-Click"),
        "orders the cart": lambda: orders(bought | {"cart_id": f"c-{racer.name}"}),
        "orders": lambda: orders(bought),
    }
    with suppress(OSError, HTTPException):
        status, _, _ = words[racer.how]()
        if status == 200:
            racer.answered = time.monotonic()


def _race(installation: Installation, racers: list[Racer], tokens: dict[str, str], kill: threading.Event) -> None:
    """Fill all baskets, then let each racer speak at their moment."""

    def one(racer: Racer) -> None:
        time.sleep(racer.basket_at)
        basket = {"cart_id": f"c-{racer.name}", "product_id": "lamp", "price": 19.9, "currency": "EUR", "quantity": 1}
        said = {"event": "Product Added", "userId": racer.name, "anonymousId": f"b-{racer.name}", "properties": basket}
        assert installation.post("/v1/track", said, secret=True)[0] == 200
        time.sleep(racer.after)
        _speak(installation, racer, tokens[racer.name])

    threads = [threading.Thread(target=one, args=(racer,)) for racer in racers]
    for thread in threads:
        thread.start()
    if kill.wait(0):
        time.sleep(max(racer.basket_at for racer in racers) + PAUSE_MINUTES * 60 / SPEED)
        installation.kill("engine")
    for thread in threads:
        thread.join(120)


def _rows(app: App) -> dict[str, dict[str, Any]]:
    with app.state.read() as connection:
        found = connection.execute(select(outbox).where(outbox.c.state != "x")).mappings()
        return {
            row["contact"].partition("@")[0]: dict(row) for row in found if not row["message_id"].startswith("former")
        }


def _wait_until_quiet(app: App, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        states = {row["state"] for row in _rows(app).values()}
        if states and not states & {"queued", "handed"}:
            return
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.parametrize("is_killed", [False, True])
def test_no_reminder_leaves_after_a_no_or_an_order_was_answered(is_killed: bool, tmp_path: Path) -> None:
    draw, names = random.Random(8 + is_killed), [f"p{number:02d}" for number in range(PEOPLE)]
    due = PAUSE_MINUTES * 60 / SPEED
    ways = ["unsubscribes", "orders the cart", "orders"]
    racers = [
        Racer(name, ways[number % 3], due + draw.uniform(-1.0, 10.0), draw.uniform(0, 4))
        for number, name in enumerate(names)
    ]
    kill = threading.Event()
    if is_killed:
        kill.set()
    with Mailbox() as mailbox:
        installation, tokens = _prepare(tmp_path / "home", mailbox.port, names)
        app = open_app(installation.settings)
        try:
            installation.start()
            installation.settle()
            _race(installation, racers, tokens, kill)
            installation.wait_ready()
            _wait_until_quiet(app, 30)
            installation.settle()
            difference = installation.metrics()["comptoir_equation_difference"]
            rows = _rows(app)
            clock = installation.settings.make_clock()
            offset = clock.now() - START, time.monotonic()
        finally:
            installation.stop()
            app.close()
    _judge(racers, mailbox, rows, offset)
    assert difference == 0


def _judge(
    racers: list[Racer], mailbox: Mailbox, rows: dict[str, dict[str, Any]], offset: tuple[timedelta, float]
) -> None:
    since_start, at = offset
    outcomes: Counter[str] = Counter()
    late: list[str] = []
    for racer in racers:
        finished, row = mailbox.finished.get(racer.name, []), rows.get(racer.name)
        outcomes[
            f"{racer.how}: {'mail' if finished else 'no mail' if row is None else row['reason'] or row['state']}"
        ] += 1
        assert len(finished) <= 1, f"{racer.name} was written to {len(finished)} times"
        if not finished or racer.answered is None:
            continue
        answered_on_its_clock = micros(START + since_start + timedelta(seconds=(racer.answered - at) * SPEED))
        assert row is not None
        if row["handed_at"] > answered_on_its_clock or finished[0] > racer.answered + SLACK_SECONDS:
            late.append(f"{racer.name} {racer.how}: finished {finished[0] - racer.answered:+.2f} s after the answer")
    answered = sum(racer.answered is not None for racer in racers)
    mails = sum(map(len, mailbox.finished.values()))
    print(f"{answered} answered, {mails} mails: {dict(sorted(outcomes.items()))}")
    assert not late
    assert answered == len(racers)
    assert 0 < mails < len(racers), "a race that one side always wins shows nothing"
