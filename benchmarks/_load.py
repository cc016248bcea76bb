"""A load client: keep-alive connections that each send the next request as soon as the last was answered."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field

import uvloop

EVENT = (
    '{"messageId":"load-%s","type":"track","event":"Product Viewed","anonymousId":"a%d","timestamp":'
    '"2026-11-21T19:46:49.885Z","sentAt":"2026-11-21T19:46:49.887Z","integrations":{},"properties":{"product_id":"p%d",'
    '"category":"electronics.smartphone","price":489.07,"currency":"EUR","quantity":1},"context":{"page":{"path":"/p/1",'
    '"referrer":"","search":"?utm_source=news","title":"","url":"https://shop.example.test/p/1?utm_source=news"},'
    '"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",'
    '"locale":"fr-FR","library":{"name":"analytics.js","version":"npm:next-1.84.3"},"campaign":{"source":"news"}}}'
)


NO_CONTENT = b"HTTP/1.1 204"


@dataclass
class Tally:
    """What the connections saw. Units: seconds."""

    waits: list[float] = field(default_factory=list)
    failures: int = 0
    until: float = 0.0


class Connection(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, requests: Iterator[bytes], tally: Tally) -> None:
        self.requests, self.tally = requests, tally
        self.sent_at = 0.0
        self.answer = b""
        self.finished = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.next()

    def next(self) -> None:
        self.sent_at = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if not self.answer.endswith((b"}", b";", b"]")) and not self.answer.startswith(NO_CONTENT):
            return
        now = time.perf_counter()
        self.tally.waits.append(now - self.sent_at)
        self.tally.failures += not self.answer.startswith((b"HTTP/1.1 200", NO_CONTENT))
        self.answer = b""
        if now < self.tally.until:
            self.next()
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.tally.failures += exc is not None
        if not self.finished.done():
            self.finished.set_result(None)


def requests(key: str, batch: int, run: str) -> Iterator[bytes]:
    """Write requests of `batch` events each (1: a single event), every event with an id of its own."""
    path = "/v1/t" if batch == 1 else "/v1/b"
    basic = b64encode(f"{key}:".encode()).decode()
    for number in itertools.count():
        if batch == 1:
            body = EVENT % (f"{run}-{number}", number % 9_999, number % 997)
        else:
            events = ",".join(
                EVENT % (f"{run}-{number}-{index}", (number + index) % 9_999, index) for index in range(batch)
            )
            body = f'{{"batch":[{events}],"sentAt":"2026-11-21T19:46:49.887Z"}}'
        yield (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {basic}\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def recycled(made: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Write some requests beforehand and send them in turn, so that the client is not what is measured."""
    return itertools.cycle(list(itertools.islice(made, count)))


async def run(port: int, made: Iterator[bytes], *, connections: int, seconds: float, batch: int) -> dict[str, float]:
    """Load the door for some seconds with requests of `batch` events and tell what was seen."""
    tally = Tally()
    made = recycled(made, max(2_000 // batch, 50))
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    tally.until = started + seconds
    made_connections = [
        (await loop.create_connection(lambda: Connection(made, tally), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(one.finished for one in made_connections))
    took = time.perf_counter() - started
    waits = sorted(tally.waits)
    return {
        "events_per_second": round(len(waits) * batch / took),
        "p50_ms": round(waits[len(waits) // 2] * 1e3, 2),
        "p99_ms": round(waits[int(len(waits) * 0.99)] * 1e3, 2),
        "requests": len(waits),
        "failures": tally.failures,
    }


def main() -> None:
    """Read the command line, load, print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("key")
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--name", default="run")
    parser.add_argument("--dialect", default="")
    asked = parser.parse_args()
    if asked.dialect:
        import _dialects

        made = _dialects.requests(asked.dialect, asked.key, asked.batch, asked.name)
    else:
        made = requests(asked.key, asked.batch, asked.name)
    answer = uvloop.run(run(asked.port, made, connections=asked.connections, seconds=asked.seconds, batch=asked.batch))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
