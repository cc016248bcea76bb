"""The short way of a call through its connection: the same bytes come back as by the way of an ASGI application."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
import uvicorn
from uvicorn.server import ServerState

from comptoir.access import keys
from comptoir.access.rows import brands, sources
from comptoir.access.rows import keys as key_rows
from comptoir.clock import ManualClock
from comptoir.config import DoorSettings, Settings
from comptoir.errors import StoreUnavailable
from comptoir.model.event import decode
from comptoir.server import direct
from comptoir.server.direct import DirectProtocol
from comptoir.server.door import Door
from comptoir.server.limits import PatientProtocol
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state.base import metadata, open_state

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
TRACK = {"event": "Product Viewed", "anonymousId": "a1", "messageId": "m1", "timestamp": "2026-11-21T11:59:00Z"}


class GatedSpool(SqliteSpool):
    """A spool that can be made to wait, or to fail."""

    is_full = False
    gate: Event

    def append(self, parcels: Sequence[Parcel]) -> int:
        """Append once the gate is open."""
        self.gate.wait(10)
        if self.is_full:
            raise StoreUnavailable(problem="disk is full")
        return super().append(parcels)


@dataclass
class House:
    """A home with one source, and its door behind a real socket."""

    home: Path
    write_key: str
    settings: DoorSettings = field(default_factory=lambda: DoorSettings(batch_bytes=20_000, event_bytes=5_000))
    gate: Event = field(default_factory=Event)
    spool: GatedSpool | None = None
    state: ServerState = field(default_factory=ServerState)
    short: int = 0
    """Requests that went the short way."""

    def call(self, path: str, body: bytes, *more: str, method: str = "POST", version: str = "1.1") -> bytes:
        """Write a request."""
        basic = b64encode(f"{self.write_key}:".encode()).decode()
        head = [f"{method} {path} HTTP/{version}", "Host: x", f"Authorization: Basic {basic}", *more]
        if not any(one.lower().startswith("transfer-encoding") for one in more):
            head.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*head, "", ""]).encode() + body

    def lines(self) -> list[str]:
        """Give the message ids that lie in the spool."""
        reader = SqliteSpool(self.home / "spool" / "front.db", read_only=True)
        found = [decode(line).message_id for line in reader.read(0, 100_000).lines]
        reader.close()
        return found

    @asynccontextmanager
    async def open(self, kind: type[PatientProtocol]) -> AsyncIterator[int]:
        """Serve on a free port."""

        def spool() -> GatedSpool:
            self.spool = GatedSpool(self.home / "spool" / "front.db")
            self.spool.gate = self.gate
            return self.spool

        door = Door(Settings(home=self.home, door=self.settings), ManualClock(START), spool=spool)
        asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        told: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        life = asyncio.create_task(door({"type": "lifespan"}, asked.get, told.put))
        await asked.put({"type": "lifespan.startup"})
        await told.get()
        config = uvicorn.Config(door, http=kind, ws="none", log_config=None, access_log=False, proxy_headers=False)
        config.load()
        self.state.default_headers = [(b"date", b"Sat, 21 Nov 2026 12:00:00 GMT")]
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: kind(config, self.state, {}), "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()
        await asked.put({"type": "lifespan.shutdown"})
        await told.get()
        await life


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    state = open_state(tmp_path / "state.db")
    metadata.create_all(state.engine, tables=[brands, sources, key_rows])
    source = keys.add_source(state, name="site", now=START)
    keys.publish(state, tmp_path / "public.db", link_keys=[])
    state.close()
    made = House(tmp_path, source.write_key)
    made.gate.set()
    init = direct.Waiting.__init__

    def counted(self: direct.Waiting, *arguments: object, **named: object) -> None:
        made.short += 1
        init(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(direct.Waiting, "__init__", counted)
    return made


Story = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


def told(house: House, story: Story, kind: type[PatientProtocol] = DirectProtocol) -> bytes:
    """Tell a story over one connection."""

    async def run() -> bytes:
        async with house.open(kind) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await asyncio.wait_for(story(reader, writer), 10)
            finally:
                writer.close()

    return asyncio.run(run())


def sent(house: House, *pieces: bytes, answers: int = 1, kind: type[PatientProtocol] = DirectProtocol) -> bytes:
    """Send pieces one after the other, and read as many answers."""

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            if len(pieces) > 1:
                await asyncio.sleep(0.002)
        return b"".join([await one_answer(reader) for _ in range(answers)])

    return told(house, story, kind)


async def one_answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line), 0)
    return head + await reader.readexactly(length)


def body(*ids: str, **more: object) -> bytes:
    return json.dumps({"batch": [{**TRACK, "type": "track", "messageId": one} for one in ids], **more}).encode()


TRACKED = json.dumps(TRACK).encode()
REQUESTS: dict[str, Callable[[House], bytes]] = {
    "a single event": lambda house: house.call("/v1/track", TRACKED),
    "its twin of one letter": lambda house: house.call("/v1/t", TRACKED),
    "a batch": lambda house: house.call("/v1/batch", body("a", "b", "c")),
    "a batch with a bad event": lambda house: house.call("/v1/batch", body("a").replace(b'"track"', b'"poem"')),
    "a refused event": lambda house: house.call("/v1/track", b'{"anonymousId":"a"}'),
    "no JSON": lambda house: house.call("/v1/track", b"{"),
    "nothing": lambda house: house.call("/v1/track", b""),
    "gzip": lambda house: house.call("/v1/batch", gzip.compress(body("g"), mtime=0)),
    "gzip that is cut": lambda house: house.call("/v1/batch", gzip.compress(body("g"), mtime=0)[:-9]),
    "a page that asks": lambda house: house.call("/v1/track", TRACKED, "Origin: https://shop.example"),
    "a browser without a name": lambda house: house.call("/v1/page", b'{"messageId":"m"}', "User-Agent: Mozilla/5.0"),
    "an unknown encoding": lambda house: house.call("/v1/batch", body("a"), "Content-Encoding: br"),
    "a client that leaves": lambda house: house.call("/v1/track", TRACKED, "Connection: close"),
    "an old client": lambda house: house.call("/v1/track", TRACKED, version="1.0"),
    "another method": lambda house: house.call("/v1/track", TRACKED, method="PUT"),
    "a preflight": lambda house: house.call("/v1/track", b"", "Origin: https://shop.example", method="OPTIONS"),
    "a query": lambda house: house.call("/v1/track?writeKey=nobody", TRACKED),
    "no such page": lambda house: house.call("/v1/nowhere", TRACKED),
    "another page": lambda house: house.call("/health", b"", method="GET"),
    "pieces without a length": lambda house: house.call(
        "/v1/track", b"%x\r\n%b\r\n0\r\n\r\n" % (len(TRACKED), TRACKED), "Transfer-Encoding: chunked"
    ),
}


@pytest.mark.parametrize("what", REQUESTS)
def test_the_short_way_answers_what_the_long_way_answers(house: House, what: str) -> None:
    request = REQUESTS[what](house)

    short = sent(house, request)
    kept = house.lines()
    (house.home / "spool" / "front.db").unlink()
    long = sent(house, request, kind=PatientProtocol)

    def plain(answer: bytes) -> bytes:
        # an anonymous id that was made is another one each time
        return b"\r\n".join(line for line in answer.split(b"\r\n") if not line.startswith(b"set-cookie"))

    assert plain(short) == plain(long)
    assert short.count(b"set-cookie") == long.count(b"set-cookie")
    assert kept == house.lines()


def test_calls_of_dialects_go_the_short_way_and_all_else_the_long_one(house: House) -> None:
    went = {}
    for what, request in REQUESTS.items():
        house.short = 0
        sent(house, request(house))
        went[what] = house.short

    long = {"another method", "a preflight", "no such page", "another page", "pieces without a length"}
    assert {what for what, count in went.items() if not count} == long


def test_however_a_request_is_cut_it_is_taken_whole(house: House, rng: random.Random) -> None:
    whole = house.call("/v1/batch", body("a", "b")) + house.call("/v1/track", TRACKED)
    cuts = sorted(rng.sample(range(1, len(whole)), 6))

    answers = sent(house, *[whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)], answers=2)

    assert answers.count(b"200 OK") == 2
    assert house.lines() == ["a", "b", "m1"]


def test_requests_that_come_before_the_first_is_answered_are_answered_in_order(house: House) -> None:
    ways = [
        house.call("/v1/batch", body("a")), house.call("/v1/track", b"{}"), house.call("/health", b"", method="GET"),
        house.call("/v1/batch", body("b")), house.call("/v1/nowhere", b""),
    ]  # fmt: skip

    answers = sent(house, b"".join(ways), answers=5)

    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400", b"200", b"200", b"404"]
    assert house.lines()[0] == "a"
    assert house.lines()[-1] == "b"


def test_nothing_is_answered_before_it_is_durable(house: House) -> None:
    house.gate.clear()

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(house.call("/v1/track", TRACKED))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(answer := asyncio.ensure_future(one_answer(reader))), 0.2)
        house.gate.set()
        return await answer

    assert b"200 OK" in told(house, story)


def test_a_disk_that_is_full_is_503_and_says_when_to_come_back(house: House) -> None:
    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        assert house.spool is not None
        house.spool.is_full = True
        writer.write(house.call("/v1/track", TRACKED))
        refused = await one_answer(reader)
        house.spool.is_full = False
        writer.write(house.call("/v1/track", TRACKED))
        return refused + await one_answer(reader)

    answers = told(house, story)

    assert answers.startswith(b"HTTP/1.1 503")
    assert b"retry-after" in answers
    assert b"200 OK" in answers
    assert house.lines() == ["m1"]


def test_a_client_that_went_away_costs_nothing_and_its_event_is_kept(house: House) -> None:
    house.gate.clear()

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        del reader
        writer.write(house.call("/v1/track", TRACKED))
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.transport.abort()
        await asyncio.sleep(0.05)
        house.gate.set()
        return b""

    told(house, story)

    assert house.lines() == ["m1"]
    assert house.state.connections == set()


def test_a_door_that_stops_answers_what_it_has_taken_and_closes(house: House) -> None:
    house.gate.clear()

    async def story(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(house.call("/v1/track", TRACKED))
        await asyncio.sleep(0.2)
        assert house.short == 1
        for connection in list(house.state.connections):
            connection.shutdown()
        house.gate.set()
        return await reader.read()

    answer = told(house, story)

    assert b"200 OK" in answer
    assert b"connection: close" in answer


def test_what_nobody_foresaw_is_answered_and_the_connection_lives(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Door, "_grant", lambda *_: 1 / 0)

    answers = sent(house, house.call("/v1/track", TRACKED) * 2, answers=2)

    assert answers.count(b"HTTP/1.1 500") == 2


def test_a_body_that_is_announced_too_large_is_refused_unread(house: House) -> None:
    answer = sent(house, house.call("/v1/batch", b"x" * 20_001))

    assert answer.startswith(b"HTTP/1.1 413")
    assert house.short == 0
