"""A shop with its public door in the same process: what stands in mails can be clicked, and what comes of it seen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from comptoir.access import keys
from comptoir.access.keys import NewSource
from comptoir.clock import micros
from comptoir.messaging import outbox as sending
from comptoir.messaging.base import LastLook
from comptoir.messaging.outbox import Sender
from comptoir.messaging.rows import outbox
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.model.message import DeliveryKind, Mail, Receipt
from comptoir.privacy.consent import ConsentLedger
from comptoir.server.door import Door
from tests.sending_house import everything
from tests.shop import START, Shop

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
LEDGER = ConsentLedger()


@dataclass(frozen=True, slots=True)
class Page:
    """What the door answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


@dataclass
class Kept:
    """A channel that keeps what it is handed."""

    sent: list[Mail] = field(default_factory=list)
    name: str = "email"
    connections: int = 1

    def room(self, brand: str) -> int:
        return 1_000

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        if not may_still():
            return Receipt(kind=DeliveryKind.STOPPED)
        self.sent.append(mail)
        return Receipt(kind=DeliveryKind.ACCEPTED, detail="kept")

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Counter:
    """A shop, its door, and a channel that keeps mails."""

    shop: Shop
    site: NewSource
    channel: Kept = field(default_factory=Kept)
    sender: Sender = field(init=False)

    def __post_init__(self) -> None:
        wired = self.shop.app.acting(self.shop.warehouse).sender()
        self.sender = replace(wired, channel=self.channel, channels={})

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, *, raw: bytes = b"",
        headers: dict[str, str] | None = None, client: str = "203.0.113.77", query: str = "",
    ) -> Page:  # fmt: skip
        """Ask the door, as a browser does."""
        body = urlencode(form).encode() if form is not None else raw
        own = {"user-agent": BROWSER, "content-length": str(len(body)), **(headers or {})}
        heard: list[dict[str, Any]] = []
        queue = [body]

        async def receive() -> dict[str, Any]:
            return (
                {"type": "http.request", "body": queue.pop(0), "more_body": False}
                if queue
                else {"type": "http.disconnect"}
            )

        async def send(message: dict[str, Any]) -> None:
            heard.append(message)

        async def told() -> None:
            door = Door(self.shop.app.settings, self.shop.clock)
            life: asyncio.Queue[dict[str, str]] = asyncio.Queue()
            lived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
            task = asyncio.create_task(door({"type": "lifespan"}, life.get, lived.put))
            await life.put({"type": "lifespan.startup"})
            await lived.get()
            scope = {
                "type": "http", "method": method, "path": path, "query_string": query.encode(), "client": (client, 5),
                "headers": [(name.encode(), value.encode("latin-1")) for name, value in own.items()],
            }  # fmt: skip
            await door(scope, receive, send)
            await life.put({"type": "lifespan.shutdown"})
            await lived.get()
            await task

        asyncio.run(told())
        said = {name.decode(): value.decode("latin-1") for name, value in heard[0]["headers"]}
        return Page(heard[0]["status"], said, b"".join(one["body"] for one in heard[1:]))

    def track(self, event: str, properties: dict[str, Any], *, secret: bool = False, **more: Any) -> Page:
        """Say an event with a key, and let the engine take it."""
        key = self.site.secret_key if secret else self.site.write_key
        said = {"event": event, "anonymousId": "b1", "writeKey": key, "properties": properties} | more
        client = str(said.pop("client", "203.0.113.77"))
        page = self.ask("POST", "/v1/track", raw=msgspec.json.encode(said), client=client)
        self.shop.tick()
        return page

    def send(self) -> list[Mail]:
        """Let the sender work; give the new mails."""
        before = len(self.channel.sent)
        self.sender.send_due(self.shop.clock.now())
        return self.channel.sent[before:]

    def use(self, method: str, path: str, form: dict[str, str] | None = None, **how: Any) -> Page:
        """Use a link, and let the engine hear of it."""
        page = self.ask(method, path, form, **how)
        self.shop.tick()
        return page

    def standing(self, contact: str) -> dict[str, str]:
        """Give how each purpose stands for an address."""
        with self.shop.app.state.read() as connection:
            # a word said to the door counts after the last one, be it by a microsecond
            rows = LEDGER.at(connection, contact, self.shop.clock.now() + timedelta(milliseconds=1))
        return {str(row["purpose"]): str(row["state"]) for row in rows}

    def history(self, contact: str) -> list[dict[str, Any]]:
        with self.shop.app.state.read() as connection:
            return LEDGER.history(connection, contact)

    def queue(self, message_id: str, contact: str, *, scenario: str = "welcome", **more: Any) -> None:
        """Put a marketing message into the outbox."""
        now = micros(self.shop.clock.now())
        row = {
            "message_id": message_id, "message_class": "scenario", "scenario": scenario, "scenario_version": 1,
            "step": "hello", "enrollment_id": 0, "brand": "main", "channel": "email", "purpose": "marketing",
            "contact": contact, "node_id": node_of(IdentifierKind.EMAIL, contact), "cart_key": None, "cart_id": None,
            "language": "en", "template": "hello", "words": msgspec.json.encode(WORDS).decode(),
            "discretion": "generic", "promise": "[]", "rank": 2, "queued_at": now, "not_before": now,
            "expires_at": now + 86_400_000_000, "state": "queued",
        } | more  # fmt: skip
        with self.shop.app.state.write() as connection:
            sending.put(connection, [row])

    def state_of(self, message_id: str) -> str:
        with self.shop.app.state.read() as connection:
            row = connection.execute(outbox.select().where(outbox.c.message_id == message_id)).mappings().one()
        return str(row["reason"] or row["state"])


WORDS = {
    "subject": "Hello", "title": "Hello", "lead": "We are glad.", "button": "Look", "closing": "Bye",
    "why": "You asked for it.", "unsubscribe": "Unsubscribe",
}  # fmt: skip


def links_in(mail: Mail, kind: str) -> list[str]:
    """Find the paths of a kind (`u`, `p`, `o` …) in a mail."""
    found = re.findall(rf"https?://[^/\s\"<>]+(/{kind}/[A-Za-z0-9_.\-]+)", mail.html + "\n" + mail.text)
    return list(dict.fromkeys(found))


@contextmanager
def opened(home: Path) -> Iterator[Counter]:
    """Open a counter with one source; its scenarios are always live."""
    shop = Shop(home)
    site = keys.add_source(shop.app.state, name="site", now=START)
    shop.app.publish()
    counter = Counter(shop, site)
    counter.sender.living = everything
    try:
        yield counter
    finally:
        counter.sender.close()
        shop.close()
