"""A profile by identifier over HTTP, against a bare ASGI answer in the same run; then beside a busy writer."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import uvicorn
import uvloop

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine
from _load import Connection, Tally

from comptoir.access import keys
from comptoir.clock import ManualClock, monotonic
from comptoir.config import DeskSettings, Settings
from comptoir.golden.keep import Keeper
from comptoir.identity import store
from comptoir.model.identifier import node_of
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen
from comptoir.server import desk
from comptoir.state.base import State, metadata, open_state

TICK = 10_000
AT = 1_790_000_000_000_000
PACE = 2_000
"""Requests a second that must be answered."""
SAMPLE = Path("sample.json")
"""In the home: what a profile weighs, for the bare answer to weigh as much."""
KEEPER = Keeper()


def people(numbers: range) -> tuple[list[NodeSeen], list[LinkClaim], list[TraitSeen]]:
    """Make people of an account, an e-mail and a browser, with three traits each."""
    nodes: list[NodeSeen] = []
    links: list[LinkClaim] = []
    traits: list[TraitSeen] = []
    for number in numbers:
        seen = ("account", f"C-{number}"), ("email", f"p{number}@example.org"), ("anonymous", f"b-{number}")
        ids = [node_of(kind, value) for kind, value in seen]
        nodes += [NodeSeen(node, kind, value, AT) for node, (kind, value) in zip(ids, seen, strict=True)]
        links += [LinkClaim(ids[0], other, "identify", "confirmed", AT, f"m{number}") for other in ids[1:]]
        traits += [
            TraitSeen(ids[place], name, value, AT + place, f"m{number}", "confirmed", source, "main")
            for place, source, name, value in (
                (0, "shop", "first_name", '"Ann"'),
                (0, "shop", "city", '"Lyon"'),
                (0, "shop", "points", str(number)),
                (1, "mailing", "city", '"Paris"'),
            )
        ]
    return nodes, links, traits


def apply(state: State, tick: int, numbers: range) -> None:
    nodes, links, traits = people(numbers)
    with state.write() as connection:
        store.apply(connection, tick_id=tick, spool="front", offset_after=tick, nodes=nodes, links=links, traits=traits)
        KEEPER.follow(connection, ManualClock().now(), {one.node_id for one in traits})


def fill(home: Path, count: int) -> str:
    """Put `count` profiles into a new state and give a secret key."""
    state = open_state(home / "state.db")
    metadata.create_all(state.engine)
    for tick, first in enumerate(range(0, count, TICK), start=1):
        apply(state, tick, range(first, min(first + TICK, count)))
    secret = keys.add_source(state, name="bench", now=ManualClock().now()).secret_key
    state.close()
    return secret


def bare(body: bytes) -> object:
    """Answer what a profile weighs, and do nothing for it."""

    async def answer(_scope: dict[str, object], _receive: object, send: object) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": body})  # type: ignore[operator]

    return answer


def serve(what: str, port: int, home: Path) -> None:
    """Be the server that is measured, or the writer beside it."""
    if what == "write":
        state = open_state(home / "state.db")
        for tick in itertools.count(1_000_000):
            apply(state, tick, range(tick * 1_000, tick * 1_000 + 1_000))
            time.sleep(0.02)  # the engine's pause between ticks
    app: object = None
    if what == "bare":
        app = bare((home / SAMPLE).read_bytes())
    if what == "desk":
        state = open_state(home / "state.db", read_only=True)
        app = desk.make(
            Settings(home=home, desk=DeskSettings(api_per_second=0)), state, lambda _: None, dict, ManualClock()
        )  # type: ignore[arg-type]
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", lifespan="off", log_level="error", access_log=False)  # type: ignore[arg-type]


@contextmanager
def running(what: str, home: Path, script: str = __file__) -> Iterator[int]:
    """Run a server in a process of its own and give its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, script, "--serve", what, "--port", str(port), "--home", str(home)])
    try:
        while what != "write":
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def questions(count: int, secret: str) -> Iterator[bytes]:
    """Ask for people drawn at random, by account and by e-mail in turn."""
    draw = random.Random(7)
    head = f" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {secret}\r\n\r\n"
    made = [
        f"GET /api/v1/profiles/{kind}{head}".encode()
        for number in (draw.randrange(count) for _ in range(20_000))
        for kind in (f"account/C-{number}", f"email/p{number}%40example.org")
    ]
    return itertools.cycle(made)


async def load(port: int, made: Iterator[bytes], seconds: float, connections: int) -> tuple[float, float, float, int]:
    """Ask for some seconds; give requests a second, p50 and p99 in milliseconds, and failures."""
    tally = Tally()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    tally.until = began + seconds
    opened = [
        (await loop.create_connection(lambda: Connection(made, tally), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(one.finished for one in opened))
    took = time.perf_counter() - began
    waits = sorted(tally.waits)
    return len(waits) / took, waits[len(waits) // 2] * 1e3, waits[int(len(waits) * 0.99)] * 1e3, tally.failures


def measure(name: str, port: int, made: Iterator[bytes], seconds: float, connections: int) -> float:
    uvloop.run(load(port, made, min(1.0, seconds), connections))  # warm
    rate, p50, p99, failures = uvloop.run(load(port, made, seconds, connections))
    print(f"{name:<44} {rate:>9,.0f}/s  p50 {p50:6.2f} ms  p99 {p99:6.2f} ms  failures {failures}", flush=True)
    return rate


class Paced(asyncio.Protocol):
    """One connection that is told when to ask; a wait counts from when the question was due."""

    def __init__(self, waits: list[float], failures: list[bytes]) -> None:
        self.waits, self.failures = waits, failures
        self.due: deque[float] = deque()
        self.answer = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def ask(self, question: bytes, due: float) -> None:
        self.due.append(due)
        self.transport.write(question)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        while (end := self.answer.find(b"\r\n\r\n")) >= 0:
            head = self.answer[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(self.answer) < end + 4 + length:
                return
            self.waits.append(time.perf_counter() - self.due.popleft())
            if not head.startswith(b"http/1.1 200"):
                self.failures.append(head[:12])
            self.answer = self.answer[end + 4 + length :]


async def pace(port: int, made: Iterator[bytes], seconds: float, connections: int) -> tuple[float, float, float, int]:
    """Ask `PACE` times a second, whatever the answers take; give rate, p50 and p99 in milliseconds, and failures."""
    waits: list[float] = []
    failures: list[bytes] = []
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Paced(waits, failures), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    began, asked = time.perf_counter(), 0
    while (now := time.perf_counter() - began) < seconds:
        while asked < now * PACE:
            opened[asked % connections].ask(next(made), began + asked / PACE)
            asked += 1
        await asyncio.sleep(0.0005)
    while any(one.due for one in opened):  # noqa: ASYNC110 (a benchmark that ends)
        await asyncio.sleep(0.01)
    took = time.perf_counter() - began
    for one in opened:
        one.transport.close()
    waits.sort()
    return asked / took, waits[len(waits) // 2] * 1e3, waits[int(len(waits) * 0.99)] * 1e3, len(failures)


def paced(name: str, port: int, made: Iterator[bytes], seconds: float, connections: int) -> float:
    rate, p50, p99, failures = uvloop.run(pace(port, made, seconds, connections))
    print(f"{name:<44} {rate:>9,.0f}/s  p50 {p50:6.2f} ms  p99 {p99:6.2f} ms  failures {failures}", flush=True)
    return p99


def sample(home: Path, secret: str, port: int, part: str = "") -> int:
    """Keep what one answer weighs, of a profile or of a part of it."""
    asked = Request(
        f"http://127.0.0.1:{port}/api/v1/profiles/account/C-1{part}", headers={"Authorization": f"Bearer {secret}"}
    )
    with urlopen(asked) as answer:
        body = answer.read()
    (home / SAMPLE).write_bytes(body)
    return len(body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--serve", choices=["desk", "bare", "write"])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.port, given.home)
        return
    machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        began = monotonic()
        secret = fill(home, given.profiles)
        size = (home / "state.db").stat().st_size / (1 << 20)
        print(f"{given.profiles:,} profiles of 3 identifiers in {monotonic() - began:.1f} s, {size:,.0f} MiB of state")
        made = questions(given.profiles, secret)
        with running("desk", home) as port:
            print(
                f"a profile weighs {sample(home, secret, port):,} bytes; as fast as {given.connections} connections ask:"
            )
            alone = measure("a profile by identifier", port, made, given.seconds, given.connections)
            with running("write", home):
                busy = measure("the same, beside identity ticks", port, made, given.seconds, given.connections)
            print(f"at {PACE:,} requests a second, from when each was due:")
            paced("a profile by identifier", port, made, given.seconds, given.connections)
            with running("write", home):
                paced("the same, beside identity ticks", port, made, given.seconds, given.connections)
        with running("bare", home) as port:
            paced("a bare ASGI answer of equal size", port, made, given.seconds, given.connections)
            reference = measure("the same, as fast as it can", port, made, given.seconds, given.connections)
        print(f"ratio to the bare answer: {alone / reference:.2f}; beside ticks {busy / reference:.2f}")
        print("must: 2,000/s with p99 < 10 ms; aim: 5,000/s with p99 < 5 ms")


if __name__ == "__main__":
    main()
